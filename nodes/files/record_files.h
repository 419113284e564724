// SPDX-License-Identifier: Apache-2.0
// Files of records of one kind, in whatever form: CSV (record_cells.h), JSON as the API prints it, and calendars (record_calendar.h) of kinds
// that have days. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "nodes/files/visit_rows.h"
#include "nodes/domain/csv.h"
#include "schemas/record_kind.h"

namespace liaison {

// By the file's ending, or by what it holds where the ending says nothing. kInput for what cannot be read as a whole, a column that is no
// field with the nearest one; everything else is told in the plan's errors. In a row with an id an empty cell says that there is nothing;
// in one without, that nothing is said.
Result<ImportPlan> record_plan_of_file(std::string_view text, const std::string& name, const RecordKind& kind, const std::string& member, Others others);

}  // namespace liaison
