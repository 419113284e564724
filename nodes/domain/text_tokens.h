// SPDX-License-Identifier: Apache-2.0
// What a text is found by, in the six official languages: its words without case, accents, plural and case endings; Arabic ones also
// without what is written at their head (and, by, for, the); Chinese as characters and pairs of neighbours; symbols such as
// S/RES/1977 or SC/10816 by their parts and as one word. Pure functions; any thread. Nothing is stored, but what they give is: who
// changes it counts kTextLayout up.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace liaison {

// The layout of the index: other tokens, other tables.
inline constexpr int kTextLayout = 1;
// A longer word is found by its beginning.
inline constexpr std::size_t kTokenBytesMax = 64;

struct TextToken {
  enum class Role {
    kPlace,        // stands at a place of its own: phrases are looked for among these
    kVariant,      // the same word read in another way
    kWhole,        // what stands between two blanks, as one word: "sc10816" of "SC/10816"
    kPart,         // of a word of letters and digits: "sc" and "10816" of "SC10816"
    kCharacter,    // a single one of a run of Chinese ones
  };
  std::string term;          // ASCII letters in lower case, digits, and bytes above 0x7F; never empty
  std::size_t begin = 0, end = 0;   // bytes of the text
  Role role = Role::kPlace;
};

// In the order of the text; what belongs to a place comes right behind it or behind the last place of its whole. Bytes that are not
// UTF-8 part words and are no words. Grows with the text alone.
std::vector<TextToken> text_tokens(std::string_view text);

// "the", "et", "de", "по": nobody looks for these alone. Folded.
bool is_small_word(std::string_view folded_word);

// What a word of one script is found by, for the parts above; `word` is folded but for kCyrillic, which is in lower case.
std::string latin_stem(std::string word);
std::string russian_stem(std::string_view word);
struct ArabicForms {
  std::string key;
  std::vector<std::string> variants;   // without repetition, and without the key
};
ArabicForms arabic_forms(const std::string& word);

}  // namespace liaison
