// SPDX-License-Identifier: Apache-2.0
// Private to the channel: how many bytes of each connection libzmq holds back, which is what TCP has received less what was
// handed over. The high-water mark counts whole messages, so that one message without an end would fill the memory part by
// part. Pure; one thread; forgotten with the process, as the connections are.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace liaison {

class ByteWatch {
 public:
  void accepted(int descriptor) { handed_[descriptor] = 0; }
  void gone(int descriptor) { handed_.erase(descriptor); }
  bool knows(int descriptor) const { return handed_.contains(descriptor); }
  bool empty() const { return handed_.empty(); }

  // A part of this many bytes came from there. On the wire it is a CURVE MESSAGE (33 bytes more) in a ZMTP frame.
  void handed(int descriptor, std::size_t bytes) {
    const auto found = handed_.find(descriptor);
    if (found == handed_.end()) return;
    const std::size_t boxed = bytes + 33;
    found->second += boxed + (boxed > 255 ? 9 : 2);
  }

  // The connections of which more than this is held; `received` says what TCP has received on one, nothing when it is gone.
  using Received = std::function<std::optional<std::uint64_t>(int descriptor)>;
  std::vector<int> over(std::uint64_t held_bytes_max, const Received& received) const {
    std::vector<int> found;
    for (const auto& [descriptor, handed] : handed_) {
      const auto all = received(descriptor);
      if (all && *all > handed + held_bytes_max) found.push_back(descriptor);
    }
    return found;
  }

 private:
  std::map<int, std::uint64_t> handed_;   // by descriptor: every accepted connection
};

}  // namespace liaison
