// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/files_in.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "nodes/api/routes.h"
#include "nodes/connectors/own_folder.h"
#include "nodes/files/record_files.h"
#include "nodes/files/visit_files.h"
#include "schemas/text.h"
#include "security/hash.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr std::size_t kRowsInOneStep = 500;      // officers' requests come between two steps
constexpr std::size_t kSmallBytes = 256 << 10;   // such files share a step and its commit
constexpr std::size_t kSharedBytes = 4 << 20;
constexpr std::chrono::milliseconds kStepMost{20};
constexpr std::size_t kToldMost = 1'000;         // errors or records in a result

std::string counted_rows(std::size_t rows) { return std::to_string(rows) + (rows == 1 ? " row" : " rows"); }

// The node cannot take it now; the file says nothing wrong.
bool is_for_later(int status) { return status == 429 || status >= 500; }

}  // namespace

struct FilesIn::Dropped {
  std::string name;              // in inbox/
  std::string key;               // of its bytes
  std::string text;
  ImportPlan plan = {};
  bool readable = true;          // it was a file, and not too long
  bool gone = false;             // somebody took it away again
  bool before = false;           // it was taken in before
  std::uint64_t number = 0;      // of its row
  std::size_t done_rows = 0;
  bool failed = false;
  json records = json::array();
  json errors = json::array();

  void refuse(const std::string& code, const std::string& detail, const std::string& hint) {
    failed = true;
    errors.push_back({{"line", nullptr}, {"field", ""}, {"code", code}, {"detail", detail}, {"hint", hint}});
  }
  // What lies beside it, as JSON.
  std::string result() const {
    json out = {{"file", printable(name, 255)}, {"item", number}};
    if (failed) {
      out.update({{"type", "about:blank"}, {"title", "the file was not taken in"}, {"detail", words()}, {"unit", plan.unit}, {"rows_taken", done_rows},
                  {"errors", errors}});
    } else {
      out.update({{"words", words()}, {"records", records}});
    }
    return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  }
  std::string words() const {
    if (before) return "taken in before as item " + std::to_string(number);
    if (!failed) return counted_rows(done_rows) + " taken in";
    const json& first = errors[0];
    const std::string line = first["line"].is_number() ? plan.unit + " " + first["line"].dump() + ": " : std::string();
    return line + first["detail"].get<std::string>() + (errors.size() > 1 ? "; and " + std::to_string(errors.size() - 1) + " more" : "");
  }
};

Result<std::unique_ptr<Connector>> FilesIn::make(const ConnectorConfig& config, const MemberId& member) {
  const std::string takes = config.texts.at("takes");
  const RecordKind* kind = takes == "visit" ? nullptr : record_kind_of_noun(takes);
  if (takes != "visit" && kind == nullptr)
    return fail(Code::kConfig, "takes: \"" + printable(takes, 32) + "\" is no kind of record", "visit, or a noun of liaison record kinds");
  return std::unique_ptr<Connector>(new FilesIn(config, member, kind));
}

Result<void> FilesIn::make_folders() {
  const auto& folder = config_.paths.at("folder");
  for (const char* name : {"inbox", "work", "done", "failed"}) TRY(make_own_folder(folder / name));
  return {};
}

Result<std::string> FilesIn::test(std::stop_token) {
  TRY(make_folders());
  const auto names = TRY(names_in(config_.paths.at("folder") / "inbox", kToldMost));
  return "inbox, done and failed can be used; " + std::to_string(names.size()) + (names.size() == 1 ? " file waits" : " files wait") + " in the inbox";
}

// The names in work/: what a run before has left there, and as much of the inbox as there is room for.
Result<std::vector<std::string>> FilesIn::fetch(std::size_t most, bool& more) {
  const auto& folder = config_.paths.at("folder");
  auto names = TRY(names_in(folder / "work", most));
  const auto dropped = TRY(names_in(folder / "inbox", most + 1));
  more = names.size() + dropped.size() > most;
  std::vector<OwnMove> moves;
  for (const std::string& name : dropped) {
    if (names.size() + moves.size() >= most) break;
    if (std::find(names.begin(), names.end(), name) == names.end()) moves.push_back({name, name});   // else one of that name is being taken in
  }
  const auto kept = TRY(move_own_files(folder / "inbox", folder / "work", moves));
  for (std::size_t i = 0; i < moves.size(); ++i) {
    if (std::find(kept.begin(), kept.end(), i) == kept.end()) names.push_back(moves[i].name);
  }
  if (!kept.empty()) stuck_ = "inbox: " + printable(moves[kept[0]].name, 255) + " may not be moved by the node's user";
  return names;
}

Result<FilesIn::Dropped> FilesIn::read(const std::string& name) {
  Dropped out;
  out.name = name;
  const std::size_t most = config_.numbers.at("mebibytes") << 20;
  auto text = read_own_file(config_.paths.at("folder") / "work", name, most);
  if (text) {
    out.text = std::move(*text);
    out.key = hex(sha256({view_of(out.text)}));
  } else if (text.error().code == Code::kInput || text.error().code == Code::kSize) {
    out.readable = false;
    out.key = hex(sha256({view_of("name\n"), view_of(name)}));
    out.refuse(std::string(code_name(text.error().code)), text.error().what, text.error().hint);
  } else if (text.error().code == Code::kUnknown) {
    out.gone = true;
  } else {
    return text.error();
  }
  return out;
}

