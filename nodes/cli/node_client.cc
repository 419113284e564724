// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/node_client.h"

#include "nodes/cli/console.h"
#include "security/secret.h"

namespace liaison {
namespace {

constexpr std::chrono::seconds kReading{30};
constexpr std::chrono::seconds kWriting{600};   // an import of thousands of rows is one request
const std::string kBase = "/api/v1";

Result<nlohmann::json> parse_answer(const HttpResponse& answer) {
  auto said = nlohmann::json::parse(answer.body, nullptr, false);
  if (!said.is_object()) return fail(Code::kInternal, "the node's answer is no JSON object", "is this the socket of a node?");
  return said;
}

std::string field(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Error problem_of(const HttpResponse& answer) {
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  const std::string detail = json.is_object() ? field(json, "detail") : std::string();
  if (detail.empty()) {
    return fail(answer.status == 503 ? Code::kBusy : Code::kInternal, "it answered with status " + std::to_string(answer.status) + " and no reason");
  }
  return fail(code_of_word(field(json, "code")), detail, field(json, "hint"));
}

std::string percent(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += "%" + hex(View(&byte, 1));
    }
  }
  return out;
}

std::string query_of(const std::map<std::string, std::string>& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (!value.empty()) query += (query.empty() ? "?" : "&") + name + "=" + percent(value);
  }
  return query;
}

std::string random_request_id() {
  std::array<std::uint8_t, 12> bytes{};
  random_bytes(bytes);
  return hex(bytes);
}

Result<NodeClient> NodeClient::of(const Invocation& typed) {
  if (typed.globals().node.empty()) {
    return fail(Code::kUsage, "no node was named", "give --node SOCKET or set LIAISON_NODE, for example to /run/liaison/1540.sock");
  }
  return NodeClient(typed.globals().node, kReading);
}

NodeClient NodeClient::at(const std::string& socket, std::chrono::milliseconds patience) { return {socket, patience}; }

Error NodeClient::explain(Error error) const {
  if (error.code == Code::kUnreachable) error.hint = "is the node running, and may you open " + socket_ + "?";
  return error;
}

Result<std::string> NodeClient::get_text(const std::string& path_and_query) const {
  const auto answer = http_request({socket_, ""}, "GET", kBase + path_and_query, "", {}, patience_);
  if (!answer) return explain(answer.error());
  if (answer->status / 100 != 2) return problem_of(*answer);
  return answer->body;
}

Result<nlohmann::json> NodeClient::get(const std::string& path_and_query) const {
  HttpResponse answer;
  answer.body = TRY(get_text(path_and_query));
  return parse_answer(answer);
}

Result<nlohmann::json> NodeClient::write(const std::string& method, const std::string& path_and_query, const nlohmann::json& body,
                                         std::map<std::string, std::string> headers) const {
  headers["content-type"] = "application/json";
  const std::string text = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto answer = http_request({socket_, ""}, method, kBase + path_and_query, text, headers, kWriting);
  if (!answer) return explain(answer.error());
  if (answer->status / 100 == 2) return parse_answer(*answer);
  // An import that found mistakes answers 400 with the list of them, which is a result.
  const auto json = nlohmann::json::parse(answer->body, nullptr, false);
  if (json.is_object() && json.contains("errors") && json.contains("created")) return json;
  return problem_of(*answer);
}

Result<void> NodeClient::stream(const std::string& path_and_query, const std::function<bool(const HttpEvent&)>& on_event,
                                const std::function<bool()>& on_open, const std::map<std::string, std::string>& headers) const {
  const auto done = http_stream({socket_, ""}, kBase + path_and_query, on_event, on_open, headers);
  if (!done) return explain(done.error());
  return {};
}

Result<nlohmann::json> get_from_node(const Invocation& typed, const std::string& path_and_query) {
  const NodeClient node = TRY(NodeClient::of(typed));
  return node.get(path_and_query);
}

}  // namespace liaison
