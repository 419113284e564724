// SPDX-License-Identifier: Apache-2.0
// What experts are bound to and where one is over-booked, as the API prints it (README.md beside this). Reads only;
// node's thread.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/node.h"

namespace liaison {

// Filters: expert (one record), committee, from, to; limit, cursor. Of the places those that are bound to something in
// these days, in the order of their ids. kInput, kUnknown.
Result<nlohmann::json> bookings_page(Node& node, const std::map<std::string, std::string>& query, Now now);
// What is over-booked on this day or later, the first days first: at most 20, and whether there is more.
Result<nlohmann::json> over_booked_json(Node& node, std::int64_t today);

}  // namespace liaison
