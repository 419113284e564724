// SPDX-License-Identifier: Apache-2.0
// The pages: visits, their histories and the findings, as the API prints them.
#include <algorithm>
#include <set>
#include <tuple>

#include "nodes/domain/filters.h"
#include "nodes/domain/follow_ups.h"
#include "nodes/domain/json_fields.h"
#include "nodes/domain/records.h"
#include "nodes/domain/states.h"
#include "nodes/domain/visit_json.h"
#include "nodes/domain/visit_parts.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using nlohmann::json;

// How many merged visits are looked at for those that go on in one.
constexpr std::uint64_t kMergedMax = 1000;

Result<VisitQuery> visit_query(const Filters& filters) {
  TRY(check_filters(filters, {"state", "from", "to", "committee", "status", "text", "limit", "cursor"}));
  VisitQuery query;
  query.state = TRY(state_in(filters));
  query.lead = filter_text(filters, "committee");
  query.status = TRY(filter_word(filters, "status", all_words<VisitStatus>()));
  query.text = folded(filter_text(filters, "text"));
  query.from = TRY(day_filter(filters, "from"));
  query.to = TRY(day_filter(filters, "to"));
  if (query.from && query.to && *query.to < *query.from)
    return fail(Code::kInput, "to: " + date_text(*query.to) + " is before " + date_text(*query.from), "give a `to` that is not before `from`");
  query.limit = TRY(limit_of(filters));
  if (auto cursor = TRY(cursor_of(filters))) {
    query.after_day = cursor->number;
    query.after_record = std::move(cursor->id);
  }
  return query;
}

Result<FindingQuery> finding_query(const Filters& filters) {
  TRY(check_filters(filters, {"kind", "state", "visit", "committee", "since", "limit", "cursor"}));
  FindingQuery query;
  query.kind = TRY(filter_word(filters, "kind", finding_kinds()));
  query.state = TRY(state_in(filters));
  query.record = filter_text(filters, "visit");
  query.committee = filter_text(filters, "committee");
  query.since = TRY(since_of(filters));
  query.limit = TRY(limit_of(filters));
  if (auto cursor = TRY(cursor_of(filters))) {
    query.after_time = static_cast<TimeMs>(std::max<std::int64_t>(0, cursor->number));
    query.after_id = std::move(cursor->id);
  }
  return query;
}

}  // namespace

std::string Visits::Parts::delivery_of(const MemberId& sender, const Place& place) const {
  if (sender != config.member) return "received";
  return place.index ? "accepted" : "queued";
}

Result<json> Visits::Parts::visit_json(const CurrentVisit& visit, const std::vector<StoredAnswer>& answers) {
  const auto& plan = visit.facts.plan;
  const auto& revision = visit.revision;
  auto out = fields_json(plan);
  out["id"] = plan.record_id;
  out["revision"] = plan.revision;
  out["revision_hash"] = hex(revision.hash);
  out["lead"] = plan.lead.str();
  out["marking"] = revision.marking;
  out["recipients"] = members_json(revision.recipients);
  out["message_id"] = hex(revision.message);
  out["index"] = index_json(revision.place);
  out["accepted_at"] = accepted_at(revision.place);
  out["delivery"] = delivery_of(plan.lead, revision.place);
  const auto days = days_of(plan);
  out["first_day"] = days ? json(date_text(days->first)) : json(nullptr);
  out["last_day"] = days ? json(date_text(days->last)) : json(nullptr);
  out["answers"] = json::array();
  for (const auto& one : answers) {
    const auto answer = decode_visit_answer(one.body);
    if (!answer) continue;  // it was decoded before it was stored
    const auto said = TRY(said_of(plan, answer->revision));
    out["answers"].push_back({{"from", one.sender.str()}, {"answer", word_of(one.answer)}, {"body", answer->body}, {"text", answer->text},
                              {"contact", answer->contact}, {"message_id", hex(one.message)}, {"index", index_json(one.place)},
                              {"accepted_at", accepted_at(one.place)}, {"delivery", delivery_of(one.sender, one.place)},
                              {"revision", answer->revision}, {"said_of", said},
                              {"source", answer->source}, {"unverified", answer->unverified}});
  }
  return out;
}

