// SPDX-License-Identifier: Apache-2.0
// `liaison connector ...`: how the node is joined to the committee's other systems. Everything is asked of the node's API.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "nodes/cli/command.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "nodes/cli/write.h"
#include "nodes/files/when.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr int kTestSeconds = 60;

std::string connector_path(const Invocation& typed, const std::string& rest = "") { return "/connectors/" + percent(typed.text("CONNECTOR")) + rest; }

std::string moment(const json& one, const char* field, const std::string& zone) {
  const std::string at = shown(one, field);
  return at.empty() ? "-" : people_time(at, zone);
}

std::string state_words_of(const json& one) {
  if (!shown(one, "paused_by").empty()) return "paused by " + shown(one, "paused_by");
  if (!shown(one, "error").empty()) return "failing: " + shown(one, "error");
  return shown(one, "state") + (shown(one, "failed_now") == "0" ? "" : ", " + shown(one, "failed_now") + " failed") +
         (shown(one, "held") == "0" ? "" : ", " + shown(one, "held") + " held for a person");
}

std::string connector_page_of(const json& one, const std::string& zone) {
  std::string out = fmt::format("{}: {}, {}\n", shown(one, "name"), shown(one, "kind"), state_words_of(one));
  const auto line = [&](const char* head, const std::string& text) { out += fmt::format("  {:<10} {}\n", head, text); };
  line("last run", moment(one, "last_run", zone));
  if (!shown(one, "last_words").empty())
    line("last did", (shown(one, "last_words_at").empty() ? "before the node's start" : moment(one, "last_words_at", zone)) + ": " + shown(one, "last_words"));
  line("next run", moment(one, "next_run", zone));
  line("items", fmt::format("{} done, {} waiting, {} failed, {} held for a person", shown(one, "done"), shown(one, "waiting"), shown(one, "failed_now"),
                            shown(one, "held")));
  line("system", shown(one, "system"));
  if (one["test"].is_object() && shown(one, "test.over") == "true")
    line("test", moment(one["test"], "at", zone) + ", " + (shown(one, "test.good") == "true" ? "good: " : "not good: ") + shown(one, "test.words"));
  if (shown(one, "held") != "0" || shown(one, "failed_now") != "0") line("look at", "liaison connector items " + shown(one, "name"));
  return out;
}

Result<int> show_one(const Invocation& typed, const json& one) {
  if (typed.globals().output == Output::kTable) typed.console().out << connector_page_of(one, typed.globals().zone);
  else print_object(typed, one);
  return kExitOk;
}

Result<int> list_connectors(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const std::string zone = typed.globals().zone;
  const json page = TRY(get_from_node(typed, "/connectors"));
  print_page(typed, page,
             {plain_column("name", "name"),
              plain_column("kind", "kind"),
              {"state", state_words_of, [](const json& one) { return cell_of(one, "state"); }},
              {"last run", [zone](const json& one) { return moment(one, "last_run", zone); }, [](const json& one) { return cell_of(one, "last_run"); }},
              {"next run", [zone](const json& one) { return moment(one, "next_run", zone); }, [](const json& one) { return cell_of(one, "next_run"); }},
              plain_column("done", "done"),
              plain_column("failed", "failed_now"),
              plain_column("waiting", "waiting"),
              plain_column("held", "held")});
  return kExitOk;
}

Result<int> show_connector(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const json one = TRY(get_from_node(typed, connector_path(typed)));
  return show_one(typed, one);
}

Result<int> tell(const Invocation& typed, const std::string& what) {
  TRY(check_zone(typed.globals().zone));
  const NodeClient node = TRY(NodeClient::of(typed));
  const json one = TRY(node.write("POST", connector_path(typed, what), json::object(), write_headers(typed)));
  return show_one(typed, one);
}

// The connector's own thread runs; its page says when it has.
Result<int> run_connector(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const NodeClient node = TRY(NodeClient::of(typed));
  const json before = TRY(node.get(connector_path(typed)));
  TRY(node.write("POST", connector_path(typed, "/run"), json::object(), write_headers(typed)));
  for (int tenth = 0; tenth < kTestSeconds * 10; ++tenth) {
    const json one = TRY(node.get(connector_path(typed)));
    const std::string state = shown(one, "state");
    if (state != "paused" && (state == "running" || one["last_run"] == before["last_run"])) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      continue;
    }
    TRY(show_one(typed, one));
    return shown(one, "error").empty() ? kExitOk : kExitFailed;
  }
  return fail(Code::kUnreachable, "the run was not over after " + std::to_string(kTestSeconds) + " seconds",
              "liaison connector show " + typed.text("CONNECTOR") + " has its outcome when it is");
}

