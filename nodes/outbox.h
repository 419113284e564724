// SPDX-License-Identifier: Apache-2.0
// What this committee sends: drafts wait, get their place in the chain, seal and signature when a token is free, and are
// kept until the log holds them and every recipient has answered. Nothing leaves before its row is on stable storage.
// Node's one thread, inside its step; memory here is a copy of rows and is loaded anew after a rollback.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/alarms.h"
#include "nodes/buckets.h"
#include "nodes/composer.h"
#include "nodes/deliveries.h"
#include "nodes/domain/views.h"
#include "nodes/message_rows.h"
#include "nodes/outcome.h"
#include "nodes/owed.h"
#include "security/clock.h"

namespace liaison {

inline constexpr std::int64_t kClockToleranceMs = 60'000;   // how far this clock may be from the broker's

// As the broker's [quota]; see config.cc.
struct NodeLimits {
  double per_second = 20, burst = 100;
  double receipts_per_second = 40, receipts_burst = 100;
  std::uint64_t messages_per_day = 10'000;
  std::uint64_t bytes_per_day = 64ULL * 1024 * 1024;
  std::size_t unacknowledged = kUnacknowledged;
  std::uint64_t receipt_pause_ms = 200;
};

struct Submission {
  std::optional<MessageId> message_id;    // none while it waits to be signed
  std::string rule, basis;                // none before the first contact
  std::vector<std::string> warnings;
};

class Outbox {
 public:
  struct Parts {
    NodeStore& store;
    MessageRows& rows;
    const Identity& identity;
    Mandates& mandates;
    Mirror& mirror;
    Views& views;
    Alarms& alarms;
  };
  Outbox(Parts parts, const NodeLimits& limits);
  Result<void> load();
  // Writes the chain's heads; the last act of a step.
  Result<void> save();

  // Queues an officer's message and folds it into the views. kNow signs at once when nothing waits before it; kLater leaves
  // that to pump, so that a step can still be taken back. Policy and quota refusals with what to try; kSize; kStore.
  enum class Signing { kNow, kLater };
  Result<Submission> submit(const Draft& draft, const std::string& request_id, Signing signing, Now now, NodeOutcome& outcome);
  // How many more messages of this kind today's quota takes; what waits to be signed counts as sent.
  Result<std::uint64_t> room(const std::string& kind, TimeMs now_ms);
  // Messages by kind that wait for midnight UTC, since today's quota of their kind is used up.
  Result<std::map<std::string, std::uint64_t>> held(TimeMs now_ms);
  // An act was taken back: counts again.
  Result<void> recount();

  // Receipts first, then drafts, as long as tokens and the window last; what is due again is sent again.
  Result<void> pump(Now now, NodeOutcome& outcome);
  Result<void> accepted(const Acceptance& acceptance, Now now, NodeOutcome& outcome);
  Result<void> refused(const Refusal& refusal, Now now, NodeOutcome& outcome);
  Result<void> who_am_i(const WhoAmIAnswer& answer, Now now, NodeOutcome& outcome);
  // WHOAMI was answered on this connection, or the connection is gone.
  void link_down() {
    linked_ = log_followed_ = false;
    promised_here_.reset();
  }
  // No own message has a higher index in the log; 0 when none is there.
  std::uint64_t newest_logged() const { return newest_logged_; }
  // WHOAMI was answered on this connection.
  bool linked() const { return linked_; }
  // The largest checkpoint under which a message was accepted on this connection: no answer that comes after it shows less.
  const std::optional<Mirror::Signed>& promised_here() const { return promised_here_; }
  // Whether the last answer to a fetch ended at the log's end.
  void log_followed(bool to_its_end) { log_followed_ = to_its_end; }

  // A frame of this committee in the fetched log: one this node sent, or not (then an alarm, and it is adopted).
  Result<void> found_in_log(const FrameView& view, Bytes bytes, const Leaf& leaf, Now now, NodeOutcome& outcome);
  // A refused entry that has come into the mirror: an own one that policy, roster and time of its entry allow is an alarm.
  Result<void> judge_refusal(const Leaf& leaf, Now now, NodeOutcome& outcome);
  // False when the log gave this place to an own message, by an acceptance, and now shows another one there.
  Result<bool> fits_acceptance(const Leaf& leaf);

  Owed& owed() { return owed_; }
  Deliveries& deliveries() { return deliveries_; }
  // Why nothing is signed now; nothing when it is.
  std::optional<std::string> stopped(Now now) const;
  void set_log_broken(std::optional<std::string> why) { log_broken_ = std::move(why); }
  std::optional<std::int64_t> clock_offset_ms() const { return clock_offset_ms_; }
  // And what it was read from.
  const Evidence& clock_evidence() const { return clock_evidence_; }
  void set_clock_offset(std::int64_t offset_ms, Evidence read_from) {
    clock_offset_ms_ = offset_ms;
    clock_evidence_ = std::move(read_from);
  }
  std::uint64_t drafts() const { return drafts_; }
  // Whether some draft waits for no more than its turn, a token or the window.
  bool drafts_pass(Now now) const { return drafts_ > 0 && !all_held(now.wall_ms); }
  std::size_t unacknowledged() const { return waiting_.size(); }
  // When pump has something to do without anything arriving. What it may not do now does not count.
  std::optional<std::uint64_t> due_at(Now now) const;

