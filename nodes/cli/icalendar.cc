// SPDX-License-Identifier: Apache-2.0
// Visits as a calendar: icalendar.h.
#include "nodes/cli/icalendar.h"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/cli/table.h"
#include "nodes/cli/visit_export.h"
#include "nodes/cli/when.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;

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

std::string icalendar_of(const json& visits, const std::string& more) {
  std::string text = calendar_head("Visits of the committees");
  for (const auto& visit : visits) {
    for (std::size_t i = 0; i < visit.value("components", json::array()).size(); ++i) text += entry_of(visit, i);
  }
  return text + more + "END:VCALENDAR\r\n";
}

}  // namespace liaison
