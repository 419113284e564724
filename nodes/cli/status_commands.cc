// SPDX-License-Identifier: Apache-2.0
// `liaison status`, `alarms` and `watch`: how the committee's node is, and what happens while one looks on.
#include <fmt/format.h>

#include "nodes/cli/command.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "nodes/files/when.h"
#include "schemas/text.h"
#include "security/clock.h"

namespace liaison {
namespace {

using nlohmann::json;

// Of 64 hexadecimal digits, as people read them out.
std::string spoken_of(const std::string& digits) {
  const auto bytes = from_hex(digits);
  const auto hash = bytes ? array_from<Hash>(*bytes) : std::nullopt;
  return hash ? spoken(*hash) : printable(digits, 64);
}

std::string status_page(const json& status, const std::string& zone) {
  std::string text = fmt::format("{} on {}, version {}\n", shown(status, "member"), shown(status, "network"), shown(status, "version"));
  const std::string trouble = shown(status, "link.trouble");
  text += fmt::format("  link        {} since {}{}\n", shown(status, "link.state"), people_time(shown(status, "link.since"), zone),
                      trouble.empty() ? "" : ": " + trouble);
  text += fmt::format("  broker      {}\n", shown(status, "broker.address"));
  text += fmt::format("  log         {} entries, root {}, checkpoint of {}\n", shown(status, "log.size"), shown(status, "log.root").substr(0, 16),
                      people_time(shown(status, "log.checkpoint_at"), zone));
  text += fmt::format("  roster      version {}, expires {}\n", shown(status, "roster.version"), people_time(shown(status, "roster.expires"), zone));
  text += fmt::format("  policy      version {}\n", shown(status, "policy.version"));
  text += fmt::format("  exchange    {}\n", spoken_of(cell_of(status, "fingerprint")));
  text += fmt::format("  outbox      {} queued, {} waiting for receipts, {} refused\n", shown(status, "outbox.queued"),
                      shown(status, "outbox.awaiting_receipt"), shown(status, "outbox.refused"));
  if (const auto outbox = status.find("outbox"); outbox != status.end() && outbox->contains("until_midnight")) {
    for (const auto& [kind, count] : (*outbox)["until_midnight"].items())
      text += fmt::format("  quota       {} {} messages wait for midnight UTC: today's quota of this kind is used up\n", printable(count.dump(), 32),
                          printable(kind, 64));
  }
  if (shown(status, "publishing") == "false") text += fmt::format("  publishing  STOPPED: {}\n", shown(status, "publishing_stopped_because"));
  text += fmt::format("  alarms      {}\n", shown(status, "alarms"));
  return text;
}

// Nothing when there are none.
std::string connector_line(const json& connectors) {
  std::string failing, failed;
  for (const json& one : connectors["items"]) {
    if (shown(one, "state") == "failing") failing += (failing.empty() ? "" : ", ") + shown(one, "name");
    if (shown(one, "failed_now") != "0" || shown(one, "held") != "0") failed += (failed.empty() ? "" : ", ") + shown(one, "name");
  }
  if (connectors["items"].empty()) return "";
  std::string text = fmt::format("  connectors  {}{}{}\n", connectors["items"].size(), failing.empty() ? "" : "; failing: " + failing,
                                 failed.empty() ? "" : "; with items that failed or are held: " + failed);
  return text;
}

Result<int> status(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const json found = TRY(get_from_node(typed, "/status"));
  if (typed.globals().output == Output::kTable) {
    const json connectors = TRY(get_from_node(typed, "/connectors"));
    typed.console().out << status_page(found, typed.globals().zone) << connector_line(connectors);
  } else {
    print_object(typed, found);
  }
  return kExitOk;
}

std::string alarm_lines(const Console& console, const json& alarm, const std::string& zone) {
  const std::string cleared = shown(alarm, "cleared_at");
  return fmt::format("{}  {}  {}{}\n  {}\n", cleared.empty() ? console.paint("OPEN", 31) : "over", people_time(shown(alarm, "raised_at"), zone),
                     shown(alarm, "kind"), shown(alarm, "subject").empty() ? "" : " " + shown(alarm, "subject"), shown(alarm, "sentence"));
}

Result<int> alarms(const Invocation& typed) {
  const std::string zone = typed.globals().zone;
  TRY(check_zone(zone));
  const json page = TRY(get_from_node(typed, "/alarms" + query_of({{"limit", typed.text("--limit")}, {"cursor", typed.text("--cursor")}})));
  if (typed.globals().output != Output::kTable) {
    print_page(typed, page, {plain_column("id", "id"), plain_column("kind", "kind"), plain_column("raised", "raised_at"),
                             plain_column("cleared", "cleared_at"),
                             plain_column("subject", "subject"), plain_column("what", "sentence")});
    return kExitOk;
  }
  const json items = page.value("items", json::array());
  for (const auto& alarm : items) typed.console().out << alarm_lines(typed.console(), alarm, zone);
  if (items.empty()) typed.console().say("no alarms");
  if (const std::string next = cell_of(page, "next"); !next.empty()) typed.console().say("there is more: add --cursor " + printable(next));
  return kExitOk;
}

// "visit.plan of 1373 to 1267, entry 105, E_POLICY, message d10dcda685b1": what an event says of a message.
std::string message_words(const json& data) {
  std::string what = shown(data, "kind");
  if (!cell_of(data, "member").empty()) what += " " + shown(data, "member");
  if (!cell_of(data, "index").empty()) what += ", entry " + shown(data, "index");
  if (const std::string verdict = shown(data, "verdict"); !verdict.empty() && verdict != "OK") what += ", " + verdict;
  return what + ", message " + shown(data, "message_id").substr(0, 12);
}

std::string other_words(const json& data) {
  std::string what;
  for (const auto& [name, value] : data.items()) {
    if (name != "event" && name != "at" && !value.is_null()) what += (what.empty() ? "" : " ") + printable(name) + "=" + shown(data, name);
  }
  return what;
}

// One line an event; a sentence where the event has one, what it is about otherwise.
std::string event_line(const HttpEvent& event, TimeMs now_ms, const std::string& zone) {
  const json data = json::parse(event.data, nullptr, false);
  if (!data.is_object()) return printable(event.event) + "  " + printable(event.data) + "\n";
  const std::string sentence = shown(data, "sentence");
  const std::string at = cell_of(data, "at").empty() ? rfc3339_millis(now_ms) : cell_of(data, "at");
  return fmt::format("{}  {:<18} {}\n", people_time(at, zone), printable(event.event),
                     !sentence.empty() ? sentence : event.event.starts_with("message.") ? message_words(data) : other_words(data));
}

// For machines that read tables: the fields that most events share, and what else they say in the last one.
std::vector<std::string> event_cells(const HttpEvent& event, TimeMs now_ms) {
  const json data = json::parse(event.data, nullptr, false);
  if (!data.is_object()) return {rfc3339_millis(now_ms), event.event, "", "", "", "", "", event.data};
  const std::string sentence = cell_of(data, "sentence");
  const std::string at = cell_of(data, "at");
  return {at.empty() ? rfc3339_millis(now_ms) : at, event.event, cell_of(data, "message_id"), cell_of(data, "kind"), cell_of(data, "member"),
          cell_of(data, "index"), cell_of(data, "verdict"), !sentence.empty() ? sentence : event.event.starts_with("message.") ? "" : other_words(data)};
}

std::string event_json(const HttpEvent& event) {
  json data = json::parse(event.data, nullptr, false);
  if (!data.is_object()) data = {{"text", event.data}};
  if (!data.contains("event")) data["event"] = event.event;
  if (!event.id.empty()) data["event_id"] = event.id;
  return json_text(data, -1) + "\n";
}

Result<int> watch(const Invocation& typed) {
  const std::string zone = typed.globals().zone;
  TRY(check_zone(zone));
  const std::uint64_t most = TRY(typed.number("--count", UINT64_MAX, 1, UINT64_MAX - 1));
  const NodeClient node = TRY(NodeClient::of(typed));
  SystemClock clock;
  std::uint64_t seen = 0;
  const Output output = typed.globals().output;
  std::ostream& out = typed.console().out;
  if (output == Output::kCsv) print_csv_line(out, {"at", "event", "message", "kind", "member", "entry", "verdict", "what"});
  out << std::flush;
  std::map<std::string, std::string> headers;
  if (typed.has("--after")) headers["Last-Event-ID"] = printable(typed.text("--after"), 64);
  const auto on_event = [&](const HttpEvent& event) {
    if (output == Output::kCsv) print_csv_line(out, event_cells(event, clock.now().wall_ms));
    else out << (output == Output::kTable ? event_line(event, clock.now().wall_ms, zone) : event_json(event));
    out << std::flush;
    return ++seen < most && bool(out);
  };
  TRY(node.stream("/events", on_event, {}, headers));
  if (seen < most) return fail(Code::kUnreachable, "the node closed the stream of events");
  return kExitOk;
}

}  // namespace

std::vector<Command> status_commands() {
  return {{"status", "how the node is, and its link to the broker", {}, status, {"liaison status", "liaison --node /run/liaison/1540.sock -o json status"}},
          {"watch",
           "what happens, one line an event, until you stop it",
           {{"--count", "N", "end after so many events"}, {"--after", "EVENT", "first what came after this event, named by its event_id"}},
           watch,
           {"liaison watch", "liaison watch -o ndjson --count 10"}},
          {"alarms",
           "what must not be, with its evidence kept; open ones first",
           {{"--limit", "N", "how many"}, {"--cursor", "C", "where the page before ended"}},
           alarms,
           {"liaison alarms"}}};
}

}  // namespace liaison
