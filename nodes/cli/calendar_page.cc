// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/calendar_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "nodes/cli/table.h"
#include "nodes/cli/when.h"
#include "nodes/domain/words.h"
#include "schemas/date_hint.h"
#include "schemas/text.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kPageColumns = 100;
constexpr std::size_t kWeeks = 53;
constexpr char kVirtual = '~', kVague = '?', kMeeting = '^', kMany = '!', kWorkday = '.', kWeekend = ':';

unsigned weekday_of(std::int64_t day) { return static_cast<unsigned>(((day + 3) % 7 + 7) % 7); }   // Monday is 0

struct Part { std::int64_t first = 0, last = 0; bool is_virtual = false, is_vague = false, is_day = false; };

// A visit in one of its States.
struct Row {
  std::string state, id, lead, words;
  bool stands = true, single_state = true;
  std::vector<Part> parts;
};

std::vector<Part> parts_of(const json& item) {
  std::vector<Part> out;
  for (const auto& part : list_of(item, "parts")) {
    const auto first = parse_date(cell_of(part, "first"));
    const auto last = parse_date(cell_of(part, "last"));
    const auto precision = parse_word<DatePrecision>(cell_of(part, "precision"));
    if (!first || !last || *last < *first || !precision) continue;
    if (*precision != DatePrecision::day && *precision != DatePrecision::month && *precision != DatePrecision::end_day) continue;
    out.push_back({*first, *last, cell_of(part, "mode") == "virtual", *precision == DatePrecision::month, *precision == DatePrecision::day});
  }
  return out;
}

// "not verified, scheduled, with 1267, 1373 would join": what must not be cut off comes first.
std::string words_of(const json& item) {
  std::string text = cell_of(item, "overlap_only") == "true" ? "overlap only, " : cell_of(item, "unverified") == "true" ? "not verified, " : "";
  text += cell_of(item, "status");
  std::vector<std::string> agreed;
  std::string offers;
  for (const auto& one : list_of(item, "with")) {
    if (cell_of(one, "agreed") == "true") agreed.push_back(cell_of(one, "committee"));
    else offers += ", " + cell_of(one, "committee") + (cell_of(one, "answer") == "advises" ? " would advise" : " would join");
  }
  return text + (agreed.empty() ? "" : ", with " + listed(agreed)) + offers;
}

std::vector<Row> rows_of(const json& page) {
  const std::string wanted = cell_of(page, "state");
  std::vector<Row> rows;
  for (const auto& item : list_of(page, "items")) {
    const json states = list_of(item, "states");
    for (const auto& state : states) {
      if (!wanted.empty() && cell_of(state, "alpha3") != wanted) continue;
      rows.push_back({cell_of(state, "name"), cell_of(item, "id"), cell_of(item, "lead"), words_of(item), cell_of(item, "stands") != "false",
                      states.size() == 1, parts_of(item)});
    }
  }
  const auto begins = [](const Row& row) {
    std::int64_t first = INT64_MAX;
    for (const auto& part : row.parts) first = std::min(first, part.first);
    return first;
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    return std::tuple(folded(a.state), a.state, begins(a), a.id) < std::tuple(folded(b.state), b.state, begins(b), b.id);
  });
  return rows;
}

// A character for each committee, the same on every page for the three that there are.
std::map<std::string, char> fills_of(const std::vector<Row>& rows) {
  std::map<std::string, char> fills;
  const std::map<std::string, char> fixed = {{"1267", '='}, {"1373", '#'}, {"1540", '*'}};
  const std::string others = "+%@&$oxzvw";
  for (const auto& row : rows) fills.emplace(row.lead, '\0');
  std::size_t used = 0;
  for (auto& [lead, fill] : fills) {
    const auto found = fixed.find(lead);
    fill = found != fixed.end() ? found->second : others[used++ % others.size()];
  }
  return fills;
}

int colour_of(char fill) {
  if (fill == '=') return 36;
  if (fill == '#') return 33;
  if (fill == '*') return 32;
  return fill == kMany || fill == kMeeting ? 31 : 35;
}

// Colours for the characters that mean something, when there are colours.
std::string painted(const std::string& cells, const Console& console) {
  if (!console.colour) return cells;
  std::string out;
  for (std::size_t at = 0; at < cells.size();) {
    const std::size_t end = std::min(cells.find_first_not_of(cells[at], at), cells.size());
    const std::string run = cells.substr(at, end - at);
    const bool plain = std::string_view(" .:?~").find(run[0]) != std::string_view::npos;
    out += plain ? run : console.paint(run, colour_of(run[0]));
    at = end;
  }
  return out;
}

