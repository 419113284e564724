// SPDX-License-Identifier: Apache-2.0
#include "nodes/files/when.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "schemas/visit.h"

namespace liaison {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                                      "July",    "August",   "September", "October", "November", "December"};

struct Day { int year = 0; unsigned month = 0, day = 0; };

unsigned digits(std::string_view text) {
  unsigned value = 0;
  for (const char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

std::optional<Day> parse_day(std::string_view text) {
  if (!parse_date(text)) return std::nullopt;
  return Day{static_cast<int>(digits(text.substr(0, 4))), digits(text.substr(5, 2)), digits(text.substr(8, 2))};
}

std::string month_of(unsigned month) { return std::string(kMonths.at(month - 1)); }

// Says the month and the year once where both days share them.
std::string day_range(std::string_view start, std::string_view end) {
  const auto a = parse_day(start);
  const auto b = parse_day(end);
  if (!a || !b || start == end) return people_day(start);
  if (a->year != b->year) return people_day(start) + " - " + people_day(end);
  if (a->month != b->month) return fmt::format("{} {} - {}", a->day, month_of(a->month), people_day(end));
  return fmt::format("{}-{} {} {}", a->day, b->day, month_of(b->month), b->year);
}

using Instant = date::sys_time<std::chrono::milliseconds>;

std::optional<Instant> instant_of(std::string_view text) {
  const auto time = parse_time(text);
  return time ? std::optional(Instant(std::chrono::milliseconds(*time))) : std::nullopt;
}

template <class Time>
std::string in_zone(const std::string& zone, const Time& time, const char* form) {
  try {
    return date::format(form, date::make_zoned(zone, time));
  } catch (const std::runtime_error&) {
    return date::format("%FT%TZ", time);   // check_zone has refused such a zone before
  }
}

std::string field(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Result<void> check_zone(const std::string& zone) {
  try {
    date::locate_zone(zone);
    return {};
  } catch (const std::runtime_error&) {
    return fail(Code::kUsage, fmt::format("'{}' is not a time zone of this system", zone), "use a name such as America/New_York, Europe/Vienna or UTC");
  }
}

std::vector<std::string> zone_names() {
  std::vector<std::string> names;
  try {
    for (const auto& zone : date::get_tzdb().zones) names.push_back(zone.name());
  } catch (const std::runtime_error&) {
    names.clear();   // a system without zones
  }
  return names;
}

std::string people_time(std::string_view text, const std::string& zone) {
  const auto time = instant_of(text);
  return time ? in_zone(zone, date::floor<std::chrono::minutes>(*time), "%F %H:%M %Z") : std::string(text);
}

std::string people_instant(std::string_view text, const std::string& zone) {
  const auto time = instant_of(text);
  return time ? in_zone(zone, *time, "%F %T %Z") : std::string(text);
}

std::string people_day(std::string_view text) {
  if (const auto day = parse_day(text)) return fmt::format("{} {} {}", day->day, month_of(day->month), day->year);
  if (text.size() == 7 && parse_date(std::string(text) + "-01")) return fmt::format("{} {}", month_of(digits(text.substr(5, 2))), text.substr(0, 4));
  return std::string(text);
}

std::string people_days(std::string_view start, std::string_view end, std::string_view precision) {
  if (precision == "unknown") return "days not known";
  if (precision == "end_day") return "until " + people_day(end);
  if (precision == "period") return "between " + people_day(start) + " and " + people_day(end);
  if (end.empty()) return people_day(start);
  if (precision == "day") return day_range(start, end);
  return start == end ? people_day(start) : people_day(start) + " - " + people_day(end);
}

std::string people_days_of(const nlohmann::json& components) {
  std::string text;
  if (!components.is_array()) return text;
  for (const auto& component : components) {
    if (!component.is_object()) continue;
    const std::string mode = field(component, "mode");
    text += (text.empty() ? "" : "; ") + people_days(field(component, "start"), field(component, "end"), field(component, "precision"));
    if (mode == "virtual") text += " (virtual)";
  }
  return text;
}

std::int64_t day_in_zone(TimeMs at, const std::string& zone) {
  const auto local = date::make_zoned(zone, Instant(std::chrono::milliseconds(at))).get_local_time();
  return date::floor<date::days>(local).time_since_epoch().count();
}

// On a day without midnight, where clocks go forward then, the first moment after it.
TimeMs start_of_day(std::int64_t day, const std::string& zone) {
  const auto start = date::make_zoned(zone, date::local_days(date::days(day)), date::choose::earliest).get_sys_time();
  return static_cast<TimeMs>(std::chrono::duration_cast<std::chrono::milliseconds>(start.time_since_epoch()).count());
}

}  // namespace liaison
