// SPDX-License-Identifier: Apache-2.0
// Two pages that an officer begins with: what is new since a time and what waits, and all that the committees plan and did in one State.
#include <algorithm>
#include <map>
#include <set>

#include "nodes/domain/filters.h"
#include "nodes/domain/follow_ups.h"
#include "nodes/domain/records.h"
#include "nodes/domain/states.h"
#include "nodes/domain/visit_parts.h"
#include "nodes/domain/visit_rules.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::uint64_t kShown = 200, kLookedAt = 2000;
constexpr std::int64_t kDaysAhead = 14;

std::string in_sentence(const VisitPlan& plan) {
  std::vector<std::string> names;
  for (const auto& state : plan.states) names.push_back(States::standard().name_of(state.alpha3));
  return listed(names) + ", " + dates_text(plan) + (plan.unverified ? ", not verified" : "") + (plan.title.empty() ? "" : ": " + plan.title);
}

// Whether a part of it, known at least to the month, has a day among these.
bool takes_place(const VisitPlan& plan, const DaySpan& days) {
  return std::any_of(plan.components.begin(), plan.components.end(), [&](const Component& part) {
    const auto span = day_span(part);
    return span && certainty_of(part.precision) != Certainty::kNone && span->first <= days.last && span->last >= days.first;
  });
}

json changed_line(const ChangedVisit& change, const std::string& what, const std::string& sentence) {
  return {{"at", rfc3339_millis(change.time_ms)}, {"id", change.record}, {"by", change.by}, {"what", what}, {"revision", change.revision},
          {"sentence", sentence}};
}

}  // namespace

json brief(const VisitPlan& plan) {
  json states = json::array();
  for (const auto& state : plan.states) states.push_back({{"alpha3", state.alpha3}, {"name", States::standard().name_of(state.alpha3)}});
  const auto days = days_of(plan);
  return {{"id", plan.record_id}, {"lead", plan.lead.str()}, {"status", word_of(plan.status)}, {"kind", word_of(plan.kind)}, {"title", plan.title},
          {"states", std::move(states)}, {"components", fields_json(plan)["components"]}, {"unverified", plan.unverified},
          {"first_day", days ? json(date_text(days->first)) : json(nullptr)}, {"last_day", days ? json(date_text(days->last)) : json(nullptr)}};
}

// What the record says now: a change that was changed again since is told with what came of it.
Result<json> Visits::Parts::change_json(const ChangedVisit& change) {
  if (change.what == ChangedVisit::What::kRecall) {
    const auto recalled = TRY(store->recall(change.record));
    return changed_line(change, "recalled", change.by + " recalls " + change.record + (recalled ? ": " + recalled->reason : ""));
  }
  const auto visit = TRY(current(change.record));
  const std::string about = visit ? ": " + in_sentence(visit->facts.plan) : std::string();
  if (change.what == ChangedVisit::What::kAnswer) {
    const std::string word(word_of(change.answer));
    return changed_line(change, word, change.by + " answers " + change.record + " (" + word + ")" + about);
  }
  const bool fresh = change.revision == 1;
  const std::string does = fresh ? " plans " + change.record : " changes " + change.record + " (revision " + std::to_string(change.revision) + ")";
  return changed_line(change, fresh ? "planned" : "changed", change.by + does + about);
}

Result<json> Visits::Parts::changes_since(TimeMs since) {
  auto changes = TRY(store->changes_since(since, kShown + 1));
  json out = {{"items", json::array()}, {"more", changes.size() > kShown}};
  if (changes.size() > kShown) changes.resize(kShown);
  for (const auto& change : changes) out["items"].push_back(TRY(change_json(change)));
  return out;
}

// Findings of which this committee, or another, is waited for.
Result<json> Visits::Parts::waiting_for(const std::string& who) {
  FindingQuery query;
  query.kind = word_of(FindingKind::waiting);
  query.committee = who;
  query.limit = kShown;
  json out = json::array();
  for (;;) {
    const auto rows = TRY(store->list(query));
    for (const auto& row : rows) {
      json finding = json::parse(row.json, nullptr, false);
      const json waits = finding.is_object() ? finding.value("waits_for", json::array()) : json::array();
      const bool for_it = std::find(waits.begin(), waits.end(), who) != waits.end();
      if (for_it && out.size() < kShown) out.push_back(std::move(finding));
    }
    if (rows.size() < query.limit || out.size() == kShown) return out;
    query.after_time = rows.back().since;
    query.after_id = rows.back().id;
  }
}

