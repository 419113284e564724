// SPDX-License-Identifier: Apache-2.0
// The roster, PROTOCOL 1: who is a member, with which keys, from which index. One page of text, signed by k of n roots.
// A Roster is a checked value; Rosters is the chain v1..vn that a broker or node holds. No I/O, no clock.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"
#include "security/keys.h"
#include "security/note.h"

namespace liaison {

enum class KeyStatus { active, retired, revoked };
struct RosterRoot { std::string id; VerifierKey key; };
struct RosterBroker { std::string id; PublicKey sign{}; PublicKey curve{}; VerifierKey log; };
struct RosterMember { MemberId id; std::uint16_t port = 0; std::string net; };
struct RosterKey {
  std::string id;
  MemberId member;
  KeyUse use = KeyUse::sign;
  PublicKey key{};
  std::optional<VerifierKey> vkey;            // witness keys
  std::uint64_t from = 0;
  std::optional<std::uint64_t> until;         // retired: valid below
  std::optional<std::uint64_t> trusted_below; // revoked: trusted below
  KeyStatus status = KeyStatus::active;
  std::string reason;
  // Remembered by parse_roster and good for this use and key only: find() is asked once for every message.
  struct Hint { KeyUse use = KeyUse::sign; PublicKey key{}; KeyId id{}; };
  std::optional<Hint> hint;
  KeyId key_id() const;
  // Valid for an entry at this log index (PROTOCOL 6).
  bool valid_at(std::uint64_t index) const;
};

struct Roster {
  std::string network;
  std::uint64_t version = 0;
  std::optional<Hash> previous;               // none in version 1
  TimeMs issued_ms = 0;
  TimeMs expires_ms = 0;
  std::uint32_t root_threshold = 0;
  std::vector<RosterRoot> roots;
  RosterBroker broker;
  std::vector<RosterMember> members;          // sorted by id
  std::vector<RosterKey> keys;                // sorted by id
  std::uint32_t witness_quorum = 0;
  Hash policy_sha256{};
  Hash schemas_sha256{};

  const RosterMember* member(const MemberId& id) const;
  const RosterKey* key(std::string_view id) const;
  // The member's key of that use with this lookup hint, whatever its status; nullptr when there is none. The key's member
  // may have left the roster since: ask member() too.
  const RosterKey* find(KeyUse use, const KeyId& id) const;
  // The member's newest key of a use at an index: the active one with the highest `from`, then the last id. Where none is
  // active yet, a retired one whose end is still ahead, so that nobody falls silent between two keys. nullptr when none.
  const RosterKey* newest(const MemberId& member, KeyUse use, std::uint64_t index) const;
  // Members' keys of one use in roster order.
  std::vector<const RosterKey*> keys_of(const MemberId& member, KeyUse use) const;
};

// The canonical text (PROTOCOL 1's grammar, line kinds in that order, sorted by id).
std::string roster_text(const Roster& roster);
// kRoster with the line number and a sentence. Accepts exactly the canonical text. Checks what one version alone can
// show: grammar, order, every public key's soundness, no public key twice, no two equal key_ids, expires <= 100 days after
// issued, thresholds within their counts, an active key's member listed, the log vkey's name. A network name is
// [A-Za-z0-9._-]{1,128}; no port stands twice; `net` is ADDRESS/BITS.
Result<Roster> parse_roster(std::string_view text);
// Version n+1 after n: names n's hash, only grows, keys keep their lines but for until, trusted-below, status and reason,
// the broker line is unchanged. kRoster.
Result<void> check_succession(const Roster& before, const Hash& before_text_hash, const Roster& after);

// A roster note is an entry of the log and goes to every node in one ITEMS: a text of at most 64 KiB and its signatures,
// those of unknown names included. Above this its form is refused, before the log has it.
inline constexpr std::size_t kRosterNoteBytesMax = 96 * 1024;

// A roster that a broker or node may use: the note's text parsed, threshold of its own roots (and of the roster before).
struct TrustedRoster { Roster roster; Hash text_hash{}; std::string note; };
// Version 1 with the threshold of its own roots; people compare the fingerprint (text_hash). kRoster, or kNote for form.
Result<TrustedRoster> trust_first_roster(std::string_view note);
// Version n+1 with the thresholds of n's roots and of its own. kRoster, or kNote for form; a note that is refused for a
// lower version, or an equal one with other text, is evidence to keep.
Result<TrustedRoster> trust_next_roster(const TrustedRoster& before, std::string_view note);

// Enrolment request (PROTOCOL 1): text with every use and public key, then "pop KEYUSE base64" lines: Ed25519 signatures
// under the prefix "liaison/pop/v1" (16 bytes, NUL-padded) over the text, by each Ed25519 key in it.
//   liaison-enrolment/v1 / network NAME / member 1540 | broker B1 / key USE pub=BASE64 (curve: Z85) ... / blank line / pop lines
struct EnrolmentKey { KeyUse use = KeyUse::sign; PublicKey key{}; };
struct Enrolment { std::string network; std::string id; bool is_broker = false; std::vector<EnrolmentKey> keys; };
// CHECKs that each signer is the request's key of that use.
std::string make_enrolment(const Enrolment& request, const std::vector<std::pair<KeyUse, const SigningKey*>>& signers);
// kSignature when a proof is missing or wrong; kRoster for form. To enrol, a member brings sign, witness, curve and hpke,
// a broker sign, log and curve (is_whole); to rotate, any subset with `sign`: the new sign key, or the present one, which
// then vouches for the others.
Result<Enrolment> open_enrolment(std::string_view text);
bool is_whole(const Enrolment& request);

}  // namespace liaison
