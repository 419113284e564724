// SPDX-License-Identifier: Apache-2.0
#include "schemas/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace liaison {
namespace {

Result<std::unique_ptr<int>> make(bool good) {
  if (!good) return fail(Code::kIo, "no luck", "try again");
  return std::make_unique<int>(4);
}
Result<void> nothing(bool good) {
  if (!good) return fail(Code::kIo, "no luck");
  return {};
}
Result<int> both(bool first, bool second) {
  const auto value = TRY(make(first));
  TRY(nothing(second));
  return *value + 1;
}

TEST(Result, TryYieldsTheValueEvenOfATypeThatOnlyMoves) { EXPECT_EQ(both(true, true).value(), 5); }

TEST(Result, TryReturnsTheFirstErrorWhole) {
  const auto first = both(false, true);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, Code::kIo);
  EXPECT_EQ(first.error().what, "no luck");
  EXPECT_EQ(first.error().hint, "try again");
  EXPECT_FALSE(both(true, false));
}

// Not folded into its caller: g++ 12 then warns of a copy that is never made.
[[gnu::noinline]] Error unknown_member() { return fail(Code::kRoster, "unknown member", "look at line 4"); }

TEST(Result, WithinPutsTheContextBeforeAndKeepsTheHint) {
  const Error error = within("roster.note", unknown_member());
  EXPECT_EQ(error.what, "roster.note: unknown member");
  EXPECT_EQ(error.hint, "look at line 4");
}

TEST(ResultDeathTest, CheckNamesTheConditionAndEndsTheProcess) {
  EXPECT_DEATH(CHECK(1 + 1 == 3), "check failed: 1 \\+ 1 == 3");
}

}  // namespace
}  // namespace liaison
