// SPDX-License-Identifier: Apache-2.0
// Standard Webhooks as its specification and reference libraries have it, and everything that is not it refused in one sentence.
#include "nodes/connectors/webhook_signature.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "security/durable.h"
#include "security/hash.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The vectors that the reference libraries are tested with: one call, signed both ways.
constexpr const char* kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::uint64_t kAt = 1614265330;
constexpr const char* kBody = "{\"test\": 2432232314}";
constexpr const char* kVectorSecretLine = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kSecretSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr const char* kSigningLine = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
constexpr const char* kSeedLine = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=";
constexpr const char* kPublicLine = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
// This one stands in the specification itself.
constexpr const char* kSigningSignature = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
constexpr const char* kOtherSecretLine = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

WebhookKeys keys_of(const std::string& text, WebhookKeys::Use use) {
  auto keys = WebhookKeys::parse(text, use);
  EXPECT_TRUE(keys) << keys.error().what;
  return std::move(*keys);
}
WebhookKeys to_sign(const std::string& text) { return keys_of(text, WebhookKeys::Use::kSign); }
WebhookKeys to_verify(const std::string& text) { return keys_of(text, WebhookKeys::Use::kVerify); }

Result<void> verified(const WebhookKeys& keys, const std::string& signature, TimeMs now_ms = kAt * 1000, const std::string& body = kBody) {
  return keys.verify({kId, std::to_string(kAt), signature}, body, now_ms);
}

void expect_refused(const Result<void>& answer, Code code, const std::string& words) {
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, code) << answer.error().what;
  EXPECT_THAT(answer.error().what, HasSubstr(words));
  EXPECT_FALSE(answer.error().hint.empty());
}

TEST(WebhookSignature, TheReferenceLibrariesVectorsComeOut) {
  EXPECT_EQ(to_sign(kVectorSecretLine).sign(kId, kAt, kBody), kSecretSignature);
  EXPECT_EQ(to_sign(kSigningLine).sign(kId, kAt, kBody), kSigningSignature);
  EXPECT_EQ(to_sign(kSeedLine).sign(kId, kAt, kBody), kSigningSignature) << "the seed alone is the same key";
  EXPECT_TRUE(verified(to_verify(kVectorSecretLine), kSecretSignature));
  EXPECT_TRUE(verified(to_verify(kPublicLine), kSigningSignature));
}

TEST(WebhookSignature, WhileOneKeyReplacesAnotherBothSignAndEitherIsEnough) {
  const std::string both = to_sign(std::string("# old\n") + kVectorSecretLine + "\n\n# new\n" + kSigningLine + "\r\n").sign(kId, kAt, kBody);
  EXPECT_EQ(both, std::string(kSecretSignature) + " " + kSigningSignature);
  EXPECT_TRUE(verified(to_verify(kVectorSecretLine), both));
  EXPECT_TRUE(verified(to_verify(kPublicLine), both));
  EXPECT_TRUE(verified(to_verify(std::string(kOtherSecretLine) + "\n" + kVectorSecretLine), both));
  expect_refused(verified(to_verify(kOtherSecretLine), both), Code::kSignature, "no signature in webhook-signature is by a key that is trusted here");
}

TEST(WebhookSignature, SignaturesOfAnotherVersionSayNothing) {
  EXPECT_TRUE(verified(to_verify(kVectorSecretLine), std::string("v2,Zm9v v9x,bar ") + kSecretSignature));
  expect_refused(verified(to_verify(kVectorSecretLine), "v2,Zm9v"), Code::kSignature, "no signature");
}

TEST(WebhookSignature, OneBitElsewhereIsAnotherCall) {
  const WebhookKeys keys = to_verify(std::string(kVectorSecretLine) + "\n" + kPublicLine);
  const std::string both = std::string(kSecretSignature) + " " + kSigningSignature;
  const std::string body = kBody;
  EXPECT_TRUE(verified(keys, both));
  for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
    std::string other = body;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    expect_refused(verified(keys, both, kAt * 1000, other), Code::kSignature, "no signature");
  }
  expect_refused(keys.verify({std::string(kId) + "x", std::to_string(kAt), both}, body, kAt * 1000), Code::kSignature, "no signature");
  expect_refused(keys.verify({kId, std::to_string(kAt + 1), both}, body, kAt * 1000), Code::kSignature, "no signature");
  for (const std::string& right : {std::string(kSecretSignature), std::string(kSigningSignature)}) {
    const std::size_t start = right.find(',') + 1;
    Bytes bytes = *from_base64(right.substr(start));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1 << (bit % 8)));
      EXPECT_FALSE(verified(keys, right.substr(0, start) + base64(bytes))) << bit;
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1 << (bit % 8)));
    }
  }
}

