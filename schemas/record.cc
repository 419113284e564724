// SPDX-License-Identifier: Apache-2.0
#include "schemas/record.h"

#include <algorithm>

#include "schemas/flat.h"
#include "schemas/record_answer_generated.h"
#include "schemas/record_generated.h"
#include "schemas/record_pages.h"
#include "schemas/record_recall_generated.h"

namespace liaison {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using flatbuffers::Table;
using Values = std::vector<RecordValue>;
using Type = RecordField::Type;

constexpr flatbuffers::uoffset_t kRecordTablesMax = 512;
constexpr flatbuffers::voffset_t kHeadSlot = 4;   // the first field of a table

std::string str(const flatbuffers::String* text) { return text == nullptr ? std::string() : text->str(); }

std::uint64_t number_of(const RecordField& field, const RecordValue& value) {
  if (field.type == Type::kFlag) return value.flag ? 1 : 0;
  if (field.type == Type::kNumber) return value.number;
  const auto found = std::find(field.words.begin(), field.words.end(), value.text);
  return found == field.words.end() ? 0 : static_cast<std::uint64_t>(found - field.words.begin()) + 1;
}

RecordValue value_of(const RecordField& field, std::uint64_t number) {
  RecordValue out;
  if (field.type == Type::kFlag) out.flag = number != 0;
  else if (field.type == Type::kNumber) out.number = number;
  else if (number != 0 && number <= field.words.size()) out.text = field.words[number - 1];
  else if (number != 0) out.text = "?";   // no word of the page: check_record refuses it
  return out;
}

Offset<Table> put_table(FlatBufferBuilder& b, const std::vector<RecordField>& fields, const Values& values, Offset<fbs::RecordHead> head);

flatbuffers::uoffset_t put_child(FlatBufferBuilder& b, const RecordField& field, const RecordValue& value) {
  if (!field.list && field.type == Type::kText) return value.text.empty() ? 0 : b.CreateString(value.text).o;
  if (!field.list) return field.type == Type::kPart && !value.items.empty() ? put_table(b, field.parts, value.items, 0).o : 0;
  if (value.items.empty()) return 0;
  if (field.type == Type::kText || field.type == Type::kPart) {
    std::vector<Offset<void>> made;
    for (const RecordValue& one : value.items) {
      made.emplace_back(field.type == Type::kText ? b.CreateString(one.text).o : put_table(b, field.parts, one.items, 0).o);
    }
    return b.CreateVector(made).o;
  }
  Bytes words;   // a list of numbers is a list of words
  for (const RecordValue& one : value.items) words.push_back(static_cast<std::uint8_t>(number_of(field, one)));
  return b.CreateVector(words).o;
}

void put_number(FlatBufferBuilder& b, const RecordField& field, std::uint64_t number) {
  if (field.width == 1) b.AddElement<std::uint8_t>(field.slot, static_cast<std::uint8_t>(number), 0);
  else if (field.width == 4) b.AddElement<std::uint32_t>(field.slot, static_cast<std::uint32_t>(number), 0);
  else b.AddElement<std::uint64_t>(field.slot, number, 0);
}

Offset<Table> put_table(FlatBufferBuilder& b, const std::vector<RecordField>& fields, const Values& values, Offset<fbs::RecordHead> head) {
  std::vector<flatbuffers::uoffset_t> children(fields.size(), 0);
  for (std::size_t i = 0; i < fields.size(); ++i) children[i] = put_child(b, fields[i], values[i]);
  const auto start = b.StartTable();
  if (!head.IsNull()) b.AddOffset(kHeadSlot, head);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (children[i] != 0) b.AddOffset(fields[i].slot, Offset<void>(children[i]));
    else if (!fields[i].list && fields[i].type != Type::kText && fields[i].type != Type::kPart) put_number(b, fields[i], number_of(fields[i], values[i]));
  }
  return Offset<Table>(b.EndTable(start));
}

Values get_table(const Table& table, const std::vector<RecordField>& fields);

