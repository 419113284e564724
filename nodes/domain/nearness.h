// SPDX-License-Identifier: Apache-2.0
// How two visits lie to each other in time: their parts whose days are known, the nearest of them, and the days that they have in common.
// Pure functions; any thread.
#pragma once

#include <optional>
#include <vector>

#include "nodes/domain/findings.h"

namespace liaison {

// A component whose days are known at least to the month.
struct Part {
  DaySpan span;
  const VisitPlan* plan;
  const Component* component;
  Certainty certainty;
};
// They point into the plan.
std::vector<Part> parts_of(const VisitPlan& plan);

// Common days that are certain, or else the nearest of the parts.
struct Nearness {
  std::optional<DaySpan> common;
  std::int64_t gap = 0;        // free days between; 0 also when only possibly on the same days
  bool may_meet = false;       // the parts may have days in common, as far as is known
  bool possibly = false;       // only a month is known of one of them
  DaySpan whole;               // first to last day of the two parts
  bool on_site = true;         // both parts
  const VisitPlan* open_start = nullptr;  // the visit of the later part, when only the last day of that part is known
};

// Of all pairs of parts the nearest; nothing when one visit has no known days. `on_site_only` leaves out virtual parts and
// those of which only the month is known.
std::optional<Nearness> nearest_parts(const VisitPlan& a, const VisitPlan& b, bool on_site_only);

// How the parts that have days in common take place, and these days: no two stretches of one way touch.
struct Stretches { ComponentMode a, b; std::vector<DaySpan> spans; };
// All certain common days; first where both are on site.
std::vector<Stretches> common_days(const VisitPlan& a, const VisitPlan& b);
// In order, with those that touch made one.
std::vector<DaySpan> merged(std::vector<DaySpan> spans);
// First to last known day; nothing when there is none.
std::optional<DaySpan> known_days(const VisitPlan& plan);

}  // namespace liaison
