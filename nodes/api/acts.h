// SPDX-License-Identifier: Apache-2.0
// What an officer may do through the API: plan, change, answer, recall, import. Each act is one savepoint in the node's step: a
// wrong one leaves nothing behind, a dry run neither, and the answer to its request id is stored with it. Node's thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/api/act.h"

namespace liaison {

// `fields` is the request's JSON. Errors: Visits' and Outbox::submit's; nothing is stored then.
Result<nlohmann::json> plan_visit(Node& node, const nlohmann::json& fields, const Act& act);
Result<nlohmann::json> change_visit(Node& node, const std::string& record_id, std::uint32_t on_revision, const nlohmann::json& fields, const Act& act);
Result<nlohmann::json> answer_visit(Node& node, const std::string& record_id, const nlohmann::json& fields, const Act& act);
Result<nlohmann::json> recall_visit(Node& node, const std::string& record_id, const nlohmann::json& fields, const Act& act);
// All rows are checked; all or nothing unless "keep_going". kQuota when today's quota ends before the rows do; a dry run tells
// the "room" there is. `answer` lists what was made and what is wrong; false when nothing
// was stored because of errors.
Result<bool> import_visits(Node& node, const nlohmann::json& request, const Act& act, nlohmann::json& answer);

}  // namespace liaison
