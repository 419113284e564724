// SPDX-License-Identifier: Apache-2.0
#include "security/connection_table.h"

#include <gmock/gmock.h>

#include <set>

namespace liaison {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Admission = ConnectionTable::Admission;
using Fault = ConnectionTable::Fault;

constexpr ConnectionTable::Time kStart{std::chrono::hours(1)};
constexpr std::uint64_t kWelcomed = 64 + 170, kErrorSaid = kWelcomed + 12, kReadySaid = kWelcomed + 67;

ChannelLimits small_limits() {
  ChannelLimits limits;
  limits.connections_per_member_max = 4;
  limits.unproven_per_member_max = 8;
  limits.unproven_bytes_max = 4096;
  limits.held_bytes_max = 1000;
  limits.admissions_per_second = 10;
  limits.admissions_burst = 100;
  return limits;
}

class ConnectionTables : public ::testing::Test {
 protected:
  // The faults found, by descriptor; those connections go.
  std::map<int, Fault> look() {
    std::map<int, Fault> found;
    for (const auto& [descriptor, fault] : table.look([this](int fd) -> std::optional<ConnectionTable::TcpBytes> {
           const auto known = tcp.find(fd);
           return known == tcp.end() ? std::nullopt : std::optional(known->second);
         })) {
      found[descriptor] = fault;
      table.gone(descriptor);
    }
    return found;
  }
  void come(int fd, std::uint64_t said = kWelcomed) {
    table.accepted(fd);
    tcp[fd] = {0, said};
  }
  void come_proven(int fd) {
    come(fd, kReadySaid);
    EXPECT_THAT(look(), IsEmpty());
  }

