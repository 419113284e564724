// SPDX-License-Identifier: Apache-2.0
#include "security/byte_watch.h"

#include <gmock/gmock.h>

namespace liaison {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ByteWatches : public ::testing::Test {
 protected:
  std::vector<int> over(std::uint64_t held_max) {
    return watch.over(held_max, [this](int descriptor) -> std::optional<std::uint64_t> {
      const auto found = received.find(descriptor);
      return found == received.end() ? std::nullopt : std::optional(found->second);
    });
  }
  ByteWatch watch;
  std::map<int, std::uint64_t> received;
};

TEST_F(ByteWatches, WhatWasReceivedAndNotHandedOverIsHeld) {
  watch.accepted(7);
  received[7] = 1000;
  EXPECT_THAT(over(1000), IsEmpty());
  EXPECT_THAT(over(999), ElementsAre(7));
}

TEST_F(ByteWatches, AMillionSmallMessagesThatAreHandedOverAreNotHeld) {
  watch.accepted(7);
  for (int i = 0; i < 1'000'000; ++i) watch.handed(7, 10);
  received[7] = 1'000'000 * (10 + 33 + 2);
  EXPECT_THAT(over(0), IsEmpty());
}

TEST_F(ByteWatches, ALongFramesLengthHasEightBytes) {
  watch.accepted(7);
  watch.handed(7, 222);   // 255 in its box
  watch.handed(7, 223);
  received[7] = (222 + 33 + 2) + (223 + 33 + 9);
  EXPECT_THAT(over(0), IsEmpty());
  received[7] += 1;
  EXPECT_THAT(over(0), ElementsAre(7));
}

TEST_F(ByteWatches, ADescriptorThatIsUsedAgainStartsAnew) {
  watch.accepted(7);
  watch.handed(7, 1'000'000);
  watch.gone(7);
  watch.accepted(7);
  received[7] = 500'000;
  EXPECT_THAT(over(400'000), ElementsAre(7));
}

TEST_F(ByteWatches, NobodyIsHeldToAccountForAConnectionThatIsGoneOrUnknown) {
  watch.accepted(7);
  watch.gone(7);
  received[7] = 1'000'000;
  watch.handed(8, 10);
  EXPECT_THAT(over(0), IsEmpty());
  EXPECT_TRUE(watch.empty());
  watch.accepted(9);   // TCP knows nothing of it any more
  EXPECT_THAT(over(0), IsEmpty());
}

}  // namespace
}  // namespace liaison
