// SPDX-License-Identifier: Apache-2.0
// Private to the channel: how many authenticated connections a member has, from what libzmq's monitor tells. A failed
// handshake and an authenticated connection both end in DISCONNECTED, some failures are never announced and some twice,
// so the count is held between two that are sure: connections that are there at all, and those that are older than any
// handshake may be. Pure; one thread; forgotten with the process, as the connections are.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>

namespace liaison {

class ConnectionCount {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // `handshake` is the longest that one may last.
  explicit ConnectionCount(std::chrono::milliseconds handshake) : sure_after_(handshake * 2 + std::chrono::seconds(1)) {}

  void accepted(int descriptor, Time now) { there_[descriptor] = now; }
  // The ZAP handler has said yes; until the handshake is over it counts, so that many at once cannot slip through.
  void admitted(Time now) { admitted_.push_back(now); }
  void succeeded() {
    ++up_;
    if (!admitted_.empty()) admitted_.pop_front();
    settle();
  }
  void failed() {
    ++failing_;
    settle();
  }
  void gone(int descriptor, Time now) {
    const auto found = there_.find(descriptor);
    const bool old = found != there_.end() && now - found->second > sure_after_;
    if (found != there_.end()) there_.erase(found);
    if (failing_ > 0 && !old) {
      --failing_;
    } else if (up_ > 0) {
      --up_;
    }
    settle();
  }

  int connected(Time now) const {
    const auto sure = std::count_if(there_.begin(), there_.end(), [&](const auto& one) { return now - one.second > sure_after_; });
    return std::max(up_, static_cast<int>(sure));
  }
  // Every open connection, authenticated or not.
  int there() const { return static_cast<int>(there_.size()); }
  // What a limit is compared with: connected and admitted ones.
  int taken(Time now) {
    while (!admitted_.empty() && now - admitted_.front() > sure_after_) admitted_.pop_front();
    return connected(now) + static_cast<int>(admitted_.size());
  }

 private:
  void settle() {
    const int there = static_cast<int>(there_.size());
    up_ = std::min(up_, there);
    failing_ = std::min(failing_, there - up_);
  }

  std::chrono::milliseconds sure_after_;
  std::map<int, Time> there_;   // by descriptor: every accepted connection
  std::deque<Time> admitted_;
  int up_ = 0;
  int failing_ = 0;   // handshakes that failed and whose DISCONNECTED is still to come
};

}  // namespace liaison
