// SPDX-License-Identifier: Apache-2.0
// Syncs and writes that fail, a disk that is full, files that may not be written: the broker says so, releases nothing
// that is not safe, and the next start finds a whole store.
#include <gtest/gtest.h>

#include <algorithm>

#include "security/sqlite.h"
#include "tests/storage/disk_exchange.h"
#include "tests/storage/effort.h"

namespace liaison {
namespace {

using Act = ForgetfulDisk::Act;
using Trouble = ForgetfulDisk::Trouble;

std::uint64_t count(const ForgetfulDisk& disk, Act act) {
  return static_cast<std::uint64_t>(std::count_if(disk.events().begin(), disk.events().end(), [&](const auto& e) { return e.act == act; }));
}

// How many acts of each kind a whole life has.
std::uint64_t acts_of_a_life(Act act) {
  DiskExchange exchange;
  EXPECT_TRUE(exchange.live(Script::small(exchange.tiny)));
  return count(exchange.disk, act);
}

class EveryTrouble : public ::testing::Test {
 protected:
  // One life with the n-th act of a kind failing; then the trouble ends and everything must come right.
  void live_with(const ForgetfulDisk::Fault& fault, const Script& script) {
    SCOPED_TRACE("act " + std::to_string(fault.nth) + (fault.for_ever ? " and every later one" : "") + " of kind " +
                 std::to_string(static_cast<int>(fault.act)) + " fails with trouble " + std::to_string(static_cast<int>(fault.trouble)));
    DiskExchange exchange;
    exchange.disk.fail(fault);
    const auto lived = exchange.live(script);
    judge_end(exchange, fault, lived);
    end_and_recover(exchange, script, fault.nth);
  }

  // The process ends by itself or is killed, or the power goes with it or soon after the next start.
  static void end_and_recover(DiskExchange& exchange, const Script& script, std::uint64_t way) {
    exchange.disk.heal();
    if (way % 4 == 0) exchange.stop();
    exchange.disk.kill_process();
    if (way % 4 == 2) exchange.disk.cut_power(ForgetfulDisk::Survivors::kSome, way);
    if (way % 4 == 3) {
      EXPECT_TRUE(exchange.start());
      exchange.disk.cut_power(ForgetfulDisk::Survivors::kNone, way);
    }
    exchange.recover_and_finish(script);
  }

  void judge_end(DiskExchange& exchange, const ForgetfulDisk::Fault& fault, const Result<void>& lived) {
    if (!exchange.disk.fault_happened()) {
      EXPECT_TRUE(lived);
      return;
    }
    happened += 1;
    if (fault.trouble == Trouble::kInputOutput && fault.act == Act::kSync && !exchange.fault_in_stop()) {
      EXPECT_FALSE(lived) << "a failed sync went unnoticed";
      EXPECT_EQ(exchange.acceptances_since_fault(), 0U);
    }
    if (lived) return;
    EXPECT_TRUE(lived.error().code == Code::kStore || lived.error().code == Code::kStorageFull) << lived.error().what;
    EXPECT_NE(lived.error().what, "");
    const bool at_sync = fault.act == Act::kSync && !exchange.fault_in_stop() && exchange.store() != nullptr && exchange.gateway_runs();
    if (at_sync) {
      EXPECT_TRUE(exchange.store()->sync_failed()) << lived.error().what;
    }
  }

