// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/list_parser.h"

#include <algorithm>
#include <string_view>

#include "nodes/connectors/list_child.h"
#include "schemas/dates.h"
#include "schemas/text.h"
#include "security/hash.h"

namespace liaison {

namespace {

constexpr std::size_t kSentenceMax = 300;
// Names and lengths stand beside what a list says.
constexpr std::size_t kListAnswerMax = kListBytesMax + (16ULL << 20);

// --- the child's side

void put_list_text(std::string& out, std::string_view text) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(static_cast<std::uint8_t>(text.size() >> shift));
  out += text;
}

std::string packed_list(const ListXml& list) {
  std::string out = "L";
  put_list_text(out, list.generated);
  for (const ListXmlEntry& entry : list.entries) {
    out += entry.entity ? 'E' : 'I';
    for (const ListXmlField& field : entry.fields) {
      out += 'F';
      put_list_text(out, field.name);
      put_list_text(out, field.content);
    }
    out += ';';
  }
  return out + ".";
}

std::string answer_of_child(View xml) {
  const auto read = read_list_xml(xml);
  if (read) return packed_list(*read);
  std::string out = "W";
  put_list_text(out, read.error().what);
  return out;
}

// --- the parent's: whatever stands in the answer, it is read within its bounds

class ListAnswer {
 public:
  explicit ListAnswer(std::string_view rest) : rest_(rest) {}
  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }
  char mark() {
    if (rest_.empty()) return good_ = false, '\0';
    const char out = rest_.front();
    rest_.remove_prefix(1);
    return out;
  }
  std::string_view text(std::size_t most) {
    std::size_t size = 0;
    for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<std::uint8_t>(mark());
    if (!good_ || size > most || size > rest_.size()) return good_ = false, std::string_view();
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

// The day at the beginning: 2017-06-22, 2017-06-22-04:00. Of several, the newest.
std::string newest_day(std::string_view texts) {
  std::string out;
  while (!texts.empty()) {
    const auto end = std::min(texts.find("; "), texts.size());
    const std::string day(texts.substr(0, std::min<std::size_t>(end, 10)));
    if (parse_date(day) && day > out) out = day;
    texts.remove_prefix(std::min(end + 2, texts.size()));
  }
  return out;
}

// The parts of a content, each with the mark that stands before it or behind it.
std::vector<std::string_view> parts_before(std::string_view content, char mark) {
  std::vector<std::string_view> out;
  while (!content.empty()) {
    const auto end = std::min(content.find(mark, 1), content.size());
    out.push_back(content.substr(0, end));
    content.remove_prefix(end);
  }
  return out;
}

std::vector<std::string_view> parts_behind(std::string_view content, char mark) {
  std::vector<std::string_view> out;
  while (!content.empty()) {
    const auto end = content.find(mark);
    const auto size = end == std::string_view::npos ? content.size() : end + 1;
    out.push_back(content.substr(0, size));
    content.remove_prefix(size);
  }
  return out;
}

// What a content says without how it is written: in normal form C, and whatever is repeated, the elements of the field or texts beside each other at one
// path, in the order of its bytes. A text that has no normal form stays as it is.
std::string sense_of(std::string_view content) {
  const auto normal = to_nfc(content);
  const std::string text = normal ? *normal : std::string(content);
  std::vector<std::string> elements;
  for (const std::string_view element : parts_before(text, kListElementMark)) {
    auto texts = parts_behind(element.substr(element.starts_with(kListElementMark) ? 1 : 0), kListTextMark);
    const auto path_of = [](std::string_view one) { return one.substr(0, one.find(kListPathMark)); };
    for (auto from = texts.begin(); from != texts.end();) {
      const auto to = std::find_if(from, texts.end(), [&](std::string_view one) { return path_of(one) != path_of(*from); });
      std::sort(from, to);
      from = to;
    }
    std::string sorted(1, kListElementMark);
    for (const std::string_view one : texts) sorted += one;
    elements.push_back(std::move(sorted));
  }
  std::sort(elements.begin(), elements.end());
  std::string out;
  for (const std::string& one : elements) out += one;
  return out;
}

// As a message can hold it; nothing for a text that none can.
std::optional<std::string> kept_value(const std::string& text) {
  const auto normal = to_nfc(text);
  constexpr std::size_t kValueMax = 2048;   // of list_entry.fbs
  if (!normal || !check_text(*normal, kValueMax, Lines::kOne)) return std::nullopt;
  return *normal;
}

void take_list_field(ListedEntry& entry, std::string_view name, std::string_view content, const std::vector<std::string>& values) {
  if (name == "SORT_KEY" || name == "SORT_KEY_LAST_MOD" || content.empty()) return;
  const bool kept = std::find(values.begin(), values.end(), name) != values.end();
  entry.fields.push_back({std::string(name), sha256(view_of(sense_of(content))), kept ? kept_value(list_text(content)) : std::nullopt});
  if (name == "REFERENCE_NUMBER") entry.reference = list_text(content);
  if (name == "UN_LIST_TYPE") entry.list_type = list_text(content);
  if (name == "LISTED_ON") entry.listed_on = newest_day(list_text(content));
  if (name == "LAST_DAY_UPDATED") entry.updated_on = newest_day(list_text(content));
  if (name == "DELISTED_ON") entry.delisted_on = newest_day(list_text(content));
}

bool take_listed_entry(ListAnswer& answer, bool entity, ListVersion& out, const std::vector<std::string>& values) {
  ListedEntry entry;
  entry.entity = entity;
  char mark = answer.mark();
  for (; mark == 'F'; mark = answer.mark()) {
    const std::string_view name = answer.text(kListNameMax), content = answer.text(2 * kListEntryBytesMax);
    if (!answer.good() || !is_list_name(name) || entry.fields.size() == kListFieldsMax) return false;
    take_list_field(entry, name, content, values);
  }
  std::sort(entry.fields.begin(), entry.fields.end(), [](const ListField& a, const ListField& b) { return a.name < b.name; });
  if (mark != ';' || out.entries.size() == kListEntriesMax) return false;
  out.entries.push_back(std::move(entry));
  return true;
}

Result<ListVersion> list_of_answer(std::string_view text, const std::vector<std::string>& values) {
  ListAnswer answer(text);
  const auto broken = fail(Code::kIo, "the child process that reads the list has not answered in its form");
  const char kind = answer.mark();
  if (kind == 'W') {
    const std::string_view sentence = answer.text(kSentenceMax);
    return answer.good() && answer.at_end() ? fail(Code::kInput, printable(sentence), "get the list again from where it is published") : broken;
  }
  const std::string_view generated = answer.text(kListNameMax);
  if (kind != 'L' || !answer.good()) return broken;
  ListVersion out;
  char mark = answer.mark();
  for (; mark == 'I' || mark == 'E'; mark = answer.mark()) {
    if (!take_listed_entry(answer, mark == 'E', out, values)) return broken;
  }
  if (mark != '.' || !answer.good() || !answer.at_end()) return broken;
  const auto time = list_time(generated);
  if (!time) return fail(Code::kInput, "dateGenerated: is missing or is no time", "get the list again from where it is published");
  out.generated_ms = *time;
  return out;
}

Error broken_list_fields() { return fail(Code::kStore, "the fields of an entry of the last good list are damaged", "restore node.db from a backup"); }

std::optional<int> two_digits(std::string_view text) {
  if (text.size() != 2 || text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') return std::nullopt;
  return (text[0] - '0') * 10 + (text[1] - '0');
}

}  // namespace

std::optional<TimeMs> list_time(std::string_view text) {
  const auto second = from_rfc3339(std::string(text.substr(0, 19)) + "Z");
  if (!second || text.size() < 20) return std::nullopt;
  text.remove_prefix(19);
  TimeMs millis = 0;
  if (text.front() == '.') {
    text.remove_prefix(1);
    std::size_t digits = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits) {
      if (digits < 3) millis = millis * 10 + static_cast<TimeMs>(text.front() - '0');
    }
    if (digits == 0 || digits > 9) return std::nullopt;
    for (; digits < 3; ++digits) millis *= 10;
  }
  if (text == "Z") return *second + millis;
  if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = two_digits(text.substr(1, 2)), minutes = two_digits(text.substr(4, 2));
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const TimeMs offset = static_cast<TimeMs>(*hours * 60 + *minutes) * 60'000;
  if (text[0] == '+' && offset > *second) return std::nullopt;
  return (text[0] == '+' ? *second - offset : *second + offset) + millis;
}

Result<ListVersion> parse_list(View xml, const std::vector<std::string>& values, std::stop_token stop, const ListParseLimits& limits) {
  if (xml.size() > kListBytesMax) return fail(Code::kInput, "the list is longer than 64 MiB", "get the list again from where it is published");
  const auto answer = in_child([xml] { return answer_of_child(xml); }, {limits.memory_bytes, kListAnswerMax, limits.seconds, 4 * limits.seconds}, stop);
  if (!answer) return answer.error();
  return list_of_answer(*answer, values);
}

std::string list_fields_text(const std::vector<ListField>& fields) {
  std::string out;
  for (const ListField& field : fields) out += field.name + "\t" + hex(field.digest) + (field.value ? "\t" + *field.value : "") + "\n";
  return out;
}

Result<std::vector<ListField>> list_fields_of(std::string_view text) {
  std::vector<ListField> out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.size() == text.size()) return broken_list_fields();
    text.remove_prefix(line.size() + 1);
    const auto name = line.find('\t');
    if (name == std::string_view::npos) return broken_list_fields();
    const std::string_view rest = line.substr(name + 1);
    const auto bytes = from_hex(rest.substr(0, 64));
    const auto digest = bytes ? array_from<Hash>(*bytes) : std::nullopt;
    if (!digest || (rest.size() > 64 && rest[64] != '\t')) return broken_list_fields();
    out.push_back({std::string(line.substr(0, name)), *digest, rest.size() > 64 ? std::optional<std::string>(rest.substr(65)) : std::nullopt});
  }
  return out;
}

}  // namespace liaison
