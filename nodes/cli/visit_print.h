// SPDX-License-Identifier: Apache-2.0
// Visits, findings and the answers to writes, for people. Everything that came from a peer is made printable. Pure
// functions over the API's JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nodes/cli/command.h"
#include "nodes/cli/table.h"

namespace liaison {

std::vector<Column> visit_columns();
std::vector<Column> finding_columns();
// One visit with its answers and findings, a page long.
std::string visit_page(const nlohmann::json& visit, const std::string& zone);
// Who has received and opened what was said of a visit.
std::string status_page(const nlohmann::json& status, const std::string& zone);
// The revisions of a visit, newest last, each with what changed.
std::string history_page(const nlohmann::json& history, const std::string& zone);
// What changed, field by field: {"field": {"from", "to"}}.
std::string changed_lines(const nlohmann::json& changed);
// Why two visits concern each other, and whom to call.
std::string finding_lines(const nlohmann::json& finding, const std::string& own_committee);
// What is said of visits that are too many to be compared: one line for each sentence in `more`.
std::string more_lines(const nlohmann::json& answer);
// "goes to", "allowed by", and the state; one line each.
std::string write_lines(const nlohmann::json& answer);
// "rule p1: the paragraph it rests on", or that no policy is known yet.
std::string ruling_of(const nlohmann::json& answer);

}  // namespace liaison