// At most 100 columns in a line, broken at blanks.
std::string wrapped(const std::string& text) {
  std::string out, line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = fitted(text.substr(at, end - at), kPageColumns - 2);
    if (!line.empty() && display_width(line) + 1 + display_width(word) > kPageColumns) {
      out += line + "\n";
      line = " ";
    }
    line += (line.empty() || at == 0 ? "" : " ") + word;
    at = end + 1;
  }
  return out + line + "\n";
}

std::string legend(const std::map<std::string, char>& fills, const std::vector<std::pair<char, std::string>>& marks) {
  std::string out, line;
  std::vector<std::string> entries;
  for (const auto& [lead, fill] : fills) entries.push_back(std::string(1, fill) + " " + fitted(lead, 32));
  for (const auto& [mark, words] : marks) entries.push_back(std::string(1, mark) + " " + words);
  for (const auto& entry : entries) {
    if (!line.empty() && display_width(line) + 3 + display_width(entry) > kPageColumns) {
      out += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : "   ") + entry;
  }
  return out + line + "\n";
}

std::size_t widest(const std::vector<Row>& rows, std::string Row::* member, std::size_t least, std::size_t most) {
  std::size_t width = least;
  for (const auto& row : rows) width = std::max(width, std::min(most, display_width(printable(row.*member))));
  return width;
}

