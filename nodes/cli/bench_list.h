// SPDX-License-Identifier: Apache-2.0
// What it costs to compare a consolidated list with the last good version. In this process and its child, on invented lists. Blocking, some seconds.
#pragma once

#include <cstdint>

#include "schemas/result.h"

namespace liaison {

struct ListTimes {
  std::uint64_t entries = 0, changes = 0;   // of the list, and what is found in it
  double bytes = 0;                         // of the file
  double read_ms = 0, compare_ms = 0;       // medians: the file to values, in the child; both versions to their difference
  double whole_ms = 0;                      // the longest that one comparison took, from the bytes to what is told
  double memory_mib = 0;                    // at most: the most that this process held meanwhile, and the most that any child of it ever held
};

// A hundredth of the entries is added, another amended, another removed. kInternal when the difference is not that.
Result<ListTimes> measure_list(std::uint64_t entries);

}  // namespace liaison