// Papers that are still to come after this committee's visits, the one due first in front.
Result<json> Visits::Parts::awaited_papers(std::int64_t today) {
  json out = json::array();
  for (const auto status : {VisitStatus::draft_report, VisitStatus::state_comments, VisitStatus::report_adopted, VisitStatus::state_response}) {
    VisitQuery query;
    query.lead = config.member.str();
    query.status = word_of(status);
    query.limit = kShown;
    query.ascending = true;
    for (const auto& row : TRY(store->list(query))) {
      const auto visit = TRY(known(row.record));
      for (const auto& one : follow_ups(visit.facts.plan)) {
        if (!one.waits) continue;
        json paper = brief(visit.facts.plan);
        paper["with"] = TRY(taking_part(visit.facts.plan));
        paper.update({{"awaited", word_of(one.awaited)}, {"due", date_text(one.due)}, {"days_left", one.due - today}});
        out.push_back(std::move(paper));
      }
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const json& a, const json& b) { return a["due"] < b["due"]; });
  return out;
}

// Visits of this committee that cannot go on as they stand: the State's consent that they name is in force no more.
Result<json> Visits::Parts::without_consent(std::int64_t today) {
  constexpr std::string_view kField = "consent.reference: ";   // which stands beside it here
  json out = json::array();
  for (const std::string& record : TRY(store->own_resting())) {
    const auto visit = TRY(known(record));
    const auto& plan = visit.facts.plan;
    const auto named = TRY(named_consent(plan.consent.reference));
    const auto holds = check_named_consent(plan, visit.revision.recipients, named, today);
    if (holds || !holds.error().what.starts_with(kField)) continue;
    json one = brief(plan);
    one["with"] = TRY(taking_part(plan));
    one.update({{"consent", plan.consent.reference}, {"sentence", holds.error().what.substr(kField.size())}, {"hint", holds.error().hint}});
    out.push_back(std::move(one));
    if (out.size() == kShown) break;
  }
  return out;
}

Result<json> Visits::resting_on(const std::string& consent_id, std::int64_t today) {
  auto& parts = *parts_;
  json out = json::array();
  const auto named = TRY(parts.named_consent(consent_id));
  for (const std::string& record : TRY(parts.store->resting_on(consent_id))) {
    const auto visit = TRY(parts.known(record));
    const auto& plan = visit.facts.plan;
    const bool holds = check_named_consent(plan, visit.revision.recipients, named, today).has_value();
    out.push_back({{"id", plan.record_id}, {"owner", plan.lead.str()}, {"contact", plan.contact}, {"title", plan.title}, {"status", word_of(plan.status)},
                   {"needs", !holds}});
  }
  return out;
}

Result<json> Visits::Parts::visits_between(std::int64_t from, std::int64_t to) {
  VisitQuery query;
  query.from = from;
  query.to = to;
  query.limit = kLookedAt;
  query.ascending = true;
  json out = json::array();
  for (const auto& row : TRY(store->list(query))) {
    const auto visit = TRY(known(row.record));
    const auto& plan = visit.facts.plan;
    if (!stands(plan.status) || !takes_place(plan, {from, to})) continue;
    out.push_back(brief(plan));
    out.back()["with"] = TRY(taking_part(plan));
    if (out.size() == kShown) break;
  }
  return out;
}

Result<json> Visits::today(TimeMs since, std::int64_t today) {
  auto& parts = *parts_;
  FindingQuery fresh;
  fresh.since = since;
  fresh.but_kind = word_of(FindingKind::waiting);
  fresh.limit = kShown;
  json findings = json::array();
  for (const auto& row : TRY(parts.store->list(fresh))) findings.push_back(json::parse(row.json, nullptr, false));
  json out = {{"since", rfc3339_millis(since)}, {"findings", std::move(findings)}};
  out["changed"] = TRY(parts.changes_since(since));
  out["waiting"] = TRY(parts.waiting_for(parts.config.member.str()));
  out["papers"] = TRY(parts.awaited_papers(today));
  out["without_consent"] = TRY(parts.without_consent(today));
  out["soon"] = TRY(parts.visits_between(today, today + kDaysAhead));
  return out;
}

