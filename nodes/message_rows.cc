// SPDX-License-Identifier: Apache-2.0
#include "nodes/message_rows.h"

#include <algorithm>

namespace liaison {

namespace {

#define MESSAGE_COLUMNS                                                                                                      \
  "id, message_id, own, state, sender, kind, marking, recipients, record_id, in_reply_to, sequence, key_id, pair_seq, created_ms, " \
  "idx, accepted_ms, verdict, rule, basis, frame_hash, bytes"
#define WHOLE_MESSAGES                                                                                                               \
  "SELECT " MESSAGE_COLUMNS ", content_key, CASE own WHEN 1 THEN (SELECT o.frame FROM outbox AS o WHERE o.msg = messages.id) ELSE frame END " \
  "FROM messages "

MessageRow read_row(const Statement& at, bool whole) {
  MessageRow row;
  row.id = at.u64(0);
  row.message_id = array_from<MessageId>(at.blob(1)).value_or(kZeroHash);
  row.own = at.u64(2) != 0;
  row.state = static_cast<MessageState>(at.u64(3));
  row.sender = MemberId::parse(at.text(4)).value_or(MemberId{});
  row.kind = at.text(5);
  row.marking = at.text(6);
  row.recipients = parse_member_list(at.text(7));
  row.record_id = at.text(8);
  row.in_reply_to = array_from<MessageId>(at.blob(9)).value_or(kZeroHash);
  row.sequence = at.u64(10);
  row.key_id = array_from<KeyId>(at.blob(11)).value_or(KeyId{});
  row.pair_seq = at.u64(12);
  row.created_ms = at.u64(13);
  if (!at.is_null(14)) row.index = at.u64(14);
  row.accepted_ms = at.u64(15);
  row.verdict = static_cast<Code>(at.u64(16));
  row.rule = at.text(17);
  row.basis = at.text(18);
  row.frame_hash = array_from<Hash>(at.blob(19)).value_or(kZeroHash);
  row.bytes = at.u64(20);
  if (whole) {
    row.content_key = bytes_of(at.blob(21));
    row.frame = bytes_of(at.blob(22));
  }
  return row;
}

Result<std::vector<MessageRow>> read_rows(Statement* select, bool whole) {
  std::vector<MessageRow> rows;
  while (TRY(select->step())) rows.push_back(read_row(*select, whole));
  return rows;
}

}  // namespace

std::string member_list(const std::vector<MemberId>& members) {
  std::string out;
  for (const auto& member : members) {
    if (!out.empty()) out += ' ';
    out += member.str();
  }
  return out;
}

std::vector<MemberId> parse_member_list(std::string_view text) {
  std::vector<MemberId> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (auto member = MemberId::parse(text.substr(0, end))) out.push_back(std::move(*member));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

Result<std::uint64_t> MessageRows::add(const MessageRow& row) {
  Statement* insert = TRY(store_.statement(
      "INSERT INTO messages (message_id, own, state, sender, kind, marking, recipients, record_id, in_reply_to, sequence, key_id, pair_seq, "
      "created_ms, idx, accepted_ms, verdict, rule, basis, frame_hash, content_key, bytes, frame) "
      "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  const std::string recipients = member_list(row.recipients);
  insert->bind(1, View(row.message_id)).bind(2, std::uint64_t{row.own}).bind(3, static_cast<std::uint64_t>(row.state));
  insert->bind(4, std::string_view(row.sender.str())).bind(5, std::string_view(row.kind)).bind(6, std::string_view(row.marking));
  insert->bind(7, std::string_view(recipients)).bind(8, std::string_view(row.record_id)).bind(9, View(row.in_reply_to));
  insert->bind(10, row.sequence).bind(11, View(row.key_id)).bind(12, row.pair_seq).bind(13, row.created_ms);
  if (row.index) insert->bind(14, *row.index);
  else insert->bind_null(14);
  insert->bind(15, row.accepted_ms).bind(16, static_cast<std::uint64_t>(row.verdict)).bind(17, std::string_view(row.rule));
  insert->bind(18, std::string_view(row.basis)).bind(19, View(row.frame_hash)).bind(20, View(row.content_key)).bind(21, row.bytes);
  insert->bind(22, row.own ? View{} : View(row.frame));
  TRY(insert->run());
  return store_.database().last_row();
}

Result<std::optional<MessageRow>> MessageRows::one(Statement* select) {
  if (!TRY(select->step())) return std::optional<MessageRow>{};
  std::optional<MessageRow> row = read_row(*select, true);
  select->reset();
  return row;
}

Result<std::uint64_t> MessageRows::newest_run() {
  Statement* select = TRY(store_.statement("SELECT max(id) / 1024 FROM messages"));
  const bool counted = TRY(select->step());
  const std::uint64_t run = counted ? select->u64(0) : 0;
  select->reset();
  return run;
}

// Newest first: what is asked for is mostly new.
Result<std::optional<std::uint64_t>> MessageRows::row_of(const MessageId& id) {
  Statement* select = TRY(store_.statement("SELECT id FROM messages WHERE id / 1024 = ? AND message_id = ?"));
  for (std::uint64_t run = TRY(newest_run()) + 1; run-- > 0;) {
    select->bind(1, run).bind(2, View(id));
    if (!TRY(select->step())) continue;
    const std::uint64_t row = select->u64(0);
    select->reset();
    return std::optional(row);
  }
  return std::optional<std::uint64_t>{};
}

Result<std::optional<MessageRow>> MessageRows::find(const MessageId& id) {
  const auto row = TRY(row_of(id));
  return row ? find_row(*row) : std::optional<MessageRow>{};
}

Result<std::optional<MessageRow>> MessageRows::find_row(std::uint64_t id) {
  Statement* select = TRY(store_.statement(WHOLE_MESSAGES "WHERE id = ?"));
  select->bind(1, id);
  return one(select);
}

Result<std::optional<MessageRow>> MessageRows::find_index(std::uint64_t index) {
  Statement* select = TRY(store_.statement(WHOLE_MESSAGES "WHERE idx = ?"));
  select->bind(1, index);
  return one(select);
}

Result<std::vector<MessageRow>> MessageRows::find_prefix(std::string_view hex_digits) {
  if (hex_digits.size() == 64) {
    const auto id = from_hex(hex_digits);
    auto whole = id ? TRY(find(array_from<MessageId>(*id).value_or(kZeroHash))) : std::optional<MessageRow>{};
    if (!whole || whole->state == MessageState::kDraft) return std::vector<MessageRow>{};
    return std::vector<MessageRow>{std::move(*whole)};
  }
  std::string low(hex_digits.substr(0, 64)), high = low;
  low.resize(64, '0');
  high.resize(64, 'f');
  const auto from = from_hex(low), to = from_hex(high);
  if (!from || !to) return std::vector<MessageRow>{};
  Statement* select = TRY(store_.statement(WHOLE_MESSAGES "WHERE id / 1024 = ? AND message_id BETWEEN ? AND ? AND state <> 0 LIMIT 2"));
  std::vector<MessageRow> found;
  for (std::uint64_t run = TRY(newest_run()) + 1; run-- > 0 && found.size() < 2;) {
    select->bind(1, run).bind(2, View(*from)).bind(3, View(*to));
    for (MessageRow& row : TRY(read_rows(select, true))) found.push_back(std::move(row));
  }
  return found;
}

Result<std::optional<MessageRows::Known>> MessageRows::known(const MessageId& id) {
  const auto row = TRY(row_of(id));
  if (!row) return std::optional<Known>{};
  Statement* select = TRY(store_.statement("SELECT id, state, idx, frame_hash, key_id FROM messages WHERE id = ?"));
  select->bind(1, *row);
  if (!TRY(select->step())) return std::optional<Known>{};
  Known found{select->u64(0), static_cast<MessageState>(select->u64(1)), {}, array_from<Hash>(select->blob(3)).value_or(kZeroHash),
              array_from<KeyId>(select->blob(4)).value_or(KeyId{})};
  if (!select->is_null(2)) found.index = select->u64(2);
  select->reset();
  return std::optional<Known>(found);
}

Result<std::optional<Hash>> MessageRows::own_at(std::uint64_t index) {
  Statement* select = TRY(store_.statement("SELECT frame_hash FROM messages WHERE idx = ? AND own = 1"));
  select->bind(1, index);
  if (!TRY(select->step())) return std::optional<Hash>{};
  const auto hash = array_from<Hash>(select->blob(0));
  select->reset();
  return hash;
}

Result<std::uint64_t> MessageRows::newest_index() {
  Statement* select = TRY(store_.statement("SELECT idx FROM messages WHERE idx IS NOT NULL ORDER BY idx DESC LIMIT 1"));
  if (!TRY(select->step())) return std::uint64_t{0};
  const std::uint64_t newest = select->u64(0);
  select->reset();
  return newest;
}

Result<std::optional<MessageRow>> MessageRows::refused_about(std::string_view record_id) {
  Statement* select = TRY(store_.statement("SELECT " MESSAGE_COLUMNS " FROM messages WHERE state = 3 AND record_id = ? ORDER BY id DESC LIMIT 1"));
  select->bind(1, record_id);
  auto rows = TRY(read_rows(select, false));
  return rows.empty() ? std::optional<MessageRow>{} : std::optional(std::move(rows.front()));
}

// The partial index messages_not_shown is used only where its verdict, that of E_BODY, is written out.
static_assert(static_cast<int>(Code::kBody) == 81);

Result<std::vector<MessageRow>> MessageRows::not_shown(std::string_view record_id, std::uint64_t after_index, std::uint64_t limit) {
  Statement* select =
      TRY(store_.statement(WHOLE_MESSAGES "WHERE verdict = 81 AND own = 0 AND record_id = ? AND idx > ? ORDER BY idx LIMIT ?"));
  select->bind(1, record_id).bind(2, after_index).bind(3, limit);
  return read_rows(select, true);
}

// Likewise messages_not_opened.
static_assert(static_cast<int>(Code::kOpen) == 80);

Result<std::optional<MessageRow>> MessageRows::not_opened(const MemberId& sender, std::string_view kind, std::uint64_t after_index, TimeMs until_ms) {
  Statement* select = TRY(store_.statement("SELECT " MESSAGE_COLUMNS
                                           " FROM messages WHERE verdict = 80 AND own = 0 AND sender = ? AND idx > ? AND kind = ? AND accepted_ms <= ? "
                                           "ORDER BY idx LIMIT 1"));
  select->bind(1, std::string_view(sender.str())).bind(2, after_index).bind(3, kind).bind(4, until_ms);
  auto rows = TRY(read_rows(select, false));
  return rows.empty() ? std::optional<MessageRow>() : std::optional(std::move(rows.front()));
}

Result<bool> MessageRows::any_not_shown(std::string_view record_id, const MemberId& sender) {
  Statement* select = TRY(store_.statement("SELECT 1 FROM messages WHERE verdict = 81 AND own = 0 AND record_id = ? AND sender = ? LIMIT 1"));
  select->bind(1, record_id).bind(2, std::string_view(sender.str()));
  const bool found = TRY(select->step());
  select->reset();
  return found;
}

Result<void> MessageRows::forget_content(const MessageId& id) {
  const auto row = TRY(row_of(id));
  if (!row) return {};
  return TRY(store_.statement("UPDATE messages SET content_key = x'' WHERE id = ? AND own = 0"))->bind(1, *row).run();
}

Result<void> MessageRows::forget_not_shown(std::string_view record_id) {
  return TRY(store_.statement("UPDATE messages SET content_key = x'' WHERE verdict = 81 AND own = 0 AND record_id = ?"))->bind(1, record_id).run();
}

Result<void> MessageRows::set_verdict(std::uint64_t id, Code verdict) {
  return TRY(store_.statement("UPDATE messages SET verdict = ? WHERE id = ?"))->bind(1, static_cast<std::uint64_t>(verdict)).bind(2, id).run();
}

Result<std::uint64_t> MessageRows::count_signed(const KeyId& key_id, std::uint64_t from_index) {
  Statement* select = TRY(store_.statement("SELECT count(*) FROM messages WHERE idx >= ? AND key_id = ?"));
  select->bind(1, from_index).bind(2, View(key_id));
  if (!TRY(select->step())) return std::uint64_t{0};
  const std::uint64_t count = select->u64(0);
  select->reset();
  return count;
}

Result<std::vector<MessageRow>> MessageRows::list(const Filter& filter, std::uint64_t before, std::uint64_t limit) {
  // "queued" and "sent" are two words for one state, told apart by the time of the first sending.
  Statement* select = TRY(store_.statement(
      "SELECT " MESSAGE_COLUMNS " FROM messages AS m WHERE (?1 = 0 OR id < ?1) AND (?2 = 2 OR own = ?2) AND (?3 = '' OR kind = ?3) AND "
      "(?4 = '' OR ?4 = CASE state WHEN 0 THEN 'queued' WHEN 1 THEN "
      "(SELECT CASE WHEN sent_ms > 0 THEN 'sent' ELSE 'queued' END FROM outbox WHERE msg = m.id) "
      "WHEN 2 THEN 'accepted' WHEN 3 THEN 'refused' WHEN 4 THEN 'delivered' WHEN 6 THEN 'not_taken' ELSE 'received' END) ORDER BY id DESC LIMIT ?5"));
  select->bind(1, before).bind(2, filter.own ? std::uint64_t{*filter.own} : std::uint64_t{2});
  select->bind(3, std::string_view(filter.kind)).bind(4, std::string_view(filter.state)).bind(5, limit);
  return read_rows(select, false);
}

Result<std::vector<MessageRow>> MessageRows::open_rows(MessageState state, std::uint64_t limit) {
  Statement* select = TRY(store_.statement(WHOLE_MESSAGES "WHERE state = ? AND state < 3 ORDER BY id LIMIT ?"));
  select->bind(1, static_cast<std::uint64_t>(state)).bind(2, limit);
  return read_rows(select, true);
}

Result<std::optional<MessageRow>> MessageRows::first_draft(const std::vector<std::string>& but_kinds) {
  // What is said of a record leaves in the order in which it was said: a recall does not overtake a plan whose kind must wait.
  Statement* select = TRY(store_.statement(
      but_kinds.empty() ? "SELECT " MESSAGE_COLUMNS ", content_key, frame FROM messages WHERE state = 0 AND state < 3 AND ? <> '' ORDER BY id LIMIT 1"
                        : "SELECT " MESSAGE_COLUMNS ", content_key, frame FROM messages WHERE state = 0 AND state < 3 AND instr(?, ' ' || kind || ' ') = 0"
                          " AND (record_id = '' OR NOT EXISTS(SELECT 1 FROM messages older WHERE older.state = 0 AND older.state < 3"
                          " AND older.record_id = messages.record_id AND older.id < messages.id)) ORDER BY id LIMIT 1"));
  std::string but = " ";
  for (const std::string& kind : but_kinds) but += kind + " ";
  select->bind(1, std::string_view(but));
  return one(select);
}

Result<std::uint64_t> MessageRows::count(MessageState state) {
  Statement* select = TRY(store_.statement("SELECT count(*) FROM messages WHERE state = ? AND state < 3"));
  select->bind(1, static_cast<std::uint64_t>(state));
  if (!TRY(select->step())) return std::uint64_t{0};
  const std::uint64_t count = select->u64(0);
  select->reset();
  return count;
}

Result<std::vector<MessageRow>> MessageRows::logged_after(std::optional<std::uint64_t> after_index, std::uint64_t limit) {
  Statement* select = TRY(store_.statement(WHOLE_MESSAGES "WHERE idx > ? ORDER BY idx LIMIT ?"));
  select->bind(1, after_index ? static_cast<std::int64_t>(*after_index) : std::int64_t{-1}).bind(2, limit);
  return read_rows(select, true);
}

Result<void> MessageRows::sign(const MessageRow& row) {
  Statement* update = TRY(store_.statement(
      "UPDATE messages SET message_id = ?, state = ?, sequence = ?, key_id = ?, created_ms = ?, rule = ?, basis = ?, frame_hash = ?, "
      "content_key = ?, bytes = ? WHERE id = ?"));
  update->bind(1, View(row.message_id)).bind(2, static_cast<std::uint64_t>(row.state)).bind(3, row.sequence).bind(4, View(row.key_id));
  update->bind(5, row.created_ms).bind(6, std::string_view(row.rule)).bind(7, std::string_view(row.basis)).bind(8, View(row.frame_hash));
  return update->bind(9, View(row.content_key)).bind(10, row.bytes).bind(11, row.id).run();
}

Result<void> MessageRows::log(std::uint64_t id, MessageState state, std::uint64_t index, TimeMs accepted_ms, Code verdict, std::string_view rule,
                              std::string_view basis) {
  Statement* update = TRY(store_.statement(
      "UPDATE messages SET state = ?, idx = ?, accepted_ms = ?, verdict = ?, rule = CASE ?5 WHEN '' THEN rule ELSE ?5 END, "
      "basis = CASE ?6 WHEN '' THEN basis ELSE ?6 END WHERE id = ?7"));
  update->bind(1, static_cast<std::uint64_t>(state)).bind(2, index).bind(3, accepted_ms).bind(4, static_cast<std::uint64_t>(verdict));
  return update->bind(5, rule).bind(6, basis).bind(7, id).run();
}

Result<void> MessageRows::unlog(std::uint64_t id, View draft) {
  Statement* update = TRY(store_.statement("UPDATE messages SET idx = NULL, accepted_ms = 0, verdict = 0, content_key = x'', bytes = 0 WHERE id = ?"));
  TRY(update->bind(1, id).run());
  Statement* way = TRY(store_.statement("UPDATE outbox SET draft = ?, frame = x'' WHERE msg = ?"));
  return way->bind(1, draft).bind(2, id).run();
}

Result<void> MessageRows::refuse(std::uint64_t id, Code verdict, std::string_view rule, std::string_view basis) {
  Statement* update = TRY(store_.statement("UPDATE messages SET state = ?, verdict = ?, rule = ?, basis = ? WHERE id = ?"));
  update->bind(1, static_cast<std::uint64_t>(MessageState::kRefused)).bind(2, static_cast<std::uint64_t>(verdict));
  return update->bind(3, rule).bind(4, basis).bind(5, id).run();
}

Result<bool> MessageRows::displaced(std::uint64_t id, const KeyId& key_id, std::uint64_t sequence) {
  Statement* select = TRY(store_.statement("SELECT 1 FROM messages WHERE id > ? AND own = 1 AND key_id = ? AND sequence = ? AND idx IS NOT NULL LIMIT 1"));
  select->bind(1, id).bind(2, View(key_id)).bind(3, sequence);
  const bool found = TRY(select->step());
  select->reset();
  return found;
}

Result<void> MessageRows::set_state(std::uint64_t id, MessageState state, Code verdict) {
  Statement* update = TRY(store_.statement("UPDATE messages SET state = ?, verdict = ? WHERE id = ?"));
  return update->bind(1, static_cast<std::uint64_t>(state)).bind(2, static_cast<std::uint64_t>(verdict)).bind(3, id).run();
}

}  // namespace liaison
