// SPDX-License-Identifier: Apache-2.0
#include "broker/meters.h"

#include <ctime>

namespace liaison {

namespace {

double thread_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

std::string_view word_of(Stage stage) {
  switch (stage) {
    case Stage::kIdle: return "idle";
    case Stage::kVerify: return "verify";
    case Stage::kStore: return "store";
    case Stage::kSync: return "sync";
    case Stage::kCheckpoint: return "checkpoint";
    case Stage::kServe: return "serve";
    case Stage::kCheck: return "check";
  }
  return "idle";
}

void Histogram::add(double seconds) {
  std::size_t at = 0;
  while (at < kBounds.size() && seconds > kBounds[at]) ++at;
  counts_[at] += 1;
  sum_ += seconds;
}

Stage Meters::enter(Stage stage) {
  const double now = thread_cpu_seconds();
  if (since_ >= 0) cpu_[static_cast<std::size_t>(stage_)] += now - since_;
  since_ = now;
  return std::exchange(stage_, stage);
}

}  // namespace liaison
