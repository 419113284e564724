// SPDX-License-Identifier: Apache-2.0
// Files of records as an import takes them, CSV or JSON: the first line names the kind. What a row says and may stand, written as an export does, is
// read the same again.
#include <nlohmann/json.hpp>
#include <sstream>

#include "nodes/files/record_cells.h"
#include "nodes/files/record_files.h"
#include "nodes/cli/table.h"
#include "nodes/domain/record_json.h"
#include "schemas/record.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

using nlohmann::json;

Record blank_record(const RecordKind& kind) {
  Record out = record_of(kind);
  out.owner = *MemberId::parse("1540");
  out.record_id = "1540-" + kind.letter + "-2027-0001";
  out.revision = 1;
  return out;
}

// As an import hands a row to the node.
bool read_row(json fields, Record& record) {
  for (const char* name : {"id", "revision", "line"}) fields.erase(name);
  return read_record_fields(fields, record) && check_record(record);
}

void check_written(const Record& record) {
  json shown = record_fields_json(record);
  shown.update({{"id", record.record_id}, {"kind", record.kind->kind}, {"owner", "1540"}, {"revision", 1}, {"marking", "committees"}});
  const json portable = portable_record(*record.kind, shown);
  std::ostringstream file;
  print_csv_line(file, record_columns_of(*record.kind));
  print_csv_line(file, record_cells(*record.kind, portable));
  const auto plan = record_plan_of_file(file.str(), "x.csv", *record.kind, "1540", Others::kRefused);
  CHECK(plan && plan->errors.empty() && plan->rows.size() == 1);
  Record again = blank_record(*record.kind);
  CHECK(read_row(plan->rows[0].fields, again));
  CHECK(again == record);
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(record_rows) {
  using namespace liaison;
  const std::string text(text_of({data, size}));
  const auto end = std::min(text.find('\n'), text.size());
  const RecordKind* kind = record_kind_of_noun(text.substr(0, end));
  if (kind == nullptr) return 0;
  const auto plan = record_plan_of_file(std::string_view(text).substr(std::min(end + 1, text.size())), "x", *kind, "1540", Others::kSkipped);
  if (!plan) {
    CHECK(plan.error().code == Code::kInput && !plan.error().what.empty());
    return 0;
  }
  for (const RowError& one : plan->errors) CHECK(one.line > 0 && !one.detail.empty());
  for (const ImportRow& row : plan->rows) {
    Record record = blank_record(*kind);
    if (read_row(row.fields, record)) check_written(record);
  }
  return 0;
}
