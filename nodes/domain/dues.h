// SPDX-License-Identifier: Apache-2.0
// What a record says is to be done by a day: days that its page marks with (done: ...), in the record itself or in a list of parts, and the clocks of
// its life cycle. Pure functions; any thread. A clock of working days rests on the holidays that are known: where those of a year are not, Saturdays and
// Sundays alone are left out, and that is said. Who keeps such days counts them anew when a file of holidays is added.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/domain/working_days.h"
#include "schemas/record.h"

namespace liaison {

// Stands in `computed` where holidays are not known, and the day may be a later one.
inline constexpr std::string_view kWithoutHolidays = ", without holidays";

struct DueDate {
  std::string name;                     // "due", "asks[2]", or the clock's: "circulate"
  std::string what;                     // in words
  std::int64_t last_day = 0;            // the last one in time, as days since 1970-01-01
  std::optional<DaySpan> done;          // when it was, as exactly as is known
  bool open = false;                    // still waited for
  std::string basis;                    // on what the day rests, of a clock; empty otherwise
  std::string computed;                 // how the day was found, where it was
};

// By whose holidays working days are counted, and how many of them a clock with the term "wait" takes: the committee's own choice
// (node.wait_days). Without a calendar Saturdays and Sundays alone are left out.
struct Waits {
  std::uint32_t days = 5;
  std::optional<WorkingDays> calendar;
};

std::vector<DueDate> dues_of(const Record& record, const Waits& waits = {});

// Days after the last one in time, at least; nothing when it was done in time, or is not late on `today`. What is done on a day known to the month or
// year is late by the first day of it.
std::optional<std::int64_t> days_late(const DueDate& due, std::int64_t today);
// "17 days late", "in time", "3 days left", "9 days overdue", "done, day not known".
std::string due_words(const DueDate& due, std::int64_t today);

}  // namespace liaison
