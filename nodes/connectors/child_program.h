// SPDX-License-Identifier: Apache-2.0
// A program of others run to its end, kept apart from this process: see exec_hook.h for what it gets. Blocking; any thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "schemas/result.h"

namespace liaison {

struct ChildProgram {
  std::vector<std::string> command;       // the absolute path first
  std::vector<std::string> environment;   // "NAME=value"
  std::string input;                      // on standard input, which it need not read
  std::chrono::milliseconds limit{30'000};
  std::size_t output_bytes_max = 4 * 1024;   // of standard output and error together; the rest is read and dropped
};

struct ChildEnd {
  std::optional<int> status;    // as it exited
  std::optional<int> signal;    // that ended it
  bool late = false;            // it was killed at the limit
  bool stopped = false;         // it was killed since the node is ending
  std::string output;
};

// kUnknown when there is no such program, kPermission when this user may not run it, or others than its owner or root may change it.
Result<void> check_program(const std::filesystem::path& program);
// Errors: as check_program; kIo when it cannot be started.
Result<ChildEnd> run_program(const ChildProgram& program, std::stop_token stop);

}  // namespace liaison
