// SPDX-License-Identifier: Apache-2.0
// Drafts and audit rows for people. Pure functions over the API's JSON; what others wrote is made printable.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nodes/cli/table.h"

namespace liaison {

std::vector<Column> draft_columns();
std::vector<Column> audit_columns(const std::string& zone);
// One draft: what it says, what it would change, who would receive it under which rule, what would be found, and who may release it.
std::string draft_page(const nlohmann::json& draft, const std::string& zone);

}  // namespace liaison
