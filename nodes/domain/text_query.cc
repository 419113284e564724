// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/text_query.h"

#include <algorithm>
#include <span>

#include "nodes/domain/text_tokens.h"
#include "nodes/domain/words.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using Role = TextToken::Role;

constexpr const char* kTry = "type a word that must be there, such as border or \"export control\"";

// What stands between two blanks, or between quotes.
struct Piece {
  std::string_view text;
  bool quoted = false, excluded = false, prefix = false;
  bool is_or() const { return !quoted && !excluded && text == "OR"; }
};

// The quotes that people type in six languages; 0 when there is none.
std::size_t quote_at(std::string_view text) {
  for (const std::string_view quote : {"\"", "“", "”", "„", "«", "»", "「", "」", "＂"}) {
    if (text.starts_with(quote)) return quote.size();
  }
  return 0;
}

// And blanks, that of Chinese among them.
std::size_t blank_at(std::string_view text) {
  for (const std::string_view blank : {" ", "\t", "\n", "\r", "\u00A0", "\u202F", "\u3000"}) {
    if (text.starts_with(blank)) return blank.size();
  }
  return 0;
}

// A quote that is not closed ends with the text.
std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> out;
  while (!text.empty()) {
    if (const auto blank = blank_at(text); blank > 0) {
      text.remove_prefix(blank);
      continue;
    }
    Piece piece;
    if (text.size() > 1 && text[0] == '-' && blank_at(text.substr(1)) == 0) {
      piece.excluded = true;
      text.remove_prefix(1);
    }
    const auto quote = quote_at(text);
    piece.quoted = quote > 0;
    text.remove_prefix(quote);
    std::size_t end = 0;
    while (end < text.size() && quote_at(text.substr(end)) == 0 && (piece.quoted || blank_at(text.substr(end)) == 0)) ++end;
    piece.text = text.substr(0, end);
    text.remove_prefix(end);
    if (piece.quoted) text.remove_prefix(quote_at(text));
    piece.prefix = !piece.quoted && piece.text.ends_with('*');
    out.push_back(piece);
  }
  return out;
}

bool is_chinese_term(const std::string& term) { return static_cast<unsigned char>(term[0]) >= 0xE3 && static_cast<unsigned char>(term[0]) <= 0xEF; }

// Letters of elided articles stand alone where somebody typed no apostrophe.
bool is_lone_letter(const Piece& piece) { return piece.text.size() == 1 && std::string_view("cdjlmnstCDJLMNST").find(piece.text[0]) != std::string_view::npos; }

Result<void> set_prefix(SearchedWord& word, const Piece& piece) {
  const auto tokens = text_tokens(piece.text);
  std::string plain = folded(piece.text);
  const auto blank = plain.rfind(' ');
  if (blank != std::string::npos) plain.erase(0, blank + 1);
  const bool one = std::count_if(tokens.begin(), tokens.end(), [](const TextToken& token) { return token.role == Role::kPlace; }) == 1;
  if (!one || plain.empty() || is_chinese_term(plain)) return {};   // characters find what begins with them anyhow
  if (decoded(plain).size() < kPrefixLettersMin) {
    return fail(Code::kInput, "text: " + printable(piece.text, 40) + " is too short a beginning",
                "type at least " + std::to_string(kPrefixLettersMin) + " letters before the *");
  }
  word.prefix = plain.substr(0, kTokenBytesMax);
  return {};
}

// A single character beside letters: in a text it stands in pairs, and has no place beside them.
bool is_lonely(const TextToken& token) { return token.role == Role::kPlace && is_chinese_term(token.term) && decoded(token.term).size() == 1; }

// A phrase, and for what is no phrase: the article of a word, and a whole that is all of it, in other forms.
SearchedWord word_of(std::span<const TextToken> tokens, std::string_view typed) {
  SearchedWord word{std::string(typed), {{}}, {}};
  std::size_t end = 0;
  for (const auto& token : tokens) {
    if (token.role != Role::kPlace) continue;
    word.forms.front().push_back(token.term);
    end = token.end;
  }
  const bool one = word.forms.front().size() == 1;
  if (word.forms.front().empty()) word.forms.clear();
  for (const auto& token : tokens) {
    const bool all = token.role == Role::kWhole && token.begin == tokens.front().begin && token.end == end;
    if (all || (one && token.role == Role::kVariant)) word.forms.push_back({token.term});
  }
  return word;
}

// What stands between two blanks or quotes; none when no letter or digit is in it. One, but for the lonely.
Result<std::vector<SearchedWord>> words_of(const Piece& piece) {
  const auto tokens = text_tokens(piece.text);
  const std::span<const TextToken> all(tokens);
  std::vector<SearchedWord> out;
  const auto add = [&](std::size_t from, std::size_t to) {
    auto word = word_of(all.subspan(from, to - from), piece.text);
    if (!word.forms.empty()) out.push_back(std::move(word));
  };
  std::size_t from = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!is_lonely(tokens[i])) continue;
    add(from, i);
    add(i, i + 1);
    from = i + 1;
  }
  add(from, tokens.size());
  if (piece.prefix && out.size() == 1) TRY(set_prefix(out.front(), piece));
  return out;
}

