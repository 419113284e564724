// SPDX-License-Identifier: Apache-2.0
#include "nodes/files/json_entries.h"

namespace liaison {
namespace {

constexpr std::size_t kJsonEntriesMax = 100'000, kEntryBytesMax = 512 << 10, kJsonDepthMax = 16;
constexpr std::string_view kBlank = " \t\r\n";

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Follows brackets and strings, whatever else there is: what is wrong in them is found when they are read.
class Nesting {
 public:
  void take(char c) {
    if (in_string_) {
      if (escaped_) escaped_ = false;
      else if (c == '\\') escaped_ = true;
      else if (c == '"') in_string_ = false;
      return;
    }
    if (c == '"') in_string_ = true;
    if (c == '[' || c == '{') deepest_ = std::max(deepest_, ++depth_);
    if ((c == ']' || c == '}') && depth_ > 0) --depth_;
  }
  bool outside() const { return depth_ == 0 && !in_string_; }
  std::size_t deepest() const { return deepest_; }

 private:
  std::size_t depth_ = 0, deepest_ = 0;
  bool in_string_ = false, escaped_ = false;
};

Error no_list() { return fail(Code::kInput, "this is no list in JSON", "it has the form that an export with --format json writes"); }

}  // namespace

Result<std::vector<std::string_view>> json_entries(std::string_view text) {
  text = without_blanks(text);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return no_list();
  text = text.substr(1, text.size() - 2);
  std::vector<std::string_view> entries;
  if (without_blanks(text).empty()) return entries;
  Nesting nesting;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && !(text[at] == ',' && nesting.outside())) {
      nesting.take(text[at]);
      if (at - begin < kEntryBytesMax) continue;
      return fail(Code::kInput, "entry " + std::to_string(entries.size() + 1) + " has more than 512 KiB", "no record is as long: look at the file");
    }
    if (at == text.size() && !nesting.outside()) return no_list();
    if (entries.size() == kJsonEntriesMax) return fail(Code::kInput, "more than 100,000 entries", "import it in several files");
    entries.push_back(without_blanks(text.substr(begin, at - begin)));
    begin = at + 1;
  }
  return entries;
}

Result<nlohmann::json> json_object(std::string_view text) {
  Nesting nesting;
  for (const char c : text) nesting.take(c);
  if (nesting.deepest() > kJsonDepthMax) return fail(Code::kInput, "this is nested more than 16 times", "no record is: look at the file");
  auto object = nlohmann::json::parse(text, nullptr, false);
  if (!object.is_object()) return fail(Code::kInput, "this is no object in JSON", "each record stands in braces");
  return object;
}

}  // namespace liaison
