// SPDX-License-Identifier: Apache-2.0
// The audit rows as the API prints them: who did what, when, to which record; never with content. Reads only; node's thread.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/node.h"

namespace liaison {

// Newest first. Filters: event ("visit.planned", or its part before the dot), by (a user's number or name), about (the id of a record or draft,
// or a kind), since, until (a day or a time); limit, cursor. kInput for an event that there is not, and for what is no filter.
Result<nlohmann::json> audit_page(Node& node, const std::map<std::string, std::string>& query);

}  // namespace liaison
