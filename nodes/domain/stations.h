// SPDX-License-Identifier: Apache-2.0
// Duty stations and their local time, daylight saving included, as the system's time zone database has it. A day is counted
// since 1970-01-01, as parse_date gives it. Pure functions but for the database, which is read once; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

struct Station {
  std::string_view word;   // "new_york"
  std::string_view name;   // "New York"
  std::string_view zone;   // "America/New_York"
};

inline constexpr std::string_view kHeadquarters = "new_york";
// The zone library knows daylight saving until then; what lies behind it is refused, not guessed.
inline constexpr int kZoneYearMax = 2037;

const std::vector<Station>& stations();
std::vector<std::string_view> station_words();
// kInput with the nearest word for an unknown station, kConfig when the system lacks its zone. The functions below take a
// station from here only.
Result<Station> parse_station(std::string_view word);

// The local day of a moment.
std::int64_t day_at(const Station& station, TimeMs at);
// The moment at which the local clock shows that minute of the day; where clocks go back, the first one; where they jump over
// it, the moment of the jump.
TimeMs moment_at(const Station& station, std::int64_t day, std::uint32_t minute);
// The last millisecond of a local day.
TimeMs last_moment_of(const Station& station, std::int64_t day);

// "2017-04-13" (its first moment), "2017-04-13T15:20" with or without seconds, in local time, or any of the latter with a Z
// in UTC; a blank may stand for the T. kInput naming `field` for another form, a day that does not exist, a month alone, and a
// local time that the clocks jump over or show twice.
Result<TimeMs> parse_moment(const Station& station, std::string_view text, const std::string& field);
// A day alone. kInput naming `field`.
Result<std::int64_t> parse_day(std::string_view text, const std::string& field);

struct ClockChange { std::int64_t day = 0; std::int64_t minutes = 0; };   // +60: clocks go forward by one hour
std::vector<ClockChange> clock_changes(const Station& station, TimeMs from, TimeMs to);

bool is_weekend(std::int64_t day);   // Saturday, Sunday
int year_of_day(std::int64_t day);
// "Thu 13 Apr 2017".
std::string day_words(std::int64_t day);
// "Thu 13 Apr 2017 15:20 New York (19:20 UTC)"; the UTC day stands there when it is another one, seconds when they are not zero.
std::string moment_words(const Station& station, TimeMs at);

}  // namespace liaison
