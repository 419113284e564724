// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/calendar_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "nodes/cli/table.h"
#include "nodes/cli/when.h"
#include "schemas/text.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kNameColumns = 18, kWeeks = 54;
constexpr char kVirtual = '~', kMonthOnly = '?', kTogether = '!';

struct Stretch {
  std::int64_t first = 0, last = 0;
  char fill = ' ';
  bool there = false;   // on site, on certain days
};
struct DrawnVisit {
  std::string id, lead, status, with;
  std::vector<std::string> states;
  std::vector<Stretch> parts;
};

// The three committees have characters of their own; others what is left, in the order of their names.
char fill_of(const std::string& committee, const std::set<std::string>& all) {
  static const std::map<std::string, char> fixed = {{"1267", '='}, {"1373", '#'}, {"1540", '*'}};
  if (const auto own = fixed.find(committee); own != fixed.end()) return own->second;
  constexpr std::string_view kOthers = "+%@&$";
  std::size_t at = 0;
  for (const auto& one : all) {
    if (one == committee) break;
    if (!fixed.contains(one)) ++at;
  }
  return kOthers[std::min(at, kOthers.size() - 1)];
}

int colour_of(char fill) { return fill == '=' ? 33 : fill == '#' ? 36 : fill == '*' ? 32 : fill == kTogether ? 31 : 35; }

// Cut to the column, with a mark where something is left out.
std::string fitted(const std::string& text, std::size_t columns) {
  std::string cell = printable(text, 512);
  const bool cut = display_width(cell) > columns;
  while (!cell.empty() && display_width(cell) + (cut ? 1 : 0) > columns) {
    while (cell.size() > 1 && (static_cast<unsigned char>(cell.back()) & 0xC0) == 0x80) cell.pop_back();
    cell.pop_back();
  }
  if (cut) cell += ">";
  cell.append(columns - std::min(columns, display_width(cell)), ' ');
  return cell;
}

std::set<std::string> leads_of(const json& items) {
  std::set<std::string> leads;
  for (const auto& one : items) leads.insert(cell_of(one, "lead"));
  return leads;
}

Stretch stretch_of(const json& part, char committee) {
  Stretch out;
  out.first = parse_date(cell_of(part, "first")).value_or(0);
  out.last = parse_date(cell_of(part, "last")).value_or(-1);
  const bool month = cell_of(part, "precision") == "month", on_site = cell_of(part, "mode") != "virtual";
  out.fill = month ? kMonthOnly : on_site ? committee : kVirtual;
  out.there = on_site && !month;
  return out;
}

std::vector<DrawnVisit> visits_of(const json& items) {
  const auto leads = leads_of(items);
  std::vector<DrawnVisit> out;
  for (const auto& one : items) {
    DrawnVisit visit{cell_of(one, "id"), cell_of(one, "lead"), cell_of(one, "status"), {}, {}, {}};
    for (const auto& with : one.value("with", json::array())) {
      if (cell_of(with, "agreed") == "true") visit.with += (visit.with.empty() ? " with " : ", ") + cell_of(with, "committee");
    }
    for (const auto& state : one.value("states", json::array())) visit.states.push_back(cell_of(state, "name"));
    for (const auto& part : one.value("parts", json::array())) visit.parts.push_back(stretch_of(part, fill_of(visit.lead, leads)));
    out.push_back(std::move(visit));
  }
  return out;
}

// Runs of one character in their colour.
std::string painted(const std::string& cells, const Console& console) {
  if (!console.colour) return cells;
  std::string out;
  for (std::size_t at = 0; at < cells.size();) {
    const std::size_t end = std::min(cells.find_first_not_of(cells[at], at), cells.size());
    const std::string run = cells.substr(at, end - at);
    out += run[0] == '.' || run[0] == ' ' ? run : console.paint(run, colour_of(run[0]));
    at = end;
  }
  return out;
}

// Free days of a month: weekends are blank.
std::string blank_days(const CalendarSpan& span) {
  std::string cells;
  for (std::int64_t day = span.first; day <= span.last; ++day) cells += (day + 3) % 7 > 4 ? ' ' : '.';
  return cells;
}

void draw(std::string& cells, const CalendarSpan& span, const Stretch& part) {
  for (std::int64_t day = std::max(span.first, part.first); day <= std::min(span.last, part.last); ++day) {
    cells[static_cast<std::size_t>(day - span.first)] = part.fill;
  }
}

std::string days_head(const CalendarSpan& span) {
  std::string numbers, letters;
  for (std::int64_t day = span.first; day <= span.last; ++day) {
    const auto number = day - span.first + 1;
    letters += "MTWTFSS"[(day + 3) % 7];
    if (number % 5 == 0) numbers += fmt::format("{:>{}}", number, static_cast<std::size_t>(number) - numbers.size());
  }
  return fmt::format("{:<{}}{}\n{:<{}}{}\n", "", kNameColumns + 7, numbers, "", kNameColumns + 7, letters);
}

// The committees that are on site in a State, day by day.
using Presence = std::map<std::int64_t, std::set<std::string>>;

Presence presence_in(const std::string& state, const std::vector<DrawnVisit>& visits, const CalendarSpan& span) {
  Presence days;
  for (const auto& visit : visits) {
    if (std::find(visit.states.begin(), visit.states.end(), state) == visit.states.end()) continue;
    for (const auto& part : visit.parts) {
      for (std::int64_t day = std::max(span.first, part.first); part.there && day <= std::min(span.last, part.last); ++day) days[day].insert(visit.lead);
    }
  }
  return days;
}

