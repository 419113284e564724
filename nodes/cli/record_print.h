// SPDX-License-Identifier: Apache-2.0
// Records of any kind, for people. Everything that came from a peer is made printable. Pure functions over the API's JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nodes/cli/table.h"

namespace liaison {

std::vector<Column> record_columns();
std::vector<Column> due_columns();
// A part or a list of them in one line, its empty fields left out: "date 2027-01-05, status granted"; "Kyrgyzstan (KGZ), Tajikistan (TJK)".
std::string value_line(const nlohmann::json& value);
// One record with its answers, what names it and what it may become, a page long; empty fields are left out.
std::string record_page(const nlohmann::json& record, const std::string& zone);
// What an act has done besides its own record: recalls, what was kept, whom to tell; empty for most.
std::string further_lines(const nlohmann::json& answer);
// What a kind is: its fields with their meaning, words and limits.
std::string kind_page(const nlohmann::json& kind);

}  // namespace liaison
