// SPDX-License-Identifier: Apache-2.0
#include "security/frame.h"

#include <gtest/gtest.h>

#include "security/hash.h"

namespace liaison {
namespace {

using namespace std::string_view_literals;

class Frame : public testing::Test {
 protected:
  static Header some_header() {
    Header header;
    header.sender = *MemberId::parse("1540");
    header.schema_id.fill(1);
    header.kind = "visit.plan";
    header.marking = "committees";
    header.recipients = {*MemberId::parse("1267"), *MemberId::parse("1373")};
    header.sequence = 7;
    header.previous.fill(2);
    header.created_at_ms = 1'790'000'000'000;
    header.not_after_ms = header.created_at_ms + 1;
    header.roster_version = 3;
    header.policy_hash.fill(4);
    header.seen_size = 5;
    header.seen_root.fill(6);
    header.nonce.fill(8);
    header.suite = kSuitePlain;
    return header;
  }
  Bytes frame(View body = view_of("body")) const { return make_frame(network_, key_, header_, body); }
  Code verify(Bytes bytes) const {
    const auto verified = verify_frame(network_, key_.public_key(), std::move(bytes));
    return verified ? Code::kAccepted : verified.error().code;
  }
  static Code parse(View bytes) {
    const auto parsed = parse_frame(bytes);
    return parsed ? Code::kAccepted : parsed.error().code;
  }
  Bytes with_byte(std::size_t at, std::uint8_t value) const {
    Bytes bytes = frame();
    bytes[at] = value;
    return bytes;
  }

