// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/routes.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "nodes/api/acts.h"
#include "nodes/api/openapi.h"
#include "nodes/api/consents.h"
#include "nodes/api/procedure_check.h"
#include "nodes/api/procedures.h"
#include "nodes/api/audit_page.h"
#include "nodes/api/connector_acts.h"
#include "nodes/api/explain.h"
#include "nodes/api/interest_acts.h"
#include "nodes/api/overlap_acts.h"
#include "nodes/api/proof.h"
#include "nodes/api/proposals.h"
#include "nodes/api/publication.h"
#include "nodes/api/record_acts.h"
#include "nodes/api/route_table.h"
#include "nodes/api/today.h"
#include "nodes/api/visit_status.h"
#include "nodes/domain/record_json.h"
#include "nodes/metrics.h"
#include "security/audit.h"
#include "security/hash.h"

namespace liaison {

namespace {

using nlohmann::json;

HttpResponse json_answer(int status, const json& value) {
  return {status, "application/json", value.dump(-1, ' ', false, json::error_handler_t::replace), {}};
}

HttpResponse problem_answer(int status, const Error& error) {
  return {status, "application/problem+json", problem_json(status, code_name(error.code), code_sentence(error.code), error.what, error.hint), {}};
}

int status_of(Code code) {
  switch (code) {
    case Code::kPolicy:
    case Code::kMarking:
    case Code::kEncryptionRequired:
    case Code::kNotOwner:
    case Code::kPermission: return 403;
    case Code::kUnknown: return 404;
    case Code::kRevision:
    case Code::kTransition: return 409;
    case Code::kQuota: return 429;
    case Code::kBusy:
    case Code::kStore:
    case Code::kHalted:
    case Code::kStorageFull: return 503;
    case Code::kInternal: return 500;
    default: return 400;
  }
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    const auto end = std::min(path.find('/'), path.size());
    out.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

bool flag(const HttpRequest& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found != request.query.end() && (found->second == "1" || found->second == "true");
}

std::string header(const HttpRequest& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

bool is_request_id(std::string_view text) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), good);
}

// If-Match: "3", or the whole ETag, "3-9f86d081884c7d65": what others have said to revision 3 since does not stand in the way of a change.
Result<std::uint32_t> revision_in(const HttpRequest& request) {
  const std::string text = header(request, "if-match");
  const auto wrong = fail(Code::kInput, "the header If-Match with the revision that was seen is missing", "send If-Match: \"3\" for a change of revision 3");
  if (text.size() < 3 || text.front() != '"' || text.back() != '"') return wrong;
  std::uint32_t revision = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size() - 1, revision);
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - 1 - end));
  const auto hexadecimal = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  const bool tag = rest.size() == 17 && rest[0] == '-' && std::all_of(rest.begin() + 1, rest.end(), hexadecimal);
  if (error != std::errc() || text[1] == '0' || (!rest.empty() && !tag)) return wrong;
  return revision;
}

// Whether If-None-Match names this tag: "a", W/"b", *. A revision alone asks for a newer revision only.
bool names_tag(std::string_view list, const std::string& tag, const std::string& revision) {
  while (!list.empty()) {
    std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), one.size() + 1));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || one == tag || one == revision) return true;
  }
  return false;
}

// 0 when it was not given.
Result<std::uint64_t> number_in(const HttpRequest& request, const std::string& name) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return std::uint64_t{0};
  const std::string& text = found->second;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number > 0) return std::uint64_t{number};
  return fail(Code::kInput, name + ": \"" + text.substr(0, 32) + "\" is not a number from 1 on", "leave it out when it stays as it is");
}

// What a request id belongs to besides path and body.
std::string draft_words(const HttpRequest& request) {
  const auto on_revision = request.query.find("on_revision");
  return std::string(flag(request, "draft") ? "\ndraft" : "") + (on_revision == request.query.end() ? "" : "\n" + on_revision->second);
}

HttpResponse performed_answer(const Performed& done) {
  HttpResponse out = json_answer(done.status, done.body);
  if (done.refused() && done.body.is_object() && done.body.contains("code")) out.type = "application/problem+json";
  return out;
}

