// SPDX-License-Identifier: Apache-2.0
// What the offline authority does with rosters: draft version 1 from enrolment requests, draft version n+1 from version n,
// sign, count signatures, and read one aloud. A draft is a note file without signatures that travels from root to root;
// nothing here talks to a network. Pure functions over text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"
#include "security/roster.h"

namespace liaison {

struct NewMember { Enrolment request; std::uint16_t port = 0; std::string net; };

struct FirstRoster {
  std::string network;
  std::vector<RosterRoot> roots;
  std::uint32_t threshold = 0;
  Enrolment broker;
  std::string broker_id;
  std::vector<NewMember> members;
  Hash policy_sha256{};
  Hash schemas_sha256{};
  TimeMs issued_ms = 0;
  std::uint64_t expires_days = 0;
};
// The text of version 1. kRoster when a request is of another network, brings too few keys, or stands for the wrong kind
// of party; also whatever parse_roster finds in the result.
Result<std::string> first_roster(const FirstRoster& wanted);

struct Retirement { std::string key; std::uint64_t until = 0; };
struct Revocation { std::string key; std::uint64_t trusted_below = 0; std::string reason; };
struct NextRoster {
  std::vector<Enrolment> rotations;      // new keys of members that are in the roster
  std::vector<NewMember> members;        // new members
  std::vector<MemberId> leaving;
  std::vector<Retirement> retired;
  std::vector<Revocation> revoked;
  std::vector<RosterRoot> roots_added;
  std::vector<std::string> roots_dropped;
  std::optional<std::uint32_t> threshold;
  std::optional<Hash> policy_sha256;
  std::optional<Hash> schemas_sha256;
  std::uint64_t from_index = 0;          // the first log index at which new keys are valid
  TimeMs issued_ms = 0;
  std::uint64_t expires_days = 0;
};
// The text of the version after `before`. kRoster as above, for a key or member that is not there, for a rotation that brings
// nothing new or is vouched for by a sign key that is another member's or has ended, and for whatever check_succession finds.
Result<std::string> next_roster(const Roster& before, const Hash& before_text_hash, const NextRoster& wanted);

// "1540-hpke-2": member, use, and the first number that is free.
std::string free_key_name(const Roster& roster, const MemberId& member, KeyUse use);

// The policy file after this one: the same rules, its version one higher, this one named as the one before. kPolicyFile.
Result<std::string> next_policy(std::string_view file);
// A roster that brings another policy brings one that names the policy of the roster before. kPolicyFile.
Result<void> check_policy_follows(const Roster& before, std::string_view file);

// The key id, enough to tell a key from another when read aloud: "1a2b 3c4d 5e6f 7a8b". All of a request, each after its use.
std::string spoken_key(KeyUse use, const PublicKey& key);
std::string spoken_keys(const Enrolment& request);

// Adds the root's signature to a note file's text. kRoster when the root is in neither version, kKey when the key is not
// the root's. `before` is the version before, whose roots sign too.
struct SignedRoster { std::string note; std::string report; };
Result<SignedRoster> sign_roster(std::string_view note, const std::string& root_id, const SigningKey& key, const std::optional<Roster>& before);
// "signatures: 2 of 3 roots, 2 needed: enough" for the note's own roots, and one more line for those of the version before.
std::string signature_report(const SignedNote& note, const Roster& roster, const std::optional<Roster>& before);

// A page about a roster that can be read aloud: fingerprints in groups of four, dates as dates, who is who.
std::string roster_page(const SignedNote& note, const Roster& roster);

}  // namespace liaison
