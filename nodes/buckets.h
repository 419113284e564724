// SPDX-License-Identifier: Apache-2.0
// A token bucket: so many a second, so many at once. The node keeps the same buckets as the broker, so that a sequence
// is given only when the broker will take it. Monotonic milliseconds are handed in; after a crash it starts full, and
// the broker's answer corrects it.
#pragma once

#include <algorithm>
#include <cstdint>

namespace liaison {

class TokenBucket {
 public:
  TokenBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}
  // True and one token less, or false and nothing taken.
  bool take(std::uint64_t monotonic_ms) {
    if (!ready(monotonic_ms)) return false;
    tokens_ -= 1;
    return true;
  }
  bool ready(std::uint64_t monotonic_ms) {
    if (!started_ || monotonic_ms > filled_ms_) {
      if (started_) tokens_ = std::min(burst_, tokens_ + per_second_ * static_cast<double>(monotonic_ms - filled_ms_) / 1000.0);
      filled_ms_ = monotonic_ms;
      started_ = true;
    }
    return tokens_ >= 1;
  }
  // When there will be one, as far as is known now; 0: there is one.
  std::uint64_t ready_at() const {
    return tokens_ >= 1 ? 0 : filled_ms_ + static_cast<std::uint64_t>((1 - tokens_) * 1000.0 / per_second_) + 1;
  }
  // The broker says that there is none: it knows better.
  void empty() { tokens_ = 0; }

 private:
  double per_second_, burst_, tokens_;
  std::uint64_t filled_ms_ = 0;
  bool started_ = false;
};

}  // namespace liaison
