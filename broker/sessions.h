// SPDX-License-Identifier: Apache-2.0
// What the broker remembers of connections: who publishes for a member, and which FETCHes wait for an answer. Memory
// only: a node that reconnects asks again. Bounded by member and by connection; a connection that does not read has one
// answer made for it, of at most 128 KiB, which is held until there is room.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <optional>

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
    // Once the wire had no room for it: the payload, how many messages it delivers, and when it is tried again.
    Bytes answer{};
    std::uint64_t messages = 0;
    std::uint64_t hold_ms = 0, again_ms = 0;
    bool old = false;                // the connection has been shown a newer checkpoint since: it is made anew
    bool held() const { return !answer.empty(); }
  };

  // This connection asked WHOAMI last: it publishes for its member from now on.
  void publishes_from_now(const MemberId& member, const PeerId& peer) { publishing_[member] = peer; }
  bool publishes(const MemberId& member, const PeerId& peer) const;

  // False when the connection has 16 waiting already. A member's 65th pushes out its oldest, which a dead connection left.
  bool wait(Waiting fetch);
  // Takes out the next FETCH that can be answered now, since the log has grown past it or its time is over: members take
  // turns, those of one member go in order of arrival. While an answer is held, the connection's other FETCHes stay.
  std::optional<Waiting> next(std::uint64_t size, std::uint64_t now_ms);
  // The answer found no room on the wire: the FETCH waits again with it, each time twice as long up to 80 ms. Once it has
  // waited long enough, it is given up with those of its connection that have too; a peer that does not read asks anew
  // when it does. Returns how many were given up.
  std::size_t hold(Waiting fetch, std::uint64_t now_ms);
  // A newer checkpoint has gone to the connection: no answer that comes after it may name an older one (PROTOCOL 11).
  void outdate(const MemberId& member, const PeerId& peer);
  // When the first of those that wait is to be looked at; nothing when none waits.
  std::optional<std::uint64_t> next_deadline_ms() const;
  void gone(const MemberId& member, const PeerId& peer);
  // After a new roster: FETCHes of connections whose key is no longer allowed are forgotten unanswered.
  void keep(const std::function<bool(const MemberId&, const PublicKey&)>& allowed);
  std::size_t waiting() const;

 private:
  using Line = std::list<Waiting>;   // held ones first, then in order of arrival

  std::map<MemberId, PeerId> publishing_;
  std::map<MemberId, Line> lines_;
  MemberId turn_;   // who was served last
};

}  // namespace liaison