RecordValue get_list(const Table& table, const RecordField& field) {
  RecordValue out;
  if (field.type == Type::kText) {
    const auto* texts = table.GetPointer<const flatbuffers::Vector<Offset<flatbuffers::String>>*>(field.slot);
    for (flatbuffers::uoffset_t i = 0; texts != nullptr && i < texts->size(); ++i) out.items.push_back({texts->Get(i)->str(), 0, false, {}});
  } else if (field.type == Type::kPart) {
    const auto* tables = table.GetPointer<const flatbuffers::Vector<Offset<Table>>*>(field.slot);
    for (flatbuffers::uoffset_t i = 0; tables != nullptr && i < tables->size(); ++i)
      out.items.push_back({{}, 0, false, get_table(*tables->Get(i), field.parts)});
  } else {
    const auto* words = table.GetPointer<const flatbuffers::Vector<std::uint8_t>*>(field.slot);
    for (flatbuffers::uoffset_t i = 0; words != nullptr && i < words->size(); ++i) out.items.push_back(value_of(field, words->Get(i)));
  }
  return out;
}

RecordValue get_value(const Table& table, const RecordField& field) {
  if (field.list) return get_list(table, field);
  if (field.type == Type::kText) return {str(table.GetPointer<const flatbuffers::String*>(field.slot)), 0, false, {}};
  if (field.type == Type::kPart) {
    const auto* part = table.GetPointer<const Table*>(field.slot);
    return {{}, 0, false, part == nullptr ? Values{} : get_table(*part, field.parts)};
  }
  if (field.width == 1) return value_of(field, table.GetField<std::uint8_t>(field.slot, 0));
  if (field.width == 4) return value_of(field, table.GetField<std::uint32_t>(field.slot, 0));
  return value_of(field, table.GetField<std::uint64_t>(field.slot, 0));
}

Values get_table(const Table& table, const std::vector<RecordField>& fields) {
  Values out;
  out.reserve(fields.size());
  for (const RecordField& field : fields) out.push_back(get_value(table, field));
  return out;
}

Offset<fbs::RecordHead> put_head(FlatBufferBuilder& b, const Record& record) {
  const auto text = [&](const std::string& one) { return one.empty() ? Offset<flatbuffers::String>(0) : b.CreateString(one); };
  const auto texts = [&](const std::vector<std::string>& all) {
    return all.empty() ? Offset<flatbuffers::Vector<Offset<flatbuffers::String>>>(0) : b.CreateVectorOfStrings(all);
  };
  const auto record_id = text(record.record_id), owner = text(record.owner.str()), title = text(record.title), paragraph = text(record.paragraph),
             contact = text(record.contact), note = text(record.note), source = text(record.source);
  const auto previous = put_array(b, record.previous_revision);
  const auto states = texts(record.states), consents = texts(record.consents), related = texts(record.related);
  return fbs::CreateRecordHead(b, record_id, record.revision, previous, owner, title, states, paragraph, contact, note, source, record.unverified,
                               consents, related);
}

std::vector<std::string> strings_of(const flatbuffers::Vector<Offset<flatbuffers::String>>* texts) {
  std::vector<std::string> out;
  for (flatbuffers::uoffset_t i = 0; texts != nullptr && i < texts->size(); ++i) out.push_back(texts->Get(i)->str());
  return out;
}

Result<void> get_head(const fbs::RecordHead& head, Record& record) {
  const auto previous = array_from<Hash>(view_of(head.previous_revision()));
  auto owner = MemberId::parse(str(head.owner()));
  if (!previous || !owner) return fail(Code::kBody, "the body is no " + record.kind->kind);
  record.previous_revision = *previous;
  record.owner = std::move(*owner);
  record.record_id = str(head.record_id());
  record.revision = head.revision();
  record.title = str(head.title());
  record.states = strings_of(head.states());
  record.paragraph = str(head.paragraph());
  record.contact = str(head.contact());
  record.note = str(head.note());
  record.source = str(head.source());
  record.unverified = head.unverified();
  record.consents = strings_of(head.consents());
  record.related = strings_of(head.related());
  return {};
}

const RecordPage* page_of(std::string_view kind) {
  for (const RecordPage& page : record_pages()) {
    if (page.kind == kind) return &page;
  }
  return nullptr;
}

}  // namespace

const RecordValue& Record::value(std::string_view field) const {
  static const RecordValue none;
  const std::size_t at = place_of(kind->fields, field);
  return at == values.size() ? none : values[at];
}

