// SPDX-License-Identifier: Apache-2.0
// A list on standard output: aligned columns for people, CSV (RFC 4180) and one JSON object a line for machines. Widths
// are counted in terminal columns; whatever came from outside is made printable first, so that no text can move the
// cursor or turn the reading direction. Pure functions over streams.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "nodes/cli/command.h"
#include "nodes/files/fields.h"

namespace liaison {

// `people` fills a cell of the table; `machine` one of the CSV, and is `people` when it is empty.
struct Column {
  std::string head;
  std::function<std::string(const nlohmann::json&)> people;
  std::function<std::string(const nlohmann::json&)> machine = {};
};

inline constexpr std::size_t kShownBytesMax = 8192;
// A field (fields.h) for people: printable, at most kShownBytesMax.
std::string shown(const nlohmann::json& item, const std::string& path);
// A column that shows one field; in CSV the parts of a list are joined by ";".
Column plain_column(std::string head, std::string path);

inline constexpr std::size_t kCellColumnsMax = 60;
// The text made printable and cut at a whole character, with "..." where something is left out. At least 3 columns.
std::string fitted(std::string_view text, std::size_t columns = kCellColumnsMax);
// The same, filled up with blanks to that many columns.
std::string padded(std::string_view text, std::size_t columns);
void print_table(std::ostream& out, const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows);
// One RFC 4180 line, CRLF at its end. A cell that a spreadsheet would take for a formula gets an apostrophe before it.
void print_csv_line(std::ostream& out, const std::vector<std::string>& cells);

// A page of the API ({"items": [...], "next": ...}) in the format that was asked. Says on standard error when there is more.
void print_page(const Invocation& typed, const nlohmann::json& page, const std::vector<Column>& columns);
// One object: JSON, or "name  value" lines; CSV has a head line and one more.
void print_object(const Invocation& typed, const nlohmann::json& object);

}  // namespace liaison
