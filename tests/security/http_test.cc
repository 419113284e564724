// SPDX-License-Identifier: Apache-2.0
#include "security/http.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

namespace liaison {
namespace {

// A server whose owner's thread answers with what it was asked, or opens a stream.
class Http : public ::testing::Test {
 protected:
  void open(const HttpServer::Listen& listen) {
    auto server = HttpServer::open(listen);
    ASSERT_TRUE(server.has_value()) << server.error().what;
    server_ = std::move(*server);
    owner_ = std::thread([this] {
      while (!stop_) {
        pollfd wake{server_->wake_fd(), POLLIN, 0};
        ::poll(&wake, 1, 10);
        server_->drain(8, [this](const HttpRequest& request) { return answer(request); });
        if (publish_.exchange(false)) server_->publish("7", "visit.changed", event_);
      }
    });
  }
  HttpResponse answer(const HttpRequest& request) {
    if (request.path == "/echo-header") return {200, "text/plain", "", {{"X-Echo", request.query.at("x")}}};
    if (request.path == "/events") {
      publish_ = true;
      const auto last = request.headers.find("last-event-id");
      return {200, "text/event-stream", last == request.headers.end() ? "" : event_text("6", "missed", "after " + last->second), {}};
    }
    if (request.path == "/same") return {304, "text/plain", "", {{"ETag", "\"1\""}}};
    std::string text = request.method + " " + request.path;
    for (const auto& [name, value] : request.query) text += " " + name + "=" + value;
    if (request.peer_uid) text += " uid " + std::to_string(*request.peer_uid);
    return {request.path == "/missing" ? 404 : 200, "text/plain", text + " " + request.body, {}};
  }
  void TearDown() override {
    stop_ = true;
    if (owner_.joinable()) owner_.join();
    server_.reset();
    std::filesystem::remove(path_);
  }
  sockaddr_un unix_address() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    return address;
  }
  int connected() const {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = unix_address();
    EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  // All that comes back for these bytes, until the server hangs up.
  std::string raw(const std::string& request) const {
    const int fd = connected();
    EXPECT_GE(::send(fd, request.data(), request.size(), MSG_NOSIGNAL), 0);
    std::string text;
    char block[4096];
    while (const auto got = ::recv(fd, block, sizeof block, 0)) {
      if (got < 0) break;
      text.append(block, static_cast<std::size_t>(got));
      if (text.find("Connection: keep-alive") != std::string::npos && request.find("close") == std::string::npos) break;
    }
    ::close(fd);
    return text;
  }
  static int status_of(const std::string& answer) { return answer.size() < 12 ? 0 : std::atoi(answer.substr(9, 3).c_str()); }
  static bool eventually(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return done();
  }
  HttpTarget target() const { return server_->address()[0] == '/' ? HttpTarget{server_->address(), ""} : HttpTarget{"", server_->address()}; }

  std::string path_ = std::filesystem::temp_directory_path() / ("http-test-" + std::to_string(::getpid()) + ".sock");
  std::string event_ = "{\"id\":1}";   // set before anybody publishes
  std::unique_ptr<HttpServer> server_;
  std::thread owner_;
  std::atomic<bool> stop_{false}, publish_{false};
};

TEST_F(Http, AnswersOnAUnixSocketAndKnowsWhoAsks) {
  open({path_, 0660, ""});
  const auto response = http_request(target(), "POST", "/visits/a%20b?state=KGZ&x=1+2", "{\"a\":1}", {{"Idempotency-Key", "k"}});
  ASSERT_TRUE(response.has_value()) << response.error().what;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "POST /visits/a b state=KGZ x=1 2 uid " + std::to_string(::getuid()) + " {\"a\":1}");
  EXPECT_EQ(std::filesystem::status(path_).permissions() & std::filesystem::perms::others_all, std::filesystem::perms::none);
}

TEST_F(Http, AnswersOnLoopbackWithTheRealPort) {
  open({"", 0, "127.0.0.1:0"});
  EXPECT_NE(server_->address(), "127.0.0.1:0");
  const auto response = http_request(target(), "GET", "/livez", "", {});
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->body, "GET /livez ");
}

TEST_F(Http, AnotherHostNameIsRefusedOnLoopback) {
  open({"", 0, "127.0.0.1:0"});
  const auto response = http_request(target(), "GET", "/livez", "", {{"Host", "evil.example"}});
  ASSERT_TRUE(response.has_value());
  EXPECT_NE(response->status, 200);
}

