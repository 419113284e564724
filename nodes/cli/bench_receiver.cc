// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/bench_receiver.h"

#include <poll.h>

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "nodes/api/routes.h"
#include "nodes/cli/bench_node.h"
#include "nodes/connectors/cloud_event.h"
#include "nodes/connectors/connector.h"
#include "nodes/connectors/webhook_signature.h"
#include "security/durable.h"
#include "security/http.h"

namespace liaison {
namespace {

using ReceiverClock = std::chrono::steady_clock;

constexpr TimeMs kHourMs = 3'600'000;
constexpr std::size_t kRunMost = 64;
const std::string kReceiver = "receiver";

// Another system of the committee: checks each event, and notes what it gets.
class Receiver {
 public:
  static Result<std::unique_ptr<Receiver>> open(const std::string& address, const std::string& secret) {
    HttpServer::Listen listen;
    listen.loopback = address;
    auto server = TRY(HttpServer::open(listen));
    auto keys = TRY(WebhookKeys::parse(secret, WebhookKeys::Use::kVerify));
    return std::unique_ptr<Receiver>(new Receiver(std::move(server), std::move(keys)));
  }
  ~Receiver() {
    thread_.request_stop();
    thread_.join();
  }
  std::string address() const { return server_->address(); }

  ReceiverTimes seen(std::uint64_t messages) const {
    const std::lock_guard lock(mutex_);
    ReceiverTimes out;
    out.missing = messages - std::min<std::uint64_t>(messages, ids_.size());
    out.twice = wrong_;
    out.out_of_order = out_of_order_;
    const double seconds = std::chrono::duration<double>(last_ - first_).count();
    out.per_s = seconds > 0 ? static_cast<double>(ids_.size()) / seconds : 0;
    return out;
  }

 private:
  Receiver(std::unique_ptr<HttpServer> server, WebhookKeys keys)
      : server_(std::move(server)), keys_(std::move(keys)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waits{server_->wake_fd(), POLLIN, 0};
      ::poll(&waits, 1, 20);
      server_->drain(kRunMost, [this](const HttpRequest& request) { return take(request); });
    }
  }

  HttpResponse take(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    const auto head = [&](const char* name) {
      const auto found = request.headers.find(name);
      return found == request.headers.end() ? std::string() : found->second;
    };
    const WebhookHeaders headers{head("webhook-id"), head("webhook-timestamp"), head("webhook-signature")};
    const auto event = read_cloud_event(request.body);
    if (!keys_.verify(headers, request.body, SystemClock().now().wall_ms) || !event || !ids_.insert(event->id).second) {
      ++wrong_;
      return {400, "text/plain", "", {}};
    }
    last_ = ReceiverClock::now();
    if (ids_.size() == 1) first_ = last_;
    const std::uint64_t index = event->data.value("index", std::uint64_t{0});
    std::uint64_t& before = newest_[event->subject];
    if (index <= before) ++out_of_order_;
    before = std::max(before, index);
    return {204, "text/plain", "", {}};
  }

  const std::unique_ptr<HttpServer> server_;
  const WebhookKeys keys_;
  mutable std::mutex mutex_;   // guards what follows
  std::set<std::string> ids_;
  std::map<std::string, std::uint64_t> newest_;   // log index, by record
  std::uint64_t wrong_ = 0, out_of_order_ = 0;
  ReceiverClock::time_point first_, last_;
  std::jthread thread_;
};

// The node, its connector, and the clock that both go by.
class ReceiverSide {
 public:
  static Result<std::unique_ptr<ReceiverSide>> open(const BenchFolder& folder, const std::string& member, const ConnectorConfig& config) {
    auto side = std::unique_ptr<ReceiverSide>(new ReceiverSide());
    side->node_ = TRY(open_bench_node(folder, member));
    side->link_ = std::make_unique<Link>(side->wire_, *side->node_);
    side->routes_ = std::make_unique<Routes>(*side->node_, *side->link_, "", [] { return Result<void>(); });
    side->connector_ = TRY(make_connector(config, *MemberId::parse(member)));
    return side;
  }

