// SPDX-License-Identifier: Apache-2.0
// Programs of others that are handed messages: what they get, what their end means, and that they cannot hold the node up.
#include "nodes/connectors/exec_hook.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "nodes/connectors/child_program.h"
#include "tests/doubles/member.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using How = Handed::How;

class ExecHookTest : public ::testing::Test {
 protected:
  // A program of one script, and what it is given: "$1" and so on.
  static std::vector<std::string> script(const std::string& lines, const std::vector<std::string>& given = {}) {
    std::vector<std::string> out{"/bin/bash", "-c", lines, "hook"};
    out.insert(out.end(), given.begin(), given.end());
    return out;
  }
  // A file of its own, which need not be on a disk from which programs may be started.
  std::string program(const std::string& name, mode_t mode) {
    std::ofstream(folder.path() / name) << "#!/bin/bash\n";
    EXPECT_EQ(::chmod(path(name).c_str(), mode), 0);
    return path(name);
  }
  std::unique_ptr<Carrier> hook(std::vector<std::string> command, std::uint64_t limit = 30) {
    ConnectorConfig config;
    config.name = "archive";
    config.lists["command"] = std::move(command);
    config.numbers["limit_seconds"] = limit;
    auto made = make_exec_hook(config, member("1540"));
    EXPECT_TRUE(made) << made.error().what;
    return std::move(*made);
  }
  Handed handed_to(const std::string& lines, const Parcel& parcel = usual()) { return hook(script(lines))->hand_over(parcel, {}); }
  static Parcel usual() {
    Parcel out;
    out.id = std::string(64, 'a');
    out.kind = "visit.plan";
    out.record = "1540-V-2027-0001";
    out.content = {{"kind", "visit.plan"}, {"record", "1540-V-2027-0001"}, {"data", {{"title", "A visit"}}}};
    return out;
  }
  std::string path(const std::string& name) const { return (folder.path() / name).string(); }
  std::string read(const std::string& name) const {
    std::ifstream in(path(name));
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  }
  ChildEnd run(const std::string& lines, std::chrono::milliseconds limit = std::chrono::seconds(30), std::stop_token stop = {}, const std::string& input = "") {
    ChildProgram child;
    child.command = script(lines);
    child.environment = {"PATH=/usr/bin:/bin"};
    child.limit = limit;
    child.input = input;
    auto ended = run_program(child, stop);
    EXPECT_TRUE(ended) << ended.error().what;
    return std::move(*ended);
  }
  // A pipe by its name that is at its end only when nobody holds its other side any more.
  bool everybody_has_left(const std::string& fifo, int fd) {
    pollfd end{fd, POLLIN | POLLHUP, 0};
    char piece[64];
    while (::poll(&end, 1, 30'000) == 1) {
      if (::read(fd, piece, sizeof piece) == 0) return true;
    }
    ADD_FAILURE() << "somebody still holds " << fifo;
    return false;
  }

  TempFolder folder;
};

TEST_F(ExecHookTest, TheMessageIsOnStandardInput) {
  const Handed handed = hook(script("cat > \"$1\"; echo took it", {path("message")}))->hand_over(usual(), {});
  EXPECT_EQ(handed.how, How::kDone) << handed.words;
  EXPECT_EQ(handed.words, "it ended with status 0: took it");
  EXPECT_EQ(json::parse(read("message")), usual().content);
}

TEST_F(ExecHookTest, ItsExitStatusSaysWhatBecameOfIt) {
  struct Row { int status; How how; };
  for (const Row& row : {Row{0, How::kDone}, Row{75, How::kAgain}, Row{100, How::kGone}, Row{1, How::kRefused}, Row{2, How::kRefused}, Row{64, How::kRefused},
                         Row{126, How::kRefused}, Row{255, How::kRefused}}) {
    const Handed handed = handed_to("echo; echo 'no room left' >&2; exit " + std::to_string(row.status));
    EXPECT_EQ(handed.how, row.how) << row.status;
    EXPECT_THAT(handed.words, HasSubstr("it ended with status " + std::to_string(row.status) + ": no room left"));
  }
  const Handed killed = handed_to("kill -SEGV $$");
  EXPECT_EQ(killed.how, How::kRefused);
  EXPECT_EQ(killed.words, "it was ended by signal 11");
}

TEST_F(ExecHookTest, ItGetsNothingOfTheNodesEnvironmentAndDescriptors) {
  ASSERT_EQ(::setenv("LIAISON_PASSPHRASE", "secret", 1), 0);
  const int secret = ::open("/dev/null", O_RDONLY);   // and not to be closed at exec
  ASSERT_GE(secret, 0);
  const Handed handed = hook(script("env | sort > $1/env; ls /proc/$$/fd > $1/fds; pwd > $1/pwd; umask > $1/umask; ps -o pgid= -p $$ > $1/group; "
                                    "echo $$ > $1/pid; grep -E 'SigBlk|SigIgn|NoNewPrivs' /proc/self/status > $1/status; ulimit -c > $1/core",
                                    {folder.path().string()}))->hand_over(usual(), {});
  ::close(secret);
  ASSERT_EQ(handed.how, How::kDone) << handed.words;
  EXPECT_EQ(read("env"), "LANG=C.UTF-8\nLIAISON_CONNECTOR=archive\nLIAISON_KIND=visit.plan\nLIAISON_MEMBER=1540\nLIAISON_MESSAGE_ID=" + std::string(64, 'a') +
                             "\nLIAISON_RECORD=1540-V-2027-0001\nLIAISON_TRY=1\nPATH=/usr/local/bin:/usr/bin:/bin\nPWD=/\nSHLVL=1\n_=/usr/bin/env\n");
  EXPECT_EQ(read("fds"), "0\n1\n2\n");
  EXPECT_EQ(read("pwd"), "/\n");
  EXPECT_EQ(read("umask"), "0077\n");
  EXPECT_EQ(std::stoi(read("group")), std::stoi(read("pid"))) << "a process group of its own";
  EXPECT_EQ(read("core"), "0\n");
  EXPECT_EQ(read("status"), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nNoNewPrivs:\t1\n");
}

TEST_F(ExecHookTest, WhatTheRuleKeepsBackIsNotInItsEnvironmentEither) {
  Parcel parcel = usual();
  parcel.content = {{"data", {{"title", "A visit"}}}};
  ASSERT_EQ(hook(script("env > $1", {path("env")}))->hand_over(parcel, {}).how, How::kDone);
  EXPECT_EQ(read("env").find("LIAISON_KIND"), std::string::npos);
  EXPECT_EQ(read("env").find("LIAISON_RECORD"), std::string::npos);
}

TEST_F(ExecHookTest, ArgumentsAndFieldsAreNoShellWords) {
  Parcel parcel = usual();
  parcel.record = "$(touch " + path("broken") + ")`touch " + path("broken") + "`";
  ASSERT_EQ(hook(script("printf '%s' \"$1\" > \"$2\"", {"; touch " + path("broken"), path("said")}))->hand_over(parcel, {}).how, How::kDone);
  EXPECT_EQ(read("said"), "; touch " + path("broken"));
  EXPECT_FALSE(std::filesystem::exists(path("broken")));
}

TEST_F(ExecHookTest, AProgramThatDoesNotReadIsAProgramAllTheSame) {
  const ChildEnd ended = run("exec 0<&-; exit 3", std::chrono::seconds(30), {}, std::string(4 << 20, 'x'));
  EXPECT_EQ(ended.status, 3);
  const ChildEnd all = run("wc -c", std::chrono::seconds(30), {}, std::string(4 << 20, 'x'));
  EXPECT_EQ(all.output, "4194304\n");
}

TEST_F(ExecHookTest, WhatItWritesIsCutAt4KiB) {
  const ChildEnd ended = run("head -c 1000000 /dev/zero | tr '\\0' x; echo end >&2");
  EXPECT_EQ(ended.status, 0) << "it is read, so that the program can go on";
  EXPECT_EQ(ended.output, std::string(4096, 'x'));
  const Handed handed = handed_to("printf '\\033[31m%5000s'; exit 1");
  EXPECT_EQ(handed.words.find('\x1b'), std::string::npos);
  EXPECT_LT(handed.words.size(), 300U);
}

TEST_F(ExecHookTest, PastItsTimeItIsKilledWithAllItsChildren) {
  const std::string fifo = path("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const int fd = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const ChildEnd ended = run("exec 9> " + fifo + "; trap '' TERM INT HUP; (trap '' TERM; while :; do read -t 1 < /dev/zero; done) & while :; do :; done",
                             std::chrono::milliseconds(500));
  EXPECT_TRUE(ended.late);
  EXPECT_FALSE(ended.status);
  EXPECT_TRUE(everybody_has_left(fifo, fd));
  ::close(fd);
  const Handed handed = hook(script("exec sleep 1000"), 1)->hand_over(usual(), {});
  EXPECT_EQ(handed.how, How::kAgain);
  EXPECT_EQ(handed.words, "it was killed after 1 second");
}

TEST_F(ExecHookTest, WhatItLeavesRunningEndsWithIt) {
  const std::string fifo = path("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const int fd = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const ChildEnd ended = run("exec 9> " + fifo + "; (while :; do :; done) & exit 0");
  EXPECT_EQ(ended.status, 0);
  EXPECT_TRUE(everybody_has_left(fifo, fd));
  ::close(fd);
}

TEST_F(ExecHookTest, TheNodesEndDoesNotWaitForIt) {
  const std::string fifo = path("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  std::stop_source stop;
  std::thread ending([&] {
    char one = 0;
    const int fd = ::open(fifo.c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(::read(fd, &one, 1), 1);
    ::close(fd);
    stop.request_stop();
  });
  const ChildEnd ended = run("echo begun > " + fifo + "; exec sleep 1000", std::chrono::seconds(1000), stop.get_token());
  ending.join();
  EXPECT_TRUE(ended.stopped);
  EXPECT_FALSE(ended.status);
}

TEST_F(ExecHookTest, AProgramThatCannotBeStartedIsSaidAndTriedAgain) {
  struct Row { std::string command, words; };
  const Row rows[] = {{"/no/such/program", "/no/such/program: there is no such program"},
                      {folder.path().string(), ": it is not a plain file"},
                      {program("open", 0722), ": others than this user and root may change it"},
                      {program("plain", 0600), ": this user may not run it"}};
  for (const Row& row : rows) {
    const auto carrier = hook({row.command});
    const Handed handed = carrier->hand_over(usual(), {});
    EXPECT_EQ(handed.how, How::kAgain) << row.command;
    EXPECT_THAT(handed.words, HasSubstr(row.words));
  }
  for (const Row& row : rows) EXPECT_FALSE(hook({row.command})->test({})) << row.command;
}

TEST_F(ExecHookTest, ATestDoesNotStartIt) {
  const auto tested = hook(script("touch " + path("started")))->test({});
  ASSERT_TRUE(tested) << tested.error().what;
  EXPECT_THAT(*tested, HasSubstr("is there and can be started; it was not"));
  EXPECT_FALSE(std::filesystem::exists(path("started")));
}

TEST_F(ExecHookTest, ACommandIsAnAbsolutePathAndTexts) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{}, {""}, {"cat"}, {"./cat"}, {"/bin/cat", std::string("a\0b", 3)}}) {
    ConnectorConfig config;
    config.lists["command"] = command;
    config.numbers["limit_seconds"] = 30;
    const auto made = make_exec_hook(config, member("1540"));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::kConfig);
  }
}

TEST_F(ExecHookTest, ManyRunsLeaveNoDescriptorBehind) {
  const auto open_now = [] { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); };
  const auto carrier = hook(script("exit 0"));
  carrier->hand_over(usual(), {});
  const auto before = open_now();
  for (int i = 0; i < 20; ++i) {
    carrier->hand_over(usual(), {});
    hook({"/no/such/program"})->hand_over(usual(), {});
  }
  EXPECT_EQ(open_now(), before);
}

}  // namespace
}  // namespace liaison