// How deep lists and objects stand in each other: what copies and prints JSON calls itself once for each.
constexpr std::size_t kNestingMax = 64;
std::size_t nesting_of(std::string_view text) {
  std::size_t depth = 0, most = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') ++i;
    else if (c == '"') quoted = !quoted;
    else if (!quoted && (c == '[' || c == '{')) most = std::max(most, ++depth);
    else if (!quoted && (c == ']' || c == '}') && depth > 0) --depth;
  }
  return most;
}

json kinds_json() {
  json out = json::array();
  for (const RecordKind& kind : record_kinds()) out.push_back(record_kind_json(kind));
  return {{"items", std::move(out)}};
}

// All that is known of a State: visits and findings, the newest records, and what is due.
Result<json> state_json(Node& node, const std::string& name, std::int64_t today) {
  json page = TRY(node.visits().state_page(name, today));
  const std::string alpha3 = page["alpha3"];
  const json records = TRY(node.records().list({{"state", alpha3}, {"limit", "50"}}));
  page["records"] = records["items"];
  page["more_records"] = !records["next"].is_null();
  page["dues"] = TRY(node.records().dues({{"state", alpha3}, {"limit", "50"}}, today))["items"];
  return page;
}

HttpResponse not_found(const HttpRequest& request) {
  return problem_answer(404, fail(Code::kUnknown, "there is nothing at " + request.method + " " + request.path.substr(0, 200), "see nodes/api/README.md"));
}

}  // namespace

HttpResponse Routes::problem(const Error& error) {
  if (error.code == Code::kStore || error.code == Code::kInternal) {
    log_error("api.failed", error.what, {{"code", error.code}});
    if (error.code == Code::kStore) failure_ = error;
  }
  return problem_answer(status_of(error.code), error);
}

HttpResponse Routes::answer(const HttpRequest& request, Now now) {
  ++requests_;
  try {
    return route(request, now);
  } catch (const json::exception& trouble) {
    // The act that it cut off has taken itself back.
    log_warn("api.type", trouble.what());
    return problem_answer(400, fail(Code::kInput, "a field of the request has another type than expected", "see nodes/api/README.md"));
  }
}

HttpResponse Routes::route(const HttpRequest& request, Now now) {
  const auto path = segments_of(request.path);
  if (path.size() == 1 && path[0] == "metrics" && request.method == "GET")
    return {200, "text/plain; version=0.0.4; charset=utf-8", node_metrics(node_, link_, connectors_, requests_, now), {}};
  if (path.size() < 3 || path[0] != "api" || path[1] != "v1") return not_found(request);
  const std::vector<std::string> rest(path.begin() + 2, path.end());
  const auto known = routes_at(rest);
  if (known.empty()) return not_found(request);
  std::string methods;
  bool has_method = false;
  for (const Route* one : known) {
    methods += (methods.empty() ? "" : ", ") + one->method;
    has_method = has_method || one->method == request.method;
  }
  if (!has_method) {
    HttpResponse wrong =
        problem_answer(405, fail(Code::kInput, request.path.substr(0, 200) + " does not know " + request.method.substr(0, 20), "it knows " + methods));
    wrong.headers["Allow"] = methods;
    return wrong;
  }
  if (request.method == "GET") return view(rest, request, now);
  return write(rest, request, now);
}

// The tag of the whole answer: with the revision, since that is what a change is made on.
HttpResponse Routes::tagged(const HttpRequest& request, const Result<json>& found) {
  if (!found) return problem(found.error());
  HttpResponse answer = json_answer(200, *found);
  const std::string revision = std::to_string(found->value("revision", 0U));
  const std::string tag = "\"" + revision + "-" + hex(sha256({view_of(answer.body)})).substr(0, 16) + "\"";
  if (names_tag(header(request, "if-none-match"), tag, "\"" + revision + "\"")) answer = {304, "application/json", "", {}};
  answer.headers["ETag"] = tag;
  return answer;
}

HttpResponse Routes::status(Now now) {
  const auto found = status_json(node_, {link_.state(), link_.since_ms(), link_.trouble(), broker_address_}, now);
  return found ? json_answer(200, *found) : problem(found.error());
}