// A filter for a committee that never was one would only find nothing. Those that have left the roster can still be asked for.
Result<void> Visits::Parts::check_committee(const std::string& name) {
  if (name.empty() || name == config.member.str()) return {};
  std::vector<std::string_view> known = {config.member.str()};
  for (const auto& member : config.others) known.push_back(member.str());
  if (std::find(known.begin(), known.end(), name) != known.end()) return {};
  VisitQuery led;
  led.lead = name;
  led.limit = 1;
  const auto visits = TRY(store->list(led));
  if (!visits.empty()) return {};
  std::sort(known.begin(), known.end());
  return fail(Code::kInput, "committee: \"" + name.substr(0, 64) + "\" is no member", "one of " + comma_list(known));
}

Result<json> Visits::list(const std::map<std::string, std::string>& filters) {
  auto query = TRY(visit_query(filters));
  TRY(parts_->check_committee(query.lead));
  const auto limit = query.limit++;  // one more tells whether there is a next page
  auto rows = TRY(parts_->store->list(query));
  json page = {{"items", json::array()}, {"next", nullptr}};
  if (rows.size() > limit) {
    rows.resize(limit);
    page["next"] = std::to_string(rows.back().day) + "." + rows.back().record;
  }
  for (const auto& row : rows) {
    const auto visit = TRY(parts_->known(row.record));
    const auto answers = TRY(parts_->store->answers(row.record));
    page["items"].push_back(TRY(parts_->visit_json(visit, answers)));
  }
  return page;
}

Result<Visits::Parts::Meaning> Visits::Parts::meaning(const CurrentVisit& visit) {
  const auto& facts = visit.facts;
  const auto near = TRY(store->near(facts.plan, config.window_days, Near::kNearest));
  Meaning out;
  out.findings = TRY(near_findings(facts, near));
  for (auto& one : TRY(answer_findings(visit))) out.findings.push_back(std::move(one));
  for (auto& one : TRY(gap_findings(facts))) out.findings.push_back(std::move(one));
  in_order(out.findings);
  std::map<std::string, std::uint64_t> others;
  for (const auto& [record, lead] : TRY(store->near(facts.plan, config.window_days, Near::kAll)).leads) {
    if (!near.leads.contains(record)) ++others[lead];
  }
  const std::string own = facts.plan.lead.str();
  const auto say = [&](const std::string& lead, std::uint64_t count) {
    out.more.push_back("and " + std::to_string(count) + " more visit" + (count == 1 ? "" : "s") + " of " + lead +
                       " in or near the same days, too many to compare: liaison visit list --committee " + lead);
  };
  for (const auto& [lead, count] : others) {
    if (lead != own) say(lead, count);
  }
  if (others.contains(own)) say(own, others.at(own));
  return out;
}

// Made anew instead of read, so that nothing is missing that is only stored at a nearer visit.
Result<std::vector<StoredFinding>> Visits::Parts::findings_of_visit(const FindingQuery& query, std::vector<std::string>& more) {
  const auto visit = TRY(known(query.record));
  auto means = TRY(meaning(visit));
  more = std::move(means.more);
  const auto has = [](const std::vector<std::string>& words, const std::string& word) {
    return word.empty() || std::find(words.begin(), words.end(), word) != words.end();
  };
  std::vector<StoredFinding> out;
  for (const auto& one : means.findings) {
    if (!query.kind.empty() && query.kind != word_of(one.kind)) continue;
    if (!has(one.states, query.state) || !has(one.committees, query.committee) || one.since < query.since.value_or(0)) continue;
    if (query.after_time && std::tie(one.since, one.id) >= std::tie(*query.after_time, query.after_id)) continue;
    out.push_back({one.id, one.since, finding_json(one).dump()});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return std::tie(b.since, b.id) < std::tie(a.since, a.id); });
  if (out.size() > query.limit) out.resize(query.limit);
  return out;
}

Result<std::vector<std::string>> Visits::Parts::more_than(const json& findings) {
  std::set<std::string> seen;
  for (const auto& finding : findings) {
    for (const auto& record : finding.at("visits")) {
      const auto id = record.get<std::string>();
      if (!seen.insert(id).second || TRY(store->count_findings_of(id)) < kNearestMax) continue;
      const auto visit = TRY(known(id));
      if (!TRY(store->near(visit.facts.plan, config.window_days, Near::kNearest)).cut) continue;
      return std::vector<std::string>{"some of these visits have more in or near the same days than are compared: liaison visit show " + id +
                                      " counts them"};
    }
  }
  return std::vector<std::string>();
}

