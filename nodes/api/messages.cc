// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/messages.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "nodes/domain/filters.h"
#include "nodes/domain/json_fields.h"
#include "schemas/message.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr TimeMs kLateMs = kDayMs;
constexpr const char* kMessageStates[] = {"queued", "sent", "accepted", "refused", "delivered", "not_taken", "received"};

// A message that this node keeps can be asked for by its kind, also if this version does not know it.
Result<std::string> kind_in(Node& node, const Filters& query) {
  std::vector<std::string_view> kinds;
  for (const SchemaLine& line : schema_list()) {
    if (std::find(kinds.begin(), kinds.end(), line.kind) == kinds.end()) kinds.push_back(line.kind);
  }
  auto kind = filter_word(query, "kind", kinds);
  if (kind) return kind;
  MessageRows::Filter held;
  held.kind = filter_text(query, "kind");
  if (TRY(node.rows().list(held, 0, 1)).empty()) return kind;
  return held.kind;
}

Result<std::uint64_t> cursor_in(const Filters& query) {
  const std::string text = filter_text(query, "cursor");
  std::uint64_t row = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), row);
  if (text.empty() || (error == std::errc() && end == text.data() + text.size())) return row;
  return fail(Code::kInput, "cursor: not one that a page gave out", "leave it out to begin at the first page");
}

json time_or_null(TimeMs time_ms) { return time_ms == 0 ? json(nullptr) : json(rfc3339_millis(time_ms)); }
json index_or_null(const std::optional<std::uint64_t>& index) { return index ? json(*index) : json(nullptr); }
json base64_of(const Bytes& bytes) { return base64(bytes); }

std::string delivery_verdict(std::int64_t verdict) {
  return verdict == kLeftTheRoster ? "left the roster" : std::string(code_name(static_cast<Code>(verdict)));
}

Result<std::string> state_word(Node& node, const MessageRow& row) {
  switch (row.state) {
    case MessageState::kDraft: return std::string("queued");
    case MessageState::kSigned: {
      const auto way = TRY(node.rows().outbox(row.id));
      return std::string(way && way->sent_ms != 0 ? "sent" : "queued");
    }
    case MessageState::kAccepted: return std::string("accepted");
    case MessageState::kRefused: return std::string("refused");
    case MessageState::kDelivered: return std::string("delivered");
    case MessageState::kReceived: return std::string("received");
    case MessageState::kNotTaken: return std::string("not_taken");
  }
  return std::string("received");
}

json step(TimeMs at_ms, const char* what, std::string sentence) {
  return {{"at", time_or_null(at_ms)}, {"step", what}, {"member", nullptr}, {"index", nullptr}, {"verdict", nullptr}, {"sentence", std::move(sentence)}};
}

// PROTOCOL.md, section 7: accepted, and told.
bool is_late(const MessageRow& row) { return row.accepted_ms > row.created_ms + kLateMs; }

std::string accepted_sentence(const MessageRow& row) {
  return is_late(row) ? "late: made more than 24 hours before the log took it" : "the log holds it for good";
}

Result<json> own_steps(Node& node, const MessageRow& row) {
  json steps = json::array();
  if (const auto way = TRY(node.rows().outbox(row.id))) {
    steps.push_back(step(way->queued_ms, "queued", "stored here"));
    if (way->signed_ms != 0) steps.push_back(step(way->signed_ms, "signed", "sealed to its recipients and signed"));
    if (way->sent_ms != 0) steps.push_back(step(way->sent_ms, "sent", "first sent to the broker"));
  }
  if (row.index || row.state == MessageState::kRefused) {
    const bool refused = row.state == MessageState::kRefused;
    json one = step(row.accepted_ms, refused ? "refused" : "accepted", refused ? std::string(code_sentence(row.verdict)) : accepted_sentence(row));
    one["index"] = index_or_null(row.index);
    one["verdict"] = code_name(row.verdict);
    steps.push_back(std::move(one));
  }
  auto deliveries = TRY(node.rows().deliveries(row.id));
  std::stable_sort(deliveries.begin(), deliveries.end(), [](const DeliveryRow& a, const DeliveryRow& b) { return a.at_ms < b.at_ms; });
  for (const DeliveryRow& delivery : deliveries) {
    if (!delivery.verdict) continue;
    json one = step(delivery.at_ms, "delivered", "its recipient has opened and stored it");
    if (*delivery.verdict > 0)
      one = step(delivery.at_ms, "not_taken", "its recipient could not take it: " + std::string(code_sentence(static_cast<Code>(*delivery.verdict))));
    if (*delivery.verdict == kLeftTheRoster) one["sentence"] = "this member has left the exchange";
    one["member"] = delivery.member.str();
    one["index"] = delivery.receipt_index == 0 ? json(nullptr) : json(delivery.receipt_index);
    one["verdict"] = delivery_verdict(*delivery.verdict);
    steps.push_back(std::move(one));
  }
  return steps;
}

