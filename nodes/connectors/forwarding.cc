// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/forwarding.h"

#include <algorithm>
#include <random>

#include "nodes/api/act.h"
#include "nodes/composer.h"
#include "nodes/domain/opened_body.h"
#include "schemas/message.h"
#include "security/hash.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr std::size_t kRowsAtOnce = 64;
constexpr std::uint64_t kTriedRowsMost = 10'000;   // officers wait meanwhile

const json* at_path(const json& content, std::string_view path) {
  const json* at = &content;
  while (!path.empty()) {
    const std::string part(path.substr(0, path.find('.')));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (!at->is_object()) return nullptr;
    const auto found = at->find(part);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

void put_at_path(json& out, std::string_view path, const json& value) {
  json* at = &out;
  for (;;) {
    const std::string part(path.substr(0, path.find('.')));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    at = &(*at)[part];
    if (path.empty()) break;
  }
  *at = value;
}

bool stands_in(const std::vector<std::string>& words, const std::string& word) { return std::find(words.begin(), words.end(), word) != words.end(); }

// States stand in bodies as {"alpha3": ..}, as codes, or as one code.
bool names_one(const std::vector<std::string>& words, const json& value) {
  if (value.is_string()) return stands_in(words, value.get<std::string>());
  if (value.is_object()) return value.contains("alpha3") && names_one(words, value["alpha3"]);
  return value.is_array() && std::any_of(value.begin(), value.end(), [&](const json& one) { return names_one(words, one); });
}

bool names_one_of(const std::vector<std::string>& words, const json& data, const std::vector<const char*>& fields) {
  return std::any_of(fields.begin(), fields.end(), [&](const char* field) { return data.contains(field) && names_one(words, data[field]); });
}

std::string plain_text(const json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    std::string out;
    for (const json& one : value) out += (out.empty() ? "" : ", ") + plain_text(one);
    return out;
  }
  if (value.is_object() && value.contains("alpha3")) return plain_text(value["alpha3"]);
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// 5 s, 10 s, 20 s ... 6 hours, a tenth more or less, so that what failed together does not come back together.
TimeMs pause_after(std::uint32_t tries) {
  const TimeMs pause = std::min<TimeMs>(5'000ULL << std::min<std::uint32_t>(tries, 20), 6ULL * 3600 * 1000);
  static thread_local std::mt19937_64 random{std::random_device{}()};
  return pause - pause / 10 + random() % (pause / 5);
}

bool speaks_of_another(std::string_view kind) { return Views::is_recall(kind) || kind == kKindVisitAnswer || kind == kKindRecordAnswer; }

// Nothing when the rule does not let it through, or there is nothing to show.
Result<std::optional<json>> content_for(Desk& desk, const ConnectorConfig& config, const MessageRow& row) {
  if (row.verdict != Code::kAccepted || !Views::folds(row.kind) || row.kind.starts_with("overlap.")) return std::optional<json>{};
  if (!config.rule.kinds.empty() && !stands_in(config.rule.kinds, row.kind)) return std::optional<json>{};
  if (!config.rule.senders.empty() && !stands_in(config.rule.senders, row.sender.str())) return std::optional<json>{};
  const bool mirrored = TRY(came_from(desk, row, config.system));
  if (mirrored) return std::optional<json>{};
  auto content = TRY(message_content(row));
  if (!content) return content;
  if (lets_through(config.rule, *content)) return content;
  // What is said to a record, or takes it back, names neither States nor areas: it goes to whom the record went.
  if (!speaks_of_another(row.kind)) return std::optional<json>{};
  ForwardRule rule = config.rule;
  rule.states.clear();
  rule.areas.clear();
  const bool went = TRY(desk.store.has_record(config.name, (*content)["record"]));
  return went && lets_through(rule, *content) ? content : std::optional<json>{};
}

// A recall goes out; what it takes back does not any more.
Result<bool> taken_back(Desk& desk, const MessageRow& row, const std::string& record) {
  if (row.content_key.empty()) return true;
  if (Views::is_recall(row.kind)) return false;
  return desk.node.views().is_recalled(record);
}

// The parcel of a waiting item; nothing when what it says was taken back, with which the item ends.
Result<std::optional<Parcel>> parcel_of(Desk& desk, const ConnectorConfig& config, ConnectorItem& item) {
  const auto row = TRY(desk.node.rows().find_index(item.index));
  std::optional<json> content;
  if (row) {
    const bool gone = TRY(taken_back(desk, *row, item.record));
    if (!gone) content = TRY(message_content(*row));
  }
  if (content) {
    return std::optional(Parcel{item.number, item.key, item.kind, item.record, item.index, row->accepted_ms, item.tries, narrowed(config.rule, *content),
                                text_of(config.rule, *content)});
  }
  item.state = ConnectorItem::State::kDone;
  item.ended_ms = desk.now.wall_ms;
  item.words = "taken back before it left";
  TRY(desk.store.set(item));
  return std::optional<Parcel>{};
}

// The index of the first message that was accepted then or later, by halves; messages stand in the order of their time.
Result<std::optional<std::uint64_t>> before_day(Desk& desk, TimeMs since_ms) {
  std::uint64_t low = 0, high = TRY(desk.node.rows().newest_index()) + 1;   // what was accepted before since_ms ends in between
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto after = middle == 0 ? std::optional<std::uint64_t>{} : std::optional(middle - 1);
    const auto rows = TRY(desk.node.rows().logged_after(after, 1));
    if (rows.empty() || rows[0].accepted_ms >= since_ms) high = middle;
    else low = *rows[0].index + 1;
  }
  return low == 0 ? std::optional<std::uint64_t>{} : std::optional(low - 1);
}

}  // namespace

Result<std::optional<json>> message_content(const MessageRow& row) {
  if (row.content_key.empty() || !row.index) return std::optional<json>{};
  const auto body = body_of(row);
  if (!body) return within("a stored message", body.error());
  auto data = opened_body_json(row.kind, body->expose());
  if (!data || data->is_null()) return std::optional<json>{};
  json recipients = json::array();
  for (const MemberId& one : row.recipients) recipients.push_back(one.str());
  return std::optional<json>(json{{"message_id", hex(row.message_id)}, {"index", *row.index}, {"accepted_at", rfc3339_millis(row.accepted_ms)},
                                  {"kind", row.kind}, {"sender", row.sender.str()}, {"recipients", std::move(recipients)}, {"marking", row.marking},
                                  {"record", Views::record_of(row.kind, body->expose())}, {"data", std::move(*data)}});
}

bool lets_through(const ForwardRule& rule, const json& content) {
  const json& data = content["data"];
  if (!rule.kinds.empty() && !stands_in(rule.kinds, content["kind"])) return false;
  if (!rule.senders.empty() && !stands_in(rule.senders, content["sender"])) return false;
  if (!rule.states.empty() && !names_one_of(rule.states, data, {"states", "state"})) return false;
  return rule.areas.empty() || names_one_of(rule.areas, data, {"areas", "area", "aims"});
}

json narrowed(const ForwardRule& rule, const json& content) {
  if (rule.fields.empty()) return content;
  json out = json::object();
  for (const std::string& field : rule.fields) {
    if (const json* value = at_path(content, field)) put_at_path(out, field, *value);
  }
  return out;
}

std::string text_of(const ForwardRule& rule, const json& content) {
  const json shown = narrowed(rule, content);
  if (rule.text.empty()) return shown.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  std::string out;
  for (std::size_t at = 0; at < rule.text.size();) {
    const auto open = rule.text.find('{', at), close = rule.text.find('}', open);
    out += rule.text.substr(at, open - at);
    if (open == std::string::npos || close == std::string::npos) break;
    if (const json* value = at_path(shown, std::string_view(rule.text).substr(open + 1, close - open - 1))) out += plain_text(*value);
    at = close + 1;
  }
  return out + "\n";
}

Result<bool> came_from(Desk& desk, const MessageRow& row, const std::string& system) {
  if (!row.own) return false;
  const auto way = TRY(desk.node.rows().outbox(row.id));
  return way && origin_of(way->request_id) == system;
}

Result<bool> look_for_parcels(Desk& desk, const ConnectorConfig& config, std::size_t most) {
  ConnectorState state = TRY(desk.store.state(config.name));
  const auto after = state.cursor == 0 ? std::optional<std::uint64_t>{} : std::optional(state.cursor - 1);
  const auto rows = TRY(desk.node.rows().logged_after(after, std::min(most, kRowsAtOnce)));
  // An own message has its place before those that stand below it have come.
  const std::uint64_t end = desk.node.cursor();
  bool waits = false;
  for (const MessageRow& row : rows) {
    waits = *row.index >= end;
    if (waits) break;
    const auto content = TRY(content_for(desk, config, row));
    state.cursor = *row.index + 1;
    if (!content) continue;
    ConnectorItem item;
    item.connector = config.name;
    item.key = item.name = hex(row.message_id);
    item.kind = row.kind;
    item.record = (*content)["record"];
    item.index = *row.index;
    item.made_ms = item.next_ms = desk.now.wall_ms;
    TRY(desk.store.add(item));
  }
  if (!rows.empty()) TRY(desk.store.set_state(state));
  return !waits && rows.size() == std::min(most, kRowsAtOnce);
}

Result<std::vector<Parcel>> parcels_due(Desk& desk, const ConnectorConfig& config, std::size_t most) {
  std::vector<Parcel> out;
  auto items = TRY(desk.store.due(config.name, desk.now.wall_ms, most));
  for (ConnectorItem& item : items) {
    auto parcel = TRY(parcel_of(desk, config, item));
    if (parcel) out.push_back(std::move(*parcel));
  }
  return out;
}

Result<std::vector<Parcel>> parcels_of(Desk& desk, const ConnectorConfig& config, const std::vector<std::uint64_t>& numbers) {
  std::vector<Parcel> out;
  for (const std::uint64_t number : numbers) {
    auto item = TRY(desk.store.find(number));
    if (!item || item->connector != config.name || item->state != ConnectorItem::State::kWaiting) continue;
    auto parcel = TRY(parcel_of(desk, config, *item));
    if (parcel) out.push_back(std::move(*parcel));
  }
  return out;
}

TimeMs next_try_ms(const Parcel& parcel, const Handed& handed, TimeMs now_ms) {
  const TimeMs asked = handed.not_before ? static_cast<TimeMs>(handed.not_before->count()) * 1000 : 0;
  return now_ms + std::max(asked, pause_after(parcel.tries));
}

Result<void> parcel_handed(Desk& desk, const Parcel& parcel, const Handed& handed, std::chrono::hours give_up, TimeMs next_ms) {
  auto found = TRY(desk.store.find(parcel.number));
  if (!found || found->state != ConnectorItem::State::kWaiting) return {};
  ConnectorItem& item = *found;
  const TimeMs now_ms = desk.now.wall_ms;
  if (item.tries == 0) item.made_ms = now_ms;   // what waited while nothing was tried counts for nothing
  ++item.tries;
  item.words = handed.words;
  if (handed.how == Handed::How::kDone) {
    item.state = ConnectorItem::State::kDone;
    if (item.tries > 1) TRY(desk.store.hurry(item.connector, now_ms));
  } else if (handed.how == Handed::How::kRefused) {
    item.state = ConnectorItem::State::kFailed;
  } else {
    item.next_ms = std::max(next_ms, now_ms);
    const TimeMs last = item.made_ms + static_cast<TimeMs>(give_up.count()) * 3'600'000;
    if (item.next_ms > last && now_ms >= last) {
      item.state = ConnectorItem::State::kFailed;
      item.words += "; given up after " + std::to_string(item.tries) + " tries";
    }
  }
  if (item.state != ConnectorItem::State::kWaiting) item.ended_ms = now_ms;
  return desk.store.set(item);
}

Result<json> tried_rule(Desk& desk, const ConnectorConfig& config, TimeMs since_ms, std::size_t most) {
  json items = json::array();
  std::uint64_t looked = 0;
  bool more = false;
  auto after = TRY(before_day(desk, since_ms));
  for (bool over = false; !over && !more;) {
    const auto rows = TRY(desk.node.rows().logged_after(after, kRowsAtOnce));
    over = rows.size() < kRowsAtOnce;
    for (const MessageRow& row : rows) {
      more = looked == kTriedRowsMost || items.size() == most;
      if (more) break;
      after = row.index;
      ++looked;
      const auto content = TRY(content_for(desk, config, row));
      if (!content) continue;
      items.push_back({{"message_id", hex(row.message_id)}, {"kind", row.kind}, {"record", (*content)["record"]},
                       {"accepted_at", rfc3339_millis(row.accepted_ms)}, {"content", narrowed(config.rule, *content)}});
    }
  }
  return json{{"looked_at", looked}, {"items", std::move(items)}, {"more", more}};
}

}  // namespace liaison
