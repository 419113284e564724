// SPDX-License-Identifier: Apache-2.0
#include "security/keys.h"

#include <gtest/gtest.h>

#include "security/hash.h"
#include "tests/security/written.h"

namespace liaison {
namespace {

using namespace std::string_view_literals;

template <class Array>
Array array_of(std::string_view text) { return array_from<Array>(unhex(text)).value(); }
PublicKey key_of(std::string_view text) { return array_of<PublicKey>(text); }

// Ed25519 points whose order divides eight, and the second encodings that two of them have.
constexpr std::string_view kSmallEd25519[] = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
};

// X25519 values of small order.
constexpr std::string_view kSmallX25519[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

TEST(Keys, EveryUseHasItsWordAndBack) {
  for (const KeyUse use : {KeyUse::sign, KeyUse::witness, KeyUse::hpke, KeyUse::curve, KeyUse::log, KeyUse::root}) {
    EXPECT_EQ(parse_key_use(word_of(use)), use);
  }
  EXPECT_FALSE(parse_key_use("Sign"));
  EXPECT_FALSE(parse_key_use(""));
}

TEST(Keys, AKeyIdCoversUseAndKey) {
  PublicKey key{};
  key[5] = 9;
  const Hash expected = sha256({view_of("liaison/key/v1\0sign"sv), key});
  EXPECT_EQ(hex(key_id_of(KeyUse::sign, key)), hex(expected).substr(0, 16));
  EXPECT_NE(key_id_of(KeyUse::sign, key), key_id_of(KeyUse::log, key));
  PublicKey other = key;
  other[31] ^= 1;
  EXPECT_NE(key_id_of(KeyUse::sign, key), key_id_of(KeyUse::sign, other));
}

TEST(Ed25519, GivesTheSignaturesOfRfc8032) {
  const SigningKey first = SigningKey::from_seed(unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  EXPECT_EQ(hex(first.public_key()), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(hex(first.sign({})),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b");
  const SigningKey second = SigningKey::from_seed(unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  EXPECT_EQ(hex(second.sign(unhex("72"))),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(Ed25519, ASignatureHoldsForItsMessageAndKeyOnly) {
  const SigningKey key = SigningKey::generate();
  const Signature signature = key.sign(view_of("we plan a visit"));
  EXPECT_TRUE(verify_signature(key.public_key(), view_of("we plan a visit"), signature));
  EXPECT_FALSE(verify_signature(key.public_key(), view_of("we plan a visit."), signature));
  EXPECT_FALSE(verify_signature(SigningKey::generate().public_key(), view_of("we plan a visit"), signature));
}

TEST(Ed25519, OneFlippedBitOfASignatureIsRefused) {
  const SigningKey key = SigningKey::generate();
  const Signature signature = key.sign(view_of("text"));
  for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
    Signature changed = signature;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(verify_signature(key.public_key(), view_of("text"), changed)) << bit;
  }
}

// S and S + L give the same point: the second form would be another signature over the same bytes.
TEST(Ed25519, ASignatureThatIsNotReducedIsRefused) {
  const SigningKey key = SigningKey::generate();
  Signature signature = key.sign(view_of("text"));
  const Bytes order = unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned>(signature[32 + i]) + order[i];
    signature[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(verify_signature(key.public_key(), view_of("text"), signature));
}

TEST(Ed25519, KeysOfSmallOrderAreUnsoundAndVerifyNothing) {
  for (const std::string_view text : kSmallEd25519) {
    EXPECT_FALSE(is_sound_ed25519(key_of(text))) << text;
    Signature neutral{};   // R is the neutral element, S is zero: holds for small keys where nobody refuses them
    neutral[0] = 1;
    EXPECT_FALSE(verify_signature(key_of(text), view_of("anything"), neutral)) << text;
  }
}

TEST(Ed25519, NonCanonicalAndOffCurveKeysAreUnsound) {
  EXPECT_FALSE(is_sound_ed25519(key_of("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
  EXPECT_FALSE(is_sound_ed25519(key_of("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")));
  EXPECT_FALSE(is_sound_ed25519(key_of("f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
  EXPECT_FALSE(is_sound_ed25519(key_of("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")));
  EXPECT_FALSE(is_sound_ed25519(key_of("0200000000000000000000000000000000000000000000000000000000000000")));
}

TEST(Ed25519, MadeKeysAreSound) {
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(is_sound_ed25519(SigningKey::generate().public_key()));
}

TEST(Ed25519, ACloneSignsAlike) {
  const SigningKey key = SigningKey::generate();
  EXPECT_EQ(key.clone().sign(view_of("x")), key.sign(view_of("x")));
  EXPECT_EQ(key.clone().public_key(), key.public_key());
  EXPECT_DEATH(SigningKey::from_seed(view_of("short")), "");
}

TEST(X25519, GivesTheExchangeOfRfc7748) {
  const AgreementKey bob =
      AgreementKey::from_secret(unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
  EXPECT_EQ(hex(bob.public_key()), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const PublicKey alice = key_of("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  EXPECT_EQ(hex(bob.agree(alice)->expose()), "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

TEST(X25519, BothSidesAgree) {
  const AgreementKey one = AgreementKey::generate();
  const AgreementKey two = AgreementKey::generate();
  EXPECT_TRUE(equal_secret(one.agree(two.public_key())->expose(), two.agree(one.public_key())->expose()));
  EXPECT_EQ(one.clone().public_key(), one.public_key());
}

TEST(X25519, GivesTheScalarMultiplicationOfRfc7748) {
  const AgreementKey key =
      AgreementKey::from_secret(unhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"));
  const auto shared = key.agree(key_of("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"));
  EXPECT_EQ(hex(shared->expose()), "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
}

TEST(X25519, AnAllZeroSecretIsNone) {
  const AgreementKey key = AgreementKey::generate();
  for (const std::string_view text : kSmallX25519) {
    EXPECT_FALSE(is_sound_x25519(key_of(text))) << text;
    EXPECT_FALSE(key.agree(key_of(text))) << text;
  }
}

TEST(X25519, NonCanonicalValuesAreUnsound) {
  EXPECT_FALSE(is_sound_x25519(key_of("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
  EXPECT_FALSE(is_sound_x25519(key_of("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
  PublicKey high = AgreementKey::generate().public_key();
  EXPECT_TRUE(is_sound_x25519(high));
  high[31] |= 0x80;
  EXPECT_FALSE(is_sound_x25519(high));
}

}  // namespace
}  // namespace liaison
