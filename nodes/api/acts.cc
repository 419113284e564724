// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/acts.h"

#include <nlohmann/json.hpp>

namespace liaison {

namespace {

using nlohmann::json;

std::string office_of(const MemberId& member) { return "the " + member.str() + " Committee"; }

json answer_json(const Draft& draft, const Submission& submission, const Act& act) {
  json recipients = json::array();
  for (const MemberId& member : draft.recipients) recipients.push_back({{"member", member.str()}, {"name", office_of(member)}});
  return {{"id", draft.record_id},
          {"revision", draft.revision},
          {"message_id", submission.message_id && !act.dry_run ? json(hex(*submission.message_id)) : json(nullptr)},
          {"state", act.dry_run ? "dry_run" : "queued"},
          {"recipients", std::move(recipients)},
          {"rule", submission.rule},
          {"basis", submission.basis},
          {"warnings", submission.warnings}};
}

// Queues what the domain wants to say. In a dry run nothing is signed, so that it can be taken back.
Result<json> send(Node& node, const Draft& draft, const Act& act, Outbox::Signing signing = Outbox::Signing::kNow) {
  const Submission submission = TRY(node.submit(draft, act.request_id, act.dry_run ? Outbox::Signing::kLater : signing, act.now));
  return answer_json(draft, submission, act);
}

template <class Function>
Result<json> one_act(Node& node, const Act& act, const char* event, const Function& function) {
  Attempt attempt = TRY(Attempt::begin(node));
  json answer = TRY(function());
  if (act.dry_run) return answer;
  TRY(node.store().audit(act.now.wall_ms, event, act.actor, answer["id"].get<std::string>(), "queued"));
  TRY(attempt.keep());
  return answer;
}

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
Result<bool> says_the_same(Node& node, const json& row) {
  if (!row.contains("id") || !row["id"].is_string() || row["id"].get_ref<const std::string&>().empty()) return false;
  json fields = row;
  for (const char* name : {"line", "ref", "id", "revision"}) fields.erase(name);
  const auto same = node.visits().check_same(row["id"].get<std::string>(), fields);
  if (!same && same.error().code == Code::kUnknown) return false;
  TRY(same);
  return true;
}

Result<json> import_row(Node& node, const json& row, Visits::Origin origin, const Act& act) {
  json fields = row;
  for (const char* name : {"line", "id", "revision"}) fields.erase(name);
  const Draft draft = TRY(node.visits().plan(fields, origin, act.now.wall_ms));
  json answer = TRY(send(node, draft, act, Outbox::Signing::kLater));
  if (row.contains("line")) answer["line"] = row["line"];
  return answer;
}

bool is_failure_of_ours(Code code) { return code == Code::kStore || code == Code::kInternal; }

// Whether each row says what a record here says already. All are compared before any becomes a visit: ids given out then are others.
Result<std::vector<Result<bool>>> compared(Node& node, const json& rows) {
  std::vector<Result<bool>> out;
  for (const json& row : rows) {
    out.push_back(row.is_object() ? says_the_same(node, row) : Result<bool>(fail(Code::kInput, "the row is no object")));
    if (!out.back() && is_failure_of_ours(out.back().error().code)) return out.back().error();
  }
  return out;
}

}  // namespace

Result<json> plan_visit(Node& node, const json& fields, const Act& act) {
  return one_act(node, act, "visit.planned", [&]() -> Result<json> {
    return send(node, TRY(node.visits().plan(fields, Visits::Origin::kOfficer, act.now.wall_ms)), act);
  });
}

Result<json> change_visit(Node& node, const std::string& record_id, std::uint32_t on_revision, const json& fields, const Act& act) {
  return one_act(node, act, "visit.changed", [&]() -> Result<json> {
    return send(node, TRY(node.visits().change(record_id, on_revision, fields, act.now.wall_ms)), act);
  });
}

Result<json> answer_visit(Node& node, const std::string& record_id, const json& fields, const Act& act) {
  return one_act(node, act, "visit.answered", [&]() -> Result<json> {
    return send(node, TRY(node.visits().answer(record_id, fields, Visits::Origin::kOfficer, act.now.wall_ms)), act);
  });
}

Result<json> recall_visit(Node& node, const std::string& record_id, const json& fields, const Act& act) {
  return one_act(node, act, "visit.recalled", [&]() -> Result<json> {
    const Draft draft = TRY(node.visits().recall(record_id, fields));
    return send(node, draft, act);
  });
}

Result<bool> import_visits(Node& node, const json& request, const Act& act, json& answer) {
  if (!request.is_object() || !request.contains("rows") || !request["rows"].is_array())
    return fail(Code::kInput, "rows: is missing", "send {\"rows\": [...], \"historical\": false, \"keep_going\": false}");
  const auto flag = [&](const char* name) { return request.contains(name) && request[name].is_boolean() && request[name].get<bool>(); };
  const Visits::Origin origin = flag("historical") ? Visits::Origin::kHistorical : Visits::Origin::kOfficer;
  answer = {{"created", json::array()}, {"errors", json::array()}, {"unchanged", json::array()}};
  const std::uint64_t room = TRY(node.outbox().room(std::string(kKindVisitPlan), act.now.wall_ms));
  if (act.dry_run) answer["room"] = room;
  const auto known = TRY(compared(node, request["rows"]));
  Attempt attempt = TRY(Attempt::begin(node));
  for (std::size_t i = 0; i < known.size(); ++i) {
    const json& row = request["rows"][i];
    if (!known[i]) answer["errors"].push_back(row_error(row, known[i].error()));
    else if (*known[i]) answer["unchanged"].push_back({{"line", row.value("line", json())}, {"id", row["id"]}});
    if (!known[i] || *known[i]) continue;
    auto made = import_row(node, row, origin, act);
    if (made) answer["created"].push_back(std::move(*made));
    else if (is_failure_of_ours(made.error().code)) return std::move(made).error();
    // Tomorrow the same rows are good: nothing of them is kept, so that the request can be made again as it is.
    else if (made.error().code == Code::kQuota)
      return fail(Code::kQuota, "today's quota has room for " + std::to_string(room) + " more visits, and this is " +
                  std::to_string(request["rows"].size() - answer["unchanged"].size()), made.error().hint);
    else answer["errors"].push_back(row_error(row, made.error()));
  }
  const bool refused = !answer["errors"].empty() && !flag("keep_going");
  if (act.dry_run || refused) {
    if (refused && !act.dry_run) answer["created"] = json::array();
    return !refused;
  }
  TRY(node.store().audit(act.now.wall_ms, "visit.imported", act.actor, std::to_string(answer["created"].size()) + " visits", "queued"));
  TRY(attempt.keep());
  return true;
}

}  // namespace liaison
