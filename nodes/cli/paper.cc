// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/paper.h"

#include <algorithm>

#include "schemas/text.h"

namespace liaison {
namespace {

// The mark of a line's end that stands at `at`, or nothing: LF, CR, CR LF, and U+2028 and U+2029.
std::size_t line_end(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("\r\n")) return 2;
  if (rest.starts_with('\n') || rest.starts_with('\r')) return 1;
  return rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9") ? 3 : 0;
}

std::string printed_line(std::string_view text) {
  std::string spaced;
  for (const char c : text) spaced += c == '\t' ? std::string("    ") : std::string(1, c);
  return printable(spaced, std::string::npos);
}

// Adds up what a paper holds, and stops at the first thing that is too large.
class Scales {
 public:
  Result<void> text(const std::string& one) {
    if (one.size() > kPaperTextBytesMax) return fail(Code::kSize, "a text is longer than the 256 KiB that a paper prints", "shorten it");
    bytes_ += one.size();
    return bytes_ > kPaperBytesMax ? too_much("4 MiB of text") : Result<void>();
  }
  Result<void> part(const std::string& paragraph) { return text(paragraph); }
  Result<void> part(const std::vector<PaperFact>& facts) {
    TRY(rows(facts.size()));
    for (const auto& fact : facts) {
      TRY(text(fact.name));
      TRY(text(fact.value));
    }
    return {};
  }
  Result<void> part(const PaperTable& table) {
    CHECK(!table.columns.empty() && table.columns.size() <= kPaperColumnsMax);
    TRY(rows(table.rows.size()));
    for (const auto& column : table.columns) TRY(text(column.head));
    for (const auto& row : table.rows) {
      CHECK(row.size() == table.columns.size());
      for (const auto& cell : row) TRY(text(cell));
    }
    return {};
  }

 private:
  static Error too_much(const std::string& of_what) {
    return fail(Code::kSize, "the paper would have more than " + of_what, "print less at once, or export the records as CSV");
  }
  Result<void> rows(std::size_t more) {
    rows_ += more;
    return rows_ > kPaperRowsMax ? too_much("20,000 rows") : Result<void>();
  }

  std::size_t bytes_ = 0, rows_ = 0;
};

}  // namespace

Result<void> check_paper(const Paper& paper) {
  Scales scales;
  for (const auto* text : {&paper.title, &paper.subtitle, &paper.classification, &paper.reference}) TRY(scales.text(*text));
  for (const auto& section : paper.sections) {
    TRY(scales.text(section.heading));
    for (const auto& part : section.parts) TRY(std::visit([&](const auto& one) { return scales.part(one); }, part));
  }
  return {};
}

bool right_to_left(Language language) { return language == Language::kArabic; }

std::vector<std::string> paper_lines(std::string_view text) {
  std::vector<std::string> lines;
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = line_end(text, at);
    if (end == 0) {
      ++at;
      continue;
    }
    lines.push_back(printed_line(text.substr(from, at - from)));
    from = at += end;
  }
  lines.push_back(printed_line(text.substr(from)));
  return lines;
}

}  // namespace liaison
