// SPDX-License-Identifier: Apache-2.0
// From the plans of several committees for one State to one joint visit: what an officer would write together by hand, as a proposal that is then
// changed and agreed (S/RES/1977 (2011) 11 and 19). Pure functions over the API's JSON of visits; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "schemas/result.h"

namespace liaison {

// The fields of a visit.joint: the State in common, the days of all, a stage for the first and the last day of each plan's parts, each committee's part
// with its role, and the questions: what the plans aim at, said once where several do. `owner` leads. kInput, naming the plan, for fewer than two plans,
// plans of one committee only, plans without a State in common, one whose days are not known, and one that does not stand any more.
Result<nlohmann::json> joint_visit_fields(const std::string& owner, const std::vector<nlohmann::json>& plans);

}  // namespace liaison
