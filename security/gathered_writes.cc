// SPDX-License-Identifier: Apache-2.0
#include "security/gathered_writes.h"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <new>
#include <vector>

namespace liaison {

namespace {

constexpr std::size_t kPieceBytesMax = 64 * 1024;   // SQLite's VFS takes less than 128 KiB at once
constexpr std::size_t kAlign = alignof(std::max_align_t);

// The memory that SQLite hands over: this, and behind it the file of the VFS below.
struct File : sqlite3_file {
  sqlite3_io_methods methods{};
  sqlite3_file* below = nullptr;
  bool gathers = false;
  sqlite3_int64 at = 0;   // where the gathered bytes belong
  std::vector<char> piece;
  // Gathered bytes that could not be written, and why. SQLite believes them written, and does not look at what every call returns:
  // until it writes from there anew, nothing is written beyond them and nothing is synced.
  int trouble = SQLITE_OK;
  sqlite3_int64 lost_at = 0, lost_end = 0;
};
constexpr std::size_t kBelowAt = (sizeof(File) + kAlign - 1) / kAlign * kAlign;

File& of(sqlite3_file* file) { return *static_cast<File*>(file); }
sqlite3_int64 end_of(const File& file) { return file.at + static_cast<sqlite3_int64>(file.piece.size()); }

// SQLITE_OK, or the trouble that stands.
int hand_down(File& file) {
  if (file.piece.empty()) return file.trouble;
  const int result = file.below->pMethods->xWrite(file.below, file.piece.data(), static_cast<int>(file.piece.size()), file.at);
  if (result != SQLITE_OK) {
    file.trouble = result;
    file.lost_at = file.at;
    file.lost_end = end_of(file);
  }
  file.piece.clear();
  return file.trouble;
}

int close_file(sqlite3_file* file) {
  File& own = of(file);
  const int written = hand_down(own);
  const int closed = own.below->pMethods->xClose(own.below);
  own.~File();
  return written == SQLITE_OK ? closed : written;
}

int read(sqlite3_file* file, void* to, int amount, sqlite3_int64 offset) {
  File& own = of(file);
  const sqlite3_int64 end = offset + amount;
  if (!own.piece.empty() && end > own.at) hand_down(own);
  if (own.trouble != SQLITE_OK && end > own.lost_at && offset < own.lost_end) return own.trouble;
  return own.below->pMethods->xRead(own.below, to, amount, offset);
}

int write(sqlite3_file* file, const void* data, int amount, sqlite3_int64 offset) {
  File& own = of(file);
  const auto size = static_cast<std::size_t>(amount);
  if (!own.piece.empty() && (offset != end_of(own) || own.piece.size() + size > kPieceBytesMax)) hand_down(own);
  if (own.trouble != SQLITE_OK && offset > own.lost_at) return own.trouble;
  own.trouble = SQLITE_OK;
  if (!own.gathers || size > kPieceBytesMax) return own.below->pMethods->xWrite(own.below, data, amount, offset);
  if (own.piece.empty()) own.at = offset;
  const auto* bytes = static_cast<const char*>(data);
  own.piece.insert(own.piece.end(), bytes, bytes + size);
  return SQLITE_OK;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  File& own = of(file);
  hand_down(own);
  if (size <= own.lost_at) own.trouble = SQLITE_OK;
  return own.trouble != SQLITE_OK ? own.trouble : own.below->pMethods->xTruncate(own.below, size);
}
int sync(sqlite3_file* file, int flags) {
  File& own = of(file);
  const int result = hand_down(own);
  return result != SQLITE_OK ? result : own.below->pMethods->xSync(own.below, flags);
}
int size_of(sqlite3_file* file, sqlite3_int64* size) {
  const File& own = of(file);
  const int result = own.below->pMethods->xFileSize(own.below, size);
  if (result == SQLITE_OK && !own.piece.empty()) *size = std::max(*size, end_of(own));
  return result;
}
int lock(sqlite3_file* file, int kind) { return of(file).below->pMethods->xLock(of(file).below, kind); }
int unlock(sqlite3_file* file, int kind) { return of(file).below->pMethods->xUnlock(of(file).below, kind); }
int control(sqlite3_file* file, int what, void* argument) { return of(file).below->pMethods->xFileControl(of(file).below, what, argument); }
int reserved(sqlite3_file* file, int* out) { return of(file).below->pMethods->xCheckReservedLock(of(file).below, out); }
int sector(sqlite3_file* file) { return of(file).below->pMethods->xSectorSize(of(file).below); }
int traits(sqlite3_file* file) { return of(file).below->pMethods->xDeviceCharacteristics(of(file).below); }
int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  return of(file).below->pMethods->xShmMap(of(file).below, region, size, extend, out);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) { return of(file).below->pMethods->xShmLock(of(file).below, offset, count, flags); }
void shm_barrier(sqlite3_file* file) { of(file).below->pMethods->xShmBarrier(of(file).below); }
int shm_unmap(sqlite3_file* file, int remove) { return of(file).below->pMethods->xShmUnmap(of(file).below, remove); }
int fetch(sqlite3_file*, sqlite3_int64, int, void** out) { return *out = nullptr, SQLITE_OK; }   // no page is mapped: it is read
int unfetch(sqlite3_file* file, sqlite3_int64 offset, void* page) { return of(file).below->pMethods->xUnfetch(of(file).below, offset, page); }

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* below_vfs = static_cast<sqlite3_vfs*>(vfs->pAppData);
  auto* below = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kBelowAt);
  file->pMethods = nullptr;
  below->pMethods = nullptr;
  const int result = below_vfs->xOpen(below_vfs, name, below, flags, out_flags);
  if (result != SQLITE_OK) {
    if (below->pMethods != nullptr) below->pMethods->xClose(below);
    return result;
  }
  auto* own = new (file) File{};
  own->methods = {std::min(below->pMethods->iVersion, 3), close_file, read, write, truncate, sync, size_of, lock, unlock, reserved, control, sector,
                  traits, shm_map, shm_lock, shm_barrier, shm_unmap, fetch, unfetch};
  own->below = below;
  own->gathers = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0;
  own->pMethods = &own->methods;
  return SQLITE_OK;
}