TEST_F(Http, OnlyLoopbackAddressesAreTaken) {
  const auto server = HttpServer::open({"", 0, "0.0.0.0:0"});
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().code, Code::kConfig);
}

TEST_F(Http, ALongBodyIsRefusedAndTheClientHearsWhy) {
  open({path_, 0660, ""});
  for (const std::size_t size : {1024UL * 1024 + 1, 8UL * 1024 * 1024}) {
    const auto response = http_request(target(), "POST", "/", std::string(size, 'x'), {});
    ASSERT_TRUE(response.has_value()) << response.error().what;
    EXPECT_EQ(response->status, 413);
  }
  EXPECT_EQ(http_request(target(), "POST", "/", std::string(1024 * 1024, 'x'), {})->status, 200);
}

TEST_F(Http, ADoorMayTakeLessThanAMebibyte) {
  open({path_, 0660, "", 1024});
  const auto response = http_request(target(), "POST", "/", std::string(1025, 'x'), {});
  ASSERT_TRUE(response.has_value()) << response.error().what;
  EXPECT_EQ(response->status, 413);
  EXPECT_NE(response->body.find("longer than 1 KiB"), std::string::npos) << response->body;
  EXPECT_EQ(http_request(target(), "POST", "/", std::string(1024, 'x'), {})->status, 200);
}

TEST_F(Http, RequestsThatAreNotWellFormedAreRefused) {
  open({path_, 0660, ""});
  const std::string post = "POST / HTTP/1.1\r\nHost: localhost\r\n";
  for (const std::string& text : {std::string("hello\r\n\r\n"), std::string("GET /a b HTTP/1.1\r\n\r\n"), std::string("GET / HTTP/9.9\r\n\r\n"),
                                  std::string("GET /\0 HTTP/1.1\r\n\r\n", 20),
                                  post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", post + "Content-Length: -1\r\n\r\n",
                                  post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
                                  post + "No colon\r\n\r\n", std::string("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"),
                                  std::string("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n")}) {
    EXPECT_EQ(status_of(raw(text)), 400) << text;
  }
}

TEST_F(Http, HeadersHaveTheirLimits) {
  open({path_, 0660, ""});
  EXPECT_EQ(status_of(raw("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(9000, 'a') + "\r\n\r\n")), 431);
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 70; ++i) many += "h" + std::to_string(i) + ": 1\r\n";
  EXPECT_EQ(status_of(raw(many + "\r\n")), 431);
}

TEST_F(Http, OneConnectionMayAskSeveralTimes) {
  open({path_, 0660, ""});
  const auto text = raw("GET /a HTTP/1.1\r\nHost: x\r\n\r\nHEAD /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(text.find("GET /a"), std::string::npos);
  EXPECT_EQ(text.find("HEAD /b"), std::string::npos) << "an answer to HEAD has no body";
  EXPECT_NE(text.find("GET /c"), std::string::npos);
}

TEST_F(Http, AHeadersValueCannotBringAnotherHeader) {
  open({path_, 0660, ""});
  const auto response = http_request(target(), "GET", "/echo-header?x=a%0d%0aSet-Cookie:%20b", "", {});
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->headers.count("set-cookie"), 0U);
  EXPECT_EQ(response->headers.at("x-echo"), "a\\x0d\\x0aSet-Cookie: b");
}

TEST_F(Http, AFileThatIsNoSocketIsLeftAlone) {
  std::ofstream(path_) << "a letter";
  const auto server = HttpServer::open({path_, 0660, ""});
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().code, Code::kConfig);
  EXPECT_EQ(std::filesystem::file_size(path_), 8U);
}

TEST_F(Http, ASocketThatACrashLeftIsReplaced) {
  const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = unix_address();
  ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(dead);
  open({path_, 0660, ""});
  EXPECT_EQ(http_request(target(), "GET", "/", "", {})->status, 200);
}

TEST_F(Http, APortMustBeANumber) {
  for (const char* where : {"127.0.0.1:", "127.0.0.1:80x", "127.0.0.1:70000", "127.0.0.1:-1", "127.0.0.1", "localhost:80", ""}) {
    EXPECT_FALSE(HttpServer::open({"", 0, where}).has_value()) << where;
  }
}

TEST_F(Http, AnAnswerThatBreaksOffIsNotTakenForWhole) {
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = unix_address();
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  std::thread server([listener] {
    const int one = ::accept(listener, nullptr, nullptr);
    const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
    char request[256];
    [[maybe_unused]] const auto got = ::recv(one, request, sizeof request, 0);
    [[maybe_unused]] const auto sent = ::send(one, half.data(), half.size(), MSG_NOSIGNAL);
    ::close(one);
  });
  const auto response = http_request({path_, ""}, "GET", "/", "", {});
  server.join();
  ::close(listener);
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, Code::kUnreachable);
}

