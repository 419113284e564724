// SPDX-License-Identifier: Apache-2.0
#include "schemas/text.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>
#include <unicode/uversion.h>

#include <array>
#include <cstdio>
#include <vector>

namespace liaison {
namespace {

// The next character, or a negative number for bytes that are not UTF-8.
UChar32 next(std::string_view text, std::size_t& at) {
  UChar32 c = 0;
  auto i = static_cast<std::int32_t>(at);
  U8_NEXT(reinterpret_cast<const std::uint8_t*>(text.data()), i, static_cast<std::int32_t>(text.size()), c);
  at = static_cast<std::size_t>(i);
  return c;
}

bool is_control(UChar32 c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }
bool is_bidi_format(UChar32 c) {
  return c == 0x061c || (c >= 0x200e && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}
bool is_nonchar(UChar32 c) { return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef); }

// The next character as a terminal may show it.
std::string shown_next(std::string_view text, std::size_t& at) {
  const std::size_t start = at;
  const UChar32 c = next(text, at);
  char escaped[16];
  if (c < 0) {
    at = start + 1;
    std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(text[start])));
    return escaped;
  }
  if (!is_control(c) && !is_bidi_format(c) && !is_nonchar(c)) return std::string(text.substr(start, at - start));
  std::snprintf(escaped, sizeof escaped, c < 0x80 ? "\\x%02x" : "\\u{%x}", static_cast<unsigned>(c));
  return escaped;
}

Result<std::vector<UChar>> to_utf16(std::string_view text) {
  std::vector<UChar> out(text.size() + 1);
  std::int32_t length = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strFromUTF8(out.data(), static_cast<std::int32_t>(out.size()), &length, text.data(), static_cast<std::int32_t>(text.size()), &status);
  if (U_FAILURE(status)) return fail(Code::kInput, "the text is not valid UTF-8", "save it as UTF-8 and try again");
  out.resize(static_cast<std::size_t>(length));
  return out;
}

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

// Nothing but printable ASCII, as most texts are: nothing in it could be refused.
bool is_plain(std::string_view text) {
  bool plain = true;
  for (const char c : text) plain = plain && static_cast<unsigned char>(c - 0x20) < 0x5f;
  return plain;
}

const UNormalizer2* nfc() {
  UErrorCode status = U_ZERO_ERROR;
  const UNormalizer2* instance = unorm2_getNFCInstance(&status);
  CHECK(U_SUCCESS(status));
  return instance;
}

Result<void> check_characters(std::string_view text, Lines lines) {
  for (std::size_t at = 0; at < text.size();) {
    const UChar32 c = next(text, at);
    if (c < 0) return fail(Code::kInput, "the text is not valid UTF-8", "save it as UTF-8 and try again");
    if (is_control(c) && !(lines == Lines::kMany && (c == '\n' || c == '\t'))) {
      return fail(Code::kInput, "the text holds a control character", "remove it; a line break is allowed only in longer texts");
    }
    if (is_bidi_format(c))
      return fail(Code::kInput, "the text holds a character that changes the writing direction", "remove it; text is shown in its own direction");
    if (is_nonchar(c)) return fail(Code::kInput, "the text holds a code point that is no character", "remove it");
  }
  return {};
}

constexpr std::size_t kLongBytes = 1024;   // from here on a field is for whole texts

std::string too_long_hint(std::size_t over, std::size_t max_bytes) {
  const std::string shorten = "shorten it by " + std::to_string(over) + " bytes";
  if (max_bytes < kLongBytes) return shorten;
  return shorten + ", split it over several records, or keep it as a document and record that with its symbol or link: liaison visit-report new --symbol";
}

}  // namespace

Result<void> check_text(std::string_view text, std::size_t max_bytes, Lines lines) {
  if (text.size() > max_bytes) {
    return fail(Code::kInput, "the text has " + std::to_string(text.size()) + " bytes, " + std::to_string(max_bytes) + " are allowed",
                too_long_hint(text.size() - max_bytes, max_bytes));
  }
  if (is_plain(text)) return {};
  TRY(check_characters(text, lines));
  if (is_ascii(text)) return {};
  const auto wide = TRY(to_utf16(text));
  UErrorCode status = U_ZERO_ERROR;
  const bool normal = unorm2_isNormalized(nfc(), wide.data(), static_cast<std::int32_t>(wide.size()), &status);
  if (U_FAILURE(status) || !normal) return fail(Code::kInput, "the text is not in Unicode normal form C", "type the accented letters again");
  return {};
}

Result<std::string> to_nfc(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  const auto wide = TRY(to_utf16(text));
  std::vector<UChar> normal(wide.size() * 3 + 16);
  UErrorCode status = U_ZERO_ERROR;
  const auto length = unorm2_normalize(nfc(), wide.data(), static_cast<std::int32_t>(wide.size()), normal.data(),
                                       static_cast<std::int32_t>(normal.size()), &status);
  std::string out(static_cast<std::size_t>(length > 0 ? length : 0) * 3 + 1, '\0');
  std::int32_t bytes = 0;
  u_strToUTF8(out.data(), static_cast<std::int32_t>(out.size()), &bytes, normal.data(), length, &status);
  if (U_FAILURE(status)) return fail(Code::kInput, "the text cannot be normalised");
  out.resize(static_cast<std::size_t>(bytes));
  return out;
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string piece = shown_next(text, at);
    if (out.size() + piece.size() > max_bytes) return out + "...";
    out += piece;
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const UChar32 c = next(text, at);
    if (c < 0) at = start + 1;
    const int category = u_charType(c < 0 ? '?' : c);
    if (category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK || category == U_FORMAT_CHAR) continue;
    const int wide = u_getIntPropertyValue(c < 0 ? '?' : c, UCHAR_EAST_ASIAN_WIDTH);
    width += wide == U_EA_FULLWIDTH || wide == U_EA_WIDE ? 2 : 1;
  }
  return width;
}

std::string icu_version() {
  UVersionInfo version;
  u_getVersion(version);
  std::array<char, U_MAX_VERSION_STRING_LENGTH> text{};
  u_versionToString(version, text.data());
  return text.data();
}

}  // namespace liaison
