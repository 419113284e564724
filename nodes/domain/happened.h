// SPDX-License-Identifier: Apache-2.0
// What is said to have happened cannot lie in the future. Binds what this committee's officers write, of today and of the past; received records
// are not judged by it. `today` counts days since 1970-01-01 in UTC; kZonesDays more are let through. What stood so
// before and is not touched is not looked at again. Pure functions.
#pragma once

#include <cstdint>

#include "schemas/record.h"
#include "schemas/result.h"
#include "schemas/visit.h"

namespace liaison {

// Which it is already in UTC+14.
inline constexpr std::int64_t kZonesDays = 1;

// Every date whose field ends with _on, also in the parts of a list: kInput naming the field. `before` is null for a new record.
Result<void> check_happened(const Record* before, const Record& after, std::int64_t today);

// The days of consent, invitation and reports: kInput. A visit that is under way, or was, has begun: kTransition. `before` is null for a new one.
Result<void> check_happened(const VisitPlan* before, const VisitPlan& after, std::int64_t today);

}  // namespace liaison