// What the file says, by itself.
void FilesIn::plan(Dropped& file) {
  if (!file.readable) return;
  // One record by itself is a list of one.
  const auto begins = file.text.find_first_not_of(" \t\r\n");
  if (begins != std::string::npos && file.text[begins] == '{') file.text = "[" + file.text + "]";
  auto planned = kind_ == nullptr ? plan_of_file(file.text, file.name, member_.str(), Others::kRefused)
                                  : record_plan_of_file(file.text, file.name, *kind_, member_.str(), Others::kRefused);
  if (!planned) return file.refuse(std::string(code_name(planned.error().code)), planned.error().what, planned.error().hint);
  file.plan = std::move(*planned);
  for (const RowError& one : file.plan.errors) {
    file.failed = true;
    if (file.errors.size() < kToldMost)
      file.errors.push_back({{"line", one.line}, {"field", one.field}, {"code", one.code}, {"detail", one.detail}, {"hint", one.hint}});
  }
  if (!file.failed && file.plan.rows.empty()) file.refuse("E_INPUT", "there is no row in it", "the node takes files as liaison import does");
}

// Its row, made where it is new. One that failed before is tried again: what was wrong may be right now.
Result<bool> FilesIn::known(Desk& desk, Dropped& file) {
  const auto found = TRY(desk.store.find(config_.name, file.key));
  if (found) {
    file.number = found->number;
    file.done_rows = found->tries;   // what was taken in of it is not taken in again
    file.before = found->state == ConnectorItem::State::kDone;
    if (file.before && !found->record.empty()) file.records.push_back(found->record);
    return file.before;
  }
  ConnectorItem item;
  item.connector = config_.name;
  item.key = file.key;
  item.name = printable(file.name, 255);
  item.kind = kind_ == nullptr ? "visit" : kind_->kind;
  item.made_ms = desk.now.wall_ms;
  item.next_ms = desk.now.wall_ms;
  file.number = TRY(desk.store.add(item)).value_or(0);
  return false;
}

// At most kRowsInOneStep rows from `first` on, as an import through the API. kBusy when they are for later.
Result<void> FilesIn::act(Desk& desk, Dropped& file, std::size_t first, bool dry_run) {
  const std::size_t last = std::min(file.plan.rows.size(), first + kRowsInOneStep);
  json rows = json::array();
  for (std::size_t i = first; i < last; ++i) rows.push_back(file.plan.rows[i].fields);
  HttpRequest request;
  request.method = "POST";
  request.path = kind_ == nullptr ? "/visits/import" : "/records/" + kind_->kind + "/import";
  request.body = json{{"rows", std::move(rows)}, {"historical", false}, {"keep_going", false}}.dump(-1, ' ', false, json::error_handler_t::replace);
  if (dry_run) request.query["dry_run"] = "1";
  if (config_.as_drafts) request.query["draft"] = "1";
  const std::string id = request_prefix(config_.system) + file.key.substr(0, 24) + "." + std::to_string(first);
  const HttpResponse answer = desk.routes.act_for(request, "connector " + config_.name, id, desk.now);
  const json said = json::parse(answer.body, nullptr, false);
  if (is_for_later(answer.status)) return fail(Code::kBusy, said.value("detail", "the node takes nothing now"), "the file waits");
  for (const json& one : said.value("errors", json::array())) {
    file.failed = true;
    if (file.errors.size() < kToldMost)
      file.errors.push_back({{"line", one["line"]}, {"field", one["field"]}, {"code", one["code"]}, {"detail", one["detail"]}, {"hint", one["hint"]}});
  }
  if (answer.status / 100 != 2 && !file.failed) file.refuse(said.value("code", "E_INPUT"), said.value("detail", "the node refused it"), said.value("hint", ""));
  if (dry_run || file.failed) return {};
  file.done_rows = last;
  if (said.contains("id") && file.records.size() < kToldMost) file.records.push_back(said["id"]);   // a draft
  for (const char* list : {"created", "unchanged"}) {
    for (const json& one : said.value(list, json::array())) {
      if (file.records.size() < kToldMost && one.contains("id")) file.records.push_back(one["id"]);
    }
  }
  return {};
}

Result<void> FilesIn::write_down(Desk& desk, Dropped& file) {
  auto item = TRY(desk.store.find(file.number));
  CHECK(item.has_value());
  item->tries = static_cast<std::uint32_t>(file.done_rows);
  item->words = file.words();
  if (!file.records.empty()) item->record = file.records[0].is_string() ? file.records[0].get<std::string>() : file.records[0].dump();
  const bool over = file.failed || file.done_rows >= file.plan.rows.size();
  item->state = file.failed ? ConnectorItem::State::kFailed : over ? ConnectorItem::State::kDone : ConnectorItem::State::kWaiting;
  if (over) item->ended_ms = desk.now.wall_ms;
  return desk.store.set(*item);
}

