// SPDX-License-Identifier: Apache-2.0
#include "broker/sessions.h"

#include <algorithm>
#include <vector>

namespace liaison {

namespace {

constexpr std::uint64_t kHoldMs = 5;
constexpr std::uint64_t kHoldMsMost = 80;      // between two tries
constexpr std::uint64_t kHoldMsMax = 10'000;   // beyond the deadline

bool over(const Sessions::Waiting& fetch, std::uint64_t now_ms) { return now_ms >= fetch.deadline_ms + kHoldMsMax; }

// While a line is looked through: the connections whose answer is held. Held FETCHes stand first.
class Full {
 public:
  // True when this one has to stay behind another.
  bool behind(const Sessions::Waiting& fetch) {
    if (!fetch.held()) return std::find(peers_.begin(), peers_.end(), fetch.peer) != peers_.end();
    peers_.push_back(fetch.peer);
    return false;
  }

 private:
  std::vector<PeerId> peers_;
};

}  // namespace

bool Sessions::publishes(const MemberId& member, const PeerId& peer) const {
  const auto found = publishing_.find(member);
  return found != publishing_.end() && found->second == peer;
}

bool Sessions::wait(Waiting fetch) {
  Line& line = lines_[fetch.member];
  const auto of_peer = std::count_if(line.begin(), line.end(), [&](const Waiting& other) { return other.peer == fetch.peer; });
  if (static_cast<std::size_t>(of_peer) >= kFetchesPerPeer) return false;
  if (line.size() >= kFetchesPerMember) {
    const auto oldest = std::find_if(line.begin(), line.end(), [](const Waiting& other) { return !other.held(); });
    line.erase(oldest == line.end() ? line.begin() : oldest);
  }
  line.push_back(std::move(fetch));
  return true;
}

std::optional<Sessions::Waiting> Sessions::next(std::uint64_t size, std::uint64_t now_ms) {
  auto line = lines_.upper_bound(turn_);
  for (std::size_t looked_at = 0; looked_at < lines_.size(); ++looked_at, ++line) {
    if (line == lines_.end()) line = lines_.begin();
    Full full;
    const auto found = std::find_if(line->second.begin(), line->second.end(), [&](const Waiting& fetch) {
      if (full.behind(fetch)) return false;
      return fetch.held() ? fetch.again_ms <= now_ms : fetch.from < size || fetch.deadline_ms <= now_ms;
    });
    if (found == line->second.end()) continue;
    turn_ = line->first;
    std::optional<Waiting> fetch(std::move(*found));
    line->second.erase(found);
    return fetch;
  }
  return std::nullopt;
}

std::size_t Sessions::hold(Waiting fetch, std::uint64_t now_ms) {
  Line& line = lines_[fetch.member];
  if (over(fetch, now_ms)) {
    return 1 + line.remove_if([&](const Waiting& other) { return other.peer == fetch.peer && over(other, now_ms); });
  }
  fetch.hold_ms = fetch.hold_ms == 0 ? kHoldMs : std::min(2 * fetch.hold_ms, kHoldMsMost);
  fetch.again_ms = now_ms + fetch.hold_ms;
  line.push_front(std::move(fetch));
  return 0;
}

void Sessions::outdate(const MemberId& member, const PeerId& peer) {
  const auto line = lines_.find(member);
  if (line == lines_.end()) return;
  for (auto fetch = line->second.begin(); fetch != line->second.end() && fetch->held(); ++fetch) fetch->old = fetch->old || fetch->peer == peer;
}

std::optional<std::uint64_t> Sessions::next_deadline_ms() const {
  std::optional<std::uint64_t> first;
  for (const auto& [member, line] : lines_) {
    Full full;
    for (const Waiting& fetch : line) {
      if (full.behind(fetch)) continue;
      const std::uint64_t when = fetch.held() ? fetch.again_ms : fetch.deadline_ms;
      if (!first || when < *first) first = when;
    }
  }
  return first;
}

void Sessions::gone(const MemberId& member, const PeerId& peer) {
  lines_[member].remove_if([&](const Waiting& fetch) { return fetch.peer == peer; });
  if (publishes(member, peer)) publishing_.erase(member);
}

void Sessions::keep(const std::function<bool(const MemberId&, const PublicKey&)>& allowed) {
  for (auto& [member, line] : lines_) line.remove_if([&](const Waiting& fetch) { return !allowed(fetch.member, fetch.key); });
}

std::size_t Sessions::waiting() const {
  std::size_t sum = 0;
  for (const auto& [member, line] : lines_) sum += line.size();
  return sum;
}

}  // namespace liaison
