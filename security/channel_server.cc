// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <linux/filter.h>
#include <linux/tcp.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>

#include "security/audit.h"
#include "security/byte_watch.h"
#include "security/channel_socket.h"
#include "security/connection_count.h"

namespace liaison {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr int kStrikesMax = 3;
constexpr milliseconds kByteLook{50};   // how often the bytes held of each connection are looked at
constexpr int kOpenPerPlace = 16;   // open connections, handshakes included, for each place a member has
constexpr int kZapEnforceDomain = 93;   // ZMQ_ZAP_ENFORCE_DOMAIN: libzmq has it, its header names it only in draft builds
constexpr std::size_t kStruckPeersMax = 1024;

struct MemberSocket {
  Endpoint endpoint;
  zmq::socket_t router;
  zmq::socket_t monitor;
  ConnectionCount connections;
  ByteWatch bytes;
  int listener = -1;   // libzmq's descriptor, for the door
  std::map<PeerId, int> strikes;
  struct Told { SteadyClock::time_point at{}; std::uint64_t untold = 0; };
  std::map<std::string, Told, std::less<>> told;   // by event
};

double descriptor_share() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == 0) return 0;
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return errno == EMFILE || errno == ENFILE ? 1 : 0;
  double count = -3;   // ".", ".." and the folder itself
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count / static_cast<double>(limit.rlim_cur);
}

std::optional<std::uint64_t> bytes_received(int descriptor) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return std::nullopt;
  return info.tcpi_bytes_received;
}

