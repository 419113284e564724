// SPDX-License-Identifier: Apache-2.0
#include "tests/doubles/forgetful_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace liaison {

namespace {

constexpr std::size_t kSector = 512;

void apply(Bytes& content, std::uint64_t offset, View data) {
  if (content.size() < offset + data.size()) content.resize(offset + data.size());
  std::copy(data.begin(), data.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

// SQLite's C face. Handle is the memory that SQLite hands over, filled by open and emptied by close.
struct ForgetfulMethods {
  struct Handle : sqlite3_file {
    ForgetfulDisk* disk = nullptr;
    std::shared_ptr<ForgetfulDisk::File> file;
    std::string path;
    std::uint64_t life = 0;
    bool remove_at_close = false;
    bool read_only = false;
    bool folder_sync_due = false;
  };
  static Handle& of(sqlite3_file* file) { return *static_cast<Handle*>(file); }
  static bool useless(const Handle& handle) { return handle.life != handle.disk->life_ || handle.disk->dead_; }
  static ForgetfulDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<ForgetfulDisk*>(vfs->pAppData); }

  static int close(sqlite3_file* file) {
    Handle& handle = of(file);
    if (handle.remove_at_close && !useless(handle)) handle.disk->files_.erase(handle.path);
    handle.~Handle();
    return SQLITE_OK;
  }

  static int read(sqlite3_file* file, void* to, int amount, sqlite3_int64 offset) {
    const Handle& handle = of(file);
    if (useless(handle)) return SQLITE_IOERR_READ;
    const Bytes& seen = handle.file->seen;
    const auto from = std::min(static_cast<std::size_t>(offset), seen.size());
    const auto count = std::min(static_cast<std::size_t>(amount), seen.size() - from);
    if (count > 0) std::memcpy(to, seen.data() + from, count);
    std::memset(static_cast<char*>(to) + count, 0, static_cast<std::size_t>(amount) - count);
    return count == static_cast<std::size_t>(amount) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
  }

  static void put(Handle& handle, const void* data, int amount, sqlite3_int64 offset) {
    const View bytes{static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(amount)};
    apply(handle.file->seen, static_cast<std::uint64_t>(offset), bytes);
    handle.file->unsynced.push_back({static_cast<std::uint64_t>(offset), bytes_of(bytes)});
  }

  static int write(sqlite3_file* file, const void* data, int amount, sqlite3_int64 offset) {
    Handle& handle = of(file);
    if (useless(handle)) return SQLITE_IOERR_WRITE;
    if (handle.read_only) return SQLITE_READONLY;
    const bool alive = handle.disk->act(ForgetfulDisk::Act::kWrite, handle.path);
    if (handle.disk->fault_now(ForgetfulDisk::Act::kWrite)) {
      const auto trouble = handle.disk->fault_.trouble;
      if (trouble == ForgetfulDisk::Trouble::kShortWrite) put(handle, data, amount / 2, offset);
      return trouble == ForgetfulDisk::Trouble::kInputOutput ? SQLITE_IOERR_WRITE : SQLITE_FULL;
    }
    put(handle, data, amount, offset);
    return alive ? SQLITE_OK : SQLITE_IOERR_WRITE;
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    Handle& handle = of(file);
    if (useless(handle)) return SQLITE_IOERR_TRUNCATE;
    const bool alive = handle.disk->act(ForgetfulDisk::Act::kTruncate, handle.path);
    if (handle.disk->fault_now(ForgetfulDisk::Act::kTruncate)) return SQLITE_IOERR_TRUNCATE;
    handle.file->seen.resize(static_cast<std::size_t>(size));
    handle.file->unsynced.push_back({static_cast<std::uint64_t>(size), {}, true});
    return alive ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
  }

  static int sync(sqlite3_file* file, int) {
    Handle& handle = of(file);
    if (useless(handle)) return SQLITE_IOERR_FSYNC;
    const bool alive = handle.disk->act(ForgetfulDisk::Act::kSync, handle.path);
    if (handle.disk->fault_now(ForgetfulDisk::Act::kSync)) {
      handle.file->unsynced.clear();   // as the kernel does: shown to readers, never written again
      return SQLITE_IOERR_FSYNC;
    }
    if (!alive) return SQLITE_IOERR_FSYNC;
    if (handle.disk->sync_lies_) return SQLITE_OK;
    for (const auto& one : handle.file->unsynced) {
      if (one.truncate) handle.file->stable.resize(one.offset); else apply(handle.file->stable, one.offset, one.data);
    }
    handle.file->unsynced.clear();
    if (std::exchange(handle.folder_sync_due, false)) handle.disk->sync_folder_of(handle.path);
    return SQLITE_OK;
  }

  static int size(sqlite3_file* file, sqlite3_int64* out) {
    if (useless(of(file))) return SQLITE_IOERR_FSTAT;
    *out = static_cast<sqlite3_int64>(of(file).file->seen.size());
    return SQLITE_OK;
  }
  static int lock(sqlite3_file* file, int) { return useless(of(file)) ? SQLITE_IOERR_LOCK : SQLITE_OK; }
  static int unlock(sqlite3_file*, int) { return SQLITE_OK; }
  static int reserved(sqlite3_file*, int* out) { return *out = 0, SQLITE_OK; }
  static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector(sqlite3_file*) { return kSector; }
  static int traits(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }   // as the system's VFS says

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    static const sqlite3_io_methods methods{1,    close,    read,    write,  truncate, sync, size, lock, unlock, reserved, control, sector, traits,
                                            nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};
    file->pMethods = nullptr;
    ForgetfulDisk& disk = disk_of(vfs);
    static int unnamed = 0;
    const std::string path = name == nullptr ? "/unnamed-" + std::to_string(++unnamed) : name;
    auto found = disk.find(path);
    const bool create = !found && (flags & SQLITE_OPEN_CREATE) != 0 && !disk.read_only_;
    if (disk.dead_ || (!found && !create)) return SQLITE_CANTOPEN;
    if (create) {
      if (!disk.act(ForgetfulDisk::Act::kCreate, path)) return SQLITE_CANTOPEN;
      disk.files_[path] = found = std::make_shared<ForgetfulDisk::File>();
    }
    auto* handle = new (file) Handle{};
    handle->pMethods = &methods;
    handle->disk = &disk;
    handle->file = found;
    handle->path = path;
    handle->life = disk.life_;
    handle->remove_at_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    handle->read_only = disk.read_only_;
    handle->folder_sync_due = create && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
    if (out_flags != nullptr) *out_flags = disk.read_only_ ? (flags & ~SQLITE_OPEN_READWRITE) | SQLITE_OPEN_READONLY : flags;
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    ForgetfulDisk& disk = disk_of(vfs);
    const auto found = disk.find(name);
    if (!found) return SQLITE_IOERR_DELETE_NOENT;
    if (disk.dead_ || !disk.act(ForgetfulDisk::Act::kRemove, name)) return SQLITE_IOERR_DELETE;
    found->removed = true;
    if (sync_folder != 0) disk.sync_folder_of(name);
    return SQLITE_OK;
  }

  static int access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
    const ForgetfulDisk& disk = disk_of(vfs);
    *out = disk.find(name) != nullptr && !(flags == SQLITE_ACCESS_READWRITE && disk.read_only_);
    return SQLITE_OK;
  }
  static int whole_path(sqlite3_vfs*, const char* name, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
  }
};

