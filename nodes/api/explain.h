// SPDX-License-Identifier: Apache-2.0
// `GET /explain`: why a committee could or could not see a message, a record, or something that was never sent. Answers what this node can
// know, and says what it cannot. Reads only; node's thread.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/node.h"

namespace liaison {

// Filters: `for` (a committee, needed), `on` (a day, which is its end in UTC, or a time; now when left out), and either `id` (a message or a
// record) or `kind`, `from`, `marking` and `to` (members with commas between them; all others when left out and not named). kInput.
Result<nlohmann::json> explained(Node& node, const std::map<std::string, std::string>& query, Now now);

}  // namespace liaison
