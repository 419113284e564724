// SPDX-License-Identifier: Apache-2.0
// Standing interests through the API: a search that the node keeps, and what of it is new since somebody last looked.
// New is a visit or record whose newest revision came into the log after that, or is only queued here; what was
// recalled is never among them. Node's thread, inside its step.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/api/act.h"
#include "nodes/interests.h"

namespace liaison {

// `fields`: title, and at least one of text, state, kind, committee. What is there already counts as seen. kInput as a
// search would; kQuota.
Result<nlohmann::json> make_interest(Node& node, const nlohmann::json& fields, const Act& act);
// `fields`: log_size, as the page that was looked at gives it; that of now when left out. kUnknown, kInput.
Result<nlohmann::json> mark_interest_seen(Node& node, const std::string& number, const nlohmann::json& fields,
                                          const Act& act);
Result<nlohmann::json> remove_interest(Node& node, const std::string& number, const nlohmann::json& fields,
                                       const Act& act);

// All of them, each with how many are new.
Result<nlohmann::json> interests_json(Node& node, const std::map<std::string, std::string>& query);
// One, with what is new, the newest changes first. Filters: limit, cursor. kUnknown, kInput.
Result<nlohmann::json> shown_interest(Node& node, const std::string& number,
                                      const std::map<std::string, std::string>& query);
// Those with something new.
Result<nlohmann::json> interests_today_json(Node& node);

}  // namespace liaison
