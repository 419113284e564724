// SPDX-License-Identifier: Apache-2.0
// Who has received and opened what was said of a visit, and when: from this node's own deliveries and the log. Reads only; node's one
// thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/node.h"

namespace liaison {

// {"id", "lead", "messages": [{"what": "revision 1" | "answer (joins)" | "recall", "from", "message_id", "index", "accepted_at", "state",
// "deliveries": [{"member", "state", "verdict", "at"}]}]}, in log order, what is queued last. `state` of a delivery: "waiting", "opened",
// "not_taken", "left". The deliveries of others' messages are known to their senders only: here stands when this node opened them.
// kUnknown, kStore.
Result<nlohmann::json> visit_status_json(Node& node, const std::string& record_id);
Result<nlohmann::json> record_status_json(Node& node, const std::string& record_id);

}  // namespace liaison
