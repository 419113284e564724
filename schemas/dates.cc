// SPDX-License-Identifier: Apache-2.0
#include "schemas/dates.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace liaison {
namespace {

bool digits(std::string_view text, std::size_t count) {
  return text.size() == count && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}
int number(std::string_view text) {
  int value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

std::optional<DaySpan> span_of(std::string_view text) {
  using namespace std::chrono;
  if (text.size() != 4 && text.size() != 7 && text.size() != 10) return std::nullopt;
  if (!digits(text.substr(0, 4), 4)) return std::nullopt;
  const year y{number(text.substr(0, 4))};
  const auto days_of = [](year_month_day date) { return sys_days{date}.time_since_epoch().count(); };
  if (text.size() == 4) return DaySpan{days_of(y / 1 / 1), days_of(y / 12 / 31)};
  if (text[4] != '-' || !digits(text.substr(5, 2), 2)) return std::nullopt;
  const month m{static_cast<unsigned>(number(text.substr(5, 2)))};
  if (!m.ok()) return std::nullopt;
  if (text.size() == 7) return DaySpan{days_of(y / m / 1), days_of(year_month_day{y / m / last})};
  if (text[7] != '-' || !digits(text.substr(8, 2), 2)) return std::nullopt;
  const year_month_day date{y, m, day{static_cast<unsigned>(number(text.substr(8, 2)))}};
  if (!date.ok()) return std::nullopt;
  return DaySpan{days_of(date), days_of(date)};
}

std::string date_text(std::int64_t day) {
  using namespace std::chrono;
  const year_month_day date{sys_days{days{day}}};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  const auto span = text.size() == 10 ? span_of(text) : std::nullopt;
  return span ? std::optional(span->first) : std::nullopt;
}

}  // namespace liaison
