// SPDX-License-Identifier: Apache-2.0
// JSON from a file, taken with bounds: a list is cut into its entries first, so that a wrong one is told by its number and none can
// be nested so deeply that reading or writing it would end the program. Pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "schemas/result.h"

namespace liaison {

// The entries of a list, unread. kInput for what is no list, one of more than 100,000 entries, and an entry of more than 512 KiB.
Result<std::vector<std::string_view>> json_entries(std::string_view text);

// One object. kInput for any other text, and for more than 16 levels.
Result<nlohmann::json> json_object(std::string_view text);

}  // namespace liaison
