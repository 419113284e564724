// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/connectors.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <nlohmann/json.hpp>

#include "nodes/connectors/connector_thread.h"
#include "schemas/text.h"

namespace liaison {

namespace {

using nlohmann::json;

// Who waits at the door, and until when.
class DoorQueue {
 public:
  DoorQueue() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { CHECK(fd_ >= 0); }
  ~DoorQueue() { ::close(fd_); }
  int fd() const { return fd_; }

  // On a connector's thread.
  Result<void> enter(const std::function<Result<void>(Desk&)>& function) {
    Waiting one{&function, {}, false};
    std::unique_lock lock(mutex_);
    if (closed_) return fail(Code::kHalted, "the node is ending");
    waiting_.push_back(&one);
    const std::uint64_t count = 1;
    (void)!::write(fd_, &count, sizeof count);
    over_.wait(lock, [&] { return one.over; });
    return one.outcome;
  }

  // On the node's.
  Result<void> let_in(Desk& desk, std::size_t most, const std::function<Result<void>()>& settle) {
    std::uint64_t count = 0;
    (void)!::read(fd_, &count, sizeof count);
    std::vector<Waiting*> in;
    {
      const std::lock_guard guard(mutex_);
      for (; !waiting_.empty() && in.size() < most; waiting_.pop_front()) in.push_back(waiting_.front());
      const std::uint64_t more = 1;
      if (!waiting_.empty()) (void)!::write(fd_, &more, sizeof more);
    }
    if (in.empty()) return {};
    for (Waiting* one : in) one->outcome = done_at(desk, *one->function);
    const auto settled = settle();
    const std::lock_guard guard(mutex_);
    for (Waiting* one : in) {
      if (!settled) one->outcome = settled.error();
      one->over = true;
    }
    over_.notify_all();
    return settled;
  }

  void close() {
    const std::lock_guard guard(mutex_);
    closed_ = true;
    for (Waiting* one : waiting_) {
      one->outcome = fail(Code::kHalted, "the node is ending");
      one->over = true;
    }
    waiting_.clear();
    over_.notify_all();
  }

 private:
  // What libraries throw ends here: whoever waits is told, and does not wait for ever.
  static Result<void> done_at(Desk& desk, const std::function<Result<void>(Desk&)>& function) {
    try {
      return function(desk);
    } catch (const std::exception& trouble) {
      return fail(Code::kInternal, std::string("a connector failed at the node: ") + trouble.what());
    }
  }

  struct Waiting {
    const std::function<Result<void>(Desk&)>* function;
    Result<void> outcome;
    bool over;
  };
  const int fd_;
  std::mutex mutex_;
  std::condition_variable over_;
  std::deque<Waiting*> waiting_;
  bool closed_ = false;
};

json time_or_nothing(TimeMs time_ms) { return time_ms == 0 ? json(nullptr) : json(rfc3339_millis(time_ms)); }

json connector_json(const ConnectorConfig& config, const ConnectorState& state, const ConnectorStore::Counts& counts, const ConnectorLive& live) {
  const std::string error = live.last_run_ms != 0 ? live.error : state.last_error;
  json out = {{"name", config.name},
              {"kind", word_of(config.kind)},
              {"direction", is_incoming(config.kind) ? "in" : "out"},
              {"system", config.system},
              {"state", state.paused ? "paused" : !error.empty() ? "failing" : live.running ? "running" : "waiting"},
              {"paused_by", state.paused ? json(state.paused_by) : json(nullptr)},
              {"last_run", time_or_nothing(std::max(live.last_run_ms, state.last_run_ms))},
              {"next_run", state.paused ? json(nullptr) : time_or_nothing(live.next_run_ms)},
              {"last_words", live.words.empty() ? state.last_words : live.words},
              {"last_words_at", time_or_nothing(live.words_ms)},
              {"error", error.empty() ? json(nullptr) : json(error)},
              {"failures", live.last_run_ms != 0 ? live.failures : state.failures},
              {"done", state.done},
              {"failed", state.failed},
              {"waiting", counts.waiting},
              {"held", counts.held},
              {"failed_now", counts.failed}};
  out["test"] = nullptr;
  if (live.test != 0) {
    out["test"] = {{"number", live.test}, {"over", live.test_over}, {"good", live.test_over && live.test_good},
                   {"at", live.test_over ? time_or_nothing(live.test_ms) : json(nullptr)}, {"words", live.test_over ? live.test_words : std::string()}};
  }
  return out;
}

}  // namespace

namespace {

// Made when it first runs, and tried at each run until it can be.
class LateConnector final : public Connector {
 public:
  LateConnector(ConnectorConfig config, MemberId member) : config_(std::move(config)), member_(std::move(member)) {}
  Result<ConnectorRun> run(const Door& door, std::size_t most, std::stop_token stop) override {
    TRY(make());
    return made_->run(door, most, std::move(stop));
  }
  Result<std::string> test(std::stop_token stop) override {
    TRY(make());
    return made_->test(std::move(stop));
  }
  int wake_fd() const override { return made_ ? made_->wake_fd() : -1; }
  void turn_away(bool paused) override {
    if (made_) made_->turn_away(paused);
  }

 private:
  Result<void> make() {
    if (!made_) made_ = TRY(make_connector(config_, member_));
    return {};
  }
  const ConnectorConfig config_;
  const MemberId member_;
  std::unique_ptr<Connector> made_;
};

Error named(const ConnectorConfig& config, const Error& error) { return fail(Code::kConfig, "connectors." + config.name + ": " + error.what, error.hint); }

}  // namespace

struct Connectors::Parts {
  DoorQueue door;
  std::vector<TimeMs> rests_until;                         // of each thread
  std::vector<std::unique_ptr<ConnectorThread>> threads;   // gone before the door

