// SPDX-License-Identifier: Apache-2.0
#include "schemas/record_kind.h"

#include <flatbuffers/reflection.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "schemas/record_pages.h"
#include "schemas/result.h"

namespace liaison {
namespace {

using reflection::BaseType;

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

template <class Described>
std::string attribute(const Described& described, const char* name) {
  if (described.attributes() == nullptr) return {};
  const auto* found = described.attributes()->LookupByKey(name);
  return found == nullptr || found->value() == nullptr ? std::string() : found->value()->str();
}

template <class Described>
bool has_attribute(const Described& described, const char* name) {
  return described.attributes() != nullptr && described.attributes()->LookupByKey(name) != nullptr;
}

template <class Described>
std::string meaning(const Described& described) {
  std::string out;
  if (described.documentation() == nullptr) return out;
  for (const auto* line : *described.documentation()) {
    std::string_view text = line->string_view();
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    if (!out.empty()) out += ' ';
    out += text;
  }
  return out;
}

std::uint64_t number_or(const std::string& text, std::uint64_t otherwise) {
  std::uint64_t value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

RecordField::Form form_of(const std::string& word) {
  using Form = RecordField::Form;
  static const std::map<std::string, Form> forms = {{"", Form::kLine}, {"lines", Form::kLines}, {"date", Form::kDate}, {"day", Form::kDay},
                                                    {"time", Form::kTime}, {"member", Form::kMember}, {"record", Form::kRecord},
                                                    {"state", Form::kState}, {"symbol", Form::kSymbol}, {"language", Form::kLanguage}};
  const auto found = forms.find(word);
  CHECK(found != forms.end());
  return found->second;
}

RecordField::Set set_of(const std::string& word) {
  if (word == "once") return RecordField::Set::kOnce;
  CHECK(word.empty() || word == "node");
  return word.empty() ? RecordField::Set::kOwner : RecordField::Set::kNode;
}

// The .fbs word for `virtual` is virtual_, since C++ has one of its own.
std::string plain(std::string_view name) {
  if (name.ends_with('_')) name.remove_suffix(1);
  return std::string(name);
}

std::vector<std::string> words_of(const reflection::Enum& list) {
  std::vector<std::string> out;
  for (const auto* value : *list.values()) {
    if (value->value() == 0) continue;   // "not said"
    out.push_back(plain(value->name()->string_view()));
    CHECK(value->value() == static_cast<std::int64_t>(out.size()));
  }
  return out;
}

constexpr std::size_t kLineBytes = 512, kLinesBytes = 16 * 1024;
constexpr std::uint64_t kEntries = 32;

std::vector<RecordField> fields_of(const reflection::Schema& schema, const reflection::Object& table);

RecordField field_of(const reflection::Schema& schema, const reflection::Field& described) {
  RecordField out;
  const reflection::Type& type = *described.type();
  out.list = type.base_type() == BaseType::Vector;
  const BaseType element = out.list ? type.element() : type.base_type();
  out.name = plain(described.name()->string_view());
  out.meaning = meaning(described);
  out.needed = has_attribute(described, "needed");
  out.after = attribute(described, "after");
  out.done = attribute(described, "done");
  out.of = split(attribute(described, "of"));
  out.form = form_of(attribute(described, "form"));
  out.set = set_of(attribute(described, "set"));
  out.slot = described.offset();
  if (element == BaseType::String) out.type = RecordField::Type::kText;
  else if (element == BaseType::Obj) out.type = RecordField::Type::kPart;
  else if (element == BaseType::Bool) out.type = RecordField::Type::kFlag;
  else out.type = type.index() >= 0 ? RecordField::Type::kWord : RecordField::Type::kNumber;
  out.width = static_cast<std::uint8_t>(flatbuffers::GetTypeSize(element));
  out.bytes = number_or(attribute(described, "bytes"), out.form == RecordField::Form::kLines ? kLinesBytes : kLineBytes);
  out.most = number_or(attribute(described, "most"), out.list ? kEntries : 1'000'000'000);
  if (out.type == RecordField::Type::kWord) out.words = words_of(*schema.enums()->Get(static_cast<flatbuffers::uoffset_t>(type.index())));
  if (out.type == RecordField::Type::kPart) out.parts = fields_of(schema, *schema.objects()->Get(static_cast<flatbuffers::uoffset_t>(type.index())));
  return out;
}

// The page's order; reflection sorts by name.
std::vector<RecordField> fields_of(const reflection::Schema& schema, const reflection::Object& table) {
  std::vector<const reflection::Field*> described(table.fields()->begin(), table.fields()->end());
  std::sort(described.begin(), described.end(), [](const auto* a, const auto* b) { return a->id() < b->id(); });
  std::vector<RecordField> out;
  for (const auto* field : described) out.push_back(field_of(schema, *field));
  return out;
}

RecordKind kind_of(const reflection::Schema& schema) {
  const reflection::Object& root = *schema.root_table();
  RecordKind out;
  out.kind = attribute(root, "kind");
  out.letter = attribute(root, "letter");
  out.noun = attribute(root, "noun");
  out.paragraph = attribute(root, "paragraph");
  out.answers = split(attribute(root, "answers"));
  out.meaning = meaning(root);
  out.identifier = schema.file_ident()->str();
  out.fields = fields_of(schema, root);
  CHECK(!out.kind.empty() && !out.letter.empty() && !out.noun.empty() && out.fields.front().name == "head");
  out.fields.erase(out.fields.begin());
  return out;
}

const reflection::Schema& page(const RecordPage& one) { return *reflection::GetSchema(one.description); }

std::vector<RecordField> head_fields() {
  static const std::array<std::string_view, 4> filled_in = {"record_id", "revision", "previous_revision", "owner"};
  const reflection::Schema& schema = page(record_pages().front());
  auto all = fields_of(schema, *schema.objects()->LookupByKey("liaison.fbs.RecordHead"));
  std::erase_if(all, [](const RecordField& field) { return std::find(filled_in.begin(), filled_in.end(), field.name) != filled_in.end(); });
  return all;
}

template <class Find>
const RecordKind* first(const Find& find) {
  const auto& all = record_kinds();
  const auto found = std::find_if(all.begin(), all.end(), find);
  return found == all.end() ? nullptr : &*found;
}

bool digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::size_t place_of(const std::vector<RecordField>& fields, std::string_view name) {
  return static_cast<std::size_t>(std::find_if(fields.begin(), fields.end(), [&](const RecordField& one) { return one.name == name; }) - fields.begin());
}

const RecordField* RecordKind::field(std::string_view name) const {
  const std::size_t at = place_of(fields, name);
  return at == fields.size() ? nullptr : &fields[at];
}

const std::vector<std::string>& RecordKind::statuses() const {
  static const std::vector<std::string> none;
  const RecordField* status = field("status");
  return status == nullptr ? none : status->words;
}

const std::vector<RecordKind>& record_kinds() {
  static const std::vector<RecordKind> kinds = [] {
    std::vector<RecordKind> out;
    for (const RecordPage& one : record_pages()) out.push_back(kind_of(page(one)));
    std::sort(out.begin(), out.end(), [](const RecordKind& a, const RecordKind& b) { return a.kind < b.kind; });
    return out;
  }();
  return kinds;
}

const RecordKind* record_kind(std::string_view kind) {
  return first([&](const RecordKind& one) { return one.kind == kind; });
}
const RecordKind* record_kind_of_letter(std::string_view letter) {
  return first([&](const RecordKind& one) { return one.letter == letter; });
}
const RecordKind* record_kind_of_noun(std::string_view noun) {
  return first([&](const RecordKind& one) { return one.noun == noun; });
}

const std::vector<RecordField>& record_head_fields() {
  static const std::vector<RecordField> fields = head_fields();
  return fields;
}

const std::vector<std::string>& answer_words() {
  static const std::vector<std::string> words = words_of(*page(record_pages().front()).enums()->LookupByKey("liaison.fbs.AnswerWord"));
  return words;
}

std::optional<RecordId> parse_record_id(std::string_view text) {
  RecordId out;
  const auto number_at = text.rfind('-');
  if (number_at == std::string_view::npos || number_at < 5) return std::nullopt;
  const std::string_view number = text.substr(number_at + 1);
  const auto year_at = text.rfind('-', number_at - 1);
  if (year_at == std::string_view::npos || year_at < 2 || number_at - year_at != 5) return std::nullopt;
  const std::string_view year = text.substr(year_at + 1, 4);
  const auto letter_at = text.rfind('-', year_at - 1);
  if (letter_at == std::string_view::npos) return std::nullopt;
  const std::string_view letter = text.substr(letter_at + 1, year_at - letter_at - 1);
  const auto owner = MemberId::parse(text.substr(0, letter_at));
  // One spelling for each number: zeros only up to four digits.
  if (!owner || !digits(year) || !digits(number) || number.size() < 4 || number.size() > 9 || (number.size() > 4 && number[0] == '0')) return std::nullopt;
  if (letter.empty() || letter.size() > 2 || !std::all_of(letter.begin(), letter.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) return std::nullopt;
  out.owner = *owner;
  out.letter = letter;
  out.year = static_cast<std::uint32_t>(number_or(std::string(year), 0));
  out.number = number_or(std::string(number), 0);
  return out.number == 0 ? std::nullopt : std::optional(std::move(out));
}

std::string record_id_text(const MemberId& owner, std::string_view letter, std::uint32_t year, std::uint64_t number) {
  std::string digits_of = std::to_string(number);
  if (digits_of.size() < 4) digits_of.insert(0, 4 - digits_of.size(), '0');
  return owner.str() + "-" + std::string(letter) + "-" + std::to_string(year) + "-" + digits_of;
}

}  // namespace liaison
