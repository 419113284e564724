// SPDX-License-Identifier: Apache-2.0
#include "security/http.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <csignal>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "security/http_text.h"

namespace liaison {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Socket = asio::generic::stream_protocol::socket;
using boost::system::error_code;

constexpr std::size_t kHeaderBytesMax = 8 * 1024;
constexpr std::size_t kConnectionsMax = 64;
constexpr std::size_t kWaitingMax = 256;
constexpr std::size_t kHeadersMax = 64;
constexpr std::size_t kStreamsMax = 48;   // leaves connections for requests
constexpr std::size_t kStreamBytesMax = 64 * 1024;
constexpr auto kRequestTimeout = std::chrono::seconds(10);
constexpr auto kFarewellTimeout = std::chrono::seconds(2);
constexpr auto kAnswerTimeout = std::chrono::seconds(120);

bool local_host(std::string_view host) {
  const auto colon = host.rfind(':');
  const auto bracket = host.find(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) host = host.substr(0, colon);
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

}  // namespace

// One client. Lives on the server's thread only; the owner's thread sees it through a weak_ptr inside a posted function.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Arrived = std::function<bool(std::shared_ptr<HttpConnection>, HttpRequest)>;   // false: the queue is full
  using Gone = std::function<void(HttpConnection*)>;
  HttpConnection(Socket socket, bool is_unix, std::size_t body_bytes_max, Arrived arrived, Gone gone)
      : stream_(std::move(socket)),
        is_unix_(is_unix),
        body_bytes_max_(body_bytes_max),
        arrived_(std::move(arrived)),
        gone_(std::move(gone)),
        buffer_(kHeaderBytesMax + body_bytes_max + 4096) {
    if (!is_unix_) return;
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(stream_.socket().native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0) peer_uid_ = peer.uid;
  }

  void read() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytesMax);
    parser_->body_limit(body_bytes_max_);
    stream_.expires_after(kRequestTimeout);
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
  }

  void answer(HttpResponse response) {
    is_stream_ = response.type == "text/event-stream";
    const bool keep = keep_alive_ && !is_stream_ && response.status < 500;
    out_ = response_head(response, keep, is_stream_);
    if (!is_head_) out_ += response.body;
    stream_.expires_after(kRequestTimeout);
    writing_ = true;   // events that come meanwhile wait
    asio::async_write(stream_, asio::buffer(out_), [self = shared_from_this(), keep](error_code error, std::size_t) {
      self->writing_ = false;
      if (error) return self->close();
      if (self->is_stream_) return self->start_stream();
      keep ? self->read() : self->farewell();
    });
  }

  bool is_stream() const { return is_stream_; }

  void publish(const std::string& event) {
    if (waiting_.size() + event.size() > kStreamBytesMax) return close();   // too slow: it comes again and reads on
    waiting_ += event;
    if (!writing_) write_stream();
  }

  void close() {
    error_code ignored;
    stream_.socket().shutdown(asio::socket_base::shutdown_both, ignored);
    stream_.close();
    if (auto gone = std::exchange(gone_, nullptr)) gone(this);
  }

 private:
  void on_read(error_code error) {
    if (error == http::error::body_limit) {
      return answer_and_close(413, "E_SIZE", "the request is longer than " + std::to_string(body_bytes_max_ >> 10) + " KiB");
    }
    if (error == http::error::header_limit) return answer_and_close(431, "E_SIZE", "the request's headers are longer than 8 KiB");
    const bool hung_up = error == http::error::end_of_stream || error == http::error::partial_message;
    if (!hung_up && error.category() == http::make_error_code(http::error::bad_method).category()) {
      return answer_and_close(400, "E_INPUT", "this is not a well formed HTTP/1.1 request");
    }
    if (error) return close();
    auto request = parser_->release();
    keep_alive_ = request.keep_alive();
    is_head_ = request.method() == http::verb::head;
    if (std::distance(request.begin(), request.end()) > static_cast<std::ptrdiff_t>(kHeadersMax)) {
      return answer_and_close(431, "E_SIZE", "the request has more than 64 headers");
    }
    if (request.count(http::field::host) > 1) return answer_and_close(400, "E_INPUT", "the request names more than one host");
    if (!is_unix_ && !local_host(request[http::field::host])) return answer_and_close(421, "E_INPUT", "this address answers for localhost only");
    HttpRequest plain;
    plain.method = std::string(request.method_string());
    const std::string target(request.target());
    if (!split_target(target, plain.path, plain.query)) return answer_and_close(400, "E_INPUT", "the request's path is not well formed");
    for (const auto& field : request) plain.headers[lower(std::string(field.name_string()))] = std::string(field.value());
    plain.body = std::move(request.body());
    plain.peer_uid = peer_uid_;
    stream_.expires_after(kAnswerTimeout);
    if (!arrived_(shared_from_this(), std::move(plain))) answer_and_close(503, "E_BUSY", "too many requests wait");
  }

  void answer_and_close(int status, std::string_view code, std::string_view detail) {
    keep_alive_ = false;
    answer({status, "application/problem+json", problem_json(status, code, detail, detail, ""), {}});
  }

  // Hangs up so that the answer still arrives: closing while the client is sending would throw it away.
  void farewell() {
    error_code ignored;
    stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    stream_.expires_after(kFarewellTimeout);
    read_and_drop();
  }
  void read_and_drop() {
    stream_.async_read_some(asio::buffer(scratch_), [self = shared_from_this()](error_code error, std::size_t) {
      error ? self->close() : self->read_and_drop();
    });
  }

  void start_stream() {
    stream_.expires_never();
    // A reader that goes away is noticed by this read.
    stream_.async_read_some(asio::buffer(scratch_), [self = shared_from_this()](error_code, std::size_t) { self->close(); });
    write_stream();
  }

  void write_stream() {
    if (waiting_.empty() || writing_) return;
    writing_ = true;
    out_ = std::exchange(waiting_, {});
    asio::async_write(stream_, asio::buffer(out_), [self = shared_from_this()](error_code error, std::size_t) {
      self->writing_ = false;
      if (error) return self->close();
      self->write_stream();
    });
  }

  beast::basic_stream<asio::generic::stream_protocol> stream_;
  bool is_unix_;
  std::size_t body_bytes_max_;
  Arrived arrived_;
  Gone gone_;
  std::optional<std::uint32_t> peer_uid_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::string out_, waiting_;
  std::array<char, 16 * 1024> scratch_{};
  bool keep_alive_ = false, is_head_ = false, is_stream_ = false, writing_ = false;
};

