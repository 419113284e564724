// SPDX-License-Identifier: Apache-2.0
// Manual pages in roff (man(7) macros), made from the table of commands: of the whole program, of a group such as "visit",
// or of one command. Text from the table is escaped, so that none of it is read as a request. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nodes/cli/command.h"

namespace liaison {

// Text as roff shows it: backslashes, hyphens, quotes and what is beyond ASCII escaped; no line of it begins a request.
std::string roff(std::string_view text);

// The page of `words`: "" for the program, "visit" for all that begin so, "visit plan" for the one. `commands` are all of the
// program. kUsage with what there is when no command begins so.
Result<std::string> man_page(const std::vector<Command>& commands, const std::string& words);
// "liaison", "liaison-visit", "liaison-visit-plan": the page's name, and that of its file before ".1".
std::string man_name(const std::string& words);
// The first words of all commands, each once, in their order.
std::vector<std::string> top_words(const std::vector<Command>& commands);

}  // namespace liaison
