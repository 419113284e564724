// SPDX-License-Identifier: Apache-2.0
// The commit story, the one way an entry becomes part of the log. A failure after the first step leaves rows above the
// watermark, which no one has been told of; the next start adopts them.
#include "broker/ledger.h"

namespace liaison {

Result<void> Ledger::commit(const std::vector<Entry>& entries, const Fold& touched) {
  // 1. The rows and the fold's rows, in one transaction, on stable storage.
  TRY(store_.append(entries, touched));

  // 2. What the store gives back is what was meant: a check of memory before anything is signed.
  meters_.enter(Stage::kCheckpoint);
  TRY(compare_rows(entries));
  for (const Entry& entry : entries) grow(leaf_hash(encode_leaf(entry.leaf)), entry.leaf.leaf_class);

  // 3. The watermark, compared and swapped, on stable storage.
  TRY(advance_to(tree_.size()));
  add_tiles();

  // 4. The signature. Only now may acceptances leave and fetches see these entries.
  sign();
  meters_.batches += 1;
  return {};
}

Result<void> Ledger::compare_rows(const std::vector<Entry>& entries) {
  const std::vector<LeafData> stored = TRY(store_.leaves(mark_.size, entries.size()));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool same = i < stored.size() && leaf_hash(stored[i]) == leaf_hash(encode_leaf(entries[i].leaf));
    if (!same) return fail(Code::kStore, place_of(mark_.size + i) + ": the store does not return what was written");
  }
  return {};
}

Result<void> Ledger::advance_to(std::uint64_t size) {
  const Hash root = TRY(tree_.root(size));
  const Watermark next{size, root, mark_.epoch};
  auto swapped = store_.advance(mark_, next);
  if (!swapped && swapped.error().code == Code::kStorageFull) {
    // The rows are there already, so the few bytes of the watermark may use the reserve.
    store_.set_reserve(false);
    swapped = store_.advance(mark_, next);
    if (!swapped) return fail(Code::kStore, "the checkpoint could not be written: " + swapped.error().what, swapped.error().hint);
  }
  TRY(std::move(swapped));
  mark_ = next;
  return {};
}

void Ledger::sign() {
  meters_.enter(Stage::kCheckpoint);
  if (!origin_.empty()) note_ = sign_checkpoint({origin_, mark_.size, mark_.root}, log_key_);
}

}  // namespace liaison
