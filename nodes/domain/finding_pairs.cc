// SPDX-License-Identifier: Apache-2.0
// What two visits mean for each other.
#include <algorithm>
#include <set>

#include "nodes/domain/finding_words.h"
#include "nodes/domain/findings.h"
#include "nodes/domain/nearness.h"
#include "nodes/domain/states.h"
#include "nodes/domain/visit_json.h"
#include "nodes/domain/visit_rules.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

// "12 free days between".
std::string free_days(const Nearness& near) {
  return (near.gap == 0 ? "no" : std::to_string(near.gap)) + (near.gap < 2 ? " free day between" : " free days between");
}

// " with at most 12 free days between, possibly at the same time": of two parts of which the later has no known first day.
std::string open_text(const Nearness& near) {
  return (near.gap == 0 || near.possibly ? "" : " with at most " + free_days(near)) + ", possibly at the same time";
}

std::string unknown_start(const VisitPlan& plan) {
  return "the first day of " + std::string(plan.components.size() > 1 ? "a part of " : "") + plan.record_id + " is not known";
}

std::string near_text(const Nearness& near) {
  if (near.open_start) return open_text(near) + ": " + unknown_start(*near.open_start) + (near.possibly ? ", and of the other only the month" : "");
  if (!near.possibly) return " one soon after the other, with " + free_days(near);
  if (near.may_meet) return ", possibly at the same time: only the month is known";
  return (near.gap > 0 ? " with at least " + free_days(near) : std::string(" one soon after the other")) + ", only the month is known";
}

std::string chain_text(const Nearness& near) {
  if (near.open_start) return open_text(near) + ", as " + unknown_start(*near.open_start);
  return " one after the other, with " + free_days(near);
}

Finding made(FindingKind kind, const VisitFacts& a, const VisitFacts& b) {
  Finding finding;
  finding.kind = kind;
  finding.id = pair_id(kind, a.plan.record_id, b.plan.record_id);
  finding.visits = {a.plan.record_id, b.plan.record_id};
  finding.committees = {a.plan.lead.str()};
  finding.contacts = {{a.plan.lead.str(), a.plan.contact}};
  if (b.plan.lead != a.plan.lead) {
    finding.committees.push_back(b.plan.lead.str());
    finding.contacts.push_back({b.plan.lead.str(), b.plan.contact});
  }
  finding.since = std::max(a.since, b.since);
  finding.unverified = a.plan.unverified || b.plan.unverified;
  return finding;
}

bool both_over(const VisitPlan& a, const VisitPlan& b) { return is_over(a.status) && is_over(b.status); }

// Of a visit to several States nobody knows on which day it is in which.
bool place_is_known(const VisitPlan& a, const VisitPlan& b) { return a.states.size() == 1 && b.states.size() == 1; }

std::string have_in_plans(const std::vector<std::string>& states, bool past) {
  return (past ? " both had " : " both have ") + names(states) + " in their plans";
}

// "1373 has a virtual part and 1540 an on-site part", "1373 and 1540 both have a virtual part".
std::string parts_text(const Stretches& one, const std::string& a, const std::string& b, bool past) {
  if (one.a == one.b) return a + " and " + b + (past ? " both had a virtual part" : " both have a virtual part");
  const auto part = [](ComponentMode mode) { return mode == ComponentMode::on_site ? " an on-site part" : " a virtual part"; };
  return a + (past ? " had" : " has") + part(one.a) + " and " + b + part(one.b);
}

std::string overlap_text(const VisitPlan& a, const VisitPlan& b, const std::vector<std::string>& states) {
  const bool past = both_over(a, b), known = place_is_known(a, b);
  const std::string one = a.lead.str(), other = b.lead.str(), both = one + " and " + other;
  std::string text = known ? "" : both + have_in_plans(states, past);
  for (const auto& stretches : common_days(a, b)) {
    if (stretches.a == ComponentMode::on_site && stretches.b == ComponentMode::on_site) {
      text += known ? both + (past ? " were both in " : " are both in ") + names(states) : std::string(past ? " and were on site" : " and are on site");
    } else {
      const bool first = text.empty();
      text += (first ? "" : "; ") + parts_text(stretches, one, other, past) + (first ? " of their visits to " + names(states) : "");
    }
    text += " on the same days, " + spans_text(stretches.spans);
  }
  return text;
}

bool both_open(const VisitPlan& a, const VisitPlan& b) { return !has_begun(a.status) && !has_begun(b.status); }

std::optional<Finding> between_committees(const VisitFacts& a, const VisitFacts& b, std::uint32_t window_days) {
  const auto shared = shared_states(a.plan, b.plan);
  const auto near = shared.empty() ? std::nullopt : nearest_parts(a.plan, b.plan, false);
  if (!near || (!near->common && near->gap > static_cast<std::int64_t>(window_days))) return std::nullopt;
  auto finding = made(near->common ? FindingKind::overlap : FindingKind::adjacency, a, b);
  finding.states = shared;
  const std::string who = a.plan.lead.str() + " and " + b.plan.lead.str();
  const bool past = both_over(a.plan, b.plan);
  if (near->common) {
    finding.days = near->common;
    finding.sentence = overlap_text(a.plan, b.plan, shared);
  } else {
    finding.days = near->whole;
    finding.gap_days = near->gap;
    const auto how = near_text(*near);
    if (place_is_known(a.plan, b.plan)) finding.sentence = who + (past ? " visited " : " visit ") + names(shared) + how;
    else finding.sentence = who + have_in_plans(shared, past) + (how.starts_with(",") ? "" : ",") + how;
  }
  finding.sentence += both_in_brackets(a.plan, b.plan);
  finding.suggest = both_open(a.plan, b.plan) ? std::vector<std::string>{"merge", "back_to_back", "inform"} : std::vector<std::string>{"inform"};
  return finding;
}

