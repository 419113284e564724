// SPDX-License-Identifier: Apache-2.0
// A webhook receiver that is away for a day: the connector of a node goes on trying under a clock that this bench moves, then the receiver is there and
// gets what has been waiting. Real messages of the bench's exchange, a real node.db, HTTP over loopback, each signature checked by the receiver.
#pragma once

#include <cstdint>

#include "nodes/cli/bench_exchange.h"

namespace liaison {

struct ReceiverTimes {
  std::uint64_t in_vain = 0;        // tries while nobody answered
  std::uint64_t missing = 0;        // events that never came
  std::uint64_t twice = 0;          // that came again, or that no key has signed
  std::uint64_t out_of_order = 0;   // that came before an older one of the same record
  double per_s = 0;                 // from the first that it took to the last
};

// The node of `member` has at least `messages` messages from the log index `from` on; no other runs on its folder. Blocking, some seconds. kIo, kStore;
// kInternal when what waits is not handed over in two days.
Result<ReceiverTimes> measure_receiver(const BenchFolder& folder, const std::string& member, std::uint64_t from, std::uint64_t messages);

}  // namespace liaison
