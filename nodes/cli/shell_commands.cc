// SPDX-License-Identifier: Apache-2.0
// `liaison completion` and `liaison man`: what a person's shell and manual know of this program.
#include <filesystem>

#include "nodes/cli/command_line.h"
#include "nodes/cli/man_page.h"
#include "nodes/cli/shell_scripts.h"
#include "security/durable.h"

namespace liaison {
namespace {

Result<int> completion(const Invocation& typed) {
  const std::string_view script = shell_script(typed.text("SHELL"));
  if (script.empty()) return fail(Code::kUsage, "no completion is known for the shell '" + typed.text("SHELL") + "'", "use bash, zsh or fish");
  typed.console().out << script;
  return kExitOk;
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
  return all;
}

Result<void> write_page(const Invocation& typed, const std::filesystem::path& folder, const std::string& words) {
  const std::string page = TRY(man_page(all_commands(), words));
  const std::filesystem::path file = folder / (man_name(words) + ".1");
  TRY(write_durably(file, view_of(page), 0644));
  typed.console().out << file.string() << "\n";
  return {};
}

Result<int> man(const Invocation& typed) {
  const std::string words = joined(typed.texts("COMMAND"));
  if (!typed.has("--to")) {
    typed.console().out << TRY(man_page(all_commands(), words));
    return kExitOk;
  }
  if (!words.empty()) return fail(Code::kUsage, "--to writes the pages of all commands, and takes no COMMAND", "leave out '" + words + "', or --to");
  const std::filesystem::path folder = typed.text("--to");
  std::error_code trouble;
  std::filesystem::create_directories(folder, trouble);
  if (trouble) return fail(Code::kIo, "the folder " + folder.string() + " could not be made: " + trouble.message());
  TRY(write_page(typed, folder, ""));
  for (const std::string& top : top_words(all_commands())) TRY(write_page(typed, folder, top));
  return kExitOk;
}

}  // namespace

std::vector<Command> shell_commands() {
  return {{"completion", "a script for your shell, which then completes commands, options, words and ids",
           {{"SHELL", "", "bash, zsh or fish", true, false, shells()}}, completion,
           {"source <(liaison completion bash)", "source <(liaison completion zsh)", "liaison completion fish | source"},
           {"Put the line of your shell into its start file: ~/.bashrc, ~/.zshrc (after compinit) or ~/.config/fish/config.fish. Ids are those of the running "
            "node; when none answers, none are offered."}},
          {"man", "the manual page of this program, or of some of its commands, in roff",
           {{"COMMAND", "", "the words of a command or of a group of them; the whole program when left out", false, true},
            {"--to", "FOLDER", "write the pages of the program and of each first word there, as liaison.1 and so on"}},
           man, {"liaison man visit plan | man -l -", "liaison man --to /usr/local/share/man/man1"}}};
}

}  // namespace liaison
