// SPDX-License-Identifier: Apache-2.0
#include "security/hash.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/security/written.h"

namespace liaison {
namespace {

std::string expand(View prk, View info, std::size_t length) { return hex(hkdf_expand(prk, info, length).expose()); }

TEST(Sha256, GivesTheDigestsOfFips180) {
  EXPECT_EQ(hex(sha256(View())), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256(view_of("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256(view_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, PartsHashAsTheirConcatenation) {
  EXPECT_EQ(sha256({view_of("a"), View(), view_of("bc")}), sha256(view_of("abc")));
  EXPECT_EQ(sha256(std::initializer_list<View>{}), sha256(View()));
}

TEST(Sha256, EachThreadHashesForItself) {
  const Bytes big(1 << 16, 7);
  const Hash expected = sha256(big);
  int wrong = 0;
  std::thread other([&] { for (int i = 0; i < 200; ++i) wrong += sha256(big) != expected; });
  for (int i = 0; i < 200; ++i) ASSERT_EQ(hex(sha256(view_of("abc"))).substr(0, 8), "ba7816bf");
  other.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Hmac, GivesTheValuesOfRfc4231) {
  EXPECT_EQ(hex(hmac_sha256(Bytes(20, 0x0b), {view_of("Hi There")}).expose()),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256(view_of("Jefe"), {view_of("what do ya want "), view_of("for nothing?")}).expose()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(Bytes(131, 0xaa), {view_of("Test Using Larger Than Block-Size Key - Hash Key First")}).expose()),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hkdf, GivesTheBasicCaseOfRfc5869) {
  const Secret prk = hkdf_extract(unhex("000102030405060708090a0b0c"), Bytes(22, 0x0b));
  EXPECT_EQ(hex(prk.expose()), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  EXPECT_EQ(expand(prk.expose(), unhex("f0f1f2f3f4f5f6f7f8f9"), 42),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

TEST(Hkdf, GivesTheLongCaseOfRfc5869) {
  Bytes ikm, salt, info;
  for (int i = 0; i < 80; ++i) {
    ikm.push_back(static_cast<std::uint8_t>(i));
    salt.push_back(static_cast<std::uint8_t>(0x60 + i));
    info.push_back(static_cast<std::uint8_t>(0xb0 + i));
  }
  const Secret prk = hkdf_extract(salt, ikm);
  EXPECT_EQ(hex(prk.expose()), "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244");
  EXPECT_EQ(expand(prk.expose(), info, 82),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

TEST(Hkdf, GivesTheCaseOfRfc5869WithoutSaltAndInfo) {
  const Secret prk = hkdf_extract({}, Bytes(22, 0x0b));
  EXPECT_EQ(hex(prk.expose()), "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
  EXPECT_EQ(expand(prk.expose(), {}, 42),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, OneBlockIsTheBeginningOfTheWhole) {
  const Secret prk = Secret::random(32);
  const StackSecret<32> block = hkdf_expand_block(prk.expose(), {view_of("in"), view_of("fo")});
  EXPECT_EQ(hex(block.expose()), expand(prk.expose(), view_of("info"), 32));
  EXPECT_EQ(hex(block.expose()), expand(prk.expose(), view_of("info"), 100).substr(0, 64));
  EXPECT_EQ(hex(hkdf_extract_parts(view_of("s"), {view_of("i"), view_of("km")}).expose()),
            hex(hkdf_extract(view_of("s"), view_of("ikm")).expose()));
}

TEST(Hkdf, ReachesItsGreatestLengthAndNoFarther) {
  const Secret prk = Secret::random(32);
  EXPECT_EQ(hkdf_expand(prk.expose(), {}, 255 * 32).size(), 255U * 32);
  EXPECT_DEATH(hkdf_expand(prk.expose(), {}, 255 * 32 + 1), "");
}

}  // namespace
}  // namespace liaison
