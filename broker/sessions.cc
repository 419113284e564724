// SPDX-License-Identifier: Apache-2.0
#include "broker/sessions.h"

#include <algorithm>

namespace liaison {

namespace {
constexpr std::uint64_t kHoldMs = 5;
constexpr std::uint64_t kHoldMsMax = 10'000;   // beyond the deadline
}  // namespace

bool Sessions::publishes(const MemberId& member, const PeerId& peer) const {
  const auto found = publishing_.find(member);
  return found != publishing_.end() && found->second == peer;
}

bool Sessions::wait(const Waiting& fetch) {
  std::size_t of_peer = 0;
  std::size_t of_member = 0;
  auto oldest = waiting_.end();
  for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
    if (it->member != fetch.member) continue;
    if (oldest == waiting_.end()) oldest = it;
    of_member += 1;
    if (it->peer == fetch.peer) of_peer += 1;
  }
  if (of_peer >= kFetchesPerPeer) return false;
  if (of_member >= kFetchesPerMember) waiting_.erase(oldest);
  waiting_.push_back(fetch);
  return true;
}

std::vector<Sessions::Waiting> Sessions::due(std::uint64_t size, std::uint64_t now_ms, std::size_t max) {
  std::vector<Waiting> ready;
  for (auto it = waiting_.begin(); it != waiting_.end() && ready.size() < max;) {
    const bool now = it->again_ms <= now_ms && (it->from < size || it->deadline_ms <= now_ms);
    if (now) ready.push_back(*it);
    it = now ? waiting_.erase(it) : std::next(it);
  }
  return ready;
}

bool Sessions::hold(Waiting fetch, std::uint64_t now_ms) {
  if (now_ms >= fetch.deadline_ms + kHoldMsMax) return false;
  fetch.again_ms = now_ms + kHoldMs;
  waiting_.push_back(fetch);
  return true;
}

std::optional<std::uint64_t> Sessions::next_deadline_ms() const {
  const auto when = [](const Waiting& fetch) { return fetch.again_ms > 0 ? fetch.again_ms : fetch.deadline_ms; };
  const auto first = std::min_element(waiting_.begin(), waiting_.end(), [&](const Waiting& a, const Waiting& b) { return when(a) < when(b); });
  if (first == waiting_.end()) return std::nullopt;
  return when(*first);
}

void Sessions::gone(const MemberId& member, const PeerId& peer) {
  waiting_.remove_if([&](const Waiting& fetch) { return fetch.member == member && fetch.peer == peer; });
  if (publishes(member, peer)) publishing_.erase(member);
}

void Sessions::keep(const std::function<bool(const MemberId&, const PublicKey&)>& allowed) {
  waiting_.remove_if([&](const Waiting& fetch) { return !allowed(fetch.member, fetch.key); });
}

}  // namespace liaison
