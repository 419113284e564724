// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "security/audit.h"
#include "security/channel_socket.h"
#include "security/connection_table.h"
#include "security/descriptors.h"
#include "security/secret.h"

namespace liaison {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr int kStrikesMax = 3;
constexpr milliseconds kLook{50};           // how often it is looked at what each connection holds
constexpr milliseconds kLookUnproven{10};   // and while there are any that may be a stranger's
constexpr milliseconds kTrimAfter{1000};    // libzmq's own thread frees what a cut connection held
constexpr int kZapEnforceDomain = 93;   // ZMQ_ZAP_ENFORCE_DOMAIN: libzmq has it, its header names it only in draft builds
constexpr std::size_t kStruckPeersMax = 1024;

struct MemberSocket {
  Endpoint endpoint;
  zmq::socket_t router;
  zmq::socket_t monitor;
  ConnectionTable connections;
  int listener = -1;   // libzmq's descriptor, for the door
  std::map<PeerId, int> strikes;
  struct Told { SteadyClock::time_point at{}; std::uint64_t untold = 0; };
  std::map<std::string, Told, std::less<>> told;   // by event
};

unsigned random_number() {
  std::array<std::uint8_t, sizeof(unsigned)> bytes;
  random_bytes(bytes);
  return std::bit_cast<unsigned>(bytes);
}

// For options that <zmq.hpp> does not name.
void set_number(zmq::socket_t& socket, int option, int value) {
  if (zmq_setsockopt(socket.handle(), option, &value, sizeof value) != 0) throw zmq::error_t();
}

constexpr std::string_view kAccepted = "auth.accepted", kRefused = "auth.refused", kCut = "connection.cut", kUnproven = "connection.unproven";

std::string sentence(ConnectionTable::Fault fault) {
  switch (fault) {
    case ConnectionTable::Fault::kHeld: return "a connection was cut: it sent more than a window holds without ending a message";
    case ConnectionTable::Fault::kPlaces: return "a connection was cut: the member has as many as it may have";
    case ConnectionTable::Fault::kUnprovenBytes: return "a connection was cut before its handshake was over: it sent more than a handshake has";
    case ConnectionTable::Fault::kUnprovenMany: return "a connection was cut before its handshake was over: there were too many of them";
  }
  return {};
}

// On an IPv6 socket an IPv4 peer has the address ::ffff:192.0.2.1, and libzmq would count the net's bits from its front.
std::string net_on_ipv6(const std::string& net) {
  const auto slash = net.find('/');
  if (net.find(':') != std::string::npos || slash == std::string::npos) return net;
  return "::ffff:" + net.substr(0, slash) + "/" + std::to_string(96 + std::atoi(net.c_str() + slash + 1));
}

std::string text_of_message(const zmq::message_t& message) { return {static_cast<const char*>(message.data()), message.size()}; }

}  // namespace

struct ServerChannel::Parts {
  zmq::context_t context{1};
  zmq::socket_t zap{context, zmq::socket_type::rep};
  AgreementKey key;
  Allowed allowed;
  ChannelLimits limits;
  ChannelCounters counters;
  std::vector<std::unique_ptr<MemberSocket>> members;
  int monitors = 0;       // names each monitor anew: a refused bind leaves its name taken for a moment
  std::size_t turn = 0;   // whose socket is read first
  bool accepted_since_check = false;
  std::optional<SteadyClock::time_point> shut_at;   // no new connections since then
  SteadyClock::time_point next_look{};
  std::optional<SteadyClock::time_point> trim_at;

  Parts(AgreementKey own, Allowed ask, const ChannelLimits& bounds) : key(std::move(own)), allowed(std::move(ask)), limits(bounds) {
    // Bound before any other socket exists: without a handler libzmq would let every key in.
    zap.set(zmq::sockopt::linger, 0);
    zap.bind("inproc://zeromq.zap.01");
  }

  MemberSocket* member(const MemberId& id) {
    for (auto& one : members) {
      if (one->endpoint.member == id) return one.get();
    }
    return nullptr;
  }

  // --- who may connect

  struct Decision { std::string status, reason; };   // as RFC 27 has them; the reason is for the log

