// SPDX-License-Identifier: Apache-2.0
// What officers see of plans that are kept back, and of questions about them.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/domain/filters.h"
#include "nodes/domain/findings.h"
#include "nodes/domain/json_fields.h"
#include "nodes/domain/overlaps.h"
#include "nodes/domain/states.h"
#include "nodes/domain/visit_json.h"
#include "nodes/domain/visit_rules.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr const char* kOverlapOnly = "overlap only";

json day_or_null(const std::optional<DaySpan>& days, std::int64_t DaySpan::*side) { return days ? json(date_text(*days.*side)) : json(nullptr); }

// The filters of a list of visits and of a calendar, as far as they can say something about such a plan.
Result<bool> passes(const HiddenPlan& plan, const MemberId& owner, const Filters& filters) {
  const auto days = days_of(plan.plan);
  const auto from = TRY(day_filter(filters, "from"));
  const auto to = TRY(day_filter(filters, "to"));
  if (from && (!days || days->last < *from)) return false;
  if (to && (!days || days->first > *to)) return false;
  const std::string state = filter_text(filters, "state"), committee = filter_text(filters, "committee"), status = filter_text(filters, "status");
  const std::string text = folded(filter_text(filters, "text"));
  if (!committee.empty() && committee != owner.str()) return false;
  if (!status.empty() && status != word_of(plan.plan.status)) return false;
  if (!text.empty() && folded(plan.plan.title + ' ' + plan.plan.note).find(text) == std::string::npos) return false;
  if (state.empty()) return true;
  const auto found = States::standard().lookup(state);
  if (!found) return within("state", found.error());
  return std::any_of(plan.plan.states.begin(), plan.plan.states.end(), [&](const StateRef& one) { return one.alpha3 == (*found)->alpha3; });
}

const char* word_of(OverlapStep step) {
  switch (step) {
    case OverlapStep::kAsked: return "asked";
    case OverlapStep::kAnswered: return "answered";
    case OverlapStep::kFinished: return "finished";
  }
  return "invalid";
}

}  // namespace

// An own plan, open or kept back, of which something may still come.
Result<bool> Overlaps::stands(const std::string& plan) {
  if (!is_hidden(plan)) return TRY(visits_.standing(plan)).has_value();
  const auto found = TRY(store_.plan(std::stoull(plan.substr(plan.rfind('-') + 1))));
  if (!found || found->withdrawn) return false;
  if (found->shown.empty()) return true;
  for (const auto& [peer, record] : found->shown) {
    if (TRY(visits_.standing(record))) return true;
  }
  return false;
}

Result<std::vector<OverlapHit>> Overlaps::standing_hits(const OverlapQuestion& question) {
  std::vector<OverlapHit> out;
  for (OverlapHit& hit : TRY(store_.hits(question))) {
    if (hit.meets && TRY(stands(hit.plan))) out.push_back(std::move(hit));
  }
  return out;
}

// At the asker one for the question, at the answerer one for each plan that is met. None any more once both agreed: then the plans speak.
Result<std::vector<json>> Overlaps::findings_of(const OverlapQuestion& question) {
  std::vector<json> out;
  if (question.ended || (question.ours && question.theirs)) return out;
  const auto add = [&](const std::vector<std::string>& visits, TimeMs since, const std::string& id) {
    Finding finding;
    finding.id = id;
    finding.kind = FindingKind::overlap_only;
    finding.visits = visits;
    finding.committees = {config_.member.str(), question.peer.str()};
    finding.contacts = {{config_.member.str(), config_.contact}, {question.peer.str(), question.contact}};
    finding.suggest = {"disclose"};
    finding.since = since;
    finding.sentence = question.peer.str() + " has something in the same State in or near the same days as " + visits.front() +
                       ", and neither side shows more until both agree" + (question.theirs ? "; " + question.peer.str() + " has agreed" : "") +
                       (question.ours ? "; " + config_.member.str() + " has agreed" : "");
    json made = finding_json(finding);
    made["overlap"] = name_of(question.reference);
    made["agreed"] = json::array();
    if (question.ours) made["agreed"].push_back(config_.member.str());
    if (question.theirs) made["agreed"].push_back(question.peer.str());
    out.push_back(std::move(made));
  };
  const std::string id = "overlap_only." + name_of(question.reference);
  const auto hits = TRY(standing_hits(question));
  if (!question.asked) {
    for (const OverlapHit& hit : hits) add({hit.plan}, hit.place.time_ms, id + "." + hit.plan);
    return out;
  }
  const auto kept = TRY(store_.kept(question));
  if (!kept || (!question.hit && hits.empty())) return out;
  std::vector<std::string> visits{hidden_id(kept->plan)};
  TimeMs since = question.hit ? question.answered.time_ms : UINT64_MAX;
  for (const OverlapHit& hit : hits) {
    visits.push_back(hit.plan);
    since = std::min(since, hit.place.time_ms);
  }
  add(visits, since, id);
  return out;
}

