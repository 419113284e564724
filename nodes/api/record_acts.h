// SPDX-License-Identifier: Apache-2.0
// What an officer may do through the API with records of any kind but visits. Node's thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/api/act.h"

namespace liaison {

// `fields` is the request's JSON. Errors: Records' and Outbox::submit's; nothing is stored then.
Result<nlohmann::json> create_record(Node& node, const RecordKind& kind, const nlohmann::json& fields, const Act& act);
Result<nlohmann::json> change_record(Node& node, const std::string& record_id, std::uint32_t on_revision, const nlohmann::json& fields, const Act& act);
Result<nlohmann::json> answer_record(Node& node, const std::string& record_id, const nlohmann::json& fields, const Act& act);
Result<nlohmann::json> recall_record(Node& node, const std::string& record_id, const nlohmann::json& fields, const Act& act);
// As import_rows; `historical` in the request.
Result<bool> import_records(Node& node, const RecordKind& kind, const nlohmann::json& request, const Act& act, nlohmann::json& answer);

}  // namespace liaison
