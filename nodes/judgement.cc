// SPDX-License-Identifier: Apache-2.0
#include "nodes/judgement.h"

#include "nodes/composer.h"
#include "security/sealing.h"

namespace liaison {

namespace {

bool seal_fits(const Mandates::Term& term, const VerifiedFrame& frame) {
  const Header& header = frame.header();
  if (header.kind == kKindReceipt) return header.suite == kSuitePlain && header.recipients.size() == 1;
  if (header.suite != kSuiteSealed) return false;
  const auto stanzas = stanza_key_ids(frame.body());
  if (!stanzas || stanzas->size() != header.recipients.size() + 1) return false;
  for (std::size_t i = 0; i < stanzas->size(); ++i) {
    const auto key = term.hpke.find((*stanzas)[i]);
    const MemberId& holder = i < header.recipients.size() ? header.recipients[i] : header.sender;
    if (key == term.hpke.end() || key->second->member != holder) return false;
  }
  return check_stanzas(frame.body(), *stanzas).has_value();
}

// The rules of a refused entry, in the order of their codes.
Judgement judge_entry(const Mandates::Term& term, const VerifiedFrame& frame, const Leaf& leaf) {
  const Header& header = frame.header();
  if (leaf.accept_time_ms > header.not_after_ms) return {Code::kExpired, {}, {}};
  if (!schema_known(header.kind, header.schema_id)) return {Code::kSchema, {}, {}};
  for (const MemberId& recipient : header.recipients) {
    if (!term.has_member(recipient)) return {Code::kRecipient, {}, {}};
  }
  const auto decision = decide(*term.policy, term.members, {header.sender, header.kind, header.marking, &header.recipients, header.suite});
  if (!decision.allowed()) return {decision.verdict, decision.rule, decision.basis};
  return {seal_fits(term, frame) ? Code::kAccepted : Code::kSeal, decision.rule, decision.basis};
}

}  // namespace

Judgement judge(const Mandates::Term& term, const RosterKey& key, const VerifiedFrame& frame, const Leaf& leaf, std::uint64_t last_sequence) {
  if (frame.header().sender != key.member) return {Code::kSender, {}, {}};
  if (frame.header().sequence <= last_sequence) return {Code::kChain, {}, {}};
  if (!key.valid_at(leaf.index)) return {Code::kKeyRevoked, {}, {}};
  return judge_entry(term, frame, leaf);
}

}  // namespace liaison
