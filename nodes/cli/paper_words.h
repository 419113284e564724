// SPDX-License-Identifier: Apache-2.0
// The fixed words of papers in the six languages, from paper_words.csv, which is compiled in, and days as each language writes them. A test
// refuses a key that lacks a language. Pure functions; any thread.
#pragma once

#include <array>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/domain/languages.h"

namespace liaison {

struct PaperWord {
  std::string key;
  std::array<std::string, kLanguages.size()> in;   // by Language
};
// The whole table, in its order.
const std::vector<PaperWord>& paper_words();

// The words of a key that this program uses; CHECKs that there is one.
const std::string& paper_word(std::string_view key, Language language);
// A word of a vocabulary, such as ("status", "scheduled"): its translation, or the word itself where the table has none.
std::string vocabulary_word(std::string_view vocabulary, const std::string& word, Language language);
// The text with %1, %2, ... replaced by the values in their order.
std::string filled(std::string_view text, std::initializer_list<std::string_view> values);

// "2027-03-08" -> "8 de marzo de 2027", "2027-03" -> "marzo de 2027"; any other text as it is.
std::string paper_day(std::string_view date, Language language);
// The days of one part of a visit, as the API has it, and of all parts, each on a line of its own.
std::string paper_days(const nlohmann::json& component, Language language);
std::string paper_days_of(const nlohmann::json& components, Language language);

}  // namespace liaison