HttpResponse Routes::view(const std::vector<std::string>& path, const HttpRequest& request, Now now) {
  const auto give = [&](const Result<json>& found) { return found ? json_answer(200, *found) : problem(found.error()); };
  if (path[0] == "messages") return message_view(path, request);
  const auto told = [&](const Result<json>& found) { return found ? give(with_deliveries(node_, *found)) : problem(found.error()); };
  if (path[0] == "visits" && path.size() == 2 && node_.overlaps().is_hidden(path[1])) return give(node_.overlaps().show(path[1]));
  if (path[0] == "visits" && path.size() == 2) {
    const auto shown = shown_visit(node_, path[1]);
    return tagged(request, shown ? with_deliveries(node_, *shown) : shown);
  }
  if (path[0] == "visits" && path.size() == 3 && path[2] == "history") return told(node_.visits().history(path[1]));
  if (path[0] == "visits" && path.size() == 3 && path[2] == "status") return give(visit_status_json(node_, path[1]));
  if (path[0] == "states" && path.size() == 2) return give(state_json(node_, path[1], day_there(node_, now)));
  if (path[0] == "records" || path[0] == "kinds") return record_view(path, request, now);
  if (path[0] == "proposals" && path.size() == 2) return give(proposal(node_, path[1], request.query, now));
  if (path[0] == "drafts" && path.size() == 2)
    return give(shown_draft(node_, path[1], {{}, true, now, actors_.name_of(request.peer_uid), request.peer_uid, path[1], true}, performer()));
  if (path[0] == "interests" && path.size() == 2) return give(shown_interest(node_, path[1], request.query));
  if (path[0] == "connectors") return connector_view(path, request, now);
  if (path.size() != 1) return not_found(request);
  if (path[0] == "interests") return give(interests_json(node_, request.query));
  if (path[0] == "calendar") return give(calendar_with_hidden(node_, request.query));
  if (path[0] == "today") return give(today_json(node_, request.query, now));
  if (path[0] == "dues") return give(node_.records().dues(request.query, day_there(node_, now)));
  if (path[0] == "search") return give(node_.views().search(request.query));
  if (path[0] == "status") return status(now);
  if (path[0] == "visits") return give(visits_page(node_, request.query));
  if (path[0] == "conflicts") return give(conflicts_page(node_, request.query));
  if (path[0] == "overlaps") return give(node_.overlaps().questions());
  if (path[0] == "alarms") return give(alarms_json(node_, request.query));
  if (path[0] == "log") return give(log_json(node_));
  if (path[0] == "drafts") return give(draft_page(node_, request.query));
  if (path[0] == "explain") return give(explained(node_, request.query, now));
  if (path[0] == "audit") return give(audit_page(node_, request.query));
  if (path[0] == "events") return {200, "text/event-stream", events_.after(header(request, "last-event-id"), now.wall_ms), {}};
  if (path[0] == "openapi.json") return {200, "application/json", openapi_text(), {}};
  return not_found(request);
}

HttpResponse Routes::record_view(const std::vector<std::string>& path, const HttpRequest& request, Now now) {
  const std::int64_t today = day_there(node_, now);
  const auto give = [&](const Result<json>& found) { return found ? json_answer(200, *found) : problem(found.error()); };
  const auto told = [&](const Result<json>& found) { return found ? give(with_deliveries(node_, *found)) : problem(found.error()); };
  if (path[0] == "kinds") {
    if (path.size() == 1) return json_answer(200, kinds_json());
    const RecordKind* kind = path.size() == 2 ? record_kind(path[1]) : nullptr;
    return kind == nullptr ? not_found(request) : json_answer(200, record_kind_json(*kind));
  }
  if (path.size() == 1) return give(node_.records().list(request.query));
  if (path.size() == 2) {
    const auto shown = shown_record(node_, path[1], today);
    return tagged(request, shown ? with_deliveries(node_, *shown) : shown);
  }
  if (path.size() == 3 && path[2] == "history") return told(node_.records().history(path[1]));
  if (path.size() == 3 && path[2] == "status") return give(record_status_json(node_, path[1]));
  if (path.size() == 3 && path[2] == "clock") return give(procedure_clock_json(node_, path[1]));
  if (path.size() == 3 && path[2] == "check") return give(procedure_check_json(node_, path[1]));
  if (path.size() == 3 && path[2] == "confirmations") return give(consent_confirmations_json(node_, path[1], now));
  if (path.size() == 3 && path[2] == "publication") return give(publication_json(node_, path[1], now));
  return not_found(request);
}