struct HttpServer::Parts {
  struct Waiting { std::weak_ptr<HttpConnection> connection; HttpRequest request; };

  asio::io_context io{1};
  std::optional<asio::basic_socket_acceptor<asio::generic::stream_protocol>> acceptor;
  asio::steady_timer pause{io};
  std::set<std::shared_ptr<HttpConnection>> connections;   // the server's thread
  bool is_unix = false;
  std::size_t body_bytes_max = 0;
  std::string unix_path;
  std::string address;
  int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::mutex mutex;                // guards waiting
  std::deque<Waiting> waiting;
  std::atomic<std::size_t> streams{0};
  std::thread thread;

  ~Parts() {
    io.stop();
    if (thread.joinable()) thread.join();
    connections.clear();
    if (is_unix) ::unlink(unix_path.c_str());
    ::close(wake);
  }

  bool arrived(const std::shared_ptr<HttpConnection>& connection, HttpRequest request) {
    {
      const std::lock_guard lock(mutex);
      if (waiting.size() >= kWaitingMax) return false;
      waiting.push_back({connection, std::move(request)});
    }
    const std::uint64_t one = 1;
    return ::write(wake, &one, sizeof one) == sizeof one || errno == EAGAIN;
  }

  void accept() {
    acceptor->async_accept([this](error_code error, Socket socket) {
      if (!error && connections.size() < kConnectionsMax) {
        auto connection = std::make_shared<HttpConnection>(
            std::move(socket), is_unix, body_bytes_max,
            [this](std::shared_ptr<HttpConnection> from, HttpRequest request) { return arrived(from, std::move(request)); },
            [this](HttpConnection* gone) {
              if (gone->is_stream()) --streams;
              std::erase_if(connections, [gone](const auto& one) { return one.get() == gone; });
            });
        connections.insert(connection);
        connection->read();
      }
      if (error == asio::error::operation_aborted) return;
      if (!error) return accept();
      pause.expires_after(std::chrono::milliseconds(100));   // no descriptors, most likely: trying at once would spin
      pause.async_wait([this](error_code stopped) {
        if (!stopped) accept();
      });
    });
  }

  Result<void> listen_unix(const Listen& listen) {
    sockaddr_un probe{};
    if (listen.unix_path.size() >= sizeof probe.sun_path) {
      return fail(Code::kConfig, "the socket path " + listen.unix_path + " is longer than 107 bytes", "choose a shorter one");
    }
    struct stat found{};
    if (::lstat(listen.unix_path.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode)) {
      return fail(Code::kConfig, listen.unix_path + " is there and is not a socket", "choose another name for the socket");
    }
    error_code error;
    asio::local::stream_protocol::socket test(io);
    if (!test.connect(asio::local::stream_protocol::endpoint(listen.unix_path), error)) {
      return fail(Code::kLocked, "another process answers at " + listen.unix_path, "stop it first, or choose another socket");
    }
    ::unlink(listen.unix_path.c_str());
    const mode_t before = ::umask(0777 & ~listen.unix_mode);
    auto bound = open_acceptor(asio::local::stream_protocol::endpoint(listen.unix_path));
    ::umask(before);
    is_unix = bound.has_value();
    unix_path = address = listen.unix_path;
    return bound;
  }

