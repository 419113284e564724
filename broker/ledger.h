// SPDX-License-Identifier: Apache-2.0
// The ledger: the Merkle tree over the stored leaves, the watermark, and the newest signed checkpoint. It alone appends
// to the store; nothing that it has not committed may be acknowledged or served. Owned by the gateway. After a crash,
// open() finds the same state again from the store, and adopts rows above the watermark unchanged.
//
// A log of more than `whole_start_max` entries is started from the stored roots of its tiles and the leaves of its end:
// the root that they give must be the watermark's, so that each tile's root is what was once signed. What lies below is
// read by the late check; until it has been there, entries() compares each entry that it returns with its tile.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "broker/late_check.h"
#include "broker/meters.h"
#include "broker/store.h"
#include "schemas/message.h"
#include "security/keys.h"
#include "security/log.h"

namespace liaison {

class Ledger {
 public:
  static constexpr std::uint64_t kWholeStartMax = 100'000;   // read in a fraction of a second, from a cold disk too
  Ledger(Store& store, Meters& meters, SigningKey log_key, std::uint64_t whole_start_max = kWholeStartMax);

  struct Found {
    std::uint64_t size = 0;
    std::uint64_t adopted = 0;                 // rows that lay above the watermark
    TimeMs last_accept_ms = 0;
    std::vector<std::uint64_t> charter;        // indices of rosters and policies
  };
  enum class Opening { kStart, kLook };
  // Compares the root of the log with the watermark. A look reads every leaf and changes nothing. A start then takes the
  // next epoch, adopts what lies above, and stores tiles that are missing. kStore naming the place when the log, its tiles
  // and the watermark do not agree.
  Result<Found> open(Opening opening);
  // The log's name, known from the first roster on; signs what is committed.
  void sign_as(const std::string& origin);

  // The commit story (commit.cc). kStorageFull: nothing has happened and the batch may come again. Any other error: the
  // process must end; the next start decides what became of the batch.
  Result<void> commit(const std::vector<Entry>& entries, const Fold& touched);

  // Committed entries as Store::entries gives them, each with the leaf that the checkpoint names. kStore naming the place.
  Result<std::vector<Entry>> entries(std::uint64_t first, std::size_t count, std::size_t bytes_max);

  // Of what open() did not read.
  LateCheck& late_check() { return late_check_; }
  const LateCheck& late_check() const { return late_check_; }

  // Of the last commit. The note is empty before the first.
  std::uint64_t size() const { return mark_.size; }
  std::uint64_t epoch() const { return mark_.epoch; }
  const Hash& root() const { return mark_.root; }
  const std::string& note() const { return note_; }
  // R1 of a committed entry under the newest checkpoint.
  Result<Acceptance> acceptance(const Leaf& leaf, std::string rule, std::string basis);
  // From the tree of the first `end` leaves to the newest checkpoint.
  Result<std::vector<Hash>> consistency(std::uint64_t end) { return tree_.consistency(end, mark_.size); }

 private:
  Result<void> compare_rows(const std::vector<Entry>& entries);
  Result<void> advance_to(std::uint64_t size);
  void believe(std::vector<TileRow> tiles, Found& found);
  Result<void> read_leaves(Found& found);
  Result<void> compare_root(const Watermark& mark);
  Result<void> compare_tiles(const std::vector<TileRow>& tiles) const;
  Result<void> adopt(std::uint64_t size);
  void grow(const Hash& leaf_hash, LeafClass leaf_class);
  Result<void> store_tiles();
  void add_tiles();
  void sign();

  Store& store_;
  Meters& meters_;
  SigningKey log_key_;
  std::uint64_t whole_start_max_;
  std::string origin_;
  Tree tree_;
  LateCheck late_check_;
  Bytes others_;                                             // of the tile that is being filled
  std::map<std::uint64_t, Bytes> closed_;                    // tiles that the store was not given yet, and their others
  Watermark mark_;
  std::string note_;
};

}  // namespace liaison
