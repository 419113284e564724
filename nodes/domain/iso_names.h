// SPDX-License-Identifier: Apache-2.0
// The names of States in Debian's iso-codes: the English ones from its JSON, the others from its translations, which are read
// from their .mo files whatever locale is installed. Nothing is remembered; any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/domain/state_table.h"

namespace liaison {

// Where iso-codes lies. What is missing or unreadable there only means fewer names.
struct IsoCodes {
  std::filesystem::path list;     // iso_3166-1.json
  std::filesystem::path locales;  // the folder that holds fr/LC_MESSAGES/iso_3166-1.mo
};

// Fills the names of the States that have none yet in a language, and tells every name it meets with the place of its State
// in `states`, English first.
void read_iso_names(const IsoCodes& from, std::vector<State>& states, const std::function<void(std::string_view, std::size_t)>& met);

// "Corée, République de" as it is spoken: "République de Corée"; what stands in brackets at the end is left out.
std::string spoken_name(std::string_view listed);

}  // namespace liaison
