// SPDX-License-Identifier: Apache-2.0
// What the node proposes and an officer decides: offers that answer a request, one joint visit from several plans, the annual review.
#include <fmt/format.h>

#include "nodes/cli/node_client.h"
#include "nodes/cli/record_options.h"
#include "nodes/cli/table.h"
#include "nodes/cli/write.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

std::string proposal_text(const json& value) { return value.is_string() ? printable(value.get<std::string>(), 4096) : std::string(); }

Result<int> suggest(const Invocation& typed) {
  const json found = TRY(get_from_node(typed, "/proposals/matches" + query_of({{"record", typed.text("RECORD")}})));
  if (typed.globals().output != Output::kTable) {
    print_object(typed, found);
    return kExitOk;
  }
  for (const json& one : found.value("items", json::array())) {
    typed.console().out << fmt::format("{}  {}\n", proposal_text(one["offer"]), proposal_text(one["provider"]));
    for (const json& reason : one["reasons"]) typed.console().out << fmt::format("  for      {}\n", proposal_text(reason["text"]));
    for (const json& against : one["against"]) typed.console().out << fmt::format("  against  {}\n", proposal_text(against));
  }
  const auto asked = parse_record_id(typed.text("RECORD"));
  const bool need = asked && asked->letter == "B";   // a match answers a request
  typed.console().say(fmt::format("{} of {} offers fit; you decide: {}", cell_of(found, "found"), cell_of(found, "looked_at"),
                                  need ? "liaison request new --found-by " + typed.text("RECORD") + " ..., and then liaison match new"
                                       : "liaison match new --request " + printable(typed.text("RECORD")) + " --offer ID --reason reason=area,text=..."));
  return kExitOk;
}

// What is proposed becomes a record, shown before it leaves.
Result<int> record_proposed(const Invocation& typed, const std::string& kind, const std::string& path, const json& beside) {
  json fields = TRY(get_from_node(typed, path));
  fields.update(beside);
  return finish_write(typed, {field_options(*record_kind(kind)), "POST", "/records/" + kind, fields, {}});
}

Result<int> build_joint(const Invocation& typed) {
  std::string plans;
  for (const std::string& one : typed.texts("PLAN")) plans += (plans.empty() ? "" : ",") + one;
  return record_proposed(typed, "visit.joint", "/proposals/joint-visit" + query_of({{"plans", plans}}), json::object());
}

Result<int> build_review(const Invocation& typed) {
  std::map<std::string, std::string> parameters;
  for (const std::string name : {"type", "year", "from", "to", "size"}) parameters[name] = typed.text("--" + name);
  json beside = json::object();
  if (typed.has("--meets")) beside["meets"] = typed.text("--meets");
  return record_proposed(typed, "review", "/proposals/review" + query_of(parameters), beside);
}

Result<int> check_review(const Invocation& typed) {
  const json review = TRY(get_from_node(typed, "/records/" + percent(typed.text("RECORD"))));
  if (cell_of(review, "kind") != "review")
    return fail(Code::kUsage, "RECORD: " + typed.text("RECORD").substr(0, 64) + " is no review", "liaison review list shows the ids");
  const json anew = TRY(get_from_node(typed, "/proposals/review" + query_of({{"type", cell_of(review, "type")}, {"from", cell_of(review, "begins")},
                                                                            {"to", cell_of(review, "ends")}, {"size", cell_of(review, "log_index")}})));
  std::vector<std::string> differ;
  if (cell_of(review, "log_root") != cell_of(anew, "log_root")) differ.push_back("the root of the log");
  for (std::size_t i = 0; i < std::max(review["figures"].size(), anew["figures"].size()); ++i) {
    const json was = i < review["figures"].size() ? review["figures"][i] : json(), is = i < anew["figures"].size() ? anew["figures"][i] : json();
    if (cell_of(was, "what") != cell_of(is, "what") || cell_of(was, "value") != cell_of(is, "value"))
      differ.push_back(fmt::format("{} {} in the review, {} {} here", proposal_text(was.value("what", json())), proposal_text(was.value("value", json())),
                                   proposal_text(is.value("what", json())), proposal_text(is.value("value", json()))));
  }
  for (const std::string& one : differ) typed.console().out << "differs: " << one << "\n";
  if (differ.empty())
    typed.console().out << fmt::format("the {} figures and the root of {} log entries are what this node finds too\n", review["figures"].size(),
                                       cell_of(review, "log_index"));
  return differ.empty() ? kExitOk : kExitFailed;
}

}  // namespace

std::vector<Command> proposal_commands() {
  return {{"match suggest",
           "offers that answer a request or a need found on a visit, and why",
           {{"RECORD", "", "the request or need, such as 1540-R-2027-0001", true}},
           suggest,
           {"liaison match suggest 1540-R-2027-0001"}},
          {"joint-visit build",
           "make one joint visit of the plans of several committees",
           for_write({{"PLAN", "", "a visit of each committee, your own first", true, true}}),
           build_joint,
           {"liaison joint-visit build 1540-V-2027-0001 1373-V-2027-0002"},
           {"The proposal has the days of all plans, each committee's part, the first and last day of each as stages, and what they aim at as questions, "
            "said once where "
            "several do. Change it afterwards as any record; the others agree with liaison record answer ID joins."}},
          {"review build",
           "make the annual or comprehensive review of what the log holds",
           for_write({{"--type", "WORD", "annual or comprehensive; annual when left out", false, false, {"annual", "comprehensive"}},
                      {"--year", "YEAR", "the year that it is of"},
                      {"--from", "DATE", "or its first day"},
                      {"--to", "DATE", "and its last"},
                      {"--size", "N", "how many log entries count; all that are here when left out"},
                      {"--meets", "RECORD", "the obligation that it meets"}}),
           build_review,
           {"liaison review build --year 2027 --dry-run"}},
          {"review check",
           "make a review again from the same log entries, and say what differs",
           {{"RECORD", "", "the review, such as 1540-W-2027-0001", true}},
           check_review,
           {"liaison review check 1540-W-2027-0001"}}};
}

}  // namespace liaison
