// SPDX-License-Identifier: Apache-2.0
// What text may look like when it comes from outside: valid UTF-8, normal form C, no control or bidirectional
// formatting characters. ICU decides normal forms. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "schemas/result.h"

namespace liaison {

// Valid UTF-8 in NFC, no C0/C1 controls except (when `lines` allows) LF and TAB, no U+200E..200F, U+202A..202E,
// U+2066..2069, no noncharacters, at most `max_bytes`. Otherwise kInput with a sentence naming the trouble.
enum class Lines { kOne, kMany };
Result<void> check_text(std::string_view text, std::size_t max_bytes, Lines lines);
// The text in normal form C. kInput when it is not UTF-8.
Result<std::string> to_nfc(std::string_view text);
// For logs and terminals: every control, bidi or invalid byte shown as \xNN or \u{...}; at most `max_bytes`, then "...".
std::string printable(std::string_view text, std::size_t max_bytes = 512);
// Columns a terminal needs (East Asian wide characters count two, combining marks none).
std::size_t display_width(std::string_view text);
// "72.1": the ICU that this program runs with.
std::string icu_version();

}  // namespace liaison
