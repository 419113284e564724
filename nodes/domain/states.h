// SPDX-License-Identifier: Apache-2.0
// The 193 members and 2 observers, by code and by name: today's and former names in the six official languages. Our own tables
// (state_table.h) are compiled in; the names of the system's iso-codes are read once when it is installed.
// Immutable after construction; any thread. Nothing is stored.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/domain/iso_names.h"
#include "nodes/domain/name_index.h"
#include "nodes/domain/state_table.h"
#include "schemas/result.h"

namespace liaison {

class States {
 public:
  // A missing or unreadable `iso_codes` only means fewer names.
  explicit States(const IsoCodes& iso_codes);
  // The one that the program uses, made at the first call.
  static const States& standard();

  // Exactly an alpha-3 code in capitals; null for anything else.
  const State* find(std::string_view alpha3) const;
  // What a person may type: alpha-3, alpha-2, the three digits of M49, or a name of today or of former times in any of the six
  // languages; in any case, with or without accents and articles, in either order ("Korea, Republic of"). A name that a
  // State bears itself ("Guinea", "Sudan") is that State's; one that several have a claim to ("Congo", "Korea",
  // "Yugoslavia") is kInput and says which. So is an unknown name, with the nearest one in `hint`.
  Result<const State*> lookup(std::string_view text) const;
  // The short name, or the code itself when it is not in the table.
  std::string name_of(std::string_view alpha3) const;
  // The short name in a language, the English one where it has none, or the code itself when it is not in the table.
  std::string name_of(std::string_view alpha3, Language language) const;
  // The former names that this State may be meant by, in alphabetic order; empty for an unknown code.
  std::vector<FormerName> former_names_of(std::string_view alpha3) const;
  std::span<const FormerName> former_names() const { return former_; }
  // The sub-region of two different States, in words; empty when they have none in common. The islands of Melanesia, Micronesia
  // and Polynesia count as one: a single journey serves them. States of one region may lie far apart.
  std::string_view region_of(std::string_view alpha3, std::string_view other) const;
  // What region_of compares, and says: States with the same key are of one region. Empty for an unknown code.
  std::string_view subregion_key(std::string_view alpha3) const;
  const std::vector<State>& all() const { return states_; }

 private:
  void add_own_names();
  void add_former_names();
  std::string choice(std::vector<std::size_t> among) const;

  std::vector<State> states_;        // sorted by alpha3
  std::vector<FormerName> former_;
  NameIndex names_;                  // codes and names; a thing is a place in states_
};

}  // namespace liaison
