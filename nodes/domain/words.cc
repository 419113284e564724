// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/words.h"

#include <algorithm>
#include <numeric>

namespace liaison {
namespace {

bool is_ideograph(char32_t c) { return c >= 0x4E00 && c <= 0x9FFF; }

// How many letters of a word may be wrong for it to be near another one.
std::size_t slips_allowed(const std::u32string& word) {
  if (word.empty() || !is_ideograph(word.front())) return std::max<std::size_t>(2, word.size() / 3);
  return word.size() < 3 ? 0 : (word.size() + 1) / 3;
}

std::size_t distance_of(const std::u32string& a, const std::u32string& b, std::size_t most) {
  if (a.size() > b.size()) return distance_of(b, a, most);
  if (b.size() - a.size() > most) return most + 1;
  std::vector<std::size_t> row(a.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t j = 1; j <= b.size(); ++j) {
    std::size_t diagonal = row[0];
    row[0] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[i];
      row[i] = std::min({row[i] + 1, row[i - 1] + 1, replaced});
    }
    if (*std::min_element(row.begin(), row.end()) > most) return most + 1;
  }
  return std::min(row[a.size()], most + 1);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) { return distance_of(decoded(a), decoded(b), most); }

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::u32string wanted = decoded(folded(word.substr(0, 128)));
  const std::size_t most = slips_allowed(wanted);
  std::size_t best = most + 1;
  std::string_view found;
  for (const auto candidate : candidates) {
    const std::u32string other = decoded(folded(candidate));
    const std::size_t distance = distance_of(wanted, other, most);
    if (distance < best && distance < std::max(wanted.size(), other.size())) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::string in_words(std::string word) {
  std::replace(word.begin(), word.end(), '_', ' ');
  return word;
}

std::string with_article(std::string_view noun) {
  const bool vowel = !noun.empty() && std::string_view("aeiou").find(noun.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + std::string(noun);
}

namespace {

std::string joined_by(const std::vector<std::string>& items, const char* last) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? last : ", ";
    out += items[i];
  }
  return out;
}

}  // namespace

std::string listed(const std::vector<std::string>& items) { return joined_by(items, " and "); }
std::string one_of(const std::vector<std::string>& items) { return joined_by(items, " or "); }

std::string comma_list(const std::vector<std::string_view>& items) {
  std::string out;
  for (const auto item : items) {
    if (!out.empty()) out += ", ";
    out += item;
  }
  return out;
}

std::string word_hint(std::string_view given, const std::vector<std::string_view>& words) {
  const auto near = nearest(given, words);
  return (near.empty() ? std::string() : "did you mean " + std::string(near) + "? ") + "one of " + comma_list(words);
}

}  // namespace liaison
