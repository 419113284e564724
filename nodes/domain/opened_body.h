// SPDX-License-Identifier: Apache-2.0
// An opened body as JSON: for a reader of a proof file, and for what is forwarded to other systems. Knows the kinds of this version. Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

// The same as opened_body, of a body whose schema is this version's; null for a kind that it does not know.
Result<nlohmann::json> opened_body_json(std::string_view kind, View body);
// The names that can stand in it; none for a kind that is not forwarded (overlap.*) or not known.
std::vector<std::string> opened_fields(std::string_view kind);
// Indented JSON; "" for a kind or schema that this version does not know. E_BODY for a body that is not what its kind says.
Result<std::string> opened_body(std::string_view kind, const Hash& schema, View body);

}  // namespace liaison
