// SPDX-License-Identifier: Apache-2.0
// What an officer waits for at a node that knows 10,000 visits: each page, and the findings of one plan more. In this process, on a
// database of its own in FOLDER/visits, which is made anew. Blocking, some seconds.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "schemas/result.h"

namespace liaison {

inline constexpr std::uint64_t kBenchVisits = 10'000;

struct PageTime {
  std::string key, what;
  double p50_ms = 0, p95_ms = 0, max_ms = 0;
};
// The three committees' visits of twenty years to all States, with answers to every tenth; then each page many times with other
// parameters, and plans one after the other. The last one is the plan. kIo, kStore.
Result<std::vector<PageTime>> measure_pages(const std::filesystem::path& folder, std::uint64_t visits);

}  // namespace liaison
