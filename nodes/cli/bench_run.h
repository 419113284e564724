// SPDX-License-Identifier: Apache-2.0
// The whole bench: the machine's limits, then the exchange on it, one phase after the other in one run. Blocking, some minutes.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "schemas/result.h"

namespace liaison {

struct BenchPlan {
  std::filesystem::path folder;      // made, and removed at the end
  std::filesystem::path programs;    // where liaison-broker is
  std::uint64_t messages = 100'000;  // of the throughput phase, and again of the absence
  std::uint64_t one_by_one = 500;
  std::uint64_t paced = 6'000;       // at 100 a second
  std::uint64_t texts = 100'000;     // records to search
  std::uint64_t records = 100'000;   // of all kinds in one node
  double limits_s = 1.5;             // for each bare rate
  bool visits_only = false;          // what officers wait for, and nothing of the exchange
  bool text_only = false;            // searches, and nothing else
  std::uint64_t files = 10'000;      // dropped at connectors
  bool records_only = false;         // the pages of a node with records of all kinds, and nothing else
  bool connectors_only = false;      // the exchange's rate, files taken in beside it, and the Consolidated List
};

// A figure with what it is to reach: `bound` is the goal in the same unit, `at_least` which side is good; no bound where it only informs.
struct Figure {
  std::string key, what, unit;
  double value = 0;
  double bound = 0;
  enum class Side { kInforms, kAtLeast, kAtMost } side = Side::kInforms;
  std::string goal;   // how the bound came about
  bool good() const { return side == Side::kInforms || (side == Side::kAtLeast ? value >= bound : value <= bound); }
};

// Says what it is doing through `say`. kIo, kUnreachable, kStore and whatever a node stopped with.
Result<std::vector<Figure>> run_bench(const BenchPlan& plan, const std::function<void(const std::string&)>& say);

}  // namespace liaison
