// SPDX-License-Identifier: Apache-2.0
// Comma-separated files: what was read, written with every cell in quotes, reads the same again.
#include "nodes/domain/csv.h"

#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

std::string quoted(const std::vector<std::string>& cells) {
  std::string line;
  for (const auto& cell : cells) {
    line += line.empty() ? "\"" : ",\"";
    for (const char c : cell) line += c == '"' ? std::string("\"\"") : std::string(1, c);
    line += '"';
  }
  return line + "\r\n";
}

std::string written(const CsvFile& file) {
  std::string out = quoted(file.heads);
  for (const auto& row : file.rows) out += quoted(row.cells);
  return out;
}

void check_file(const CsvFile& file) {
  CHECK(!file.heads.empty());
  std::uint64_t line = 0;
  for (const auto& row : file.rows) {
    CHECK(!row.cells.empty() && row.line > line);
    line = row.line;
  }
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(csv) {
  using namespace liaison;
  const auto file = parse_csv(text_of({data, size}));
  if (!file) {
    CHECK(file.error().code == Code::kInput);
    return 0;
  }
  check_file(*file);
  const std::string once = written(*file);
  const auto again = parse_csv(once);
  CHECK(again && again->heads == file->heads && written(*again) == once);
  return 0;
}
