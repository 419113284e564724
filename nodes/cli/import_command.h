// SPDX-License-Identifier: Apache-2.0
// `liaison visit import FILE` and `liaison record import KIND FILE`: a file of records, checked as a whole by the node before the first one is
// stored. Errors stand on standard error by line and column, what was created on standard output. A second run with the same --request-id
// creates nothing twice.
#pragma once

#include <functional>

#include "nodes/cli/command.h"
#include "nodes/files/visit_rows.h"

namespace liaison {

// What a file's rows become.
struct ImportOf {
  std::string noun;         // "visit": counted as "3 visits"
  std::string path;         // the API's, below /api/v1: "/visits/import"
  std::string afterwards;   // where more is to be seen when it is stored; may be empty
  std::function<Result<ImportPlan>(std::string_view text, const std::string& file, const std::string& member, Others others)> plan;
};
// kExitOk, or kExitData when rows had errors; errors of the file as a whole as kInput or kUnknown. Heeds --historical, --mine-only,
// --keep-going, --dry-run, --yes and --request-id.
Result<int> import_file(const Invocation& typed, const std::string& file, const ImportOf& of);
// Those options.
std::vector<Argument> for_import(std::vector<Argument> arguments, const std::string& plural);

Result<int> visit_import(const Invocation& typed);

}  // namespace liaison
