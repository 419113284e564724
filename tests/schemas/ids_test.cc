// SPDX-License-Identifier: Apache-2.0
#include "schemas/ids.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace liaison {
namespace {

Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
  Bytes out(size);
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

TEST(Ids, AnIdIsOneToThirtyTwoOfTheAllowedCharacters) {
  for (const char* good : {"1", "1540", "A.b_c-9", "12345678901234567890123456789012"})
    EXPECT_TRUE(is_id(good)) << good;
  for (const char* bad : {"", "a b", "é", "a/b", "a\n", "123456789012345678901234567890123"})
    EXPECT_FALSE(is_id(bad)) << bad;
  EXPECT_FALSE(is_id(std::string_view("a\0b", 3)));
  EXPECT_FALSE(MemberId::parse("no id"));
}

TEST(Ids, MembersSortBytewise) {
  EXPECT_LT(*MemberId::parse("1267"), *MemberId::parse("1373"));
  EXPECT_LT(*MemberId::parse("15"), *MemberId::parse("1540"));
  EXPECT_LT(*MemberId::parse("Z"), *MemberId::parse("a"));
  EXPECT_TRUE(MemberId().empty());
}

TEST(Ids, Base64IsThatOfRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base64(view_of(plain)), coded);
    EXPECT_EQ(text_of(*from_base64(coded)), plain);
  }
}

TEST(Ids, Base64HasOneSpellingOnly) {
  for (const char* bad :
       {"Zg", "Zg=", "Zh==", "Zm9=", "Zm=v", "====", "=", "Zg==Zg==", "Zm9v\n", "Zm-v", "Z m9", "Z===", "Zg==\n"}) {
    EXPECT_FALSE(from_base64(bad)) << bad;
  }
}

// A buffer that grows leaves what it held in freed memory, and what is written so may be a secret key.
TEST(Ids, Z85WritesBothWaysIntoOneBufferOfTheFinalSize) {
  const Bytes bytes(36, 7);
  const std::string text = z85(bytes);
  EXPECT_EQ(text.capacity(), text.size());
  EXPECT_EQ(from_z85(text)->capacity(), bytes.size());
}

TEST(Ids, Z85IsThatOfTheZeroMqRfc) {
  const Bytes bytes{0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B};
  EXPECT_EQ(z85(bytes), "HelloWorld");
  EXPECT_EQ(from_z85("HelloWorld"), bytes);
  for (const char* bad : {"Hello Worl", "HelloWorl", "#####", "\"aaaa", "%nSc1"}) EXPECT_FALSE(from_z85(bad)) << bad;
  EXPECT_EQ(from_z85("%nSc0"), Bytes(4, 0xff));
}

TEST(Ids, EveryEncodingComesBack) {
  std::mt19937_64 random(1540);
  for (std::size_t size = 0; size <= 96; ++size) {
    const Bytes bytes = random_bytes(random, size);
    EXPECT_EQ(from_hex(hex(bytes)), bytes);
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
  }
  for (std::size_t size = 0; size <= 96; size += 4) {
    const Bytes bytes = random_bytes(random, size);
    EXPECT_EQ(from_z85(z85(bytes)), bytes);
  }
}

TEST(Ids, HexIsPrintedSmallReadEitherWayAndNeverHalf) {
  EXPECT_EQ(hex(Bytes{0x00, 0xab, 0xff}), "00abff");
  EXPECT_EQ(from_hex("00ABff"), (Bytes{0x00, 0xab, 0xff}));
  for (const char* bad : {"0", "0g", "0x", " 0", "00 "}) EXPECT_FALSE(from_hex(bad)) << bad;
}

TEST(Ids, AFingerprintIsSpokenInGroupsOfFour) {
  Hash hash{};
  hash[0] = 0x12;
  hash[31] = 0xfe;
  const std::string text = spoken(hash);
  EXPECT_EQ(text.size(), 64U + 15U);
  EXPECT_EQ(text.substr(0, 10), "1200 0000 ");
  EXPECT_EQ(text.substr(text.size() - 5), " 00fe");
}

TEST(Ids, AnArrayTakesExactlyItsLength) {
  EXPECT_TRUE(array_from<Hash>(Bytes(32, 1)));
  EXPECT_FALSE(array_from<Hash>(Bytes(31, 1)));
  EXPECT_FALSE(array_from<Hash>(Bytes(33, 1)));
  EXPECT_FALSE(array_from<Hash>(View{}));
}

TEST(Ids, TimesPrintAndParse) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(1'709'210'096'789), "2024-02-29T12:34:56Z");
  EXPECT_EQ(rfc3339_millis(1'709'210'096'007), "2024-02-29T12:34:56.007Z");
  EXPECT_EQ(from_rfc3339("2024-02-29T12:34:56Z"), 1'709'210'096'000U);
  std::mt19937_64 random(7);
  for (int i = 0; i < 1000; ++i) {
    const TimeMs time = random() % 253'402'300'800 * 1000;
    EXPECT_EQ(from_rfc3339(rfc3339(time)), time);
  }
}

TEST(Ids, ATimeThatIsNotOneIsRefused) {
  for (const char* bad :
       {"2023-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+00:00", "1969-12-31T23:59:59Z", "+026-01-01T00:00:00Z", "2026-01-01T00:00:00z", ""}) {
    EXPECT_FALSE(from_rfc3339(bad)) << bad;
  }
}

TEST(Ids, ATimeBeyondAllCalendarsStillPrints) {
  EXPECT_EQ(rfc3339(std::numeric_limits<TimeMs>::max()), "9999-12-31T23:59:59Z");
  EXPECT_EQ(rfc3339_millis(1ULL << 62), "9999-12-31T23:59:59.999Z");
}

TEST(Ids, IntegersAreBigEndian) {
  Bytes out;
  put_u16(out, 0x0102);
  put_u32(out, 0x03040506);
  put_u64(out, 0xf708090a0b0c0d0eULL);
  EXPECT_EQ(hex(out), "010203040506f708090a0b0c0d0e");
  EXPECT_EQ(get_u16(out.data()), 0x0102);
  EXPECT_EQ(get_u32(out.data() + 2), 0x03040506U);
  EXPECT_EQ(get_u64(out.data() + 6), 0xf708090a0b0c0d0eULL);
}

}  // namespace
}  // namespace liaison
