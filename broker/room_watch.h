// SPDX-License-Identifier: Apache-2.0
// Watches the disk (PROTOCOL 9): below the free bytes asked for, only receipts are taken; when those would no longer fit,
// the reserve is given back for them; it is taken again when there is room. Looks at most every 100 ms. Memory only.
#pragma once

#include <cstdint>

#include "broker/admission.h"
#include "broker/store.h"

namespace liaison {

class RoomWatch {
 public:
  RoomWatch(Store& store, std::uint64_t free_bytes_min, std::uint64_t reserve_bytes)
      : store_(store), free_bytes_min_(free_bytes_min), reserve_bytes_(reserve_bytes) {}
  Room look(std::uint64_t monotonic_ms);
  // A write found the disk full before the watch did: nothing is taken for a second.
  void found_full(std::uint64_t monotonic_ms);
  Room room() const { return room_; }
  std::uint64_t free_bytes() const { return free_bytes_; }
  std::uint64_t free_bytes_min() const { return free_bytes_min_; }

 private:
  Room room_for(std::uint64_t free_bytes) const;
  Store& store_;
  std::uint64_t free_bytes_min_;
  std::uint64_t reserve_bytes_;
  std::uint64_t free_bytes_ = 0;
  std::uint64_t next_look_ms_ = 0;
  bool reserve_held_ = true;
  Room room_ = Room::kAll;
};

}  // namespace liaison
