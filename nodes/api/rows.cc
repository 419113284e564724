// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/rows.h"

namespace liaison {

namespace {

using nlohmann::json;

json row_error(const json& row, const Error& error) {
  // "states[0].alpha3: sentence": the domain names the field first.
  const auto colon = error.what.find(": ");
  const bool named = colon != std::string::npos && error.what.find(' ') > colon;
  return {{"line", row.is_object() && row.contains("line") ? row["line"] : json(nullptr)},
          {"field", named ? error.what.substr(0, colon) : ""},
          {"code", code_name(error.code)},
          {"detail", named ? error.what.substr(colon + 2) : error.what},
          {"hint", error.hint}};
}

// A row with the id of a record that is known here: nothing is to be done when it says the same.
Result<bool> says_the_same(const RowsOf& rows, const json& row) {
  if (!row.contains("id") || !row["id"].is_string() || row["id"].get_ref<const std::string&>().empty()) return false;
  json fields = row;
  for (const char* name : {"line", "ref", "id", "revision"}) fields.erase(name);
  const auto same = rows.check_same(row["id"].get<std::string>(), fields);
  if (!same && same.error().code == Code::kUnknown) return false;
  TRY(same);
  return true;
}

Result<json> import_row(Node& node, const RowsOf& rows, const json& row, const Act& act) {
  json fields = row;
  for (const char* name : {"line", "id", "revision"}) fields.erase(name);
  const Draft draft = TRY(rows.draft(fields, act.now.wall_ms));
  json answer = TRY(send_draft(node, draft, act, Outbox::Signing::kLater));
  if (row.contains("line")) answer["line"] = row["line"];
  return answer;
}

bool is_failure_of_ours(Code code) { return code == Code::kStore || code == Code::kInternal; }

// Whether each row says what a record here says already. All are compared before any becomes a record: ids given out then are others.
Result<std::vector<Result<bool>>> compared(const RowsOf& rows, const json& list) {
  std::vector<Result<bool>> out;
  for (const json& row : list) {
    out.push_back(row.is_object() ? says_the_same(rows, row) : Result<bool>(fail(Code::kInput, "the row is no object")));
    if (!out.back() && is_failure_of_ours(out.back().error().code)) return out.back().error();
  }
  return out;
}

}  // namespace

Result<bool> import_rows(Node& node, const json& request, const Act& act, const RowsOf& rows, json& answer) {
  if (!request.is_object() || !request.contains("rows") || !request["rows"].is_array())
    return fail(Code::kInput, "rows: is missing", "send {\"rows\": [...], \"historical\": false, \"keep_going\": false}");
  const auto flag = [&](const char* name) { return request.contains(name) && request[name].is_boolean() && request[name].get<bool>(); };
  if (act.draft.empty()) TRY(check_direct(node.release_rules(), rows.kind));
  answer = {{"created", json::array()}, {"errors", json::array()}, {"unchanged", json::array()}};
  const std::uint64_t room = TRY(node.outbox().room(rows.kind, act.now.wall_ms));
  if (act.dry_run) answer["room"] = room;
  const auto known = TRY(compared(rows, request["rows"]));
  Attempt attempt = TRY(Attempt::begin(node));
  for (std::size_t i = 0; i < known.size(); ++i) {
    const json& row = request["rows"][i];
    if (!known[i]) answer["errors"].push_back(row_error(row, known[i].error()));
    else if (*known[i]) answer["unchanged"].push_back({{"line", row.value("line", json())}, {"id", row["id"]}});
    if (!known[i] || *known[i]) continue;
    auto made = import_row(node, rows, row, act);
    if (made) answer["created"].push_back(std::move(*made));
    else if (is_failure_of_ours(made.error().code)) return std::move(made).error();
    // Tomorrow the same rows are good: nothing of them is kept, so that the request can be made again as it is.
    else if (made.error().code == Code::kQuota)
      return fail(Code::kQuota, "today's quota has room for " + std::to_string(room) + " more " + rows.plural + ", and this is " +
                  std::to_string(request["rows"].size() - answer["unchanged"].size()), made.error().hint);
    else answer["errors"].push_back(row_error(row, made.error()));
  }
  const bool refused = !answer["errors"].empty() && !flag("keep_going");
  if (act.dry_run || refused) {
    if (refused && !act.dry_run) answer["created"] = json::array();
    return !refused;
  }
  for (const json& one : answer["created"])
    TRY(node.store().audit(act.now.wall_ms, rows.made, act.actor, audit_object(act, rows.kind, one["id"].get<std::string>()), "queued"));
  const std::string made = std::to_string(answer["created"].size()) + " " + rows.plural;
  TRY(node.store().audit(act.now.wall_ms, rows.event, act.actor, audit_object(act, rows.kind, made), "queued"));
  TRY(attempt.keep());
  return true;
}

}  // namespace liaison