  Result<ConnectorThread*> find(const std::string& name) const {
    std::string known;
    for (const auto& one : threads) {
      if (one->config().name == name) return one.get();
      known += (known.empty() ? "" : ", ") + one->config().name;
    }
    return fail(Code::kUnknown, "this node has no connector " + printable(name, 32),
                known.empty() ? "connectors stand in the node's configuration: [connectors.NAME]" : "it has " + known);
  }
};

Connectors::Connectors(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Connectors::~Connectors() {
  parts_->door.close();
  for (const auto& one : parts_->threads) one->stop();   // all of them, before the first is waited for
  parts_->threads.clear();
}

std::vector<Error> Connectors::faults(const std::vector<ConnectorConfig>& configs, const MemberId& member) {
  std::vector<Error> out;
  for (const ConnectorConfig& config : configs) {
    if (const auto made = make_connector(config, member); !made) out.push_back(named(config, made.error()));
  }
  return out;
}

Result<std::unique_ptr<Connectors>> Connectors::open(Node& node, const std::vector<ConnectorConfig>& configs, Clock& clock) {
  auto parts = std::make_unique<Parts>();
  DoorQueue* door = &parts->door;
  ConnectorStore store(node.store());
  for (const ConnectorConfig& config : configs) {
    auto made = make_connector(config, node.identity().member);
    if (!made && made.error().code == Code::kConfig) return named(config, made.error());
    if (!made) made = std::unique_ptr<Connector>(new LateConnector(config, node.identity().member));
    auto thread = std::make_unique<ConnectorThread>(config, std::move(*made), [door](const auto& function) { return door->enter(function); }, clock);
    TRY(store.begin_at(config.name, config.history ? 0 : node.cursor()));
    const ConnectorState state = TRY(store.state(config.name));
    if (state.paused) thread->set_paused(true);
    parts->rests_until.push_back(state.next_run_ms);
    parts->threads.push_back(std::move(thread));
  }
  return std::unique_ptr<Connectors>(new Connectors(std::move(parts)));
}

void Connectors::start() {
  for (std::size_t i = 0; i < parts_->threads.size(); ++i) parts_->threads[i]->start(parts_->rests_until[i]);
}

int Connectors::wake_fd() const { return parts_->door.fd(); }

Result<void> Connectors::drain(Node& node, Routes& routes, Now now, std::size_t most, const std::function<Result<void>()>& settle) {
  ConnectorStore store(node.store());
  Desk desk{node, routes, store, now};
  return parts_->door.let_in(desk, most, settle);
}

Result<json> Connectors::list(Node& node) const {
  json items = json::array();
  for (const auto& one : parts_->threads) {
    json shown = TRY(show(node, one->config().name));
    items.push_back(std::move(shown));
  }
  return json{{"items", std::move(items)}, {"next", nullptr}};
}

Result<json> Connectors::show(Node& node, const std::string& name) const {
  const ConnectorThread* thread = TRY(parts_->find(name));
  ConnectorStore store(node.store());
  const ConnectorState state = TRY(store.state(name));
  const ConnectorStore::Counts counts = TRY(store.counts(name));
  return connector_json(thread->config(), state, counts, thread->live());
}

Result<void> Connectors::pause(Node& node, const std::string& name, const std::string& by) {
  ConnectorThread* thread = TRY(parts_->find(name));
  ConnectorStore store(node.store());
  ConnectorState state = TRY(store.state(name));
  if (state.paused) return fail(Code::kTransition, name + " is paused, by " + state.paused_by, "liaison connector resume " + name);
  state.paused = true;
  state.paused_by = by;
  TRY(store.set_state(state));
  thread->set_paused(true);
  return {};
}

Result<void> Connectors::resume(Node& node, const std::string& name, TimeMs now_ms) {
  ConnectorThread* thread = TRY(parts_->find(name));
  ConnectorStore store(node.store());
  ConnectorState state = TRY(store.state(name));
  if (!state.paused && !thread->paused()) return fail(Code::kTransition, name + " is not paused", "liaison connector run " + name + " lets it run at once");
  state.paused = false;
  state.paused_by.clear();
  state.next_run_ms = 0;
  TRY(store.hurry(name, now_ms));
  TRY(store.set_state(state));
  thread->set_paused(false);
  return {};
}

Result<void> Connectors::run_now(Node& node, const std::string& name) {
  ConnectorThread* thread = TRY(parts_->find(name));
  ConnectorStore store(node.store());
  const ConnectorState state = TRY(store.state(name));
  if (state.paused) return fail(Code::kTransition, name + " is paused, by " + state.paused_by, "liaison connector resume " + name);
  thread->poke();
  return {};
}

void Connectors::wake(const std::string& name) {
  if (const auto thread = parts_->find(name); thread && !(*thread)->paused()) (*thread)->poke();
}

Result<std::uint64_t> Connectors::begin_test(const std::string& name) {
  ConnectorThread* thread = TRY(parts_->find(name));
  return thread->begin_test();
}

Result<const ConnectorConfig*> Connectors::config(const std::string& name) const {
  const ConnectorThread* thread = TRY(parts_->find(name));
  return &thread->config();
}

std::vector<std::string> Connectors::names() const {
  std::vector<std::string> out;
  for (const auto& one : parts_->threads) out.push_back(one->config().name);
  return out;
}

}  // namespace liaison
