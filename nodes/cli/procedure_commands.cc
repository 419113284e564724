// SPDX-License-Identifier: Apache-2.0
// `liaison procedure ...`: how a decision by silence stands, its end and whether the certificate agrees; `liaison consent confirmations`: who has
// removed what rested on a consent that ended. The other commands of both kinds are made from their pages (record_commands.cc).
#include <fmt/format.h>

#include "nodes/cli/node_client.h"
#include "nodes/cli/record_options.h"
#include "nodes/cli/table.h"
#include "nodes/files/when.h"
#include "nodes/cli/write.h"
#include "schemas/record_kind.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

Result<std::string> path_of(const Invocation& typed, std::string_view letter, const std::string& noun) {
  const std::string id = typed.text("RECORD");
  const auto parsed = parse_record_id(id);
  if (!parsed || parsed->letter != letter)
    return fail(Code::kUsage, "RECORD: '" + id.substr(0, 64) + "' is not the id of a " + noun, "it has the form 1540-" + std::string(letter) +
        "-2027-0001; liaison " + noun + " list shows them");
  return "/records/" + percent(id);
}

Result<int> print_answer(const Invocation& typed, const json& answer, const std::string& page, int status) {
  if (typed.globals().output == Output::kTable) typed.console().out << page;
  else print_object(typed, answer);
  return status;
}

std::string lines_of(const json& texts, const std::string& indent) {
  std::string out;
  for (const json& one : texts) {
    if (one.is_string()) out += indent + printable(one.get<std::string>(), kShownBytesMax) + "\n";
  }
  return out;
}

std::string clock_page(const json& clock) {
  std::string out = fmt::format("{}  {}\n  {:<14} {} (of {})\n", shown(clock, "id"), shown(clock, "title"), "status", shown(clock, "status"),
      shown(clock, "owner"));
  out += lines_of(list_of(clock, "explanation"), "  ");
  for (const json& file : list_of(clock, "holiday_files")) out += fmt::format("  holidays: {}\n", printable(file.is_string() ? file.get<std::string>() : ""));
  if (shown(clock, "may_close") == "true") out += fmt::format("  its outcome can be stated: liaison procedure close {}\n", shown(clock, "id"));
  return out;
}

Result<int> clock(const Invocation& typed) {
  const std::string path = TRY(path_of(typed, "Q", "procedure"));
  const json found = TRY(get_from_node(typed, path + "/clock"));
  return print_answer(typed, found, clock_page(found), kExitOk);
}

Result<int> close(const Invocation& typed) {
  const std::string path = TRY(path_of(typed, "Q", "procedure"));
  json fields = json::object();
  if (typed.has("--note")) fields["note"] = typed.text("--note");
  return finish_write(typed, {{{"note", "--note"}, {"id", "RECORD"}}, "POST", path + "/close", fields, {}});
}

Result<int> extend(const Invocation& typed) {
  const std::string path = TRY(path_of(typed, "Q", "procedure"));
  json fields = {{"reason", typed.text("--reason")}};
  if (typed.has("--days")) fields["working_days"] = TRY(typed.number("--days", 0, 1, 366));
  if (typed.has("--months")) fields["hold_months"] = TRY(typed.number("--months", 0, 1, 120));
  return finish_write(typed, {{{"reason", "--reason"}, {"working_days", "--days"}, {"hold_months", "--months"}, {"id", "RECORD"}}, "POST", path + "/extend",
      fields, {}});
}

std::string check_page(const json& check) {
  std::string out = fmt::format("{}  {}, certificate in revision {}\n", shown(check, "id"), shown(check, "outcome"), shown(check, "revision"));
  out += lines_of(list_of(check, "checked"), "  ok       ");
  out += lines_of(list_of(check, "not_seen"), "  not seen ");
  out += lines_of(list_of(check, "differs"), "  DIFFERS  ");
  return out + (shown(check, "agrees") == "true" ? "agrees with this node's log, as far as it sees\n"
      : "DIFFERS from this node's log: tell the other committees and the broker's administrator\n");
}

