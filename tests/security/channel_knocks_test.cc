// SPDX-License-Identifier: Apache-2.0
// Who comes in, as whom, and what that may cost the others.
#include <cstdlib>

#include "tests/security/sample_channel.h"

namespace liaison {
namespace {

class Knocks : public HostileChannel {
 protected:
  // The id that the server knows a new connection of A by; the connection stays open.
  std::uint32_t id_of_next(const std::string& claimed = {}) {
    clients_.push_back(std::make_unique<RawClient>(a_address_, a_key_, server_key_.public_key(), claimed));
    clients_.back()->send({"hello"});
    auto idle = client(b_address_, b_key_);
    const auto got = arrivals(*idle, 1);
    if (got.size() != 1 || got[0].peer[0] != 0) ADD_FAILURE() << "no automatic id";
    return got.empty() ? 0 : get_u32(got[0].peer.data() + 1);
  }
  static std::string as_claim(std::uint32_t id) {
    Bytes bytes{0};
    put_u32(bytes, id);
    return std::string(text_of(bytes));
  }
  std::vector<std::unique_ptr<RawClient>> clients_;
};

TEST_F(Knocks, AnIdThatAPeerClaimsIsNotTakenSoThatNobodyElsesCanBe) {
  ChannelLimits limits;
  limits.connections_per_member_max = 16;
  start(limits);
  const std::uint32_t first = id_of_next();
  EXPECT_EQ(id_of_next(as_claim(first + 3)), first + 1);   // libzmq would give this one out soon, and abort
  EXPECT_EQ(id_of_next(as_claim(first)), first + 2);       // another's
  EXPECT_EQ(id_of_next("mine!"), first + 3);
  for (std::uint32_t i = 4; i < 8; ++i) EXPECT_EQ(id_of_next(), first + i);
  expect_b_is_served();
}

TEST_F(Knocks, AnAnswerGoesToThePeerThatAskedWhateverIdItClaimed) {
  RawClient claims(a_address_, a_key_, server_key_.public_key(), "mine!");
  claims.send({"hello"});
  auto idle = client(b_address_, b_key_);
  const auto got = arrivals(*idle, 1);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(server_->send(got[0].member, got[0].peer, view_of("back")), ServerWire::Sent::kYes);
  EXPECT_EQ(claims.receive(), "back");
}

TEST_F(Knocks, IdsStartWhereNobodyCanForesee) {
  std::srand(1);
  start({});
  const std::uint32_t one = id_of_next();
  clients_.clear();   // they draw from the same generator when they connect again
  std::srand(1);
  start({});
  EXPECT_NE(id_of_next(), one);
}

TEST_F(Knocks, ConnectionsOfOneMemberComeInOnlySoFast) {
  ChannelLimits limits;
  limits.admissions_burst = 2;
  limits.admissions_per_second = 0;
  start(limits);
  id_of_next();
  clients_.clear();
  id_of_next();
  clients_.push_back(std::make_unique<RawClient>(a_address_, a_key_, server_key_.public_key()));
  EXPECT_TRUE(server_until([&] { return server_->counters().admissions_refused > 0; }));
  EXPECT_EQ(server_->counters().connections_refused, 0U);
}

// --- places

TEST_F(Knocks, StrangersThatComeAndGoHideNoneOfTheMembersConnections) {
  for (int i = 0; i < 4; ++i) id_of_next();
  EXPECT_TRUE(server_until([&] { return connected_of_a() == 4; }));
  const auto before = server_->counters().zap_accepted;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::unique_ptr<RawConnection>> strangers;
    for (int i = 0; i < 6; ++i) {
      strangers.push_back(std::make_unique<RawConnection>(a_address_));
      strangers.back()->say("GET / HTTP/1.0\r\n\r\n");
    }
    for (auto& one : strangers) EXPECT_TRUE(server_until([&] { return one->cut(); }));
  }
  EXPECT_EQ(connected_of_a(), 4);
  RawClient fifth(a_address_, a_key_, server_key_.public_key());
  EXPECT_TRUE(server_until([&] { return server_->counters().connections_refused > 0; }));
  EXPECT_EQ(server_->counters().zap_accepted, before);
}

TEST_F(Knocks, IdleStrangersDoNotKeepTheMembersNodeOut) {
  ChannelLimits limits;
  limits.handshake = std::chrono::seconds(60);
  limits.unproven_per_member_max = 8;
  start(limits);
  std::vector<std::unique_ptr<RawConnection>> strangers;
  for (int i = 0; i < 100; ++i) strangers.push_back(std::make_unique<RawConnection>(a_address_));
  EXPECT_TRUE(server_until([&] { return server_->counters().unproven_cut >= 92; }));
  auto a = client(a_address_, a_key_);
  EXPECT_TRUE(step_until(*a, [&] { return a->connected(); })) << a->trouble();
  EXPECT_EQ(server_->counters().connections_refused, 0U);
  EXPECT_EQ(server_->counters().connections_cut, 0U);
}

TEST_F(Knocks, AStrangerThatSendsMoreThanAHandshakeIsCutBeforeTheHandshakeTimeIsOver) {
  ChannelLimits limits;
  limits.handshake = std::chrono::seconds(60);
  start(limits);
  RawConnection slow(a_address_), greedy(a_address_);
  slow.say(zmtp_greeting("CURVE"));
  greedy.say(zmtp_greeting("CURVE") + "\x06" + std::string(5, '\0') + "\x01" + std::string(2, '\xff') + std::string(100'000, 'x'));
  EXPECT_TRUE(server_until([&] { return greedy.cut(); }));
  EXPECT_EQ(server_->counters().unproven_cut, 1U);
  EXPECT_FALSE(slow.cut());
}

TEST_F(Knocks, AHandshakeIsSeenToBeOverByWhatTheServerHasSaid) {
  auto denied = client(a_address_, AgreementKey::generate());
  EXPECT_TRUE(step_until(*denied, [&] { return server_->counters().zap_denied > 0; }));
  EXPECT_EQ(connected_of_a(), 0);
  auto silent = client(a_address_, a_key_);   // says nothing after its handshake
  EXPECT_TRUE(step_until(*silent, [&] { return connected_of_a() == 1; }));
}

// --- keys

TEST_F(Knocks, AKeyThatIsNotActiveAnyMoreLosesItsConnectionsAndPlaces) {
  ChannelLimits limits;
  limits.connections_per_member_max = 2;
  start(limits);
  RawClient known(a_address_, a_key_, server_key_.public_key());
  known.send({"hello"});
  auto b = client(b_address_, b_key_);
  EXPECT_EQ(arrivals(*b, 1).size(), 1U);
  auto silent = client(a_address_, a_key_);
  ASSERT_TRUE(step_until(*silent, [&] { return connected_of_a() == 2; }));
  ASSERT_TRUE(step_until(*b, [&] { return b->handshakes() == 1; }));
  b->send(view_of("hello"));
  EXPECT_EQ(arrivals(*b, 1).size(), 1U);

  const AgreementKey next = AgreementKey::generate();
  allowed_.erase({"A", a_key_.public_key()});
  allow("A", next);
  server_->recheck_keys();
  EXPECT_EQ(connected_of_a(), 0);
  EXPECT_EQ(server_->counters().connections_cut, 2U);
  auto honest = client(a_address_, next);
  EXPECT_TRUE(step_until(*honest, [&] { return honest->connected(); })) << honest->trouble();
  EXPECT_EQ(b->handshakes(), 1U) << "whose key is still active";
}

}  // namespace
}  // namespace liaison
