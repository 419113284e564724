// SPDX-License-Identifier: Apache-2.0
// How often a page of the bench is asked for, and what its times come to.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "nodes/cli/bench_visits.h"

namespace liaison {

inline constexpr int kBenchRounds = 200;

using SteadyClock = std::chrono::steady_clock;

inline double ms_since(SteadyClock::time_point start) { return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count(); }

// The median, the time that 95 of 100 keep within, and the longest. `times` in ms, at least one.
inline PageTime time_of(std::string key, std::string what, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) { return times[std::min(times.size() - 1, static_cast<std::size_t>(share * static_cast<double>(times.size())))]; };
  return {std::move(key), std::move(what), at(0.5), at(0.95), times.back()};
}

}  // namespace liaison
