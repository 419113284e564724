// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/import_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "nodes/cli/typed.h"
#include "nodes/cli/visit_print.h"
#include "nodes/files/visit_files.h"
#include "nodes/files/visit_rows.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kFileBytesMax = 64 << 20;
constexpr std::size_t kChunkBytesMax = 700 * 1024;   // the API takes 1 MiB in one request
constexpr std::size_t kChunkRowsMax = 500;
constexpr std::size_t kWarningsMax = 20;

struct Chunk { std::size_t first = 0; std::size_t last = 0; };   // [first, last) of the plan's visits

std::vector<Chunk> chunks_of(const std::vector<ImportRow>& visits) {
  std::vector<Chunk> chunks;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < visits.size(); ++i) {
    const std::size_t size = json_text(visits[i].fields, -1).size() + 1;
    if (chunks.empty() || bytes + size > kChunkBytesMax || i - chunks.back().first >= kChunkRowsMax) {
      chunks.push_back({i, i});
      bytes = 0;
    }
    bytes += size;
    chunks.back().last = i + 1;
  }
  return chunks;
}

// 0 where the node names no line.
std::uint64_t line_in(const json& object) {
  const auto found = object.find("line");
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string counted(std::size_t number, const std::string& what) { return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s"); }

// The API's field as the column it came from: "states[0]" is states, "components.start" is start where the row has one.
std::string column_of(std::string field, const ImportRow* row) {
  if (const std::size_t bracket = field.find('['); bracket != std::string::npos) field.erase(bracket, field.find(']') - bracket + 1);
  const json parts = row == nullptr ? json() : row->fields.value("components", json());
  const bool plain = parts.is_array() && parts.size() == 1 && !parts[0].contains("mode");
  const std::size_t dot = field.find('.');
  if (dot == std::string::npos) return field;
  return field.starts_with("components.") && plain ? field.substr(dot + 1) : field.substr(0, dot);
}

// Who would receive the rows, and under which rule: one line where all rows agree.
std::string recipients_of(const json& one) {
  std::string to;
  for (const auto& recipient : one.value("recipients", json::array())) to += (to.empty() ? "" : ", ") + cell_of(recipient, "member");
  return to;
}

class Import {
 public:
  Import(const Invocation& typed, const NodeClient& node, const ImportOf& of, ImportPlan plan)
      : typed_(typed),
        node_(node),
        of_(of),
        plan_(std::move(plan)),
        request_id_(typed.has("--request-id") ? typed.text("--request-id") : random_request_id()) {}

  // All rows are checked before the first one is stored.
  Result<int> run() {
    const std::vector<Chunk> chunks = chunks_of(plan_.rows);
    typed_.console().say("checking " + counted(plan_.rows.size(), of_.noun));
    for (const Chunk& chunk : chunks) {
      json answer = TRY(send(chunk, true));
      const std::size_t before = checked_.size();
      for (const json& same : answer.value("unchanged", json::array())) unchanged_.insert(line_in(same));
      collect(answer, chunk, true);
      count_room(answer, checked_.size() - before);
      if (answer.value("queued_before", false)) keep_answer(chunk, std::move(answer));
      if (chunks.size() > 1) typed_.console().say(fmt::format("{} of {} checked", chunk.last, plan_.rows.size()));
    }
    for (const json& one : checked_) fresh_.insert(line_in(one));
    const bool dry = typed_.has("--dry-run");
    const bool stop = !plan_.errors.empty() && !typed_.has("--keep-going");
    if (!stop && needed_ > room_) return no_room();
    if (stop || dry || checked_.empty()) return report(stop || checked_.empty() ? Ended::kNothing : Ended::kChecked);
    if (typed_.has("--draft")) return keep(chunks);
    if (!agreed()) {
      typed_.console().say("nothing was stored");
      return kExitFailed;
    }
    TRY(store(chunks));
    return report(Ended::kStored);
  }

 private:
  enum class Ended { kNothing, kChecked, kStored };

  // What an earlier try under the same request id has queued needs no room.
  void count_room(const json& answer, std::size_t rows) {
    const auto room = answer.find("room");
    if (room != answer.end() && room->is_number_unsigned()) room_ = room->get<std::uint64_t>();
    if (!answer.value("queued_before", false)) needed_ += rows;
  }

  // What an earlier try has queued is not sent again; an id that it gave says nothing of a row of the file.
  void keep_answer(const Chunk& chunk, json answer) {
    for (const json& one : answer.value("created", json::array())) given_.insert(cell_of(one, "id"));
    queued_before_[chunk.first] = std::move(answer);
  }

  // Before anything is stored: a file goes in as a whole or not at all.
  Result<int> no_room() const {
    return fail(Code::kQuota, fmt::format("today's quota has room for {} more {}s and the file needs {}: nothing was stored", room_, of_.noun, needed_),
                "it starts anew at midnight UTC; a smaller file goes in now");
  }

  // A person is shown what is going to happen and asked; a script is taken at its word.
  bool agreed() {
    if (!typed_.console().asks || typed_.has("--yes")) return true;
    tell_errors();
    tell_warnings(checked_);
    tell_ways();
    return typed_.console().confirm("Send " + counted(checked_.size(), of_.noun) + "?");
  }

  // Checked with their ids, which say what is known here; what is new is stored without, since it gets one of its own. A row that differs
  // from the record of its id keeps it, and is refused again.
  Result<json> send(const Chunk& chunk, bool dry) {
    json rows = json::array();
    for (std::size_t i = chunk.first; i < chunk.last; ++i) {
      json fields = plan_.rows[i].fields;
      if (!dry && unchanged_.contains(plan_.rows[i].line)) continue;
      if (fresh_.contains(plan_.rows[i].line) || given_.contains(cell_of(fields, "id"))) fields.erase("id");
      rows.push_back(std::move(fields));
    }
    if (rows.empty()) return json{{"created", json::array()}, {"errors", json::array()}};
    const json body = {{"rows", rows}, {"historical", typed_.has("--historical")}, {"keep_going", dry || typed_.has("--keep-going")}};
    const std::string stored = chunk.first == 0 ? request_id_ : fmt::format("{}-{}", request_id_, chunk.first);
    std::map<std::string, std::string> query;
    if (dry) query["dry_run"] = "1";
    if (typed_.has("--draft")) query["draft"] = "1";
    return node_.write("POST", of_.path + query_of(query), body, {{"Idempotency-Key", stored}});
  }

  // Nothing leaves, so nobody is asked.
  Result<int> keep(const std::vector<Chunk>& chunks) {
    json drafts = json::array();
    std::vector<std::size_t> rows;
    for (const Chunk& chunk : chunks) {
      json kept = TRY(send(chunk, false));
      if (!kept.contains("id")) continue;   // nothing in it is new
      rows.push_back(chunk.last - chunk.first);
      drafts.push_back(std::move(kept));
    }
    if (typed_.globals().output != Output::kTable) {
      print_page(typed_, drafts, {plain_column("draft", "id"), plain_column("kind", "kind"), plain_column("act", "act")});
      return kExitOk;
    }
    for (std::size_t i = 0; i < drafts.size(); ++i)
      typed_.console().out << fmt::format("{} keeps {}: liaison draft show {}\n", cell_of(drafts[i], "id"), counted(rows[i], "row"),
                                          cell_of(drafts[i], "id"));
    return kExitOk;
  }

  // What was stored before a request failed stays: the next try with the same request id stores only the rest.
  Result<void> store(const std::vector<Chunk>& chunks) {
    for (const Chunk& chunk : chunks) {
      const auto before = queued_before_.find(chunk.first);
      const auto answer = before != queued_before_.end() ? Result<json>(before->second) : send(chunk, false);
      if (!answer) {
        if (created_.empty() && answer.error().code != Code::kUnreachable) return answer.error();
        return fail(answer.error().code, answer.error().what + "; " + already_queued(), again());
      }
      const std::size_t wrong = plan_.errors.size();
      collect(*answer, chunk, false);
      // Good when it was checked, and not any more: nothing of this part was stored.
      if (plan_.errors.size() > wrong && !typed_.has("--keep-going")) {
        const RowError& first = plan_.errors[wrong];
        const std::string what = fmt::format("{} {}: {}; {}", plan_.unit, first.line, first.detail, already_queued());
        return fail(code_of_word(first.code), what, created_.empty() ? first.hint : again());
      }
      typed_.console().say(fmt::format("{} of {} handed to the node", chunk.last, plan_.rows.size()));
    }
    return {};
  }

  std::string already_queued() const { return counted(created_.size(), of_.noun) + " of the file had been queued before"; }
  std::string again() const { return "run it again with --request-id " + request_id_ + ", which queues the rest and nothing twice"; }

  const ImportRow* row_at(std::uint64_t line, const Chunk& chunk) const {
    for (std::size_t i = chunk.first; i < chunk.last; ++i) {
      if (plan_.rows[i].line == line) return &plan_.rows[i];
    }
    return nullptr;
  }

  // A row that failed in the check fails again when it is stored, and is told once.
  bool told(std::uint64_t line) const {
    return std::any_of(plan_.errors.begin(), plan_.errors.end(), [&](const RowError& error) { return error.line == line; });
  }

  void collect(const json& answer, const Chunk& chunk, bool dry) {
    for (const json& error : answer.value("errors", json::array())) {
      const std::uint64_t line = line_in(error);
      if (!dry && told(line)) continue;
      const std::string column = column_of(cell_of(error, "field"), row_at(line, chunk));
      plan_.errors.push_back({line, column, cell_of(error, "code"), cell_of(error, "detail"), cell_of(error, "hint")});
    }
    json& list = dry ? checked_ : created_;
    for (json one : answer.value("created", json::array())) {
      const ImportRow* row = row_at(line_in(one), chunk);
      if (row != nullptr) one["ref"] = row->ref;
      if (dry) one["id"] = nullptr;   // ids are given when the rows are stored
      list.push_back(std::move(one));
    }
  }

  void tell_errors() {
    std::stable_sort(plan_.errors.begin(), plan_.errors.end(), [](const RowError& a, const RowError& b) { return a.line < b.line; });
    for (const RowError& error : plan_.errors) {
      const std::string where = fmt::format("{} {}: {}{}", plan_.unit, error.line, error.field, error.field.empty() ? "" : ": ");
      typed_.console().err << printable(fmt::format("{}{} [{}]", where, error.detail, error.code), 4096) << "\n";
      if (!error.hint.empty()) typed_.console().err << "  hint: " << printable(error.hint, 4096) << "\n";
    }
  }

  void tell_warnings(const json& list) {
    std::size_t left_out = 0;
    std::size_t said = 0;
    for (const json& one : list) {
      for (const json& warning : one.value("warnings", json::array())) {
        if (said == kWarningsMax) {
          ++left_out;
          continue;
        }
        ++said;
        typed_.console().warn(fmt::format("{} {}: {}", plan_.unit, line_in(one), warning.is_string() ? warning.get<std::string>() : ""));
      }
    }
    if (left_out > 0) typed_.console().warn("and " + counted(left_out, "more warning") + (of_.afterwards.empty() ? "" : "; " + of_.afterwards));
  }

  // "1267, 1373 under rule plans-1540: ...": once for all rows that go the same way.
  void tell_ways() {
    std::map<std::string, std::size_t> ways;
    for (const json& one : checked_) ++ways[fmt::format("{} under {}", recipients_of(one), ruling_of(one))];
    for (const auto& [way, count] : ways) typed_.console().say(printable(fmt::format("{} would go to {}", counted(count, of_.noun), way), 4096));
  }

  Result<int> report(Ended ended) {
    if (!asked()) tell_errors();
    const bool dry = typed_.has("--dry-run");
    const json& list = dry ? checked_ : created_;
    if (!asked()) tell_warnings(list);
    json errors = json::array();
    for (const RowError& error : plan_.errors) {
      errors.push_back({{"line", error.line}, {"field", error.field}, {"code", error.code}, {"detail", error.detail}, {"hint", error.hint}});
    }
    if (typed_.globals().output == Output::kJson) {
      const json all = {{"created", list}, {"errors", errors}, {"skipped", plan_.skipped}, {"unchanged", unchanged_.size()}, {"dry_run", dry}};
      typed_.console().out << json_text(all, 2) << "\n";
    } else if (!list.empty() || typed_.globals().output == Output::kCsv) {
      print_page(typed_, list, dry ? checked_columns() : created_columns());
    }
    if (dry) tell_ways();
    std::string skipped = unchanged_.empty() ? "" : "; " + std::to_string(unchanged_.size()) + " unchanged";
    skipped += others_left_out();
    if (ended == Ended::kNothing && plan_.errors.empty() && !unchanged_.empty()) {
      typed_.console().say("nothing to store: " + counted(unchanged_.size(), of_.noun) + " unchanged" + others_left_out());
    } else if (ended == Ended::kNothing) {
      typed_.console().say((dry ? "nothing would be stored: " : "nothing was stored: ") + counted(plan_.errors.size(), "error") + skipped);
    } else {
      typed_.console().say(counted(list.size(), of_.noun) + (dry ? " would be queued, " : " queued, ") + counted(plan_.errors.size(), "error") + skipped);
    }
    if (ended == Ended::kStored && !plan_.errors.empty() && !list.empty())
      typed_.console().say("the lines with errors were left out: once mended, import them in a file of their own; the same file with --request-id " +
                           request_id_ + " stores nothing twice");
    return plan_.errors.empty() ? kExitOk : kExitData;
  }

  std::string others_left_out() const {
    return plan_.skipped == 0 ? "" : "; left out " + counted(plan_.skipped, "row") + " of other committees";
  }

  bool asked() const { return typed_.console().asks && !typed_.has("--yes") && !typed_.has("--dry-run") && !created_.empty(); }

  static std::vector<Column> created_columns() {
    return {plain_column("ref", "ref"), plain_column("line", "line"), plain_column("record", "id"), plain_column("message", "message_id")};
  }
  static std::vector<Column> checked_columns() {
    return {plain_column("ref", "ref"), plain_column("line", "line"), {"goes to", recipients_of}, plain_column("rule", "rule"),
            plain_column("basis", "basis")};
  }

  const Invocation& typed_;
  const NodeClient& node_;
  const ImportOf& of_;
  ImportPlan plan_;
  std::string request_id_;
  json checked_ = json::array();
  json created_ = json::array();
  std::set<std::uint64_t> unchanged_, fresh_;      // lines
  std::set<std::string> given_;                    // ids that an earlier try has given
  std::map<std::size_t, json> queued_before_;      // by a chunk's first visit
  std::uint64_t room_ = UINT64_MAX, needed_ = 0;
};

}  // namespace

Result<int> import_file(const Invocation& typed, const std::string& file, const ImportOf& of) {
  const std::string text = TRY(read_text(file, kFileBytesMax));
  const NodeClient node = TRY(NodeClient::of(typed));
  const json status = TRY(node.get("/status"));
  auto plan = of.plan(text, file, cell_of(status, "member"), typed.has("--mine-only") ? Others::kSkipped : Others::kRefused);
  if (!plan) return within(file, plan.error());
  return Import(typed, node, of, std::move(*plan)).run();
}

std::vector<Argument> for_import(std::vector<Argument> arguments, const std::string& plural) {
  arguments.push_back({"--historical", "", plural + " of the past"});
  arguments.push_back({"--mine-only", "", "leave out those of other committees"});
  arguments.push_back({"--keep-going", "", "store the good rows although others have errors"});
  arguments.push_back({"--dry-run", "", "check, and show who would receive it and under which rule; send nothing"});
  arguments.push_back({"--yes", "", "do not ask"});
  arguments.push_back({"--request-id", "ID", "the same id creates nothing twice"});
  return arguments;
}

Result<int> visit_import(const Invocation& typed) {
  return import_file(typed, typed.text("FILE"), {"visit", "/visits/import", "liaison conflicts lists the findings afterwards", plan_of_file});
}

}  // namespace liaison