// Shut: packets that would open a connection are dropped by the kernel; established connections are sockets of their own
// and go on. (Unbinding would silence them: libzmq's listener owns its sessions, and ends theirs with its own.)
bool set_door(int listener, bool open) {
  sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog program{1, &nothing};
  return ::setsockopt(listener, SOL_SOCKET, open ? SO_DETACH_FILTER : SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

constexpr std::string_view kAccepted = "auth.accepted", kRefused = "auth.refused", kCut = "connection.cut";

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
  SteadyClock::time_point next_byte_look{};

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

  // Empty when it may come in, else the reason for the log.
  std::string refusal(MemberSocket* socket, const std::string& mechanism, View credentials) {
    const auto public_key = array_from<PublicKey>(credentials);
    if (socket == nullptr || mechanism != "CURVE" || !public_key || !allowed(socket->endpoint.member, *public_key)) {
      ++counters.zap_denied;
      return "its key is not an active key of this member";
    }
    if (socket->connections.taken(SteadyClock::now()) >= limits.connections_per_member_max ||
        socket->connections.there() > kOpenPerPlace * limits.connections_per_member_max) {
      ++counters.connections_refused;
      return "the member has as many connections as it may have";
    }
    ++counters.zap_accepted;
    socket->connections.admitted(SteadyClock::now());
    return {};
  }

  // At most one line a second for each event and member: whoever knocks in a loop must not fill the log.
  static void tell(MemberSocket* socket, std::string_view event, const std::string& sentence, const std::string& from) {
    if (socket == nullptr) return;
    auto& told = socket->told[std::string(event)];
    const auto now = SteadyClock::now();
    if (now - std::exchange(told.at, now) < std::chrono::seconds(1)) {
      ++told.untold;
      return;
    }
    const auto log = event == kAccepted ? log_info : log_warn;
    log(event, sentence, {{"member", socket->endpoint.member.str()}, {"from", from}, {"untold", std::exchange(told.untold, 0)}});
  }

  void answer_zap(std::vector<zmq::message_t>& request) {
    // RFC 27: version, request id, domain, address, identity, mechanism, credentials
    const bool whole = request.size() == 7 && text_of_message(request[0]) == "1.0";
    const View credentials = whole ? View{static_cast<const std::uint8_t*>(request[6].data()), request[6].size()} : View{};
    const auto id = whole ? MemberId::parse(text_of_message(request[2])) : std::nullopt;
    MemberSocket* socket = id ? member(*id) : nullptr;
    const std::string reason = refusal(socket, whole ? text_of_message(request[5]) : "", credentials);
    const bool yes = reason.empty();
    const std::string from = whole ? text_of_message(request[3]) : "";
    if (!yes) tell(socket, kRefused, "a connection was refused: " + reason, from);
    if (yes) {
      const KeyId key_id = key_id_of(KeyUse::curve, *array_from<PublicKey>(credentials));
      tell(socket, kAccepted, "a connection with curve key " + hex(key_id) + " was let in", from);
    }
    const std::string request_id = request.size() > 1 ? text_of_message(request[1]) : "";
    const std::string user = yes ? z85(credentials) : "";
    const std::string parts[] = {"1.0", request_id, yes ? "200" : "400", yes ? "OK" : "refused", user, ""};
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
    auto& connections = socket.connections;
    const auto now = SteadyClock::now();
    const int descriptor = static_cast<int>(event.value);   // of LISTENING, ACCEPTED and DISCONNECTED only
    switch (event.event) {
      case ZMQ_EVENT_LISTENING: socket.listener = descriptor; break;
      case ZMQ_EVENT_ACCEPTED:
        connections.accepted(descriptor, now);
        socket.bytes.accepted(descriptor);
        accepted_since_check = true;
        break;
      case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: connections.succeeded(); break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        connections.failed();
        ++counters.handshake_failed;
        break;
      case ZMQ_EVENT_DISCONNECTED:
        connections.gone(descriptor, now);
        socket.bytes.gone(descriptor);
        break;
      default: break;   // libzmq's own numbers, not an enum of ours
    }
    counters.connected[socket.endpoint.member.str()] = connections.connected(now);
  }

  void run_monitors() {
    for (auto& socket : members) {
      while (const auto event = next_event(socket->monitor)) hear(*socket, *event);
    }
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

  // The connection goes, and with it what libzmq holds of it; a well-behaved node comes again.
  void cut(MemberSocket& socket, int descriptor, const std::string& why) {
    if (!socket.bytes.knows(descriptor)) return;
    socket.bytes.gone(descriptor);
    ::shutdown(descriptor, SHUT_RDWR);
    ++counters.connections_cut;
    tell(&socket, kCut, "a connection was cut: " + why, "");
  }

  void run_byte_watch() {
    const auto now = SteadyClock::now();
    if (now < next_byte_look) return;
    next_byte_look = now + kByteLook;
    bool any = false;
    for (auto& socket : members) {
      for (const int descriptor : socket->bytes.over(limits.held_bytes_max, bytes_received)) {
        cut(*socket, descriptor, "it sent more than a window holds without ending a message");
        any = true;
      }
    }
    if (any) ::malloc_trim(0);
  }
  bool any_connection() const {
    return std::any_of(members.begin(), members.end(), [](const auto& socket) { return !socket->bytes.empty(); });
  }

  void housekeeping() {
    run_zap();
    run_monitors();
    run_watermark();
    run_byte_watch();
  }

  // --- payloads

  void strike(MemberSocket& socket, const PeerId& peer, int descriptor) {
    ++counters.parts_refused;
    if (socket.strikes.size() >= kStruckPeersMax) socket.strikes.clear();
    if (++socket.strikes[peer] >= kStrikesMax) cut(socket, descriptor, "its messages have more than one part");
  }

  // One message of one socket; false when there is none.
  bool receive_one(MemberSocket& socket, std::vector<Arrival>& out) {
    zmq::message_t id, payload;
    if (!socket.router.recv(id, zmq::recv_flags::dontwait)) return false;
    if (!id.more() || !socket.router.recv(payload, zmq::recv_flags::dontwait)) return true;
    const bool more = payload.more();
    const int descriptor = zmq_msg_get(payload.handle(), ZMQ_SRCFD);
    socket.bytes.handed(descriptor, payload.size());
    for (bool left = more; left;) {
      zmq::message_t extra;
      if (!socket.router.recv(extra, zmq::recv_flags::dontwait)) break;
      socket.bytes.handed(descriptor, extra.size());
      left = extra.more();
    }
    const auto peer = array_from<PeerId>(View{static_cast<const std::uint8_t*>(id.data()), id.size()});
    if (!peer || (*peer)[0] != 0) {   // an id that the peer chose itself could be another's
      ++counters.ids_refused;
      cut(socket, descriptor, "it chose its own routing id");
      return true;
    }
    if (more) strike(socket, *peer, descriptor);
    if (more || (!socket.strikes.empty() && socket.strikes.contains(*peer) && socket.strikes[*peer] >= kStrikesMax)) return true;
    const char* user = payload.gets("User-Id");   // of the payload part: the id part loses it after a poll
    const auto key_bytes = user == nullptr ? std::nullopt : from_z85(user);
    const auto public_key = key_bytes ? array_from<PublicKey>(*key_bytes) : std::nullopt;
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
                                                          .connections = ConnectionCount(parts_->limits.handshake),
                                                          .bytes = {},
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
    const int enforce = 1;
    if (zmq_setsockopt(router.handle(), kZapEnforceDomain, &enforce, sizeof enforce) != 0) throw zmq::error_t();
    const bool ipv6 = endpoint.address.find('[') != std::string::npos || endpoint.net.find(':') != std::string::npos;
    router.set(zmq::sockopt::ipv6, ipv6);   // before the filter, which is read accordingly
    const std::string net = ipv6 ? net_on_ipv6(endpoint.net) : endpoint.net;
    if (!net.empty() && zmq_setsockopt(router.handle(), ZMQ_TCP_ACCEPT_FILTER, net.data(), net.size()) != 0) {
      return fail(Code::kIo, "the net " + endpoint.net + " of member " + endpoint.member.str() + " is not an address range",
                  "write it as 192.0.2.0/28 in the roster");
    }
    socket->monitor = watch(parts_->context, router, "monitor-" + std::to_string(++parts_->monitors));
    router.bind(endpoint.address);
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
      // While anyone is connected the byte watch needs its looks, whatever the caller waits for.
      const milliseconds most = parts.any_connection() ? std::min(left, kByteLook) : left;
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
