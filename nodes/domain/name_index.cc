// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/name_index.h"

#include <algorithm>
#include <array>

#include "nodes/domain/words.h"

namespace liaison {
namespace {

constexpr std::array<std::string_view, 23> kSmallWords{"the", "of", "and", "le", "la", "les", "l",  "de", "du", "des", "d", "et",
                                                       "el",  "los", "las", "del", "y", "e",  "и",  "و",  "s",  "ال",  "a"};
constexpr std::string_view kArabicAnd = "و";
constexpr std::string_view kArabicThe = "ال";

std::vector<std::string> words_of(std::string_view folded_name) {
  std::vector<std::string> words;
  while (!folded_name.empty()) {
    const auto end = std::min(folded_name.find(' '), folded_name.size());
    if (end > 0) words.emplace_back(folded_name.substr(0, end));
    folded_name.remove_prefix(std::min(end + 1, folded_name.size()));
  }
  return words;
}

bool is_small(std::string_view word) { return word.size() <= 4 && std::find(kSmallWords.begin(), kSmallWords.end(), word) != kSmallWords.end(); }

// Arabic writes "and" and "the" at the head of the next word. Two letters, four bytes, are left at least.
void drop_arabic_head(std::string& word, bool first) {
  if (!first && word.starts_with(kArabicAnd) && word.size() >= kArabicAnd.size() + 6) word.erase(0, kArabicAnd.size());
  if (word.starts_with(kArabicThe) && word.size() >= kArabicThe.size() + 4) word.erase(0, kArabicThe.size());
}

// In the order in which they are spoken.
std::vector<std::string> key_words(std::string_view name) {
  auto words = words_of(folded(name));
  if (!words.empty()) drop_arabic_head(words.front(), true);
  if (words.size() < 2) return words;
  for (std::size_t i = 1; i < words.size(); ++i) drop_arabic_head(words[i], false);
  if (!std::all_of(words.begin(), words.end(), is_small)) std::erase_if(words, is_small);
  for (auto& word : words) {
    if (word == "st" || word == "ste" || word == "sainte") word = "saint";
  }
  return words;
}

// Words for what kind of State it is, as in "the Republic of Rwanda".
bool is_form(std::string_view word) {
  static constexpr std::array<std::string_view, 20> kForms{
      "republic", "republique", "republica",  "республика", "جمهوريه",   "kingdom", "royaume", "reino", "королевство", "مملكه",
      "state",    "etat",       "estado",     "государство", "دوله",     "islands", "iles",    "islas", "острова",     "جزر"};
  return std::find(kForms.begin(), kForms.end(), word) != kForms.end();
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

// "Korea, Republic of" is how sorted lists write "Republic of Korea".
std::string turned(std::string_view name) {
  const auto comma = name.find(", ");
  if (comma == std::string_view::npos) return {};
  return std::string(name.substr(comma + 2)) + " " + std::string(name.substr(0, comma));
}

}  // namespace

std::string name_key(std::string_view name) {
  auto words = key_words(name);
  std::sort(words.begin(), words.end());
  return joined(words);
}

NameIndex::NameIndex(std::size_t names) {
  bearers_.reserve(names);
  spoken_.reserve(names);
}

void NameIndex::add(std::string_view name, std::size_t thing, Claim claim) {
  auto words = key_words(name);
  if (words.empty()) return;
  auto spoken = joined(words);
  std::sort(words.begin(), words.end());
  auto& bearers = bearers_[joined(words)];
  const auto same = std::find_if(bearers.begin(), bearers.end(), [thing](const Bearer& bearer) { return bearer.thing == thing; });
  if (bearers.empty() && claim != Claim::kCode) {
    spoken_.push_back(std::move(spoken));
    if (const auto other = turned(name); !other.empty()) spoken_.push_back(joined(key_words(other)));
  }
  if (same == bearers.end()) bearers.push_back({thing, claim});
  else same->claim = std::min(same->claim, claim);
}

std::vector<std::size_t> NameIndex::find(std::string_view name) const {
  std::vector<std::size_t> out;
  const auto found = bearers_.find(name_key(name));
  if (found == bearers_.end()) return out;
  const auto best = std::min_element(found->second.begin(), found->second.end(),
                                     [](const Bearer& a, const Bearer& b) { return a.claim < b.claim; })->claim;
  for (const auto& bearer : found->second) {
    if (bearer.claim == best) out.push_back(bearer.thing);
  }
  return out;
}

std::string_view NameIndex::nearest(std::string_view name) const {
  auto words = key_words(name);
  const std::string spoken = joined(words);
  std::erase_if(words, is_form);
  std::sort(words.begin(), words.end());
  if (const auto known = bearers_.find(joined(words)); known != bearers_.end()) return known->first;
  const std::vector<std::string_view> candidates(spoken_.begin(), spoken_.end());
  return liaison::nearest(spoken, candidates);
}

}  // namespace liaison
