// SPDX-License-Identifier: Apache-2.0
#include "security/roster.h"

#include <gtest/gtest.h>

#include "security/hash.h"
#include "tests/security/sample_roster.h"
#include "tests/security/written.h"

namespace liaison {
namespace {

const std::string& good_text() {
  static const std::string text = roster_text(sample::roster());
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}
std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  return text;
}

// The sentence of the refusal, or "accepted".
std::string refusal(const std::string& text) {
  const auto parsed = parse_roster(text);
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().code, Code::kRoster);
  return parsed.error().what;
}
std::string refusal_of(const Roster& roster) { return refusal(roster_text(roster)); }

#define EXPECT_SAYS(sentence, part) EXPECT_NE((sentence).find(part), std::string::npos) << (sentence)

TEST(RosterText, TheCanonicalTextComesBackAsItWas) {
  const auto roster = parse_roster(good_text());
  ASSERT_TRUE(roster.has_value()) << roster.error().what;
  EXPECT_EQ(roster_text(*roster), good_text());
  EXPECT_EQ(roster->network, "liaison.example.org");
  EXPECT_EQ(roster->roots.size(), 3u);
  EXPECT_EQ(roster->members.size(), 3u);
  EXPECT_EQ(roster->keys.size(), 12u);
}

TEST(RosterText, EveryFormOfKeyLineComesBackAsItWas) {
  Roster r = sample::roster();
  r.keys[0].status = KeyStatus::revoked;
  r.keys[0].trusted_below = 18001;
  r.keys[0].reason = "compromise";
  r.keys[1].status = KeyStatus::retired;
  r.keys[1].until = 200;
  r.keys[2].status = KeyStatus::retired;
  r.keys[2].until = 300;
  r.keys[2].reason = "rotation";
  r.keys[3].from = 18'446'744'073'709'551'615u;
  const std::string text = roster_text(r);
  EXPECT_SAYS(text, " from=0 trusted-below=18001 status=revoked reason=compromise\n");
  EXPECT_EQ(refusal(text), "accepted");
  EXPECT_EQ(roster_text(*parse_roster(text)), text);
}

TEST(RosterText, ALineInTheWrongPlaceIsRefused) {
  const auto lines = lines_of(good_text());
  for (std::size_t at = 0; at + 1 < lines.size(); ++at) {
    auto swapped = lines;
    std::swap(swapped[at], swapped[at + 1]);
    EXPECT_NE(refusal(join(swapped)), "accepted") << lines[at];
  }
}

TEST(RosterText, ALineThatStandsTwiceIsRefused) {
  const auto lines = lines_of(good_text());
  for (std::size_t at = 0; at < lines.size(); ++at) {
    auto twice = lines;
    twice.insert(twice.begin() + static_cast<long>(at), lines[at]);
    EXPECT_NE(refusal(join(twice)), "accepted") << lines[at];
  }
}

TEST(RosterText, AnUnknownLineOrAnEmptyOneIsRefusedAnywhere) {
  const auto lines = lines_of(good_text());
  for (std::size_t at = 0; at <= lines.size(); ++at) {
    for (const char* unknown : {"", "operator O1 pub=AAAA", "auditor A1", "# comment", "colour blue"}) {
      auto more = lines;
      more.insert(more.begin() + static_cast<long>(at), unknown);
      EXPECT_NE(refusal(join(more)), "accepted") << unknown << " at " << at;
    }
  }
}

TEST(RosterText, AMissingLineIsRefused) {
  const auto lines = lines_of(good_text());
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (lines[at].starts_with("root ") || lines[at].starts_with("key ")) continue;
    auto fewer = lines;
    fewer.erase(fewer.begin() + static_cast<long>(at));
    EXPECT_NE(refusal(join(fewer)), "accepted") << lines[at];
  }
  EXPECT_NE(refusal(""), "accepted");
}

TEST(RosterText, TheRefusalNamesTheLine) {
  EXPECT_TRUE(refusal(replaced(good_text(), "network", "netwurk")).starts_with("line 2: "));
  EXPECT_TRUE(refusal(replaced(good_text(), "port=5603", "port=0")).starts_with("line 13: "));
}

