// SPDX-License-Identifier: Apache-2.0
// The offline authority: drafts, k of n signatures on a file that travels, and one version after the other.
#include "nodes/cli/authority.h"

#include <gmock/gmock.h>

#include "schemas/message.h"
#include "security/hash.h"
#include "security/policy.h"

namespace liaison {
namespace {

using ::testing::HasSubstr;

constexpr const char* kNetwork = "test.liaison.example";

Enrolment member_request(const std::string& id) {
  return {kNetwork, id, false,
          {{KeyUse::sign, SigningKey::generate().public_key()}, {KeyUse::witness, SigningKey::generate().public_key()},
           {KeyUse::curve, AgreementKey::generate().public_key()}, {KeyUse::hpke, AgreementKey::generate().public_key()}}};
}

class Authority : public ::testing::Test {
 protected:
  Authority() {
    for (int i = 1; i <= 3; ++i) root_keys_.push_back(SigningKey::generate());
    wanted_.network = kNetwork;
    for (int i = 1; i <= 3; ++i) wanted_.roots.push_back(root(i, root_keys_[static_cast<std::size_t>(i - 1)]));
    wanted_.threshold = 2;
    wanted_.broker = {kNetwork, "B1", true,
                      {{KeyUse::sign, SigningKey::generate().public_key()}, {KeyUse::log, SigningKey::generate().public_key()},
                       {KeyUse::curve, AgreementKey::generate().public_key()}}};
    wanted_.members = {{member_request("1540"), 5601, "192.0.2.0/28"}, {member_request("1267"), 5602, "192.0.2.16/28"}};
    wanted_.policy_sha256 = sha256(view_of("policy"));
    wanted_.schemas_sha256 = sha256(view_of(schemas_text()));
    wanted_.issued_ms = 1'700'000'000'123;
    wanted_.expires_days = 90;
  }
  static RosterRoot root(int number, const SigningKey& key) {
    const std::string id = "R" + std::to_string(number);
    return {id, make_verifier_key(std::string(kNetwork) + "/root/" + id, kVkeyEd25519, key.public_key())};
  }
  // Signs like somebody on another machine: only the file's text is handed over.
  std::string sign(const std::string& note, int number, const std::optional<Roster>& before = std::nullopt) {
    auto done = sign_roster(note, "R" + std::to_string(number), root_keys_[static_cast<std::size_t>(number - 1)], before);
    EXPECT_TRUE(done.has_value()) << done.error().what;
    report_ = done ? done->report : "";
    return done ? done->note : note;
  }
  std::string first() {
    auto text = first_roster(wanted_);
    EXPECT_TRUE(text.has_value()) << text.error().what;
    return SignedNote{text ? *text : "", {}}.str();
  }
  TrustedRoster trusted_first() {
    auto trusted = trust_first_roster(sign(sign(first(), 1), 3));
    EXPECT_TRUE(trusted.has_value()) << trusted.error().what;
    return *trusted;
  }
  NextRoster next(std::uint64_t from = 100) {
    NextRoster wanted;
    wanted.from_index = from;
    wanted.issued_ms = 1'700'500'000'000;
    wanted.expires_days = 90;
    return wanted;
  }

