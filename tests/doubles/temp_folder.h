// SPDX-License-Identifier: Apache-2.0
// A folder of a test's own, mode 0700, gone when the test is.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "schemas/result.h"

namespace liaison {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "liaison-XXXXXX").string();
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
  std::filesystem::path path_;
};

}  // namespace liaison
