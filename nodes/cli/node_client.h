// SPDX-License-Identifier: Apache-2.0
// The node's local API as the command line uses it (nodes/api/README.md): one request a connection over the Unix socket,
// problems turned into errors with their stable code. Blocking; keeps nothing.
#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "nodes/cli/command.h"
#include "schemas/result.h"
#include "security/http.h"

namespace liaison {

// An application/problem+json answer as an error; any other answer as one that names the status.
Error problem_of(const HttpResponse& answer);
// `%XX` for everything but unreserved characters.
std::string percent(std::string_view text);
// "?a=1&b=2" of what is not empty; "" when nothing is left.
std::string query_of(const std::map<std::string, std::string>& parameters);
// 24 random letters and digits.
std::string random_request_id();

class NodeClient {
 public:
  // kUsage when no node was named by --node, LIAISON_NODE or the configuration file.
  static Result<NodeClient> of(const Invocation& typed);
  // One that gives a GET up when nothing comes for `patience`.
  static NodeClient at(const std::string& socket, std::chrono::milliseconds patience);

  // Paths are below /api/v1. kUnreachable when no node answers; otherwise the node's own error.
  Result<nlohmann::json> get(const std::string& path_and_query) const;
  // The body as it came, for what must not be rewritten.
  Result<std::string> get_text(const std::string& path_and_query) const;
  Result<nlohmann::json> write(const std::string& method, const std::string& path_and_query, const nlohmann::json& body,
                               std::map<std::string, std::string> headers) const;
  Result<void> stream(const std::string& path_and_query, const std::function<bool(const HttpEvent&)>& on_event,
                      const std::function<bool()>& on_open = {}, const std::map<std::string, std::string>& headers = {}) const;

 private:
  NodeClient(std::string socket, std::chrono::milliseconds patience) : socket_(std::move(socket)), patience_(patience) {}
  Error explain(Error error) const;
  std::string socket_;
  std::chrono::milliseconds patience_;
};

// One GET at the node that was named.
Result<nlohmann::json> get_from_node(const Invocation& typed, const std::string& path_and_query);

}  // namespace liaison
