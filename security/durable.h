// SPDX-License-Identifier: Apache-2.0
// Small files that must survive a power cut, and the lock of a data folder. write: temporary file beside it with
// O_EXCL|O_NOFOLLOW, write, fsync, rename, fsync of the folder. Any thread.
#pragma once

#include <filesystem>
#include <string>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

Result<void> write_durably(const std::filesystem::path& file, View bytes, unsigned mode = 0600);
// As above, but kInput when the file is there already.
Result<void> create_durably(const std::filesystem::path& file, View bytes, unsigned mode = 0600);
// The name is gone when it returns, also after a power cut; nothing when it was not there.
Result<void> remove_durably(const std::filesystem::path& file);
// kUnknown when there is none, kSize over `bytes_max`. Follows no symbolic link at the last component.
Result<std::string> read_file(const std::filesystem::path& file, std::size_t bytes_max = 1 << 20);
// Makes the folder with mode 0700 if absent (parents too); kPermission when group or others may touch it or it is not ours.
Result<void> ensure_private_folder(const std::filesystem::path& folder);

// Held for the life of the process (flock on FOLDER/lock). kLocked with the holder's process id.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::filesystem::path& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace liaison
