// SPDX-License-Identifier: Apache-2.0
// The endings of text_tokens.h. A text in Latin letters does not say its language, and many are mixed: one set of rules takes the
// plurals and genders of English, French and Spanish off alike. It need not find the root; it must give the forms of one word the
// same key, and keep different ones apart: Niger and Nigeria, Guinea and Guyana.
#include <libstemmer.h>

#include <algorithm>
#include <array>
#include <memory>

#include "nodes/domain/text_tokens.h"
#include "nodes/domain/words.h"
#include "schemas/result.h"

namespace liaison {
namespace {

constexpr std::size_t kArabicBytes = 2;   // a letter
constexpr std::size_t kLettersMin = 3;

bool cut(std::string& word, std::string_view ending, std::size_t left) {
  if (!word.ends_with(ending) || word.size() < ending.size() + left) return false;
  word.resize(word.size() - ending.size());
  return true;
}

// "controls", "arms", "nationaux", "feux"; not "process".
void cut_plural(std::string& word) {
  if (!word.ends_with("eaux") && word.size() > 5 && cut(word, "aux", 3)) word += "al";
  else if (word.ends_with("ux")) cut(word, "x", kLettersMin);
  else if (!word.ends_with("ss")) cut(word, "s", kLettersMin);
}

bool cut_any(std::string& word, const std::vector<std::string_view>& endings, std::size_t letters) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view one) { return cut(word, one, letters * kArabicBytes); });
}

// Plurals, the feminine, whose it is, and what belongs to something. Lebanon and Iran keep their ends.
std::string without_arabic_end(std::string word) {
  static const std::vector<std::string_view> kLong{"ون", "ين", "ان"}, kShort{"ات", "ها", "هم", "هن", "كم", "نا", "ه"}, kOf{"ي"};
  if (!cut_any(word, kLong, 4)) cut_any(word, kShort, kLettersMin);
  cut_any(word, kOf, kLettersMin);
  return word;
}

// The first that stands at the head of a word and leaves three letters; empty otherwise.
std::string without_head(const std::string& word, const std::vector<std::string_view>& heads) {
  for (const auto head : heads) {
    if (word.starts_with(head) && word.size() >= head.size() + kLettersMin * kArabicBytes) return word.substr(head.size());
  }
  return {};
}

// The article with what is joined to it; and the single letters that may as well be of the root.
const std::vector<std::string_view> kArticles{"وبال", "ولل", "وال", "بال", "فال", "كال", "لل", "ال"};
const std::vector<std::string_view> kLetters{"و", "ف", "ب", "ل", "ك"};

void add_variants(const std::string& word, int depth, std::vector<std::string>& out) {
  if (depth == 0) return;
  for (const auto* heads : {&kArticles, &kLetters}) {
    const std::string rest = without_head(word, *heads);
    if (rest.empty()) continue;
    out.push_back(without_arabic_end(rest));
    add_variants(rest, depth - 1, out);
  }
}

}  // namespace

std::string latin_stem(std::string word) {
  if (word.size() < kLettersMin) return word;
  if (word.size() > 5 && word.ends_with("sis")) word.resize(word.size() - 2);   // analysis, analyses
  cut_plural(word);
  if (!cut(word, "ee", kLettersMin) && !cut(word, "e", kLettersMin) && !cut(word, "a", 4)) cut(word, "o", 4);
  if (!word.ends_with("ux")) cut_plural(word);   // pais, paises
  if (word.back() == 'y') word.back() = 'i';     // country, countries
  if (word.back() == 'z') word.back() = 'c';     // capaz, capaces
  return word;
}

std::string russian_stem(std::string_view word) {
  struct Free { void operator()(sb_stemmer* one) const { sb_stemmer_delete(one); } };
  thread_local const std::unique_ptr<sb_stemmer, Free> stemmer(sb_stemmer_new("russian", "UTF_8"));
  CHECK(stemmer != nullptr);
  const auto* stem = sb_stemmer_stem(stemmer.get(), reinterpret_cast<const sb_symbol*>(word.data()), static_cast<int>(word.size()));
  CHECK(stem != nullptr);
  const auto length = static_cast<std::size_t>(sb_stemmer_length(stemmer.get()));
  return folded({reinterpret_cast<const char*>(stem), length});
}

ArabicForms arabic_forms(const std::string& word) {
  const std::string rest = without_head(word, kArticles);
  ArabicForms forms{without_arabic_end(rest.empty() ? word : rest), {}};
  add_variants(word, 2, forms.variants);
  auto& all = forms.variants;
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  all.erase(std::remove(all.begin(), all.end(), forms.key), all.end());
  return forms;
}

bool is_small_word(std::string_view word) {
  static constexpr auto kSmall = std::to_array<std::string_view>(
      {"a",  "al", "an",  "and", "at",  "au",  "aux", "by",  "con", "dans", "de",   "del", "des", "du", "el", "en", "et", "for",
       "from", "in", "is", "la", "las", "le", "les", "los", "of", "on",  "or",   "ou",   "par", "para", "por", "pour", "sur", "the", "to", "un", "una",
       "une", "with", "y",  "в",   "для", "и",   "из",  "к",   "на",  "о",   "об",   "от",   "по",  "с",   "الي", "على", "عن", "في", "من", "و", "علي", "او"});
  return std::find(kSmall.begin(), kSmall.end(), word) != kSmall.end();
}

}  // namespace liaison
