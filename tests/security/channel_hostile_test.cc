// SPDX-License-Identifier: Apache-2.0
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <random>

#include "tests/security/sample_channel.h"

namespace liaison {
namespace {

TEST_F(HostileChannel, WhateverAStrangerSaysItIsCutAndOthersGoOn) {
  std::mt19937 random(7);
  std::string noise(4096, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  const std::string null_ready = "\x04\x1c\x05" "READY" "\x0b" "Socket-Type" + std::string(3, '\0') + "\x06" "DEALER";
  const std::string said[] = {noise, "GET / HTTP/1.1\r\nHost: x\r\n\r\n" + std::string(100, '\n'), zmtp_greeting("NULL") + null_ready, zmtp_greeting("PLAIN"),
                              zmtp_greeting("CURVE") + noise, std::string("\x01\x00", 2) + "hello", std::string(100, '\xff')};
  for (const auto& words : said) {
    RawConnection stranger(a_address_);
    ASSERT_TRUE(stranger.connected());
    stranger.say(words);
    EXPECT_TRUE(server_until([&] { return stranger.cut(); })) << hex(view_of(words).first(5));
  }
  EXPECT_EQ(server_->counters().zap_accepted, 0U);
  EXPECT_EQ(connected_of_a(), 0);
  expect_b_is_served();
}

TEST_F(HostileChannel, APeerWithoutCurveIsRefused) {
  zmq::context_t context{1};
  zmq::socket_t plain(context, zmq::socket_type::dealer);
  plain.set(zmq::sockopt::linger, 0);
  plain.connect(a_address_);
  plain.send(zmq::str_buffer("let me in"), zmq::send_flags::none);
  EXPECT_TRUE(server_until([&] { return server_->counters().handshake_failed > 0; }));
  expect_b_is_served();
}

TEST_F(HostileChannel, AConnectionThatSaysNothingIsClosedWhenTheHandshakeTimeIsOver) {
  ChannelLimits limits;
  limits.handshake = milliseconds(50);
  start(limits);
  RawConnection silent(a_address_), half(a_address_);
  half.say(zmtp_greeting("CURVE").substr(0, 20));
  EXPECT_TRUE(server_until([&] { return silent.cut() && half.cut(); }));
}

TEST_F(HostileChannel, AnAddressOutsideTheMembersNetIsNotServed) {
  start({}, "192.0.2.0/24");
  RawConnection outside(a_address_);
  EXPECT_TRUE(server_until([&] { return outside.cut(); }));
  auto a = client(a_address_, a_key_);
  ASSERT_TRUE(step_until(*a, [&] { return !a->trouble().empty(); }));
  EXPECT_NE(a->trouble().find("does not take connections from this address"), std::string::npos) << a->trouble();
  EXPECT_EQ(server_->counters().zap_accepted + server_->counters().zap_denied, 0U);
}

TEST_F(HostileChannel, ANetThatIsNoAddressRangeIsRefused) {
  const auto bound = server_->bind({*MemberId::parse("C"), "tcp://127.0.0.1:0", "over there"});
  ASSERT_FALSE(bound.has_value());
  EXPECT_EQ(bound.error().code, Code::kIo);
}

TEST_F(HostileChannel, ManyThatKnockAtOnceGetNoMoreThanTheMembersPlaces) {
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 12; ++i) clients.push_back(std::make_unique<RawClient>(a_address_, a_key_, server_key_.public_key()));
  ASSERT_TRUE(server_until([&] {
    EXPECT_LE(connected_of_a(), 4);
    return server_->counters().zap_accepted + server_->counters().connections_refused >= 12;
  }));
  EXPECT_EQ(server_->counters().zap_accepted, 4U);
  EXPECT_TRUE(server_until([&] { return connected_of_a() == 4; }));
  expect_b_is_served();
}

TEST_F(HostileChannel, FailedHandshakesTakeNoPlaceFromTheMember) {
  for (int i = 0; i < 10; ++i) {
    RawConnection stranger(a_address_);
    stranger.say(zmtp_greeting("CURVE") + std::string(300, 'x'));
    EXPECT_TRUE(server_until([&] { return stranger.cut(); }));
  }
  std::vector<std::unique_ptr<ClientChannel>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(client(a_address_, a_key_));
    EXPECT_TRUE(step_until(*clients.back(), [&] { return clients.back()->connected(); }));
  }
}

TEST_F(HostileChannel, APeerThatDoesNotReadIsBusyAndOthersAreServed) {
  RawClient deaf(a_address_, a_key_, server_key_.public_key());
  deaf.send({"hello"});
  auto b = client(b_address_, b_key_);
  const auto hello = arrivals(*b, 1);
  ASSERT_EQ(hello.size(), 1U);
  const Bytes large(100 * 1024, 1);
  int sent = 0;
  ASSERT_TRUE(step_until(*b, [&] {
    for (int i = 0; i < 10; ++i) {
      const auto how = server_->send(hello[0].member, hello[0].peer, large);
      if (how == ServerWire::Sent::kBusy) return true;
      sent += how == ServerWire::Sent::kYes ? 1 : 0;
    }
    return sent > 10'000;
  }));
  EXPECT_LT(sent, 2000) << "memory is bounded by the queues";
  EXPECT_GT(server_->counters().sends_busy, 0U);
  expect_b_is_served();
}

TEST_F(HostileChannel, WhenDescriptorsRunShortNobodyNewComesInUntilTheyAreFreeAndTheLivingStay) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const double room = 400 / static_cast<double>(limit.rlim_cur);
  ChannelLimits limits;
  limits.descriptors_high = limits.descriptors_low = room;
  limits.descriptors_pause = milliseconds(10);
  start(limits);
  auto a = client(a_address_, a_key_);
  ASSERT_TRUE(step_until(*a, [&] { return a->connected(); })) << a->trouble();
  std::vector<int> taken;
  for (int i = 0; i < 400; ++i) taken.push_back(::dup(0));
  RawConnection last(a_address_);
  EXPECT_TRUE(server_until([&] { return server_->counters().doors_shut == 1; }));
  auto late = client(b_address_, b_key_);
  a->send(view_of("I am still here"));
  EXPECT_EQ(arrivals(*a, 1).size(), 1U);
  EXPECT_EQ(a->handshakes(), 1U);
  for (int i = 0; i < 10; ++i) late->wait(milliseconds(2), {});
  EXPECT_FALSE(late->connected());
  for (const int fd : taken) ::close(fd);
  EXPECT_TRUE(step_until(*late, [&] { return late->connected(); })) << late->trouble();
}

