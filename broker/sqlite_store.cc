// SPDX-License-Identifier: Apache-2.0
#include "broker/sqlite_store.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <system_error>

#include "security/durable.h"
#include "security/hash.h"

namespace liaison {

namespace {

constexpr std::string_view kLogTables = R"(
CREATE TABLE IF NOT EXISTS format(version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS entries(idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, mark BLOB NOT NULL,
                                   key_id BLOB, sequence INTEGER, message_id BLOB, rule TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS entries_place ON entries(key_id, sequence) WHERE key_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS bodies(idx INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS chains(key_id BLOB PRIMARY KEY, member TEXT NOT NULL, first_index INTEGER NOT NULL,
                                  last_index INTEGER NOT NULL, sequence INTEGER NOT NULL, message_id BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS usage(day INTEGER NOT NULL, member TEXT NOT NULL, kind TEXT NOT NULL, messages INTEGER NOT NULL,
                                 bytes INTEGER NOT NULL, PRIMARY KEY(day, member, kind)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tiles(number INTEGER PRIMARY KEY, root BLOB NOT NULL, others BLOB NOT NULL, mark BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS equivocations(key_id BLOB PRIMARY KEY, sequence INTEGER NOT NULL, seen_ms INTEGER NOT NULL,
                                         count INTEGER NOT NULL, frame BLOB NOT NULL) WITHOUT ROWID;
)";
constexpr std::string_view kCheckpointTable = R"(
CREATE TABLE IF NOT EXISTS watermark(one INTEGER PRIMARY KEY CHECK(one = 1), size INTEGER NOT NULL, root BLOB NOT NULL,
                                     epoch INTEGER NOT NULL);
)";
constexpr std::uint64_t kFormatVersion = 1;
constexpr std::uint64_t kNumberMax = INT64_MAX;   // of an SQLite integer

using RowMark = std::array<std::uint8_t, 8>;

RowMark mark_of(View leaf, const Entry& entry) {
  Bytes sequence;
  put_u64(sequence, entry.sequence);
  const Hash whole = sha256({leaf, entry.key_id, sequence, entry.message_id, view_of(entry.rule)});
  RowMark mark{};
  std::copy_n(whole.begin(), mark.size(), mark.begin());
  return mark;
}

Error damaged(std::uint64_t index, std::string_view what) {
  return fail(Code::kStore, place_of(index) + ": " + std::string(what),
              "run liaison-broker --fsck, and restore the folder from its last good copy");
}

}  // namespace

struct SqliteStore::Statements {
  Statement insert_entry, insert_body, upsert_chain, upsert_usage, size, leaves, entries, find, swap, read_watermark;
};

SqliteStore::SqliteStore(std::filesystem::path folder, Meters& meters, const Options& options)
    : folder_(std::move(folder)), meters_(meters), reserve_bytes_(options.reserve_bytes) {}

SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& folder, Meters& meters, const Options& options) {
  std::unique_ptr<SqliteStore> store(new SqliteStore(folder, meters, options));
  TRY(ensure_private_folder(folder / "log"));
  TRY(ensure_private_folder(folder / "checkpoint"));
  Database::Options file;
  file.vfs = options.vfs;
  file.cache_kib = 8192;
  store->log_ = TRY(Database::open(folder / "log" / "log.db", file));
  file.cache_kib = 64;
  store->checkpoint_ = TRY(Database::open(folder / "checkpoint" / "checkpoint.db", file));
  TRY(store->log_->execute(std::string(kLogTables)));
  TRY(store->checkpoint_->execute(std::string(kCheckpointTable)));
  TRY(store->prepare());
  store->set_reserve(true);
  return store;
}

Result<void> SqliteStore::prepare() {
  {
    Statement version = TRY(log_->prepare("SELECT version FROM format"));
    if (!TRY(version.step())) {
      TRY(log_->execute("INSERT INTO format(version) VALUES(" + std::to_string(kFormatVersion) + ")"));
    } else if (version.u64(0) != kFormatVersion) {
      return fail(Code::kStore, "log.db has format " + std::to_string(version.u64(0)) + ", this program knows format " +
                                    std::to_string(kFormatVersion), "start the version of liaison-broker that wrote it");
    }
  }
  // One by one: a statement left behind would keep the file locked for the next open.
  Statement insert_entry = TRY(log_->prepare("INSERT INTO entries(idx, leaf, mark, key_id, sequence, message_id, rule) VALUES(?,?,?,?,?,?,?)"));
  Statement insert_body = TRY(log_->prepare("INSERT INTO bodies(idx, body) VALUES(?,?)"));
  Statement upsert_chain = TRY(log_->prepare(
      "INSERT INTO chains VALUES(?,?,?,?,?,?) ON CONFLICT(key_id) DO UPDATE SET last_index = excluded.last_index, "
      "sequence = excluded.sequence, message_id = excluded.message_id"));
  Statement upsert_usage = TRY(log_->prepare(
      "INSERT INTO usage VALUES(?,?,?,?,?) ON CONFLICT(day, member, kind) DO UPDATE SET messages = excluded.messages, bytes = excluded.bytes"));
  Statement size_of = TRY(log_->prepare("SELECT max(idx) FROM entries"));
  Statement read_leaves = TRY(log_->prepare("SELECT idx, leaf FROM entries WHERE idx >= ? ORDER BY idx LIMIT ?"));
  Statement read_entries = TRY(log_->prepare(
      "SELECT e.idx, e.leaf, e.mark, e.key_id, e.sequence, e.message_id, e.rule, b.body FROM entries e "
      "LEFT JOIN bodies b ON b.idx = e.idx WHERE e.idx >= ? ORDER BY e.idx LIMIT ?"));
  Statement find_place = TRY(log_->prepare(
      "SELECT idx, leaf, mark, key_id, sequence, message_id, rule FROM entries WHERE key_id = ? AND sequence = ?"));
  Statement swap = TRY(checkpoint_->prepare(
      "UPDATE watermark SET size = ?, root = ?, epoch = ? WHERE one = 1 AND size = ? AND root = ? AND epoch = ?"));
  Statement read_watermark = TRY(checkpoint_->prepare("SELECT size, root, epoch FROM watermark WHERE one = 1"));
  statements_ = std::make_unique<Statements>(Statements{
      std::move(insert_entry), std::move(insert_body), std::move(upsert_chain), std::move(upsert_usage), std::move(size_of),
      std::move(read_leaves), std::move(read_entries), std::move(find_place), std::move(swap), std::move(read_watermark)});
  return {};
}

Error SqliteStore::trouble(const Database& database, Error error) const {
  if (!database.sync_failed() && database.disk_full()) {
    return fail(Code::kStorageFull, "the disk is full", "free some space; the broker goes on by itself");
  }
  return error;
}

Result<void> SqliteStore::append(const std::vector<Entry>& entries, const Fold& touched) {
  meters_.enter(Stage::kStore);
  const Stopwatch rows;
  auto written = log_->begin();
  if (written) written = write_rows(entries);
  if (written) written = write_fold(touched);
  if (written) written = write_added_tiles();
  meters_.append.add(rows.seconds());
  meters_.enter(Stage::kSync);
  const Stopwatch sync;
  if (written) written = log_->commit();
  meters_.sync.add(sync.seconds());
  if (written) {
    added_tiles_.clear();
    return {};
  }
  Error error = trouble(*log_, written.error());
  if (!log_->sync_failed()) log_->rollback();
  return error;
}

Result<void> SqliteStore::write_rows(const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    const LeafData leaf = encode_leaf(entry.leaf);
    const RowMark mark = mark_of(leaf, entry);
    Statement& row = statements_->insert_entry;
    row.bind(1, entry.leaf.index).bind(2, View(leaf)).bind(3, View(mark));
    if (entry.is_frame()) {
      row.bind(4, View(entry.key_id)).bind(5, entry.sequence).bind(6, View(entry.message_id)).bind(7, std::string_view(entry.rule));
    } else {
      row.bind_null(4).bind_null(5).bind_null(6).bind_null(7);
    }
    TRY(row.run());
    TRY(statements_->insert_body.bind(1, entry.leaf.index).bind(2, View(entry.body)).run());
  }
  return {};
}

Result<void> SqliteStore::write_fold(const Fold& touched) {
  for (const auto& [key, chain] : touched.chains) {
    TRY(statements_->upsert_chain.bind(1, View(key)).bind(2, std::string_view(chain.member.str())).bind(3, chain.first_index)
            .bind(4, chain.last_index).bind(5, chain.sequence).bind(6, View(chain.message_id)).run());
  }
  for (const auto& [key, usage] : touched.usage) {
    TRY(statements_->upsert_usage.bind(1, key.day).bind(2, std::string_view(key.member.str())).bind(3, std::string_view(key.kind))
            .bind(4, usage.messages).bind(5, usage.bytes).run());
  }
  return {};
}

Result<std::uint64_t> SqliteStore::size() {
  Statement& row = statements_->size;
  if (!TRY(row.step())) return fail(Code::kStore, "log.db does not say how many entries it has");
  const std::uint64_t size = row.is_null(0) ? 0 : row.u64(0) + 1;
  row.reset();
  return size;
}

Result<std::vector<LeafData>> SqliteStore::leaves(std::uint64_t first, std::size_t count) {
  std::vector<LeafData> found;
  found.reserve(count);
  Statement& row = statements_->leaves;
  row.bind(1, first).bind(2, static_cast<std::uint64_t>(count));
  while (found.size() < count && TRY(row.step())) {
    const std::uint64_t index = first + found.size();
    const auto leaf = array_from<LeafData>(row.blob(1));
    const bool good = leaf && row.u64(0) == index && get_u64(leaf->data() + 4) == index;
    if (!good) {
      row.reset();
      return damaged(index, "the row does not hold the leaf of this index");
    }
    found.push_back(*leaf);
  }
  row.reset();
  return found;
}

Result<Entry> SqliteStore::read_entry(Statement& row) {
  const std::uint64_t index = row.u64(0);
  const View leaf = row.blob(1);
  Entry entry;
  if (auto decoded = decode_leaf(leaf)) entry.leaf = *decoded; else return damaged(index, "the leaf is not readable");
  if (!row.is_null(3)) {
    const auto key_id = array_from<KeyId>(row.blob(3));
    const auto message_id = array_from<MessageId>(row.blob(5));
    if (!key_id || !message_id) return damaged(index, "the row's key or message id has another length");
    entry.key_id = *key_id;
    entry.sequence = row.u64(4);
    entry.message_id = *message_id;
    entry.rule = row.text(6);
  }
  const RowMark mark = mark_of(leaf, entry);
  const View stored = row.blob(2);
  if (entry.leaf.index != index || entry.is_frame() == row.is_null(3) || !std::equal(mark.begin(), mark.end(), stored.begin(), stored.end())) {
    return damaged(index, "the row has changed since it was written");
  }
  return entry;
}

Result<std::vector<Entry>> SqliteStore::entries(std::uint64_t first, std::size_t count, std::size_t bytes_max) {
  std::vector<Entry> found;
  std::size_t bytes = 0;
  Statement& row = statements_->entries;
  row.bind(1, first).bind(2, static_cast<std::uint64_t>(count));
  while (found.size() < count && bytes <= bytes_max && TRY(row.step())) {
    auto entry = read_entry(row);
    if (entry) {
      entry->body = bytes_of(row.blob(7));
      auto checked = check_entry(*entry);
      if (!checked) entry = checked.error();
    }
    if (entry && entry->leaf.index != first + found.size()) entry = damaged(first + found.size(), "the row is missing");
    if (!entry) {
      row.reset();
      return entry.error();
    }
    bytes += entry->body.size();
    found.push_back(std::move(*entry));
  }
  row.reset();
  return found;
}

Result<std::optional<Place>> SqliteStore::find(const KeyId& key_id, std::uint64_t sequence) {
  if (sequence > kNumberMax) return std::optional<Place>();
  Statement& row = statements_->find;
  row.bind(1, View(key_id)).bind(2, sequence);
  if (!TRY(row.step())) return std::optional<Place>();
  auto entry = read_entry(row);
  row.reset();
  if (!entry) return entry.error();
  return std::optional<Place>(Place{entry->leaf.index, entry->message_id});
}

Result<std::optional<Watermark>> SqliteStore::watermark() {
  Statement& row = statements_->read_watermark;
  if (!TRY(row.step())) return std::optional<Watermark>();
  Watermark mark;
  mark.size = row.u64(0);
  const auto root = array_from<Hash>(row.blob(1));
  mark.epoch = row.u64(2);
  row.reset();
  if (!root || mark.size > kNumberMax || mark.epoch >= kNumberMax) return fail(Code::kStore, "checkpoint.db: its row is not readable");
  mark.root = *root;
  return std::optional<Watermark>(mark);
}

Result<void> SqliteStore::advance(const std::optional<Watermark>& from, const Watermark& to) {
  meters_.enter(Stage::kCheckpoint);
  auto done = checkpoint_->begin();
  if (done && from) {
    done = statements_->swap.bind(1, to.size).bind(2, View(to.root)).bind(3, to.epoch).bind(4, from->size)
               .bind(5, View(from->root)).bind(6, from->epoch).run();
  } else if (done) {
    Statement create = TRY(checkpoint_->prepare("INSERT OR IGNORE INTO watermark VALUES(1, ?, ?, ?)"));
    done = create.bind(1, to.size).bind(2, View(to.root)).bind(3, to.epoch).run();
  }
  if (done && checkpoint_->changes() != 1) {
    checkpoint_->rollback();
    return fail(Code::kHalted, "the checkpoint is no longer the one this broker wrote: another process has used this folder",
                "find the other broker and stop it before this one is started again");
  }
  meters_.enter(Stage::kSync);
  const Stopwatch sync;
  if (done) done = checkpoint_->commit();
  meters_.sync.add(sync.seconds());
  if (done) return {};
  Error error = trouble(*checkpoint_, done.error());
  if (!checkpoint_->sync_failed()) checkpoint_->rollback();
  return error;
}

std::uint64_t SqliteStore::free_bytes() {
  struct statvfs disk {};
  if (statvfs((folder_ / "log").c_str(), &disk) != 0 || (disk.f_flag & ST_RDONLY) != 0) return 0;
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
}

void SqliteStore::set_reserve(bool held) {
  const std::filesystem::path file = folder_ / "log" / "reserve";
  std::error_code ignored;
  if (!held || reserve_bytes_ == 0) {
    std::filesystem::remove(file, ignored);
    return;
  }
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return;
  // A reserve that does not fit is no reserve: better none than half of one.
  if (posix_fallocate(fd, 0, static_cast<off_t>(reserve_bytes_)) != 0) std::filesystem::remove(file, ignored);
  ::close(fd);
}

bool SqliteStore::sync_failed() const { return log_->sync_failed() || checkpoint_->sync_failed(); }

std::uint64_t SqliteStore::bytes() {
  std::uint64_t sum = 0;
  for (const char* name : {"log/log.db", "log/log.db-wal", "checkpoint/checkpoint.db", "checkpoint/checkpoint.db-wal"}) {
    std::error_code absent;
    const auto size = std::filesystem::file_size(folder_ / name, absent);
    if (!absent) sum += size;
  }
  return sum;
}

}  // namespace liaison
