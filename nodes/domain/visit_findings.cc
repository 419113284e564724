// SPDX-License-Identifier: Apache-2.0
// What the visits that stand mean, and keeping the stored findings equal to it: after each change those of the visit itself, of pairs of
// others between which it came or went, and of the visits that come next in its States.
#include <algorithm>
#include <set>

#include "nodes/domain/follow_ups.h"
#include "nodes/domain/visit_parts.h"
#include "nodes/domain/visit_rules.h"

namespace liaison {
namespace {

using nlohmann::json;

using StoredFindings = std::map<std::string, StoredFinding>;

constexpr std::string_view kGapStart = "gap.";
// Revisions that are read to see since when a committee is invited.
constexpr std::uint32_t kLookedBack = 32;

ViewEvent of_finding(std::string_view name, std::string finding) { return {name, {}, 0, {}, {}, {}, std::move(finding)}; }

// The later visit of a gap: it is that one's finding.
std::string later_of(const StoredFinding& gap) {
  const json finding = json::parse(gap.json, nullptr, false);
  const json visits = finding.is_object() ? finding.value("visits", json::array()) : json::array();
  return !visits.empty() && visits[0].is_string() ? visits[0].get<std::string>() : std::string();
}

void add_all(ViewEvents& events, ViewEvents more) { std::move(more.begin(), more.end(), std::back_inserter(events)); }

}  // namespace

Result<std::vector<Finding>> Visits::Parts::near_findings(const VisitFacts& facts, const Neighbours& near) {
  std::vector<Finding> out;
  for (const auto& [record, lead] : near.leads) {
    const auto other = TRY(known(record));
    if (auto one = finding_of_pair(facts, other.facts, config.window_days)) out.push_back(std::move(*one));
  }
  if (auto one = finding_of_route(facts)) out.push_back(std::move(*one));
  return out;
}

Result<std::vector<Finding>> Visits::Parts::answer_findings(const CurrentVisit& visit) {
  std::vector<Finding> out;
  if (auto one = TRY(participation(visit.facts))) out.push_back(std::move(*one));
  if (auto one = TRY(waiting(visit))) out.push_back(std::move(*one));
  return out;
}

Result<std::vector<Finding>> Visits::Parts::gap_findings(const VisitFacts& facts) {
  std::vector<Finding> out;
  const auto days = days_of(facts.plan);
  if (!days || !stands(facts.plan.status)) return out;
  const auto recent = months_earlier(days->first, config.gap_years * 12);
  for (const auto& state : facts.plan.states) {
    const auto record = TRY(store->last_before(facts.plan, state.alpha3, recent));
    if (!record) continue;
    const auto before = TRY(known(*record));
    if (auto one = finding_of_gap(facts, state.alpha3, before.facts, config.gap_years)) out.push_back(std::move(*one));
  }
  return out;
}

Result<std::string> Visits::Parts::said_of(const VisitPlan& plan, std::uint32_t answered) {
  if (answered == plan.revision) return std::string();
  const auto stored = TRY(store->revision(plan.record_id, answered));
  if (!stored) return std::string();
  const auto then = TRY(stored_plan(*stored));
  return dates_text(then) == dates_text(plan) ? std::string() : "revision " + std::to_string(answered) + ", then " + dates_text(then);
}

// The last word of each committee counts; comments and objections leave it as it was.
Result<std::optional<Finding>> Visits::Parts::participation(const VisitFacts& facts) {
  struct Word { Taking taking; std::uint32_t answered; };
  std::map<MemberId, Word> last;
  for (const auto& answer : TRY(store->answers(facts.plan.record_id))) {
    if (answer.answer == AnswerKind::declines) last.erase(answer.sender);
    if (answer.answer != AnswerKind::joins && answer.answer != AnswerKind::advises) continue;
    const auto decoded = TRY(stored_answer(answer));
    last[answer.sender] = {{answer.sender, answer.answer, decoded.contact, answer.place.time_ms, decoded.unverified, {}}, decoded.revision};
  }
  std::vector<Taking> taking;
  for (auto& [member, one] : last) {
    one.taking.said_of = TRY(said_of(facts.plan, one.answered));
    taking.push_back(std::move(one.taking));
  }
  return finding_of_participation(facts, taking);
}

// Who is invited by role and got the plan, and since which of the revisions that follow each other to this one.
Result<std::vector<Invited>> Visits::Parts::invited(const CurrentVisit& visit) {
  std::vector<Invited> out;
  const auto& plan = visit.facts.plan;
  const auto is_invited = [](const VisitPlan& of, const std::string& body) {
    return std::any_of(of.participation.begin(), of.participation.end(),
                       [&](const Participation& one) { return one.body == body && one.role == ParticipationRole::invited; });
  };
  for (const auto& member : visit.revision.recipients) {
    if (!is_invited(plan, member.str())) continue;
    TimeMs since = visit.revision.place.time_ms;
    for (std::uint32_t number = plan.revision; --number > 0 && plan.revision - number <= kLookedBack;) {
      const auto earlier = TRY(store->revision(plan.record_id, number));
      if (!earlier) break;
      const auto was = TRY(stored_plan(*earlier));
      if (!is_invited(was, member.str())) break;
      since = earlier->place.time_ms;
    }
    out.push_back({member.str(), since});
  }
  return out;
}

Result<std::optional<Finding>> Visits::Parts::waiting(const CurrentVisit& visit) {
  const auto who = TRY(invited(visit));
  std::vector<Said> said;
  for (const auto& answer : TRY(store->answers(visit.row.record))) {
    const auto decoded = TRY(stored_answer(answer));
    said.push_back({answer.sender, answer.answer, decoded.revision, decoded.contact, answer.place.time_ms, decoded.unverified});
  }
  return finding_of_waiting(visit.facts, who, said);
}

Result<ViewEvents> Visits::Parts::settle(const std::map<std::string, StoredFinding>& stored, const std::vector<Finding>& computed) {
  ViewEvents events;
  std::set<std::string> lasting;
  for (const auto& finding : computed) {
    lasting.insert(finding.id);
    const std::string text = finding_json(finding).dump();
    const auto was = stored.find(finding.id);
    if (was != stored.end() && was->second.json == text) continue;
    TRY(store->put_finding(finding, text, was == stored.end()));
    if (was == stored.end()) events.push_back(of_finding("finding.new", text));
  }
  for (const auto& [id, was] : stored) {
    if (lasting.contains(id)) continue;
    TRY(store->drop_finding(id));
    events.push_back(of_finding("finding.ended", was.json));
  }
  return events;
}

Result<ViewEvents> Visits::Parts::settle_gaps(const std::string& record) {
  StoredFindings stored;
  for (auto& [id, one] : TRY(store->findings_of(record))) {
    if (id.starts_with(kGapStart) && later_of(one) == record) stored.emplace(id, std::move(one));
  }
  const auto visit = TRY(current(record));
  const auto computed = visit ? TRY(gap_findings(visit->facts)) : std::vector<Finding>();
  return settle(stored, computed);
}

// Gaps are settled apart: one in which this visit is the earlier belongs to the later one.
Result<ViewEvents> Visits::Parts::settle_visit(const CurrentVisit& visit) {
  StoredFindings stored;
  std::set<std::string> later = {visit.row.record};
  for (auto& [id, one] : TRY(store->findings_of(visit.row.record))) {
    if (id.starts_with(kGapStart)) later.insert(later_of(one));
    else stored.emplace(id, std::move(one));
  }
  const auto near = TRY(store->near(visit.facts.plan, config.window_days, Near::kKept));
  auto computed = TRY(near_findings(visit.facts, near));
  for (auto& one : TRY(answer_findings(visit))) computed.push_back(std::move(one));
  in_order(computed);
  auto events = TRY(settle(stored, computed));
  for (const auto& record : later) add_all(events, TRY(settle_gaps(record)));
  return events;
}

// A new record has no findings yet, and nobody can have answered it.
Result<ViewEvents> Visits::Parts::settle_new(const CurrentVisit& visit) {
  const auto near = TRY(store->near(visit.facts.plan, config.window_days, Near::kKept));
  auto computed = TRY(near_findings(visit.facts, near));
  const auto who = TRY(invited(visit));
  if (auto one = finding_of_waiting(visit.facts, who, {})) computed.push_back(std::move(*one));
  for (auto& one : TRY(gap_findings(visit.facts))) computed.push_back(std::move(one));
  in_order(computed);
  return settle({}, computed);
}

Result<void> Visits::Parts::settle_pairs(const VisitPairs& pairs, ViewEvents& events) {
  for (const auto& [one, other] : pairs) {
    const auto a = TRY(known(one));
    const auto near = TRY(store->near(a.facts.plan, config.window_days, Near::kKept));
    std::vector<Finding> computed;
    if (near.leads.contains(other)) {
      const auto b = TRY(known(other));
      if (auto found = finding_of_pair(a.facts, b.facts, config.window_days)) computed.push_back(std::move(*found));
    }
    const auto stored = TRY(store->findings_of(one, other));
    add_all(events, TRY(settle(stored, computed)));
  }
  return {};
}

Result<void> Visits::Parts::settle_others(const VisitChange& change, ViewEvents& events) {
  TRY(settle_pairs(change.pairs, events));
  for (const auto& record : change.next) add_all(events, TRY(settle_gaps(record)));
  return {};
}

Result<ViewEvents> Visits::Parts::settle_answers(const CurrentVisit& visit) {
  StoredFindings stored;
  for (auto& [id, one] : TRY(store->findings_of(visit.row.record))) {
    if (id == "participation." + visit.row.record || id == "waiting." + visit.row.record) stored.emplace(id, std::move(one));
  }
  const auto computed = TRY(answer_findings(visit));
  return settle(stored, computed);
}

}  // namespace liaison
