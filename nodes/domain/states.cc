// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/states.h"

#include <algorithm>

#include "schemas/text.h"

namespace liaison {
namespace {

using Claim = NameIndex::Claim;

// "the Niger (NER)"
std::string named(const State& state) { return (state.with_article ? "the " : "") + state.name + " (" + state.alpha3 + ")"; }

std::string shown(std::string_view text) { return "\"" + printable(text, 64) + "\""; }

}  // namespace

States::States(const IsoCodes& iso_codes) : states_(state_table()), former_(former_name_table()), names_(4000) {
  add_own_names();
  read_iso_names(iso_codes, states_, [this](std::string_view name, std::size_t at) { names_.add(name, at, Claim::kListed); });
  add_former_names();
}

const States& States::standard() {
  static const States states({"/usr/share/iso-codes/json/iso_3166-1.json", "/usr/share/locale"});
  return states;
}

void States::add_own_names() {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    for (const auto* code : {&states_[i].alpha3, &states_[i].alpha2, &states_[i].m49}) names_.add(*code, i, Claim::kCode);
    names_.add(states_[i].name, i, Claim::kOwn);
  }
  for (std::size_t i = 0; i < states_.size(); ++i) {
    for (const auto& name : states_[i].also) names_.add(name, i, Claim::kOwn);
    for (const auto& name : states_[i].names) names_.add(name.short_name, i, Claim::kOwn);
  }
}

void States::add_former_names() {
  for (const auto& former : former_) {
    for (const auto& code : former.alpha3) {
      const State* state = find(code);
      CHECK(state != nullptr);
      const auto at = static_cast<std::size_t>(state - states_.data());
      names_.add(former.name, at, Claim::kFormer);
      for (const auto& name : former.also) names_.add(name, at, Claim::kFormer);
    }
  }
}

const State* States::find(std::string_view alpha3) const {
  const auto at = std::lower_bound(states_.begin(), states_.end(), alpha3,
                                   [](const State& state, std::string_view code) { return state.alpha3 < code; });
  return at != states_.end() && at->alpha3 == alpha3 ? &*at : nullptr;
}

// "the Congo (COG) or the Democratic Republic of the Congo (COD)"
std::string States::choice(std::vector<std::size_t> among) const {
  std::sort(among.begin(), among.end(), [this](std::size_t a, std::size_t b) { return states_[a].name < states_[b].name; });
  std::string out;
  for (std::size_t i = 0; i < among.size(); ++i) {
    if (i > 0) out += i + 1 == among.size() ? " or " : ", ";
    out += named(states_[among[i]]);
  }
  return out;
}

Result<const State*> States::lookup(std::string_view text) const {
  const auto typed = text.substr(0, 256);
  if (auto clean = check_text(typed, 256, Lines::kOne); !clean) return fail(Code::kInput, shown(text) + ": " + clean.error().what, clean.error().hint);
  const auto found = names_.find(typed);
  if (found.size() == 1) return &states_[found.front()];
  if (found.size() > 1) return fail(Code::kInput, shown(text) + " may be " + choice(found), "give the code of the one you mean");
  const auto near = names_.nearest(typed);
  if (near.empty()) return fail(Code::kInput, "no State is called " + shown(text), "give the ISO 3166 alpha-3 code, e.g. KGZ, or the English name");
  const auto meant = names_.find(near);
  const bool one = meant.size() == 1;
  return fail(Code::kInput, "no State is called " + shown(text),
              "did you mean " + (one ? states_[meant[0]].name + " (" + states_[meant[0]].alpha3 + ")" : choice(meant)) + "?");
}

std::string States::name_of(std::string_view alpha3) const { return name_of(alpha3, Language::kEnglish); }

std::string States::name_of(std::string_view alpha3, Language language) const {
  const State* state = find(alpha3);
  return state == nullptr ? std::string(alpha3) : state->name_in(language);
}

std::vector<FormerName> States::former_names_of(std::string_view alpha3) const {
  std::vector<FormerName> out;
  for (const auto& former : former_) {
    if (std::find(former.alpha3.begin(), former.alpha3.end(), alpha3) != former.alpha3.end()) out.push_back(former);
  }
  return out;
}

std::string_view States::subregion_key(std::string_view alpha3) const {
  const State* state = find(alpha3);
  if (state == nullptr) return {};
  const bool pacific = state->subregion == "054" || state->subregion == "057" || state->subregion == "061";
  return pacific ? std::string_view("Pacific islands") : std::string_view(state->subregion_name);
}

std::string_view States::region_of(std::string_view alpha3, std::string_view other) const {
  const auto key = subregion_key(alpha3);
  return alpha3 != other && key == subregion_key(other) ? key : std::string_view();
}

}  // namespace liaison
