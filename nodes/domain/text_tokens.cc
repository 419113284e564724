// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/text_tokens.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "nodes/domain/words.h"

namespace liaison {
namespace {

using Role = TextToken::Role;

enum class Sort { kBreak, kLetter, kMark, kChinese, kJoiner, kApostrophe };
enum class Script { kOther, kLatin, kCyrillic, kArabic };

struct Character {
  char32_t c = 0;
  std::size_t begin = 0, end = 0;
  Sort sort = Sort::kBreak;
};

constexpr std::size_t kWholePartsMax = 6;

bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

Sort sort_of(char32_t c) {
  if (c < 0x80) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return Sort::kLetter;
    if (c == '\'') return Sort::kApostrophe;
    return c == '-' || c == '/' || c == '_' ? Sort::kJoiner : Sort::kBreak;
  }
  if (is_chinese(c)) return Sort::kChinese;
  if (c == 0x2019 || c == 0x2018 || (c >= 0x02B9 && c <= 0x02BF)) return Sort::kApostrophe;
  if (c == 0x2010 || c == 0x2011 || c == 0xFF0D || c == 0xFF0F) return Sort::kJoiner;
  const auto point = static_cast<UChar32>(c);
  const auto type = u_charType(point);
  if (type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return Sort::kMark;
  return u_isalnum(point) != 0 ? Sort::kLetter : Sort::kBreak;
}

// What is not UTF-8 is a break of one byte.
Character character_at(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x80) return {byte, at, at + 1, sort_of(byte)};
  UChar32 c = 0;
  auto next = static_cast<std::int64_t>(at);
  U8_NEXT(reinterpret_cast<const std::uint8_t*>(text.data()), next, static_cast<std::int64_t>(text.size()), c);
  if (c < 0) return {0, at, at + 1, Sort::kBreak};
  return {static_cast<char32_t>(c), at, static_cast<std::size_t>(next), sort_of(static_cast<char32_t>(c))};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_latin_letter(char c) { return c >= 'a' && c <= 'z'; }

// Of a folded word: the script of all its letters.
Script script_of(const std::string& word) {
  if (std::all_of(word.begin(), word.end(), is_latin_letter)) return Script::kLatin;
  bool cyrillic = true, arabic = true;
  for (const char32_t c : decoded(word)) {
    cyrillic = cyrillic && c >= 0x0400 && c <= 0x04FF;
    arabic = arabic && c >= 0x0600 && c <= 0x06FF;
  }
  return cyrillic ? Script::kCyrillic : arabic ? Script::kArabic : Script::kOther;
}

// In lower case without signs; but a Russian short i keeps its sign, for the endings hang on it.
std::string russian_word(std::string_view word) {
  std::string out;
  for (std::size_t at = 0; at < word.size();) {
    const Character one = character_at(word, at);
    if (one.c == 0x0306 && out.ends_with("и")) out.replace(out.size() - 2, 2, "й");
    else if (one.c == 0x0419 || one.c == 0x0439) out += "й";
    else out += folded(word.substr(at, one.end - at));
    at = one.end;
  }
  return out;
}

void shorten(std::string& term) {
  if (term.size() <= kTokenBytesMax) return;
  std::size_t end = kTokenBytesMax;
  while (end > 0 && (static_cast<unsigned char>(term[end]) & 0xC0U) == 0x80U) --end;
  term.resize(end);
}

class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  std::vector<TextToken> all() && {
    for (std::size_t at = 0; at < text_.size();) {
      const Character one = character_at(text_, at);
      if (one.sort == Sort::kLetter) at = take_word(one);
      else if (one.sort == Sort::kChinese) at = take_run(one);
      else at = one.end;
    }
    end_whole();
    return std::move(out_);
  }

 private:
  void add(std::string term, std::size_t begin, std::size_t end, Role role) {
    shorten(term);
    if (!term.empty()) out_.push_back({std::move(term), begin, end, role});
  }

  // From its first letter; gives where to go on.
  std::size_t take_word(const Character& first) {
    std::size_t end = first.end;
    while (end < text_.size()) {
      const Character next = character_at(text_, end);
      if (next.sort != Sort::kLetter && next.sort != Sort::kMark) break;
      end = next.end;
    }
    const bool joined = joined_at_ == first.begin && first.begin > 0;
    if (!joined) end_whole();
    const bool after_apostrophe = joined && apostrophe_;
    const Sort behind = joins(end);
    if (!is_elided(first.begin, end, behind, after_apostrophe)) word(first.begin, end);
    return end;
  }