HttpResponse Routes::message_view(const std::vector<std::string>& path, const HttpRequest& request) {
  const auto give = [&](const Result<json>& found) { return found ? json_answer(200, *found) : problem(found.error()); };
  if (path.size() == 1) return give(message_page(node_, request.query));
  const auto row = find_message(node_, path[1]);
  if (!row) return problem(row.error());
  if (path.size() == 2) return give(message_json(node_, *row));
  if (path.size() == 3 && path[2] == "trace") return give(trace_json(node_, *row));
  if (path.size() == 3 && path[2] == "proof")
    return give(proof_json(node_, *row, flag(request, "open") ? ContentKeyIn::kIncluded : ContentKeyIn::kLeftOut));
  return not_found(request);
}

// One id, one result: the answer is stored in the act's own transaction.
HttpResponse Routes::write(const std::vector<std::string>& path, const HttpRequest& request, Now now) {
  const std::string request_id = header(request, "idempotency-key");
  const Act what{request_id, flag(request, "dry_run"), now, actors_.name_of(request.peer_uid), request.peer_uid, {}, false};
  if (what.dry_run) return act(path, request, what);
  if (!origin_of(request_id).empty())
    return problem(fail(Code::kInput, "the header Idempotency-Key begins as those of connectors do", "begin it with another letter than c and a point"));
  if (!is_request_id(request_id))
    return problem(fail(Code::kInput, "the header Idempotency-Key is missing or malformed", "send 1 to 64 of A-Z a-z 0-9 . _ -, a new one for each new act"));
  const Hash subject = sha256({view_of(request.method), view_of("\n"), view_of(request.path), view_of("\n"), view_of(header(request, "if-match")),
                               view_of("\n"), view_of(request.body), view_of(draft_words(request))});
  const auto before = node_.store().answer(request_id);
  if (!before) return problem(before.error());
  if (*before) {
    if ((*before)->subject == subject) return {(*before)->status, "application/json", (*before)->body, {}};
    return problem_answer(409, fail(Code::kInput, "this Idempotency-Key was used for another request", "use a new one for a new act"));
  }
  HttpResponse done = act(path, request, what);
  if (done.status / 100 != 2) return done;
  auto kept = node_.store().set_answer(request_id, {subject, done.status, done.body}, now.wall_ms);
  if (kept) kept = settle_();
  return kept ? done : problem(kept.error());
}

HttpResponse Routes::act_for(const HttpRequest& request, const std::string& actor, const std::string& request_id, Now now) {
  ++requests_;
  const Act what{request_id, flag(request, "dry_run"), now, actor, {}, {}, false};
  try {
    return act(segments_of(request.path), request, what);
  } catch (const json::exception& trouble) {
    log_warn("api.type", trouble.what());
    return problem_answer(400, fail(Code::kInput, "a field has another type than expected", "see nodes/api/README.md"));
  }
}

HttpResponse Routes::act(const std::vector<std::string>& path, const HttpRequest& request, const Act& what) {
  if (nesting_of(request.body) > kNestingMax)
    return problem(fail(Code::kInput, "the request's body holds lists within lists more than " + std::to_string(kNestingMax) + " deep", "no field needs that"));
  const json body = json::parse(request.body, nullptr, false);
  if (body.is_discarded() || !body.is_object()) return problem(fail(Code::kInput, "the request's body is no JSON object"));
  if (path[0] == "drafts") return draft_act(path, request, body, what);
  if (path[0] == "interests") return interest_act(path, request, body, what);
  if (path[0] == "connectors") return connector_act(path, request, body, what);
  return flag(request, "draft") ? keep(path, request, body, what) : perform(path, request, body, what);
}

