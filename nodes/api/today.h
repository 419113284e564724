// SPDX-License-Identifier: Apache-2.0
// What an officer begins the day with (README.md beside this). Reads only; node's one thread.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/node.h"

namespace liaison {

// The day at the committee's duty station (node.station).
std::int64_t day_there(const Node& node, Now now);

// `since` (a day or a time) and `day` (the officer's own day; that at the duty station when left out). Beside what the visits say: other records that
// changed, what is due in the next two weeks or overdue, own messages that
// some committee has not received yet, over-booked experts, standing interests with something new, and how many alarms are open. kInput for what
// is no day or time.
Result<nlohmann::json> today_json(Node& node, const std::map<std::string, std::string>& query, Now now);

}  // namespace liaison
