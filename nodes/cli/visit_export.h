// SPDX-License-Identifier: Apache-2.0
// Visits as files that import again unchanged: CSV for spreadsheets, JSON for programs, iCalendar (icalendar.h) for calendars.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nodes/cli/command.h"
#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

// A visit as the API's import takes it, with `id`, `revision` and `lead`: what other committees said and what the node found is no part.
nlohmann::json portable_visit(const nlohmann::json& visit);
// The columns of an export in their order, and a visit's row (visit_rows.h reads them).
const std::vector<std::string>& export_columns();
std::vector<std::string> export_cells(const nlohmann::json& visit);

// The whole file or, when it fails, what was there before. A file that is there keeps its mode, so that its readers stay who they were; a new
// one is for its owner alone. kIo and others as write_durably.
Result<void> write_export(const std::string& file, View bytes);

// `liaison visit export`.
Result<int> visit_export(const Invocation& typed);

}  // namespace liaison
