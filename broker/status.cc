// SPDX-License-Identifier: Apache-2.0
#include "broker/status.h"

#include <algorithm>

namespace liaison {

namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

ReadyLine roster_line(const StatusSource& source) {
  const Charter& charter = source.gateway.exchange().charter();
  if (charter.roster() == nullptr) return {"roster", false, "waiting for the first roster"};
  if (!charter.complete()) return {"roster", false, "waiting for the policy that the first roster names"};
  const Roster& roster = charter.roster()->roster;
  const TimeMs now = std::max(source.now.wall_ms, source.gateway.exchange().last_accept_ms());
  const std::string which = "version " + std::to_string(roster.version) + ", ";
  if (now > roster.expires_ms) return {"roster", false, which + "expired on " + rfc3339(roster.expires_ms)};
  return {"roster", true, which + "expires on " + rfc3339(roster.expires_ms)};
}

ReadyLine sign_line(const StatusSource& source) {
  const Ledger& ledger = source.gateway.ledger();
  if (ledger.note().empty()) return {"sign", false, "no checkpoint yet"};
  return {"sign", true, "checkpoint of " + std::to_string(ledger.size()) + " entries"};
}

// Never a reason not to be ready: what is served is checked when it is read.
ReadyLine check_line(const StatusSource& source) {
  const LateCheck& check = source.gateway.ledger().late_check();
  if (check.done()) return {"check", true, "the whole log has been read since the start"};
  return {"check", true, std::to_string(check.checked()) + " of " + std::to_string(check.end()) + " older entries read since the start"};
}

ReadyLine store_line(const StatusSource& source) {
  const RoomWatch& watch = source.gateway.room();
  const std::string free = mebibytes(watch.free_bytes()) + " free to write";
  switch (watch.room()) {
    case Room::kAll: return {"store", true, free};
    case Room::kReceipts: return {"store", false, free + ", below " + mebibytes(watch.free_bytes_min()) + ": only receipts are taken"};
    case Room::kNothing: return {"store", false, free + ": nothing is taken"};
  }
  return {"store", false, free};
}

ReadyLine clock_line(const StatusSource& source) {
  const ClockWatch& clock = source.gateway.exchange().clock();
  if (!clock.halted()) return {"clock", true, "trusted"};
  return {"clock", false, clock.reason() + "; set it, then run: liaison broker clock confirm"};
}

ReadyLine deliver_line(const StatusSource& source) {
  const std::size_t members = source.gateway.exchange().charter().members().size();
  if (source.channel == nullptr) return {"deliver", false, "no endpoint is bound"};
  const std::string count = std::to_string(source.endpoints) + " of " + std::to_string(members) + " endpoints bound";
  if (source.channel->door_shut) return {"deliver", false, count + ", but no new connections are taken: too many are open"};
  return {"deliver", source.endpoints == members, count};
}

HttpResponse ready_page(const StatusSource& source, bool verbose) {
  const std::vector<ReadyLine> lines = readiness(source);
  const bool ready = std::all_of(lines.begin(), lines.end(), [](const ReadyLine& line) { return line.good; });
  HttpResponse response{ready ? 200 : 503, std::string(kText), {}, {}};
  for (const ReadyLine& line : lines) {
    if (verbose || !line.good) response.body += (line.good ? "[+] " : "[-] ") + line.name + ": " + line.reason + "\n";
  }
  response.body += ready ? "ready\n" : "not ready\n";
  return response;
}

HttpResponse checkpoint_page(const StatusSource& source) {
  if (source.gateway.ledger().note().empty()) return {404, std::string(kText), "no checkpoint yet\n", {}};
  return {200, std::string(kText), source.gateway.ledger().note(), {}};
}

}  // namespace

std::vector<ReadyLine> readiness(const StatusSource& source) {
  return {roster_line(source), sign_line(source), check_line(source), store_line(source), clock_line(source), deliver_line(source)};
}

HttpResponse status_page(const HttpRequest& request, const StatusSource& source) {
  if (request.method != "GET" && request.method != "HEAD") return {405, std::string(kText), "only GET is answered here\n", {{"Allow", "GET"}}};
  if (request.path == "/livez") return {200, std::string(kText), "alive\n", {}};
  if (request.path == "/readyz") return ready_page(source, request.query.contains("verbose"));
  if (request.path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(source), {}};
  if (request.path == "/checkpoint") return checkpoint_page(source);
  return {404, std::string(kText), "there is /livez, /readyz, /readyz?verbose, /metrics and /checkpoint\n", {}};
}

}  // namespace liaison
