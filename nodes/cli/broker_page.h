// SPDX-License-Identifier: Apache-2.0
// What a running broker says of itself, for people. Pure function over the control socket's JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace liaison {

// Whether it is ready and why not, the log, the roster, the clock, the connections.
std::string broker_page(const nlohmann::json& status);

}  // namespace liaison
