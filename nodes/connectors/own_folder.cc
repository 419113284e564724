// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/own_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "schemas/text.h"

namespace liaison {

namespace {

class OwnDescriptor {
 public:
  explicit OwnDescriptor(int fd) : fd_(fd) {}
  OwnDescriptor(OwnDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnDescriptor& operator=(OwnDescriptor&&) = delete;
  ~OwnDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Error folder_error(const std::filesystem::path& folder, const std::string& doing) {
  return fail(Code::kIo, folder.string() + ": " + doing + ": " + std::strerror(errno), "the folder must be this node's to read, write and search");
}

Result<OwnDescriptor> open_folder(const std::filesystem::path& folder) {
  OwnDescriptor out(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (out.fd() < 0) return folder_error(folder, "cannot be opened");
  return out;
}

bool ends_in(std::string_view name, std::string_view end) { return name.size() >= end.size() && name.substr(name.size() - end.size()) == end; }

bool is_half_written(std::string_view name) { return name.starts_with('.') || ends_in(name, ".tmp") || ends_in(name, ".part"); }

constexpr std::size_t kSyncedSingly = 3;   // more are brought to the disk together

std::string half_name(const std::string& name) { return "." + name + ".tmp"; }

Result<void> write_half(const std::filesystem::path& folder, int at, const OwnFile& one, bool synced) {
  const std::string half = half_name(one.name);
  if (::unlinkat(at, half.c_str(), 0) != 0 && errno != ENOENT) return folder_error(folder, half + " is in the way");
  const OwnDescriptor file(::openat(at, half.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0660));
  if (file.fd() < 0 || ::fchmod(file.fd(), 0660) != 0) return folder_error(folder, one.name + " cannot be made");
  for (std::string_view text = one.text; !text.empty();) {
    const ssize_t put = ::write(file.fd(), text.data(), text.size());
    if (put < 0) return folder_error(folder, one.name + " cannot be written");
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  if (synced && ::fsync(file.fd()) != 0) return folder_error(folder, one.name + " cannot be kept");
  return {};
}

}  // namespace

Result<void> make_own_folder(const std::filesystem::path& folder) {
  std::error_code trouble;
  std::filesystem::create_directories(folder.parent_path(), trouble);
  const bool made = ::mkdir(folder.c_str(), 0770) == 0;
  if (!made && errno != EEXIST) return folder_error(folder, "cannot be made");
  const OwnDescriptor at = TRY(open_folder(folder));
  struct stat found {};
  // Whatever the umask is; and what the folder above hands down stays, such as its group.
  if (made && (::fstat(at.fd(), &found) != 0 || ::fchmod(at.fd(), (found.st_mode & 07777) | 0770) != 0))
    return folder_error(folder, "cannot be given to the group");
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) return folder_error(folder, "cannot be used");
  return {};
}

Result<std::vector<std::string>> names_in(const std::filesystem::path& folder, std::size_t most) {
  OwnDescriptor at = TRY(open_folder(folder));
  DIR* directory = ::fdopendir(at.fd());
  if (directory == nullptr) return folder_error(folder, "cannot be read");
  at.release();
  std::vector<std::string> names;
  while (const dirent* one = ::readdir(directory)) {
    if (!is_half_written(one->d_name)) names.emplace_back(one->d_name);
  }
  ::closedir(directory);
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(most, names.size()));
  std::partial_sort(names.begin(), end, names.end());
  names.erase(end, names.end());
  return names;
}

Result<std::string> read_own_file(const std::filesystem::path& folder, const std::string& name, std::size_t bytes_max) {
  const OwnDescriptor at = TRY(open_folder(folder));
  // Not waiting: a pipe that somebody put there would hold the thread.
  const OwnDescriptor file(::openat(at.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat facts {};
  if (file.fd() < 0 && (errno == ELOOP || errno == ENXIO))
    return fail(Code::kInput, printable(name, 255) + " is no file", "links, pipes and sockets are not read: put a file there");
  if (file.fd() < 0 && errno == ENOENT) return fail(Code::kUnknown, printable(name, 255) + " is not there any more");
  if (file.fd() < 0 && (errno == EACCES || errno == EPERM))
    return fail(Code::kInput, printable(name, 255) + " may not be read by the node's user",
                "let the program that drops it give the group read access: umask 027");
  if (file.fd() < 0 || ::fstat(file.fd(), &facts) != 0) return folder_error(folder, printable(name, 255) + " cannot be opened");
  if (!S_ISREG(facts.st_mode)) return fail(Code::kInput, printable(name, 255) + " is no file", "folders, links and pipes are not read: put a file there");
  std::string text;
  const auto too_long = fail(Code::kSize, printable(name, 255) + " is longer than " + std::to_string(bytes_max >> 20) + " MiB", "split it into smaller files");
  if (static_cast<std::uint64_t>(facts.st_size) > bytes_max) return too_long;
  char piece[64 << 10];
  for (ssize_t got = 0; (got = ::read(file.fd(), piece, sizeof piece)) != 0;) {
    if (got < 0) return folder_error(folder, printable(name, 255) + " cannot be read");
    text.append(piece, static_cast<std::size_t>(got));
    if (text.size() > bytes_max) return too_long;
  }
  return text;
}

Result<void> write_own_file(const std::filesystem::path& folder, const std::string& name, std::string_view text) {
  const OwnFile one{name, std::string(text)};
  return write_own_files(folder, {&one, 1});
}

Result<void> write_own_files(const std::filesystem::path& folder, std::span<const OwnFile> files) {
  const OwnDescriptor at = TRY(open_folder(folder));
  for (const OwnFile& one : files) TRY(write_half(folder, at.fd(), one, files.size() <= kSyncedSingly));
  if (files.size() > kSyncedSingly && ::syncfs(at.fd()) != 0) return folder_error(folder, "cannot be kept");
  for (const OwnFile& one : files) {
    if (::renameat(at.fd(), half_name(one.name).c_str(), at.fd(), one.name.c_str()) != 0) return folder_error(folder, one.name + " cannot be kept");
  }
  if (!files.empty() && ::fsync(at.fd()) != 0) return folder_error(folder, "cannot be kept");
  return {};
}

Result<std::vector<std::size_t>> move_own_files(const std::filesystem::path& from, const std::filesystem::path& to, std::span<const OwnMove> moves) {
  const OwnDescriptor source = TRY(open_folder(from)), target = TRY(open_folder(to));
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    if (::renameat(source.fd(), moves[i].name.c_str(), target.fd(), moves[i].new_name.c_str()) == 0 || errno == ENOENT) continue;
    if (errno != EACCES && errno != EPERM) return folder_error(from, printable(moves[i].name, 255) + " cannot be moved");
    kept.push_back(i);
  }
  if (!moves.empty() && (::fsync(target.fd()) != 0 || ::fsync(source.fd()) != 0)) return folder_error(to, "cannot be kept");
  return kept;
}

std::string safe_name(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, 100)) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    out += good ? c : '_';
  }
  return out;
}

}  // namespace liaison
