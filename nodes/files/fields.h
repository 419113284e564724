// SPDX-License-Identifier: Apache-2.0
// What stands in the API's JSON, as text. Pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace liaison {

// A string as it is, null as "", a list joined, anything else as JSON.
std::string joined_text(const nlohmann::json& value, std::string_view between);
// The same of what stands at a path: "a.b" goes down into objects; "" where nothing does.
std::string cell_of(const nlohmann::json& item, const std::string& path, std::string_view between = ", ");
// The list under that name; an empty one where there is none.
nlohmann::json list_of(const nlohmann::json& object, const char* name);
// A value as JSON text for machines, with nothing that is not UTF-8.
std::string json_text(const nlohmann::json& value, int indent);

}  // namespace liaison
