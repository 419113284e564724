// SPDX-License-Identifier: Apache-2.0
#include "security/http.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
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
        if (publish_.exchange(false)) server_->publish("7", "visit.changed", "{\"id\":1}");
      }
    });
  }
  HttpResponse answer(const HttpRequest& request) {
    if (request.path == "/events") {
      publish_ = true;
      return {200, "text/event-stream", "", {}};
    }
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
  HttpTarget target() const { return server_->address()[0] == '/' ? HttpTarget{server_->address(), ""} : HttpTarget{"", server_->address()}; }

  std::string path_ = std::filesystem::temp_directory_path() / ("http-test-" + std::to_string(::getpid()) + ".sock");
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

TEST_F(Http, ALongBodyIsRefused) {
  open({path_, 0660, ""});
  const auto response = http_request(target(), "POST", "/", std::string(1024 * 1024 + 1, 'x'), {});
  if (response) {   // the server may also hang up while the client still writes
    EXPECT_EQ(response->status, 413);
  }
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
