// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/findings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "nodes/domain/states.h"
#include "nodes/domain/visit_json.h"
#include "nodes/domain/visit_rules.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

struct Part {
  DaySpan span;
  const VisitPlan* plan;
  const Component* component;
  Certainty certainty;
};

std::vector<Part> parts_of(const VisitPlan& plan) {
  std::vector<Part> parts;
  for (const auto& component : plan.components) {
    const auto certainty = certainty_of(component.precision);
    const auto span = day_span(component);
    if (certainty != Certainty::kNone && span) parts.push_back({*span, &plan, &component, certainty});
  }
  return parts;
}

// How two visits lie to each other: common days that are certain, or else the nearest of their parts.
struct Nearness {
  std::optional<DaySpan> common;
  std::int64_t gap = 0;        // free days between; 0 also when only possibly on the same days
  bool may_meet = false;       // the parts may have days in common, as far as is known
  bool possibly = false;       // only a month is known of one of them
  DaySpan whole;               // first to last day of the two parts
  bool on_site = true;         // both parts
  const VisitPlan* open_start = nullptr;  // the visit of the later part, when only the last day of that part is known
};

Nearness nearness_of(const Part& a, const Part& b) {
  Nearness near;
  const DaySpan shared{std::max(a.span.first, b.span.first), std::min(a.span.last, b.span.last)};
  near.possibly = a.certainty == Certainty::kMonth || b.certainty == Certainty::kMonth;
  near.whole = {std::min(a.span.first, b.span.first), std::max(a.span.last, b.span.last)};
  near.on_site = a.component->mode == ComponentMode::on_site && b.component->mode == ComponentMode::on_site;
  if (shared.first <= shared.last) {
    if (!near.possibly) near.common = shared;
    near.may_meet = true;
  } else {
    const auto& later = a.span.first > b.span.first ? a : b;
    near.gap = shared.first - shared.last - 1;
    if (later.component->start.empty()) near.open_start = later.plan;
    near.may_meet = near.open_start != nullptr;
  }
  return near;
}

bool nearer(const Nearness& a, const Nearness& b) {
  if (a.common.has_value() != b.common.has_value()) return a.common.has_value();
  if (a.common) return a.common->first < b.common->first;
  if (a.gap != b.gap) return a.gap < b.gap;
  if (a.possibly != b.possibly) return !a.possibly;
  return a.whole.first < b.whole.first;
}

std::optional<Nearness> nearest_parts(const VisitPlan& a, const VisitPlan& b, bool on_site_only) {
  std::optional<Nearness> best;
  for (const auto& x : parts_of(a)) {
    for (const auto& y : parts_of(b)) {
      const auto near = nearness_of(x, y);
      if (on_site_only && !near.on_site) continue;
      if (!best || nearer(near, *best)) best = near;
    }
  }
  return best;
}

// How the parts that have days in common take place, and these days: no two stretches of one way touch.
struct Stretches { ComponentMode a, b; std::vector<DaySpan> spans; };

std::vector<DaySpan> merged(std::vector<DaySpan> spans) {
  std::sort(spans.begin(), spans.end(), [](const DaySpan& x, const DaySpan& y) { return x.first < y.first; });
  std::vector<DaySpan> out;
  for (const auto& span : spans) {
    if (!out.empty() && span.first <= out.back().last + 1) out.back().last = std::max(out.back().last, span.last);
    else out.push_back(span);
  }
  return out;
}

// All certain common days; first where both are on site.
std::vector<Stretches> common_days(const VisitPlan& a, const VisitPlan& b) {
  using enum ComponentMode;
  std::vector<Stretches> all = {{on_site, on_site, {}}, {virtual_, on_site, {}}, {on_site, virtual_, {}}, {virtual_, virtual_, {}}};
  const auto parts_of_b = parts_of(b);
  for (const auto& x : parts_of(a)) {
    for (const auto& y : parts_of_b) {
      const auto common = nearness_of(x, y).common;
      for (auto& one : all) {
        if (common && one.a == x.component->mode && one.b == y.component->mode) one.spans.push_back(*common);
      }
    }
  }
  std::erase_if(all, [](const Stretches& one) { return one.spans.empty(); });
  for (auto& one : all) one.spans = merged(std::move(one.spans));
  return all;
}

std::vector<std::string> codes_of(const VisitPlan& plan) {
  std::vector<std::string> codes;
  for (const auto& state : plan.states) codes.push_back(state.alpha3);
  std::sort(codes.begin(), codes.end());
  return codes;
}

std::vector<std::string> shared_states(const VisitPlan& a, const VisitPlan& b) {
  const auto x = codes_of(a), y = codes_of(b);
  std::vector<std::string> out;
  std::set_intersection(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(out));
  return out;
}

std::vector<std::string> all_states(const VisitPlan& a, const VisitPlan& b) {
  const auto x = codes_of(a), y = codes_of(b);
  std::vector<std::string> out;
  std::set_union(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(out));
  return out;
}

std::string names(const std::vector<std::string>& codes) {
  std::vector<std::string> out;
  for (const auto& code : codes) out.push_back(States::standard().name_of(code));
  return listed(out);
}

std::string span_text(const DaySpan& span) {
  return span.first == span.last ? date_text(span.first) : date_text(span.first) + " to " + date_text(span.last);
}

constexpr std::size_t kStretchesTold = 5;

