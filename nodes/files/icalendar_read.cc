// SPDX-License-Identifier: Apache-2.0
// The reading half of icalendar.h.
#include <algorithm>
#include <optional>
#include <set>

#include "nodes/files/icalendar.h"
#include "schemas/text.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

constexpr std::size_t kCalendarLineMax = 512 << 10, kEntriesMax = 100'000, kDepthMax = 8;
constexpr std::int64_t kDaySeconds = 86'400;

Error in_line(std::uint64_t line, const std::string& what, const std::string& hint = {}) {
  return fail(Code::kInput, "line " + std::to_string(line) + ": " + what, hint);
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) out += text[i];
    else if (++i; text[i] == 'n' || text[i] == 'N') out += '\n';
    else out += text[i];
  }
  return out;
}

std::string in_capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

struct Line { std::uint64_t number = 0; std::string name, parameters, value; };

// NAME;PARAMETER="quoted:text":value. A colon in quotes ends nothing.
Result<Line> read_line(std::uint64_t number, const std::string& text) {
  bool quoted = false;
  std::size_t colon = std::string::npos, semicolon = std::string::npos;
  for (std::size_t i = 0; i < text.size() && colon == std::string::npos; ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (!quoted && text[i] == ';' && semicolon == std::string::npos) semicolon = i;
    if (!quoted && text[i] == ':') colon = i;
  }
  if (colon == std::string::npos) return in_line(number, "this is no line of a calendar", "each has the form NAME:value");
  const std::size_t end = std::min(colon, semicolon);
  return Line{number, in_capitals(text.substr(0, end)), text.substr(end, colon - end), text.substr(colon + 1)};
}

// Lines put together again: a line that begins with a blank belongs to the one before. A character may be cut between the two.
class ContentLines {
 public:
  explicit ContentLines(std::string_view text) : text_(text) {}

  // Nothing at the end.
  Result<std::optional<Line>> next() {
    std::string line;
    std::uint64_t number = 0;
    while (!text_.empty()) {
      if (number != 0 && text_.front() != ' ' && text_.front() != '\t') break;
      std::string_view piece = text_.substr(0, text_.find('\n'));
      text_.remove_prefix(std::min(text_.size(), piece.size() + 1));
      ++at_;
      if (piece.ends_with('\r')) piece.remove_suffix(1);
      if (number == 0 && piece.empty()) continue;
      if (number != 0) piece.remove_prefix(1);
      else number = at_;
      line += piece;
      if (line.size() > kCalendarLineMax)
        return in_line(number, "this line is longer than 512 KiB", "no calendar program writes such a line: look at the file");
    }
    if (number == 0) return std::optional<Line>();
    if (!to_nfc(line)) return in_line(number, "this is not UTF-8", "export it again as a calendar file");
    auto read = TRY(read_line(number, line));
    return std::optional(std::move(read));
  }
  std::uint64_t at() const { return at_; }

 private:
  std::string_view text_;
  std::uint64_t at_ = 0;
};

class CalendarReader {
 public:
  Result<void> take(const Line& line) {
    if (line.name == "BEGIN") return begin(line.number, in_capitals(line.value));
    if (line.name == "END") return end(line.number, in_capitals(line.value));
    if (open_.empty()) return in_line(line.number, "this stands outside of any calendar", "a calendar file begins with BEGIN:VCALENDAR");
    if (is_entry(open_.back()) && is_read(line.name) && entries_.back().values.emplace(line.name, unescaped(line.value)).second) {
      entries_.back().parameters.emplace(line.name, line.parameters);
    }
    return {};
  }
  Result<std::vector<CalendarEntry>> finish(std::uint64_t line) {
    if (!open_.empty()) return in_line(line, "the file ends inside a " + printable(open_.back(), 32), "it was cut off: fetch it again");
    if (!begun_) return fail(Code::kInput, "this is no calendar file", "it begins with BEGIN:VCALENDAR");
    return std::move(entries_);
  }

 private:
  static bool is_entry(const std::string& kind) { return kind == "VEVENT" || kind == "VJOURNAL"; }
  // What nobody asks for is not kept.
  static bool is_read(const std::string& name) {
    static const std::set<std::string> kRead = {"UID", "SUMMARY", "LOCATION", "DESCRIPTION", "STATUS", "DTSTART", "DTEND", "DURATION",
                                                "RRULE", "RDATE", "RECURRENCE-ID", "X-LIAISON-VISIT", "X-LIAISON-RECORD"};
    return kRead.contains(name);
  }

  Result<void> begin(std::uint64_t line, const std::string& kind) {
    if (open_.empty() && kind != "VCALENDAR") return in_line(line, "this is no calendar file", "it begins with BEGIN:VCALENDAR");
    if (open_.size() == kDepthMax) return in_line(line, "more than 8 parts inside each other", "look at the file");
    if (is_entry(kind) && open_.back() != "VCALENDAR") return in_line(line, "an event stands inside a " + printable(open_.back(), 32), "look at the file");
    if (is_entry(kind) && entries_.size() == kEntriesMax) return in_line(line, "more than 100,000 entries", "import it in several files");
    begun_ = true;
    open_.push_back(kind);
    if (is_entry(kind)) entries_.push_back({line, kind, {}, {}});
    return {};
  }
  Result<void> end(std::uint64_t line, const std::string& kind) {
    if (open_.empty() || open_.back() != kind) return in_line(line, "END:" + printable(kind, 32) + " ends nothing that is open here", "look at the file");
    open_.pop_back();
    return {};
  }

