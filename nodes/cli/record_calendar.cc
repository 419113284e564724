// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/record_calendar.h"

#include <algorithm>
#include <optional>

#include "nodes/cli/cells.h"
#include "nodes/cli/json_entries.h"
#include "nodes/cli/record_cells.h"
#include "nodes/cli/table.h"
#include "nodes/domain/states.h"
#include "nodes/domain/words.h"
#include "schemas/dates.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::string_view kUidEnd = "@liaison";
constexpr std::size_t kMonthBytes = 7;   // 2027-03

std::string names_in(const json& record, const char* list) {
  std::string text;
  for (const auto& one : record.value(list, json::array()))
    text += (text.empty() ? "" : ", ") + (one.is_object() ? cell_of(one, "name") : cell_of(json{{"x", one}}, "x"));
  return text;
}

// The list of stages, each with its place, of what goes from place to place; null for a kind that has none.
const RecordField* stages_of(const RecordKind& kind) {
  const auto found = std::find_if(kind.fields.begin(), kind.fields.end(), [](const RecordField& field) {
    return field.list && std::any_of(field.parts.begin(), field.parts.end(), [](const RecordField& part) { return part.name == "place"; });
  });
  return found == kind.fields.end() ? nullptr : &*found;
}

// The record's own places, or those of its stages, each once.
std::string places_of(const RecordKind& kind, const json& record) {
  const RecordField* stages = stages_of(kind);
  if (stages == nullptr) return names_in(record, "places");
  std::vector<std::string> places;
  for (const auto& stage : record.value(stages->name, json::array())) {
    const std::string place = cell_of(stage, "place");
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  }
  return comma_list({places.begin(), places.end()});
}

std::string joined(const std::vector<std::string>& texts, const char* between) {
  std::string out;
  for (const auto& one : texts) {
    if (!one.empty()) out += (out.empty() ? "" : between) + one;
  }
  return out;
}

std::string hosts_of(const json& record) {
  return record.contains("hosts") && !record["hosts"].empty() ? names_in(record, "hosts") : names_in(record, "states");
}

// Nothing when not even the months are known.
std::optional<DaySpan> days_of_record(const json& record) {
  const std::string begins = cell_of(record, "begins"), ends = cell_of(record, "ends");
  if (begins.size() < kMonthBytes || (!ends.empty() && ends.size() < kMonthBytes)) return std::nullopt;
  auto days = span_of(begins);
  const auto last = ends.empty() ? days : span_of(ends);
  if (!days || !last) return std::nullopt;
  days->last = std::max(days->last, last->last);
  return days;
}

std::string status_of(const json& record, bool event) {
  const std::string status = cell_of(record, "status");
  for (const char* open : {"proposed", "draft", "planned"}) {
    if (status == open) return event ? "TENTATIVE" : "DRAFT";
  }
  for (const char* gone : {"cancelled", "postponed", "declined", "withdrawn", "lapsed", "superseded"}) {
    if (status == gone) return "CANCELLED";
  }
  return event ? "CONFIRMED" : "FINAL";
}

std::string summary_of(const json& record, bool event) {
  const std::string begins = cell_of(record, "begins"), ends = cell_of(record, "ends");
  std::string out = joined({cell_of(record, "owner"), hosts_of(record), cell_of(record, "title")}, ": ");
  if (cell_of(record, "mode") == "virtual") out += " (virtual)";
  if (event && std::max(begins.size(), ends.size()) <= kMonthBytes) out += " (days not known)";
  if (!event) out += " (" + joined({begins, ends}, " to ") + ")";
  return out;
}

std::string description_of(const RecordKind& kind, const json& record) {
  std::vector<std::string> lines = {cell_of(record, "id") + ", revision " + cell_of(record, "revision") + ": " + cell_of(record, "status"),
                                    joined({cell_of(record, "type"), kind.noun + " of " + cell_of(record, "owner")}, ", ")};
  for (const auto& [field, head] : {std::pair("partners", "with "), {"invitees", "for "}, {"agenda", ""}}) {
    const std::string text = record.contains(field) && record[field].is_array() ? names_in(record, field) : cell_of(record, field);
    if (!text.empty()) lines.push_back(head + text);
  }
  if (cell_of(record, "unverified") == "true") lines.push_back("not verified against its source");
  lines.push_back(cell_of(record, "note"));
  lines.push_back("liaison record show " + cell_of(record, "id"));
  return joined(lines, "\n");
}

