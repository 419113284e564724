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
    const std::vector<LeafData> leaves = TRY(store.leaves(first, kTileLeaves));
    for (const LeafData& leaf : leaves) hashes.push_back(leaf_hash(leaf));
    if (hashes.size() != kTileLeaves) return fail(Code::kStore, place_of(first + hashes.size()) + ": the row is missing");
    return hashes;
  };
}

Error wrong_tiles() {
  return fail(Code::kStore, "log.db: the stored tiles are not those of the entries", "run liaison-broker --rebuild");
}

}  // namespace

Ledger::Ledger(Store& store, Meters& meters, SigningKey log_key, std::uint64_t whole_start_max)
    : store_(store), meters_(meters), log_key_(std::move(log_key)), whole_start_max_(whole_start_max), tree_(source_in(store)), late_check_(store) {}

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
  std::vector<TileRow> tiles = TRY(store_.tiles());
  if (opening == Opening::kStart && stored->size > whole_start_max_) {
    // At least one leaf is read: its time is the last accept time. No row above the watermark is anybody's promise yet.
    const std::uint64_t count = std::min<std::uint64_t>(tiles.size(), (stored->size - 1) / kTileLeaves);
    believe({tiles.begin(), tiles.begin() + static_cast<std::ptrdiff_t>(count)}, found);
  }
  TRY(read_leaves(found));
  TRY(compare_root(*stored));
  TRY(compare_tiles(tiles));
  closed_.erase(closed_.begin(), closed_.lower_bound(tiles.size()));
  mark_ = *stored;
  found.adopted = found.size - mark_.size;
  if (opening == Opening::kLook) return found;
  mark_.epoch += 1;
  TRY(store_.advance(stored, mark_));
  if (found.adopted > 0) TRY(adopt(found.size));
  TRY(store_tiles());
  return found;
}

void Ledger::believe(std::vector<TileRow> tiles, Found& found) {
  for (const TileRow& tile : tiles) {
    for (const std::uint8_t place : tile.others) found.charter.push_back(tree_.size() + place);
    tree_.append_tile(tile.root);
  }
  late_check_.begin(std::move(tiles));
}

Result<void> Ledger::read_leaves(Found& found) {
  while (tree_.size() < found.size) {
    const std::vector<LeafData> leaves = TRY(store_.leaves(tree_.size(), kLeavesAtOnce));
    if (leaves.empty()) return fail(Code::kStore, place_of(tree_.size()) + ": the row is missing", std::string(kRestore));
    for (const LeafData& data : leaves) {
      const auto leaf = decode_leaf(data);
      if (!leaf) return fail(Code::kStore, place_of(tree_.size()) + ": the leaf is not readable", std::string(kRestore));
      if (leaf->leaf_class != LeafClass::kFrame) found.charter.push_back(leaf->index);
      found.last_accept_ms = std::max(found.last_accept_ms, leaf->accept_time_ms);
      grow(leaf_hash(data), leaf->leaf_class);
    }
  }
  return {};
}

Result<void> Ledger::compare_root(const Watermark& mark) {
  const auto root = tree_.root(mark.size);
  if (root && *root == mark.root) return {};
  if (late_check_.end() > 0) {
    // Which of them is wrong, the tiles or the entries? Slow, and this start ends here in any case.
    tree_ = Tree(source_in(store_));
    late_check_.begin({});
    Found anew;
    anew.size = mark.size;
    TRY(read_leaves(anew));
    TRY(compare_root(mark));
    return wrong_tiles();
  }
  if (!root) return root.error();
  return fail(Code::kStore, "the first " + std::to_string(mark.size) + " entries of the log do not have the root of the checkpoint", std::string(kRestore));
}

Result<void> Ledger::compare_tiles(const std::vector<TileRow>& tiles) const {
  if (tiles.size() > tree_.size() / kTileLeaves) return wrong_tiles();
  for (std::size_t number = 0; number < tiles.size(); ++number) {
    const auto read = closed_.find(number);
    if (read != closed_.end() && read->second != tiles[number].others) return wrong_tiles();
    if (tree_.root_of_tile(number) != tiles[number].root) return wrong_tiles();
  }
  return {};
}

// Those that the last commits before the end did not get to store, or all of them after a version that kept none.
Result<void> Ledger::store_tiles() {
  if (closed_.empty()) return {};
  add_tiles();
  auto stored = store_.append({}, {});
  if (!stored && stored.error().code != Code::kStorageFull) return stored.error();
  return {};   // a full disk costs the next start some time, nothing more
}

void Ledger::add_tiles() {
  for (auto& [number, others] : closed_) store_.add_tile(number, {tree_.root_of_tile(number), std::move(others)});
  closed_.clear();
}

void Ledger::grow(const Hash& hash, LeafClass leaf_class) {
  if (leaf_class != LeafClass::kFrame) others_.push_back(static_cast<std::uint8_t>(tree_.size() % kTileLeaves));
  tree_.append(hash);
  if (tree_.size() % kTileLeaves == 0) closed_[tree_.size() / kTileLeaves - 1] = std::exchange(others_, {});
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

Result<std::vector<Entry>> Ledger::entries(std::uint64_t first, std::size_t count, std::size_t bytes_max) {
  std::vector<Entry> found = TRY(store_.entries(first, count, bytes_max));
  for (const Entry& entry : found) {
    if (!late_check_.awaits(entry.leaf.index)) continue;
    const auto named = tree_.leaf(entry.leaf.index);
    if (!named) return within(place_of(entry.leaf.index), named.error());
    if (*named != leaf_hash(encode_leaf(entry.leaf))) {
      return fail(Code::kStore, place_of(entry.leaf.index) + ": its leaf is not the one that the checkpoint names", std::string(kRestore));
    }
  }
  return found;
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
