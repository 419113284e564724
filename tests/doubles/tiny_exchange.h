// SPDX-License-Identifier: Apache-2.0
// An exchange on paper: three roots, a broker's keys, three to six members with all their keys, a roster signed by two
// roots and a policy that lets every member send everything to everybody. Members write real frames: sealed, signed and
// chained. No I/O; all keys come from small numbers, so that a failure shows the same bytes again.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "schemas/message.h"
#include "security/frame.h"
#include "security/hash.h"
#include "security/log.h"
#include "security/policy.h"
#include "security/roster.h"
#include "security/sealing.h"

namespace liaison {

inline SigningKey numbered_signing_key(std::uint8_t number) { return SigningKey::from_seed(Bytes(32, number)); }
inline AgreementKey numbered_agreement_key(std::uint8_t number) {
  Bytes secret(32, 0x55);
  secret[1] = number;
  return AgreementKey::from_secret(secret);
}

struct TinyMember {
  MemberId id;
  SigningKey sign, witness;
  AgreementKey curve, hpke;
  TinyMember(MemberId member, std::uint8_t number)
      : id(std::move(member)),
        sign(numbered_signing_key(number)),
        witness(numbered_signing_key(static_cast<std::uint8_t>(number + 1))),
        curve(numbered_agreement_key(static_cast<std::uint8_t>(number + 2))),
        hpke(numbered_agreement_key(static_cast<std::uint8_t>(number + 3))) {}
};

// What a member wants to say; `edit` changes the finished header, for frames that must be refused.
struct Letter {
  std::vector<MemberId> to;
  std::string kind = "visit.plan";
  std::string marking = "named";
  std::string text = "a body";
  std::uint8_t suite = kSuiteSealed;
  std::function<void(Header&)> edit = {};
  std::map<MemberId, std::uint64_t> pair_seq_of = {};   // of recipients whose number is another one than pair_seq
  std::optional<std::uint64_t> pair_seq = {};           // of every recipient; without it the sequence
};

class TinyExchange {
 public:
  static constexpr TimeMs kStart = 1'785'000'000'000;   // in July 2026

  explicit TinyExchange(std::size_t count = 3)
      : broker_sign(numbered_signing_key(10)), broker_log(numbered_signing_key(11)), broker_curve(numbered_agreement_key(12)) {
    static const std::vector<std::string> kIds{"1267", "1373", "1540", "2001", "2002", "2003"};
    for (std::size_t i = 0; i < count; ++i) members.emplace_back(*MemberId::parse(kIds.at(i)), static_cast<std::uint8_t>(20 + 10 * i));
    policy = policy_text(1, std::nullopt, "allow all publish * visit.plan <=named to * under \"a basis\"\n");
    roster = first_roster();
  }

  std::vector<TinyMember> members;   // sorted by id
  SigningKey broker_sign, broker_log;
  AgreementKey broker_curve;
  std::string policy;
  Roster roster;                     // version 1

  TinyMember& member(const std::string& id) {
    return *std::find_if(members.begin(), members.end(), [&](const TinyMember& m) { return m.id.str() == id; });
  }
  std::vector<MemberId> others(const MemberId& than) const {
    std::vector<MemberId> ids;
    for (const TinyMember& m : members) if (m.id != than) ids.push_back(m.id);
    return ids;
  }

  // The policy with these rules; every member may send receipts.
  static std::string policy_text(std::uint64_t version, const std::optional<Hash>& previous, const std::string& rules) {
    return "liaison-policy/v1\nversion " + std::to_string(version) + "\nprevious " + (previous ? base64(*previous) : "-") +
           "\nmarking public committees named\nkind assistance.request expert extract list.entry overlap.reply overlap.result overlap.tokens overlap.word "
           "receipt record.answer record.recall visit.answer visit.plan visit.recall\n"
           "encrypt public except receipt\n" +
           rules + "allow receipts publish * receipt public to * under \"service\"\n";
  }

  std::string note() const { return signed_note(roster); }
  std::string signed_note(const Roster& signing) const {
    SignedNote note{roster_text(signing), {}};
    for (const std::uint8_t n : {std::uint8_t{1}, std::uint8_t{3}}) sign_note(note, root_vkey(n), numbered_signing_key(n));
    return note.str();
  }
  // Version n+1 of a roster, changed by `edit`.
  static Roster next_roster(const Roster& before, const std::function<void(Roster&)>& edit) {
    Roster next = before;
    next.version += 1;
    next.previous = sha256(view_of(roster_text(before)));
    edit(next);
    std::sort(next.keys.begin(), next.keys.end(), [](const RosterKey& a, const RosterKey& b) { return a.id < b.id; });
    return next;
  }
  NetworkId network_id() const { return network_id_of(roster.network, sha256(view_of(roster_text(roster)))); }
  VerifierKey log_vkey() const { return make_verifier_key(log_origin(roster.network), kVkeyEd25519, broker_log.public_key()); }