  ConnectionTable table{small_limits(), 1};
  std::map<int, ConnectionTable::TcpBytes> tcp;
};

TEST_F(ConnectionTables, AConnectionIsProvenWhenTheServerHasSaidMoreThanARefusal) {
  come(1, 0);
  come(2, kWelcomed);
  come(3, kErrorSaid);
  come(4, kReadySaid);
  look();
  EXPECT_EQ(table.proven(), 1);
  EXPECT_TRUE(table.find(4)->proven);
  tcp[4].said = 0;   // its descriptor is another's for a moment
  look();
  EXPECT_TRUE(table.find(4)->proven);
}

TEST_F(ConnectionTables, NoMoreComeInThanTheMemberMayHave) {
  for (int fd = 0; fd < 4; ++fd) {
    come(fd);
    EXPECT_EQ(table.admit(kStart), Admission::kYes);
  }
  come(4);
  EXPECT_EQ(table.admit(kStart), Admission::kFull) << "an admission counts before its handshake is over";
  for (int fd = 0; fd < 4; ++fd) tcp[fd].said = kReadySaid;
  look();
  EXPECT_EQ(table.proven(), 4);
  EXPECT_EQ(table.admit(kStart), Admission::kFull);
  table.gone(2);
  EXPECT_EQ(table.admit(kStart), Admission::kYes);
}

TEST_F(ConnectionTables, AnAdmissionWhoseConnectionIsGoneTakesNoPlace) {
  for (int i = 0; i < 20; ++i) {
    come(1);
    EXPECT_EQ(table.admit(kStart), Admission::kYes);
    table.gone(1);
  }
}

TEST_F(ConnectionTables, AnAdmissionThatNeverBecomesAConnectionIsForgotten) {
  for (int fd = 0; fd < 8; ++fd) come(fd);   // strangers, behind whom it cannot be seen that an admitted one has gone
  for (int i = 0; i < 4; ++i) EXPECT_EQ(table.admit(kStart), Admission::kYes);
  EXPECT_EQ(table.admit(kStart + milliseconds(900)), Admission::kFull);
  EXPECT_EQ(table.admit(kStart + milliseconds(1100)), Admission::kYes);
}

TEST_F(ConnectionTables, AConnectionThatSendsAndGoesBeforeAnyLookLeavesNoAdmissionBehind) {
  for (int fd = 0; fd < 8; ++fd) come(fd);   // strangers
  for (int i = 0; i < 10; ++i) {
    come(100);
    EXPECT_EQ(table.admit(kStart), Admission::kYes);
    table.shown(*table.find(100), "a user", {});
    EXPECT_EQ(table.proven(), 1);
    table.gone(100);
  }
}

TEST_F(ConnectionTables, AHandshakeThatEndsDuringTheLookIsNotCut) {
  for (int fd = 0; fd < 100; ++fd) table.accepted(fd);
  std::map<int, int> asked;
  const auto cuts = table.look([&](int fd) { return ConnectionTable::TcpBytes{0, ++asked[fd] == 1 ? kWelcomed : kReadySaid}; });
  EXPECT_THAT(cuts, IsEmpty());
}

TEST_F(ConnectionTables, WhateverStrangersDoTheMembersConnectionsAreCounted) {
  for (int fd = 0; fd < 4; ++fd) come_proven(fd);
  for (int i = 0; i < 100; ++i) {
    for (int fd = 10; fd < 16; ++fd) come(fd, 10);
    look();
    for (int fd = 10; fd < 16; ++fd) table.gone(fd);
    EXPECT_EQ(table.proven(), 4);
    EXPECT_EQ(table.admit(kStart), Admission::kFull);
  }
}

TEST_F(ConnectionTables, StrangersTakeNoPlaceFromTheMember) {
  for (int fd = 0; fd < 100; ++fd) come(fd, 0);
  EXPECT_EQ(table.admit(kStart), Admission::kYes);
}

TEST_F(ConnectionTables, WhoeverIsProvenBeyondTheMembersPlacesGoesTheNewestFirst) {
  for (const int fd : {9, 8, 7, 6}) come_proven(fd);
  come(1, kReadySaid);
  come(12, kReadySaid);
  EXPECT_THAT(look(), ElementsAre(std::pair(1, Fault::kPlaces), std::pair(12, Fault::kPlaces)));
  EXPECT_EQ(table.proven(), 4);
}

TEST_F(ConnectionTables, OfTooManyUnprovenOnesSomeGoByLotAndNoProvenOne) {
  come_proven(0);
  for (int fd = 1; fd <= 12; ++fd) come(fd, 0);
  const auto cut = look();
  EXPECT_THAT(cut, SizeIs(4));
  for (const auto& [descriptor, fault] : cut) EXPECT_TRUE(descriptor != 0 && fault == Fault::kUnprovenMany);
  EXPECT_EQ(table.unproven(), 8);
  EXPECT_THAT(look(), IsEmpty());
  std::set<int> drawn;
  for (int i = 0; i < 200; ++i) {
    come(100 + i, 0);
    for (const auto& [descriptor, fault] : look()) drawn.insert(descriptor >= 100 + i ? 1 : 0);
  }
  EXPECT_THAT(drawn, SizeIs(2)) << "sometimes the newest, sometimes not";
}

TEST_F(ConnectionTables, AnUnprovenConnectionMayNotSendMoreThanAHandshakeHas) {
  come(1);
  come(2);
  tcp[1].received = 4096;
  tcp[2].received = 4097;
  EXPECT_THAT(look(), ElementsAre(std::pair(2, Fault::kUnprovenBytes)));
  tcp[1] = {5000, kReadySaid};   // it was let in, and sends
  table.find(1)->handed = 5000;
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(ConnectionTables, AdmissionsHaveAPace) {
  ChannelLimits limits = small_limits();
  limits.connections_per_member_max = 1000;
  limits.admissions_burst = 3;
  table = ConnectionTable(limits, 1);
  for (int fd = 0; fd < 10; ++fd) come(fd);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(table.admit(kStart), Admission::kYes);
  EXPECT_EQ(table.admit(kStart), Admission::kTooFast);
  EXPECT_EQ(table.admit(kStart + milliseconds(99)), Admission::kTooFast);
  EXPECT_EQ(table.admit(kStart + milliseconds(101)), Admission::kYes);
  EXPECT_EQ(table.admit(kStart + milliseconds(102)), Admission::kTooFast);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(table.admit(kStart + seconds(60)), Admission::kYes);
  EXPECT_EQ(table.admit(kStart + seconds(60)), Admission::kTooFast);
}

// --- what is held of each

TEST_F(ConnectionTables, WhatWasReceivedAndNotHandedOverIsHeld) {
  come_proven(7);
  tcp[7].received = 1000;
  EXPECT_THAT(look(), IsEmpty());
  tcp[7].received = 1001;
  EXPECT_THAT(look(), ElementsAre(std::pair(7, Fault::kHeld)));
}

TEST_F(ConnectionTables, AMillionSmallMessagesThatAreHandedOverAreNotHeld) {
  come_proven(7);
  for (int i = 0; i < 1'000'000; ++i) hand(*table.find(7), 10);
  tcp[7].received = 1000 + 1'000'000ULL * (10 + 33 + 2);
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(ConnectionTables, ALongFramesLengthHasEightBytes) {
  come_proven(7);
  hand(*table.find(7), 222);   // 255 in its box
  hand(*table.find(7), 223);
  tcp[7].received = 1000 + (222 + 33 + 2) + (223 + 33 + 9);
  EXPECT_THAT(look(), IsEmpty());
  tcp[7].received += 1;
  EXPECT_THAT(look(), ElementsAre(std::pair(7, Fault::kHeld)));
}

TEST_F(ConnectionTables, ADescriptorThatIsUsedAgainStartsAnew) {
  come_proven(7);
  hand(*table.find(7), 1'000'000);
  table.find(7)->user = "a key";
  table.gone(7);
  come(7, kReadySaid);
  EXPECT_TRUE(table.find(7)->user.empty());
  tcp[7].received = 500'000;
  EXPECT_THAT(look(), ElementsAre(std::pair(7, Fault::kHeld)));
}

TEST_F(ConnectionTables, NobodyIsHeldToAccountForAConnectionThatIsGoneOrUnknown) {
  come_proven(7);
  table.gone(7);
  tcp[7].received = 1'000'000;
  EXPECT_EQ(table.find(7), nullptr);
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_TRUE(table.empty());
  table.accepted(9);   // TCP knows nothing of it any more
  EXPECT_THAT(look(), IsEmpty());
}

}  // namespace
}  // namespace liaison