// The rest is the VFS below, called as itself.
sqlite3_vfs* below_of(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }
int remove_file(sqlite3_vfs* vfs, const char* name, int sync_folder) { return below_of(vfs)->xDelete(below_of(vfs), name, sync_folder); }
int access_file(sqlite3_vfs* vfs, const char* name, int flags, int* out) { return below_of(vfs)->xAccess(below_of(vfs), name, flags, out); }
int whole_path(sqlite3_vfs* vfs, const char* name, int size, char* out) { return below_of(vfs)->xFullPathname(below_of(vfs), name, size, out); }
int randomness(sqlite3_vfs* vfs, int size, char* out) { return below_of(vfs)->xRandomness(below_of(vfs), size, out); }
int sleep_for(sqlite3_vfs* vfs, int microseconds) { return below_of(vfs)->xSleep(below_of(vfs), microseconds); }
int current_time(sqlite3_vfs* vfs, double* out) { return below_of(vfs)->xCurrentTime(below_of(vfs), out); }
int current_time_64(sqlite3_vfs* vfs, sqlite3_int64* out) { return below_of(vfs)->xCurrentTimeInt64(below_of(vfs), out); }
int last_error(sqlite3_vfs* vfs, int size, char* out) { return below_of(vfs)->xGetLastError(below_of(vfs), size, out); }

}  // namespace

GatheredWrites::GatheredWrites(const std::string& below) : vfs_(std::make_unique<sqlite3_vfs>()) {
  sqlite3_vfs* found = sqlite3_vfs_find(below.empty() ? nullptr : below.c_str());
  if (found == nullptr) return;
  static std::atomic<unsigned> count{0};
  name_ = "gathered-" + std::to_string(++count);
  vfs_->iVersion = 2;
  vfs_->szOsFile = static_cast<int>(kBelowAt) + found->szOsFile;
  vfs_->mxPathname = found->mxPathname;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = found;
  vfs_->xOpen = open_file;
  vfs_->xDelete = remove_file;
  vfs_->xAccess = access_file;
  vfs_->xFullPathname = whole_path;
  vfs_->xRandomness = randomness;
  vfs_->xSleep = sleep_for;
  vfs_->xCurrentTime = current_time;
  vfs_->xCurrentTimeInt64 = current_time_64;
  vfs_->xGetLastError = last_error;
  sqlite3_vfs_register(vfs_.get(), 0);
}

GatheredWrites::~GatheredWrites() {
  if (!name_.empty()) sqlite3_vfs_unregister(vfs_.get());
}

}  // namespace liaison