  std::uint64_t happened = 0;
};

TEST_F(EveryTrouble, AfterAFailedSyncNothingIsAcknowledgedAndTheNextStartIsWhole) {
  const TinyExchange tiny;
  const Script script = Script::small(tiny);
  const std::uint64_t syncs = acts_of_a_life(Act::kSync);
  for (std::uint64_t nth = 1; nth <= syncs; ++nth) {
    live_with({Act::kSync, nth, Trouble::kInputOutput, nth % 2 == 0}, script);
    if (whole_campaign()) live_with({Act::kSync, nth, Trouble::kInputOutput, nth % 2 == 1}, script);
    if (HasFailure()) return;
  }
  EXPECT_GE(happened, syncs);
}

// The disk has lost what the kernel still shows: a start must not build on it before it is on the disk again.
TEST_F(EveryTrouble, APowerCutInTheStartAfterAFailedSyncLosesNothing) {
  const TinyExchange tiny;
  const Script script = Script::small(tiny);
  const std::uint64_t syncs = acts_of_a_life(Act::kSync);
  const std::uint64_t every = rounds(5, 1);
  for (std::uint64_t nth = 1 + effort_seed() % every; nth <= syncs; nth += every) {
    for (std::uint64_t act = 1 + nth % rounds(4, 1); act <= 40; act += rounds(4, 1)) {
      SCOPED_TRACE("sync " + std::to_string(nth) + " fails, then the power goes at act " + std::to_string(act) + " of the next life");
      DiskExchange exchange;
      exchange.disk.fail({Act::kSync, nth, Trouble::kInputOutput, false});
      (void)exchange.live(script);
      exchange.disk.kill_process();
      exchange.clock.advance(1000);
      exchange.disk.die_at(act);
      (void)exchange.live(script);
      exchange.disk.cut_power(act % 3 == 0 ? ForgetfulDisk::Survivors::kNone : ForgetfulDisk::Survivors::kSome, act);
      exchange.recover_and_finish(script);
      if (HasFailure()) return;
    }
  }
}

TEST_F(EveryTrouble, AfterAFailedWriteTheNextStartIsWhole) {
  const TinyExchange tiny;
  const Script script = Script::small(tiny);
  const std::uint64_t writes = acts_of_a_life(Act::kWrite);
  const std::uint64_t every = rounds(5, 1);
  for (std::uint64_t nth = 1 + effort_seed() % every; nth <= writes; nth += every) {
    live_with({Act::kWrite, nth, Trouble::kInputOutput, nth % 2 == 0}, script);
    live_with({Act::kWrite, nth, Trouble::kShortWrite, nth % 2 == 1}, script);
    if (HasFailure()) return;
  }
  EXPECT_GE(happened, writes / every);
}

TEST_F(EveryTrouble, AFullDiskRefusesAndGoesOnWhenThereIsRoomAgain) {
  const TinyExchange tiny;
  const Script script = Script::small(tiny);
  const std::uint64_t writes = acts_of_a_life(Act::kWrite);
  std::uint64_t refused = 0;
  // Pages go down in few writes: each of them is tried.
  for (std::uint64_t nth = 1; nth <= writes; ++nth) {
    SCOPED_TRACE("the disk is full at write " + std::to_string(nth));
    DiskExchange exchange;
    exchange.disk.fail({Act::kWrite, nth, Trouble::kFull, true});
    const auto lived = exchange.live(script);
    if (lived) {
      // The broker has stayed up: every frame that did not fit was refused as such, and goes through now.
      ASSERT_TRUE(exchange.disk.fault_happened());
      for (const Code code : exchange.refusals()) EXPECT_TRUE(code == Code::kStorageFull || code == Code::kGap) << code_name(code);
      refused += exchange.refusals().size();
      exchange.disk.heal();
      exchange.clock.advance(2000);
      for (const auto& batch : script.batches) ASSERT_TRUE(exchange.send(batch));
      EXPECT_EQ(exchange.promises.leaves().size(), script.logged.size());
    } else {
      EXPECT_TRUE(lived.error().code == Code::kStore || lived.error().code == Code::kStorageFull) << lived.error().what;
      exchange.disk.heal();
    }
    end_and_recover(exchange, script, nth);
    if (HasFailure()) return;
  }
  EXPECT_GT(refused, 0U);
}

TEST(ReadOnly, FilesThatMayNotBeWrittenStopTheStartWithAClearSentence) {
  DiskExchange exchange;
  ASSERT_TRUE(exchange.live(Script::small(exchange.tiny)));
  exchange.stop();
  exchange.disk.set_read_only(true);
  const auto started = exchange.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::kStore);
  EXPECT_NE(started.error().what.find("log.db"), std::string::npos) << started.error().what;
  EXPECT_NE(started.error().what.find("may not be written"), std::string::npos) << started.error().what;
  EXPECT_NE(started.error().hint, "");
}

// SQLite copies the WAL back by itself when it has grown, and forgets what went wrong in it.
TEST(Checkpointing, ASyncThatFailsWhileTheWalIsCopiedBackIsNotForgotten) {
  std::uint64_t happened = 0;
  for (std::uint64_t nth = 1; nth <= 40; ++nth) {
    SCOPED_TRACE("sync " + std::to_string(nth) + " fails");
    ForgetfulDisk disk("forgetful");
    Database::Options options;
    options.vfs = "forgetful";
    options.wal_autocheckpoint_pages = 4;
    const auto database = Database::open("/t/log.db", options);
    ASSERT_TRUE(database);
    ASSERT_TRUE((*database)->execute("CREATE TABLE t(data BLOB)"));
    disk.fail({Act::kSync, nth, Trouble::kInputOutput, false});
    bool noticed = false;
    for (int i = 0; i < 12 && !noticed; ++i) {
      ASSERT_TRUE((*database)->begin());
      ASSERT_TRUE((*database)->execute("INSERT INTO t VALUES(randomblob(6000))"));
      const auto committed = (*database)->commit();
      EXPECT_EQ(!committed, disk.fault_happened());
      EXPECT_EQ((*database)->sync_failed(), disk.fault_happened());
      noticed = disk.fault_happened();
    }
    happened += noticed ? 1 : 0;
  }
  EXPECT_GT(happened, 20U);
}

}  // namespace
}  // namespace liaison
