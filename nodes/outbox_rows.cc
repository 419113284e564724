// SPDX-License-Identifier: Apache-2.0
// MessageRows: what an own message has besides, its way out and its deliveries.
#include <algorithm>

#include "nodes/message_rows.h"

namespace liaison {

namespace {

// "1267:15 1373:16"
std::string awaited_text(const std::map<MemberId, std::uint64_t>& awaited) {
  std::string out;
  for (const auto& [member, number] : awaited) out += (out.empty() ? "" : " ") + member.str() + ":" + std::to_string(number);
  return out;
}

std::map<MemberId, std::uint64_t> parse_awaited(std::string_view text) {
  std::map<MemberId, std::uint64_t> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto colon = text.find(':');
    if (colon < end) {
      std::uint64_t number = 0;
      for (const char digit : text.substr(colon + 1, end - colon - 1)) number = number * 10 + static_cast<std::uint64_t>(digit - '0');
      if (auto member = MemberId::parse(text.substr(0, colon))) out[std::move(*member)] = number;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

#define SENT_MESSAGES                                                                                                                   \
  "SELECT m.id, m.state, m.idx, m.message_id, m.frame_hash, o.awaited, (SELECT count(*) FROM deliveries AS d WHERE d.msg = m.id), "     \
  "(SELECT count(*) FROM deliveries AS d WHERE d.msg = m.id AND d.verdict > 0), m.record_id "                                           \
  "FROM messages AS m JOIN outbox AS o ON o.msg = m.id "

Result<std::optional<MessageRows::Sent>> one_sent(Statement* select) {
  if (!TRY(select->step())) return std::optional<MessageRows::Sent>{};
  MessageRows::Sent found{select->u64(0), static_cast<MessageState>(select->u64(1)), {}, array_from<MessageId>(select->blob(3)).value_or(kZeroHash),
                          array_from<Hash>(select->blob(4)).value_or(kZeroHash), parse_awaited(text_of(select->blob(5))), select->u64(6),
                          select->u64(7), select->text(8)};
  if (!select->is_null(2)) found.index = select->u64(2);
  select->reset();
  return std::optional<MessageRows::Sent>(std::move(found));
}

}  // namespace

Result<void> MessageRows::add_outbox(std::uint64_t id, const OutboxRow& row, View frame) {
  Statement* insert =
      TRY(store_.statement("INSERT INTO outbox (msg, request_id, queued_ms, signed_ms, sent_ms, awaited, draft, frame) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  const std::string awaited = awaited_text(row.awaited);
  insert->bind(1, id).bind(2, std::string_view(row.request_id)).bind(3, row.queued_ms).bind(4, row.signed_ms).bind(5, row.sent_ms);
  insert->bind(6, std::string_view(awaited));
  if (row.draft) insert->bind(7, View(*row.draft));
  else insert->bind_null(7);
  return insert->bind(8, frame).run();
}

Result<std::optional<OutboxRow>> MessageRows::outbox(std::uint64_t id) {
  Statement* select = TRY(store_.statement("SELECT request_id, queued_ms, signed_ms, sent_ms, awaited, draft FROM outbox WHERE msg = ?"));
  select->bind(1, id);
  if (!TRY(select->step())) return std::optional<OutboxRow>{};
  OutboxRow row{select->text(0), select->u64(1), select->u64(2), select->u64(3), parse_awaited(text_of(select->blob(4))), {}};
  if (!select->is_null(5)) row.draft = bytes_of(select->blob(5));
  select->reset();
  return std::optional<OutboxRow>(std::move(row));
}

Result<void> MessageRows::set_signed(std::uint64_t id, const OutboxRow& row, View frame) {
  Statement* update = TRY(store_.statement("UPDATE outbox SET signed_ms = ?, sent_ms = ?, awaited = ?, draft = NULL, frame = ? WHERE msg = ?"));
  const std::string awaited = awaited_text(row.awaited);
  return update->bind(1, row.signed_ms).bind(2, row.sent_ms).bind(3, std::string_view(awaited)).bind(4, frame).bind(5, id).run();
}

Result<void> MessageRows::set_sent(std::uint64_t id, TimeMs sent_ms) {
  return TRY(store_.statement("UPDATE outbox SET sent_ms = ? WHERE msg = ? AND sent_ms = 0"))->bind(1, sent_ms).bind(2, id).run();
}

Result<void> MessageRows::forget_draft(std::uint64_t id) {
  return TRY(store_.statement("UPDATE outbox SET draft = NULL WHERE msg = ?"))->bind(1, id).run();
}

Result<std::uint64_t> MessageRows::count_drafts(const std::string& kind) {
  Statement* select = TRY(store_.statement("SELECT count(*) FROM messages WHERE state = 0 AND state < 3 AND kind = ?"));
  select->bind(1, std::string_view(kind));
  const bool counted = TRY(select->step());
  const std::uint64_t count = counted ? select->u64(0) : 0;
  select->reset();
  return count;
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

Result<std::optional<MessageRows::Sent>> MessageRows::sent(std::uint64_t index, const MessageId& id) {
  // Only there: a search by the id alone would let whoever writes receipts choose how long this node searches.
  if (index > static_cast<std::uint64_t>(INT64_MAX)) return std::optional<Sent>{};
  Statement* there = TRY(store_.statement(SENT_MESSAGES "WHERE m.idx = ? AND m.own = 1"));
  there->bind(1, index);
  auto found = TRY(one_sent(there));
  if (found && found->message_id != id) found.reset();
  return found;
}

Result<std::optional<MessageRows::Sent>> MessageRows::sent_row(std::uint64_t id) {
  Statement* select = TRY(store_.statement(SENT_MESSAGES "WHERE m.id = ? AND m.own = 1"));
  select->bind(1, id);
  return one_sent(select);
}

Result<bool> MessageRows::deliver(Sent& sent, const MemberId& member, std::int64_t verdict, TimeMs at_ms, std::uint64_t receipt_index) {
  if (!sent.awaited.contains(member)) return false;
  // The first answer counts, but for one: what could not be taken at first has been taken since.
  Statement* insert = TRY(store_.statement("INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?, ?, ?)"));
  TRY(insert->bind(1, sent.id).bind(2, std::string_view(member.str())).bind(3, verdict).bind(4, at_ms).bind(5, receipt_index).run());
  if (store_.database().changes() > 0) {
    sent.answers += 1;
    sent.refusals += verdict > 0 ? 1 : 0;
    return true;
  }
  if (verdict != 0 || sent.refusals == 0) return false;
  Statement* update = TRY(store_.statement("UPDATE deliveries SET verdict = 0, at_ms = ?, receipt_idx = ? WHERE msg = ? AND member = ? AND verdict > 0"));
  TRY(update->bind(1, at_ms).bind(2, receipt_index).bind(3, sent.id).bind(4, std::string_view(member.str())).run());
  if (store_.database().changes() == 0) return false;
  sent.refusals -= 1;
  return true;
}

Result<std::vector<DeliveryRow>> MessageRows::deliveries(std::uint64_t id) {
  const auto sent = TRY(sent_row(id));
  std::vector<DeliveryRow> rows;
  if (!sent) return rows;
  for (const auto& [member, number] : sent->awaited) rows.push_back({member, number, {}, 0, 0});
  Statement* select = TRY(store_.statement("SELECT member, verdict, at_ms, receipt_idx FROM deliveries WHERE msg = ?"));
  select->bind(1, id);
  while (TRY(select->step())) {
    const auto member = MemberId::parse(text_of(select->blob(0)));
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const DeliveryRow& one) { return member && one.member == *member; });
    if (row == rows.end()) continue;
    row->verdict = select->i64(1);
    row->at_ms = select->u64(2);
    row->receipt_index = select->u64(3);
  }
  return rows;
}

Result<void> MessageRows::unanswered(TimeMs before_ms, const std::function<void(const Unanswered&)>& each) {
  Statement* select = TRY(store_.statement(
      "SELECT m.id, m.accepted_ms, o.awaited, (SELECT group_concat(d.member, ' ') FROM deliveries AS d WHERE d.msg = m.id) "
      "FROM messages AS m JOIN outbox AS o ON o.msg = m.id WHERE m.state = 2 AND m.state < 3 AND m.accepted_ms < ?"));
  select->bind(1, std::min<TimeMs>(before_ms, INT64_MAX));
  while (TRY(select->step())) {
    const auto answered = parse_member_list(text_of(select->blob(3)));
    for (const auto& [member, number] : parse_awaited(text_of(select->blob(2)))) {
      if (std::find(answered.begin(), answered.end(), member) == answered.end()) each({select->u64(0), member, select->u64(1)});
    }
  }
  return {};
}

}  // namespace liaison
