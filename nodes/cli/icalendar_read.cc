// SPDX-License-Identifier: Apache-2.0
// The reading half of icalendar.h.
#include <algorithm>
#include <optional>

#include "nodes/cli/icalendar.h"
#include "schemas/text.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

constexpr std::size_t kLineBytesMax = 256 << 10, kEntriesMax = 100'000, kDepthMax = 8;

Error at_line(std::uint64_t line, const std::string& what, const std::string& hint = {}) {
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
  if (colon == std::string::npos) return at_line(number, "this is no line of a calendar", "each has the form NAME:value");
  const std::size_t end = std::min(colon, semicolon);
  Line line{number, text.substr(0, end), text.substr(end, colon - end), text.substr(colon + 1)};
  std::transform(line.name.begin(), line.name.end(), line.name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return line;
}

// Lines put together again: a line that begins with a blank belongs to the one before.
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
      if (line.size() > kLineBytesMax) return at_line(number, "this line is longer than 256 KiB", "no calendar program writes such a line: look at the file");
    }
    if (number == 0) return std::optional<Line>();
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
    if (line.name == "BEGIN") return begin(line);
    if (line.name == "END") return end(line);
    if (open_.empty()) return at_line(line.number, "this stands outside of any calendar", "a calendar file begins with BEGIN:VCALENDAR");
    if (is_entry(open_.back()) && entries_.back().values.emplace(line.name, unescaped(line.value)).second) {
      entries_.back().parameters.emplace(line.name, line.parameters);
    }
    return {};
  }
  Result<std::vector<CalendarEntry>> finish(std::uint64_t line) {
    if (!open_.empty()) return at_line(line, "the file ends inside a " + printable(open_.back(), 32), "it was cut off: fetch it again");
    if (!begun_) return fail(Code::kInput, "this is no calendar file", "it begins with BEGIN:VCALENDAR");
    return std::move(entries_);
  }

 private:
  static bool is_entry(const std::string& kind) { return kind == "VEVENT" || kind == "VJOURNAL"; }

  Result<void> begin(const Line& line) {
    if (open_.empty() && line.value != "VCALENDAR") return at_line(line.number, "this is no calendar file", "it begins with BEGIN:VCALENDAR");
    if (open_.size() == kDepthMax) return at_line(line.number, "more than 8 parts inside each other", "look at the file");
    if (is_entry(line.value) && entries_.size() == kEntriesMax) return at_line(line.number, "more than 100,000 entries", "import it in several files");
    begun_ = true;
    open_.push_back(line.value);
    if (is_entry(line.value)) entries_.push_back({line.number, line.value, {}, {}});
    return {};
  }
  Result<void> end(const Line& line) {
    if (open_.empty() || open_.back() != line.value) return at_line(line.number, "END:" + printable(line.value, 32) + " ends nothing that is open here");
    open_.pop_back();
    return {};
  }

  bool begun_ = false;
  std::vector<std::string> open_;
  std::vector<CalendarEntry> entries_;
};

// "20270308" or "20270308T090000Z": the day as it is written.
std::optional<std::int64_t> day_in(const std::string& text) {
  if (text.size() < 8 || (text.size() > 8 && text[8] != 'T')) return std::nullopt;
  return parse_date(text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2));
}

// "P5D" or "P1W".
std::optional<std::int64_t> days_in(const std::string& text) {
  if (text.size() < 3 || text.size() > 6 || text[0] != 'P' || (text.back() != 'D' && text.back() != 'W')) return std::nullopt;
  std::int64_t count = 0;
  for (const char c : text.substr(1, text.size() - 2)) {
    if (c < '0' || c > '9') return std::nullopt;
    count = count * 10 + (c - '0');
  }
  return text.back() == 'W' ? count * 7 : count;
}

}  // namespace

Result<std::vector<CalendarEntry>> parse_icalendar(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.find('\0') != std::string_view::npos) return fail(Code::kInput, "the file holds a NUL byte", "it is no calendar file, or damaged");
  if (!to_nfc(text)) return fail(Code::kInput, "the file is not UTF-8", "export it again as a calendar file");
  ContentLines lines(text);
  CalendarReader reader;
  while (true) {
    const auto line = TRY(lines.next());
    if (!line) return reader.finish(lines.at());
    TRY(reader.take(*line));
  }
}

Result<EntryDays> days_of(const CalendarEntry& entry) {
  if (entry.values.contains("RRULE") || entry.values.contains("RDATE")) {
    return at_line(entry.line, "this event repeats, and a visit does not", "give each as an event of its own");
  }
  const auto first = day_in(entry.value("DTSTART"));
  if (!first) return at_line(entry.line, "this event has no first day", "DTSTART is a day, as DTSTART;VALUE=DATE:20270308");
  auto last = first;
  if (entry.values.contains("DTEND")) {
    const auto end = day_in(entry.value("DTEND"));
    if (!end) return at_line(entry.line, "DTEND is no day", "write it as DTEND;VALUE=DATE:20270313");
    const bool exclusive = entry.value("DTEND").size() == 8;   // an all-day event ends where the next day begins
    last = exclusive ? std::max(*first, *end - 1) : *end;
    if (*end < *first) return at_line(entry.line, "this event ends before it begins", "exchange DTSTART and DTEND");
  } else if (entry.values.contains("DURATION")) {
    const auto length = days_in(entry.value("DURATION"));
    if (!length) return at_line(entry.line, "DURATION is no number of days", "write it as P5D");
    last = *first + std::max<std::int64_t>(1, *length) - 1;
  }
  const EntryDays days{date_text(*first), date_text(*last)};
  if (!parse_date(days.last)) return at_line(entry.line, "this event ends after the year 9999", "look at its last day");
  return days;
}

}  // namespace liaison