// Where only one can stand.
SearchedWord longest(std::vector<SearchedWord> words) {
  const auto places = [](const SearchedWord& word) { return word.forms.front().size(); };
  return std::move(*std::max_element(words.begin(), words.end(), [&](const auto& a, const auto& b) { return places(a) < places(b); }));
}

std::size_t count_terms(const SearchText& searched) {
  std::size_t terms = 0;
  const auto add = [&terms](const SearchedWord& word) {
    for (const auto& form : word.forms) terms += form.size();
  };
  for (const auto& any : searched.all) std::for_each(any.begin(), any.end(), add);
  std::for_each(searched.none.begin(), searched.none.end(), add);
  return terms;
}

bool is_small(const Piece& piece) { return !piece.quoted && !piece.excluded && (is_lone_letter(piece) || is_small_word(folded(piece.text))); }

// Small words count where nothing else is looked for.
Result<SearchText> gather(const std::vector<Piece>& pieces, bool with_small) {
  SearchText out;
  bool or_before = false;
  for (const auto& piece : pieces) {
    if (piece.is_or()) {
      or_before = true;
      continue;
    }
    if (!with_small && is_small(piece)) continue;
    auto words = TRY(words_of(piece));
    if (words.empty()) continue;
    if (piece.excluded) out.none.push_back(longest(std::move(words)));
    else if (or_before && !out.all.empty()) out.all.back().push_back(longest(std::move(words)));
    else for (auto& word : words) out.all.push_back({std::move(word)});
    or_before = false;
  }
  return out;
}

Error too_much(const std::string& what) { return fail(Code::kInput, "text: " + what, "search for the words that matter most"); }

// --- the expression

std::string quoted(const TextPhrase& phrase) {
  std::string out = "\"";
  for (const auto& term : phrase) out += (out.size() > 1 ? " " : "") + term;
  return out + "\"";
}

std::string any_of(const std::vector<SearchedWord>& words) {
  std::string out;
  for (const auto& word : words) {
    for (const auto& form : word.forms) out += (out.empty() ? "(" : " OR ") + quoted(form);
  }
  return out + ")";
}

Result<void> add_prefix_forms(SearchedWord& word, const PrefixTerms& terms, std::size_t& left) {
  if (word.prefix.empty()) return {};
  auto found = TRY(terms(word.prefix));
  if (found.size() > left) {
    return fail(Code::kInput, "text: more than " + std::to_string(kPrefixWordsMax) + " known words begin with " + printable(word.prefix, 40),
                "type more letters before the *");
  }
  left -= found.size();
  for (auto& term : found) word.forms.push_back({std::move(term)});
  word.prefix.clear();
  return {};
}

}  // namespace

Result<SearchText> parse_search(std::string_view text) {
  if (text.size() > kSearchBytesMax) return too_much("longer than " + std::to_string(kSearchBytesMax) + " bytes");
  const auto pieces = pieces_of(text);
  if (pieces.empty()) return SearchText{};
  SearchText out = TRY(gather(pieces, false));
  if (out.all.empty()) out = TRY(gather(pieces, true));
  if (out.empty()) return fail(Code::kInput, "text: there is no letter and no digit in it", kTry);
  std::size_t words = out.none.size();
  for (const auto& any : out.all) words += any.size();
  if (words > kSearchWordsMax) return too_much("more than " + std::to_string(kSearchWordsMax) + " words");
  if (count_terms(out) > kSearchTermsMax) return too_much("too much to look for at once");
  return out;
}

Result<std::string> match_of(SearchText& searched, const std::vector<std::vector<std::string>>& filters, const PrefixTerms& terms) {
  std::size_t left = kPrefixWordsMax;   // for all of them together
  for (auto& any : searched.all) {
    for (auto& word : any) TRY(add_prefix_forms(word, terms, left));
  }
  for (auto& word : searched.none) TRY(add_prefix_forms(word, terms, left));
  std::string out;
  const auto and_also = [&out](const std::string& one) { out += (out.empty() ? "" : " AND ") + one; };
  for (const auto& marks : filters) {
    std::string group;
    for (const auto& mark : marks) group += (group.empty() ? "(\"" : " OR \"") + mark + "\"";
    and_also(group + ")");
  }
  for (const auto& any : searched.all) and_also(any_of(any));
  if (out.empty()) return fail(Code::kInput, "text: nothing says what must be there", kTry);
  return searched.none.empty() ? out : "(" + out + ") NOT " + any_of(searched.none);
}

}  // namespace liaison
