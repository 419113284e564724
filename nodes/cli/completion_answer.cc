// SPDX-License-Identifier: Apache-2.0
// The hidden command's way to the node, and the form of its answer.
#include <chrono>

#include "nodes/cli/command_line.h"
#include "nodes/cli/completion.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPatience{250};   // what a person does not feel as waiting
constexpr std::size_t kOfferedMax = 500;              // more are no choice
constexpr std::size_t kMessageIdShown = 12;           // digits, as in `message list`

std::string joined(const json& texts) {
  std::string all;
  for (const json& one : texts) {
    if (one.is_string()) all += (all.empty() ? "" : " ") + one.get<std::string>();
  }
  return all;
}

// "KGZ MNG National action plan".
Candidate visit_of(const json& visit) {
  std::string states;
  for (const json& state : visit.value("states", json::array())) states += cell_of(state, "alpha3") + " ";
  return {cell_of(visit, "id"), states + cell_of(visit, "title")};
}

// "visit.plan 1540-V-2027-0001 to 1267 1373".
Candidate message_of(const json& message) {
  const std::string record = cell_of(message, "record_id");
  return {cell_of(message, "id").substr(0, kMessageIdShown), cell_of(message, "kind") + (record.empty() ? "" : " " + record) + " to " +
                                                                 joined(message.value("recipients", json::array()))};
}

// A record's id begins with its committee, which the node can look for; a message's id says nothing.
std::map<std::string, std::string> first_question(Values kind, const std::string& begun) {
  std::map<std::string, std::string> parameters = {{"limit", std::to_string(kOfferedMax)}};
  if (const auto end = begun.find("-V-"); kind == Values::kRecord && end != std::string::npos) parameters["committee"] = begun.substr(0, end);
  return parameters;
}

// Page after page, newest first, until there are no more, enough were found or the time is over.
std::vector<Candidate> ids_at(const std::string& socket, Values kind, const std::string& begun) {
  const auto end = SteadyClock::now() + kPatience;
  std::vector<Candidate> found;
  auto parameters = first_question(kind, begun);
  while (found.size() < kOfferedMax) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - SteadyClock::now());
    if (left.count() <= 0) break;
    const auto page = NodeClient::at(socket, left).get((kind == Values::kRecord ? "/visits" : "/messages") + query_of(parameters));
    if (!page) break;
    for (const json& item : page->value("items", json::array())) {
      Candidate candidate = kind == Values::kRecord ? visit_of(item) : message_of(item);
      if (candidate.word.starts_with(begun) && !candidate.word.empty()) found.push_back(std::move(candidate));
    }
    parameters["cursor"] = cell_of(*page, "next");
    if (parameters["cursor"].empty()) break;
  }
  return found;
}

}  // namespace

int answer_shell(const std::vector<std::string>& arguments, Console& console, const Environment& environment) {
  const std::size_t first = arguments.size() > 1 && arguments[1] == "--" ? 2 : 1;
  std::vector<std::string> words(arguments.begin() + static_cast<std::ptrdiff_t>(first), arguments.end());
  if (words.empty()) words.emplace_back();
  const auto ask = [&](Values kind, const std::string& begun, const std::map<std::string, std::string>& given) {
    const auto globals = settle(given, environment);
    return !globals || globals->node.empty() ? std::vector<Candidate>() : ids_at(globals->node, kind, begun);
  };
  const Completion completion = complete(all_commands(), words, ask);
  if (completion.names == Completion::Names::kFiles) console.out << ":files\n";
  if (completion.names == Completion::Names::kFolders) console.out << ":folders\n";
  for (const Candidate& candidate : completion.words) {
    console.out << printable(candidate.word) << (candidate.what.empty() ? "" : "\t" + printable(candidate.what)) << "\n";
  }
  console.out << std::flush;
  return kExitOk;
}

}  // namespace liaison
