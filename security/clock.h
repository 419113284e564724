// SPDX-License-Identifier: Apache-2.0
// The Clock seam: the only way time comes in. Intervals use monotonic time, records wall time.
#pragma once

#include "schemas/ids.h"

namespace liaison {

struct Now { TimeMs wall_ms = 0; std::uint64_t monotonic_ms = 0; };

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Now now() = 0;
};

class SystemClock final : public Clock {
 public:
  Now now() override;
};

}  // namespace liaison
