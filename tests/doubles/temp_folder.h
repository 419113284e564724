// SPDX-License-Identifier: Apache-2.0
// A folder of a test's own, mode 0700, gone when the test is. In memory where there is room: no test of ours pulls the
// plug, so a sync need not wait for a disk.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "schemas/result.h"

namespace liaison {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (parent() / "liaison-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  static std::filesystem::path parent() {
    std::error_code absent;
    const auto memory = std::filesystem::space("/dev/shm", absent);
    if (!absent && memory.available > (256U << 20)) return "/dev/shm";
    return std::filesystem::temp_directory_path();
  }
  std::filesystem::path path_;
};

}  // namespace liaison
