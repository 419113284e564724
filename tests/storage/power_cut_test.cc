// SPDX-License-Identifier: Apache-2.0
// The power goes at any write or sync of a short script: nothing that was acknowledged is lost, moved or told twice.
#include <gtest/gtest.h>

#include "tests/storage/disk_exchange.h"
#include "tests/storage/effort.h"

namespace liaison {
namespace {

std::uint64_t acts_of_a_whole_life(const Script& script) {
  DiskExchange exchange;
  EXPECT_TRUE(exchange.live(script));
  return exchange.disk.acts();
}

TEST(PowerCut, AnAcceptanceLeavesAfterBothSyncsInTheirOrder) {
  DiskExchange exchange;
  const Script script = Script::small(exchange.tiny);
  ASSERT_TRUE(exchange.start());
  ASSERT_TRUE(exchange.introduce());
  for (const auto& batch : script.batches) {
    exchange.disk.forget_events();
    const std::size_t before = exchange.acceptances();
    ASSERT_TRUE(exchange.send(batch));
    ASSERT_GT(exchange.acceptances(), before);
    std::vector<std::string> order;
    for (const auto& [act, what] : exchange.disk.events()) {
      if (act == ForgetfulDisk::Act::kSync || act == ForgetfulDisk::Act::kNote) order.push_back(what);
    }
    const std::size_t answers = exchange.acceptances() - before;
    ASSERT_GE(order.size(), 2 + answers);
    EXPECT_EQ(order[order.size() - answers - 2], "log.db-wal");
    EXPECT_EQ(order[order.size() - answers - 1], "checkpoint.db-wal");
    for (std::size_t i = order.size() - answers; i < order.size(); ++i) EXPECT_EQ(order[i], "acceptance");
  }
}

TEST(PowerCut, ADiskThatLiesAboutSyncsIsSeenByTheseTests) {
  DiskExchange exchange;
  exchange.disk.lie_about_syncs(true);
  exchange.check_stability = false;
  ASSERT_TRUE(exchange.live(Script::small(exchange.tiny)));
  exchange.disk.cut_power(ForgetfulDisk::Survivors::kNone, 1);
  EXPECT_GT(exchange.promises.leaves().size(), 0U);
  EXPECT_EQ(exchange.rows().size(), 0U);
}

// Every act of a whole life, with each way in which unsynced writes can survive.
void cut_everywhere(ForgetfulDisk::Survivors survivors, std::uint64_t seed) {
  const std::uint64_t every = rounds(4, 1);
  const TinyExchange tiny;
  const Script script = Script::small(tiny);
  const std::uint64_t acts = acts_of_a_whole_life(script);
  ASSERT_GT(acts, 60U);
  for (std::uint64_t at = 1 + seed % every; at <= acts; at += every) {
    SCOPED_TRACE("the power goes at act " + std::to_string(at) + ", seed " + std::to_string(seed));
    DiskExchange exchange;
    exchange.disk.die_at(at);
    const auto ended = exchange.live(script);
    ASSERT_FALSE(ended);
    exchange.disk.cut_power(survivors, seed + at);
    exchange.recover_and_finish(script);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(PowerCut, NothingAcknowledgedIsLostWhenUnsyncedWritesAreForgotten) { cut_everywhere(ForgetfulDisk::Survivors::kNone, effort_seed()); }
TEST(PowerCut, NothingAcknowledgedIsLostWhenUnsyncedWritesSurvive) { cut_everywhere(ForgetfulDisk::Survivors::kAll, effort_seed() + 1); }
TEST(PowerCut, NothingAcknowledgedIsLostWhenAnySectorsSurvive) {
  for (std::uint64_t round = 0; round < rounds(1, 60); ++round) cut_everywhere(ForgetfulDisk::Survivors::kSome, effort_seed() + 1001 * round);
}

TEST(PowerCut, ASecondCutWhileRecoveringFromTheFirstLosesNothing) {
  const TinyExchange tiny;
  const Script script = Script::small(tiny);
  const std::uint64_t acts = acts_of_a_whole_life(script);
  for (std::uint64_t at = 3 + effort_seed() % 7; at <= acts; at += rounds(53, 3)) {
    for (std::uint64_t second = 1; second <= 40; second += rounds(9, 1)) {
      SCOPED_TRACE("cut at act " + std::to_string(at) + " and at act " + std::to_string(second) + " of the next life");
      DiskExchange exchange;
      exchange.disk.die_at(at);
      ASSERT_FALSE(exchange.live(script));
      exchange.disk.cut_power(ForgetfulDisk::Survivors::kSome, at);
      exchange.clock.advance(1000);
      exchange.disk.die_at(second);
      (void)exchange.live(script);
      exchange.disk.cut_power(ForgetfulDisk::Survivors::kSome, second);
      exchange.recover_and_finish(script);
      if (HasFailure()) return;
    }
  }
}

TEST(PowerCut, AKilledProcessLosesNothingAndAdoptsWhatItHadWritten) {
  const TinyExchange tiny;
  const Script script = Script::small(tiny);
  const std::uint64_t acts = acts_of_a_whole_life(script);
  for (std::uint64_t at = 1 + effort_seed() % 4; at <= acts; at += rounds(4, 1)) {
    SCOPED_TRACE("killed at act " + std::to_string(at));
    DiskExchange exchange;
    exchange.disk.die_at(at);
    ASSERT_FALSE(exchange.live(script));
    exchange.disk.kill_process();
    exchange.recover_and_finish(script);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace liaison