bool is_compromised(const Node& node, const KeyId& key_id, const std::optional<std::uint64_t>& index) {
  return index && node.mandates().compromised(key_id, *index);
}

json received_steps(const MessageRow& row) {
  json accepted = step(row.accepted_ms, "accepted", accepted_sentence(row));
  accepted["index"] = index_or_null(row.index);
  json received = step(0, "received", "its sender's signature, the policy and its place in the log were checked here");
  received["member"] = row.sender.str();
  received["verdict"] = code_name(row.verdict);
  json steps = json::array({std::move(accepted), std::move(received)});
  if (!row.content_key.empty()) steps.push_back(step(0, "opened", "its seal was opened with this committee's key"));
  return steps;
}

json outbox_json(Node& node, Now now) {
  json out{{"queued", 0}, {"awaiting_receipt", 0}, {"refused", 0}, {"oldest_s", 0}, {"until_midnight", json::object()}};
  const auto drafts = node.rows().count(MessageState::kDraft), sent = node.rows().count(MessageState::kSigned),
             accepted = node.rows().count(MessageState::kAccepted);
  if (drafts && sent) out["queued"] = *drafts + *sent;
  if (accepted) out["awaiting_receipt"] = *accepted;
  if (const auto facts = node.rows().outbox_facts()) {
    out["refused"] = facts->refused;
    out["oldest_s"] = facts->oldest_ms == 0 || facts->oldest_ms > now.wall_ms ? 0 : (now.wall_ms - facts->oldest_ms) / 1000;
  }
  if (const auto held = node.outbox().held(now.wall_ms)) {
    for (const auto& [kind, count] : *held) out["until_midnight"][kind] = count;
  }
  return out;
}

Result<json> not_taken_by(Node& node, std::uint64_t id) {
  json out = json::array();
  for (const DeliveryRow& delivery : TRY(node.rows().deliveries(id))) {
    if (delivery.verdict.value_or(0) > 0) out.push_back(delivery.member.str());
  }
  return out;
}

// "open-12", "over-7": the last one of the page before.
Result<Alarms::After> alarms_after(const std::string& cursor) {
  if (cursor.empty()) return Alarms::After{};
  std::uint64_t id = 0;
  const bool over = cursor.starts_with("over-");
  const bool known = over || cursor.starts_with("open-");
  const auto [end, error] = std::from_chars(cursor.data() + std::min<std::size_t>(cursor.size(), 5), cursor.data() + cursor.size(), id);
  if (!known || error != std::errc() || end != cursor.data() + cursor.size())
    return fail(Code::kInput, "cursor: is not known", "take it from the page before");
  return Alarms::After{over, id};
}

}  // namespace

Result<json> message_json(Node& node, const MessageRow& row) {
  json deliveries = json::array();
  for (const DeliveryRow& delivery : TRY(node.rows().deliveries(row.id))) {
    deliveries.push_back({{"member", delivery.member.str()},
                          {"verdict", delivery.verdict ? json(delivery_verdict(*delivery.verdict)) : json(nullptr)},
                          {"at", time_or_null(delivery.at_ms)}});
  }
  const bool draft = row.state == MessageState::kDraft;
  const auto state = TRY(state_word(node, row));
  return json{{"id", draft ? json(nullptr) : json(hex(row.message_id))},
              {"direction", row.own ? "sent" : "received"},
              {"kind", row.kind},
              {"marking", row.marking},
              {"sender", row.sender.str()},
              {"recipients", members_json(row.recipients)},
              {"record_id", row.record_id.empty() ? json(nullptr) : json(row.record_id)},
              {"sequence", row.sequence == 0 ? json(nullptr) : json(row.sequence)},
              {"index", index_or_null(row.index)},
              {"created_at", rfc3339_millis(row.created_ms)},
              {"accepted_at", time_or_null(row.accepted_ms)},
              {"state", state},
              {"verdict", row.index || row.state == MessageState::kRefused ? json(code_name(row.verdict)) : json(nullptr)},
              {"rule", row.rule},
              {"basis", row.basis},
              {"deliveries", std::move(deliveries)},
              {"late", is_late(row)},
              {"compromised", is_compromised(node, row.key_id, row.index)},
              {"bytes", row.bytes}};
}