  std::vector<SigningKey> root_keys_;
  FirstRoster wanted_;
  std::string report_;
};

TEST_F(Authority, ADraftSaysHowManySignaturesItStillNeeds) {
  std::string note = first();
  EXPECT_FALSE(trust_first_roster(note).has_value());
  note = sign(note, 2);
  EXPECT_THAT(report_, HasSubstr("1 of 3 roots, 2 needed: 1 more"));
  EXPECT_FALSE(trust_first_roster(note).has_value());
  note = sign(note, 1);
  EXPECT_THAT(report_, HasSubstr("2 of 3 roots, 2 needed: enough"));
  EXPECT_TRUE(trust_first_roster(note).has_value());
}

TEST_F(Authority, SigningTwiceCountsOnce) {
  const std::string note = sign(sign(first(), 2), 2);
  EXPECT_THAT(report_, HasSubstr("1 of 3"));
  EXPECT_FALSE(trust_first_roster(note).has_value());
}

TEST_F(Authority, TheFingerprintDoesNotDependOnWhoSigned) {
  const std::string draft = first();
  EXPECT_EQ(parse_note(sign(sign(draft, 1), 2))->text_hash(), parse_note(sign(sign(draft, 3), 2))->text_hash());
}

TEST_F(Authority, AKeyThatIsNotTheRootsDoesNotSign) {
  const auto done = sign_roster(first(), "R1", root_keys_[1], std::nullopt);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Code::kKey);
  EXPECT_EQ(sign_roster(first(), "R9", root_keys_[1], std::nullopt).error().code, Code::kRoster);
}

TEST_F(Authority, ARequestOfAnotherNetworkOrWithTooFewKeysIsRefused) {
  FirstRoster wanted = wanted_;
  wanted.members[0].request.network = "other.example";
  EXPECT_THAT(first_roster(wanted).error().what, HasSubstr("other.example"));
  wanted = wanted_;
  wanted.members[0].request.keys.pop_back();
  EXPECT_THAT(first_roster(wanted).error().what, HasSubstr("no hpke key"));
  wanted = wanted_;
  wanted.broker.is_broker = false;
  EXPECT_FALSE(first_roster(wanted).has_value());
}

TEST_F(Authority, TheNextVersionNeedsTheRootsOfBoth) {
  const TrustedRoster one = trusted_first();
  root_keys_.push_back(SigningKey::generate());
  NextRoster wanted = next();
  wanted.roots_dropped = {"R1", "R2"};
  wanted.roots_added = {root(4, root_keys_[3])};
  const auto text = next_roster(one.roster, one.text_hash, wanted);
  ASSERT_TRUE(text.has_value()) << text.error().what;
  std::string note = sign(sign(SignedNote{*text, {}}.str(), 3, one.roster), 4, one.roster);
  EXPECT_THAT(report_, HasSubstr("2 of 2 roots of this version, 2 needed: enough"));
  EXPECT_THAT(report_, HasSubstr("1 of 3 roots of the version before, 2 needed: 1 more"));
  EXPECT_FALSE(trust_next_roster(one, note).has_value());
  note = sign(note, 1, one.roster);
  const auto two = trust_next_roster(one, note);
  EXPECT_TRUE(two.has_value()) << two.error().what;
}

TEST_F(Authority, ARotationAddsAKeyUnderTheNextFreeName) {
  const TrustedRoster one = trusted_first();
  NextRoster wanted = next(500);
  Enrolment request = wanted_.members[0].request;
  request.keys = {request.keys[0], {KeyUse::hpke, AgreementKey::generate().public_key()}};
  wanted.rotations = {request};
  wanted.retired = {{"1540-hpke-1", 500}};
  const auto text = next_roster(one.roster, one.text_hash, wanted);
  ASSERT_TRUE(text.has_value()) << text.error().what;
  const Roster two = *parse_roster(*text);
  ASSERT_NE(two.key("1540-hpke-2"), nullptr);
  EXPECT_EQ(two.key("1540-hpke-2")->from, 500U);
  EXPECT_EQ(two.key("1540-sign-2"), nullptr);   // the key that vouched stands there already
  EXPECT_TRUE(two.key("1540-hpke-1")->valid_at(499));
  EXPECT_FALSE(two.key("1540-hpke-1")->valid_at(500));
}

// A request with a new hpke key that this sign key vouches for.
Enrolment vouched_by(const EnrolmentKey& sign, const std::string& member) {
  return {kNetwork, member, false, {sign, {KeyUse::hpke, AgreementKey::generate().public_key()}}};
}

TEST_F(Authority, AMemberDoesNotVouchForAnother) {
  const TrustedRoster one = trusted_first();
  NextRoster wanted = next();
  wanted.rotations = {vouched_by(wanted_.members[0].request.keys[0], "1267")};
  const auto text = next_roster(one.roster, one.text_hash, wanted);
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code, Code::kRoster);
  EXPECT_THAT(text.error().what, HasSubstr("the request of 1267 holds the key 1540-sign-1 of 1540"));
}

TEST_F(Authority, AKeyThatHasEndedVouchesForNothing) {
  const TrustedRoster one = trusted_first();
  const EnrolmentKey old = wanted_.members[0].request.keys[0];
  NextRoster wanted = next();
  wanted.revoked = {{"1540-sign-1", 42, "compromise"}};
  const auto text = next_roster(one.roster, one.text_hash, wanted);
  ASSERT_TRUE(text.has_value()) << text.error().what;
  const Roster revoked = *parse_roster(*text);
  wanted = next(200);
  wanted.rotations = {vouched_by(old, "1540")};
  EXPECT_THAT(next_roster(revoked, sha256(view_of(*text)), wanted).error().what, HasSubstr("1540-sign-1, which has ended"));

  wanted = next();
  wanted.retired = {{"1540-sign-1", 150}};
  wanted.rotations = {vouched_by(old, "1540")};   // of this very version: the old key's last act
  const auto retiring = next_roster(one.roster, one.text_hash, wanted);
  ASSERT_TRUE(retiring.has_value()) << retiring.error().what;
  wanted = next(150);
  wanted.rotations = {vouched_by(old, "1540")};
  EXPECT_FALSE(next_roster(*parse_roster(*retiring), sha256(view_of(*retiring)), wanted).has_value());
}

