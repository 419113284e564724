// SPDX-License-Identifier: Apache-2.0
// Who came to a State before whom, behind visit_store.h: for the years in which nobody did.
#include <algorithm>

#include "nodes/domain/visit_json.h"
#include "nodes/domain/visit_lanes.h"

namespace liaison {

using namespace visit_sql;

namespace {

constexpr std::int64_t kPage = 512;
// No gap is shorter (node.gap_years).
constexpr std::int64_t kYear = 365;

}  // namespace

std::vector<VisitStore::Lane> VisitStore::lanes_in(const std::string& state) const {
  std::vector<Lane> lanes;
  for (auto one = lanes_->lower_bound({state, "", kShort}); one != lanes_->end() && one->first.state == state; ++one) {
    if (one->first.reach != kGone) lanes.push_back(one->first);
  }
  return lanes;
}

Result<std::optional<std::string>> VisitStore::last_before(const VisitPlan& plan, const std::string& state, std::int64_t recent) {
  const auto days = days_of(plan);
  if (!days) return std::optional<std::string>();
  const DayRow own{days->first, plan.record_id, 0, days->last};
  std::optional<DayRow> last;
  for (const auto& lane : lanes_in(state)) {
    const bool more = TRY(ended_last(lane, own, recent, last));
    if (!more) return std::optional<std::string>();
  }
  return last ? std::optional(last->record) : std::nullopt;
}

// All of a lane that began before, page by page; of short ones whoever began more than kShortDays before the newest has ended before it.
// False once one is found that ended on the day `recent` or later.
Result<bool> VisitStore::ended_last(const Lane& lane, const DayRow& own, std::int64_t recent, std::optional<DayRow>& last) {
  DayRow until = own;
  std::int64_t from = kNoDay + 1;
  for (std::int64_t limit = lane.reach == kShort ? 1 : kPage;; limit = kPage) {
    const auto rows = TRY(rows_before(lane, until, from, limit));
    for (const auto& one : rows) {
      if (one.record == own.record) continue;
      if (one.last >= recent) return false;
      if (!last || std::tie(one.last, one.first, one.record) > std::tie(last->last, last->first, last->record)) last = one;
    }
    if (rows.size() < static_cast<std::size_t>(limit)) return true;
    until = rows.back();
    if (limit == 1) from = until.first - kShortDays;
  }
}

// Of the rows that follow, up to the first that ended no earlier: for all others that one came in between. False when the lanes were
// read too short to know.
bool VisitStore::take_next(const std::vector<Rows>& lanes, std::size_t limit, const DayRow& row, std::set<std::string>& next) {
  Rows after;
  std::optional<DayRow> known_until;
  for (const auto& rows : lanes) {
    after.insert(after.end(), rows.begin(), rows.end());
    if (rows.size() >= limit && (!known_until || rows.back().before(*known_until))) known_until = rows.back();
  }
  std::sort(after.begin(), after.end(), [](const DayRow& a, const DayRow& b) { return a.before(b); });
  std::optional<std::int64_t> last;   // of those in between
  for (const auto& one : after) {
    if (known_until && known_until->before(one)) return false;
    if (one.record == row.record) continue;
    // Whoever came within a year of another has no gap before it, with this row or without.
    if (!last || one.first > *last + kYear) next.insert(one.record);
    if (one.last >= row.last) return true;
    last = std::max(last, std::optional(one.last));
  }
  return !known_until;
}

Result<void> VisitStore::add_next(const Lane& lane, const DayRow& row, std::set<std::string>& next) {
  if (lane.own() || lane.in_region() || lane.reach == kGone || row.first == kNoDay) return {};
  for (const std::size_t limit : {std::size_t{4}, std::size_t{64}, std::size_t{1} << 20}) {
    std::vector<Rows> lanes;
    for (const auto& other : lanes_in(lane.state)) lanes.push_back(TRY(rows_after(other, row, kNever, static_cast<std::int64_t>(limit))));
    if (take_next(lanes, limit, row, next)) break;
  }
  return {};
}

}  // namespace liaison
