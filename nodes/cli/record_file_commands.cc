// SPDX-License-Identifier: Apache-2.0
// `liaison record export`, `liaison record import`, and the same for each kind by its noun: `liaison event export events.ics`.
#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "nodes/cli/export_file.h"
#include "nodes/cli/import_command.h"
#include "nodes/cli/node_client.h"
#include "nodes/files/record_calendar.h"
#include "nodes/files/record_cells.h"
#include "nodes/files/record_files.h"
#include "nodes/cli/table.h"
#include "nodes/domain/words.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

Result<const RecordKind*> kind_named(const std::string& name) {
  const RecordKind* kind = record_kind(name);
  if (kind == nullptr) kind = record_kind_of_noun(name);
  if (kind != nullptr) return kind;
  std::vector<std::string_view> nouns;
  for (const RecordKind& one : record_kinds()) nouns.push_back(one.noun);
  if (name == "visit") return fail(Code::kUsage, "KIND: visits have commands of their own", "liaison visit export, liaison visit import");
  return fail(Code::kUsage, "KIND: '" + printable(name, 64) + "' is no kind of record", word_hint(name, nouns));
}

// 1540-R-2027-0002 before 1540-R-2027-0010: a file of all that a committee made is made anew in the same order.
bool comes_first(const json& a, const json& b) {
  const auto left = parse_record_id(cell_of(a, "id")), right = parse_record_id(cell_of(b, "id"));
  if (!left || !right) return cell_of(a, "id") < cell_of(b, "id");
  return std::tuple(left->owner, left->year, left->number) < std::tuple(right->owner, right->year, right->number);
}

Result<json> all_records(const Invocation& typed, const NodeClient& node, const RecordKind& kind) {
  std::map<std::string, std::string> filters = {{"limit", "100"}, {"whole", "1"}, {"kind", kind.kind}};
  for (const std::string name : {"state", "from", "to", "committee", "status", "since", "record"}) filters[name] = typed.text("--" + name);
  json all = json::array();
  std::set<std::string> seen;   // a record whose days are moved between two pages may stand on both
  while (true) {
    const json page = TRY(node.get("/records" + query_of(filters)));
    for (const auto& record : page.value("items", json::array())) {
      if (seen.insert(cell_of(record, "id")).second) all.push_back(record);
    }
    const std::string next = cell_of(page, "next");
    if (next.empty()) break;
    filters["cursor"] = next;
  }
  std::sort(all.begin(), all.end(), comes_first);
  return all;
}

std::string written(const RecordKind& kind, const json& records, ExportForm form) {
  if (form == ExportForm::kCalendar) return record_calendar(kind, records);
  json all = json::array();
  for (const auto& record : records) all.push_back(portable_record(kind, record));
  if (form == ExportForm::kJson) return json_text(all, 2) + "\n";
  std::ostringstream out;
  print_csv_line(out, record_columns_of(kind));
  for (const auto& record : all) print_csv_line(out, record_cells(kind, record));
  return out.str();
}

Result<int> export_records(const RecordKind& kind, const Invocation& typed) {
  const ExportForm form = TRY(export_form_of(typed, with_article(kind.noun), has_calendar(kind)));
  const NodeClient node = TRY(NodeClient::of(typed));
  const json records = TRY(all_records(typed, node, kind));
  const std::string text = written(kind, records, form), file = typed.text("FILE");
  if (file.empty()) {
    typed.console().out << text;
    return kExitOk;
  }
  TRY(write_export(file, view_of(text)));
  typed.console().say(std::to_string(records.size()) + " " + kind.noun + (records.size() == 1 ? " record" : " records") + " written to " +
                      printable(file, 512));
  return kExitOk;
}

Result<int> import_records(const RecordKind& kind, const Invocation& typed) {
  const auto plan = [&kind](std::string_view text, const std::string& file, const std::string& member, Others others) {
    return record_plan_of_file(text, file, kind, member, others);
  };
  return import_file(typed, typed.text("FILE"), {kind.noun + " record", "/records/" + kind.kind + "/import", "", plan});
}