TEST(WebhookSignature, FiveMinutesEitherWayAreInTimeAndASecondMoreIsNot) {
  const WebhookKeys keys = to_verify(kVectorSecretLine);
  for (const std::int64_t off_s : {-300, -299, 0, 299, 300}) {
    EXPECT_TRUE(verified(keys, kSecretSignature, static_cast<TimeMs>(static_cast<std::int64_t>(kAt) + off_s) * 1000)) << off_s;
  }
  expect_refused(verified(keys, kSecretSignature, (kAt + 301) * 1000), Code::kClock, "is more than five minutes old");
  expect_refused(verified(keys, kSecretSignature, (kAt - 301) * 1000), Code::kClock, "is more than five minutes ahead");
}

TEST(WebhookSignature, HeadersThatAreNotWellFormedAreRefusedByName) {
  const WebhookKeys keys = to_verify(kVectorSecretLine);
  struct Row { WebhookHeaders headers; std::string words; };
  const std::string at = std::to_string(kAt), good = kSecretSignature;
  const std::string list = "webhook-signature is not a list of VERSION,BASE64", number = "webhook-timestamp is not a plain number";
  const std::string id = "webhook-id is not 1 to 128";
  const Row rows[] = {{{"", at, good}, "webhook-id is missing"},
                      {{kId, "", good}, "webhook-timestamp is missing"},
                      {{kId, at, ""}, "webhook-signature is missing"},
                      {{"a.b", at, good}, id},
                      {{"a b", at, good}, id},
                      {{"a\nb", at, good}, id},
                      {{"\xc3\xa9", at, good}, id},
                      {{std::string("a\0b", 3), at, good}, id},
                      {{std::string(129, 'a'), at, good}, id},
                      {{kId, "0" + at, good}, number},
                      {{kId, "+" + at, good}, number},
                      {{kId, "-1", good}, number},
                      {{kId, at + " ", good}, number},
                      {{kId, at + ".0", good}, number},
                      {{kId, "1e9", good}, number},
                      {{kId, "99999999999999999999", good}, number},
                      {{kId, at, " " + good}, list},
                      {{kId, at, good + " "}, list},
                      {{kId, at, good + "  " + good}, list},
                      {{kId, at, "v1"}, list},
                      {{kId, at, "v1,"}, list},
                      {{kId, at, ",Zm9v"}, list},
                      {{kId, at, "V1" + good.substr(2)}, list},
                      {{kId, at, "v1," + good.substr(3, 40)}, list},
                      {{kId, at, good + "A"}, list},
                      {{kId, at, "v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE="}, list},
                      {{kId, at, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF="}, list},
                      {{kId, at, "v1a" + good.substr(2)}, list},
                      {{kId, at, std::string(4097, 'v')}, "webhook-signature is longer than 4 KiB"}};
  for (const Row& row : rows) expect_refused(keys.verify(row.headers, kBody, kAt * 1000), Code::kInput, row.words);
  std::string many = good;
  for (int i = 1; i < 16; ++i) many += " " + good;
  EXPECT_TRUE(verified(keys, many));
  expect_refused(verified(keys, many + " " + good), Code::kInput, "has more than 16 signatures");
}

TEST(WebhookSignature, AnyBytesAsHeadersAreAnswered) {
  const WebhookKeys keys = to_verify(std::string(kVectorSecretLine) + "\n" + kPublicLine);
  std::uint64_t random = 7;
  const auto some = [&](std::size_t most) {
    std::string out;
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    for (std::size_t count = (random >> 33) % most; count > 0; --count) {
      random = random * 6364136223846793005ULL + 1442695040888963407ULL;
      out += "v1a,= 0123456789+/Zz\0\n\xff"[(random >> 33) % 24];
    }
    return out;
  };
  for (int i = 0; i < 20'000; ++i) EXPECT_FALSE(keys.verify({some(20), some(14), some(200)}, some(50), kAt * 1000));
}

TEST(WebhookKeys, LinesThatAreNoKeysAreRefusedByTheirNumberAndNotRepeated) {
  struct Row { std::string text; WebhookKeys::Use use; std::string words; };
  const auto sign = WebhookKeys::Use::kSign, verify = WebhookKeys::Use::kVerify;
  const std::string halves = "whsk_" + base64([] { Bytes other(64, 1); return other; }());
  std::string nine;
  for (int i = 0; i < 9; ++i) nine += "whsec_" + base64(Bytes(24, static_cast<std::uint8_t>(i))) + "\n";
  const Row rows[] = {{"", sign, "there is no key"},
                      {"# nothing\n\n", verify, "there is no key"},
                      {std::string("\n\n") + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", sign, "line 3: a key begins with whsec_, whsk_ or whpk_"},
                      {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", sign, "line 1: what follows whsec_ is not standard base64"},
                      {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La LaSw", sign, "is not standard base64"},
                      {"whsec_" + base64(Bytes(23, 1)), sign, "a whsec_ secret has 24 to 64 bytes, and this one has 23"},
                      {"whsec_" + base64(Bytes(65, 1)), sign, "and this one has 65"},
                      {"whsec_", sign, "and this one has 0"},
                      {"whsk_" + base64(Bytes(33, 1)), sign, "a whsk_ key has 32 or 64 bytes, and this one has 33"},
                      {halves, sign, "the second half of the whsk_ key is not the public key of its first half"},
                      {kPublicLine, sign, "whpk_ is a public key, with which nothing is signed"},
                      {kSigningLine, verify, "whsk_ is the sender's secret key, which has no place here"},
                      {"whpk_" + base64(Bytes(31, 1)), verify, "is not an Ed25519 public key"},
                      {"whpk_" + base64(Bytes(32, 0)), verify, "is not an Ed25519 public key"},
                      {std::string(kVectorSecretLine) + "\n" + kVectorSecretLine, sign, "line 2: the key stands in the file twice"},
                      {std::string(kSigningLine) + "\n" + kSeedLine, sign, "line 2: the key stands in the file twice"},
                      {std::string(kPublicLine) + "\n" + kPublicLine, verify, "line 2: the key stands in the file twice"},
                      {nine, sign, "there are more than 8 keys"}};
  for (const Row& row : rows) {
    const auto keys = WebhookKeys::parse(row.text, row.use);
    ASSERT_FALSE(keys) << row.words;
    EXPECT_EQ(keys.error().code, Code::kKey);
    EXPECT_THAT(keys.error().what, HasSubstr(row.words));
    EXPECT_THAT(keys.error().what + keys.error().hint, Not(HasSubstr("MfKQ9r8GKYq")));
  }
}

TEST(WebhookKeys, AFileThatOthersMayReadHoldsNoSecret) {
  const TempFolder folder;
  const auto file = folder.path() / "keys";
  EXPECT_EQ(WebhookKeys::read(file, WebhookKeys::Use::kSign).error().code, Code::kUnknown);
  ASSERT_TRUE(write_durably(file, view_of(std::string(kVectorSecretLine) + "\n")));
  EXPECT_EQ(WebhookKeys::read(file, WebhookKeys::Use::kSign)->count(), 1U);
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  const auto open = WebhookKeys::read(file, WebhookKeys::Use::kSign);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, Code::kPermission);
  EXPECT_THAT(open.error().hint, HasSubstr("chmod 600"));
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  const auto link = folder.path() / "link";
  std::filesystem::create_symlink(file, link);
  EXPECT_EQ(WebhookKeys::read(link, WebhookKeys::Use::kSign).error().code, Code::kPermission);
  ASSERT_TRUE(write_durably(file, view_of(std::string(9'000, '#'))));
  EXPECT_EQ(WebhookKeys::read(file, WebhookKeys::Use::kSign).error().code, Code::kSize);
}

}  // namespace
}  // namespace liaison