  Result<void> listen_loopback(const std::string& where) {
    const auto found = parse_loopback(where);
    if (!found) return fail(Code::kConfig, where + " is not a loopback address with a port", "write it as 127.0.0.1:5680");
    TRY(open_acceptor(asio::ip::tcp::endpoint(asio::ip::make_address(found->address), found->port)));
    sockaddr_in bound{};
    socklen_t length = sizeof bound;
    ::getsockname(acceptor->native_handle(), reinterpret_cast<sockaddr*>(&bound), &length);
    address = found->address + ":" + std::to_string(ntohs(bound.sin_port));
    return {};
  }

  template <class Endpoint>
  Result<void> open_acceptor(const Endpoint& endpoint) {
    try {
      const asio::generic::stream_protocol::endpoint generic(endpoint);
      acceptor.emplace(io, generic.protocol());
      if (!std::is_same_v<Endpoint, asio::local::stream_protocol::endpoint>) acceptor->set_option(asio::socket_base::reuse_address(true));
      acceptor->bind(generic);
      acceptor->listen(64);
      return {};
    } catch (const boost::system::system_error& error) {
      return fail(Code::kIo, std::string("cannot listen: ") + error.what(), "is another program using the address?");
    }
  }
};

std::optional<LoopbackAddress> parse_loopback(const std::string& where) {
  const auto colon = where.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  error_code error;
  const auto ip = asio::ip::make_address(where.substr(0, colon), error);
  std::uint16_t port = 0;
  const char* end = where.data() + where.size();
  const auto parsed = std::from_chars(where.data() + colon + 1, end, port);
  if (error || !ip.is_loopback() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return LoopbackAddress{where.substr(0, colon), port};
}

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::open(const Listen& listen) {
  auto parts = std::make_unique<Parts>();
  parts->body_bytes_max = listen.body_bytes_max;
  auto listening = listen.unix_path.empty() ? parts->listen_loopback(listen.loopback) : parts->listen_unix(listen);
  if (!listening) return std::move(listening).error();
  parts->accept();
  auto* raw = parts.get();
  // Signals are the owner's: this thread takes none.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  parts->thread = std::thread([raw] { raw->io.run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

int HttpServer::wake_fd() const { return parts_->wake; }
std::string HttpServer::address() const { return parts_->address; }
std::size_t HttpServer::streams() const { return parts_->streams; }

std::size_t HttpServer::drain(std::size_t max, const Handler& handler) {
  std::uint64_t count = 0;
  if (::read(parts_->wake, &count, sizeof count) < 0 && errno != EAGAIN) return 0;
  std::size_t handled = 0;
  while (handled < max) {
    Parts::Waiting next;
    {
      const std::lock_guard lock(parts_->mutex);
      if (parts_->waiting.empty()) return handled;
      next = std::move(parts_->waiting.front());
      parts_->waiting.pop_front();
    }
    auto response = handler(next.request);
    if (response.type == "text/event-stream" && parts_->streams >= kStreamsMax) {
      response = {503,
                  "application/problem+json",
                  problem_json(503, "E_BUSY", "too many streams", "too many event streams are open", "close some of them"),
                  {}};
    }
    const bool is_stream = response.type == "text/event-stream";
    if (is_stream) ++parts_->streams;   // at once, so that no event published after this is missed
    asio::post(parts_->io, [parts = parts_.get(), connection = next.connection, is_stream, response = std::move(response)]() mutable {
      const auto alive = connection.lock();
      if (alive) return alive->answer(std::move(response));
      if (is_stream) --parts->streams;
    });
    ++handled;
  }
  const std::uint64_t one = 1;   // more may wait: come again
  [[maybe_unused]] const auto woken = ::write(parts_->wake, &one, sizeof one);
  return handled;
}

void HttpServer::publish(const std::string& id, const std::string& event, const std::string& data) {
  if (parts_->streams == 0) return;
  auto* parts = parts_.get();
  asio::post(parts->io, [parts, text = event_text(id, event, data)] {
    const auto all = parts->connections;   // publish may close one and change the set
    for (const auto& connection : all) {
      if (connection->is_stream()) connection->publish(text);
    }
  });
}

}  // namespace liaison
