// SPDX-License-Identifier: Apache-2.0
// A ServerWire without sockets: what arrives is put there by a test, what is sent is kept for it. One thread.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "security/channel.h"

namespace liaison {

class MemoryWire final : public ServerWire {
 public:
  struct Out { MemberId member; PeerId peer{}; Bytes payload; };

  void arrive(Arrival arrival) { waiting_.push_back(std::move(arrival)); }
  std::vector<Arrival> receive(std::size_t max) override {
    std::vector<Arrival> out;
    while (!waiting_.empty() && out.size() < max) {
      out.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return out;
  }
  Sent send(const MemberId& member, const PeerId& peer, View payload) override {
    const auto state = states_.find({member, peer});
    if (state != states_.end() && state->second != Sent::kYes) return state->second;
    out_.push_back({member, peer, bytes_of(payload)});
    return Sent::kYes;
  }
  void recheck_keys() override { ++rechecks_; }
  int rechecks() const { return rechecks_; }
  // How this connection takes what is sent to it from now on.
  void set(const MemberId& member, const PeerId& peer, Sent state) { states_[{member, peer}] = state; }
  // Everything sent since the last call.
  std::vector<Out> take() { return std::exchange(out_, {}); }

 private:
  std::deque<Arrival> waiting_;
  std::vector<Out> out_;
  int rechecks_ = 0;
  std::map<std::pair<MemberId, PeerId>, Sent> states_;
};

}  // namespace liaison
