// SPDX-License-Identifier: Apache-2.0
// The local API as an OpenAPI 3.1 document: its paths from the table of routes, the schemas of records from the kinds' pages, all others from
// schemas.json beside this, which is compiled in. The same program gives the same bytes. Pure functions; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace liaison {

const nlohmann::json& openapi_document();
// As GET /openapi.json answers.
const std::string& openapi_text();

}  // namespace liaison
