// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/consents.h"

#include <algorithm>
#include <map>
#include <set>

#include "nodes/api/messages.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::string_view kEnded[] = {"withdrawn", "expired"};

bool has_ended(const std::string& status) { return std::find(std::begin(kEnded), std::end(kEnded), status) != std::end(kEnded); }

// Why each is kept, by the consent's own list.
std::map<std::string, std::string> kept_of(const Record& consent) {
  std::map<std::string, std::string> out;
  for (const RecordValue& one : consent.value("keep").items) {
    if (one.items.size() == 2) out[one.items[0].text] = one.items[1].text;
  }
  return out;
}

std::string reason_of(const Record& consent) {
  const std::string how = consent.status() == "withdrawn" || consent.status() == "expired" ? " was " + consent.status() : " no longer covers it";
  const std::string& day = consent.value("withdrawn_on").text;
  return "the consent " + consent.record_id + " that it rests on" + (consent.status() == "expired" ? " has expired" : how) +
         (consent.status() == "withdrawn" && !day.empty() ? " on " + day : "");
}

bool is_told(const Draft& draft, const std::string& owner) {
  return std::any_of(draft.recipients.begin(), draft.recipients.end(), [&](const MemberId& one) { return one.str() == owner; });
}

json other_json(const Resting& one, bool told) {
  return {{"id", one.record}, {"owner", one.owner}, {"contact", one.contact}, {"title", one.title}, {"status", one.status}, {"needs", one.needs},
      {"told", told}};
}

Result<void> recall_each(Node& node, const Record& consent, const Draft& told, const std::set<std::string>& broken_before, const Act& act, json& answer) {
  const bool ended = has_ended(consent.status());
  const auto kept = kept_of(consent);
  for (const Resting& one : TRY(node.records().resting_on(consent.record_id, act.now.wall_ms))) {
    if (one.owner != node.identity().member.str()) {
      if (ended || one.needs) answer["others"].push_back(other_json(one, is_told(told, one.owner)));
      continue;
    }
    if (!one.needs || (!ended && broken_before.contains(one.record))) continue;
    if (const auto reason = kept.find(one.record); reason != kept.end()) {
      answer["kept"].push_back({{"id", one.record}, {"title", one.title}, {"reason", reason->second}});
      continue;
    }
    const Draft draft = TRY(node.records().recall(one.record, {{"reason", reason_of(consent)}}));
    json recall = TRY(send_draft(node, draft, act, Outbox::Signing::kLater));
    recall["title"] = one.title;
    answer["recalls"].push_back(std::move(recall));
  }
  return {};
}

Result<json> visits_without(Node& node, const std::string& consent_id, Now now) {
  json out = json::array();
  for (json& one : TRY(node.visits().resting_on(consent_id, static_cast<std::int64_t>(now.wall_ms / kDayMs)))) {
    if (one.value("needs", false)) out.push_back(std::move(one));
  }
  return out;
}

json missing_json(const DeliveryRow& delivery) {
  const char* why = !delivery.verdict ? "no receipt yet" : *delivery.verdict == kLeftTheRoster ? "has left the exchange" : "could not take the recall";
  return {{"member", delivery.member.str()}, {"why", why}};
}

// The receipts of one recall's message.
Result<void> add_receipts(Node& node, const json& recalled, json& out) {
  const auto bytes = from_hex(recalled["message_id"].get<std::string>());
  const auto id = bytes ? array_from<MessageId>(*bytes) : std::nullopt;
  const auto row = id ? TRY(node.rows().find(*id)) : std::nullopt;
  if (!row) return {};
  for (const DeliveryRow& delivery : TRY(node.rows().deliveries(row->id))) {
    if (delivery.verdict != 0) {
      out["missing"].push_back(missing_json(delivery));
      continue;
    }
    const auto receipt = TRY(node.rows().find_index(delivery.receipt_index));
    out["confirmed"].push_back({{"member", delivery.member.str()}, {"at", rfc3339_millis(delivery.at_ms)}, {"index", delivery.receipt_index},
                                {"message_id", receipt ? json(hex(receipt->message_id)) : json(nullptr)}});
  }
  return {};
}

}  // namespace

