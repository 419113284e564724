// SPDX-License-Identifier: Apache-2.0
// The client is a plain blocking socket: one request a connection, "Connection: close", so the body ends where the stream does.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "security/http_text.h"

namespace liaison {
namespace {

constexpr std::size_t kAnswerBytesMax = 256 * 1024 * 1024;

class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  Connection(Connection&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

Error unreachable(const std::string& where) {
  return fail(Code::kUnreachable, "nothing answers at " + where + " (" + std::strerror(errno) + ")", "is the program running, and is this its socket?");
}

// Connecting and sending end after `patience`; 0 is for ever.
void limit(const Connection& connection, std::chrono::milliseconds patience) {
  const timeval time{patience.count() / 1000, patience.count() % 1000 * 1000};
  ::setsockopt(connection.fd(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

Result<Connection> connect_unix(const std::string& path, std::chrono::milliseconds patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Code::kInput, "the socket path " + path + " is longer than 107 bytes", "use a relative path");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Connection connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  limit(connection, patience);
  if (connection.fd() < 0 || ::connect(connection.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return unreachable(path);
  return connection;
}

Result<Connection> connect_loopback(const std::string& where, std::chrono::milliseconds patience) {
  const auto colon = where.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string::npos || ::inet_pton(AF_INET, where.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    return fail(Code::kInput, where + " is not an address with a port", "write it as 127.0.0.1:5680");
  }
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(where.c_str() + colon + 1)));
  Connection connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  limit(connection, patience);
  if (connection.fd() < 0 || ::connect(connection.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return unreachable(where);
  return connection;
}

Result<Connection> connect_to(const HttpTarget& target, std::chrono::milliseconds patience) {
  return target.unix_path.empty() ? connect_loopback(target.loopback, patience) : connect_unix(target.unix_path, patience);
}

std::string where_of(const HttpTarget& target) { return target.unix_path.empty() ? target.loopback : target.unix_path; }

Result<void> send_all(const Connection& connection, std::string_view text, const std::string& where) {
  while (!text.empty()) {
    const auto sent = ::send(connection.fd(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return unreachable(where);
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

// More bytes into `text`; false at the end. kUnreachable after `timeout_ms` of silence (< 0: never).
Result<bool> receive_more(const Connection& connection, std::string& text, int timeout_ms, const std::string& where) {
  pollfd poll{connection.fd(), POLLIN, 0};
  const int ready = ::poll(&poll, 1, timeout_ms);
  if (ready == 0) return fail(Code::kUnreachable, where + " does not answer in time", "look at its log");
  if (ready < 0) return errno == EINTR ? Result<bool>(true) : Result<bool>(unreachable(where));
  char block[64 * 1024];
  const auto got = ::recv(connection.fd(), block, sizeof block, 0);
  if (got < 0) return errno == EINTR ? Result<bool>(true) : Result<bool>(unreachable(where));
  text.append(block, static_cast<std::size_t>(got));
  if (text.size() > kAnswerBytesMax) return fail(Code::kSize, "the answer of " + where + " is too long");
  return got > 0;
}

std::string request_text(const std::string& method, const std::string& target, const std::string& body, const std::map<std::string, std::string>& headers) {
  std::string text = method + " " + target + " HTTP/1.1\r\nConnection: close\r\n";
  if (!headers.contains("Host")) text += "Host: localhost\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  if (!body.empty() || method != "GET") text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

// Status and headers of "HTTP/1.1 200 OK\r\n...".
Result<HttpResponse> parse_head(std::string_view head, const std::string& where) {
  HttpResponse response;
  if (head.size() < 12 || head.substr(0, 5) != "HTTP/") return fail(Code::kUnreachable, "what answers at " + where + " is not one of ours");
  response.status = std::atoi(std::string(head.substr(9, 3)).c_str());
  while (!head.empty()) {
    const auto line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(head.size(), line.size() + 2));
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const auto name = lower(std::string(line.substr(0, colon)));
    response.headers[name] = std::string(line.substr(colon + 2));
    if (name == "content-type") response.type = response.headers[name];
  }
  return response;
}

// The next event out of `text`, when it is whole.
std::optional<HttpEvent> take_event(std::string& text) {
  const auto end = text.find("\n\n");
  if (end == std::string::npos) return std::nullopt;
  HttpEvent event;
  std::string_view lines(text.data(), end);
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const auto name = line.substr(0, colon);
    const std::string value(line.substr(colon + 2));
    if (name == "id") event.id = value;
    if (name == "event") event.event = value;
    if (name == "data") event.data += (event.data.empty() ? "" : "\n") + value;
  }
  text.erase(0, end + 2);
  return event;
}

}  // namespace

Result<HttpResponse> http_request(const HttpTarget& target, const std::string& method, const std::string& path_and_query, const std::string& body,
                                  const std::map<std::string, std::string>& headers, std::chrono::milliseconds patience) {
  const std::string where = where_of(target);
  const auto connection = TRY(connect_to(target, patience));
  const auto sent = send_all(connection, request_text(method, path_and_query, body, headers), where);
  std::string text;
  while (true) {   // also when not all could be sent: a refusal may have come before
    const auto more = receive_more(connection, text, static_cast<int>(patience.count()), where);
    if (!more && !sent) return sent.error();
    if (!more) return more.error();
    if (!*more) break;
  }
  if (text.empty() && !sent) return sent.error();
  const auto end = text.find("\r\n\r\n");
  if (end == std::string::npos) return fail(Code::kUnreachable, where + " closed the connection without an answer", "look at its log");
  auto response = TRY(parse_head(std::string_view(text).substr(0, end), where));
  response.body = text.substr(end + 4);
  const auto length = response.headers.find("content-length");
  if (length != response.headers.end() && method != "HEAD" && length->second != std::to_string(response.body.size())) {
    return fail(Code::kUnreachable, where + " closed the connection in the middle of its answer", "look at its log");
  }
  return response;
}

Result<void> http_stream(const HttpTarget& target, const std::string& path_and_query, const std::function<bool(const HttpEvent&)>& on_event,
                         const std::function<bool()>& on_open, const std::map<std::string, std::string>& headers) {
  const std::string where = where_of(target);
  auto sent = headers;
  sent["Accept"] = "text/event-stream";
  const auto connection = TRY(connect_to(target, std::chrono::milliseconds(0)));
  TRY(send_all(connection, request_text("GET", path_and_query, "", sent), where));
  std::string text;
  bool in_body = false;
  while (true) {
    const bool more = TRY(receive_more(connection, text, -1, where));
    const auto end = text.find("\r\n\r\n");
    if (!in_body && end != std::string::npos) {
      const auto response = TRY(parse_head(std::string_view(text).substr(0, end), where));
      if (response.status != 200) return fail(Code::kUnreachable, where + " does not offer this stream");
      text.erase(0, end + 4);
      in_body = true;
      if (on_open && !on_open()) return {};
    }
    while (in_body) {
      const auto event = take_event(text);
      if (!event) break;
      if (!on_event(*event)) return {};
    }
    if (!more) return {};
  }
}

}  // namespace liaison
