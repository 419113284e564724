// SPDX-License-Identifier: Apache-2.0
#include "security/connection_count.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace liaison {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kHandshake{5000};
constexpr ConnectionCount::Time kStart{};

TEST(ConnectionCount, AnAdmittedHandshakeCountsBeforeItIsOver) {
  ConnectionCount count(kHandshake);
  for (int fd = 0; fd < 3; ++fd) {
    count.accepted(fd, kStart);
    count.admitted(kStart);
  }
  EXPECT_EQ(count.taken(kStart), 3);
  EXPECT_EQ(count.connected(kStart), 0);
  count.succeeded();
  EXPECT_EQ(count.taken(kStart), 3);
  EXPECT_EQ(count.connected(kStart), 1);
}

TEST(ConnectionCount, AnAdmittedHandshakeThatNeverEndsIsForgotten) {
  ConnectionCount count(kHandshake);
  count.admitted(kStart);
  EXPECT_EQ(count.taken(kStart + seconds(30)), 0);
}

TEST(ConnectionCount, AFailedHandshakeTakesNoPlaceAndFreesNone) {
  ConnectionCount count(kHandshake);
  count.accepted(1, kStart);
  count.succeeded();
  for (int i = 0; i < 100; ++i) {
    count.accepted(2, kStart);
    count.failed();
    count.gone(2, kStart);
  }
  EXPECT_EQ(count.taken(kStart), 1);
  count.gone(1, kStart);
  EXPECT_EQ(count.taken(kStart), 0);
}

TEST(ConnectionCount, FailuresToldTwiceDoNotFillTheMembersPlacesForEver) {
  ConnectionCount count(kHandshake);
  for (int i = 0; i < 100; ++i) {
    count.accepted(1, kStart);
    count.failed();
    count.failed();
    count.gone(1, kStart);
  }
  count.accepted(1, kStart);
  count.succeeded();
  count.gone(1, kStart);
  EXPECT_EQ(count.taken(kStart), 0);
}

TEST(ConnectionCount, FailuresNeverToldDoNotHideAnOldConnection) {
  ConnectionCount count(kHandshake);
  count.accepted(1, kStart);
  count.succeeded();
  const auto later = kStart + seconds(60);
  for (int i = 0; i < 100; ++i) {
    count.accepted(2, later);
    count.gone(2, later);
  }
  EXPECT_EQ(count.taken(later), 1);
}

TEST(ConnectionCount, WhateverIsToldTheCountIsNeverNegativeNorAboveWhatIsThere) {
  std::mt19937 random(1);
  for (int run = 0; run < 200; ++run) {
    ConnectionCount count(kHandshake);
    std::set<int> there;
    auto now = kStart;
    for (int step = 0; step < 300; ++step) {
      now += milliseconds(random() % 500);
      const int fd = static_cast<int>(random() % 6);
      switch (random() % 4) {
        case 0: count.accepted(fd, now); there.insert(fd); break;
        case 1: count.succeeded(); break;
        case 2: count.failed(); break;
        case 3: count.gone(fd, now); there.erase(fd); break;
      }
      EXPECT_GE(count.connected(now), 0);
      EXPECT_LE(count.connected(now), static_cast<int>(there.size()));
    }
    for (const int fd : there) count.gone(fd, now);
    EXPECT_EQ(count.connected(now), 0);
  }
}

}  // namespace
}  // namespace liaison