TEST_F(Http, BrokenPathsAreRefused) {
  open({path_, 0660, ""});
  for (const char* path : {"/%zz", "/%00", "/a?b=%g1"}) {
    const auto response = http_request(target(), "GET", path, "", {});
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 400) << path;
  }
}

TEST_F(Http, AStreamGetsWhatIsPublished) {
  open({path_, 0660, ""});
  HttpEvent got;
  const auto done = http_stream(target(), "/events", [&](const HttpEvent& event) {
    got = event;
    return false;
  });
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(got.event, "visit.changed");
  EXPECT_EQ(got.id, "7");
  EXPECT_EQ(got.data, "{\"id\":1}");
}

TEST_F(Http, AStreamBeginsWithWhatItsReaderHasMissed) {
  open({path_, 0660, ""});
  std::vector<std::string> got;
  const auto on_event = [&](const HttpEvent& event) {
    got.push_back(event.id + " " + event.event + " " + event.data);
    return got.size() < 2;
  };
  ASSERT_TRUE(http_stream(target(), "/events", on_event, {}, {{"Last-Event-ID", "5"}}));
  EXPECT_EQ(got, (std::vector<std::string>{"6 missed after 5", "7 visit.changed {\"id\":1}"}));
}

TEST_F(Http, AnAnswerWithoutABodySaysNothingOfItsLength) {
  open({path_, 0660, ""});
  const auto same = http_request(target(), "GET", "/same", "", {});
  ASSERT_TRUE(same);
  EXPECT_EQ(same->status, 304);
  EXPECT_EQ(same->body, "");
  EXPECT_FALSE(same->headers.contains("content-length"));
  EXPECT_EQ(same->headers.at("etag"), "\"1\"");
}

TEST_F(Http, AStreamsTextCannotForgeAnotherEvent) {
  event_ = "line one\nevent: forged\n\ndata: forged";
  open({path_, 0660, ""});
  HttpEvent got;
  ASSERT_TRUE(http_stream(target(), "/events", [&](const HttpEvent& event) {
    got = event;
    return false;
  }));
  EXPECT_EQ(got.event, "visit.changed");
  EXPECT_EQ(got.data, event_);
}

TEST_F(Http, AStreamThatNobodyReadsAnyMoreIsForgotten) {
  open({path_, 0660, ""});
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(http_stream(target(), "/events", [](const HttpEvent&) { return false; }));
  }
  EXPECT_TRUE(eventually([this] { return server_->streams() == 0; }));
}

TEST_F(Http, AReaderThatCannotKeepUpIsClosedAndOthersGoOn) {
  event_ = std::string(32 * 1024, 'x');
  open({path_, 0660, ""});
  const int deaf = connected();
  const std::string ask = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";
  ASSERT_EQ(::send(deaf, ask.data(), ask.size(), MSG_NOSIGNAL), static_cast<ssize_t>(ask.size()));
  ASSERT_TRUE(eventually([this] { return server_->streams() == 1; }));
  EXPECT_TRUE(eventually([this] {
    publish_ = true;
    return server_->streams() == 0;
  }));
  ::close(deaf);
  EXPECT_EQ(http_request(target(), "GET", "/", "", {})->status, 200);
}

TEST_F(Http, StreamsLeaveRoomForRequests) {
  open({path_, 0660, ""});
  std::vector<int> streams;
  const std::string ask = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t i = 0; i < 48; ++i) {
    streams.push_back(connected());
    ASSERT_GT(::send(streams.back(), ask.data(), ask.size(), MSG_NOSIGNAL), 0);
    ASSERT_TRUE(eventually([&] { return server_->streams() == i + 1; }));
  }
  EXPECT_EQ(status_of(raw(ask)), 503);
  EXPECT_EQ(http_request(target(), "GET", "/", "", {})->status, 200);
  for (const int fd : streams) ::close(fd);
}

TEST_F(Http, ALivingSocketIsNotTakenAStaleOneIs) {
  open({path_, 0660, ""});
  const auto second = HttpServer::open({path_, 0660, ""});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::kLocked);
}

TEST_F(Http, NobodyThereIsSaidSo) {
  const auto response = http_request({path_, ""}, "GET", "/", "", {});
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, Code::kUnreachable);
}

}  // namespace
}  // namespace liaison