std::vector<std::string> texts_of(const RecordValue& value) {
  std::vector<std::string> out;
  for (const RecordValue& one : value.items) out.push_back(one.text);
  if (value.items.empty() && !value.text.empty()) out.push_back(value.text);
  return out;
}

Record record_of(const RecordKind& kind) {
  Record out;
  out.kind = &kind;
  out.values.resize(kind.fields.size());
  return out;
}

Bytes encode_record(const Record& record) {
  FlatBufferBuilder b(1024);
  const auto head = put_head(b, record);
  b.Finish(put_table(b, record.kind->fields, record.values, head), record.kind->identifier.c_str());
  return finished(b);
}

Result<Record> decode_record(std::string_view kind, View body) {
  const RecordKind* known = record_kind(kind);
  const RecordPage* page = page_of(kind);
  if (known == nullptr || page == nullptr) return fail(Code::kSchema, "this version knows no records of the kind " + std::string(kind.substr(0, 32)));
  const Aligned copy(body);
  flatbuffers::Verifier verifier(copy.data(), copy.size(), kDepthMax, kRecordTablesMax);
  if (copy.size() < 8 || !page->verifies(verifier)) return fail(Code::kBody, "the body is no " + known->kind);
  const auto* table = flatbuffers::GetRoot<Table>(copy.data());
  Record record = record_of(*known);
  TRY(get_head(*table->GetPointer<const fbs::RecordHead*>(kHeadSlot), record));
  record.values = get_table(*table, known->fields);
  TRY(check_record(record));
  return record;
}

Bytes encode_record_answer(const RecordAnswer& answer) {
  FlatBufferBuilder b(512);
  const auto& words = answer_words();
  const auto word = std::find(words.begin(), words.end(), answer.answer);
  const auto number = word == words.end() ? 0 : word - words.begin() + 1;
  const auto record_id = b.CreateString(answer.record_id), text = b.CreateString(answer.text), refers_to = b.CreateString(answer.refers_to),
             contact = b.CreateString(answer.contact), source = b.CreateString(answer.source);
  const auto hash = put_array(b, answer.record_hash);
  b.Finish(fbs::CreateRecordAnswer(b, record_id, answer.revision, hash, static_cast<fbs::AnswerWord>(number), text, refers_to, contact, source,
                                   answer.unverified),
           "LSRA");
  return finished(b);
}

Bytes encode_record_recall(const RecordRecall& recall) {
  FlatBufferBuilder b(512);
  const auto record_id = b.CreateString(recall.record_id), reason = b.CreateString(recall.reason), contact = b.CreateString(recall.contact);
  const auto hash = put_array(b, recall.record_hash);
  b.Finish(fbs::CreateRecordRecall(b, record_id, recall.revision, hash, reason, contact), "LSRR");
  return finished(b);
}

Result<RecordAnswer> decode_record_answer(View body) {
  const Aligned copy(body);
  const auto* table = verified_root<fbs::RecordAnswer>(copy, "LSRA");
  if (table == nullptr) return fail(Code::kBody, "the body is no answer to a record");
  const auto hash = array_from<Hash>(view_of(table->record_hash()));
  const auto number = static_cast<std::size_t>(table->answer());
  if (!hash || number == 0 || number > answer_words().size()) return fail(Code::kBody, "the body is no answer to a record");
  RecordAnswer answer{str(table->record_id()), table->revision(), *hash, answer_words()[number - 1], str(table->text()), str(table->refers_to()),
                      str(table->contact()), str(table->source()), table->unverified()};
  TRY(check_record_answer(answer));
  return answer;
}

Result<RecordRecall> decode_record_recall(View body) {
  const Aligned copy(body);
  const auto* table = verified_root<fbs::RecordRecall>(copy, "LSRR");
  if (table == nullptr) return fail(Code::kBody, "the body is no recall of a record");
  const auto hash = array_from<Hash>(view_of(table->record_hash()));
  if (!hash) return fail(Code::kBody, "the body is no recall of a record");
  RecordRecall recall{str(table->record_id()), table->revision(), *hash, str(table->reason()), str(table->contact())};
  TRY(check_record_recall(recall));
  return recall;
}

}  // namespace liaison
