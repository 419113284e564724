// SPDX-License-Identifier: Apache-2.0
#include "broker/control.h"

#include <nlohmann/json.hpp>

#include "security/audit.h"

namespace liaison {

namespace {

using Json = nlohmann::json;

HttpResponse problem(int status, const Error& error) {
  return {status, "application/problem+json", problem_json(status, code_name(error.code), code_sentence(error.code), error.what, error.hint), {}};
}

int status_for(Code code) {
  if (code == Code::kStorageFull || code == Code::kHalted) return 503;
  if (code == Code::kStore || code == Code::kInternal) return 500;
  return 422;
}

struct ApplyBody { std::optional<std::string> roster, policy; };

Result<ApplyBody> parse_apply(const std::string& body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return fail(Code::kInput, "the body is no JSON object", "send {\"roster\": TEXT, \"policy\": TEXT}, or one of them");
  ApplyBody parsed;
  for (const auto& [name, value] : json.items()) {
    if ((name != "roster" && name != "policy") || !value.is_string()) {
      return fail(Code::kInput, "the body has a field that is neither the text \"roster\" nor the text \"policy\"");
    }
    (name == "roster" ? parsed.roster : parsed.policy) = value.get<std::string>();
  }
  return parsed;
}

HttpResponse apply_page(const HttpRequest& request, Gateway& gateway) {
  const auto body = parse_apply(request.body);
  if (!body) return problem(400, body.error());
  const auto applied = gateway.apply(body->roster, body->policy);
  if (!applied) {
    log_warn("operator.refused", applied.error().what, {{"code", applied.error().code}, {"uid", std::uint64_t{request.peer_uid.value_or(0)}}});
    return problem(status_for(applied.error().code), applied.error());
  }
  Json list = Json::array();
  for (const Applied& one : *applied) {
    list.push_back({{"kind", one.leaf_class == LeafClass::kRoster ? "roster" : "policy"}, {"version", one.version}, {"index", one.index},
                    {"already", one.already}});
  }
  return {200, "application/json", Json{{"applied", list}, {"size", gateway.ledger().size()}}.dump() + "\n", {}};
}

Json charter_json(const Charter& charter) {
  if (charter.roster() == nullptr) return nullptr;
  const Roster& roster = charter.roster()->roster;
  Json members = Json::array();
  for (const RosterMember& member : roster.members) members.push_back({{"id", member.id.str()}, {"port", member.port}, {"net", member.net}});
  return {{"network", roster.network}, {"version", roster.version}, {"expires", rfc3339(roster.expires_ms)}, {"members", members},
          {"policy_sha256", hex(roster.policy_sha256)}, {"policy_version", charter.complete() ? Json(charter.policy()->version) : Json(nullptr)}};
}

HttpResponse status_json(const StatusSource& source) {
  const Gateway& gateway = source.gateway;
  Json ready = Json::array();
  bool all = true;
  for (const ReadyLine& line : readiness(source)) {
    ready.push_back({{"name", line.name}, {"good", line.good}, {"reason", line.reason}});
    all = all && line.good;
  }
  Json connected = Json::object();
  if (source.channel != nullptr) {
    for (const auto& [member, count] : source.channel->connected) connected[member] = count;
  }
  const Json json{{"version", LIAISON_VERSION},
                  {"ready", all},
                  {"checks", ready},
                  {"roster", charter_json(gateway.exchange().charter())},
                  {"log", {{"size", gateway.ledger().size()}, {"root", hex(gateway.ledger().root())}, {"epoch", gateway.ledger().epoch()},
                           {"bytes", source.store_bytes}, {"free_bytes", gateway.room().free_bytes()}}},
                  {"clock", {{"trusted", !gateway.exchange().clock().halted()}, {"reason", gateway.exchange().clock().reason()},
                             {"now", rfc3339_millis(source.now.wall_ms)}}},
                  {"connected", connected}};
  return {200, "application/json", json.dump() + "\n", {}};
}

}  // namespace

HttpResponse control_page(const HttpRequest& request, Gateway& gateway, const StatusSource& source) {
  const bool post = request.method == "POST";
  if (request.path == "/apply" && post) return apply_page(request, gateway);
  if (request.path == "/clock/confirm" && post) {
    gateway.confirm_clock();
    return {200, "application/json", Json{{"confirmed", true}, {"now", rfc3339_millis(source.now.wall_ms)}}.dump() + "\n", {}};
  }
  if (request.path == "/status" && request.method == "GET") return status_json(source);
  return problem(404, fail(Code::kUnknown, "there is no " + request.method + " " + request.path + " here",
                           "POST /apply, POST /clock/confirm, GET /status"));
}

}  // namespace liaison
