// SPDX-License-Identifier: Apache-2.0
// `liaison search`: records of all kinds, visits too, by their words in six languages.
#include <fmt/format.h>

#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "schemas/record_kind.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

std::string counts(const json& facet) {
  std::string out;
  for (const json& one : facet) {
    if (out.size() > 100) return out + ", ...";
    out += (out.empty() ? "" : ", ") + printable(cell_of(one, "value"), 64) + " " + cell_of(one, "records");
  }
  return out;
}

void print_hits(const Invocation& typed, const json& page) {
  auto& out = typed.console().out;
  for (const json& hit : page.value("items", json::array())) {
    std::string states;
    for (const json& state : hit.value("states", json::array())) states += (states.empty() ? "" : ", ") + printable(cell_of(state, "name"), 64);
    const std::string day = cell_of(hit, "day");
    out << fmt::format("{}  {}{}{}\n", printable(cell_of(hit, "id"), 64), fitted(cell_of(hit, "title"), 90),
                       states.empty() ? "" : "  (" + fitted(states, 40) + ")", day.empty() ? "" : "  " + day);
    out << fmt::format("    {}\n", printable(cell_of(hit, "snippet"), 1024));
  }
  if (page.value("items", json::array()).empty()) {
    typed.console().say("nothing was found; fewer words find more, and word* finds all that begin so");
    return;
  }
  out << fmt::format("{}{} found\n", page.value("more", false) ? "at least " : "", cell_of(page, "records"));
  for (const char* facet : {"kinds", "committees", "years", "states"}) {
    const std::string line = counts(page["facets"].value(facet, json::array()));
    if (!line.empty()) out << fmt::format("  {:<11} {}\n", facet, line);
  }
  const std::string next = cell_of(page, "next");
  if (!next.empty()) typed.console().say("there is more: add --cursor " + printable(next));
}

Result<int> search(const Invocation& typed) {
  std::map<std::string, std::string> filters;
  for (const std::string name : {"kind", "state", "committee", "from", "to", "limit", "cursor"}) filters[name] = typed.text("--" + name);
  for (const std::string& word : typed.texts("WORDS")) filters["text"] += (filters["text"].empty() ? "" : " ") + word;
  const json page = TRY(get_from_node(typed, "/search" + query_of(filters)));
  if (typed.globals().output == Output::kTable) print_hits(typed, page);
  else print_object(typed, page);
  return kExitOk;
}

}  // namespace

std::vector<Command> search_commands() {
  std::vector<std::string_view> kinds = {"visit"};
  for (const RecordKind& kind : record_kinds()) kinds.push_back(kind.kind);
  return {{"search", "find visits and records of all kinds by their words, in six languages",
           {{"WORDS", "", "all must be there; \"these words\" side by side; -word must not be; a OR b; word* begins so", false, true},
            {"--kind", "KIND", "of one kind", false, false, kinds}, {"--state", "STATE", "of one State"}, {"--committee", "MEMBER", "of one committee"},
            {"--from", "DATE", "on this day or later"}, {"--to", "DATE", "on this day or earlier"}, {"--limit", "N", "how many, 1 to 500"},
            {"--cursor", "CURSOR", "where the page before ended"}},
           search, {"liaison search border control", "liaison search \"action plan\" --state KGZ", "liaison search \u0627\u0644\u062d\u062f\u0648\u062f"},
           {"In Arabic a word is found with and without its prefixes, in Chinese by any of its characters, in the other languages in its other forms."}}};
}

}  // namespace liaison
