// SPDX-License-Identifier: Apache-2.0
// An opened body as JSON text for a reader of a proof file. Knows the kinds of this version. Pure function.
#pragma once

#include <string>
#include <string_view>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

// Indented JSON; "" for a kind or schema that this version does not know. E_BODY for a body that is not what its kind says.
Result<std::string> opened_body(std::string_view kind, const Hash& schema, View body);

}  // namespace liaison
