// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/record_store.h"

#include "nodes/domain/bookings.h"
#include "nodes/domain/dues.h"
#include "nodes/domain/row_values.h"

namespace liaison {
namespace {

// record_keys: a row for each State of a record, and one under "" for the record itself, so that every list is a stretch of one index.
constexpr const char* kTables = R"sql(
CREATE TABLE IF NOT EXISTS records(
  record TEXT PRIMARY KEY, kind TEXT NOT NULL, owner TEXT NOT NULL, revision INTEGER NOT NULL, status TEXT NOT NULL, title TEXT NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, changed INTEGER NOT NULL, letter TEXT NOT NULL, year INTEGER NOT NULL,
  number INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS records_by_number ON records(owner, letter, year, number);
CREATE INDEX IF NOT EXISTS records_by_change ON records(changed, record);
CREATE INDEX IF NOT EXISTS records_by_status ON records(status, first, record);
CREATE INDEX IF NOT EXISTS records_by_kind_status ON records(kind, status, first, record);
CREATE TABLE IF NOT EXISTS record_keys(
  state TEXT NOT NULL, kind TEXT NOT NULL, first INTEGER NOT NULL, record TEXT NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY(state, kind, first, record)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_keys_by_record ON record_keys(record);
CREATE INDEX IF NOT EXISTS record_keys_by_day ON record_keys(state, first, record);
CREATE TABLE IF NOT EXISTS record_links(
  target TEXT NOT NULL, record TEXT NOT NULL, field TEXT NOT NULL, PRIMARY KEY(target, record, field)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_links_by_record ON record_links(record);
CREATE TABLE IF NOT EXISTS record_dues(
  open INTEGER NOT NULL, day INTEGER NOT NULL, record TEXT NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL,
  PRIMARY KEY(open, day, record, name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_dues_by_record ON record_dues(record);
CREATE TABLE IF NOT EXISTS record_booked(
  until INTEGER NOT NULL, record TEXT NOT NULL, PRIMARY KEY(until, record)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_booked_by_record ON record_booked(record);
CREATE TABLE IF NOT EXISTS record_revisions(
  record TEXT NOT NULL, revision INTEGER NOT NULL, message BLOB NOT NULL, hash BLOB NOT NULL, marking TEXT NOT NULL,
  recipients TEXT NOT NULL, idx INTEGER, time INTEGER NOT NULL, body BLOB NOT NULL, kind TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS record_revisions_by_record ON record_revisions(record, revision);
CREATE INDEX IF NOT EXISTS record_revisions_queued ON record_revisions(message) WHERE idx IS NULL;
CREATE INDEX IF NOT EXISTS record_revisions_by_time ON record_revisions(time, record, revision);
CREATE TABLE IF NOT EXISTS record_answers(
  record TEXT NOT NULL, message BLOB NOT NULL, sender TEXT NOT NULL, answer TEXT NOT NULL, idx INTEGER, time INTEGER NOT NULL,
  body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS record_answers_by_record ON record_answers(record);
CREATE INDEX IF NOT EXISTS record_answers_by_message ON record_answers(message);
CREATE TABLE IF NOT EXISTS record_recalls(
  record TEXT PRIMARY KEY, owner TEXT NOT NULL, message BLOB NOT NULL, revision INTEGER NOT NULL, idx INTEGER, time INTEGER NOT NULL,
  reason TEXT NOT NULL, contact TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_recalls_queued ON record_recalls(message) WHERE idx IS NULL;
CREATE TABLE IF NOT EXISTS record_numbers(
  owner TEXT NOT NULL, letter TEXT NOT NULL, year INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY(owner, letter, year)) WITHOUT ROWID;
)sql";

// Numbers that were given out stay, whatever the layout.
constexpr const char* kDrop = R"sql(
DROP TABLE IF EXISTS records; DROP TABLE IF EXISTS record_dues; DROP TABLE IF EXISTS record_keys; DROP TABLE IF EXISTS record_links;
DROP TABLE IF EXISTS record_revisions; DROP TABLE IF EXISTS record_booked;
DROP TABLE IF EXISTS record_answers; DROP TABLE IF EXISTS record_recalls;
)sql";

constexpr const char* kClear = R"sql(
DELETE FROM records; DELETE FROM record_booked; DELETE FROM record_dues; DELETE FROM record_keys; DELETE FROM record_links; DELETE FROM record_revisions;
DELETE FROM record_answers; DELETE FROM record_recalls;
)sql";

constexpr std::string_view kRevision = "SELECT record, revision, message, hash, marking, recipients, idx, time, body FROM record_revisions";
constexpr std::string_view kRow = "r.record, r.kind, r.owner, r.status, r.title, r.revision, r.first, r.last, r.changed";

RecordRow read_row(const Statement& row) {
  RecordRow out;
  out.record = row.text(0);
  out.kind = row.text(1);
  out.owner = row.text(2);
  out.status = row.text(3);
  out.title = row.text(4);
  out.revision = static_cast<std::uint32_t>(row.u64(5));
  out.first = row.i64(6);
  out.last = row.i64(7);
  out.changed_ms = row.u64(8);
  return out;
}

void add_links(const RecordField& field, const RecordValue& value, std::vector<RecordStore::Link>& out) {
  for (const RecordValue& one : value.items) {
    if (field.type == RecordField::Type::kPart) {
      for (std::size_t i = 0; i < field.parts.size(); ++i) add_links(field.parts[i], one.items[i], out);
    } else if (field.form == RecordField::Form::kRecord) {
      out.push_back({one.text, field.name});
    }
  }
  if (!field.list && field.form == RecordField::Form::kRecord && !value.text.empty()) out.push_back({value.text, field.name});
}

}  // namespace

std::vector<RecordStore::Link> links_of(const Record& record) {
  std::vector<RecordStore::Link> out;
  for (const std::string& id : record.consents) out.push_back({id, "consents"});
  for (const std::string& id : record.related) out.push_back({id, "related"});
  for (std::size_t i = 0; i < record.values.size(); ++i) {
    const RecordField& field = record.kind->fields[i];
    if (field.type == RecordField::Type::kPart && !field.list) {
      for (std::size_t part = 0; part < record.values[i].items.size(); ++part) add_links(field.parts[part], record.values[i].items[part], out);
    } else {
      add_links(field, record.values[i], out);
    }
  }
  return out;
}

Result<std::unique_ptr<RecordStore>> RecordStore::open(Database& database, Waits waits) {
  TRY(database.execute(kTables));
  return std::unique_ptr<RecordStore>(new RecordStore(database, std::move(waits)));
}

Result<void> RecordStore::drop(Database& database) { return database.execute(kDrop); }
Result<void> RecordStore::clear() { return database_.execute(kClear); }

Result<Statement*> RecordStore::statement(std::string_view text) {
  auto found = statements_.find(text);
  if (found == statements_.end()) found = statements_.emplace(std::string(text), TRY(database_.prepare(text))).first;
  return &found->second;
}

Result<std::optional<RecordRow>> RecordStore::row(std::string_view record) {
  static const std::string text = "SELECT " + std::string(kRow) + " FROM records r WHERE record = ?1";
  Statement& row = *TRY(statement(text));
  row.bind(1, record);
  if (!TRY(row.step())) return std::optional<RecordRow>();
  auto found = read_row(row);
  row.reset();
  return std::optional(std::move(found));
}

Result<std::optional<StoredRevision>> RecordStore::revision(std::string_view record, std::uint32_t number) {
  static const std::string text = std::string(kRevision) + " WHERE record = ?1 AND revision = ?2";
  Statement& row = *TRY(statement(text));
  row.bind(1, record).bind(2, std::uint64_t{number});
  if (!TRY(row.step())) return std::optional<StoredRevision>();
  auto found = revision_at(row);
  row.reset();
  return std::optional(std::move(found));
}

Result<std::vector<StoredRevision>> RecordStore::revisions(std::string_view record) {
  static const std::string text = std::string(kRevision) + " WHERE record = ?1 ORDER BY revision";
  Statement& row = *TRY(statement(text));
  row.bind(1, record);
  std::vector<StoredRevision> out;
  while (TRY(row.step())) out.push_back(revision_at(row));
  return out;
}

Result<std::vector<StoredRecordAnswer>> RecordStore::answers(std::string_view record) {
  Statement& row = *TRY(statement("SELECT message, sender, answer, idx, time, body FROM record_answers WHERE record = ?1 ORDER BY idx IS NULL, idx, rowid"));
  row.bind(1, record);
  std::vector<StoredRecordAnswer> out;
  while (TRY(row.step())) {
    StoredRecordAnswer one;
    one.record = record;
    one.message = hash_at(row, 0);
    one.sender = MemberId::parse(row.text(1)).value_or(MemberId());
    one.answer = row.text(2);
    one.place = place_at(row, 3, 4);
    one.body = bytes_of(row.blob(5));
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::optional<StoredRecordRecall>> RecordStore::recall(std::string_view record) {
  Statement& row = *TRY(statement("SELECT owner, message, revision, idx, time, reason, contact FROM record_recalls WHERE record = ?1"));
  row.bind(1, record);
  if (!TRY(row.step())) return std::optional<StoredRecordRecall>();
  StoredRecordRecall found{std::string(record), MemberId::parse(row.text(0)).value_or(MemberId()), hash_at(row, 1), static_cast<std::uint32_t>(row.u64(2)),
                           place_at(row, 3, 4), row.text(5), row.text(6)};
  row.reset();
  return std::optional(std::move(found));
}

Result<std::optional<RecordStore::Queued>> RecordStore::queued_revision(const MessageId& message) {
  Statement& row = *TRY(statement("SELECT record, revision FROM record_revisions WHERE message = ?1 AND idx IS NULL"));
  row.bind(1, View(message));
  if (!TRY(row.step())) return std::optional<Queued>();
  Queued found{row.text(0), static_cast<std::uint32_t>(row.u64(1))};
  row.reset();
  return std::optional(std::move(found));
}

Result<std::optional<std::string>> RecordStore::queued_answer(const MessageId& message) {
  Statement& row = *TRY(statement("SELECT record FROM record_answers WHERE message = ?1 AND idx IS NULL"));
  row.bind(1, View(message));
  if (!TRY(row.step())) return std::optional<std::string>();
  auto record = row.text(0);
  row.reset();
  return std::optional(std::move(record));
}

Result<std::optional<std::string>> RecordStore::queued_recall(const MessageId& message) {
  Statement& row = *TRY(statement("SELECT record FROM record_recalls WHERE message = ?1 AND idx IS NULL"));
  row.bind(1, View(message));
  if (!TRY(row.step())) return std::optional<std::string>();
  auto record = row.text(0);
  row.reset();
  return std::optional(std::move(record));
}

Result<std::uint64_t> RecordStore::last_number(std::string_view owner, std::string_view letter, std::uint32_t year) {
  std::uint64_t last = 0;
  for (const std::string_view text : {"SELECT max(number) FROM records WHERE owner = ?1 AND letter = ?2 AND year = ?3",
                                      "SELECT number FROM record_numbers WHERE owner = ?1 AND letter = ?2 AND year = ?3"}) {
    Statement& row = *TRY(statement(text));
    row.bind(1, owner).bind(2, letter).bind(3, std::uint64_t{year});
    if (!TRY(row.step())) continue;
    if (!row.is_null(0)) last = std::max(last, row.u64(0));
    row.reset();
  }
  return last;
}

Result<void> RecordStore::keep_number(const RecordId& id) {
  Statement& row = *TRY(statement("INSERT INTO record_numbers VALUES(?1, ?2, ?3, ?4) ON CONFLICT(owner, letter, year)"
                                  " DO UPDATE SET number = max(number, excluded.number)"));
  return row.bind(1, id.owner.str()).bind(2, id.letter).bind(3, std::uint64_t{id.year}).bind(4, id.number).run();
}

Result<void> RecordStore::add_revision(const StoredRevision& r, std::string_view kind) {
  const std::string recipients = joined(r.recipients);
  Statement& row = *TRY(statement("INSERT INTO record_revisions VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"));
  row.bind(1, r.record).bind(2, std::uint64_t{r.revision}).bind(3, View(r.message)).bind(4, View(r.hash)).bind(5, r.marking);
  row.bind(6, recipients).bind(8, r.place.time_ms).bind(9, View(r.body)).bind(10, kind);
  bind_index(row, 7, r.place);
  return row.run();
}

Result<void> RecordStore::drop_revisions_from(std::string_view record, std::uint32_t revision) {
  Statement& row = *TRY(statement("DELETE FROM record_revisions WHERE record = ?1 AND revision >= ?2"));
  return row.bind(1, record).bind(2, std::uint64_t{revision}).run();
}

Result<void> RecordStore::place_revision(std::string_view record, std::uint32_t revision, const Place& place) {
  Statement& row = *TRY(statement("UPDATE record_revisions SET idx = ?3, time = ?4 WHERE record = ?1 AND revision = ?2"));
  row.bind(1, record).bind(2, std::uint64_t{revision}).bind(4, place.time_ms);
  bind_index(row, 3, place);
  return row.run();
}

Result<void> RecordStore::touch(std::string_view record, TimeMs changed_ms) {
  Statement& row = *TRY(statement("UPDATE records SET changed = ?2 WHERE record = ?1"));
  return row.bind(1, record).bind(2, changed_ms).run();
}

Result<void> RecordStore::put_record(const Record& record, const RecordRow& row) {
  TRY(drop_record(record.record_id));
  const auto id = parse_record_id(record.record_id);
  CHECK(id.has_value());   // check_record saw it
  Statement& into = *TRY(statement("INSERT INTO records VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"));
  into.bind(1, row.record).bind(2, row.kind).bind(3, row.owner).bind(4, std::uint64_t{row.revision}).bind(5, row.status).bind(6, row.title);
  into.bind(7, row.first).bind(8, row.last).bind(9, row.changed_ms).bind(10, id->letter).bind(11, std::uint64_t{id->year}).bind(12, id->number);
  TRY(into.run());
  std::vector<std::string> keys = record.states;
  keys.emplace_back();
  for (const std::string& key : keys) {
    Statement& put = *TRY(statement("INSERT OR IGNORE INTO record_keys VALUES(?1, ?2, ?3, ?4, ?5)"));
    TRY(put.bind(1, key).bind(2, row.kind).bind(3, row.first).bind(4, row.record).bind(5, row.last).run());
  }
  for (const DueDate& due : dues_of(record, waits_)) {
    Statement& put = *TRY(statement("INSERT OR IGNORE INTO record_dues VALUES(?1, ?2, ?3, ?4, ?5)"));
    TRY(put.bind(1, std::uint64_t{due.open}).bind(2, due.last_day).bind(3, row.record).bind(4, due.name).bind(5, row.owner).run());
  }
  if (const auto until = booked_until(record)) {
    Statement& put = *TRY(statement("INSERT INTO record_booked VALUES(?1, ?2)"));
    TRY(put.bind(1, *until).bind(2, row.record).run());
  }
  for (const Link& link : links_of(record)) {
    Statement& put = *TRY(statement("INSERT OR IGNORE INTO record_links VALUES(?1, ?2, ?3)"));
    TRY(put.bind(1, link.record).bind(2, row.record).bind(3, link.field).run());
  }
  return {};
}

Result<void> RecordStore::drop_record(std::string_view record) {
  for (const std::string_view text : {"DELETE FROM records WHERE record = ?1", "DELETE FROM record_keys WHERE record = ?1",
                                      "DELETE FROM record_links WHERE record = ?1", "DELETE FROM record_dues WHERE record = ?1",
                                      "DELETE FROM record_booked WHERE record = ?1"}) {
    Statement& row = *TRY(statement(text));
    TRY(row.bind(1, record).run());
  }
  return {};
}

Result<void> RecordStore::add_answer(const StoredRecordAnswer& a) {
  Statement& row = *TRY(statement("INSERT INTO record_answers VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  row.bind(1, a.record).bind(2, View(a.message)).bind(3, a.sender.str()).bind(4, a.answer).bind(6, a.place.time_ms).bind(7, View(a.body));
  bind_index(row, 5, a.place);
  return row.run();
}

Result<void> RecordStore::place_answer(const MessageId& message, const Place& place) {
  Statement& row = *TRY(statement("UPDATE record_answers SET idx = ?2, time = ?3 WHERE message = ?1"));
  row.bind(1, View(message)).bind(3, place.time_ms);
  bind_index(row, 2, place);
  return row.run();
}

Result<void> RecordStore::drop_queued_answer(const MessageId& message) {
  Statement& row = *TRY(statement("DELETE FROM record_answers WHERE message = ?1 AND idx IS NULL"));
  return row.bind(1, View(message)).run();
}

Result<void> RecordStore::drop_answers(std::string_view record) {
  Statement& row = *TRY(statement("DELETE FROM record_answers WHERE record = ?1"));
  return row.bind(1, record).run();
}

Result<void> RecordStore::add_recall(const StoredRecordRecall& r) {
  Statement& row = *TRY(statement("INSERT INTO record_recalls VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
  row.bind(1, r.record).bind(2, r.owner.str()).bind(3, View(r.message)).bind(4, std::uint64_t{r.revision}).bind(6, r.place.time_ms);
  row.bind(7, r.reason).bind(8, r.contact);
  bind_index(row, 5, r.place);
  return row.run();
}

Result<void> RecordStore::place_recall(std::string_view record, const Place& place) {
  Statement& row = *TRY(statement("UPDATE record_recalls SET idx = ?2, time = ?3 WHERE record = ?1"));
  row.bind(1, record).bind(3, place.time_ms);
  bind_index(row, 2, place);
  return row.run();
}

Result<void> RecordStore::drop_recall(std::string_view record) {
  Statement& row = *TRY(statement("DELETE FROM record_recalls WHERE record = ?1"));
  return row.bind(1, record).run();
}

Result<void> RecordStore::rename(const MessageId& was, const MessageId& now) {
  for (const std::string_view text : {"UPDATE record_revisions SET message = ?2 WHERE message = ?1 AND idx IS NULL",
                                      "UPDATE record_answers SET message = ?2 WHERE message = ?1 AND idx IS NULL",
                                      "UPDATE record_recalls SET message = ?2 WHERE message = ?1 AND idx IS NULL"}) {
    Statement& row = *TRY(statement(text));
    TRY(row.bind(1, View(was)).bind(2, View(now)).run());
  }
  return {};
}

// Whether so few were changed since that it is quicker to sort them than to look for them among all.
Result<bool> RecordStore::few_changed(const RecordQuery& query) {
  if (!query.since) return false;
  Statement& row = *TRY(statement("SELECT count(*) FROM (SELECT 1 FROM records WHERE changed >= ?1 LIMIT 1000)"));
  row.bind(1, *query.since);
  const bool counted = TRY(row.step());
  const std::uint64_t count = counted ? row.u64(0) : 0;
  row.reset();
  return count < 1000;
}

// Along the keys in the order of the days; but of few changed ones, or of one status, along their own index.
Result<std::vector<RecordRow>> RecordStore::list(const RecordQuery& query) {
  const bool few = TRY(few_changed(query)), of_status = !few && query.state.empty() && !query.status.empty();
  const std::string by = few || of_status ? "r." : "k.";
  std::string text = "SELECT " + std::string(kRow);
  if (by == "k.") text += " FROM record_keys k JOIN records r ON r.record = k.record WHERE k.state = ?1";
  else text += " FROM records r INDEXED BY " + std::string(few ? "records_by_change" : query.kind.empty() ? "records_by_status" : "records_by_kind_status") +
               " WHERE (?1 = '' OR EXISTS (SELECT 1 FROM record_keys k WHERE k.state = ?1 AND k.kind = r.kind AND k.first = r.first AND k.record = r.record))";
  if (!query.kind.empty()) text += " AND " + by + "kind = ?2";
  if (query.from) text += " AND " + by + "last >= ?3";
  if (query.to) text += " AND " + by + "first <= ?4";
  if (query.after_day) text += " AND (" + by + "first < ?5 OR (" + by + "first = ?5 AND " + by + "record < ?6)) AND " + by + "first <= ?5";
  if (!query.owner.empty()) text += " AND r.owner = ?7";
  if (!query.status.empty()) text += " AND r.status = ?8";
  if (query.since) text += " AND r.changed >= ?9";
  if (!query.target.empty()) text += " AND " + by + "record IN (SELECT record FROM record_links WHERE target = ?10)";
  text += " ORDER BY " + by + "first DESC, " + by + "record DESC LIMIT ?11";
  Statement& row = *TRY(statement(text));
  row.bind(1, query.state);
  if (!query.kind.empty()) row.bind(2, query.kind);
  if (query.from) row.bind(3, *query.from);
  if (query.to) row.bind(4, *query.to);
  if (query.after_day) row.bind(5, *query.after_day).bind(6, query.after_record);
  if (!query.owner.empty()) row.bind(7, query.owner);
  if (!query.status.empty()) row.bind(8, query.status);
  if (query.since) row.bind(9, *query.since);
  if (!query.target.empty()) row.bind(10, query.target);
  row.bind(11, query.limit);
  std::vector<RecordRow> out;
  while (TRY(row.step())) out.push_back(read_row(row));
  return out;
}

Result<std::vector<StoredRevision>> RecordStore::as_of(std::uint64_t size) {
  static const std::string text = std::string(kRevision) +
                                  " v WHERE idx < ?1 AND revision = (SELECT max(revision) FROM record_revisions w WHERE w.record = v.record AND w.idx < ?1)"
                                  " AND EXISTS (SELECT 1 FROM records r WHERE r.record = v.record) ORDER BY record";
  Statement& row = *TRY(statement(text));
  row.bind(1, size);
  std::vector<StoredRevision> out;
  while (TRY(row.step())) out.push_back(revision_at(row));
  return out;
}

Result<std::vector<RecordStore::DueRow>> RecordStore::dues(const DueQuery& query) {
  std::string text = "SELECT day, record, name, open FROM record_dues WHERE (day, record, name) > (?1, ?2, ?3) AND day <= ?4";
  text += query.all ? " AND open IN (0, 1)" : " AND open = 1";
  if (!query.owner.empty()) text += " AND owner = ?5";
  if (!query.state.empty()) text += " AND record IN (SELECT record FROM record_keys WHERE state = ?6)";
  text += " ORDER BY day, record, name LIMIT ?7";
  Statement& row = *TRY(statement(text));
  row.bind(1, query.after_day).bind(2, query.after_record).bind(3, query.after_name).bind(4, query.until);
  if (!query.owner.empty()) row.bind(5, query.owner);
  if (!query.state.empty()) row.bind(6, query.state);
  row.bind(7, query.limit);
  std::vector<DueRow> out;
  while (TRY(row.step())) out.push_back({row.i64(0), row.text(1), row.text(2), row.u64(3) == 1});
  return out;
}

Result<std::vector<std::string>> RecordStore::recalled_by(std::string_view owner) {
  Statement& row = *TRY(statement("SELECT record FROM record_recalls WHERE owner = ?1 ORDER BY record"));
  row.bind(1, owner);
  std::vector<std::string> out;
  while (TRY(row.step())) out.push_back(row.text(0));
  return out;
}

Result<std::vector<std::string>> RecordStore::booked_after(std::int64_t day, std::uint64_t limit) {
  Statement& row = *TRY(statement("SELECT record FROM record_booked WHERE until >= ?1 ORDER BY until, record LIMIT ?2"));
  row.bind(1, day).bind(2, limit);
  std::vector<std::string> out;
  while (TRY(row.step())) out.push_back(row.text(0));
  return out;
}

Result<std::vector<RecordStore::Link>> RecordStore::links_to(std::string_view target, std::uint64_t limit) {
  Statement& row = *TRY(statement("SELECT record, field FROM record_links WHERE target = ?1 ORDER BY record, field LIMIT ?2"));
  row.bind(1, target).bind(2, limit);
  std::vector<Link> out;
  while (TRY(row.step())) out.push_back({row.text(0), row.text(1)});
  return out;
}

Result<std::vector<std::string>> RecordStore::joints_of(const RecordId& plan, std::string_view record) {
  Statement& row = *TRY(statement("SELECT record FROM record_links WHERE target = ?1 AND record BETWEEN ?2 AND ?2 || '~' AND field = 'plans' LIMIT 16"));
  const std::string own = plan.owner.str() + "-J-";
  row.bind(1, record).bind(2, own);
  std::vector<std::string> out;
  while (TRY(row.step())) out.push_back(row.text(0));
  return out;
}

Result<std::vector<std::pair<std::string, std::uint64_t>>> RecordStore::counts() {
  Statement& row = *TRY(statement("SELECT kind, count(*) FROM record_keys WHERE state = '' GROUP BY kind ORDER BY kind"));
  std::vector<std::pair<std::string, std::uint64_t>> out;
  while (TRY(row.step())) out.emplace_back(row.text(0), row.u64(1));
  return out;
}

}  // namespace liaison
