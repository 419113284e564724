// SPDX-License-Identifier: Apache-2.0
#include "tests/security/sample_channel.h"

namespace liaison {
namespace {

TEST_F(Channel, CarriesPayloadsBothWaysWithTheMemberAndKeyOfTheSender) {
  auto a = client(a_address_, a_key_);
  ASSERT_TRUE(step_until(*a, [&] { return a->connected(); })) << a->trouble();
  EXPECT_EQ(a->handshakes(), 1U);
  ASSERT_TRUE(step_until(*a, [&] { return a->send(view_of("hello")); }));
  const auto got = arrivals(*a, 1);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].member.str(), "A");
  EXPECT_EQ(got[0].key, a_key_.public_key());
  EXPECT_EQ(text_of(got[0].payload), "hello");
  EXPECT_EQ(server_->send(got[0].member, got[0].peer, view_of("back")), ServerWire::Sent::kYes);
  std::optional<Bytes> back;
  ASSERT_TRUE(step_until(*a, [&] { return (back = a->receive()).has_value(); }));
  EXPECT_EQ(text_of(*back), "back");
}

TEST_F(Channel, AKeyOfAnotherMemberIsRefusedWithASentence) {
  auto wrong = client(a_address_, b_key_);
  ASSERT_TRUE(step_until(*wrong, [&] { return !wrong->trouble().empty() && server_->counters().zap_denied > 0; }));
  EXPECT_FALSE(wrong->connected());
  EXPECT_NE(wrong->trouble().find("refused this node's connection key"), std::string::npos) << wrong->trouble();
}

TEST_F(Channel, AnUnknownKeyIsRefused) {
  auto stranger = client(a_address_, AgreementKey::generate());
  ASSERT_TRUE(step_until(*stranger, [&] { return server_->counters().zap_denied > 0; }));
  EXPECT_FALSE(stranger->connected());
  EXPECT_EQ(server_->counters().zap_accepted, 0U);
}

TEST_F(Channel, AServerWithAnotherKeyIsNotTrusted) {
  auto fooled = client(a_address_, a_key_, AgreementKey::generate().public_key());
  ASSERT_TRUE(step_until(*fooled, [&] { return !fooled->trouble().empty(); }));
  EXPECT_FALSE(fooled->connected());
  EXPECT_NE(fooled->trouble().find("does not hold the broker key"), std::string::npos) << fooled->trouble();
}

TEST_F(Channel, NobodyThereIsSaidSo) {
  auto lonely = client("tcp://127.0.0.1:9", a_key_);
  ASSERT_TRUE(step_until(*lonely, [&] { return !lonely->trouble().empty(); }));
  EXPECT_NE(lonely->trouble().find("nothing answers"), std::string::npos) << lonely->trouble();
}

TEST_F(Channel, AFifthConnectionOfAMemberIsRefused) {
  std::vector<std::unique_ptr<ClientChannel>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(client(a_address_, a_key_));
    ASSERT_TRUE(step_until(*clients.back(), [&] { return clients.back()->connected() && server_->counters().connected.at("A") == i + 1; }));
  }
  auto fifth = client(a_address_, a_key_);
  ASSERT_TRUE(step_until(*fifth, [&] { return server_->counters().connections_refused > 0; }));
  EXPECT_FALSE(fifth->connected());
  clients.pop_back();   // one goes, one may come
  EXPECT_TRUE(step_until(*fifth, [&] { return fifth->connected(); }));
}

TEST_F(Channel, AMemberWithAnIPv6NetIsServedOverIPv6) {
  const std::string loopback = ipv6_loopback();
  allow("C", a_key_);
  auto c = client(bind("C", loopback + "/128", "[" + loopback + "]"), a_key_);
  ASSERT_TRUE(step_until(*c, [&] { return c->send(view_of("hello")); })) << c->trouble();
  const auto got = arrivals(*c, 1);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].member.str(), "C");
}

