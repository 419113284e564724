// SPDX-License-Identifier: Apache-2.0
#include "nodes/files/record_cells.h"

#include <algorithm>
#include <cctype>

#include "nodes/files/cells.h"
#include "nodes/files/json_entries.h"
#include "nodes/files/fields.h"
#include "nodes/domain/json_fields.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using nlohmann::json;
using Type = RecordField::Type;
using Form = RecordField::Form;

constexpr std::string_view kListMarks = ";";

std::vector<std::string_view> names_of(const std::vector<RecordField>& fields) {
  std::vector<std::string_view> out;
  for (const RecordField& field : fields) out.push_back(field.name);
  return out;
}

bool is_day(const RecordField& field) {
  return field.type == Type::kText && (field.form == Form::kDate || field.form == Form::kDay || field.form == Form::kTime);
}

// One value that is no part, as a person writes it.
std::string single_text(const RecordField& field, const json& value) {
  if (value.is_null()) return "";
  if (field.type == Type::kFlag) return value == true ? "yes" : "no";
  if (field.type == Type::kNumber) return value == 0 ? "" : json_text(value, -1);
  return value.is_object() ? cell_of(value, "alpha3") : cell_of(json{{"x", value}}, "x");
}

// Whether it can stand behind `name=` without being taken for something else.
bool is_simple(const std::string& text) {
  return !text.empty() && text.find_first_of(",;=\\\"{}[]\r\n\t") == std::string::npos && text.front() != ' ' && text.back() != ' ';
}

// "text=Call the mission,due=2027-03-08"; nothing when JSON is needed.
std::optional<std::string> simple_part(const RecordField& field, const json& part) {
  std::string out;
  for (const RecordField& one : field.parts) {
    const json value = part.value(one.name, json());
    if (one.list && !value.empty()) return std::nullopt;
    if (one.type == Type::kPart && !value.is_null()) return std::nullopt;
    if (one.list || one.type == Type::kPart || (one.type == Type::kFlag && value != true)) continue;
    const std::string text = single_text(one, value);
    if (text.empty()) continue;
    if (!is_simple(text)) return std::nullopt;
    out += (out.empty() ? "" : ",") + one.name + "=" + text;
  }
  return out.empty() ? std::nullopt : std::optional(out);
}

json state_codes(const json& value) {
  if (!value.is_array()) return value.is_object() ? json(cell_of(value, "alpha3")) : value;
  json out = json::array();
  for (const json& one : value) out.push_back(state_codes(one));
  return out;
}

// Without what is not said, so that a later page with one field more reads and writes the same.
json short_part(const RecordField& field, const json& part) {
  json out = json::object();
  for (const RecordField& one : field.parts) {
    json value = part.value(one.name, json());
    if (one.list && one.type == Type::kPart) {
      for (json& item : value) item = short_part(one, item);
    } else if (one.type == Type::kPart && value.is_object()) {
      value = short_part(one, value);
    }
    if (one.form == Form::kState) value = state_codes(value);
    const bool empty = value.is_null() || value == "" || value == 0 || value == false || (value.is_array() && value.empty());
    if (!empty) out[one.name] = std::move(value);
  }
  return out;
}

std::string parts_text(const RecordField& field, const json& value) {
  const json list = field.list ? value : value.is_null() ? json::array() : json::array({value});
  std::string out;
  for (const json& part : list) {
    const auto simple = simple_part(field, part);
    if (!simple) {
      json whole = json::array();
      for (const json& one : list) whole.push_back(short_part(field, one));
      return json_text(field.list ? whole : whole[0], -1);
    }
    out += (out.empty() ? "" : ";") + *simple;
  }
  return out;
}

