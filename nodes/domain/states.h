// SPDX-License-Identifier: Apache-2.0
// The 193 members and 2 observers, by code and by name, with their M49 sub-region. The table is compiled in
// (nodes/domain/states.csv); further English names are read once from the system's iso-codes when it is installed.
// Immutable after construction; any thread. Nothing is stored.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.h"

namespace liaison {

struct State {
  std::string alpha3;
  std::string alpha2;
  std::string m49;             // three digits, leading zeros kept
  bool observer = false;
  std::string subregion;       // M49 code
  std::string subregion_name;
  std::string name;            // the short name in plain English
};

class States {
 public:
  // A missing or unreadable `iso_codes` only means fewer names.
  explicit States(const std::filesystem::path& iso_codes);
  // The one that the program uses, made at the first call.
  static const States& standard();

  // Exactly an alpha-3 code in capitals; null for anything else.
  const State* find(std::string_view alpha3) const;
  // What a person may type: alpha-3, alpha-2 or an English name, in any case, with or without accents. kInput with the
  // nearest name in `hint`.
  Result<const State*> lookup(std::string_view text) const;
  // The short name, or the code itself when it is not in the table.
  std::string name_of(std::string_view alpha3) const;
  // The sub-region of two different States, in words; empty when they have none in common. The islands of Melanesia, Micronesia
  // and Polynesia count as one: a single journey serves them. States of one region may lie far apart.
  std::string_view region_of(std::string_view alpha3, std::string_view other) const;
  const std::vector<State>& all() const { return states_; }

 private:
  void add_name(std::string_view name, std::size_t at);
  void read_iso_codes(const std::filesystem::path& file);

  std::vector<State> states_;                               // sorted by alpha3
  std::map<std::string, std::size_t, std::less<>> names_;   // folded names and codes
  std::vector<std::string> spoken_;                         // the names as written, for the nearest one
};

}  // namespace liaison
