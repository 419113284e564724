// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/working_days.h"

#include <algorithm>

namespace liaison {
namespace {

// A term that goes over more days is explained by what does not count, not day by day.
constexpr std::size_t kListedDaysMax = 35;
constexpr TimeMs kMomentsEnd = 2'145'916'800'000;   // 2038-01-01, see kZoneYearMax

std::string counted(std::int64_t n, const std::string& one) { return std::to_string(n) + " " + one + (n == 1 ? "" : "s"); }

void add_once(std::vector<std::string>& all, const std::string& one) {
  if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
}

// The local days that a pause touches.
struct PausedDays {
  std::int64_t first = 0, last = 0;
  TimeMs from = 0;
  std::string why;
};

Result<std::vector<PausedDays>> paused_days(const Station& station, const std::vector<Pause>& pauses) {
  if (pauses.size() > kPausesMax) return fail(Code::kInput, "pauses: there are more than " + std::to_string(kPausesMax), "join those that touch");
  std::vector<PausedDays> all;
  for (const auto& pause : pauses) {
    if (pause.to >= kMomentsEnd) return fail(Code::kInput, "pauses: one ends after " + std::to_string(kZoneYearMax), "check its end");
    if (pause.from >= pause.to) {
      return fail(Code::kInput, "pauses: one begins on " + moment_words(station, std::min(pause.from, kMomentsEnd)) + " and does not end after that",
                  "give its beginning and the first moment that counts again");
    }
    all.push_back({day_at(station, pause.from), day_at(station, pause.to - 1), pause.from, pause.why});
  }
  return all;
}

enum class DayKind { kCounted, kWeekend, kHoliday, kPaused };
struct Walked {
  std::int64_t day = 0;
  DayKind kind = DayKind::kCounted;
  std::string words;
};

// A run of paused days in one line.
void say_paused(std::vector<std::string>& lines, const std::vector<Walked>& days, std::size_t& at) {
  const std::size_t first = at;
  while (at + 1 < days.size() && days[at + 1].kind == DayKind::kPaused && days[at + 1].words == days[first].words) ++at;
  const std::int64_t n = static_cast<std::int64_t>(at - first) + 1;
  lines.push_back(day_words(days[first].day) + (n == 1 ? ": " : " to " + day_words(days[at].day) + ": ") + counted(n, "day") + " " + days[first].words);
}

void say_days(std::vector<std::string>& lines, const std::vector<Walked>& days, bool each) {
  std::int64_t weekends = 0;
  for (std::size_t at = 0; at < days.size(); ++at) {
    const auto& day = days[at];
    if (each) {
      lines.push_back(day_words(day.day) + ": " + day.words);
    } else if (day.kind == DayKind::kPaused) {
      say_paused(lines, days, at);
    } else if (day.kind == DayKind::kHoliday || (day.kind == DayKind::kCounted && !day.words.empty() && at + 1 == days.size())) {
      lines.push_back(day_words(day.day) + ": " + day.words);
    }
    if (day.kind == DayKind::kWeekend) ++weekends;
  }
  if (!each && weekends > 0) lines.push_back("besides, " + counted(weekends, "day") + " of weekends not counted");
}

}  // namespace

// What a walk from the day of the start to the last day has met.
struct WorkingDays::Count {
  std::int64_t start = 0;
  std::vector<PausedDays> pauses = {};
  std::vector<Walked> days = {};
  std::vector<std::string> files = {};
  std::int64_t last = 0;
  std::uint32_t counted = 0;

