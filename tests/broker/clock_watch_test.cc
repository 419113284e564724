// SPDX-License-Identifier: Apache-2.0
#include "broker/clock_watch.h"

#include <gtest/gtest.h>

#include "tests/doubles/manual_clock.h"

namespace liaison {
namespace {

constexpr TimeMs kNoon = 1'785'000'000'000;

class Clocks : public ::testing::Test {
 protected:
  Clocks() { watch.start(clock.now(), kNoon - 1000); }
  ManualClock clock{kNoon};
  ClockWatch watch;
};

TEST_F(Clocks, TimeThatPassesIsNoStep) {
  clock.advance(400ULL * 86'400'000);
  watch.observe(clock.now());
  EXPECT_FALSE(watch.halted());
}

TEST_F(Clocks, AStepOfAMinuteIsForgivenAndOneMillisecondMoreIsNot) {
  clock.step_wall(60'000);
  watch.observe(clock.now());
  EXPECT_FALSE(watch.halted());
  clock.step_wall(-60'001);
  watch.observe(clock.now());
  EXPECT_TRUE(watch.halted());
}

TEST_F(Clocks, StepsOfTenYearsTo1970AndPast2038Halt) {
  for (const std::int64_t step : {315'360'000'000LL, -315'360'000'000LL, -1'785'000'000'000LL, 2'200'000'000'000LL}) {
    ClockWatch fresh;
    ManualClock moved(kNoon);
    fresh.start(moved.now(), kNoon);
    moved.step_wall(step);
    fresh.observe(moved.now());
    EXPECT_TRUE(fresh.halted()) << step;
  }
}

TEST_F(Clocks, ItStaysHaltedUntilConfirmed) {
  clock.step_wall(90'000);
  watch.observe(clock.now());
  clock.step_wall(-90'000);
  watch.observe(clock.now());
  EXPECT_TRUE(watch.halted());
  watch.confirm(clock.now());
  watch.observe(clock.now());
  EXPECT_FALSE(watch.halted());
}

TEST_F(Clocks, AnEmptyLogTrustsAnyStart) {
  ClockWatch fresh;
  fresh.start(clock.now(), 0);
  EXPECT_FALSE(fresh.halted());
}

}  // namespace
}  // namespace liaison
