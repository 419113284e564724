// SPDX-License-Identifier: Apache-2.0
// Rows of an import file as the API's visit fields. Rows with the same `ref` are one visit with several components or
// States; one wrong row keeps back the whole visit. Form is checked here, by line and column; what the words mean is the
// node's to judge. Pure function.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nodes/domain/csv.h"
#include "schemas/result.h"

namespace liaison {

// Columns of an import file, in the usual order; all but states and title may be left out.
const std::vector<std::string>& import_columns();

struct RowError { std::uint64_t line = 0; std::string field, code, detail, hint; };
struct ImportRow { std::string ref; std::uint64_t line = 0; nlohmann::json fields; };   // fields hold "line" too
struct ImportPlan {
  std::vector<ImportRow> rows;       // in the order in which their first rows stand
  std::vector<RowError> errors;
  std::size_t skipped = 0;           // visits led by another committee, when those are left out
  std::string unit = "line";         // what ImportRow::line counts
};

enum class Others { kRefused, kSkipped };
// kInput for a column that is not known or a missing one; everything else is told in `errors`.
Result<ImportPlan> plan_import(const CsvFile& file, const std::string& member, Others others);

// "on_site|2023-02-06|2023-02-10|Ottawa/Toronto" as the API's component, from an import cell or the command line, where
// the separator is a comma. kInput for the form.
Result<nlohmann::json> parse_component(const std::string& text, char separator);
// "MKD=the former name" as {"alpha3", "name_in_source"}; "MKD" as it is.
nlohmann::json parse_state(const std::string& text);
// "draft,2027-03-20,S/AC.40/2027/1": the symbol may be left out.
Result<nlohmann::json> parse_report(const std::string& text);
// "UNODC:participates", or "UNODC:participates:by video", as {"body", "role", "note"}. kInput for the form.
Result<nlohmann::json> parse_participation(const std::string& text);

// How a text stands in a cell that holds several: with a backslash before a separator, a backslash, and a blank at its ends; `\-` when it is
// empty. Reading takes these away again and leaves any other backslash.
std::string escaped_cell(std::string_view text);

}  // namespace liaison
