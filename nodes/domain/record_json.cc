// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/record_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/domain/json_fields.h"
#include "nodes/domain/states.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using nlohmann::json;
using Form = RecordField::Form;
using Type = RecordField::Type;

constexpr std::size_t kEntriesMax = 1'000;   // before the page's own limit is looked at

std::vector<std::string_view> views(const std::vector<std::string>& words) { return {words.begin(), words.end()}; }

Result<RecordValue> read_value(const RecordField& field, const json& value, const std::string& name);

Result<std::string> read_state_code(const json& value, const std::string& name) {
  const json& code = value.is_object() && value.contains("alpha3") ? value["alpha3"] : value;
  const auto text = TRY(read_text(code, name));
  if (text.empty()) return text;
  const auto found = States::standard().lookup(text);
  if (!found) return wrong(name, found.error().what, found.error().hint);
  return (*found)->alpha3;
}

Result<RecordValue> read_part(const RecordField& field, const json& value, const std::string& name) {
  std::vector<std::string_view> known;
  for (const RecordField& part : field.parts) known.push_back(part.name);
  TRY(check_object(value, name, known));
  RecordValue out;
  for (const RecordField& part : field.parts) {
    out.items.emplace_back();
    if (value.contains(part.name)) out.items.back() = TRY(read_value(part, value[part.name], name + "." + part.name));
  }
  return out;
}

Result<RecordValue> read_single(const RecordField& field, const json& value, const std::string& name) {
  RecordValue out;
  if (value.is_null()) return out;
  switch (field.type) {
    case Type::kFlag: out.flag = TRY(read_flag(value, name)); return out;
    case Type::kPart: return read_part(field, value, name);
    case Type::kNumber:
      if (!value.is_number_unsigned()) return wrong(name, "is not a whole number", "write it without quotes, as 12");
      out.number = value.get<std::uint64_t>();
      return out;
    case Type::kWord:
      out.text = TRY(read_text(value, name));
      if (!out.text.empty() && std::find(field.words.begin(), field.words.end(), out.text) == field.words.end())
        return wrong(name, in_quotes(out.text) + " is not known", word_hint(out.text, views(field.words)));
      return out;
    case Type::kText: break;
  }
  out.text = field.form == Form::kState ? TRY(read_state_code(value, name)) : TRY(read_text(value, name));
  return out;
}

Result<RecordValue> read_value(const RecordField& field, const json& value, const std::string& name) {
  if (!field.list) return read_single(field, value, name);
  RecordValue out;
  if (value.is_null()) return out;
  if (!value.is_array()) return wrong(name, "is not a list", "write it in square brackets, also when there is one only");
  if (value.size() > kEntriesMax) return wrong(name, "has more than 1,000 entries", "leave out what does not belong here");
  for (std::size_t i = 0; i < value.size(); ++i) out.items.push_back(TRY(read_single(field, value[i], name + "[" + std::to_string(i) + "]")));
  return out;
}

void put_head(Record& record, const std::string& name, const RecordValue& value) {
  if (name == "title") record.title = value.text;
  else if (name == "states") record.states = texts_of(value);
  else if (name == "paragraph") record.paragraph = value.text;
  else if (name == "contact") record.contact = value.text;
  else if (name == "note") record.note = value.text;
  else if (name == "source") record.source = value.text;
  else if (name == "unverified") record.unverified = value.flag;
  else if (name == "consents") record.consents = texts_of(value);
  else if (name == "related") record.related = texts_of(value);
}

json value_json(const RecordField& field, const RecordValue& value) {
  if (field.list) {
    json out = json::array();
    RecordField one = field;
    one.list = false;
    for (const RecordValue& item : value.items) out.push_back(value_json(one, item));
    return out;
  }
  switch (field.type) {
    case Type::kFlag: return value.flag;
    case Type::kNumber: return value.number;
    case Type::kPart: {
      json out = json::object();
      for (std::size_t i = 0; i < value.items.size(); ++i) out[field.parts[i].name] = value_json(field.parts[i], value.items[i]);
      return value.items.empty() ? json(nullptr) : out;
    }
    case Type::kWord:
    case Type::kText: break;
  }
  return field.form == Form::kState && !value.text.empty() ? states_json({value.text})[0] : json(value.text);
}

std::string_view form_word(Form form) {
  switch (form) {
    case Form::kLine: return "line";
    case Form::kLines: return "lines";
    case Form::kDate: return "date";
    case Form::kDay: return "day";
    case Form::kTime: return "time";
    case Form::kMember: return "member";
    case Form::kRecord: return "record";
    case Form::kState: return "state";
    case Form::kSymbol: return "symbol";
    case Form::kLanguage: return "language";
  }
  return "";
}

json field_json(const RecordField& field) {
  json out = {{"name", field.name}, {"meaning", field.meaning}, {"needed", field.needed}, {"list", field.list}};
  switch (field.type) {
    case Type::kFlag: out["type"] = "flag"; break;
    case Type::kNumber: out["type"] = "number"; out["most"] = field.most; break;
    case Type::kWord: out["type"] = "word"; out["words"] = field.words; break;
    case Type::kPart:
      out["type"] = "part";
      out["parts"] = json::array();
      for (const RecordField& part : field.parts) out["parts"].push_back(field_json(part));
      break;
    case Type::kText: out["type"] = form_word(field.form); out["bytes"] = field.bytes; break;
  }
  if (field.list) out["most"] = field.most;
  if (field.set == RecordField::Set::kOnce) out["set"] = "once";
  if (field.set == RecordField::Set::kNode) out["set"] = "node";
  if (!field.after.empty()) out["after"] = field.after;
  if (!field.of.empty()) out["of"] = field.of;
  return out;
}

}  // namespace

