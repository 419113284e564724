// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/proof_steps.h"

#include <fmt/format.h>

#include <algorithm>

#include "schemas/text.h"
#include "security/sealing.h"

namespace liaison {
namespace {

Error wrong(std::string sentence) { return fail(Code::kProof, std::move(sentence)); }

bool is_policy_verdict(Code code) { return code == Code::kMarking || code == Code::kPolicy || code == Code::kEncryptionRequired; }

// The policy that the roster in force names; it must be an entry before the message.
Result<const Policy*> policy_for(const Charter& charter, const Roster& roster, std::uint64_t index) {
  for (std::size_t i = 0; i < charter.policies.size(); ++i) {
    if (charter.policy_hashes[i] == roster.policy_sha256 && charter.policy_at[i] < index) return &charter.policies[i];
  }
  return wrong("the policy in force is not among the file's policies before the message");
}

// What a sender saw may be old, but must have existed: that roster, naming that policy.
Result<void> check_seen(const Charter& charter, const Header& header, const Roster& in_force) {
  if (header.roster_version == 0 || header.roster_version > in_force.version) return wrong("the message names a roster that was not in force yet");
  const Roster& seen = charter.rosters[header.roster_version - 1].roster;
  if (seen.policy_sha256 != header.policy_hash) return wrong("the message names a policy that is not its roster's");
  return {};
}

}  // namespace

const Roster* Charter::roster_for(std::uint64_t index) const {
  const Roster* found = nullptr;
  for (std::size_t i = 0; i < rosters.size() && i < roster_at.size(); ++i) {
    if (roster_at[i] < index) found = &rosters[i].roster;
  }
  return found;
}

std::string printable_name(std::string_view text) { return printable(text, 128); }

Result<std::vector<TrustedRoster>> trust_notes(const std::vector<std::string_view>& notes) {
  std::vector<TrustedRoster> chain;
  for (const std::string_view note : notes) {
    auto next = chain.empty() ? trust_first_roster(note) : trust_next_roster(chain.back(), note);
    if (!next) return within(fmt::format("roster {}", chain.size() + 1), next.error());
    chain.push_back(std::move(*next));
  }
  return chain;
}

Result<Leaf> leaf_for(const Placed& place, LeafClass wanted, const Hash& hash) {
  const Leaf leaf = TRY(decode_leaf(place.leaf));
  if (leaf.leaf_class != wanted) return wrong("the leaf is of another class");
  if (leaf.index != place.index) return wrong(fmt::format("the leaf is that of entry {}, not {}", leaf.index, place.index));
  if (leaf.hash != hash) return wrong("the leaf is that of other bytes");
  return leaf;
}

Result<void> check_included(const Charter& charter, const Placed& place) {
  if (!inclusion_holds(leaf_hash(place.leaf), place.index, charter.checkpoint.size, place.path, charter.checkpoint.root)) {
    return wrong(fmt::format("the path of entry {} does not lead to the checkpoint's root", place.index));
  }
  return {};
}

Result<std::vector<std::uint64_t>> place_all(const Charter& charter, LeafClass wanted, const std::vector<PlacedText>& texts, const std::vector<Hash>& hashes) {
  std::vector<std::uint64_t> indices;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Leaf leaf = TRY(leaf_for(texts[i].place, wanted, hashes[i]));
    if (leaf.verdict != Code::kAccepted) return wrong(fmt::format("entry {} was not accepted", leaf.index));
    TRY(check_included(charter, texts[i].place));
    if (!indices.empty() && leaf.index <= indices.back()) return wrong("the entries do not come in the log's order");
    indices.push_back(leaf.index);
  }
  return indices;
}

