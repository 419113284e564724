// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "nodes/cli/completion.h"
#include "nodes/domain/words.h"
#include "schemas/record_kind.h"
#include "security/versions.h"

namespace liaison {
namespace {

struct Typed {
  std::map<std::string, std::string> globals;               // by the long spelling
  bool plain = false;
  std::map<std::string, std::vector<std::string>> values;   // of every command: only one is run
  std::map<std::string, bool> flags;
};

std::string key_of(const Command& command, const Argument& argument) { return command.words + " " + argument.name; }

void add_argument(CLI::App& app, const Command& command, const Argument& argument, Typed& typed) {
  const std::string key = key_of(command, argument);
  if (argument.is_flag()) {
    app.add_flag(argument.name, typed.flags[key], argument.help);
    return;
  }
  auto* option = app.add_option(argument.name, typed.values[key], argument.help);
  option->required(argument.required);
  if (argument.is_option()) {
    option->type_name(argument.value)->type_size(1)->allow_extra_args(false);
    option->expected(1, argument.many ? CLI::detail::expected_max_vector_size : 1);
  } else {
    option->type_name("")->type_size(1)->allow_extra_args(argument.many);
    option->expected(1, argument.many ? CLI::detail::expected_max_vector_size : 1);
  }
}

CLI::App* child_of(CLI::App& parent, const std::string& word) {
  const auto found = parent.get_subcommands([&](CLI::App* child) { return child->get_name() == word; });
  return found.empty() ? nullptr : found.front();
}

// "authority roster new" hangs below "authority" and "roster", which are made when the first command needs them.
CLI::App* place_of(CLI::App& root, const std::string& words) {
  CLI::App* at = &root;
  std::istringstream stream(words);
  for (std::string word; stream >> word;) {
    CLI::App* next = child_of(*at, word);
    if (next == nullptr) {
      at->require_subcommand(0, 1);
      next = at->add_subcommand(word)->fallthrough();
    }
    at = next;
  }
  return at;
}

void describe_groups(CLI::App& root) {
  for (const auto& [word, summary] : group_summaries()) {
    if (CLI::App* group = child_of(root, word)) group->description(summary);
  }
}

void add_globals(CLI::App& root, Typed& typed) {
  for (const Argument& argument : global_arguments()) {
    if (argument.is_flag()) root.add_flag(argument.name, typed.plain, argument.help);
    else root.add_option(argument.name, typed.globals[argument.spellings().back()], argument.help)->type_name(argument.value);
  }
}

int run_command(const Command& command, const Typed& typed, Console& console, const Environment& environment) {
  const auto globals = settle(typed.globals, environment);
  if (!globals) {
    console.fail(globals.error());
    return exit_status(globals.error().code);
  }
  Invocation invocation(console, *globals);
  for (const Argument& argument : command.arguments) {
    const std::string key = key_of(command, argument);
    if (const auto flag = typed.flags.find(key); flag != typed.flags.end() && flag->second) invocation.set(argument.name, {"yes"});
    if (const auto value = typed.values.find(key); value != typed.values.end() && !value->second.empty()) invocation.set(argument.name, value->second);
  }
  const Result<int> done = command.run(invocation);
  console.out << std::flush;
  if (done) return *done;
  console.fail(done.error());
  return exit_status(done.error().code);
}

std::string words_so_far(const CLI::App& root) {
  std::string words;
  for (const CLI::App* at = &root; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    words += (words.empty() ? "" : " ") + at->get_name();
  }
  return words;
}

// "did you mean liaison visit list?", or where to look.
std::string slip_hint(const Slip& slip, bool option) {
  const std::string_view near = nearest(slip.word, {slip.known.begin(), slip.known.end()});
  const std::string typed = "liaison" + (slip.place.empty() ? "" : " " + slip.place);
  if (near.empty()) return typed + " --help lists what it takes";
  return "did you mean " + (option ? std::string(near) : typed + " " + std::string(near)) + "?";
}

// What was misspelt is told before what the line lacks: an option that nobody knows is the one that seems to be missing.
int refuse_slip(Console& console, const Slip& slip) {
  const std::string word = slip.word.substr(0, 64);
  const bool option = slip.word.starts_with("-");
  const std::string typed = "liaison" + (slip.place.empty() ? "" : " " + slip.place);
  const std::string sentence = option ? "unknown option " + word : slip.known.empty() ? typed + " takes no further word such as '" + word + "'"
                                                                                     : "unknown command '" + typed + " " + word + "'";
  console.fail(fail(Code::kUsage, sentence, slip_hint(slip, option)));
  return kExitUsage;
}

int refuse(const CLI::App& root, Console& console, std::string sentence) {
  const std::string words = words_so_far(root);
  for (char& c : sentence) {
    if (c == '\n') c = ' ';
  }
  // "The following ..." begins small; "RECORD is required" keeps the argument's name.
  const auto upper = [&](std::size_t at) { return at < sentence.size() && std::isupper(static_cast<unsigned char>(sentence[at])) != 0; };
  if (upper(0) && !upper(1)) sentence[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(sentence[0])));
  console.fail(fail(Code::kUsage, sentence, "liaison " + words + (words.empty() ? "" : " ") + "--help lists what it takes"));
  return kExitUsage;
}

const CLI::App& deepest(const CLI::App& root) {
  const CLI::App* at = &root;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

// Made of the table anew for each line; CLI11 writes what it reads into `typed`. A group that was not typed has its first word only: making all commands
// with all their options takes longer than most commands do.
struct Parser {
  explicit Parser(const std::vector<std::string>& arguments) {
    root.require_subcommand(0, 1);
    root.set_help_flag(help_flag().name, help_flag().help);
    root.set_version_flag(version_flag().name, [] { return version_page("liaison", LIAISON_VERSION); }, version_flag().help);
    add_globals(root, typed);
    for (const Command& command : commands) {
      const std::string group = command.words.substr(0, command.words.find(' '));
      const bool wanted = std::find(arguments.begin(), arguments.end(), group) != arguments.end();
      CLI::App* place = place_of(root, wanted ? command.words : group);
      if (!wanted && group != command.words) continue;
      place->description(command.summary);
      for (const Argument& argument : command.arguments) add_argument(*place, command, argument, typed);
    }
    describe_groups(root);
  }
  // Throws what CLI11 throws.
  void parse(const std::vector<std::string>& arguments) { root.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend())); }
  // The command that was typed; null when its words are not whole.
  const Command* command() const {
    const std::string words = words_so_far(root);
    const auto found = std::find_if(commands.begin(), commands.end(), [&](const Command& one) { return one.words == words; });
    return found == commands.end() ? nullptr : &*found;
  }
  std::string missing() const {
    const std::string words = words_so_far(root);
    return words.empty() ? "no command was given" : "'" + words + "' needs one more word";
  }

