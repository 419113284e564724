// SPDX-License-Identifier: Apache-2.0
// The Wire seam and its ZeroMQ implementation: the only place that includes <zmq.hpp>. Server side: one CURVE ROUTER per
// member with a ZAP handler bound before any socket (TRUST 2 has the options and why). Client side: one DEALER.
// Each object belongs to one thread; libzmq's I/O threads are its own. Nothing here survives a crash or needs to.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "schemas/ids.h"
#include "schemas/message.h"
#include "schemas/result.h"
#include "security/keys.h"

namespace liaison {

// A connection as the server knows it: the routing id that libzmq gives it (0, then a number that grows by one). What a peer
// claims to be called is dropped unread. Says nothing about who the peer is: that is its key.
using PeerId = std::array<std::uint8_t, 5>;

struct Arrival { MemberId member; PeerId peer{}; PublicKey key{}; Bytes payload; };

class ServerWire {
 public:
  enum class Sent { kYes, kBusy, kGone };   // kBusy: the peer's queue is full; the answer is dropped and the peer asks again
  virtual ~ServerWire() = default;
  // Up to `max` payloads that have arrived, fairly over members; never waits.
  virtual std::vector<Arrival> receive(std::size_t max) = 0;
  virtual Sent send(const MemberId& member, const PeerId& peer, View payload) = 0;
  // A roster has taken force: every connection goes whose key is not active any more, or has not been shown yet.
  virtual void recheck_keys() = 0;
};

// What the ZAP handler asks for each handshake; must not block.
struct Endpoint { MemberId member; std::string address; std::string net; };   // "tcp://127.0.0.1:5601", "tcp://[::]:5601"; CIDR or empty
struct ChannelLimits {
  int connections_per_member_max = 4;
  int payload_bytes_max = 128 * 1024;
  int high_water_mark = 32;
  std::chrono::milliseconds handshake{5000};
  double descriptors_high = 0.80;   // of RLIMIT_NOFILE: no new connections
  double descriptors_low = 0.60;    // new ones again, looked at after each pause
  std::chrono::milliseconds descriptors_pause{2000};
  std::uint64_t held_bytes_max = 4 << 20;   // of one connection, received and not handed over: as many whole messages as may wait are less
  int unproven_per_member_max = 128;          // connections whose handshake is not over
  std::uint64_t unproven_bytes_max = 4096;    // received on one of them; a handshake has less than 1 KiB
  int admissions_per_second = 10;             // of a member's handshakes with a good key
  int admissions_burst = 32;

  // Room for so many of the largest messages at once, and never less than for kUnacknowledged.
  static ChannelLimits for_unacknowledged(std::size_t messages) {
    ChannelLimits limits;
    const std::size_t most = std::max(messages, kUnacknowledged);
    limits.high_water_mark = static_cast<int>(most);
    limits.held_bytes_max = most * kPayloadBytesMax;
    return limits;
  }
};
struct ChannelCounters {
  std::uint64_t zap_accepted = 0, zap_denied = 0, handshake_failed = 0, connections_refused = 0, admissions_refused = 0;
  std::uint64_t parts_refused = 0, sends_busy = 0, sends_gone = 0, doors_shut = 0, connections_cut = 0, unproven_cut = 0;
  std::map<std::string, int> connected;   // by member: connections whose handshake is over
  bool door_shut = false;                 // now: no new connections are taken
};

class ServerChannel final : public ServerWire {
 public:
  // True when `key` is an active curve key of `member`.
  using Allowed = std::function<bool(const MemberId& member, const PublicKey& key)>;
  static Result<std::unique_ptr<ServerChannel>> open(const AgreementKey& server_key, Allowed allowed, const ChannelLimits& limits);
  ~ServerChannel() override;
  // kIo with the address and a sentence (in use, not ours).
  Result<void> bind(const Endpoint& endpoint);
  std::vector<Arrival> receive(std::size_t max) override;
  Sent send(const MemberId& member, const PeerId& peer, View payload) override;
  void recheck_keys() override;
  // Waits until something may have arrived, one of `extra` descriptors is readable, or the time is over. Runs the ZAP
  // handler, monitors, watermark and the looks at what connections hold in between.
  void wait(std::chrono::milliseconds timeout, const std::vector<int>& extra);
  const ChannelCounters& counters() const;

 private:
  struct Parts;
  explicit ServerChannel(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

class ClientWire {
 public:
  virtual ~ClientWire() = default;
  virtual bool send(View payload) = 0;          // false: not now (no connection, or the queue is full)
  virtual std::optional<Bytes> receive() = 0;   // never waits
  virtual bool connected() const = 0;           // after a completed handshake
  // How many handshakes have completed: a change means that the other side may have forgotten what was asked before,
  // even when the connection was never seen down.
  virtual std::uint64_t handshakes() const = 0;
  // Why the last handshake failed, in words for people ("the broker refused this node's CURVE key"); empty when it did not.
  virtual std::string trouble() const = 0;
  virtual void reconnect() = 0;                 // drops the connection and starts again
};

class ClientChannel final : public ClientWire {
 public:
  static Result<std::unique_ptr<ClientChannel>> open(const std::string& address, const PublicKey& server_key, const AgreementKey& own_key,
                                                     const ChannelLimits& limits = {});
  ~ClientChannel() override;
  bool send(View payload) override;
  std::optional<Bytes> receive() override;
  bool connected() const override;
  std::uint64_t handshakes() const override;
  std::string trouble() const override;
  void reconnect() override;
  void wait(std::chrono::milliseconds timeout, const std::vector<int>& extra);

 private:
  struct Parts;
  explicit ClientChannel(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// "4.3.4": the libzmq that this program runs with.
std::string zeromq_version();

}  // namespace liaison
