// SPDX-License-Identifier: Apache-2.0
// The newest events of this run, so that a reader of GET /events whose connection broke reads on where it was. In memory: after a start of the
// node every reader is told that it may have missed some. Node's one thread.
#pragma once

#include <deque>
#include <string>

#include "nodes/outcome.h"

namespace liaison {

class EventRing {
 public:
  static constexpr std::size_t kEventsMax = 1'000;
  // When this run began: its ids are told from those of another.
  void begin(TimeMs started_ms) { started_ms_ = started_ms; }
  // Keeps one and lets the oldest go. Its id: "1796000000000-57".
  std::string add(const News& news, TimeMs at_ms);
  // What a stream begins with whose reader saw this id last: all that came after it, as text of the stream. Of an id that is too old, of another
  // run, or none at all, events.missed first, and then all that is kept. Nothing for an empty id.
  std::string after(const std::string& last_id, TimeMs now_ms) const;

 private:
  struct Kept { News news; TimeMs at_ms = 0; };
  std::string id_of(std::uint64_t number) const;

  TimeMs started_ms_ = 0;
  std::uint64_t newest_ = 0;   // the number of the last one in events_
  std::deque<Kept> events_;    // turned into text only for those who missed them
};

}  // namespace liaison