HttpResponse Routes::perform(const std::vector<std::string>& path, const HttpRequest& request, const json& body, const Act& what) {
  const auto give = [&](int good, const Result<json>& made) { return made ? json_answer(good, *made) : problem(made.error()); };
  const bool post = request.method == "POST";
  if (path[0] == "records") return record_act(path, request, body, what);
  if (path[0] != "visits") return not_found(request);
  if (post && path.size() == 1 && body.contains("overlap_only")) return hidden_act(path, body, what);
  if (post && path.size() == 1) return give(what.dry_run ? 200 : 201, plan_visit(node_, body, what));
  if (path.size() > 1 && node_.overlaps().is_hidden(path[1]) && (path.size() < 3 || (path[2] != "withdraw" && path[2] != "disclose")))
    return problem(fail(Code::kTransition, path[1] + " is overlap only: it can be withdrawn and shown, and nothing else",
                        "withdraw it and plan it anew: liaison visit withdraw " + path[1]));
  if (post && path.size() == 3 && (path[2] == "withdraw" || path[2] == "disclose")) return hidden_act(path, body, what);
  if (post && path.size() == 2 && path[1] == "import")
    return import(what, [&](json& answer) { return import_visits(node_, body, what, answer); });
  if (post && path.size() == 3 && path[2] == "answers") return give(what.dry_run ? 200 : 201, answer_visit(node_, path[1], body, what));
  if (post && path.size() == 3 && path[2] == "recall") return give(what.dry_run ? 200 : 201, recall_visit(node_, path[1], body, what));
  if (!post && path.size() == 2) {
    const auto revision = revision_in(request);
    if (!revision) return problem(revision.error());
    return give(200, change_visit(node_, path[1], *revision, body, what));
  }
  return not_found(request);
}

// As if it were asked now.
Perform Routes::performer() {
  return [this](const Asked& asked, const Act& act) {
    HttpRequest request;
    request.method = asked.method;
    if (asked.revision != 0) request.headers["if-match"] = "\"" + std::to_string(asked.revision) + "\"";
    const HttpResponse done = perform(asked.path, request, asked.body, act);
    return Performed{done.status, json::parse(done.body, nullptr, false)};
  };
}

HttpResponse Routes::keep(const std::vector<std::string>& path, const HttpRequest& request, const json& body, const Act& what) {
  const bool hidden = path[0] == "visits" && (body.contains("overlap_only") || (path.size() == 3 && (path[2] == "withdraw" || path[2] == "disclose")));
  if (hidden)
    return problem(fail(Code::kInput, "draft: what is said of a plan that is kept back is no draft", "it stays at this node in any case: leave --draft out"));
  Asked asked{request.method, path, 0, body};
  if (request.method == "PATCH") {
    const auto revision = revision_in(request);
    if (!revision) return problem(revision.error());
    asked.revision = *revision;
  }
  const auto kept = keep_draft(node_, asked, what, performer());
  return kept ? performed_answer(*kept) : problem(kept.error());
}

HttpResponse Routes::draft_act(const std::vector<std::string>& path, const HttpRequest& request, const json& body, const Act& what) {
  const auto give = [&](const Result<Performed>& done) { return done ? performed_answer(*done) : problem(done.error()); };
  const bool post = request.method == "POST";
  if (post && path.size() == 3 && path[2] == "discard") {
    const auto gone = discard_draft(node_, path[1], what);
    return gone ? json_answer(200, *gone) : problem(gone.error());
  }
  const bool release = post && path.size() == 3 && path[2] == "release";
  if (!release && (post || path.size() != 2)) return not_found(request);
  const auto version = revision_in(request);
  if (!version) return problem(version.error());
  if (release) return give(release_draft(node_, path[1], *version, what, performer()));
  const auto on_revision = number_in(request, "on_revision");
  if (!on_revision) return problem(on_revision.error());
  return give(change_draft(node_, path[1], *version, *on_revision, body, what, performer()));
}

