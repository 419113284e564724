// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/text_marks.h"

#include <algorithm>
#include <chrono>

#include "nodes/domain/full_text.h"

namespace liaison {
namespace {

constexpr int kFirstYear = 1945, kLastYear = 2100;   // what lies outside counts as these
constexpr int kMonthsMax = 36;                       // of a period that is looked for by months

std::chrono::year_month_day date_of(std::int64_t day) {
  const auto bounded = std::clamp<std::int64_t>(day, -1'000'000, 1'000'000);
  return std::chrono::year_month_day(std::chrono::sys_days(std::chrono::days(bounded)));
}

std::string mark(char what, std::string_view value) {
  std::string out{what, ':'};
  for (const char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    out += plain ? c : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : '_';
  }
  return out;
}

int bounded_year(std::int64_t day) { return std::clamp(year_of(day), kFirstYear, kLastYear); }
// Months since the year 0.
int month_of(std::int64_t day) {
  const auto date = date_of(day);
  const int year = static_cast<int>(date.year());
  return bounded_year(day) * 12 + (year == bounded_year(day) ? static_cast<int>(static_cast<unsigned>(date.month())) - 1 : 0);
}

std::string month_mark(int month) { return mark('m', std::to_string(month / 12 * 100 + month % 12 + 1)); }

std::vector<std::string> period_of(const TextSearch& search) {
  const std::int64_t from = search.from.value_or(-1'000'000), to = search.to.value_or(1'000'000);
  std::vector<std::string> out;
  const int first = month_of(from), last = month_of(to);
  if (last - first < kMonthsMax) {
    for (int month = first; month <= std::max(first, last); ++month) out.push_back(month_mark(month));
    return out;
  }
  for (int year = bounded_year(from); year <= bounded_year(to); ++year) out.push_back(mark('y', std::to_string(year)));
  return out;
}

}  // namespace

int year_of(std::int64_t day) { return static_cast<int>(date_of(day).year()); }

std::vector<std::string> marks_of(const TextEntry& entry) {
  std::vector<std::string> out = {mark('k', entry.kind), mark('c', entry.owner.str())};
  for (const auto& state : entry.states) out.push_back(mark('s', state));
  if (entry.day == TextEntry::kNoDay) return out;
  out.push_back(mark('y', std::to_string(bounded_year(entry.day))));
  out.push_back(month_mark(month_of(entry.day)));
  return out;
}

std::vector<std::vector<std::string>> filters_of(const TextSearch& search) {
  std::vector<std::vector<std::string>> out;
  if (!search.kind.empty()) out.push_back({mark('k', search.kind)});
  if (!search.state.empty()) out.push_back({mark('s', search.state)});
  if (!search.committee.empty()) out.push_back({mark('c', search.committee)});
  if (search.from || search.to) out.push_back(period_of(search));
  return out;
}

std::string fenced(const std::vector<std::string>& words) {
  std::string out = ";";
  for (const auto& one : words) out += one + ";";
  return out;
}

std::vector<std::string> unfenced(std::string_view text) {
  std::vector<std::string> out;
  for (text.remove_prefix(std::min<std::size_t>(1, text.size())); !text.empty();) {
    const auto end = std::min(text.find(';'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace liaison
