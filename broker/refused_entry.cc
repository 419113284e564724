// SPDX-License-Identifier: Apache-2.0
#include "broker/refused_entry.h"

#include <algorithm>

#include "schemas/message.h"
#include "security/sealing.h"

namespace liaison {

namespace {

constexpr TimeMs kRetiredKeyMs = 30 * kDayMs;
constexpr std::string_view kReceiptMarking = "public";

Code judge_receipt(const Header& header) {
  const bool plain = header.marking == kReceiptMarking && header.suite == kSuitePlain && header.recipients.size() == 1;
  return plain ? Code::kAccepted : Code::kSeal;
}

bool is_stale(const RosterKey& key, const Charter& charter, std::uint64_t index, TimeMs accept_time_ms) {
  if (key.status == KeyStatus::revoked) return index >= key.trusted_below.value_or(0);
  const auto since = charter.retired_since(key.key_id());
  return since && accept_time_ms >= *since + kRetiredKeyMs;
}

// Exactly one stanza for each recipient in header order, then the sender's own, each to an hpke key of its holder.
Code judge_seal(const VerifiedFrame& frame, const Charter& charter, std::uint64_t index, TimeMs accept_time_ms) {
  if (frame.header().suite != kSuiteSealed) return Code::kSeal;   // whatever the policy asks: the operator sees no body
  const auto key_ids = stanza_key_ids(frame.body());
  std::vector<MemberId> holders = frame.header().recipients;
  holders.push_back(frame.header().sender);
  if (!key_ids || key_ids->size() != holders.size() || !check_stanzas(frame.body(), *key_ids)) return Code::kSeal;
  bool stale = false;
  for (std::size_t i = 0; i < holders.size(); ++i) {
    const RosterKey* key = charter.hpke_key((*key_ids)[i]);
    if (key == nullptr || key->member != holders[i] || index < key->from) return Code::kSeal;
    stale = stale || is_stale(*key, charter, index, accept_time_ms);
  }
  return stale ? Code::kStale : Code::kAccepted;
}

}  // namespace

RefusedEntry judge_entry(const VerifiedFrame& frame, const Charter& charter, std::uint64_t index, TimeMs accept_time_ms) {
  const Header& header = frame.header();
  if (accept_time_ms > header.not_after_ms) return {Code::kExpired, {}, {}};
  if (!schema_known(header.kind, header.schema_id)) return {Code::kSchema, {}, {}};
  const bool known = std::all_of(header.recipients.begin(), header.recipients.end(),
                                 [&](const MemberId& id) { return charter.has_member(id); });
  if (!known) return {Code::kRecipient, {}, {}};
  PolicyDecision decision = decide(*charter.policy(), charter.members(),
                                   {header.sender, header.kind, header.marking, &header.recipients, header.suite});
  if (!decision.allowed()) return {decision.verdict, std::move(decision.rule), std::move(decision.basis)};
  const Code seal = header.kind == kKindReceipt ? judge_receipt(header) : judge_seal(frame, charter, index, accept_time_ms);
  return {seal, std::move(decision.rule), std::move(decision.basis)};
}

}  // namespace liaison
