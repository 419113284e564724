// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/connector_acts.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "nodes/connectors/forwarding.h"
#include "nodes/domain/filters.h"
#include "schemas/text.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr std::size_t kTriedMost = 100;
constexpr TimeMs kTriedDaysMs = 31 * kDayMs;

json moment_json(TimeMs time_ms) { return time_ms == 0 ? json(nullptr) : json(rfc3339_millis(time_ms)); }

json item_json(const ConnectorItem& item) {
  return {{"number", item.number}, {"name", item.name}, {"state", word_of(item.state)}, {"kind", item.kind}, {"record", item.record},
          {"index", item.index == 0 && item.kind.empty() ? json(nullptr) : json(item.index)}, {"tries", item.tries}, {"made_at", moment_json(item.made_ms)},
          {"next_at", item.state == ConnectorItem::State::kWaiting ? moment_json(item.next_ms) : json(nullptr)}, {"ended_at", moment_json(item.ended_ms)},
          {"words", item.words}};
}

Result<std::uint64_t> item_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number > 0 && text.size() <= 18) return number;
  return fail(Code::kInput, "number: \"" + printable(text, 32) + "\" is not the number of an item", "liaison connector items shows them");
}

Result<json> item_page(Node& node, const std::string& name, const Filters& query) {
  const std::string word = TRY(filter_word(query, "state", {"waiting", "done", "failed", "held"}));
  std::optional<ConnectorItem::State> state;
  for (const auto one : {ConnectorItem::State::kWaiting, ConnectorItem::State::kDone, ConnectorItem::State::kFailed, ConnectorItem::State::kHeld}) {
    if (word == word_of(one)) state = one;
  }
  const std::uint64_t limit = TRY(limit_of(query));
  std::uint64_t before = 0;
  if (const std::string cursor = filter_text(query, "cursor"); !cursor.empty()) before = TRY(item_number(cursor));
  ConnectorStore store(node.store());
  auto items = TRY(store.list(name, state, before, limit + 1));
  const bool more = items.size() > limit;
  if (more) items.pop_back();
  json out = json::array();
  for (const ConnectorItem& one : items) out.push_back(item_json(one));
  return json{{"items", std::move(out)}, {"next", more ? json(std::to_string(items.back().number)) : json(nullptr)}};
}

// What the connector's rule would have let through since a day; a month when none is given.
Result<json> tried(Node& node, Routes& routes, const ConnectorConfig& config, const Filters& query, Now now) {
  if (is_incoming(config.kind)) return fail(Code::kInput, config.name + " takes in and has no rule", "an outgoing connector has one");
  const auto since = TRY(since_of(query));
  ConnectorStore store(node.store());
  Desk desk{node, routes, store, now};
  return tried_rule(desk, config, since.value_or(now.wall_ms - std::min(now.wall_ms, kTriedDaysMs)), kTriedMost);
}

// Failed or held, and sent or looked at once more.
Result<json> again(Node& node, const ConnectorConfig& config, const std::string& text, const Act& act) {
  const std::string& name = config.name;
  using Kind = ConnectorConfig::Kind;
  const std::uint64_t number = TRY(item_number(text));
  ConnectorStore store(node.store());
  auto item = TRY(store.find(number));
  if (!item || item->connector != name) return fail(Code::kUnknown, name + " has no item " + text, "liaison connector items " + name);
  if (config.kind == Kind::kFilesIn || config.kind == Kind::kWebhookIn)
    return fail(Code::kTransition, "what came in by " + name + " is not kept here",
                config.kind == Kind::kFilesIn ? "mend the file that lies in failed/ and drop it into the inbox again"
                                              : "let its system send the event again, mended");
  if (item->state == ConnectorItem::State::kWaiting || item->state == ConnectorItem::State::kDone)
    return fail(Code::kTransition, "item " + text + " is " + std::string(word_of(item->state)), "only what failed or is held can be tried again");
  item->state = ConnectorItem::State::kWaiting;
  item->tries = 0;
  item->made_ms = item->next_ms = act.now.wall_ms;
  item->ended_ms = 0;
  if (!act.dry_run) TRY(store.again(*item));
  return item_json(*item);
}

}  // namespace

Result<json> connector_answer(Node& node, Routes& routes, const Connectors* connectors, const std::vector<std::string>& path, const Filters& query, Now now) {
  if (path.size() == 3)
    TRY(check_filters(query, path[2] == "items" ? std::vector<std::string_view>{"state", "limit", "cursor"} : std::vector<std::string_view>{"since"}));
  if (connectors == nullptr) {
    if (path.size() == 1) return json{{"items", json::array()}, {"next", nullptr}};
    return fail(Code::kUnknown, "this node has no connectors", "they stand in the node's configuration: [connectors.NAME]");
  }
  if (path.size() == 1) return connectors->list(node);
  if (path.size() == 2) return connectors->show(node, path[1]);
  const ConnectorConfig* config = TRY(connectors->config(path[1]));
  if (path[2] == "items") return item_page(node, config->name, query);
  return tried(node, routes, *config, query, now);
}

Result<json> tell_connector(Node& node, Connectors* connectors, const std::vector<std::string>& path, const json&, const Act& act) {
  if (connectors == nullptr) return fail(Code::kUnknown, "this node has no connectors", "they stand in the node's configuration: [connectors.NAME]");
  const ConnectorConfig* config = TRY(connectors->config(path[1]));
  const std::string& name = config->name;
  const std::string& what = path[2];
  if (what == "test") {
    const std::uint64_t number = act.dry_run ? 0 : TRY(connectors->begin_test(name));
    return json{{"name", name}, {"test", number}};
  }
  if (what == "items") {
    json item = TRY(again(node, *config, path[3], act));
    if (act.dry_run) return item;
    TRY(node.store().audit(act.now.wall_ms, "connector.again", act.actor, name + ", item " + path[3], "waiting"));
    connectors->wake(name);
    return item;
  }
  if (act.dry_run) return connectors->show(node, name);
  if (what == "pause") TRY(connectors->pause(node, name, act.actor));
  if (what == "resume") TRY(connectors->resume(node, name, act.now.wall_ms));
  if (what == "run") TRY(connectors->run_now(node, name));
  TRY(node.store().audit(act.now.wall_ms, "connector." + what, act.actor, name, "done"));
  return connectors->show(node, name);
}

}  // namespace liaison
