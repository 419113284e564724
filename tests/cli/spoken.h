// SPDX-License-Identifier: Apache-2.0
// One line typed at `liaison`, in this process: its status and what it said. Nothing is on its standard input, and its environment holds only what
// is given here.
#pragma once

#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "nodes/cli/command_line.h"

namespace liaison {

struct Spoken { int status = 0; std::string out, err; };

inline Spoken run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment = {}) {
  std::ostringstream out, err;
  std::istringstream in;
  Console console{out, err, in};
  const int status = run_liaison(arguments, console, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional<std::string>(found->second);
  });
  return {status, out.str(), err.str()};
}

}  // namespace liaison
