// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/visit_files.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "nodes/domain/csv.h"
#include "nodes/cli/icalendar.h"
#include "nodes/cli/json_entries.h"
#include "nodes/cli/table.h"
#include "schemas/text.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::string_view kUidEnd = "@liaison";

// Rows of whatever origin, with what only concerns the form of the file told as errors.
class Rows {
 public:
  Rows(std::string member, Others others, std::string unit) : member_(std::move(member)), others_(others) { plan_.unit = std::move(unit); }

  void take(json fields, std::uint64_t line) {
    const std::string lead = cell_of(fields, "lead");
    if (others_ == Others::kSkipped && !lead.empty() && lead != member_) {
      ++plan_.skipped;
      return;
    }
    const std::string ref = cell_of(fields, "ref").empty() ? cell_of(fields, "id") : cell_of(fields, "ref");
    fields["line"] = line;
    plan_.rows.push_back({ref, line, std::move(fields)});
  }
  void refuse(std::uint64_t line, const Error& error) {
    plan_.errors.push_back({line, "", std::string(code_name(error.code)), error.what, error.hint});
  }
  ImportPlan finish() { return std::move(plan_); }

 private:
  std::string member_;
  Others others_;
  ImportPlan plan_;
};

Result<ImportPlan> plan_of_json(std::string_view text, const std::string& member, Others others) {
  Rows rows(member, others, "entry");
  std::uint64_t number = 0;
  for (const auto& one : TRY(json_entries(text))) {
    ++number;
    auto object = json_object(one);
    if (object) rows.take(std::move(*object), number);
    else rows.refuse(number, object.error());
  }
  return rows.finish();
}

std::string without_line(Error error) {
  const auto colon = error.what.starts_with("line ") ? error.what.find(": ") : std::string::npos;
  return colon == std::string::npos ? error.what : error.what.substr(colon + 2);
}

// "1373-V-2027-0001.2@liaison": the part that an entry of ours is; nothing for another calendar's.
std::optional<std::pair<std::string, std::size_t>> part_of(const std::string& uid) {
  if (!uid.ends_with(kUidEnd)) return std::nullopt;
  const std::string own = uid.substr(0, uid.size() - kUidEnd.size());
  const auto dot = own.rfind('.');
  if (dot == std::string::npos || own.size() != dot + 2 || own[dot + 1] < '1' || own[dot + 1] > '8') return std::nullopt;
  return std::pair(own.substr(0, dot), static_cast<std::size_t>(own[dot + 1] - '1'));
}

// The days that a part has as an all-day event; nothing for one whose month is not known.
std::optional<DaySpan> drawn_days(const json& part) {
  Component component;
  component.start = cell_of(part, "start");
  component.end = cell_of(part, "end");
  component.precision = parse_word<DatePrecision>(cell_of(part, "precision")).value_or(DatePrecision::unknown);
  const auto precision = component.precision;
  const bool drawn = precision == DatePrecision::day || precision == DatePrecision::end_day || precision == DatePrecision::month;
  return drawn ? day_span(component) : std::nullopt;
}

