// SPDX-License-Identifier: Apache-2.0
#include "broker/late_check.h"

#include <algorithm>

namespace liaison {

void LateCheck::begin(std::vector<TileRow> believed) {
  believed_ = std::move(believed);
  at_ = 0;
}

Result<bool> LateCheck::step() {
  if (done()) return false;
  const std::size_t count = std::min<std::size_t>(kEntriesAtOnce, kTileLeaves - leaves_.size());
  const std::vector<Entry> entries = TRY(store_.entries(at_, count, kBytesAtOnce));
  if (entries.empty()) return fail(Code::kStore, place_of(at_) + ": the row is missing", "run liaison-broker --fsck");
  for (const Entry& entry : entries) {
    if (!entry.is_frame()) others_.push_back(static_cast<std::uint8_t>(leaves_.size()));
    leaves_.push_back(leaf_hash(encode_leaf(entry.leaf)));
    at_ += 1;
  }
  if (leaves_.size() == kTileLeaves) TRY(compare_tile());
  return !done();
}

Result<void> LateCheck::compare_tile() {
  const std::uint64_t first = at_ - kTileLeaves;
  const TileRow& believed = believed_[first / kTileLeaves];
  if (tile_root(leaves_) != believed.root || others_ != believed.others) {
    return fail(Code::kStore, "the entries from " + std::to_string(first) + " to " + std::to_string(at_ - 1) +
                                  " are not those that the checkpoint names", "run liaison-broker --fsck, and restore the folder from its last good copy");
  }
  leaves_.clear();
  others_.clear();
  return {};
}

}  // namespace liaison
