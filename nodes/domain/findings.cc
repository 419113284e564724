// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/findings.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/domain/finding_words.h"
#include "nodes/domain/follow_ups.h"
#include "nodes/domain/nearness.h"
#include "nodes/domain/visit_json.h"
#include "nodes/domain/visit_rules.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

// "1267 and 1540 take part", "1267 takes part and 1540 advises".
std::string taking_text(const std::vector<Taking>& taking) {
  std::vector<std::string> parts;
  for (const auto degree : {AnswerKind::joins, AnswerKind::advises}) {
    std::vector<std::string> who;
    for (const auto& one : taking) {
      if (one.degree == degree) who.push_back(one.committee.str());
    }
    if (who.empty()) continue;
    const std::string ending = who.size() == 1 ? "s" : "";
    parts.push_back(listed(who) + (degree == AnswerKind::joins ? " take" + ending + " part" : " advise" + ending));
  }
  return listed(parts);
}

// ", which is not verified for 1267": nothing when all of it was checked.
std::string unverified_text(const std::vector<Taking>& taking) {
  std::vector<std::string> who;
  for (const auto& one : taking) {
    if (one.unverified) who.push_back(one.committee.str());
  }
  return who.empty() ? "" : ", which is not verified for " + listed(who);
}

// "; 1373 said so of revision 1, then 2027-03-01 to 2027-03-05": who has not spoken since the days are others.
std::string said_of_text(const std::vector<Taking>& taking) {
  std::string out;
  for (const auto& one : taking) {
    if (!one.said_of.empty()) out += "; " + one.committee.str() + " said so of " + one.said_of;
  }
  return out;
}

struct KindWord { FindingKind kind; std::string_view word; };
constexpr KindWord kKinds[] = {{FindingKind::overlap, "overlap"},
                               {FindingKind::adjacency, "adjacency"},
                               {FindingKind::own_overlap, "own_overlap"},
                               {FindingKind::participation, "participation"},
                               {FindingKind::chain, "chain"},
                               {FindingKind::region, "region"},
                               {FindingKind::waiting, "waiting"},
                               {FindingKind::gap, "gap"},
                               {FindingKind::overlap_only, "overlap_only"}};

}  // namespace

std::string_view word_of(FindingKind kind) {
  for (const auto& one : kKinds) {
    if (one.kind == kind) return one.word;
  }
  return "invalid";
}

std::optional<FindingKind> parse_finding_kind(std::string_view word) {
  for (const auto& one : kKinds) {
    if (one.word == word) return one.kind;
  }
  return std::nullopt;
}

const std::vector<std::string_view>& finding_kinds() {
  static const std::vector<std::string_view> words = [] {
    std::vector<std::string_view> all;
    for (const auto& one : kKinds) all.push_back(one.word);
    return all;
  }();
  return words;
}

Certainty certainty_of(DatePrecision precision) {
  switch (precision) {
    case DatePrecision::day:
    case DatePrecision::end_day: return Certainty::kDay;
    case DatePrecision::month: return Certainty::kMonth;
    case DatePrecision::year:
    case DatePrecision::period:
    case DatePrecision::unknown: return Certainty::kNone;
  }
  return Certainty::kNone;
}

std::optional<Finding> finding_of_route(const VisitFacts& visit) {
  const auto& plan = visit.plan;
  if (plan.states.size() < 2 || !stands(plan.status)) return std::nullopt;
  Finding finding = about_visit(FindingKind::chain, visit);
  finding.days = known_days(plan);
  finding.sentence = "one visit of " + plan.lead.str() + (is_over(plan.status) ? " went to " : " goes to ") + std::to_string(plan.states.size()) + " States: " +
                     names(finding.states) + " (" + record_and_dates(plan) + ")";
  finding.suggest = {"inform"};
  return finding;
}

std::optional<Finding> finding_of_participation(const VisitFacts& visit, const std::vector<Taking>& taking) {
  const auto& plan = visit.plan;
  if (taking.empty() || !stands(plan.status)) return std::nullopt;
  Finding finding = about_visit(FindingKind::participation, visit);
  for (const auto& one : taking) {
    finding.committees.push_back(one.committee.str());
    finding.contacts.push_back({one.committee.str(), one.contact});
    finding.since = std::max(finding.since, one.since);
    finding.unverified = finding.unverified || one.unverified;
  }
  finding.days = known_days(plan);
  finding.sentence = std::to_string(taking.size() + 1) + " committees in one visit: " + plan.lead.str() + " leads to " + names(finding.states) +
                     ", " + taking_text(taking) + (plan.unverified ? "" : unverified_text(taking)) + said_of_text(taking) + " (" + record_and_dates(plan) +
                     ")";
  finding.suggest = {"inform"};
  return finding;
}

std::optional<Finding> finding_of_gap(const VisitFacts& visit, const std::string& state, const VisitFacts& before, std::uint32_t years) {
  const auto& plan = visit.plan;
  const auto days = days_of(plan), last = days_of(before.plan);
  if (!days || !last || !stands(plan.status) || !stands(before.plan.status) || days->first <= months_later(last->last, years * 12)) return std::nullopt;
  std::uint32_t whole = years;
  while (days->first > months_later(last->last, (whole + 1) * 12)) ++whole;
  Finding finding;
  finding.kind = FindingKind::gap;
  finding.id = "gap." + state + "." + plan.record_id + "." + before.plan.record_id;
  finding.visits = {plan.record_id, before.plan.record_id};
  finding.states = {state};
  finding.committees = {plan.lead.str()};
  finding.contacts = {{plan.lead.str(), plan.contact}};
  if (before.plan.lead != plan.lead) {
    finding.committees.push_back(before.plan.lead.str());
    finding.contacts.push_back({before.plan.lead.str(), before.plan.contact});
  }
  finding.days = DaySpan{last->last, days->first};
  finding.gap_days = days->first - last->last - 1;
  finding.sentence = "no visit to " + names({state}) + " is known between these two, more than " + std::to_string(whole) +
                     (whole == 1 ? " year" : " years") + " apart" + both_in_brackets(before.plan, plan);
  finding.suggest = {"inform"};
  finding.since = std::max(visit.since, before.since);
  finding.unverified = plan.unverified || before.plan.unverified;
  return finding;
}

nlohmann::json finding_json(const Finding& finding) {
  using nlohmann::json;
  json out = {{"id", finding.id},         {"kind", word_of(finding.kind)},         {"sentence", finding.sentence},
              {"visits", finding.visits}, {"states", finding.states},              {"committees", finding.committees},
              {"days", nullptr},          {"gap_days", nullptr},                   {"contacts", json::array()},
              {"suggest", finding.suggest}, {"since", rfc3339_millis(finding.since)}, {"unverified", finding.unverified}};
  if (finding.days) out["days"] = {date_text(finding.days->first), date_text(finding.days->last)};
  if (finding.gap_days) out["gap_days"] = *finding.gap_days;
  if (!finding.waits_for.empty()) out["waits_for"] = finding.waits_for;
  for (const auto& one : finding.contacts) out["contacts"].push_back({{"committee", one.committee}, {"contact", one.contact}});
  return out;
}

}  // namespace liaison
