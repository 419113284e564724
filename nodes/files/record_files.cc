// SPDX-License-Identifier: Apache-2.0
#include "nodes/files/record_files.h"

#include <algorithm>
#include <filesystem>

#include "nodes/files/cells.h"
#include "nodes/files/json_entries.h"
#include "nodes/files/record_calendar.h"
#include "nodes/files/record_cells.h"
#include "nodes/files/fields.h"
#include "nodes/domain/json_fields.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using nlohmann::json;

// What the API says of a record beside what an import takes.
constexpr const char* kOnlyTold[] = {"revision_hash", "recipients", "message_id", "index", "accepted_at", "delivery", "next", "answers", "named_by",
                                     "compromised", "first_day", "last_day", "changed_at", "not_taken_by", "rests_on_recalled", "consents_now", "dues"};

// Word and Excel write CRLF inside a cell, too; a record's text has plain line ends.
std::string plain_lines(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') out += text[i];
  }
  return out;
}

class RecordRows {
 public:
  RecordRows(const RecordKind& kind, std::string member, Others others, std::string unit) : kind_(kind), member_(std::move(member)), others_(others) {
    plan_.unit = std::move(unit);
  }
  const RecordKind& kind() const { return kind_; }

  // Whether the row is left out: another committee's.
  bool leaves_out(const std::string& owner) {
    const bool out = others_ == Others::kSkipped && !owner.empty() && owner != member_;
    if (out) ++plan_.skipped;
    return out;
  }
  void take(json fields, std::uint64_t line) {
    const std::string owner = cell_of(fields, "owner"), id = cell_of(fields, "id");
    if (leaves_out(owner)) return;
    if (!owner.empty() && owner != member_ && id.empty()) {   // of one with an id the node says whether it is the record that it has
      return refuse(line, "owner", fail(Code::kNotOwner, "this record belongs to " + owner.substr(0, 64) + ", and this is the node of " + member_,
                                        "import it at that committee's node, or leave such rows out with --mine-only"));
    }
    fields["line"] = line;
    plan_.rows.push_back({id, line, std::move(fields)});
  }
  void refuse(std::uint64_t line, const std::string& field, const Error& error) {
    plan_.errors.push_back({line, field, std::string(code_name(error.code)), error.what, error.hint});
  }
  ImportPlan finish() { return std::move(plan_); }

 private:
  const RecordKind& kind_;
  std::string member_;
  Others others_;
  ImportPlan plan_;
};

Result<void> check_columns(const CsvFile& file, const RecordKind& kind) {
  const auto columns = record_columns_of(kind);
  std::vector<std::string_view> known(columns.begin(), columns.end());
  known.push_back("kind");
  for (const std::string& head : file.heads) {
    if (std::find(known.begin(), known.end(), head) != known.end()) continue;
    return fail(Code::kInput, "the column " + in_quotes(head) + " is no field of a " + kind.noun, word_hint(head, known));
  }
  return {};
}

class CsvReader {
 public:
  CsvReader(RecordRows& rows, const CsvFile& file) : rows_(rows), file_(file) {}

  void take(const CsvRow& row) {
    if (rows_.leaves_out(trimmed_text(cell(row, "owner")))) return;
    if (row.cells.size() != file_.heads.size()) {
      const std::string counted = "this row has " + std::to_string(row.cells.size()) + " cells, the head line " + std::to_string(file_.heads.size());
      return rows_.refuse(row.line, "", fail(Code::kInput, counted, "a comma inside a text needs quotes around the cell"));
    }
    whole_ = !trimmed_text(cell(row, "id")).empty();
    json fields = json::object();
    bool good = true;
    for (const std::string& head : file_.heads) {
      auto read = read_cell(head, without_guard(plain_lines(cell(row, head))));
      if (!read) rows_.refuse(row.line, head, read.error());
      else if (!read->is_discarded()) fields[head] = std::move(*read);
      good = good && read.has_value();
    }
    if (good) rows_.take(std::move(fields), row.line);
  }

