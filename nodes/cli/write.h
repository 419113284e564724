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

// Asks, sends, and prints who gets it under which rule. Heeds --draft, --dry-run, --yes and --request-id. The node's own errors.
Result<int> finish_write(const Invocation& typed, const Write& write);
// The Idempotency-Key of --request-id, or one of its own.
std::map<std::string, std::string> write_headers(const Invocation& typed);
// Whether what stands in the place of a record is a draft, such as draft-7.
bool is_draft_id(const std::string& id);
// Changes these fields of a draft that the node keeps, and the revision that it is made on where --revision is given; prints it. `draft` is
// the node's answer to GET /drafts/{id}.
Result<int> finish_draft_change(const Invocation& typed, const Write& options_and_body, const nlohmann::json& draft);
// Those four options, behind the others.
std::vector<Argument> for_write(std::vector<Argument> arguments);

}  // namespace liaison
