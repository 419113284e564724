// SPDX-License-Identifier: Apache-2.0
#include "nodes/node_store.h"

namespace liaison {

namespace {

constexpr std::uint64_t kSchemaVersion = 4;
// A received message is mostly a little more than half a small page, which would leave the other half empty.
constexpr int kPageBytes = 8192;

// Frames stand last in their row, so that lists never read them. An own message's stands in its outbox row, which hardly ever changes
// after the signing: the row in messages changes twice more, and each change writes what shares its page. Ids lie in no order: those of
// 1,024 rows stand together in the index, so that new ones share few pages however many there are, and MessageRows::row_of looks into
// one such run after the other.
constexpr const char* kTables = R"sql(
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS leaves (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS acts (idx INTEGER PRIMARY KEY, class INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY, message_id BLOB NOT NULL, own INTEGER NOT NULL, state INTEGER NOT NULL, sender TEXT NOT NULL,
  kind TEXT NOT NULL, marking TEXT NOT NULL, recipients TEXT NOT NULL, record_id TEXT NOT NULL, in_reply_to BLOB NOT NULL,
  sequence INTEGER NOT NULL, key_id BLOB NOT NULL, pair_seq INTEGER NOT NULL, created_ms INTEGER NOT NULL, idx INTEGER,
  accepted_ms INTEGER NOT NULL, verdict INTEGER NOT NULL, rule TEXT NOT NULL, basis TEXT NOT NULL, frame_hash BLOB NOT NULL,
  content_key BLOB NOT NULL, bytes INTEGER NOT NULL, frame BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS messages_by_id ON messages(id / 1024, message_id);
CREATE INDEX IF NOT EXISTS messages_by_index ON messages(idx) WHERE idx IS NOT NULL;
CREATE INDEX IF NOT EXISTS messages_open ON messages(state, id) WHERE state < 3;
CREATE INDEX IF NOT EXISTS messages_not_shown ON messages(record_id, idx) WHERE verdict = 81;
CREATE INDEX IF NOT EXISTS messages_not_opened ON messages(sender, idx) WHERE verdict = 80;
CREATE INDEX IF NOT EXISTS messages_refused ON messages(id) WHERE state = 3;
CREATE INDEX IF NOT EXISTS messages_own_receipts ON messages(id) WHERE own = 1 AND kind = 'receipt';
CREATE TABLE IF NOT EXISTS outbox (
  msg INTEGER PRIMARY KEY, request_id TEXT NOT NULL, queued_ms INTEGER NOT NULL, signed_ms INTEGER NOT NULL, sent_ms INTEGER NOT NULL,
  awaited TEXT NOT NULL, draft BLOB, frame BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS deliveries (
  msg INTEGER NOT NULL, member TEXT NOT NULL, verdict INTEGER NOT NULL, at_ms INTEGER NOT NULL, receipt_idx INTEGER NOT NULL,
  PRIMARY KEY (msg, member)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS own_chain (
  key_id BLOB PRIMARY KEY, signed INTEGER NOT NULL, signed_id BLOB NOT NULL, logged INTEGER NOT NULL, logged_id BLOB NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pair_out (member TEXT PRIMARY KEY, signed INTEGER NOT NULL, logged INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS day_counts (
  day INTEGER NOT NULL, kind TEXT NOT NULL, messages INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (day, kind)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chain_in (key_id BLOB PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pair_in (member TEXT PRIMARY KEY, last INTEGER NOT NULL, last_idx INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gaps (
  member TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, from_idx INTEGER NOT NULL, to_idx INTEGER NOT NULL,
  noticed_ms INTEGER NOT NULL, looked_ms INTEGER NOT NULL, PRIMARY KEY (member, first)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS owed (
  id INTEGER PRIMARY KEY, member TEXT NOT NULL, message_id BLOB NOT NULL, frame_hash BLOB NOT NULL, idx INTEGER NOT NULL,
  pair_seq INTEGER NOT NULL, verdict INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS alarms (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, sentence TEXT NOT NULL, raised_ms INTEGER NOT NULL,
  cleared_ms INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS evidence (alarm INTEGER NOT NULL, name TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS answers (
  request_id TEXT PRIMARY KEY, subject BLOB NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS audit (
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, event TEXT NOT NULL, actor TEXT NOT NULL, object TEXT NOT NULL, result TEXT NOT NULL) STRICT;
)sql";

}  // namespace

Result<std::unique_ptr<NodeStore>> NodeStore::open(const std::filesystem::path& file, const Database::Options& options) {
  std::unique_ptr<NodeStore> store(new NodeStore);
  Database::Options paged = options;
  paged.page_bytes = kPageBytes;
  store->database_ = TRY(Database::open(file, paged));
  TRY(store->begin());
  TRY(store->database_->execute(kTables));
  TRY(store->check_version());
  TRY(store->commit());
  return store;
}

Result<void> NodeStore::check_version() {
  const auto found = TRY(fact("schema"));
  if (!found) {
    Bytes version;
    put_u64(version, kSchemaVersion);
    return set_fact("schema", version);
  }
  if (found->size() != 8 || get_u64(found->data()) != kSchemaVersion)
    return fail(Code::kStore, "node.db was written by another version of this program", "run the version that wrote it");
  return {};
}

Result<Statement*> NodeStore::statement(const char* sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) return &found->second;
  Statement made = TRY(database_->prepare(sql));
  return &statements_.emplace(sql, std::move(made)).first->second;
}

Result<void> NodeStore::begin() {
  if (in_step_) return {};
  TRY(database_->begin());
  in_step_ = true;
  return {};
}

Result<void> NodeStore::commit() {
  if (!in_step_) return {};
  TRY(database_->commit());
  in_step_ = false;
  return {};
}

void NodeStore::rollback() {
  if (in_step_) database_->rollback();
  in_step_ = false;
}

Result<void> NodeStore::mark() {
  TRY(begin());
  return TRY(statement("SAVEPOINT act"))->run();
}

Result<void> NodeStore::keep() { return TRY(statement("RELEASE act"))->run(); }

Result<void> NodeStore::take_back() {
  Statement* back = TRY(statement("ROLLBACK TO act"));
  TRY(back->run());
  return TRY(statement("RELEASE act"))->run();
}

Result<std::optional<Bytes>> NodeStore::fact(std::string_view name) {
  Statement* select = TRY(statement("SELECT value FROM facts WHERE name = ?"));
  select->bind(1, name);
  if (!TRY(select->step())) return std::optional<Bytes>{};
  std::optional<Bytes> value = bytes_of(select->blob(0));
  select->reset();
  return value;
}

Result<void> NodeStore::set_fact(std::string_view name, View value) {
  Statement* upsert = TRY(statement("INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"));
  return upsert->bind(1, name).bind(2, value).run();
}

Result<void> NodeStore::add_leaf(std::uint64_t index, View leaf) {
  return TRY(statement("INSERT INTO leaves VALUES (?, ?)"))->bind(1, index).bind(2, leaf).run();
}

Result<Leaf> NodeStore::leaf(std::uint64_t index) {
  Statement* select = TRY(statement("SELECT leaf FROM leaves WHERE idx = ?"));
  select->bind(1, index);
  if (!TRY(select->step())) return fail(Code::kUnknown, "the mirror has no entry " + std::to_string(index));
  auto found = decode_leaf(select->blob(0));
  select->reset();
  return found;
}

Result<std::vector<Hash>> NodeStore::leaf_hashes(std::uint64_t first, std::uint64_t count) {
  Statement* select = TRY(statement("SELECT idx, leaf FROM leaves WHERE idx >= ? ORDER BY idx LIMIT ?"));
  select->bind(1, first).bind(2, count);
  std::vector<Hash> hashes;
  while (TRY(select->step())) {
    if (select->u64(0) != first + hashes.size())
      return fail(Code::kStore, "the mirror in node.db lacks entry " + std::to_string(first + hashes.size()));
    hashes.push_back(leaf_hash(select->blob(1)));
  }
  return hashes;
}

Result<void> NodeStore::add_act(const Act& act) {
  Statement* insert = TRY(statement("INSERT INTO acts VALUES (?, ?, ?)"));
  return insert->bind(1, act.index).bind(2, static_cast<std::uint64_t>(act.kind)).bind(3, std::string_view(act.text)).run();
}

Result<std::vector<NodeStore::Act>> NodeStore::acts() {
  Statement* select = TRY(statement("SELECT a.idx, a.class, a.text, l.leaf FROM acts AS a JOIN leaves AS l ON l.idx = a.idx ORDER BY a.idx"));
  std::vector<Act> out;
  while (TRY(select->step())) {
    const auto leaf = decode_leaf(select->blob(3));
    out.push_back({select->u64(0), static_cast<LeafClass>(select->u64(1)), select->text(2), leaf ? leaf->accept_time_ms : 0});
  }
  return out;
}

Result<std::optional<NodeStore::Answer>> NodeStore::answer(const std::string& request_id) {
  Statement* select = TRY(statement("SELECT subject, status, body FROM answers WHERE request_id = ?"));
  select->bind(1, std::string_view(request_id));
  if (!TRY(select->step())) return std::optional<Answer>{};
  std::optional<Answer> found = Answer{array_from<Hash>(select->blob(0)).value_or(kZeroHash), static_cast<int>(select->u64(1)), select->text(2)};
  select->reset();
  return found;
}

Result<void> NodeStore::set_answer(const std::string& request_id, const Answer& answer, TimeMs now_ms) {
  Statement* insert = TRY(statement("INSERT INTO answers VALUES (?, ?, ?, ?, ?)"));
  insert->bind(1, std::string_view(request_id)).bind(2, View(answer.subject)).bind(3, static_cast<std::uint64_t>(answer.status));
  return insert->bind(4, std::string_view(answer.body)).bind(5, now_ms).run();
}

Result<void> NodeStore::audit(TimeMs now_ms, std::string_view event, std::string_view actor, std::string_view object, std::string_view result) {
  Statement* insert = TRY(statement("INSERT INTO audit (at_ms, event, actor, object, result) VALUES (?, ?, ?, ?, ?)"));
  return insert->bind(1, now_ms).bind(2, event).bind(3, actor).bind(4, object).bind(5, result).run();
}

}  // namespace liaison
