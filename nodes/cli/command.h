// SPDX-License-Identifier: Apache-2.0
// A command of `liaison` as a row of a table: its words, what it is for, what it takes, and the function that does it.
// The parser (command_line.cc) is the only place that knows how arguments are read; help, completion (completion.h) and
// man pages (man_page.h) are made from the same rows. One thread; nothing is kept after a command ends.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/cli/console.h"
#include "schemas/result.h"

namespace liaison {

// `name` is "--title" for an option and "FILE" for a positional argument; `value` names what follows ("DATE"), and is
// empty for a flag. `words` is what the value may be where that is known beforehand, such as all_words<VisitStatus>(); when
// they are for one piece of the value alone, `piece` names it: ROLE of BODY:ROLE.
struct Argument {
  std::string name;
  std::string value;
  std::string help;
  bool required = false;
  bool many = false;
  std::vector<std::string_view> words = {};
  std::string piece = {};

  bool is_option() const { return name.starts_with("-"); }
  bool is_flag() const { return is_option() && value.empty(); }
  // "-o,--output" is spelled in two ways; the last one is the long one.
  std::vector<std::string> spellings() const;
};

// What a value is where no words are listed, by the name that the value has in the table.
enum class Values {
  kWords,     // those listed
  kFile,      // FILE, NOTE or SOCKET, also with more behind a colon
  kFolder,    // FOLDER
  kRecord,    // RECORD: a visit's id
  kMessage,   // MESSAGE: a message's id
  kMember,    // MEMBER: a committee
  kState,     // STATE: a State's code
  kZone,      // ZONE: a time zone
  kCommand,   // COMMAND: the words of a command of this program
  kText       // anything else
};
Values values_of(const Argument& argument);
// The committees that this exchange is for.
const std::vector<std::string_view>& committees();

enum class Output { kTable, kJson, kCsv, kNdjson };

// What every command may be told before or after its own arguments; a flag wins over the environment, the environment
// over the configuration file.
struct Globals {
  std::string node;                          // the node's Unix socket; empty when none was named
  Output output = Output::kTable;
  std::string zone = "America/New_York";     // for people; machines get UTC
};

// What was typed, checked for form only.
class Invocation {
 public:
  Invocation(Console& console, Globals globals) : console_(console), globals_(std::move(globals)) {}
  void set(const std::string& name, std::vector<std::string> values) { values_[name] = std::move(values); }

  bool has(const std::string& name) const { return values_.contains(name); }
  // The last value given, or "".
  std::string text(const std::string& name) const;
  std::vector<std::string> texts(const std::string& name) const;
  // kUsage when it is no whole number between the bounds; the fallback when it was not given.
  Result<std::uint64_t> number(const std::string& name, std::uint64_t fallback, std::uint64_t least, std::uint64_t most) const;

  Console& console() const { return console_; }
  const Globals& globals() const { return globals_; }

 private:
  Console& console_;
  Globals globals_;
  std::map<std::string, std::vector<std::string>> values_;
};

struct Command {
  std::string words;      // "authority roster new"
  std::string summary;    // one line, as in the list of commands
  std::vector<Argument> arguments;
  // The exit status of a command that did its work (0, or 1 and 76 where a check failed), or an error.
  std::function<Result<int>(const Invocation&)> run;
  // Lines as a person types them, each whole ("liaison visit show 1540-V-2027-0001"): for the man page.
  std::vector<std::string> examples = {};
  // More than the summary says, a paragraph each: for the man page.
  std::vector<std::string> about = {};
};

// Each file of commands gives its rows.
std::vector<Command> authority_commands();
std::vector<Command> broker_commands();
std::vector<Command> node_commands();
std::vector<Command> visit_commands();
std::vector<Command> overlap_commands();
std::vector<Command> day_commands();
std::vector<Command> deadline_commands();
std::vector<Command> record_commands();
std::vector<Command> proposal_commands();
std::vector<Command> extract_commands();
std::vector<Command> booking_commands();
std::vector<Command> interest_commands();
std::vector<Command> connector_commands();
std::vector<Command> search_commands();
std::vector<Command> record_file_commands();
std::vector<Command> report_commands();
std::vector<Command> procedure_commands();
std::vector<Command> draft_commands();
std::vector<Command> explain_commands();
std::vector<Command> message_commands();
std::vector<Command> status_commands();
std::vector<Command> verify_commands();
std::vector<Command> bench_commands();
std::vector<Command> api_commands();
std::vector<Command> shell_commands();

// "--passphrase-file FILE" and "--passphrase-fd N": a passphrase is never an argument and never in the environment.
std::vector<Argument> with_passphrase(std::vector<Argument> arguments);

}  // namespace liaison
