// SPDX-License-Identifier: Apache-2.0
// Words as people type them: folding for comparison, the nearest known word for a slip, and lists for sentences. Pure
// functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace liaison {

// The characters of UTF-8; a byte that belongs to none is one of its own, above all of Unicode.
std::u32string decoded(std::string_view text);

// Lower case, accents taken off, everything but letters and digits one blank: "Côte d'Ivoire" -> "cote d ivoire", "Ёлка" ->
// "елка". Arabic loses its vowel signs, tatweel and hamzas, and its letters that are taken for one another become one. Digits
// of other scripts become ASCII, other letters stay as they are, and so do bytes that are not UTF-8.
std::string folded(std::string_view text);

// How many letters must be changed, added or dropped; `most` + 1 when it is more than `most`.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most);

// The candidate that a slip most likely meant; empty when none is near. Both sides are folded for the comparison. A third of the
// letters may be wrong, two in a short word. In Chinese a character is a whole syllable: of two none may be wrong, of three or
// four one, of five to seven two.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

// "follow_up" -> "follow up": a word of a vocabulary as people read it.
std::string in_words(std::string word);
// "a request", "an offer".
std::string with_article(std::string_view noun);
// "a", "a and b", "a, b and c".
std::string listed(const std::vector<std::string>& items);
// "a, b or c": of which one is to be chosen.
std::string one_of(const std::vector<std::string>& items);
// "a, b, c".
std::string comma_list(const std::vector<std::string_view>& items);
// What to try instead of an unknown word: "did you mean visit.plan? one of receipt, visit.answer, visit.plan".
std::string word_hint(std::string_view given, const std::vector<std::string_view>& words);

}  // namespace liaison
