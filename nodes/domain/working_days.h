// SPDX-License-Identifier: Apache-2.0
// When a period ends at a duty station, and how that was counted: days, months and full working days, with pauses, holidays
// and daylight saving. Nothing moves silently: every day that does not count is said, and so is a last day on a holiday. The
// time is handed in. Pure functions over what they are given; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nodes/domain/holidays.h"
#include "nodes/domain/stations.h"
#include "nodes/domain/terms.h"

namespace liaison {

// [from, to): a hold, a clarification that was asked. Local days that it touches count neither as calendar nor as working days.
// One that begins after the deadline has passed brings nothing back.
struct Pause {
  TimeMs from = 0;
  TimeMs to = 0;
  std::string why = {};
};
inline constexpr std::size_t kPausesMax = 256;

// "by 31 August", "no later than 31 August": that day is still in time. "before 1 December": the day before is the last.
enum class Due { kInclusive, kExclusive };

struct Deadline {
  std::string station;
  TimeMs at = 0;              // the last millisecond that is in time
  std::int64_t day = 0;       // its local day
  std::string falls_on;       // "weekend" or "UN holiday (Good Friday)"; empty for any other day, and where the year is not known
  std::vector<std::string> explanation;   // lines for people, the first day first
  std::vector<std::string> files;         // the files of holidays that it rests on
};

// At the deadline's very millisecond is in time.
inline bool is_late(const Deadline& deadline, TimeMs when) { return when > deadline.at; }

struct Lateness {
  bool late = false;
  std::int64_t days = 0;                       // local calendar days after the last day in time; negative when before it
  std::optional<std::int64_t> working_days;    // of those days, how many were worked; nothing where a year is not known
  std::string missing;                         // the file of holidays that would say it
};
// "17 days late (working days not known: there is no new_york-2011.csv)", "in time, 2 days before the last day".
std::string lateness_words(const Lateness& lateness);

// "17:00" -> minutes after midnight. kInput naming `field`.
Result<std::uint32_t> parse_closing_hour(std::string_view text, const std::string& field);

class WorkingDays {
 public:
  static constexpr std::uint32_t kClosingMinute = 17 * 60;

  // `holidays` outlives it; the closing minute is one of the local day. kInput for an unknown station, kConfig without its zone.
  static Result<WorkingDays> of(const Holidays& holidays, std::string_view station = kHeadquarters, std::uint32_t closing_minute = kClosingMinute);

  const Station& station() const { return station_; }

  // The day of the start does not count. A calendar term ends with its last day, a term of working days at the closing hour of
  // the last of them. kUnknown naming the file to add when a working day falls into a year that is not known; kInput for a pause
  // without end or of the wrong order, too many of them, kExclusive with working days, and an end after 2037.
  Result<Deadline> deadline(TimeMs start, const Term& term, const std::vector<Pause>& pauses = {}, Due due = Due::kInclusive) const;
  // A day that a resolution or a letter names. kInput for an end outside 1971 to 2037.
  Result<Deadline> due(std::int64_t day, Due due) const;

  // kUnknown naming the file to add.
  Result<bool> is_working_day(std::int64_t day) const;

  // How it stands, for a deadline of this station, with what came at that moment, or is dated on that day with no hour known: then
  // the last day is in time.
  Lateness lateness(const Deadline& deadline, TimeMs when) const;
  Lateness lateness_of_day(const Deadline& deadline, std::int64_t day) const;

 private:
  struct Count;
  WorkingDays(const Holidays& holidays, const Station& station, std::uint32_t closing_minute)
      : holidays_(&holidays), station_(station), closing_minute_(closing_minute) {}
  Result<void> count_working(Count& count, std::uint32_t wanted) const;
  Result<void> count_calendar(Count& count, std::int64_t nominal) const;
  void say_clocks(TimeMs start, Deadline& deadline) const;
  void end(const Count& count, Due due, Deadline& deadline) const;
  void describe_last_day(Deadline& deadline) const;
  Error unknown_year(std::int64_t day, const std::string& stopped) const;

  const Holidays* holidays_;
  Station station_;
  std::uint32_t closing_minute_;
};

}  // namespace liaison
