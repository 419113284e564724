// SPDX-License-Identifier: Apache-2.0
// The signed and hashed texts (roster, policy, enrolment request) line by line: ASCII, LF, exactly one space between
// words, every refusal with its line number. Bytes come from outside. The text must outlive the reader. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

class LineReader {
 public:
  // `code` for bytes other than printable ASCII and LF, for a missing last LF, and for more than `bytes_max`.
  static Result<LineReader> open(std::string_view text, std::size_t bytes_max, Code code);

  bool done() const { return at_ == lines_.size(); }
  // The next line begins with this word.
  bool next_is(std::string_view word) const;
  // Takes the next line, which must be `word` and `count` more words ("network" 1), and returns those.
  Result<std::vector<std::string_view>> take(std::string_view word, std::size_t count);
  // The same with at least one more word.
  Result<std::vector<std::string_view>> take_some(std::string_view word);
  // The next line whole.
  Result<std::string_view> take_line();
  // The last line must be behind us.
  Result<void> expect_end() const;
  // An error at the line taken last: "line 4: " and the sentence.
  Error error(std::string_view sentence) const;

 private:
  LineReader(std::vector<std::string_view> lines, Code code) : lines_(std::move(lines)), code_(code) {}
  Error error_at(std::size_t line, std::string_view sentence) const;
  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  Code code_;
};

// Words between single spaces; nothing when one is empty.
std::optional<std::vector<std::string_view>> split_words(std::string_view line);
// A decimal number without leading zeros.
std::optional<std::uint64_t> parse_decimal(std::string_view text);
// "-" is no hash; otherwise base64 of 32 bytes. The outer optional is empty for anything else.
std::optional<std::optional<Hash>> parse_previous(std::string_view text);
std::optional<Hash> parse_hash(std::string_view base64_text);
// [A-Za-z0-9._-]{1,128}.
bool is_network_name(std::string_view text);

}  // namespace liaison