TEST_F(Channel, AnIPv4NetIsHeldWhereTheBrokerListensOnIPv6) {
  allow("C", a_key_);
  allow("D", a_key_);
  const auto ipv4 = [](const std::string& address) { return "tcp://127.0.0.1" + address.substr(address.rfind(':')); };
  auto inside = client(ipv4(bind("C", "127.0.0.0/8", "[::]")), a_key_);
  ASSERT_TRUE(step_until(*inside, [&] { return inside->send(view_of("hello")); })) << inside->trouble();
  EXPECT_EQ(arrivals(*inside, 1).size(), 1U);
  auto outside = client(ipv4(bind("D", "192.0.2.0/24", "[::]")), a_key_);
  ASSERT_TRUE(step_until(*outside, [&] { return !outside->trouble().empty(); }));
  EXPECT_NE(outside->trouble().find("does not take connections from this address"), std::string::npos) << outside->trouble();
}

// The roster is in the log: the member is not reached here, and the others are.
TEST_F(Channel, AnIPv6NetIsTakenWhereTheBrokerListensOnIPv4) {
  EXPECT_FALSE(bind("C", "2001:db8::/32").empty());
  EXPECT_FALSE(bind("D", "::/0").empty());
}

TEST_F(Channel, AnUnknownPeerIsGone) {
  EXPECT_EQ(server_->send(*MemberId::parse("A"), PeerId{0, 1, 2, 3, 4}, view_of("x")), ServerWire::Sent::kGone);
  EXPECT_EQ(server_->send(*MemberId::parse("C"), PeerId{0, 1, 2, 3, 4}, view_of("x")), ServerWire::Sent::kGone);
}

TEST_F(Channel, APayloadOverTheLimitEndsTheConnectionAndOthersGoOn) {
  auto a = client(a_address_, a_key_);
  auto b = client(b_address_, b_key_);
  ASSERT_TRUE(step_until(*a, [&] { return a->connected(); }));
  a->send(Bytes(200 * 1024, 1));
  EXPECT_TRUE(step_until(*a, [&] { return !a->connected() || a->handshakes() > 1; }));
  ASSERT_TRUE(step_until(*b, [&] { return b->connected(); }));
  b->send(view_of("still here"));
  EXPECT_EQ(arrivals(*b, 1).size(), 1U);
}

TEST_F(Channel, MessagesOfSeveralPartsAreDroppedAndTheThirdEndsTheConnection) {
  RawClient rude(a_address_, a_key_, server_key_.public_key());
  auto idle = client(b_address_, b_key_);
  rude.send({"fine"});
  EXPECT_EQ(arrivals(*idle, 1).size(), 1U);
  for (int i = 0; i < 3; ++i) rude.send({"one", "two", "three"});
  rude.send({"unheard"});
  ASSERT_TRUE(step_until(*idle, [&] {
    EXPECT_TRUE(server_->receive(64).empty());
    return server_->counters().parts_refused >= 3;
  }));
  EXPECT_EQ(server_->counters().connections_cut, 1U);
  for (int i = 0; i < 10; ++i) {
    server_->wait(milliseconds(5), {});
    EXPECT_TRUE(server_->receive(64).empty());
  }
}

TEST_F(Channel, ABusyMemberDoesNotStarveAnother) {
  auto a = client(a_address_, a_key_);
  auto b = client(b_address_, b_key_);
  ASSERT_TRUE(step_until(*a, [&] { return a->connected(); }));
  ASSERT_TRUE(step_until(*b, [&] { return b->connected(); }));
  for (int i = 0; i < 30; ++i) a->send(view_of("flood"));
  b->send(view_of("one"));
  std::vector<Arrival> got;
  step_until(*b, [&] {
    for (auto& arrival : server_->receive(4)) got.push_back(std::move(arrival));
    return got.size() >= 31;
  });
  ASSERT_EQ(got.size(), 31U);
}

TEST_F(Channel, AKeyThatIsNoLongerAllowedCannotComeBack) {
  auto a = client(a_address_, a_key_);
  ASSERT_TRUE(step_until(*a, [&] { return a->connected(); }));
  allowed_.clear();
  a->reconnect();
  ASSERT_TRUE(step_until(*a, [&] { return server_->counters().zap_denied > 0; }));
  EXPECT_FALSE(a->connected());
}

}  // namespace
}  // namespace liaison
