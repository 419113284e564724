// SPDX-License-Identifier: Apache-2.0
// The node's line to the broker: asks WHOAMI after each handshake, keeps one FETCH waiting there, carries frames out and
// answers in. It holds nothing worth losing: after a crash or a cut everything is asked and sent again. Node's one thread.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "nodes/node.h"
#include "security/channel.h"

namespace liaison {

class Link {
 public:
  Link(ClientWire& wire, Node& node) : wire_(wire), node_(node) {}
  // Takes what has arrived and asks what is due. kStore from the node.
  Result<void> step(Now now);
  // What the node released after its commit.
  void dispatch(const NodeOutcome& outcome, Now now);

  enum class State { kDown, kUp, kRefused };
  State state() const { return state_; }
  TimeMs since_ms() const { return since_ms_; }
  std::string trouble() const { return wire_.trouble(); }
  // News for those who watch, taken out by the caller.
  std::vector<News> take_news() { return std::exchange(news_, {}); }
  // Milliseconds until step has something to do of itself, 0 when something arrived in the last one: there may be more. At
  // most `most`.
  std::uint64_t idle_ms(Now now, std::uint64_t most) const;

 private:
  struct Asked { std::uint32_t id = 0; std::uint64_t from = 0; std::uint64_t at_ms = 0; };
  void watch_connection(Now now);
  void set_state(State state, Now now);
  void ask(std::optional<Asked>& slot, std::uint64_t from, std::uint32_t max_items, std::uint32_t wait_ms, Now now);
  void ask_who(Now now);
  void ask_what_is_due(Now now);
  void watch_silence(Now now);
  Result<void> take(View payload, Now now);
  Result<void> take_items(std::uint32_t id, Items items, Now now);
  Result<void> take_refusal(std::uint32_t id, const Refusal& refusal, Now now);
  void flush();

  ClientWire& wire_;
  Node& node_;
  State state_ = State::kDown;
  TimeMs since_ms_ = 0;
  std::uint64_t handshakes_ = 0;
  std::uint32_t last_id_ = 0;
  std::optional<Asked> fetch_, look_, who_;
  std::uint64_t not_before_ms_ = 0;     // fetching pauses after an answer that was rejected, or that brought many at once
  std::uint64_t items_ms_ = 0;          // something new came then
  std::uint64_t heard_ms_ = 0;
  std::deque<Bytes> unsent_;            // the wire had no room; at most kUnsentMax
  std::vector<News> news_;
  bool busy_ = false;
};

}  // namespace liaison
