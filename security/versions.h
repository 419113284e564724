// SPDX-License-Identifier: Apache-2.0
// Which program this is and what it stands on, for whoever reports a fault or looks for a machine that was not updated. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace liaison {

// Libraries by name: the version that this process runs with, and for FlatBuffers, which is headers alone, was built with.
std::vector<std::pair<std::string, std::string>> library_versions();
// What `--version` prints: name and version, protocol, and a line for each library; no newline at the end.
std::string version_page(std::string_view program, std::string_view version);

}  // namespace liaison
