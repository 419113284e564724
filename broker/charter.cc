// SPDX-License-Identifier: Apache-2.0
#include "broker/charter.h"

#include <algorithm>

namespace liaison {

Result<void> Charter::add_roster(const Entry& entry) {
  const std::string note(text_of(entry.body));
  TrustedRoster next = TRY(roster_ ? trust_next_roster(*roster_, note) : trust_first_roster(note));
  if (!roster_) network_id_ = network_id_of(next.roster.network, next.text_hash);
  roster_ = std::move(next);
  terms_[roster_->roster.version] = {entry.leaf.index, roster_->roster.policy_sha256};
  take_force(entry.leaf.accept_time_ms);
  return {};
}

Result<void> Charter::add_policy(const Entry& entry) {
  Policy policy = TRY(parse_policy(text_of(entry.body)));
  policies_.try_emplace(entry.leaf.hash, LoggedPolicy{std::move(policy), entry.leaf.index});
  if (roster_) take_force(entry.leaf.accept_time_ms);
  return {};
}

void Charter::take_force(TimeMs accept_time_ms) {
  const Roster& roster = roster_->roster;
  const auto policy = policies_.find(roster.policy_sha256);
  policy_ = policy == policies_.end() ? nullptr : &policy->second.policy;
  members_.clear();
  for (const RosterMember& member : roster.members) members_.push_back(member.id);
  sign_.clear();
  hpke_.clear();
  for (const RosterKey& key : roster.keys) {
    if (key.use == KeyUse::sign) sign_.emplace(key.key_id(), &key);
    if (key.use == KeyUse::hpke) hpke_.emplace(key.key_id(), &key);
    if (key.status == KeyStatus::retired) retired_since_.try_emplace(key.key_id(), accept_time_ms);
  }
}

bool Charter::has_member(const MemberId& id) const { return std::binary_search(members_.begin(), members_.end(), id); }

const RosterKey* Charter::sign_key(const KeyId& id) const {
  const auto found = sign_.find(id);
  return found == sign_.end() ? nullptr : found->second;
}

const RosterKey* Charter::hpke_key(const KeyId& id) const {
  const auto found = hpke_.find(id);
  return found == hpke_.end() ? nullptr : found->second;
}

bool Charter::may_connect(const MemberId& member, const PublicKey& key) const {
  if (!roster_) return false;
  const auto& keys = roster_->roster.keys;
  return std::any_of(keys.begin(), keys.end(), [&](const RosterKey& known) {
    return known.use == KeyUse::curve && known.status == KeyStatus::active && known.key == key && known.member == member;
  });
}

std::optional<TimeMs> Charter::retired_since(const KeyId& id) const {
  const auto found = retired_since_.find(id);
  if (found == retired_since_.end()) return std::nullopt;
  return found->second;
}

std::optional<Hash> Charter::policy_of_version(std::uint64_t version) const {
  const auto found = terms_.find(version);
  if (found == terms_.end()) return std::nullopt;
  return found->second.policy;
}

std::optional<std::uint64_t> Charter::policy_index(const Hash& hash) const {
  const auto found = policies_.find(hash);
  if (found == policies_.end()) return std::nullopt;
  return found->second.index;
}

const Policy* Charter::policy_at(std::uint64_t index) const {
  for (const auto& [hash, logged] : policies_) {
    if (logged.index == index) return &logged.policy;
  }
  return nullptr;
}

std::string Charter::basis(std::uint64_t index, const std::string& rule) const {
  const Policy* then = nullptr;
  for (const auto& [version, term] : terms_) {
    if (term.index >= index) break;
    const auto policy = policies_.find(term.policy);
    then = policy == policies_.end() ? nullptr : &policy->second.policy;
  }
  if (then == nullptr) return {};
  const auto found = std::find_if(then->rules.begin(), then->rules.end(), [&](const PolicyRule& r) { return r.id == rule; });
  return found == then->rules.end() ? std::string() : found->basis;
}

}  // namespace liaison
