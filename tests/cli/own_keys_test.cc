// SPDX-License-Identifier: Apache-2.0
// A node's own keys and pinned rosters as files: what comes, what goes, and what is never replaced.
#include "nodes/identity.h"

#include <gmock/gmock.h>

#include "nodes/cli/authority.h"
#include "schemas/message.h"
#include "security/durable.h"
#include "security/hash.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

using ::testing::HasSubstr;

class OwnKeys : public ::testing::Test {
 protected:
  static constexpr const char* kNetwork = "test.liaison.example";

  OwnKeys() {
    for (const char* sub : {"", "keys", "trust"}) EXPECT_TRUE(ensure_private_folder(folder_.path() / sub).has_value());
    EXPECT_TRUE(save_signing_key(keys() / "sign.pem", sign_, passphrase_).has_value());
    EXPECT_TRUE(save_agreement_key(keys() / "hpke.pem", hpke_, passphrase_).has_value());
    EXPECT_TRUE(save_curve_key(keys() / "curve.key", curve_).has_value());
  }
  std::filesystem::path keys() const { return folder_.path() / "keys"; }
  std::filesystem::path trust() const { return folder_.path() / "trust"; }
  Enrolment request(const std::string& id, bool broker) const {
    if (broker) {
      return {kNetwork, id, true,
              {{KeyUse::sign, SigningKey::generate().public_key()}, {KeyUse::log, SigningKey::generate().public_key()},
               {KeyUse::curve, AgreementKey::generate().public_key()}}};
    }
    return {kNetwork, id, false,
            {{KeyUse::sign, sign_.public_key()}, {KeyUse::witness, SigningKey::generate().public_key()}, {KeyUse::curve, curve_.public_key()},
             {KeyUse::hpke, hpke_.public_key()}}};
  }
  std::string signed_note(const std::string& text) const {
    SignedNote note{text, {}};
    sign_note(note, vkey(), root_);
    return note.str();
  }
  VerifierKey vkey() const { return make_verifier_key(std::string(kNetwork) + "/root/R1", kVkeyEd25519, root_.public_key()); }
  TrustedRoster first(std::uint64_t days = 90) const {
    FirstRoster wanted;
    wanted.network = kNetwork;
    wanted.roots = {{"R1", vkey()}};
    wanted.threshold = 1;
    wanted.broker = broker_;
    wanted.members = {{request("1540", false), 5601, "192.0.2.0/28"}};
    wanted.issued_ms = 1'700'000'000'000;
    wanted.expires_days = days;
    const auto text = first_roster(wanted);
    EXPECT_TRUE(text.has_value()) << text.error().what;
    return *trust_first_roster(signed_note(*text));
  }
  void pin(const TrustedRoster& roster) {
    EXPECT_TRUE(create_durably(trust() / "genesis.sha256", view_of(hex(roster.text_hash) + "\n")).has_value());
    EXPECT_TRUE(keep_pinned(trust(), roster).has_value());
  }
  Identity open() {
    auto identity = open_identity(folder_.path(), *MemberId::parse("1540"), passphrase_);
    EXPECT_TRUE(identity.has_value()) << identity.error().what;
    return std::move(*identity);
  }

  TempFolder folder_;
  Secret passphrase_ = Secret::copy_of(view_of("a passphrase"));
  SigningKey root_ = SigningKey::generate(), sign_ = SigningKey::generate();
  AgreementKey hpke_ = AgreementKey::generate(), curve_ = AgreementKey::generate();
  Enrolment broker_ = request("B1", true);
};

TEST_F(OwnKeys, AKeyFileThatComesLaterIsTakenUpOnce) {
  pin(first());
  Identity identity = open();
  EXPECT_EQ(*take_up_keys(identity, keys(), passphrase_), 0U);
  const AgreementKey fresh = AgreementKey::generate();
  ASSERT_TRUE(save_agreement_key(keys() / "hpke-2.pem", fresh, passphrase_).has_value());
  EXPECT_EQ(*take_up_keys(identity, keys(), passphrase_), 1U);
  EXPECT_EQ(*take_up_keys(identity, keys(), passphrase_), 0U);
  EXPECT_NE(identity.opening(key_id_of(KeyUse::hpke, fresh.public_key())), nullptr);
  EXPECT_NE(identity.opening(key_id_of(KeyUse::hpke, hpke_.public_key())), nullptr);
}

TEST_F(OwnKeys, AKeyUnderAnotherPassphraseIsToldAndLeft) {
  pin(first());
  Identity identity = open();
  ASSERT_TRUE(save_signing_key(keys() / "sign-2.pem", SigningKey::generate(), Secret::copy_of(view_of("another"))).has_value());
  const auto taken = take_up_keys(identity, keys(), passphrase_);
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, Code::kPassphrase);
  EXPECT_THAT(taken.error().what, HasSubstr("sign-2.pem"));
  EXPECT_EQ(identity.sign.size(), 1U);
}

TEST_F(OwnKeys, AForgottenKeyIsGoneFromMemoryAndDisk) {
  pin(first());
  ASSERT_TRUE(save_agreement_key(keys() / "hpke-2.pem", AgreementKey::generate(), passphrase_).has_value());
  Identity identity = open();
  const KeyId old = key_id_of(KeyUse::hpke, hpke_.public_key());
  ASSERT_TRUE(forget_key(identity, old).has_value());
  EXPECT_EQ(identity.opening(old), nullptr);
  EXPECT_EQ(identity.hpke.size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(keys() / "hpke.pem"));
  EXPECT_TRUE(std::filesystem::exists(keys() / "hpke-2.pem"));
}

TEST_F(OwnKeys, TheNewestCurveKeyThatTheRosterNamesConnects) {
  const TrustedRoster one = first();
  pin(one);
  const AgreementKey fresh = AgreementKey::generate();
  ASSERT_TRUE(save_curve_key(keys() / "curve-2.key", fresh).has_value());
  const Identity identity = open();
  EXPECT_EQ(identity.connecting(one.roster).public_key(), curve_.public_key());   // the roster does not know the other yet
  NextRoster wanted;
  wanted.rotations = {{kNetwork, "1540", false, {{KeyUse::sign, sign_.public_key()}, {KeyUse::curve, fresh.public_key()}}}};
  wanted.from_index = 7;
  wanted.issued_ms = 1'700'000'000'000;
  wanted.expires_days = 90;
  const Roster two = *parse_roster(*next_roster(one.roster, one.text_hash, wanted));
  EXPECT_EQ(identity.connecting(two).public_key(), fresh.public_key());
}

TEST_F(OwnKeys, APinnedRosterIsNeverReplacedByAnotherOfItsVersion) {
  const TrustedRoster one = first();
  pin(one);
  EXPECT_TRUE(keep_pinned(trust(), one).has_value());
  const auto other = keep_pinned(trust(), first(80));
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, Code::kRoster);
  EXPECT_EQ(open().pinned.front().text_hash, one.text_hash);
}

}  // namespace
}  // namespace liaison
