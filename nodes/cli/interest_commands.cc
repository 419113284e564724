// SPDX-License-Identifier: Apache-2.0
// `liaison interest ...`: searches that the node keeps, and what is new in them.
#include <fmt/format.h>

#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "nodes/cli/write.h"
#include "nodes/cli/typed.h"
#include "nodes/files/when.h"
#include "schemas/record_kind.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

Result<std::string> interest_path(const Invocation& typed, const std::string& act = "") {
  const auto number = parse_number(typed.text("NUMBER"));
  if (!number)
    return fail(Code::kUsage, "NUMBER: '" + typed.text("NUMBER").substr(0, 32) + "' is not the number of an interest",
                "liaison interest list shows them");
  return "/interests/" + std::to_string(*number) + act;
}

// "border control, in KGZ, of the kind event, of 1373".
std::string wanted_of(const json& interest) {
  std::string out;
  const auto add = [&](const std::string& before, const char* name) {
    const std::string value = shown(interest, name);
    if (!value.empty()) out += (out.empty() ? "" : ", ") + before + value;
  };
  add("", "text");
  add("in ", "state");
  add("of the kind ", "kind");
  add("of ", "committee");
  return out;
}

std::string count_of(const json& object, const char* name) {
  return (object.value("more", false) ? "at least " : "") + shown(object, name);
}

Result<int> make(const Invocation& typed) {
  json fields = json::object();
  for (const std::string name : {"title", "text", "state", "kind", "committee"}) {
    if (typed.has("--" + name)) fields[name] = typed.text("--" + name);
  }
  const NodeClient node = TRY(NodeClient::of(typed));
  const json made = TRY(
      node.write("POST", typed.has("--dry-run") ? "/interests?dry_run=1" : "/interests", fields, write_headers(typed)));
  if (typed.globals().output != Output::kTable) {
    print_object(typed, made);
    return kExitOk;
  }
  typed.console().out << fmt::format("{}{}: {}\n{} there already; what comes from now on is new\n",
                                     made["number"].is_null() ? "" : "interest " + shown(made, "number") + " ",
                                     shown(made, "title"), wanted_of(made), count_of(made, "there"));
  return kExitOk;
}

Result<int> list_interests(const Invocation& typed) {
  const json page = TRY(get_from_node(typed, "/interests"));
  print_page(typed, page,
             {plain_column("number", "number"),
              plain_column("title", "title"),
              {"what", wanted_of},
              {"new", [](const json& one) { return count_of(one, "new"); }},
              plain_column("made by", "made_by")});
  return kExitOk;
}

std::string hit_lines(const json& hit, const std::string& zone) {
  std::string states;
  for (const json& state : hit.value("states", json::array()))
    states += (states.empty() ? "" : ", ") + printable(cell_of(state, "name"), 64);
  return fmt::format("{}  {}{}  changed {}\n    {}\n", shown(hit, "id"), fitted(cell_of(hit, "title"), 90),
                     states.empty() ? "" : "  (" + fitted(states, 40) + ")",
                     people_time(cell_of(hit, "changed_at"), zone), printable(cell_of(hit, "snippet"), 1024));
}

void print_news(const Invocation& typed, const json& news) {
  Console& console = typed.console();
  console.out << fmt::format("{}: {}\n", shown(news, "title"), wanted_of(news));
  for (const json& hit : news["items"]) console.out << hit_lines(hit, typed.globals().zone);
  console.out << fmt::format("{} new since somebody last looked\n", count_of(news, "new"));
  const std::string next = cell_of(news, "next");
  if (!next.empty()) console.say("there is more: add --cursor " + printable(next));
}

Result<int> show_interest(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const std::string path = TRY(interest_path(typed));
  const NodeClient node = TRY(NodeClient::of(typed));
  const json news =
      TRY(node.get(path + query_of({{"limit", typed.text("--limit")}, {"cursor", typed.text("--cursor")}})));
  if (typed.has("--seen"))
    TRY(node.write("POST", path + "/seen", {{"log_size", news["log_size"]}}, write_headers(typed)));
  if (typed.globals().output == Output::kTable)
    print_news(typed, news);
  else
    print_object(typed, news);
  return kExitOk;
}

Result<int> remove(const Invocation& typed) {
  const std::string path = TRY(interest_path(typed, "/remove"));
  const NodeClient node = TRY(NodeClient::of(typed));
  const json gone = TRY(node.write("POST", path, json::object(), write_headers(typed)));
  if (typed.globals().output == Output::kTable)
    typed.console().out << fmt::format("interest {} is gone: {}\n", shown(gone, "number"), shown(gone, "title"));
  else
    print_object(typed, gone);
  return kExitOk;
}

}  // namespace

std::vector<Command> interest_commands() {
  const Argument number{"NUMBER", "", "the interest, as liaison interest list numbers it", true};
  const Argument request{"--request-id", "ID", "the same id does nothing twice"};
  std::vector<std::string_view> kinds = {"visit"};
  for (const RecordKind& kind : record_kinds()) kinds.push_back(kind.kind);
  return {{"interest new",
           "keep a search at the node, and be told by liaison today when something new is found",
           {{"--title", "TEXT", "what it is, in a few words", true},
            {"--text", "WORDS", "as in liaison search"},
            {"--state", "STATE", "of one State"},
            {"--kind", "KIND", "of one kind", false, false, kinds},
            {"--committee", "MEMBER", "of one committee"},
            {"--dry-run", "", "check it and say how many there are; keep nothing"},
            request},
           make,
           {"liaison interest new --title \"Borders in Central Asia\" --text \"border control\" --state KGZ"},
           {"It stays at this node and is the same for all its officers. A node keeps up to 200. What is there already "
            "counts as seen."}},
          {"interest list",
           "the searches that the node keeps, each with how many are new",
           {},
           list_interests,
           {"liaison interest list"}},
          {"interest show",
           "what is new since somebody last looked, the newest first",
           {number,
            {"--seen", "", "what there is now counts as seen from now on"},
            {"--limit", "N", "how many, 1 to 500"},
            {"--cursor", "CURSOR", "where the page before ended"}},
           show_interest,
           {"liaison interest show 3", "liaison interest show 3 --seen"},
           {"New is a visit or record that came, or was revised, since then. One that was recalled is never shown."}},
          {"interest remove", "forget a search", {number, request}, remove, {"liaison interest remove 3"}}};
}

}  // namespace liaison
