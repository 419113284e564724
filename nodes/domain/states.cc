// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/states.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nodes/domain/words.h"

namespace liaison {
namespace {

constexpr std::string_view kTable =
#include "nodes/states_csv.inc"
    ;

// The table has no quotes: its cells hold no comma.
std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string_view region_name(const State& state) {
  const bool pacific = state.subregion == "054" || state.subregion == "057" || state.subregion == "061";
  return pacific ? std::string_view("Pacific islands") : std::string_view(state.subregion_name);
}

std::string key_of(std::string_view name) {
  std::string key = folded(name);
  if (key.starts_with("the ")) key.erase(0, 4);
  return key;
}

// "Korea, Republic of" is how sorted lists write "Republic of Korea".
std::string turned(std::string_view name) {
  const auto comma = name.find(", ");
  if (comma == std::string_view::npos) return {};
  return std::string(name.substr(comma + 2)) + " " + std::string(name.substr(0, comma));
}

}  // namespace

States::States(const std::filesystem::path& iso_codes) {
  auto lines = split(kTable, '\n');
  std::vector<std::string> also;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto cells = split(lines[i], ',');
    if (cells.size() != 8) continue;  // the empty text after the last line
    states_.push_back({cells[0], cells[1], cells[2], cells[3] == "observer", cells[4], cells[5], cells[6]});
    also.push_back(cells[7]);
  }
  for (std::size_t i = 0; i < states_.size(); ++i) {
    names_.emplace(folded(states_[i].alpha3), i);
    names_.emplace(folded(states_[i].alpha2), i);
    add_name(states_[i].name, i);
  }
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (also[i].empty()) continue;
    for (const auto& name : split(also[i], ';')) add_name(name, i);
  }
  read_iso_codes(iso_codes);
}

const States& States::standard() {
  static const States states("/usr/share/iso-codes/json/iso_3166-1.json");
  return states;
}

void States::add_name(std::string_view name, std::size_t at) {
  if (name.empty()) return;
  if (names_.emplace(key_of(name), at).second) spoken_.emplace_back(name);
}

void States::read_iso_codes(const std::filesystem::path& file) {
  std::ifstream in(file);
  const auto parsed = nlohmann::json::parse(in, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("3166-1") || !parsed["3166-1"].is_array()) return;
  for (const auto& entry : parsed["3166-1"]) {
    if (!entry.is_object() || !entry.contains("alpha_3") || !entry["alpha_3"].is_string()) continue;
    const State* state = find(entry["alpha_3"].get_ref<const std::string&>());
    if (state == nullptr) continue;
    const auto at = static_cast<std::size_t>(state - states_.data());
    for (const char* key : {"name", "common_name", "official_name"}) {
      if (!entry.contains(key) || !entry[key].is_string()) continue;
      add_name(entry[key].get_ref<const std::string&>(), at);
      add_name(turned(entry[key].get_ref<const std::string&>()), at);
    }
  }
}

const State* States::find(std::string_view alpha3) const {
  const auto at = std::lower_bound(states_.begin(), states_.end(), alpha3,
                                   [](const State& state, std::string_view code) { return state.alpha3 < code; });
  return at != states_.end() && at->alpha3 == alpha3 ? &*at : nullptr;
}

Result<const State*> States::lookup(std::string_view text) const {
  const std::string wanted = key_of(text.substr(0, 256));
  auto found = names_.find(wanted);
  if (found == names_.end()) found = names_.find(key_of(turned(text.substr(0, 256))));
  if (found != names_.end()) return &states_[found->second];
  const std::vector<std::string_view> candidates(spoken_.begin(), spoken_.end());
  const auto near = nearest(wanted, candidates);
  if (near.empty()) {
    return fail(Code::kInput, "no State is called \"" + std::string(text.substr(0, 64)) + "\"",
                "give the ISO 3166 alpha-3 code, e.g. KGZ, or the English name");
  }
  const State& state = states_[names_.find(key_of(near))->second];
  return fail(Code::kInput, "no State is called \"" + std::string(text.substr(0, 64)) + "\"",
              "did you mean " + state.name + " (" + state.alpha3 + ")?");
}

std::string States::name_of(std::string_view alpha3) const {
  const State* state = find(alpha3);
  return state == nullptr ? std::string(alpha3) : state->name;
}

std::string_view States::region_of(std::string_view alpha3, std::string_view other) const {
  const State* a = find(alpha3);
  const State* b = find(other);
  return a != nullptr && b != nullptr && a != b && region_name(*a) == region_name(*b) ? region_name(*a) : std::string_view();
}

}  // namespace liaison