  Decision decide(MemberSocket* socket, const std::string& mechanism, View credentials) {
    const auto public_key = array_from<PublicKey>(credentials);
    if (socket == nullptr || mechanism != "CURVE" || !public_key || !allowed(socket->endpoint.member, *public_key)) {
      ++counters.zap_denied;
      return {"400", "its key is not an active key of this member"};
    }
    look(*socket);
    switch (socket->connections.admit(SteadyClock::now())) {
      case ConnectionTable::Admission::kFull:
        ++counters.connections_refused;
        return {"400", "the member has as many connections as it may have"};
      case ConnectionTable::Admission::kTooFast:   // 300: libzmq's clients try again by themselves
        ++counters.admissions_refused;
        return {"300", "the member's connections come faster than they may"};
      case ConnectionTable::Admission::kYes: break;
    }
    ++counters.zap_accepted;
    return {"200", ""};
  }

  // At most one line a second for each event and member: whoever knocks in a loop must not fill the log.
  static void tell(MemberSocket* socket, std::string_view event, const std::string& sentence, const std::string& from) {
    if (socket == nullptr) return;
    auto& told = socket->told[std::string(event)];
    const auto now = SteadyClock::now();
    if (now - told.at < std::chrono::seconds(1)) {
      ++told.untold;
      return;
    }
    told.at = now;
    const auto log = event == kAccepted ? log_info : log_warn;
    log(event, sentence, {{"member", socket->endpoint.member.str()}, {"from", from}, {"untold", std::exchange(told.untold, 0)}});
  }

  void answer_zap(std::vector<zmq::message_t>& request) {
    // RFC 27: version, request id, domain, address, identity, mechanism, credentials
    const bool whole = request.size() == 7 && text_of_message(request[0]) == "1.0";
    const View credentials = whole ? View{static_cast<const std::uint8_t*>(request[6].data()), request[6].size()} : View{};
    const auto id = whole ? MemberId::parse(text_of_message(request[2])) : std::nullopt;
    MemberSocket* socket = id ? member(*id) : nullptr;
    const Decision decision = decide(socket, whole ? text_of_message(request[5]) : "", credentials);
    const bool yes = decision.status == "200";
    const std::string from = whole ? text_of_message(request[3]) : "";
    if (!yes) tell(socket, kRefused, "a connection was refused: " + decision.reason, from);
    if (yes) {
      const KeyId key_id = key_id_of(KeyUse::curve, *array_from<PublicKey>(credentials));
      tell(socket, kAccepted, "a connection with curve key " + hex(key_id) + " was let in", from);
    }
    const std::string request_id = request.size() > 1 ? text_of_message(request[1]) : "";
    const std::string user = yes ? z85(credentials) : "";
    const std::string parts[] = {"1.0", request_id, decision.status, yes ? "OK" : "refused", user, ""};
    for (std::size_t i = 0; i < 6; ++i) {
      zap.send(zmq::buffer(parts[i]), i == 5 ? zmq::send_flags::none : zmq::send_flags::sndmore);
    }
  }

  void run_zap() {
    while (true) {
      std::vector<zmq::message_t> request;
      do {
        request.emplace_back();
        if (!zap.recv(request.back(), zmq::recv_flags::dontwait)) return;
      } while (request.back().more());
      answer_zap(request);
    }
  }

  // --- what the monitors tell

  void hear(MemberSocket& socket, const MonitorEvent& event) {
    const int descriptor = static_cast<int>(event.value);   // of LISTENING, ACCEPTED and DISCONNECTED only
    switch (event.event) {
      case ZMQ_EVENT_LISTENING: socket.listener = descriptor; break;
      case ZMQ_EVENT_ACCEPTED:
        socket.connections.accepted(descriptor);
        accepted_since_check = true;
        next_look = std::min(next_look, SteadyClock::now() + kLookUnproven);
        break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: ++counters.handshake_failed; break;
      case ZMQ_EVENT_DISCONNECTED: socket.connections.gone(descriptor); break;
      default: break;   // libzmq's own numbers, not an enum of ours
    }
  }

