// SPDX-License-Identifier: Apache-2.0
#include "security/sqlite.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

namespace liaison {
namespace {

namespace fs = std::filesystem;

// The system's VFS, with syncs counted and, when asked, failing: the disk that says EIO.
struct TiredDisk {
  static inline int syncs = 0;
  static inline bool sync_fails = false;
  static inline bool write_fails = false;
  static inline bool disk_full = false;
  struct Methods : sqlite3_io_methods { const sqlite3_io_methods* real = nullptr; };
  static inline std::map<const sqlite3_io_methods*, Methods> ours;   // SQLite has a set for databases, another for journals

  static const sqlite3_io_methods& real(sqlite3_file* file) { return *static_cast<const Methods*>(file->pMethods)->real; }

  static int sync(sqlite3_file* file, int flags) {
    ++syncs;
    return sync_fails ? SQLITE_IOERR_FSYNC : real(file).xSync(file, flags);
  }
  static int write(sqlite3_file* file, const void* data, int amount, sqlite3_int64 offset) {
    if (disk_full) return SQLITE_FULL;
    return write_fails ? SQLITE_IOERR_WRITE : real(file).xWrite(file, data, amount, offset);
  }
  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    auto* system = static_cast<sqlite3_vfs*>(vfs->pAppData);
    const int result = system->xOpen(system, name, file, flags, out);
    if (result != SQLITE_OK || file->pMethods == nullptr) return result;
    auto& methods = ours[file->pMethods];
    static_cast<sqlite3_io_methods&>(methods) = *file->pMethods;
    methods.real = file->pMethods;
    methods.xSync = sync;
    methods.xWrite = write;
    file->pMethods = &methods;
    return result;
  }
  static void use() {
    static sqlite3_vfs vfs = [] {
      auto* system = sqlite3_vfs_find(nullptr);
      sqlite3_vfs made = *system;
      made.zName = "tired";
      made.pAppData = system;
      made.xOpen = open;
      return made;
    }();
    sqlite3_vfs_register(&vfs, 0);
    syncs = 0;
    sync_fails = write_fails = disk_full = false;
  }
};

class Sqlite : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string made = (fs::temp_directory_path() / "sqlite-XXXXXX").string();
    ASSERT_NE(::mkdtemp(made.data()), nullptr);
    folder_ = made;
    file_ = folder_ / "log.db";
    TiredDisk::use();
  }
  void TearDown() override { fs::remove_all(folder_); }
  static std::unique_ptr<Database> opened(const fs::path& file, const Database::Options& options = {}) {
    auto database = Database::open(file, options);
    EXPECT_TRUE(database.has_value()) << database.error().what;
    return database ? std::move(*database) : nullptr;
  }
  static Database::Options in_mode(Database::Mode mode) {
    Database::Options options;
    options.mode = mode;
    return options;
  }
  static std::string value(Database& database, const std::string& sql) {
    auto statement = database.prepare(sql);
    EXPECT_TRUE(statement.has_value()) << statement.error().what;
    const auto row = statement->step();
    return row && *row ? statement->text(0) : "nothing";
  }
  static void fill(Database& database, int rows) {
    ASSERT_TRUE(database.begin());
    auto insert = database.prepare("INSERT INTO t(id, data) VALUES(?1, ?2)");
    ASSERT_TRUE(insert.has_value());
    const Bytes data(1000, 7);
    for (int i = 0; i < rows; ++i) ASSERT_TRUE(insert->bind(1, static_cast<std::int64_t>(i)).bind(2, View(data)).run());
    ASSERT_TRUE(database.commit());
  }

  fs::path folder_, file_;
};

