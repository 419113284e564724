// SPDX-License-Identifier: Apache-2.0
// What the printable pages of a visit and of a State say, in the language that was asked for. Words of officers stay as they were written,
// and the sentences of findings are English. Pure functions over the API's JSON (nodes/api/README.md).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nodes/cli/paper.h"

namespace liaison {

// Who prints, when, and how: `member` is the committee, `zone` that of the times, checked before.
struct PaperMaking { Language language = Language::kEnglish; std::string member; TimeMs at_ms = 0; std::string zone; };

Paper visit_paper(const nlohmann::json& visit, const PaperMaking& making);
// `state` as GET /states/{name} has it; `visits` all visits there and `records` all other records that concern it, newest days first, as lists
// have them. Each kind of record is a section of its own.
Paper state_paper(const nlohmann::json& state, const nlohmann::json& visits, const nlohmann::json& records, const PaperMaking& making);

}  // namespace liaison
