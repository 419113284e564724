// SPDX-License-Identifier: Apache-2.0
#include "broker/ledger.h"

#include <algorithm>

#include "security/note.h"

namespace liaison {

namespace {

constexpr std::size_t kLeavesAtOnce = 8192;
constexpr std::size_t kEntriesAtOnce = 256;
constexpr std::size_t kBytesAtOnce = 4 << 20;
constexpr std::string_view kRestore = "restore log/ and checkpoint/ from one copy, made while the broker stood still";

Tree::LeafSource source_in(Store& store) {
  return [&store](std::uint64_t first) -> Result<std::vector<Hash>> {
    std::vector<Hash> hashes;
    const std::vector<LeafData> leaves = TRY(store.leaves(first, 256));
    for (const LeafData& leaf : leaves) hashes.push_back(leaf_hash(leaf));
    if (hashes.size() != 256) return fail(Code::kStore, place_of(first + hashes.size()) + ": the row is missing");
    return hashes;
  };
}

}  // namespace

Ledger::Ledger(Store& store, Meters& meters, SigningKey log_key)
    : store_(store), meters_(meters), log_key_(std::move(log_key)), tree_(source_in(store)) {}

Result<Ledger::Found> Ledger::open(Opening opening) {
  const std::optional<Watermark> stored = TRY(store_.watermark());
  Found found;
  found.size = TRY(store_.size());
  if (!stored) {
    if (found.size > 0) {
      return fail(Code::kStore, "the log has " + std::to_string(found.size) + " entries but checkpoint.db is empty", std::string(kRestore));
    }
    mark_ = {0, empty_root(), 1};
    if (opening == Opening::kStart) TRY(store_.advance(std::nullopt, mark_));
    return found;
  }
  if (found.size < stored->size) {
    return fail(Code::kStore, "the log ends at " + std::to_string(found.size) + " entries but the checkpoint names " +
                                  std::to_string(stored->size), std::string(kRestore));
  }
  TRY(read_leaves(found.size, found));
  if (TRY(tree_.root(stored->size)) != stored->root) {
    return fail(Code::kStore, "the first " + std::to_string(stored->size) + " entries of the log do not have the root of the checkpoint",
                std::string(kRestore));
  }
  mark_ = *stored;
  found.adopted = found.size - mark_.size;
  if (opening == Opening::kLook) return found;
  mark_.epoch += 1;
  TRY(store_.advance(stored, mark_));
  if (found.adopted > 0) TRY(adopt(found.size));
  return found;
}

Result<void> Ledger::read_leaves(std::uint64_t size, Found& found) {
  while (tree_.size() < size) {
    const std::vector<LeafData> leaves = TRY(store_.leaves(tree_.size(), kLeavesAtOnce));
    if (leaves.empty()) return fail(Code::kStore, place_of(tree_.size()) + ": the row is missing", std::string(kRestore));
    for (const LeafData& data : leaves) {
      const auto leaf = decode_leaf(data);
      if (!leaf) return fail(Code::kStore, place_of(tree_.size()) + ": the leaf is not readable", std::string(kRestore));
      if (leaf->leaf_class != LeafClass::kFrame) found.charter.push_back(leaf->index);
      found.last_accept_ms = std::max(found.last_accept_ms, leaf->accept_time_ms);
      tree_.append(leaf_hash(data));
    }
  }
  return {};
}

Result<void> Ledger::adopt(std::uint64_t size) {
  // Rows above the watermark are never cut: their senders may have been one sync away from an acceptance.
  for (std::uint64_t at = mark_.size; at < size;) {
    const std::vector<Entry> entries = TRY(store_.entries(at, kEntriesAtOnce, kBytesAtOnce));
    if (entries.empty()) return fail(Code::kStore, place_of(at) + ": the row is missing", std::string(kRestore));
    at += entries.size();
  }
  return advance_to(size);
}

void Ledger::sign_as(const std::string& origin) {
  origin_ = origin;
  if (mark_.size > 0) sign();
}

Result<Acceptance> Ledger::acceptance(const Leaf& leaf, std::string rule, std::string basis) {
  Acceptance acceptance;
  acceptance.frame_hash = leaf.hash;
  const LeafData data = encode_leaf(leaf);
  acceptance.leaf.assign(data.begin(), data.end());
  acceptance.path = TRY(tree_.inclusion(leaf.index, mark_.size));
  acceptance.checkpoint = note_;
  acceptance.rule = std::move(rule);
  acceptance.basis = std::move(basis);
  return acceptance;
}

}  // namespace liaison
