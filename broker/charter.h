// SPDX-License-Identifier: Apache-2.0
// The charter: every roster and policy of the log, and which of them is in force. Grows by entries of class 2 and 3
// alone, so after a crash it is read from the log again. Owned by the exchange.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/entry.h"
#include "security/frame.h"
#include "security/policy.h"
#include "security/roster.h"

namespace liaison {

class Charter {
 public:
  // The roster v1 or n+1 of this entry: in force from the next index on. kRoster and others when it does not follow.
  Result<void> add_roster(const Entry& entry);
  // The policy of this entry: in force when a roster names it. kPolicyFile for a file that does not parse.
  Result<void> add_policy(const Entry& entry);

  // A roster and the policy it names are both in the log.
  bool complete() const { return policy_ != nullptr; }
  // In force; nullptr before the first.
  const TrustedRoster* roster() const { return roster_ ? &*roster_ : nullptr; }
  const Policy* policy() const { return policy_; }
  const Hash& policy_hash() const { return roster_->roster.policy_sha256; }
  const NetworkId& network_id() const { return network_id_; }
  const std::vector<MemberId>& members() const { return members_; }
  bool has_member(const MemberId& id) const;

  // The sign or hpke key with this lookup hint, whatever its status; nullptr when there is none.
  const RosterKey* sign_key(const KeyId& id) const;
  const RosterKey* hpke_key(const KeyId& id) const;
  // True when `key` is an active curve key of `member`.
  bool may_connect(const MemberId& member, const PublicKey& key) const;
  // When the log first showed this key retired; nothing for a key that is not.
  std::optional<TimeMs> retired_since(const KeyId& id) const;

  // The policy hash that this roster version names; nothing for a version that is not in the log.
  std::optional<Hash> policy_of_version(std::uint64_t version) const;
  bool has_policy(const Hash& hash) const { return policies_.contains(hash); }
  // Where a policy stands in the log; the policy that stands there. Nothing or nullptr when there is none.
  std::optional<std::uint64_t> policy_index(const Hash& hash) const;
  const Policy* policy_at(std::uint64_t index) const;
  // The index of the roster in force.
  std::uint64_t in_force_since() const { return terms_.at(roster_->roster.version).index; }
  // The quoted text of a rule under the policy in force at an index; empty when there is none.
  std::string basis(std::uint64_t index, const std::string& rule) const;

 private:
  struct LoggedPolicy { Policy policy; std::uint64_t index = 0; };
  struct Term { std::uint64_t index = 0; Hash policy{}; };   // of each roster version
  void take_force(TimeMs accept_time_ms);

  std::optional<TrustedRoster> roster_;
  const Policy* policy_ = nullptr;                       // into policies_
  NetworkId network_id_{};
  std::vector<MemberId> members_;
  std::map<KeyId, const RosterKey*> sign_, hpke_;        // into roster_
  std::map<KeyId, TimeMs> retired_since_;
  std::map<std::uint64_t, Term> terms_;                  // by version
  std::map<Hash, LoggedPolicy> policies_;
};

}  // namespace liaison
