// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "security/keys.h"

namespace liaison {
namespace {

namespace fs = std::filesystem;

class Passphrase : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "passphrase_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    unsetenv("CREDENTIALS_DIRECTORY");
  }
  void TearDown() override {
    unsetenv("CREDENTIALS_DIRECTORY");
    fs::remove_all(folder_);
  }
  fs::path write(std::string_view content, mode_t mode = 0600) const {
    const fs::path file = folder_ / "passphrase";
    std::ofstream(file, std::ios::binary) << content;
    EXPECT_EQ(chmod(file.c_str(), mode), 0);
    return file;
  }
  // The passphrase, or the word of the error.
  static std::string ask(const PassphraseSource& source) {
    const auto read = read_passphrase(source);
    return read ? std::string(text_of(read->expose())) : std::string(code_name(read.error().code));
  }
  static std::string ask_file(const fs::path& file) { return ask({.fd = -1, .file = file}); }
  static std::string ask_fd(std::string_view content) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    EXPECT_EQ(::write(ends[1], content.data(), content.size()), static_cast<ssize_t>(content.size()));
    close(ends[1]);
    const std::string out = ask({.fd = ends[0], .file = {}});
    close(ends[0]);
    return out;
  }

  fs::path folder_;
};

TEST_F(Passphrase, ComesFromADescriptorOrAFile) {
  EXPECT_EQ(ask_fd("from a pipe"), "from a pipe");
  EXPECT_EQ(ask_file(write("from a file")), "from a file");
}

TEST_F(Passphrase, LosesOneNewlineAndNoMore) {
  EXPECT_EQ(ask_fd("word\n"), "word");
  EXPECT_EQ(ask_fd("word\n\n"), "word\n");
  EXPECT_EQ(ask_fd(" word "), " word ");
}

TEST_F(Passphrase, HasOneTo1024Bytes) {
  const std::string longest(1024, 'x');
  EXPECT_EQ(ask_fd(longest + "\n"), longest);
  EXPECT_EQ(ask_fd(longest + "y"), "E_PASSPHRASE");
  EXPECT_EQ(ask_fd(longest + "yz"), "E_PASSPHRASE");
  EXPECT_EQ(ask_fd("\n"), "E_PASSPHRASE");
  EXPECT_EQ(ask_fd(""), "E_PASSPHRASE");
}

TEST_F(Passphrase, IsNotTakenFromAFileThatOthersMayTouch) {
  EXPECT_EQ(ask_file(write("word", 0640)), "E_PERMISSION");
  EXPECT_EQ(ask_file(write("word", 0604)), "E_PERMISSION");
  EXPECT_EQ(ask_file(write("word", 0400)), "word");
}

TEST_F(Passphrase, IsMissingWhenItsFileOrDescriptorIs) {
  EXPECT_EQ(ask_file(folder_ / "absent"), "E_PASSPHRASE");
  EXPECT_EQ(ask({.fd = 987, .file = {}}), "E_PASSPHRASE");
  EXPECT_EQ(ask({}), "E_PASSPHRASE");
}

TEST_F(Passphrase, ComesFromTheServiceManagersFolderWhenNothingElseIsNamed) {
  write("credential\n", 0440);
  setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  EXPECT_EQ(ask({}), "credential");
  EXPECT_EQ(ask_fd("a descriptor goes first"), "a descriptor goes first");
  write("credential\n", 0444);
  EXPECT_EQ(ask({}), "E_PERMISSION");
}

// A terminal of its own for a child process that asks on it; what the child read comes back by its exit status.
class Terminal {
 public:
  explicit Terminal(bool twice) {
    child_ = forkpty(&side_, nullptr, nullptr, nullptr);
    if (child_ == 0) {
      const auto read = read_passphrase({.fd = -1, .file = {}, .terminal = true, .twice = twice});
      termios after{};
      const int tty = open("/dev/tty", O_RDWR);
      tcgetattr(tty, &after);
      if ((after.c_lflag & ECHO) == 0) _exit(9);
      _exit(read ? (text_of(read->expose()) == "open sesame" ? 0 : 1) : 2);
    }
  }
  ~Terminal() { close(side_); }
  void wait_for(std::string_view question) {
    char c = 0;
    while (seen_.find(question, from_) == std::string::npos && read(side_, &c, 1) == 1) seen_.push_back(c);
    from_ = seen_.size();
  }
  void type(std::string_view text) const {
    EXPECT_EQ(write(side_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  int exit_status() {
    char c = 0;
    while (read(side_, &c, 1) == 1) seen_.push_back(c);
    int status = 0;
    waitpid(child_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  const std::string& seen() const { return seen_; }

 private:
  int side_ = -1;
  pid_t child_ = -1;
  std::string seen_;
  std::size_t from_ = 0;
};

TEST_F(Passphrase, IsNotShownWhenTypedOnATerminal) {
  Terminal terminal(false);
  terminal.wait_for("Passphrase: ");
  terminal.type("open sesame\n");
  EXPECT_EQ(terminal.exit_status(), 0);
  EXPECT_EQ(terminal.seen().find("sesame"), std::string::npos) << terminal.seen();
}

TEST_F(Passphrase, IsAskedTwiceWhenItIsNew) {
  Terminal same(true);
  same.wait_for("Passphrase: ");
  same.type("open sesame\n");
  same.wait_for("again: ");
  same.type("open sesame\n");
  EXPECT_EQ(same.exit_status(), 0);
  Terminal different(true);
  different.wait_for("Passphrase: ");
  different.type("open sesame\n");
  different.wait_for("again: ");
  different.type("open sesami\n");
  EXPECT_EQ(different.exit_status(), 2);
}

TEST_F(Passphrase, ControlCGivesUpAndLeavesTheTerminalAsItWas) {
  Terminal terminal(false);
  terminal.wait_for("Passphrase: ");
  terminal.type("open\x03");
  EXPECT_EQ(terminal.exit_status(), 2);
}

}  // namespace
}  // namespace liaison
