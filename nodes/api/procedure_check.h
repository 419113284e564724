// SPDX-License-Identifier: Apache-2.0
// Whether a procedure's certificate agrees with what this node's own mirror of the log holds, as far as it can see. Reads only; node's one thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/node.h"

namespace liaison {

// {"id", "revision", "outcome", "agrees": bool, "checked": [sentence], "differs": [sentence], "not_seen": [sentence]}. What a receipt says is known
// to its sender and to the owner; the others see that the log holds it, and since when. kTransition when there is no certificate yet; as Records::silence.
Result<nlohmann::json> procedure_check_json(Node& node, const std::string& record_id);
// For the day's page, own ones that can be closed and others' that run: [{"id", "title", "owner", "outcome", "deadline", "may_close", "sentence"}].
Result<nlohmann::json> procedures_today_json(Node& node);

}  // namespace liaison