ForgetfulDisk::ForgetfulDisk(std::string name) : name_(std::move(name)), vfs_(std::make_unique<sqlite3_vfs>()) {
  const sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  vfs_->iVersion = 2;
  vfs_->szOsFile = static_cast<int>(sizeof(ForgetfulMethods::Handle));
  vfs_->mxPathname = 1024;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = ForgetfulMethods::open;
  vfs_->xDelete = ForgetfulMethods::remove;
  vfs_->xAccess = ForgetfulMethods::access;
  vfs_->xFullPathname = ForgetfulMethods::whole_path;
  vfs_->xRandomness = system->xRandomness;
  vfs_->xSleep = system->xSleep;
  vfs_->xCurrentTime = system->xCurrentTime;
  vfs_->xCurrentTimeInt64 = system->xCurrentTimeInt64;
  vfs_->xGetLastError = system->xGetLastError;
  sqlite3_vfs_register(vfs_.get(), 0);
}

ForgetfulDisk::~ForgetfulDisk() { sqlite3_vfs_unregister(vfs_.get()); }

std::string ForgetfulDisk::unstable() const {
  for (const auto& [path, file] : files_) {
    const bool written = std::any_of(file->unsynced.begin(), file->unsynced.end(), [](const Write& write) { return !write.truncate; });
    if (!file->removed && !file->seen.empty() && (written || !file->stable_entry)) return path;
  }
  return "";
}

