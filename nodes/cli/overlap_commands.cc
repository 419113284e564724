// SPDX-License-Identifier: Apache-2.0
// `liaison visit withdraw`, `visit disclose` and `visit overlaps`: plans that a committee keeps to itself.
#include "nodes/cli/command.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "nodes/cli/typed.h"
#include "nodes/cli/write.h"

namespace liaison {
namespace {

using nlohmann::json;

// An empty id would be another path.
Result<std::string> path_to(const Invocation& typed, const std::string& act) {
  if (typed.text("RECORD").empty()) return fail(Code::kUsage, "RECORD is empty", "give the plan's id, such as 1540-hidden-3");
  return "/visits/" + percent(typed.text("RECORD")) + "/" + act;
}

Result<int> withdraw(const Invocation& typed) {
  const std::string path = TRY(path_to(typed, "withdraw"));
  return finish_write(typed, {{{"id", "RECORD"}}, "POST", path, json::object(), {}});
}

Result<int> disclose(const Invocation& typed) {
  const std::string path = TRY(path_to(typed, "disclose"));
  json fields = json::object();
  if (typed.has("--with")) fields["to"] = typed.text("--with");
  return finish_write(typed, {{{"id", "RECORD"}, {"to", "--with"}}, "POST", path, fields, {}});
}

std::vector<Column> columns() {
  return {plain_column("overlap", "overlap"), plain_column("asked by", "asked_by"), plain_column("with", "with"), plain_column("plan", "plan"),
          plain_column("state", "state"), plain_column("found", "found"), plain_column("meets", "meets"), plain_column("agreed", "agreed"),
          plain_column("call", "contact"), plain_column("asked", "asked_at")};
}

Result<int> overlaps(const Invocation& typed) {
  const NodeClient node = TRY(NodeClient::of(typed));
  const json page = TRY(node.get("/overlaps"));
  print_page(typed, page, columns());
  return kExitOk;
}

}  // namespace

std::vector<Command> overlap_commands() {
  const Argument record{"RECORD", "", "the plan, such as 1540-hidden-3", true};
  return {
      {"visit withdraw", "take a plan that was overlap only out of the comparison", for_write({record}), withdraw, {"liaison visit withdraw 1540-hidden-3"},
       {"The others learn that it is none any more, and still not what it was."}},
      {"visit disclose", "agree to show a plan that is overlap only to the committee whose plans it meets",
       for_write({{"RECORD", "", "the plan, or the name of the overlap, such as overlap-7f3a9c2101d2e3f4", true},
                  {"--with", "MEMBER", "one committee, when several have something there"}}),
       disclose,
       {"liaison visit disclose 1540-hidden-3", "liaison visit disclose overlap-7f3a9c2101d2e3f4", "liaison visit disclose 1540-hidden-3 --with 1267"},
       {"Nothing is shown until both sides have agreed; then each plan that was kept back goes to the other side as an ordinary one, marked named."}},
      {"visit overlaps", "every comparison of plans without showing them: who asked, and what it met", {}, overlaps, {"liaison visit overlaps"},
       {"Many questions of one committee in a short time are a reason to call it."}}};
}

}  // namespace liaison
