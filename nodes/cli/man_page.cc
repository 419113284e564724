// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/man_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/cli/globals.h"
#include "nodes/cli/typed.h"

namespace liaison {
namespace {

constexpr std::size_t kSynopsisMax = 8;   // options of a command that are shown one by one
constexpr std::size_t kExampleColumns = 70;

// The character of UTF-8 text that begins at `at`, which is moved behind it; '?' for what is none.
std::uint32_t take_character(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  const std::size_t more = first < 0x80 ? 0 : first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 4;
  if (more == 4 || at + more > text.size()) return '?';
  std::uint32_t value = more == 0 ? first : first & (0x3FU >> more);
  for (std::size_t i = 0; i < more; ++i) value = value << 6U | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  return value;
}

std::string roff_character(std::uint32_t character) {
  switch (character) {
    case '\\': return "\\(rs";
    case '-': return "\\-";
    case '\'': return "\\(aq";
    case '"': return "\\(dq";
    case '`': return "\\(ga";
    case '^': return "\\(ha";
    case '~': return "\\(ti";
    case '\n':
    case '\t':
    case '\r': return " ";
    default: return character < 0x80 ? std::string(1, static_cast<char>(character)) : fmt::format("\\[u{:04X}]", character);
  }
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

// A sentence of its own, as a line. A word that is to be typed keeps its small letter.
std::string sentence(std::string text, const std::vector<std::string_view>& words = {}) {
  const std::string first = text.substr(0, text.find_first_of(" ,"));
  const bool typed = std::find(words.begin(), words.end(), first) != words.end();
  if (!text.empty() && !typed) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return roff(text) + (text.ends_with('.') ? "" : ".") + "\n";
}

std::string section(const std::string& name) { return ".SH " + name + "\n"; }
std::string item(const std::string& head, const std::string& body) { return ".TP\n\\&" + head + "\n" + body; }

bool begins(const Command& command, const std::string& words) {
  return words.empty() || command.words == words || command.words.starts_with(words + " ");
}

// "--aim AIM", "-o FORMAT, --output FORMAT"; "FILE ..." for an operand.
std::string head_of(const Argument& argument) {
  if (!argument.is_option()) return italic(argument.name) + (argument.many ? " ..." : "");
  std::string head;
  for (const std::string& spelling : argument.spellings()) {
    head += (head.empty() ? "" : ", ") + bold(spelling) + (argument.value.empty() ? "" : " " + italic(argument.value));
  }
  return head;
}

// The words that the help does not name itself.
std::string word_list(const Argument& argument) {
  const bool told = std::all_of(argument.words.begin(), argument.words.end(),
                                [&](std::string_view word) { return argument.help.find(word) != std::string::npos; });
  if (told) return "";
  std::string list;
  for (const std::string_view word : argument.words) list += (list.empty() ? "" : ", ") + bold(word);
  return italic(argument.piece.empty() ? argument.value : argument.piece) + " is one of: " + list + ".\n";
}

std::string arguments_of(const std::vector<Argument>& arguments) {
  std::string text;
  for (const Argument& argument : arguments) {
    std::string body = sentence(argument.help, argument.words) + word_list(argument);
    if (argument.is_option() && argument.required) body += "It must be given.\n";
    if (argument.is_option() && argument.many) body += "It may be given more than once.\n";
    text += item(head_of(argument), body);
  }
  return text;
}

std::string in_synopsis(const Argument& argument) {
  const std::string shown = argument.is_option() ? bold(argument.spellings().back()) + (argument.value.empty() ? "" : " " + italic(argument.value))
                                                 : italic(argument.name);
  return (argument.required ? shown : "[" + shown + "]") + (argument.many ? " ..." : "");
}

// Operands first; of many options only those that must be given.
std::string synopsis_of(const Command& command) {
  std::string line = ".PP\n" + bold("liaison " + command.words);
  const bool short_one = command.arguments.size() <= kSynopsisMax;
  for (const bool options : {false, true}) {
    for (const Argument& argument : command.arguments) {
      if (argument.is_option() == options && (argument.required || short_one || !options)) line += " " + in_synopsis(argument);
    }
  }
  return line + (short_one ? "" : " [" + italic("options") + "]") + "\n";
}

std::string paragraphs(const Command& command) {
  std::string text = sentence(command.summary);
  for (const std::string& one : command.about) text += ".PP\n" + roff(one) + "\n";
  return text;
}

std::string summary_of(const std::vector<Command>& commands, const std::string& words) {
  if (words.empty()) return "the exchange between the 1540, 1267 and 1373 committees, from the command line";
  if (const auto group = group_summaries().find(words); group != group_summaries().end()) return group->second;
  const auto one = std::find_if(commands.begin(), commands.end(), [&](const Command& command) { return command.words == words; });
  return one == commands.end() ? "commands that begin with " + words : one->summary;
}

std::string program_description(const std::vector<Command>& commands) {
  std::string text = section("DESCRIPTION");
  text += "Three committees of the United Nations Security Council tell each other of their visits to States. " + bold("liaison") +
          " is their command line: officers plan, change and answer visits at their committee\\(aqs running node, operators set up nodes and the "
          "broker, and those who hold the roots sign who takes part.\n";
  text += ".PP\nResults stand on standard output, everything else on standard error. An error is one sentence with a code that stays the same, and "
          "often a hint.\n";
  text += section("COMMANDS");
  for (const Command& command : commands) text += item(bold(command.words), sentence(command.summary));
  return text;
}

// Sub-sections where there are several commands.
std::string group_description(const std::vector<const Command*>& chosen) {
  std::string text = section("COMMANDS");
  for (const Command* command : chosen) text += ".SS " + roff("liaison " + command->words) + "\n" + paragraphs(*command) + arguments_of(command->arguments);
  return text;
}

std::string exit_section() {
  std::string text = section("EXIT STATUS");
  for (const auto& [status, words] : exit_words()) text += item(bold(std::to_string(status)), sentence(std::string(words)));
  return text;
}

std::string surroundings() {
  std::string text = section("FILES");
  text += item(italic("~/.config/liaison/liaison.toml"),
               "The configuration file: " + bold("node") + ", " + bold("output") + " and " + bold("zone") + " in " + bold("[cli]") +
                   ", as the options of the same names. An option wins over the environment, the environment over this file.\n");
  text += item(italic("/run/liaison/1540.sock"), "The socket of a node, as its operator has set it up. Whoever may open it acts for the committee.\n");
  text += section("ENVIRONMENT");
  for (const auto& [name, what] : environment_words()) text += item(bold(name), sentence(what));
  return text;
}

// A long line goes on in the next one, before an option.
std::string example_lines(std::string line) {
  std::string lines;
  while (line.size() > kExampleColumns) {
    const std::size_t at = line.rfind(" --", kExampleColumns);
    if (at == std::string::npos || line.find_first_not_of(' ') >= at) break;
    lines += roff(line.substr(0, at) + " \\") + "\n";
    line = "    " + line.substr(at + 1);
  }
  return lines + roff(line) + "\n";
}

std::string examples_of(const std::vector<const Command*>& chosen, const std::string& words) {
  std::string text = section("EXAMPLES");
  for (const Command* command : chosen) {
    // The program's page has one of each command.
    const std::size_t shown = words.empty() ? std::min<std::size_t>(1, command->examples.size()) : command->examples.size();
    if (shown == 0) continue;
    text += ".PP\n" + sentence(command->summary) + ".PP\n.EX\n";
    for (std::size_t i = 0; i < shown; ++i) text += example_lines(command->examples[i]);
    text += ".EE\n";
  }
  return text;
}

// The program, and the pages that it writes.
std::string see_also(const std::vector<Command>& commands, const std::string& words) {
  std::string text = section("SEE ALSO");
  std::string line = words.empty() ? "" : bold("liaison") + "(1)";
  for (const std::string& top : top_words(commands)) {
    if (top != words) line += (line.empty() ? "" : ", ") + bold(man_name(top)) + "(1)";
  }
  return text + line + "\n.PP\nThe operating manual, " + italic("deploy/OPERATING.md") +
         ", tells of setting up, of every day, and of what each refusal means.\n";
}

std::string options_section(const std::vector<const Command*>& chosen, const std::string& words) {
  const bool one = !words.empty() && chosen.size() == 1;
  std::vector<Argument> all = one ? chosen.front()->arguments : std::vector<Argument>();
  std::string text = section("OPTIONS") + arguments_of(all);
  if (one && !all.empty()) text += ".SS Options of every command\n";
  else text += "These may stand before or after the words of a command.\n";
  text += arguments_of(global_arguments()) + arguments_of({help_flag()});
  return words.empty() ? text + arguments_of({version_flag()}) : text;
}

}  // namespace

std::string roff(std::string_view text) {
  std::string out = text.starts_with('.') ? "\\&" : "";   // a quote is escaped anyway
  for (std::size_t at = 0; at < text.size();) out += roff_character(take_character(text, at));
  return out;
}

std::string man_name(const std::string& words) {
  std::string name = words.empty() ? "liaison" : "liaison-" + words;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::vector<std::string> top_words(const std::vector<Command>& commands) {
  std::vector<std::string> tops;
  for (const Command& command : commands) {
    std::string top = split(command.words, ' ', 2).front();
    if (std::find(tops.begin(), tops.end(), top) == tops.end()) tops.push_back(std::move(top));
  }
  return tops;
}

Result<std::string> man_page(const std::vector<Command>& commands, const std::string& words) {
  std::vector<const Command*> chosen;
  for (const Command& command : commands) {
    if (begins(command, words)) chosen.push_back(&command);
  }
  if (chosen.empty()) return fail(Code::kUsage, "there is no command '" + words + "'", "liaison --help lists the commands; leave it out for the whole program");
  const bool one = !words.empty() && chosen.size() == 1;
  const std::string name = man_name(words);
  std::string title = name;
  std::transform(title.begin(), title.end(), title.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::string page = ".\\\" Made by liaison man from the table of its commands.\n.TH \"" + roff(title) + "\" 1 \"\" \"liaison " + LIAISON_VERSION +
                     "\" \"Liaison\"\n.nr HY 0\n.nh\n.ad l\n";   // no hyphens that nobody typed
  page += section("NAME") + roff(name) + " \\- " + roff(summary_of(commands, words)) + "\n" + section("SYNOPSIS");
  if (words.empty()) page += bold("liaison") + " [" + italic("options") + "] " + italic("command") + " [" + italic("arguments") + "]\n";
  for (const Command* command : chosen) page += words.empty() ? "" : synopsis_of(*command);
  if (words.empty()) page += program_description(commands);
  else if (one) page += section("DESCRIPTION") + paragraphs(*chosen.front());
  else page += section("DESCRIPTION") + sentence(summary_of(commands, words)) + group_description(chosen);
  return page + options_section(chosen, words) + exit_section() + surroundings() + examples_of(chosen, words) + see_also(commands, words);
}

}  // namespace liaison
