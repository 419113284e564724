// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/connector_thread.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "security/audit.h"

namespace liaison {

namespace {

constexpr std::size_t kItemsAtOnce = 256;
constexpr std::uint64_t kPauseMostMs = 600'000;

// How long after the n-th failure in a row: 5 s, 10 s, ... 10 minutes.
std::uint64_t pause_ms(std::uint64_t failures) { return std::min<std::uint64_t>(kPauseMostMs, 5'000ULL << std::min<std::uint64_t>(failures, 10)); }

}  // namespace

ConnectorThread::ConnectorThread(ConnectorConfig config, std::unique_ptr<Connector> connector, Door door, Clock& clock)
    : config_(std::move(config)), connector_(std::move(connector)), door_(std::move(door)), clock_(clock), poke_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  CHECK(poke_fd_ >= 0);
}

ConnectorThread::~ConnectorThread() {
  stop();
  if (thread_.joinable()) thread_.join();
  ::close(poke_fd_);
}

void ConnectorThread::stop() {
  thread_.request_stop();
  poke();
}

void ConnectorThread::start(TimeMs not_before_ms) {
  const Now now = clock_.now();
  tokens_ = static_cast<double>(std::max<std::uint64_t>(1, config_.per_minute / 60));
  tokens_ms_ = due_ms_ = now.monotonic_ms;
  resting_ = noted_rest_ = not_before_ms > now.wall_ms;
  if (resting_) due_ms_ += not_before_ms - now.wall_ms;
  thread_ = std::jthread([this](std::stop_token stop) { work(stop); });
}

void ConnectorThread::poke() {
  {
    const std::lock_guard guard(mutex_);
    asked_ = true;
  }
  const std::uint64_t one = 1;
  (void)!::write(poke_fd_, &one, sizeof one);
}

void ConnectorThread::set_paused(bool paused) {
  {
    const std::lock_guard guard(mutex_);
    paused_ = paused;
  }
  if (!paused) poke();
}

std::uint64_t ConnectorThread::begin_test() {
  std::uint64_t number = 0;
  {
    const std::lock_guard guard(mutex_);
    number = ++live_.test;
    live_.test_over = false;
  }
  const std::uint64_t one = 1;
  (void)!::write(poke_fd_, &one, sizeof one);
  return number;
}

bool ConnectorThread::paused() const {
  const std::lock_guard guard(mutex_);
  return paused_;
}

ConnectorLive ConnectorThread::live() const {
  const std::lock_guard guard(mutex_);
  return live_;
}

void ConnectorThread::work(std::stop_token stop) {
  while (!stop.stop_requested()) {
    bool test = false, run = false;
    {
      const std::lock_guard guard(mutex_);
      test = !live_.test_over;
      run = !paused_ && (asked_ || clock_.now().monotonic_ms >= due_ms_);
      asked_ = asked_ && paused_;
    }
    if (test) test_once(stop);
    if (run) run_once(stop);
    if (!stop.stop_requested()) wait(stop);
  }
}

void ConnectorThread::wait(std::stop_token stop) {
  bool paused = false;
  {
    const std::lock_guard guard(mutex_);
    if (!live_.test_over || (asked_ && !paused_)) return;
    paused = paused_;
  }
  const std::uint64_t now = clock_.now().monotonic_ms;
  const int most = paused ? -1 : static_cast<int>(due_ms_ > now ? std::min<std::uint64_t>(due_ms_ - now, 60'000) : 0);
  pollfd waited[2] = {{poke_fd_, POLLIN, 0}, {connector_->wake_fd(), POLLIN, 0}};
  if (stop.stop_requested() || most == 0) return;
  (void)::poll(waited, 2, most);
  std::uint64_t count = 0;
  (void)!::read(poke_fd_, &count, sizeof count);
  if ((waited[1].revents & POLLIN) == 0) return;
  if (paused || resting_) connector_->turn_away(paused);
  else due_ms_ = clock_.now().monotonic_ms;
}

// A connector that is flooded slows itself: so many items a minute, and no burst of more than a second's share or one.
std::size_t ConnectorThread::room() {
  const std::uint64_t now = clock_.now().monotonic_ms;
  const double per_ms = static_cast<double>(config_.per_minute) / 60'000;
  tokens_ = std::min(std::max(1.0, per_ms * 10'000), tokens_ + static_cast<double>(now - tokens_ms_) * per_ms);
  tokens_ms_ = now;
  return std::min(kItemsAtOnce, static_cast<std::size_t>(std::max(0.0, tokens_)));
}

void ConnectorThread::run_once(std::stop_token stop) {
  const std::size_t most = room();
  if (most == 0) {
    const double short_of = 1.0 - tokens_;
    due_ms_ = clock_.now().monotonic_ms + static_cast<std::uint64_t>(short_of * 60'000 / static_cast<double>(config_.per_minute)) + 1;
    resting_ = true;
    return;
  }
  {
    const std::lock_guard guard(mutex_);
    live_.running = true;
  }
  const auto ran = connector_->run(door_, most, stop);
  const Now now = clock_.now();
  const ConnectorRun run = ran ? *ran : ConnectorRun{};
  tokens_ -= static_cast<double>(std::max(run.cost, run.done + run.failed));
  std::uint64_t failures = 0;
  {
    const std::lock_guard guard(mutex_);
    failures = live_.failures = ran ? 0 : live_.failures + 1;
    live_.running = false;
    paused_ = paused_ || !run.pause.empty();
    live_.last_run_ms = now.wall_ms;
    if (!run.words.empty()) {
      live_.words = run.words;
      live_.words_ms = now.wall_ms;
    }
    live_.error = ran ? "" : ran.error().what;
  }
  due_ms_ = next_run_ms(ran, failures, now);
  resting_ = !ran || run.rest.count() > 0;
  {
    const std::lock_guard guard(mutex_);
    live_.next_run_ms = now.wall_ms + (due_ms_ - now.monotonic_ms);
  }
  if (stop.stop_requested()) return;
  if (!ran && ran.error().what != noted_error_) log_warn("connector.failed", ran.error().what, {{"connector", config_.name}, {"code", ran.error().code}});
  if (const auto noted = note(run, ran ? "" : ran.error().what, now.wall_ms); !noted && noted.error().code != Code::kHalted)
    log_warn("connector.not_noted", noted.error().what, {{"connector", config_.name}});
}

std::uint64_t ConnectorThread::next_run_ms(const Result<ConnectorRun>& ran, std::uint64_t failures, Now now) const {
  if (!ran) return now.monotonic_ms + pause_ms(failures - 1);
  const auto rest_ms = static_cast<std::uint64_t>(ran->rest.count()) * 1000;
  if (ran->more) return now.monotonic_ms + rest_ms;
  std::uint64_t wait_ms = config_.every_s * 1000;
  if (ran->next_ms) wait_ms = std::min<std::uint64_t>(wait_ms, *ran->next_ms > now.wall_ms ? *ran->next_ms - now.wall_ms : 0);
  return now.monotonic_ms + std::max(wait_ms, rest_ms);
}

// Only what is new: an idle connector writes nothing.
Result<void> ConnectorThread::note(const ConnectorRun& run, const std::string& error, TimeMs now_ms) {
  const bool rests = run.rest.count() > 0;
  if (run.done + run.failed == 0 && run.pause.empty() && error == noted_error_ && !rests && !noted_rest_) return {};
  const auto noted = door_([&](Desk& desk) -> Result<void> {
    ConnectorState state = TRY(desk.store.state(config_.name));
    state.last_run_ms = now_ms;
    state.next_run_ms = rests ? now_ms + static_cast<TimeMs>(run.rest.count()) * 1000 : 0;
    if (!run.words.empty()) state.last_words = run.words;
    state.last_error = error;
    state.failures = error.empty() ? 0 : state.failures + 1;
    if (!run.pause.empty()) {
      state.paused = true;
      state.paused_by = run.pause;
    }
    return desk.store.set_state(state);
  });
  if (!noted) return noted.error();
  noted_error_ = error;
  noted_rest_ = rests;
  return {};
}

void ConnectorThread::test_once(std::stop_token stop) {
  const auto tested = connector_->test(stop);
  const std::lock_guard guard(mutex_);
  live_.test_over = true;
  live_.test_good = tested.has_value();
  live_.test_ms = clock_.now().wall_ms;
  live_.test_words = tested ? *tested : tested.error().hint.empty() ? tested.error().what : tested.error().what + "; " + tested.error().hint;
}

}  // namespace liaison
