// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/languages.h"

namespace liaison {
namespace {

constexpr std::array<std::string_view, kLanguages.size()> kWords{"ar", "zh", "en", "fr", "ru", "es"};

}  // namespace

std::string_view word_of(Language language) {
  const auto at = static_cast<std::size_t>(language);
  return at < kWords.size() ? kWords[at] : std::string_view("invalid");
}

std::optional<Language> parse_language(std::string_view word) {
  for (const Language language : kLanguages) {
    if (word_of(language) == word) return language;
  }
  return std::nullopt;
}

std::string_view locale_of(Language language) {
  if (language == Language::kChinese) return "zh_CN";
  return language == Language::kEnglish ? std::string_view() : word_of(language);
}

}  // namespace liaison
