// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "security/roster.h"
#include "tests/security/sample_roster.h"
#include "tests/security/written.h"

namespace liaison {
namespace {

struct Keys {
  SigningKey sign = sample::signing_key(1), witness = sample::signing_key(2), log = sample::signing_key(3);
  AgreementKey curve = sample::agreement_key(4), hpke = sample::agreement_key(5);
};

Enrolment member_request(const Keys& k) {
  return {"liaison.example.org", "1540", false,
          {{KeyUse::sign, k.sign.public_key()}, {KeyUse::witness, k.witness.public_key()}, {KeyUse::curve, k.curve.public_key()},
           {KeyUse::hpke, k.hpke.public_key()}}};
}
std::string member_text(const Keys& k) {
  return make_enrolment(member_request(k), {{KeyUse::witness, &k.witness}, {KeyUse::sign, &k.sign}});
}
std::string broker_text(const Keys& k) {
  const Enrolment request{"liaison.example.org", "B1", true,
                          {{KeyUse::curve, k.curve.public_key()}, {KeyUse::log, k.log.public_key()}, {KeyUse::sign, k.sign.public_key()}}};
  return make_enrolment(request, {{KeyUse::log, &k.log}, {KeyUse::sign, &k.sign}});
}

Code code_of(const std::string& text) {
  const auto opened = open_enrolment(text);
  return opened ? Code::kAccepted : opened.error().code;
}
std::string without_line(const std::string& text, const std::string& start) {
  const auto at = text.find('\n' + start) + 1;
  return text.substr(0, at) + text.substr(text.find('\n', at) + 1);
}

TEST(Enrolment, AMembersRequestComesBackWhole) {
  const Keys k;
  const auto opened = open_enrolment(member_text(k));
  ASSERT_TRUE(opened.has_value()) << opened.error().what;
  EXPECT_EQ(opened->network, "liaison.example.org");
  EXPECT_EQ(opened->id, "1540");
  EXPECT_FALSE(opened->is_broker);
  EXPECT_TRUE(is_whole(*opened));
  ASSERT_EQ(opened->keys.size(), 4u);
  EXPECT_EQ(opened->keys[0].use, KeyUse::curve);
  EXPECT_EQ(opened->keys[0].key, k.curve.public_key());
  EXPECT_EQ(opened->keys[3].key, k.witness.public_key());
}

TEST(Enrolment, ABrokersRequestComesBackWhole) {
  const Keys k;
  const auto opened = open_enrolment(broker_text(k));
  ASSERT_TRUE(opened.has_value()) << opened.error().what;
  EXPECT_TRUE(opened->is_broker);
  EXPECT_TRUE(is_whole(*opened));
}

TEST(Enrolment, TheTextIsAsThePageSays) {
  const Keys k;
  const std::string text = "liaison-enrolment/v1\nnetwork liaison.example.org\nmember 1540\nkey curve pub=" + z85(k.curve.public_key()) +
                           "\nkey hpke pub=" + base64(k.hpke.public_key()) + "\nkey sign pub=" + base64(k.sign.public_key()) +
                           "\nkey witness pub=" + base64(k.witness.public_key()) + "\n";
  const std::string message = std::string("liaison/pop/v1\0\0", 16) + text;
  EXPECT_EQ(member_text(k), text + "\npop sign " + base64(k.sign.sign(view_of(message))) + "\npop witness " +
                                base64(k.witness.sign(view_of(message))) + "\n");
}

TEST(Enrolment, ToRotateAnySubsetWithSignWillDo) {
  const Keys k;
  const Enrolment rotated{"liaison.example.org", "1540", false, {{KeyUse::hpke, k.hpke.public_key()}, {KeyUse::sign, k.sign.public_key()}}};
  const auto opened = open_enrolment(make_enrolment(rotated, {{KeyUse::sign, &k.sign}}));
  ASSERT_TRUE(opened.has_value()) << opened.error().what;
  EXPECT_FALSE(is_whole(*opened));
  const Enrolment unvouched{"liaison.example.org", "1540", false, {{KeyUse::hpke, k.hpke.public_key()}}};
  EXPECT_EQ(code_of(make_enrolment(unvouched, {})), Code::kRoster);
}

TEST(Enrolment, AMissingProofIsRefused) {
  const Keys k;
  EXPECT_EQ(code_of(without_line(member_text(k), "pop witness")), Code::kSignature);
  EXPECT_NE(code_of(without_line(member_text(k), "pop sign")), Code::kAccepted);
  EXPECT_EQ(code_of(make_enrolment(member_request(k), {})), Code::kSignature);
  EXPECT_EQ(code_of(without_line(broker_text(k), "pop sign")), Code::kSignature);
}

TEST(Enrolment, AProofByAnotherKeyIsRefused) {
  const Keys k;
  const auto own = member_text(k);
  const auto at = own.find("\npop witness ") + 13;
  const auto sign_at = own.find("\npop sign ") + 10;
  EXPECT_EQ(code_of(own.substr(0, at) + own.substr(sign_at, 88) + "\n"), Code::kSignature);
}

TEST(Enrolment, OneFlippedBitIsRefused) {
  const Keys k;
  const auto good = member_text(k);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_NE(code_of(bad), Code::kAccepted) << at;
    }
  }
}

TEST(Enrolment, EveryTruncationIsRefused) {
  const Keys k;
  const auto good = member_text(k);
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_NE(code_of(good.substr(0, size)), Code::kAccepted) << size;
}

TEST(Enrolment, AnotherFormIsRefused) {
  const Keys k;
  const auto good = member_text(k);
  EXPECT_EQ(code_of(good + "\n"), Code::kRoster);
  EXPECT_EQ(code_of(good + "pop hpke AAAA\n"), Code::kRoster);
  EXPECT_EQ(code_of(replaced(good, "member 1540", "member 15/40")), Code::kRoster);
  EXPECT_EQ(code_of(replaced(good, "member 1540", "auditor 1540")), Code::kRoster);
  EXPECT_EQ(code_of(replaced(good, "key hpke", "key  hpke")), Code::kRoster);
  EXPECT_EQ(code_of(replaced(good, "key hpke", "key log")), Code::kRoster);
  EXPECT_EQ(code_of(replaced(good, "key hpke", "key curve")), Code::kRoster);
  EXPECT_EQ(code_of(replaced(good, "pub=" + base64(k.sign.public_key()), "pub=" + base64(Bytes(32, 0)))), Code::kRoster);
  EXPECT_EQ(code_of(replaced(good, "pub=" + base64(k.hpke.public_key()), "pub=" + base64(Bytes(32, 0)))), Code::kRoster);
  EXPECT_EQ(code_of(replaced(good, "pub=" + z85(k.curve.public_key()), "pub=" + z85(k.hpke.public_key()))), Code::kRoster);
}

TEST(EnrolmentDeathTest, ASignerThatIsNotInTheRequestIsAMistakeOfTheProgram) {
  const Keys k;
  EXPECT_DEATH((void)make_enrolment(member_request(k), {{KeyUse::sign, &k.witness}}), "is_this");
}

}  // namespace
}  // namespace liaison
