// SPDX-License-Identifier: Apache-2.0
// Days as records write them, whose length says how exactly they are known: "2027", "2027-03" or "2027-03-08" (ISO 8601). Pure
// functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace liaison {

// First and last day, as days since 1970-01-01.
struct DaySpan { std::int64_t first = 0; std::int64_t last = 0; bool operator==(const DaySpan&) const = default; };
inline constexpr std::int64_t kFirstDay = -36'524;   // 1870-01-01; anything earlier is a slip of the hand

// The days of such a text; nothing for any other text or a day that does not exist.
std::optional<DaySpan> span_of(std::string_view text);
// "2027-03-08" <-> days since 1970-01-01.
std::string date_text(std::int64_t day);
std::optional<std::int64_t> parse_date(std::string_view text);

}  // namespace liaison
