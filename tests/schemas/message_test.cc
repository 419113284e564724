// SPDX-License-Identifier: Apache-2.0
#include "schemas/message.h"

#include <gtest/gtest.h>
#include <schemas/header_generated.h>

#include <functional>

#include "tests/schemas/samples.h"

namespace liaison {
namespace {

Code header_refusal(const std::function<void(Header&)>& change) {
  Header header = samples::header();
  change(header);
  const auto decoded = decode_header(encode_header(header));
  return decoded ? Code::kAccepted : decoded.error().code;
}

// What encode_header cannot write: text and lengths as a stranger may send them.
struct Raw {
  std::string sender = "1540", kind = "visit.plan", marking = "named";
  std::vector<std::string> recipients = {"1267"};
  std::size_t schema_id = 32, previous = 32, policy_hash = 32, seen_root = 32, nonce = 16, in_reply_to = 32,
              commitment = 32;
  std::uint8_t suite = kSuiteSealed;
  const char* identifier = "LSNH";
};

Bytes encode_raw(const Raw& raw) {
  flatbuffers::FlatBufferBuilder builder;
  const auto zeros = [&](std::size_t size) { return builder.CreateVector(Bytes(size, 1)); };
  const auto sender = builder.CreateString(raw.sender), kind = builder.CreateString(raw.kind),
             marking = builder.CreateString(raw.marking);
  const auto recipients = builder.CreateVectorOfStrings(raw.recipients);
  const auto schema = zeros(raw.schema_id), previous = zeros(raw.previous), policy = zeros(raw.policy_hash),
             root = zeros(raw.seen_root), nonce = zeros(raw.nonce), reply = zeros(raw.in_reply_to),
             commitment = zeros(raw.commitment);
  const auto blobs = builder.CreateVectorOfStrings(std::vector<std::string>{});
  builder.Finish(fbs::CreateHeader(builder, sender, schema, kind, marking, recipients, 1, previous, 1, 2, 1, policy, 1,
                                   root, nonce, reply, raw.suite, commitment, blobs),
                 raw.identifier);
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

Code raw_header_refusal(const std::function<void(Raw&)>& change) {
  Raw raw;
  change(raw);
  const auto decoded = decode_header(encode_raw(raw));
  return decoded ? Code::kAccepted : decoded.error().code;
}

TEST(Header, ComesBackAsItWas) {
  const Header header = samples::header();
  const auto back = decode_header(encode_header(header));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->sender, header.sender);
  EXPECT_EQ(back->schema_id, header.schema_id);
  EXPECT_EQ(back->kind, header.kind);
  EXPECT_EQ(back->marking, header.marking);
  EXPECT_EQ(back->recipients, header.recipients);
  EXPECT_EQ(back->sequence, header.sequence);
  EXPECT_EQ(back->previous, header.previous);
  EXPECT_EQ(back->created_at_ms, header.created_at_ms);
  EXPECT_EQ(back->not_after_ms, header.not_after_ms);
  EXPECT_EQ(back->roster_version, header.roster_version);
  EXPECT_EQ(back->policy_hash, header.policy_hash);
  EXPECT_EQ(back->seen_size, header.seen_size);
  EXPECT_EQ(back->seen_root, header.seen_root);
  EXPECT_EQ(back->nonce, header.nonce);
  EXPECT_EQ(back->in_reply_to, header.in_reply_to);
  EXPECT_EQ(back->suite, header.suite);
  EXPECT_EQ(back->key_commitment, header.key_commitment);
}

TEST(Header, MayStartAtAnyAddress) {
  const Bytes good = encode_header(samples::header());
  Bytes shifted(1);
  put(shifted, good);
  EXPECT_TRUE(decode_header(View(shifted).subspan(1)));
}

TEST(Header, AZeroScalarIsRefused) {
  EXPECT_EQ(header_refusal([](Header& h) { h.sequence = 0; }), Code::kFormat);
  EXPECT_EQ(header_refusal([](Header& h) { h.created_at_ms = 0; }), Code::kFormat);
  EXPECT_EQ(header_refusal([](Header& h) { h.not_after_ms = 0; }), Code::kFormat);
  EXPECT_EQ(header_refusal([](Header& h) { h.roster_version = 0; }), Code::kFormat);
  EXPECT_EQ(header_refusal([](Header& h) { h.seen_size = 0; }), Code::kFormat);
  EXPECT_EQ(header_refusal([](Header& h) { h.suite = 0; }), Code::kFormat);
}

TEST(Header, AnEndNotAfterItsStartIsRefused) {
  EXPECT_EQ(header_refusal([](Header& h) { h.not_after_ms = h.created_at_ms; }), Code::kFormat);
  EXPECT_EQ(header_refusal([](Header& h) { h.not_after_ms = h.created_at_ms + 1; }), Code::kAccepted);
}

TEST(Header, ANumberThatWouldOverflowALaterSumIsRefused) {
  EXPECT_EQ(header_refusal([](Header& h) { h.sequence = ~0ULL; }), Code::kFormat);
  EXPECT_EQ(header_refusal([](Header& h) { h.not_after_ms = ~0ULL; }), Code::kFormat);
}

TEST(Header, RecipientsAreSortedUniqueAndWithoutTheSender) {
  EXPECT_EQ(header_refusal([](Header& h) { h.recipients = {}; }), Code::kFormat);
  EXPECT_EQ(header_refusal([](Header& h) { h.recipients = {member("1373"), member("1267")}; }), Code::kFormat);
  EXPECT_EQ(header_refusal([](Header& h) { h.recipients = {member("1267"), member("1267")}; }), Code::kFormat);
  EXPECT_EQ(header_refusal([](Header& h) { h.recipients = {member("1267"), member("1540")}; }), Code::kFormat);
  EXPECT_EQ(raw_header_refusal([](Raw& r) { r.recipients = {"no id"}; }), Code::kFormat);
}

TEST(Header, OneToThirtyTwoRecipientsFit) {
  for (const int count : {1, 32, 33}) {
    const Code code = header_refusal([&](Header& h) {
      h.recipients.clear();
      for (int i = 0; i < count; ++i) h.recipients.push_back(member("m" + std::to_string(10 + i)));
    });
    EXPECT_EQ(code, count <= 32 ? Code::kAccepted : Code::kFormat) << count;
  }
}

TEST(Header, TheCommitmentIsThereExactlyUnderTheSealedSuite) {
  EXPECT_EQ(header_refusal([](Header& h) { h.key_commitment.reset(); }), Code::kFormat);
  EXPECT_EQ(header_refusal([](Header& h) { h.suite = kSuitePlain; }), Code::kFormat);
  EXPECT_EQ(header_refusal([](Header& h) { h.suite = kSuitePlain, h.key_commitment.reset(); }), Code::kAccepted);
  EXPECT_EQ(raw_header_refusal([](Raw& r) { r.commitment = 31; }), Code::kFormat);
  EXPECT_EQ(header_refusal([](Header& h) { h.suite = 3; }), Code::kFormat);
}

TEST(Header, AttachmentsAreRefusedByTheirOwnCode) {
  EXPECT_EQ(header_refusal([](Header& h) { h.blob_count = 1; }), Code::kBlob);
}

TEST(Header, EveryHashHasItsLength) {
  EXPECT_EQ(raw_header_refusal([](Raw&) {}), Code::kAccepted);
  for (const auto field :
       {&Raw::schema_id, &Raw::previous, &Raw::policy_hash, &Raw::seen_root, &Raw::nonce, &Raw::in_reply_to}) {
    EXPECT_EQ(raw_header_refusal([&](Raw& r) { r.*field -= 1; }), Code::kFormat);
    EXPECT_EQ(raw_header_refusal([&](Raw& r) { r.*field += 1; }), Code::kFormat);
    EXPECT_EQ(raw_header_refusal([&](Raw& r) { r.*field = 0; }), Code::kFormat);
  }
}

TEST(Header, KindAndMarkingAreWordsWhateverTheyMean) {
  EXPECT_EQ(header_refusal([](Header& h) { h.kind = "some.later_kind", h.marking = "secret"; }), Code::kAccepted);
  for (const char* bad :
       {"", "Visit", "visit plan", "visit\n", "visit1", "vísit", "\xff", "a2345678901234567890123456789012x"}) {
    EXPECT_EQ(raw_header_refusal([&](Raw& r) { r.kind = bad; }), Code::kFormat) << bad;
    EXPECT_EQ(raw_header_refusal([&](Raw& r) { r.marking = bad; }), Code::kFormat) << bad;
  }
  EXPECT_EQ(raw_header_refusal([](Raw& r) { r.marking = "a.b"; }), Code::kFormat);
  EXPECT_EQ(raw_header_refusal([](Raw& r) { r.sender = "15 40"; }), Code::kFormat);
}

TEST(Header, AnotherIdentifierIsRefused) {
  EXPECT_EQ(raw_header_refusal([](Raw& r) { r.identifier = "LSNW"; }), Code::kFormat);
}

TEST(Header, LongerThanTheLimitIsRefusedUnread) {
  Bytes bytes = encode_header(samples::header());
  bytes.resize(kHeaderBytesMax + 1);
  EXPECT_EQ(decode_header(bytes).error().code, Code::kFormat);
}

TEST(Receipt, OneAndTheMostComeBackAsTheyWere) {
  for (const std::size_t count : {std::size_t{1}, std::size_t{2}, kCoveredMax}) {
    const auto covered = samples::covered(count);
    const Bytes bytes = encode_receipt(covered);
    const auto back = decode_receipt(bytes);
    ASSERT_TRUE(back) << back.error().what;
    ASSERT_EQ(back->size(), count);
    EXPECT_EQ((*back)[count - 1].message_id, covered[count - 1].message_id);
    EXPECT_EQ((*back)[count - 1].frame_hash, covered[count - 1].frame_hash);
    EXPECT_EQ((*back)[count - 1].index, covered[count - 1].index);
    EXPECT_EQ((*back)[count - 1].pair_seq, covered[count - 1].pair_seq);
    EXPECT_EQ((*back)[count - 1].verdict, covered[count - 1].verdict);
    EXPECT_LE(bytes.size(), kBodyBytesMax);
  }
}

TEST(Receipt, AHashStandsInItsBytesInOrder) {
  const auto covered = samples::covered(1);
  const Bytes bytes = encode_receipt(covered);
  EXPECT_NE(text_of(bytes).find(text_of(covered[0].message_id)), std::string_view::npos);
  EXPECT_NE(text_of(bytes).find(text_of(covered[0].frame_hash)), std::string_view::npos);
}

TEST(Receipt, AVerdictThatIsNoWireCodeIsRefused) {
  auto covered = samples::covered(1);
  covered[0].verdict = Code::kIo;
  EXPECT_EQ(decode_receipt(encode_receipt(covered)).error().code, Code::kBody);
  covered[0].verdict = static_cast<Code>(6);
  EXPECT_EQ(decode_receipt(encode_receipt(covered)).error().code, Code::kBody);
}

TEST(Receipt, NothingAndStrangeBytesAreRefused) {
  EXPECT_EQ(decode_receipt({}).error().code, Code::kBody);
  EXPECT_EQ(decode_receipt(encode_header(samples::header())).error().code, Code::kBody);
}

}  // namespace
}  // namespace liaison
