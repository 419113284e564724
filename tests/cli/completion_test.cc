// SPDX-License-Identifier: Apache-2.0
// What a shell is told at each Tab: everything that the table has, and nothing that the parser refuses.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "nodes/cli/completion.h"
#include "nodes/cli/shell_scripts.h"
#include "nodes/domain/findings.h"
#include "schemas/visit.h"
#include "tests/cli/spoken.h"

namespace liaison {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;
using Words = std::vector<std::string>;
using Names = Completion::Names;

std::vector<Candidate> two_ids(Values kind, const std::string&, const std::map<std::string, std::string>&) {
  if (kind == Values::kRecord) return {{"1540-V-2027-0001", "KGZ Action plan"}, {"1373-V-2027-0002", "UZB Follow-up"}};
  return {{"3fa9c2d10011", "visit.plan"}};
}

Completion after(const Words& words) { return complete(all_commands(), words, two_ids); }

Words offered(const Words& words) {
  Words all;
  for (const Candidate& candidate : after(words).words) all.push_back(candidate.word);
  return all;
}

Words split_words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// The shortest line of a command that the parser takes.
Words shortest(const Command& command) {
  Words line = split_words(command.words);
  for (const Argument& argument : command.arguments) {
    if (!argument.required) continue;
    if (argument.is_option()) line.push_back(argument.name);
    line.emplace_back("x");
  }
  return line;
}

template <class Enum>
Words words_of() {
  Words all;
  for (const std::string_view word : all_words<Enum>()) all.emplace_back(word);
  return all;
}

TEST(Completion, EveryWordOfEveryCommandCompletes) {
  for (const Command& command : all_commands()) {
    Words before;
    for (const std::string& word : split_words(command.words)) {
      EXPECT_THAT(offered(joined(before, {""})), Contains(word)) << command.words;
      EXPECT_THAT(offered(joined(before, {word.substr(0, 2)})), AllOf(Contains(word), Each(StartsWith(word.substr(0, 2))))) << command.words;
      before.push_back(word);
    }
  }
  EXPECT_THAT(offered({"visit", "pl"}), ElementsAre("plan"));
  EXPECT_THAT(offered({"broker", "clock", ""}), ElementsAre("confirm"));
}

TEST(Completion, EveryOptionOfEveryCommandCompletesAndSaysWhatItIs) {
  for (const Command& command : all_commands()) {
    const Words line = split_words(command.words);
    const Words all = offered(joined(line, {"-"}));
    EXPECT_THAT(all, IsSupersetOf({"--node", "--output", "--zone", "--config", "--no-color", "--help"})) << command.words;
    for (const Argument& argument : command.arguments) {
      if (!argument.is_option()) continue;
      EXPECT_THAT(all, Contains(argument.name)) << command.words;
      const auto only = after(joined(line, {argument.name})).words;
      EXPECT_EQ(only.front().what, argument.help);
    }
  }
  EXPECT_THAT(offered({"--v"}), ElementsAre("--version"));
  EXPECT_THAT(offered({"-o"}), ElementsAre("-o"));
}

TEST(Completion, EveryWordOfAnOptionsValueCompletesBesideItAndBehindAnEqualsSign) {
  for (const Command& command : all_commands()) {
    for (const Argument& argument : command.arguments) {
      if (!argument.is_option() || argument.words.empty() || !argument.piece.empty()) continue;
      const Words line = split_words(command.words);
      for (const std::string_view one : argument.words) {
        const std::string word(one);
        EXPECT_THAT(offered(joined(line, {argument.name, word.substr(0, 1)})), Contains(word));
        EXPECT_THAT(offered(joined(line, {argument.name + "=" + word.substr(0, 1)})), Contains(argument.name + "=" + word));
      }
    }
  }
}

TEST(Completion, TheWordsAreThoseOfTheVocabularies) {
  EXPECT_EQ(offered({"visit", "plan", "--kind", ""}), words_of<VisitKind>());
  EXPECT_EQ(offered({"visit", "list", "--status", ""}), words_of<VisitStatus>());
  EXPECT_EQ(offered({"visit", "answer", "1540-V-2027-0001", ""}), words_of<AnswerKind>());
  EXPECT_EQ(offered({"conflicts", "--kind", ""}), Words(finding_kinds().begin(), finding_kinds().end()));
  EXPECT_THAT(offered({"visit", "plan", "--aim", "action"}), ElementsAre("action_plan"));
  EXPECT_THAT(offered({"visit", "plan", "--state", "KG"}), ElementsAre("KGZ"));
  EXPECT_THAT(offered({"visit", "plan", "--recipient", ""}), ElementsAre("1267", "1373", "1540"));
  EXPECT_THAT(offered({"--zone", "Europe/Vie"}), ElementsAre("Europe/Vienna"));
  EXPECT_THAT(offered({"-o", ""}), ElementsAre("table", "json", "csv", "ndjson"));
  EXPECT_THAT(offered({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(offered({"man", "visit", "hi"}), ElementsAre("history"));
}

TEST(Completion, AWordThatIsOnePieceOfAValueComesInItsPlaceOnly) {
  EXPECT_THAT(offered({"visit", "plan", "--component", ""}), ElementsAre("on_site,", "virtual,"));
  EXPECT_THAT(offered({"visit", "plan", "--component", "virtual,2027"}), IsEmpty());
  EXPECT_THAT(offered({"visit", "plan", "--participant", "UNO"}), IsEmpty());
  EXPECT_THAT(offered({"visit", "plan", "--participant", "UNODC:par"}), ElementsAre("UNODC:participates"));
  EXPECT_THAT(offered({"visit", "plan", "--consent", "gr"}), ElementsAre("granted"));
}

TEST(Completion, FilesAndFoldersAreTheShells) {
  EXPECT_EQ(after({"visit", "import", ""}).names, Names::kFiles);
  EXPECT_EQ(after({"verify", "./pr"}).names, Names::kFiles);
  EXPECT_EQ(after({"broker", "apply", "--dir", "b", "one", "t"}).names, Names::kFiles);
  EXPECT_EQ(after({"authority", "roster", "new", "--member", ""}).names, Names::kFiles);
  EXPECT_EQ(after({"--node", ""}).names, Names::kFiles);
  EXPECT_EQ(after({"broker", "init", "--dir=/var"}).names, Names::kFolders);
  EXPECT_EQ(after({"visit", "show", ""}).names, Names::kNone);
  EXPECT_EQ(run({kCompleteWord, "--", "verify", ""}).out, ":files\n");
  EXPECT_EQ(run({kCompleteWord, "--", "man", "--to", ""}).out, ":folders\n");
}

TEST(Completion, IdsAreOfferedWhereOneIsTaken) {
  for (const std::string act : {"show", "change", "answer", "recall", "status", "history"}) {
    EXPECT_THAT(offered({"visit", act, "1540"}), ElementsAre("1540-V-2027-0001"));
  }
  EXPECT_THAT(offered({"conflicts", "--visit", ""}), ElementsAre("1540-V-2027-0001", "1373-V-2027-0002"));
  EXPECT_THAT(offered({"message", "trace", "3f"}), ElementsAre("3fa9c2d10011"));
  std::map<std::string, std::string> told;
  const auto note = [&](Values, const std::string&, const std::map<std::string, std::string>& globals) {
    told = globals;
    return std::vector<Candidate>();
  };
  complete(all_commands(), {"--node=/run/x.sock", "visit", "show", "--config", "c.toml", ""}, note);
  EXPECT_EQ(told["--node"], "/run/x.sock");
  EXPECT_EQ(told["--config"], "c.toml");
}

TEST(Completion, NothingIsOfferedTwiceThatMayComeOnce) {
  EXPECT_THAT(offered({"visit", "plan", "--title", "x", "--ti"}), IsEmpty());
  EXPECT_THAT(offered({"visit", "plan", "--aim", "action_plan", "--ai"}), ElementsAre("--aim"));
  EXPECT_THAT(offered({"-ojson", "version", "--out"}), IsEmpty());
  EXPECT_THAT(offered({"visit", "show", "1540-V-2027-0001", "1"}), IsEmpty());
  EXPECT_THAT(offered({"visit", "plan", "--title=x", "--title="}), IsEmpty());
}

TEST(Completion, ALineThatIsWrongAlreadyIsOfferedNothing) {
  for (const Words& words : std::vector<Words>{{"visti", ""}, {"visit", "plna", "-"}, {"visit", "plan", "--nonsense", ""},
                                               {"visit", "plan", "--yes=1", ""},
                                               {"visit", "list", "extra", ""}, {"--version=1", ""}, {"visit", "plan", "--unknown="}, {"-x", ""}}) {
    EXPECT_THAT(offered(words), IsEmpty()) << ::testing::PrintToString(words);
  }
}

TEST(Completion, AfterTwoHyphensOnlyOperandsCome) {
  EXPECT_THAT(offered({"visit", "show", "--", ""}), Contains("1540-V-2027-0001"));
  EXPECT_THAT(offered({"visit", "show", "--", "-"}), IsEmpty());
}

TEST(Completion, TheParserTakesEveryOptionAndWordThatIsOffered) {
  for (const Command& command : all_commands()) {
    const Words line = shortest(command);
    ASSERT_EQ(refusal_of(line), "") << command.words;
    for (const std::string& option : offered(joined(line, {"-"}))) {
      const bool flag = refusal_of(joined(line, {option})).empty();
      EXPECT_EQ(refusal_of(joined(line, flag ? Words{option} : Words{option, "x"})), "") << command.words << " " << option;
      Words words = flag ? Words() : offered(joined(line, {option, ""}));
      words.resize(std::min<std::size_t>(words.size(), 20));   // time zones and States are many
      for (const std::string& word : words) {
        EXPECT_EQ(refusal_of(joined(line, {option, word})), "") << command.words << " " << option << " " << word;
      }
    }
  }
}

TEST(Completion, TheParserGoesOnFromEveryWordThatIsOffered) {
  std::vector<Words> places = {{}};
  while (!places.empty()) {
    const Words place = places.back();
    places.pop_back();
    for (const std::string& word : offered(joined(place, {""}))) {
      const Words next = joined(place, {word});
      EXPECT_EQ(refusal_of(joined(next, {"--help"})), "") << ::testing::PrintToString(next);
      const auto& all = all_commands();
      const bool whole = std::any_of(all.begin(), all.end(), [&](const Command& command) { return split_words(command.words) == next; });
      if (!whole) places.push_back(next);
    }
  }
  EXPECT_THAT(refusal_of({"visit"}), HasSubstr("needs one more word"));
  EXPECT_THAT(refusal_of({"visit", "plan"}), Not(IsEmpty()));
}

// Every output form and time zone is taken too, where the form alone says nothing.
TEST(Completion, WhatIsOfferedForEveryCommandIsTaken) {
  for (const std::string& word : offered({"--output", ""})) EXPECT_EQ(run({"--output", word, "version"}).status, 0) << word;
  for (const std::string& shell : offered({"completion", ""})) EXPECT_EQ(run({"completion", shell}).status, 0) << shell;
}

// A socket that is opened and never answered: as a node that hangs.
class Silent {
 public:
  Silent() : path_("/tmp/liaison-silent-" + std::to_string(::getpid()) + ".sock"), fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, path_.size());
    ::unlink(path_.c_str());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_, 8), 0);
  }
  ~Silent() {
    ::close(fd_);
    ::unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int fd_;
};

TEST(Completion, NothingIsSaidWhenNoNodeAnswers) {
  const Silent silent;
  for (const Words& words : std::vector<Words>{{"visit", "show", ""}, {"--node", "/nonexistent/x.sock", "visit", "show", ""},
                                               {"--node", silent.path(), "visit", "show", "15"},
                                               {"--config", "/nonexistent", "visit", "show", ""}, {"--node", std::string(200, 'x'), "message", "show", ""}}) {
    const Spoken spoken = run(joined({kCompleteWord, "--"}, words), {{"HOME", "/nonexistent"}});
    EXPECT_EQ(spoken.status, 0);
    EXPECT_EQ(spoken.out + spoken.err, "") << ::testing::PrintToString(words);
  }
}

TEST(Completion, TheHiddenCommandStandsInNoHelpAndAnswersWithoutWords) {
  EXPECT_THAT(run({"--help"}).out, AllOf(HasSubstr("completion"), Not(HasSubstr(kCompleteWord))));
  EXPECT_THAT(run({kCompleteWord}).out, HasSubstr("visit\tplan, change"));
  EXPECT_THAT(run({kCompleteWord, "--"}).out, HasSubstr("conflicts\tvisits that come too close"));
}

TEST(Completion, AShellThatIsNotKnownIsASentenceWithAHint) {
  const Spoken spoken = run({"completion", "tcsh"});
  EXPECT_EQ(spoken.status, 64);
  EXPECT_EQ(spoken.out, "");
  EXPECT_EQ(spoken.err, "error: no completion is known for the shell 'tcsh' [E_USAGE]\nhint: use bash, zsh or fish\n");
  EXPECT_EQ(run({"completion"}).status, 64);
  for (const std::string_view shell : shells()) {
    EXPECT_THAT(run({"completion", std::string(shell)}).out, AllOf(HasSubstr("liaison __complete -- "), HasSubstr(" 2>/dev/null")));
  }
}

}  // namespace
}  // namespace liaison