  // How the next word hangs on the one that ends here; kBreak: not at all.
  Sort joins(std::size_t end) {
    joined_at_ = 0;
    if (end >= text_.size()) return Sort::kBreak;
    const Character joiner = character_at(text_, end);
    if ((joiner.sort != Sort::kJoiner && joiner.sort != Sort::kApostrophe) || joiner.end >= text_.size()) return Sort::kBreak;
    if (character_at(text_, joiner.end).sort != Sort::kLetter) return Sort::kBreak;
    joined_at_ = joiner.end;
    apostrophe_ = joiner.sort == Sort::kApostrophe;
    return joiner.sort;
  }

  // The article of l'Afrique, the case of the State's.
  bool is_elided(std::size_t begin, std::size_t end, Sort behind, bool after_apostrophe) const {
    if (end - begin > 2) return false;
    const std::string word = folded(text_.substr(begin, end - begin));
    if (after_apostrophe && word == "s") return true;
    return behind == Sort::kApostrophe && (word == "qu" || (word.size() == 1 && std::string_view("cdjlmnst").find(word) != std::string_view::npos));
  }

  void word(std::size_t begin, std::size_t end) {
    const auto given = text_.substr(begin, end - begin);
    std::string all = folded(given);   // "½" is two words
    for (std::size_t at = 0; at < all.size();) {
      const auto blank = std::min(all.find(' ', at), all.size());
      if (blank > at) one_word(all.substr(at, blank - at), given, begin, end);
      at = blank + 1;
    }
  }

  void one_word(const std::string& plain, std::string_view given, std::size_t begin, std::size_t end) {
    switch (plain.size() > kTokenBytesMax ? Script::kOther : script_of(plain)) {
      case Script::kLatin: add(latin_stem(plain), begin, end, Role::kPlace); break;
      case Script::kCyrillic: add(russian_stem(russian_word(given)), begin, end, Role::kPlace); break;
      case Script::kArabic: {
        auto forms = arabic_forms(plain);
        add(std::move(forms.key), begin, end, Role::kPlace);
        for (auto& one : forms.variants) add(std::move(one), begin, end, Role::kVariant);
        break;
      }
      case Script::kOther:
        add(plain, begin, end, Role::kPlace);
        parts(plain, begin, end);
    }
    if (whole_parts_++ == 0) whole_begin_ = begin;
    whole_end_ = end;
    if (whole_.size() <= kTokenBytesMax) whole_ += plain;
  }

  // Where letters and digits meet.
  void parts(const std::string& plain, std::size_t begin, std::size_t end) {
    std::size_t from = 0;
    for (std::size_t i = 1; i <= plain.size(); ++i) {
      if (i < plain.size() && is_digit(plain[i]) == is_digit(plain[i - 1])) continue;
      if (i - from < plain.size() && i - from > 1) {
        const std::string part = plain.substr(from, i - from);
        add(script_of(part) == Script::kLatin ? latin_stem(part) : part, begin, end, Role::kPart);
      }
      from = i;
    }
  }

  void end_whole() {
    if (whole_parts_ > 1 && whole_parts_ <= kWholePartsMax && whole_.size() <= kTokenBytesMax) {
      add(script_of(whole_) == Script::kLatin ? latin_stem(whole_) : whole_, whole_begin_, whole_end_, Role::kWhole);
    }
    whole_.clear();
    whole_parts_ = 0;
  }

  // Pairs of neighbours, and each alone. A character that stands alone has a place.
  std::size_t take_run(const Character& first) {
    end_whole();
    joined_at_ = 0;
    Character last = first;
    std::string before = folded(text_.substr(first.begin, first.end - first.begin));
    for (bool alone = true;; alone = false) {
      const bool more = last.end < text_.size() && character_at(text_, last.end).sort == Sort::kChinese;
      if (!more) {
        add(before, last.begin, last.end, alone ? Role::kPlace : Role::kCharacter);
        return last.end;
      }
      const Character next = character_at(text_, last.end);
      std::string after = folded(text_.substr(next.begin, next.end - next.begin));
      add(before + after, last.begin, next.end, Role::kPlace);
      add(std::move(before), last.begin, last.end, Role::kCharacter);
      before = std::move(after);
      last = next;
    }
  }

  std::string_view text_;
  std::vector<TextToken> out_;
  std::string whole_;
  std::size_t whole_parts_ = 0, whole_begin_ = 0, whole_end_ = 0;
  std::size_t joined_at_ = 0;    // where a word begins that hangs on the one before; 0: none
  bool apostrophe_ = false;
};

}  // namespace

std::vector<TextToken> text_tokens(std::string_view text) { return Tokens(text).all(); }

}  // namespace liaison
