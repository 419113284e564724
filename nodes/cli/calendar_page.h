// SPDX-License-Identifier: Apache-2.0
// A month or a year of visits drawn with characters, from the node's calendar (nodes/api/README.md). Committees are told apart by the
// character that fills their days, and by colours where the terminal has them. At most 100 columns wide. Pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nodes/cli/console.h"
#include "schemas/result.h"

namespace liaison {

// What "2027-03" or "2027" means: its first and last day. kUsage for any other text.
struct CalendarSpan {
  std::int64_t first = 0, last = 0;
  bool year = false;
};
Result<CalendarSpan> parse_calendar_span(const std::string& text);

// One row for each visit, a column for each day; below a State's rows the days on which more than one committee is there.
std::string month_page(const nlohmann::json& calendar, const CalendarSpan& span, const Console& console);
// One row for each State, a column for each week.
std::string year_page(const nlohmann::json& calendar, const CalendarSpan& span, const Console& console);

}  // namespace liaison