std::string field_text(const RecordField& field, const json& value) {
  if (field.type == Type::kPart) return parts_text(field, value);
  if (!field.list) return single_text(field, value);
  std::string out;
  if (!value.is_array()) return out;
  for (const json& one : value) {
    const std::string text = field.type == Type::kNumber ? json_text(one, -1) : single_text(field, one);
    out += (&one == &value.front() ? "" : ";") + escaped_piece(text, kListMarks);
  }
  return out;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// "08/03/2027", "8.3.2027": a spreadsheet in another language has taken a date for a date.
bool is_rewritten_date(const std::string& text) {
  const bool digits = text.find_first_not_of("0123456789/.") == std::string::npos;
  const auto marks = std::count(text.begin(), text.end(), '/') + std::count(text.begin(), text.end(), '.');
  return digits && marks == 2;
}

Result<json> part_in(const RecordField& field, const std::string& text);

Result<json> single_in(const RecordField& field, const std::string& text) {
  if (field.type == Type::kPart) return part_in(field, text);
  if (field.type == Type::kFlag) {
    const std::string word = lower_case(text);
    if (word == "yes" || word == "true") return json(true);
    if (word == "no" || word == "false") return json(false);
    return fail(Code::kInput, in_quotes(text) + " is neither yes nor no", "write yes, no or nothing");
  }
  if (field.type == Type::kNumber) {
    const auto number = parse_number(text);
    if (!number) return fail(Code::kInput, in_quotes(text) + " is not a whole number", "write digits only, as 1200");
    return json(*number);
  }
  if (is_day(field) && is_rewritten_date(text))
    return fail(Code::kInput, in_quotes(text) + " is not of the form 2027-03-08",
                "the spreadsheet has rewritten it: format the column as text first, and write the date again");
  return json(text);
}

Result<json> part_in(const RecordField& field, const std::string& text) {
  json out = json::object();
  for (const std::string& piece : split_cell(text, ',')) {
    const auto sides = split_cell(piece, '=', 2);
    const std::string name = trimmed_text(sides[0]);
    const auto part = std::find_if(field.parts.begin(), field.parts.end(), [&](const RecordField& one) { return one.name == name; });
    if (sides.size() != 2 || part == field.parts.end())
      return fail(Code::kInput, in_quotes(piece.substr(0, 64)) + " is not name=value with a name that is known", word_hint(name, names_of(field.parts)));
    if (part->type == Type::kPart) return fail(Code::kInput, name + " has parts of its own", "write the whole cell as JSON");
    auto value = single_in(*part, plain_piece(sides[1]));
    if (!value) return within(name, value.error());
    if (part->list) out[name].push_back(std::move(*value));
    else out[name] = std::move(*value);
  }
  return out;
}

Result<json> parts_in(const RecordField& field, const std::string& cell) {
  const std::string text = trimmed_text(cell);
  if (text.starts_with('{')) {
    auto object = TRY(json_object(text));
    return field.list ? json::array({std::move(object)}) : std::move(object);
  }
  json all = json::array();
  if (text.starts_with('[')) {
    if (!field.list) return fail(Code::kInput, "there is only one of this", "write it in braces, as {...}");
    for (const auto& one : TRY(json_entries(text))) all.push_back(TRY(json_object(one)));
    return all;
  }
  if (!field.list) return part_in(field, text);
  for (const std::string& piece : pieces_of(text, ';')) all.push_back(TRY(part_in(field, piece)));
  return all;
}

void add_field(json& out, const json& record, const RecordField& field) {
  if (record.contains(field.name)) out[field.name] = record[field.name];
}

}  // namespace

std::vector<std::string> record_columns_of(const RecordKind& kind) {
  std::vector<std::string> out = {"id", "revision", "owner"}, behind;
  for (const RecordField& field : record_head_fields()) (field.name == "title" || field.name == "states" ? out : behind).push_back(field.name);
  for (const RecordField& field : kind.fields) out.push_back(field.name);
  out.insert(out.end(), behind.begin(), behind.end());
  out.push_back("marking");
  out.push_back("to");
  return out;
}

const RecordField* record_field(const RecordKind& kind, std::string_view name) {
  for (const RecordField& field : record_head_fields()) {
    if (field.name == name) return &field;
  }
  return kind.field(name);
}

bool is_free_text(const RecordField& field) {
  return !field.list && field.type == Type::kText && (field.form == Form::kLine || field.form == Form::kLines);
}

json portable_record(const RecordKind& kind, const json& record) {
  json out = json::object();
  for (const char* name : {"id", "kind", "revision", "owner", "marking"}) {
    if (record.contains(name)) out[name] = record[name];
  }
  for (const RecordField& field : record_head_fields()) add_field(out, record, field);
  for (const RecordField& field : kind.fields) add_field(out, record, field);
  if (cell_of(record, "marking") == "named") out["to"] = record.contains("to") ? record["to"] : record.value("recipients", json::array());
  return out;
}

std::vector<std::string> record_cells(const RecordKind& kind, const json& portable) {
  std::vector<std::string> cells;
  for (const std::string& column : record_columns_of(kind)) {
    const RecordField* field = record_field(kind, column);
    cells.push_back(field != nullptr ? field_text(*field, portable.value(column, json())) : cell_of(portable, column, ";"));
  }
  return cells;
}

Result<json> value_in_cell(const RecordField& field, const std::string& cell) {
  if (field.type == Type::kPart) return parts_in(field, cell);
  if (!field.list) return single_in(field, is_free_text(field) ? cell : trimmed_text(cell));
  json all = json::array();
  for (const std::string& piece : pieces_of(cell, ';')) all.push_back(TRY(single_in(field, plain_piece(piece))));
  return all;
}

}  // namespace liaison
