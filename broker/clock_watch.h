// SPDX-License-Identifier: Apache-2.0
// Watches the broker's wall clock (PROTOCOL 7): after a step of more than 60 s that the monotonic clock does not share,
// or a start at a time that does not fit the log, nothing is accepted until an operator confirms the clock. Memory only:
// a start judges anew.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "security/clock.h"

namespace liaison {

class ClockWatch {
 public:
  // At start: now against the last accept_time (0 when the log is empty).
  void start(const Now& now, TimeMs last_accept_ms);
  // At every step of the loop.
  void observe(const Now& now);
  // The operator says that the clock is right.
  void confirm(const Now& now);
  bool halted() const { return !reason_.empty(); }
  // Why, as a sentence; empty when the clock is trusted.
  const std::string& reason() const { return reason_; }

 private:
  std::int64_t offset_ms_ = 0;   // wall - monotonic, when last looked at
  std::string reason_;
};

}  // namespace liaison
