// SPDX-License-Identifier: Apache-2.0
#include "security/secret.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <vector>

namespace liaison {
namespace {

bool all_zero(View bytes) { return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; }); }

TEST(Secret, StartsAsZeros) {
  for (const std::size_t size : {1U, 32U, 33U, 5000U}) EXPECT_TRUE(all_zero(Secret(size).expose()));
}

TEST(Secret, ANewOneNeverShowsWhatAnOldOneHeld) {
  for (int i = 0; i < 100; ++i) {
    Secret secret(64);
    ASSERT_TRUE(all_zero(secret.expose()));
    std::ranges::fill(secret.writable(), 0xab);
  }
}

TEST(Secret, MovingLeavesNothingBehind) {
  Secret first = Secret::copy_of(view_of("open sesame"));
  Secret second = std::move(first);
  EXPECT_TRUE(first.empty());   // NOLINT(bugprone-use-after-move): the claim
  EXPECT_EQ(text_of(second.expose()), "open sesame");
  first = std::move(second);
  EXPECT_EQ(text_of(first.expose()), "open sesame");
}

TEST(Secret, ACloneIsEqualAndItsOwn) {
  const Secret first = Secret::random(32);
  Secret second = first.clone();
  EXPECT_TRUE(equal_secret(first.expose(), second.expose()));
  second.writable()[0] ^= 1;
  EXPECT_FALSE(equal_secret(first.expose(), second.expose()));
}

TEST(Secret, ShrinkingKeepsTheBeginning) {
  Secret secret = Secret::copy_of(view_of("passphrase\n"));
  secret.shrink(10);
  EXPECT_EQ(text_of(secret.expose()), "passphrase");
  secret.shrink(0);
  EXPECT_TRUE(secret.empty());
}

TEST(Secret, MoreThanTheHeapHoldsStillWorks) {
  std::vector<Secret> many;
  for (int i = 0; i < 24; ++i) many.push_back(Secret::random(100'000));
  EXPECT_NE(hex(many.front().expose().first(16)), hex(many.back().expose().first(16)));
}

TEST(Secret, NothingIsEqualToNothingOnly) {
  EXPECT_TRUE(equal_secret({}, {}));
  EXPECT_FALSE(equal_secret({}, view_of("a")));
  EXPECT_FALSE(equal_secret(view_of("a"), view_of("ab")));
}

TEST(Secret, AHardenedProcessLeavesNoCoreDump) {
  const auto child = [] {
    harden_process();
    rlimit limit{};
    getrlimit(RLIMIT_CORE, &limit);
    std::exit(limit.rlim_max == 0 && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
  };
  EXPECT_EXIT(child(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace liaison
