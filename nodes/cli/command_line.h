// SPDX-License-Identifier: Apache-2.0
// From argv to an exit status: reads the arguments against the table of commands (CLI11 is included by command_line.cc
// alone), settles flag, environment and configuration file, runs the one function, and reports what it returns.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nodes/cli/command.h"

namespace liaison {

// Looks a name up in the environment; tests give their own.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// Every command of this program, in the order of the help.
std::vector<Command> all_commands();

// Runs one command. `arguments` without the program's name. Never throws; what went wrong stands on `console.err`.
int run_liaison(const std::vector<std::string>& arguments, Console& console, const Environment& environment);

}  // namespace liaison
