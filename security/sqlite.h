// SPDX-License-Identifier: Apache-2.0
// The only door to SQLite: one connection a file, WAL, synchronous=FULL, foreign keys off, no shared cache, SQLite's
// own checks on (cell_size_check), exclusive locking. One thread. A commit has reached stable storage when it returns.
// A failed sync or I/O error is kStore with `sync_failed()` true afterwards: the owner must end the process (74).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "schemas/ids.h"
#include "schemas/result.h"
#include "security/gathered_writes.h"

struct sqlite3;
struct sqlite3_stmt;

namespace liaison {

class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();
  // Bind by position from 1. Text and blobs are bound without copying: they must outlive the next step.
  Statement& bind(int at, std::uint64_t value);   // CHECKs <= INT64_MAX
  Statement& bind(int at, std::int64_t value);
  Statement& bind(int at, std::string_view text);
  Statement& bind(int at, View blob);
  Statement& bind_null(int at);
  // True while there is a row. Resets by itself after the last one and on error.
  Result<bool> step();
  // step() that expects no row, then reset.
  Result<void> run();
  void reset();
  std::uint64_t u64(int column) const;
  std::int64_t i64(int column) const;
  std::string text(int column) const;
  View blob(int column) const;                    // valid until the next step or reset
  bool is_null(int column) const;

 private:
  friend class Database;
  Statement(sqlite3_stmt* statement, class Database* database) : statement_(statement), database_(database) {}
  sqlite3_stmt* statement_ = nullptr;
  class Database* database_ = nullptr;
};

class Database {
 public:
  enum class Mode { kReadWriteCreate, kReadWrite, kReadOnly };
  struct Options {
    Mode mode = Mode::kReadWriteCreate;
    int cache_kib = 32 * 1024;       // at most; indexes that lie in no order of time are wanted whole
    std::string vfs;                 // a registered VFS for tests; empty is the system's
    int wal_autocheckpoint_pages = 4000;
    int page_bytes = 4096;           // of a file that is made; one that is there keeps its own
    bool full_sync = true;           // false only for views that can be built anew
  };
  // kStore with SQLite's own words. Brings the WAL to stable storage, checkpoints it (TRUNCATE) and syncs that it is empty
  // before it returns (PROTOCOL 4), also after a sync that failed.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file, const Options& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Result<void> execute(const std::string& sql);              // one or more statements without parameters
  Result<Statement> prepare(std::string_view sql);
  Result<void> begin();                                      // BEGIN IMMEDIATE
  Result<void> commit();
  void rollback();
  std::int64_t changes() const;
  // The rowid that the last INSERT gave; RETURNING would make a table for each answer.
  std::uint64_t last_row() const;
  bool sync_failed() const { return sync_failed_; }
  bool disk_full() const { return disk_full_; }              // the last error was SQLITE_FULL
  // PRAGMA integrity_check's first line, "ok" when whole.
  Result<std::string> integrity();

 private:
  friend class Statement;
  Database() = default;
  Error error(std::string_view doing);
  Result<void> settle();
  Error unsettled();
  std::unique_ptr<GatheredWrites> writes_;   // goes after the connection
  sqlite3* handle_ = nullptr;
  std::string file_;
  int copy_back_at_ = 0;           // pages in the WAL
  bool sync_failed_ = false;
  bool disk_full_ = false;
};

// "3.40.1": the SQLite that this program runs with.
std::string sqlite_version();

}  // namespace liaison
