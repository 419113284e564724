// SPDX-License-Identifier: Apache-2.0
// MessageRows: what an own message has besides, its way out and its deliveries.
#include <algorithm>

#include "nodes/message_rows.h"

namespace liaison {

Result<void> MessageRows::add_outbox(std::uint64_t id, const OutboxRow& row) {
  Statement* insert = TRY(store_.statement("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?)"));
  insert->bind(1, id).bind(2, std::string_view(row.request_id));
  if (row.draft) insert->bind(3, View(*row.draft));
  else insert->bind_null(3);
  return insert->bind(4, row.queued_ms).bind(5, row.signed_ms).bind(6, row.sent_ms).bind(7, row.done_ms).run();
}

Result<std::optional<OutboxRow>> MessageRows::outbox(std::uint64_t id) {
  Statement* select = TRY(store_.statement("SELECT request_id, draft, queued_ms, signed_ms, sent_ms, done_ms FROM outbox WHERE msg = ?"));
  select->bind(1, id);
  if (!TRY(select->step())) return std::optional<OutboxRow>{};
  OutboxRow row{select->text(0), {}, select->u64(2), select->u64(3), select->u64(4), select->u64(5)};
  if (!select->is_null(1)) row.draft = bytes_of(select->blob(1));
  select->reset();
  return std::optional<OutboxRow>(std::move(row));
}

Result<void> MessageRows::set_signed(std::uint64_t id, TimeMs signed_ms, TimeMs sent_ms) {
  return TRY(store_.statement("UPDATE outbox SET signed_ms = ?, sent_ms = ? WHERE msg = ?"))->bind(1, signed_ms).bind(2, sent_ms).bind(3, id).run();
}

Result<void> MessageRows::set_sent(std::uint64_t id, TimeMs sent_ms) {
  return TRY(store_.statement("UPDATE outbox SET sent_ms = ? WHERE msg = ? AND sent_ms = 0"))->bind(1, sent_ms).bind(2, id).run();
}

Result<void> MessageRows::set_done(std::uint64_t id, TimeMs done_ms) {
  return TRY(store_.statement("UPDATE outbox SET done_ms = ?, draft = NULL WHERE msg = ?"))->bind(1, done_ms).bind(2, id).run();
}

Result<void> MessageRows::forget_draft(std::uint64_t id) {
  return TRY(store_.statement("UPDATE outbox SET draft = NULL WHERE msg = ?"))->bind(1, id).run();
}

Result<MessageRows::OutboxFacts> MessageRows::outbox_facts() {
  OutboxFacts facts;
  Statement* refused = TRY(store_.statement("SELECT count(*) FROM messages WHERE state = 3"));
  if (TRY(refused->step())) facts.refused = refused->u64(0);
  refused->reset();
  Statement* oldest = TRY(store_.statement(
      "SELECT min(o.queued_ms) FROM messages AS m JOIN outbox AS o ON o.msg = m.id WHERE m.state < 2 AND m.state < 3"));
  if (TRY(oldest->step()) && !oldest->is_null(0)) facts.oldest_ms = oldest->u64(0);
  oldest->reset();
  return facts;
}

Result<void> MessageRows::set_delivery(std::uint64_t id, const MemberId& member, std::uint64_t pair_seq) {
  Statement* upsert = TRY(store_.statement(
      "INSERT INTO deliveries VALUES (?, ?, ?, NULL, 0, 0) ON CONFLICT (msg, member) DO UPDATE SET pair_seq = excluded.pair_seq"));
  return upsert->bind(1, id).bind(2, std::string_view(member.str())).bind(3, pair_seq).run();
}

Result<MessageRows::Answer> MessageRows::deliver(std::uint64_t id, const MemberId& member, std::int64_t verdict, TimeMs at_ms, std::uint64_t receipt_index) {
  // The first answer counts: what a recipient says later about the same message changes nothing.
  Statement* update = TRY(store_.statement(
      "UPDATE deliveries SET verdict = ?, at_ms = ?, receipt_idx = ? WHERE msg = ? AND member = ? AND verdict IS NULL"));
  update->bind(1, verdict).bind(2, at_ms).bind(3, receipt_index).bind(4, id).bind(5, std::string_view(member.str()));
  TRY(update->run());
  if (store_.database().changes() == 0) return Answer::kIgnored;
  return TRY(all_answered(id)) ? Answer::kLast : Answer::kTaken;
}

Result<std::vector<DeliveryRow>> MessageRows::deliveries(std::uint64_t id) {
  Statement* select = TRY(store_.statement("SELECT member, pair_seq, verdict, at_ms, receipt_idx FROM deliveries WHERE msg = ? ORDER BY member"));
  select->bind(1, id);
  std::vector<DeliveryRow> rows;
  while (TRY(select->step())) {
    DeliveryRow row{MemberId::parse(select->text(0)).value_or(MemberId{}), select->u64(1), {}, select->u64(3), select->u64(4)};
    if (!select->is_null(2)) row.verdict = select->i64(2);
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<bool> MessageRows::all_answered(std::uint64_t id) {
  Statement* select = TRY(store_.statement("SELECT 1 FROM deliveries WHERE msg = ? AND verdict IS NULL LIMIT 1"));
  select->bind(1, id);
  const bool waiting = TRY(select->step());
  if (waiting) select->reset();
  return !waiting;
}

Result<std::vector<std::pair<std::uint64_t, MemberId>>> MessageRows::awaited_of_others(const std::vector<MemberId>& members) {
  Statement* select = TRY(store_.statement(
      "SELECT d.msg, d.member FROM messages AS m JOIN deliveries AS d ON d.msg = m.id WHERE m.state = 2 AND m.state < 3 AND d.verdict IS NULL"));
  std::vector<std::pair<std::uint64_t, MemberId>> out;
  while (TRY(select->step())) {
    auto member = MemberId::parse(select->text(1));
    if (member && !std::binary_search(members.begin(), members.end(), *member)) out.emplace_back(select->u64(0), std::move(*member));
  }
  return out;
}

}  // namespace liaison
