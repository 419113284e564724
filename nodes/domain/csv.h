// SPDX-License-Identifier: Apache-2.0
// Comma-separated values as RFC 4180 says: quoted cells with doubled quotes, line ends inside quotes, CRLF or LF; a byte
// order mark at the beginning is tolerated. The head line says what separates: a comma, or, where it has none, the semicolon or tab that a
// spreadsheet writes in another language. Keeps the line on which each row begins, for messages. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.h"

namespace liaison {

struct CsvRow { std::uint64_t line = 0; std::vector<std::string> cells; };
struct CsvFile { std::vector<std::string> heads; std::vector<CsvRow> rows; };

// kInput for UTF-16, which spreadsheets write as "Unicode text"; it would look like damaged text otherwise.
Result<void> check_not_utf16(std::string_view text);
// kInput with the line for text that is not UTF-8, a quote that never ends or stands inside an unquoted cell, a head that
// stands twice, or no head line: nothing after it can be relied on. Empty lines are left out. A row may have more or fewer
// cells than the head line, which is for the reader of the rows to judge.
Result<CsvFile> parse_csv(std::string_view text);

}  // namespace liaison