  // The pause that touches the day and had begun by then; null when there is none.
  const PausedDays* pause_on(std::int64_t day, TimeMs by) const {
    const auto touches = [day, by](const PausedDays& one) { return one.first <= day && day <= one.last && one.from <= by; };
    const auto found = std::find_if(pauses.begin(), pauses.end(), touches);
    return found == pauses.end() ? nullptr : &*found;
  }
  void paused(std::int64_t day, const PausedDays& pause) {
    days.push_back({day, DayKind::kPaused, "paused" + (pause.why.empty() ? "" : " (" + pause.why + ")") + ", not counted"});
  }
};

Result<std::uint32_t> parse_closing_hour(std::string_view text, const std::string& field) {
  const auto digit = [text](std::size_t at) { return static_cast<std::uint32_t>(text[at] - '0'); };
  const bool form = text.size() == 5 && text[2] == ':' && text.find_first_not_of("0123456789:") == std::string_view::npos && text.find(':', 3) == text.npos;
  if (form && text.find(':') == 2) {
    const std::uint32_t hours = digit(0) * 10 + digit(1), minutes = digit(3) * 10 + digit(4);
    if (hours < 24 && minutes < 60) return hours * 60 + minutes;
  }
  return fail(Code::kInput, field + ": '" + std::string(text) + "' is no hour of the day", "write it as 17:00");
}

std::string lateness_words(const Lateness& lateness) {
  if (!lateness.late) {
    return lateness.days == 0 ? "in time, on the last day" : "in time, " + counted(-lateness.days, "day") + " before the last day";
  }
  if (lateness.days == 0) return "late: on the last day, after its hour";
  const std::string words = counted(lateness.days, "day") + " late ";
  if (lateness.working_days) return words + "(" + counted(*lateness.working_days, "working day") + ")";
  return words + "(working days not known: there is no " + lateness.missing + ")";
}

Result<WorkingDays> WorkingDays::of(const Holidays& holidays, std::string_view station, std::uint32_t closing_minute) {
  CHECK(closing_minute < 24 * 60);
  const Station known = TRY(parse_station(station));
  return WorkingDays(holidays, known, closing_minute);
}

Error WorkingDays::unknown_year(std::int64_t day, const std::string& stopped) const {
  const int year = year_of_day(day);
  const std::string file = Holidays::file_name(station_.word, year);
  return fail(Code::kUnknown, "the holidays of " + std::string(station_.name) + " in " + std::to_string(year) + " are not known" + stopped,
              "add the file " + file + " (date,name,source) to the folder that node.holidays or --holidays names");
}

Result<bool> WorkingDays::is_working_day(std::int64_t day) const {
  if (is_weekend(day)) return false;
  const HolidayFile* file = holidays_->of(station_.word, year_of_day(day));
  if (file == nullptr) return unknown_year(day, "");
  return file->on(day) == nullptr;
}

// A pause that begins after the closing hour of what would be the last day comes too late for it.
Result<void> WorkingDays::count_working(Count& count, std::uint32_t wanted) const {
  for (std::int64_t day = count.start + 1; count.counted < wanted; ++day) {
    if (year_of_day(day) > kZoneYearMax) return fail(Code::kInput, "the term ends after " + std::to_string(kZoneYearMax), "check the term and the pauses");
    const bool could_be_last = count.counted + 1 == wanted && !is_weekend(day);
    const auto* pause = count.pause_on(day, could_be_last ? moment_at(station_, day, closing_minute_) : last_moment_of(station_, day));
    const HolidayFile* file = holidays_->of(station_.word, year_of_day(day));
    if (pause != nullptr) {
      count.paused(day, *pause);
    } else if (is_weekend(day)) {
      count.days.push_back({day, DayKind::kWeekend, "weekend, not counted"});
    } else if (file == nullptr) {
      return unknown_year(day, ": the count stopped before " + day_words(day) + ", after " + std::to_string(count.counted) + " of " +
                                   counted(wanted, "working day"));
    } else if (const Holiday* holiday = file->on(day)) {
      add_once(count.files, file->name);
      count.days.push_back({day, DayKind::kHoliday, "UN holiday (" + holiday->name + "), not counted"});
    } else {
      add_once(count.files, file->name);
      count.days.push_back({day, DayKind::kCounted, "working day " + std::to_string(++count.counted)});
      count.last = day;
    }
  }
  return {};
}

Result<void> WorkingDays::count_calendar(Count& count, std::int64_t nominal) const {
  const auto wanted = static_cast<std::uint32_t>(nominal - count.start);
  for (std::int64_t day = count.start + 1; count.counted < wanted; ++day) {
    if (year_of_day(day) > kZoneYearMax) return fail(Code::kInput, "the term ends after " + std::to_string(kZoneYearMax), "check the term and the pauses");
    if (const auto* pause = count.pause_on(day, kMomentsEnd)) {
      count.paused(day, *pause);
      continue;
    }
    ++count.counted;
    count.days.push_back({day, DayKind::kCounted, ""});
    count.last = day;
  }
  return {};
}

void WorkingDays::describe_last_day(Deadline& deadline) const {
  const int year = year_of_day(deadline.day);
  const HolidayFile* file = holidays_->of(station_.word, year);
  const Holiday* holiday = file == nullptr ? nullptr : file->on(deadline.day);
  if (file != nullptr) add_once(deadline.files, file->name);
  if (holiday != nullptr) deadline.falls_on = "UN holiday (" + holiday->name + ")";
  else if (is_weekend(deadline.day)) deadline.falls_on = "weekend";
  if (!deadline.falls_on.empty()) {
    deadline.explanation.push_back(day_words(deadline.day) + " is a " + deadline.falls_on + ": it is the last day all the same, nothing moves");
  } else if (file == nullptr) {
    deadline.explanation.push_back("whether " + day_words(deadline.day) + " is a holiday of " + std::string(station_.name) + " is not known: there is no " +
                                   Holidays::file_name(station_.word, year));
  }
}

void WorkingDays::say_clocks(TimeMs start, Deadline& deadline) const {
  for (const auto& change : clock_changes(station_, start, deadline.at)) {
    deadline.explanation.push_back(day_words(change.day) + ": clocks go " + (change.minutes > 0 ? "forward" : "back") + " by " +
                                   counted(change.minutes > 0 ? change.minutes : -change.minutes, "minute"));
  }
}

void WorkingDays::end(const Count& count, Due due, Deadline& deadline) const {
  if (due == Due::kExclusive) {
    deadline.explanation.push_back("before " + day_words(deadline.day) + ": that day is too late, the day before is the last");
    deadline.at = last_moment_of(station_, --deadline.day);
  }
  say_clocks(moment_at(station_, count.start, 0), deadline);
  for (const auto& pause : count.pauses) {
    if (pause.from <= deadline.at) continue;
    deadline.explanation.push_back("the pause from " + moment_words(station_, pause.from) + " begins after the end and changes nothing");
  }
}

Result<Deadline> WorkingDays::deadline(TimeMs start, const Term& term, const std::vector<Pause>& pauses, Due due) const {
  const bool working = term.unit == TermUnit::kWorkingDays;
  if (start >= kMomentsEnd) return fail(Code::kInput, "from: the start is after " + std::to_string(kZoneYearMax), "check the year");
  if (working && due == Due::kExclusive) {
    return fail(Code::kInput, "a term of working days ends at an hour, and that hour is in time", "leave --exclusive out, or give one working day less");
  }
  Count count;
  count.start = day_at(station_, start);
  count.pauses = TRY(paused_days(station_, pauses));
  Deadline deadline{std::string(station_.word), 0, 0, "", {"starts " + moment_words(station_, start) + ", and that day does not count"}, {}};
  auto& lines = deadline.explanation;
  if (working) {
    TRY(count_working(count, term.count));
    say_days(lines, count.days, count.days.size() <= kListedDaysMax);
  } else {
    const std::int64_t nominal = last_day_of_term(count.start, term);
    lines.push_back(term_words(term) + ": until " + day_words(nominal) + ", " + counted(nominal - count.start, "day") +
                    (is_clipped(count.start, term) ? "; that month has no such day, so its last one counts" : ""));
    TRY(count_calendar(count, nominal));
    say_days(lines, count.days, false);
    if (count.last != nominal) lines.push_back("by the days that do not count, later: until " + day_words(count.last));
  }
  deadline.day = count.last;
  deadline.files = std::move(count.files);
  deadline.at = working ? moment_at(station_, count.last, closing_minute_) : last_moment_of(station_, count.last);
  end(count, due, deadline);
  if (!working) describe_last_day(deadline);
  lines.push_back("ends " + moment_words(station_, deadline.at));
  return deadline;
}

Result<Deadline> WorkingDays::due(std::int64_t day, Due due) const {
  const std::int64_t last = due == Due::kInclusive ? day : day - 1;
  if (year_of_day(last) < 1971 || year_of_day(last) > kZoneYearMax) {
    return fail(Code::kInput, "due: " + day_words(day) + " is not between 1971 and " + std::to_string(kZoneYearMax), "check the year");
  }
  Deadline deadline{std::string(station_.word), last_moment_of(station_, last), last, "", {}, {}};
  deadline.explanation.push_back(due == Due::kInclusive ? "due by " + day_words(day) + ": that day is still in time"
                                                        : "due before " + day_words(day) + ": that day is too late, the day before is the last");
  describe_last_day(deadline);
  deadline.explanation.push_back("ends " + moment_words(station_, deadline.at));
  return deadline;
}

Lateness WorkingDays::lateness_of_day(const Deadline& deadline, std::int64_t day) const {
  CHECK(deadline.station == station_.word);
  Lateness lateness{day > deadline.day, day - deadline.day, 0, ""};
  for (std::int64_t one = deadline.day + 1; one <= day && lateness.working_days; ++one) {
    const auto works = is_working_day(one);
    if (works) *lateness.working_days += *works ? 1 : 0;
    else lateness.working_days.reset(), lateness.missing = Holidays::file_name(station_.word, year_of_day(one));
  }
  return lateness;
}

Lateness WorkingDays::lateness(const Deadline& deadline, TimeMs when) const {
  Lateness lateness = lateness_of_day(deadline, day_at(station_, std::min(when, kMomentsEnd)));
  lateness.late = is_late(deadline, when);
  return lateness;
}

}  // namespace liaison
