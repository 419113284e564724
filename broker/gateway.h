// SPDX-License-Identifier: Apache-2.0
// The gateway: the one loop between the wire and the log. A step drains what has arrived, lets the exchange decide,
// commits, answers senders, and serves fetches. Owns everything the broker knows while it runs; one thread. After a crash
// start() finds the same state; what was not committed was not acknowledged, and its sender sends it again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/broker_keys.h"
#include "broker/delivery.h"
#include "broker/exchange.h"
#include "broker/ledger.h"
#include "broker/recovery.h"
#include "broker/room_watch.h"
#include "broker/sessions.h"
#include "security/channel.h"
#include "security/clock.h"

namespace liaison {

struct GatewayLimits {
  QuotaLimits quota;
  std::uint64_t free_bytes_min = 256ULL << 20;
  std::uint64_t reserve_bytes = 64ULL << 20;
  std::size_t arrivals_per_step = 128;
  std::size_t fetches_per_step = 64;
  std::uint64_t serve_ms_per_step = 5;   // then arrivals are looked at again
  std::uint32_t wait_ms_max = 20'000;
  std::uint64_t whole_start_max = Ledger::kWholeStartMax;
};

// One entry that an operator's roster or policy became.
struct Applied { LeafClass leaf_class = LeafClass::kRoster; std::uint64_t version = 0; std::uint64_t index = 0; bool already = false; };

class Gateway {
 public:
  Gateway(Store& store, Clock& clock, Meters& meters, BrokerKeys keys, const GatewayLimits& limits);

  // Recovers from the store. Errors of recover(); kRoster when the log's roster names other keys; kConfig when it was made
  // for other schemas than this program's.
  Result<Ledger::Found> start();
  // From now on steps receive from this wire, which must outlive the gateway.
  void attach(ServerWire& wire) { wire_ = &wire; }

  // One round. True when more may be waiting. Any error: the process must end.
  Result<bool> step();
  // Milliseconds until a fetch must be answered; at most `limit`.
  std::uint64_t idle_ms(std::uint64_t limit) const;
  // Milliseconds to leave the wire alone: when messages come fast, the next ones gather for one batch, one signature and one
  // sync. 0 when they come one by one.
  std::uint64_t gather_ms() const;

  // An operator's roster note, policy file, or both (the policy first, but for the very first roster). What is in the log
  // already is reported so. An error of kRoster, kPolicyFile, kNote, kHalted or kStorageFull changes nothing more; any
  // other: see must_end().
  Result<std::vector<Applied>> apply(const std::optional<std::string>& roster, const std::optional<std::string>& policy);
  void confirm_clock();
  // A refused roster that contradicts those in the log, to be kept as evidence; taken out by the caller.
  std::optional<std::string> take_strange_roster() { return std::exchange(strange_roster_, std::nullopt); }

  const Exchange& exchange() const { return exchange_; }
  const Ledger& ledger() const { return ledger_; }
  const Sessions& sessions() const { return sessions_; }
  const RoomWatch& room() const { return room_; }
  const Meters& meters() const { return meters_; }
  Meters& meters() { return meters_; }
  // A commit has failed in a way that only a new start may judge.
  bool must_end() const { return must_end_; }
  // A roster and its policy are in the log: endpoints may be bound.
  bool ready() const { return exchange_.charter().complete(); }

 private:
  void watch_clock(const Now& now);
  void sort(std::vector<Arrival> arrivals, std::vector<Arrival>& messages, std::vector<Arrival>& asks, const Now& now);
  Result<void> publish(std::vector<Arrival> messages, const Now& now);
  Result<bool> commit(const Outcome& outcome, const Now& now);
  Result<void> answer(Answer& answer, const Outcome& outcome, bool committed, const Now& now);
  Result<void> answer_again(const MemberId& member, const PeerId& peer, Again& again, bool committed, const Now& now);
  Result<void> keep_evidence(const MemberId& member, const Again& again, const Now& now);
  Result<void> control(const Arrival& arrival, const Now& now);
  Result<void> fetch(const Arrival& arrival, std::uint32_t request_id, const Fetch& fetch, const Now& now);
  Result<void> who_am_i(const Arrival& arrival, std::uint32_t request_id, const Now& now);
  Result<bool> serve(const Now& now);
  Result<void> serve_one(Sessions::Waiting fetch, const Now& now);
  Result<bool> check_later(bool idle, const Now& now);
  Result<Acceptance> acceptance_at(std::uint64_t index);
  void turn_away(const MemberId& member, const PeerId& peer, TurnedAway away);
  // One line a minute for each member and code: whoever is refused in a loop must not fill the log. How many were not told
  // since the last line, or nothing while that was less than a minute ago.
  std::optional<std::uint64_t> may_tell(const MemberId& member, Code code);
  void tell(const MemberId& member, const Refusal& refusal);
  void refuse(const Arrival& arrival, std::uint32_t request_id, Code code, std::uint64_t detail, const Hash& frame_hash, const Now& now);
  // What cannot be sent now is asked for again, or stands in the log that the sender fetches.
  void answer_or_drop(const MemberId& member, const PeerId& peer, std::uint32_t request_id, const Control& control);
  ServerWire::Sent send(const MemberId& member, const PeerId& peer, View payload);
  Result<Applied> apply_one(LeafClass leaf_class, const std::string& text);
  std::optional<Applied> already(LeafClass leaf_class, const std::string& text) const;
  Result<void> check_roster(const std::string& note);

  Store& store_;
  Clock& clock_;
  Meters& meters_;
  BrokerKeys keys_;
  GatewayLimits limits_;
  Ledger ledger_;
  Exchange exchange_;
  Delivery delivery_;
  Sessions sessions_;
  RoomWatch room_;
  std::map<KeyId, std::uint64_t> equivocations_;   // seen since the start
  struct Told { std::uint64_t next_ms = 0; std::uint64_t untold = 0; };
  std::map<std::pair<MemberId, Code>, Told> told_;   // refusals and refused entries in the broker's log
  std::map<MemberId, std::size_t> who_asked_;        // WHOAMIs of each member in this step
  std::uint64_t next_check_ms_ = 0;
  ServerWire* wire_ = nullptr;
  std::uint64_t gather_until_ms_ = 0;   // monotonic
  bool must_end_ = false;
  std::optional<std::string> strange_roster_;
};

}  // namespace liaison
