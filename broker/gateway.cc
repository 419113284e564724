// SPDX-License-Identifier: Apache-2.0
#include "broker/gateway.h"

#include <algorithm>

#include "security/audit.h"
#include "security/hash.h"

namespace liaison {

namespace {
constexpr std::uint64_t kAskAgainMs = 1000;
constexpr std::size_t kHeadsMax = 16;
constexpr std::size_t kWhoAmIsMax = 4;    // of a member at once; each reads up to kHeadsMax entries
constexpr std::uint64_t kTellAgainMs = 60'000;
constexpr std::size_t kFew = 2;   // more than these in one batch: they come fast
constexpr std::uint64_t kGatherMsMax = 16;
constexpr std::uint64_t kCheckAgainMs = 1000;   // while there is always something else to do
}  // namespace

Gateway::Gateway(Store& store, Clock& clock, Meters& meters, BrokerKeys keys, const GatewayLimits& limits)
    : store_(store),
      clock_(clock),
      meters_(meters),
      keys_(std::move(keys)),
      limits_(limits),
      ledger_(store, meters, keys_.log.clone(), limits.whole_start_max),
      exchange_(limits.quota),
      delivery_(ledger_),
      room_(store, limits.free_bytes_min, limits.reserve_bytes) {}

Result<bool> Gateway::step() {
  meters_.enter(Stage::kVerify);
  const Now now = clock_.now();
  watch_clock(now);
  room_.look(now.monotonic_ms);
  if (wire_ == nullptr) return check_later(true, now);
  std::vector<Arrival> arrivals = wire_->receive(limits_.arrivals_per_step);
  const bool full = arrivals.size() >= limits_.arrivals_per_step;
  const bool quiet = arrivals.empty();
  std::vector<Arrival> messages;
  std::vector<Arrival> asks;
  sort(std::move(arrivals), messages, asks, now);
  if (!messages.empty()) TRY(publish(std::move(messages), now));
  meters_.enter(Stage::kServe);
  who_asked_.clear();
  for (const Arrival& ask : asks) TRY(control(ask, now));
  const bool more = TRY(serve(now));
  const bool unchecked = TRY(check_later(quiet && !more, now));
  meters_.enter(Stage::kIdle);
  return full || more || unchecked;
}

// One step of the late check when there is nothing else to do, and now and then when there is.
Result<bool> Gateway::check_later(bool idle, const Now& now) {
  LateCheck& check = ledger_.late_check();
  if (check.done()) return false;
  if (!idle && now.monotonic_ms < next_check_ms_) return true;
  next_check_ms_ = now.monotonic_ms + kCheckAgainMs;
  meters_.enter(Stage::kCheck);
  const bool more = TRY(check.step());
  if (!more) log_info("log.checked", "every entry that the start took on its tile's word has been read and is as it should be", {{"entries", check.end()}});
  return more;
}

void Gateway::watch_clock(const Now& now) {
  const bool halted = exchange_.clock().halted();
  exchange_.clock().observe(now);
  if (!halted && exchange_.clock().halted()) log_error("clock.halted", exchange_.clock().reason());
}

std::uint64_t Gateway::idle_ms(std::uint64_t limit) const {
  const auto deadline = sessions_.next_deadline_ms();
  if (!deadline) return limit;
  const std::uint64_t now = clock_.now().monotonic_ms;
  return *deadline <= now ? 0 : std::min(limit, *deadline - now);
}

std::uint64_t Gateway::gather_ms() const {
  const std::uint64_t now = clock_.now().monotonic_ms;
  return gather_until_ms_ > now ? gather_until_ms_ - now : 0;
}

void Gateway::sort(std::vector<Arrival> arrivals, std::vector<Arrival>& messages, std::vector<Arrival>& asks, const Now& now) {
  for (Arrival& arrival : arrivals) {
    if (!exchange_.charter().may_connect(arrival.member, arrival.key)) {
      meters_.dropped_payloads += 1;
      continue;
    }
    const auto type = frame_type(arrival.payload);
    if (type == FrameType::kMessage && !sessions_.publishes(arrival.member, arrival.peer)) {
      refuse(arrival, 0, Code::kBusy, kAskAgainMs, sha256(arrival.payload), now);
    } else if (type == FrameType::kMessage) {
      messages.push_back(std::move(arrival));
    } else {
      // Who publishes changes at once; the answer waits for what was published before it.
      if (type == FrameType::kWhoAmI) sessions_.publishes_from_now(arrival.member, arrival.peer);
      asks.push_back(std::move(arrival));
    }
  }
}

Result<void> Gateway::publish(std::vector<Arrival> messages, const Now& now) {
  Outcome outcome = exchange_.decide(std::move(messages), now, room_.room());
  const bool committed = outcome.entries.empty() || TRY(commit(outcome, now));
  const std::size_t count = outcome.entries.size();
  gather_until_ms_ = count > kFew ? clock_.now().monotonic_ms + std::min<std::uint64_t>(count, kGatherMsMax) : 0;
  meters_.enter(Stage::kServe);
  for (Answer& one : outcome.answers) TRY(answer(one, outcome, committed, now));
  if (committed) delivery_.remember(std::move(outcome.entries));
  return {};
}

// False when the disk was full and nothing has happened.
Result<bool> Gateway::commit(const Outcome& outcome, const Now& now) {
  const auto done = ledger_.commit(outcome.entries, outcome.touched);
  if (!done && done.error().code == Code::kStorageFull) {
    room_.found_full(now.monotonic_ms);
    log_warn("store.full", done.error().what);
    return false;
  }
  if (!done) {
    must_end_ = true;
    return done.error();
  }
  auto applied = exchange_.apply(outcome.entries);
  if (!applied) {
    must_end_ = true;
    return applied.error();
  }
  for (const Entry& entry : outcome.entries) {
    if (!entry.is_frame()) continue;
    meters_.received[{entry.sender, usage_key(0, entry.sender, entry.kind).kind}] += 1;
    if (entry.leaf.verdict == Code::kAccepted) continue;
    meters_.rejected[entry.leaf.verdict] += 1;
    if (const auto untold = may_tell(entry.sender, entry.leaf.verdict)) {
      log_warn("message.refused", "a message was logged as refused",
               {{"member", entry.sender.str()}, {"kind", entry.kind}, {"code", entry.leaf.verdict}, {"rule", entry.rule}, {"index", entry.leaf.index},
                {"untold", *untold}});
    }
  }
  return true;
}

Result<void> Gateway::answer(Answer& answer, const Outcome& outcome, bool committed, const Now& now) {
  if (auto* again = std::get_if<Again>(&answer.what)) return answer_again(answer.member, answer.peer, *again, committed, now);
  if (auto* away = std::get_if<TurnedAway>(&answer.what)) {
    turn_away(answer.member, answer.peer, std::move(*away));
    return {};
  }
  const Entry& entry = outcome.entries[std::get<Logged>(answer.what).entry];
  if (!committed) {
    turn_away(answer.member, answer.peer, {refusal_of(Code::kStorageFull, entry.leaf.hash, 0, now.wall_ms), true});
    return {};
  }
  Acceptance acceptance = TRY(ledger_.acceptance(entry.leaf, entry.rule, entry.basis));
  answer_or_drop(answer.member, answer.peer, 0, std::move(acceptance));
  return {};
}

Result<void> Gateway::answer_again(const MemberId& member, const PeerId& peer, Again& again, bool committed, const Now& now) {
  const auto place = TRY(store_.find(again.key_id, again.sequence));
  if (!place && !committed) {
    turn_away(member, peer, {refusal_of(Code::kStorageFull, again.otherwise.refusal.frame_hash, 0, now.wall_ms), true});
    return {};
  }
  if (!place) return fail(Code::kStore, "a sequence that the fold counts is not among the entries", "run liaison-broker --fsck");
  if (place->message_id == again.message_id) {
    Acceptance acceptance = TRY(acceptance_at(place->index));
    answer_or_drop(member, peer, 0, std::move(acceptance));
    return {};
  }
  if (again.otherwise.refusal.code == Code::kEquivocation) TRY(keep_evidence(member, again, now));
  turn_away(member, peer, std::move(again.otherwise));
  return {};
}

Result<void> Gateway::keep_evidence(const MemberId& member, const Again& again, const Now& now) {
  // The first of a key is worth a sync; a sender that goes on must not be able to buy more of them.
  if (++equivocations_[again.key_id] > 1) return {};
  log_warn("message.equivocation", "two different messages carry one sequence of one key",
           {{"member", member.str()}, {"key", hex(again.key_id)}, {"sequence", again.sequence}});
  const auto kept = store_.keep_equivocation(again.key_id, {again.sequence, now.wall_ms, 1, again.frame});
  if (!kept && store_.sync_failed()) return kept.error();
  return {};
}

Result<Acceptance> Gateway::acceptance_at(std::uint64_t index) {
  const std::vector<Entry> entry = TRY(ledger_.entries(index, 1, 0));
  if (entry.empty()) return fail(Code::kStore, place_of(index) + ": the row is missing", "run liaison-broker --fsck");
  return ledger_.acceptance(entry.front().leaf, entry.front().rule, exchange_.charter().basis(index, entry.front().rule));
}

Result<void> Gateway::control(const Arrival& arrival, const Now& now) {
  const auto frame = decode_control(arrival.payload);
  if (!frame) {
    refuse(arrival, 0, frame.error().code, 0, kZeroHash, now);
    return {};
  }
  if (const auto* asked = std::get_if<Fetch>(&frame->control)) return fetch(arrival, frame->request_id, *asked, now);
  if (std::holds_alternative<WhoAmI>(frame->control)) {
    if (++who_asked_[arrival.member] <= kWhoAmIsMax) return who_am_i(arrival, frame->request_id, now);
    refuse(arrival, frame->request_id, Code::kBusy, kAskAgainMs, kZeroHash, now);
    return {};
  }
  const auto* checkpoint = std::get_if<CheckpointMessage>(&frame->control);
  if (checkpoint != nullptr && checkpoint->note.empty()) {
    answer_or_drop(arrival.member, arrival.peer, frame->request_id, CheckpointMessage{ledger_.note()});
  } else {
    refuse(arrival, frame->request_id, Code::kFormat, 0, kZeroHash, now);
  }
  return {};
}

Result<void> Gateway::fetch(const Arrival& arrival, std::uint32_t request_id, const Fetch& fetch, const Now& now) {
  if (fetch.from > ledger_.size()) {
    refuse(arrival, request_id, Code::kRange, 0, kZeroHash, now);
    return {};
  }
  const std::uint64_t deadline = now.monotonic_ms + std::min(fetch.wait_ms, limits_.wait_ms_max);
  if (!sessions_.wait({arrival.member, arrival.peer, arrival.key, request_id, fetch.from, fetch.max_items, deadline})) {
    refuse(arrival, request_id, Code::kBusy, kAskAgainMs, kZeroHash, now);
  }
  return {};
}

Result<void> Gateway::who_am_i(const Arrival& arrival, std::uint32_t request_id, const Now& now) {
  WhoAmIAnswer answer;
  answer.member = arrival.member;
  answer.time_ms = now.wall_ms;
  std::vector<std::pair<KeyId, Chain>> chains;
  for (const auto& chain : exchange_.fold().chains) {
    if (chain.second.member == arrival.member) chains.push_back(chain);
  }
  std::sort(chains.begin(), chains.end(), [](const auto& a, const auto& b) { return a.second.last_index > b.second.last_index; });
  if (chains.size() > kHeadsMax) chains.resize(kHeadsMax);
  for (const auto& [key_id, chain] : chains) {
    auto acceptance = TRY(acceptance_at(chain.last_index));
    answer.heads.push_back({key_id, chain.sequence, chain.message_id, std::move(acceptance)});
  }
  answer_or_drop(arrival.member, arrival.peer, request_id, answer);
  return {};
}

// True when there is more to serve: whoever asks much must not hold up those who publish.
Result<bool> Gateway::serve(const Now& now) {
  const std::uint64_t end_ms = clock_.now().monotonic_ms + limits_.serve_ms_per_step;
  for (std::size_t served = 0; served < limits_.fetches_per_step; ++served) {
    auto fetch = sessions_.next(ledger_.size(), now.monotonic_ms);
    if (!fetch) return false;
    TRY(serve_one(std::move(*fetch), now));
    if (clock_.now().monotonic_ms >= end_ms) break;
  }
  return true;
}

Result<void> Gateway::serve_one(Sessions::Waiting fetch, const Now& now) {
  if (!fetch.held() || fetch.old) {
    fetch.old = false;
    Delivery::Parcel parcel = TRY(delivery_.parcel(fetch.member, fetch.from, fetch.max_items));
    fetch.messages = parcel.messages;
    fetch.answer = encode_control(fetch.request_id, std::move(parcel.items));
  }
  const auto sent = send(fetch.member, fetch.peer, fetch.answer);
  if (sent == ServerWire::Sent::kYes) meters_.delivered[fetch.member] += fetch.messages;
  // A reader that is slower than the log for a moment must not wait for its own patience to end.
  if (sent == ServerWire::Sent::kBusy) meters_.answers_dropped += sessions_.hold(std::move(fetch), now.monotonic_ms);
  return {};
}

void Gateway::turn_away(const MemberId& member, const PeerId& peer, TurnedAway away) {
  if (away.sign) sign_refusal(away.refusal, exchange_.charter().network_id(), keys_.sign);
  tell(member, away.refusal);
  answer_or_drop(member, peer, 0, std::move(away.refusal));
}

void Gateway::refuse(const Arrival& arrival, std::uint32_t request_id, Code code, std::uint64_t detail, const Hash& frame_hash, const Now& now) {
  Refusal refusal = refusal_of(code, frame_hash, detail, now.wall_ms);
  tell(arrival.member, refusal);
  answer_or_drop(arrival.member, arrival.peer, request_id, std::move(refusal));
}

std::optional<std::uint64_t> Gateway::may_tell(const MemberId& member, Code code) {
  Told& told = told_[{member, code}];
  const std::uint64_t now_ms = clock_.now().monotonic_ms;
  if (now_ms < told.next_ms) {
    told.untold += 1;
    return std::nullopt;
  }
  told.next_ms = now_ms + kTellAgainMs;
  return std::exchange(told.untold, 0);
}

// Missing predecessors and a full window come and go by themselves.
void Gateway::tell(const MemberId& member, const Refusal& refusal) {
  meters_.rejected[refusal.code] += 1;
  if (refusal.code == Code::kGap || refusal.code == Code::kBusy) return;
  if (const auto untold = may_tell(member, refusal.code)) {
    log_warn("message.turned_away", "what a member sent was turned away: " + refusal.text,
             {{"member", member.str()}, {"code", refusal.code}, {"detail", refusal.detail}, {"untold", *untold}});
  }
}

void Gateway::answer_or_drop(const MemberId& member, const PeerId& peer, std::uint32_t request_id, const Control& control) {
  const auto sent = send(member, peer, encode_control(request_id, control));
  if (sent == ServerWire::Sent::kBusy) meters_.answers_dropped += 1;
  if (sent == ServerWire::Sent::kYes && !std::holds_alternative<Refusal>(control)) sessions_.outdate(member, peer);
}

ServerWire::Sent Gateway::send(const MemberId& member, const PeerId& peer, View payload) {
  const auto sent = wire_->send(member, peer, payload);
  if (sent == ServerWire::Sent::kGone) sessions_.gone(member, peer);
  return sent;
}

}  // namespace liaison
