// SPDX-License-Identifier: Apache-2.0
// The late check: what a start from tile roots has not read is read afterwards, from the first entry on, in steps small
// enough to stand between two rounds of the loop. Rows, bodies and leaves are compared with one another, and leaves with
// the tiles that were believed. Owned by the ledger; memory only: the next start begins anew.
#pragma once

#include <vector>

#include "broker/store.h"

namespace liaison {

class LateCheck {
 public:
  static constexpr std::size_t kEntriesAtOnce = 64;
  static constexpr std::size_t kBytesAtOnce = 256 * 1024;

  explicit LateCheck(Store& store) : store_(store) {}

  // These tiles, from tile 0 on, were believed without reading their entries.
  void begin(std::vector<TileRow> believed);
  // Reads at most kEntriesAtOnce entries, and no more once kBytesAtOnce of bodies are read. True while there are more. kStore
  // naming the place of damage: the process must end.
  Result<bool> step();

  bool done() const { return at_ >= end(); }
  std::uint64_t end() const { return believed_.size() * kTileLeaves; }
  // Entries in whole tiles that are as they should be.
  std::uint64_t checked() const { return at_ - leaves_.size(); }
  // Whether this entry was neither read at the start nor checked since.
  bool awaits(std::uint64_t index) const { return index >= checked() && index < end(); }

 private:
  Result<void> compare_tile();

  Store& store_;
  std::vector<TileRow> believed_;
  std::uint64_t at_ = 0;
  std::vector<Hash> leaves_;   // of the tile that is being read
  Bytes others_;
};

}  // namespace liaison
