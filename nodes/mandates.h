// SPDX-License-Identifier: Apache-2.0
// The rosters and policies of the log, and which of them decides at an index: a roster takes effect at its index + 1 and
// brings the policy it names. The chain must begin with the pinned one and each link must carry its thresholds. Owned by
// the node; a function of the log's entries, read again at start.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nodes/node_store.h"
#include "security/policy.h"
#include "security/roster.h"

namespace liaison {

class Mandates {
 public:
  struct Term {
    std::uint64_t entry = 0;               // the log index that holds the roster; it decides from the next one on
    TimeMs since_ms = 0;                   // when the log took that entry
    TrustedRoster trusted;
    const Policy* policy = nullptr;        // none between the entries of roster 1 and policy 1
    std::vector<MemberId> members;         // sorted
    std::map<KeyId, const RosterKey*> sign, hpke;
    const Roster& roster() const { return trusted.roster; }
    bool has_member(const MemberId& id) const;
  };

  explicit Mandates(const std::vector<TrustedRoster>& pinned) : pinned_(pinned) {}
  // Reads the stored entries. kStore, or what add found once already.
  Result<void> load(NodeStore& store);
  // The next roster or policy of the log. kRoster: not the pinned one, a lower or equal version, thresholds, continuity, or
  // a policy that is no entry yet. kPolicyFile.
  Result<void> add(const NodeStore::Act& act);

  // What decides an entry at this index; nullptr before the first contact.
  const Term* at(std::uint64_t index) const;
  // What decided at a time: the newest one that the log held then; nullptr before the first.
  const Term* at_time(TimeMs time_ms) const;
  const Term* of_version(std::uint64_t version) const;
  // The accept time of the roster that first shows this key as retired; nothing while none does.
  std::optional<TimeMs> retired_since(const KeyId& key) const;
  // By the newest roster: an entry at this index that is signed with a key revoked at or below it.
  bool compromised(const KeyId& sign_key, std::uint64_t index) const;
  const Term* newest() const { return terms_.empty() ? nullptr : terms_.back().get(); }
  // Roster 1 and policy 1 are known: this node may publish.
  bool complete() const { return newest() != nullptr && newest()->policy != nullptr; }
  // The entry of the first roster that shows an hpke key ended; nothing for one that the newest roster does not end.
  std::optional<std::uint64_t> ended_at(const KeyId& id) const;
  struct PolicyEntry { std::uint64_t entry = 0; std::string file; Policy policy; };
  const std::map<Hash, PolicyEntry>& policies() const { return policies_; }
  const std::vector<std::unique_ptr<Term>>& terms() const { return terms_; }

 private:
  Result<void> add_roster(std::uint64_t index, const std::string& note, TimeMs accept_time_ms);
  Result<void> add_policy(std::uint64_t index, const std::string& file);
  const std::vector<TrustedRoster>& pinned_;
  std::vector<std::unique_ptr<Term>> terms_;
  std::map<Hash, PolicyEntry> policies_;
  std::map<KeyId, TimeMs> retired_since_;
};

}  // namespace liaison
