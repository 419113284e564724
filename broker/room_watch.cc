// SPDX-License-Identifier: Apache-2.0
#include "broker/room_watch.h"

namespace liaison {

namespace {
constexpr std::uint64_t kLookMs = 100;
constexpr std::uint64_t kAfterFullMs = 1000;
}  // namespace

Room RoomWatch::room_for(std::uint64_t free_bytes) const {
  if (free_bytes >= free_bytes_min_) return Room::kAll;
  return free_bytes >= free_bytes_min_ / 8 ? Room::kReceipts : Room::kNothing;
}

Room RoomWatch::look(std::uint64_t monotonic_ms) {
  if (monotonic_ms < next_look_ms_) return room_;
  next_look_ms_ = monotonic_ms + kLookMs;
  free_bytes_ = store_.free_bytes();
  if (room_for(free_bytes_) == Room::kNothing && reserve_held_) {
    store_.set_reserve(false);
    reserve_held_ = false;
    free_bytes_ = store_.free_bytes();
  } else if (!reserve_held_ && free_bytes_ >= free_bytes_min_ + reserve_bytes_) {
    store_.set_reserve(true);
    reserve_held_ = true;
  }
  room_ = room_for(free_bytes_);
  return room_;
}

void RoomWatch::found_full(std::uint64_t monotonic_ms) {
  room_ = Room::kNothing;
  next_look_ms_ = monotonic_ms + kAfterFullMs;
}

}  // namespace liaison