// Who besides the lead said to take part, and whether the plan names them or they have agreed to a joint visit of it: then both have agreed. What a
// committee has said to the visit itself and declines, no record says for it.
Result<json> Visits::Parts::taking_part(const VisitPlan& plan) {
  std::map<std::string, std::string> last;
  std::set<std::string> declined;
  for (const auto& answer : TRY(store->answers(plan.record_id))) {
    const std::string committee = answer.sender.str();
    if (answer.answer == AnswerKind::declines) {
      last.erase(committee);
      declined.insert(committee);
    }
    if (answer.answer == AnswerKind::joins || answer.answer == AnswerKind::advises) {
      last[committee] = word_of(answer.answer);
      declined.erase(committee);
    }
  }
  const JointWord joint = records == nullptr ? JointWord() : TRY(records->joint_word(plan.record_id));
  for (const auto& [committee, answer] : joint.committees) {
    if (!declined.contains(committee)) last.try_emplace(committee, answer);
  }
  json out = json::array();
  for (const auto& [committee, answer] : last) {
    const auto named = [&](bool declined_there) {
      return std::any_of(plan.participation.begin(), plan.participation.end(), [&](const Participation& one) {
        return one.body == committee && (one.role == ParticipationRole::declined) == declined_there;
      });
    };
    const bool agreed = named(false) || (!named(true) && joint.committees.contains(committee));
    out.push_back({{"committee", committee}, {"answer", answer}, {"agreed", agreed}});
  }
  return out;
}

Result<json> Visits::state_page(const std::string& text, std::int64_t today) {
  auto& parts = *parts_;
  const auto found = States::standard().lookup(text);
  if (!found) return within("state", found.error());
  const State& state = **found;
  VisitQuery query;
  query.state = state.alpha3;
  query.limit = kShown + 1;
  const auto rows = TRY(parts.store->list(query));
  json out = state_json(state);
  out.update({{"visits", json::array()}, {"more", rows.size() > kShown}, {"last", nullptr}, {"next", nullptr}});
  for (const auto& row : rows) {
    if (out["visits"].size() == kShown) break;
    const auto visit = TRY(parts.known(row.record));
    const auto& plan = visit.facts.plan;
    json one = brief(plan);
    one["with"] = TRY(parts.taking_part(plan));
    const auto days = days_of(plan);
    if (days && stands(plan.status)) {
      if (days->last < today && out["last"].is_null()) out["last"] = one;   // newest days first
      if (days->first >= today) out["next"] = one;
    }
    out["visits"].push_back(std::move(one));
  }
  FindingQuery findings;
  findings.state = state.alpha3;
  findings.limit = kShown;
  out["findings"] = json::array();
  for (const auto& row : TRY(parts.store->list(findings))) out["findings"].push_back(json::parse(row.json, nullptr, false));
  return out;
}

Result<std::optional<TextEntry>> Visits::text_entry(const std::string& record_id) {
  const auto current = TRY(parts_->current(record_id));
  if (!current) return std::optional<TextEntry>();
  const VisitPlan& plan = current->facts.plan;
  TextEntry entry{record_id, "visit", plan.lead, {}, TextEntry::kNoDay, current->revision.place.time_ms, plan.title, {record_id}};
  for (const auto& state : plan.states) {
    entry.states.push_back(state.alpha3);
    if (!state.name_in_source.empty()) entry.texts.push_back(state.name_in_source);
  }
  if (const auto days = days_of(plan)) entry.day = days->first;
  for (const auto& component : plan.components) entry.texts.insert(entry.texts.end(), component.places.begin(), component.places.end());
  for (const auto& one : plan.participation) entry.texts.push_back(one.body + " " + one.note);
  for (const auto& report : plan.reports) entry.texts.push_back(report.symbol);
  for (const std::string* text : {&plan.note, &plan.source, &plan.paragraph, &plan.consent.reference}) entry.texts.push_back(*text);
  for (const auto& one : TRY(parts_->store->answers(record_id))) {
    const auto answer = decode_visit_answer(one.body);
    if (answer) entry.texts.push_back(answer->body + " " + answer->text);
  }
  std::erase_if(entry.texts, [](const std::string& text) { return text.empty() || text == " "; });
  return std::optional(std::move(entry));
}

}  // namespace liaison
