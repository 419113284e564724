// SPDX-License-Identifier: Apache-2.0
// A month or a year of visits, drawn with one character a day or a week, at most 100 columns wide. Committees are told apart by
// their character; colours only repeat it. Everything that came from a peer is made printable. Pure functions over the API's
// JSON of a calendar (nodes/api/README.md).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nodes/cli/console.h"
#include "nodes/cli/table.h"
#include "schemas/result.h"

namespace liaison {

// A month of a year, or the whole year when the month is 0.
struct CalendarTime { int year = 0; unsigned month = 0; };

// "2027-03" or "2027". kUsage.
Result<CalendarTime> parse_calendar_time(const std::string& typed);
// Days since 1970-01-01, both within.
std::int64_t first_day_of(const CalendarTime& time);
std::int64_t last_day_of(const CalendarTime& time);
// "March 2027", "2027".
std::string calendar_name(const CalendarTime& time);

// One row a visit, grouped by State, a column a day; below it a legend, and a sentence for each State in which committees meet.
std::string month_page(const nlohmann::json& page, const CalendarTime& month, const Console& console);
// One row a State, a column a week from Monday to Sunday, under the names of the months.
std::string year_page(const nlohmann::json& page, const CalendarTime& year, const Console& console);
// What is not drawn: "2 visits of 2027 have no known month". Mostly none.
std::vector<std::string> calendar_asides(const nlohmann::json& page, const CalendarTime& time);
// For CSV: a row a visit.
std::vector<Column> calendar_columns();

}  // namespace liaison
