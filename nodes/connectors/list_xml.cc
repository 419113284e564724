// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/list_xml.h"

#include <expat.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <type_traits>

namespace liaison {

namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;
// Of one tag or comment; Expat reads it anew with each piece until it has ended.
constexpr std::size_t kListTokenMax = 3 * kPieceBytes;

// Blanks around it gone, and each run of blanks one: they are how a list is typed, not what it says.
std::string one_blanked(std::string_view text) {
  std::string out;
  bool blank = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool wide = text.substr(i, 2) == "\xc2\xa0";
    if (wide || text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
      blank = !out.empty();
      i += wide ? 1 : 0;
      continue;
    }
    if (blank) out += ' ';
    blank = false;
    out += text[i];
  }
  return out;
}

// Expat calls it; a rule that is broken ends the parse with its sentence.
class ListReader {
 public:
  explicit ListReader(XML_Parser parser) : parser_(parser) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &start, &end);
    XML_SetCharacterDataHandler(parser, &text);
    XML_SetStartDoctypeDeclHandler(parser, &doctype);
    XML_SetXmlDeclHandler(parser, &declaration);
  }

  Result<ListXml> read(View xml) {
    for (std::size_t at = 0; at < xml.size() || at == 0;) {
      const std::size_t size = std::min(kPieceBytes, xml.size() - at);
      const bool last = at + size == xml.size();
      if (XML_Parse(parser_, reinterpret_cast<const char*>(xml.data()) + at, static_cast<int>(size), last ? 1 : 0) != XML_STATUS_OK) return wrong();
      at += size;
      const XML_Index token = XML_GetCurrentByteIndex(parser_);
      if (!last && token >= 0 && at - std::min(at, static_cast<std::size_t>(token)) > kListTokenMax) {
        stop("one tag or comment is longer than " + std::to_string(kListTokenMax / 1024) + " KiB");
        return wrong();
      }
      if (last) break;
    }
    return std::move(list_);
  }

 private:
  struct Open {
    std::string name, text;
  };

  static ListReader& self(void* data) { return *static_cast<ListReader*>(data); }
  static void XMLCALL start(void* data, const XML_Char* name, const XML_Char** attributes) { self(data).begin_element(name, attributes); }
  static void XMLCALL end(void* data, const XML_Char*) { self(data).end_element(); }
  static void XMLCALL text(void* data, const XML_Char* text, int size) { self(data).add_text({text, static_cast<std::size_t>(size)}); }
  static void XMLCALL doctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    self(data).stop("it has a document type, and a list needs none");
  }
  static void XMLCALL declaration(void* data, const XML_Char*, const XML_Char* encoding, int) {
    if (encoding == nullptr) return;
    std::string word(encoding);
    std::transform(word.begin(), word.end(), word.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    if (word != "UTF-8") self(data).stop("it says that it is written in another encoding than UTF-8");
  }

  void stop(std::string why) {
    if (!why_.empty()) return;
    why_ = std::move(why);
    XML_StopParser(parser_, XML_FALSE);
  }

  Error wrong() const {
    const std::string line = "line " + std::to_string(XML_GetCurrentLineNumber(parser_)) + ": ";
    if (!why_.empty()) return fail(Code::kInput, line + why_, "get the list again from where it is published");
    return fail(Code::kInput, line + "it is not well-formed XML in UTF-8: " + XML_ErrorString(XML_GetErrorCode(parser_)),
                "get the list again from where it is published");
  }

  void begin_element(const XML_Char* name_text, const XML_Char** attributes) {
    if (!why_.empty()) return;
    const std::string_view name(name_text);
    const std::size_t level = open_.size();
    if (level >= kListDepthMax) return stop("elements stand more than " + std::to_string(kListDepthMax) + " deep in each other");
    if (!is_list_name(name)) return stop("an element has a name that is none of a list");
    if (!check_attributes(attributes, level == 0)) return;
    if (level == 0 && name != "CONSOLIDATED_LIST") return stop("it does not begin with CONSOLIDATED_LIST");
    if (level == 1 && name != "INDIVIDUALS" && name != "ENTITIES") return stop("an element in CONSOLIDATED_LIST is neither INDIVIDUALS nor ENTITIES");
    if (level == 2) begin_entry(name);
    if (level == 3) begin_field(name);
    open_.push_back({std::string(name), {}});
  }

  bool check_attributes(const XML_Char** attributes, bool top) {
    std::size_t count = 0;
    for (const XML_Char** at = attributes; *at != nullptr; at += 2) {
      const std::string_view name(at[0]), value(at[1]);
      if (++count > kListAttributesMax) return stop("an element has more than " + std::to_string(kListAttributesMax) + " attributes"), false;
      if (name.size() > kListTextMax || value.size() > kListTextMax)
        return stop("an attribute is longer than " + std::to_string(kListTextMax / 1024) + " KiB"), false;
      if (top && name == "dateGenerated") list_.generated = value.substr(0, kListNameMax);
    }
    return true;
  }

  void begin_entry(std::string_view name) {
    const bool entities = open_[1].name == "ENTITIES";
    if (name != (entities ? "ENTITY" : "INDIVIDUAL")) return stop("an element in " + open_[1].name + " is no entry");
    if (list_.entries.size() == kListEntriesMax) return stop("it has more than " + std::to_string(kListEntriesMax) + " entries");
    list_.entries.push_back({entities, {}});
    bytes_ = 0;
  }

  void begin_field(std::string_view name) {
    auto& fields = list_.entries.back().fields;
    field_ = static_cast<std::size_t>(std::find_if(fields.begin(), fields.end(), [&](const ListXmlField& one) { return one.name == name; }) - fields.begin());
    if (field_ == kListFieldsMax) return stop("an entry has more than " + std::to_string(kListFieldsMax) + " fields");
    if (field_ == fields.size()) fields.push_back({std::string(name), {}});
    fields[field_].content += kListElementMark;
  }

  void add_text(std::string_view more) {
    if (!why_.empty() || open_.empty()) return;
    if (open_.back().text.size() + more.size() > kListTextMax) return stop("a text is longer than " + std::to_string(kListTextMax / 1024) + " KiB");
    open_.back().text += more;
  }

  void end_element() {
    if (!why_.empty()) return;
    const std::string said = one_blanked(open_.back().text);
    if (open_.size() < 4 && !said.empty()) return stop("a text stands outside of the fields of an entry");
    if (open_.size() >= 4) end_of_field(said);
    if (open_.size() == 3) std::erase_if(list_.entries.back().fields, [](const ListXmlField& one) { return one.content.empty(); });
    open_.pop_back();
  }

  void end_of_field(const std::string& said) {
    std::string& content = list_.entries.back().fields[field_].content;
    if (!said.empty()) {
      const std::size_t before = content.size();
      for (std::size_t i = 4; i < open_.size(); ++i) content += (i == 4 ? "" : "/") + open_[i].name;
      content += kListPathMark + said + kListTextMark;
      bytes_ += content.size() - before;
    }
    if (open_.size() == 4 && content.back() == kListElementMark) content.pop_back();
    if (bytes_ > kListEntryBytesMax) stop("an entry is longer than " + std::to_string(kListEntryBytesMax / 1024) + " KiB");
  }

  XML_Parser parser_;
  ListXml list_;
  std::vector<Open> open_;
  std::size_t field_ = 0;   // of the newest entry
  std::size_t bytes_ = 0;   // of the newest entry
  std::string why_;
};

}  // namespace

bool is_list_name(std::string_view name) {
  const auto good = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= kListNameMax && std::all_of(name.begin(), name.end(), good);
}

std::string list_text(std::string_view content) {
  std::string out;
  while (!content.empty()) {
    const auto path = content.find(kListPathMark), end = content.find(kListTextMark);
    if (path == std::string_view::npos || end == std::string_view::npos || end < path) break;
    out += (out.empty() ? "" : "; ");
    out += content.substr(path + 1, end - path - 1);
    content.remove_prefix(end + 1);
  }
  return out;
}

Result<ListXml> read_list_xml(View xml) {
  if (xml.size() > kListBytesMax) return fail(Code::kInput, "the list is longer than 64 MiB", "get the list again from where it is published");
  // Expat would take up UTF-16 by its first bytes.
  if (std::find(xml.begin(), xml.end(), std::uint8_t{0}) != xml.end())
    return fail(Code::kInput, "it is not well-formed XML in UTF-8: it holds a byte of zero", "get the list again from where it is published");
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(XML_ParserCreate("UTF-8"), &XML_ParserFree);
  if (!parser) return fail(Code::kIo, "there is no memory to read the list");
  return ListReader(parser.get()).read(xml);
}

}  // namespace liaison
