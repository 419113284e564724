// SPDX-License-Identifier: Apache-2.0
#include "nodes/composer.h"

namespace liaison {

namespace {

Result<Header> make_header(const Identity& identity, const Mandates::Term& term, const Mirror& mirror, const Outgoing& letter, const ChainPlace& place) {
  const auto schema = schema_id_of(letter.kind);
  if (!schema) return fail(Code::kSchema, "this version knows no messages of the kind " + letter.kind);
  Header header;
  header.sender = identity.member;
  header.schema_id = *schema;
  header.kind = letter.kind;
  header.marking = letter.marking;
  header.recipients = letter.recipients;
  header.sequence = place.sequence;
  header.previous = place.previous;
  header.created_at_ms = place.now_ms;
  header.not_after_ms = place.now_ms + kLifeMs;
  header.roster_version = term.roster().version;
  header.policy_hash = term.roster().policy_sha256;
  if (mirror.seen()) {
    header.seen_size = mirror.seen()->checkpoint.size;
    header.seen_root = mirror.seen()->checkpoint.root;
  }
  random_bytes(header.nonce);
  header.in_reply_to = letter.in_reply_to;
  header.suite = is_sealed_kind(letter.kind) ? kSuiteSealed : kSuitePlain;
  return header;
}

Result<std::vector<SealTo>> seal_to(const Identity& identity, const Mandates::Term& term, const Mirror& mirror, const Outgoing& letter,
                                    const ChainPlace& place) {
  std::vector<SealTo> to;
  for (const MemberId& member : letter.recipients) {
    const RosterKey* key = TRY(sealing_key(term, member, mirror.size()));
    const auto pair = place.pair_seq.find(member);
    to.push_back({key->key_id(), key->key, pair == place.pair_seq.end() ? 0 : pair->second});
  }
  const RosterKey* own = TRY(sealing_key(term, identity.member, mirror.size()));
  if (identity.opening(own->key_id()) == nullptr)
    return fail(Code::kKey, "this node does not hold the private half of its own sealing key " + own->id,
                "put the new hpke key file into keys/ and start the node again");
  to.push_back({own->key_id(), own->key, 0});
  return to;
}

}  // namespace

bool is_sealed_kind(std::string_view kind) { return kind != kKindReceipt; }
bool is_service_kind(std::string_view kind) { return kind == kKindReceipt || kind == kKindHeartbeat; }

PolicyDecision ruling_on(const Mandates::Term& term, const MemberId& sender, const Outgoing& letter) {
  const std::uint8_t suite = is_sealed_kind(letter.kind) ? kSuiteSealed : kSuitePlain;
  return decide(*term.policy, term.members, {sender, letter.kind, letter.marking, &letter.recipients, suite});
}

Result<PolicyDecision> may_send(const Mandates::Term& term, const MemberId& sender, const Outgoing& letter) {
  for (const MemberId& recipient : letter.recipients) {
    if (!term.has_member(recipient))
      return fail(Code::kRecipient, recipient.str() + " is not a member of this exchange", "the members are " + member_list(term.members));
  }
  PolicyDecision decision = ruling_on(term, sender, letter);
  if (decision.allowed()) return decision;
  std::string why = "the policy does not let " + sender.str() + " send " + letter.kind + " marked " + letter.marking + " to " + member_list(letter.recipients);
  why += decision.rule == "default" || decision.rule.empty() ? " (no rule allows it)" : " (rule " + decision.rule + ": " + decision.basis + ")";
  return fail(decision.verdict, why, "choose other recipients or another marking, or ask for a change of the mandate policy");
}

Result<const RosterKey*> sealing_key(const Mandates::Term& term, const MemberId& member, std::uint64_t index) {
  const RosterKey* key = term.roster().newest(member, KeyUse::hpke, index);
  if (key == nullptr) return fail(Code::kKey, "the roster has no active sealing key of " + member.str(), "its operator must enrol a new hpke key");
  return key;
}

Result<Composed> compose(const Identity& identity, const Mandates::Term& term, const Mirror& mirror, const Outgoing& letter, const ChainPlace& place) {
  Header header = TRY(make_header(identity, term, mirror, letter, place));
  Composed out;
  out.key_id = key_id_of(KeyUse::sign, place.key->public_key());
  Bytes header_bytes, body;
  if (header.suite == kSuiteSealed) {
    const ContentKey content_key = ContentKey::generate();
    header.key_commitment = content_key.commitment();
    header_bytes = encode_header(header);
    const auto to = TRY(seal_to(identity, term, mirror, letter, place));
    body = TRY(seal_body(content_key, identity.network, out.key_id, header_bytes, to, letter.body));
    out.content_key = bytes_of(content_key.expose());
  } else {
    header_bytes = encode_header(header);
    body = bytes_of(letter.body);
  }
  if (header_bytes.size() > kHeaderBytesMax || body.size() > kBodyBytesMax)
    return fail(Code::kSize, "the message is too large to be sealed to so many recipients", "shorten its texts");
  out.frame = make_frame(identity.network, *place.key, header_bytes, body);
  const FrameView view = TRY(parse_frame(out.frame));
  out.message_id = message_id_of(to_sign(identity.network, view));
  out.frame_hash = frame_hash_of(out.frame);
  return out;
}

Result<Secret> body_of(const MessageRow& row) {
  const FrameView frame = TRY(parse_frame(row.frame));
  const Header header = TRY(decode_header(frame.header));
  if (header.suite == kSuitePlain) return Secret::copy_of(frame.body);
  if (row.content_key.empty()) return fail(Code::kOpen, "its content key is not kept");
  return open_with_content_key(ContentKey::from(row.content_key), frame.header, header.key_commitment.value_or(kZeroHash), frame.body);
}

}  // namespace liaison
