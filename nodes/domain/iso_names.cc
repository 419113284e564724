// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/iso_names.h"

#include <array>
#include <nlohmann/json.hpp>

#include "nodes/domain/mo_file.h"
#include "nodes/domain/name_index.h"
#include "security/durable.h"

namespace liaison {
namespace {

// A State's English names in iso-codes, which are also what its translations are found by. Empty where it has none.
struct Listed {
  std::size_t state = 0;
  std::string name, common, official;
  std::string own;   // of these, the one that our own table uses
};

std::string text_of(const nlohmann::json& entry, const char* key) {
  return entry.contains(key) && entry[key].is_string() ? entry[key].get<std::string>() : std::string();
}

std::vector<Listed> read_list(const std::filesystem::path& file, const std::vector<State>& states) {
  std::vector<Listed> out;
  const auto text = read_file(file);
  if (!text) return out;
  const auto parsed = nlohmann::json::parse(*text, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("3166-1") || !parsed["3166-1"].is_array()) return out;
  for (const auto& entry : parsed["3166-1"]) {
    if (!entry.is_object()) continue;
    const auto code = text_of(entry, "alpha_3");
    const auto at = std::lower_bound(states.begin(), states.end(), code, [](const State& state, const std::string& wanted) { return state.alpha3 < wanted; });
    if (at == states.end() || at->alpha3 != code) continue;
    Listed listed{static_cast<std::size_t>(at - states.begin()), text_of(entry, "name"), text_of(entry, "common_name"), text_of(entry, "official_name"), {}};
    const auto key = name_key(at->name);
    for (const auto* name : {&listed.official, &listed.common, &listed.name}) {
      if (name_key(*name) == key) listed.own = *name;
    }
    out.push_back(std::move(listed));
  }
  return out;
}

// The translation of the name that our own table uses, or else of the one that the list is sorted by.
std::string_view translated(const MoFile& file, const Listed& listed) {
  const auto own = listed.own.empty() ? std::string_view() : file.find(listed.own);
  return own.empty() && !listed.name.empty() ? file.find(listed.name) : own;
}

}  // namespace

std::string spoken_name(std::string_view listed) {
  if (listed.ends_with(')')) listed = listed.substr(0, listed.rfind(" ("));
  constexpr std::string_view kArabicComma = "، ";
  if (listed.find(kArabicComma) != std::string_view::npos) return std::string(listed.substr(listed.find(kArabicComma) + kArabicComma.size()));
  const auto comma = listed.find(", ");
  if (comma == std::string_view::npos) return std::string(listed);
  const auto head = listed.substr(comma + 2);
  const bool elided = head.ends_with('\'') || head.ends_with("’");
  return std::string(head) + (elided ? "" : " ") + std::string(listed.substr(0, comma));
}

void read_iso_names(const IsoCodes& from, std::vector<State>& states, const std::function<void(std::string_view, std::size_t)>& met) {
  const auto list = read_list(from.list, states);
  for (const auto& one : list) {
    states[one.state].names[static_cast<std::size_t>(Language::kEnglish)].official = one.official;
    for (const auto* text : {&one.name, &one.common, &one.official}) met(*text, one.state);
  }
  for (const Language language : kLanguages) {
    if (language == Language::kEnglish || list.empty()) continue;
    const auto file = MoFile::read(from.locales / locale_of(language) / "LC_MESSAGES" / "iso_3166-1.mo");
    if (!file) continue;
    for (const auto& one : list) {
      auto& names = states[one.state].names[static_cast<std::size_t>(language)];
      if (names.short_name.empty()) names.short_name = spoken_name(translated(*file, one));
      if (!one.official.empty()) names.official = std::string(file->find(one.official));
      for (const auto* text : {&one.name, &one.common, &one.official}) {
        if (!text->empty()) met(file->find(*text), one.state);
      }
      met(names.short_name, one.state);
    }
  }
}

}  // namespace liaison