TEST(RosterText, SpacingOtherThanOneSpaceIsRefused) {
  for (std::size_t at = 0; at < good_text().size(); ++at) {
    if (good_text()[at] != ' ' && good_text()[at] != '\n') continue;
    auto text = good_text();
    EXPECT_NE(refusal(text.insert(at, " ")), "accepted") << at;
    text = good_text();
    text.insert(at, "\t");
    EXPECT_NE(refusal(text), "accepted") << at;
    text = good_text();
    text.insert(at, "\r");
    EXPECT_NE(refusal(text), "accepted") << at;
  }
  EXPECT_SAYS(refusal(good_text().substr(0, good_text().size() - 1)), "no end");
}

TEST(RosterText, OtherThanAsciiIsRefused) {
  EXPECT_SAYS(refusal(replaced(good_text(), "example", "ex\xC3\xA4mple")), "not printable ASCII");
  EXPECT_SAYS(refusal(replaced(good_text(), "example", std::string("ex\0mple", 7))), "not printable ASCII");
}

TEST(RosterText, OneChangedByteIsRefusedOrIsAnotherCanonicalText) {
  for (std::size_t at = 0; at < good_text().size(); ++at) {
    auto text = good_text();
    text[at] = static_cast<char>(text[at] ^ 1);
    const auto parsed = parse_roster(text);
    if (parsed) {
      EXPECT_EQ(roster_text(*parsed), text);
    }
  }
}

