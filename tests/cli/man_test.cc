// SPDX-License-Identifier: Apache-2.0
// The manual pages: everything in the table stands in them, and nothing in them is read as a request of roff.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "nodes/cli/console.h"
#include "nodes/cli/man_page.h"
#include "tests/cli/spoken.h"

namespace liaison {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string page_of(const std::string& words) {
  const auto page = man_page(all_commands(), words);
  return page ? *page : "error: " + page.error().what;
}

std::string first_word(const std::string& words) { return words.substr(0, words.find(' ')); }

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Man, EveryCommandAndArgumentStandsInItsPageAndItsGroups) {
  for (const Command& command : all_commands()) {
    EXPECT_THAT(page_of(""), HasSubstr("\\fB" + roff(command.words) + "\\fR"));
    for (const std::string& words : {command.words, first_word(command.words)}) {
      const std::string page = page_of(words);
      EXPECT_THAT(page, HasSubstr(roff("liaison " + command.words)));
      for (const Argument& argument : command.arguments) {
        for (const std::string& spelling : argument.spellings()) {
          EXPECT_THAT(page, HasSubstr((argument.is_option() ? "\\fB" : "\\fI") + roff(spelling) + "\\fR")) << words;
        }
        EXPECT_THAT(page, HasSubstr(roff(argument.help.substr(1)))) << words;
      }
    }
  }
}

TEST(Man, EveryWordOfAValueStandsInTheCommandsPage) {
  for (const Command& command : all_commands()) {
    const std::string page = page_of(command.words);
    for (const Argument& argument : command.arguments) {
      for (const std::string_view word : argument.words) EXPECT_THAT(page, HasSubstr(roff(word))) << command.words << " " << argument.name;
    }
  }
}

TEST(Man, EveryPageHasItsSections) {
  for (const std::string words : {"", "visit", "visit plan", "status", "broker clock confirm"}) {
    const std::string page = page_of(words);
    std::size_t at = 0;
    for (const std::string name : {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "FILES", "ENVIRONMENT", "EXAMPLES", "SEE ALSO"}) {
      const std::size_t next = page.find("\n.SH " + name + "\n", at);
      ASSERT_NE(next, std::string::npos) << words << ": " << name;
      at = next;
    }
    for (const Argument& argument : global_arguments()) EXPECT_THAT(page, HasSubstr(roff(argument.spellings().back())));
    for (const auto& [name, what] : environment_words()) EXPECT_THAT(page, HasSubstr("\\fB" + name + "\\fR"));
  }
  EXPECT_THAT(page_of("visit plan"), HasSubstr("\n.SH NAME\nliaison\\-visit\\-plan \\- plan a visit and tell the other committees\n"));
  EXPECT_THAT(page_of(""), HasSubstr("\\fB\\-\\-version\\fR"));
}

TEST(Man, EveryExitStatusThatACodeHasIsInThePage) {
  const std::string page = page_of("");
  for (std::uint16_t number = 0; number <= static_cast<std::uint16_t>(Code::kUsage); ++number) {
    if (number > 100 && number < static_cast<std::uint16_t>(Code::kInput)) continue;
    EXPECT_THAT(page, HasSubstr("\n\\&\\fB" + std::to_string(exit_status(static_cast<Code>(number))) + "\\fR\n")) << number;
  }
}

TEST(Man, EveryCommandHasAnExampleThatTheParserTakes) {
  for (const Command& command : all_commands()) {
    EXPECT_THAT(command.examples, Not(IsEmpty())) << command.words;
    for (const std::string& example : command.examples) {
      const std::size_t from = example.find("liaison ");
      const std::string line = example.substr(from, example.find_first_of("|)", from) - from);
      std::vector<std::string> words;
      std::istringstream stream(line);
      for (std::string word; stream >> word;) {
        // A quoted text is one argument; what it says does not matter here.
        if (word.starts_with('"')) {
          while (!word.ends_with('"') || word.size() == 1) {
            std::string more;
            ASSERT_TRUE(stream >> more) << example;
            word += " " + more;
          }
        }
        words.push_back(word);
      }
      words.erase(words.begin());
      EXPECT_EQ(refusal_of(words), "") << example;
      EXPECT_THAT(" " + line, HasSubstr(" " + command.words)) << example;
    }
  }
}

TEST(Man, TextIsEscaped) {
  EXPECT_EQ(roff(".TH"), "\\&.TH");
  EXPECT_EQ(roff("'br"), "\\(aqbr");
  EXPECT_EQ(roff("a\\n b-c \"d\" `~^"), "a\\(rsn b\\-c \\(dqd\\(dq \\(ga\\(ti\\(ha");
  EXPECT_EQ(roff("a\n.so /etc/passwd"), "a .so /etc/passwd");
  EXPECT_EQ(roff("C\u00f4te \u2026"), "C\\[u00F4]te \\[u2026]");
  EXPECT_EQ(roff("\xff\xc3"), "??");
}

TEST(Man, AHostileTableStaysText) {
  const Argument argument{"--x", ".de", "'ds \\*[y]\n.ex", false, false, {".a", "\\b"}};
  const std::vector<Command> commands = {{"evil", ".so /etc/passwd", {argument}, nullptr, {".sy rm", "'x"}, {".pso"}}};
  const std::string page = *man_page(commands, "evil");
  static const std::vector<std::string> known = {".\\\"", ".TH", ".SH", ".SS", ".TP", ".PP", ".EX", ".EE", ".nr", ".nh", ".ad"};
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_THAT(line, Not(StartsWith("'")));
    if (!line.starts_with('.')) continue;
    EXPECT_THAT(known, ::testing::Contains(line.substr(0, line.find(' '))));
  }
}

TEST(Man, AnUnknownCommandIsUsage) {
  const Spoken spoken = run({"man", "visti"});
  EXPECT_EQ(spoken.status, 64);
  EXPECT_EQ(spoken.out, "");
  EXPECT_THAT(spoken.err, StartsWith("error: there is no command 'visti' [E_USAGE]\nhint: "));
  EXPECT_EQ(run({"man", "vis"}).status, 64);
  EXPECT_EQ(run({"man", "visit", "--to", "/nonexistent"}).status, 64);
  EXPECT_EQ(run({"man", "visit", "plan"}).out, page_of("visit plan"));
  EXPECT_EQ(run({"man"}).out, page_of(""));
}

TEST(Man, PagesAreWrittenForTheProgramAndEachFirstWord) {
  const auto folder = std::filesystem::temp_directory_path() / ("liaison-man-" + std::to_string(::getpid()));
  for (int again = 0; again < 2; ++again) {   // a page that is there is replaced
    const Spoken spoken = run({"man", "--to", (folder / "man1").string()});
    EXPECT_EQ(spoken.status, 0) << spoken.err;
    EXPECT_EQ(text_of(folder / "man1/liaison.1"), page_of(""));
    EXPECT_EQ(text_of(folder / "man1/liaison-visit.1"), page_of("visit"));
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(folder / "man1")) ++files;
    EXPECT_EQ(files, top_words(all_commands()).size() + 1);
  }
  EXPECT_EQ(run({"man", "--to", (folder / "man1/liaison.1/x").string()}).status, 73);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace liaison
