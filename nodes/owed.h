// SPDX-License-Identifier: Apache-2.0
// What this node still has to tell others in delivery receipts: its verdict on what they sent, and the pair numbers of own
// messages that were refused. Collected by receiver, at most 256 in one receipt. Inside the node's step.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "nodes/node_store.h"
#include "schemas/message.h"

namespace liaison {

class Owed {
 public:
  // A receipt to one member leaves at most every `pause_ms`, or as soon as one is full.
  Owed(NodeStore& store, std::uint64_t pause_ms) : store_(store), pause_ms_(pause_ms) {}
  Result<void> load();
  Result<void> add(const MemberId& member, const Covered& covered);
  // The member whose receipt is due, if any.
  std::optional<MemberId> due(std::uint64_t monotonic_ms) const;
  // When the next one will be due; nothing when nothing is owed.
  std::optional<std::uint64_t> due_at() const;
  // What the receipt is to say; at most kCoveredMax.
  Result<std::vector<Covered>> next(const MemberId& member);
  // The first `count` to this member are said (or never will be: it left).
  Result<void> said(const MemberId& member, std::size_t count, std::uint64_t monotonic_ms);
  // Not now, however many there are: try this member again later.
  void postpone(const MemberId& member, std::uint64_t until_ms) { pending_[member].held_until_ms = until_ms; }
  std::uint64_t count() const;

 private:
  struct Pending {
    std::uint64_t count = 0, not_before_ms = 0, held_until_ms = 0;
    std::uint64_t due_at() const;
  };
  NodeStore& store_;
  std::uint64_t pause_ms_;
  std::map<MemberId, Pending> pending_;
};

}  // namespace liaison
