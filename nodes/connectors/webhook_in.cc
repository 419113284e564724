// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/webhook_in.h"

#include <algorithm>

#include "nodes/connectors/cloud_event.h"
#include "nodes/connectors/incoming_act.h"
#include "nodes/connectors/webhook_signature.h"
#include "schemas/text.h"
#include "security/audit.h"
#include "security/clock.h"
#include "security/hash.h"
#include "security/http.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr std::size_t kEventBytesMax = 256 * 1024;
constexpr std::size_t kTurnedAwayAtOnce = 64;
constexpr std::uint64_t kToldEveryMs = 60'000;   // of calls without a good signature
constexpr std::uint64_t kFailedEventsKept = 1'000;   // a system that sends nothing right fills no database

int webhook_status(Code code) {
  switch (code) {
    case Code::kSignature:
    case Code::kClock: return 401;
    case Code::kPolicy:
    case Code::kMarking:
    case Code::kEncryptionRequired:
    case Code::kNotOwner:
    case Code::kPermission: return 403;
    case Code::kUnknown: return 404;
    case Code::kDuplicate:
    case Code::kRevision:
    case Code::kTransition: return 409;
    case Code::kQuota: return 429;
    case Code::kBusy:
    case Code::kStore:
    case Code::kHalted:
    case Code::kInternal:
    case Code::kStorageFull: return 503;
    default: return 400;
  }
}

HttpResponse webhook_problem(int status, const Error& error) {
  HttpResponse out{status, "application/problem+json",
                   problem_json(status, code_name(error.code), code_sentence(error.code), error.what, error.hint), {}};
  if (status == 429) out.headers["Retry-After"] = "3600";
  if (status == 503) out.headers["Retry-After"] = "30";
  return out;
}

HttpResponse webhook_problem(const Error& error) { return webhook_problem(webhook_status(error.code), error); }

HttpResponse webhook_taken(const json& body) { return {202, "application/json", body.dump(-1, ' ', false, json::error_handler_t::replace), {}}; }