TEST_F(Authority, ANewSignKeyVouchesInTheSameVersionForKeysThatCameBesideIt) {
  const TrustedRoster one = trusted_first();
  const EnrolmentKey fresh{KeyUse::sign, SigningKey::generate().public_key()};
  NextRoster wanted = next();
  wanted.rotations = {{kNetwork, "1540", false, {fresh}}, vouched_by(fresh, "1540")};
  const auto text = next_roster(one.roster, one.text_hash, wanted);
  ASSERT_TRUE(text.has_value()) << text.error().what;
  const Roster two = *parse_roster(*text);
  EXPECT_NE(two.key("1540-sign-2"), nullptr);
  EXPECT_NE(two.key("1540-hpke-2"), nullptr);
  EXPECT_EQ(two.key("1540-sign-3"), nullptr);
}

TEST_F(Authority, ARotationThatBringsNothingNewIsRefused) {
  const TrustedRoster one = trusted_first();
  NextRoster wanted = next();
  wanted.rotations = {wanted_.members[0].request};
  EXPECT_THAT(next_roster(one.roster, one.text_hash, wanted).error().what, HasSubstr("brings no key that the roster does not have"));
}

constexpr const char* kPolicyOne =
    "liaison-policy/v1\nversion 1\nprevious -\nmarking public named\nkind receipt\nencrypt public except receipt\n"
    "allow r publish * receipt public to * under \"service\"\n";

TEST_F(Authority, ThePolicyAfterThisOneNamesItAndHasTheSameRules) {
  const auto two = next_policy(kPolicyOne);
  ASSERT_TRUE(two.has_value()) << two.error().what;
  const Policy parsed = *parse_policy(*two);
  EXPECT_EQ(parsed.version, 2U);
  EXPECT_EQ(parsed.previous, sha256(view_of(kPolicyOne)));
  EXPECT_EQ(parsed.rules.size(), 1U);
  EXPECT_EQ(parsed.rules[0].basis, "service");
  EXPECT_EQ(next_policy("liaison-policy/v1\n").error().code, Code::kPolicyFile);
}

TEST_F(Authority, ARosterBringsNoPolicyThatDoesNotFollow) {
  Roster roster = trusted_first().roster;
  roster.policy_sha256 = sha256(view_of(kPolicyOne));
  const std::string two = *next_policy(kPolicyOne), three = *next_policy(two);
  EXPECT_TRUE(check_policy_follows(roster, kPolicyOne).has_value());
  EXPECT_TRUE(check_policy_follows(roster, two).has_value());
  EXPECT_THAT(check_policy_follows(roster, three).error().what, HasSubstr("policy 3 does not name the policy of roster 1"));
}

TEST_F(Authority, ARevokedKeyIsTrustedOnlyBelowItsIndex) {
  const TrustedRoster one = trusted_first();
  NextRoster wanted = next();
  wanted.revoked = {{"1540-sign-1", 42, "compromise"}};
  const auto text = next_roster(one.roster, one.text_hash, wanted);
  ASSERT_TRUE(text.has_value()) << text.error().what;
  const Roster two = *parse_roster(*text);
  EXPECT_TRUE(two.key("1540-sign-1")->valid_at(41));
  EXPECT_FALSE(two.key("1540-sign-1")->valid_at(42));
  wanted.revoked = {{"1540-sign-9", 42, "compromise"}};
  EXPECT_EQ(next_roster(one.roster, one.text_hash, wanted).error().code, Code::kRoster);
}

TEST_F(Authority, AMemberComesAndAnotherLeavesWithItsKeysKept) {
  const TrustedRoster one = trusted_first();
  NextRoster wanted = next(77);
  wanted.members = {{member_request("1373"), 5603, "192.0.2.32/28"}};
  wanted.leaving = {*MemberId::parse("1267")};
  const auto text = next_roster(one.roster, one.text_hash, wanted);
  ASSERT_TRUE(text.has_value()) << text.error().what;
  const Roster two = *parse_roster(*text);
  EXPECT_EQ(two.member(*MemberId::parse("1267")), nullptr);
  ASSERT_NE(two.key("1267-sign-1"), nullptr);
  EXPECT_FALSE(two.key("1267-sign-1")->valid_at(77));
  EXPECT_NE(two.member(*MemberId::parse("1373")), nullptr);
}

TEST_F(Authority, APageIsFitToBeReadAloud) {
  const SignedNote note = *parse_note(sign(first(), 1));
  const std::string page = roster_page(note, *parse_roster(note.text));
  for (const std::string& part :
       {std::string("Roster 1 of test.liaison.example"), spoken(note.text_hash()), std::string("2 of 3 sign"), std::string("has not signed"),
        std::string("1540 on port 5601 from 192.0.2.0/28"), std::string("2023-11-14 to 2024-02-12")}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
}

}  // namespace
}  // namespace liaison