std::string entry_of(const RecordKind& kind, const json& record) {
  const auto days = days_of_record(record);
  const std::string entry = days ? "VEVENT" : "VJOURNAL", stamp = calendar_stamp(cell_of(record, "accepted_at"));
  const auto revision = record.value("revision", json(1));
  const std::uint64_t changes = revision.is_number_integer() && revision > 0 ? revision.get<std::uint64_t>() - 1 : 0;
  std::string text = "BEGIN:" + entry + "\r\n" + calendar_line("UID:" + cell_of(record, "id") + std::string(kUidEnd));
  text += "DTSTAMP:" + stamp + "\r\nLAST-MODIFIED:" + stamp + "\r\nSEQUENCE:" + std::to_string(changes) + "\r\n";
  if (days)
    text += calendar_days(days->first, days->last) + calendar_text_line("LOCATION", joined({places_of(kind, record), hosts_of(record)}, ", ")) +
            "TRANSP:TRANSPARENT\r\n";
  text += "STATUS:" + status_of(record, days.has_value()) + "\r\n" + calendar_text_line("SUMMARY", summary_of(record, days.has_value()));
  text += calendar_text_line("DESCRIPTION", description_of(kind, record)) + calendar_text_line("CATEGORIES", cell_of(record, "owner"));
  text += calendar_text_line("CONTACT", cell_of(record, "contact"));
  text += std::string("CLASS:") + (cell_of(record, "marking") == "public" ? "PUBLIC" : "CONFIDENTIAL") + "\r\n";
  text += calendar_text_line("X-LIAISON-RECORD", calendar_json(portable_record(kind, record)));
  return text + "END:" + entry + "\r\n";
}

// "line 7: ..." is said by the row.
std::string without_line(Error error) {
  const auto colon = error.what.starts_with("line ") ? error.what.find(": ") : std::string::npos;
  return colon == std::string::npos ? error.what : error.what.substr(colon + 2);
}

Result<EntryDays> lies_at(const CalendarEntry& entry) {
  auto days = days_of(entry);
  if (!days) return fail(days.error().code, without_line(days.error()), days.error().hint);
  return days;
}

Result<json> own_record(const CalendarEntry& entry, const RecordKind& kind) {
  auto object = json_object(entry.value("X-LIAISON-RECORD"));
  const std::string id = object ? cell_of(*object, "id") : "";
  if (id.empty() || entry.value("UID") != id + std::string(kUidEnd)) return fail(Code::kInput, "the record in this event is damaged", "export it again");
  const auto days = days_of_record(*object);
  if (!days && entry.kind == "VJOURNAL") return std::move(*object);
  const auto lies = TRY(lies_at(entry));
  if (days && lies.first == date_text(days->first) && lies.last == date_text(days->last)) return std::move(*object);
  return fail(Code::kInput, "the days of " + printable(id, 64) + " were changed in a calendar program, to " + lies.first + " to " + lies.last,
              "an import changes nothing: liaison " + kind.noun + " change " + printable(id, 64) + " --begins " + lies.first + " --ends " + lies.last);
}

// "Bishkek, Kyrgyzstan": what stands last is the host State where it is one.
void put_place(json& fields, const RecordKind& kind, const std::string& where) {
  if (where.empty() || kind.field("places") == nullptr) return;
  const auto comma = where.rfind(',');
  const std::string last = trimmed_text(comma == std::string::npos ? where : where.substr(comma + 1));
  const auto state = States::standard().lookup(last);
  const std::string place = state ? trimmed_text(comma == std::string::npos ? "" : where.substr(0, comma)) : where;
  if (state && kind.field("hosts") != nullptr) fields["hosts"] = json::array({(*state)->alpha3});
  if (!place.empty()) fields["places"] = json::array({place});
}

Result<json> foreign_record(const CalendarEntry& entry, const RecordKind& kind) {
  const auto days = TRY(lies_at(entry));
  if (entry.value("STATUS") == "CANCELLED") return fail(Code::kInput, "this event is cancelled", "take it out of the file");
  const std::string title = trimmed_text(entry.value("SUMMARY"));
  if (title.empty()) return fail(Code::kInput, "this event has no title", "give it one in the calendar program");
  json fields = {{"title", title}, {"begins", days.first}, {"ends", days.last}};
  if (kind.field("type") != nullptr) fields["type"] = "other";
  put_place(fields, kind, trimmed_text(entry.value("LOCATION")));
  if (const std::string note = entry.value("DESCRIPTION"); !note.empty()) fields["note"] = note;
  return fields;
}

}  // namespace

bool has_calendar(const RecordKind& kind) {
  const RecordField* begins = kind.field("begins");
  return begins != nullptr && begins->needed && kind.field("ends") != nullptr && (kind.field("places") != nullptr || stages_of(kind) != nullptr);
}

std::string record_calendar(const RecordKind& kind, const json& records) {
  std::string noun = kind.noun;
  std::replace(noun.begin(), noun.end(), '-', ' ');
  return calendar_head("Records of the committees: " + noun) + record_entries(kind, records) + "END:VCALENDAR\r\n";
}

std::string record_entries(const RecordKind& kind, const json& records) {
  std::string text;
  for (const auto& record : records) text += entry_of(kind, record);
  return text;
}

Result<json> record_of_entry(const CalendarEntry& entry, const RecordKind& kind) {
  if (entry.values.contains("X-LIAISON-RECORD")) return own_record(entry, kind);
  if (entry.value("UID").ends_with(kUidEnd)) return fail(Code::kInput, "this entry is a visit", "liaison visit import reads it");
  return foreign_record(entry, kind);
}

}  // namespace liaison
