// SPDX-License-Identifier: Apache-2.0
// What every entry of a calendar is written with: icalendar.h.
#include <map>

#include "nodes/files/icalendar.h"
#include "nodes/files/fields.h"
#include "schemas/dates.h"

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

std::string without_line(const Error& error) {
  const auto colon = error.what.starts_with("line ") ? error.what.find(": ") : std::string::npos;
  return colon == std::string::npos ? error.what : error.what.substr(colon + 2);
}

}  // namespace liaison
