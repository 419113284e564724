// SPDX-License-Identifier: Apache-2.0
#include "security/durable.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace liaison {
namespace {

Error io_error(const std::filesystem::path& file, std::string_view doing) {
  return fail(Code::kIo, std::string(doing) + " " + file.string() + ": " + std::strerror(errno));
}

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<void> write_all(int fd, View bytes, const std::filesystem::path& file) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return io_error(file, "cannot write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return io_error(folder, "cannot sync");
  return {};
}

// The temporary file beside `file`, whole and synced.
Result<std::filesystem::path> write_beside(const std::filesystem::path& file, View bytes, unsigned mode) {
  auto beside = file;
  beside += ".part-" + std::to_string(::getpid());
  ::unlink(beside.c_str());
  const Descriptor fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (fd.get() < 0) return io_error(beside, "cannot create");
  auto written = write_all(fd.get(), bytes, beside);
  if (written && ::fsync(fd.get()) != 0) written = io_error(beside, "cannot sync");
  if (!written) {
    ::unlink(beside.c_str());
    return std::move(written).error();
  }
  return beside;
}

}  // namespace

Result<void> write_durably(const std::filesystem::path& file, View bytes, unsigned mode) {
  const auto beside = TRY(write_beside(file, bytes, mode));
  if (::rename(beside.c_str(), file.c_str()) != 0) {
    auto error = io_error(file, "cannot rename to");
    ::unlink(beside.c_str());
    return error;
  }
  return sync_folder(folder_of(file));
}

Result<void> create_durably(const std::filesystem::path& file, View bytes, unsigned mode) {
  const auto beside = TRY(write_beside(file, bytes, mode));
  // link() refuses an existing name, rename() would replace it.
  const bool linked = ::link(beside.c_str(), file.c_str()) == 0;
  const int reason = errno;
  ::unlink(beside.c_str());
  errno = reason;
  if (!linked && reason == EEXIST) return fail(Code::kInput, file.string() + " exists already", "move it away, or choose another name");
  if (!linked) return io_error(file, "cannot create");
  return sync_folder(folder_of(file));
}

Result<void> remove_durably(const std::filesystem::path& file) {
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) return io_error(file, "cannot remove");
  return sync_folder(folder_of(file));
}

Result<std::string> read_file(const std::filesystem::path& file, std::size_t bytes_max) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (fd.get() < 0 && errno == ENOENT) return fail(Code::kUnknown, "there is no file " + file.string(), "check the path");
  if (fd.get() < 0) return io_error(file, "cannot read");
  std::string text;
  char block[16 * 1024];
  while (true) {
    const auto got = ::read(fd.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error(file, "cannot read");
    if (got == 0) return text;
    text.append(block, static_cast<std::size_t>(got));
    if (text.size() > bytes_max) return fail(Code::kSize, file.string() + " is longer than " + std::to_string(bytes_max) + " bytes");
  }
}

Result<void> ensure_private_folder(const std::filesystem::path& folder) {
  std::error_code ignored;
  const auto parent = folder_of(folder);
  std::filesystem::create_directories(parent, ignored);
  if (::mkdir(folder.c_str(), 0700) == 0) return sync_folder(parent);
  if (errno != EEXIST) return io_error(folder, "cannot make the folder");
  struct stat found{};
  if (::stat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) return fail(Code::kIo, folder.string() + " is not a folder");
  if (found.st_uid != ::geteuid()) return fail(Code::kPermission, folder.string() + " belongs to another user", "run as its owner, or choose another folder");
  if ((found.st_mode & 077) != 0) return fail(Code::kPermission, folder.string() + " is open to other users", "chmod 700 " + folder.string());
  return {};
}

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder) {
  const auto file = folder / "lock";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return io_error(file, "cannot open");
  FolderLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const auto holder = read_file(file, 64);
    const std::string who = holder && !holder->empty() ? " (process " + *holder + ")" : "";
    return fail(Code::kLocked, "another process" + who + " already uses " + folder.string(), "stop it first, or give this one a folder of its own");
  }
  const std::string own = std::to_string(::getpid());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, own.data(), own.size(), 0) < 0) return io_error(file, "cannot write");
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace liaison
