// SPDX-License-Identifier: Apache-2.0
// A roster of three members, a broker and three roots, its keys made from small numbers, for tests of the roster and the
// enrolment request.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "security/keys.h"
#include "security/log.h"
#include "security/roster.h"

namespace liaison::sample {

inline SigningKey signing_key(std::uint8_t number) {
  const Bytes seed(32, number);
  return SigningKey::from_seed(seed);
}
inline AgreementKey agreement_key(std::uint16_t number) {
  Bytes secret(32, 0x55);
  secret[1] = static_cast<std::uint8_t>(number >> 8), secret[2] = static_cast<std::uint8_t>(number);
  return AgreementKey::from_secret(secret);
}

struct Root {
  std::string id;
  SigningKey key;
  VerifierKey vkey;
  explicit Root(std::uint8_t number)
      : id("R" + std::to_string(number)), key(signing_key(number)),
        vkey(make_verifier_key("liaison.example.org/root/" + std::to_string(number), kVkeyEd25519, key.public_key())) {}
};

inline RosterKey roster_key(const std::string& member, char letter, KeyUse use, std::uint8_t number) {
  RosterKey key;
  key.id = "k" + member + letter;
  key.member = *MemberId::parse(member);
  key.use = use;
  key.key = use == KeyUse::sign || use == KeyUse::witness ? signing_key(number).public_key() : agreement_key(number).public_key();
  if (use == KeyUse::witness) key.vkey = make_verifier_key("liaison.example.org/witness/" + member, kVkeyCosignature, key.key);
  return key;
}

inline void sort_keys(Roster& roster) {
  std::sort(roster.keys.begin(), roster.keys.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

inline void add_member(Roster& roster, const std::string& id, std::uint16_t port, std::uint8_t number) {
  roster.members.push_back({*MemberId::parse(id), port, "192.0.2." + std::to_string(number) + "/28"});
  roster.keys.push_back(roster_key(id, 'a', KeyUse::sign, number));
  roster.keys.push_back(roster_key(id, 'c', KeyUse::curve, static_cast<std::uint8_t>(number + 1)));
  roster.keys.push_back(roster_key(id, 'e', KeyUse::hpke, static_cast<std::uint8_t>(number + 2)));
  roster.keys.push_back(roster_key(id, 'w', KeyUse::witness, static_cast<std::uint8_t>(number + 3)));
  sort_keys(roster);
}

// Version 1, signed by nobody yet; roots R1, R2 and R3, two of which must sign.
inline Roster roster() {
  Roster r;
  r.network = "liaison.example.org";
  r.version = 1;
  r.issued_ms = *from_rfc3339("2026-07-01T00:00:00Z");
  r.expires_ms = *from_rfc3339("2026-10-01T00:00:00Z");
  r.root_threshold = 2;
  for (std::uint8_t n = 1; n <= 3; ++n) r.roots.push_back({Root(n).id, Root(n).vkey});
  const PublicKey log = signing_key(11).public_key();
  r.broker = {"B1", signing_key(10).public_key(), agreement_key(12).public_key(), make_verifier_key(log_origin(r.network), kVkeyEd25519, log)};
  add_member(r, "1267", 5602, 16);
  add_member(r, "1373", 5603, 32);
  add_member(r, "1540", 5601, 48);
  r.witness_quorum = 2;
  r.policy_sha256.fill(0xAA);
  r.schemas_sha256.fill(0xBB);
  return r;
}

// The note of a roster, signed by the roots of these numbers.
inline std::string signed_note(const Roster& roster, const std::vector<std::uint8_t>& roots) {
  SignedNote note{roster_text(roster), {}};
  for (const auto number : roots) sign_note(note, Root(number).vkey, Root(number).key);
  return note.str();
}

// Version n+1 of a trusted roster, not changed otherwise.
inline Roster next_of(const TrustedRoster& before) {
  Roster next = before.roster;
  next.version += 1;
  next.previous = before.text_hash;
  return next;
}

}  // namespace liaison::sample