// The connector's own thread looks; its page says when it is over.
Result<int> test_connector(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const NodeClient node = TRY(NodeClient::of(typed));
  const json begun = TRY(node.write("POST", connector_path(typed, "/test"), json::object(), write_headers(typed)));
  for (int tenth = 0; tenth < kTestSeconds * 10; ++tenth) {
    const json one = TRY(node.get(connector_path(typed)));
    if (one["test"].is_object() && one["test"]["number"] >= begun["test"] && one["test"]["over"] == true) {
      TRY(show_one(typed, one));
      return one["test"]["good"] == true ? kExitOk : kExitFailed;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return fail(Code::kUnreachable, "the test was not over after " + std::to_string(kTestSeconds) + " seconds",
              "liaison connector show " + typed.text("CONNECTOR") + " has its outcome when it is");
}

Result<int> list_items(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const std::string zone = typed.globals().zone;
  const json page =
      TRY(get_from_node(typed, connector_path(typed, "/items") +
                                   query_of({{"state", typed.text("--state")}, {"limit", typed.text("--limit")}, {"cursor", typed.text("--cursor")}})));
  print_page(typed, page, {plain_column("number", "number"), plain_column("name", "name"), plain_column("state", "state"), plain_column("record", "record"),
                           {"made", [zone](const json& one) { return moment(one, "made_at", zone); }, [](const json& one) { return cell_of(one, "made_at"); }},
                           plain_column("tries", "tries"), plain_column("words", "words")});
  return kExitOk;
}

Result<int> try_item_again(const Invocation& typed) {
  const NodeClient node = TRY(NodeClient::of(typed));
  const json item = TRY(node.write("POST", connector_path(typed, "/items/" + percent(typed.text("NUMBER")) + "/again"), json::object(), write_headers(typed)));
  if (typed.globals().output == Output::kTable)
    typed.console().out << fmt::format("item {} of {} is tried again: {}\n", shown(item, "number"), printable(typed.text("CONNECTOR"), 32),
                                       shown(item, "name"));
  else print_object(typed, item);
  return kExitOk;
}

Result<int> try_rule(const Invocation& typed) {
  const json found = TRY(get_from_node(typed, connector_path(typed, "/tried") + query_of({{"since", typed.text("--since")}})));
  if (typed.globals().output != Output::kTable) {
    print_object(typed, found);
    return kExitOk;
  }
  for (const json& one : found["items"]) {
    typed.console().out << fmt::format("{}  {}  {}\n", people_time(shown(one, "accepted_at"), typed.globals().zone), shown(one, "kind"), shown(one, "record"));
    typed.console().out << "  " << printable(json_text(one["content"], -1), 1024) << "\n";
  }
  typed.console().say(
      fmt::format("{}{} of {} messages would have gone out", found["items"].size(), found["more"] == true ? " and more" : "", shown(found, "looked_at")));
  return kExitOk;
}

}  // namespace

std::vector<Command> connector_commands() {
  const Argument name{"CONNECTOR", "", "its name, as liaison connector list shows it", true};
  const Argument request{"--request-id", "ID", "the same id does nothing twice"};
  return {
      {"connector list",
       "how this node is joined to the committee's other systems",
       {},
       list_connectors,
       {"liaison connector list"},
       {"Connectors stand in the node's configuration, [connectors.NAME]: see OPERATING.md."}},
      {"connector show", "one connector: its last and next run, its errors, what waits", {name}, show_connector, {"liaison connector show calendar-in"}},
      {"connector items",
       "what came or goes by it, the newest first",
       {name,
        {"--state", "STATE", "in one state", false, false, {"waiting", "done", "failed", "held"}},
        {"--limit", "N", "how many, 1 to 500"},
        {"--cursor", "CURSOR", "where the page before ended"}},
       list_items,
       {"liaison connector items case-files --state failed"}},
      {"connector try",
       "what an outgoing connector's rule would have done with last month's messages; nothing leaves",
       {name, {"--since", "DATE", "since that day or time"}},
       try_rule,
       {"liaison connector try case-files --since 2027-03-01"}},
      {"connector test", "look whether it could reach the other side", {name, request}, test_connector, {"liaison connector test case-files"}},
      {"connector run",
       "let it run now and not at its time",
       {name, request},
       run_connector,
       {"liaison connector run calendar-in"}},
      {"connector pause",
       "it rests until it is resumed, also over a start of the node",
       {name, request},
       [](const Invocation& typed) { return tell(typed, "/pause"); },
       {"liaison connector pause case-files"}},
      {"connector resume",
       "it goes on where it was",
       {name, request},
       [](const Invocation& typed) { return tell(typed, "/resume"); },
       {"liaison connector resume case-files"}},
      {"connector again",
       "try once more what failed, or is held for a person",
       {name, {"NUMBER", "", "the item, as liaison connector items numbers it", true}, request},
       try_item_again,
       {"liaison connector again case-files 17"}}};
}

}  // namespace liaison
