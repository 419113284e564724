// SPDX-License-Identifier: Apache-2.0
// `liaison message ...`: what went over the exchange, step by step, and the evidence for it.
#include <fmt/format.h>

#include <algorithm>

#include "nodes/cli/command.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "nodes/files/when.h"
#include "schemas/message.h"
#include "schemas/text.h"
#include "security/durable.h"

namespace liaison {
namespace {

using nlohmann::json;

std::string deliveries_of(const json& message) {
  std::string text;
  for (const auto& one : message.value("deliveries", json::array())) {
    const std::string verdict = cell_of(one, "verdict");
    text += (text.empty() ? "" : ", ") + cell_of(one, "member") + " " + (verdict.empty() ? "waiting" : verdict);
  }
  return text;
}

// "not taken by 1373" where the machine's word is "not_taken".
std::string state_words(const json& message) {
  if (cell_of(message, "state") != "not_taken") return cell_of(message, "state");
  std::string members;
  for (const auto& one : message.value("deliveries", json::array())) {
    const std::string verdict = cell_of(one, "verdict");
    if (verdict.starts_with("E_")) members += (members.empty() ? "" : ", ") + cell_of(one, "member");
  }
  return "not taken by " + members;
}

std::string state_of(const json& message) {
  const auto mark = [&](const char* field, const char* words) { return std::string(cell_of(message, field) == "true" ? words : ""); };
  return state_words(message) + mark("late", ", LATE") + mark("compromised", ", COMPROMISED KEY");
}

std::vector<Column> message_columns(const std::string& zone) {
  return {{"message", [](const json& message) { return cell_of(message, "id").substr(0, 12); }, [](const json& message) { return cell_of(message, "id"); }},
          plain_column("kind", "kind"),
          plain_column("from", "sender"),
          plain_column("to", "recipients"),
          plain_column("record", "record_id"),
          plain_column("entry", "index"),
          {"accepted", [zone](const json& message) { return people_time(cell_of(message, "accepted_at"), zone); },
           [](const json& message) { return cell_of(message, "accepted_at"); }},
          {"state", state_of,
           [](const json& message) { return cell_of(message, "state"); }},
          {"deliveries", deliveries_of}};
}

Result<int> list_messages(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  std::map<std::string, std::string> filters;
  for (const std::string name : {"direction", "kind", "state", "limit", "cursor"}) filters[name] = typed.text("--" + name);
  const json page = TRY(get_from_node(typed, "/messages" + query_of(filters)));
  print_page(typed, page, message_columns(typed.globals().zone));
  return kExitOk;
}

std::string message_path(const Invocation& typed) { return "/messages/" + percent(typed.text("MESSAGE")); }

std::string line(std::string_view name, const std::string& value) { return value.empty() ? "" : fmt::format("  {:<11} {}\n", name, value); }

std::string message_page(const json& message, const std::string& zone) {
  std::string text = fmt::format("{}\n", shown(message, "id").empty() ? "a message that is not signed yet" : shown(message, "id"));
  text += line("kind", shown(message, "kind"));
  text += line("record", shown(message, "record_id"));
  text += line("from", shown(message, "sender"));
  text += line("to", shown(message, "recipients") + " (" + shown(message, "marking") + ")");
  text += line("state", printable(state_words(message), kShownBytesMax) + (shown(message, "state") == "refused" ? ": " + shown(message, "verdict") : ""));
  if (shown(message, "compromised") == "true") text += line("WARNING", "signed by a compromised key: it may be forged");
  const bool late = shown(message, "late") == "true";
  text += line("made", people_time(shown(message, "created_at"), zone) + (late ? ", LATE: more than 24 hours before it was accepted" : ""));
  const std::string accepted = people_time(shown(message, "accepted_at"), zone);
  text += line("entry", shown(message, "index") + (accepted.empty() ? "" : ", " + accepted));
  text += line("allowed by", shown(message, "rule").empty() ? "" : fmt::format("rule {}: {}", shown(message, "rule"), shown(message, "basis")));
  text += line("bytes", shown(message, "bytes"));
  for (const auto& one : message.value("deliveries", json::array())) {
    const std::string verdict = shown(one, "verdict");
    text += line(shown(one, "member"), verdict.empty() ? "no receipt yet" : verdict + ", " + people_time(shown(one, "at"), zone));
  }
  return text;
}

Result<int> show_message(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const json message = TRY(get_from_node(typed, message_path(typed)));
  if (typed.globals().output == Output::kTable) {
    typed.console().out << message_page(message, typed.globals().zone);
  } else {
    print_object(typed, message);
  }
  return kExitOk;
}

Result<int> trace(const Invocation& typed) {
  const std::string zone = typed.globals().zone;
  TRY(check_zone(zone));
  const json found = TRY(get_from_node(typed, message_path(typed) + "/trace"));
  if (typed.globals().output == Output::kJson) {
    print_object(typed, found);
    return kExitOk;
  }
  const json steps = found.value("steps", json::array());
  print_page(typed, steps,
             {{"time", [zone](const json& step) { return people_instant(cell_of(step, "at"), zone); }, [](const json& step) { return cell_of(step, "at"); }},
              plain_column("step", "step"), plain_column("member", "member"), plain_column("entry", "index"), plain_column("verdict", "verdict"),
              plain_column("what", "sentence")});
  return kExitOk;
}

Result<int> prove(const Invocation& typed) {
  const NodeClient node = TRY(NodeClient::of(typed));
  const std::string proof = TRY(node.get_text(message_path(typed) + "/proof" + (typed.has("--open") ? "?open=1" : "")));
  if (typed.has("--open")) typed.console().warn("this file lets its holder read the message; give it only to those who may");
  if (!typed.has("--out")) {
    typed.console().out << proof << (proof.ends_with('\n') ? "" : "\n");
    return kExitOk;
  }
  TRY(create_durably(typed.text("--out"), view_of(proof), typed.has("--open") ? 0600 : 0644));
  typed.console().out << typed.text("--out") << "\n";
  return kExitOk;
}

std::vector<std::string_view> message_kinds() {
  std::vector<std::string_view> kinds;
  for (const SchemaLine& line : schema_list()) {
    if (std::find(kinds.begin(), kinds.end(), line.kind) == kinds.end()) kinds.push_back(line.kind);
  }
  return kinds;
}

}  // namespace

std::vector<Command> message_commands() {
  const Argument id{"MESSAGE", "", "the message's id, or its first 8 digits and more", true};
  return {{"message list",
           "messages sent and received, newest first",
           {{"--direction", "WHICH", "sent, received or all", false, false, {"sent", "received", "all"}},
            {"--kind", "KIND", "visit.plan, visit.answer, visit.recall or receipt", false, false, message_kinds()},
            {"--state", "STATE", "queued, sent, accepted, refused, delivered, not_taken or received", false, false,
             {"queued", "sent", "accepted", "refused", "delivered", "not_taken", "received"}},
            {"--limit", "N", "how many: 1 to 500, 50 when left out"},
            {"--cursor", "C", "where the page before ended"}},
           list_messages, {"liaison message list --direction sent", "liaison message list --state not_taken"}},
          {"message show", "one message, without its contents", {id}, show_message, {"liaison message show 3fa9c2d1"}},
          {"message trace", "every step of a message with its time", {id}, trace, {"liaison message trace 3fa9c2d1"}},
          {"message prove",
           "the proof file of a message, for liaison verify",
           {id,
            {"--open", "", "put the content key into it, so that its holder can read the message"},
            {"--out", "FILE", "file to write; standard output when left out"}},
           prove, {"liaison message prove 3fa9c2d1 --out proof.json"}}};
}

}  // namespace liaison