std::string together_line(const std::string& state, const std::vector<DrawnVisit>& visits, const CalendarSpan& span, const Console& console) {
  std::string cells(static_cast<std::size_t>(span.last - span.first + 1), ' ');
  std::set<std::string> who;
  std::int64_t first = 0, last = -1;
  for (const auto& [day, leads] : presence_in(state, visits, span)) {
    if (leads.size() < 2) continue;
    cells[static_cast<std::size_t>(day - span.first)] = kTogether;
    if (last < first) first = day;
    last = day;
    who.insert(leads.begin(), leads.end());
  }
  if (who.empty()) return "";
  std::string names;
  for (const auto& one : who) names += (names.empty() ? "" : " and ") + printable(one, 64);
  return fmt::format("{:<{}}{}  {}: {}\n", "", kNameColumns + 7, painted(cells, console), names, people_days(date_text(first), date_text(last), "day"));
}

std::string legend(const json& items, bool month) {
  const auto leads = leads_of(items);
  std::string text = "\n";
  for (const auto& lead : leads) text += fmt::format("{} {}   ", fill_of(lead, leads), printable(lead, 32));
  return text + fmt::format("{} virtual   {} only the month is known   {} more than one committee{}\n", kVirtual, kMonthOnly, kTogether,
                            month ? " in one State" : "");
}

std::string left_out(const json& calendar) {
  std::string text;
  const std::string undated = cell_of(calendar, "undated");
  if (undated != "0" && !undated.empty()) text += fmt::format("not drawn: {} of which no more than the year is known (liaison visit list)\n", undated);
  if (cell_of(calendar, "more") == "true") text += "there are more than can be drawn: give --state or --committee\n";
  return text;
}

// In the order in which they are first visited.
std::vector<std::string> states_of(const std::vector<DrawnVisit>& visits) {
  std::vector<std::string> out;
  for (const auto& visit : visits) {
    for (const auto& state : visit.states) {
      if (std::find(out.begin(), out.end(), state) == out.end()) out.push_back(state);
    }
  }
  return out;
}

}  // namespace

Result<CalendarSpan> parse_calendar_span(const std::string& text) {
  Component component;
  component.start = component.end = text;
  component.precision = text.size() == 4 ? DatePrecision::year : DatePrecision::month;
  const auto days = text.size() == 4 || text.size() == 7 ? day_span(component) : std::nullopt;
  if (!days) return fail(Code::kUsage, "'" + printable(text, 32) + "' is neither a month nor a year", "write 2027-03, or 2027");
  return CalendarSpan{days->first, days->last, text.size() == 4};
}

std::string month_page(const json& calendar, const CalendarSpan& span, const Console& console) {
  const json items = calendar.value("items", json::array());
  const auto visits = visits_of(items);
  std::string text = people_day(date_text(span.first).substr(0, 7)) + "\n";
  if (visits.empty()) return text + "no visit is planned on days that are known\n" + left_out(calendar);
  text += days_head(span);
  for (const auto& state : states_of(visits)) {
    std::string name = state;
    for (const auto& visit : visits) {
      if (std::find(visit.states.begin(), visit.states.end(), state) == visit.states.end()) continue;
      std::string cells = blank_days(span);
      for (const auto& part : visit.parts) draw(cells, span, part);
      text += fmt::format("{} {} {}  {}  {}{}\n", fitted(std::exchange(name, ""), kNameColumns), fitted(visit.lead, 5), painted(cells, console),
                          printable(visit.id, 64), printable(visit.status, 32), printable(visit.with, 64));
    }
    text += together_line(state, visits, span, console);
  }
  return text + legend(items, true) + left_out(calendar);
}

std::string year_page(const json& calendar, const CalendarSpan& span, const Console& console) {
  const json items = calendar.value("items", json::array());
  const auto visits = visits_of(items);
  std::string text = date_text(span.first).substr(0, 4) + "\n";
  if (visits.empty()) return text + "no visit is planned on days that are known\n" + left_out(calendar);
  const std::int64_t monday = span.first - (span.first + 3) % 7;
  std::string head(kWeeks + 3, ' ');
  for (unsigned month = 1; month <= 12; ++month) {
    const auto day = parse_date(fmt::format("{}-{:02}-01", date_text(span.first).substr(0, 4), month)).value_or(span.first);
    constexpr const char* kNames = "JanFebMarAprMayJunJulAugSepOctNovDec";
    head.replace(static_cast<std::size_t>((day - monday) / 7), 3, std::string(kNames + (month - 1) * 3, 3));
  }
  text += std::string(kNameColumns + 1, ' ') + head.substr(0, head.find_last_not_of(' ') + 1) + "\n";
  for (const auto& state : states_of(visits)) {
    std::string cells(static_cast<std::size_t>((span.last - monday) / 7 + 1), '.');
    std::vector<std::set<std::string>> who(cells.size());
    for (const auto& visit : visits) {
      if (std::find(visit.states.begin(), visit.states.end(), state) == visit.states.end()) continue;
      for (const auto& part : visit.parts) {
        for (std::int64_t day = std::max(span.first, part.first); day <= std::min(span.last, part.last); ++day) {
          const auto week = static_cast<std::size_t>((day - monday) / 7);
          if (part.fill != kMonthOnly) who[week].insert(visit.lead);
          if (cells[week] == '.' || cells[week] == kMonthOnly) cells[week] = part.fill;
          if (who[week].size() > 1) cells[week] = kTogether;
        }
      }
    }
    text += fitted(state, kNameColumns) + " " + painted(cells, console) + "\n";
  }
  return text + legend(items, false) + left_out(calendar);
}

}  // namespace liaison
