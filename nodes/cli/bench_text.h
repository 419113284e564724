// SPDX-License-Identifier: Apache-2.0
// What a search costs at a node that knows 100,000 records in six languages. In this process, on a database of its own in FOLDER/text,
// which is made anew. Blocking, a minute.
#pragma once

#include "nodes/cli/bench_visits.h"

namespace liaison {

struct TextTimes {
  std::vector<PageTime> searches;     // first pages of 50 with their counts
  PageTime put, forget;               // one record more, stored; one piece of forgetting
  double fill_s = 0, forget_s = 0;    // all records; all pieces after one was taken away
  double bytes_per_record = 0;
};
// Every search many times with other words. kIo, kStore.
Result<TextTimes> measure_text(const std::filesystem::path& folder, std::uint64_t records);

}  // namespace liaison
