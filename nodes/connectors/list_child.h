// SPDX-License-Identifier: Apache-2.0
// A function in a child process that can do nothing but compute: no descriptors but the pipe of its answer, so much memory and time, and system calls
// for memory alone. It has let go of this process's keys. Where the kernel cannot give all of that, nothing is computed. Linux. Any thread.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "schemas/result.h"

namespace liaison {

struct ChildLimits {
  std::size_t memory_bytes = 0;   // more than this process has
  std::size_t answer_bytes = 0;   // a longer answer is none
  int seconds = 0;                // of computing
  int wall_seconds = 120;         // of waiting for it
};

// What the function returns in the child. It must use nothing that another thread may hold locked: memory, and no cryptography. kSize when it needs
// more memory, computing or room for its answer than the limits, which it will need again. kIo for what may pass: there is no child to be had, it cannot
// be shut in, a signal ended it, or it was not done in time. kHalted when asked to stop.
Result<std::string> in_child(const std::function<std::string()>& function, const ChildLimits& limits, std::stop_token stop);

}  // namespace liaison