// Its row and what it says, unless it was taken in before; `later` when the node has no room now.
Result<void> FilesIn::take_one(Desk& desk, Dropped& file, std::optional<Error>& later) {
  const bool known_before = TRY(known(desk, file));
  if (known_before) return {};
  if (!file.failed) {
    const auto acted = act(desk, file, file.done_rows, false);
    if (!acted) {
      later = acted.error();
      return {};
    }
  }
  return write_down(desk, file);
}

// A step and its commit for as many of them as fit into a short time: officers' requests come between two steps.
Result<void> FilesIn::take_small(const Door& door, std::vector<Dropped>& files, ConnectorRun& run) {
  std::optional<Error> later;
  for (std::size_t at = 0; at < files.size() && !later;) {
    if (const auto in = door([&](Desk& desk) -> Result<void> {
      const auto end = std::chrono::steady_clock::now() + kStepMost;
      do TRY(take_one(desk, files[at++], later));
      while (at < files.size() && !later && std::chrono::steady_clock::now() < end);
      return {};
    }); !in) return in.error();
  }
  std::vector<Dropped> over;
  for (Dropped& file : files) {
    if (file.number == 0 || (!file.before && !file.failed && file.done_rows == 0)) continue;   // it waits
    ++(file.failed ? run.failed : run.done);
    over.push_back(std::move(file));
  }
  TRY(put_away(over));
  if (later) return *later;
  return {};
}

// All rows are checked before the first is stored; then piece after piece, each with the place up to which it has come.
Result<void> FilesIn::take_large(const Door& door, Dropped& file, std::stop_token stop) {
  const std::size_t rows = file.plan.rows.size();
  if (const auto in = door([&](Desk& desk) -> Result<void> {
    TRY(known(desk, file));
    return {};
  }); !in) return in.error();
  for (std::size_t first = file.done_rows; !file.before && file.done_rows == 0 && first < rows && !stop.stop_requested(); first += kRowsInOneStep)
    TRY(door([&](Desk& desk) { return act(desk, file, first, true); }));
  while (!file.before && !file.failed && file.done_rows < rows) {
    if (stop.stop_requested()) return fail(Code::kHalted, "the node is ending");
    if (const auto in = door([&](Desk& desk) -> Result<void> {
      TRY(act(desk, file, file.done_rows, false));
      return write_down(desk, file);
    }); !in) return in.error();
  }
  if (file.failed) TRY(door([&](Desk& desk) { return write_down(desk, file); }));
  return put_away({&file, 1});
}

// Beside the files what became of them, and then the files themselves: whoever sees one in done/ or failed/ finds its result there.
Result<void> FilesIn::put_away(std::span<const Dropped> files) {
  const auto& folder = config_.paths.at("folder");
  for (const std::string where : {"done", "failed"}) {
    std::vector<OwnFile> results;
    std::vector<OwnMove> moves;
    for (const Dropped& file : files) {
      if (file.failed != (where == "failed")) continue;
      const std::string name = std::to_string(file.number) + "-" + safe_name(file.name);
      const std::string result = name + (file.failed ? ".problem.json" : ".result.json");
      moves.push_back({file.name, name});
      std::error_code trouble;
      const bool said = file.before && std::filesystem::exists(folder / where / result, trouble);   // of the first time, with all records
      if (!said) results.push_back({result, file.result()});
    }
    TRY(write_own_files(folder / where, results));
    TRY(move_own_files(folder / "work", folder / where, moves));
  }
  return {};
}

Result<ConnectorRun> FilesIn::run(const Door& door, std::size_t most, std::stop_token stop) {
  TRY(make_folders());
  ConnectorRun run;
  stuck_.clear();
  const auto names = TRY(fetch(most, run.more));
  std::vector<Dropped> small;
  std::size_t bytes = 0;
  const auto take = [&]() -> Result<void> {
    const auto taken = take_small(door, small, run);
    small.clear();
    bytes = 0;
    return taken;
  };
  for (const std::string& name : names) {
    if (stop.stop_requested()) break;
    Dropped file = TRY(read(name));
    if (file.gone) continue;
    plan(file);
    run.cost += std::max<std::size_t>(1, file.plan.rows.size());
    if (file.text.size() <= kSmallBytes && file.plan.rows.size() <= kRowsInOneStep) {
      bytes += file.text.size();
      small.push_back(std::move(file));
      if (bytes > kSharedBytes) TRY(take());
      continue;
    }
    TRY(take_large(door, file, stop));
    ++(file.failed ? run.failed : run.done);
  }
  if (!small.empty()) TRY(take());
  if (run.done > 0) run.words = std::to_string(run.done) + (run.done == 1 ? " file" : " files") + " taken in";
  if (run.failed > 0) run.words += (run.words.empty() ? "" : ", ") + std::to_string(run.failed) + " failed: see failed/";
  if (!stuck_.empty() && run.done + run.failed == 0) return fail(Code::kPermission, stuck_, "the folder must be the node's, and without the sticky bit");
  return run;
}

}  // namespace liaison