  void hear_all(MemberSocket& socket) {
    bool any = false;
    for (; const auto event = next_event(socket.monitor); any = true) hear(socket, *event);
    if (any) counters.connected[socket.endpoint.member.str()] = socket.connections.proven();
  }

  void set_doors(bool open) {
    for (const auto& one : members) {
      if (set_door(one->listener, open)) continue;
      log_error("channel.error", "cannot shut or open the door for new connections: " + std::string(std::strerror(errno)),
                {{"member", one->endpoint.member.str()}});
    }
  }

  // Bare connects could use up all descriptors, and libzmq would spin: then the door is shut, living connections go on.
  void run_watermark() {
    const auto now = SteadyClock::now();
    if (shut_at && now - *shut_at > limits.descriptors_pause) {
      shut_at = now;   // look again after another pause
      if (descriptor_share() < limits.descriptors_low) {
        set_doors(true);
        shut_at.reset();
        log_warn("descriptors.low", "new connections are taken again");
      }
    }
    if (!std::exchange(accepted_since_check, false) || shut_at || descriptor_share() < limits.descriptors_high) return;
    log_error("descriptors.high", "too many open connections: new ones are not taken for a while, living ones go on");
    ++counters.doors_shut;
    shut_at = now;
    set_doors(false);
  }

  // --- what connections hold, and who must go

  // The connection goes, and with it what libzmq holds of it; a well-behaved node comes again.
  void cut(MemberSocket& socket, int descriptor, std::string_view event, const std::string& why) {
    if (socket.connections.find(descriptor) == nullptr) return;
    const std::string from = peer_address(descriptor);
    socket.connections.gone(descriptor);
    shut(descriptor);
    ++(event == kUnproven ? counters.unproven_cut : counters.connections_cut);
    tell(&socket, event, why, from);
  }

  void look(MemberSocket& socket) {
    hear_all(socket);   // or a descriptor could be another's by now
    using Fault = ConnectionTable::Fault;
    for (const auto& [descriptor, fault] : socket.connections.look(tcp_bytes)) {
      const bool unproven = fault == Fault::kUnprovenBytes || fault == Fault::kUnprovenMany;
      cut(socket, descriptor, unproven ? kUnproven : kCut, sentence(fault));
      if (!trim_at && fault != Fault::kPlaces) trim_at = SteadyClock::now() + kTrimAfter;
    }
    counters.connected[socket.endpoint.member.str()] = socket.connections.proven();
  }

  // When the next look is due; nothing while nobody is there.
  std::optional<milliseconds> look_every() const {
    std::optional<milliseconds> often;
    for (const auto& socket : members) {
      if (socket->connections.unproven() > 0) return kLookUnproven;
      if (!socket->connections.empty()) often = kLook;
    }
    return often;
  }

  void run_looks() {
    const auto now = SteadyClock::now();
    if (trim_at && now >= *trim_at) {
      trim_at.reset();
      ::malloc_trim(0);
    }
    if (now < next_look) return;
    for (auto& socket : members) look(*socket);
    next_look = now + look_every().value_or(milliseconds(0));
  }

  void housekeeping() {
    for (auto& socket : members) hear_all(*socket);
    run_zap();
    run_looks();
    run_watermark();
  }

  // --- payloads

  void strike(MemberSocket& socket, const PeerId& peer, int descriptor) {
    ++counters.parts_refused;
    if (socket.strikes.size() >= kStruckPeersMax) socket.strikes.clear();
    if (++socket.strikes[peer] >= kStrikesMax) cut(socket, descriptor, kCut, "a connection was cut: its messages have more than one part");
  }

  // Remembered with the connection, and asked for anew when another has its descriptor.
  static std::optional<PublicKey> key_of(MemberSocket& socket, Connection* connection, std::string_view user) {
    if (connection != nullptr && connection->user == user) return connection->key;
    const auto bytes = from_z85(user);
    const auto key = bytes ? array_from<PublicKey>(*bytes) : std::nullopt;
    if (connection != nullptr && key) socket.connections.shown(*connection, user, *key);
    return key;
  }

