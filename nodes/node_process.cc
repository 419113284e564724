// SPDX-License-Identifier: Apache-2.0
#include "nodes/node_process.h"

#include "security/audit.h"

namespace liaison {

namespace {

constexpr std::size_t kRequestsMax = 32;
constexpr std::size_t kVisitorsMax = 8;   // connectors in one step, between officers' requests
constexpr std::uint64_t kFullDiskPauseMs = 5'000;
constexpr std::size_t kSocketPathMax = 107;
constexpr std::uint64_t kKeysMs = 2'000, kUnreadableKeyMs = 60'000;

// A Unix socket's path is short: from the working folder when that is shorter.
std::string socket_path(const std::filesystem::path& path) {
  if (path.string().size() <= kSocketPathMax) return path.string();
  std::error_code trouble;
  const auto near = std::filesystem::relative(path, trouble);
  return trouble || near.empty() ? path.string() : near.string();
}

Result<std::unique_ptr<Node>> open_node(const NodeConfig& config, const Secret& passphrase) {
  Identity identity = TRY(open_identity(config.folder, config.member, passphrase));
  return Node::open(config.folder / "node.db", std::move(identity), config.settings);
}

}  // namespace

Result<std::unique_ptr<NodeProcess>> NodeProcess::open(const NodeConfig& config, const Secret& passphrase, Clock& clock) {
  TRY(ensure_private_folder(config.folder));
  auto lock = TRY(FolderLock::take(config.folder));
  std::unique_ptr<NodeProcess> process(new NodeProcess(std::move(lock), config.folder, passphrase.clone(), clock));
  process->node_ = TRY(open_node(config, passphrase));
  Node& node = *process->node_;
  const RosterMember* member = node.roster().member(config.member);
  if (member == nullptr) return fail(Code::kRoster, config.member.str() + " is no member of the roster in force");
  const std::string host = config.broker_host.find(':') == std::string::npos ? config.broker_host : "[" + config.broker_host + "]";
  const std::string address = "tcp://" + host + ":" + std::to_string(member->port);
  process->channel_ = TRY(ClientChannel::open(address, node.roster().broker.curve, node.identity().connecting(node.roster()),
                                              ChannelLimits::for_unacknowledged(config.settings.limits.unacknowledged)));
  process->keep_rosters();
  process->link_ = std::make_unique<Link>(*process->channel_, node);
  process->http_ = TRY(HttpServer::open({socket_path(config.api_socket), 0660, {}}));
  NodeProcess* self = process.get();
  process->routes_ = std::make_unique<Routes>(node, *process->link_, address, [self] { return self->settle(); });
  process->routes_->events().begin(clock.now().wall_ms);
  process->connectors_ = TRY(Connectors::open(node, config.connectors, clock));
  process->routes_->set_connectors(process->connectors_.get());
  process->connectors_->start();
  log_info("node.started", "the node is open", {{"member", config.member.str()}, {"entries", node.cursor()}, {"broker", address}});
  return process;
}

void NodeProcess::tell(const std::vector<News>& news, Now now) {
  for (const News& one : news) {
    const std::string id = routes_->events().add(one, now.wall_ms);
    if (http_->streams() > 0) http_->publish(id, std::string(one.name), news_json(one, now.wall_ms));
  }
}

Result<void> NodeProcess::settle(Node::Commit commit) {
  const Now now = clock_.now();
  const NodeOutcome outcome = TRY(node_->settle(now, commit));
  link_->dispatch(outcome, now);
  tell(outcome.events, now);
  return {};
}

Result<void> NodeProcess::step(std::chrono::milliseconds most, int stop_fd) {
  const Now before = clock_.now();
  std::uint64_t wait = link_->idle_ms(before, node_->idle_ms(before, static_cast<std::uint64_t>(most.count())));
  if (before.monotonic_ms < resume_at_ms_) wait = std::min<std::uint64_t>(static_cast<std::uint64_t>(most.count()), resume_at_ms_ - before.monotonic_ms);
  std::vector<int> extra{http_->wake_fd()};
  if (before.monotonic_ms >= resume_at_ms_) extra.push_back(connectors_->wake_fd());   // who waits there is let in after the pause
  if (stop_fd >= 0) extra.push_back(stop_fd);
  channel_->wait(std::chrono::milliseconds(wait), extra);
  if (auto worked = work(); !worked) return recover(worked.error());
  return {};
}

// A key that `liaison node rotate` has made is held before a roster names it; one whose 30 days are over goes.
void NodeProcess::look_after_keys(Now now) {
  if (keys_looked_ms_ != 0 && now.monotonic_ms < keys_looked_ms_ + kKeysMs) return;
  keys_looked_ms_ = now.monotonic_ms;
  std::error_code trouble;
  const auto changed = std::filesystem::last_write_time(folder_ / "keys", trouble);
  if (!trouble && changed != keys_changed_) {
    keys_changed_ = changed;
    const auto taken = node_->take_up_keys(folder_ / "keys", passphrase_);
    if (taken && *taken > 0) log_info("keys.taken_up", "new keys of this committee are held", {{"count", *taken}});
    if (!taken) {   // half written, perhaps
      log_warn("key.unreadable", taken.error().what, {{"code", taken.error().code}});
      keys_changed_ = {};
      keys_looked_ms_ += kUnreadableKeyMs;
    }
  }
  const auto forgotten = node_->forget_old_keys();
  if (!forgotten) log_warn("key.kept", forgotten.error().what, {{"code", forgotten.error().code}});
}

// `liaison node rotate` and the next start find here what is in force.
void NodeProcess::keep_rosters() {
  const auto& terms = node_->mandates().terms();
  for (; rosters_kept_ < terms.size(); ++rosters_kept_) {
    const auto kept = keep_pinned(folder_ / "trust", terms[rosters_kept_]->trusted);
    if (!kept) log_warn("roster.not_kept", kept.error().what, {{"code", kept.error().code}});
  }
}

Result<void> NodeProcess::work() {
  const Now now = clock_.now();
  look_after_keys(now);
  if (now.monotonic_ms >= resume_at_ms_) {
    TRY(link_->step(now));
    TRY(node_->tick(now));
    TRY(settle());
    tell(link_->take_news(), now);
  }
  http_->drain(kRequestsMax, [&](const HttpRequest& request) { return routes_->answer(request, clock_.now()); });
  if (now.monotonic_ms >= resume_at_ms_)
    TRY(connectors_->drain(*node_, *routes_, clock_.now(), kVisitorsMax, [this] { return settle(Node::Commit::kNow); }));
  if (auto failure = routes_->take_failure()) return *failure;
  TRY(node_->tick(clock_.now()));
  TRY(settle());
  keep_rosters();
  return {};
}

// A full disk passes: what was not stored is forgotten, memory is read again, and everything is asked for anew. Nothing
// else about the store is survivable.
Result<void> NodeProcess::recover(const Error& error) {
  Database& database = node_->store().database();
  if (!database.disk_full() || database.sync_failed()) return error;
  log_error("node.reload", error.what, {{"code", error.code}});
  TRY(node_->reload());
  channel_->reconnect();
  resume_at_ms_ = clock_.now().monotonic_ms + kFullDiskPauseMs;
  return {};
}

Result<void> NodeProcess::close() {
  TRY(settle(Node::Commit::kNow));
  log_info("node.stopped", "the node was asked to end", {{"entries", node_->cursor()}});
  return {};
}

Result<std::uint64_t> rebuild_node(const NodeConfig& config, const Secret& passphrase) {
  TRY(ensure_private_folder(config.folder));
  const FolderLock lock = TRY(FolderLock::take(config.folder));
  const auto node = TRY(open_node(config, passphrase));
  return node->rebuild();
}

}  // namespace liaison
