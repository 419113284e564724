// SPDX-License-Identifier: Apache-2.0
// Private to the channel: the open connections of one member's port and what is known of each. libzmq tells when one comes
// and goes, but not whose handshake is over; TCP's own counts do: until a handshake is over, the server has said no more
// than a greeting, a WELCOME and perhaps an ERROR. A connection is *proven* from the READY on, which only follows a yes of
// the ZAP handler. Pure; one thread; forgotten with the process, as the connections are.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "security/channel.h"

namespace liaison {

struct Connection {
  std::uint64_t number = 0;   // in the order they came
  std::uint64_t handed = 0;   // bytes on the wire of what was handed over
  bool proven = false;
  std::string user;           // the User-Id of its payloads, which is `key` in Z85; empty before the first
  PublicKey key{};
};

class ConnectionTable {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct TcpBytes { std::uint64_t received = 0, said = 0; };   // said: once each, whatever TCP had to repeat
  // Nothing for a connection that is gone.
  using Ask = std::function<std::optional<TcpBytes>(int descriptor)>;
  enum class Fault {
    kHeld,            // more received than handed over: the high-water mark counts whole messages, so one without an end would fill the memory
    kPlaces,          // one more than the member may have
    kUnprovenBytes,   // more than a handshake has
    kUnprovenMany,    // one of too many whose handshake is not over, drawn by lot: so no flood can be sure to keep a member's node out
  };
  struct Cut { int descriptor = -1; Fault fault{}; };
  enum class Admission { kYes, kFull, kTooFast };

  ConnectionTable(const ChannelLimits& limits, std::uint32_t seed) : limits_(limits), random_(seed), tokens_(limits.admissions_burst) {}

  void accepted(int descriptor) { there_[descriptor] = {.number = ++last_, .handed = 0, .proven = false, .user = {}, .key = {}}; }
  void gone(int descriptor) { there_.erase(descriptor); }
  Connection* find(int descriptor);
  bool empty() const { return there_.empty(); }
  std::vector<int> all() const;
  int proven() const;
  int unproven() const { return static_cast<int>(there_.size()) - proven(); }

  // A payload with this User-Id came from there.
  void shown(Connection& connection, std::string_view user, const PublicKey& key);
  // A handshake with a good key wants to come in. A yes counts until that connection is proven, or for the moment in which the
  // server says READY; whoever is proven beyond the places is cut.
  Admission admit(Time now);
  // Finds out who is proven by now, and who must go; the caller ends those and calls gone().
  std::vector<Cut> look(const Ask& ask);

 private:
  bool pace(Time now);
  void prove(Connection& connection);

  ChannelLimits limits_;
  std::minstd_rand random_;
  std::unordered_map<int, Connection> there_;   // by descriptor
  std::uint64_t last_ = 0;
  std::deque<Time> admitted_;   // let in and not proven yet
  double tokens_;
  Time paced_at_{};
};

// A part of this many bytes came from there. On the wire it is a CURVE MESSAGE (33 bytes more) in a ZMTP frame.
inline void hand(Connection& connection, std::size_t bytes) {
  const std::size_t boxed = bytes + 33;
  connection.handed += boxed + (boxed > 255 ? 9 : 2);
}

}  // namespace liaison