Result<int> check(const Invocation& typed) {
  const std::string path = TRY(path_of(typed, "Q", "procedure"));
  const json found = TRY(get_from_node(typed, path + "/check"));
  return print_answer(typed, found, check_page(found), shown(found, "agrees") == "true" ? kExitOk : kExitFailed);
}

std::string recall_lines(const json& recall, const std::string& zone) {
  std::string out = fmt::format("  {}  {}\n", shown(recall, "id"), shown(recall, "title"));
  const std::string at = shown(recall, "accepted_at");
  out += at.empty() ? "      its recall is not in the log yet\n" : fmt::format("      recalled in entry {} of the log, {}\n", shown(recall, "index"),
      people_time(at, zone));
  for (const json& one : list_of(recall, "confirmed"))
    out += fmt::format("      {} has removed its copy: receipt in entry {}, {}\n", shown(one, "member"), shown(one, "index"),
        people_time(shown(one, "at"), zone));
  for (const json& one : list_of(recall, "missing")) out += fmt::format("      {} has not confirmed: {}\n", shown(one, "member"), shown(one, "why"));
  return out;
}

std::string confirmations_page(const json& found, const std::string& zone) {
  std::string out = fmt::format("{}  {}\n", shown(found, "id"), shown(found, "status"));
  for (const json& one : list_of(found, "recalls")) out += recall_lines(one, zone);
  for (const json& one : list_of(found, "kept")) out += fmt::format("  {}  {}: kept, {}\n", shown(one, "id"), shown(one, "title"), shown(one, "reason"));
  for (const json& one : list_of(found, "standing"))
    out += fmt::format("  {}  {}: still stands; liaison record recall {}\n", shown(one, "id"), shown(one, "title"), shown(one, "id"));
  for (const json& one : list_of(found, "others"))
    out += fmt::format("  {} of {} names it too: call {}\n", shown(one, "id"), shown(one, "owner"), shown(one, "contact"));
  for (const json& one : list_of(found, "visits"))
    out += fmt::format("  the visit {} of {} cannot go on ({}): call {}\n", shown(one, "id"), shown(one, "owner"), shown(one, "status"), shown(one, "contact"));
  if (list_of(found, "recalls").empty() && list_of(found, "standing").empty())
    return out + "nothing was recalled that rested on it\n";
  return out + (shown(found, "complete") == "true" ? "every copy is confirmed to be removed\n" : "not every copy is confirmed to be removed\n");
}

Result<int> confirmations(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const std::string path = TRY(path_of(typed, "K", "consent"));
  const json found = TRY(get_from_node(typed, path + "/confirmations"));
  return print_answer(typed, found, confirmations_page(found, typed.globals().zone), kExitOk);
}

}  // namespace

std::vector<Command> procedure_commands() {
  const Argument procedure{"RECORD", "", "the procedure, such as 1540-Q-2027-0001", true};
  return {{"procedure clock", "who was notified, what was said, and how the deadline is counted", {procedure}, clock,
      {"liaison procedure clock 1540-Q-2027-0001"}},
          {"procedure close", "state how your own proposal ended, as a certificate that everybody can check",
           for_write({procedure, {"--note", "TEXT", "what else is to be known"}}), close, {"liaison procedure close 1540-Q-2027-0001"},
           {"The outcome is reckoned from the log: adopted by silence, objected, on hold or lapsed. Before the deadline, and while a committee was "
            "not reached, it is refused with the reason. A committee answers with liaison record answer RECORD objects, holds, releases or supports."}},
          {"procedure extend", "give more time for your own proposal, once",
           for_write({procedure, {"--days", "N", "full working days more"}, {"--months", "N", "months more for who holds it"},
               {"--reason", "TEXT", "why", true}}), extend,
           {"liaison procedure extend 1540-Q-2027-0001 --days 3 --reason \"the annex came late\""}},
          {"procedure check", "whether a certificate agrees with what this node's own log holds", {procedure}, check,
              {"liaison procedure check 1540-Q-2027-0001"},
           {"Its exit status is 1 when something differs."}},
          {"consent confirmations", "who has confirmed that copies are removed which rested on a consent",
           {{"RECORD", "", "the consent, such as 1540-K-2027-0001", true}}, confirmations, {"liaison consent confirmations 1540-K-2027-0001"}}};
}

}  // namespace liaison
