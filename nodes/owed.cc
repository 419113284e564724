// SPDX-License-Identifier: Apache-2.0
#include "nodes/owed.h"

namespace liaison {

Result<void> Owed::load() {
  pending_.clear();
  Statement* select = TRY(store_.statement("SELECT member, count(*) FROM owed GROUP BY member"));
  while (TRY(select->step())) {
    if (const auto member = MemberId::parse(select->text(0))) pending_[*member].count = select->u64(1);
  }
  return {};
}

Result<void> Owed::add(const MemberId& member, const Covered& covered) {
  Statement* insert = TRY(store_.statement("INSERT INTO owed (member, message_id, frame_hash, idx, pair_seq, verdict) VALUES (?, ?, ?, ?, ?, ?)"));
  insert->bind(1, std::string_view(member.str())).bind(2, View(covered.message_id)).bind(3, View(covered.frame_hash));
  insert->bind(4, covered.index).bind(5, covered.pair_seq).bind(6, static_cast<std::uint64_t>(covered.verdict));
  TRY(insert->run());
  ++pending_[member].count;
  return {};
}

// A full receipt waits for no pause.
std::uint64_t Owed::Pending::due_at() const { return count >= kCoveredMax ? held_until_ms : std::max(not_before_ms, held_until_ms); }

std::optional<MemberId> Owed::due(std::uint64_t monotonic_ms) const {
  for (const auto& [member, pending] : pending_) {
    if (pending.count > 0 && monotonic_ms >= pending.due_at()) return member;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Owed::due_at() const {
  std::optional<std::uint64_t> soonest;
  for (const auto& [member, pending] : pending_) {
    if (pending.count > 0 && (!soonest || pending.due_at() < *soonest)) soonest = pending.due_at();
  }
  return soonest;
}

Result<std::vector<Covered>> Owed::next(const MemberId& member) {
  Statement* select = TRY(store_.statement("SELECT message_id, frame_hash, idx, pair_seq, verdict FROM owed WHERE member = ? ORDER BY id LIMIT ?"));
  select->bind(1, std::string_view(member.str())).bind(2, std::uint64_t{kCoveredMax});
  std::vector<Covered> out;
  while (TRY(select->step())) {
    out.push_back({array_from<MessageId>(select->blob(0)).value_or(kZeroHash), array_from<Hash>(select->blob(1)).value_or(kZeroHash), select->u64(2),
                   select->u64(3), static_cast<Code>(select->u64(4))});
  }
  return out;
}

Result<void> Owed::said(const MemberId& member, std::size_t count, std::uint64_t monotonic_ms) {
  Statement* remove = TRY(store_.statement("DELETE FROM owed WHERE id IN (SELECT id FROM owed WHERE member = ? ORDER BY id LIMIT ?)"));
  TRY(remove->bind(1, std::string_view(member.str())).bind(2, std::uint64_t{count}).run());
  Pending& pending = pending_[member];
  pending.count -= std::min<std::uint64_t>(pending.count, count);
  pending.not_before_ms = monotonic_ms + pause_ms_;
  return {};
}

std::uint64_t Owed::count() const {
  std::uint64_t all = 0;
  for (const auto& [member, pending] : pending_) all += pending.count;
  return all;
}

}  // namespace liaison
