// SPDX-License-Identifier: Apache-2.0
// What a record may look like, whoever made it: the page's words, carried out.
#include <algorithm>
#include <set>

#include "schemas/date_hint.h"
#include "schemas/record.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using Form = RecordField::Form;
using Type = RecordField::Type;

constexpr std::size_t kBodyTextMax = 60 * 1024;   // what can be sealed in one message, with its other fields

Error bad(const std::string& field, std::string what, std::string hint = {}) { return fail(Code::kBody, field + ": " + std::move(what), std::move(hint)); }

std::string quoted_text(std::string_view text) { return "\"" + printable(text, 48) + "\""; }

std::string any_of(const std::vector<std::string>& words) {
  std::string out = "one of ";
  for (const std::string& word : words) out += (word == words.front() ? "" : ", ") + word;
  return out;
}

bool is_alpha3(std::string_view text) {
  return text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_language(std::string_view text) {
  static const std::set<std::string_view> languages = {"ar", "zh", "en", "fr", "ru", "es"};
  return languages.contains(text);
}

Result<void> check_day(const std::string& field, const std::string& text, Form form) {
  const auto span = span_of(text);
  if (form == Form::kDay && text.size() != 10 && span)
    return bad(field, "the day is needed, and " + text + " is only a " + (text.size() == 4 ? "year" : "month"), "write it as 2027-03-08");
  if (!span)
    return bad(field, "there is no such date as " + printable(text, 32),
               date_hint(text, "look at a calendar; dates are written as 2027-03-08" + std::string(form == Form::kDate ? ", 2027-03 or 2027" : "")));
  if (span->first < kFirstDay) return bad(field, "a date before 1870", "look at the year");
  return {};
}

Result<void> check_id(const std::string& field, const std::string& text, const std::vector<std::string>& of) {
  const auto id = parse_record_id(text);
  if (!id) return bad(field, quoted_text(text) + " is not the id of a record", "ids have the form 1540-R-2027-0001");
  if (!of.empty() && std::find(of.begin(), of.end(), id->letter) == of.end()) {
    return bad(field, text + " is a record of another kind", "an id with the letter " + any_of(of).substr(7) + " belongs here");
  }
  return {};
}

Result<void> check_form(const RecordField& field, const std::string& name, const std::string& text) {
  const Lines lines = field.form == Form::kLines ? Lines::kMany : Lines::kOne;
  if (auto ok = check_text(text, field.bytes, lines); !ok) return bad(name, ok.error().what, ok.error().hint);
  if (text.empty()) return {};
  switch (field.form) {
    case Form::kDate:
    case Form::kDay: return check_day(name, text, field.form);
    case Form::kTime: return parse_time(text) ? Result<void>() : bad(name, quoted_text(text) + " is not a time", "write it as 2027-03-08T09:30:00Z");
    case Form::kMember: return MemberId::parse(text) ? Result<void>() : bad(name, quoted_text(text) + " is not a committee", "give its id, as 1540");
    case Form::kRecord: return check_id(name, text, field.of);
    case Form::kState:
      return is_alpha3(text) ? Result<void>() : bad(name, quoted_text(text) + " is not an ISO 3166-1 alpha-3 code", "write three capital letters, as KGZ");
    case Form::kLanguage:
      return is_language(text) ? Result<void>() : bad(name, quoted_text(text) + " is not an official language", "one of ar, zh, en, fr, ru, es");
    case Form::kSymbol:
      if (text.find('/') == std::string::npos)
        return bad(name, quoted_text(text) + " is not the symbol of a document", "write it as S/2016/1127 or S/RES/1977 (2011)");
      return {};
    case Form::kLine:
    case Form::kLines: return {};
  }
  return {};
}

Result<void> check_fields(const std::vector<RecordField>& fields, const std::vector<RecordValue>& values, const std::string& before);

Result<void> check_one(const RecordField& field, const RecordValue& value, const std::string& name) {
  if (field.type == Type::kText) return check_form(field, name, value.text);
  if (field.type == Type::kNumber && value.number > field.most)
    return bad(name, std::to_string(value.number) + " is more than " + std::to_string(field.most), "look at the number");
  if (field.type == Type::kWord && !value.text.empty() && std::find(field.words.begin(), field.words.end(), value.text) == field.words.end())
    return bad(name, quoted_text(value.text) + " is not known", any_of(field.words));
  if (field.type == Type::kPart && !value.items.empty()) return check_fields(field.parts, value.items, name + ".");
  return {};
}

Result<void> check_list(const RecordField& field, const RecordValue& value, const std::string& name) {
  if (value.items.size() > field.most) return bad(name, "more than " + std::to_string(field.most) + " entries", "leave out what does not belong here");
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const RecordValue& one = value.items[i];
    const std::string at = name + "[" + std::to_string(i) + "]";
    if (one.empty()) return bad(at, "is empty", "leave it out");
    TRY(check_one(field, one, at));
    if (field.type != Type::kPart && !seen.insert(one.text).second) return bad(name, printable(one.text, 48) + " is named twice", "leave one of them out");
  }
  return {};
}

