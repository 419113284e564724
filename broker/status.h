// SPDX-License-Identifier: Apache-2.0
// What the broker shows of itself on loopback HTTP: /livez, /readyz (?verbose), /metrics, /checkpoint. Reading only, and
// nothing that a member may not know. Runs on the loop's thread between two steps.
#pragma once

#include <string>
#include <vector>

#include "broker/gateway.h"
#include "security/http.h"

namespace liaison {

// Everything the page reads; outlives the call. `channel` is null while no endpoint is bound.
struct StatusSource {
  const Gateway& gateway;
  const ChannelCounters* channel = nullptr;
  std::size_t endpoints = 0;
  std::uint64_t store_bytes = 0;
  Now now;
};

// One thing the broker must be able to do now.
struct ReadyLine { std::string name; bool good = false; std::string reason; };
std::vector<ReadyLine> readiness(const StatusSource& source);

HttpResponse status_page(const HttpRequest& request, const StatusSource& source);
// Prometheus text format 0.0.4.
std::string metrics_text(const StatusSource& source);

}  // namespace liaison