TEST_F(Sqlite, EveryOptionThatDurabilityRestsOnIsSet) {
  auto database = opened(file_);
  EXPECT_EQ(value(*database, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(value(*database, "PRAGMA synchronous"), "2");
  EXPECT_EQ(value(*database, "PRAGMA locking_mode"), "exclusive");
  EXPECT_EQ(value(*database, "PRAGMA cell_size_check"), "1");
  EXPECT_EQ(value(*database, "PRAGMA temp_store"), "2");
  EXPECT_EQ(value(*database, "PRAGMA trusted_schema"), "0");
  EXPECT_EQ(value(*database, "PRAGMA cache_size"), "-32768");
  EXPECT_EQ(value(*database, "PRAGMA foreign_keys"), "0");
  EXPECT_EQ(*database->integrity(), "ok");
}

TEST_F(Sqlite, ValuesComeBackAsTheyWereBound) {
  auto database = opened(file_);
  ASSERT_TRUE(database->execute("CREATE TABLE t(a, b, c, d, e, f) STRICT;").has_value() == false);   // STRICT wants types
  ASSERT_TRUE(database->execute("CREATE TABLE t(a INT, b INT, c TEXT, d BLOB, e TEXT, f BLOB) STRICT;"));
  auto insert = database->prepare("INSERT INTO t VALUES(?1,?2,?3,?4,?5,?6)");
  const Bytes blob{0, 1, 255};
  const std::string text("a\0b", 3);
  ASSERT_TRUE(insert->bind(1, std::uint64_t{INT64_MAX}).bind(2, std::int64_t{-5}).bind(3, text).bind(4, View(blob)).bind_null(5).bind(6, View{}).run());
  EXPECT_EQ(database->changes(), 1);
  auto select = database->prepare("SELECT * FROM t");
  ASSERT_TRUE(*select->step());
  EXPECT_EQ(select->u64(0), std::uint64_t{INT64_MAX});
  EXPECT_EQ(select->i64(1), -5);
  EXPECT_EQ(select->text(2), text);
  EXPECT_EQ(bytes_of(select->blob(3)), blob);
  EXPECT_TRUE(select->is_null(4));
  EXPECT_FALSE(select->is_null(5));
  EXPECT_TRUE(select->blob(5).empty());
  EXPECT_FALSE(*select->step());
  EXPECT_TRUE(*select->step());   // it has reset itself
}

TEST_F(Sqlite, ANumberThatSqliteCannotHoldIsAProgrammersMistake) {
  auto database = opened(file_);
  auto select = database->prepare("SELECT ?1");
  EXPECT_DEATH(select->bind(1, std::uint64_t{INT64_MAX} + 1), "CHECK|value");
}

TEST_F(Sqlite, ACommitIsSyncedBeforeItReturns) {
  auto database = opened(file_, {.vfs = "tired"});
  ASSERT_TRUE(database->execute("CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB);"));
  for (int i = 0; i < 3; ++i) {
    const int before = TiredDisk::syncs;
    ASSERT_TRUE(database->begin());
    ASSERT_TRUE(database->execute("INSERT INTO t(data) VALUES(x'00');"));
    EXPECT_EQ(TiredDisk::syncs, before);
    ASSERT_TRUE(database->commit());
    EXPECT_GT(TiredDisk::syncs, before);
  }
}

TEST_F(Sqlite, AFailedSyncIsRememberedForEver) {
  auto database = opened(file_, {.vfs = "tired"});
  ASSERT_TRUE(database->execute("CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB);"));
  ASSERT_TRUE(database->begin());
  ASSERT_TRUE(database->execute("INSERT INTO t(data) VALUES(x'00');"));
  TiredDisk::sync_fails = true;
  const auto done = database->commit();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Code::kStore);
  EXPECT_TRUE(database->sync_failed());
  EXPECT_FALSE(database->disk_full());
  TiredDisk::sync_fails = false;
  database->rollback();
  EXPECT_TRUE(database->sync_failed());
}

TEST_F(Sqlite, AFailedWriteStopsTheOwnerToo) {
  auto database = opened(file_, {.vfs = "tired"});
  ASSERT_TRUE(database->execute("CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB);"));
  TiredDisk::write_fails = true;
  EXPECT_FALSE(database->execute("INSERT INTO t(data) VALUES(x'00');").has_value());
  EXPECT_TRUE(database->sync_failed());
  TiredDisk::write_fails = false;
}

TEST_F(Sqlite, ASyncThatFailsAtOpeningRefusesTheFile) {
  {
    auto database = opened(file_);
    ASSERT_TRUE(database->execute("CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB);"));
    fill(*database, 20);
    fs::copy_file(file_, folder_ / "copy.db");
    fs::copy_file(file_.string() + "-wal", folder_ / "copy.db-wal");
  }
  TiredDisk::sync_fails = true;
  const auto refused = Database::open(folder_ / "copy.db", {.vfs = "tired"});
  TiredDisk::sync_fails = false;
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kStore);
}

