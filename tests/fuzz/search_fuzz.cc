// SPDX-License-Identifier: Apache-2.0
// What is typed to search for, and the words of any text: nothing but terms reaches the index's language, and all is bounded.
#include "nodes/domain/text_query.h"
#include "nodes/domain/text_snippet.h"
#include "nodes/domain/text_tokens.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

bool is_term(std::string_view term) {
  return !term.empty() && term.size() <= kTokenBytesMax && std::all_of(term.begin(), term.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
  });
}

void try_tokens(std::string_view text) {
  std::size_t bytes = 0;
  for (const auto& token : text_tokens(text)) {
    CHECK(is_term(token.term) && token.begin < token.end && token.end <= text.size());
    bytes += token.term.size();
  }
  CHECK(bytes <= 64 * text.size());
}

// Outside of quotes there are only brackets and the three words; inside only terms.
void check_match(std::string_view match) {
  std::string outside;
  while (!match.empty()) {
    const auto open = match.find('"');
    outside += match.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = match.find('"', open + 1);
    CHECK(close != std::string_view::npos && close > open + 1);
    std::string_view inside = match.substr(open + 1, close - open - 1);
    while (!inside.empty()) {
      const auto end = std::min(inside.find(' '), inside.size());
      CHECK(is_term(inside.substr(0, end)));
      inside.remove_prefix(std::min(end + 1, inside.size()));
    }
    match.remove_prefix(close + 1);
  }
  CHECK(outside.find_first_not_of(" ()ANDORT") == std::string::npos);
}

void try_search(std::string_view text) {
  auto searched = parse_search(text);
  if (!searched) {
    CHECK(searched.error().code == Code::kInput && !searched.error().hint.empty());
    return;
  }
  std::size_t words = searched->none.size();
  for (const auto& any : searched->all) words += any.size();
  CHECK(words <= kSearchWordsMax);
  const auto match = match_of(*searched, {}, [](const std::string& prefix) -> Result<std::vector<std::string>> {
    CHECK(!prefix.empty());
    return std::vector<std::string>{"border"};
  });
  if (!match) return;
  check_match(*match);
  const auto line = snippet_of({std::string(text)}, terms_of(*searched));
  CHECK(line.with("", "") == line.text && line.text.size() <= 4 * kSnippetCharacters + 6);
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(search) {
  using namespace liaison;
  try_tokens(text_of({data, size}));
  try_search(text_of({data, size}));
  return 0;
}