  // One message of one socket; false when there is none.
  bool receive_one(MemberSocket& socket, std::vector<Arrival>& out) {
    zmq::message_t id, payload;
    if (!socket.router.recv(id, zmq::recv_flags::dontwait)) return false;
    if (!id.more() || !socket.router.recv(payload, zmq::recv_flags::dontwait)) return true;
    const bool more = payload.more();
    const int descriptor = zmq_msg_get(payload.handle(), ZMQ_SRCFD);
    Connection* connection = socket.connections.find(descriptor);   // none when it went meanwhile
    if (connection != nullptr) hand(*connection, payload.size());
    for (bool left = more; left;) {
      zmq::message_t extra;
      if (!socket.router.recv(extra, zmq::recv_flags::dontwait)) break;
      if (connection != nullptr) hand(*connection, extra.size());
      left = extra.more();
    }
    const auto peer = array_from<PeerId>(View{static_cast<const std::uint8_t*>(id.data()), id.size()});
    if (!peer) return true;
    if (more) strike(socket, *peer, descriptor);
    if (more || (!socket.strikes.empty() && socket.strikes.contains(*peer) && socket.strikes[*peer] >= kStrikesMax)) return true;
    const char* user = payload.gets("User-Id");   // of the payload part: the id part loses it after a poll
    const auto public_key = user == nullptr ? std::nullopt : key_of(socket, connection, user);
    if (!public_key) return true;
    const auto* data = static_cast<const std::uint8_t*>(payload.data());
    out.push_back({socket.endpoint.member, *peer, *public_key, Bytes(data, data + payload.size())});
    return true;
  }
};

ServerChannel::ServerChannel(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ServerChannel::~ServerChannel() {
  for (auto& socket : parts_->members) zmq_socket_monitor(socket->router.handle(), nullptr, 0);
}

Result<std::unique_ptr<ServerChannel>> ServerChannel::open(const AgreementKey& server_key, Allowed allowed, const ChannelLimits& limits) {
  // libzmq draws the first routing id of a socket from rand() and never seeds it.
  std::srand(random_number());
  try {
    return std::unique_ptr<ServerChannel>(new ServerChannel(std::make_unique<Parts>(server_key.clone(), std::move(allowed), limits)));
  } catch (const zmq::error_t& error) {
    return channel_error("cannot start the channel", error);
  }
}

Result<void> ServerChannel::bind(const Endpoint& endpoint) {
  try {
    std::unique_ptr<MemberSocket> socket(new MemberSocket{.endpoint = endpoint,
                                                          .router = zmq::socket_t(parts_->context, zmq::socket_type::router),
                                                          .monitor = {},
                                                          .connections = ConnectionTable(parts_->limits, random_number()),
                                                          .strikes = {},
                                                          .told = {}});
    auto& router = socket->router;
    set_common(router, parts_->limits);
    router.set(zmq::sockopt::router_mandatory, true);
    router.set(zmq::sockopt::router_handover, false);
    router.set(zmq::sockopt::backlog, 128);
    router.set(zmq::sockopt::curve_server, true);
    set_key(router, ZMQ_CURVE_SECRETKEY, parts_->key.secret().expose());
    router.set(zmq::sockopt::zap_domain, endpoint.member.str());
    set_number(router, kZapEnforceDomain, 1);
    const bool ipv6 = endpoint.address.find('[') != std::string::npos || endpoint.net.find(':') != std::string::npos;
    router.set(zmq::sockopt::ipv6, ipv6);   // before the filter, which is read accordingly
    const std::string net = ipv6 ? net_on_ipv6(endpoint.net) : endpoint.net;
    if (!net.empty() && zmq_setsockopt(router.handle(), ZMQ_TCP_ACCEPT_FILTER, net.data(), net.size()) != 0) {
      return fail(Code::kIo, "the net " + endpoint.net + " of member " + endpoint.member.str() + " is not an address range",
                  "write it as 192.0.2.0/28 in the roster");
    }
    socket->monitor = watch(parts_->context, router, "monitor-" + std::to_string(++parts_->monitors));
    router.bind(endpoint.address);
    // Only now: the listener has its own copy of the options and goes on speaking ZMTP, while the socket gives every connection
    // an id of its own and drops the one that the peer claims. (A peer could claim the id that is given out next; libzmq aborts
    // when it gives out one that is taken.)
    set_number(router, ZMQ_ROUTER_RAW, 1);
    set_number(router, ZMQ_ROUTER_RAW, 0);   // what else RAW does: end a connection that is sent an empty message
    while (const auto event = next_event(socket->monitor)) parts_->hear(*socket, *event);   // LISTENING is there already
    if (parts_->shut_at) set_door(socket->listener, false);
    parts_->members.push_back(std::move(socket));
    return {};
  } catch (const zmq::error_t& error) {
    return fail(Code::kIo, "cannot listen on " + endpoint.address + " for member " + endpoint.member.str() + ": " + error.what(),
                "is another program using the port?");
  }
}

std::vector<Arrival> ServerChannel::receive(std::size_t max) {
  std::vector<Arrival> out;
  auto& members = parts_->members;
  try {
    parts_->housekeeping();
    // One from each in turn, so that a busy member cannot starve another.
    for (std::size_t idle = 0; !members.empty() && idle < members.size() && out.size() < max;) {
      parts_->turn = (parts_->turn + 1) % members.size();
      idle = parts_->receive_one(*members[parts_->turn], out) ? 0 : idle + 1;
    }
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) log_error("channel.error", error.what());
  }
  return out;
}

