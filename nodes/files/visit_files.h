// SPDX-License-Identifier: Apache-2.0
// Files of visits in whatever form: CSV (visit_rows.h), JSON as `liaison visit export` writes it, and calendars (icalendar.h). Pure function.
#pragma once

#include <string>
#include <string_view>

#include "nodes/files/visit_rows.h"
#include "schemas/result.h"

namespace liaison {

// A visit as the API's import takes it, with `id`, `revision` and `lead`: what other committees said and what the node found is no part.
nlohmann::json portable_visit(const nlohmann::json& visit);
// By the file's ending, or by what it holds where the ending says nothing. kInput for what cannot be read as a whole; everything else is
// told in the plan's errors.
Result<ImportPlan> plan_of_file(std::string_view text, const std::string& name, const std::string& member, Others others);

}  // namespace liaison
