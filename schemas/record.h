// SPDX-License-Identifier: Apache-2.0
// A record of any kind as plain values, and its bytes; what is answered to one; that one is taken back. Encoding and structural checks
// only: what an officer may do with a record is nodes/domain's. Formats: the kinds' pages and record.fbs. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/dates.h"
#include "schemas/record_kind.h"
#include "schemas/result.h"

namespace liaison {

inline constexpr std::string_view kKindRecordAnswer = "record.answer";
inline constexpr std::string_view kKindRecordRecall = "record.recall";

// What one field holds: that member which its type says; the others are empty. A word is a text here. A list holds its entries in
// `items`; a part, its fields in the order of RecordField::parts.
struct RecordValue {
  std::string text;
  std::uint64_t number = 0;
  bool flag = false;
  std::vector<RecordValue> items;
  bool empty() const { return text.empty() && number == 0 && !flag && items.empty(); }
  bool operator==(const RecordValue&) const = default;
};

struct Record {
  const RecordKind* kind = nullptr;     // one of record_kinds()
  std::string record_id;
  std::uint32_t revision = 0;
  Hash previous_revision{};
  MemberId owner;
  std::string title;
  std::vector<std::string> states;      // alpha-3
  std::string paragraph, contact, note, source;
  bool unverified = false;
  std::vector<std::string> consents, related;
  std::vector<RecordValue> values;      // one for each of kind->fields

  // The value of a field of the kind; an empty one for a name that there is not.
  const RecordValue& value(std::string_view field) const;
  const std::string& status() const { return value("status").text; }
  bool operator==(const Record&) const = default;
};
// The texts of a list; of a single text, that one.
std::vector<std::string> texts_of(const RecordValue& value);
// An empty record of a kind, with as many values as it has fields.
Record record_of(const RecordKind& kind);

struct RecordAnswer {
  std::string record_id;
  std::uint32_t revision = 0;
  Hash record_hash{};
  std::string answer, text, refers_to, contact, source;
  bool unverified = false;
  bool operator==(const RecordAnswer&) const = default;
};

struct RecordRecall {
  std::string record_id;
  std::uint32_t revision = 0;
  Hash record_hash{};
  std::string reason, contact;
  bool operator==(const RecordRecall&) const = default;
};

Bytes encode_record(const Record& record);
Bytes encode_record_answer(const RecordAnswer& answer);
Bytes encode_record_recall(const RecordRecall& recall);
// E_BODY, naming the field, for bytes that do not verify or break what check_record says. A kind that is none: E_SCHEMA.
Result<Record> decode_record(std::string_view kind, View body);
Result<RecordAnswer> decode_record_answer(View body);
Result<RecordRecall> decode_record_recall(View body);
// What the kind's page says, so that a sender finds out before sealing: what is needed is there, texts are clean (schemas/text.h) and not too
// long, days exist and are not before the ones they come after, words are of their list, nothing stands twice in a list of words, States, records,
// languages or members, ids have their form.
Result<void> check_record(const Record& record);
Result<void> check_record_answer(const RecordAnswer& answer);
Result<void> check_record_recall(const RecordRecall& recall);

}  // namespace liaison
