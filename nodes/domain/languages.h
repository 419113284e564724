// SPDX-License-Identifier: Apache-2.0
// The six official languages of the United Nations. Pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace liaison {

enum class Language { kArabic, kChinese, kEnglish, kFrench, kRussian, kSpanish };

inline constexpr std::array<Language, 6> kLanguages{Language::kArabic, Language::kChinese, Language::kEnglish,
                                                    Language::kFrench, Language::kRussian, Language::kSpanish};

// The ISO 639-1 code: ar, zh, en, fr, ru, es.
std::string_view word_of(Language language);
// The language of such a code; nothing for another word.
std::optional<Language> parse_language(std::string_view word);
// The folder under /usr/share/locale in which its translations lie: zh_CN for Chinese; empty for English, which needs none.
std::string_view locale_of(Language language);

}  // namespace liaison
