// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "security/log.h"

namespace liaison {
namespace {

constexpr unsigned kTileHeight = 8;
static_assert(kTileLeaves == 1U << kTileHeight);
constexpr std::uint64_t kTruncateMax = 4096;
constexpr std::size_t kRecentTiles = kTruncateMax / kTileLeaves;

// RFC 9162 2.1.1: the largest power of two smaller than n, n > 1.
std::uint64_t split_of(std::uint64_t n) { return std::bit_floor(n - 1); }

Error out_of_range(std::uint64_t asked, std::uint64_t size) {
  return fail(Code::kRange, "asked for " + std::to_string(asked) + " in a log of " + std::to_string(size) + " entries");
}

}  // namespace

Hash tile_root(std::vector<Hash> hashes) {
  CHECK(hashes.size() == kTileLeaves);
  while (hashes.size() > 1) {
    for (std::size_t i = 0; i < hashes.size() / 2; ++i) hashes[i] = node_hash(hashes[2 * i], hashes[2 * i + 1]);
    hashes.resize(hashes.size() / 2);
  }
  return hashes.front();
}

Tree::Tree(LeafSource source, std::size_t tiles_cached_max)
    : source_(std::move(source)), tiles_cached_max_(std::max<std::size_t>(tiles_cached_max, 1)) {}

void Tree::Tile::add(const Hash& hash) {
  if (levels.empty()) {
    levels.resize(kTileHeight);
    for (unsigned level = 0; level < kTileHeight; ++level) levels[level].reserve(kTileLeaves >> level);
  }
  levels[0].push_back(hash);
  for (unsigned level = 0; level + 1 < kTileHeight && levels[level].size() % 2 == 0; ++level) {
    const auto& full = levels[level];
    levels[level + 1].push_back(node_hash(full[full.size() - 2], full.back()));
  }
}

void Tree::Tile::cut(std::uint64_t leaves) {
  for (unsigned level = 0; level < levels.size(); ++level) {
    levels[level].resize(std::min<std::size_t>(levels[level].size(), leaves >> level));
  }
}

void Tree::append(const Hash& hash) {
  last_.add(hash);
  if (++size_ % kTileLeaves == 0) close_tile();
}

void Tree::append_tile(const Hash& root) {
  CHECK(size_ % kTileLeaves == 0);
  size_ += kTileLeaves;
  raise(root);
}

void Tree::close_tile() {
  const Hash root = node_hash(last_.levels[kTileHeight - 1][0], last_.levels[kTileHeight - 1][1]);
  recent_.emplace_front(size_ / kTileLeaves - 1, std::exchange(last_, {}));
  if (recent_.size() > kRecentTiles) recent_.pop_back();
  raise(root);
}

void Tree::raise(Hash carried) {
  for (std::size_t level = 0;; ++level) {
    if (level == upper_.size()) upper_.emplace_back();
    auto& row = upper_[level];
    row.push_back(carried);
    if (row.size() % 2 != 0) return;
    carried = node_hash(row[row.size() - 2], row.back());
  }
}

Result<void> Tree::truncate(std::uint64_t size) {
  CHECK(size <= size_ && size_ - size <= kTruncateMax);
  const std::uint64_t number = size / kTileLeaves;
  Tile last;
  if (number == size_ / kTileLeaves) {
    last = std::move(last_);
  } else if (size % kTileLeaves != 0) {
    last = *TRY(tile(number));
  }
  last.cut(size % kTileLeaves);
  last_ = std::move(last);
  const auto gone = [number](const auto& held) { return held.first >= number; };
  std::erase_if(recent_, gone);
  std::erase_if(cached_, gone);
  for (std::size_t level = 0; level < upper_.size(); ++level) {
    upper_[level].resize(std::min<std::size_t>(upper_[level].size(), number >> level));
  }
  size_ = size;
  return {};
}

Result<const Tree::Tile*> Tree::tile(std::uint64_t number) {
  const auto held = [number](const auto& entry) { return entry.first == number; };
  if (const auto at = std::find_if(recent_.begin(), recent_.end(), held); at != recent_.end()) return &at->second;
  if (const auto at = std::find_if(cached_.begin(), cached_.end(), held); at != cached_.end()) {
    cached_.splice(cached_.begin(), cached_, at);
    return &at->second;
  }
  const auto leaves = TRY(source_(number * kTileLeaves));
  if (leaves.size() != kTileLeaves) return fail(Code::kStore, "the store returned a tile of another size");
  Tile made;
  for (const auto& leaf : leaves) made.add(leaf);
  // What the store returns must be what was once appended.
  if (node_hash(made.levels[kTileHeight - 1][0], made.levels[kTileHeight - 1][1]) != upper_[0][number]) {
    return fail(Code::kStore, "the stored entries from " + std::to_string(number * kTileLeaves) + " on have changed",
                "restore the log from a backup; the other members' nodes can show which entry differs");
  }
  if (cached_.size() == tiles_cached_max_) cached_.pop_back();
  cached_.emplace_front(number, std::move(made));
  return &cached_.front().second;
}

Result<Hash> Tree::complete(unsigned level, std::uint64_t number) {
  if (level >= kTileHeight) return upper_[level - kTileHeight][number];
  const std::uint64_t tile_number = number >> (kTileHeight - level);
  const std::uint64_t within_tile = number - (tile_number << (kTileHeight - level));
  if (tile_number == size_ / kTileLeaves) return last_.levels[level][within_tile];
  return TRY(tile(tile_number))->levels[level][within_tile];
}

Result<Hash> Tree::subtree(std::uint64_t first, std::uint64_t last) {
  const std::uint64_t count = last - first;
  if (std::has_single_bit(count)) {
    const auto level = static_cast<unsigned>(std::countr_zero(count));
    return complete(level, first >> level);
  }
  const std::uint64_t middle = first + split_of(count);
  const Hash left = TRY(subtree(first, middle));
  const Hash right = TRY(subtree(middle, last));
  return node_hash(left, right);
}

Result<Hash> Tree::leaf(std::uint64_t index) {
  if (index >= size_) return out_of_range(index, size_);
  return complete(0, index);
}

const Hash& Tree::root_of_tile(std::uint64_t number) const {
  CHECK(number < size_ / kTileLeaves);
  return upper_[0][number];
}

Result<Hash> Tree::root(std::uint64_t size) {
  if (size > size_) return out_of_range(size, size_);
  if (size == 0) return empty_root();
  return subtree(0, size);
}

Result<std::vector<Hash>> Tree::inclusion(std::uint64_t index, std::uint64_t size) {
  if (size > size_) return out_of_range(size, size_);
  if (index >= size) return out_of_range(index, size);
  std::vector<Hash> path;
  std::uint64_t first = 0, last = size;
  while (last - first > 1) {
    const std::uint64_t middle = first + split_of(last - first);
    const bool left = index < middle;
    path.push_back(left ? TRY(subtree(middle, last)) : TRY(subtree(first, middle)));
    (left ? last : first) = middle;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

Result<std::vector<Hash>> Tree::consistency(std::uint64_t first_size, std::uint64_t second_size) {
  if (second_size > size_) return out_of_range(second_size, size_);
  if (first_size > second_size) return out_of_range(first_size, second_size);
  std::vector<Hash> proof;
  if (first_size == 0 || first_size == second_size) return proof;
  // SUBPROOF(m, D[first:last], b) as a loop; b holds while every step went left.
  std::uint64_t first = 0, last = second_size;
  while (last != first_size) {
    const std::uint64_t middle = first + split_of(last - first);
    const bool left = first_size <= middle;
    proof.push_back(left ? TRY(subtree(middle, last)) : TRY(subtree(first, middle)));
    (left ? last : first) = middle;
  }
  if (first != 0) proof.push_back(TRY(subtree(first, last)));
  std::reverse(proof.begin(), proof.end());
  return proof;
}

bool inclusion_holds(const Hash& leaf, std::uint64_t index, std::uint64_t size, const std::vector<Hash>& path, const Hash& root) {
  if (index >= size) return false;
  std::uint64_t fn = index, sn = size - 1;
  Hash hash = leaf;
  for (const auto& sibling : path) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      hash = node_hash(sibling, hash);
      while ((fn & 1) == 0 && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      hash = node_hash(hash, sibling);
    }
    fn >>= 1, sn >>= 1;
  }
  return sn == 0 && hash == root;
}

bool consistency_holds(std::uint64_t first, std::uint64_t second, const Hash& first_root, const Hash& second_root,
                       const std::vector<Hash>& proof) {
  if (first > second) return false;
  if (first == 0 && first_root != empty_root()) return false;
  if (first == second) return proof.empty() && first_root == second_root;
  if (first == 0 || proof.empty()) return first == 0 && proof.empty();
  std::uint64_t fn = first - 1, sn = second - 1;
  while ((fn & 1) != 0) fn >>= 1, sn >>= 1;
  auto next = proof.begin();
  Hash old_hash = std::has_single_bit(first) ? first_root : *next++;
  Hash new_hash = old_hash;
  for (; next != proof.end(); ++next) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      old_hash = node_hash(*next, old_hash);
      new_hash = node_hash(*next, new_hash);
      while ((fn & 1) == 0 && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      new_hash = node_hash(new_hash, *next);
    }
    fn >>= 1, sn >>= 1;
  }
  return sn == 0 && old_hash == first_root && new_hash == second_root;
}

}  // namespace liaison
