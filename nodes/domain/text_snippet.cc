// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/text_snippet.h"

#include <algorithm>
#include <tuple>

#include "nodes/domain/text_tokens.h"

namespace liaison {
namespace {

constexpr std::size_t kCharactersBefore = 40;
constexpr std::string_view kDots = "…";

struct Match {
  std::size_t begin = 0, end = 0;
  std::string term;
};

bool is_lead(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

// A place in front of `at` or at it where a character begins.
std::size_t character_begin(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && !is_lead(text[at])) --at;
  return at;
}

std::vector<Match> matches_of(std::string_view text, const SearchedTerms& terms) {
  std::vector<Match> out;
  for (auto& token : text_tokens(text.substr(0, character_begin(text, std::min(text.size(), kSnippetBytesMax))))) {
    if (terms.contains(token.term)) out.push_back({token.begin, token.end, std::move(token.term)});
  }
  std::sort(out.begin(), out.end(), [](const Match& a, const Match& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  return out;
}

// Pairs of characters lie over one another.
TextMarks merged(const std::vector<Match>& matches, std::size_t from, std::size_t to) {
  TextMarks marks;
  for (const auto& match : matches) {
    if (match.begin < from || match.end > to) continue;
    if (!marks.empty() && match.begin - from < marks.back().second) {
      marks.back().second = std::max(marks.back().second, match.end - from);
      continue;
    }
    marks.emplace_back(match.begin - from, match.end - from);
  }
  return marks;
}

// So many characters on from `at`.
std::size_t forward(std::string_view text, std::size_t at, std::size_t characters) {
  while (at < text.size() && characters > 0) {
    ++at;
    while (at < text.size() && !is_lead(text[at])) ++at;
    --characters;
  }
  return at;
}
std::size_t back(std::string_view text, std::size_t at, std::size_t characters) {
  for (; at > 0 && characters > 0; --characters) at = character_begin(text, at - 1);
  return at;
}

// Where the line begins from which most different terms are in reach, and how many they are.
std::pair<std::size_t, std::size_t> best_start(std::string_view text, const std::vector<Match>& matches) {
  std::size_t best = 0, most = 0;
  for (std::size_t i = 0; i < matches.size() && i < 200; ++i) {
    const auto end = forward(text, matches[i].begin, kSnippetCharacters - kCharactersBefore);
    std::set<std::string_view> different;
    for (std::size_t j = i; j < matches.size() && matches[j].end <= end; ++j) different.insert(matches[j].term);
    if (different.size() <= most) continue;
    most = different.size();
    best = matches[i].begin;
  }
  return {best, most};
}

// Ends at a blank when one is near, for no word should be cut.
MarkedText line_of(std::string_view text, std::size_t match, const std::vector<Match>& matches) {
  std::size_t from = back(text, match, kCharactersBefore);
  if (const auto blank = text.find(' ', from); from > 0 && blank < match) from = blank + 1;
  std::size_t to = forward(text, from, kSnippetCharacters);
  if (const auto blank = text.rfind(' ', to); to < text.size() && blank != std::string_view::npos && blank > from + (to - from) * 3 / 4) to = blank;
  MarkedText line{std::string(text.substr(from, to - from)), merged(matches, from, to)};
  std::replace_if(line.text.begin(), line.text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  if (to < text.size()) line.text += kDots;
  if (from == 0) return line;
  line.text.insert(0, kDots);
  for (auto& [begin, end] : line.marks) begin += kDots.size(), end += kDots.size();
  return line;
}

}  // namespace

std::string MarkedText::with(std::string_view open, std::string_view close) const {
  std::string out;
  std::size_t at = 0;
  for (const auto& [begin, end] : marks) {
    out.append(text, at, begin - at).append(open).append(text, begin, end - begin).append(close);
    at = end;
  }
  return out.append(text, at);
}

SearchedTerms terms_of(const SearchText& searched) {
  SearchedTerms terms;
  for (const auto& any : searched.all) {
    for (const auto& word : any) {
      for (const auto& form : word.forms) terms.insert(form.begin(), form.end());
    }
  }
  return terms;
}

MarkedText marked(const std::string& text, const SearchedTerms& terms) { return {text, merged(matches_of(text, terms), 0, text.size())}; }

MarkedText snippet_of(const std::vector<std::string>& texts, const SearchedTerms& terms) {
  std::string_view best_text;
  std::vector<Match> best_matches;
  std::size_t best = 0, most = 0;
  for (const auto& text : texts) {
    if (best_text.empty()) best_text = text;
    auto matches = matches_of(text, terms);
    const auto [start, different] = best_start(text, matches);
    if (different <= most) continue;
    most = different;
    best = start;
    best_text = text;
    best_matches = std::move(matches);
  }
  return line_of(best_text, best, best_matches);
}

}  // namespace liaison
