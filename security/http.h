// SPDX-License-Identifier: Apache-2.0
// The local HTTP edge of both programs (RFC 9110, 9112 by Boost.Beast): loopback TCP or a Unix socket, nothing else.
// Strict limits: 8 KiB of headers, at most 1 MiB body, 64 connections, 10 s to send a request. One thread of its own does the
// sockets; requests wait in a bounded queue until the owner drains them on its own thread, so handlers need no lock.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

struct HttpRequest {
  std::string method;                          // GET, POST, ...
  std::string path;                            // decoded, without the query
  std::map<std::string, std::string> query;    // decoded
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::optional<std::uint32_t> peer_uid;       // SO_PEERCRED on a Unix socket
};
struct HttpResponse {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::map<std::string, std::string> headers;
};

// "127.0.0.1:5680"; nothing for any other form and for an address that is not loopback.
struct LoopbackAddress { std::string address; std::uint16_t port = 0; };
std::optional<LoopbackAddress> parse_loopback(const std::string& where);

class HttpServer {
 public:
  struct Listen {
    std::string unix_path;
    unsigned unix_mode = 0660;
    std::string loopback;                     // "127.0.0.1:5680"
    std::size_t body_bytes_max = 1 << 20;     // a longer one is answered with 413
  };
  // kIo when the address is taken or is not loopback. A stale Unix socket (nobody answers) is replaced.
  static Result<std::unique_ptr<HttpServer>> open(const Listen& listen);
  ~HttpServer();
  // Readable when requests wait: for the owner's poll.
  int wake_fd() const;
  std::string address() const;   // as bound; the port is real when 0 was asked
  // Runs the handler for at most `max` waiting requests on this thread and sends what it returns. An event stream is
  // answered with `stream` set: see open_stream. Returns how many were handled.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;
  std::size_t drain(std::size_t max, const Handler& handler);
  // A handler that returns type "text/event-stream" keeps its connection as a stream, which begins with the answer's body (event_text of what
  // the reader has missed); publish sends one event to all of them, after that; one that cannot keep up (64 KiB waiting) is closed.
  void publish(const std::string& id, const std::string& event, const std::string& data);
  std::size_t streams() const;

 private:
  struct Parts;
  explicit HttpServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Client, for the command line and tests. Blocking; one request a connection.
struct HttpTarget { std::string unix_path; std::string loopback; };
// kUnreachable when nothing answers there, or nothing comes for `patience`.
Result<HttpResponse> http_request(const HttpTarget& target, const std::string& method, const std::string& path_and_query,
                                  const std::string& body, const std::map<std::string, std::string>& headers,
                                  std::chrono::milliseconds patience = std::chrono::seconds(30));
// Reads an event stream until `on_event` returns false or the other side closes.
struct HttpEvent { std::string id, event, data; };
Result<void> http_stream(const HttpTarget& target, const std::string& path_and_query, const std::function<bool(const HttpEvent&)>& on_event,
                         const std::function<bool()>& on_open = {}, const std::map<std::string, std::string>& headers = {});
// "id: ID\nevent: EVENT\ndata: DATA\n\n"; no text can forge another field.
std::string event_text(const std::string& id, const std::string& event, const std::string& data);
// RFC 9457 body.
std::string problem_json(int status, std::string_view code, std::string_view title, std::string_view detail, std::string_view hint);

}  // namespace liaison
