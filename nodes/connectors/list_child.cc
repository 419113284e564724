// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/list_child.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace liaison {

namespace {

// Sanitizers reserve terabytes out of core dumps, and look into /proc: with them the limits of memory and of system calls cannot hold.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitizedChild = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool kSanitizedChild = true;
#else
constexpr bool kSanitizedChild = false;
#endif
#else
constexpr bool kSanitizedChild = false;
#endif

#if defined(__x86_64__)
constexpr std::uint32_t kChildMachine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kChildMachine = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kChildMachine = 0;
#endif

constexpr int kNotShutIn = 4;   // the child's status

// How much address space this process has, in bytes.
std::size_t address_space() {
  char text[64] = {};
  const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  const ssize_t got = file < 0 ? -1 : ::read(file, text, sizeof text - 1);
  if (file >= 0) ::close(file);
  std::size_t pages = 0;
  for (const char* at = text; got > 0 && *at >= '0' && *at <= '9'; ++at) pages = pages * 10 + static_cast<std::size_t>(*at - '0');
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// Keys lie in memory that stands out of core dumps (security/secret.h), and the child needs none: it lets go of all such memory without a name. False
// when it cannot know which that is.
bool forget_secrets() {
  const int file = ::open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::string all, piece(64 * 1024, '\0');
  ssize_t got = 0;
  while ((got = ::read(file, piece.data(), piece.size())) > 0) all.append(piece, 0, static_cast<std::size_t>(got));
  ::close(file);
  unsigned long first = 0, end = 0;
  bool nameless = false, known = false, gone = true;
  for (std::string_view rest = all; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.starts_with("VmFlags:")) {
      known = true;
      if (nameless && line.find(" dd") != std::string_view::npos) gone = ::munmap(reinterpret_cast<void*>(first), end - first) == 0 && gone;
    } else if (line.find_first_not_of("0123456789abcdef") == line.find('-')) {
      // "7fb993bb3000-7fb993bb7000 r--p 00000000 00:00 0   [vvar]"
      unsigned long offset = 0, inode = 0;
      char device[16] = {}, name[2] = {};
      const int parts = std::sscanf(std::string(line).c_str(), "%lx-%lx %*4s %lx %15s %lu %1s", &first, &end, &offset, device, &inode, name);
      nameless = parts == 5 && inode == 0;
    }
  }
  return got == 0 && known && gone;
}

bool limit_to(__rlimit_resource what, std::size_t most, std::size_t more = 0) {
  const rlimit limit{most, most + more};
  return ::setrlimit(what, &limit) == 0;
}

// SIGXCPU must end it, whatever this process does with signals.
bool forget_signals() {
  sigset_t none;
  sigemptyset(&none);
  return ::signal(SIGXCPU, SIG_DFL) != SIG_ERR && ::sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
}

// Memory that holds no program, the pipe, the end: everything else is answered with EPERM. False where the kernel has no such filter.
bool filter_calls() {
  if (kChildMachine == 0) return false;
  constexpr int kMapping[] = {SYS_mmap, SYS_mprotect};
  constexpr int kAllowed[] = {SYS_write, SYS_munmap, SYS_mremap, SYS_brk, SYS_madvise, SYS_futex, SYS_getrandom, SYS_clock_gettime, SYS_gettimeofday,
                              SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_getpid, SYS_gettid};
  constexpr std::size_t kMaps = 4 + std::size(kMapping) + std::size(kAllowed) + 1, kAllow = kMaps + 3;
  sock_filter program[kAllow + 1] = {};
  std::size_t at = 0;
  const auto put = [&](int code, std::uint32_t value, std::size_t yes = 0, std::size_t no = 0) {
    program[at++] = {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(yes), static_cast<std::uint8_t>(no), value};
  };
  const auto jump = [&](int call, std::size_t to) { put(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), to - at - 1); };
  put(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
  put(BPF_JMP | BPF_JEQ | BPF_K, kChildMachine, 1, 0);
  put(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  put(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  for (const int call : kMapping) jump(call, kMaps);
  for (const int call : kAllowed) jump(call, kAllow);
  put(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  // Both machines are little-endian: the low half of an argument stands first.
  put(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + 2 * sizeof(std::uint64_t));
  put(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
  put(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  put(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_fprog filter{static_cast<unsigned short>(at), program};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// All of it or nothing: what is read may be hostile.
bool lock_up(int pipe, const ChildLimits& limits) {
  if (!kSanitizedChild && !forget_secrets()) return false;
  const std::size_t before = address_space();
  if (before == 0 || !forget_signals()) return false;
  if (::close_range(0, static_cast<unsigned>(pipe) - 1, 0) != 0 || ::close_range(static_cast<unsigned>(pipe) + 1, ~0U, 0) != 0) return false;
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::prctl(PR_SET_DUMPABLE, 0) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  if (!kSanitizedChild && !limit_to(RLIMIT_AS, before + limits.memory_bytes)) return false;
  if (!limit_to(RLIMIT_CPU, static_cast<std::size_t>(limits.seconds), 1) || !limit_to(RLIMIT_NOFILE, 0) || !limit_to(RLIMIT_FSIZE, 0)) return false;
  return limit_to(RLIMIT_CORE, 0) && (kSanitizedChild || filter_calls());
}

void write_all(int pipe, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(pipe, text.data(), text.size());
    if (put <= 0) ::_exit(3);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

// Never returns: what the process would do at its end belongs to the parent.
[[noreturn]] void be_child(int pipe, const std::function<std::string()>& function, const ChildLimits& limits) {
  if (!lock_up(pipe, limits)) ::_exit(kNotShutIn);
  try {
    write_all(pipe, function());
    write_all(pipe, ".");   // the answer is whole
  } catch (...) {
    ::_exit(5);
  }
  ::_exit(0);
}

enum class ChildEnd { kWhole, kBroken, kTooLong, kLate, kStopped };

ChildEnd read_answer(int pipe, const ChildLimits& limits, std::stop_token stop, std::string& out) {
  using namespace std::chrono;
  const auto end = steady_clock::now() + seconds(limits.wall_seconds);
  std::string piece(64 * 1024, '\0');
  while (!stop.stop_requested()) {
    const auto left = duration_cast<milliseconds>(end - steady_clock::now()).count();
    if (left <= 0) return ChildEnd::kLate;
    pollfd waited{pipe, POLLIN, 0};
    const int ready = ::poll(&waited, 1, static_cast<int>(std::min<std::int64_t>(left, 200)));
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ssize_t got = ::read(pipe, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 && out.ends_with('.')) {
      out.pop_back();
      return ChildEnd::kWhole;
    }
    if (got <= 0) return ChildEnd::kBroken;
    if (out.size() + static_cast<std::size_t>(got) > limits.answer_bytes) return ChildEnd::kTooLong;
    out.append(piece.data(), static_cast<std::size_t>(got));
  }
  return ChildEnd::kStopped;
}

// Why there is no answer; `status` is what waitpid says.
Error no_answer(ChildEnd ended, int status, const ChildLimits& limits) {
  if (ended == ChildEnd::kStopped) return fail(Code::kHalted, "the node is ending");
  const auto again = [](const std::string& why) { return fail(Code::kIo, why, "it is tried again; look whether this machine has memory and time left"); };
  if (ended == ChildEnd::kLate) return again("the list was not read within " + std::to_string(limits.wall_seconds) + " seconds");
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotShutIn)
    return fail(Code::kIo, "the list cannot be read safely on this machine: the process that reads it cannot be shut in",
                "the kernel must allow close_range, seccomp filters, limits and /proc/self/smaps to the node");
  if (ended == ChildEnd::kBroken && WIFSIGNALED(status) && WTERMSIG(status) != SIGXCPU)
    return again("the process that reads the list was ended by signal " + std::to_string(WTERMSIG(status)));
  return fail(Code::kSize, "it needs more memory or time than it may have", "get the list again from where it is published");
}

}  // namespace

Result<std::string> in_child(const std::function<std::string()>& function, const ChildLimits& limits, std::stop_token stop) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(Code::kIo, std::string("there is no pipe to be had: ") + std::strerror(errno));
  // Above standard error, so that a range of descriptors lies on both sides of it.
  const int answer = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
  ::close(ends[1]);
  const pid_t child = answer < 0 ? -1 : ::fork();
  if (child == 0) be_child(answer, function, limits);
  const int why = errno;
  if (answer >= 0) ::close(answer);
  if (child < 0) {
    ::close(ends[0]);
    return fail(Code::kIo, std::string("there is no process to be had: ") + std::strerror(why));
  }
  std::string out;
  const ChildEnd ended = read_answer(ends[0], limits, stop, out);
  ::close(ends[0]);
  ::kill(child, SIGKILL);   // it has ended, or has nothing to say any more
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (ended != ChildEnd::kWhole) return no_answer(ended, status, limits);
  return out;
}

}  // namespace liaison
