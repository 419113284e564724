// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/stations.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "nodes/domain/words.h"
#include "schemas/date_hint.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using Instant = date::sys_time<milliseconds>;
using Local = date::local_time<milliseconds>;

constexpr std::uint32_t kMinutesOfDay = 24 * 60;
constexpr std::array<std::string_view, 7> kWeekdays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::chrono::year_month_day calendar_of(std::int64_t day) { return std::chrono::sys_days{std::chrono::days{day}}; }

// 1970-01-01 was a Thursday; Monday is 0.
std::size_t weekday_of(std::int64_t day) { return static_cast<std::size_t>(((day + 3) % 7 + 7) % 7); }

const date::time_zone* zone_of(const Station& station) { return date::locate_zone(std::string(station.zone)); }

Instant instant_of(TimeMs at) { return Instant(milliseconds(at)); }
TimeMs ms_of(Instant at) { return static_cast<TimeMs>(at.time_since_epoch().count()); }
Local local_of(const Station& station, TimeMs at) { return zone_of(station)->to_local(instant_of(at)); }
Local local_of_day(std::int64_t day, milliseconds into) { return Local(date::days(day)) + into; }

// "15:20", "15:20:05" or "15:20:00.123" of a time of day.
std::string clock_words(milliseconds of_day) {
  const auto total = of_day.count();
  const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  std::string text = two(total / 3'600'000) + ":" + two(total / 60'000 % 60);
  if (total % 60'000 == 0) return text;
  text += ":" + two(total / 1000 % 60);
  if (total % 1000 == 0) return text;
  const std::string millis = std::to_string(total % 1000);
  return text + "." + std::string(3 - millis.size(), '0') + millis;
}

bool is_clock_digit(char c) { return c >= '0' && c <= '9'; }

// "15:20" or "15:20:05"; negative for anything else.
milliseconds time_of_day(std::string_view text) {
  if (text.size() != 5 && text.size() != 8) return milliseconds(-1);
  std::array<int, 3> parts{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 == 2 ? text[i] != ':' : !is_clock_digit(text[i])) return milliseconds(-1);
    if (i % 3 != 2) parts[i / 3] = parts[i / 3] * 10 + (text[i] - '0');
  }
  if (parts[0] > 23 || parts[1] > 59 || parts[2] > 59) return milliseconds(-1);
  return std::chrono::hours(parts[0]) + minutes(parts[1]) + std::chrono::seconds(parts[2]);
}

Result<TimeMs> one_moment(const Station& station, std::int64_t day, milliseconds into, const std::string& where) {
  const auto info = zone_of(station)->get_info(local_of_day(day, into));
  const std::string shown = where + clock_words(into) + " on " + day_words(day);
  if (info.result == date::local_info::nonexistent) {
    return fail(Code::kInput, shown + " does not exist in " + std::string(station.name) + ": clocks jump over it", "give the time in UTC, with a Z at its end");
  }
  if (info.result == date::local_info::ambiguous) {
    return fail(Code::kInput, shown + " is there twice in " + std::string(station.name) + ": clocks go back then", "give the time in UTC, with a Z at its end");
  }
  return ms_of(Instant((local_of_day(day, into) - info.first.offset).time_since_epoch()));
}

}  // namespace

const std::vector<Station>& stations() {
  static const std::vector<Station> all = {{kHeadquarters, "New York", "America/New_York"}, {"geneva", "Geneva", "Europe/Zurich"},
                                           {"nairobi", "Nairobi", "Africa/Nairobi"}, {"vienna", "Vienna", "Europe/Vienna"}};
  return all;
}

std::vector<std::string_view> station_words() {
  std::vector<std::string_view> words;
  for (const auto& station : stations()) words.push_back(station.word);
  return words;
}

Result<Station> parse_station(std::string_view word) {
  const auto& all = stations();
  const auto found = std::find_if(all.begin(), all.end(), [word](const Station& one) { return one.word == word; });
  if (found == all.end()) return fail(Code::kInput, "station: '" + std::string(word) + "' is no duty station", word_hint(word, station_words()));
  try {
    date::locate_zone(std::string(found->zone));
    return *found;
  } catch (const std::runtime_error&) {
    return fail(Code::kConfig, "this system has no time zone " + std::string(found->zone), "install the package tzdata");
  }
}