 private:
  struct Waiting {               // signed, and not known to be in the log
    std::uint64_t row = 0;
    MessageId id{};
    Hash frame_hash{};
    std::uint64_t sequence = 0;
    KeyId key_id{};
    std::string kind, marking, record_id;
    std::vector<MemberId> recipients;
    MessageId in_reply_to{};
    std::map<MemberId, std::uint64_t> pair_seq;
    Bytes frame, body;
    TimeMs created_ms = 0;
    std::uint64_t sent_at_ms = 0;   // monotonic, of the first sending; kBeforeThisStart
    bool proven = false;            // the broker names it, or a later one, as logged
  };
  static constexpr std::uint64_t kBeforeThisStart = 1;
  static constexpr const char* kRefusedClock = "refused by the broker";   // an alarm's subject
  struct Chain { std::uint64_t signed_up_to = 0; MessageId signed_id{}; std::uint64_t logged = 0; MessageId logged_id{}; };
  struct Pair { std::uint64_t signed_up_to = 0, logged = 0; };
  struct Day { std::uint64_t number = 0; std::map<std::string, std::pair<std::uint64_t, std::uint64_t>, std::less<>> counts; };

  static std::uint64_t day_of(TimeMs now_ms) { return now_ms / kDayMs; }
  const RosterKey* own_key() const;
  Result<void> load_waiting();
  Result<bool> day_is_full(const std::string& kind, std::size_t bytes, std::uint64_t more, TimeMs now_ms);
  Result<void> count_day(const std::string& kind, std::size_t bytes, TimeMs now_ms);
  ChainPlace next_place(const Outgoing& letter, TimeMs now_ms) const;
  Result<void> put(MessageRow row, const Outgoing& letter, const ChainPlace& place, Composed composed, bool fresh, OutboxRow way, Now now,
                   NodeOutcome& outcome);
  bool all_held(TimeMs now_ms) const { return held_day_ && *held_day_ == day_of(now_ms); }
  Result<std::optional<MessageRow>> next_draft(TimeMs now_ms);
  Result<bool> sign_draft(Now now, NodeOutcome& outcome);
  Result<bool> sign_receipt(Now now, NodeOutcome& outcome);
  Result<void> refuse_here(const MessageRow& row, const Error& error, NodeOutcome& outcome);
  bool may_send_again() const;
  Result<void> send_again(Now now, NodeOutcome& outcome);
  Result<void> end_halt_for_key(Now now, NodeOutcome& outcome);
  Result<void> watch_clock(Now now, NodeOutcome& outcome);
  Result<void> logged(std::deque<Waiting>::iterator waiting, const Leaf& leaf, std::string_view rule, std::string_view basis, Now now, NodeOutcome& outcome);
  Result<void> refused_entry(const Waiting& was, const Leaf& leaf, Now now, NodeOutcome& outcome);
  Result<void> queue_again(const Waiting& was);
  Result<void> tell_recipients(const Waiting& was, const Leaf& leaf);
  Result<void> adopt(const VerifiedFrame& frame, const Leaf& leaf, Now now, NodeOutcome& outcome);
  Result<void> open_adopted(MessageRow& row, const VerifiedFrame& frame, NodeOutcome& outcome);
  Result<void> refuse_rivals(const std::string& record_id, NodeOutcome& outcome);
  Result<void> halt(const Refusal& refusal, const Waiting& waiting, Now now, NodeOutcome& outcome);
  Result<void> misplaced(const Refusal& refusal, const Waiting& waiting, Now now, NodeOutcome& outcome);
  Result<bool> check_heads(const WhoAmIAnswer& answer, Now now, NodeOutcome& outcome);
  bool any_expires(Now now) const;
  Result<void> sign_anew(const WhoAmIAnswer& answer, Now now, NodeOutcome& outcome);
  void event(NodeOutcome& outcome, std::string_view name, const MessageId& id, const std::string& kind, std::optional<std::uint64_t> index = {},
             Code verdict = Code::kAccepted, const MemberId& member = {});
  void wait_before_sending(std::uint64_t until_ms);

  static constexpr std::uint64_t kAskAgainMs = 5'000;

  Parts parts_;
  NodeLimits limits_;
  TokenBucket bucket_, receipt_bucket_;
  Owed owed_;
  Deliveries deliveries_;
  std::deque<Waiting> waiting_;              // in chain order, never more than limits_.unacknowledged
  std::uint64_t drafts_ = 0;
  std::optional<std::uint64_t> held_day_;    // on this day every draft is of a kind whose share is used up
  std::map<KeyId, Chain> chains_;
  std::optional<KeyId> chain_key_;           // whose chain new frames continue
  std::map<MemberId, Pair> pairs_;
  bool heads_changed_ = false;
  std::uint64_t newest_logged_ = 0;          // no own message has a higher index
  Day day_;
  bool linked_ = false;
  bool sign_anew_ = false;                   // nothing is signed before WHOAMI has said what is logged
  std::uint64_t asked_at_ms_ = 0;
  int doubts_ = 0;                           // times a message was called out of place since the last acceptance
  bool key_doubted_ = false;                 // the roster that ends the key may lie ahead of what was fetched
  bool halted_for_key_ = false;
  bool log_followed_ = false;                // on this connection the log was fetched to its end
  std::optional<Mirror::Signed> promised_here_;
  std::vector<MessageId> missing_;           // own logged messages that this node has not fetched yet
  std::uint64_t hold_until_ms_ = 0, send_again_at_ms_ = 0, tries_ = 0;
  std::optional<std::string> halted_, log_broken_;
  struct BadClock { TimeMs broker_ms = 0; std::uint64_t at_ms = 0; };
  std::optional<BadClock> bad_clock_;
  std::optional<std::int64_t> clock_offset_ms_;
  Evidence clock_evidence_;
};

}  // namespace liaison
