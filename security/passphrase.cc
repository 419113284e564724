// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "security/keys.h"
#include "security/private_file.h"

namespace liaison {
namespace {

constexpr std::size_t kPassphraseBytesMax = 1024;
constexpr std::uint8_t kControlC = 0x03;

// The terminal without echo and without signals from the keyboard, so that it never stays silent after a Control-C:
// that key ends the line like Enter does, and is then taken for "no".
class QuietTerminal {
 public:
  QuietTerminal() : fd_(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (fd_ < 0 || tcgetattr(fd_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag = (quiet.c_lflag | ICANON) & ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL | ISIG);
    quiet.c_cc[VEOL] = kControlC;
    ready_ = tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;
  ~QuietTerminal() {
    if (ready_) tcsetattr(fd_, TCSAFLUSH, &before_);
    if (fd_ >= 0) close(fd_);
  }

  bool ready() const { return ready_; }
  void show(std::string_view text) const {
    if (write(fd_, text.data(), text.size()) < 0) return;   // the question is lost; the answer still counts
  }

  // One line without its end; kPassphrase when the person gives up.
  Result<Secret> ask(std::string_view question) const {
    show(question);
    Secret line(kPassphraseBytesMax + 1);
    ssize_t got = 0;
    do {
      got = read(fd_, line.writable().data(), line.size());
    } while (got < 0 && errno == EINTR);
    show("\n");
    const std::size_t size = got > 0 ? static_cast<std::size_t>(got) : 0;
    if (size == 0 || line.expose()[size - 1] == kControlC) return fail(Code::kPassphrase, "no passphrase was given");
    if (line.expose()[size - 1] != '\n') return fail(Code::kPassphrase, "the passphrase is longer than 1,024 bytes");
    line.shrink(size - 1);
    return line;
  }

 private:
  int fd_;
  termios before_{};
  bool ready_ = false;
};

Result<Secret> from_terminal(bool twice) {
  const QuietTerminal terminal;
  if (!terminal.ready()) return fail(Code::kPassphrase, "there is no terminal to ask for the passphrase on");
  Secret first = TRY(terminal.ask("Passphrase: "));
  if (twice) {
    const Secret second = TRY(terminal.ask("The same again: "));
    if (!equal_secret(first.expose(), second.expose())) {
      return fail(Code::kPassphrase, "the two passphrases differ", "try again");
    }
  }
  return first;
}

// From a descriptor or a file. Whatever went wrong, but for permissions, there is no passphrase.
Result<Secret> without_newline(Result<Secret> read) {
  if (!read && read.error().code != Code::kPermission) {
    read.error().code = Code::kPassphrase;
    return within("the passphrase cannot be read", read.error());
  }
  Secret text = TRY(std::move(read));
  if (!text.empty() && text.expose().back() == '\n') text.shrink(text.size() - 1);
  return text;
}

Result<Secret> from_source(const PassphraseSource& source) {
  if (source.fd >= 0) return without_newline(read_secret(source.fd, kPassphraseBytesMax + 1));
  if (!source.file.empty()) return without_newline(read_private_file(source.file, kPassphraseBytesMax + 1, Sharing::none));
  // The service manager names the folder of its credentials in the environment; the secret itself is never there.
  if (const char* folder = std::getenv("CREDENTIALS_DIRECTORY"); folder != nullptr && *folder != '\0') {
    auto found = read_private_file(std::filesystem::path(folder) / "passphrase", kPassphraseBytesMax + 1, Sharing::service_manager);
    if (found || found.error().code != Code::kUnknown) return without_newline(std::move(found));
  }
  if (source.terminal) return from_terminal(source.twice);
  return fail(Code::kPassphrase, "there is no passphrase", "name a passphrase file (mode 0600) or a file descriptor");
}

}  // namespace

Result<Secret> read_passphrase(const PassphraseSource& source) {
  Secret passphrase = TRY(from_source(source));
  if (passphrase.empty()) return fail(Code::kPassphrase, "the passphrase is empty");
  if (passphrase.size() > kPassphraseBytesMax) return fail(Code::kPassphrase, "the passphrase is longer than 1,024 bytes");
  return passphrase;
}

}  // namespace liaison
