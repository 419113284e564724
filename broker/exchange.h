// SPDX-License-Identifier: Apache-2.0
// The Exchange, the broker's heart: decide says which entries a batch of arrivals makes and what each sender is to hear;
// apply is the only change of what it knows. Owns no socket, thread, clock or file. After a crash it is what apply makes
// of the stored entries.
#pragma once

#include <variant>
#include <vector>

#include "broker/admission.h"
#include "broker/charter.h"
#include "broker/clock_watch.h"
#include "broker/fold.h"
#include "broker/quotas.h"
#include "security/channel.h"

namespace liaison {

// What the sender of one frame is to hear once the batch is committed.
struct Logged { std::size_t entry = 0; };   // position in Outcome::entries
struct Answer {
  MemberId member;
  PeerId peer{};
  std::variant<Logged, Again, TurnedAway> what;
};

struct Outcome {
  std::vector<Entry> entries;
  Fold touched;                  // the fold's rows after these entries
  std::vector<Answer> answers;   // in order of arrival
};

class Exchange {
 public:
  explicit Exchange(const QuotaLimits& limits) : quotas_(limits) {}

  // Judges frames in order of arrival. Changes nothing but token buckets.
  Outcome decide(std::vector<Arrival> arrivals, const Now& now, Room room);
  // The entry for a roster or policy that an operator applies; each is a batch alone. kRoster, kPolicyFile and others when
  // it does not follow what is in force; kHalted while the clock is not trusted.
  Result<Outcome> decide_roster(const std::string& note, const Now& now) const;
  // Whether decide_roster will take it once the policy of this hash is in the log too.
  Result<TrustedRoster> check_roster(const std::string& note, const std::optional<Hash>& with_policy, const Now& now) const;
  Result<Outcome> decide_policy(const std::string& file, const Now& now) const;

  // The entries are in the log. kRoster, kPolicyFile for a roster or policy that does not follow: only a damaged or
  // foreign log has one.
  Result<void> apply(const std::vector<Entry>& entries);
  // At start, instead of applying every frame anew: size, last accept time and the stored rows.
  void resume(std::uint64_t size, TimeMs last_accept_ms, Fold fold);

  std::uint64_t size() const { return size_; }
  TimeMs last_accept_ms() const { return last_accept_ms_; }
  const Charter& charter() const { return charter_; }
  const Fold& fold() const { return fold_; }
  ClockWatch& clock() { return clock_; }
  const ClockWatch& clock() const { return clock_; }

 private:
  Error halted() const;
  Outcome alone(LeafClass leaf_class, const Hash& hash, const std::string& text, const Now& now) const;

  Charter charter_;
  Fold fold_;
  Quotas quotas_;
  ClockWatch clock_;
  std::uint64_t size_ = 0;
  TimeMs last_accept_ms_ = 0;
};

}  // namespace liaison
