// SPDX-License-Identifier: Apache-2.0
#include "broker/clock_watch.h"

namespace liaison {

namespace {

constexpr std::int64_t kStepMs = 60'000;
constexpr std::int64_t kAwayMs = 30LL * static_cast<std::int64_t>(kDayMs);

std::int64_t offset_of(const Now& now) {
  return static_cast<std::int64_t>(now.wall_ms) - static_cast<std::int64_t>(now.monotonic_ms);
}

}  // namespace

void ClockWatch::start(const Now& now, TimeMs last_accept_ms) {
  offset_ms_ = offset_of(now);
  if (last_accept_ms == 0) return;
  const std::int64_t ahead = static_cast<std::int64_t>(now.wall_ms) - static_cast<std::int64_t>(last_accept_ms);
  if (ahead < -kStepMs) {
    reason_ = "the clock stands " + std::to_string(-ahead / 1000) + " s before the last accepted entry";
  } else if (ahead > kAwayMs) {
    reason_ = "the clock stands " + std::to_string(ahead / static_cast<std::int64_t>(kDayMs)) + " days after the last accepted entry";
  }
}

void ClockWatch::observe(const Now& now) {
  const std::int64_t offset = offset_of(now);
  const std::int64_t step = offset - offset_ms_;
  offset_ms_ = offset;
  // A clock that is slewed drifts by less than this between two looks; only a step is an alarm.
  if (step > kStepMs || step < -kStepMs) reason_ = "the clock was stepped by " + std::to_string(step / 1000) + " s";
}

void ClockWatch::confirm(const Now& now) {
  offset_ms_ = offset_of(now);
  reason_.clear();
}

}  // namespace liaison
