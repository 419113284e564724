// SPDX-License-Identifier: Apache-2.0
// What a person's shell reads once, to ask `liaison __complete` (completion.h) at each Tab. The scripts know nothing of the
// commands.
#pragma once

#include <string_view>
#include <vector>

namespace liaison {

const std::vector<std::string_view>& shells();
// Empty for a shell that is not known.
std::string_view shell_script(std::string_view shell);

}  // namespace liaison
