// SPDX-License-Identifier: Apache-2.0
// Private to the channel: what both ends share. Includes <zmq.hpp>, so only channel_server.cc and channel_client.cc may include it.
#pragma once

#include <zmq.hpp>

#include <optional>
#include <string>

#include "security/channel.h"

namespace liaison {

struct MonitorEvent { std::uint16_t event = 0; std::uint32_t value = 0; };

// Options that both ends set alike (see TRUST: sizes, queues, keepalive; never ZMTP heartbeats, which abort libzmq 4.3.4 beside a slow peer).
inline void set_common(zmq::socket_t& socket, const ChannelLimits& limits) {
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(limits.payload_bytes_max));
  socket.set(zmq::sockopt::sndhwm, limits.high_water_mark);
  socket.set(zmq::sockopt::rcvhwm, limits.high_water_mark);
  socket.set(zmq::sockopt::handshake_ivl, static_cast<int>(limits.handshake.count()));
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, 30);
  socket.set(zmq::sockopt::tcp_keepalive_intvl, 10);
  socket.set(zmq::sockopt::tcp_keepalive_cnt, 3);
  socket.set(zmq::sockopt::tcp_maxrt, 60'000);   // keepalive is silent while sent bytes wait for an answer
}

inline void set_key(zmq::socket_t& socket, int option, View key32) {
  if (zmq_setsockopt(socket.handle(), option, key32.data(), key32.size()) != 0) throw zmq::error_t();
}

// The events that somebody reads. ACCEPT_FAILED is not one: libzmq repeats it without end when descriptors run out.
inline constexpr int kWatchedEvents = ZMQ_EVENT_LISTENING | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CLOSED |
                                      ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                                      ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

// A PAIR that hears of the socket's connections; `name` is unique in the context.
inline zmq::socket_t watch(zmq::context_t& context, zmq::socket_t& socket, const std::string& name) {
  const std::string address = "inproc://" + name;
  if (zmq_socket_monitor(socket.handle(), address.c_str(), kWatchedEvents) != 0) throw zmq::error_t();
  zmq::socket_t pair(context, zmq::socket_type::pair);
  pair.set(zmq::sockopt::linger, 0);
  pair.set(zmq::sockopt::rcvhwm, 0);   // a full queue would stop libzmq's own thread, and for good while the socket closes
  pair.connect(address);
  return pair;
}

inline std::optional<MonitorEvent> next_event(zmq::socket_t& pair) {
  zmq::message_t head, address;
  if (!pair.recv(head, zmq::recv_flags::dontwait)) return std::nullopt;
  if (head.more() && !pair.recv(address, zmq::recv_flags::dontwait)) return std::nullopt;
  MonitorEvent event;
  if (head.size() < 6) return event;
  std::memcpy(&event.event, head.data(), 2);
  std::memcpy(&event.value, static_cast<const char*>(head.data()) + 2, 4);
  return event;
}

inline Error channel_error(const std::string& doing, const zmq::error_t& error) {
  return fail(Code::kIo, doing + ": " + error.what());
}

}  // namespace liaison
