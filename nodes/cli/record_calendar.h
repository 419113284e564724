// SPDX-License-Identifier: Apache-2.0
// Records that take place on days (their kind's page has `begins`, which is needed, `ends`, and `places` or a list of stages with a `place`,
// as a joint visit's itinerary) as entries of a calendar, and back.
// Pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nodes/cli/icalendar.h"
#include "schemas/record_kind.h"

namespace liaison {

bool has_calendar(const RecordKind& kind);

// The whole file, of records as the node prints them. The same records give the same bytes. Each is an all-day event (DTEND is the day after
// the last one) with UID <record>@liaison, SEQUENCE one less than the revision, and as DTSTAMP when the log accepted it; one of which not even
// the month is known is a journal entry without days. X-LIAISON-RECORD carries all that an import needs.
std::string record_calendar(const RecordKind& kind, const nlohmann::json& records);
// Their entries alone, to stand in another calendar.
std::string record_entries(const RecordKind& kind, const nlohmann::json& records);

// The record of an entry that such a file has, which must lie where the record says: kInput when a calendar program moved it. Of another
// calendar's event: title, days, place, host State (at the end of the place) and note; its type is `other`.
Result<nlohmann::json> record_of_entry(const CalendarEntry& entry, const RecordKind& kind);

}  // namespace liaison
