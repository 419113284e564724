// SPDX-License-Identifier: Apache-2.0
// A Clock that stands still until a test moves it. One thread.
#pragma once

#include "security/clock.h"

namespace liaison {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimeMs wall_ms) : now_{wall_ms, 1'000'000} {}
  Now now() override { return now_; }
  void advance(std::uint64_t ms) { now_.wall_ms += ms, now_.monotonic_ms += ms; }
  // What a person or a time server does: the monotonic clock does not share it.
  void step_wall(std::int64_t ms) { now_.wall_ms = static_cast<TimeMs>(static_cast<std::int64_t>(now_.wall_ms) + ms); }

 private:
  Now now_;
};

}  // namespace liaison