  Result<void> begin_at(std::uint64_t index) {
    return at_desk([&](Desk& desk) -> Result<void> {
      TRY(desk.store.begin_at(kReceiver, index));
      ConnectorState state = TRY(desk.store.state(kReceiver));
      state.cursor = index;
      return desk.store.set_state(state);
    });
  }
  // One run; that nobody answers is no error here.
  Result<void> run() {
    const auto door = [this](const std::function<Result<void>(Desk&)>& function) { return at_desk(function); };
    const auto ran = connector_->run(door, kRunMost, {});
    return ran || ran.error().code == Code::kUnreachable ? Result<void>() : Result<void>(ran.error());
  }
  void later(TimeMs ms) {
    now_.wall_ms += ms;
    now_.monotonic_ms += ms;
  }
  Result<std::uint64_t> waiting() {
    std::uint64_t out = 0;
    const auto asked = at_desk([&](Desk& desk) -> Result<void> {
      out = TRY(desk.store.counts(kReceiver)).waiting;
      return {};
    });
    if (!asked) return asked.error();
    return out;
  }
  Result<std::uint64_t> tries() {
    std::uint64_t out = 0;
    const auto asked = at_desk([&](Desk& desk) -> Result<void> {
      for (const ConnectorItem& item : TRY(desk.store.list(kReceiver, ConnectorItem::State::kWaiting, 0, 100'000))) out += item.tries;
      return {};
    });
    if (!asked) return asked.error();
    return out;
  }

 private:
  Result<void> at_desk(const std::function<Result<void>(Desk&)>& function) {
    ConnectorStore store(node_->store());
    Desk desk{*node_, *routes_, store, now_};
    TRY(node_->store().begin());
    const auto done = function(desk);
    TRY(node_->store().commit());
    return done;
  }

  Now now_ = SystemClock().now();
  NoWire wire_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<Link> link_;
  std::unique_ptr<Routes> routes_;
  std::unique_ptr<Connector> connector_;
};

}  // namespace

Result<ReceiverTimes> measure_receiver(const BenchFolder& folder, const std::string& member, std::uint64_t from, std::uint64_t messages) {
  const std::string secret = "whsec_" + base64(Secret::random(32).expose()) + "\n";
  const auto file = folder.folder / "receiver.secret";
  TRY(create_durably(file, view_of(secret)));
  auto receiver = TRY(Receiver::open("127.0.0.1:0", secret));
  const std::string address = receiver->address();
  receiver.reset();   // the address is known, and nobody answers there
  ConnectorConfig config;
  config.name = config.system = kReceiver;
  config.kind = ConnectorConfig::Kind::kWebhookOut;
  config.history = true;
  config.texts["url"] = "http://" + address + "/";
  config.paths["secret_file"] = file;
  config.numbers["give_up_hours"] = 72;
  const auto side = TRY(ReceiverSide::open(folder, member, config));
  TRY(side->begin_at(from));
  // As the connector's thread would: again after 5 s, 10 s and so on up to ten minutes.
  TimeMs pause = 5'000;
  for (TimeMs away = 0; away < 24 * kHourMs; away += pause) {
    TRY(side->run());
    side->later(pause);
    pause = std::min<TimeMs>(2 * pause, kHourMs / 6);
  }
  const std::uint64_t in_vain = TRY(side->tries());
  receiver = TRY(Receiver::open(address, secret));
  for (std::uint64_t i = 0; TRY(side->waiting()) > 0; ++i) {
    if (i > 48 * 60 + messages) return fail(Code::kInternal, "what waited for the receiver was not handed over");
    TRY(side->run());
    if (i % 4 == 3) side->later(kHourMs / 60);
  }
  ReceiverTimes out = receiver->seen(messages);
  out.in_vain = in_vain;
  return out;
}

}  // namespace liaison
