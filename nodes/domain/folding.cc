// SPDX-License-Identifier: Apache-2.0
// decoded() and folded() of words.h: what ICU knows of characters.
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <array>

#include "nodes/domain/words.h"
#include "schemas/result.h"

namespace liaison {
namespace {

// U+00C0..U+017F without their accents; '.' is not decided here.
constexpr std::string_view kLatinBase =
    "aaaaaaaceeeeiiiidnooooo.ouuuuy.saaaaaaaceeeeiiiidnooooo.ouuuuy.y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
constexpr char32_t kLooseByte = 0x110000;   // and the byte on top of it

bool is_ascii_letter_or_digit(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

void blank(std::string& out) {
  if (!out.empty() && out.back() != ' ') out += ' ';
}

void append(std::string& out, UChar32 c) {
  std::array<char, U8_MAX_LENGTH> bytes{};
  std::size_t length = 0;
  U8_APPEND_UNSAFE(bytes.data(), length, c);
  out.append(bytes.data(), length);
}

// Signs on or in a word that nobody needs for telling it from another: accents, Arabic vowel signs, tatweel, the lone hamza,
// joiners. The marks of other scripts are their vowels and stay.
bool is_passed_over(UChar32 c) {
  if (c == 0x0640 || c == 0x0621 || (c >= 0x064B && c <= 0x065F)) return true;
  const auto type = u_charType(c);
  if (type != U_NON_SPACING_MARK) return type == U_FORMAT_CHAR;
  return (c >= 0x0300 && c <= 0x036F) || (c >= 0x0610 && c <= 0x06ED) || (c >= 0x1DC0 && c <= 0x1DFF) || (c >= 0x20D0 && c <= 0x20FF);
}

// Letters that people write for one another.
UChar32 plain_letter(UChar32 c) {
  switch (c) {
    case 0x0671: return 0x0627;                     // alef wasla, alef
    case 0x0649: case 0x06CC: return 0x064A;        // alef maksura, Farsi yeh: yeh
    case 0x0629: return 0x0647;                     // teh marbuta, heh
    case 0x06A9: return 0x0643;                     // keheh, kaf
    default: return u_foldCase(c, U_FOLD_CASE_DEFAULT);
  }
}

// Most letters of our names need no look into ICU's tables: Russian and Arabic ones without a sign of their own, ideographs.
UChar32 known_letter(UChar32 c) {
  if (c >= 0x0410 && c <= 0x042F && c != 0x0419) return c + 0x20;
  if (c >= 0x0430 && c <= 0x044F && c != 0x0439) return c;
  if ((c >= 0x0627 && c <= 0x063A && c != 0x0629) || (c >= 0x0641 && c <= 0x0648) || c == 0x064A) return c;
  return c >= 0x4E00 && c <= 0x9FFF ? c : 0;
}

void fold_part(std::string& out, UChar32 c) {
  if (is_passed_over(c)) return;
  const auto type = u_charType(c);
  if (type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK) return append(out, c);
  const bool modifier = c >= 0x02B0 && c <= 0x02FF;  // apostrophes that count as letters
  if (!u_isalnum(c) || modifier) return blank(out);
  const auto digit = u_charDigitValue(c);
  append(out, digit >= 0 ? '0' + digit : plain_letter(c));
}

void fold_character(std::string& out, UChar32 c) {
  if (const auto known = known_letter(c); known != 0) return append(out, known);
  static const UNormalizer2* const kForms = [] {
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2* forms = unorm2_getNFKDInstance(&status);
    CHECK(U_SUCCESS(status));
    return forms;
  }();
  std::array<UChar, 32> parts{};
  UErrorCode status = U_ZERO_ERROR;
  const bool hangul = c >= 0xAC00 && c <= 0xD7A3;   // a syllable is a letter
  const auto length = hangul ? -1 : unorm2_getDecomposition(kForms, c, parts.data(), static_cast<std::int32_t>(parts.size()), &status);
  if (length < 0 || U_FAILURE(status)) return fold_part(out, c);
  for (std::int32_t i = 0; i < length;) {
    UChar32 part = 0;
    U16_NEXT(parts.data(), i, length, part);
    fold_part(out, part);
  }
}

// The character at that place, or a loose byte; moves on behind it.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x80) return ++at, char32_t{byte};
  UChar32 c = 0;
  auto next = static_cast<std::int64_t>(at);
  U8_NEXT(reinterpret_cast<const std::uint8_t*>(text.data()), next, static_cast<std::int64_t>(text.size()), c);
  at = c < 0 ? at + 1 : static_cast<std::size_t>(next);
  return c < 0 ? kLooseByte + byte : static_cast<char32_t>(c);
}

}  // namespace

std::u32string decoded(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) out += next_character(text, at);
  return out;
}

std::string folded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_character(text, at);
    const char base = c >= 0xC0 && c - 0xC0 < kLatinBase.size() ? kLatinBase[c - 0xC0] : '.';
    if (is_ascii_letter_or_digit(c)) {
      out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    } else if (c < 0x80) {
      blank(out);
    } else if (base != '.') {
      out += base;
    } else if (c >= kLooseByte) {
      out += static_cast<char>(c - kLooseByte);
    } else {
      fold_character(out, static_cast<UChar32>(c));
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace liaison
