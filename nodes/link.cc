// SPDX-License-Identifier: Apache-2.0
#include "nodes/link.h"

#include <algorithm>

#include "security/audit.h"

namespace liaison {

namespace {

constexpr std::uint32_t kItemsMax = 256;
constexpr std::uint32_t kWaitMs = 20'000;           // the broker answers an empty ITEMS then: its sign of life
constexpr std::uint64_t kOverdueMs = 10'000;        // an answer that the broker had to drop is asked for again
constexpr std::uint64_t kSilenceMs = 60'000;
constexpr std::uint64_t kHastyMs = 500;
constexpr std::uint64_t kRejectedPauseMs = 30'000;
constexpr std::size_t kArrivalsMax = 64;
constexpr std::size_t kFew = 2;                     // more than these in one answer of a log that is followed live: they come fast,
constexpr std::uint64_t kFastMs = 5;                // and so they do when one follows another so soon
constexpr std::uint64_t kGatherMsMin = 8, kGatherMsMax = 25;
constexpr std::uint64_t kNoRoomMs = 2;
constexpr std::size_t kUnsentMax = 4 * kUnacknowledgedMax;

}  // namespace

Result<void> Link::step(Now now) {
  busy_ = false;
  watch_connection(now);
  if (state_ != State::kUp) return {};
  ask_what_is_due(now);
  for (std::size_t i = 0; i < kArrivalsMax; ++i) {
    auto payload = wire_.receive();
    if (!payload) break;
    busy_ = true;
    heard_ms_ = now.monotonic_ms;
    TRY(take(*payload, now));
  }
  watch_silence(now);
  flush();
  return {};
}

void Link::watch_connection(Now now) {
  if (!wire_.connected()) {
    if (state_ == State::kUp) node_.link_down();
    return set_state(wire_.trouble().find("refused this node") != std::string::npos ? State::kRefused : State::kDown, now);
  }
  if (state_ == State::kUp && handshakes_ == wire_.handshakes()) return;
  // A new connection: the broker knows nothing of what was asked before.
  node_.link_down();
  handshakes_ = wire_.handshakes();
  heard_ms_ = now.monotonic_ms;
  fetch_.reset();
  look_.reset();
  unsent_.clear();
  set_state(State::kUp, now);
  ask_who(now);
}

void Link::set_state(State state, Now now) {
  if (state == state_ && since_ms_ != 0) return;
  const bool told = state_ == State::kUp || state == State::kUp;
  state_ = state;
  since_ms_ = now.wall_ms;
  if (!told) return;
  News news;
  news.name = state == State::kUp ? "link.up" : "link.down";
  news.sentence = wire_.trouble();
  news_.push_back(std::move(news));
  if (state == State::kUp) log_info("link.up", "connected to the broker");
  else log_warn("link.down", "the connection to the broker is gone", {{"trouble", wire_.trouble()}});
}

void Link::ask(std::optional<Asked>& slot, std::uint64_t from, std::uint32_t max_items, std::uint32_t wait_ms, Now now) {
  const Asked asked{++last_id_, from, now.monotonic_ms};
  if (wire_.send(encode_control(asked.id, Fetch{from, max_items, wait_ms}))) slot = asked;
}

// Nothing that is older than the question may arrive after it: what waits is dropped and sent again after the answer. A
// question that found no room is asked again when it is overdue.
void Link::ask_who(Now now) {
  unsent_.clear();
  who_ = Asked{++last_id_, 0, now.monotonic_ms};
  wire_.send(encode_control(who_->id, WhoAmI{}));
}

// Only after what has arrived was read: a machine that slept has heard nothing and missed nothing.
void Link::watch_silence(Now now) {
  if (now.monotonic_ms < heard_ms_ + kSilenceMs) return;
  log_warn("link.silent", "nothing was heard from the broker for a minute: connecting anew");
  heard_ms_ = now.monotonic_ms;
  node_.link_down();
  handshakes_ = 0;
  wire_.reconnect();
}

void Link::ask_what_is_due(Now now) {
  if (who_ && now.monotonic_ms >= who_->at_ms + kOverdueMs) ask_who(now);
  if (fetch_ && now.monotonic_ms >= fetch_->at_ms + kWaitMs + kOverdueMs) fetch_.reset();
  if (look_ && now.monotonic_ms >= look_->at_ms + kOverdueMs) look_.reset();
  if (now.monotonic_ms < not_before_ms_) return;
  if (!fetch_) ask(fetch_, node_.cursor(), kItemsMax, kWaitMs, now);
  if (const auto range = node_.second_look(); range && !look_) {
    const auto count = std::min<std::uint64_t>(kItemsMax, range->to - std::min(range->from, range->to));
    ask(look_, range->from, static_cast<std::uint32_t>(std::max<std::uint64_t>(count, 1)), 0, now);
  }
}

Result<void> Link::take(View payload, Now now) {
  auto frame = decode_control(payload);
  if (!frame) {
    log_warn("link.unreadable", frame.error().what);
    return {};
  }
  if (auto* items = std::get_if<Items>(&frame->control)) return take_items(frame->request_id, std::move(*items), now);
  if (const auto* refusal = std::get_if<Refusal>(&frame->control); refusal != nullptr && frame->request_id != 0)
    return take_refusal(frame->request_id, *refusal, now);
  if (std::holds_alternative<WhoAmIAnswer>(frame->control)) {
    if (!who_ || who_->id != frame->request_id) return {};
    who_.reset();
  }
  return node_.receive(frame->control, now);
}

Result<void> Link::take_items(std::uint32_t id, Items items, Now now) {
  if (look_ && look_->id == id) {
    const std::uint64_t from = look_->from;
    look_.reset();
    if (!TRY(node_.take_items(from, std::move(items), now))) not_before_ms_ = now.monotonic_ms + kRejectedPauseMs;
    return {};
  }
  if (!fetch_ || fetch_->id != id) return {};   // of before a rejected answer
  const std::uint64_t from = fetch_->from;
  // Nothing, and at once: a broker that does not wait is not asked in a circle.
  const bool hasty = items.items.empty() && now.monotonic_ms < fetch_->at_ms + kHastyMs;
  fetch_.reset();
  if (hasty) not_before_ms_ = now.monotonic_ms + kHastyMs;
  // A node that is behind has the broker prepare the next ones while it checks these. One that follows asks when these are
  // stored; and when they come fast it gives them some milliseconds to gather, for one answer, one transaction and one sync.
  const auto checkpoint = node_.mirror().open(items.checkpoint);
  const std::size_t count = items.items.size();
  if (checkpoint && from + count < checkpoint->size) ask(fetch_, from + count, kItemsMax, kWaitMs, now);
  else if (count > kFew || (count > 0 && now.monotonic_ms < items_ms_ + kFastMs))
    not_before_ms_ = now.monotonic_ms + std::clamp<std::uint64_t>(count, kGatherMsMin, kGatherMsMax);
  if (count > 0) items_ms_ = now.monotonic_ms;
  if (TRY(node_.take_items(from, std::move(items), now))) return {};
  fetch_.reset();
  not_before_ms_ = now.monotonic_ms + kRejectedPauseMs;
  return {};
}

Result<void> Link::take_refusal(std::uint32_t id, const Refusal& refusal, Now now) {
  for (auto* slot : {&fetch_, &look_}) {
    if (!*slot || (*slot)->id != id) continue;
    const std::uint64_t from = (*slot)->from;
    slot->reset();
    not_before_ms_ = now.monotonic_ms + (refusal.code == Code::kRange ? kRejectedPauseMs : 1'000);
    return node_.fetch_refused(from, refusal, now);
  }
  return {};
}

void Link::dispatch(const NodeOutcome& outcome, Now now) {
  if (state_ != State::kUp) return;
  for (const Bytes& frame : outcome.sends) {
    if (unsent_.size() < kUnsentMax) unsent_.push_back(frame);
  }
  flush();
  if (outcome.ask_who) ask_who(now);
}

std::uint64_t Link::idle_ms(Now now, std::uint64_t most) const {
  if (busy_) return 0;
  if (state_ != State::kUp) return most;
  if (!unsent_.empty()) most = std::min(most, kNoRoomMs);
  if (fetch_) return most;
  const std::uint64_t pause = not_before_ms_ > now.monotonic_ms ? not_before_ms_ - now.monotonic_ms : 1;
  return std::min(most, pause);
}

void Link::flush() {
  while (!unsent_.empty() && wire_.send(unsent_.front())) unsent_.pop_front();
}

}  // namespace liaison
