// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/record_acts.h"

#include "nodes/api/consents.h"
#include "nodes/api/procedures.h"
#include "nodes/api/publication.h"
#include "nodes/api/rows.h"

namespace liaison {

using nlohmann::json;

Result<json> create_record(Node& node, const RecordKind& kind, const json& fields, const Act& act) {
  return one_act(node, act, "record.created", [&]() -> Result<json> {
    if (kind.kind == "procedure") TRY(check_periods(fields));
    Draft draft = TRY(node.records().create(kind, fields, Records::Origin::kOfficer, act.now.wall_ms));
    if (kind.kind == "procedure") TRY(look_at_proposal(node, draft, act.now.wall_ms));
    TRY(settle_digest(draft, fields));
    return send_draft(node, draft, act);
  });
}

Result<json> change_record(Node& node, const std::string& record_id, std::uint32_t on_revision, const json& fields, const Act& act) {
  const auto id = parse_record_id(record_id);
  if (id && id->letter == "K") return change_consent(node, record_id, on_revision, fields, act);
  return one_act(node, act, "record.changed", [&]() -> Result<json> {
    Draft draft = TRY(node.records().change(record_id, on_revision, fields, act.now.wall_ms));
    TRY(settle_digest(draft, fields));
    return send_draft(node, draft, act);
  });
}

Result<json> answer_record(Node& node, const std::string& record_id, const json& fields, const Act& act) {
  return one_act(node, act, "record.answered", [&]() -> Result<json> {
    const Draft draft = TRY(node.records().answer(record_id, fields));
    return send_draft(node, draft, act);
  });
}

Result<json> recall_record(Node& node, const std::string& record_id, const json& fields, const Act& act) {
  return one_act(node, act, "record.recalled", [&]() -> Result<json> {
    TRY(check_consent_recall(node, record_id, act.now.wall_ms));
    const Draft draft = TRY(node.records().recall(record_id, fields));
    return send_draft(node, draft, act);
  });
}

Result<bool> import_records(Node& node, const RecordKind& kind, const json& request, const Act& act, json& answer) {
  const bool historical = request.is_object() && request.value("historical", json()) == true;
  const auto origin = historical ? Records::Origin::kHistorical : Records::Origin::kOfficer;
  const RowsOf rows{kind.kind, kind.noun + " records", "record.imported", "record.created",
                    [&node](const std::string& id, const json& fields) { return node.records().check_same(id, fields); },
                    [&node, &kind, origin](const json& fields, TimeMs now_ms) -> Result<Draft> {
                      Draft draft = TRY(node.records().create(kind, fields, origin, now_ms));
                      TRY(check_digest_of(draft));
                      return draft;
                    }};
  return import_rows(node, request, act, rows, answer);
}

}  // namespace liaison
