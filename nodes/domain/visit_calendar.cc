// SPDX-License-Identifier: Apache-2.0
// The page of a calendar: which committee is where on which days. Days that are known to a month or better are drawn; what is
// known to a year only, or not at all, is counted. Only the bodies that are shown are decoded.
#include <algorithm>

#include "nodes/domain/filters.h"
#include "nodes/domain/visit_parts.h"
#include "nodes/domain/visit_rules.h"
#include "schemas/date_hint.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::int64_t kDaysMax = 400;
constexpr std::size_t kShownMax = 1'000, kLookedAtMax = 2'000;   // some 30 ms

Result<CalendarQuery> calendar_query(const Filters& filters) {
  TRY(check_filters(filters, {"from", "to", "committee", "state", "all"}));
  CalendarQuery query;
  query.state = TRY(state_in(filters));
  query.all = TRY(filter_word(filters, "all", {"0", "1", "false", "true"})).find_first_of("1t") == 0;
  for (const auto& [key, day] : {std::pair{"from", &query.from}, std::pair{"to", &query.to}}) {
    const std::string text = filter_text(filters, key);
    const auto given = parse_date(text);
    if (!given)
      return fail(Code::kInput, std::string(key) + ": \"" + text.substr(0, 32) + "\" is not a day",
                  date_hint(text, "give both days, as 2027-03-01 and 2027-03-31"));
    *day = *given;
  }
  if (query.to < query.from)
    return fail(Code::kInput, "to: " + date_text(query.to) + " is before " + date_text(query.from), "give a `to` that is not before `from`");
  if (query.to - query.from >= kDaysMax)
    return fail(Code::kInput, "to: more than " + std::to_string(kDaysMax) + " days after " + date_text(query.from), "ask for a year at a time");
  return query;
}

// Whether the days say at least in which month it is.
bool is_drawn(DatePrecision precision) {
  return precision == DatePrecision::day || precision == DatePrecision::month || precision == DatePrecision::end_day;
}

enum class Seen { kNot, kVaguely, kDrawn };
Seen seen_in(const VisitPlan& plan, const CalendarQuery& query) {
  Seen seen = Seen::kNot;
  for (const auto& part : plan.components) {
    const auto span = day_span(part);
    if (!span || span->first > query.to || span->last < query.from) continue;
    if (is_drawn(part.precision)) return Seen::kDrawn;
    seen = Seen::kVaguely;
  }
  return seen;
}

// From the first of a January to the last of a December: mostly a visit of which only the year is known.
bool fills_years(const CalendarRow& row) { return date_text(row.first).ends_with("-01-01") && date_text(row.last).ends_with("-12-31"); }

// Those that are drawn, of the days asked for.
json drawn_parts(const VisitPlan& plan, const CalendarQuery& query) {
  auto out = json::array();
  for (const auto& part : plan.components) {
    const auto span = day_span(part);
    if (!span || !is_drawn(part.precision) || span->first > query.to || span->last < query.from) continue;
    out.push_back({{"mode", word_of(part.mode)}, {"start", part.start}, {"end", part.end}, {"precision", word_of(part.precision)},
                   {"first", date_text(span->first)}, {"last", date_text(span->last)}});
  }
  return out;
}

// A committee's calendar has what it leads and what it has agreed to take part in.
bool is_of(const VisitPlan& plan, const json& with, const std::string& committee) {
  if (committee.empty() || plan.lead.str() == committee) return true;
  return std::any_of(with.begin(), with.end(), [&](const json& one) { return one["committee"] == committee && one["agreed"] == true; });
}

json calendar_item(const VisitPlan& plan, const json& with, const CalendarQuery& query) {
  json one = brief(plan);
  one.update({{"stands", stands(plan.status)}, {"parts", drawn_parts(plan, query)}, {"with", with}});
  return one;
}

}  // namespace

Result<json> Visits::calendar(const std::map<std::string, std::string>& filters) {
  auto& parts = *parts_;
  const auto query = TRY(calendar_query(filters));
  const std::string committee = filter_text(filters, "committee");
  TRY(parts.check_committee(committee));
  auto rows = TRY(parts.store->between(query));
  std::stable_partition(rows.begin(), rows.end(), [](const CalendarRow& row) { return !fills_years(row); });
  json items = json::array();
  std::uint64_t undated = 0;
  std::size_t looked_at = 0;
  while (looked_at < std::min(rows.size(), kLookedAtMax) && items.size() < kShownMax) {
    const auto visit = TRY(parts.known(rows[looked_at++].record));
    const auto& plan = visit.facts.plan;
    const auto seen = seen_in(plan, query);
    if (seen == Seen::kNot) continue;
    const json with = TRY(parts.taking_part(plan));
    if (!is_of(plan, with, committee)) continue;
    if (seen == Seen::kVaguely) ++undated;
    else items.push_back(calendar_item(plan, with, query));
  }
  const auto without_days = TRY(parts.store->count_without_days(query));
  return json{{"from", date_text(query.from)}, {"to", date_text(query.to)}, {"state", query.state}, {"items", std::move(items)},
              {"more", rows.size() - looked_at}, {"undated", undated}, {"days_not_known", without_days}};
}

}  // namespace liaison