Result<void> check_consent_recall(Node& node, const std::string& record_id, TimeMs now_ms) {
  const auto id = parse_record_id(record_id);
  if (!id || id->letter != "K") return {};
  const auto resting = TRY(node.records().resting_on(record_id, now_ms));
  const Record consent = TRY(node.records().newest(record_id));
  const bool in_force = !has_ended(consent.status());
  // Once it has ended the others know it, and what they still have to do is no reason to keep it.
  const std::string& member = node.identity().member.str();
  const auto one = std::find_if(resting.begin(), resting.end(), [&](const Resting& other) {
    return in_force ? other.needs || !other.act.empty() : other.needs && other.owner == member;
  });
  const json visits = TRY(node.visits().resting_on(record_id, static_cast<std::int64_t>(now_ms / kDayMs)));
  const auto visit = std::find_if(visits.begin(), visits.end(), [&](const json& other) { return in_force || other["owner"] == member; });
  if (one == resting.end() && visit == visits.end()) return {};
  const std::string which = one == resting.end() ? (*visit)["id"].get<std::string>() : one->record;
  std::string hint = "withdraw it, which recalls what rests on it and tells whose visits stop: liaison consent change " + record_id + " --status withdrawn";
  if (!in_force && one != resting.end()) hint = "recall that first: liaison record recall " + which + " --reason \"" + record_id + " has ended\"";
  else if (!in_force) hint = "move the visit on first: liaison visit change " + which + " --status withdrawn_consent, or conducted when it has taken place";
  return fail(Code::kTransition, "id: " + which + " rests on " + record_id + ", and would stand without it", hint);
}

Result<json> change_consent(Node& node, const std::string& record_id, std::uint32_t on_revision, const json& fields, const Act& act) {
  return one_act(node, act, "record.changed", [&]() -> Result<json> {
    std::set<std::string> broken_before;
    for (const Resting& one : TRY(node.records().resting_on(record_id, act.now.wall_ms))) {
      if (one.needs) broken_before.insert(one.record);
    }
    const Draft draft = TRY(node.records().change(record_id, on_revision, fields, act.now.wall_ms));
    const Record consent = TRY(decode_record(draft.kind, draft.body));
    // Signed later: what follows may still take all of it back.
    json answer = TRY(send_draft(node, draft, act, Outbox::Signing::kLater));
    for (const char* name : {"recalls", "kept", "others"}) answer[name] = json::array();
    TRY(recall_each(node, consent, draft, broken_before, act, answer));
    // A visit is none to recall: its lead moves it on, and is told so every day until then.
    answer["visits"] = TRY(visits_without(node, consent.record_id, act.now));
    return answer;
  });
}

Result<json> consent_confirmations_json(Node& node, const std::string& record_id, Now now) {
  const Record consent = TRY(node.records().newest(record_id));
  const auto resting = TRY(node.records().resting_on(record_id, now.wall_ms));
  json out = {{"id", record_id}, {"status", consent.status()}, {"recalls", json::array()}, {"kept", json::array()}, {"standing", json::array()},
              {"others", json::array()}, {"complete", true}};
  for (const std::string& record : TRY(node.records().recalled_under(record_id))) {
    const json shown = TRY(node.records().show(record, static_cast<std::int64_t>(now.wall_ms / kDayMs)));
    const json& recalled = shown["recalled"];
    json one = {{"id", record}, {"title", shown["title"]}, {"reason", recalled["reason"]}, {"message_id", recalled["message_id"]},
        {"index", recalled["index"]},
                {"accepted_at", recalled["accepted_at"]}, {"confirmed", json::array()}, {"missing", json::array()}};
    TRY(add_receipts(node, recalled, one));
    if (recalled["index"].is_null() || !one["missing"].empty()) out["complete"] = false;
    out["recalls"].push_back(std::move(one));
  }
  const auto kept = kept_of(consent);
  for (const Resting& one : resting) {
    const auto reason = kept.find(one.record);
    if (one.owner != node.identity().member.str()) out["others"].push_back(other_json(one, false));
    else if (reason != kept.end()) out["kept"].push_back({{"id", one.record}, {"title", one.title}, {"reason", reason->second}});
    else if (one.needs) out["standing"].push_back({{"id", one.record}, {"title", one.title}});
  }
  for (json& one : out["others"]) one.erase("told");
  out["visits"] = TRY(visits_without(node, record_id, now));
  for (const json& one : out["visits"]) {
    if (one["owner"] == node.identity().member.str()) out["complete"] = false;
  }
  if (!out["standing"].empty()) out["complete"] = false;
  return out;
}

}  // namespace liaison
