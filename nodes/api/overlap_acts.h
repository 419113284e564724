// SPDX-License-Identifier: Apache-2.0
// What an officer may do through the API with plans that are kept back ("overlap only"), and how they stand among the other pages. Each act is
// one savepoint in the node's step. Node's thread.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/api/act.h"

namespace liaison {

// `fields` are visit fields without `overlap_only`. Errors: Overlaps' and Outbox::submit's; nothing is stored then.
Result<nlohmann::json> plan_hidden(Node& node, const nlohmann::json& fields, const Act& act);
Result<nlohmann::json> withdraw_hidden(Node& node, const std::string& id, const Act& act);
Result<nlohmann::json> disclose_hidden(Node& node, const std::string& id, const nlohmann::json& fields, const Act& act);

// The first page of a list of visits, or a calendar, with the plans that are kept back in their order of days; only when the filter
// `overlap_only` asks for them, so that nobody exports or sends them on by accident.
Result<nlohmann::json> visits_page(Node& node, std::map<std::string, std::string> filters);
Result<nlohmann::json> calendar_with_hidden(Node& node, std::map<std::string, std::string> filters);
// The findings page with those of kind overlap_only on its first page.
Result<nlohmann::json> conflicts_page(Node& node, const std::map<std::string, std::string>& filters);

}  // namespace liaison
