// SPDX-License-Identifier: Apache-2.0
// The lanes of visit_tables.h in the store's hand. Private to visit_store.h.
#pragma once

#include <limits>
#include <map>
#include <string>
#include <tuple>

#include "nodes/domain/visit_tables.h"

namespace liaison {

struct VisitStore::Lane {
  std::string state;
  std::string lead;
  int reach = visit_sql::kSilent;
  bool own() const { return state == visit_sql::kAnyState; }
  bool in_region() const { return !state.empty() && state.front() == visit_sql::kRegionMark; }
  // Whether its days are known well enough to be near to others.
  bool speaks() const { return reach < visit_sql::kSilent; }
  // How many days from a visit to the first one that is too far from it.
  std::int64_t window(std::uint32_t between_committees) const { return (own() || in_region() ? kChainDays : std::int64_t{between_committees}) + 1; }
  auto operator<=>(const Lane&) const = default;
};

struct VisitStore::DayRow {
  std::int64_t first = visit_sql::kNoDay;
  std::string record;
  std::uint64_t component = 0;
  std::int64_t last = visit_sql::kNoDay;
  bool before(const DayRow& other) const { return std::tie(first, record, component) < std::tie(other.first, other.record, other.component); }
  auto operator<=>(const DayRow&) const = default;
};

// From the first row that ever stood in a lane to the last: most visits are planned after all others, and nothing need be read to see it.
struct VisitStore::Extent {
  DayRow first, last;
  void take(const DayRow& row) {
    if (row.before(first)) first = row;
    if (last.before(row)) last = row;
  }
};

struct VisitStore::Lanes : std::map<Lane, Extent> {
  void take(const Lane& lane, const DayRow& row) {
    const auto [at, fresh] = try_emplace(lane, Extent{row, row});
    if (!fresh) at->second.take(row);
  }
};

inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max(), kEver = std::numeric_limits<std::int64_t>::min();

}  // namespace liaison
