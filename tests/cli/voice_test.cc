// SPDX-License-Identifier: Apache-2.0
// How the program speaks: what stands where, and which status says what.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "nodes/cli/command_line.h"

namespace liaison {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Spoken { int status = 0; std::string out, err; };

Spoken run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment = {}) {
  std::ostringstream out, err;
  std::istringstream in;
  Console console{out, err, in};
  const int status = run_liaison(arguments, console, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional<std::string>(found->second);
  });
  return {status, out.str(), err.str()};
}

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("liaison-voice-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    std::filesystem::permissions(path_ / name, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return (path_ / name).string();
  }
  std::string at(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

TEST(Voice, AnErrorIsOneSentenceWithItsCodeAndAHint) {
  const Spoken spoken = run({"status"});
  EXPECT_THAT(spoken.out, IsEmpty());
  EXPECT_EQ(spoken.err, "error: no node was named [E_USAGE]\nhint: give --node SOCKET or set LIAISON_NODE, for example to /run/liaison/1540.sock\n");
}

TEST(Voice, UsageIsSixtyFour) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {}, {"visti"}, {"visit"}, {"visit", "plan"}, {"visit", "list", "--limit"}, {"-o", "xml", "version"}, {"visit", "show"}, {"watch", "--count", "-3"},
           {"--node", "/x", "watch", "--count", "0"}, {"authority", "roster"}, {"visit", "list", "extra"},
           {"--node", "/x", "--zone", "Mars/Base", "status"}}) {
    const Spoken spoken = run(arguments);
    EXPECT_EQ(spoken.status, 64) << ::testing::PrintToString(arguments) << spoken.err;
    EXPECT_THAT(spoken.err, StartsWith("error: "));
    EXPECT_THAT(spoken.err, HasSubstr("E_USAGE"));
    EXPECT_THAT(spoken.out, IsEmpty());
  }
}

TEST(Voice, AMisspeltOptionIsAnsweredWithTheNearestOfItsCommand) {
  const std::string unknown = "error: unknown option --staate [E_USAGE]\nhint: did you mean --state?\n";
  EXPECT_EQ(run({"--node", "/x", "visit", "plan", "--staate", "UZB"}).err, unknown);   // not "--state is required"
  EXPECT_EQ(run({"visit", "list", "--staate=UZB"}).err, unknown);
  EXPECT_THAT(run({"--nodde", "/x", "today"}).err, HasSubstr("unknown option --nodde [E_USAGE]\nhint: did you mean --node?"));
  EXPECT_THAT(run({"request", "new", "--areaa", "licensing"}).err, HasSubstr("did you mean --area?"));
  EXPECT_THAT(run({"visit", "list", "--nonsense"}).err, HasSubstr("unknown option --nonsense [E_USAGE]\nhint: liaison visit list --help"));
}

TEST(Voice, AMisspeltCommandIsAnsweredWithTheNearest) {
  EXPECT_EQ(run({"visti", "list"}).err, "error: unknown command 'liaison visti' [E_USAGE]\nhint: did you mean liaison visit?\n");
  EXPECT_EQ(run({"visit", "lst"}).err, "error: unknown command 'liaison visit lst' [E_USAGE]\nhint: did you mean liaison visit list?\n");
  EXPECT_THAT(run({"authority", "rooster", "new"}).err, HasSubstr("did you mean liaison authority roster?"));
  EXPECT_THAT(run({"xyzzy"}).err, HasSubstr("unknown command 'liaison xyzzy' [E_USAGE]\nhint: liaison --help lists what it takes"));
}

TEST(Voice, AWordTooManyIsNamedAndAFlagWithAValueIsNoSlip) {
  EXPECT_THAT(run({"visit", "list", "extra"}).err,
              HasSubstr("liaison visit list takes no further word such as 'extra' [E_USAGE]\nhint: liaison visit list --help"));
  EXPECT_THAT(run({"visit", "plan", "--yes=1"}).err, Not(HasSubstr("unknown option")));
}

TEST(Voice, AMisspeltWordIsAnsweredWithTheNearest) {
  EXPECT_THAT(run({"-o", "jsn", "version"}).err, HasSubstr("hint: did you mean json? one of table, json, csv, ndjson"));
}

TEST(Voice, AMissingFileIsSixtySix) { EXPECT_EQ(run({"verify", "/nonexistent/proof.json"}).status, 66); }

TEST(Voice, NobodyAnsweringIsSixtyNine) {
  EXPECT_EQ(run({"--node", "/nonexistent/1540.sock", "status"}).status, 69);
  EXPECT_EQ(run({"broker", "status", "--dir", "/nonexistent"}).status, 69);
}

TEST(Voice, BadDataIsSixtyFiveAndAProofThatFailsSeventySix) {
  const Folder folder;
  EXPECT_EQ(run({"broker", "apply", "--dir", "/nonexistent", folder.file("x", "hello")}).status, 65);
  EXPECT_EQ(run({"authority", "policy", "check", folder.file("p", "liaison-policy/v1\nnonsense\n")}).status, 65);
  const Spoken proof = run({"verify", folder.file("proof.json", "{}")});
  EXPECT_EQ(proof.status, 76);
  EXPECT_THAT(proof.out, HasSubstr("FAILED      format"));
}

