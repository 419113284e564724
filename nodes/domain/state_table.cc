// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/state_table.h"

#include <algorithm>
#include <charconv>

#include "schemas/result.h"

namespace liaison {
namespace {

constexpr std::string_view kStateLines =
#include "nodes/states_csv.inc"
    ;
constexpr std::string_view kNames =
#include "nodes/state_names_csv.inc"
    ;
constexpr std::string_view kFormerNames =
#include "nodes/former_names_csv.inc"
    ;

struct GroupWord { UnGroup group; std::string_view word, title; };
constexpr std::array<GroupWord, 5> kGroups{{{UnGroup::kAfrican, "african", "African Group"},
                                            {UnGroup::kAsiaPacific, "asia_pacific", "Asia and the Pacific Group"},
                                            {UnGroup::kEasternEuropean, "eastern_european", "Eastern European Group"},
                                            {UnGroup::kLatinAmericanAndCaribbean, "grulac", "Latin American and Caribbean Group"},
                                            {UnGroup::kWesternEuropeanAndOthers, "weog", "Western European and Others Group"}}};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto at = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, at));
    text.remove_prefix(std::min(at + 1, text.size()));
  }
  return parts;
}

// The rows below the head line. Our tables have no quotes: their cells hold no comma.
std::vector<std::vector<std::string>> rows_of(std::string_view table, std::size_t columns) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& line : split(table, '\n')) {
    rows.push_back(split(line, ','));
    if (line.ends_with(',')) rows.back().emplace_back();
    CHECK(rows.back().size() == columns);
  }
  rows.erase(rows.begin());
  return rows;
}

UnGroup group_of(std::string_view word) {
  for (const auto& one : kGroups) {
    if (one.word == word) return one.group;
  }
  CHECK(word.empty());
  return UnGroup::kNone;
}

std::optional<int> year_in_cell(const std::string& cell) {
  int year = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), year);
  if (error != std::errc() || end != cell.data() + cell.size()) return std::nullopt;
  return year;
}

StateNames& names_in(State& state, Language language) { return state.names[static_cast<std::size_t>(language)]; }

}  // namespace

std::string_view word_of(UnGroup group) {
  for (const auto& one : kGroups) {
    if (one.group == group) return one.word;
  }
  return {};
}

std::string_view title_of(UnGroup group) {
  for (const auto& one : kGroups) {
    if (one.group == group) return one.title;
  }
  return {};
}

const std::string& State::name_in(Language language) const {
  const auto& own = names[static_cast<std::size_t>(language)].short_name;
  return own.empty() ? name : own;
}

const std::string& State::official_in(Language language) const {
  const auto& own = names[static_cast<std::size_t>(language)];
  if (!own.official.empty()) return own.official;
  const auto& english = names[static_cast<std::size_t>(Language::kEnglish)].official;
  return own.short_name.empty() && !english.empty() ? english : name_in(language);
}

std::vector<State> state_table() {
  std::vector<State> states;
  states.reserve(200);
  for (auto& c : rows_of(kStateLines, 14)) {
    states.push_back({c[0], c[1], c[2], c[3] == "observer", c[4], c[5], c[6], c[7] == "the", c[8], c[9], c[10], c[11],
                      group_of(c[12]), split(c[13], ';'), {}});
    names_in(states.back(), Language::kEnglish).short_name = c[6];
  }
  for (auto& c : rows_of(kNames, 3)) {
    const auto at = std::find_if(states.begin(), states.end(), [&c](const State& state) { return state.alpha3 == c[0]; });
    const auto language = parse_language(c[1]);
    CHECK(at != states.end() && language.has_value());
    names_in(*at, *language).short_name = c[2];
  }
  return states;
}

std::vector<FormerName> former_name_table() {
  std::vector<FormerName> names;
  for (auto& c : rows_of(kFormerNames, 5)) names.push_back({c[0], year_in_cell(c[1]), year_in_cell(c[2]), split(c[3], ';'), split(c[4], ';')});
  return names;
}

}  // namespace liaison
