// SPDX-License-Identifier: Apache-2.0
// An officer's act as a request to the running node: shown as a dry run and confirmed first when a person is there; a script is taken at its
// word. One thread; keeps nothing.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nodes/cli/node_client.h"

namespace liaison {

struct Write {
  std::map<std::string, std::string> options;   // the API's field -> the option it was typed in, for errors
  std::string method, path;                     // below /api/v1
  nlohmann::json body;
  std::map<std::string, std::string> headers;
};

// Asks, sends, and prints who gets it under which rule. Heeds --dry-run, --yes and --request-id. The node's own errors.
Result<int> finish_write(const Invocation& typed, const Write& write);
// Those three options, behind the others.
std::vector<Argument> for_write(std::vector<Argument> arguments);

}  // namespace liaison
