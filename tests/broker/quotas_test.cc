// SPDX-License-Identifier: Apache-2.0
#include "broker/quotas.h"

#include <gtest/gtest.h>

#include "tests/broker/exchange_fixture.h"

namespace liaison {
namespace {

class QuotaBuckets : public ::testing::Test {
 protected:
  std::optional<std::uint64_t> take(std::string_view kind = "visit.plan", std::size_t bytes = 1000) {
    return quotas.take(member, kind, bytes, fold, wall_ms, monotonic_ms);
  }
  MemberId member = *MemberId::parse("1540");
  Quotas quotas{QuotaLimits{}};
  Fold fold;
  TimeMs wall_ms = 20'000 * kDayMs + 1000;
  std::uint64_t monotonic_ms = 5000;
};

TEST_F(QuotaBuckets, ABurstIsTakenAtOnceAndThenTwentyASecond) {
  for (int i = 0; i < 100; ++i) ASSERT_FALSE(take());
  EXPECT_EQ(take(), 50U);
  monotonic_ms += 50;
  EXPECT_FALSE(take());
  EXPECT_TRUE(take());
}

TEST_F(QuotaBuckets, ARestFillsTheBucketUpToTheBurstOnly) {
  for (int i = 0; i < 100; ++i) ASSERT_FALSE(take());
  monotonic_ms += 3'600'000;
  for (int i = 0; i < 100; ++i) ASSERT_FALSE(take());
  EXPECT_TRUE(take());
}

TEST_F(QuotaBuckets, ReceiptsHaveABucketOfTheirOwn) {
  for (int i = 0; i < 100; ++i) ASSERT_FALSE(take());
  for (int i = 0; i < 100; ++i) ASSERT_FALSE(take(kKindReceipt));
  EXPECT_EQ(take(kKindReceipt), 25U);
}

TEST_F(QuotaBuckets, AnotherMemberHasItsOwnBucket) {
  for (int i = 0; i < 100; ++i) ASSERT_FALSE(take());
  member = *MemberId::parse("1267");
  EXPECT_FALSE(take());
}

TEST_F(QuotaBuckets, TheDaysMessagesOfAKindEndAtMidnight) {
  fold.usage[usage_key(wall_ms, member, "visit.plan")] = {10'000, 1};
  EXPECT_EQ(take(), kDayMs - 1000);
  EXPECT_FALSE(take("visit.answer"));
  wall_ms += kDayMs - 1000;
  EXPECT_FALSE(take());
}

TEST_F(QuotaBuckets, TheDaysBytesOfAKindCountWholeFrames) {
  fold.usage[usage_key(wall_ms, member, "visit.plan")] = {1, (64ULL << 20) - 999};
  EXPECT_TRUE(take("visit.plan", 1000));
  EXPECT_FALSE(take("visit.plan", 999));
}

TEST_F(QuotaBuckets, ReceiptsOfADayAreCountedByTheirBytesAlone) {
  Usage& used = fold.usage[usage_key(wall_ms, member, kKindReceipt)];
  used = {1'000'000, (1ULL << 30) - 1000};
  EXPECT_FALSE(take(kKindReceipt, 1000));
  EXPECT_EQ(take(kKindReceipt, 1001), kDayMs - 1000);
  EXPECT_FALSE(take("visit.plan"));
}

// Otherwise whoever writes "receipt" on 96 KiB could fill the disk for all.
TEST_F(QuotaBuckets, AReceiptLargerThanAnyRealOneCountsAsAMessage) {
  Usage& used = fold.usage[usage_key(wall_ms, member, kKindReceipt)];
  used = {1, (64ULL << 20) - kReceiptBytesMax};
  EXPECT_FALSE(take(kKindReceipt, kReceiptBytesMax));
  EXPECT_EQ(take(kKindReceipt, kReceiptBytesMax + 1), kDayMs - 1000);
  used = {10'000, 1};
  EXPECT_EQ(take(kKindReceipt, kReceiptBytesMax + 1), kDayMs - 1000);
  used = {};
  for (int i = 0; i < 100; ++i) ASSERT_FALSE(take());
  EXPECT_EQ(take(kKindReceipt, kReceiptBytesMax + 1), 50U);
  EXPECT_FALSE(take(kKindReceipt, kReceiptBytesMax));
}

// Reserved, and nothing yet that anybody sends.
TEST_F(QuotaBuckets, AHeartbeatIsAMessageLikeAnyOtherWithoutASchema) {
  EXPECT_EQ(usage_key(wall_ms, member, kKindHeartbeat).kind, usage_key(wall_ms, member, "made.up").kind);
  fold.usage[usage_key(wall_ms, member, "made.up")] = {10'000, 1};
  EXPECT_EQ(take(kKindHeartbeat), kDayMs - 1000);
  fold.usage.clear();
  for (int i = 0; i < 100; ++i) ASSERT_FALSE(take());
  EXPECT_EQ(take(kKindHeartbeat), 50U);
}

TEST_F(QuotaBuckets, KindsWithoutASchemaShareOneCount) {
  EXPECT_EQ(usage_key(wall_ms, member, "made.up").kind, usage_key(wall_ms, member, "made.up_too").kind);
}

TEST_F(QuotaBuckets, AMonotonicClockThatRepeatsGivesNothing) {
  for (int i = 0; i < 100; ++i) ASSERT_FALSE(take());
  monotonic_ms -= 1000;
  EXPECT_TRUE(take());
}

class Quotas24h : public RunningExchange {
 protected:
  Quotas24h() {
    limits.quota.messages_per_day = 3;
    restart();
    who_am_i("1540");
  }
};

TEST_F(Quotas24h, TheDaysCountSurvivesARestartAndRefusedEntriesCount) {
  ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  Letter late = letter_from("1540");
  late.edit = [](Header& header) {
    header.created_at_ms -= 2000;
    header.not_after_ms = header.created_at_ms + 1;
  };
  ASSERT_EQ(logged(publish("1540", late)), Code::kExpired);
  restart();
  who_am_i("1540");
  ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  EXPECT_EQ(refused(publish("1540", letter_from("1540")), Signed::kYes).code, Code::kQuota);
}

}  // namespace
}  // namespace liaison
