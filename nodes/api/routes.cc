// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/routes.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "nodes/api/acts.h"
#include "nodes/api/overlap_acts.h"
#include "nodes/api/proof.h"
#include "nodes/api/proposals.h"
#include "nodes/api/record_acts.h"
#include "nodes/api/today.h"
#include "nodes/api/visit_status.h"
#include "nodes/domain/record_json.h"
#include "nodes/metrics.h"
#include "security/audit.h"
#include "security/hash.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr TimeMs kDayMs = 86'400'000;

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

std::vector<std::string> parts_of(std::string_view path) {
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

// If-Match: "3"
Result<std::uint32_t> revision_in(const HttpRequest& request) {
  const std::string text = header(request, "if-match");
  const auto wrong = fail(Code::kInput, "the header If-Match with the revision that was seen is missing", "send If-Match: \"3\" for a change of revision 3");
  if (text.size() < 3 || text.front() != '"' || text.back() != '"') return wrong;
  std::uint32_t revision = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size() - 1, revision);
  if (error != std::errc() || end != text.data() + text.size() - 1) return wrong;
  return revision;
}

json kinds_json() {
  json out = json::array();
  for (const RecordKind& kind : record_kinds()) out.push_back(record_kind_json(kind));
  return {{"items", std::move(out)}};
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
  const auto path = parts_of(request.path);
  if (path.size() == 1 && path[0] == "metrics" && request.method == "GET")
    return {200, "text/plain; version=0.0.4; charset=utf-8", node_metrics(node_, link_, requests_, now), {}};
  if (path.size() < 3 || path[0] != "api" || path[1] != "v1") return not_found(request);
  const std::vector<std::string> rest(path.begin() + 2, path.end());
  if (request.method == "GET") return view(rest, request, now);
  if (request.method == "POST" || request.method == "PATCH") return write(rest, request, now);
  return problem_answer(405, fail(Code::kInput, "the API knows GET, POST and PATCH"));
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
  if (path[0] == "visits" && path.size() == 2) return told(shown_visit(node_, path[1]));
  if (path[0] == "visits" && path.size() == 3 && path[2] == "history") return told(node_.visits().history(path[1]));
  if (path[0] == "visits" && path.size() == 3 && path[2] == "status") return give(visit_status_json(node_, path[1]));
  if (path[0] == "states" && path.size() == 2) return give(node_.visits().state_page(path[1], static_cast<std::int64_t>(now.wall_ms / kDayMs)));
  if (path[0] == "records" || path[0] == "kinds" || path[0] == "dues") return record_view(path, request, now);
  if (path[0] == "proposals" && path.size() == 2) return give(proposal(node_, path[1], request.query, now));
  if (path.size() != 1) return not_found(request);
  if (path[0] == "calendar") return give(calendar_with_hidden(node_, request.query));
  if (path[0] == "today") return give(today_json(node_, request.query, now));
  if (path[0] == "search") return give(node_.views().search(request.query));
  if (path[0] == "status") return status(now);
  if (path[0] == "visits") return give(visits_page(node_, request.query));
  if (path[0] == "conflicts") return give(conflicts_page(node_, request.query));
  if (path[0] == "overlaps") return give(node_.overlaps().questions());
  if (path[0] == "alarms") return give(alarms_json(node_, request.query));
  if (path[0] == "log") return give(log_json(node_));
  if (path[0] == "events") return {200, "text/event-stream", "", {}};
  return not_found(request);
}

HttpResponse Routes::record_view(const std::vector<std::string>& path, const HttpRequest& request, Now now) {
  const auto today = static_cast<std::int64_t>(now.wall_ms / kDayMs);
  const auto give = [&](const Result<json>& found) { return found ? json_answer(200, *found) : problem(found.error()); };
  const auto told = [&](const Result<json>& found) { return found ? give(with_deliveries(node_, *found)) : problem(found.error()); };
  if (path[0] == "kinds") {
    if (path.size() == 1) return json_answer(200, kinds_json());
    const RecordKind* kind = path.size() == 2 ? record_kind(path[1]) : nullptr;
    return kind == nullptr ? not_found(request) : json_answer(200, record_kind_json(*kind));
  }
  if (path[0] == "dues") return path.size() == 1 ? give(node_.records().dues(request.query, today)) : not_found(request);
  if (path.size() == 1) return give(node_.records().list(request.query));
  if (path.size() == 2) return told(shown_record(node_, path[1], today));
  if (path.size() == 3 && path[2] == "history") return told(node_.records().history(path[1]));
  if (path.size() == 3 && path[2] == "status") return give(record_status_json(node_, path[1]));
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
  if (flag(request, "dry_run")) return act(path, request, request_id, now);
  if (!is_request_id(request_id))
    return problem(fail(Code::kInput, "the header Idempotency-Key is missing or malformed", "send 1 to 64 of A-Z a-z 0-9 . _ -, a new one for each new act"));
  const Hash subject = sha256({view_of(request.method), view_of("\n"), view_of(request.path), view_of("\n"), view_of(header(request, "if-match")),
                               view_of("\n"), view_of(request.body)});
  const auto before = node_.store().answer(request_id);
  if (!before) return problem(before.error());
  if (*before) {
    if ((*before)->subject == subject) return {(*before)->status, "application/json", (*before)->body, {}};
    return problem_answer(409, fail(Code::kInput, "this Idempotency-Key was used for another request", "use a new one for a new act"));
  }
  HttpResponse done = act(path, request, request_id, now);
  if (done.status / 100 != 2) return done;
  auto kept = node_.store().set_answer(request_id, {subject, done.status, done.body}, now.wall_ms);
  if (kept) kept = settle_();
  return kept ? done : problem(kept.error());
}

HttpResponse Routes::act(const std::vector<std::string>& path, const HttpRequest& request, const std::string& request_id, Now now) {
  const json body = json::parse(request.body, nullptr, false);
  if (body.is_discarded() || !body.is_object()) return problem(fail(Code::kInput, "the request's body is no JSON object"));
  const Act what{request_id, flag(request, "dry_run"), now, actors_.name_of(request.peer_uid)};
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
  if (post || path.size() != 2) return not_found(request);
  const auto revision = revision_in(request);
  if (!revision) return problem(revision.error());
  return give(200, change_record(node_, path[1], *revision, body, what));
}

}  // namespace liaison
