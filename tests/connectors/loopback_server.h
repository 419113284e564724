// SPDX-License-Identifier: Apache-2.0
// The other side of a connector, as a test writes it: a server on a free port of the loopback, one thread a connection, each talked to by the test's
// own function until it returns. All connections are cut and all threads gone when the server goes.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <list>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace liaison {

// Of the reference libraries' examples.
inline constexpr const char* kSecretLine = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";

// One connection; every function ends at once when the other side or the server goes.
class Talk {
 public:
  explicit Talk(int fd) : fd_(fd) {}
  // The next line without its end; false at the end.
  bool line(std::string& out) {
    for (;;) {
      const auto end = buffer_.find('\n');
      if (end != std::string::npos) {
        out = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        if (!out.empty() && out.back() == '\r') out.pop_back();
        return true;
      }
      if (!more()) return false;
    }
  }
  bool bytes(std::size_t count, std::string& out) {
    while (buffer_.size() < count) {
      if (!more()) return false;
    }
    out = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return true;
  }
  bool say(const std::string& text) { return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()); }
  // Says this again and again, a few milliseconds apart, until the other side is gone.
  void drip(const std::string& text) {
    pollfd gone{fd_, POLLRDHUP, 0};
    while (::poll(&gone, 1, 5) == 0 && say(text)) {
    }
  }
  void cut() { ::shutdown(fd_, SHUT_RDWR); }
  int fd() const { return fd_; }
  // Says nothing until the other side is gone.
  void hold() {
    while (more()) {
    }
  }

 private:
  bool more() {
    char piece[4096];
    const ssize_t got = ::recv(fd_, piece, sizeof piece, 0);
    if (got > 0) buffer_.append(piece, static_cast<std::size_t>(got));
    return got > 0;
  }
  const int fd_;
  std::string buffer_;
};

class LoopbackServer {
 public:
  using Talking = std::function<void(Talk&)>;
  explicit LoopbackServer(Talking talking) : talking_(std::move(talking)), listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listening_, 16), 0);
    socklen_t length = sizeof address;
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept(); });
  }
  ~LoopbackServer() {
    ::shutdown(listening_, SHUT_RDWR);
    accepting_.join();
    {
      const std::lock_guard guard(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& one : talks_) one.join();
    ::close(listening_);
  }
  std::string port() const { return std::to_string(port_); }

 private:
  void accept() {
    for (;;) {
      const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const std::lock_guard guard(mutex_);
      open_.insert(fd);
      talks_.emplace_back([this, fd] {
        Talk talk(fd);
        talking_(talk);
        const std::lock_guard own(mutex_);
        open_.erase(fd);
        ::close(fd);
      });
    }
  }

  const Talking talking_;
  const int listening_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::set<int> open_;
  std::list<std::thread> talks_;
  std::thread accepting_;
};

}  // namespace liaison
