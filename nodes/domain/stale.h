// SPDX-License-Identifier: Apache-2.0
// What a change that was made on an old revision is answered with, so that its officer sees both versions. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace liaison {

// `since`: what the revisions after that one have changed; `yours`: what the change would have changed in it, each as {field: {"from", "to"}}.
// `title was "One" and is "Two", yours says "Three"; note was empty and is "by train"`. At most ten fields, those of `yours` first; long values are cut.
std::string differing_fields(const nlohmann::json& since, const nlohmann::json& yours);

}  // namespace liaison
