// SPDX-License-Identifier: Apache-2.0
// What an officer begins the day with (README.md beside this). Reads only; node's one thread.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/node.h"

namespace liaison {

// `since` (a day or a time) and `day` (the officer's own day; today in UTC when left out). Beside what the visits say: own messages that
// some committee has not received yet, over-booked experts, standing interests with something new, and how many alarms are open. kInput for what
// is no day or time.
Result<nlohmann::json> today_json(Node& node, const std::map<std::string, std::string>& query, Now now);

}  // namespace liaison