std::string stripped(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

// The days of a month as cells: what is certain is drawn over what is less so.
std::string cells_of(const Row& row, char fill, std::int64_t first, std::int64_t last) {
  std::string cells;
  for (std::int64_t day = first; day <= last; ++day) cells += weekday_of(day) >= 5 ? kWeekend : kWorkday;
  const auto draw = [&](char mark, auto wanted) {
    for (const auto& part : row.parts) {
      if (!wanted(part)) continue;
      for (std::int64_t day = std::max(first, part.first); day <= std::min(last, part.last); ++day) cells[static_cast<std::size_t>(day - first)] = mark;
    }
  };
  draw(kVague, [](const Part& part) { return part.is_vague; });
  draw(kVirtual, [](const Part& part) { return !part.is_vague && part.is_virtual; });
  draw(fill, [](const Part& part) { return !part.is_vague && !part.is_virtual; });
  return cells;
}

// Which committees are in a State on each day of the month, and whether a visit to this State alone takes each of them there.
using Present = std::map<std::string, bool>;
std::vector<Present> present(const std::vector<const Row*>& rows, std::int64_t first, std::int64_t last) {
  std::vector<Present> days(static_cast<std::size_t>(last - first + 1));
  for (const Row* row : rows) {
    if (!row->stands) continue;
    for (const auto& part : row->parts) {
      if (part.is_virtual || !part.is_day) continue;
      for (std::int64_t day = std::max(first, part.first); day <= std::min(last, part.last); ++day) {
        auto& alone = days[static_cast<std::size_t>(day - first)][row->lead];
        alone = alone || row->single_state;
      }
    }
  }
  return days;
}

// "1373 and 1540 are both in Kyrgyzstan on 8 to 9 March"; of visits to several States only that both have them in their plans.
std::string meeting_sentence(const std::string& state, const Present& who, const std::string& days) {
  std::vector<std::string> leads;
  bool alone = true;
  for (const auto& [lead, single] : who) {
    leads.push_back(lead);
    alone = alone && single;
  }
  const std::string all = who.size() == 2 ? "both" : "all";
  return listed(leads) + (alone ? " are " + all + " in " + state : " " + all + " have " + state + " in their plans") + " on " + days;
}

std::vector<std::string> meetings(const std::string& state, const std::vector<Present>& days, const std::string& month) {
  std::map<Present, std::vector<std::string>> stretches;
  for (std::size_t at = 0; at < days.size();) {
    std::size_t end = at;
    while (end < days.size() && days[end] == days[at]) ++end;
    if (days[at].size() > 1) stretches[days[at]].push_back(end - at == 1 ? std::to_string(at + 1) : fmt::format("{} to {}", at + 1, end));
    at = end;
  }
  std::vector<std::string> out;
  for (const auto& [who, when] : stretches) out.push_back(meeting_sentence(state, who, listed(when) + " " + month));
  return out;
}

struct Widths { std::size_t state = 0, id = 0, words = 0; };

std::string month_heads(const Widths& widths, std::int64_t first, std::int64_t last) {
  std::string tens, ones, letters;
  for (std::int64_t day = first; day <= last; ++day) {
    const auto number = day - first + 1;
    tens += number < 10 ? ' ' : static_cast<char>('0' + number / 10);
    ones += static_cast<char>('0' + number % 10);
    letters += "MTWTFSS"[weekday_of(day)];
  }
  const std::string blank(widths.state + 2, ' ');
  return stripped(blank + tens) + stripped(blank + ones) + padded("State", widths.state) + "  " + letters + "  " + padded("record", widths.id) + "  status\n";
}

std::string of_one_state(const std::vector<const Row*>& rows, const std::map<std::string, char>& fills, const Widths& widths, std::int64_t first,
                         const std::vector<Present>& days, const Console& console) {
  std::string out;
  const std::int64_t last = first + static_cast<std::int64_t>(days.size()) - 1;
  for (const Row* row : rows) {
    out += padded(row == rows.front() ? row->state : "", widths.state) + "  " + painted(cells_of(*row, fills.at(row->lead), first, last), console) + "  " +
           padded(row->id, widths.id) + "  " + fitted(row->words, widths.words) + "\n";
  }
  std::string marks;
  for (const auto& day : days) marks += day.size() > 1 ? kMeeting : ' ';
  if (marks.find(kMeeting) == std::string::npos) return out;
  return out + stripped(std::string(widths.state + 2, ' ') + painted(marks, console));
}

std::vector<std::vector<const Row*>> by_state(const std::vector<Row>& rows) {
  std::vector<std::vector<const Row*>> groups;
  for (const auto& row : rows) {
    if (groups.empty() || groups.back().front()->state != row.state) groups.emplace_back();
    groups.back().push_back(&row);
  }
  return groups;
}

std::size_t week_of(std::int64_t day, std::int64_t new_year) {
  return std::min<std::size_t>(kWeeks - 1, static_cast<std::size_t>(day - new_year + weekday_of(new_year)) / 7);
}

std::string month_names(int year, std::int64_t new_year) {
  std::string line(kWeeks, ' ');
  for (unsigned month = 1; month <= 12; ++month) {
    const std::string name = people_day(fmt::format("{:04}-{:02}", year, month)).substr(0, 3);
    line.replace(week_of(first_day_of({year, month}), new_year), name.size(), name);
  }
  return line.substr(0, kWeeks);
}

// A committee's character where it is alone in that week; less certain than that where nobody is.
std::string weeks_of(const std::vector<const Row*>& rows, const std::map<std::string, char>& fills, std::int64_t new_year, std::int64_t last) {
  struct Week { std::set<std::string> sure, by_video; bool vague = false; };
  std::vector<Week> weeks(kWeeks);
  for (const Row* row : rows) {
    for (const auto& part : row->parts) {
      if (part.first > last || part.last < new_year) continue;
      for (auto at = week_of(std::max(part.first, new_year), new_year); at <= week_of(std::min(part.last, last), new_year); ++at) {
        if (part.is_vague) weeks[at].vague = true;
        else (part.is_virtual ? weeks[at].by_video : weeks[at].sure).insert(row->lead);
      }
    }
  }
  std::string cells;
  for (const auto& week : weeks) {
    std::set<std::string> all = week.sure;
    all.insert(week.by_video.begin(), week.by_video.end());
    if (all.size() > 1) cells += kMany;
    else if (!week.sure.empty()) cells += fills.at(*week.sure.begin());
    else cells += !week.by_video.empty() ? kVirtual : week.vague ? kVague : kWorkday;
  }
  return cells;
}

std::string counted(std::int64_t number, const char* what) { return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s"); }

std::int64_t count_in(const json& page, const char* name) {
  const auto found = page.find(name);
  return found != page.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace

Result<CalendarTime> parse_calendar_time(const std::string& typed) {
  const std::string rest = typed.size() == 4 ? "-01-01" : "-01";
  if ((typed.size() == 4 || typed.size() == 7) && parse_date(typed + rest)) {
    return CalendarTime{std::stoi(typed.substr(0, 4)), typed.size() == 4 ? 0U : static_cast<unsigned>(std::stoi(typed.substr(5)))};
  }
  return fail(Code::kUsage, "'" + printable(typed, 64) + "' is neither a month nor a year",
              date_hint(typed, "write 2027-03 or 2027, or leave it out for this month"));
}

std::int64_t first_day_of(const CalendarTime& time) { return parse_date(fmt::format("{:04}-{:02}-01", time.year, std::max(1U, time.month))).value_or(0); }

std::int64_t last_day_of(const CalendarTime& time) {
  if (time.month == 0 || time.month == 12) return parse_date(fmt::format("{:04}-12-31", time.year)).value_or(0);
  return first_day_of({time.year, time.month + 1}) - 1;
}

std::string calendar_name(const CalendarTime& time) {
  return time.month == 0 ? fmt::format("{:04}", time.year) : people_day(fmt::format("{:04}-{:02}", time.year, time.month));
}

std::string month_page(const json& page, const CalendarTime& month, const Console& console) {
  const auto rows = rows_of(page);
  const auto fills = fills_of(rows);
  const auto first = first_day_of(month), last = last_day_of(month);
  Widths widths{widest(rows, &Row::state, 5, 18), widest(rows, &Row::id, 6, 22), 0};
  widths.words = kPageColumns - widths.state - widths.id - static_cast<std::size_t>(last - first + 1) - 6;
  const std::string name = calendar_name(month);
  std::string out = name + "\n" + month_heads(widths, first, last);
  std::string sentences;
  for (const auto& group : by_state(rows)) {
    const auto days = present(group, first, last);
    out += of_one_state(group, fills, widths, first, days, console);
    for (const auto& one : meetings(printable(group.front()->state), days, name.substr(0, name.find(' ')))) sentences += wrapped(one);
  }
  out += "\n" + legend(fills, {{kVirtual, "virtual"}, {kVague, "only the month is known"}, {kWeekend, "weekend"}, {kMeeting, "more than one committee"}});
  return out + sentences;
}

std::string year_page(const json& page, const CalendarTime& year, const Console& console) {
  const auto rows = rows_of(page);
  const auto fills = fills_of(rows);
  const auto first = first_day_of(year), last = last_day_of(year);
  const std::size_t width = widest(rows, &Row::state, 5, 30);
  std::string out = calendar_name(year) + "\n" + padded("State", width) + "  " + stripped(month_names(year.year, first));
  for (const auto& group : by_state(rows)) {
    out += padded(group.front()->state, width) + "  " + painted(weeks_of(group, fills, first, last), console) + "  " +
           counted(static_cast<std::int64_t>(group.size()), "visit") + "\n";
  }
  return out + "\n" +
         legend(fills, {{kMany, "more than one committee in that week"}, {kVirtual, "virtual"}, {kVague, "only the month is known"}});
}

std::vector<std::string> calendar_asides(const json& page, const CalendarTime& time) {
  std::vector<std::string> out;
  if (const auto more = count_in(page, "more"); more > 0)
    out.push_back(counted(more, "more visit") + " in these days not shown: narrow it with --state or --committee");
  if (const auto vague = count_in(page, "undated"); vague > 0)
    out.push_back(fmt::format("{} of {} {} no known month", counted(vague, "visit"), time.year, vague == 1 ? "has" : "have"));
  if (const auto none = count_in(page, "days_not_known"); none > 0)
    out.push_back(fmt::format("{} {} no known days at all", counted(none, "visit"), none == 1 ? "has" : "have"));
  return out;
}

std::vector<Column> calendar_columns() {
  const auto joined = [](const char* list, auto piece) {
    return [list, piece](const json& item) {
      std::string text;
      for (const auto& one : list_of(item, list)) text += (text.empty() ? "" : ";") + piece(one);
      return text;
    };
  };
  return {plain_column("record", "id"), plain_column("lead", "lead"),
          {"states", joined("states", [](const json& state) { return cell_of(state, "alpha3"); })},
          {"days", joined("parts", [](const json& part) {
             return cell_of(part, "mode") + "|" + cell_of(part, "first") + "|" + cell_of(part, "last") + "|" + cell_of(part, "precision");
           })},
          plain_column("kind", "kind"), plain_column("status", "status"), plain_column("title", "title"),
          {"with", joined("with", [](const json& one) { return cell_of(one, "committee") + ":" + cell_of(one, "answer"); })},
          {"unverified", [](const json& item) { return std::string(cell_of(item, "unverified") == "true" ? "yes" : "no"); }}};
}

}  // namespace liaison