Result<json> message_page(Node& node, const std::map<std::string, std::string>& query) {
  TRY(check_filters(query, {"direction", "kind", "state", "limit", "cursor"}));
  MessageRows::Filter filter;
  const std::string direction = TRY(filter_word(query, "direction", {"sent", "received", "all"}));
  if (direction == "sent" || direction == "received") filter.own = direction == "sent";
  filter.kind = TRY(kind_in(node, query));
  filter.state = TRY(filter_word(query, "state", {std::begin(kMessageStates), std::end(kMessageStates)}));
  const std::uint64_t limit = TRY(limit_of(query));
  const std::uint64_t before = TRY(cursor_in(query));
  auto rows = TRY(node.rows().list(filter, before, limit + 1));
  const bool more = rows.size() > limit;
  if (more) rows.pop_back();
  json items = json::array();
  for (const MessageRow& row : rows) items.push_back(TRY(message_json(node, row)));
  return json{{"items", std::move(items)}, {"next", more ? json(std::to_string(rows.back().id)) : json(nullptr)}};
}

Result<MessageRow> find_message(Node& node, const std::string& id) {
  const char* hint = "take it from `liaison message list`; its first 8 digits are enough";
  const bool plain = id.size() >= 8 && id.size() <= 64 && id.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  if (!plain) return fail(Code::kInput, "the message's id is not 8 to 64 hexadecimal digits", hint);
  auto found = TRY(node.rows().find_prefix(id));
  if (found.empty()) return fail(Code::kUnknown, "this node has no message " + id, hint);
  if (found.size() > 1) return fail(Code::kInput, "more than one message begins with " + id, "give more of its digits");
  return std::move(found.front());
}

Result<json> trace_json(Node& node, const MessageRow& row) {
  json steps = row.own ? TRY(own_steps(node, row)) : received_steps(row);
  for (json& one : steps) {
    if (one["step"] == "accepted" && is_compromised(node, row.key_id, row.index))
      one["sentence"] = "signed with a key that was revoked since, so that it may be forged; the log holds it for good";
  }
  return json{{"id", hex(row.message_id)}, {"steps", std::move(steps)}};
}

Result<json> alarms_json(Node& node, const std::map<std::string, std::string>& query) {
  TRY(check_filters(query, {"limit", "cursor"}));
  const std::uint64_t limit = TRY(limit_of(query));
  const auto cursor = query.find("cursor");
  const auto after = TRY(alarms_after(cursor == query.end() ? "" : cursor->second));
  auto rows = TRY(node.alarms().list(after, limit + 1));
  const bool more = rows.size() > limit;
  if (more) rows.pop_back();
  json items = json::array();
  for (const Alarms::Row& row : rows) {
    json evidence = json::array();
    for (const Evidence& piece : row.evidence) evidence.push_back({{"name", piece.name}, {"base64", base64_of(piece.bytes)}});
    items.push_back({{"id", row.id}, {"kind", row.kind}, {"subject", row.subject}, {"sentence", row.sentence}, {"raised_at", rfc3339_millis(row.raised_ms)},
                     {"cleared_at", row.cleared_ms ? time_or_null(*row.cleared_ms) : json(nullptr)}, {"evidence", std::move(evidence)}});
  }
  const json next = more ? json((rows.back().cleared_ms ? "over-" : "open-") + std::to_string(rows.back().id)) : json(nullptr);
  return json{{"items", std::move(items)}, {"next", next}};
}

Result<json> log_json(Node& node) {
  const Hash root = TRY(node.mirror().root());
  const auto& newest = node.mirror().seen();
  return json{{"size", node.mirror().size()}, {"root", hex(root)}, {"checkpoint", newest ? json(newest->note) : json(nullptr)}};
}

