// SPDX-License-Identifier: Apache-2.0
// Calendar files as RFC 5545 says: content lines, folded at 75 octets, with escaped text. Writing gives a visit's parts as all-day events
// whose end is exclusive; reading takes any calendar's events, with bounds. Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.h"

namespace liaison {

// The whole file, of visits as the node prints them. The same visits give the same bytes. Each part of a visit is an event with
// UID <record>.<number of the part>@liaison, SEQUENCE one less than the revision, and as DTSTAMP when the log accepted it; a part of which
// not even the month is known is a journal entry without days. The first entry of a visit carries in X-LIAISON-VISIT all that an import
// needs.
// `more` are entries that stand behind them.
std::string icalendar_of(const nlohmann::json& visits, const std::string& more = "");

// What every entry is made of. A content line of text, folded; "" for an empty text.
std::string calendar_text_line(const std::string& name, std::string_view text);
// A content line as it is, folded.
std::string calendar_line(const std::string& line);
// The lines of a file before its entries; END:VCALENDAR ends it.
std::string calendar_head(const std::string& name);
// "2026-11-23T09:00:01.000Z" as 20261123T090001Z; 1970 for what is in no log yet.
std::string calendar_stamp(const std::string& accepted_at);
// DTSTART and DTEND of whole days, days since 1970-01-01, the last one included.
std::string calendar_days(std::int64_t first, std::int64_t last);
// JSON for a line of its own name: a backslash stands before a u only, since some readers take any \n for the end of a line.
std::string calendar_json(const nlohmann::json& value);

struct CalendarEntry {
  std::uint64_t line = 0;                          // of its BEGIN
  std::string kind;                                // VEVENT, VJOURNAL
  std::map<std::string, std::string> values;       // by name in capitals, unescaped; the first of each name
  std::map<std::string, std::string> parameters;   // of each such name, as written: ";VALUE=DATE"
  std::string value(const std::string& name) const {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  }
};

// Events and journal entries in their order, with what a visit is made from; what lies inside them (alarms) is left out. kInput with the
// line for what is no calendar, a line of more than 512 KiB, more than 100,000 entries, entries that are not closed, and bytes that are not
// UTF-8.
Result<std::vector<CalendarEntry>> parse_icalendar(std::string_view text);

// The inclusive days that an event touches, as 2027-03-08: DTSTART with DTEND or DURATION, each a day or a time, which counts as of the day
// where it is written. kInput with the line for what repeats, ends before it begins, or is no day.
struct EntryDays { std::string first, last; };
Result<EntryDays> days_of(const CalendarEntry& entry);

}  // namespace liaison
