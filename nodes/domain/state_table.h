// SPDX-License-Identifier: Apache-2.0
// What is known of the 193 members and 2 observers of the United Nations, as the tables beside this file say it: states.csv
// (codes, M49 regions, regional groups), state_names.csv (names as the UN writes them, where iso-codes has none or another
// one) and former_names.csv. All are compiled in. Pure functions; any thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/domain/languages.h"

namespace liaison {

// The regional groups of the General Assembly, as counted for elections. Observers are in none.
enum class UnGroup { kNone, kAfrican, kAsiaPacific, kEasternEuropean, kLatinAmericanAndCaribbean, kWesternEuropeanAndOthers };

// african, asia_pacific, eastern_european, grulac, weog; empty for none.
std::string_view word_of(UnGroup group);
// "African Group", "Western European and Others Group"; empty for none.
std::string_view title_of(UnGroup group);

// Both empty where a language has no name for it.
struct StateNames {
  std::string short_name;
  std::string official;
};

struct State {
  std::string alpha3;
  std::string alpha2;
  std::string m49;                // three digits, leading zeros kept
  bool observer = false;
  std::string subregion;          // M49 code
  std::string subregion_name;
  std::string name;               // the short name in plain English
  bool with_article = false;      // "the Niger" in a sentence
  std::string region;             // M49 code of the continent, as 142
  std::string region_name;        // as Asia
  std::string intermediate;       // M49 code between region and country, as 014; empty where M49 has none
  std::string intermediate_name;
  UnGroup group = UnGroup::kNone;
  std::vector<std::string> also;  // further names of today, in any of the six languages
  std::array<StateNames, kLanguages.size()> names;  // by Language

  // The short name in that language, the English one where it has none.
  const std::string& name_in(Language language) const;
  // The official name, such as "Kyrgyz Republic"; the short one where a State has no other.
  const std::string& official_in(Language language) const;
};

// A name that one or several of today's States bore, as States or as territories before.
struct FormerName {
  std::string name;                 // in English
  std::optional<int> from;          // the first year, where it is known
  std::optional<int> until;         // the year in which it ended
  std::vector<std::string> alpha3;  // who it may mean today, sorted; several where the State came apart or two united
  std::vector<std::string> also;    // the same name in longer forms and other languages
};

// Sorted by alpha3. `names` holds what state_names.csv says, and the English short name.
std::vector<State> state_table();
// In the order of the table.
std::vector<FormerName> former_name_table();

}  // namespace liaison