TEST_F(Sqlite, AFullDiskIsToldApartAndTheOldRowsStay) {
  auto database = opened(file_);
  ASSERT_TRUE(database->execute("CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB); INSERT INTO t(data) VALUES(x'00');"));
  ASSERT_TRUE(database->execute("PRAGMA max_page_count=8;"));
  ASSERT_TRUE(database->begin());
  const auto done = database->execute("INSERT INTO t(data) VALUES(zeroblob(100000));");
  ASSERT_FALSE(done.has_value());
  EXPECT_TRUE(database->disk_full());
  EXPECT_FALSE(database->sync_failed());
  database->rollback();
  EXPECT_EQ(value(*database, "SELECT count(*) FROM t"), "1");
  EXPECT_FALSE(database->execute("SELECT nonsense").has_value());
  EXPECT_FALSE(database->disk_full());   // that was another error
}

TEST_F(Sqlite, WhatACrashLeftInTheJournalIsThereAndTheJournalIsEmptied) {
  auto database = opened(file_);
  ASSERT_TRUE(database->execute("CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB);"));
  fill(*database, 50);
  const auto copy = folder_ / "crashed.db";
  fs::copy_file(file_, copy);
  fs::copy_file(file_.string() + "-wal", copy.string() + "-wal");
  ASSERT_GT(fs::file_size(copy.string() + "-wal"), 50'000U);
  auto again = opened(copy);
  EXPECT_EQ(value(*again, "SELECT count(*) FROM t"), "50");
  EXPECT_EQ(fs::file_size(copy.string() + "-wal"), 0U);
}

TEST_F(Sqlite, TheJournalIsCopiedBackInPiecesAndReadBackWhole) {
  {
    Database::Options often;
    often.wal_autocheckpoint_pages = 100;
    auto database = opened(file_, often);
    ASSERT_TRUE(database->execute("CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB);"));
    fill(*database, 2'000);
    EXPECT_GT(fs::file_size(file_), 2'000'000U) << "copied back at the commit";
    ASSERT_TRUE(database->execute("UPDATE t SET data = zeroblob(900) WHERE id % 7 = 0;"));
    EXPECT_EQ(value(*database, "SELECT count(*) FROM t WHERE length(data) = 900"), "286");
  }
  auto again = opened(file_);
  EXPECT_EQ(value(*again, "SELECT count(*) FROM t WHERE length(data) = 900"), "286");
  EXPECT_EQ(value(*again, "SELECT count(*) FROM t"), "2000");
  EXPECT_EQ(*again->integrity(), "ok");
}

// A page that could not be written is told by the commit, however many others were gathered with it; then the disk has room again.
TEST_F(Sqlite, ACommitWhosePagesDidNotArriveFailsAndTheNextOneStands) {
  auto database = opened(file_, {.vfs = "tired"});
  ASSERT_TRUE(database->execute("CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB);"));
  ASSERT_TRUE(database->begin());
  ASSERT_TRUE(database->execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
                                "INSERT INTO t SELECT i, zeroblob(1000) FROM n;"));
  TiredDisk::disk_full = true;
  EXPECT_FALSE(database->commit().has_value());
  EXPECT_TRUE(database->disk_full());
  EXPECT_FALSE(database->sync_failed());
  TiredDisk::disk_full = false;
  database->rollback();
  EXPECT_EQ(value(*database, "SELECT count(*) FROM t"), "0");
  fill(*database, 30);
  database.reset();
  auto again = opened(file_);
  EXPECT_EQ(value(*again, "SELECT count(*) FROM t"), "30");
  EXPECT_EQ(*again->integrity(), "ok");
}

TEST_F(Sqlite, ATornJournalKeepsWholeTransactionsOnly) {
  auto database = opened(file_);
  ASSERT_TRUE(database->execute("CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB);"));
  fill(*database, 5);
  const auto one = fs::file_size(file_.string() + "-wal");
  ASSERT_TRUE(database->execute("DELETE FROM t;"));
  fill(*database, 9);
  const auto whole = fs::file_size(file_.string() + "-wal");
  for (auto size = one; size < whole; size += 1499) {
    const auto copy = folder_ / ("torn" + std::to_string(size) + ".db");
    fs::copy_file(file_, copy);
    fs::copy_file(file_.string() + "-wal", copy.string() + "-wal");
    fs::resize_file(copy.string() + "-wal", size);
    auto again = opened(copy);
    const auto rows = value(*again, "SELECT count(*) FROM t");
    EXPECT_TRUE(rows == "5" || rows == "0") << size << ": " << rows;
  }
}

TEST_F(Sqlite, ACommittedRowOutlivesAKilledProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto database = Database::open(file_, {});
    if (!database || !(*database)->execute("CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES(1);")) ::_exit(1);
    if (!(*database)->begin() || !(*database)->execute("INSERT INTO t VALUES(2);")) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  auto database = opened(file_);
  EXPECT_EQ(value(*database, "SELECT group_concat(id) FROM t"), "1");
}

TEST_F(Sqlite, ASecondConnectionIsRefused) {
  auto database = opened(file_);
  ASSERT_TRUE(database->execute("CREATE TABLE t(id INTEGER PRIMARY KEY);"));
  const pid_t child = ::fork();
  if (child == 0) ::_exit(Database::open(file_, {}).has_value() ? 0 : 7);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST_F(Sqlite, AFileThatIsNoDatabaseIsRefused) {
  std::ofstream(file_) << std::string(8192, 'x');
  const auto database = Database::open(file_, {});
  ASSERT_FALSE(database.has_value());
  EXPECT_EQ(database.error().code, Code::kStore);
  EXPECT_NE(database.error().what.find(file_.string()), std::string::npos) << database.error().what;
}

TEST_F(Sqlite, AMissingFileIsMadeOnlyWhenAsked) {
  EXPECT_FALSE(Database::open(file_, in_mode(Database::Mode::kReadWrite)).has_value());
  EXPECT_FALSE(Database::open(file_, in_mode(Database::Mode::kReadOnly)).has_value());
  EXPECT_FALSE(fs::exists(file_));
  opened(file_);
  EXPECT_TRUE(fs::exists(file_));
}

TEST_F(Sqlite, ReadOnlyReadsAndWritesNothing) {
  {
    auto database = opened(file_);
    ASSERT_TRUE(database->execute("CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES(1);"));
  }
  auto reader = opened(file_, in_mode(Database::Mode::kReadOnly));
  EXPECT_EQ(value(*reader, "SELECT count(*) FROM t"), "1");
  EXPECT_FALSE(reader->execute("INSERT INTO t VALUES(2);").has_value());
}

TEST_F(Sqlite, ADamagedPageIsFoundAndNotReturned) {
  {
    auto database = opened(file_);
    ASSERT_TRUE(database->execute("CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB);"));
    fill(*database, 200);
  }
  std::fstream disk(file_, std::ios::in | std::ios::out | std::ios::binary);
  disk.seekp(4096 * 5);
  disk.write(std::string(512, '\xff').data(), 512);
  disk.close();
  auto database = opened(file_);
  const auto verdict = database->integrity();
  EXPECT_TRUE(!verdict || *verdict != "ok");
}

TEST_F(Sqlite, StatementsMoveAndOutliveTheirPlace) {
  auto database = opened(file_);
  auto made = database->prepare("SELECT 1");
  Statement moved = std::move(*made);
  Statement other = std::move(*database->prepare("SELECT 2"));
  other = std::move(moved);
  EXPECT_TRUE(*other.step());
  EXPECT_EQ(other.i64(0), 1);
}

}  // namespace
}  // namespace liaison
