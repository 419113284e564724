// SPDX-License-Identifier: Apache-2.0
// For the tests of the channel: a server for two members on free ports with clients stepped beside it, and clients
// without our code that can break the rules.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>
#include <zmq.hpp>

#include "security/channel.h"

namespace liaison {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

// A server for members A and B on free ports, and clients with keys it knows.
class Channel : public ::testing::Test {
 protected:
  void SetUp() override {
    allow("A", a_key_);
    allow("B", b_key_);
    start({});
  }
  void start(const ChannelLimits& limits, const std::string& net = "127.0.0.0/8") {
    server_.reset();
    server_ = std::move(*ServerChannel::open(
        server_key_, [this](const MemberId& member, const PublicKey& key) { return allowed_.contains({member.str(), key}); }, limits));
    a_address_ = bind("A", net);
    b_address_ = bind("B", net);
  }
  std::string bind(const std::string& member, const std::string& net, const std::string& host = "127.0.0.1") {
    for (int port = 21'000 + static_cast<int>(::getpid() % 20'000); port < 60'000; ++port) {
      const auto address = "tcp://" + host + ":" + std::to_string(port);
      if (server_->bind({*MemberId::parse(member), address, net})) return address;
    }
    return {};
  }
  void allow(const std::string& member, const AgreementKey& key) { allowed_.insert({member, key.public_key()}); }
  std::unique_ptr<ClientChannel> client(const std::string& address, const AgreementKey& key, const PublicKey& server_key) {
    return std::move(*ClientChannel::open(address, server_key, key));
  }
  std::unique_ptr<ClientChannel> client(const std::string& address, const AgreementKey& key) { return client(address, key, server_key_.public_key()); }
  // Steps both ends until `done` or 5 s are over.
  bool step_until(ClientChannel& one, const std::function<bool()>& done) {
    const auto end = SteadyClock::now() + std::chrono::seconds(5);
    while (SteadyClock::now() < end) {
      if (done()) return true;
      server_->wait(milliseconds(5), {});
      one.wait(milliseconds(5), {});
    }
    return done();
  }
  std::vector<Arrival> arrivals(ClientChannel& one, std::size_t count) {
    std::vector<Arrival> out;
    step_until(one, [&] {
      for (auto& arrival : server_->receive(64)) out.push_back(std::move(arrival));
      return out.size() >= count;
    });
    return out;
  }

  AgreementKey server_key_ = AgreementKey::generate(), a_key_ = AgreementKey::generate(), b_key_ = AgreementKey::generate();
  std::set<std::pair<std::string, PublicKey>> allowed_;
  std::unique_ptr<ServerChannel> server_;
  std::string a_address_, b_address_;
};

// A client without our code, so that it can break the rules.
class RawClient {
 public:
  RawClient(const std::string& address, const AgreementKey& key, const PublicKey& server, const std::string& id = {})
      : dealer_(context_, zmq::socket_type::dealer) {
    dealer_.set(zmq::sockopt::linger, 0);
    if (!id.empty()) dealer_.set(zmq::sockopt::routing_id, id);
    zmq_setsockopt(dealer_.handle(), ZMQ_CURVE_SERVERKEY, server.data(), 32);
    zmq_setsockopt(dealer_.handle(), ZMQ_CURVE_PUBLICKEY, key.public_key().data(), 32);
    zmq_setsockopt(dealer_.handle(), ZMQ_CURVE_SECRETKEY, key.secret().expose().data(), 32);
    dealer_.connect(address);
  }
  // A part of a message that goes on.
  void begin(const std::string& part) { dealer_.send(zmq::buffer(part), zmq::send_flags::sndmore); }
  void send(const std::vector<std::string>& parts) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      dealer_.send(zmq::buffer(parts[i]), i + 1 < parts.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
    }
  }
  // The next message's first part; empty when none comes within 5 s.
  std::string receive() {
    dealer_.set(zmq::sockopt::rcvtimeo, 5000);
    zmq::message_t message;
    return dealer_.recv(message) ? message.to_string() : std::string{};
  }

 private:
  zmq::context_t context_{1};
  zmq::socket_t dealer_;
};

// IPv6's loopback where the machine has it, else IPv4's written as IPv6.
inline std::string ipv6_loopback() {
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 at{};
  at.sin6_family = AF_INET6;
  at.sin6_addr = in6addr_loopback;
  const bool there = ::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  ::close(fd);
  return there ? "::1" : "::ffff:127.0.0.1";
}

// A plain TCP connection that may say anything.
class RawConnection {
 public:
  explicit RawConnection(const std::string& address) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    ::inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  ~RawConnection() { ::close(fd_); }
  bool connected() const { return connected_; }
  void say(std::string_view bytes) { [[maybe_unused]] const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // True when the other side has hung up; reads and drops what it said.
  bool cut() {
    char block[4096];
    while (true) {
      pollfd poll{fd_, POLLIN, 0};
      if (::poll(&poll, 1, 0) <= 0) return false;
      if (::recv(fd_, block, sizeof block, 0) <= 0) return true;
    }
  }

 private:
  int fd_;
  bool connected_ = false;
};

// What the members' honest node sees of an attack: nothing.
class HostileChannel : public Channel {
 protected:
  void expect_b_is_served() {
    auto b = client(b_address_, b_key_);
    ASSERT_TRUE(step_until(*b, [&] { return b->connected(); })) << b->trouble();
    b->send(view_of("still here"));
    const auto got = arrivals(*b, 1);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(text_of(got[0].payload), "still here");
  }
  bool server_until(const std::function<bool()>& done) {
    const auto end = SteadyClock::now() + std::chrono::seconds(5);
    while (!done() && SteadyClock::now() < end) {
      server_->wait(milliseconds(2), {});
      EXPECT_TRUE(server_->receive(64).empty());
    }
    return done();
  }
  int connected_of_a() const {
    const auto& all = server_->counters().connected;
    return all.contains("A") ? all.at("A") : 0;
  }
};

inline std::string zmtp_greeting(const std::string& mechanism) {
  std::string greeting = "\xff" + std::string(8, '\0') + "\x7f\x03" + std::string(1, '\0') + mechanism;
  greeting.resize(64, '\0');
  return greeting;
}

}  // namespace liaison
