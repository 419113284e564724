// SPDX-License-Identifier: Apache-2.0
#include "security/connection_table.h"

#include <algorithm>

namespace liaison {
namespace {

// All that the server says on a connection it does not let in: a greeting, a WELCOME and an ERROR with the three digits of
// ZAP's status, as RFC 26 and 37 have them. A READY is longer than the ERROR.
constexpr std::uint64_t kSaidUnproven = 64 + (2 + 168) + (2 + 1 + 5 + 1 + 3);

constexpr std::chrono::seconds kReadyWithin{1};   // of a yes

}  // namespace

Connection* ConnectionTable::find(int descriptor) {
  const auto found = there_.find(descriptor);
  return found == there_.end() ? nullptr : &found->second;
}

std::vector<int> ConnectionTable::all() const {
  std::vector<int> descriptors;
  for (const auto& [descriptor, connection] : there_) descriptors.push_back(descriptor);
  return descriptors;
}

int ConnectionTable::proven() const {
  return static_cast<int>(std::count_if(there_.begin(), there_.end(), [](const auto& one) { return one.second.proven; }));
}

bool ConnectionTable::pace(Time now) {
  const std::chrono::duration<double> since = now - paced_at_;
  tokens_ = std::min<double>(limits_.admissions_burst, tokens_ + since.count() * limits_.admissions_per_second);
  paced_at_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

ConnectionTable::Admission ConnectionTable::admit(Time now) {
  while (!admitted_.empty() && now - admitted_.front() > kReadyWithin) admitted_.pop_front();
  // Whoever was let in is there; one that went again left its yes behind.
  while (static_cast<int>(admitted_.size()) > unproven()) admitted_.pop_front();
  if (proven() + static_cast<int>(admitted_.size()) >= limits_.connections_per_member_max) return Admission::kFull;
  if (!pace(now)) return Admission::kTooFast;
  admitted_.push_back(now);
  return Admission::kYes;
}

void ConnectionTable::prove(Connection& connection) {
  connection.proven = true;
  if (!admitted_.empty()) admitted_.pop_front();
}

void ConnectionTable::shown(Connection& connection, std::string_view user, const PublicKey& key) {
  connection.user = user;
  connection.key = key;
  if (!connection.proven) prove(connection);
}

std::vector<ConnectionTable::Cut> ConnectionTable::look(const Ask& ask) {
  std::vector<Cut> cuts;
  std::vector<int> unproven;
  std::vector<std::pair<std::uint64_t, int>> proven;
  for (auto& [descriptor, connection] : there_) {
    const auto bytes = ask(descriptor);
    if (!bytes) continue;
    if (!connection.proven && bytes->said > kSaidUnproven) prove(connection);
    if (connection.proven) {
      proven.emplace_back(connection.number, descriptor);
      if (bytes->received > connection.handed + limits_.held_bytes_max) cuts.push_back({descriptor, Fault::kHeld});
    } else if (bytes->received > limits_.unproven_bytes_max) {
      cuts.push_back({descriptor, Fault::kUnprovenBytes});
    } else {
      unproven.push_back(descriptor);
    }
  }
  std::sort(proven.begin(), proven.end());
  for (std::size_t i = static_cast<std::size_t>(limits_.connections_per_member_max); i < proven.size(); ++i) {
    cuts.push_back({proven[i].second, Fault::kPlaces});
  }
  if (const auto most = static_cast<std::size_t>(limits_.unproven_per_member_max); unproven.size() > most) {
    std::shuffle(unproven.begin(), unproven.end(), random_);
    for (std::size_t i = most; i < unproven.size(); ++i) {
      const auto bytes = ask(unproven[i]);   // its handshake may have ended since, and its first request be on the way
      if (!bytes || bytes->said <= kSaidUnproven) cuts.push_back({unproven[i], Fault::kUnprovenMany});
    }
  }
  return cuts;
}

}  // namespace liaison
