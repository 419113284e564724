// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/acts.h"

#include "nodes/api/rows.h"

#include <nlohmann/json.hpp>

namespace liaison {

namespace {

using nlohmann::json;

// Rows of visits, for import_rows.
RowsOf visit_rows(Node& node, Visits::Origin origin) {
  return {std::string(kKindVisitPlan), "visits", "visit.imported", "visit.planned",
          [&node](const std::string& id, const json& fields) { return node.visits().check_same(id, fields); },
          [&node, origin](const json& fields, TimeMs now_ms) { return node.visits().plan(fields, origin, now_ms); }};
}

}  // namespace

Result<json> plan_visit(Node& node, const json& fields, const Act& act) {
  return one_act(node, act, "visit.planned", [&]() -> Result<json> {
    return send_draft(node, TRY(node.visits().plan(fields, Visits::Origin::kOfficer, act.now.wall_ms)), act);
  });
}

Result<json> change_visit(Node& node, const std::string& record_id, std::uint32_t on_revision, const json& fields, const Act& act) {
  return one_act(node, act, "visit.changed", [&]() -> Result<json> {
    return send_draft(node, TRY(node.visits().change(record_id, on_revision, fields, act.now.wall_ms)), act);
  });
}

Result<json> answer_visit(Node& node, const std::string& record_id, const json& fields, const Act& act) {
  return one_act(node, act, "visit.answered", [&]() -> Result<json> {
    return send_draft(node, TRY(node.visits().answer(record_id, fields, Visits::Origin::kOfficer, act.now.wall_ms)), act);
  });
}

Result<json> recall_visit(Node& node, const std::string& record_id, const json& fields, const Act& act) {
  return one_act(node, act, "visit.recalled", [&]() -> Result<json> {
    const Draft draft = TRY(node.visits().recall(record_id, fields));
    return send_draft(node, draft, act);
  });
}

Result<bool> import_visits(Node& node, const json& request, const Act& act, json& answer) {
  const bool historical = request.is_object() && request.value("historical", json()) == true;
  return import_rows(node, request, act, visit_rows(node, historical ? Visits::Origin::kHistorical : Visits::Origin::kOfficer), answer);
}

}  // namespace liaison
