// SPDX-License-Identifier: Apache-2.0
// What the broker remembers of connections: who publishes for a member, and which FETCHes wait for an answer. Memory
// only: a node that reconnects asks again. Bounded by member and by connection.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <optional>
#include <vector>

#include "security/channel.h"

namespace liaison {

class Sessions {
 public:
  static constexpr std::size_t kFetchesPerPeer = 16;
  static constexpr std::size_t kFetchesPerMember = 64;

  struct Waiting {
    MemberId member;
    PeerId peer{};
    PublicKey key{};                 // of the connection
    std::uint32_t request_id = 0;
    std::uint64_t from = 0;
    std::uint32_t max_items = 0;
    std::uint64_t deadline_ms = 0;   // monotonic
    std::uint64_t again_ms = 0;      // monotonic; the wire had no room for the answer: not tried before then
  };

  // This connection asked WHOAMI last: it publishes for its member from now on.
  void publishes_from_now(const MemberId& member, const PeerId& peer) { publishing_[member] = peer; }
  bool publishes(const MemberId& member, const PeerId& peer) const;

  // False when the connection has 16 waiting already. A member's 65th pushes out its oldest, which a dead connection left.
  bool wait(const Waiting& fetch);
  // Takes out at most `max` FETCHes that can be answered now: the log has grown past them, or their time is over. Those
  // left over come first the next time.
  std::vector<Waiting> due(std::uint64_t size, std::uint64_t now_ms, std::size_t max);
  // The answer found no room on the wire: the FETCH waits again, for a little. False when it has waited long enough; a
  // peer that does not read asks anew when it does.
  bool hold(Waiting fetch, std::uint64_t now_ms);
  // When the first of those that wait is to be looked at; nothing when none waits.
  std::optional<std::uint64_t> next_deadline_ms() const;
  void gone(const MemberId& member, const PeerId& peer);
  // After a new roster: FETCHes of connections whose key is no longer allowed are forgotten unanswered.
  void keep(const std::function<bool(const MemberId&, const PublicKey&)>& allowed);
  std::size_t waiting() const { return waiting_.size(); }

 private:
  std::map<MemberId, PeerId> publishing_;
  std::list<Waiting> waiting_;   // in order of arrival
};

}  // namespace liaison
