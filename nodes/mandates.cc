// SPDX-License-Identifier: Apache-2.0
#include "nodes/mandates.h"

#include <algorithm>

#include "security/hash.h"

namespace liaison {

bool Mandates::Term::has_member(const MemberId& id) const { return std::binary_search(members.begin(), members.end(), id); }

Result<void> Mandates::load(NodeStore& store) {
  terms_.clear();
  policies_.clear();
  retired_since_.clear();
  for (const NodeStore::Act& act : TRY(store.acts())) TRY(add(act));
  return {};
}

Result<void> Mandates::add(const NodeStore::Act& act) {
  return act.kind == LeafClass::kRoster ? add_roster(act.index, act.text, act.accept_time_ms) : add_policy(act.index, act.text);
}

Result<void> Mandates::add_roster(std::uint64_t index, const std::string& note, TimeMs accept_time_ms) {
  TrustedRoster trusted = TRY(terms_.empty() ? trust_first_roster(note) : trust_next_roster(newest()->trusted, note));
  const std::uint64_t version = trusted.roster.version;
  if (version <= pinned_.size() && trusted.text_hash != pinned_[version - 1].text_hash)
    return fail(Code::kRoster, "roster " + std::to_string(version) + " of the log is not the one that was pinned at enrolment");
  const auto policy = policies_.find(trusted.roster.policy_sha256);
  if (policy == policies_.end() && !terms_.empty())
    return fail(Code::kRoster, "roster " + std::to_string(version) + " names a policy that is no entry of the log");
  auto term = std::make_unique<Term>();
  term->entry = index;
  term->since_ms = accept_time_ms;
  term->trusted = std::move(trusted);
  if (policy != policies_.end()) term->policy = &policy->second.policy;
  for (const RosterMember& member : term->roster().members) term->members.push_back(member.id);
  std::sort(term->members.begin(), term->members.end());
  for (const RosterKey& key : term->roster().keys) {
    if (key.use == KeyUse::sign) term->sign.emplace(key.key_id(), &key);
    if (key.use == KeyUse::hpke) term->hpke.emplace(key.key_id(), &key);
    if (key.status == KeyStatus::retired) retired_since_.try_emplace(key.key_id(), accept_time_ms);
  }
  terms_.push_back(std::move(term));
  return {};
}

Result<void> Mandates::add_policy(std::uint64_t index, const std::string& file) {
  Policy policy = TRY(parse_policy(file));
  const Hash hash = sha256(view_of(file));
  const auto [at, fresh] = policies_.emplace(hash, PolicyEntry{index, file, std::move(policy)});
  if (fresh && newest() != nullptr && newest()->policy == nullptr && newest()->roster().policy_sha256 == hash)
    terms_.back()->policy = &at->second.policy;
  return {};
}

const Mandates::Term* Mandates::of_version(std::uint64_t version) const {
  return version == 0 || version > terms_.size() ? nullptr : terms_[version - 1].get();
}

std::optional<TimeMs> Mandates::retired_since(const KeyId& key) const {
  const auto found = retired_since_.find(key);
  return found == retired_since_.end() ? std::nullopt : std::optional(found->second);
}

bool Mandates::compromised(const KeyId& sign_key, std::uint64_t index) const {
  if (newest() == nullptr) return false;
  const auto key = newest()->sign.find(sign_key);
  return key != newest()->sign.end() && key->second->status == KeyStatus::revoked && index >= key->second->trusted_below.value_or(0);
}

const Mandates::Term* Mandates::at(std::uint64_t index) const {
  for (auto term = terms_.rbegin(); term != terms_.rend(); ++term) {
    if ((*term)->entry < index) return term->get();
  }
  return nullptr;
}

const Mandates::Term* Mandates::at_time(TimeMs time_ms) const {
  for (auto term = terms_.rbegin(); term != terms_.rend(); ++term) {
    if ((*term)->since_ms <= time_ms) return term->get();
  }
  return nullptr;
}

std::optional<std::uint64_t> Mandates::ended_at(const KeyId& id) const {
  const auto ends = [&](const Term& term) {
    const auto key = term.hpke.find(id);
    return key != term.hpke.end() && key->second->status != KeyStatus::active;
  };
  if (terms_.empty() || !ends(*terms_.back())) return std::nullopt;
  for (const auto& term : terms_) {
    if (ends(*term)) return term->entry;
  }
  return std::nullopt;
}

}  // namespace liaison
