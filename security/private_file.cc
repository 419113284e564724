// SPDX-License-Identifier: Apache-2.0
#include "security/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace liaison {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { if (fd_ >= 0) close(fd_); }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error io_error(const std::filesystem::path& file, std::string_view what) {
  const int number = errno;
  return fail(Code::kIo, file.string() + ": " + std::string(what) + ": " + std::strerror(number));
}

Error open_error(const std::filesystem::path& file) {
  if (errno == ENOENT) return fail(Code::kUnknown, file.string() + ": there is no such file");
  if (errno == ELOOP) return fail(Code::kPermission, file.string() + ": a secret is not read through a symbolic link");
  if (errno == EACCES) return fail(Code::kPermission, file.string() + ": this user may not read it");
  return io_error(file, "cannot be opened");
}

Result<void> check_owner_and_mode(const struct stat& found, const std::filesystem::path& file, Sharing sharing) {
  const bool from_manager = sharing == Sharing::service_manager;
  if (found.st_uid != geteuid() && !(from_manager && found.st_uid == 0)) {
    return fail(Code::kPermission, file.string() + ": it belongs to another user", "chown it to the user that runs this program");
  }
  if ((found.st_mode & (from_manager ? 0007U : 0077U)) != 0) {
    return fail(Code::kPermission, file.string() + ": others than its owner may touch it",
                S_ISDIR(found.st_mode) ? "chmod 700 " + file.string() : "chmod 600 " + file.string());
  }
  return {};
}

Result<void> check_folder(const std::filesystem::path& folder) {
  struct stat found{};
  if (stat(folder.c_str(), &found) != 0) return open_error(folder);
  return check_owner_and_mode(found, folder, Sharing::none);
}

}  // namespace

Result<Secret> read_secret(int fd, std::size_t bytes_max) {
  Secret buffer(bytes_max + 1);
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got = read(fd, buffer.writable().data() + size, buffer.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Code::kIo, std::string("reading a secret failed: ") + std::strerror(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > bytes_max) return fail(Code::kSize, "it is longer than " + std::to_string(bytes_max) + " bytes");
  buffer.shrink(size);
  return buffer;
}

Result<Secret> read_private_file(const std::filesystem::path& file, std::size_t bytes_max, Sharing sharing) {
  // O_NONBLOCK: a pipe put in its place must not hold the program up.
  const int follow = sharing == Sharing::none ? O_NOFOLLOW : 0;
  const Descriptor fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | follow));
  if (fd.get() < 0) return open_error(file);
  struct stat found{};
  if (fstat(fd.get(), &found) != 0) return io_error(file, "cannot be examined");
  if (!S_ISREG(found.st_mode)) return fail(Code::kPermission, file.string() + ": it is not a plain file");
  TRY(check_owner_and_mode(found, file, sharing));
  auto read = read_secret(fd.get(), bytes_max);
  if (!read) return within(file.string(), read.error());
  return read;
}

Result<Secret> read_private_key_file(const std::filesystem::path& file, std::size_t bytes_max) {
  TRY(check_folder(file.parent_path().empty() ? std::filesystem::path(".") : file.parent_path()));
  return read_private_file(file, bytes_max, Sharing::none);
}

}  // namespace liaison
