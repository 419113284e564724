// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/write.h"

#include <algorithm>

#include "nodes/cli/draft_print.h"
#include "nodes/cli/record_print.h"
#include "nodes/cli/table.h"
#include "nodes/cli/visit_print.h"
#include "schemas/record_kind.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

// What stands in a finding with its contacts is not said twice.
void say_warnings(Console& console, const json& answer, const json& findings) {
  for (const auto& warning : answer.value("warnings", json::array())) {
    const bool found = std::any_of(findings.begin(), findings.end(), [&](const json& finding) { return cell_of(finding, "sentence") == warning; });
    if (warning.is_string() && !found) console.warn(warning.get<std::string>());
  }
}

// The API's field as the option it was typed in: "to: ..." becomes "--recipient: ...".
Error as_typed(const std::map<std::string, std::string>& options, Error error) {
  const std::size_t colon = error.what.find(": ");
  if ((error.code != Code::kInput && error.code != Code::kTransition) || colon == std::string::npos) return error;
  std::string field = error.what.substr(0, colon);
  if (const std::size_t bracket = field.find('['); bracket != std::string::npos) field.erase(bracket, field.find(']') - bracket + 1);
  // "components[0]: start: ..." is about the start.
  for (const std::string part : {"start", "end"}) {
    if (field == "components" && error.what.compare(colon + 2, part.size() + 2, part + ": ") == 0) {
      error.what.erase(0, colon + 2);
      return as_typed(options, fail(error.code, "components." + error.what, error.hint));
    }
  }
  const auto option = options.find(field);
  if (option != options.end()) error.what = option->second + error.what.substr(colon);
  return error;
}

Result<json> dry_run(const NodeClient& node, const Write& write, bool typed_as_draft) {
  auto headers = write.headers;
  headers["Idempotency-Key"] = random_request_id();
  return node.write(write.method, write.path + (typed_as_draft ? "?draft=1&dry_run=1" : "?dry_run=1"), write.body, headers);
}

// Whom to call: the visit with the findings that it now has. A failure here does not make the write fail: it has happened.
json visit_now(const NodeClient& node, const std::string& record) {
  const auto id = parse_record_id(record);
  if (!id || id->letter != "V") return {{"findings", json::array()}};
  const auto visit = node.get("/visits/" + percent(record));
  return visit && visit->contains("findings") && (*visit)["findings"].is_array() ? *visit : json{{"findings", json::array()}};
}

std::string request_id_of(const Invocation& typed) { return typed.has("--request-id") ? typed.text("--request-id") : random_request_id(); }

Result<json> send(const Invocation& typed, const NodeClient& node, const Write& write) {
  auto headers = write.headers;
  headers["Idempotency-Key"] = request_id_of(typed);
  return node.write(write.method, write.path, write.body, headers);
}

// A plan that cannot leave at once is safe all the same, and the officer should know that nobody has it yet.
void say_when_it_waits(Console& console, const json& status) {
  if (cell_of(status, "link.state") == "up" && cell_of(status, "publishing") != "false") return;
  const std::string why = cell_of(status, "publishing") == "false" ? cell_of(status, "publishing_stopped_because") : cell_of(status, "link.trouble");
  console.say("nobody has it yet" + (why.empty() ? "" : ": " + printable(why)) + "; it is safe at the node and leaves by itself, see liaison status");
}

Result<int> show_write(const Invocation& typed, const NodeClient& node, const json& answer) {
  if (typed.globals().output != Output::kTable) {
    say_warnings(typed.console(), answer, json::array());
    print_object(typed, answer);
    return kExitOk;
  }
  const auto status = node.get("/status");
  const json visit = typed.has("--dry-run") ? json{{"findings", json::array()}} : visit_now(node, cell_of(answer, "id"));
  const json& findings = visit["findings"];
  say_warnings(typed.console(), answer, findings);
  typed.console().out << write_lines(answer) << further_lines(answer);
  for (const auto& finding : findings) typed.console().out << finding_lines(finding, status ? cell_of(*status, "member") : "");
  typed.console().out << more_lines(visit);
  if (status && !typed.has("--dry-run")) say_when_it_waits(typed.console(), *status);
  return kExitOk;
}

// A person sees the dry run and is asked; false when the answer is no.
Result<bool> ask_first(const Invocation& typed, const NodeClient& node, const Write& write) {
  const auto answer = dry_run(node, write, false);
  if (!answer) return as_typed(write.options, answer.error());
  say_warnings(typed.console(), *answer, json::array());
  typed.console().err << write_lines(*answer) << further_lines(*answer);
  return typed.console().confirm("Send?");
}

Result<int> print_draft(const Invocation& typed, const json& draft) {
  if (typed.globals().output == Output::kTable) typed.console().out << draft_page(draft, typed.globals().zone);
  else print_object(typed, draft);
  return kExitOk;
}

// Nothing leaves, so nobody is asked.
Result<int> keep_draft(const Invocation& typed, const NodeClient& node, const Write& write) {
  auto headers = write.headers;
  headers["Idempotency-Key"] = request_id_of(typed);
  const auto kept = node.write(write.method, write.path + "?draft=1", write.body, headers);
  if (!kept) return as_typed(write.options, kept.error());
  return print_draft(typed, *kept);
}

}  // namespace

bool is_draft_id(const std::string& id) { return id.starts_with("draft-"); }

Result<int> finish_draft_change(const Invocation& typed, const Write& write, const json& draft) {
  const NodeClient node = TRY(NodeClient::of(typed));
  std::map<std::string, std::string> query;
  if (typed.has("--revision")) query["on_revision"] = std::to_string(TRY(typed.number("--revision", 1, 1, UINT32_MAX)));
  if (typed.has("--dry-run")) query["dry_run"] = "1";
  const auto done = node.write("PATCH", "/drafts/" + percent(cell_of(draft, "id")) + query_of(query), write.body,
                               {{"Idempotency-Key", request_id_of(typed)}, {"If-Match", "\"" + cell_of(draft, "version") + "\""}});
  if (!done) return as_typed(write.options, done.error());
  return typed.has("--dry-run") ? show_write(typed, node, *done) : print_draft(typed, *done);
}

Result<int> finish_write(const Invocation& typed, const Write& write) {
  const NodeClient node = TRY(NodeClient::of(typed));
  if (typed.has("--draft") && !typed.has("--dry-run")) return keep_draft(typed, node, write);
  if (typed.console().asks && !typed.has("--yes") && !typed.has("--dry-run")) {
    const bool yes = TRY(ask_first(typed, node, write));
    if (!yes) {
      typed.console().say("nothing was sent");
      return kExitFailed;
    }
  }
  const auto answer = typed.has("--dry-run") ? dry_run(node, write, typed.has("--draft")) : send(typed, node, write);
  if (!answer) return as_typed(write.options, answer.error());
  return show_write(typed, node, *answer);
}

std::vector<Argument> for_write(std::vector<Argument> arguments) {
  arguments.push_back({"--draft", "", "keep it at the node as a draft, which an officer releases later; send nothing"});
  arguments.push_back({"--dry-run", "", "show who would receive it and under which rule; send nothing"});
  arguments.push_back({"--yes", "", "do not ask"});
  arguments.push_back({"--request-id", "ID", "the same id creates nothing twice"});
  return arguments;
}

std::map<std::string, std::string> write_headers(const Invocation& typed) {
  return {{"Idempotency-Key", typed.has("--request-id") ? typed.text("--request-id") : random_request_id()}};
}

}  // namespace liaison
