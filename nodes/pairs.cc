// SPDX-License-Identifier: Apache-2.0
#include "nodes/pairs.h"

namespace liaison {

Result<void> PairsIn::load() {
  last_.clear();
  changed_.clear();
  Statement* select = TRY(store_.statement("SELECT member, last, last_idx FROM pair_in"));
  while (TRY(select->step())) {
    if (const auto member = MemberId::parse(select->text(0))) last_[*member] = {select->u64(1), select->u64(2)};
  }
  const auto found = TRY(gaps());
  gaps_ = found.size();
  return {};
}

Result<PairsIn::Finding> PairsIn::take(const MemberId& sender, std::uint64_t pair_seq, std::uint64_t index, TimeMs now_ms) {
  const Last last = last_[sender];
  if (pair_seq <= last.number) return fill(sender, pair_seq);
  if (pair_seq > last.number + 1) TRY(add_gap({sender, last.number + 1, pair_seq - 1, last.index, index, now_ms, 0}));
  last_[sender] = {pair_seq, index};
  changed_.insert(sender);
  return pair_seq == last.number + 1 ? Finding::kNext : Finding::kOpensGap;
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
  ++gaps_;
  Statement* insert = TRY(store_.statement("INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?)"));
  insert->bind(1, std::string_view(gap.sender.str())).bind(2, gap.first).bind(3, gap.last).bind(4, gap.from_index).bind(5, gap.to_index);
  return insert->bind(6, gap.noticed_ms).bind(7, gap.looked_ms).run();
}

Result<PairsIn::Finding> PairsIn::fill(const MemberId& sender, std::uint64_t pair_seq) {
  if (gaps_ == 0) return Finding::kDuplicate;
  for (const Gap& gap : TRY(gaps())) {
    if (gap.sender != sender || pair_seq < gap.first || pair_seq > gap.last) continue;
    Statement* remove = TRY(store_.statement("DELETE FROM gaps WHERE member = ? AND first = ?"));
    TRY(remove->bind(1, std::string_view(sender.str())).bind(2, gap.first).run());
    --gaps_;
    Gap rest = gap;
    rest.last = pair_seq - 1;
    if (rest.first <= rest.last) TRY(add_gap(rest));
    rest = gap;
    rest.first = pair_seq + 1;
    if (rest.first <= rest.last) TRY(add_gap(rest));
    return Finding::kFillsGap;
  }
  return Finding::kDuplicate;
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
