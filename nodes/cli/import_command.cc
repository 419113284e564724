// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/import_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "nodes/cli/typed.h"
#include "nodes/cli/visit_rows.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kFileBytesMax = 64 << 20;
constexpr std::size_t kChunkBytesMax = 700 * 1024;   // the API takes 1 MiB in one request
constexpr std::size_t kChunkRowsMax = 500;

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

std::string counted(std::size_t number, const char* what) { return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s"); }

// The API's field as the column it came from: "states[0]" is states, "components.start" is start where the row has one.
std::string column_of(std::string field, const ImportRow* row) {
  if (const std::size_t bracket = field.find('['); bracket != std::string::npos) field.erase(bracket, field.find(']') - bracket + 1);
  const bool plain = row != nullptr && row->fields["components"].size() == 1 && !row->fields["components"][0].contains("mode");
  const std::size_t dot = field.find('.');
  if (dot == std::string::npos) return field;
  return field.starts_with("components.") && plain ? field.substr(dot + 1) : field.substr(0, dot);
}

class Import {
 public:
  Import(const Invocation& typed, const NodeClient& node, ImportPlan plan)
      : typed_(typed), node_(node), plan_(std::move(plan)), request_id_(typed.has("--request-id") ? typed.text("--request-id") : random_request_id()) {}

  // All rows are checked before the first one is stored.
  Result<int> run() {
    const std::vector<Chunk> chunks = chunks_of(plan_.visits);
    typed_.console().say("checking " + counted(plan_.visits.size(), "visit"));
    for (const Chunk& chunk : chunks) {
      const json answer = TRY(send(chunk, true));
      collect(answer, chunk, true);
    }
    const bool stop = !errors_empty() && !typed_.has("--keep-going");
    if (!stop && !typed_.has("--dry-run")) TRY(store(chunks));
    return report(stop);
  }

 private:
  bool errors_empty() const { return plan_.errors.empty(); }

  Result<json> send(const Chunk& chunk, bool dry) {
    json rows = json::array();
    for (std::size_t i = chunk.first; i < chunk.last; ++i) rows.push_back(plan_.visits[i].fields);
    const json body = {{"rows", rows}, {"historical", typed_.has("--historical")}, {"keep_going", dry || typed_.has("--keep-going")}};
    const std::string stored = chunk.first == 0 ? request_id_ : fmt::format("{}-{}", request_id_, chunk.first);
    const std::string id = dry ? random_request_id() : stored;
    return node_.write("POST", dry ? "/visits/import?dry_run=1" : "/visits/import", body, {{"Idempotency-Key", id}});
  }

  Result<void> store(const std::vector<Chunk>& chunks) {
    for (const Chunk& chunk : chunks) {
      const json answer = TRY(send(chunk, false));
      collect(answer, chunk, false);
      typed_.console().say(fmt::format("{} of {} handed to the node", chunk.last, plan_.visits.size()));
    }
    return {};
  }

  const ImportRow* row_at(std::uint64_t line, const Chunk& chunk) const {
    for (std::size_t i = chunk.first; i < chunk.last; ++i) {
      if (plan_.visits[i].line == line) return &plan_.visits[i];
    }
    return nullptr;
  }

  void collect(const json& answer, const Chunk& chunk, bool dry) {
    if (dry) {
      for (const json& error : answer.value("errors", json::array())) {
        const std::string column = column_of(cell_of(error, "field"), row_at(line_in(error), chunk));
        plan_.errors.push_back({line_in(error), column, cell_of(error, "code"), cell_of(error, "detail"), cell_of(error, "hint")});
      }
    }
    json& list = dry ? checked_ : created_;
    for (json one : answer.value("created", json::array())) {
      const ImportRow* row = row_at(line_in(one), chunk);
      if (row != nullptr) one["ref"] = row->ref;
      list.push_back(std::move(one));
    }
  }

  Result<int> report(bool stopped) {
    std::stable_sort(plan_.errors.begin(), plan_.errors.end(), [](const RowError& a, const RowError& b) { return a.line < b.line; });
    json errors = json::array();
    for (const RowError& error : plan_.errors) {
      errors.push_back({{"line", error.line}, {"field", error.field}, {"code", error.code}, {"detail", error.detail}, {"hint", error.hint}});
      typed_.console().err << printable(fmt::format("line {}: {}: {} [{}]", error.line, error.field, error.detail, error.code), 4096) << "\n";
      if (!error.hint.empty()) typed_.console().err << "  hint: " << printable(error.hint, 4096) << "\n";
    }
    const bool dry = typed_.has("--dry-run");
    const json& list = dry ? checked_ : created_;
    if (typed_.globals().output == Output::kJson) {
      typed_.console().out << json_text({{"created", list}, {"errors", errors}, {"skipped", plan_.skipped}, {"dry_run", dry}}, 2) << "\n";
    } else if (!list.empty()) {
      print_page(typed_, list, {plain_column("ref", "ref"), plain_column("line", "line"), plain_column("record", "id"),
                                plain_column("message", "message_id")});
    }
    const std::string skipped = plan_.skipped == 0 ? "" : "; left out " + counted(plan_.skipped, "row") + " of other committees";
    if (stopped) {
      typed_.console().say("nothing was stored: " + counted(plan_.errors.size(), "error") + skipped);
    } else {
      typed_.console().say(counted(list.size(), "visit") + (dry ? " would be queued, " : " queued, ") + counted(plan_.errors.size(), "error") + skipped);
    }
    return plan_.errors.empty() ? kExitOk : kExitData;
  }

  const Invocation& typed_;
  const NodeClient& node_;
  ImportPlan plan_;
  std::string request_id_;
  json checked_ = json::array();
  json created_ = json::array();
};

}  // namespace

Result<int> visit_import(const Invocation& typed) {
  const std::string file = typed.text("FILE");
  const std::string text = TRY(read_text(file, kFileBytesMax));
  const auto csv = parse_csv(text);
  if (!csv) return within(file, csv.error());
  const NodeClient node = TRY(NodeClient::of(typed));
  const json status = TRY(node.get("/status"));
  auto plan = plan_import(*csv, cell_of(status, "member"), typed.has("--mine-only") ? Others::kSkipped : Others::kRefused);
  if (!plan) return within(file, plan.error());
  return Import(typed, node, std::move(*plan)).run();
}

}  // namespace liaison
