// SPDX-License-Identifier: Apache-2.0
// The line of a text in which most of what was searched for stands. Pure functions; any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nodes/domain/text_query.h"

namespace liaison {

inline constexpr std::size_t kSnippetCharacters = 160;
// Of each text; what stands behind is found, but not shown.
inline constexpr std::size_t kSnippetBytesMax = 16 * 1024;

// Byte ranges of a text that matched, in order, none over another.
using TextMarks = std::vector<std::pair<std::size_t, std::size_t>>;
struct MarkedText {
  std::string text;
  TextMarks marks;
  // "for [border] control": for people and tests.
  std::string with(std::string_view open, std::string_view close) const;
};

// What every word is looked for by, but those that must not be there.
using SearchedTerms = std::set<std::string, std::less<>>;
SearchedTerms terms_of(const SearchText& searched);

// The whole text with its marks.
MarkedText marked(const std::string& text, const SearchedTerms& terms);
// Of all these texts the best line, with dots where it was cut; the beginning of the first one when nothing matches.
MarkedText snippet_of(const std::vector<std::string>& texts, const SearchedTerms& terms);

}  // namespace liaison
