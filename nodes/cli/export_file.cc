// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/export_file.h"

#include <filesystem>

#include "security/durable.h"

namespace liaison {

Result<void> write_export(const std::string& file, View bytes) {
  std::error_code none;
  const auto status = std::filesystem::status(file, none);
  const bool there = !none && std::filesystem::is_regular_file(status);
  return write_durably(file, bytes, there ? static_cast<unsigned>(status.permissions()) & 0777U : 0600U);
}

}  // namespace liaison