  NetworkId network_ = network_id_of("liaison.example.org", sha256(view_of("roster")));
  SigningKey key_ = SigningKey::generate();
  Bytes header_ = encode_header(some_header());
};

TEST_F(Frame, WhatIsSignedVerifiesAndSaysWhatWasPutIn) {
  const Bytes bytes = frame();
  const VerifiedFrame verified = verify_frame(network_, key_.public_key(), bytes).value();
  EXPECT_EQ(verified.header().kind, "visit.plan");
  EXPECT_EQ(verified.header().sequence, 7U);
  EXPECT_EQ(text_of(verified.body()), "body");
  EXPECT_EQ(bytes_of(verified.header_bytes()), header_);
  EXPECT_EQ(verified.bytes(), bytes);
  EXPECT_EQ(verified.signed_by(), key_.public_key());
  EXPECT_EQ(verified.key_id(), key_id_of(KeyUse::sign, key_.public_key()));
  EXPECT_EQ(verified.frame_hash(), sha256(bytes));
}

TEST_F(Frame, ItsBytesStandWhereTheProtocolSays) {
  const Bytes bytes = frame();
  EXPECT_EQ(text_of(View(bytes).first(4)), "LSN1");
  EXPECT_EQ(hex(View(bytes).subspan(4, 4)), "01010000");
  EXPECT_EQ(hex(View(bytes).subspan(8, 8)), hex(key_id_of(KeyUse::sign, key_.public_key())));
  EXPECT_EQ(get_u32(&bytes[16]), header_.size());
  EXPECT_EQ(get_u32(&bytes[20]), 4U);
  EXPECT_EQ(bytes.size(), 88 + header_.size() + 4);
}

// Put together here by hand from the page, so that code and page cannot drift apart together.
TEST_F(Frame, TheSignatureIsOverTheBytesOfTheProtocol) {
  const Bytes bytes = frame();
  Bytes expected = bytes_of(view_of("liaison/msg/v1\0\0"sv));
  put(expected, network_);
  put(expected, View(bytes).subspan(4, 20));
  put(expected, sha256(header_));
  put(expected, sha256(view_of("body")));
  ASSERT_EQ(expected.size(), kToSignBytes);
  const FrameView view = parse_frame(bytes).value();
  EXPECT_EQ(bytes_of(to_sign(network_, view)), expected);
  EXPECT_TRUE(verify_signature(key_.public_key(), expected, view.signature));
  EXPECT_EQ(message_id_of(to_sign(network_, view)), sha256({view_of("liaison/id/v1\0"sv), expected}));
}

TEST_F(Frame, TheNetworkIdCoversNameAndFirstRoster) {
  const Hash roster = sha256(view_of("roster"));
  EXPECT_EQ(network_id_of("a", roster), sha256({view_of("liaison/net/v1\0a"sv), roster}));
  EXPECT_NE(network_id_of("a", roster), network_id_of("b", roster));
  EXPECT_NE(network_id_of("a", roster), network_id_of("a", kZeroHash));
}

TEST_F(Frame, OneFlippedBitIsRefused) {
  const Bytes bytes = frame();
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    Bytes changed = bytes;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    ASSERT_NE(verify(std::move(changed)), Code::kAccepted) << "bit " << bit;
  }
}

TEST_F(Frame, EveryTruncationIsRefusedForItsSize) {
  const Bytes bytes = frame();
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_EQ(parse(View(bytes).first(size)), Code::kSize) << size;
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_EQ(parse(longer), Code::kSize);
}

TEST_F(Frame, AnotherMagicTypeAlgorithmOrFlagIsRefusedForItsForm) {
  EXPECT_EQ(parse(with_byte(0, 'X')), Code::kFormat);
  EXPECT_EQ(parse(with_byte(4, 2)), Code::kFormat);
  EXPECT_EQ(parse(with_byte(5, 2)), Code::kFormat);
  EXPECT_EQ(parse(with_byte(6, 1)), Code::kFormat);
  EXPECT_EQ(parse(with_byte(7, 1)), Code::kFormat);
}

TEST_F(Frame, LengthsOverTheLimitsAreRefusedBeforeTheyAreUsed) {
  EXPECT_EQ(parse(with_byte(16, 0xff)), Code::kSize);
  EXPECT_EQ(parse(with_byte(20, 0xff)), Code::kSize);
  Bytes both = with_byte(16, 0xff);   // sums that would wrap around 32 bits
  std::fill(both.begin() + 16, both.begin() + 24, std::uint8_t{0xff});
  EXPECT_EQ(parse(both), Code::kSize);
}

TEST_F(Frame, TheGreatestHeaderAndBodyFit) {
  EXPECT_EQ(parse(make_frame(network_, key_, Bytes(kHeaderBytesMax), Bytes(kBodyBytesMax))), Code::kAccepted);
  EXPECT_DEATH(make_frame(network_, key_, Bytes(kHeaderBytesMax + 1), {}), "");
  EXPECT_DEATH(make_frame(network_, key_, {}, Bytes(kBodyBytesMax + 1)), "");
}

TEST_F(Frame, AnEmptyBodyIsSignedToo) {
  EXPECT_EQ(verify(frame({})), Code::kAccepted);
}

TEST_F(Frame, AnotherKeyOrNetworkIsRefused) {
  EXPECT_EQ(verify_frame(network_, SigningKey::generate().public_key(), frame()).error().code, Code::kSignature);
  const NetworkId elsewhere = network_id_of("liaison.example.com", sha256(view_of("roster")));
  EXPECT_EQ(verify_frame(elsewhere, key_.public_key(), frame()).error().code, Code::kSignature);
}

TEST_F(Frame, AKeyIdThatIsNotTheKeysIsRefusedEvenWhenSigned) {
  Bytes bytes = with_byte(8, static_cast<std::uint8_t>(frame()[8] ^ 1));
  const Signature signature = key_.sign(to_sign(network_, *parse_frame(bytes)));
  std::copy(signature.begin(), signature.end(), bytes.begin() + 24);
  EXPECT_EQ(verify(std::move(bytes)), Code::kSignature);
}

TEST_F(Frame, AHeaderThatIsNoneIsRefusedOnlyAfterTheSignatureHeld) {
  Bytes bytes = make_frame(network_, key_, view_of("no flatbuffer at all"), view_of("body"));
  EXPECT_EQ(verify(bytes), Code::kFormat);
  bytes.back() ^= 1;
  EXPECT_EQ(verify(bytes), Code::kSignature);
}

TEST_F(Frame, ARefusalHoldsForItsBrokerAndItsFieldsOnly) {
  Refusal refusal{.frame_hash = sha256(frame()), .code = Code::kGap, .detail = 8, .text = "the chain has a gap", .time_ms = 99, .signature = {}};
  EXPECT_FALSE(refusal_signature_holds(refusal, network_, key_.public_key()));   // not signed yet
  sign_refusal(refusal, network_, key_);
  EXPECT_TRUE(refusal_signature_holds(refusal, network_, key_.public_key()));
  EXPECT_FALSE(refusal_signature_holds(refusal, network_, SigningKey::generate().public_key()));
  EXPECT_FALSE(refusal_signature_holds(refusal, kZeroHash, key_.public_key()));
  for (int field = 0; field < 4; ++field) {
    Refusal changed = refusal;
    if (field == 0) changed.frame_hash[0] ^= 1;
    if (field == 1) changed.code = Code::kQuota;
    if (field == 2) changed.detail += 1;
    if (field == 3) changed.time_ms += 1;
    EXPECT_FALSE(refusal_signature_holds(changed, network_, key_.public_key())) << field;
  }
}

TEST_F(Frame, ARefusalIsSignedOverTheBytesOfTheProtocol) {
  Refusal refusal{.frame_hash = kZeroHash, .code = Code::kClock, .detail = 0x0102030405060708, .text = "", .time_ms = 256, .signature = {}};
  sign_refusal(refusal, network_, key_);
  Bytes expected = bytes_of(view_of("liaison/rcpt/v1\0"sv));
  put(expected, network_);
  put(expected, kZeroHash);
  put(expected, from_hex("002c" "0102030405060708" "0000000000000100").value());
  EXPECT_TRUE(verify_signature(key_.public_key(), expected, refusal.signature.value()));
}

}  // namespace
}  // namespace liaison