HttpResponse Routes::interest_act(const std::vector<std::string>& path, const HttpRequest& request, const json& body, const Act& what) {
  const auto give = [&](int good, const Result<json>& done) { return done ? json_answer(good, *done) : problem(done.error()); };
  if (flag(request, "draft")) return problem(fail(Code::kInput, "draft: an interest is no draft", "it stays at this node in any case: leave draft out"));
  if (path.size() == 1) return give(what.dry_run ? 200 : 201, make_interest(node_, body, what));
  if (path[2] == "seen") return give(200, mark_interest_seen(node_, path[1], body, what));
  return give(200, remove_interest(node_, path[1], body, what));
}

HttpResponse Routes::connector_view(const std::vector<std::string>& path, const HttpRequest& request, Now now) {
  const auto found = connector_answer(node_, *this, connectors_, path, request.query, now);
  return found ? json_answer(200, *found) : problem(found.error());
}

HttpResponse Routes::connector_act(const std::vector<std::string>& path, const HttpRequest& request, const json& body, const Act& what) {
  if (flag(request, "draft"))
    return problem(fail(Code::kInput, "draft: what a connector is told is no draft", "it stays at this node in any case: leave draft out"));
  const auto done = tell_connector(node_, connectors_, path, body, what);
  return done ? json_answer(path.size() == 3 && path[2] == "test" ? 202 : 200, *done) : problem(done.error());
}

// Plans that are kept back.
HttpResponse Routes::hidden_act(const std::vector<std::string>& path, json body, const Act& what) {
  const auto give = [&](const Result<json>& made) { return made ? json_answer(what.dry_run ? 200 : 201, *made) : problem(made.error()); };
  if (path.size() == 3 && path[2] == "disclose") return give(disclose_hidden(node_, path[1], body, what));
  if (path.size() == 3) return give(withdraw_hidden(node_, path[1], what));
  const json wanted = body["overlap_only"];
  body.erase("overlap_only");
  if (wanted == true) return give(plan_hidden(node_, body, what));
  if (wanted == false) return give(plan_visit(node_, body, what));
  return problem(fail(Code::kInput, "overlap_only: is neither true nor false", "true keeps the plan at this node"));
}

// Rows, all or nothing.
HttpResponse Routes::import(const Act& what, const std::function<Result<bool>(json&)>& rows) {
  json answer;
  if (what.dry_run) {
    // What was queued under this id is not checked again: it needs no room, and its second try changes nothing.
    const auto before = node_.store().answer(what.request_id);
    if (!before) return problem(before.error());
    if (*before) {
      answer = json::parse((*before)->body, nullptr, false);
      answer["queued_before"] = true;
      return json_answer(200, answer);
    }
  }
  const auto stored = rows(answer);
  if (!stored) return problem(stored.error());
  if (what.dry_run) answer["queued_before"] = false;
  return json_answer(*stored ? (what.dry_run ? 200 : 201) : 400, answer);
}

HttpResponse Routes::record_act(const std::vector<std::string>& path, const HttpRequest& request, const json& body, const Act& what) {
  const auto give = [&](int good, const Result<json>& made) { return made ? json_answer(good, *made) : problem(made.error()); };
  const bool post = request.method == "POST";
  const int made = what.dry_run ? 200 : 201;
  const RecordKind* kind = post && path.size() >= 2 ? record_kind(path[1]) : nullptr;
  if (kind != nullptr && path.size() == 2) return give(made, create_record(node_, *kind, body, what));
  if (kind != nullptr && path.size() == 3 && path[2] == "import")
    return import(what, [&](json& answer) { return import_records(node_, *kind, body, what, answer); });
  if (post && path.size() == 3 && path[2] == "answers") return give(made, answer_record(node_, path[1], body, what));
  if (post && path.size() == 3 && path[2] == "recall") return give(made, recall_record(node_, path[1], body, what));
  if (post && path.size() == 3 && path[2] == "close") return give(made, close_procedure(node_, path[1], body, what));
  if (post && path.size() == 3 && path[2] == "extend") return give(made, extend_procedure(node_, path[1], body, what));
  if (post || path.size() != 2) return not_found(request);
  const auto revision = revision_in(request);
  if (!revision) return problem(revision.error());
  return give(200, change_record(node_, path[1], *revision, body, what));
}

}  // namespace liaison
