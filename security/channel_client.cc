// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "security/audit.h"
#include "security/channel_socket.h"

namespace liaison {

using std::chrono::milliseconds;

namespace {
constexpr milliseconds kRetry{1000};
}  // namespace

struct ClientChannel::Parts {
  zmq::context_t context{1};
  std::string address;
  PublicKey server_key;
  AgreementKey key;
  ChannelLimits limits;
  zmq::socket_t dealer;
  zmq::socket_t monitor;
  int connection = 0;   // names the monitor anew at each connection
  bool up = false;
  std::uint64_t handshakes = 0;
  bool greeted = false;   // TCP is there, the handshake is not over
  std::string trouble;
  std::optional<std::chrono::steady_clock::time_point> retry_at;   // libzmq gives a connection up for good that broke the protocol or was refused

  Parts(std::string where, const PublicKey& server, AgreementKey own, const ChannelLimits& bounds)
      : address(std::move(where)), server_key(server), key(std::move(own)), limits(bounds) {
    connect();
  }

  void connect() {
    close();
    up = greeted = false;
    retry_at.reset();
    dealer = zmq::socket_t(context, zmq::socket_type::dealer);
    set_common(dealer, limits);
    dealer.set(zmq::sockopt::immediate, true);
    dealer.set(zmq::sockopt::connect_timeout, 10'000);
    dealer.set(zmq::sockopt::reconnect_ivl, 100);
    dealer.set(zmq::sockopt::reconnect_ivl_max, 5000);
    set_key(dealer, ZMQ_CURVE_SERVERKEY, server_key);
    set_key(dealer, ZMQ_CURVE_PUBLICKEY, key.public_key());
    set_key(dealer, ZMQ_CURVE_SECRETKEY, key.secret().expose());
    monitor = watch(context, dealer, "monitor-" + std::to_string(++connection));
    dealer.set(zmq::sockopt::ipv6, address.find('[') != std::string::npos);   // names and IPv4 go on as they did
    dealer.connect(address);
  }

  void close() {
    if (dealer) zmq_socket_monitor(dealer.handle(), nullptr, 0);
    monitor = zmq::socket_t();
    dealer = zmq::socket_t();
  }

  void hear(const MonitorEvent& event) {
    switch (event.event) {
      case ZMQ_EVENT_CONNECTED: greeted = true; break;
      case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        up = true;
        ++handshakes;
        greeted = false;
        trouble.clear();
        break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        trouble =
            "the broker at " + address +
            " refused this node's connection key: it is not an active curve key of this member in its roster, or the member has too many connections";
        greeted = false;
        break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        // A server that cannot open our greeting just hangs up; so does one whose accept filter leaves us out.
        if (greeted)
          trouble = "what answers at " + address +
                    " does not hold the broker key that the roster names, is no broker, does not take connections from this address, or puts them off "
                    "for a moment because this committee's come too fast";
        greeted = false;
        break;
      case ZMQ_EVENT_DISCONNECTED:
        if (up) trouble = "the connection to " + address + " was lost";
        up = greeted = false;
        retry_at = std::chrono::steady_clock::now() + kRetry;   // unless libzmq says at once that it does so itself
        break;
      case ZMQ_EVENT_CONNECT_RETRIED:
        retry_at.reset();
        if (trouble.empty()) trouble = "nothing answers at " + address;
        break;
      case ZMQ_EVENT_CLOSED:   // an attempt to connect ended before there was a connection
        if (!up) trouble = "nothing answers at " + address;
        up = false;
        break;
      default: break;   // libzmq's own numbers
    }
  }

  void run_monitor() {
    while (const auto event = next_event(monitor)) hear(*event);
    if (retry_at && std::chrono::steady_clock::now() >= *retry_at) connect();
  }
};

ClientChannel::ClientChannel(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ClientChannel::~ClientChannel() { parts_->close(); }

Result<std::unique_ptr<ClientChannel>> ClientChannel::open(const std::string& address, const PublicKey& server_key, const AgreementKey& own_key,
                                                           const ChannelLimits& limits) {
  try {
    return std::unique_ptr<ClientChannel>(new ClientChannel(std::make_unique<Parts>(address, server_key, own_key.clone(), limits)));
  } catch (const zmq::error_t& error) {
    return fail(Code::kIo, "cannot connect to " + address + ": " + error.what(), "the address must look like tcp://broker.example:5601");
  }
}

bool ClientChannel::send(View payload) {
  try {
    return parts_->dealer.send(zmq::buffer(payload.data(), payload.size()), zmq::send_flags::dontwait).has_value();
  } catch (const zmq::error_t&) {
    return false;
  }
}

std::optional<Bytes> ClientChannel::receive() {
  try {
    parts_->run_monitor();
    zmq::message_t message;
    if (!parts_->dealer.recv(message, zmq::recv_flags::dontwait)) return std::nullopt;
    const auto* data = static_cast<const std::uint8_t*>(message.data());
    Bytes payload(data, data + message.size());
    while (message.more() && parts_->dealer.recv(message, zmq::recv_flags::dontwait)) payload.clear();
    return payload;
  } catch (const zmq::error_t&) {
    return std::nullopt;
  }
}

bool ClientChannel::connected() const { return parts_->up; }
std::uint64_t ClientChannel::handshakes() const { return parts_->handshakes; }
std::string ClientChannel::trouble() const { return parts_->trouble; }

void ClientChannel::reconnect() {
  try {
    parts_->connect();
  } catch (const zmq::error_t& error) {
    log_error("channel.error", error.what());
  }
}

void ClientChannel::wait(milliseconds timeout, const std::vector<int>& extra) {
  std::vector<zmq::pollitem_t> items{{parts_->dealer.handle(), 0, ZMQ_POLLIN, 0}, {parts_->monitor.handle(), 0, ZMQ_POLLIN, 0}};
  for (const int fd : extra) items.push_back({nullptr, fd, ZMQ_POLLIN, 0});
  try {
    zmq::poll(items.data(), items.size(), std::max(timeout, milliseconds(0)));
    parts_->run_monitor();
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) log_error("channel.error", error.what());
  }
}

std::string zeromq_version() {
  const auto [major, minor, patch] = zmq::version();
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace liaison
