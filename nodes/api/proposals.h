// SPDX-License-Identifier: Apache-2.0
// What the node proposes and an officer decides: offers for a request, one joint visit from several plans, the annual review, an extract for the
// public, and which expert is over-booked. Nothing is stored. Node's thread.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/node.h"

namespace liaison {

// `what`: "matches" (record), "joint-visit" (plans, joined by commas), "review" (type, year or from and to, size: of the log; the newest checkpoint's
// when left out), "extract" (records: ID:FIELD,FIELD joined by semicolons, title, language), "bookings" (expert_bookings.h). kInput names the
// parameter; kUnknown.
Result<nlohmann::json> proposal(Node& node, const std::string& what, const std::map<std::string, std::string>& parameters, Now now);

}  // namespace liaison