Result<Audience> read_record_fields(const json& fields, Record& record) {
  std::vector<std::string_view> known = {"marking", "to", "owner", "kind", "line", "ref"};
  for (const RecordField& field : record_head_fields()) known.push_back(field.name);
  for (const RecordField& field : record.kind->fields) known.push_back(field.name);
  TRY(check_object(fields, "", known));
  for (const RecordField& field : record_head_fields()) {
    if (!fields.contains(field.name)) continue;
    const auto value = TRY(read_value(field, fields[field.name], field.name));
    put_head(record, field.name, value);
  }
  for (std::size_t i = 0; i < record.kind->fields.size(); ++i) {
    const RecordField& field = record.kind->fields[i];
    if (fields.contains(field.name)) record.values[i] = TRY(read_value(field, fields[field.name], field.name));
  }
  if (fields.contains("kind")) {
    const auto kind = TRY(read_text(fields["kind"], "kind"));
    if (kind != record.kind->kind) return wrong("kind", in_quotes(kind) + " is another kind than " + record.kind->kind, "leave it out");
  }
  if (fields.contains("owner")) {
    const auto owner = TRY(read_text(fields["owner"], "owner"));
    if (owner != record.owner.str())
      return fail(Code::kNotOwner, "owner: this is the node of " + record.owner.str() + " and makes no record of " + in_quotes(owner),
                  "leave it to that committee's own node");
  }
  Audience audience;
  if (fields.contains("marking") && !fields["marking"].is_null()) audience.marking = TRY(read_text(fields["marking"], "marking"));
  if (fields.contains("to") && !fields["to"].is_null()) audience.to = TRY(read_texts(fields["to"], "to"));
  return audience;
}

Result<void> read_record_answer(const json& fields, const RecordKind& kind, RecordAnswer& answer) {
  TRY(check_object(fields, "", {"answer", "text", "refers_to", "contact", "source", "unverified"}));
  if (!fields.contains("answer")) return wrong("answer", "is missing", "one of " + comma_list(views(kind.answers)));
  answer.answer = TRY(read_text(fields["answer"], "answer"));
  if (std::find(kind.answers.begin(), kind.answers.end(), answer.answer) == kind.answers.end())
    return wrong("answer", in_quotes(answer.answer) + " is not said to " + with_article(kind.noun), word_hint(answer.answer, views(kind.answers)));
  if (fields.contains("text")) answer.text = TRY(read_text(fields["text"], "text"));
  if (fields.contains("refers_to")) answer.refers_to = TRY(read_text(fields["refers_to"], "refers_to"));
  if (fields.contains("contact")) answer.contact = TRY(read_text(fields["contact"], "contact"));
  if (fields.contains("source")) answer.source = TRY(read_text(fields["source"], "source"));
  if (fields.contains("unverified")) answer.unverified = TRY(read_flag(fields["unverified"], "unverified"));
  const bool needs_words = answer.answer == "comments" || answer.answer == "objects" || answer.answer == "holds";
  if (needs_words && answer.text.empty()) return wrong("text", "one that " + answer.answer + " says why", "write what the other committee should know");
  return {};
}

json record_fields_json(const Record& record) {
  json out = {{"title", record.title},
              {"states", states_json(record.states)},
              {"paragraph", record.paragraph},
              {"contact", record.contact},
              {"note", record.note},
              {"source", record.source},
              {"unverified", record.unverified},
              {"consents", record.consents},
              {"related", record.related}};
  for (std::size_t i = 0; i < record.values.size(); ++i) out[record.kind->fields[i].name] = value_json(record.kind->fields[i], record.values[i]);
  return out;
}

json changed_record_fields(const Record& before, const Record& after) {
  const json was = record_fields_json(before), is = record_fields_json(after);
  json out = json::object();
  for (const auto& [name, value] : is.items()) {
    if (was[name] != value) out[name] = {{"from", was[name]}, {"to", value}};
  }
  return out;
}

json record_kind_json(const RecordKind& kind) {
  json out = {{"kind", kind.kind}, {"noun", kind.noun}, {"letter", kind.letter}, {"paragraph", kind.paragraph}, {"meaning", kind.meaning},
              {"answers", kind.answers}, {"fields", json::array()}};
  for (const RecordField& field : record_head_fields()) out["fields"].push_back(field_json(field));
  for (const RecordField& field : kind.fields) out["fields"].push_back(field_json(field));
  return out;
}

std::optional<DaySpan> record_days(const Record& record) {
  const auto& fields = record.kind->fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].type != Type::kText || fields[i].list || (fields[i].form != Form::kDate && fields[i].form != Form::kDay)) continue;
    auto days = span_of(record.values[i].text);
    if (!days) continue;
    // A second date that is the end of the first: a period.
    if (i + 1 < fields.size() && fields[i + 1].after == fields[i].name && fields[i].name == "begins") {
      if (const auto end = span_of(record.values[i + 1].text)) days->last = std::max(days->last, end->last);
    }
    return days;
  }
  return std::nullopt;
}

}  // namespace liaison
