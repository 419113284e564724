// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/csv.h"

#include <algorithm>

#include "schemas/text.h"

namespace liaison {
namespace {

Error at_line(std::uint64_t line, std::string sentence, std::string hint = {}) {
  return fail(Code::kInput, "line " + std::to_string(line) + ": " + std::move(sentence), std::move(hint));
}

class Reader {
 public:
  Reader(std::string_view text, char separator) : text_(text), separator_(separator), ends_{separator, '\r', '\n'} {}
  bool done() const { return at_ >= text_.size(); }

  Result<CsvRow> row() {
    CsvRow row{line_, {}};
    while (true) {
      row.cells.push_back(TRY(cell()));
      if (done()) return row;
      const char c = text_[at_++];
      if (c == separator_) continue;
      if (c == '\r' && at_ < text_.size() && text_[at_] == '\n') ++at_;
      ++line_;
      return row;
    }
  }

 private:
  Result<std::string> cell() {
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    const std::size_t end = std::min(text_.find_first_of(ends_, at_), text_.size());
    std::string cell(text_.substr(at_, end - at_));
    if (cell.find('"') != std::string::npos) {
      return at_line(line_, "a quote stands inside a cell that does not begin with one", "put the whole cell in quotes and double the quotes inside it");
    }
    at_ = end;
    return cell;
  }

  Result<std::string> quoted() {
    const std::uint64_t began = line_;
    std::string cell;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (c != '"') {
        cell += c;
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        cell += text_[at_++];
      } else {
        ++at_;
        if (at_ < text_.size() && ends_.find(text_[at_]) == std::string_view::npos) {
          return at_line(line_, "something follows a closing quote", "double the quotes that belong to the text");
        }
        return cell;
      }
    }
    return at_line(began, "a quote is opened here and never closed");
  }

  std::string_view text_;
  char separator_;
  std::string ends_;   // of a cell without quotes
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
};

Result<void> check_heads(const CsvRow& row) {
  std::vector<std::string> sorted = row.cells;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) return at_line(row.line, "the column '" + *twice + "' stands twice");
  return {};
}

// What stands in the head line outside of quotes.
char separator_of(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  bool quoted = false;
  char other = ',';
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == ',') return ',';
    if (c == '\r' || c == '\n') break;
    if (c == ';' || (c == '\t' && other == ',')) other = c;
  }
  return other;
}

}  // namespace

Result<void> check_not_utf16(std::string_view text) {
  const bool marked = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
  const std::string_view start = text.substr(0, 4);
  if (!marked && start.find('\0') == std::string_view::npos) return {};
  return fail(Code::kInput, "the file is UTF-16 text", "save it as 'CSV UTF-8': 'Unicode text' and 'UTF-16' cannot be read here");
}

Result<CsvFile> parse_csv(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  TRY(check_not_utf16(text));
  if (!to_nfc(text)) return fail(Code::kInput, "the file is not UTF-8", "save it as 'CSV UTF-8'");
  Reader reader(text, separator_of(text));
  CsvFile file;
  bool headed = false;
  while (!reader.done()) {
    CsvRow row = TRY(reader.row());
    if (row.cells.size() == 1 && row.cells[0].empty()) continue;
    if (!headed) {
      TRY(check_heads(row));
      file.heads = std::move(row.cells);
      headed = true;
    } else {
      file.rows.push_back(std::move(row));
    }
  }
  if (!headed) return fail(Code::kInput, "the file is empty", "its first line names the columns");
  return file;
}

}  // namespace liaison
