// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/today.h"

#include <nlohmann/json.hpp>

#include "nodes/api/expert_bookings.h"
#include "nodes/api/interest_acts.h"
#include "nodes/api/messages.h"
#include "nodes/api/procedure_check.h"
#include "nodes/domain/filters.h"
#include "nodes/domain/stations.h"
#include "schemas/date_hint.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr TimeMs kDayMs = 86'400'000;
constexpr std::uint64_t kReceiptsShown = 100, kRecordsShown = 20;
constexpr std::int64_t kDaysSoon = 14;

Result<std::int64_t> day_in(const Node& node, const std::map<std::string, std::string>& query, Now now) {
  const std::string text = filter_text(query, "day");
  if (text.empty()) return day_there(node, now);
  const auto day = parse_date(text);
  if (!day) return fail(Code::kInput, "day: \"" + text.substr(0, 32) + "\" is not a day", date_hint(text, "write it as 2027-03-08"));
  return *day;
}

Result<TimeMs> since_in(const std::map<std::string, std::string>& query, std::int64_t today) {
  const std::string text = filter_text(query, "since");
  if (text.empty()) return static_cast<TimeMs>(std::max<std::int64_t>(0, today - 1)) * kDayMs;
  if (const auto time = parse_time(text)) return *time;
  const auto day = parse_date(text);
  if (!day || *day < 0) return fail(Code::kInput, "since: \"" + text.substr(0, 40) + "\" is not a day or time", date_hint(text, "write it as 2027-03-08"));
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

// Overdue, or due in the next two weeks; and what of other records than visits changed. Each list's own pages have the rest.
Result<void> add_records(Node& node, TimeMs since, std::int64_t day, json& out) {
  const std::string most = std::to_string(kRecordsShown);
  out["dues"] = TRY(node.records().dues({{"until", date_text(day + kDaysSoon)}, {"limit", most}}, day))["items"];
  out["records"] = TRY(node.records().list({{"since", rfc3339(since)}, {"limit", most}}))["items"];
  return {};
}

}  // namespace

std::int64_t day_there(const Node& node, Now now) {
  const auto station = parse_station(node.settings().station);
  return station ? day_at(*station, now.wall_ms) : static_cast<std::int64_t>(now.wall_ms / kDayMs);
}

Result<json> today_json(Node& node, const std::map<std::string, std::string>& query, Now now) {
  TRY(check_filters(query, {"since", "day"}));
  const auto day = TRY(day_in(node, query, now));
  const auto since = TRY(since_in(query, day));
  json out = TRY(node.visits().today(since, day));
  TRY(add_records(node, since, day, out));
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
