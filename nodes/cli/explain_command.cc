// SPDX-License-Identifier: Apache-2.0
// `liaison explain`: why a committee could or could not see something, then and today.
#include <fmt/format.h>

#include <algorithm>

#include "nodes/cli/command.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "nodes/files/when.h"
#include "schemas/message.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

std::string answer_words(const json& found) {
  const std::string answer = cell_of(found, "answer"), reader = shown(found, "for");
  if (answer == "could") return "yes, " + reader + " could see it";
  if (answer == "could_not") return "no, " + reader + " could not see it";
  return "this node cannot know whether " + reader + " could see it";
}

std::string explain_page(const json& found, const std::string& zone) {
  std::string out = answer_words(found);
  if (const std::string on = cell_of(found, "on"); !on.empty()) out += ", " + people_time(on, zone);
  out += "\n  " + shown(found, "sentence") + "\n";
  for (const json& item : found.value("items", json::array())) {
    out += fmt::format("\n{}: {}\n", shown(item, "what"), shown(item, "reason"));
    for (const json& sentence : item.value("sentences", json::array())) out += "  " + printable(sentence.get<std::string>(), kShownBytesMax) + "\n";
  }
  const json words = found.value("over_time", json::array());
  if (words.size() > 1) {
    out += "\nover time\n";
    for (const json& one : words) out += fmt::format("  since {}: {}\n", people_time(cell_of(one, "since"), zone), shown(one, "sentence"));
  } else if (found.value("today", json()).is_object()) {
    out += "  today, " + shown(found, "today.sentence") + "\n";
  }
  return out;
}

Result<int> explain(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  std::map<std::string, std::string> query = {{"id", typed.text("ID")}, {"for", typed.text("--for")}, {"on", typed.text("--on")},
                                              {"kind", typed.text("--kind")}, {"from", typed.text("--from")}, {"marking", typed.text("--marking")}};
  for (const std::string& one : typed.texts("--to")) query["to"] += (query["to"].empty() ? "" : ",") + one;
  if (!typed.has("ID") && !typed.has("--kind"))
    return fail(Code::kUsage, "what is to be explained?", "give the ID of a message or record, or --kind with --from, --to and --marking");
  const json found = TRY(get_from_node(typed, "/explain" + query_of(query)));
  if (typed.globals().output == Output::kTable) typed.console().out << explain_page(found, typed.globals().zone);
  else print_object(typed, found);
  return kExitOk;
}

}  // namespace

std::vector<Command> explain_commands() {
  std::vector<std::string_view> kinds;
  for (const SchemaLine& one : schema_list()) {
    if (std::find(kinds.begin(), kinds.end(), one.kind) == kinds.end()) kinds.push_back(one.kind);
  }
  return {{"explain", "why a committee could or could not see a message, a record, or something that is not sent yet",
           {{"ID", "", "a message's id (its first 8 digits are enough) or a record's"}, {"--for", "MEMBER", "the committee", true},
            {"--on", "DATE", "as it was at the end of that day (UTC), or at a time; today when left out"},
            {"--kind", "KIND", "instead of an ID: a message of this kind", false, false, kinds},
            {"--from", "MEMBER", "sent by this committee; your own when left out"}, {"--to", "MEMBER", "to this one; all others when left out", false, true},
            {"--marking", "MARKING", "so marked; committees when left out", false, false, {"public", "committees", "named"}}},
           explain,
           {"liaison explain 1540-V-2027-0001 --for 1267", "liaison explain 3fa9c2d1 --for 1373 --on 2027-03-08",
            "liaison explain --kind visit.plan --from 1540 --to 1267 --marking named --for 1267"},
           {"The answer names the message, its recipients and marking, the policy that was in force at its place in the log with its rule and "
            "paragraph, whether the committee was a member then, what its receipt says, and whether it was recalled. Where the policy has changed "
            "since, what it says today stands beside it.",
            "What a node cannot know, such as a message that was neither sent by its committee nor addressed to it, it says."}}};
}

}  // namespace liaison
