// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/terms.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <vector>

#include "nodes/domain/words.h"

namespace liaison {
namespace {

struct Unit { TermUnit unit; std::string_view one, many; std::uint32_t most; };
constexpr std::array<Unit, 5> kUnits = {{{TermUnit::kDays, "day", "days", 7300},
                                         {TermUnit::kWorkingDays, "working day", "working days", 1000},
                                         {TermUnit::kWeeks, "week", "weeks", 1040},
                                         {TermUnit::kMonths, "month", "months", 240},
                                         {TermUnit::kYears, "year", "years", 20}}};
constexpr std::string_view kForms = "write a number and a unit, such as '7 days', '5 working days', '2 weeks', '6 months' or '1 year'";

const Unit& unit_of(TermUnit unit) {
  return *std::find_if(kUnits.begin(), kUnits.end(), [unit](const Unit& one) { return one.unit == unit; });
}

// Lower case, one blank between words.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ') {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::optional<std::uint32_t> count_of(std::string_view digits) {
  if (digits.empty() || digits.size() > 6) return std::nullopt;
  std::uint32_t count = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    count = count * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return count;
}

Error unknown_unit(std::string_view given) {
  std::vector<std::string_view> words;
  for (const auto& unit : kUnits) words.push_back(unit.many);
  if (given.empty()) return fail(Code::kInput, "term: the number has no unit", std::string(kForms));
  return fail(Code::kInput, "term: '" + std::string(given) + "' is no unit of time", word_hint(given, words));
}

std::chrono::year_month_day months_after(std::int64_t start, std::uint32_t months) {
  const std::chrono::year_month_day day{std::chrono::sys_days{std::chrono::days{start}}};
  return day + std::chrono::months(months);
}

std::uint32_t months_in(const Term& term) { return term.unit == TermUnit::kYears ? term.count * 12 : term.unit == TermUnit::kMonths ? term.count : 0; }

}  // namespace

Result<Term> parse_term(std::string_view text) {
  const std::string term = plain(text);
  const auto blank = std::min(term.find(' '), term.size());
  const auto count = count_of(std::string_view(term).substr(0, blank));
  if (!count) return fail(Code::kInput, "term: '" + std::string(text) + "' does not begin with a whole number of at most six digits", std::string(kForms));
  const auto word = std::string_view(term).substr(std::min(blank + 1, term.size()));
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [word](const Unit& one) { return one.one == word || one.many == word; });
  if (unit == kUnits.end()) return unknown_unit(word);
  if (*count < 1 || *count > unit->most) {
    return fail(Code::kInput, "term: " + std::to_string(*count) + " " + std::string(unit->many) + " is not between 1 and " + std::to_string(unit->most),
                "check the number and the unit");
  }
  return Term{*count, unit->unit};
}

std::string term_words(const Term& term) {
  const auto& unit = unit_of(term.unit);
  return std::to_string(term.count) + " " + std::string(term.count == 1 ? unit.one : unit.many);
}

bool is_clipped(std::int64_t start, const Term& term) { return months_in(term) > 0 && !months_after(start, months_in(term)).ok(); }

std::int64_t last_day_of_term(std::int64_t start, const Term& term) {
  CHECK(term.unit != TermUnit::kWorkingDays);
  if (term.unit == TermUnit::kDays) return start + term.count;
  if (term.unit == TermUnit::kWeeks) return start + 7 * static_cast<std::int64_t>(term.count);
  auto last = months_after(start, months_in(term));
  if (!last.ok()) last = last.year() / last.month() / std::chrono::last;
  return std::chrono::sys_days(last).time_since_epoch().count();
}

}  // namespace liaison
