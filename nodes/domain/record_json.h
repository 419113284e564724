// SPDX-License-Identifier: Apache-2.0
// The API's JSON of records (nodes/api/README.md) to and from their plain values, whatever their kind: the kind's page says what there is.
// Reading names every wrong field and says what to try; on an error the target is not to be used. Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/domain/visit_json.h"
#include "schemas/record.h"

namespace liaison {

// Reads the fields that are there over `record`; the others stay; null empties one. States may be given by name. kInput.
Result<Audience> read_record_fields(const nlohmann::json& fields, Record& record);
// `answer`, `text`, `refers_to`, `contact`, `source`, `unverified`; kInput likewise.
Result<void> read_record_answer(const nlohmann::json& fields, const RecordKind& kind, RecordAnswer& answer);

// All fields as the API prints them, empty ones too; States as {"alpha3", "name"}.
nlohmann::json record_fields_json(const Record& record);
// The fields that differ, each {"from", "to"}.
nlohmann::json changed_record_fields(const Record& before, const Record& after);
// What a kind is, for people and for programs: its fields with meaning, form, limits and words, and its answers.
nlohmann::json record_kind_json(const RecordKind& kind);
// First and last day that the record speaks of: of its field `begins`, `dated`, `due` or the like, as the page's first date field
// says; nothing when no day is known.
std::optional<DaySpan> record_days(const Record& record);

}  // namespace liaison
