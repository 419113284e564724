// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/connector_store.h"

namespace liaison {

namespace {

// AUTOINCREMENT: a number in the audit means one item for ever.
constexpr const char* kConnectorTables = R"sql(
CREATE TABLE IF NOT EXISTS connectors (
  name TEXT PRIMARY KEY, paused INTEGER NOT NULL, paused_by TEXT NOT NULL, cursor INTEGER NOT NULL, start INTEGER NOT NULL,
  note TEXT NOT NULL, last_run_ms INTEGER NOT NULL,
  next_run_ms INTEGER NOT NULL, last_words TEXT NOT NULL, last_error TEXT NOT NULL, failures INTEGER NOT NULL, done INTEGER NOT NULL,
  failed INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS connector_items (
  number INTEGER PRIMARY KEY AUTOINCREMENT, connector TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL, state INTEGER NOT NULL, kind TEXT NOT NULL,
  record TEXT NOT NULL, log_index INTEGER NOT NULL, tries INTEGER NOT NULL, made_ms INTEGER NOT NULL, next_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL, words TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS connector_items_by_key ON connector_items (connector, key);
CREATE INDEX IF NOT EXISTS connector_items_by_number ON connector_items (connector, number);
CREATE INDEX IF NOT EXISTS connector_items_by_state ON connector_items (connector, state, number);
CREATE INDEX IF NOT EXISTS connector_items_by_record ON connector_items (connector, record);
CREATE INDEX IF NOT EXISTS connector_items_waiting ON connector_items (connector, record, number) WHERE state = 0;
CREATE INDEX IF NOT EXISTS connector_items_due ON connector_items (connector, next_ms) WHERE state = 0;
)sql";

#define ITEM_COLUMNS "number, connector, key, name, state, kind, record, log_index, tries, made_ms, next_ms, ended_ms, words"

ConnectorItem item_at(const Statement& row) {
  ConnectorItem out;
  out.number = row.u64(0);
  out.connector = row.text(1);
  out.key = row.text(2);
  out.name = row.text(3);
  out.state = static_cast<ConnectorItem::State>(row.u64(4));
  out.kind = row.text(5);
  out.record = row.text(6);
  out.index = row.u64(7);
  out.tries = static_cast<std::uint32_t>(row.u64(8));
  out.made_ms = row.u64(9);
  out.next_ms = row.u64(10);
  out.ended_ms = row.u64(11);
  out.words = row.text(12);
  return out;
}

Result<std::optional<ConnectorItem>> one_item(Statement& select) {
  if (!TRY(select.step())) return std::optional<ConnectorItem>{};
  std::optional<ConnectorItem> out = item_at(select);
  select.reset();
  return out;
}

Result<std::vector<ConnectorItem>> all_items(Statement& select) {
  std::vector<ConnectorItem> out;
  while (TRY(select.step())) out.push_back(item_at(select));
  return out;
}

std::uint64_t number_of(ConnectorItem::State state) { return static_cast<std::uint64_t>(state); }

}  // namespace

std::string_view word_of(ConnectorItem::State state) {
  switch (state) {
    case ConnectorItem::State::kWaiting: return "waiting";
    case ConnectorItem::State::kDone: return "done";
    case ConnectorItem::State::kFailed: return "failed";
    case ConnectorItem::State::kHeld: return "held";
  }
  return "";
}

Result<void> ConnectorStore::make_tables(Database& database) { return database.execute(kConnectorTables); }

Result<ConnectorState> ConnectorStore::state(const std::string& name) {
  Statement* select =
      TRY(store_.statement("SELECT paused, paused_by, cursor, start, note, last_run_ms, next_run_ms, last_words, last_error, failures, done, failed "
                           "FROM connectors WHERE name = ?"));
  select->bind(1, std::string_view(name));
  ConnectorState out;
  out.name = name;
  if (!TRY(select->step())) return out;
  out.paused = select->u64(0) != 0;
  out.paused_by = select->text(1);
  out.cursor = select->u64(2);
  out.start = select->u64(3);
  out.note = select->text(4);
  out.last_run_ms = select->u64(5);
  out.next_run_ms = select->u64(6);
  out.last_words = select->text(7);
  out.last_error = select->text(8);
  out.failures = select->u64(9);
  out.done = select->u64(10);
  out.failed = select->u64(11);
  select->reset();
  return out;
}

Result<void> ConnectorStore::begin_at(const std::string& name, std::uint64_t cursor) {
  TRY(store_.begin());
  Statement* insert = TRY(store_.statement("INSERT OR IGNORE INTO connectors (name, paused, paused_by, cursor, start, note, last_run_ms, next_run_ms, "
                                           "last_words, last_error, failures, done, failed) VALUES (?1, 0, '', ?2, ?2, '', 0, 0, '', '', 0, 0, 0)"));
  insert->bind(1, std::string_view(name)).bind(2, cursor);
  return insert->run();
}

Result<void> ConnectorStore::look_again(std::uint64_t index) {
  TRY(store_.begin());
  Statement* put = TRY(store_.statement("UPDATE connectors SET cursor = max(start, ?1) WHERE cursor > ?1 AND start <= ?1"));
  return put->bind(1, index).run();
}

Result<void> ConnectorStore::set_state(const ConnectorState& state) {
  TRY(store_.begin());
  Statement* put = TRY(store_.statement("INSERT OR REPLACE INTO connectors (name, paused, paused_by, cursor, start, note, last_run_ms, next_run_ms, "
                                        "last_words, last_error, failures, done, failed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  put->bind(1, std::string_view(state.name)).bind(2, std::uint64_t{state.paused}).bind(3, std::string_view(state.paused_by)).bind(4, state.cursor);
  put->bind(5, state.start).bind(6, std::string_view(state.note)).bind(7, state.last_run_ms).bind(8, state.next_run_ms);
  put->bind(9, std::string_view(state.last_words)).bind(10, std::string_view(state.last_error)).bind(11, state.failures);
  put->bind(12, state.done).bind(13, state.failed);
  return put->run();
}

Result<std::optional<std::uint64_t>> ConnectorStore::add(const ConnectorItem& item) {
  TRY(store_.begin());
  Statement* insert = TRY(store_.statement("INSERT OR IGNORE INTO connector_items (connector, key, name, state, kind, record, log_index, tries, made_ms, "
                                           "next_ms, ended_ms, words) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert->bind(1, std::string_view(item.connector)).bind(2, std::string_view(item.key)).bind(3, std::string_view(item.name)).bind(4, number_of(item.state));
  insert->bind(5, std::string_view(item.kind)).bind(6, std::string_view(item.record)).bind(7, item.index).bind(8, std::uint64_t{item.tries});
  insert->bind(9, item.made_ms).bind(10, item.next_ms).bind(11, item.ended_ms).bind(12, std::string_view(item.words));
  TRY(insert->run());
  if (store_.database().changes() == 0) return std::optional<std::uint64_t>{};
  return std::optional<std::uint64_t>(store_.database().last_row());
}

Result<std::optional<ConnectorItem>> ConnectorStore::find(const std::string& connector, const std::string& key) {
  Statement* select = TRY(store_.statement("SELECT " ITEM_COLUMNS " FROM connector_items WHERE connector = ? AND key = ?"));
  select->bind(1, std::string_view(connector)).bind(2, std::string_view(key));
  return one_item(*select);
}

Result<bool> ConnectorStore::has_record(const std::string& connector, const std::string& record) {
  Statement* select = TRY(store_.statement("SELECT 1 FROM connector_items WHERE connector = ? AND record = ? LIMIT 1"));
  select->bind(1, std::string_view(connector)).bind(2, std::string_view(record));
  const bool found = TRY(select->step());
  select->reset();
  return found;
}

Result<std::optional<ConnectorItem>> ConnectorStore::find(std::uint64_t number) {
  Statement* select = TRY(store_.statement("SELECT " ITEM_COLUMNS " FROM connector_items WHERE number = ?"));
  select->bind(1, number);
  return one_item(*select);
}

Result<void> ConnectorStore::set(const ConnectorItem& item) {
  TRY(store_.begin());
  Statement* put = TRY(store_.statement("UPDATE connector_items SET state = ?, tries = ?, made_ms = ?, next_ms = ?, ended_ms = ?, record = ?, words = ? "
                                        "WHERE number = ?"));
  put->bind(1, number_of(item.state)).bind(2, std::uint64_t{item.tries}).bind(3, item.made_ms).bind(4, item.next_ms).bind(5, item.ended_ms);
  put->bind(6, std::string_view(item.record)).bind(7, std::string_view(item.words)).bind(8, item.number);
  TRY(put->run());
  if (item.state != ConnectorItem::State::kDone && item.state != ConnectorItem::State::kFailed) return {};
  ConnectorState counted = TRY(state(item.connector));
  ++(item.state == ConnectorItem::State::kDone ? counted.done : counted.failed);
  TRY(set_state(counted));
  // Far enough behind the newest, what is done needs no key any more: a source that brings it again that late means it. Two go where one has come.
  if (item.number <= kEndedItemsKept) return {};
  Statement* forget = TRY(store_.statement("DELETE FROM connector_items WHERE number IN (SELECT number FROM connector_items WHERE connector = ?1 AND state = 1 "
                                           "AND number <= ?2 ORDER BY number LIMIT 2)"));
  forget->bind(1, std::string_view(item.connector)).bind(2, item.number - kEndedItemsKept);
  return forget->run();
}

Result<void> ConnectorStore::again(const ConnectorItem& item) {
  TRY(store_.begin());
  Statement* put = TRY(store_.statement("UPDATE connector_items SET state = ?, tries = ?, made_ms = ?, next_ms = ?, ended_ms = ? WHERE number = ?"));
  put->bind(1, number_of(item.state)).bind(2, std::uint64_t{item.tries}).bind(3, item.made_ms).bind(4, item.next_ms);
  put->bind(5, item.ended_ms).bind(6, item.number);
  return put->run();
}

Result<void> ConnectorStore::hurry(const std::string& connector, TimeMs now_ms) {
  TRY(store_.begin());
  Statement* put = TRY(store_.statement("UPDATE connector_items SET next_ms = min(next_ms, ?2), made_ms = ?2 WHERE connector = ?1 AND state = 0 "
                                        "AND tries > 0"));
  put->bind(1, std::string_view(connector)).bind(2, now_ms);
  return put->run();
}

Result<std::vector<ConnectorItem>> ConnectorStore::due(const std::string& connector, TimeMs now_ms, std::uint64_t limit) {
  Statement* select = TRY(store_.statement(
      "SELECT " ITEM_COLUMNS " FROM connector_items AS one WHERE connector = ?1 AND state = 0 AND next_ms <= ?2 AND NOT EXISTS (SELECT 1 FROM "
      "connector_items AS older WHERE older.connector = ?1 AND older.state = 0 AND older.number < one.number AND older.next_ms > ?2 AND "
      "older.record = one.record AND one.record <> '') ORDER BY number LIMIT ?3"));
  select->bind(1, std::string_view(connector)).bind(2, now_ms).bind(3, limit);
  return all_items(*select);
}

Result<std::optional<TimeMs>> ConnectorStore::next_due(const std::string& connector, TimeMs now_ms) {
  Statement* select = TRY(store_.statement("SELECT min(next_ms) FROM connector_items WHERE connector = ? AND state = 0 AND next_ms > ?"));
  select->bind(1, std::string_view(connector)).bind(2, now_ms);
  std::optional<TimeMs> out;
  if (TRY(select->step()) && !select->is_null(0)) out = select->u64(0);
  select->reset();
  return out;
}

Result<void> ConnectorStore::forget_failed(const std::string& connector) {
  TRY(store_.begin());
  Statement* forget = TRY(store_.statement("DELETE FROM connector_items WHERE number = (SELECT min(number) FROM connector_items WHERE connector = ? "
                                           "AND state = 2)"));
  return forget->bind(1, std::string_view(connector)).run();
}

Result<std::vector<ConnectorItem>> ConnectorStore::list(const std::string& connector, std::optional<ConnectorItem::State> state, std::uint64_t before,
                                                        std::uint64_t limit) {
  Statement* select = TRY(store_.statement(
      state ? "SELECT " ITEM_COLUMNS " FROM connector_items WHERE connector = ?1 AND number < ?2 AND state = ?4 ORDER BY number DESC LIMIT ?3"
            : "SELECT " ITEM_COLUMNS " FROM connector_items WHERE connector = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3"));
  select->bind(1, std::string_view(connector)).bind(2, before == 0 ? std::uint64_t{INT64_MAX} : before).bind(3, limit);
  if (state) select->bind(4, number_of(*state));
  return all_items(*select);
}

Result<ConnectorStore::Counts> ConnectorStore::counts(const std::string& connector) {
  Statement* select = TRY(store_.statement("SELECT state, count(*) FROM connector_items WHERE connector = ? AND state <> 1 GROUP BY state"));
  select->bind(1, std::string_view(connector));
  Counts out;
  while (TRY(select->step())) {
    const auto state = static_cast<ConnectorItem::State>(select->u64(0));
    (state == ConnectorItem::State::kWaiting ? out.waiting : state == ConnectorItem::State::kFailed ? out.failed : out.held) = select->u64(1);
  }
  return out;
}

}  // namespace liaison