TEST(Voice, ABadConfigurationFileIsSeventyEight) {
  const Folder folder;
  const Spoken spoken = run({"--config", folder.file("c.toml", "[cli]\ncolour = \"red\"\n"), "version"});
  EXPECT_EQ(spoken.status, 78);
  EXPECT_THAT(spoken.err, HasSubstr("cli.colour"));
}

TEST(Voice, AFlagWinsOverTheEnvironmentAndThatOverTheFile) {
  const Folder folder;
  const std::string config = folder.file("c.toml", "[cli]\noutput = \"csv\"\nnode = \"/from/config.sock\"\n");
  EXPECT_THAT(run({"--config", config, "version"}).out, HasSubstr("program,"));
  EXPECT_THAT(run({"version"}, {{"LIAISON_CONFIG", config}, {"LIAISON_OUTPUT", "json"}}).out, StartsWith("{"));
  EXPECT_THAT(run({"-o", "table", "version"}, {{"LIAISON_CONFIG", config}, {"LIAISON_OUTPUT", "json"}}).out, StartsWith("liaison "));
  EXPECT_THAT(run({"status"}, {{"LIAISON_CONFIG", config}}).err, HasSubstr("/from/config.sock"));
  EXPECT_THAT(run({"status"}, {{"LIAISON_CONFIG", config}, {"LIAISON_NODE", "/from/environment.sock"}}).err, HasSubstr("/from/environment.sock"));
  EXPECT_THAT(run({"status", "--node", "/from/flag.sock"}, {{"LIAISON_NODE", "/from/environment.sock"}}).err, HasSubstr("/from/flag.sock"));
}

TEST(Voice, HelpStandsOnStandardOutputForEveryCommand) {
  EXPECT_EQ(run({"--help"}).status, 0);
  for (const Command& command : all_commands()) {
    std::vector<std::string> arguments;
    std::istringstream words(command.words);
    for (std::string word; words >> word;) arguments.push_back(word);
    arguments.push_back("--help");
    const Spoken spoken = run(arguments);
    EXPECT_EQ(spoken.status, 0) << command.words;
    EXPECT_THAT(spoken.out, HasSubstr(command.summary));
    EXPECT_THAT(spoken.out, HasSubstr("liaison " + command.words));
    EXPECT_THAT(spoken.err, IsEmpty());
  }
}

TEST(Voice, NoPassphraseIsEverAnArgument) {
  for (const Command& command : all_commands()) {
    for (const Argument& argument : command.arguments) EXPECT_NE(argument.name, "--passphrase") << command.words;
  }
}

TEST(Voice, AnExchangeIsSetUpFromFilesAlone) {
  const Folder folder;
  const std::string pass = folder.file("pass", "correct horse battery\n");
  const std::vector<std::string> secret = {"--network", "t.example", "--passphrase-file", pass};
  auto with_secret = [&](std::vector<std::string> words) {
    words.insert(words.end(), secret.begin(), secret.end());
    return run(words);
  };
  std::vector<std::string> roster = {"authority",
                                     "roster",
                                     "new",
                                     "--network",
                                     "t.example",
                                     "--threshold",
                                     "1",
                                     "--expires-days",
                                     "30",
                                     "--out",
                                     folder.at("r1.note"),
                                     "--policy",
                                     std::string(LIAISON_SOURCE_DIR) + "/deploy/policy/default.policy"};
  std::string vkey = with_secret({"authority", "root", "new", "--id", "R1", "--out", folder.at("R1.pem")}).out;
  vkey.pop_back();
  roster.insert(roster.end(), {"--root", "R1=" + vkey});
  EXPECT_EQ(with_secret({"broker", "init", "--dir", folder.at("b"), "--id", "B1"}).status, 0);
  roster.insert(roster.end(), {"--broker", folder.at("b/broker.request")});
  for (const std::string member : {"1267", "1373", "1540"}) {
    EXPECT_EQ(with_secret({"node", "init", "--dir", folder.at(member), "--member", member}).status, 0);
    roster.insert(roster.end(), {"--member", folder.at(member + "/" + member + ".request") + ":56" + member.substr(2) + ":127.0.0.0/8"});
  }
  ASSERT_EQ(run(roster).status, 0) << run(roster).err;
  const Spoken signed_note = run({"authority", "sign", folder.at("r1.note"), "--root-id", "R1", "--key", folder.at("R1.pem"), "--passphrase-file", pass});
  EXPECT_THAT(signed_note.out, HasSubstr("enough")) << signed_note.err;
  std::string fingerprint = run({"authority", "fingerprint", folder.at("r1.note")}).out;
  EXPECT_EQ(run({"node", "trust", "--dir", folder.at("1540"), folder.at("r1.note"), "--fingerprint", fingerprint}).status, 0);
  fingerprint[0] = fingerprint[0] == '0' ? '1' : '0';
  EXPECT_EQ(run({"node", "trust", "--dir", folder.at("1373"), folder.at("r1.note"), "--fingerprint", fingerprint}).status, 76);
  EXPECT_FALSE(std::filesystem::exists(folder.at("1373") + "/trust/genesis.sha256"));
  EXPECT_EQ(with_secret({"broker", "init", "--dir", folder.at("b"), "--id", "B1"}).status, 65);   // keys are never overwritten
}

}  // namespace
}  // namespace liaison
