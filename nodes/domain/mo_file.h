// SPDX-License-Identifier: Apache-2.0
// The translations in a GNU .mo file (format revision 0, either byte order), read without gettext and whatever locale is
// installed. The bytes are not trusted: every table and every string lies inside the file and ends in a NUL, or there is no
// MoFile. The hash table is not looked at. Owns its bytes; immutable, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.h"

namespace liaison {

class MoFile {
 public:
  static constexpr std::size_t kBytesMax = 8 << 20;

  // kFormat when the bytes are no such file, when it is cut short, or when its header names another charset than UTF-8;
  // kSize above kBytesMax.
  static Result<MoFile> parse(std::string bytes);
  // As above; kUnknown when there is no file, kIo when it cannot be read.
  static Result<MoFile> read(const std::filesystem::path& file);

  // The translation of a text; empty when the file has none. Of a text with plural forms the first one, found by its
  // singular. What has a context is found only with it: the context, the byte 4, the text.
  std::string_view find(std::string_view text) const;
  // How many texts it holds; its own header, the translation of the empty text, counts as one.
  std::size_t size() const { return entries_.size(); }

 private:
  struct Span { std::uint32_t at = 0, length = 0; };
  struct Entry { Span text, translation; };
  class Reader;

  MoFile(std::string bytes, std::vector<Entry> entries) : bytes_(std::move(bytes)), entries_(std::move(entries)) {}
  std::string_view view(Span span) const { return std::string_view(bytes_).substr(span.at, span.length); }

  std::string bytes_;
  std::vector<Entry> entries_;  // sorted by text
};

}  // namespace liaison