std::string webhook_header(const HttpRequest& request, const char* name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

std::optional<HttpResponse> wrong_way(const HttpRequest& request) {
  if (request.path != "/" || !request.query.empty())
    return webhook_problem(404, fail(Code::kUnknown, "there is nothing at " + printable(request.path, 100), "events are taken at /"));
  if (request.method != "POST") {
    HttpResponse out = webhook_problem(405, fail(Code::kInput, "/ does not know " + printable(request.method, 20), "POST an event"));
    out.headers["Allow"] = "POST";
    return out;
  }
  std::string type = webhook_header(request, "content-type");
  type = type.substr(0, type.find(';'));
  std::transform(type.begin(), type.end(), type.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  while (type.ends_with(' ')) type.pop_back();
  if (type == kCloudEventType || type == "application/json") return std::nullopt;
  return webhook_problem(415, fail(Code::kInput, "the content type is not " + std::string(kCloudEventType), "send one event in structured mode"));
}

class WebhookIn final : public Connector {
 public:
  WebhookIn(ConnectorConfig config, WebhookKeys keys) : config_(std::move(config)), keys_(std::move(keys)) {}

  Result<void> listen() {
    HttpServer::Listen where;
    where.loopback = config_.texts.at("listen");
    where.body_bytes_max = kEventBytesMax;
    server_ = TRY(HttpServer::open(where));
    return {};
  }

  Result<ConnectorRun> run(const Door& door, std::size_t most, std::stop_token) override {
    if (server_ == nullptr) TRY(listen());
    ConnectorRun run;
    std::uint64_t strangers = 0;
    const std::size_t handled = server_->drain(most, [&](const HttpRequest& request) { return answer(request, door, run, strangers); });
    run.more = handled == most;
    run.cost = handled;
    if (run.done > 0) run.words = std::to_string(run.done) + (run.done == 1 ? " event taken in" : " events taken in");
    if (run.failed > 0) run.words += (run.words.empty() ? "" : ", ") + std::to_string(run.failed) + " refused: liaison connector items " + config_.name;
    const std::string calls = strangers == 1 ? " call" : " calls";
    if (strangers > 0) run.words += (run.words.empty() ? "" : ", ") + std::to_string(strangers) + calls + " without a good signature";
    return run;
  }

  Result<std::string> test(std::stop_token) override {
    if (server_ == nullptr) TRY(listen());
    return "listens at " + server_->address() + ", and trusts " + std::to_string(keys_.count()) + (keys_.count() == 1 ? " key" : " keys");
  }

  int wake_fd() const override { return server_ == nullptr ? -1 : server_->wake_fd(); }

  void turn_away(bool paused) override {
    const Error why = paused ? fail(Code::kHalted, "the connector is paused", "send the event again later")
                             : fail(Code::kQuota, "more than " + std::to_string(config_.per_minute) + " calls a minute", "send the event again later");
    server_->drain(kTurnedAwayAtOnce, [&](const HttpRequest&) {
      HttpResponse out = webhook_problem(paused ? 503 : 429, why);
      out.headers["Retry-After"] = paused ? "300" : "60";
      return out;
    });
  }

 private:
  HttpResponse answer(const HttpRequest& request, const Door& door, ConnectorRun& run, std::uint64_t& strangers) {
    if (auto wrong = wrong_way(request)) return std::move(*wrong);
    const std::string id = webhook_header(request, "webhook-id");
    const auto verified =
        keys_.verify({id, webhook_header(request, "webhook-timestamp"), webhook_header(request, "webhook-signature")}, request.body, clock_.now().wall_ms);
    if (!verified) {
      ++strangers;
      tell_of_strangers(verified.error());
      return webhook_problem(verified.error());
    }
    const auto event = read_cloud_event(request.body);
    if (event && event->type == "org.liaison.test") return webhook_taken({{"event", id}, {"id", nullptr}, {"kind", nullptr}, {"state", "test"}});
    const Result<Asked> asked = event ? read_incoming(event->data, config_.texts.at("takes")) : Result<Asked>(event.error());
    const Hash content = sha256(view_of(request.body));
    HttpResponse out;
    const auto done = door([&](Desk& desk) -> Result<void> {
      out = TRY(settle(desk, id, content, asked));
      return {};
    });
    // What is wrong with the node is no fault of the event: it comes again.
    if (!done) return webhook_problem(done.error());
    if (out.status == 202) ++run.done;
    else ++run.failed;
    return out;
  }

  // One line a minute, whoever calls how often.
  void tell_of_strangers(const Error& why) {
    ++strangers_untold_;
    const std::uint64_t now_ms = clock_.now().monotonic_ms;
    if (told_ms_ != 0 && now_ms < told_ms_ + kToldEveryMs) return;
    log_warn("webhook.refused", why.what, {{"connector", config_.name}, {"code", why.code}, {"calls", strangers_untold_}});
    told_ms_ = now_ms;
    strangers_untold_ = 0;
  }

  // What was said to this id before, or the act. Errors are the node's own trouble; whatever the event is refused for is an answer.
  Result<HttpResponse> settle(Desk& desk, const std::string& id, const Hash& content, const Result<Asked>& asked) {
    const std::string request_id = incoming_request_id(config_, id);
    const auto before = TRY(desk.node.store().answer(request_id));
    if (before && before->subject == content) return HttpResponse{before->status, "application/json", before->body, {}};
    if (before)
      return webhook_problem(fail(Code::kDuplicate, "the header webhook-id was used for another event",
                                  "each event has an id of its own, the same in every try"));
    const auto done = asked ? perform_incoming(desk, config_, *asked, request_id) : Result<IncomingDone>(asked.error());
    if (!done) {
      const int status = webhook_status(done.error().code);
      if (status == 503) return done.error();
      if (status != 429) TRY(note(desk, id, ConnectorItem::State::kFailed, "", "", done.error().what));
      return webhook_problem(done.error());
    }
    const HttpResponse out = webhook_taken({{"event", id}, {"id", done->id}, {"kind", done->kind}, {"state", config_.as_drafts ? "draft" : "queued"}});
    TRY(desk.node.store().set_answer(request_id, {content, out.status, out.body}, desk.now.wall_ms));
    TRY(note(desk, id, ConnectorItem::State::kDone, done->kind, done->id, "taken in as " + done->id));
    return out;
  }

  // For people: an event that was refused may come again, mended.
  Result<void> note(Desk& desk, const std::string& id, ConnectorItem::State state, const std::string& kind, const std::string& record, std::string words) {
    ConnectorItem item;
    item.connector = config_.name;
    item.key = item.name = id;
    item.state = state;
    item.kind = kind;
    item.record = record;
    item.tries = 1;
    item.made_ms = item.ended_ms = desk.now.wall_ms;
    item.words = printable(words);
    const auto known = TRY(desk.store.find(config_.name, id));
    if (known) {
      item.number = known->number;
      item.tries = known->tries + 1;
      return desk.store.set(item);
    }
    if (state == ConnectorItem::State::kFailed) {
      const auto counts = TRY(desk.store.counts(config_.name));
      if (counts.failed >= kFailedEventsKept) TRY(desk.store.forget_failed(config_.name));
    }
    const auto number = TRY(desk.store.add(item));
    if (!number) return {};
    item.number = *number;
    return desk.store.set(item);   // counts it
  }

  const ConnectorConfig config_;
  const WebhookKeys keys_;
  SystemClock clock_;
  std::unique_ptr<HttpServer> server_;
  std::uint64_t told_ms_ = 0, strangers_untold_ = 0;
};

}  // namespace

Result<std::unique_ptr<Connector>> make_webhook_in(const ConnectorConfig& config) {
  if (!parse_loopback(config.texts.at("listen")))
    return fail(Code::kConfig, "listen: is not a loopback address with a port", "write it as 127.0.0.1:5690; the committee's web server stands before it");
  const auto takes = read_incoming(json{{"fields", json::object()}}, config.texts.at("takes"));
  if (!takes) return fail(Code::kConfig, takes.error().what, takes.error().hint);
  WebhookKeys keys = TRY(WebhookKeys::read(config.paths.at("secret_file"), WebhookKeys::Use::kVerify));
  auto out = std::make_unique<WebhookIn>(config, std::move(keys));
  const auto listening = out->listen();
  if (!listening && listening.error().code != Code::kIo) return listening.error();
  return std::unique_ptr<Connector>(std::move(out));
}

}  // namespace liaison