// "2027-03-08 to 2027-03-12 and 2027-05-01".
std::string spans_text(const std::vector<DaySpan>& spans) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min(spans.size(), kStretchesTold); ++i) out.push_back(span_text(spans[i]));
  if (spans.size() > kStretchesTold) out.push_back(std::to_string(spans.size() - kStretchesTold) + " more");
  return listed(out);
}

std::string record_and_dates(const VisitPlan& plan) {
  return plan.record_id + ": " + dates_text(plan) + (plan.unverified ? ", not verified" : "");
}

std::string both_in_brackets(const VisitPlan& a, const VisitPlan& b) {
  return " (" + record_and_dates(a) + "; " + record_and_dates(b) + ")";
}

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

std::optional<Finding> pair_chain(const VisitFacts& a, const VisitFacts& b) {
  const auto common = common_regions(a.plan, b.plan);
  const auto near = common.regions.empty() ? std::nullopt : nearest_parts(a.plan, b.plan, true);
  if (!near || near->common || near->possibly || near->gap > kChainDays) return std::nullopt;
  auto finding = made(FindingKind::chain, a, b);
  finding.states = all_states(a.plan, b.plan);
  finding.days = near->whole;
  finding.gap_days = near->gap;
  finding.sentence = a.plan.lead.str() + (both_over(a.plan, b.plan) ? " went" : " goes") + region_text(common) + chain_text(*near) + ": " +
                     names({common.states.begin(), common.states.end()}) + both_in_brackets(a.plan, b.plan);
  finding.suggest = both_open(a.plan, b.plan) ? std::vector<std::string>{"back_to_back", "inform"} : std::vector<std::string>{"inform"};
  return finding;
}

std::optional<DaySpan> known_days(const VisitPlan& plan) {
  std::optional<DaySpan> all;
  for (const auto& part : parts_of(plan)) {
    if (!all) all = part.span;
    all->first = std::min(all->first, part.span.first);
    all->last = std::max(all->last, part.span.last);
  }
  return all;
}

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
                               {FindingKind::chain, "chain"}};

}  // namespace

std::string_view word_of(FindingKind kind) {
  for (const auto& one : kKinds) {
    if (one.kind == kind) return one.word;
  }
  return "invalid";
}

std::string pair_id(FindingKind kind, std::string_view a, std::string_view b) {
  return std::string(word_of(kind)).append(".").append(std::min(a, b)).append(".").append(std::max(a, b));
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

std::optional<Finding> finding_of_pair(const VisitFacts& a, const VisitFacts& b, std::uint32_t window_days) {
  if (!stands(a.plan.status) || !stands(b.plan.status)) return std::nullopt;
  const bool in_order = a.plan.record_id < b.plan.record_id;
  const auto& first = in_order ? a : b;
  const auto& second = in_order ? b : a;
  if (first.plan.lead != second.plan.lead) return between_committees(first, second, window_days);
  if (auto overlap = own_overlap(first, second)) return overlap;
  return pair_chain(first, second);
}

std::optional<Finding> finding_of_route(const VisitFacts& visit) {
  const auto& plan = visit.plan;
  if (plan.states.size() < 2 || !stands(plan.status)) return std::nullopt;
  Finding finding;
  finding.kind = FindingKind::chain;
  finding.id = "chain." + plan.record_id;
  finding.visits = {plan.record_id};
  finding.states = codes_of(plan);
  finding.committees = {plan.lead.str()};
  finding.contacts = {{plan.lead.str(), plan.contact}};
  finding.days = known_days(plan);
  finding.sentence = "one visit of " + plan.lead.str() + (is_over(plan.status) ? " went to " : " goes to ") + std::to_string(plan.states.size()) + " States: " +
                     names(finding.states) + " (" + record_and_dates(plan) + ")";
  finding.suggest = {"inform"};
  finding.since = visit.since;
  finding.unverified = plan.unverified;
  return finding;
}

std::optional<Finding> finding_of_participation(const VisitFacts& visit, const std::vector<Taking>& taking) {
  const auto& plan = visit.plan;
  if (taking.empty() || !stands(plan.status)) return std::nullopt;
  Finding finding;
  finding.kind = FindingKind::participation;
  finding.id = "participation." + plan.record_id;
  finding.visits = {plan.record_id};
  finding.states = codes_of(plan);
  finding.committees = {plan.lead.str()};
  finding.contacts = {{plan.lead.str(), plan.contact}};
  finding.since = visit.since;
  finding.unverified = plan.unverified;
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

nlohmann::json finding_json(const Finding& finding) {
  using nlohmann::json;
  json out = {{"id", finding.id},         {"kind", word_of(finding.kind)},         {"sentence", finding.sentence},
              {"visits", finding.visits}, {"states", finding.states},              {"committees", finding.committees},
              {"days", nullptr},          {"gap_days", nullptr},                   {"contacts", json::array()},
              {"suggest", finding.suggest}, {"since", rfc3339_millis(finding.since)}, {"unverified", finding.unverified}};
  if (finding.days) out["days"] = {date_text(finding.days->first), date_text(finding.days->last)};
  if (finding.gap_days) out["gap_days"] = *finding.gap_days;
  for (const auto& one : finding.contacts) out["contacts"].push_back({{"committee", one.committee}, {"contact", one.contact}});
  return out;
}

}  // namespace liaison
