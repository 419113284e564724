// SPDX-License-Identifier: Apache-2.0
// What it costs to take in files: three nodes get a third of them each through connectors, three read. Real programs on this machine, an exchange of
// their own in FOLDER, which is made anew. Blocking, some minutes.
#pragma once

#include <cstdint>
#include <filesystem>

#include "schemas/result.h"

namespace liaison {

struct FilesTimes {
  std::uint64_t files = 0;
  double per_s = 0;        // from the first one dropped until each has its result in done/ and its message is accepted
  double page_ms_p95 = 0;  // an officer's page at one of these nodes meanwhile
};

// `programs` holds liaison-broker and liaison-node. kIo, kUnreachable; kInternal when they do not come to an end.
Result<FilesTimes> measure_files(const std::filesystem::path& folder, const std::filesystem::path& programs, std::uint64_t files);

}  // namespace liaison