Result<json> status_json(Node& node, const Whereabouts& at, Now now) {
  const char* link = at.link == Link::State::kUp ? "up" : at.link == Link::State::kRefused ? "refused" : "down";
  const auto stopped = node.publishing_stopped(now);
  const auto* term = node.mandates().newest();
  const Hash root = TRY(node.mirror().root());
  const json visits = TRY(node.visits().counts());
  const json records = TRY(node.records().counts());
  const auto offset = node.outbox().clock_offset_ms();
  const bool contacted = term != nullptr && term->policy != nullptr;
  const TimeMs newest_ms = node.inbox().newest_ms();
  return json{{"member", node.identity().member.str()},
              {"network", node.roster().network},
              {"fingerprint", hex(node.identity().genesis())},
              {"version", LIAISON_VERSION},
              {"link", {{"state", link}, {"since", time_or_null(at.link_since_ms)}, {"trouble", at.trouble}}},
              {"broker", {{"address", at.address}}},
              {"log",
               {{"size", node.mirror().size()},
                {"root", hex(root)},
                {"checkpoint_at", time_or_null(newest_ms)},
                {"index_applied", node.mirror().size() == 0 ? json(nullptr) : json(node.mirror().size() - 1)}}},
              {"roster", {{"version", node.roster().version}, {"expires", rfc3339_millis(node.roster().expires_ms)}}},
              {"policy", {{"version", contacted ? json(term->policy->version) : json(nullptr)}}},
              {"outbox", outbox_json(node, now)},
              {"alarms", node.alarms().open_count()},
              {"visits", visits}, {"records", records},
              {"clock_offset_ms", offset ? json(*offset) : json(nullptr)},
              {"publishing", !stopped.has_value()},
              {"publishing_stopped_because", stopped ? json(*stopped) : json(nullptr)}};
}

Result<json> with_deliveries(Node& node, json said) {
  if (!said.is_object()) return said;
  for (const char* list : {"items", "answers"}) {
    if (!said.contains(list)) continue;
    for (json& one : said[list]) {
      json told = TRY(with_deliveries(node, std::move(one)));
      one = std::move(told);
    }
  }
  if (!said.contains("delivery")) return said;
  const auto bytes = from_hex(said["message_id"].get<std::string>());
  const auto id = bytes ? array_from<MessageId>(*bytes) : std::nullopt;
  const auto known = TRY(node.rows().known(id.value_or(kZeroHash)));
  if (!known) return said;
  if (known->state == MessageState::kDelivered) said["delivery"] = "delivered";
  if (known->state == MessageState::kNotTaken) {
    said["delivery"] = "not_taken";
    said["not_taken_by"] = TRY(not_taken_by(node, known->id));
  }
  if (known->state == MessageState::kDraft) said["message_id"] = nullptr;
  if (is_compromised(node, known->key_id, known->index)) said["compromised"] = true;
  return said;
}

namespace {

// A record that stands nowhere, since what made it was refused: that is said instead.
Result<json> or_refused(Node& node, const std::string& record_id, Result<json> shown) {
  if (shown || shown.error().code != Code::kUnknown) return shown;
  const auto refused = TRY(node.rows().refused_about(record_id));
  if (!refused) return shown;
  return fail(Code::kUnknown,
              record_id + " stands nowhere: it was refused (" + std::string(code_name(refused->verdict)) + ": " +
                  std::string(code_sentence(refused->verdict)) + ")",
              "liaison message trace " + hex(refused->message_id).substr(0, 12) + " says more; its number is not given out again");
}

}  // namespace

Result<json> shown_visit(Node& node, const std::string& record_id) { return or_refused(node, record_id, node.visits().show(record_id)); }
Result<json> shown_record(Node& node, const std::string& record_id, std::int64_t today) {
  return or_refused(node, record_id, node.records().show(record_id, today));
}

std::string news_json(const News& news, TimeMs now_ms) {
  if (news.view) return event_json(*news.view).dump(-1, ' ', false, json::error_handler_t::replace);
  json data{{"event", std::string(news.name)}, {"at", rfc3339_millis(now_ms)}};
  if (news.message_id && *news.message_id != kZeroHash) data["message_id"] = hex(*news.message_id);
  if (!news.kind.empty()) data["kind"] = news.kind;
  if (!news.member.empty()) data["member"] = news.member.str();
  if (news.index) data["index"] = *news.index;
  if (news.message_id) data["verdict"] = code_name(news.verdict);
  if (!news.sentence.empty()) data["sentence"] = news.sentence;
  return data.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace liaison
