// SPDX-License-Identifier: Apache-2.0
// The fields of a kind of record as options of a command, and what was typed as the API's fields: the kind's page says what there is. Pure.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nodes/cli/command.h"
#include "schemas/record_kind.h"

namespace liaison {

// "--area" of the field `areas`, "--circulated-on" of `circulated_on`: a list is given one by one.
std::string option_of(const RecordField& field);
std::vector<Argument> field_arguments(const RecordKind& kind, bool required);
// The API's field -> its option.
std::map<std::string, std::string> field_options(const RecordKind& kind);
// What was typed. A text that begins with @ is read from the file named behind it. kUsage, kInput (no such file).
Result<nlohmann::json> typed_fields(const Invocation& typed, const RecordKind& kind);

}  // namespace liaison
