// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "security/hash.h"
#include "security/roster.h"
#include "tests/security/sample_roster.h"

namespace liaison {
namespace {

using Roots = std::vector<std::uint8_t>;

TrustedRoster first() { return *trust_first_roster(sample::signed_note(sample::roster(), {1, 3})); }

// The sentence of the refusal, or "accepted".
std::string follow(const TrustedRoster& before, const Roster& next, const Roots& roots) {
  const auto trusted = trust_next_roster(before, sample::signed_note(next, roots));
  if (trusted) return "accepted";
  EXPECT_EQ(trusted.error().code, Code::kRoster);
  return trusted.error().what;
}

#define EXPECT_SAYS(sentence, part) EXPECT_NE((sentence).find(part), std::string::npos) << (sentence)

TEST(RosterChain, TheFirstRosterNeedsTheThresholdOfItsOwnRoots) {
  const Roster r = sample::roster();
  for (const Roots& enough : {Roots{1, 2}, Roots{3, 1}, Roots{1, 2, 3}, Roots{1, 2, 9}}) {
    const auto trusted = trust_first_roster(sample::signed_note(r, enough));
    ASSERT_TRUE(trusted.has_value()) << trusted.error().what;
    EXPECT_EQ(trusted->text_hash, sha256(view_of(roster_text(r)))) << "whoever signed";
    EXPECT_EQ(trusted->note, sample::signed_note(r, enough));
  }
  for (const Roots& few : {Roots{1}, Roots{1, 9}, Roots{8, 9}}) {
    const auto trusted = trust_first_roster(sample::signed_note(r, few));
    ASSERT_FALSE(trusted.has_value());
    EXPECT_EQ(trusted.error().code, Code::kRoster);
  }
}

TEST(RosterChain, ABrokenSignatureBesideEnoughGoodOnesIsRefused) {
  auto note = *parse_note(sample::signed_note(sample::roster(), {1, 2, 3}));
  note.signatures[2].bytes[0] ^= 1;
  EXPECT_FALSE(trust_first_roster(note.str()).has_value());
}

TEST(RosterChain, OneRootThatSignsTwiceCountsOnce) {
  auto note = *parse_note(sample::signed_note(sample::roster(), {1}));
  note.signatures.push_back(note.signatures[0]);
  EXPECT_FALSE(trust_first_roster(note.str()).has_value());
}

TEST(RosterChain, TheFirstRosterIsVersionOne) {
  const auto trusted = trust_first_roster(sample::signed_note(sample::next_of(first()), {1, 2}));
  ASSERT_FALSE(trusted.has_value());
  EXPECT_EQ(trusted.error().code, Code::kRoster);
}

TEST(RosterChain, ADraftIsNoRoster) {
  EXPECT_EQ(trust_first_roster(roster_text(sample::roster())).error().code, Code::kNote);
  EXPECT_EQ(trust_first_roster(sample::signed_note(sample::roster(), {})).error().code, Code::kNote);
}

// Whatever is accepted must fit into one answer to a FETCH, signatures of strangers included.
TEST(RosterChain, ANoteThatIsTooLongToBeServedIsRefused) {
  const auto one = first();
  const auto padded = [](const Roster& roster, std::size_t bytes) {
    std::string note = sample::signed_note(roster, {1, 2});
    // As a stranger's line: dash, space, name, space, base64 of whole groups, newline.
    const std::size_t rest = bytes - note.size();
    const std::string start = "\xE2\x80\x94 " + std::string(5 + (rest - 11) % 4, 's') + " ";
    return note + start + std::string(rest - start.size() - 1, 'A') + "\n";
  };
  const Roster two = sample::next_of(one);
  EXPECT_EQ(padded(two, kRosterNoteBytesMax).size(), kRosterNoteBytesMax);
  EXPECT_TRUE(trust_first_roster(padded(one.roster, kRosterNoteBytesMax)));
  EXPECT_TRUE(trust_next_roster(one, padded(two, kRosterNoteBytesMax)));
  EXPECT_EQ(trust_first_roster(padded(one.roster, kRosterNoteBytesMax + 1)).error().code, Code::kNote);
  const auto refused = trust_next_roster(one, padded(two, kRosterNoteBytesMax + 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNote);
  EXPECT_SAYS(refused.error().what, "at most 98304");
}

TEST(RosterChain, TheNextVersionFollows) {
  const auto one = first();
  Roster two = sample::next_of(one);
  two.members[0].port = 6000;
  two.members[0].net = "198.51.100.0/24";
  const auto trusted = trust_next_roster(one, sample::signed_note(two, {1, 2}));
  ASSERT_TRUE(trusted.has_value()) << trusted.error().what;
  EXPECT_EQ(follow(*trusted, sample::next_of(*trusted), {2, 3}), "accepted");
}

TEST(RosterChain, NewRootsNeedBothThresholds) {
  const auto one = first();
  Roster two = sample::next_of(one);
  two.roots.clear();
  for (std::uint8_t n = 4; n <= 6; ++n) two.roots.push_back({sample::Root(n).id, sample::Root(n).vkey});
  EXPECT_EQ(follow(one, two, {1, 2, 4, 5}), "accepted");
  EXPECT_SAYS(follow(one, two, {4, 5, 6}), "roots of version 1");
  EXPECT_SAYS(follow(one, two, {1, 4, 5, 6}), "roots of version 1");
  EXPECT_SAYS(follow(one, two, {1, 2, 3}), "roots of version 2");
  EXPECT_SAYS(follow(one, two, {1, 2, 3, 4}), "roots of version 2");
}

TEST(RosterChain, ALowerThresholdStillNeedsTheOldOne) {
  const auto one = first();
  Roster two = sample::next_of(one);
  two.root_threshold = 1;
  EXPECT_SAYS(follow(one, two, {1}), "roots of version 1");
  EXPECT_EQ(follow(one, two, {1, 2}), "accepted");
  two.root_threshold = 3;
  EXPECT_SAYS(follow(one, two, {1, 2}), "roots of version 2");
  EXPECT_EQ(follow(one, two, {1, 2, 3}), "accepted");
}

TEST(RosterChain, VersionsOnlyGrowByOne) {
  const auto one = first();
  const auto two = *trust_next_roster(one, sample::signed_note(sample::next_of(one), {1, 2}));
  EXPECT_SAYS(follow(two, one.roster, {1, 2}), "version 2 is in force");
  EXPECT_SAYS(follow(two, two.roster, {1, 2}), "already");
  Roster other = two.roster;
  other.members[0].port = 6000;
  EXPECT_SAYS(follow(two, other, {1, 2}), "another text");
  Roster four = sample::next_of(two);
  four.version = 4;
  EXPECT_SAYS(follow(two, four, {1, 2}), "does not follow");
}

TEST(RosterChain, TheHashOfTheVersionBeforeIsNamed) {
  const auto one = first();
  Roster two = sample::next_of(one);
  (*two.previous)[0] ^= 1;
  EXPECT_SAYS(follow(one, two, {1, 2}), "another version 1");
}

TEST(RosterChain, AnotherNetworkIsRefused) {
  const auto one = first();
  Roster two = sample::next_of(one);
  two.network = "other.example.org";
  two.broker.log = make_verifier_key(log_origin(two.network), kVkeyEd25519, two.broker.log.key);
  EXPECT_SAYS(follow(one, two, {1, 2}), "another network");
}

TEST(RosterChain, AChangedBrokerLineIsRefused) {
  const auto one = first();
  Roster two = sample::next_of(one);
  two.broker.id = "B2";
  EXPECT_SAYS(follow(one, two, {1, 2}), "broker line");
  two = sample::next_of(one);
  two.broker.sign = sample::signing_key(90).public_key();
  EXPECT_SAYS(follow(one, two, {1, 2}), "broker line");
  two = sample::next_of(one);
  two.broker.curve = sample::agreement_key(90).public_key();
  EXPECT_SAYS(follow(one, two, {1, 2}), "broker line");
  two = sample::next_of(one);
  two.broker.log = make_verifier_key(two.broker.log.name, kVkeyEd25519, sample::signing_key(90).public_key());
  EXPECT_SAYS(follow(one, two, {1, 2}), "broker line");
}

TEST(RosterChain, ARemovedKeyLineIsRefused) {
  const auto one = first();
  for (std::size_t i = 0; i < one.roster.keys.size(); ++i) {
    Roster two = sample::next_of(one);
    two.keys.erase(two.keys.begin() + static_cast<long>(i));
    EXPECT_SAYS(follow(one, two, {1, 2}), "no line any more");
  }
}

TEST(RosterChain, WhatIsFixedInAKeyLineMayNotChange) {
  const auto one = first();
  const auto changed = [&](std::size_t at, auto change) {
    Roster two = sample::next_of(one);
    change(two.keys[at]);
    return follow(one, two, {1, 2});
  };
  EXPECT_SAYS(changed(0, [](RosterKey& k) { k.key = sample::signing_key(99).public_key(); }), "another member, use");
  EXPECT_SAYS(changed(0, [](RosterKey& k) { k.member = *MemberId::parse("1540"); }), "another member, use");
  EXPECT_SAYS(changed(0, [](RosterKey& k) { k.from = 5; }), "another member, use");
  EXPECT_SAYS(changed(1, [](RosterKey& k) { k.use = KeyUse::hpke; }), "another member, use");
  EXPECT_SAYS(changed(3, [](RosterKey& k) { k.vkey = make_verifier_key("new-name", kVkeyCosignature, k.key); }), "another member, use");
  EXPECT_SAYS(changed(11, [](RosterKey& k) { k.id = "k1540x"; }), "no line any more");
}

TEST(RosterChain, StatusAndItsFieldsMayChange) {
  const auto one = first();
  Roster two = sample::next_of(one);
  two.keys[0].status = KeyStatus::revoked;
  two.keys[0].trusted_below = 18001;
  two.keys[0].reason = "compromise";
  two.keys[2].status = KeyStatus::retired;
  two.keys[2].until = 500;
  auto added = sample::roster_key("1267", 'b', KeyUse::sign, 120);
  added.from = 18001;
  two.keys.push_back(added);
  sample::sort_keys(two);
  EXPECT_EQ(follow(one, two, {1, 2}), "accepted");
}

TEST(RosterChain, AMemberMayLeaveWhenItsKeysAreNotActive) {
  const auto one = first();
  Roster two = sample::next_of(one);
  two.members.erase(two.members.begin());
  for (auto& key : two.keys) {
    if (key.member.str() == "1267") key.status = KeyStatus::retired, key.until = 700;
  }
  EXPECT_EQ(follow(one, two, {1, 2}), "accepted");
}

}  // namespace
}  // namespace liaison
