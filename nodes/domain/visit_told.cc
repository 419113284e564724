// SPDX-License-Identifier: Apache-2.0
// What overlaps.h compares: visits as plans, not as pages.
#include <algorithm>

#include "nodes/domain/visit_parts.h"
#include "nodes/domain/visit_rules.h"

namespace liaison {

Result<std::vector<VisitPlan>> Visits::told_to(const MemberId& other, std::int64_t from) {
  auto& parts = *parts_;
  VisitQuery query;
  query.lead = parts.config.member.str();
  query.from = from;
  query.limit = 1'000;
  query.ascending = true;
  std::vector<VisitPlan> out;
  for (const auto& row : TRY(parts.store->list(query))) {
    auto visit = TRY(parts.current(row.record));
    if (!visit || !stands(visit->facts.plan.status)) continue;
    const auto& told = visit->revision.recipients;
    if (std::find(told.begin(), told.end(), other) != told.end()) out.push_back(std::move(visit->facts.plan));
  }
  return out;
}

Result<std::vector<std::pair<VisitPlan, std::uint64_t>>> Visits::led_since(const MemberId& lead, const Place& place) {
  std::vector<std::pair<VisitPlan, std::uint64_t>> out;
  if (!place.index) return out;
  for (const auto& change : TRY(parts_->store->changes_since(place.time_ms, 10'000))) {
    if (change.what != ChangedVisit::What::kPlan || change.by != lead.str()) continue;
    auto visit = TRY(parts_->current(change.record));
    if (!visit || visit->row.revision != change.revision || visit->revision.place.index.value_or(0) <= *place.index) continue;
    out.emplace_back(std::move(visit->facts.plan), *visit->revision.place.index);
  }
  return out;
}

Result<std::optional<VisitPlan>> Visits::standing(const std::string& record_id) {
  auto visit = TRY(parts_->current(record_id));
  if (!visit || !stands(visit->facts.plan.status)) return std::optional<VisitPlan>();
  return std::optional(std::move(visit->facts.plan));
}

}  // namespace liaison
