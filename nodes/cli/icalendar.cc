// SPDX-License-Identifier: Apache-2.0
// The writing half of icalendar.h.
#include "nodes/cli/icalendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nodes/cli/table.h"
#include "nodes/cli/visit_export.h"
#include "nodes/cli/when.h"
#include "schemas/text.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kOctetsMax = 75;   // RFC 5545 3.1, without the line's end

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// RFC 5545 3.3.11.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == ';' || c == ',') out += '\\';
    if (c == '\n') out += "\\n";
    else if (c != '\r') out += c;
  }
  return out;
}

std::string compact(std::string day) {
  std::erase(day, '-');
  return day;
}

std::string names_of(const json& visit) {
  std::string text;
  for (const auto& state : visit.value("states", json::array())) text += (text.empty() ? "" : ", ") + cell_of(state, "name");
  return text;
}

std::string status_of(const std::string& status) {
  static const std::vector<std::string> open = {"proposed", "invited", "approved_by_committee", "consent_requested", "consent_granted"};
  static const std::vector<std::string> gone = {"declined", "postponed", "cancelled", "merged", "withdrawn_consent"};
  if (std::find(open.begin(), open.end(), status) != open.end()) return "TENTATIVE";
  return std::find(gone.begin(), gone.end(), status) != gone.end() ? "CANCELLED" : "CONFIRMED";
}

std::string description_of(const json& visit) {
  std::string text = fmt::format("{}, revision {}: {}\n{} visit led by {}", cell_of(visit, "id"), cell_of(visit, "revision"), cell_of(visit, "status"),
                                 cell_of(visit, "kind"), cell_of(visit, "lead"));
  for (const auto& one : visit.value("participation", json::array())) text += "\n" + cell_of(one, "role") + ": " + cell_of(one, "body");
  if (cell_of(visit, "unverified") == "true") text += "\nnot verified against its source";
  if (const std::string note = cell_of(visit, "note"); !note.empty()) text += "\n" + note;
  return text + "\nliaison visit show " + cell_of(visit, "id");
}

std::string places_of(const json& visit, const json& part) {
  std::string text;
  for (const auto& place : part.value("places", json::array())) text += (place.is_string() ? place.get<std::string>() : "") + ", ";
  return text + names_of(visit);
}

std::string days_lines(const json& part, const std::string& precision) {
  Component component;
  component.start = cell_of(part, "start");
  component.end = cell_of(part, "end");
  component.precision = parse_word<DatePrecision>(precision).value_or(DatePrecision::unknown);
  const auto span = day_span(component);
  if (!span) return "";
  return calendar_days(span->first, span->last);
}

std::string entry_of(const json& visit, std::size_t number) {
  const json& part = visit["components"][number];
  const std::string precision = cell_of(part, "precision");
  const bool dated = precision == "day" || precision == "end_day" || precision == "month";
  const std::string kind = dated ? "VEVENT" : "VJOURNAL", status = status_of(cell_of(visit, "status"));
  std::string summary = cell_of(visit, "lead") + ": " + names_of(visit) + ": " + cell_of(visit, "title");
  if (cell_of(part, "mode") == "virtual") summary += " (virtual)";
  if (precision == "month") summary += " (days not known)";
  else if (precision != "day") summary += " (" + people_days(cell_of(part, "start"), cell_of(part, "end"), precision) + ")";
  std::string text = "BEGIN:" + kind + "\r\n";
  text +=
      calendar_line(fmt::format("UID:{}.{}@liaison", cell_of(visit, "id"), number + 1)) + "DTSTAMP:" + calendar_stamp(cell_of(visit, "accepted_at")) + "\r\n";
  text += "LAST-MODIFIED:" + calendar_stamp(cell_of(visit, "accepted_at")) + "\r\n";
  const auto revision = visit.value("revision", json(1));
  text += fmt::format("SEQUENCE:{}\r\n", revision.is_number_unsigned() && revision > 0 ? revision.get<std::uint64_t>() - 1 : 0);
  if (dated) text += days_lines(part, precision) + calendar_text_line("LOCATION", places_of(visit, part)) + "TRANSP:TRANSPARENT\r\n";
  // A journal entry has words of its own for it.
  text += "STATUS:" + (dated ? status : status == "TENTATIVE" ? "DRAFT" : status == "CONFIRMED" ? "FINAL" : "CANCELLED") + "\r\n";
  text += calendar_text_line("SUMMARY", summary) + calendar_text_line("DESCRIPTION", description_of(visit)) +
          calendar_text_line("CATEGORIES", cell_of(visit, "lead"));
  text += calendar_text_line("CONTACT", cell_of(visit, "contact"));
  text += std::string("CLASS:") + (cell_of(visit, "marking") == "public" ? "PUBLIC" : "CONFIDENTIAL") + "\r\n";
  if (number == 0) text += calendar_text_line("X-LIAISON-VISIT", calendar_json(portable_visit(visit)));
  return text + "END:" + kind + "\r\n";
}

}  // namespace

// Cut at whole characters: a reader may put the pieces together byte by byte or character by character.
std::string calendar_line(const std::string& line) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t room = kOctetsMax; line.size() - at > room; room = kOctetsMax - 1) {
    std::size_t cut = at + room;
    while (cut > at + 1 && is_continuation(line[cut])) --cut;
    out += line.substr(at, cut - at) + "\r\n ";
    at = cut;
  }
  return out + line.substr(at) + "\r\n";
}

std::string calendar_text_line(const std::string& name, std::string_view text) { return text.empty() ? "" : calendar_line(name + ":" + escaped(text)); }

std::string calendar_stamp(const std::string& at) {
  if (at.size() < 19) return "19700101T000000Z";   // not in the log yet
  std::string out = compact(at.substr(0, 10)) + "T" + at.substr(11, 8) + "Z";
  std::erase(out, ':');
  return out;
}

std::string calendar_days(std::int64_t first, std::int64_t last) {
  return calendar_line("DTSTART;VALUE=DATE:" + compact(date_text(first))) + calendar_line("DTEND;VALUE=DATE:" + compact(date_text(last + 1)));
}

std::string calendar_head(const std::string& name) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Liaison//" + name + "//EN\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\nNAME:" + name +
         "\r\nX-WR-CALNAME:" + name + "\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n";
}

std::string calendar_json(const json& value) {
  static const std::map<char, const char*> codes = {{'"', "0022"}, {'\\', "005c"}, {'b', "0008"}, {'f', "000c"}, {'n', "000a"}, {'r', "000d"}, {'t', "0009"}};
  const std::string text = json_text(value, -1);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != '\\' || i + 1 == text.size()) continue;
    const auto code = codes.find(text[++i]);
    out += code == codes.end() ? std::string(1, text[i]) : std::string("u") + code->second;
  }
  return out;
}

std::string icalendar_of(const json& visits) {
  std::string text = calendar_head("Visits of the committees");
  for (const auto& visit : visits) {
    for (std::size_t i = 0; i < visit.value("components", json::array()).size(); ++i) text += entry_of(visit, i);
  }
  return text + "END:VCALENDAR\r\n";
}

}  // namespace liaison
