// SPDX-License-Identifier: Apache-2.0
// What a person may type next: the hidden command `liaison __complete -- WORDS...`, which the shells' scripts ask
// (shell_commands.cc). WORDS are those after the program's name; the last one is the one under way, "" when it is not begun.
// The answer is a line a word, "word<TAB>what it is", or the one line ":files" or ":folders", where the shell knows better.
// Whatever is wrong, nothing is said and the status is 0: the person is still typing. What is wrong with a line that was sent off is found
// by the same reading. Keeps nothing; one thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/cli/command.h"
#include "nodes/cli/globals.h"

namespace liaison {

inline constexpr const char* kCompleteWord = "__complete";

struct Candidate { std::string word, what; };
struct Completion {
  enum class Names { kNone, kFiles, kFolders };
  std::vector<Candidate> words;   // each begins with what is under way
  Names names = Names::kNone;     // names that the shell finds by itself
};

// The ids, at the running node, that begin with `begun`; `globals` is what the line says of them ("--node"). Nothing when no
// node answers.
using AskIds = std::function<std::vector<Candidate>(Values kind, const std::string& begun, const std::map<std::string, std::string>& globals)>;

// Reads the line against the table as the parser would; nothing for a line that it would refuse. At least one word.
Completion complete(const std::vector<Command>& commands, const std::vector<std::string>& words, const AskIds& ask);

// The first word of a line that nothing takes at its place, and what may stand there: "--staate" behind "visit plan" and the
// spellings of that command's options, "lst" behind "visit" and the words that follow it. No word is known for an operand too many. Nothing
// for a line whose words are all known, whatever else it lacks.
struct Slip {
  std::string word, place;
  std::vector<std::string> known;
};
std::optional<Slip> first_slip(const std::vector<Command>& commands, const std::vector<std::string>& words);

// Answers a shell. `arguments` begin with kCompleteWord. Waits for a node for a quarter of a second at most.
int answer_shell(const std::vector<std::string>& arguments, Console& console, const Environment& environment);

}  // namespace liaison
