// SPDX-License-Identifier: Apache-2.0
#include "nodes/judgement.h"

#include "nodes/composer.h"
#include "security/sealing.h"

namespace liaison {

namespace {

constexpr TimeMs kRetiredKeyMs = 30 * kDayMs;

bool is_stale(const Mandates& mandates, const RosterKey& key, const Leaf& leaf) {
  if (key.status == KeyStatus::revoked) return leaf.index >= key.trusted_below.value_or(0);
  const auto since = mandates.retired_since(key.key_id());
  return since && leaf.accept_time_ms >= *since + kRetiredKeyMs;
}

Code judge_seal(const Mandates& mandates, const Mandates::Term& term, const VerifiedFrame& frame, const Leaf& leaf) {
  const Header& header = frame.header();
  if (header.kind == kKindReceipt)
    return header.marking == "public" && header.suite == kSuitePlain && header.recipients.size() == 1 ? Code::kAccepted : Code::kSeal;
  if (header.suite != kSuiteSealed) return Code::kSeal;
  const auto stanzas = stanza_key_ids(frame.body());
  if (!stanzas || stanzas->size() != header.recipients.size() + 1 || !check_stanzas(frame.body(), *stanzas)) return Code::kSeal;
  bool stale = false;
  for (std::size_t i = 0; i < stanzas->size(); ++i) {
    const auto key = term.hpke.find((*stanzas)[i]);
    const MemberId& holder = i < header.recipients.size() ? header.recipients[i] : header.sender;
    if (key == term.hpke.end() || key->second->member != holder || leaf.index < key->second->from) return Code::kSeal;
    stale = stale || is_stale(mandates, *key->second, leaf);
  }
  return stale ? Code::kStale : Code::kAccepted;
}

// The policy named is that of the roster version named, which is one that was in force.
bool names_its_policy(const Mandates& mandates, const Header& header, const Leaf& leaf) {
  const Mandates::Term* seen = mandates.of_version(header.roster_version);
  return seen != nullptr && seen->entry < leaf.index && seen->roster().policy_sha256 == header.policy_hash;
}

// The rules of a refused entry, in the order of their codes.
Judgement judge_entry(const Mandates& mandates, const Mandates::Term& term, const VerifiedFrame& frame, const Leaf& leaf) {
  const Header& header = frame.header();
  if (leaf.accept_time_ms > header.not_after_ms) return {Code::kExpired, {}, {}};
  if (!schema_known(header.kind, header.schema_id)) return {Code::kSchema, {}, {}};
  for (const MemberId& recipient : header.recipients) {
    if (!term.has_member(recipient)) return {Code::kRecipient, {}, {}};
  }
  const auto decision = decide(*term.policy, term.members, {header.sender, header.kind, header.marking, &header.recipients, header.suite});
  if (!decision.allowed()) return {decision.verdict, decision.rule, decision.basis};
  return {judge_seal(mandates, term, frame, leaf), decision.rule, decision.basis};
}

}  // namespace

Judgement judge(const Mandates& mandates, const Mandates::Term& term, const RosterKey& key, const VerifiedFrame& frame, const Leaf& leaf,
                const KeySeen& seen) {
  if (frame.header().sender != key.member) return {Code::kSender, {}, {}};
  if (!names_its_policy(mandates, frame.header(), leaf)) return {Code::kFormat, {}, {}};
  if (seen.superseded) return {Code::kKey, {}, {}};
  if (frame.header().sequence <= seen.last_sequence) return {Code::kChain, {}, {}};
  if (leaf.index < key.from) return {Code::kKey, {}, {}};
  if (!key.valid_at(leaf.index)) return {Code::kKeyRevoked, {}, {}};
  return judge_entry(mandates, term, frame, leaf);
}

}  // namespace liaison
