// SPDX-License-Identifier: Apache-2.0
// Delivery: what one member may see of the log, as ITEMS of at most 128 KiB. Every leaf; the whole frame for its sender
// and, when accepted, for the recipients it names; rosters and policies whole for all. Bytes from the store are hashed
// again before they are served; the newest ones are kept in memory as they were admitted. Memory only. Whose an entry is
// stands in its signed header alone, so that the store's bodies are read and hashed before that is known: what one FETCH
// may have read is bounded like what it is served.
#pragma once

#include <cstdint>
#include <deque>

#include "broker/ledger.h"

namespace liaison {

class Delivery {
 public:
  static constexpr std::uint32_t kItemsMax = 256;
  static constexpr std::size_t kRecentBytesMax = 48 << 20;   // kept in memory for those who are a little behind
  static constexpr std::size_t kReadBytesMax = 256 * 1024;   // of bodies from the store for one parcel; the last may go beyond

  explicit Delivery(Ledger& ledger) : ledger_(ledger) {}

  // Entries that have just been committed.
  void remember(std::vector<Entry> entries);
  struct Parcel {
    Items items;
    std::uint64_t messages = 0;   // of other members, whole
  };
  // From index `from` (<= size) on, at least one item if there is any. kStore for damage, and for an entry that no ITEMS
  // holds; nothing of it was served.
  Result<Parcel> parcel(const MemberId& to, std::uint64_t from, std::uint32_t max_items);

 private:
  static Result<bool> add(Parcel& parcel, const MemberId& to, const Entry& entry, std::size_t& bytes);
  Result<void> from_store(Parcel& parcel, const MemberId& to, std::uint64_t& at, std::uint64_t end, std::size_t& bytes);

  Ledger& ledger_;
  std::deque<Entry> recent_;   // contiguous, up to the newest
  std::size_t recent_bytes_ = 0;
};

}  // namespace liaison
