// SPDX-License-Identifier: Apache-2.0
// Times and days as people read them: times in the zone of a duty station, days as days ("8-12 March 2027", "March 2027",
// "until 17 January 2014"). Machines get what the API sends. The time zone database is the system's. Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

// kUsage with what to try for a zone that the system does not know.
Result<void> check_zone(const std::string& zone);
// The names of all zones that the system knows.
std::vector<std::string> zone_names();
// "2026-11-23 04:30 EST" from "2026-11-23T09:30:00.000Z"; text of any other form comes back as it is. CHECKs the zone.
std::string people_time(std::string_view rfc3339, const std::string& zone);
// The same to the millisecond: "2026-11-23 04:30:00.123 EST".
std::string people_instant(std::string_view rfc3339, const std::string& zone);
// A component's days by its precision. `start` and `end` are as in the record.
std::string people_days(std::string_view start, std::string_view end, std::string_view precision);
// "2027-03-08" -> "8 March 2027"; "2027-03" -> "March 2027"; any other text as it is.
// Days since 1970-01-01 of that moment in the zone, and the moment at which a day begins there.
std::int64_t day_in_zone(TimeMs at, const std::string& zone);
TimeMs start_of_day(std::int64_t day, const std::string& zone);
std::string people_day(std::string_view date);
// The days of a visit's components, joined by "; ".
std::string people_days_of(const nlohmann::json& components);

}  // namespace liaison
