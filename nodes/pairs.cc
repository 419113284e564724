// SPDX-License-Identifier: Apache-2.0
#include "nodes/pairs.h"

#include <algorithm>

namespace liaison {

Result<void> PairsIn::load() {
  last_.clear();
  changed_.clear();
  Statement* select = TRY(store_.statement("SELECT member, last, last_idx FROM pair_in"));
  while (TRY(select->step())) {
    if (const auto member = MemberId::parse(select->text(0))) last_[*member] = {select->u64(1), select->u64(2)};
  }
  gaps_.clear();
  for (const Gap& gap : TRY(gaps())) ++gaps_[gap.sender];
  return {};
}

Result<PairsIn::Finding> PairsIn::take(const MemberId& sender, std::uint64_t pair_seq, std::uint64_t index, TimeMs now_ms) {
  const Last last = last_[sender];
  if (pair_seq <= last.number) {
    const auto gap = TRY(gap_around(sender, pair_seq));
    if (!gap) return Finding::kDuplicate;
    TRY(fill(*gap, pair_seq, index));
    return Finding::kFillsGap;
  }
  if (pair_seq > last.number + 1) TRY(add_gap({sender, last.number + 1, pair_seq - 1, last.index, index, now_ms, 0}));
  last_[sender] = {pair_seq, index};
  changed_.insert(sender);
  return pair_seq == last.number + 1 ? Finding::kNext : Finding::kOpensGap;
}

Result<void> PairsIn::explain(const MemberId& sender, std::uint64_t pair_seq, std::uint64_t index, TimeMs now_ms) {
  const Last last = last_[sender];
  if (pair_seq > last.number) {
    if (index > last.index) TRY(take(sender, pair_seq, index, now_ms));
    return {};
  }
  const auto gap = TRY(gap_around(sender, pair_seq));
  if (gap && gap->from_index < index && index < gap->to_index) TRY(fill(*gap, pair_seq, index));
  return {};
}

Result<void> PairsIn::save() {
  for (const MemberId& sender : changed_) {
    const Last& last = last_[sender];
    Statement* upsert = TRY(store_.statement("INSERT OR REPLACE INTO pair_in VALUES (?, ?, ?)"));
    TRY(upsert->bind(1, std::string_view(sender.str())).bind(2, last.number).bind(3, last.index).run());
  }
  changed_.clear();
  return {};
}

Result<void> PairsIn::add_gap(const Gap& gap) {
  Statement* insert = TRY(store_.statement("INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?)"));
  insert->bind(1, std::string_view(gap.sender.str())).bind(2, gap.first).bind(3, gap.last).bind(4, gap.from_index).bind(5, gap.to_index);
  TRY(insert->bind(6, gap.noticed_ms).bind(7, gap.looked_ms).run());
  return ++gaps_[gap.sender] > kGapsMax ? merge_oldest(gap.sender) : Result<void>{};
}

Result<void> PairsIn::drop_gap(const Gap& gap) {
  Statement* remove = TRY(store_.statement("DELETE FROM gaps WHERE member = ? AND first = ?"));
  TRY(remove->bind(1, std::string_view(gap.sender.str())).bind(2, gap.first).run());
  if (--gaps_[gap.sender] == 0) gaps_.erase(gap.sender);
  return {};
}

Result<void> PairsIn::merge_oldest(const MemberId& sender) {
  std::vector<Gap> of_sender = TRY(gaps());
  std::erase_if(of_sender, [&](const Gap& gap) { return gap.sender != sender; });
  Gap both = of_sender[0];
  const Gap& next = of_sender[1];
  both.last = next.last;
  both.to_index = next.to_index;
  both.noticed_ms = std::min(both.noticed_ms, next.noticed_ms);
  both.looked_ms = std::min(both.looked_ms, next.looked_ms);
  TRY(drop_gap(of_sender[0]));
  TRY(drop_gap(next));
  return add_gap(both);
}

Result<std::optional<PairsIn::Gap>> PairsIn::gap_around(const MemberId& sender, std::uint64_t pair_seq) {
  if (!gaps_.contains(sender)) return std::optional<Gap>{};
  Statement* select = TRY(store_.statement(
      "SELECT first, last, from_idx, to_idx, noticed_ms, looked_ms FROM gaps WHERE member = ? AND first <= ? ORDER BY first DESC LIMIT 1"));
  select->bind(1, std::string_view(sender.str())).bind(2, pair_seq);
  if (!TRY(select->step())) return std::optional<Gap>{};
  Gap gap{sender, select->u64(0), select->u64(1), select->u64(2), select->u64(3), select->u64(4), select->u64(5)};
  select->reset();
  return pair_seq <= gap.last ? std::optional(std::move(gap)) : std::nullopt;
}

// What is still missing lies on its side of the entry that filled the number.
Result<void> PairsIn::fill(const Gap& gap, std::uint64_t pair_seq, std::uint64_t index) {
  TRY(drop_gap(gap));
  const bool inside = gap.from_index < index && index < gap.to_index;
  Gap below = gap, above = gap;
  below.last = pair_seq - 1;
  above.first = pair_seq + 1;
  if (inside) below.to_index = above.from_index = index;
  if (below.first <= below.last) TRY(add_gap(below));
  if (above.first <= above.last) TRY(add_gap(above));
  return {};
}

Result<std::vector<PairsIn::Gap>> PairsIn::gaps() {
  Statement* select = TRY(store_.statement("SELECT member, first, last, from_idx, to_idx, noticed_ms, looked_ms FROM gaps ORDER BY member, first"));
  std::vector<Gap> out;
  while (TRY(select->step())) {
    const auto member = MemberId::parse(select->text(0));
    if (member) out.push_back({*member, select->u64(1), select->u64(2), select->u64(3), select->u64(4), select->u64(5), select->u64(6)});
  }
  return out;
}

Result<void> PairsIn::set_looked(const Gap& gap, TimeMs now_ms) {
  Statement* update = TRY(store_.statement("UPDATE gaps SET looked_ms = ? WHERE member = ? AND first = ?"));
  return update->bind(1, now_ms).bind(2, std::string_view(gap.sender.str())).bind(3, gap.first).run();
}

}  // namespace liaison
