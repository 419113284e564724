// SPDX-License-Identifier: Apache-2.0
// The node's local HTTP API (README.md beside this): which request is which act or view, request ids, problems. One thread,
// the node's: requests are drained there. A write is answered only after its commit.
#pragma once

#include <functional>
#include <string>

#include "nodes/api/act.h"
#include "nodes/api/actor.h"
#include "nodes/api/draft_acts.h"
#include "nodes/api/event_ring.h"
#include "nodes/api/messages.h"
#include "nodes/link.h"
#include "nodes/node.h"
#include "security/http.h"

namespace liaison {

class Connectors;

class Routes {
 public:
  // `settle` makes what was done durable and lets it out; an error means that nothing was stored.
  using Settle = std::function<Result<void>()>;
  Routes(Node& node, const Link& link, std::string broker_address, Settle settle)
      : node_(node), link_(link), broker_address_(std::move(broker_address)), settle_(std::move(settle)) {}

  HttpResponse answer(const HttpRequest& request, Now now);
  // An act of a connector on the node's thread: `path` is below /api/v1. Nothing is settled: its caller stores it with its own rows, which also know
  // what was done before. A kStore failure is told by take_failure() as well.
  HttpResponse act_for(const HttpRequest& request, const std::string& actor, const std::string& request_id, Now now);
  // The node's connectors, where it has any: they outlive the requests. Null: none.
  void set_connectors(Connectors* connectors) { connectors_ = connectors; }
  // The database failed in a request: the owner must end the process or load anew.
  std::optional<Error> take_failure() { return std::exchange(failure_, std::nullopt); }
  std::uint64_t requests() const { return requests_; }
  // What readers of GET /events may have missed: its owner adds what happens.
  EventRing& events() { return events_; }

 private:
  HttpResponse problem(const Error& error);
  HttpResponse route(const HttpRequest& request, Now now);
  HttpResponse view(const std::vector<std::string>& path, const HttpRequest& request, Now now);
  HttpResponse tagged(const HttpRequest& request, const Result<nlohmann::json>& found);
  HttpResponse record_view(const std::vector<std::string>& path, const HttpRequest& request, Now now);
  HttpResponse record_act(const std::vector<std::string>& path, const HttpRequest& request, const nlohmann::json& body, const Act& what);
  HttpResponse hidden_act(const std::vector<std::string>& path, nlohmann::json body, const Act& what);
  HttpResponse import(const Act& what, const std::function<Result<bool>(nlohmann::json&)>& rows);
  HttpResponse message_view(const std::vector<std::string>& path, const HttpRequest& request);
  HttpResponse write(const std::vector<std::string>& path, const HttpRequest& request, Now now);
  HttpResponse act(const std::vector<std::string>& path, const HttpRequest& request, const Act& what);
  HttpResponse connector_view(const std::vector<std::string>& path, const HttpRequest& request, Now now);
  HttpResponse connector_act(const std::vector<std::string>& path, const HttpRequest& request, const nlohmann::json& body, const Act& what);
  HttpResponse perform(const std::vector<std::string>& path, const HttpRequest& request, const nlohmann::json& body, const Act& what);
  Perform performer();
  HttpResponse keep(const std::vector<std::string>& path, const HttpRequest& request, const nlohmann::json& body, const Act& what);
  HttpResponse draft_act(const std::vector<std::string>& path, const HttpRequest& request, const nlohmann::json& body, const Act& what);
  HttpResponse interest_act(const std::vector<std::string>& path, const HttpRequest& request, const nlohmann::json& body, const Act& what);
  HttpResponse status(Now now);

  Node& node_;
  const Link& link_;
  std::string broker_address_;
  Connectors* connectors_ = nullptr;
  Actors actors_;
  Settle settle_;
  EventRing events_;
  std::optional<Error> failure_;
  std::uint64_t requests_ = 0;
};

}  // namespace liaison
