// SPDX-License-Identifier: Apache-2.0
// Periods as officers write them: "7 days", "5 working days", "2 weeks", "6 months", "1 year". Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/result.h"

namespace liaison {

enum class TermUnit { kDays, kWorkingDays, kWeeks, kMonths, kYears };

struct Term {
  std::uint32_t count = 0;
  TermUnit unit = TermUnit::kDays;
  bool operator==(const Term&) const = default;
};

// A whole number, one blank or more, a unit, singular or plural, in either case. kInput with the forms that there are for any
// other text, for 0, and for more than 20 years or 1,000 working days.
Result<Term> parse_term(std::string_view text);
// "1 working day", "6 months".
std::string term_words(const Term& term);

// The last day of a calendar term that begins on that day, which does not count itself. A month without such a day ends with its
// last one: 6 months after 31 August is 28 or 29 February. CHECKs that the term is not of working days.
std::int64_t last_day_of_term(std::int64_t start, const Term& term);
// Whether the last month of the term was too short for the day on which it began.
bool is_clipped(std::int64_t start, const Term& term);

}  // namespace liaison
