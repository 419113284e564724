// SPDX-License-Identifier: Apache-2.0
#include "broker/broker.h"

#include <poll.h>

#include <algorithm>
#include <array>

#include "broker/control.h"
#include "security/audit.h"
#include "security/hash.h"

namespace liaison {

namespace {
constexpr std::size_t kRequestsPerStep = 16;
constexpr std::uint64_t kBindAgainMs = 1000;
constexpr std::size_t kStrangeMax = 100;   // refused rosters kept between two starts
constexpr std::size_t kStatusBodyMax = 1024;          // nothing is sent to the status page
constexpr std::size_t kControlBodyMax = 512 * 1024;   // a roster and a policy of 64 KiB each, as JSON
constexpr std::array<std::string_view, 7> kRoutes{"/livez", "/readyz", "/metrics", "/checkpoint", "/apply", "/clock/confirm", "/status"};
}  // namespace

std::string control_socket(const std::filesystem::path& folder) {
  const std::string whole = std::filesystem::absolute(folder / "control.sock").string();
  const std::string near = std::filesystem::proximate(folder / "control.sock").string();
  return near.size() < whole.size() ? near : whole;
}

Broker::Broker(const Config& config, Clock& clock, FolderLock lock) : config_(config), clock_(clock), lock_(std::move(lock)) {}

Broker::~Broker() = default;

Result<std::unique_ptr<Broker>> Broker::open(const Config& config, const Secret& passphrase, Clock& clock) {
  TRY(ensure_private_folder(config.folder));
  auto lock = FolderLock::take(config.folder);
  if (!lock && lock.error().code == Code::kLocked) return within("another broker uses this folder", lock.error());
  if (!lock) return lock.error();
  std::unique_ptr<Broker> broker(new Broker(config, clock, std::move(*lock)));
  BrokerKeys keys = TRY(load_broker_keys(config.folder / "keys", passphrase));
  broker->curve_ = std::make_unique<AgreementKey>(keys.curve.clone());
  SqliteStore::Options options;
  options.reserve_bytes = config.limits.reserve_bytes;
  broker->store_ = TRY(SqliteStore::open(config.folder, broker->meters_, options));
  broker->gateway_ = std::make_unique<Gateway>(*broker->store_, clock, broker->meters_, std::move(keys), config.limits);
  const Ledger::Found found = TRY(broker->gateway_->start());
  broker->keep_rosters();
  // The doors first: an operator sees what is wrong even while no endpoint can be bound.
  TRY(broker->open_doors());
  TRY(broker->open_endpoints());
  log_info("broker.started", broker->gateway_->ready() ? "the broker is ready" : "the broker waits for its first roster",
           {{"size", found.size}, {"epoch", broker->gateway_->ledger().epoch()}, {"http", broker->http_address()}});
  return broker;
}

// Copies for people: a new node is given all of them. What decides is the log.
void Broker::keep_rosters() {
  const auto keep = [this](const std::string& name, const std::string& note) {
    const auto folder = config_.folder / "rosters";
    auto kept = ensure_private_folder(folder);
    if (kept) kept = write_durably(folder / name, view_of(note));
    if (!kept) log_warn("roster.not_kept", kept.error().what, {{"code", kept.error().code}});
  };
  if (const auto strange = gateway_->take_strange_roster(); strange && strange_kept_ < kStrangeMax) {
    ++strange_kept_;
    const std::string name = "refused-" + hex(sha256(view_of(*strange))).substr(0, 16) + ".note";
    keep(name, *strange);
    log_warn("roster.contradicts", "a roster that contradicts the log was refused and is kept as evidence", {{"file", "rosters/" + name}});
  }
  const TrustedRoster* roster = gateway_->exchange().charter().roster();
  if (roster == nullptr || roster->roster.version == roster_kept_) return;
  roster_kept_ = roster->roster.version;
  keep("roster-" + std::to_string(roster_kept_) + ".note", roster->note);
}

Result<void> Broker::open_doors() {
  http_ = TRY(HttpServer::open({{}, 0660, config_.http_listen, kStatusBodyMax}));
  control_ = TRY(HttpServer::open({control_socket(config_.folder), 0600, {}, kControlBodyMax}));
  return {};
}

Result<void> Broker::open_endpoints() {
  if (!gateway_->ready()) return {};
  if (!channel_) {
    const Charter& charter = gateway_->exchange().charter();
    const auto allowed = [&charter](const MemberId& member, const PublicKey& key) { return charter.may_connect(member, key); };
    channel_ = TRY(ServerChannel::open(*curve_, allowed, ChannelLimits::for_unacknowledged(config_.limits.quota.unacknowledged)));
    gateway_->attach(*channel_);
  }
  bind_members();
  return {};
}

// One that cannot be bound holds up no other: readyz counts it, a line says it once for each reason, and the next second
// it is tried again.
void Broker::bind_members() {
  for (const RosterMember& member : gateway_->exchange().charter().roster()->roster.members) {
    if (bound_.contains(member.id)) continue;
    const std::string host = config_.bind.find(':') == std::string::npos ? config_.bind : "[" + config_.bind + "]";
    const auto bound = channel_->bind({member.id, "tcp://" + host + ":" + std::to_string(member.port), member.net});
    if (bound) {
      bound_.insert(member.id);
      if (unbound_.erase(member.id) > 0) log_info("endpoint.bound", "a member's endpoint is open now", {{"member", member.id.str()}});
    } else if (std::string& why = unbound_[member.id]; why != bound.error().what) {
      why = bound.error().what;
      log_error("endpoint.unbound", why, {{"member", member.id.str()}, {"hint", bound.error().hint}});
    }
  }
}

Result<void> Broker::step(std::chrono::milliseconds at_most, int wake_fd) {
  wait(at_most, wake_fd);
  auto stepped = gateway_->step();
  if (!stepped) return stepped.error();
  more_ = *stepped;
  answer_doors();
  if (gateway_->must_end()) return fail(Code::kStore, "a commit failed; the next start decides what became of it");
  const std::uint64_t now_ms = clock_.now().monotonic_ms;
  if (!gateway_->ready() || now_ms < next_bind_ms_) return {};
  next_bind_ms_ = now_ms + kBindAgainMs;
  // A new roster's endpoints, and those that could not be bound.
  const auto opened = open_endpoints();
  if (!opened) log_error("endpoint.unbound", opened.error().what);
  return {};
}

void Broker::wait(std::chrono::milliseconds at_most, int wake_fd) {
  std::vector<int> wakes{http_->wake_fd(), control_->wake_fd()};
  if (wake_fd >= 0) wakes.push_back(wake_fd);
  const auto limit = static_cast<std::uint64_t>(std::max<std::int64_t>(at_most.count(), 0));
  const std::uint64_t gather_ms = std::min(limit, gateway_->gather_ms());
  const std::chrono::milliseconds timeout(gather_ms > 0 ? gather_ms : more_ ? 0 : gateway_->idle_ms(limit));
  if (channel_ && gather_ms == 0) {
    channel_->wait(timeout, wakes);
    return;
  }
  std::vector<pollfd> fds;
  for (const int fd : wakes) fds.push_back({fd, POLLIN, 0});
  ::poll(fds.data(), fds.size(), static_cast<int>(timeout.count()));
}

void Broker::answer_doors() {
  const auto counted = [&](std::string_view door, const HttpRequest& request, HttpResponse response) {
    // Paths that do not exist share one label, so that a scan makes no rows.
    const bool known = std::find(kRoutes.begin(), kRoutes.end(), request.path) != kRoutes.end();
    meters_.http[{std::string(door) + (known ? request.path : "other"), response.status}] += 1;
    return response;
  };
  http_->drain(kRequestsPerStep, [&](const HttpRequest& request) { return counted("", request, status_page(request, source())); });
  control_->drain(kRequestsPerStep, [&](const HttpRequest& request) {
    HttpResponse response = control_page(request, *gateway_, source());
    next_bind_ms_ = 0;
    keep_rosters();
    return counted("control:", request, std::move(response));
  });
}

StatusSource Broker::source() const {
  const std::vector<MemberId>& members = gateway_->exchange().charter().members();
  // A member that has left the roster keeps its endpoint until the next start, where no key of it is let in.
  const auto endpoints = std::count_if(members.begin(), members.end(), [this](const MemberId& id) { return bound_.contains(id); });
  return {*gateway_, channel_ ? &channel_->counters() : nullptr, static_cast<std::size_t>(endpoints), store_->bytes(), clock_.now()};
}

}  // namespace liaison