Result<void> check_order(const std::vector<RecordField>& fields, const std::vector<RecordValue>& values, const RecordField& field,
                         const RecordValue& value, const std::string& before) {
  const std::size_t other = place_of(fields, field.after);
  CHECK(other < fields.size());
  const auto first = span_of(values[other].text), second = span_of(value.text);
  if (!first || !second || second->last >= first->first) return {};
  return bad(before + field.name, value.text + " is before " + values[other].text + ", its " + field.after, "exchange the two dates, or correct one");
}

Result<void> check_fields(const std::vector<RecordField>& fields, const std::vector<RecordValue>& values, const std::string& before) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const RecordField& field = fields[i];
    const std::string name = before + field.name;
    if (field.needed && values[i].empty()) return bad(name, "is missing", field.meaning + (field.words.empty() ? "" : " " + any_of(field.words)));
    if (field.list) TRY(check_list(field, values[i], name));
    else TRY(check_one(field, values[i], name));
    if (!field.after.empty() && !values[i].empty()) TRY(check_order(fields, values, field, values[i], before));
  }
  return {};
}

// The head as values, so that one judgement serves both.
std::vector<RecordValue> head_values(const Record& record) {
  std::vector<RecordValue> out;
  const auto text = [](const std::string& one) { return RecordValue{one, 0, false, {}}; };
  const auto texts = [&](const std::vector<std::string>& all) {
    RecordValue list;
    for (const std::string& one : all) list.items.push_back(text(one));
    return list;
  };
  for (const RecordField& field : record_head_fields()) {
    if (field.name == "title") out.push_back(text(record.title));
    else if (field.name == "states") out.push_back(texts(record.states));
    else if (field.name == "paragraph") out.push_back(text(record.paragraph));
    else if (field.name == "contact") out.push_back(text(record.contact));
    else if (field.name == "note") out.push_back(text(record.note));
    else if (field.name == "source") out.push_back(text(record.source));
    else if (field.name == "unverified") out.push_back({{}, 0, record.unverified, {}});
    else if (field.name == "consents") out.push_back(texts(record.consents));
    else if (field.name == "related") out.push_back(texts(record.related));
    else CHECK(false);   // record.fbs has a field that this does not know
  }
  return out;
}

std::size_t text_bytes(const std::vector<RecordValue>& values) {
  std::size_t sum = 0;
  for (const RecordValue& value : values) sum += value.text.size() + text_bytes(value.items);
  return sum;
}

Result<void> check_line(const std::string& field, const std::string& text, std::size_t most, Lines lines = Lines::kOne) {
  if (auto ok = check_text(text, most, lines); !ok) return bad(field, ok.error().what, ok.error().hint);
  return {};
}

}  // namespace

Result<void> check_record(const Record& record) {
  const auto id = parse_record_id(record.record_id);
  if (!id || id->letter != record.kind->letter || id->owner != record.owner)
    return bad("id", "not an id of the form <owner>-" + record.kind->letter + "-<year>-<number>");
  if (record.revision == 0) return bad("revision", "counts from 1");
  if ((record.revision == 1) != (record.previous_revision == kZeroHash)) return bad("previous_revision", "revision 1 has none, every later one has one");
  const auto head = head_values(record);
  TRY(check_fields(record_head_fields(), head, ""));
  TRY(check_fields(record.kind->fields, record.values, ""));
  const std::size_t bytes = text_bytes(head) + text_bytes(record.values);
  if (bytes > kBodyTextMax)
    return bad("note", "the texts have " + std::to_string(bytes) + " bytes together, and " + std::to_string(kBodyTextMax) + " fit into one message",
               "shorten them by " + std::to_string(bytes - kBodyTextMax) +
                   " bytes, split the record, or keep the longest text as a document and give its symbol or link");
  return {};
}

Result<void> check_record_answer(const RecordAnswer& answer) {
  if (!parse_record_id(answer.record_id)) return bad("id", "not the id of a record");
  if (answer.revision == 0) return bad("revision", "counts from 1");
  const auto& words = answer_words();
  if (std::find(words.begin(), words.end(), answer.answer) == words.end()) return bad("answer", quoted_text(answer.answer) + " is not known", any_of(words));
  if (!answer.refers_to.empty()) TRY(check_id("refers_to", answer.refers_to, {}));
  TRY(check_line("text", answer.text, 16 * 1024, Lines::kMany));
  TRY(check_line("contact", answer.contact, 512));
  return check_line("source", answer.source, 512);
}

Result<void> check_record_recall(const RecordRecall& recall) {
  if (!parse_record_id(recall.record_id)) return bad("id", "not the id of a record");
  if (recall.revision == 0) return bad("revision", "counts from 1");
  if (recall.reason.empty()) return bad("reason", "is missing", "say in a few words why the record is taken back");
  TRY(check_line("reason", recall.reason, 512));
  return check_line("contact", recall.contact, 512);
}

}  // namespace liaison
