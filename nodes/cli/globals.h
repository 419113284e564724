// SPDX-License-Identifier: Apache-2.0
// What every command may be told, as rows like a command's own, and how it is settled: a flag wins over the environment,
// the environment over the configuration file. Reads that file; keeps nothing.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/cli/command.h"

namespace liaison {

// Looks a name up in the environment; tests give their own.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// --node, --output, --zone, --config and --no-color: before or after a command's own arguments.
const std::vector<Argument>& global_arguments();
// -h and --help, which every command and group takes.
const Argument& help_flag();
// --version, which the program takes in place of a command.
const Argument& version_flag();
// The words of a command that is a group of others, such as "visit", with what it is for.
const std::map<std::string, std::string>& group_summaries();
// The variables that are looked up, and what each is for: for the man page.
const std::vector<std::pair<std::string, std::string>>& environment_words();

// `given` by the long spelling: "--node". kUsage for an unknown output form; kConfig and others for the configuration file.
Result<Globals> settle(const std::map<std::string, std::string>& given, const Environment& environment);

}  // namespace liaison
