// SPDX-License-Identifier: Apache-2.0
// `liaison visit import FILE`: a file of visits, checked as a whole by the node before the first one is stored. Errors stand
// on standard error by line and column, what was created on standard output. A second run with the same --request-id
// creates nothing twice.
#pragma once

#include "nodes/cli/command.h"

namespace liaison {

// kExitOk, or kExitData when rows had errors; errors of the file as a whole as kInput or kUnknown.
Result<int> visit_import(const Invocation& typed);

}  // namespace liaison