// " need two teams on the same days, 2025-03-17": two teams only where both are on site.
std::string own_text(const VisitPlan& a, const VisitPlan& b, const std::vector<std::string>& shared) {
  const bool past = both_over(a, b);
  std::string where;
  if (!shared.empty()) where = place_is_known(a, b) ? " to one State" : " that" + have_in_plans(shared, past);
  std::vector<DaySpan> on_site, otherwise;
  for (const auto& one : common_days(a, b)) {
    auto& days = one.a == ComponentMode::on_site && one.b == ComponentMode::on_site ? on_site : otherwise;
    days.insert(days.end(), one.spans.begin(), one.spans.end());
  }
  std::vector<std::string> out;
  const std::string teams = past ? " needed two teams on the same days, " : " need two teams on the same days, ";
  const std::string same = past ? " had the same days, " : " have the same days, ";
  if (!on_site.empty()) out.push_back((shared.empty() ? teams : same) + spans_text(merged(on_site)));
  if (!otherwise.empty()) out.push_back(same + "with a virtual part, " + spans_text(merged(otherwise)));
  return where + out.front() + (out.size() > 1 ? ";" + out.back() : "");
}

std::optional<Finding> own_overlap(const VisitFacts& a, const VisitFacts& b) {
  const auto near = nearest_parts(a.plan, b.plan, false);
  if (!near || !near->common) return std::nullopt;
  auto finding = made(FindingKind::own_overlap, a, b);
  const auto shared = shared_states(a.plan, b.plan);
  finding.states = all_states(a.plan, b.plan);
  finding.days = near->common;
  finding.sentence = "two visits of " + a.plan.lead.str() + own_text(a.plan, b.plan, shared) + ": " + names(finding.states) +
                     both_in_brackets(a.plan, b.plan);
  finding.suggest = both_open(a.plan, b.plan) && !shared.empty() ? std::vector<std::string>{"merge"} : std::vector<std::string>{"inform"};
  return finding;
}

// The regions in which the two visits have different States, and these States.
struct Regions { std::set<std::string> regions, states; };

Regions common_regions(const VisitPlan& a, const VisitPlan& b) {
  Regions common;
  for (const auto& x : a.states) {
    for (const auto& y : b.states) {
      const auto region = States::standard().region_of(x.alpha3, y.alpha3);
      if (region.empty()) continue;
      common.regions.emplace(region);
      common.states.insert({x.alpha3, y.alpha3});
    }
  }
  return common;
}

std::string region_text(const Regions& common) {
  return (common.regions.size() == 1 ? " to States of one region (" : " to States of the same regions (") +
         listed({common.regions.begin(), common.regions.end()}) + ")";
}

// "on the same days, 2027-03-09" or "one after the other, with 3 free days between".
std::string region_days_text(const VisitPlan& a, const VisitPlan& b, const Nearness& near) {
  if (!near.common) return chain_text(near);
  for (const auto& one : common_days(a, b)) {
    if (one.a == ComponentMode::on_site && one.b == ComponentMode::on_site) return " on the same days, " + spans_text(one.spans);
  }
  return {};
}

// One committee's journey through a region, or that of two committees: on site, on days that are certain. One committee's visits on the
// same days are no journey.
std::optional<Finding> in_one_region(const VisitFacts& a, const VisitFacts& b, FindingKind kind) {
  const auto common = common_regions(a.plan, b.plan);
  const auto near = common.regions.empty() ? std::nullopt : nearest_parts(a.plan, b.plan, true);
  if (!near || near->possibly || near->gap > kChainDays || (near->common && kind == FindingKind::chain)) return std::nullopt;
  auto finding = made(kind, a, b);
  finding.states = all_states(a.plan, b.plan);
  finding.days = near->common ? *near->common : near->whole;
  finding.gap_days = near->gap;
  const bool past = both_over(a.plan, b.plan);
  const std::string who = a.plan.lead == b.plan.lead ? a.plan.lead.str() + (past ? " went" : " goes")
                                                     : a.plan.lead.str() + " and " + b.plan.lead.str() + (past ? " went" : " go");
  finding.sentence = who + region_text(common) + region_days_text(a.plan, b.plan, *near) + ": " +
                     names({common.states.begin(), common.states.end()}) + both_in_brackets(a.plan, b.plan);
  finding.suggest = both_open(a.plan, b.plan) ? std::vector<std::string>{"back_to_back", "inform"} : std::vector<std::string>{"inform"};
  return finding;
}

}  // namespace

std::string pair_id(FindingKind kind, std::string_view a, std::string_view b) {
  return std::string(word_of(kind)).append(".").append(std::min(a, b)).append(".").append(std::max(a, b));
}

std::optional<Finding> finding_of_pair(const VisitFacts& a, const VisitFacts& b, std::uint32_t window_days) {
  if (!stands(a.plan.status) || !stands(b.plan.status)) return std::nullopt;
  const bool in_order = a.plan.record_id < b.plan.record_id;
  const auto& first = in_order ? a : b;
  const auto& second = in_order ? b : a;
  if (first.plan.lead != second.plan.lead) {
    if (auto found = between_committees(first, second, window_days)) return found;
    return in_one_region(first, second, FindingKind::region);
  }
  if (auto overlap = own_overlap(first, second)) return overlap;
  return in_one_region(first, second, FindingKind::chain);
}

}  // namespace liaison