Result<const RosterKey*> key_for(const Charter& charter, View frame, std::uint64_t index) {
  const FrameView view = TRY(parse_frame(frame));
  const Roster* roster = charter.roster_for(index);
  if (roster == nullptr) return fail(Code::kKey, "no roster was in force at this entry");
  const RosterKey* key = roster->find(KeyUse::sign, view.key_id);
  if (key == nullptr) return fail(Code::kKey, fmt::format("the roster in force at entry {} has no such sign key", index));
  if (roster->member(key->member) == nullptr) return fail(Code::kKey, fmt::format("{} was no member at entry {}", key->member.str(), index));
  if (!key->valid_at(index)) return fail(Code::kKeyRevoked, fmt::format("{} was not valid at entry {}", key->id, index));
  const RosterKey* newest = charter.rosters.back().roster.key(key->id);
  if (newest == nullptr || !newest->valid_at(index))
    return fail(Code::kKeyRevoked, fmt::format("{} is not trusted at entry {}: it was revoked later", key->id, index));
  return key;
}

Result<PolicyDecision> decide_at(const Charter& charter, const Header& header, const Leaf& leaf) {
  const Roster* roster = charter.roster_for(leaf.index);
  if (roster == nullptr) return wrong("no roster was in force at this entry");
  TRY(check_seen(charter, header, *roster));
  if (leaf.verdict == Code::kAccepted && leaf.accept_time_ms > header.not_after_ms) return wrong("it was accepted after the time until which it was valid");
  const Policy* policy = TRY(policy_for(charter, *roster, leaf.index));
  std::vector<MemberId> members;
  for (const RosterMember& member : roster->members) members.push_back(member.id);
  PolicyQuestion question{header.sender, header.kind, header.marking, &header.recipients, header.suite};
  PolicyDecision decision = decide(*policy, members, question);
  if (leaf.verdict != Code::kAccepted && !is_policy_verdict(leaf.verdict)) return decision;   // refused for another reason
  if (decision.verdict != leaf.verdict) {
    return wrong(fmt::format("the log says {}, the policy says {} (rule {})", code_name(leaf.verdict), code_name(decision.verdict), decision.rule));
  }
  return decision;
}

Result<void> check_sealed_to(const Charter& charter, const VerifiedFrame& message, std::uint64_t index) {
  const Header& header = message.header();
  const std::vector<KeyId> ids = TRY(stanza_key_ids(message.body()));
  const Roster* roster = charter.roster_for(index);
  if (roster == nullptr || ids.size() != header.recipients.size() + 1) return fail(Code::kSeal, "the body is not sealed to as many keys as it must be");
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const MemberId& holder = i < header.recipients.size() ? header.recipients[i] : header.sender;
    const RosterKey* key = roster->find(KeyUse::hpke, ids[i]);
    if (key == nullptr || key->member != holder) return fail(Code::kSeal, fmt::format("stanza {} is not sealed to a key of {}", i + 1, holder.str()));
  }
  return check_stanzas(message.body(), ids);
}

Result<Delivery> check_receipt(const Charter& charter, const VerifiedFrame& message, std::uint64_t message_index, const PlacedFrame& receipt) {
  const RosterKey* key = TRY(key_for(charter, receipt.frame, receipt.place.index));
  const VerifiedFrame frame = TRY(verify_frame(charter.network, key->key, receipt.frame));
  const Header& header = frame.header();
  const std::string who = fmt::format("the receipt at entry {}", receipt.place.index);
  if (header.sender != key->member) return wrong(who + " names another sender than its key's member");
  if (header.kind != kKindReceipt || header.suite != kSuitePlain) return wrong(who + " is no receipt");
  const auto& recipients = message.header().recipients;
  if (std::find(recipients.begin(), recipients.end(), header.sender) == recipients.end()) return wrong(who + " is not of a recipient of this message");
  if (header.recipients != std::vector<MemberId>{message.header().sender}) return wrong(who + " is not addressed to the message's sender");
  const Leaf leaf = TRY(leaf_for(receipt.place, LeafClass::kFrame, frame.frame_hash()));
  if (leaf.verdict != Code::kAccepted) return wrong(who + " was refused by the exchange");
  TRY(check_included(charter, receipt.place));
  const std::vector<Covered> all = TRY(decode_receipt(frame.body()));
  for (const Covered& covered : all) {
    if (covered.message_id != message.message_id()) continue;
    if (covered.frame_hash != message.frame_hash() || covered.index != message_index) return wrong(who + " is about another frame or place");
    return Delivery{header.sender, covered.verdict, leaf.index};
  }
  return wrong(who + " does not cover this message");
}

}  // namespace liaison
