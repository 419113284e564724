// SPDX-License-Identifier: Apache-2.0
// What the broker counts, as plain numbers: the loop adds, the status page reads between two steps on the same thread.
// CPU seconds are the loop thread's own, booked to the stage it is in. The only place that measures durations; nothing
// is decided by them. Starts at zero with the process.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "schemas/codes.h"
#include "schemas/ids.h"

namespace liaison {

enum class Stage { kIdle, kVerify, kStore, kSync, kCheckpoint, kServe, kCheck };
inline constexpr std::size_t kStages = 7;
std::string_view word_of(Stage stage);

// Counts of durations by upper bound in seconds, as Prometheus shows them.
class Histogram {
 public:
  static constexpr std::array<double, 10> kBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0};
  void add(double seconds);
  const std::array<std::uint64_t, 11>& counts() const { return counts_; }   // the last one: above every bound
  double sum() const { return sum_; }

 private:
  std::array<std::uint64_t, 11> counts_{};
  double sum_ = 0;
};

class Meters {
 public:
  // Books the CPU used since the last call to the stage that ends here. Returns the stage that ended.
  Stage enter(Stage stage);
  double cpu_seconds(Stage stage) const { return cpu_[static_cast<std::size_t>(stage)]; }

  std::map<std::pair<MemberId, std::string>, std::uint64_t> received;   // logged frames by member and kind
  std::map<Code, std::uint64_t> rejected;                               // refusals and refused entries
  std::map<MemberId, std::uint64_t> delivered;                          // full frames served to recipients
  std::map<std::pair<std::string, int>, std::uint64_t> http;            // route, status
  std::uint64_t batches = 0;
  std::uint64_t dropped_payloads = 0;                                   // from keys that are no longer active
  std::uint64_t answers_dropped = 0;                                    // the peer's queue was full
  Histogram append;                                                     // one batch: rows written, before the sync
  Histogram sync;                                                       // one batch: the wait for stable storage

 private:
  Stage stage_ = Stage::kIdle;
  double since_ = -1;
  std::array<double, kStages> cpu_{};
};

// Wall time since construction, for histograms.
class Stopwatch {
 public:
  Stopwatch() : start_(std::chrono::steady_clock::now()) {}
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_;
};

}  // namespace liaison
