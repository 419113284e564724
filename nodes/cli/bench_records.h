// SPDX-License-Identifier: Apache-2.0
// What an officer waits for at a node that knows 100,000 records of all kinds, a tenth of them visits: the pages as the API answers them, the check of one
// plan more, and the views made anew from the log. In this process, with a node.db of its own in FOLDER/records, which is made anew. Blocking, minutes.
#pragma once

#include "nodes/cli/bench_exchange.h"
#include "nodes/cli/bench_visits.h"

namespace liaison {

struct RecordTimes {
  std::vector<PageTime> pages;          // each asked for many times with other parameters
  PageTime plan;                        // the check of an ordinary plan, as a dry run does it, against all visits
  std::uint64_t visits = 0, messages = 0;
  double fold_s = 0;                    // Node::rebuild: every stored frame opened and folded
  double bytes_per_record = 0;          // of node.db, the sealed frames included
  double compare_ms = 0;                // all that two nodes reckon for one plan that is kept back
  double compare_10k_ms = 0;            // 10,000 States and weeks hidden
};
// `folder` was made by make_bench_folder. kIo, kStore.
Result<RecordTimes> measure_records(const BenchFolder& folder, std::uint64_t records);

}  // namespace liaison
