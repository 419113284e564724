// SPDX-License-Identifier: Apache-2.0
// The neighbourhood of visits, behind visit_store.h: which of them are compared. Each question reads at most kNearestMax rows of each
// lane on either side, so that a plan costs the same whether ten others lie in its days or ten thousand. A pair is kept when each is
// among the kNearestMax of the other: that depends on the visits that stand and on nothing else, and when a visit comes or goes it
// changes for at most kNearestMax pairs around it in each lane, which change_days() names.
#include <algorithm>
#include <tuple>

#include "nodes/domain/states.h"
#include "nodes/domain/visit_json.h"
#include "nodes/domain/visit_lanes.h"
#include "nodes/domain/visit_rules.h"

namespace liaison {

using namespace visit_sql;

namespace {

constexpr auto kEach = static_cast<std::int64_t>(kNearestMax);

// As States::region_of() compares them.
std::set<std::string> regions_of(const VisitPlan& plan) {
  std::set<std::string> keys;
  for (const auto& state : plan.states) {
    const auto key = States::standard().subregion_key(state.alpha3);
    if (!key.empty()) keys.insert(kRegionMark + std::string(key));
  }
  return keys;
}

int reach_of(Certainty certainty, std::int64_t days) {
  if (certainty == Certainty::kNone) return kSilent;
  return days < kShortDays ? kShort : kLong;
}

}  // namespace

std::vector<std::pair<VisitStore::Lane, VisitStore::DayRow>> VisitStore::day_rows(const VisitPlan& plan) {
  std::vector<std::pair<Lane, DayRow>> rows;
  const bool standing = stands(plan.status);
  const auto regions = standing ? regions_of(plan) : std::set<std::string>();
  for (std::size_t i = 0; i < plan.components.size(); ++i) {
    DayRow row{kNoDay, plan.record_id, i, kNoDay};
    const auto span = day_span(plan.components[i]);
    if (span) std::tie(row.first, row.last) = std::tie(span->first, span->last);
    const auto certainty = span ? certainty_of(plan.components[i].precision) : Certainty::kNone;
    const int reach = standing ? reach_of(certainty, row.last - row.first) : kGone;
    for (const auto& state : plan.states) rows.push_back({{state.alpha3, plan.lead.str(), reach}, row});
    if (!standing || certainty != Certainty::kDay) continue;
    rows.push_back({{kAnyState, plan.lead.str(), reach}, row});
    if (plan.components[i].mode != ComponentMode::on_site) continue;
    for (const auto& region : regions) rows.push_back({{region, plan.lead.str(), reach}, row});
  }
  return rows;
}

// Read once and then kept up, since a plan asks several times. What was rolled back or dropped leaves a lane without rows or one that
// seems longer than it is, which costs a look and changes nothing.
Result<void> VisitStore::load_lanes() {
  lanes_ = std::make_shared<Lanes>();
  Lane lane{"", "", kShort - 1};
  for (;;) {
    auto& next = (*sql_)[kNextLane].bind(1, lane.state).bind(2, lane.lead).bind(3, std::int64_t{lane.reach});
    if (!TRY(next.step())) return {};
    Lane found{next.text(0), next.text(1), static_cast<int>(next.i64(2))};
    next.reset();
    lane = std::move(found);
    const auto first = TRY(read_after(lane, {kEver, "", 0, 0}, kNever, 1)), last = TRY(read_before(lane, {kNever, "", 0, 0}, kEver, 1));
    for (const auto* rows : {&first, &last}) {
      for (const auto& row : *rows) lanes_->take(lane, row);
    }
  }
}

// The lanes that the rows of this one are compared with: in one State or region those of the other committees, in any State the
// committee's own.
std::vector<VisitStore::Lane> VisitStore::lanes_beside(const Lane& lane) const {
  std::vector<Lane> beside;
  for (auto one = lanes_->lower_bound({lane.state, "", kShort}); one != lanes_->end() && one->first.state == lane.state; ++one) {
    if (one->first.speaks() && (one->first.lead == lane.lead) == lane.own()) beside.push_back(one->first);
  }
  return beside;
}

Result<VisitStore::Rows> VisitStore::read_rows(Statement& row) {
  Rows rows;
  while (TRY(row.step())) rows.push_back({row.i64(0), row.text(1), row.u64(2), row.i64(3)});
  return rows;
}

Result<VisitStore::Rows> VisitStore::read_after(const Lane& lane, const DayRow& from, std::int64_t until, std::int64_t limit) {
  auto& row = (*sql_)[kRowsAfter].bind(1, lane.state).bind(2, lane.lead).bind(3, std::int64_t{lane.reach}).bind(4, until);
  row.bind(5, from.first).bind(6, from.record).bind(7, from.component).bind(8, limit);
  return read_rows(row);
}

Result<VisitStore::Rows> VisitStore::read_before(const Lane& lane, const DayRow& until, std::int64_t from, std::int64_t limit) {
  auto& row = (*sql_)[kRowsBefore].bind(1, lane.state).bind(2, lane.lead).bind(3, std::int64_t{lane.reach}).bind(4, from);
  row.bind(5, until.first).bind(6, until.record).bind(7, until.component).bind(8, limit);
  return read_rows(row);
}

bool VisitStore::any_after(const Lane& lane, const DayRow& from, std::int64_t until) const {
  const auto known = lanes_->find(lane);
  return known != lanes_->end() && from.before(known->second.last) && known->second.first.first <= until;
}

Result<VisitStore::Rows> VisitStore::rows_after(const Lane& lane, const DayRow& from, std::int64_t until, std::int64_t limit) {
  return any_after(lane, from, until) ? read_after(lane, from, until, limit) : Rows();
}

Result<VisitStore::Rows> VisitStore::rows_before(const Lane& lane, const DayRow& until, std::int64_t from, std::int64_t limit) {
  const auto known = lanes_->find(lane);
  if (known == lanes_->end() || !known->second.first.before(until) || known->second.last.first < from) return Rows();
  return read_before(lane, until, from, limit);
}

Result<Neighbours> VisitStore::near(const VisitPlan& plan, std::uint32_t window_days, Near how) {
  Neighbours found;
  std::set<std::string> beyond;   // of those that were one too many
  const std::int64_t limit = how == Near::kAll ? -1 : kEach + 1;
  for (const auto& [lane, row] : day_rows(plan)) {
    if (!lane.speaks()) continue;
    const std::int64_t window = lane.window(window_days);
    for (const auto& beside : lanes_beside(lane)) {
      const auto after = TRY(rows_after(beside, row, row.last + window, limit));
      const auto before = TRY(rows_before(beside, row, beside.reach == kShort ? row.first - window - kShortDays : kNoDay, limit));
      // As the neighbour sees it: where the last of the kNearestMax of this visit's own lane lies.
      const bool both = how == Near::kKept && beside != lane;
      const auto end = both && !after.empty() ? TRY(rows_after(lane, row, kNever, kEach)) : Rows();
      const auto begin = both && !before.empty() ? TRY(rows_before(lane, row, kNoDay, kEach)) : Rows();
      for (const auto* side : {&after, &before}) {
        std::size_t at = 0;
        for (const auto& one : *side) {
          const bool one_too_many = how != Near::kAll && at++ == kNearestMax;
          if (one.record == plan.record_id || one.last < row.first - window) continue;
          if (side == &after && end.size() == kNearestMax && end.back().before(one)) continue;
          if (side == &before && begin.size() == kNearestMax && one.before(begin.back())) continue;
          if (one_too_many) beyond.insert(one.record);
          else found.leads.emplace(one.record, beside.lead);
        }
      }
    }
  }
  found.cut = std::any_of(beyond.begin(), beyond.end(), [&](const auto& record) { return !found.leads.contains(record); });
  return found;
}

Result<VisitChange> VisitStore::change_days(const VisitPlan* before, const VisitPlan* after, std::uint32_t window_days) {
  const auto was = before != nullptr ? day_rows(*before) : std::vector<std::pair<Lane, DayRow>>();
  const auto now = after != nullptr ? day_rows(*after) : std::vector<std::pair<Lane, DayRow>>();
  const auto in = [](const auto& rows, const auto& one) { return std::find(rows.begin(), rows.end(), one) != rows.end(); };
  VisitChange changed;
  // One row at a time: each step moves what lies between two others by one.
  const auto change = [&](Sql what, const Lane& lane, const DayRow& day) -> Result<void> {
    auto& row = (*sql_)[what].bind(1, lane.state).bind(2, lane.lead).bind(3, std::int64_t{lane.reach}).bind(4, day.first);
    row.bind(5, day.record).bind(6, day.component);
    if (what == kPutDay) row.bind(7, day.last);
    TRY(row.run());
    if (what == kPutDay) lanes_->take(lane, day);
    return collect_pairs(lane, day, lane.window(window_days), changed.pairs);
  };
  for (const auto& one : was) {
    if (!in(now, one)) TRY(change(kDropDay, one.first, one.second));
  }
  for (const auto& one : now) {
    if (!in(was, one)) TRY(change(kPutDay, one.first, one.second));
  }
  const auto* plan = after != nullptr ? after : before;
  std::erase_if(changed.pairs, [&](const auto& pair) { return pair.first == plan->record_id || pair.second == plan->record_id; });
  for (const auto& one : was) {
    if (!in(now, one)) TRY(add_next(one.first, one.second, changed.next));
  }
  for (const auto& one : now) TRY(add_next(one.first, one.second, changed.next));
  changed.next.erase(plan->record_id);
  return changed;
}

// Pairs of which one is of this lane on one side of the row, the other of a lane beside it on the other side, with exactly as many of
// this lane between that the row, being there or not, decides.
Result<void> VisitStore::collect_pairs(const Lane& lane, const DayRow& row, std::int64_t window, VisitPairs& pairs) {
  if (!lane.speaks()) return {};
  const auto lanes = lanes_beside(lane);
  if (lanes.empty()) return {};
  // Among short days nothing that lies further off than this can be near across the row.
  const bool all_short = lane.reach == kShort && std::all_of(lanes.begin(), lanes.end(), [](const Lane& one) { return one.reach == kShort; });
  const auto after = TRY(rows_after(lane, row, all_short ? row.first + window + kShortDays : kNever, kEach));
  // One of each pair lies after the row: a visit planned after all others, as most are, moves no pair, and nothing need be read.
  const std::int64_t until = lane.reach == kShort ? row.first + window + kShortDays : kNever;
  const auto reaches_beyond = [&](const Lane& beside) { return beside != lane && any_after(beside, row, until); };
  if (after.empty() && std::none_of(lanes.begin(), lanes.end(), reaches_beyond)) return {};
  const auto before = TRY(rows_before(lane, row, all_short ? row.first - window - kShortDays : kNoDay, kEach));
  if (before.size() + after.size() < kNearestMax) return {};   // too few for any to be between as many as that
  const auto take = [&](const Rows& others, const Rows& same_side, const Rows& other_side, bool others_after) {
    for (const auto& one : others) {
      const auto between = static_cast<std::size_t>(std::count_if(same_side.begin(), same_side.end(), [&](const DayRow& own) {
        return others_after ? own.before(one) : one.before(own);
      }));
      if (between >= kNearestMax || kNearestMax - 1 - between >= other_side.size()) continue;
      const auto& own = other_side[kNearestMax - 1 - between];
      const auto& earlier = others_after ? own : one;
      const auto& later = others_after ? one : own;
      if (own.record != one.record && later.first <= earlier.last + window) pairs.insert(std::minmax(own.record, one.record));
    }
  };
  for (const auto& beside : lanes) {
    if (beside == lane) {
      take(after, after, before, true);
      continue;
    }
    take(TRY(rows_after(beside, row, until, kEach)), after, before, true);
    take(TRY(rows_before(beside, row, beside.reach == kShort ? row.first - window - kShortDays : kNoDay, kEach)), before, after, false);
  }
  return {};
}

}  // namespace liaison
