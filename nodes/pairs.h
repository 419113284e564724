// SPDX-License-Identifier: Apache-2.0
// The pair sequences of what others sent us: each sealed message tells how many its sender has addressed to this node, so
// that one the broker kept back leaves a gap. Inside the node's step; survives a crash with it.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "nodes/node_store.h"

namespace liaison {

class PairsIn {
 public:
  explicit PairsIn(NodeStore& store) : store_(store) {}
  Result<void> load();
  // Writes the last numbers that changed; once for a step, however many messages it took.
  Result<void> save();

  enum class Finding { kNext, kFillsGap, kOpensGap, kDuplicate };
  // A number of this sender was seen: in a message at this index, or explained by the sender. kStore.
  Result<Finding> take(const MemberId& sender, std::uint64_t pair_seq, std::uint64_t index, TimeMs now_ms);

  struct Gap {
    MemberId sender;
    std::uint64_t first = 0, last = 0;            // the missing numbers
    std::uint64_t from_index = 0, to_index = 0;   // they must lie between these entries
    TimeMs noticed_ms = 0, looked_ms = 0;
  };
  Result<std::vector<Gap>> gaps();
  bool any_gaps() const { return gaps_ > 0; }
  Result<void> set_looked(const Gap& gap, TimeMs now_ms);

 private:
  struct Last { std::uint64_t number = 0, index = 0; };
  Result<void> add_gap(const Gap& gap);
  Result<Finding> fill(const MemberId& sender, std::uint64_t pair_seq);
  NodeStore& store_;
  std::map<MemberId, Last> last_;
  std::set<MemberId> changed_;
  std::uint64_t gaps_ = 0;
};

}  // namespace liaison
