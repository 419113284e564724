// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <filesystem>

#include "security/settings.h"
#include "security/versions.h"

namespace liaison {
namespace {

struct Typed {
  std::string node, output, zone, config;
  bool plain = false;
  std::map<std::string, std::vector<std::string>> values;   // of every command: only one is run
  std::map<std::string, bool> flags;
};

Result<Output> parse_output(const std::string& word) {
  if (word.empty() || word == "table") return Output::kTable;
  if (word == "json") return Output::kJson;
  if (word == "csv") return Output::kCsv;
  if (word == "ndjson") return Output::kNdjson;
  return fail(Code::kUsage, "unknown output format '" + word + "'", "use -o table, json, csv or ndjson");
}

std::string key_of(const Command& command, const Argument& argument) { return command.words + " " + argument.name; }

void add_argument(CLI::App& app, const Command& command, const Argument& argument, Typed& typed) {
  const std::string key = key_of(command, argument);
  if (argument.name.starts_with("-") && argument.value.empty()) {
    app.add_flag(argument.name, typed.flags[key], argument.help);
    return;
  }
  auto* option = app.add_option(argument.name, typed.values[key], argument.help);
  option->required(argument.required);
  if (argument.name.starts_with("-")) {
    option->type_name(argument.value)->type_size(1)->allow_extra_args(false);
    option->expected(1, argument.many ? CLI::detail::expected_max_vector_size : 1);
  } else {
    option->type_name("")->type_size(1)->allow_extra_args(argument.many);
    option->expected(argument.required ? 1 : 0, argument.many ? CLI::detail::expected_max_vector_size : 1);
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
  const std::map<std::string, std::string> summaries = {
      {"authority", "the offline roots: keys, rosters, policies and their signatures"},
      {"broker", "set up and run the exchange"},
      {"node", "set up a committee's side"},
      {"state", "what is known of a State"},
      {"visit", "plan, change, answer, list and import visits to States"},
      {"message", "what went over the exchange, with its evidence"}};
  for (const auto& [word, summary] : summaries) {
    if (CLI::App* group = child_of(root, word)) group->description(summary);
  }
}

void add_globals(CLI::App& root, Typed& typed) {
  root.add_option("--node", typed.node, "the node's socket, e.g. /run/liaison/1540.sock (or LIAISON_NODE)")->type_name("SOCKET");
  root.add_option("-o,--output", typed.output, "table, json, csv or ndjson (or LIAISON_OUTPUT)")->type_name("FORMAT");
  root.add_option("--zone", typed.zone, "time zone of times for people (or LIAISON_ZONE; default America/New_York)")->type_name("ZONE");
  root.add_option("--config", typed.config, "configuration file (default ~/.config/liaison/liaison.toml)")->type_name("FILE");
  root.add_flag("--no-color", typed.plain, "no colours (or NO_COLOR)");
}

std::filesystem::path default_config(const Environment& environment) {
  const std::string folder = environment("XDG_CONFIG_HOME").value_or("");
  if (!folder.empty()) return std::filesystem::path(folder) / "liaison/liaison.toml";
  const std::string home = environment("HOME").value_or("");
  return home.empty() ? std::filesystem::path() : std::filesystem::path(home) / ".config/liaison/liaison.toml";
}

// Configuration file: `node`, `output` and `zone` in [cli], as the flags of the same names.
Result<std::map<std::string, std::string>> read_config(const Typed& typed, const Environment& environment) {
  const std::string named = !typed.config.empty() ? typed.config : environment("LIAISON_CONFIG").value_or("");
  const std::filesystem::path file = named.empty() ? default_config(environment) : std::filesystem::path(named);
  std::error_code ignored;
  if (named.empty() && (file.empty() || !std::filesystem::exists(file, ignored))) return std::map<std::string, std::string>();
  Settings settings = TRY(Settings::read(file));
  std::map<std::string, std::string> values;
  for (const std::string name : {"node", "output", "zone"}) values[name] = settings.text("cli." + name, "");
  TRY(settings.finish());
  return values;
}

Result<Globals> settle(const Typed& typed, const Environment& environment) {
  const auto config = TRY(read_config(typed, environment));
  auto choose = [&](const std::string& flag, const std::string& variable, const std::string& name) {
    if (!flag.empty()) return flag;
    const std::string value = environment(variable).value_or("");
    if (!value.empty()) return value;
    const auto found = config.find(name);
    return found == config.end() ? std::string() : found->second;
  };
  Globals globals;
  globals.node = choose(typed.node, "LIAISON_NODE", "node");
  globals.output = TRY(parse_output(choose(typed.output, "LIAISON_OUTPUT", "output")));
  const std::string zone = choose(typed.zone, "LIAISON_ZONE", "zone");
  if (!zone.empty()) globals.zone = zone;
  return globals;
}

int run_command(const Command& command, const Typed& typed, Console& console, const Environment& environment) {
  const auto globals = settle(typed, environment);
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

}  // namespace

int run_liaison(const std::vector<std::string>& arguments, Console& console, const Environment& environment) {
  CLI::App root("The command line of the exchange between the 1540, 1267 and 1373 committees.", "liaison");
  root.require_subcommand(0, 1);
  Typed typed;
  add_globals(root, typed);
  root.set_version_flag("--version", [] { return version_page("liaison", LIAISON_VERSION); }, "say which program this is and what it stands on, and end");
  const std::vector<Command> commands = all_commands();
  for (const Command& command : commands) {
    CLI::App* place = place_of(root, command.words);
    place->description(command.summary);
    for (const Argument& argument : command.arguments) add_argument(*place, command, argument, typed);
  }
  describe_groups(root);
  try {
    root.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    const std::string words = words_so_far(root);
    const std::size_t last = words.find_last_of(' ');
    const std::string before = words.empty() ? "" : last == std::string::npos ? "liaison" : "liaison " + words.substr(0, last);
    console.out << deepest(root).help(before) << std::flush;
    return kExitOk;
  } catch (const CLI::CallForVersion& page) {
    console.out << page.what() << "\n" << std::flush;
    return kExitOk;
  } catch (const CLI::ParseError& error) {
    return refuse(root, console, error.what());
  }
  if (typed.plain || !environment("NO_COLOR").value_or("").empty()) console.colour = false;
  const std::string words = words_so_far(root);
  for (const Command& command : commands) {
    if (command.words == words) return run_command(command, typed, console, environment);
  }
  return refuse(root, console, words.empty() ? "no command was given" : "'" + words + "' needs one more word");
}

}  // namespace liaison
