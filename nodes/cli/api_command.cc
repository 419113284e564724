// SPDX-License-Identifier: Apache-2.0
// `liaison api`: the description of the node's local API, for programs.
#include "nodes/api/openapi.h"
#include "nodes/cli/command.h"

namespace liaison {
namespace {

Result<int> api(const Invocation& typed) {
  typed.console().out << openapi_text();
  return kExitOk;
}

}  // namespace

std::vector<Command> api_commands() {
  return {
      {"api",
       "the node's local API as an OpenAPI 3.1 document",
       {},
       api,
       {"liaison api"},
       {"It is that of this program; the node answers GET /api/v1/openapi.json with its own. It is made from the pages of the kinds of record and from the "
        "table of routes that the node itself uses."}}};
}

}  // namespace liaison
