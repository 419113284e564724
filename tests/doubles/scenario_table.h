// SPDX-License-Identifier: Apache-2.0
// The tables in tests/scenarios that officers can check: rows of cells between bars; empty lines and lines with # are skipped.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace liaison {

struct ScenarioRow {
  int line = 0;
  std::vector<std::string> cells;
};

inline std::string trimmed(std::string text) {
  text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

// The pieces of a text, each trimmed; "a||b" has an empty one, and an empty text none.
inline std::vector<std::string> pieces_of(const std::string& text, char between) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string piece; std::getline(stream, piece, between);) out.push_back(trimmed(piece));
  return out;
}

// Every row must have between `least` and `most` cells; those that are left out at the end are empty.
inline std::vector<ScenarioRow> scenario_rows(const std::string& table, std::size_t least, std::size_t most) {
  std::ifstream in(std::string(LIAISON_SOURCE_DIR) + "/tests/scenarios/" + table);
  EXPECT_TRUE(in) << "there is no table " << table;
  std::vector<ScenarioRow> out;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    ScenarioRow row{number, pieces_of(line, '|')};
    EXPECT_TRUE(row.cells.size() >= least && row.cells.size() <= most) << table << " line " << number << " has " << row.cells.size() << " cells";
    row.cells.resize(most);
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace liaison