Result<int> with_kind(const Invocation& typed, Result<int> (*run)(const RecordKind&, const Invocation&)) {
  const RecordKind* kind = TRY(kind_named(typed.text("KIND")));
  return run(*kind, typed);
}

std::vector<Argument> export_arguments(std::vector<Argument> first, const std::vector<std::string_view>& forms) {
  const std::vector<Argument> more = {
      {"FILE", "", "the file; standard output when left out"},
      {"--format", "FORMAT", "csv or json, and ics where the kind has days; by the file's ending when left out", false, false, forms},
      {"--state", "STATE", "of one State"}, {"--from", "DATE", "with a day then or later"}, {"--to", "DATE", "with a day then or earlier"},
      {"--committee", "MEMBER", "of one committee"}, {"--status", "WORD", "that stand so"}, {"--since", "DATE", "changed on that day or later (UTC)"},
      {"--record", "RECORD", "that name this record"}};
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

const std::vector<std::string>& import_words() {
  static const std::vector<std::string> words = {
      "All rows are checked before anything is stored, and nothing is stored unless all are good or --keep-going is given. Mistakes are told by line.",
      "A row with the id of a record that is known here is only compared: it is unchanged, or told to differ. Records of the past, with --historical, "
      "may begin in any status and name their source."};
  return words;
}

std::vector<Command> file_commands_of(const RecordKind& kind) {
  const std::string file = kind.noun + "s.csv", calendar = kind.noun + "s.ics";
  std::vector<std::string> examples = {"liaison " + kind.noun + " export " + file, "liaison " + kind.noun + " export --format json --state KGZ"};
  std::vector<std::string_view> forms = {"csv", "json"};
  if (has_calendar(kind)) {
    examples.push_back("liaison " + kind.noun + " export " + calendar);
    forms.push_back("ics");
  }
  return {{kind.noun + " export", "write these records to a file that imports again unchanged", export_arguments({}, forms),
           [&kind](const Invocation& typed) { return export_records(kind, typed); }, std::move(examples)},
          {kind.noun + " import",
           "import a file of these records",
           for_import({{"FILE", "", "CSV whose head line names fields, JSON, or a calendar where the kind has days", true}}, "records"),
           [&kind](const Invocation& typed) { return import_records(kind, typed); },
           {"liaison " + kind.noun + " import " + file + " --dry-run"},
           import_words()}};
}

}  // namespace

std::vector<Command> record_file_commands() {
  const Argument kind{"KIND", "", "the kind's name or noun, such as assistance.request or request", true};
  std::vector<Command> all = {
      {"record export",
       "write records of one kind to a file that imports again unchanged: CSV, JSON or a calendar",
       export_arguments({kind}, {"csv", "json", "ics"}),
       [](const Invocation& typed) { return with_kind(typed, export_records); },
       {"liaison record export request requests.csv", "liaison record export request --format json --committee 1540"},
       {"The columns of a spreadsheet are the fields of the kind (liaison record kind KIND), with id, revision and owner first, marking and to last. Lists "
        "are "
        "joined by ';'. A cell that a spreadsheet would take for a formula begins with an apostrophe, which an import takes away again."}},
      {"record import",
       "import a file of records of one kind",
       for_import({kind, {"FILE", "", "CSV whose head line names fields of the kind, JSON, or a calendar where the kind has days", true}}, "records"),
       [](const Invocation& typed) { return with_kind(typed, import_records); },
       {"liaison record import request requests.csv --dry-run", "liaison record import request requests.csv --historical --mine-only"},
       import_words()}};
  for (const RecordKind& one : record_kinds()) {
    for (Command& command : file_commands_of(one)) all.push_back(std::move(command));
  }
  return all;
}

}  // namespace liaison
