// SPDX-License-Identifier: Apache-2.0
// The file that an export writes, and its form.
#pragma once

#include <string>

#include "nodes/cli/command.h"
#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

enum class ExportForm { kCsv, kJson, kCalendar };

// What --format says, or else the ending of FILE; CSV without either. `what` is exported ("a request"), as a calendar only where it `has_days`. kUsage
// names the forms.
Result<ExportForm> export_form_of(const Invocation& typed, const std::string& what, bool has_days);

// Whole or not at all: it is written beside the old one and then takes its name. The file's readers stay who they were; a new one is for its
// owner alone. kIo.
Result<void> write_export(const std::string& file, View bytes);

}  // namespace liaison