  CLI::App root{"The command line of the exchange between the 1540, 1267 and 1373 committees.", "liaison"};
  Typed typed;
  const std::vector<Command>& commands = all_commands();
};

void print_help(const CLI::App& root, Console& console) {
  const std::string words = words_so_far(root);
  const std::size_t last = words.find_last_of(' ');
  const std::string before = words.empty() ? "" : last == std::string::npos ? "liaison" : "liaison " + words.substr(0, last);
  console.out << deepest(root).help(before) << std::flush;
}

// What a first word stands for where it is no noun of a kind of record.
std::map<std::string, std::string> own_groups() {
  return {{"audit", "who did what at this node"},
          {"authority", "the offline roots: keys, rosters, policies and their signatures"},
          {"broker", "set up and run the exchange"},
          {"draft", "acts that are kept at the node until an officer releases them"},
          {"node", "set up a committee's side"},
          {"state", "what is known of a State"},
          {"visit", "plan, change, answer, list and import visits to States"},
          {"message", "what went over the exchange, with its evidence"},
          {"interest", "searches that the node keeps, and what is new in them"},
          {"record", "records of all kinds: show, answer, recall, and what kinds there are"}};
}

}  // namespace

const std::map<std::string, std::string>& group_summaries() {
  static const std::map<std::string, std::string> summaries = [] {
    std::map<std::string, std::string> all = own_groups();
    for (const RecordKind& kind : record_kinds()) {
      std::string meaning = kind.meaning.substr(0, kind.meaning.find_first_of(".:;"));
      if (!meaning.empty()) meaning[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(meaning[0])));
      all.emplace(kind.noun, meaning);
    }
    return all;
  }();
  return summaries;
}

std::string refusal_of(const std::vector<std::string>& arguments) {
  Parser parser(arguments);
  try {
    parser.parse(arguments);
  } catch (const CLI::Success&) {
    return "";
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return parser.command() == nullptr ? parser.missing() : "";
}

int run_liaison(const std::vector<std::string>& arguments, Console& console, const Environment& environment) {
  if (!arguments.empty() && arguments.front() == kCompleteWord) return answer_shell(arguments, console, environment);
  Parser parser(arguments);
  try {
    parser.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    print_help(parser.root, console);
    return kExitOk;
  } catch (const CLI::CallForVersion& page) {
    console.out << page.what() << "\n" << std::flush;
    return kExitOk;
  } catch (const CLI::ParseError& error) {
    if (const auto slip = first_slip(parser.commands, arguments)) return refuse_slip(console, *slip);
    return refuse(parser.root, console, error.what());
  }
  if (parser.typed.plain || !environment("NO_COLOR").value_or("").empty()) console.colour = false;
  const Command* command = parser.command();
  return command == nullptr ? refuse(parser.root, console, parser.missing()) : run_command(*command, parser.typed, console, environment);
}

}  // namespace liaison
