// SPDX-License-Identifier: Apache-2.0
// Several brokers started on one folder at the same moment: one has it, the others are told so, and there is one history.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "broker/recovery.h"
#include "security/durable.h"
#include "tests/broker/exchange_fixture.h"
#include "tests/storage/effort.h"

namespace liaison {
namespace {

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() { EXPECT_EQ(::pipe(ends), 0); }
  ~Pipe() {
    hang_up();
    ::close(ends[0]);
  }
  void hang_up() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }
  // Until the other side has hung up.
  void await_end() {
    char byte = 0;
    while (::read(ends[0], &byte, 1) > 0) {
    }
  }
};

class StartRace : public RunningExchange {
 protected:
  static constexpr int kBrokers = 4;

  void close() {
    gateway.reset();
    faulty.reset();
    store.reset();
  }
  // One start: 'W' when it has the folder and has logged a message, 'L' when it was told that another has it, 'E' otherwise.
  char start(std::optional<FolderLock>& lock) {
    auto taken = FolderLock::take(folder.path());
    if (!taken) return taken.error().code == Code::kLocked ? 'L' : 'E';
    lock = std::move(*taken);
    if (!try_open()) return 'E';
    attach();
    who_am_i("1540");
    const Answered answer = publish("1540", letter_from("1540"));
    return std::holds_alternative<Acceptance>(answer) ? 'W' : 'E';
  }
  // What became of brokers that start at once; the winner keeps the folder until all have said how it went.
  std::string race(bool in_peace) {
    Pipe go, told, over;
    std::vector<pid_t> children;
    for (int i = 0; i < kBrokers; ++i) {
      children.push_back(::fork());
      if (children.back() != 0) continue;
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      go.hang_up();
      over.hang_up();
      go.await_end();
      std::optional<FolderLock> lock;
      const char word = start(lock);
      const bool said = ::write(told.ends[1], &word, 1) == 1;
      over.await_end();
      if (in_peace) close();
      ::_exit(said ? 0 : 1);
    }
    go.hang_up();
    std::string words(kBrokers, '?');
    for (char& word : words) EXPECT_EQ(::read(told.ends[0], &word, 1), 1);
    over.hang_up();
    for (const pid_t child : children) ::waitpid(child, nullptr, 0);
    std::sort(words.begin(), words.end());
    return words;
  }
};

TEST_F(StartRace, OneBrokerHasTheFolderAndTheHistoryStaysOne) {
  const std::uint64_t races = rounds(25, 1000);
  const std::uint64_t size = gateway->ledger().size(), epoch = gateway->ledger().epoch();
  close();
  for (std::uint64_t i = 0; i < races; ++i) {
    ASSERT_EQ(race(i % 2 == 0), "LLLW") << "race " << i;
  }
  open();
  EXPECT_EQ(gateway->ledger().size(), size + races);
  EXPECT_EQ(gateway->ledger().epoch(), epoch + races + 1);
  EXPECT_EQ(chain_of("1540").sequence, races);
  EXPECT_EQ(examine(*store), std::vector<std::string>{});
}

}  // namespace
}  // namespace liaison
