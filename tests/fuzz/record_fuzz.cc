// SPDX-License-Identifier: Apache-2.0
// Bodies of records of every kind, of answers to them and of recalls; the same as the API's JSON. What reads as one, written, reads the same again,
// in both forms. A body's kind is the one whose identifier it has; JSON says its own.
#include "schemas/record.h"

#include <nlohmann/json.hpp>

#include "nodes/domain/record_json.h"
#include "nodes/domain/states.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

using nlohmann::json;

// A code of the right form that no State has stands in a body, but nobody can type it.
bool states_are_known(const RecordField& field, const RecordValue& value, bool list) {
  if (list) return std::all_of(value.items.begin(), value.items.end(), [&](const RecordValue& one) { return states_are_known(field, one, false); });
  if (field.form == RecordField::Form::kState && !value.text.empty() && States::standard().find(value.text) == nullptr) return false;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    if (!states_are_known(field.parts[i], value.items[i], field.parts[i].list)) return false;
  }
  return true;
}

bool states_are_known(const Record& record) {
  for (const std::string& state : record.states) {
    if (States::standard().find(state) == nullptr) return false;
  }
  for (std::size_t i = 0; i < record.values.size(); ++i) {
    const RecordField& field = record.kind->fields[i];
    if (!states_are_known(field, record.values[i], field.list)) return false;
  }
  return true;
}

// With what an officer does not type.
Record blank_like(const Record& record) {
  Record out = record_of(*record.kind);
  out.record_id = record.record_id;
  out.revision = record.revision;
  out.previous_revision = record.previous_revision;
  out.owner = record.owner;
  return out;
}

void check_record_again(const Record& record) {
  CHECK(check_record(record));
  const Record again = decode_record(record.kind->kind, encode_record(record)).value();
  CHECK(again == record && changed_record_fields(record, again).empty());
  const auto days = record_days(record);
  CHECK(!days || days->first <= days->last);
  if (!states_are_known(record)) return;
  Record typed = blank_like(record);
  CHECK(read_record_fields(record_fields_json(record), typed));
  CHECK(typed == record);
}

void try_body(View bytes) {
  for (const RecordKind& kind : record_kinds()) {
    if (bytes.size() < 8 || !fuzz::same_bytes(bytes.subspan(4, 4), view_of(kind.identifier))) continue;
    const auto record = decode_record(kind.kind, bytes);
    if (record) check_record_again(*record);
    else CHECK(record.error().code == Code::kBody && !record.error().what.empty());
  }
  if (fuzz::settles(bytes, decode_record_answer, encode_record_answer)) CHECK(check_record_answer(*decode_record_answer(bytes)));
  if (fuzz::settles(bytes, decode_record_recall, encode_record_recall)) CHECK(check_record_recall(*decode_record_recall(bytes)));
}

void try_json(const json& fields) {
  const bool named = fields.is_object() && fields.contains("kind") && fields["kind"].is_string();
  const RecordKind* kind = named ? record_kind(fields["kind"].get<std::string>()) : nullptr;
  if (kind == nullptr) return;
  Record record = record_of(*kind);
  record.owner = *MemberId::parse("1540");
  record.record_id = "1540-" + kind->letter + "-2027-0001";
  record.revision = 1;
  if (!read_record_fields(fields, record)) return;
  if (check_record(record)) check_record_again(record);
  RecordAnswer answer;
  if (read_record_answer(fields, *kind, answer)) CHECK(!answer.answer.empty());
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(record) {
  using namespace liaison;
  try_body({data, size});
  const auto fields = size > 0 && data[0] == '{' ? nlohmann::json::parse(data, data + size, nullptr, false) : nlohmann::json();
  try_json(fields);
  return 0;
}
