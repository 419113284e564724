// SPDX-License-Identifier: Apache-2.0
// The ledger: the Merkle tree over the stored leaves, the watermark, and the newest signed checkpoint. It alone appends
// to the store; nothing that it has not committed may be acknowledged or served. Owned by the gateway. After a crash,
// open() finds the same state again from the store, and adopts rows above the watermark unchanged.
#pragma once

#include <string>
#include <vector>

#include "broker/meters.h"
#include "broker/store.h"
#include "schemas/message.h"
#include "security/keys.h"
#include "security/log.h"

namespace liaison {

class Ledger {
 public:
  Ledger(Store& store, Meters& meters, SigningKey log_key);

  struct Found {
    std::uint64_t size = 0;
    std::uint64_t adopted = 0;                 // rows that lay above the watermark
    TimeMs last_accept_ms = 0;
    std::vector<std::uint64_t> charter;        // indices of rosters and policies
  };
  enum class Opening { kStart, kLook };
  // Reads every leaf and compares the root at the watermark. A start then takes the next epoch and adopts what lies above;
  // a look changes nothing. kStore naming the place when the log and the watermark do not agree.
  Result<Found> open(Opening opening);
  // The log's name, known from the first roster on; signs what is committed.
  void sign_as(const std::string& origin);

  // The commit story (commit.cc). kStorageFull: nothing has happened and the batch may come again. Any other error: the
  // process must end; the next start decides what became of the batch.
  Result<void> commit(const std::vector<Entry>& entries, const Fold& touched);

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
  Result<void> read_leaves(std::uint64_t size, Found& found);
  Result<void> adopt(std::uint64_t size);
  void sign();

  Store& store_;
  Meters& meters_;
  SigningKey log_key_;
  std::string origin_;
  Tree tree_;
  Watermark mark_;
  std::string note_;
};

}  // namespace liaison
