// SPDX-License-Identifier: Apache-2.0
// Cells of a spreadsheet that hold several texts, and what keeps one from being a formula. A backslash stands before a mark that belongs to
// the text; `\-` is an empty text. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace liaison {

// Digits only, no sign, within 64 bits.
std::optional<std::uint64_t> parse_number(std::string_view text);
// Without blanks and tabs at its ends.
std::string trimmed_text(std::string_view text);
// The same, but one behind a backslash stays.
std::string trimmed_piece(std::string_view text);
// At most `parts` pieces; the last one keeps further separators.
std::vector<std::string> split(std::string_view text, char separator, std::size_t parts = std::string::npos);
// Cut at a separator that stands behind no backslash, into at most so many. The pieces keep their backslashes.
std::vector<std::string> split_cell(std::string_view text, char separator, std::size_t parts = std::string::npos);
// Those that are not empty, trimmed.
std::vector<std::string> pieces_of(std::string_view cell, char separator);
// A piece as its text: trimmed, the backslashes taken away. One before anything but a mark belongs to the text.
std::string plain_piece(std::string_view piece);
// With a backslash before these marks, a backslash, and a blank or tab at the ends; `\-` when it is empty.
std::string escaped_piece(std::string_view text, std::string_view marks);
// What print_csv_line (table.h) put before a cell that a spreadsheet would take for a formula goes again.
std::string without_guard(std::string cell);

}  // namespace liaison
