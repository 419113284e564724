// SPDX-License-Identifier: Apache-2.0
#include "security/line_reader.h"

#include <algorithm>
#include <charconv>

namespace liaison {

Result<LineReader> LineReader::open(std::string_view text, std::size_t bytes_max, Code code) {
  if (text.size() > bytes_max) return fail(code, "the text is longer than " + std::to_string(bytes_max) + " bytes");
  LineReader reader({}, code);
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return reader.error_at(reader.lines_.size() + 1, "the last line has no end");
    const auto line = text.substr(0, end);
    const auto printable = [](char c) { return c >= 0x20 && c <= 0x7E; };
    if (!std::all_of(line.begin(), line.end(), printable)) {
      return reader.error_at(reader.lines_.size() + 1, "a character that is not printable ASCII");
    }
    reader.lines_.push_back(line);
    text.remove_prefix(end + 1);
  }
  return reader;
}

bool LineReader::next_is(std::string_view word) const {
  return !done() && lines_[at_].starts_with(word) && (lines_[at_].size() == word.size() || lines_[at_][word.size()] == ' ');
}

Result<std::string_view> LineReader::take_line() {
  if (done()) return error_at(at_ + 1, "the text ends too early");
  return lines_[at_++];
}

Result<std::vector<std::string_view>> LineReader::take_some(std::string_view word) {
  const bool expected = next_is(word);
  const std::string_view line = TRY(take_line());
  if (!expected) return error("expected a line that begins with \"" + std::string(word) + "\"");
  auto words = split_words(line);
  if (!words) return error("words are to be separated by exactly one space");
  words->erase(words->begin());
  if (words->empty()) return error("nothing follows \"" + std::string(word) + "\"");
  return *std::move(words);
}

Result<std::vector<std::string_view>> LineReader::take(std::string_view word, std::size_t count) {
  auto words = TRY(take_some(word));
  if (words.size() != count) return error("a \"" + std::string(word) + "\" line has another number of words");
  return words;
}

Result<void> LineReader::expect_end() const {
  if (!done()) return error_at(at_ + 1, "an unknown line, or one in the wrong place");
  return {};
}

Error LineReader::error(std::string_view sentence) const { return error_at(at_, sentence); }

Error LineReader::error_at(std::size_t line, std::string_view sentence) const {
  return fail(code_, "line " + std::to_string(line) + ": " + std::string(sentence));
}

std::optional<std::vector<std::string_view>> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const auto end = line.find(' ');
    words.push_back(line.substr(0, end));
    if (words.back().empty()) return std::nullopt;
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end + 1);
  }
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || std::to_string(number) != text) return std::nullopt;
  return number;
}

std::optional<Hash> parse_hash(std::string_view base64_text) {
  const auto bytes = from_base64(base64_text);
  return bytes ? array_from<Hash>(*bytes) : std::nullopt;
}

std::optional<std::optional<Hash>> parse_previous(std::string_view text) {
  if (text == "-") return std::optional<Hash>();
  const auto hash = parse_hash(text);
  if (!hash) return std::nullopt;
  return hash;
}

bool is_network_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace liaison
