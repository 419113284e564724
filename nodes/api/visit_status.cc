// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/visit_status.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/api/messages.h"

namespace liaison {

namespace {

using nlohmann::json;

json said(std::string what, const json& from, const json& item) {
  return {{"what", std::move(what)}, {"from", from}, {"message_id", item.value("message_id", json())}, {"index", item.value("index", json())},
          {"accepted_at", item.value("accepted_at", json())}};
}

const char* state_of(const json& delivery) {
  const json verdict = delivery.value("verdict", json());
  if (verdict.is_null()) return "waiting";
  if (verdict == "left the roster") return "left";
  return verdict == "OK" ? "opened" : "not_taken";
}

Result<json> with_deliveries_of(Node& node, json message) {
  message["state"] = "queued";
  message["deliveries"] = json::array();
  const auto bytes = message["message_id"].is_string() ? from_hex(message["message_id"].get<std::string>()) : std::nullopt;
  const auto id = bytes ? array_from<MessageId>(*bytes) : std::nullopt;
  const auto row = id ? TRY(node.rows().find(*id)) : std::nullopt;
  if (!row) return message;
  const json found = TRY(message_json(node, *row));
  message["state"] = found["state"];
  message["message_id"] = found["id"];
  for (json delivery : found["deliveries"]) {
    delivery["state"] = state_of(delivery);
    message["deliveries"].push_back(std::move(delivery));
  }
  return message;
}

Result<json> status_of(Node& node, const std::string& record_id, const json& shown, const json& history, const std::string& owner) {
  json messages = json::array();
  for (const json& one : history["items"]) messages.push_back(said("revision " + std::to_string(one["revision"].get<std::uint64_t>()), shown[owner], one));
  for (const json& one : shown["answers"]) messages.push_back(said("answer (" + one["answer"].get<std::string>() + ")", one["from"], one));
  if (shown.contains("recalled")) messages.push_back(said("recall", shown["recalled"]["by"], shown["recalled"]));
  for (json& one : messages) {
    json full = TRY(with_deliveries_of(node, std::move(one)));
    one = std::move(full);
  }
  const auto place = [](const json& one) { return one["index"].is_number() ? one["index"].get<std::uint64_t>() : UINT64_MAX; };
  std::stable_sort(messages.begin(), messages.end(), [&](const json& a, const json& b) { return place(a) < place(b); });
  return json{{"id", record_id}, {owner, shown[owner]}, {"recalled", shown.contains("recalled")}, {"messages", std::move(messages)}};
}

}  // namespace

Result<json> visit_status_json(Node& node, const std::string& record_id) {
  const json shown = TRY(shown_visit(node, record_id));
  const json history = TRY(node.visits().history(record_id));
  return status_of(node, record_id, shown, history, "lead");
}

Result<json> record_status_json(Node& node, const std::string& record_id) {
  const json shown = TRY(shown_record(node, record_id, 0));
  json history = {{"items", json::array()}};
  if (shown.contains("message_id")) history = TRY(node.records().history(record_id));
  return status_of(node, record_id, shown, history, "owner");
}

}  // namespace liaison
