// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/today.h"

#include <nlohmann/json.hpp>

#include "nodes/api/expert_bookings.h"
#include "nodes/api/interest_acts.h"
#include "nodes/api/messages.h"
#include "nodes/api/procedure_check.h"
#include "nodes/domain/filters.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr TimeMs kDayMs = 86'400'000;
constexpr std::uint64_t kReceiptsShown = 100;

Result<std::int64_t> day_in(const std::map<std::string, std::string>& query, Now now) {
  const std::string text = filter_text(query, "day");
  if (text.empty()) return static_cast<std::int64_t>(now.wall_ms / kDayMs);
  const auto day = parse_date(text);
  if (!day) return fail(Code::kInput, "day: \"" + text.substr(0, 32) + "\" is not a day", "write it as 2027-03-08");
  return *day;
}

Result<TimeMs> since_in(const std::map<std::string, std::string>& query, std::int64_t today) {
  const std::string text = filter_text(query, "since");
  if (text.empty()) return static_cast<TimeMs>(std::max<std::int64_t>(0, today - 1)) * kDayMs;
  if (const auto time = parse_time(text)) return *time;
  const auto day = parse_date(text);
  if (!day || *day < 0) return fail(Code::kInput, "since: \"" + text.substr(0, 40) + "\" is not a day or time", "write it as 2027-03-08");
  return static_cast<TimeMs>(*day) * kDayMs;
}

// Own messages in the log of which somebody has said nothing yet, oldest first.
Result<json> receipts_missing(Node& node) {
  json out = json::array();
  for (const MessageRow& row : TRY(node.rows().open_rows(MessageState::kAccepted, kReceiptsShown))) {
    const json message = TRY(message_json(node, row));
    json who = json::array();
    for (const json& one : message["deliveries"]) {
      if (one["verdict"].is_null()) who.push_back(one["member"]);
    }
    out.push_back({{"message_id", message["id"]}, {"kind", message["kind"]}, {"record", message["record_id"]}, {"accepted_at", message["accepted_at"]},
                   {"missing", std::move(who)}});
  }
  return out;
}

}  // namespace

Result<json> today_json(Node& node, const std::map<std::string, std::string>& query, Now now) {
  TRY(check_filters(query, {"since", "day"}));
  const auto day = TRY(day_in(query, now));
  const auto since = TRY(since_in(query, day));
  json out = TRY(node.visits().today(since, day));
  out["procedures"] = TRY(procedures_today_json(node));
  const json hidden = TRY(node.overlaps().findings({{"since", rfc3339(since)}}));
  out["findings"].insert(out["findings"].begin(), hidden.begin(), hidden.end());
  out["receipts_missing"] = TRY(receipts_missing(node));
  out["over_booked"] = TRY(over_booked_json(node, day));
  out["interests"] = TRY(interests_today_json(node));
  out["alarms"] = node.alarms().open_count();
  return out;
}

}  // namespace liaison
