// SPDX-License-Identifier: Apache-2.0
#include "broker/delivery.h"

#include <algorithm>

namespace liaison {

namespace {

// What ITEMS costs besides the bodies: the frame's prefix, the checkpoint and a proof of 64 hashes; and for each item
// the leaf, its table and the vectors' lengths.
constexpr std::size_t kFixedBytes = 4096;
constexpr std::size_t kItemBytes = kLeafBytes + 64;
constexpr std::size_t kEntriesAtOnce = 64;

// Of an entry in memory, about.
std::size_t memory_of(const Entry& entry) {
  return sizeof(Entry) + entry.body.size() + entry.recipients.size() * sizeof(MemberId) + entry.kind.size() + entry.rule.size() + entry.basis.size();
}

}  // namespace

void Delivery::remember(std::vector<Entry> entries) {
  for (Entry& entry : entries) {
    if (!recent_.empty() && recent_.back().leaf.index + 1 != entry.leaf.index) {
      recent_.clear();
      recent_bytes_ = 0;
    }
    recent_bytes_ += memory_of(entry);
    recent_.push_back(std::move(entry));
  }
  while (recent_bytes_ > kRecentBytesMax) {
    recent_bytes_ -= memory_of(recent_.front());
    recent_.pop_front();
  }
}

Result<bool> Delivery::add(Parcel& parcel, const MemberId& to, const Entry& entry, std::size_t& bytes) {
  const bool due = entry.due_to(to);
  const std::size_t cost = kItemBytes + (due ? entry.body.size() : 0);
  std::vector<Item>& items = parcel.items.items;
  if (kFixedBytes + cost > kItemsBytesMax) {
    return fail(Code::kStore, place_of(entry.leaf.index) + ": its " + std::to_string(entry.body.size()) + " bytes do not fit into any answer to a member",
                "this version of liaison-broker takes no such entry: find out which one wrote it");
  }
  if (!items.empty() && bytes + cost > kItemsBytesMax) return false;
  bytes += cost;
  const LeafData leaf = encode_leaf(entry.leaf);
  items.push_back({Bytes(leaf.begin(), leaf.end()), due ? entry.body : Bytes()});
  if (due && entry.is_frame() && entry.sender != to) parcel.messages += 1;
  return true;
}

Result<void> Delivery::from_store(Parcel& parcel, const MemberId& to, std::uint64_t& at, std::uint64_t end, std::size_t& bytes) {
  std::size_t read = 0;
  while (at < end && read < kReadBytesMax) {
    const std::size_t count = std::min<std::uint64_t>(end - at, kEntriesAtOnce);
    // No more than still fits, since each entry that is read is hashed and parsed.
    const std::size_t bytes_max = std::min(kItemsBytesMax - std::min(bytes, kItemsBytesMax), kReadBytesMax - read);
    const std::vector<Entry> entries = TRY(ledger_.entries(at, count, bytes_max));
    if (entries.empty()) return fail(Code::kStore, place_of(at) + ": the row is missing", "run liaison-broker --fsck");
    for (const Entry& entry : entries) {
      read += entry.body.size();
      if (!TRY(add(parcel, to, entry, bytes))) return {};
      at += 1;
    }
  }
  return {};
}

Result<Delivery::Parcel> Delivery::parcel(const MemberId& to, std::uint64_t from, std::uint32_t max_items) {
  Parcel parcel;
  const std::uint64_t size = ledger_.size();
  const std::uint64_t end = std::min<std::uint64_t>(size, from + std::clamp<std::uint32_t>(max_items, 1, kItemsMax));
  const std::uint64_t first_recent = recent_.empty() ? size : recent_.front().leaf.index;
  std::size_t bytes = kFixedBytes;
  std::uint64_t at = from;
  const std::uint64_t stored_end = std::min(end, first_recent);
  if (at < stored_end) TRY(from_store(parcel, to, at, stored_end, bytes));
  while (at >= first_recent && at < end && TRY(add(parcel, to, recent_[at - first_recent], bytes))) at += 1;
  parcel.items.checkpoint = ledger_.note();
  parcel.items.consistency = TRY(ledger_.consistency(at));
  return parcel;
}

}  // namespace liaison
