// SPDX-License-Identifier: Apache-2.0
// The pair sequences of what others sent us: each sealed message tells how many its sender has addressed to this node, so
// that one the broker kept back leaves a gap. Inside the node's step; survives a crash with it.
#pragma once

#include <map>
#include <optional>
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
  // A number of this sender was seen in a message at this index. kStore.
  Result<Finding> take(const MemberId& sender, std::uint64_t pair_seq, std::uint64_t index, TimeMs now_ms);
  // The sender says that the refused entry at this index used the number. It counts where numbers and entries grow
  // together, so that one entry explains one number. kStore.
  Result<void> explain(const MemberId& sender, std::uint64_t pair_seq, std::uint64_t index, TimeMs now_ms);

  // At most kGapsMax of a sender: beyond, the two oldest become one, in which some numbers are not missing.
  static constexpr std::uint64_t kGapsMax = 64;
  struct Gap {
    MemberId sender;
    std::uint64_t first = 0, last = 0;            // the missing numbers
    std::uint64_t from_index = 0, to_index = 0;   // they must lie between these entries
    TimeMs noticed_ms = 0, looked_ms = 0;
  };
  Result<std::vector<Gap>> gaps();
  bool any_gaps() const { return !gaps_.empty(); }
  Result<void> set_looked(const Gap& gap, TimeMs now_ms);

 private:
  struct Last { std::uint64_t number = 0, index = 0; };
  Result<void> add_gap(const Gap& gap);
  Result<void> drop_gap(const Gap& gap);
  Result<void> merge_oldest(const MemberId& sender);
  Result<std::optional<Gap>> gap_around(const MemberId& sender, std::uint64_t pair_seq);
  Result<void> fill(const Gap& gap, std::uint64_t pair_seq, std::uint64_t index);
  NodeStore& store_;
  std::map<MemberId, Last> last_;
  std::set<MemberId> changed_;
  std::map<MemberId, std::uint64_t> gaps_;   // how many
};

}  // namespace liaison