  static RosterKey key_line(const std::string& id, const MemberId& member, KeyUse use, const PublicKey& key) {
    RosterKey line;
    line.id = id;
    line.member = member;
    line.use = use;
    line.key = key;
    if (use == KeyUse::witness) line.vkey = make_verifier_key("tiny.example/witness/" + member.str(), kVkeyCosignature, key);
    return line;
  }

  // The header of a member's frame with this sequence and chain, as its node would write it now.
  Header header_for(const TinyMember& from, const Letter& letter, std::uint64_t sequence, const MessageId& previous, TimeMs now_ms) const {
    Header header;
    header.sender = from.id;
    header.kind = letter.kind;
    header.schema_id = schema_id_of(letter.kind).value_or(sha256(view_of(letter.kind)));
    header.marking = letter.marking;
    header.recipients = letter.to;
    header.sequence = sequence;
    header.previous = previous;
    header.created_at_ms = now_ms;
    header.not_after_ms = now_ms + 30ULL * 86'400'000;
    header.roster_version = roster.version;
    header.policy_hash = roster.policy_sha256;
    header.seen_size = 2;
    header.seen_root = sha256(view_of("seen"));
    const Hash unique = sha256(view_of(from.id.str() + std::to_string(sequence) + letter.text));
    std::copy_n(unique.begin(), header.nonce.size(), header.nonce.begin());
    header.suite = letter.suite;
    return header;
  }

  // A whole frame; the seal goes to each recipient's hpke key and the sender's own.
  Bytes frame(const TinyMember& from, const Letter& letter, std::uint64_t sequence, const MessageId& previous, TimeMs now_ms) const {
    Header header = header_for(from, letter, sequence, previous, now_ms);
    const ContentKey content_key = ContentKey::generate();
    if (letter.suite == kSuiteSealed) header.key_commitment = content_key.commitment();
    if (letter.edit) letter.edit(header);
    const Bytes header_bytes = encode_header(header);
    Bytes body = bytes_of(view_of(letter.text));
    if (letter.suite == kSuiteSealed) {
      const auto to = seal_to(from, header, letter);
      body = *seal_body(content_key, network_id(), key_id_of(KeyUse::sign, from.sign.public_key()), header_bytes, to, body);
    }
    return make_frame(network_id(), from.sign, header_bytes, body);
  }

  std::vector<SealTo> seal_to(const TinyMember& from, const Header& header, const Letter& letter = {}) const {
    std::vector<SealTo> to;
    const auto add = [&](const MemberId& id, std::uint64_t number) {
      for (const TinyMember& m : members) {
        if (m.id == id) to.push_back({key_id_of(KeyUse::hpke, m.hpke.public_key()), m.hpke.public_key(), number});
      }
    };
    for (const MemberId& id : header.recipients) {
      const auto own = letter.pair_seq_of.find(id);
      add(id, own == letter.pair_seq_of.end() ? letter.pair_seq.value_or(header.sequence) : own->second);
    }
    add(from.id, 0);
    return to;
  }

 private:
  VerifierKey root_vkey(std::uint8_t n) const {
    return make_verifier_key("tiny.example/root/" + std::to_string(n), kVkeyEd25519, numbered_signing_key(n).public_key());
  }
  Roster first_roster() const {
    Roster first;
    first.network = "tiny.example";
    first.version = 1;
    first.issued_ms = kStart / 1000 * 1000;
    first.expires_ms = first.issued_ms + 90ULL * 86'400'000;
    first.root_threshold = 2;
    for (std::uint8_t n = 1; n <= 3; ++n) first.roots.push_back({"R" + std::to_string(n), root_vkey(n)});
    first.broker = {"B1", broker_sign.public_key(), broker_curve.public_key(),
                    make_verifier_key(log_origin(first.network), kVkeyEd25519, broker_log.public_key())};
    std::uint16_t port = 5601;
    for (const TinyMember& m : members) {
      first.members.push_back({m.id, port++, "127.0.0.0/8"});
      first.keys.push_back(key_line("k" + m.id.str() + "a", m.id, KeyUse::sign, m.sign.public_key()));
      first.keys.push_back(key_line("k" + m.id.str() + "c", m.id, KeyUse::curve, m.curve.public_key()));
      first.keys.push_back(key_line("k" + m.id.str() + "e", m.id, KeyUse::hpke, m.hpke.public_key()));
      first.keys.push_back(key_line("k" + m.id.str() + "w", m.id, KeyUse::witness, m.witness.public_key()));
    }
    first.witness_quorum = 2;
    first.policy_sha256 = sha256(view_of(policy));
    first.schemas_sha256 = sha256(view_of(schemas_text()));
    return first;
  }
};

}  // namespace liaison