TEST(RosterText, MoreThan64KibibytesIsRefused) {
  Roster r = sample::roster();
  for (std::uint16_t n = 0; roster_text(r).size() <= 64 * 1024; ++n) {
    RosterKey key = sample::roster_key("1540", 'e', KeyUse::hpke, 0);
    key.id = "n" + std::to_string(10'000 + n);
    key.key = sample::agreement_key(static_cast<std::uint16_t>(1'000 + n)).public_key();
    r.keys.push_back(key);
  }
  EXPECT_SAYS(refusal_of(r), "longer than 65536 bytes");
  r.keys.pop_back();
  EXPECT_EQ(refusal_of(r), "accepted");
}

TEST(RosterText, OnlyVersionOneHasNoPrevious) {
  Roster r = sample::roster();
  r.version = 2;
  EXPECT_SAYS(refusal_of(r), "previous -");
  r.previous = kZeroHash;
  EXPECT_EQ(refusal_of(r), "accepted");
  r.version = 1;
  EXPECT_SAYS(refusal_of(r), "previous -");
  r.version = 0;
  EXPECT_SAYS(refusal_of(r), "begin at 1");
}

TEST(RosterText, ALifeOf100DaysIsAcceptedAndASecondMoreIsNot) {
  Roster r = sample::roster();
  r.expires_ms = r.issued_ms + 100ull * 24 * 3600 * 1000;
  EXPECT_EQ(refusal_of(r), "accepted");
  r.expires_ms += 1000;
  EXPECT_SAYS(refusal_of(r), "more than 100 days");
  r.expires_ms = r.issued_ms;
  EXPECT_SAYS(refusal_of(r), "not after issued");
  EXPECT_SAYS(refusal(replaced(good_text(), "2026-07-01T00:00:00Z", "2026-06-31T00:00:00Z")), "not a time");
  EXPECT_SAYS(refusal(replaced(good_text(), "2026-07-01T00:00:00Z", "2026-07-01T00:00:00+00:00")), "not a time");
}

TEST(RosterText, NumbersAreDecimalWithoutLeadingZeros) {
  for (const char* number : {"01", "+1", "-1", "0x1", "1.0", "18446744073709551616", "one"}) {
    EXPECT_NE(refusal(replaced(good_text(), "version 1", std::string("version ") + number)), "accepted") << number;
    EXPECT_NE(refusal(replaced(good_text(), "from=0", std::string("from=") + number)), "accepted") << number;
    EXPECT_NE(refusal(replaced(good_text(), "witness-quorum 2", std::string("witness-quorum ") + number)), "accepted") << number;
  }
}

TEST(RosterText, AThresholdIsAtLeastOneAndAtMostTheRoots) {
  EXPECT_SAYS(refusal(replaced(good_text(), "root-threshold 2", "root-threshold 0")), "threshold");
  EXPECT_SAYS(refusal(replaced(good_text(), "root-threshold 2", "root-threshold 4")), "fewer roots");
  EXPECT_SAYS(refusal(replaced(good_text(), "witness-quorum 2", "witness-quorum 4")), "quorum");
}

TEST(RosterText, AnImproperIdNetworkPortOrNetIsRefused) {
  EXPECT_SAYS(refusal(replaced(good_text(), "member 1267 ", "member 12/67 ")), "not an id");
  EXPECT_SAYS(refusal(replaced(good_text(), "root R1 ", "root " + std::string(33, 'R') + " ")), "not an id");
  EXPECT_SAYS(refusal(replaced(good_text(), "network liaison.example.org", "network liaison/example")), "not a network name");
  for (const char* port : {"0", "65536", "5602x", "", "5603"}) {
    EXPECT_NE(refusal(replaced(good_text(), "port=5602", std::string("port=") + port)), "accepted") << port;
  }
  for (const char* net :
       {"192.0.2.16", "192.0.2.16/33", "192.0.2/28", "192.0.02.16/28", "256.0.2.16/28", "2001:DB8::/32", "2001:db8:0::/32", "::/129", "/28"}) {
    EXPECT_NE(refusal(replaced(good_text(), "net=192.0.2.16/28", std::string("net=") + net)), "accepted") << net;
  }
  EXPECT_EQ(refusal(replaced(good_text(), "net=192.0.2.16/28", "net=2001:db8::/32")), "accepted");
}

TEST(RosterText, FieldsInAnotherOrderAreRefused) {
  EXPECT_NE(refusal(replaced(good_text(), "port=5602 net=192.0.2.16/28", "net=192.0.2.16/28 port=5602")), "accepted");
  EXPECT_NE(refusal(replaced(good_text(), "member=1267 use=sign", "use=sign member=1267")), "accepted");
  EXPECT_NE(refusal(replaced(good_text(), "from=0 status=active", "status=active from=0")), "accepted");
  EXPECT_NE(refusal(replaced(good_text(), "status=active", "status=active colour=blue")), "accepted");
  EXPECT_NE(refusal(replaced(good_text(), "status=active", "status=active status=active")), "accepted");
}

TEST(RosterText, StatusAndItsFieldsBelongTogether) {
  const auto with = [](const std::string& life) { return refusal(replaced(good_text(), "from=0 status=active", "from=0 " + life)); };
  EXPECT_EQ(with("until=5 status=retired"), "accepted");
  EXPECT_EQ(with("until=5 status=retired reason=rotation"), "accepted");
  EXPECT_EQ(with("trusted-below=5 status=revoked reason=lost"), "accepted");
  EXPECT_SAYS(with("status=retired"), "until=");
  EXPECT_SAYS(with("until=5 status=active"), "until=");
  EXPECT_SAYS(with("until=5 trusted-below=5 status=revoked reason=lost"), "until=");
  EXPECT_SAYS(with("status=revoked reason=lost"), "trusted-below=");
  EXPECT_SAYS(with("trusted-below=5 status=active"), "trusted-below=");
  EXPECT_SAYS(with("trusted-below=5 status=revoked"), "a reason");
  EXPECT_SAYS(with("status=active reason=good"), "no reason");
  EXPECT_SAYS(with("status=lost"), "active, retired or revoked");
  EXPECT_SAYS(with("trusted-below=5 status=revoked reason=a/b"), "one word");
}

TEST(RosterText, AUseThatMembersDoNotHaveIsRefused) {
  for (const char* use : {"root", "log", "seal", ""}) {
    EXPECT_NE(refusal(replaced(good_text(), "use=sign", std::string("use=") + use)), "accepted") << use;
  }
  EXPECT_SAYS(refusal(replaced(good_text(), "use=hpke pub=", "use=hpke vkey=")), "any other pub=");
  EXPECT_SAYS(refusal(replaced(good_text(), "use=witness vkey=", "use=witness pub=")), "vkey=");
}

TEST(RosterText, AWitnessKeyIsOfType4AndARootOfType1) {
  Roster r = sample::roster();
  r.roots[0].key = make_verifier_key(r.roots[0].key.name, kVkeyCosignature, r.roots[0].key.key);
  EXPECT_SAYS(refusal_of(r), "another type than 1");
  r = sample::roster();
  r.keys[3].vkey = make_verifier_key("w", kVkeyEd25519, r.keys[3].key);
  EXPECT_SAYS(refusal_of(r), "another type than 4");
}

TEST(RosterText, ALogKeyOfAnotherNameIsRefused) {
  Roster r = sample::roster();
  r.broker.log = make_verifier_key("liaison.example.org/log/2", kVkeyEd25519, r.broker.log.key);
  EXPECT_SAYS(refusal_of(r), "liaison.example.org/log/1");
}

TEST(RosterText, APublicKeyUnderTwoUsesOrTwoMembersIsRefused) {
  Roster r = sample::roster();
  r.keys[4].key = r.keys[0].key;   // sign of 1373 = sign of 1267
  EXPECT_SAYS(refusal_of(r), "already stands");
  r = sample::roster();
  r.keys[2].key = r.keys[1].key;   // hpke = curve of one member
  EXPECT_SAYS(refusal_of(r), "already stands");
  r = sample::roster();
  r.keys[3].vkey = make_verifier_key("w", kVkeyCosignature, r.keys[0].key);   // witness = sign
  EXPECT_SAYS(refusal_of(r), "already stands");
  r = sample::roster();
  r.keys[0].key = r.roots[1].key.key;   // sign = a root
  EXPECT_SAYS(refusal_of(r), "already stands");
  r = sample::roster();
  r.keys[1].key = r.broker.curve;
  EXPECT_SAYS(refusal_of(r), "already stands");
  r = sample::roster();
  r.broker.log = make_verifier_key(r.broker.log.name, kVkeyEd25519, r.broker.sign);
  EXPECT_SAYS(refusal_of(r), "already stands");
  r = sample::roster();
  r.roots[1].key = make_verifier_key("another-name", kVkeyEd25519, r.roots[0].key.key);
  EXPECT_SAYS(refusal_of(r), "already stands");
}

// Two different hpke keys whose key_ids are equal, found by search (2^32 hashes).
TEST(RosterText, TwoKeysWithEqualKeyIdsAreRefused) {
  const auto key = [](std::string_view first8) {
    Bytes bytes = *from_hex(first8);
    put(bytes, view_of("-liaison-key-id-vector--"));
    return *array_from<PublicKey>(bytes);
  };
  const PublicKey one = key("31fffd54df6d8f0a"), other = key("9a439dd4ce8e6c14");
  ASSERT_NE(one, other);
  ASSERT_EQ(hex(key_id_of(KeyUse::hpke, one)), "425514cc420bb3dc");
  ASSERT_EQ(key_id_of(KeyUse::hpke, one), key_id_of(KeyUse::hpke, other));
  Roster r = sample::roster();
  r.keys[2].key = one;
  EXPECT_EQ(refusal_of(r), "accepted");
  r.keys[6].key = other;
  EXPECT_SAYS(refusal_of(r), "same key_id");
}

TEST(RosterText, ASmallOrderOrNonCanonicalKeyIsRefused) {
  PublicKey small{}, high{};
  small[0] = 1;
  high.fill(0xFF);
  for (const PublicKey& weak : {PublicKey{}, small, high}) {
    Roster r = sample::roster();
    r.keys[0].key = weak;
    EXPECT_SAYS(refusal_of(r), "sound Ed25519");
    r = sample::roster();
    r.keys[1].key = weak;
    EXPECT_SAYS(refusal_of(r), "sound X25519");
    r = sample::roster();
    r.keys[2].key = weak;
    EXPECT_SAYS(refusal_of(r), "sound X25519");
    r = sample::roster();
    r.keys[3].vkey = make_verifier_key("w", kVkeyCosignature, weak);
    EXPECT_SAYS(refusal_of(r), "small order");
    r = sample::roster();
    r.roots[0].key = make_verifier_key("r", kVkeyEd25519, weak);
    EXPECT_SAYS(refusal_of(r), "small order");
    r = sample::roster();
    r.broker.sign = weak;
    EXPECT_SAYS(refusal_of(r), "sound Ed25519");
    r = sample::roster();
    r.broker.curve = weak;
    EXPECT_SAYS(refusal_of(r), "sound X25519");
  }
}

TEST(RosterText, AnActiveKeyOfANonMemberIsRefusedAndAnOldOneStays) {
  Roster r = sample::roster();
  r.members.erase(r.members.begin());
  EXPECT_SAYS(refusal_of(r), "no member");
  for (std::size_t i = 0; i < 4; ++i) r.keys[i].status = KeyStatus::retired, r.keys[i].until = 9;
  EXPECT_EQ(refusal_of(r), "accepted");
}

TEST(Roster, AKeyIsValidFromItsFirstIndexToItsLast) {
  RosterKey key;
  key.from = 10;
  EXPECT_FALSE(key.valid_at(9));
  EXPECT_TRUE(key.valid_at(10));
  EXPECT_TRUE(key.valid_at(~0ull));
  key.status = KeyStatus::retired;
  key.until = 20;
  EXPECT_TRUE(key.valid_at(19));
  EXPECT_FALSE(key.valid_at(20));
  EXPECT_FALSE(key.valid_at(9));
  key.status = KeyStatus::revoked;
  key.until.reset();
  key.trusted_below = 15;
  EXPECT_TRUE(key.valid_at(14));
  EXPECT_FALSE(key.valid_at(15));
}

TEST(Roster, TheNewestKeyIsTheActiveOneWithTheHighestFrom) {
  Roster r = sample::roster();
  const auto member = *MemberId::parse("1540");
  const auto add = [&](char letter, std::uint64_t from) {
    auto key = sample::roster_key("1540", letter, KeyUse::hpke, 0);
    key.key = sample::agreement_key(static_cast<std::uint16_t>(500 + letter)).public_key();
    key.from = from;
    r.keys.push_back(key);
    sample::sort_keys(r);
  };
  EXPECT_EQ(r.newest(member, KeyUse::hpke, 0)->id, "k1540e");
  add('f', 100);
  EXPECT_EQ(r.newest(member, KeyUse::hpke, 99)->id, "k1540e");
  EXPECT_EQ(r.newest(member, KeyUse::hpke, 100)->id, "k1540f");
  add('b', 100);
  EXPECT_EQ(r.newest(member, KeyUse::hpke, 100)->id, "k1540f") << "of equal ones the last id";
  for (auto& key : r.keys) {
    if (key.id == "k1540f") key.status = KeyStatus::retired, key.until = 1000;
  }
  EXPECT_EQ(r.newest(member, KeyUse::hpke, 200)->id, "k1540b");
  for (auto& key : r.keys) {
    if (key.id == "k1540b" || key.id == "k1540e") key.from = 1500;
  }
  EXPECT_EQ(r.newest(member, KeyUse::hpke, 999)->id, "k1540f") << "a retired one goes on until its end when no other is active yet";
  EXPECT_EQ(r.newest(member, KeyUse::hpke, 1000), nullptr);
  EXPECT_EQ(r.newest(*MemberId::parse("9999"), KeyUse::hpke, 200), nullptr);
  EXPECT_EQ(r.keys_of(member, KeyUse::hpke).size(), 3u);
}

TEST(Roster, AKeyIsFoundByItsHintUnderItsOwnUseOnly) {
  for (const Roster& r : {sample::roster(), *parse_roster(good_text())}) {
    const RosterKey* key = r.key("k1540a");
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(r.find(KeyUse::sign, key_id_of(KeyUse::sign, key->key)), key);
    EXPECT_EQ(r.find(KeyUse::hpke, key->key_id()), nullptr);
    EXPECT_EQ(r.find(KeyUse::sign, KeyId{}), nullptr);
    EXPECT_EQ(r.key("k1540z"), nullptr);
    EXPECT_EQ(r.member(*MemberId::parse("1540"))->port, 5601);
    EXPECT_EQ(r.member(*MemberId::parse("9999")), nullptr);
  }
}

TEST(Roster, AChangedKeyDoesNotKeepItsOldHint) {
  Roster r = *parse_roster(good_text());
  r.keys[2].key = sample::agreement_key(777).public_key();
  EXPECT_EQ(r.keys[2].key_id(), key_id_of(KeyUse::hpke, r.keys[2].key));
}

}  // namespace
}  // namespace liaison