// An entry of ours must lie where its visit says: who moved it in a calendar meant to move the visit, which an import does not do.
Result<void> check_unmoved(const CalendarEntry& entry, const json& visit, std::size_t number) {
  const auto parts = visit.find("components");
  const bool known = parts != visit.end() && parts->is_array() && number < parts->size();
  const auto days = known ? drawn_days((*parts)[number]) : std::nullopt;
  if (known && !days && entry.kind == "VJOURNAL") return {};
  const auto lies = TRY(days_of(entry));
  if (days && lies.first == date_text(days->first) && lies.last == date_text(days->last)) return {};
  return fail(Code::kInput, "the days of " + cell_of(visit, "id") + " were changed in a calendar program, to " + lies.first + " to " + lies.last,
              "an import changes nothing: liaison visit change " + cell_of(visit, "id") + " --from " + lies.first + " --to " + lies.last);
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

// Title, days, note, and the State from the end of the place.
Result<json> foreign_visit(const CalendarEntry& entry) {
  const auto days = TRY(days_of(entry));
  if (entry.value("STATUS") == "CANCELLED")
    return fail(Code::kInput, "this event is cancelled", "take it out of the file: a visit is not planned as cancelled");
  const std::string where = entry.value("LOCATION"), title = trimmed(entry.value("SUMMARY"));
  if (title.empty()) return fail(Code::kInput, "this event has no title", "give it one in the calendar program");
  const auto comma = where.rfind(',');
  const std::string state = trimmed(comma == std::string::npos ? where : where.substr(comma + 1));
  const std::string place = comma == std::string::npos ? "" : trimmed(where.substr(0, comma));
  if (state.empty()) return fail(Code::kInput, "this event names no State", "write it at the end of the event's place, as Bishkek, Kyrgyzstan");
  json component = {{"start", days.first}, {"end", days.last}};
  if (!place.empty()) component["places"] = json::array({place});
  json fields = {{"states", json::array({state})}, {"components", json::array({component})}, {"title", title}, {"ref", entry.value("UID")}};
  if (const std::string note = entry.value("DESCRIPTION"); !note.empty()) fields["note"] = note;
  return fields;
}

class CalendarRows {
 public:
  CalendarRows(const std::string& member, Others others) : rows_(member, others, "line") {}

  void take(const CalendarEntry& entry) {
    if (auto taken = try_take(entry); !taken) rows_.refuse(entry.line, fail(taken.error().code, without_line(taken.error()), taken.error().hint));
  }
  ImportPlan finish() {
    for (auto& [id, visit] : visits_) {
      if (visit.good) rows_.take(std::move(visit.fields), visit.line);
    }
    auto plan = rows_.finish();
    std::stable_sort(plan.rows.begin(), plan.rows.end(), [](const ImportRow& a, const ImportRow& b) { return a.line < b.line; });
    return plan;
  }

 private:
  struct Visit { json fields; std::uint64_t line = 0; bool good = true; };

  Result<void> try_take(const CalendarEntry& entry) {
    const auto own = part_of(entry.value("UID"));
    if (entry.values.contains("X-LIAISON-RECORD")) return {};   // a joint visit, which is a record of its own and stands beside the visits it is made of
    if (!own) {
      if (entry.kind == "VJOURNAL") return {};   // another calendar's diary
      rows_.take(TRY(foreign_visit(entry)), entry.line);
      return {};
    }
    const auto& [id, number] = *own;
    if (entry.values.contains("X-LIAISON-VISIT")) {
      auto fields = json_object(entry.value("X-LIAISON-VISIT"));
      if (!fields || cell_of(*fields, "id") != id) return fail(Code::kInput, "the visit in this event is damaged", "export it again");
      const bool first = visits_.emplace(id, Visit{std::move(*fields), entry.line, true}).second;
      if (!first) return fail(Code::kInput, printable(id, 64) + " stands in this file twice", "take the older one out");
    }
    const auto visit = visits_.find(id);
    if (visit == visits_.end()) return fail(Code::kInput, "the first event of " + printable(id, 64) + " is missing", "export it again");
    auto unmoved = check_unmoved(entry, visit->second.fields, number);
    if (!unmoved) visit->second.good = false;
    return unmoved;
  }

  Rows rows_;
  std::map<std::string, Visit> visits_;
};

Result<ImportPlan> plan_of_calendar(std::string_view text, const std::string& member, Others others) {
  CalendarRows rows(member, others);
  for (const auto& entry : TRY(parse_icalendar(text))) rows.take(entry);
  return rows.finish();
}

}  // namespace

Result<ImportPlan> plan_of_file(std::string_view text, const std::string& name, const std::string& member, Others others) {
  const std::string ending = std::filesystem::path(name).extension().string();
  const auto first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const std::string_view begins = first == std::string_view::npos ? std::string_view() : text.substr(first);
  if (ending == ".ics" || (ending != ".csv" && ending != ".json" && begins.starts_with("BEGIN:"))) return plan_of_calendar(text, member, others);
  if (ending == ".json" || (ending != ".csv" && (begins.starts_with("[") || begins.starts_with("{")))) return plan_of_json(begins, member, others);
  const auto csv = TRY(parse_csv(text));
  return plan_import(csv, member, others);
}

}  // namespace liaison