 private:
  std::string cell(const CsvRow& row, const std::string& column) const {
    const auto at = static_cast<std::size_t>(std::find(file_.heads.begin(), file_.heads.end(), column) - file_.heads.begin());
    return at < row.cells.size() ? row.cells[at] : "";
  }

  // A discarded value for a cell that says nothing. A text stands as it is only where an export wrote it.
  Result<json> read_cell(const std::string& head, const std::string& text) const {
    const std::string trimmed = trimmed_text(text);
    const RecordField* field = record_field(rows_.kind(), head);
    const bool exact = whole_ && field != nullptr && is_free_text(*field);
    if (trimmed.empty() && (text.empty() || !exact)) return whole_ && field != nullptr ? json(nullptr) : json(json::value_t::discarded);
    if (field != nullptr) return value_in_cell(*field, whole_ ? text : trimmed);
    if (head != "to") return json(trimmed);
    json all = json::array();
    for (const std::string& piece : pieces_of(text, ';')) all.push_back(plain_piece(piece));
    return all;
  }

  RecordRows& rows_;
  const CsvFile& file_;
  bool whole_ = false;   // the row has an id: an export wrote it
};

Result<void> read_csv(std::string_view text, RecordRows& rows) {
  const auto file = TRY(parse_csv(text));
  TRY(check_columns(file, rows.kind()));
  CsvReader reader(rows, file);
  for (const CsvRow& row : file.rows) reader.take(row);
  return {};
}

Result<json> record_in_json(std::string_view text, const RecordKind& kind) {
  json object = TRY(json_object(text));
  if (object.contains("recalled")) return fail(Code::kInput, "this record was recalled", "leave it out");
  if (cell_of(object, "marking") == "named" && !object.contains("to") && object.contains("recipients")) object["to"] = object["recipients"];
  for (const char* name : kOnlyTold) {
    if (kind.field(name) == nullptr) object.erase(name);
  }
  return object;
}

Result<void> read_json(std::string_view text, RecordRows& rows) {
  std::uint64_t number = 0;
  for (const auto& one : TRY(json_entries(text))) {
    ++number;
    auto object = record_in_json(one, rows.kind());
    if (object) rows.take(std::move(*object), number);
    else rows.refuse(number, "", object.error());
  }
  return {};
}

Result<void> read_calendar(std::string_view text, RecordRows& rows) {
  if (!has_calendar(rows.kind())) return fail(Code::kInput, "a " + rows.kind().noun + " is not read from a calendar", "use CSV or JSON");
  for (const auto& entry : TRY(parse_icalendar(text))) {
    if (entry.kind == "VJOURNAL" && !entry.values.contains("X-LIAISON-RECORD")) continue;   // another calendar's diary
    auto record = record_of_entry(entry, rows.kind());
    if (record) rows.take(std::move(*record), entry.line);
    else rows.refuse(entry.line, "", record.error());
  }
  return {};
}

}  // namespace

Result<ImportPlan> record_plan_of_file(std::string_view text, const std::string& name, const RecordKind& kind, const std::string& member, Others others) {
  TRY(check_not_utf16(text));
  const std::string ending = std::filesystem::path(name).extension().string();
  const auto first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const std::string_view begins = first == std::string_view::npos ? std::string_view() : text.substr(first);
  const bool calendar = ending == ".ics" || (ending != ".csv" && ending != ".json" && begins.starts_with("BEGIN:"));
  const bool list = ending == ".json" || (ending != ".csv" && (begins.starts_with("[") || begins.starts_with("{")));
  RecordRows rows(kind, member, others, list && !calendar ? "entry" : "line");
  if (calendar) TRY(read_calendar(text, rows));
  else if (list) TRY(read_json(begins, rows));
  else TRY(read_csv(text, rows));
  return rows.finish();
}

}  // namespace liaison