TEST_F(HostileChannel, AFloodOfBareConnectionsDoesNotSilenceTheLiving) {
  ChannelLimits limits;
  limits.handshake = milliseconds(200);
  limits.descriptors_pause = milliseconds(10);
  start(limits);
  auto a = client(a_address_, a_key_);
  ASSERT_TRUE(step_until(*a, [&] { return a->connected(); })) << a->trouble();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const pid_t flood = ::fork();
  if (flood == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::vector<std::unique_ptr<RawConnection>> all;
    while (true) {
      all.push_back(std::make_unique<RawConnection>(a_address_));
      if (all.size() == 300) all.clear();
    }
  }
  rlimit low = before;
  low.rlim_cur = 120;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_TRUE(server_until([&] { return server_->counters().doors_shut > 0; }));
  for (int i = 0; i < 20; ++i) {
    a->send(view_of("I am still here"));
    EXPECT_EQ(arrivals(*a, 1).size(), 1U);
  }
  EXPECT_EQ(a->handshakes(), 1U);
  ::kill(flood, SIGKILL);
  ::waitpid(flood, nullptr, 0);
  EXPECT_TRUE(server_until([&] { return server_->counters().connected.at("A") == 1; }));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  expect_b_is_served();
}

TEST_F(HostileChannel, ManyMessagesThatAreReadAreNoReasonToCut) {
  ChannelLimits limits;
  limits.held_bytes_max = 64 * 1024;
  start(limits);
  auto a = client(a_address_, a_key_);
  ASSERT_TRUE(step_until(*a, [&] { return a->connected(); })) << a->trouble();
  const Bytes large(100'000, 1);
  std::size_t got = 0;
  for (int i = 0; i < 60; ++i) {   // 4 MB, one after another
    const bool big = i % 3 == 0;
    ASSERT_TRUE(step_until(*a, [&] { return a->send(big ? View(large).first(40'000) : view_of("a small one")); }));
    got += arrivals(*a, 1).size();
  }
  EXPECT_EQ(got, 60U);
  EXPECT_EQ(server_->counters().connections_cut, 0U);
  EXPECT_EQ(a->handshakes(), 1U);
}

// A member that sends messages of very many parts, in a process of its own.
class LongMessages : public HostileChannel {
 protected:
  LongMessages() {
    if (::pipe(address_) != 0) return;
    attacker_ = ::fork();   // before this process has any thread
    if (attacker_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    char address[64] = {};
    if (::read(address_[0], address, sizeof address - 1) <= 0) ::_exit(1);
    const std::string part(64 * 1024, 'x');
    while (true) {
      RawClient endless(address, a_key_, server_key_.public_key());
      for (int i = 0; i < 4096; ++i) endless.begin(part);   // 256 MiB; libzmq sends nothing of a message before its last part is there
      endless.send({part});
      ::poll(nullptr, 0, 3000);
    }
  }
  ~LongMessages() override {
    ::kill(attacker_, SIGKILL);
    ::waitpid(attacker_, nullptr, 0);
    ::close(address_[0]);
    ::close(address_[1]);
  }
  static std::uint64_t resident_mib() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t size = 0, resident = 0;
    file >> size >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) >> 20;
  }
  int address_[2] = {-1, -1};
  pid_t attacker_ = -1;
};

TEST_F(LongMessages, AreCutBeforeTheyFillTheMemory) {
  ASSERT_GT(attacker_, 0);
  const std::uint64_t before = resident_mib();
  std::uint64_t most = before;
  ASSERT_GT(::write(address_[1], a_address_.data(), a_address_.size()), 0);
  const auto end = SteadyClock::now() + std::chrono::seconds(60);
  while (server_->counters().connections_cut < 2 && SteadyClock::now() < end) {
    server_->wait(milliseconds(1000), {});
    EXPECT_TRUE(server_->receive(64).empty());
    most = std::max(most, resident_mib());
  }
  EXPECT_GE(server_->counters().connections_cut, 2U);
  EXPECT_LT(most - before, 128U) << "of the 256 MiB that one message has";
  expect_b_is_served();
}

TEST_F(HostileChannel, WaitEndsForADescriptorOfTheCallers) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  const auto before = SteadyClock::now();
  server_->wait(std::chrono::seconds(60), {ends[0]});
  EXPECT_LT(SteadyClock::now() - before, std::chrono::seconds(30));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(HostileChannel, ANodeSaysThatTheBrokerIsGoneAndComesInWhenItIsBack) {
  auto a = client(a_address_, a_key_);
  ASSERT_TRUE(step_until(*a, [&] { return a->connected(); }));
  const auto address = a_address_;
  server_.reset();
  const auto end = SteadyClock::now() + std::chrono::seconds(5);
  while (a->trouble().find("nothing answers") == std::string::npos && SteadyClock::now() < end) a->wait(milliseconds(5), {});
  EXPECT_FALSE(a->connected());
  EXPECT_NE(a->trouble().find("nothing answers"), std::string::npos) << a->trouble();
  server_ = std::move(*ServerChannel::open(server_key_, [](const MemberId&, const PublicKey&) { return true; }, {}));
  ASSERT_TRUE(server_->bind({*MemberId::parse("A"), address, ""}));
  EXPECT_TRUE(step_until(*a, [&] { return a->connected(); })) << a->trouble();
  EXPECT_EQ(a->handshakes(), 2U);
}

}  // namespace
}  // namespace liaison