Result<VisitPlan> Visits::newest(const std::string& record_id) { return TRY(parts_->known(record_id)).facts.plan; }

Result<json> Visits::show(const std::string& record_id) {
  if (const auto recalled = TRY(parts_->store->recall(record_id))) return parts_->recalled_page(*recalled);
  const auto visit = TRY(parts_->known(record_id));
  const auto answers = TRY(parts_->store->answers(record_id));
  auto out = TRY(parts_->visit_json(visit, answers));
  const auto meaning = TRY(parts_->meaning(visit));
  out["findings"] = json::array();
  for (const auto& one : meaning.findings) out["findings"].push_back(finding_json(one));
  out["more"] = meaning.more;
  out["follow_ups"] = follow_ups_json(visit.facts.plan);
  out["merged_here"] = TRY(parts_->merged_here(visit.facts.plan));
  out["with"] = TRY(parts_->taking_part(visit.facts.plan));
  const JointWord joint = parts_->records == nullptr ? JointWord() : TRY(parts_->records->joint_word(record_id));
  out["joint_visits"] = joint.records;
  return out;
}

// The visits that go on in this one: few ever do, and a status is read from the row.
Result<json> Visits::Parts::merged_here(const VisitPlan& plan) {
  json out = json::array();
  VisitQuery merged;
  merged.status = word_of(VisitStatus::merged);
  merged.limit = kMergedMax;
  for (const auto& row : TRY(store->list(merged))) {
    const auto visit = TRY(known(row.record));
    if (visit.facts.plan.merged_into == plan.record_id) out.push_back(row.record);
  }
  return out;
}

Result<json> Visits::history(const std::string& record_id) {
  const auto recalled = TRY(parts_->store->recall(record_id));
  if (!recalled) TRY(parts_->known(record_id));
  json out = {{"id", record_id}, {"items", json::array()}};
  if (recalled) out["recalled"] = recall_json(*recalled);
  std::optional<VisitPlan> before;
  for (const auto& one : TRY(parts_->store->revisions(record_id))) {
    auto plan = TRY(stored_plan(one));
    json item = {{"revision", one.revision}, {"revision_hash", hex(one.hash)}, {"message_id", hex(one.message)}, {"index", index_json(one.place)},
                 {"accepted_at", accepted_at(one.place)}, {"delivery", parts_->delivery_of(plan.lead, one.place)}, {"fields", fields_json(plan)},
                 {"changed", before ? changed_fields(*before, plan) : json::object()}};
    out["items"].push_back(std::move(item));
    before = std::move(plan);
  }
  return out;
}

Result<json> Visits::conflicts(const std::map<std::string, std::string>& filters) {
  auto query = TRY(finding_query(filters));
  TRY(parts_->check_committee(query.committee));
  const auto limit = query.limit++;
  std::vector<std::string> more;
  auto rows = query.record.empty() ? TRY(parts_->store->list(query)) : TRY(parts_->findings_of_visit(query, more));
  json page = {{"items", json::array()}, {"next", nullptr}};
  if (rows.size() > limit) {
    rows.resize(limit);
    page["next"] = std::to_string(rows.back().since) + "." + rows.back().id;
  }
  for (const auto& row : rows) page["items"].push_back(json::parse(row.json, nullptr, false));
  if (query.record.empty()) more = TRY(parts_->more_than(page["items"]));
  page["more"] = more;
  return page;
}

Result<json> Visits::counts() {
  json findings = json::object();
  const auto counted = TRY(parts_->store->count_findings());
  for (const auto word : finding_kinds()) {
    if (word == word_of(FindingKind::overlap_only)) continue;   // none of the tables here
    const auto found = counted.find(std::string(word));
    findings[std::string(word)] = found == counted.end() ? std::uint64_t{0} : found->second;
  }
  const auto visits = TRY(parts_->store->count("visits"));
  const auto answers = TRY(parts_->store->count("visit_answers"));
  return json{{"visits", visits}, {"answers", answers}, {"findings", findings}};
}

}  // namespace liaison
