// SPDX-License-Identifier: Apache-2.0
// Visits as files that import again unchanged: CSV for spreadsheets, JSON for programs, iCalendar (icalendar.h) for calendars.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nodes/cli/command.h"
#include "nodes/files/visit_files.h"
#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

// The columns of an export in their order, and a visit's row (visit_rows.h reads them).
const std::vector<std::string>& export_columns();
std::vector<std::string> export_cells(const nlohmann::json& visit);

// `liaison visit export`.
Result<int> visit_export(const Invocation& typed);

}  // namespace liaison