Result<ViewEvents> Overlaps::changed(const std::vector<json>& before, const OverlapQuestion& question) {
  const auto now = TRY(findings_of(question));
  ViewEvents events;
  const auto in = [](const std::vector<json>& list, const json& one) {
    return std::any_of(list.begin(), list.end(), [&](const json& other) { return other["id"] == one["id"]; });
  };
  const auto tell = [&](std::string_view name, const json& one) {
    ViewEvent event;
    event.name = name;
    event.finding = one.dump();
    events.push_back(std::move(event));
  };
  for (const json& one : before) {
    if (!in(now, one)) tell("finding.ended", one);
  }
  for (const json& one : now) {
    if (!in(before, one)) tell("finding.new", one);
    else if (std::find(before.begin(), before.end(), one) == before.end()) tell("finding.changed", one);
  }
  return events;
}

json Overlaps::page_of(const HiddenPlan& plan) const {
  json out = fields_json(plan.plan);
  const auto days = days_of(plan.plan);
  out.update({{"id", hidden_id(plan.number)}, {"revision", 1}, {"revision_hash", ""}, {"lead", config_.member.str()}, {"marking", kOverlapOnly},
              {"recipients", json::array()}, {"message_id", nullptr}, {"index", nullptr}, {"accepted_at", nullptr}, {"delivery", kOverlapOnly},
              {"first_day", day_or_null(days, &DaySpan::first)}, {"last_day", day_or_null(days, &DaySpan::last)}, {"answers", json::array()},
              {"overlap_only", true}, {"compared_with", members_json(plan.others)}, {"withdrawn", plan.withdrawn}});
  out["shown"] = json::array();
  for (const auto& [peer, record] : plan.shown) out["shown"].push_back({{"to", peer.str()}, {"as", record}});
  return out;
}

Result<json> Overlaps::list(const std::map<std::string, std::string>& filters) {
  json out = json::array();
  for (const HiddenPlan& plan : TRY(store_.plans())) {
    const bool pass = TRY(passes(plan, config_.member, filters));
    if (plan.withdrawn || !plan.shown.empty() || !pass) continue;
    json page = page_of(plan);
    page["stands"] = true;
    page["with"] = json::array();
    page["parts"] = json::array();
    for (const Component& part : plan.plan.components) {
      const auto span = day_span(part);
      if (span && certainty_of(part.precision) != Certainty::kNone)
        page["parts"].push_back({{"mode", liaison::word_of(part.mode)}, {"start", part.start}, {"end", part.end},
                                 {"precision", liaison::word_of(part.precision)}, {"first", date_text(span->first)}, {"last", date_text(span->last)}});
    }
    out.push_back(std::move(page));
  }
  return out;
}

Result<json> Overlaps::show(const std::string& id) {
  const HiddenPlan plan = TRY(known_plan(id));
  json out = page_of(plan);
  for (const char* name : {"findings", "more", "follow_ups", "merged_here", "joint_visits", "with", "questions"}) out[name] = json::array();
  for (const OverlapQuestion& one : TRY(store_.questions())) {
    for (json& finding : TRY(findings_of(one))) {
      if (finding["visits"][0] == id) out["findings"].push_back(std::move(finding));
    }
    const auto kept = TRY(store_.kept(one));
    if (one.asked && kept && kept->plan == plan.number) out["questions"].push_back(TRY(question_json(one)));
  }
  return out;
}

Result<json> Overlaps::findings(const std::map<std::string, std::string>& filters) {
  std::vector<json> all;
  const std::string kind = filter_text(filters, "kind"), visit = filter_text(filters, "visit"), committee = filter_text(filters, "committee");
  const auto since = TRY(since_of(filters));
  if (!filter_text(filters, "state").empty() || (!kind.empty() && kind != liaison::word_of(FindingKind::overlap_only))) return json::array();
  for (const OverlapQuestion& one : TRY(store_.questions())) {
    for (json& finding : TRY(findings_of(one))) {
      const auto names = [&](const char* list, const std::string& word) {
        return word.empty() || std::find(finding[list].begin(), finding[list].end(), word) != finding[list].end();
      };
      const bool late = !since || finding["since"].get<std::string>() >= rfc3339_millis(*since);
      if (names("visits", visit) && names("committees", committee) && late) all.push_back(std::move(finding));
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const json& a, const json& b) { return a["since"] > b["since"]; });
  return json(std::move(all));
}

Result<json> Overlaps::question_json(const OverlapQuestion& question) {
  json meets = json::array(), agreed = json::array();
  for (const OverlapHit& hit : TRY(standing_hits(question))) meets.push_back(hit.plan);
  if (question.ours) agreed.push_back(config_.member.str());
  if (question.theirs) agreed.push_back(question.peer.str());
  const auto kept = TRY(store_.kept(question));
  const bool of_plan = question.asked && kept;
  bool found = !meets.empty();
  if (question.asked) found = question.hit || found;
  return json{{"overlap", name_of(question.reference)}, {"with", question.peer.str()}, {"asked_by", (question.asked ? config_.member : question.peer).str()},
              {"plan", of_plan ? json(hidden_id(kept->plan)) : json(nullptr)}, {"state", question.ended ? "withdrawn" : word_of(question.step)},
              {"found", found}, {"meets", std::move(meets)}, {"agreed", std::move(agreed)}, {"contact", question.contact},
              {"asked_at", rfc3339_millis(question.first.time_ms)}};
}

Result<json> Overlaps::questions() {
  json out = json::array();
  auto all = TRY(store_.questions());
  std::reverse(all.begin(), all.end());
  for (const OverlapQuestion& one : all) out.push_back(TRY(question_json(one)));
  return json{{"items", std::move(out)}};
}

}  // namespace liaison
