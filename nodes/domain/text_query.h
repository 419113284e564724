// SPDX-License-Identifier: Apache-2.0
// What a person types to search for, and the expression that it becomes. Every word must be there; "these words" stand side by side in
// this order; -word must not be there; a OR b; word* begins so. Anything else is text. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.h"

namespace liaison {

inline constexpr std::size_t kSearchBytesMax = 1024;
inline constexpr std::size_t kSearchWordsMax = 16;     // with those that must not be there
inline constexpr std::size_t kSearchTermsMax = 64;     // what the words are looked for by
inline constexpr std::size_t kPrefixLettersMin = 3;
inline constexpr std::size_t kPrefixWordsMax = 200;    // that may begin so

using TextPhrase = std::vector<std::string>;   // terms side by side; one for a word
// One word or "phrase": found where any of its forms is.
struct SearchedWord {
  std::string typed;
  std::vector<TextPhrase> forms;
  std::string prefix;                 // of a word with a *, besides its forms
};
struct SearchText {
  std::vector<std::vector<SearchedWord>> all;   // one of each
  std::vector<SearchedWord> none;
  bool empty() const { return all.empty() && none.empty(); }
};

// kInput when it is too long or has too many words, when nothing in it can be looked for, or a prefix is too short. An empty text or
// one of blanks alone is no mistake, and empty.
Result<SearchText> parse_search(std::string_view text);

// The terms that begin so, at most one more than kPrefixWordsMax; each as the index has it.
using PrefixTerms = std::function<Result<std::vector<std::string>>(const std::string& prefix)>;
// In the language of FTS5, with nothing in it that a person wrote but terms in quotes; `filters` are groups of marks of which one must
// be there. The forms of a prefix are added to `searched`. kInput when too many words begin so, or nothing says what must be there.
Result<std::string> match_of(SearchText& searched, const std::vector<std::vector<std::string>>& filters, const PrefixTerms& terms);

}  // namespace liaison