  bool begun_ = false;
  std::vector<std::string> open_;
  std::vector<CalendarEntry> entries_;
};

// A day, or a time of a day as it is written there: an officer's calendar and the State's lie in zones of their own.
struct Moment {
  std::int64_t day = 0;
  std::optional<std::int64_t> second;
  std::int64_t seconds() const { return day * kDaySeconds + second.value_or(0); }
};

std::optional<std::int64_t> digits_in(std::string_view text) {
  std::int64_t number = 0;
  if (text.empty() || text.size() > 6) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

// "20270308", "20270308T090000" or "20270308T090000Z".
std::optional<Moment> moment_in(std::string_view text) {
  if (text.size() < 8) return std::nullopt;
  const auto day = parse_date(std::string(text.substr(0, 4)) + "-" + std::string(text.substr(4, 2)) + "-" + std::string(text.substr(6, 2)));
  if (!day) return std::nullopt;
  if (text.size() == 8) return Moment{*day, std::nullopt};
  if (text.ends_with('Z')) text.remove_suffix(1);
  if (text.size() != 15 || text[8] != 'T') return std::nullopt;
  const auto hour = digits_in(text.substr(9, 2)), minute = digits_in(text.substr(11, 2)), second = digits_in(text.substr(13));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return Moment{*day, *hour * 3600 + *minute * 60 + *second};
}

// "P5D", "P1W", "P1DT12H", "PT90M" in seconds; one that goes back is none.
std::optional<std::int64_t> seconds_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (!text.starts_with('P') || text.size() < 3) return std::nullopt;
  text.remove_prefix(1);
  std::int64_t all = 0;
  bool in_day = false;
  while (!text.empty()) {
    if (text[0] == 'T' && !in_day) {
      in_day = true;
      text.remove_prefix(1);
    }
    const std::size_t end = text.find_first_not_of("0123456789");
    const auto number = end == std::string_view::npos ? std::nullopt : digits_in(text.substr(0, end));
    if (!number) return std::nullopt;
    const std::size_t unit = std::string_view(in_day ? "HMS" : "WD").find(text[end]);
    if (unit == std::string_view::npos) return std::nullopt;
    constexpr std::int64_t kInDay[] = {3600, 60, 1}, kDays[] = {7 * kDaySeconds, kDaySeconds};
    all += *number * (in_day ? kInDay[unit] : kDays[unit]);
    text.remove_prefix(end + 1);
  }
  return all;
}

// The last day that something touches which ends at this moment: an all-day event ends where the next day begins.
std::int64_t last_day_before(std::int64_t first, std::int64_t end_seconds) {
  return std::max(first, (end_seconds + kDaySeconds - 1) / kDaySeconds - 1);
}

Result<std::int64_t> last_day_of(const CalendarEntry& entry, const Moment& first) {
  if (entry.values.contains("DTEND")) {
    const auto end = moment_in(entry.value("DTEND"));
    if (!end) return in_line(entry.line, "DTEND is no day", "write it as DTEND;VALUE=DATE:20270313");
    const bool before = end->second && first.second ? end->seconds() < first.seconds() : end->day < first.day;
    if (before) return in_line(entry.line, "this event ends before it begins", "exchange DTSTART and DTEND");
    return last_day_before(first.day, end->seconds());
  }
  if (!entry.values.contains("DURATION")) return first.day;
  const auto length = seconds_in(entry.value("DURATION"));
  if (!length) return in_line(entry.line, "DURATION is no length of time", "write it as P5D");
  return last_day_before(first.day, first.seconds() + *length);
}

}  // namespace

Result<std::vector<CalendarEntry>> parse_icalendar(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.find('\0') != std::string_view::npos) return fail(Code::kInput, "the file holds a NUL byte", "it is no calendar file, or damaged");
  ContentLines lines(text);
  CalendarReader reader;
  while (true) {
    const auto line = TRY(lines.next());
    if (!line) return reader.finish(lines.at());
    TRY(reader.take(*line));
  }
}

Result<EntryDays> days_of(const CalendarEntry& entry) {
  for (const char* name : {"RRULE", "RDATE", "RECURRENCE-ID"}) {
    if (entry.values.contains(name)) return in_line(entry.line, "this event repeats, which a record does not", "give each as an event of its own");
  }
  const auto first = moment_in(entry.value("DTSTART"));
  if (!first) return in_line(entry.line, "this event has no first day", "DTSTART is a day, as DTSTART;VALUE=DATE:20270308");
  const auto last = TRY(last_day_of(entry, *first));
  const EntryDays days{date_text(first->day), date_text(last)};
  if (!parse_date(days.last)) return in_line(entry.line, "this event ends after the year 9999", "look at its last day");
  return days;
}

}  // namespace liaison
