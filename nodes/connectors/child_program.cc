// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "nodes/connectors/broken_pipe.h"

namespace liaison {

namespace {

class ChildDescriptor {
 public:
  explicit ChildDescriptor(int fd = -1) : fd_(fd) {}
  ChildDescriptor(ChildDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ChildDescriptor& operator=(ChildDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~ChildDescriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct ChildPipe {
  ChildDescriptor read, write;
};

Error child_error(const char* what) { return fail(Code::kIo, std::string(what) + ": " + std::strerror(errno)); }

// Above the three that a child puts its own ends on.
Result<ChildPipe> open_child_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return child_error("a pipe to a program cannot be made");
  ChildPipe out{ChildDescriptor(ends[0]), ChildDescriptor(ends[1])};
  for (ChildDescriptor* one : {&out.read, &out.write}) {
    if (one->get() > 2) continue;
    ChildDescriptor above(::fcntl(one->get(), F_DUPFD_CLOEXEC, 3));
    if (above.get() < 0) return child_error("a pipe to a program cannot be made");
    *one = std::move(above);
  }
  return out;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& one : texts) out.push_back(const_cast<char*>(one.c_str()));
  out.push_back(nullptr);
  return out;
}

// What the child needs, made before it is there: between fork and exec it may call little, since other threads may have held locks.
struct ChildSetting {
  const char* path;
  char* const* arguments;
  char* const* environment;
  int input, output, failure;   // failure: the number of what went wrong is written to it
};

void limit_child(int resource, rlim_t most) {
  const rlimit limit{most, most};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

[[noreturn]] void be_the_child(const ChildSetting& with) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(077);
  limit_child(RLIMIT_CORE, 0);
  limit_child(RLIMIT_DATA, rlim_t{1} << 30);
  limit_child(RLIMIT_FSIZE, rlim_t{256} << 20);
  limit_child(RLIMIT_NOFILE, 256);
  const bool ready = ::dup2(with.input, 0) == 0 && ::dup2(with.output, 1) == 1 && ::dup2(with.output, 2) == 2 && ::chdir("/") == 0;
  // The failure's end closes itself at exec; all else that was open must not be there.
  const bool kept = ready && ::dup2(with.failure, 3) == 3 && ::fcntl(3, F_SETFD, FD_CLOEXEC) == 0 && ::close_range(4, ~0U, 0) == 0;
  if (kept) ::execve(with.path, with.arguments, with.environment);
  const int number = errno;
  (void)!::write(kept ? 3 : with.failure, &number, sizeof number);
  ::_exit(127);
}

// Readable when the process has ended. (pidfd_open of glibc 2.36 is declared for C alone.)
int end_of(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

// The child and what goes in and out of it, until it has ended.
class RunningChild {
 public:
  // `wake` is written to when it is to stop before its end.
  RunningChild(pid_t pid, ChildDescriptor ended, ChildDescriptor wake, ChildDescriptor input, ChildDescriptor output, const ChildProgram& program)
      : pid_(pid), ended_(std::move(ended)), wake_(std::move(wake)), input_(std::move(input)), output_(std::move(output)), program_(program),
        left_(program.input) {
    for (const int fd : {input_.get(), output_.get()}) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  }

  ChildEnd wait(std::stop_token stop) {
    const std::stop_callback on_stop(stop, [&] {
      const std::uint64_t one = 1;
      (void)!::write(wake_.get(), &one, sizeof one);
    });
    const auto deadline = std::chrono::steady_clock::now() + program_.limit;
    for (bool ended = false; !ended;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      end_.stopped = stop.stop_requested();
      end_.late = !end_.stopped && left.count() <= 0;
      if (end_.stopped || end_.late) break;
      pollfd watched[4] = {{ended_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}, {output_.get(), POLLIN, 0}, {input_.get(), POLLOUT, 0}};
      (void)::poll(watched, 4, static_cast<int>(left.count()) + 1);
      if (watched[3].revents != 0) give_input();
      if (watched[2].revents != 0) take_output();
      ended = watched[0].revents != 0;
    }
    finish();
    return std::move(end_);
  }

 private:
  void give_input() {
    const ssize_t given = ::write(input_.get(), left_.data(), left_.size());
    if (given < 0 && (errno == EAGAIN || errno == EINTR)) return;
    left_.remove_prefix(given < 0 ? left_.size() : static_cast<std::size_t>(given));   // it need not read
    if (left_.empty()) input_.close();
  }

  // Whether there may be more.
  bool take_output() {
    char piece[4096];
    const ssize_t got = ::read(output_.get(), piece, sizeof piece);
    if (got < 0) return errno == EINTR;
    if (got == 0) {
      output_.close();
      return false;
    }
    end_.output.append(piece, std::min(static_cast<std::size_t>(got), program_.output_bytes_max - end_.output.size()));
    return true;
  }

  // Its group is killed while it still holds the number, so that no other process can have it.
  void finish() {
    siginfo_t seen{};
    if (end_.late || end_.stopped) ::kill(-pid_, SIGKILL);
    while (::waitid(P_PID, static_cast<id_t>(pid_), &seen, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    for (std::size_t pieces = 0; pieces < 64 && output_.get() >= 0 && take_output(); ++pieces) {
    }
    if (end_.late || end_.stopped) return;
    if (WIFEXITED(status)) end_.status = WEXITSTATUS(status);
    else end_.signal = WTERMSIG(status);
  }

  const pid_t pid_;
  const ChildDescriptor ended_, wake_;
  ChildDescriptor input_, output_;
  const ChildProgram& program_;
  std::string_view left_;
  ChildEnd end_;
};

Error cannot_run(const std::string& path, int number) {
  if (number == ENOENT) return fail(Code::kUnknown, path + ": there is no such program", "or the interpreter that its first line names is missing");
  if (number == EACCES || number == EPERM) return fail(Code::kPermission, path + ": this user may not run it", "chmod u+x, and x on its folders");
  return fail(Code::kIo, path + ": cannot be started: " + std::strerror(number));
}

}  // namespace

Result<void> check_program(const std::filesystem::path& program) {
  struct stat found{};
  if (::stat(program.c_str(), &found) != 0) return cannot_run(program.string(), errno);
  if (!S_ISREG(found.st_mode)) return fail(Code::kPermission, program.string() + ": it is not a plain file");
  if ((found.st_mode & 0022) != 0 || (found.st_uid != 0 && found.st_uid != ::geteuid()))
    return fail(Code::kPermission, program.string() + ": others than this user and root may change it",
                "chmod go-w " + program.string() + ", and let it belong to root or to the user that runs the node");
  if (::access(program.c_str(), X_OK) != 0) return cannot_run(program.string(), errno);
  // Whoever may write one of its folders may put another one in its place; in a sticky one only what is theirs.
  for (std::filesystem::path folder = program.parent_path();; folder = folder.parent_path()) {
    if (::stat(folder.c_str(), &found) != 0) return cannot_run(program.string(), errno);
    const bool others = (found.st_mode & 0022) != 0 && (found.st_mode & S_ISVTX) == 0;
    if (others || (found.st_uid != 0 && found.st_uid != ::geteuid()))
      return fail(Code::kPermission, program.string() + ": others than this user and root may change its folder " + folder.string(),
                  "put it into a folder that belongs to root or to the user that runs the node, and that others may not write");
    if (folder == folder.root_path()) return {};
  }
}

Result<ChildEnd> run_program(const ChildProgram& program, std::stop_token stop) {
  TRY(check_program(program.command.at(0)));
  const BrokenPipeIsAnError quiet;
  ChildPipe input = TRY(open_child_pipe());
  ChildPipe output = TRY(open_child_pipe());
  ChildPipe failure = TRY(open_child_pipe());
  ChildDescriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (wake.get() < 0) return cannot_run(program.command[0], errno);
  const std::vector<char*> arguments = pointers_to(program.command), environment = pointers_to(program.environment);
  const ChildSetting setting{program.command[0].c_str(), arguments.data(), environment.data(), input.read.get(), output.write.get(), failure.write.get()};
  // No signal of ours may run a handler in the child before it has set its own.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) be_the_child(setting);
  const int forked = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return cannot_run(program.command[0], forked);
  ::setpgid(pid, pid);   // whoever is first
  input.read.close();
  output.write.close();
  failure.write.close();
  int number = 0;
  ssize_t got = 0;
  do got = ::read(failure.read.get(), &number, sizeof number);
  while (got < 0 && errno == EINTR);
  if (got == sizeof number) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return cannot_run(program.command[0], number);
  }
  ChildDescriptor ended(end_of(pid));
  if (ended.get() < 0) {   // no descriptor is left for it
    const int trouble = errno;
    ::kill(-pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return cannot_run(program.command[0], trouble);
  }
  return RunningChild(pid, std::move(ended), std::move(wake), std::move(input.write), std::move(output.read), program).wait(std::move(stop));
}

}  // namespace liaison