ServerWire::Sent ServerChannel::send(const MemberId& member, const PeerId& peer, View payload) {
  auto* socket = parts_->member(member);
  if (socket == nullptr) return Sent::kGone;
  try {
    if (!socket->router.send(zmq::buffer(peer.data(), peer.size()), zmq::send_flags::sndmore | zmq::send_flags::dontwait)) {
      ++parts_->counters.sends_busy;
      return Sent::kBusy;
    }
    socket->router.send(zmq::buffer(payload.data(), payload.size()), zmq::send_flags::dontwait);
    return Sent::kYes;
  } catch (const zmq::error_t&) {
    ++parts_->counters.sends_gone;
    return Sent::kGone;
  }
}

void ServerChannel::recheck_keys() {
  for (auto& socket : parts_->members) {
    parts_->look(*socket);
    for (const int descriptor : socket->connections.all()) {
      const Connection& one = *socket->connections.find(descriptor);
      if (!one.user.empty() && parts_->allowed(socket->endpoint.member, one.key)) continue;
      parts_->cut(*socket, descriptor, kCut, "a connection was cut: a roster took force, and its key is not active in it or was not shown yet");
    }
    parts_->counters.connected[socket->endpoint.member.str()] = socket->connections.proven();
  }
}

void ServerChannel::wait(milliseconds timeout, const std::vector<int>& extra) {
  auto& parts = *parts_;
  std::vector<zmq::pollitem_t> items;
  for (auto& socket : parts.members) items.push_back({socket->router.handle(), 0, ZMQ_POLLIN, 0});
  for (const int fd : extra) items.push_back({nullptr, fd, ZMQ_POLLIN, 0});
  const std::size_t wanted = items.size();   // what the caller waits for; the rest is the channel's own
  items.push_back({parts.zap.handle(), 0, ZMQ_POLLIN, 0});
  for (auto& socket : parts.members) items.push_back({socket->monitor.handle(), 0, ZMQ_POLLIN, 0});
  const auto end = SteadyClock::now() + timeout;
  try {
    while (true) {
      const auto left = std::chrono::duration_cast<milliseconds>(end - SteadyClock::now());
      // While anyone is connected the looks are due, whatever the caller waits for.
      const milliseconds most = std::min(left, parts.look_every().value_or(left));
      zmq::poll(items.data(), items.size(), std::max(most, milliseconds(0)));
      parts.housekeeping();
      const bool ready = std::any_of(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(wanted), [](const auto& item) { return item.revents != 0; });
      if (ready || SteadyClock::now() >= end) return;
    }
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) log_error("channel.error", error.what());
  }
}

const ChannelCounters& ServerChannel::counters() const {
  parts_->counters.door_shut = parts_->shut_at.has_value();
  return parts_->counters;
}

}  // namespace liaison
