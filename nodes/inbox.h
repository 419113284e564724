// SPDX-License-Identifier: Apache-2.0
// What arrives: items of the log in order, each leaf into the mirror, each full frame judged, opened, handed to the views
// and answered with a receipt. The cursor is the mirror's size: effect and cursor are one transaction. Node's one thread,
// inside its step.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "nodes/effects.h"
#include "nodes/judgement.h"
#include "nodes/outbox.h"
#include "nodes/pairs.h"

namespace liaison {

class Inbox {
 public:
  Inbox(Outbox::Parts parts, Outbox& outbox) : parts_(parts), outbox_(outbox), pairs_(parts.store) {}
  Result<void> load();

  // An answer to a fetch from `from`. kRejected: it does not hold together or does not connect, an alarm says how, nothing
  // of it is kept, and it is to be asked for again later. From below the cursor it is a second look for lost messages.
  enum class Taken { kYes, kRejected };
  Result<Taken> take(std::uint64_t from, Items items, Now now, NodeOutcome& outcome);
  // The connection is gone: what comes first after it may be old, and tells nothing of the broker's clock.
  void link_down() { live_ = false; }
  // The broker says that it has less than this node (E_RANGE).
  Result<void> out_of_range(std::uint64_t from, Now now, NodeOutcome& outcome);

  // Gaps that last: the alarm, and where to look again.
  Result<void> watch_gaps(Now now, NodeOutcome& outcome);
  // The log does not grow here though an own message was accepted beyond its end.
  Result<void> watch_frozen(Now now, NodeOutcome& outcome);
  struct Range { std::uint64_t from = 0, to = 0; };   // entries [from, to)
  std::optional<Range> second_look() const { return second_look_; }
  bool any_gaps() const { return pairs_.any_gaps(); }
  Result<std::vector<PairsIn::Gap>> gaps() { return pairs_.gaps(); }
  // The newest accept time in the log.
  TimeMs newest_ms() const { return parts_.mirror.newest_ms(); }
  std::uint64_t opened() const { return opened_; }

 private:
  static std::string entry(std::uint64_t index);   // as alarms name it
  static Bytes note_bytes(const std::optional<Mirror::Signed>& kept);
  Result<Taken> reject(const std::string& subject, const std::string& sentence, const Items& items, Now now, NodeOutcome& outcome);
  Result<void> frozen(const std::string& sentence, const std::string& shown, const std::string& accepted, Now now, NodeOutcome& outcome);
  Result<bool> is_frozen(const Checkpoint& checkpoint, const std::string& note, Now now, NodeOutcome& outcome);
  Result<std::optional<std::string>> check_items(std::uint64_t from, const Items& items, std::vector<Leaf>& leaves);
  std::optional<std::string> missing_key(const Items& items, const std::vector<Leaf>& leaves) const;
  Result<Taken> take_again(const Items& items, const std::vector<Leaf>& leaves, Now now, NodeOutcome& outcome);
  Result<void> take_act(const Leaf& leaf, const Bytes& body, Now now, NodeOutcome& outcome);
  enum class Look { kFirst, kSecond };
  Result<void> take_frame(const Leaf& leaf, Bytes body, Look look, Now now, NodeOutcome& outcome);
  Result<void> take_message(const Mandates::Term& term, const RosterKey& key, const VerifiedFrame& frame, const Leaf& leaf, Look look, Now now,
                            NodeOutcome& outcome);
  Result<Code> open(const VerifiedFrame& frame, MessageRow& row, const Leaf& leaf, Look look, Now now, NodeOutcome& outcome);
  Result<void> forget_recalled(MessageRow& row, View body, Code verdict, Now now, NodeOutcome& outcome);
  Result<void> take_up(const MessageRow& row, NodeOutcome& outcome);
  Result<void> judge_again(const std::string& record_id, std::uint64_t after_index, Now now, NodeOutcome& outcome);
  Result<void> not_shown(const VerifiedFrame& frame, const MessageRow& row, const Leaf& leaf, Now now, NodeOutcome& outcome);
  Result<void> take_receipt(const VerifiedFrame& frame, const Leaf& leaf, Now now, NodeOutcome& outcome);
  Result<void> close_gap(const MemberId& sender, const Covered& covered, Now now);
  Result<void> raise_gaps(const std::vector<PairsIn::Gap>& of_sender, Now now, NodeOutcome& outcome);
  Result<void> check_gossip(const VerifiedFrame& frame, const Leaf& leaf, Now now, NodeOutcome& outcome);
  Result<void> let_through(const VerifiedFrame& frame, const Leaf& leaf, Code verdict, Now now, NodeOutcome& outcome);
  void watch_clock(const std::vector<Leaf>& leaves, bool waited, Now now);
  Result<void> watch_revocations(const Roster& roster, Now now, NodeOutcome& outcome);
  Result<void> save_chains();
  Result<std::optional<KeyId>> signer_of(const MemberId& member);
  Result<void> set_signer(const MemberId& member, const KeyId& key);

  Outbox::Parts parts_;
  Outbox& outbox_;
  PairsIn pairs_;
  std::map<KeyId, std::uint64_t> chains_;   // the highest sequence seen of each key
  std::map<KeyId, std::uint64_t> chains_changed_;
  std::map<MemberId, KeyId> signers_;       // whose key signed the last frame of a member that named this node
  std::optional<Range> second_look_;
  bool live_ = false;                       // the last answer ended at the log's end
  std::uint64_t taken_ms_ = 0;              // and came then; monotonic
  std::uint64_t opened_ = 0;
  std::uint64_t stands_at_ = 0;                          // the mirror's size when it was looked at last
  std::uint64_t stood_ms_ = 0, stand_watched_ms_ = 0;    // how long, connected, it has been behind an own message; then; monotonic
};

}  // namespace liaison
