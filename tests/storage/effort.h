// SPDX-License-Identifier: Apache-2.0
// How much these tests try: the quick tier samples, LIAISON_CAMPAIGN=1 tries everything; LIAISON_SEED chooses the sample.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace liaison {

inline bool whole_campaign() {
  const char* set = std::getenv("LIAISON_CAMPAIGN");
  return set != nullptr && std::string(set) == "1";
}
inline std::uint64_t rounds(std::uint64_t quick, std::uint64_t campaign) { return whole_campaign() ? campaign : quick; }
inline std::uint64_t effort_seed() {
  const char* set = std::getenv("LIAISON_SEED");
  return set == nullptr ? 20261123 : std::strtoull(set, nullptr, 10);
}

}  // namespace liaison