std::int64_t day_at(const Station& station, TimeMs at) { return date::floor<date::days>(local_of(station, at)).time_since_epoch().count(); }

TimeMs moment_at(const Station& station, std::int64_t day, std::uint32_t minute) {
  return ms_of(zone_of(station)->to_sys(local_of_day(day, minutes(minute)), date::choose::earliest));
}

TimeMs last_moment_of(const Station& station, std::int64_t day) { return moment_at(station, day + 1, 0) - 1; }

Result<std::int64_t> parse_day(std::string_view text, const std::string& field) {
  const auto day = parse_date(text);
  if (!day) {
    const bool month = text.size() == 7 && parse_date(std::string(text) + "-01").has_value();
    return fail(Code::kInput, field + ": '" + std::string(text) + "' is " + (month ? "a month, and a day is needed" : "no day of the calendar"),
                date_hint(text, "write a day as 2017-04-13"));
  }
  if (year_of_day(*day) < 1971 || year_of_day(*day) > kZoneYearMax) {
    return fail(Code::kInput, field + ": " + std::string(text) + " is not between 1971 and " + std::to_string(kZoneYearMax),
                "daylight saving is known for these years alone: check the year");
  }
  return *day;
}

Result<TimeMs> parse_moment(const Station& station, std::string_view text, const std::string& field) {
  const std::int64_t day = TRY(parse_day(text.size() > 10 ? text.substr(0, 10) : text, field));
  if (text.size() <= 10) return moment_at(station, day, 0);
  std::string_view clock = text.substr(11);
  const bool utc = clock.ends_with('Z');
  if (utc) clock.remove_suffix(1);
  const auto into = time_of_day(clock);
  if ((text[10] != 'T' && text[10] != ' ') || into < milliseconds(0)) {
    return fail(Code::kInput, field + ": '" + std::string(text) + "' is no time", "write 2017-04-13T15:20 for local time, 2017-04-13T19:20Z for UTC");
  }
  if (utc) return static_cast<TimeMs>(day) * kMinutesOfDay * 60'000 + static_cast<TimeMs>(into.count());
  return one_moment(station, day, into, field + ": ");
}

std::vector<ClockChange> clock_changes(const Station& station, TimeMs from, TimeMs to) {
  std::vector<ClockChange> changes;
  auto info = zone_of(station)->get_info(instant_of(from));
  while (info.end <= instant_of(to)) {
    const auto after = zone_of(station)->get_info(info.end);
    const auto by = std::chrono::duration_cast<minutes>(after.offset - info.offset).count();
    if (by != 0) changes.push_back({day_at(station, ms_of(info.end)), by});
    info = after;
  }
  return changes;
}

bool is_weekend(std::int64_t day) { return weekday_of(day) > 4; }

int year_of_day(std::int64_t day) { return static_cast<int>(calendar_of(day).year()); }

std::string day_words(std::int64_t day) {
  const auto date = calendar_of(day);
  return std::string(kWeekdays[weekday_of(day)]) + " " + std::to_string(static_cast<unsigned>(date.day())) + " " +
         std::string(kMonths[static_cast<unsigned>(date.month()) - 1]) + " " + std::to_string(static_cast<int>(date.year()));
}

std::string moment_words(const Station& station, TimeMs at) {
  const auto utc_day = static_cast<std::int64_t>(at / (kMinutesOfDay * 60'000ULL));
  const std::int64_t day = day_at(station, at);
  const auto into = local_of(station, at) - local_of_day(day, milliseconds(0));
  return day_words(day) + " " + clock_words(into) + " " + std::string(station.name) + " (" + (utc_day == day ? "" : day_words(utc_day) + " ") +
         clock_words(milliseconds(at % (kMinutesOfDay * 60'000ULL))) + " UTC)";
}

}  // namespace liaison
