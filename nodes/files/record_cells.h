// SPDX-License-Identifier: Apache-2.0
// A record of any kind as a row of a spreadsheet, and back: one column for each field of the kind's page. Form is checked here; what the words
// mean is the node's to judge. Pure functions.
//
//   text, word, date, number   as it is; a number that is not said is an empty cell
//   flag                       yes or no
//   State                      its alpha-3 code; a name is read, too
//   list                       its entries joined by ";"; `\;` where a text has one of its own
//   part                       name=value,name=value; as JSON where a value has marks of its own
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "schemas/record_kind.h"
#include "schemas/result.h"

namespace liaison {

// All that an export of this kind has, in its order: id, revision, owner, the fields, marking, to.
std::vector<std::string> record_columns_of(const RecordKind& kind);
// The field of that name, of the head or of the kind; null when there is none.
const RecordField* record_field(const RecordKind& kind, std::string_view name);

// One text that may be anything; the others have words, forms or marks.
bool is_free_text(const RecordField& field);

// A record as an import takes it and an export writes it: id, kind, revision, owner, all fields, marking, and `to` where that is `named`.
// What other committees said, and where the message stands, is no part.
nlohmann::json portable_record(const RecordKind& kind, const nlohmann::json& record);
std::vector<std::string> record_cells(const RecordKind& kind, const nlohmann::json& portable);

// The value in a cell that is not empty. kInput.
Result<nlohmann::json> value_in_cell(const RecordField& field, const std::string& cell);

}  // namespace liaison
