// SPDX-License-Identifier: Apache-2.0
#include "security/sqlite.h"

#include <sqlite3.h>

#include <utility>

namespace liaison {
namespace {

int open_flags(Database::Mode mode) {
  switch (mode) {
    case Database::Mode::kReadWriteCreate: return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case Database::Mode::kReadWrite: return SQLITE_OPEN_READWRITE;
    case Database::Mode::kReadOnly: return SQLITE_OPEN_READONLY;
  }
  return 0;
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), database_(std::exchange(other.database_, nullptr)) {}
Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  std::swap(database_, other.database_);
  return *this;
}
Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int at, std::uint64_t value) {
  CHECK(value <= static_cast<std::uint64_t>(INT64_MAX));
  return bind(at, static_cast<std::int64_t>(value));
}
Statement& Statement::bind(int at, std::int64_t value) {
  CHECK(sqlite3_bind_int64(statement_, at, value) == SQLITE_OK);
  return *this;
}
Statement& Statement::bind(int at, std::string_view text) {
  CHECK(sqlite3_bind_text(statement_, at, text.data() == nullptr ? "" : text.data(), static_cast<int>(text.size()), SQLITE_STATIC) == SQLITE_OK);
  return *this;
}
Statement& Statement::bind(int at, View blob) {
  static constexpr std::uint8_t kNothing = 0;   // a null pointer would bind NULL
  CHECK(sqlite3_bind_blob(statement_, at, blob.empty() ? &kNothing : blob.data(), static_cast<int>(blob.size()), SQLITE_STATIC) == SQLITE_OK);
  return *this;
}
Statement& Statement::bind_null(int at) {
  CHECK(sqlite3_bind_null(statement_, at) == SQLITE_OK);
  return *this;
}

Result<bool> Statement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) {
    reset();
    return false;
  }
  auto error = database_->error("a statement");
  reset();
  return error;
}

Result<void> Statement::run() {
  const bool row = TRY(step());
  if (row) reset();
  return {};
}

void Statement::reset() { sqlite3_reset(statement_); }
std::uint64_t Statement::u64(int column) const { return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column)); }
std::int64_t Statement::i64(int column) const { return sqlite3_column_int64(statement_, column); }
std::string Statement::text(int column) const { return std::string(text_of(blob(column))); }
View Statement::blob(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}
bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file, const Options& options) {
  std::unique_ptr<Database> database(new Database());
  database->file_ = file.string();
  const int result = sqlite3_open_v2(file.c_str(), &database->handle_, open_flags(options.mode) | SQLITE_OPEN_NOFOLLOW,
                                     options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (result != SQLITE_OK) return database->error("opening");
  sqlite3_extended_result_codes(database->handle_, 1);
  sqlite3_busy_timeout(database->handle_, 2000);
  sqlite3_limit(database->handle_, SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024);
  if (options.mode == Mode::kReadOnly) return database;
  const std::string pragmas = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=" +
                              std::string(options.full_sync ? "FULL" : "NORMAL") +
                              "; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA cache_size=-" +
                              std::to_string(options.cache_kib) + "; PRAGMA wal_autocheckpoint=" + std::to_string(options.wal_autocheckpoint_pages) + ";";
  TRY(database->execute(pragmas));
  TRY(database->execute("PRAGMA wal_checkpoint(TRUNCATE);"));
  return database;
}

Database::~Database() { sqlite3_close_v2(handle_); }

Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return error("a statement");
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return error("preparing a statement");
  }
  return Statement(statement, this);
}

Result<void> Database::begin() { return execute("BEGIN IMMEDIATE"); }
Result<void> Database::commit() {
  auto done = execute("COMMIT");
  // Any input or output error while committing leaves it open what reached the disk: the owner must stop.
  if (!done && (sqlite3_errcode(handle_) & 0xff) == SQLITE_IOERR) sync_failed_ = true;
  return done;
}
void Database::rollback() { sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr); }
std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

Result<std::string> Database::integrity() {
  auto statement = TRY(prepare("PRAGMA integrity_check(1)"));
  const bool row = TRY(statement.step());
  return row ? statement.text(0) : std::string("no answer");
}

Error Database::error(std::string_view doing) {
  const int code = handle_ == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(handle_);
  disk_full_ = (code & 0xff) == SQLITE_FULL;
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC || code == SQLITE_IOERR_CLOSE || code == SQLITE_IOERR_WRITE ||
      code == SQLITE_IOERR_TRUNCATE) {
    sync_failed_ = true;
  }
  const std::string words = handle_ == nullptr ? "out of memory" : sqlite3_errmsg(handle_);
  return fail(Code::kStore, file_ + ": " + std::string(doing) + " failed: " + words,
              disk_full_ ? "free some space on its disk" : "");
}

}  // namespace liaison
