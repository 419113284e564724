// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/record_options.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

#include "nodes/cli/typed.h"

namespace liaison {
namespace {

using nlohmann::json;
using Type = RecordField::Type;
using Form = RecordField::Form;

constexpr std::size_t kFileBytesMax = 64 * 1024;

std::string dashed(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string value_word(const RecordField& field) {
  switch (field.type) {
    case Type::kFlag: return "";
    case Type::kNumber: return "N";
    case Type::kWord: return "WORD";
    case Type::kPart: return "NAME=VALUE,...";
    case Type::kText: break;
  }
  switch (field.form) {
    case Form::kDate:
    case Form::kDay: return "DATE";
    case Form::kTime: return "TIME";
    case Form::kMember: return "MEMBER";
    case Form::kRecord: return "RECORD";
    case Form::kState: return "STATE";
    case Form::kLines:
    case Form::kLine:
    case Form::kSymbol:
    case Form::kLanguage: return "TEXT";
  }
  return "TEXT";
}

std::string help_of(const RecordField& field) {
  std::string out = field.meaning;
  while (out.ends_with('.')) out.pop_back();
  if (!out.empty() && out.size() > 1 && out[1] >= 'a' && out[1] <= 'z') out[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(out[0])));
  if (field.type == Type::kPart) {
    out += ": ";
    for (const RecordField& part : field.parts) out += (&part == &field.parts.front() ? "" : ", ") + part.name;
  }
  if (field.form == Form::kLines) out += "; @FILE reads it from a file";
  return out;
}

std::vector<const RecordField*> all_fields(const RecordKind& kind) {
  std::vector<const RecordField*> out;
  for (const RecordField& field : record_head_fields()) out.push_back(&field);
  for (const RecordField& field : kind.fields) out.push_back(&field);
  return out;
}

Result<std::string> text_or_file(const std::string& option, const std::string& value) {
  if (!value.starts_with('@')) return value;
  if (value.starts_with("@@")) return value.substr(1);
  std::ifstream file(value.substr(1), std::ios::binary);
  if (!file)
    return fail(Code::kInput, option + ": the file " + value.substr(1, 200) + " cannot be read",
                "look at its name; a text that begins with @ is written @@");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (text.size() > kFileBytesMax)
    return fail(Code::kInput, option + ": the file has " + std::to_string(text.size()) + " bytes, and " + std::to_string(kFileBytesMax) + " are allowed",
                "shorten it by " + std::to_string(text.size() - kFileBytesMax) + " bytes, split it over several records, or keep it as a document and "
                "record that with its symbol or link: liaison visit-report new --symbol");
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

Result<json> typed_value(const RecordField& field, const std::string& option, const std::string& text);

// "provider=IAEA,dated=2027-03-08", or JSON in braces for values with commas.
Result<json> typed_part(const RecordField& field, const std::string& option, const std::string& text) {
  if (text.starts_with('{')) {
    json whole = json::parse(text, nullptr, false);
    if (!whole.is_object()) return fail(Code::kUsage, option + ": this is no JSON object", "write NAME=VALUE,NAME=VALUE, or an object in braces");
    return whole;
  }
  json out = json::object();
  for (const std::string& piece : split(text, ',')) {
    const auto equals = piece.find('=');
    const std::string name = piece.substr(0, equals == std::string::npos ? 0 : equals);
    const auto part = std::find_if(field.parts.begin(), field.parts.end(), [&](const RecordField& one) { return one.name == name; });
    if (part == field.parts.end()) {
      std::string known;
      for (const RecordField& one : field.parts) known += (known.empty() ? "" : ", ") + one.name;
      return fail(Code::kUsage, option + ": \"" + piece.substr(0, 64) + "\" is not NAME=VALUE with a name that is known",
                  "the names are " + known + R"(; a text with a comma goes in braces: {"NAME": "one, two"})");
    }
    const std::string value = piece.substr(equals + 1);
    if (part->list) out[name].push_back(TRY(typed_value(*part, option, value)));
    else out[name] = TRY(typed_value(*part, option, value));
  }
  return out;
}

Result<json> typed_value(const RecordField& field, const std::string& option, const std::string& text) {
  if (field.type == Type::kPart) return typed_part(field, option, text);
  if (field.type == Type::kFlag) return json(text == "true" || text == "yes" || text == "1");
  if (field.type == Type::kNumber) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return fail(Code::kUsage, option + " takes a whole number, not '" + text.substr(0, 64) + "'");
    return json(number);
  }
  if (field.form == Form::kLines) return json(TRY(text_or_file(option, text)));
  return json(text);
}

}  // namespace

std::string option_of(const RecordField& field) {
  std::string name = dashed(field.name);
  if (field.list && name.ends_with("ies")) name = name.substr(0, name.size() - 3) + "y";
  else if (field.list && name.ends_with("s")) name.pop_back();
  return "--" + name;
}

std::vector<Argument> field_arguments(const RecordKind& kind, bool required) {
  std::vector<Argument> out;
  for (const RecordField* field : all_fields(kind)) {
    if (field->set == RecordField::Set::kNode || (field->set == RecordField::Set::kOnce && !required)) continue;
    Argument argument{option_of(*field), value_word(*field), help_of(*field), required && field->needed && field->name != "title" && field->name != "status" &&
                      field->name != "contact" && field->name != "paragraph", field->list};
    if (field->list && !required) argument.help += "; all are given anew";
    argument.words = {field->words.begin(), field->words.end()};
    out.push_back(std::move(argument));
  }
  return out;
}

std::map<std::string, std::string> field_options(const RecordKind& kind) {
  std::map<std::string, std::string> out = {{"marking", "--marking"}, {"to", "--recipient"}, {"id", "RECORD"}, {"answer", "ANSWER"}};
  for (const RecordField* field : all_fields(kind)) out[field->name] = option_of(*field);
  return out;
}

Result<json> typed_fields(const Invocation& typed, const RecordKind& kind) {
  json fields = json::object();
  for (const RecordField* field : all_fields(kind)) {
    const std::string option = option_of(*field);
    if (!typed.has(option)) continue;
    if (field->type == Type::kFlag && !field->list) {
      fields[field->name] = true;
    } else if (!field->list) {
      fields[field->name] = TRY(typed_value(*field, option, typed.text(option)));
    } else {
      fields[field->name] = json::array();
      for (const std::string& one : typed.texts(option)) {
        if (!one.empty()) fields[field->name].push_back(TRY(typed_value(*field, option, one)));
      }
    }
  }
  if (typed.has("--marking")) fields["marking"] = typed.text("--marking");
  if (typed.has("--recipient")) fields["to"] = typed.texts("--recipient");
  return fields;
}

}  // namespace liaison
