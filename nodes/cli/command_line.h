// SPDX-License-Identifier: Apache-2.0
// From argv to an exit status: reads the arguments against the table of commands (CLI11 is included by command_line.cc
// alone), settles the rest (globals.h), runs the one function, and reports what it returns.
#pragma once

#include <string>
#include <vector>

#include "nodes/cli/command.h"
#include "nodes/cli/globals.h"

namespace liaison {

// Every command of this program, in the order of the help; made once.
const std::vector<Command>& all_commands();

// What the parser says against a line, by its form alone; "" when it would be run, or is answered with a page.
std::string refusal_of(const std::vector<std::string>& arguments);

// Runs one command. `arguments` without the program's name. Never throws; what went wrong stands on `console.err`.
int run_liaison(const std::vector<std::string>& arguments, Console& console, const Environment& environment);

}  // namespace liaison
