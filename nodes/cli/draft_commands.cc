// SPDX-License-Identifier: Apache-2.0
// `liaison draft ...`: acts that the node keeps until an officer releases them (made by --draft on any act); and `liaison audit list`.
#include <fmt/format.h>

#include <algorithm>

#include "nodes/cli/draft_print.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "nodes/cli/visit_print.h"
#include "nodes/files/when.h"
#include "nodes/cli/write.h"
#include "schemas/message.h"

namespace liaison {
namespace {

using nlohmann::json;

Result<std::string> draft_path(const Invocation& typed) {
  if (!is_draft_id(typed.text("DRAFT"))) return fail(Code::kUsage, "DRAFT: '" + typed.text("DRAFT").substr(0, 64) + "' is not the id of a draft",
                                                    "ids have the form draft-7; liaison draft list shows them");
  return "/drafts/" + percent(typed.text("DRAFT"));
}

Result<int> print(const Invocation& typed, const json& draft) {
  if (typed.globals().output == Output::kTable) typed.console().out << draft_page(draft, typed.globals().zone);
  else print_object(typed, draft);
  return kExitOk;
}

Result<int> list_drafts(const Invocation& typed) {
  std::map<std::string, std::string> filters;
  for (const std::string name : {"state", "kind", "limit", "cursor"}) filters[name] = typed.text("--" + name);
  const json page = TRY(get_from_node(typed, "/drafts" + query_of(filters)));
  print_page(typed, page, draft_columns());
  return kExitOk;
}

Result<int> show_draft(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const std::string path = TRY(draft_path(typed));
  const json draft = TRY(get_from_node(typed, path));
  return print(typed, draft);
}

std::map<std::string, std::string> headers_of(const Invocation& typed, const std::string& version) {
  return {{"Idempotency-Key", typed.has("--request-id") ? typed.text("--request-id") : random_request_id()}, {"If-Match", "\"" + version + "\""}};
}

std::string released_lines(const json& answer) {
  if (!answer.contains("created")) return write_lines(answer);
  return fmt::format("{} rows of {} queued\n", answer["created"].size(), cell_of(answer, "draft"));
}

// What is released is the version that was shown, or the one that is named.
Result<int> release(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const std::string path = TRY(draft_path(typed));
  const NodeClient node = TRY(NodeClient::of(typed));
  const json draft = TRY(node.get(path));
  std::string version = cell_of(draft, "version");
  if (typed.has("--seen")) version = std::to_string(TRY(typed.number("--seen", 1, 1, UINT32_MAX)));
  const bool asks = typed.console().asks && !typed.has("--yes") && !typed.has("--dry-run");
  const bool open = cell_of(draft, "state") == "open";
  if (asks && open) {
    typed.console().err << draft_page(draft, typed.globals().zone);
    if (draft.value("would", json()).is_object() && draft.value("you_may_release", false) && !typed.console().confirm("Release?")) {
      typed.console().say("nothing was sent");
      return kExitFailed;
    }
  }
  const auto done = node.write("POST", path + (typed.has("--dry-run") ? "/release?dry_run=1" : "/release"), json::object(), headers_of(typed, version));
  if (!done) {
    // Both versions, before the refusal.
    if (done.error().code == Code::kRevision && !asks && open) typed.console().err << draft_page(draft, typed.globals().zone);
    return done.error();
  }
  if (typed.globals().output == Output::kTable) typed.console().out << released_lines(*done);
  else print_object(typed, *done);
  return kExitOk;
}

Result<int> discard(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const std::string path = TRY(draft_path(typed));
  const NodeClient node = TRY(NodeClient::of(typed));
  if (typed.console().asks && !typed.has("--yes") && !typed.console().confirm("Discard " + typed.text("DRAFT") + "?")) return kExitFailed;
  const json gone = TRY(node.write("POST", path + "/discard", json::object(), {{"Idempotency-Key", random_request_id()}}));
  return print(typed, gone);
}

Result<int> audit_list(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  std::map<std::string, std::string> filters;
  for (const std::string name : {"event", "by", "about", "since", "until", "limit", "cursor"}) filters[name] = typed.text("--" + name);
  const json page = TRY(get_from_node(typed, "/audit" + query_of(filters)));
  print_page(typed, page, audit_columns(typed.globals().zone));
  return kExitOk;
}

}  // namespace

std::vector<Command> draft_commands() {
  const Argument draft{"DRAFT", "", "the draft, such as draft-7", true};
  const Argument limit{"--limit", "N", "how many: 1 to 500, 50 when left out"};
  const Argument cursor{"--cursor", "C", "where the page before ended"};
  std::vector<std::string_view> kinds;
  for (const SchemaLine& one : schema_list()) {
    if (std::find(kinds.begin(), kinds.end(), one.kind) == kinds.end()) kinds.push_back(one.kind);
  }
  return {
      {"draft list", "acts that wait at the node until an officer releases them",
       {{"--state", "STATE", "open when left out", false, false, {"open", "released", "discarded", "all"}},
        {"--kind", "KIND", "of one kind of message", false, false, kinds},
        limit, cursor},
       list_drafts, {"liaison draft list", "liaison draft list --state all --kind visit.plan"}},
      {"draft show", "one draft: what it would change, who would receive it, under which rule, and what would be found", {draft}, show_draft,
       {"liaison draft show draft-7"}},
      {"draft release", "send what a draft says",
       {draft, {"--seen", "N", "the version of the draft that you have seen; the newest when left out"},
        {"--dry-run", "", "show who would receive it and under which rule; send nothing"}, {"--yes", "", "do not ask"},
        {"--request-id", "ID", "the same id sends nothing twice"}},
       release, {"liaison draft release draft-7"},
       {"Where release.four_eyes of the node's configuration names its kind, another officer than the one who made or last changed it releases a draft.",
        "A draft of a change whose record has another revision by now is not released; both versions are shown."}},
      {"draft discard", "forget a draft", {draft, {"--yes", "", "do not ask"}}, discard, {"liaison draft discard draft-7"}},
      {"audit list", "who did what, newest first",
       {{"--event", "EVENT", "such as visit.planned, or visit for all of them"}, {"--by", "OFFICER", "the number or name of a user, or a connector's name"},
        {"--about", "WHAT", "the id of a record or draft, or a kind of message"}, {"--since", "DATE", "on that day or later (UTC)"},
        {"--until", "DATE", "on that day or earlier (UTC)"}, limit, cursor},
       audit_list, {"liaison audit list", "liaison audit list --about draft-7", "liaison audit list --by 1001 --since 2027-03-01"}}};
}

}  // namespace liaison
