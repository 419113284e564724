// SPDX-License-Identifier: Apache-2.0
// The API's JSON of visits and answers (nodes/api/README.md) to and from the plain structs. Reading names every wrong
// field and says what to try; nothing is read half: on an error the target is not to be used. Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nodes/domain/audience.h"
#include "schemas/ids.h"
#include "schemas/result.h"
#include "schemas/visit.h"

namespace liaison {

// Reads the fields that are there over `plan`; the others stay. null empties a field that may be empty. The precision of
// a component is what its dates say unless it is given. State names become codes. kInput: "field: what is wrong".
Result<Audience> read_visit_fields(const nlohmann::json& fields, VisitPlan& plan);
// `answer`, `body`, `text`, `contact`, `source`, `unverified`; kInput likewise. True when the answer tells of the past: it
// says `historical`, or names the source where it was read.
Result<bool> read_answer_fields(const nlohmann::json& fields, VisitAnswer& answer);


// What the dates' form says: "2027-03-08" day, "2027-03" month, "2027" year or period, only an end end_day, none unknown.
// A missing end is the start. kInput when the two do not go together.
Result<void> settle_dates(Component& component);

struct State;
// A State as the API prints it.
nlohmann::json state_json(const State& state);
// The visit fields as the API prints them.
nlohmann::json fields_json(const VisitPlan& plan);
// First and last day any component touches; nothing when no day is known.
std::optional<DaySpan> days_of(const VisitPlan& plan);
// The fields that differ, each {"from", "to"}.
nlohmann::json changed_fields(const VisitPlan& before, const VisitPlan& after);
// "2027-03-08 to 2027-03-12", "2027-03", "until 2019-04-25", "2018 to 2023", "days not known"; components joined by "and".
std::string dates_text(const VisitPlan& plan);
std::string dates_text(const Component& component);

}  // namespace liaison
