// SPDX-License-Identifier: Apache-2.0
// The steps that a proof is made of: what is in force at an index, whether something is where its leaf says, whether a
// receipt is about a message. Each error is a sentence with the code the protocol gives it. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nodes/cli/proof_file.h"
#include "security/frame.h"
#include "security/log.h"
#include "security/policy.h"
#include "security/roster.h"

namespace liaison {

// What decides about messages, with its places in the log: rosters and policies in order.
struct Charter {
  NetworkId network{};
  Checkpoint checkpoint;
  std::vector<TrustedRoster> rosters;
  std::vector<std::uint64_t> roster_at;
  std::vector<Policy> policies;
  std::vector<Hash> policy_hashes;
  std::vector<std::uint64_t> policy_at;

  // In force for an entry at this index: a roster counts from the entry after its own. nullptr before the first.
  const Roster* roster_for(std::uint64_t index) const;
};

std::string printable_name(std::string_view text);
// Versions 1..n, each with the thresholds it needs. kRoster or kNote with the version.
Result<std::vector<TrustedRoster>> trust_notes(const std::vector<std::string_view>& notes);
// The leaf of a place, when it is of this class, index and hash. kProof.
Result<Leaf> leaf_for(const Placed& place, LeafClass wanted, const Hash& hash);
// The leaf's path leads to the checkpoint's root. kProof.
Result<void> check_included(const Charter& charter, const Placed& place);
// Both of these for a list, with growing indices; returns the indices.
Result<std::vector<std::uint64_t>> place_all(const Charter& charter, LeafClass wanted, const std::vector<PlacedText>& texts, const std::vector<Hash>& hashes);
// The sign key of a frame: in the roster in force at the index, of a member of it, and valid there also by the newest
// roster that the file holds. kKey or kKeyRevoked.
Result<const RosterKey*> key_for(const Charter& charter, View frame, std::uint64_t index);
// What the policy in force says of the message; kProof when the leaf's verdict says something else.
Result<PolicyDecision> decide_at(const Charter& charter, const Header& header, const Leaf& leaf);
// The stanzas are those of the header's recipients and the sender, in order. kSeal.
Result<void> check_sealed_to(const Charter& charter, const VerifiedFrame& message, std::uint64_t index);

struct Delivery { MemberId member; Code verdict = Code::kAccepted; std::uint64_t index = 0; };
// A receipt of one of the message's recipients, signed, in the log, and covering this message at this index. kProof.
Result<Delivery> check_receipt(const Charter& charter, const VerifiedFrame& message, std::uint64_t message_index, const PlacedFrame& receipt);

}  // namespace liaison