std::shared_ptr<ForgetfulDisk::File> ForgetfulDisk::find(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() || found->second->removed ? nullptr : found->second;
}

// False when this act is the one in which the power goes.
bool ForgetfulDisk::act(Act act, const std::string& path) {
  acts_ += 1;
  events_.push_back({act, path.substr(path.rfind('/') + 1)});
  if (die_at_ != 0 && acts_ == die_at_) dead_ = true;
  return !dead_;
}

void ForgetfulDisk::fail(const Fault& fault) {
  fault_ = fault;
  fault_armed_ = true;
  fault_happened_ = false;
  fault_seen_ = 0;
}

bool ForgetfulDisk::fault_now(Act act) {
  if (!fault_armed_ || fault_.act != act) return false;
  fault_seen_ += 1;
  if (fault_seen_ < fault_.nth || (fault_seen_ > fault_.nth && !fault_.for_ever)) return false;
  return fault_happened_ = true;
}

void ForgetfulDisk::sync_folder_of(const std::string& path) {
  for (auto one = files_.begin(); one != files_.end();) {
    const bool here = folder_of(one->first) == folder_of(path);
    if (here) one->second->stable_entry = true;
    one = here && one->second->removed ? files_.erase(one) : std::next(one);
  }
}

void ForgetfulDisk::survive(File& file, Survivors survivors, std::mt19937_64& random) {
  const auto lucky = [&] { return survivors == Survivors::kAll || (survivors == Survivors::kSome && random() % 2 == 0); };
  for (const Write& one : file.unsynced) {
    if (one.truncate) {
      if (lucky()) file.stable.resize(one.offset);
      continue;
    }
    for (std::size_t at = 0; at < one.data.size();) {
      const std::size_t count = std::min(one.data.size() - at, kSector - (one.offset + at) % kSector);
      if (lucky()) apply(file.stable, one.offset + at, View(one.data).subspan(at, count));
      at += count;
    }
  }
  file.unsynced.clear();
  file.seen = file.stable;
}

void ForgetfulDisk::cut_power(Survivors survivors, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (auto one = files_.begin(); one != files_.end();) {
    File& file = *one->second;
    const bool lucky = survivors == Survivors::kAll || (survivors == Survivors::kSome && random() % 2 == 0);
    const bool there = file.removed ? (file.stable_entry && !lucky) : (file.stable_entry || lucky);
    file.removed = false;
    file.stable_entry = true;
    survive(file, survivors, random);
    one = there ? std::next(one) : files_.erase(one);
  }
  kill_process();
}

void ForgetfulDisk::kill_process() {
  life_ += 1;
  dead_ = false;
  die_at_ = 0;
  fault_armed_ = false;
}

ForgetfulDisk::Image ForgetfulDisk::image() const {
  Image image;
  for (const auto& [path, file] : files_) {
    if (file->stable_entry && !file->removed) image[path] = file->stable;
  }
  return image;
}

void ForgetfulDisk::load(const Image& image) {
  kill_process();
  files_.clear();
  events_.clear();
  for (const auto& [path, content] : image) {
    auto file = std::make_shared<File>();
    file->seen = file->stable = content;
    file->stable_entry = true;
    files_[path] = file;
  }
}

}  // namespace liaison
