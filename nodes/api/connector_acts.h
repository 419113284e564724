// SPDX-License-Identifier: Apache-2.0
// Connectors as the API shows them, and what officers and operators tell them. Node's thread.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "nodes/api/act.h"
#include "nodes/connectors/connectors.h"

namespace liaison {

// GET /connectors, /connectors/{name}, /connectors/{name}/items, /connectors/{name}/tried. `connectors` may be null. kUnknown, kInput.
Result<nlohmann::json> connector_answer(Node& node, Routes& routes, const Connectors* connectors, const std::vector<std::string>& path,
                                        const std::map<std::string, std::string>& query, Now now);
// POST /connectors/{name}/run|test|pause|resume and /connectors/{name}/items/{number}/again. Each but a test has its audit row. kUnknown, kTransition.
Result<nlohmann::json> tell_connector(Node& node, Connectors* connectors, const std::vector<std::string>& path, const nlohmann::json& body, const Act& act);

}  // namespace liaison
