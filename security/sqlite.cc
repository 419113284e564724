// SPDX-License-Identifier: Apache-2.0
#include "security/sqlite.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

namespace liaison {
namespace {

// Counting every allocation takes a lock that all connections of a process share, for a figure that nobody here asks for.
void set_up_library() {
  static const bool done = [] {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return true;
  }();
  (void)done;
}

int open_flags(Database::Mode mode) {
  switch (mode) {
    case Database::Mode::kReadWriteCreate: return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case Database::Mode::kReadWrite: return SQLITE_OPEN_READWRITE;
    case Database::Mode::kReadOnly: return SQLITE_OPEN_READONLY;
  }
  return 0;
}

// SQLite's own hook copies the WAL back and forgets what went wrong. A full disk is no trouble here: the commit stands and
// the next one tries again. Anything else fails the statement that has just been committed.
int copy_back(void* limit, sqlite3* handle, const char* name, int pages) {
  if (pages < *static_cast<int*>(limit)) return SQLITE_OK;
  const int result = sqlite3_wal_checkpoint_v2(handle, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  const int primary = result & 0xff;
  return primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_FULL ? SQLITE_OK : result;
}

int write_again(sqlite3_file* file) {
  const sqlite3_io_methods& io = *file->pMethods;
  sqlite3_int64 size = 0;
  int result = io.xFileSize(file, &size);
  Bytes piece(1 << 16);
  for (sqlite3_int64 at = 0; at < size && result == SQLITE_OK;) {
    const int count = static_cast<int>(std::min<sqlite3_int64>(size - at, static_cast<sqlite3_int64>(piece.size())));
    result = io.xRead(file, piece.data(), count, at);
    if (result == SQLITE_OK) result = io.xWrite(file, piece.data(), count, at);
    at += count;
  }
  return result == SQLITE_OK && size > 0 ? io.xSync(file, SQLITE_SYNC_NORMAL) : result;
}

std::string hint_for(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL: return "free some space on its disk";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM: return "see that this user owns the file and its folder and may write to both";
    case SQLITE_BUSY: return "see which other program has the file open";
    default: return "";
  }
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
  set_up_library();
  // Without a sync at each commit nothing would say when gathered writes are wanted.
  if (options.full_sync && options.mode != Mode::kReadOnly) database->writes_ = std::make_unique<GatheredWrites>(options.vfs);
  const char* vfs = database->writes_ ? database->writes_->name() : options.vfs.empty() ? nullptr : options.vfs.c_str();
  const int result = sqlite3_open_v2(file.c_str(), &database->handle_, open_flags(options.mode) | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, vfs);
  if (result != SQLITE_OK) return database->error("opening");
  sqlite3_extended_result_codes(database->handle_, 1);
  sqlite3_busy_timeout(database->handle_, 2000);
  sqlite3_limit(database->handle_, SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024);
  if (options.mode == Mode::kReadOnly) return database;
  if (sqlite3_db_readonly(database->handle_, "main") == 1) return fail(Code::kStore, database->file_ + " may not be written", hint_for(SQLITE_READONLY));
  const std::string pragmas = "PRAGMA page_size=" + std::to_string(options.page_bytes) +
                              "; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=" +
                              std::string(options.full_sync ? "FULL" : "NORMAL") +
                              "; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA cache_size=-" +
                              std::to_string(options.cache_kib) + ";";
  TRY(database->execute(pragmas));
  TRY(database->settle());
  database->copy_back_at_ = options.wal_autocheckpoint_pages;
  sqlite3_wal_hook(database->handle_, copy_back, &database->copy_back_at_);
  return database;
}

// After a sync that failed, the WAL that is read may stand in the kernel's memory alone, and the one on the disk may be
// older: it is written again and synced before anything is copied out of it, and its end is synced before anything builds
// on the copy. Otherwise a power cut could bring the older one back over newer pages.
Result<void> Database::settle() {
  sqlite3_file* wal = nullptr;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
  const bool open = wal != nullptr && wal->pMethods != nullptr;
  if (open && write_again(wal) != SQLITE_OK) return unsettled();
  TRY(execute("PRAGMA wal_checkpoint(TRUNCATE);"));
  if (open && wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL) != SQLITE_OK) return unsettled();
  return {};
}

Error Database::unsettled() {
  sync_failed_ = true;
  return fail(Code::kStore, file_ + ": what stood in its write-ahead log could not be brought to stable storage",
              "look for trouble of this disk in the system's log before the next start");
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
std::uint64_t Database::last_row() const { return static_cast<std::uint64_t>(sqlite3_last_insert_rowid(handle_)); }

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
  return fail(Code::kStore, file_ + ": " + std::string(doing) + " failed: " + words, hint_for(code));
}

std::string sqlite_version() { return sqlite3_libversion(); }

}  // namespace liaison
