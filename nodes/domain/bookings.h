// SPDX-License-Identifier: Apache-2.0
// What the experts of all committees are bound to, and where one is bound to more than can be (S/RES/1977 (2011) 5 and
// 22 (d)): two assignments on the same days, one outside the days on which the expert can be asked for, one of a place
// that stands otherwise, more days in a year than were said. A place is a post and no person. What is known to the
// month or year only may be so, and is said as that. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schemas/record.h"

namespace liaison {

inline constexpr std::size_t kExpertPlacesMax = 1'000;  // that are looked at
inline constexpr std::size_t kOverBookedMax = 50;       // findings of one place

// One assignment of a place, as its record writes it.
struct Booking {
  std::string record, role, begins, ends;
  DaySpan days;                 // all that it may touch
  std::optional<DaySpan> sure;  // all that it touches in any case; nothing when no day is known to be one of them
  bool known = false;           // its first and its last day are known to the day
};

struct OverBooked {
  enum class Kind { kSameDays, kNotAvailable, kStatus, kTooManyDays };
  Kind kind = Kind::kSameDays;
  bool certain = true;  // false: it may be so; the dates say no more
  std::string sentence;
  std::vector<std::string> records;  // what the place is bound to that is meant
  DaySpan days;                      // in which it is so
};
// same_days, not_available, status, too_many_days.
std::string_view word_of(OverBooked::Kind kind);

struct ExpertBookings {
  const Record* place = nullptr;
  std::vector<Booking> bookings;     // in the order of their days
  std::vector<OverBooked> findings;  // likewise
  bool more = false;                 // findings beyond kOverBookedMax
};

// The days asked for: what does not touch them is left out. Nothing said: all there are.
struct BookingPeriod {
  std::optional<std::int64_t> from, to;
};

// The last day on which bookings_of can find anything of such a place, a year's days included; nothing for one without assignments, or a record
// of another kind.
std::optional<std::int64_t> booked_until(const Record& place);

// Of one record of the kind expert, which outlives what comes back. `today` counts days since 1970-01-01: a place that
// stands as vacant or former is no trouble for what is over. An assignment without a last day ends with what its first
// day says.
ExpertBookings bookings_of(const Record& place, const BookingPeriod& period, std::int64_t today);

}  // namespace liaison
