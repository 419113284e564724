// SPDX-License-Identifier: Apache-2.0
#include "security/hpke.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace liaison {
namespace {

// One entry of the RFC 9180 test vectors: mode base, the suite of the protocol.
class HpkeVector : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(LIAISON_SOURCE_DIR "/tests/vectors/hpke.json");
    vector_ = nlohmann::json::parse(file).at(0);
    ASSERT_EQ(vector_.at("kem_id"), 0x20);
    ASSERT_EQ(vector_.at("kdf_id"), 1);
    ASSERT_EQ(vector_.at("aead_id"), 3);
    ASSERT_EQ(vector_.at("mode"), 0);
  }
  static Bytes bytes_at(const nlohmann::json& from, const char* name) {
    return from_hex(from.at(name).get<std::string>()).value();
  }
  Bytes of(const char* name) const { return bytes_at(vector_, name); }
  Bytes first(const char* name) const { return bytes_at(vector_.at("encryptions").at(0), name); }
  AgreementKey key(const char* name) const { return AgreementKey::from_secret(of(name)); }

  nlohmann::json vector_;
};

TEST_F(HpkeVector, PublicKeysFollowFromTheSecretOnes) {
  EXPECT_EQ(hex(key("skRm").public_key()), hex(of("pkRm")));
  EXPECT_EQ(hex(key("skEm").public_key()), hex(of("pkEm")));
}

TEST_F(HpkeVector, SealingGivesTheCiphertextOfTheRfc) {
  const auto sealed = hpke_seal_with(key("skEm"), key("skRm").public_key(), of("info"), first("aad"), first("plaintext"));
  ASSERT_TRUE(sealed);
  EXPECT_EQ(hex(sealed->enc), hex(of("enc")));
  EXPECT_EQ(hex(sealed->ct), hex(first("ciphertext")));
}

TEST_F(HpkeVector, OpeningGivesThePlaintextOfTheRfc) {
  const auto opened =
      hpke_open(key("skRm"), *array_from<PublicKey>(of("enc")), of("info"), first("aad"), first("ciphertext"));
  ASSERT_TRUE(opened);
  EXPECT_EQ(hex(opened->expose()), hex(first("plaintext")));
}

TEST_F(HpkeVector, TheAeadGivesEveryCiphertextOfTheRfc) {
  for (const auto& one : vector_.at("encryptions")) {
    const Bytes ct = aead_seal(of("key"), bytes_at(one, "nonce"), bytes_at(one, "aad"), bytes_at(one, "plaintext"));
    EXPECT_EQ(hex(ct), one.at("ciphertext"));
    const auto opened = aead_open(of("key"), bytes_at(one, "nonce"), bytes_at(one, "aad"), ct);
    EXPECT_EQ(hex(opened.value().expose()), one.at("plaintext"));
  }
}

class Hpke : public testing::Test {
 protected:
  HpkeSealed seal(View info, View aad, View plaintext) { return hpke_seal(key_.public_key(), info, aad, plaintext).value(); }
  std::optional<Secret> open(const HpkeSealed& sealed, View info, View aad) {
    return hpke_open(key_, sealed.enc, info, aad, sealed.ct);
  }
  AgreementKey key_ = AgreementKey::generate();
};

TEST_F(Hpke, WhatIsSealedOpensForItsRecipientAlone) {
  const HpkeSealed sealed = seal(view_of("info"), view_of("aad"), view_of("text"));
  EXPECT_EQ(text_of(open(sealed, view_of("info"), view_of("aad"))->expose()), "text");
  EXPECT_FALSE(hpke_open(AgreementKey::generate(), sealed.enc, view_of("info"), view_of("aad"), sealed.ct));
}

TEST_F(Hpke, InfoAndAssociatedDataAreBound) {
  const HpkeSealed sealed = seal(view_of("info"), view_of("aad"), view_of("text"));
  EXPECT_FALSE(open(sealed, view_of("inf"), view_of("aad")));
  EXPECT_FALSE(open(sealed, view_of("info"), view_of("aae")));
  EXPECT_FALSE(open(sealed, view_of("info"), {}));
}

TEST_F(Hpke, OneFlippedBitIsRefused) {
  const HpkeSealed sealed = seal({}, {}, view_of("text"));
  for (std::size_t bit = 0; bit < 8 * sealed.ct.size(); ++bit) {
    HpkeSealed changed = sealed;
    changed.ct[bit / 8] = static_cast<std::uint8_t>(changed.ct[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(open(changed, {}, {})) << bit;
  }
  HpkeSealed changed = sealed;
  changed.enc[3] ^= 1;
  EXPECT_FALSE(open(changed, {}, {}));
}

TEST_F(Hpke, EverySealingIsDifferent) {
  const HpkeSealed one = seal({}, {}, view_of("text"));
  const HpkeSealed two = seal({}, {}, view_of("text"));
  EXPECT_NE(one.enc, two.enc);
  EXPECT_NE(one.ct, two.ct);
}

TEST_F(Hpke, AnEmptyTextCanBeSealed) {
  const HpkeSealed sealed = seal({}, {}, {});
  EXPECT_EQ(sealed.ct.size(), 16U);
  EXPECT_TRUE(open(sealed, {}, {})->empty());
}

TEST_F(Hpke, AnAllZeroSharedSecretIsRefusedOnBothSides) {
  EXPECT_FALSE(hpke_seal(PublicKey{}, {}, {}, view_of("text")));
  EXPECT_FALSE(hpke_open(key_, PublicKey{}, {}, {}, Bytes(20)));
}

TEST_F(Hpke, ACiphertextShorterThanItsTagIsRefused) {
  const HpkeSealed sealed = seal({}, {}, view_of("text"));
  for (std::size_t size = 0; size < sealed.ct.size(); ++size) {
    EXPECT_FALSE(hpke_open(key_, sealed.enc, {}, {}, View(sealed.ct).first(size))) << size;
  }
}

}  // namespace
}  // namespace liaison
