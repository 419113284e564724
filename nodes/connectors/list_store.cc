// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/list_store.h"

namespace liaison {

namespace {

constexpr const char* kListTables = R"sql(
CREATE TABLE IF NOT EXISTS list_versions (
  connector TEXT PRIMARY KEY, digest BLOB NOT NULL, generated_ms INTEGER NOT NULL, entries INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS list_tellings (
  connector TEXT PRIMARY KEY, digest BLOB NOT NULL, generated_ms INTEGER NOT NULL, entries INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS list_entries (
  connector TEXT NOT NULL, reference TEXT NOT NULL, standing INTEGER NOT NULL, list_type TEXT NOT NULL, entity INTEGER NOT NULL, listed_on TEXT NOT NULL,
  updated_on TEXT NOT NULL, delisted_on TEXT NOT NULL, record TEXT NOT NULL, fields TEXT NOT NULL, PRIMARY KEY (connector, reference))
  STRICT, WITHOUT ROWID;
)sql";

Error broken_list_row() { return fail(Code::kStore, "a row of the last good list is damaged", "restore node.db from a backup"); }

Result<std::optional<KeptVersion>> one_version(Statement& select, const std::string& connector) {
  select.bind(1, std::string_view(connector));
  if (!TRY(select.step())) return std::optional<KeptVersion>{};
  const auto digest = array_from<Hash>(select.blob(0));
  const KeptVersion out{digest.value_or(kZeroHash), select.u64(1), select.u64(2)};
  select.reset();
  if (!digest) return broken_list_row();
  return std::optional(out);
}

Result<void> put_version(Statement& put, const std::string& connector, const KeptVersion& version) {
  put.bind(1, std::string_view(connector)).bind(2, View(version.digest)).bind(3, version.generated_ms).bind(4, version.entries);
  return put.run();
}

}  // namespace

Result<void> ListStore::make_tables(NodeStore& store) {
  TRY(store.begin());
  return store.database().execute(kListTables);
}

Result<std::optional<KeptVersion>> ListStore::version(const std::string& connector) {
  return one_version(*TRY(store_.statement("SELECT digest, generated_ms, entries FROM list_versions WHERE connector = ?")), connector);
}

Result<void> ListStore::set_version(const std::string& connector, const KeptVersion& version) {
  TRY(store_.begin());
  Statement* put = TRY(store_.statement("INSERT OR REPLACE INTO list_versions (connector, digest, generated_ms, entries) VALUES (?, ?, ?, ?)"));
  TRY(put_version(*put, connector, version));
  Statement* over = TRY(store_.statement("DELETE FROM list_tellings WHERE connector = ?"));
  over->bind(1, std::string_view(connector));
  return over->run();
}

Result<std::optional<KeptVersion>> ListStore::being_told(const std::string& connector) {
  return one_version(*TRY(store_.statement("SELECT digest, generated_ms, entries FROM list_tellings WHERE connector = ?")), connector);
}

Result<void> ListStore::set_being_told(const std::string& connector, const KeptVersion& version) {
  TRY(store_.begin());
  Statement* put = TRY(store_.statement("INSERT OR REPLACE INTO list_tellings (connector, digest, generated_ms, entries) VALUES (?, ?, ?, ?)"));
  return put_version(*put, connector, version);
}

Result<std::vector<KeptEntry>> ListStore::entries(const std::string& connector) {
  Statement* select = TRY(store_.statement("SELECT reference, standing, list_type, entity, listed_on, updated_on, delisted_on, record, fields "
                                           "FROM list_entries WHERE connector = ? ORDER BY reference"));
  select->bind(1, std::string_view(connector));
  std::vector<KeptEntry> out;
  bool broken = false;
  while (TRY(select->step())) {
    auto fields = list_fields_of(select->text(8));
    broken = broken || !fields;
    if (broken) continue;
    out.push_back({{select->text(0), select->text(2), select->u64(3) != 0, select->text(4), select->text(5), select->text(6), std::move(*fields)},
                   select->u64(1) != 0, select->text(7)});
  }
  if (broken) return broken_list_row();
  return out;
}

Result<void> ListStore::put(const std::string& connector, const KeptEntry& kept) {
  TRY(store_.begin());
  Statement* put = TRY(store_.statement("INSERT OR REPLACE INTO list_entries (connector, reference, standing, list_type, entity, listed_on, updated_on, "
                                        "delisted_on, record, fields) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  const ListedEntry& entry = kept.entry;
  const std::string fields = list_fields_text(entry.fields);
  put->bind(1, std::string_view(connector)).bind(2, std::string_view(entry.reference)).bind(3, std::uint64_t{kept.standing});
  put->bind(4, std::string_view(entry.list_type)).bind(5, std::uint64_t{entry.entity}).bind(6, std::string_view(entry.listed_on));
  put->bind(7, std::string_view(entry.updated_on)).bind(8, std::string_view(entry.delisted_on)).bind(9, std::string_view(kept.record));
  put->bind(10, std::string_view(fields));
  return put->run();
}

Result<void> ListStore::forget(const std::string& connector) {
  TRY(store_.begin());
  Statement* remove = TRY(store_.statement("DELETE FROM list_entries WHERE connector = ?"));
  remove->bind(1, std::string_view(connector));
  return remove->run();
}

}  // namespace liaison
