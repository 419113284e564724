// SPDX-License-Identifier: Apache-2.0
// From what an officer wants to say to the exact bytes that leave: header, seal, signature. Also the early policy decision.
// Pure but for random keys and nonces; the outbox owns what comes out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/identity.h"
#include "nodes/mandates.h"
#include "nodes/message_rows.h"
#include "nodes/mirror.h"
#include "security/sealing.h"

namespace liaison {

inline constexpr TimeMs kLifeMs = 30 * kDayMs;   // not_after - created_at

struct Outgoing {
  std::string kind, marking;
  std::vector<MemberId> recipients;    // sorted
  MessageId in_reply_to{};
  View body;
};
// Its place in the sender's chain.
struct ChainPlace {
  const SigningKey* key = nullptr;
  std::uint64_t sequence = 0;
  MessageId previous{};
  std::map<MemberId, std::uint64_t> pair_seq;   // for each recipient of a sealed kind
  TimeMs now_ms = 0;
};
struct Composed {
  Bytes frame;
  MessageId message_id{};
  Hash frame_hash{};
  KeyId key_id{};
  Bytes content_key;    // empty under suite 1
};

// A receipt travels open; every domain body is sealed.
bool is_sealed_kind(std::string_view kind);
// Receipts and heartbeats: no pair sequence, no delivery receipt, a bucket of their own.
bool is_service_kind(std::string_view kind);

// The word of the policy in force about this letter, allowed or not: verdict, rule and basis. Its recipients are members.
PolicyDecision ruling_on(const Mandates::Term& term, const MemberId& sender, const Outgoing& letter);
// What the policy in force says to this letter; with kPolicy, kMarking or kEncryptionRequired its sentence names the rule,
// its basis and what to try. kRecipient for somebody who is no member.
Result<PolicyDecision> may_send(const Mandates::Term& term, const MemberId& sender, const Outgoing& letter);

// The member's newest active key of a use; kKey with a sentence when there is none.
Result<const RosterKey*> sealing_key(const Mandates::Term& term, const MemberId& member, std::uint64_t index);

// Seals and signs. kSchema for an unknown kind, kSize for a body that does not fit, kKey for a recipient without a usable
// sealing key.
Result<Composed> compose(const Identity& identity, const Mandates::Term& term, const Mirror& mirror, const Outgoing& letter, const ChainPlace& place);

// The body of a stored message, own or received, with the content key that is kept beside it. kOpen, or what is wrong with the frame.
Result<Secret> body_of(const MessageRow& row);

}  // namespace liaison
