// SPDX-License-Identifier: Apache-2.0
// Webhooks that go out: what a receiver gets, and what its answer means, however it answers.
#include "nodes/connectors/webhook_out.h"

#include <gmock/gmock.h>

#include <condition_variable>

#include "nodes/connectors/cloud_event.h"
#include "nodes/connectors/curl_transfer.h"
#include "nodes/connectors/webhook_signature.h"
#include "security/clock.h"
#include "security/durable.h"
#include "tests/connectors/loopback_server.h"
#include "tests/doubles/member.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using How = Handed::How;

constexpr TimeMs kNow = 1'804'498'200'000;   // 2027-03-08T09:30:00Z

// What a receiver was sent.
struct Call {
  std::string request;
  std::map<std::string, std::string> headers;
  std::string body;
};

bool read_call(Talk& talk, Call& out) {
  if (!talk.line(out.request)) return false;
  for (std::string line; talk.line(line) && !line.empty();) {
    std::string name = line.substr(0, line.find(':'));
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    out.headers[name] = line.substr(std::min(line.size(), line.find(':') + 2));
  }
  return talk.bytes(std::stoul(out.headers["content-length"]), out.body);
}

class WebhookOutTest : public ::testing::Test {
 protected:
  using Answer = std::function<void(Talk&, const Call&)>;

  // A receiver on loopback, and a carrier to it.
  void receive(Answer answer) {
    carrier.reset();
    server.reset();
    answer_ = std::move(answer);
    server = std::make_unique<LoopbackServer>([this](Talk& talk) {
      for (Call call; read_call(talk, call); call = {}) {
        {
          const std::lock_guard guard(mutex);
          calls.push_back(call);
          arrived.notify_all();
        }
        answer_(talk, call);
      }
    });
    config.texts["url"] = "http://127.0.0.1:" + server->port() + "/events?token=secret";
    carrier = made();
  }
  std::unique_ptr<Carrier> made() {
    config.name = "case-files";
    config.paths["secret_file"] = folder.path() / "keys";
    EXPECT_TRUE(write_durably(config.paths["secret_file"], view_of(kSecretLine)));
    auto out = make_webhook_out(config, member("1540"));
    EXPECT_TRUE(out) << out.error().what;
    return std::move(*out);
  }
  Handed hand_over(std::stop_token stop = {}) { return carrier->hand_over(parcel(), stop); }
  Handed answered(const std::string& bytes) {
    receive([bytes](Talk& talk, const Call&) { talk.say(bytes); });
    return hand_over();
  }
  static Parcel parcel() {
    Parcel out;
    out.id = std::string(64, 'a');
    out.kind = "visit.plan";
    out.record = "1540-V-2027-0001";
    out.accepted_ms = kNow;
    out.content = {{"record", "1540-V-2027-0001"}, {"data", {{"title", "Une visite \xc3\xa0 Tachkent"}}}};
    return out;
  }

  TempFolder folder;
  ConnectorConfig config;
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<Call> calls;

 private:
  Answer answer_;

 protected:
  std::unique_ptr<LoopbackServer> server;   // gone before what its threads use
  std::unique_ptr<Carrier> carrier;
};

TEST_F(WebhookOutTest, AReceiverGetsASignedEventUnderTheSameIdInEveryTry) {
  receive([](Talk& talk, const Call&) { talk.say("HTTP/1.1 204 No Content\r\n\r\n"); });
  for (int i = 0; i < 2; ++i) {
    const Handed handed = hand_over();
    EXPECT_EQ(handed.how, How::kDone) << handed.words;
    EXPECT_EQ(handed.words, "http://127.0.0.1:" + server->port() + " answers 204");
  }
  ASSERT_EQ(calls.size(), 2U);
  const WebhookKeys keys = *WebhookKeys::parse(kSecretLine, WebhookKeys::Use::kVerify);
  for (const Call& call : calls) {
    EXPECT_EQ(call.request, "POST /events?token=secret HTTP/1.1");
    EXPECT_EQ(call.headers.at("content-type"), "application/cloudevents+json; charset=utf-8");
    EXPECT_EQ(call.headers.at("webhook-id"), std::string(64, 'a'));
    EXPECT_EQ(call.headers.count("expect"), 0U);
    const auto verified = keys.verify({call.headers.at("webhook-id"), call.headers.at("webhook-timestamp"), call.headers.at("webhook-signature")}, call.body,
                                      SystemClock().now().wall_ms);
    EXPECT_TRUE(verified) << verified.error().what;
    EXPECT_EQ(call.body, cloud_event_text(member("1540"), parcel()));
  }
}

TEST_F(WebhookOutTest, ATestSaysThatItIsOne) {
  receive([](Talk& talk, const Call&) { talk.say("HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}"); });
  const auto tested = carrier->test({});
  ASSERT_TRUE(tested) << tested.error().what;
  EXPECT_THAT(*tested, HasSubstr("an event that says it is a test: http://127.0.0.1"));
  const auto event = read_cloud_event(calls.at(0).body);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, "org.liaison.test");
  EXPECT_EQ(event->id, calls.at(0).headers["webhook-id"]);
  EXPECT_TRUE(event->id.starts_with("test-"));
}

TEST_F(WebhookOutTest, EachAnswerMeansOneThing) {
  struct Row { long status; How how; };
  const Row rows[] = {{200, How::kDone},    {202, How::kDone},    {204, How::kDone},    {299, How::kDone},    {301, How::kAgain},   {302, How::kAgain},
                      {304, How::kAgain},   {400, How::kRefused}, {401, How::kRefused}, {403, How::kRefused}, {404, How::kRefused}, {405, How::kRefused},
                      {408, How::kAgain},   {409, How::kAgain},   {410, How::kGone},    {413, How::kRefused}, {422, How::kRefused}, {425, How::kAgain},
                      {429, How::kAgain},   {500, How::kAgain},   {502, How::kAgain},   {503, How::kAgain},   {504, How::kAgain},   {101, How::kAgain},
                      {599, How::kAgain}};
  for (const Row& row : rows) {
    const Handed handed = webhook_answer("https://case.example", row.status, "", "\r\n  no such path\r\nmore", kNow);
    EXPECT_EQ(handed.how, row.how) << row.status;
    EXPECT_THAT(handed.words, HasSubstr("https://case.example answers " + std::to_string(row.status)));
    if (row.how == How::kRefused) {
      EXPECT_THAT(handed.words, HasSubstr(": no such path"));
    }
    EXPECT_FALSE(handed.not_before);
  }
}

TEST_F(WebhookOutTest, WhenItSaysWhenItIsNotAskedBefore) {
  using std::chrono::seconds;
  const auto asked = [](const std::string& value) {
    return webhook_answer("x", 503, "HTTP/1.1 503 Busy\r\nRetry-After:  " + value + "\r\n\r\n", "", kNow).not_before;
  };
  EXPECT_EQ(asked("120"), seconds(120));
  EXPECT_EQ(asked("0"), seconds(0));
  EXPECT_EQ(asked("86400"), seconds(86'400));
  EXPECT_EQ(asked("86401"), seconds(86'400)) << "no receiver silences us for longer than a day";
  EXPECT_EQ(asked("99999999999999999999999999"), seconds(86'400));
  EXPECT_EQ(asked("Mon, 08 Mar 2027 09:40:00 GMT"), seconds(600));
  EXPECT_EQ(asked("Mon, 08 Mar 2027 09:20:00 GMT"), seconds(0)) << "a time that has passed";
  EXPECT_EQ(asked("Fri, 08 Mar 2097 09:20:00 GMT"), seconds(86'400));
  for (const char* nonsense : {"", "-5", "soon", "1.5", "Mon, 99 Nev 2027", "0x10"}) EXPECT_FALSE(asked(nonsense)) << nonsense;
  EXPECT_FALSE(retry_after(std::string(65, '1'), kNow));
  EXPECT_EQ(webhook_answer("x", 429, "retry-after: 7\n", "", kNow).not_before, seconds(7));
}

TEST_F(WebhookOutTest, WhatAReceiverWritesCannotReachATerminal) {
  const Handed handed = webhook_answer("x", 400, "", "\x1b[31mred\x07 \xe2\x80\xae" + std::string(5'000, 'x'), kNow);
  EXPECT_THAT(handed.words, HasSubstr("\\x1b[31mred"));
  EXPECT_EQ(handed.words.find('\x1b'), std::string::npos);
  EXPECT_LT(handed.words.size(), 300U);
}

TEST_F(WebhookOutTest, ARedirectIsNotFollowed) {
  LoopbackServer elsewhere([](Talk&) { ADD_FAILURE() << "it was followed"; });
  const Handed handed = answered("HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:" + elsewhere.port() + "/\r\ncontent-length: 0\r\n\r\n");
  EXPECT_EQ(handed.how, How::kAgain);
  EXPECT_THAT(handed.words, HasSubstr("points elsewhere, to http://127.0.0.1:" + elsewhere.port() + "/; redirects are not followed"));
}

TEST_F(WebhookOutTest, WhatIsNoAnswerIsTriedAgain) {
  for (const char* bytes : {"", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"}) {
    receive([bytes](Talk& talk, const Call&) {
      talk.say(bytes);
      talk.cut();
    });
    const Handed handed = hand_over();
    EXPECT_EQ(handed.how, How::kAgain) << bytes;
    EXPECT_FALSE(handed.words.empty());
    EXPECT_EQ(handed.words.find("token"), std::string::npos) << "an address may hold a secret";
  }
}

TEST_F(WebhookOutTest, NobodyAtThePortIsTriedAgain) {
  receive([](Talk&, const Call&) {});
  server.reset();
  const Handed handed = hand_over();
  EXPECT_EQ(handed.how, How::kAgain);
  EXPECT_THAT(handed.words, HasSubstr("http://127.0.0.1:"));
  const auto tested = carrier->test({});
  ASSERT_FALSE(tested);
  EXPECT_EQ(tested.error().code, Code::kUnreachable);
}

TEST_F(WebhookOutTest, AnEndlessAnswerIsReadNoFurtherThan64KiB) {
  receive([](Talk& talk, const Call&) {
    talk.say("HTTP/1.1 200 OK\r\n\r\n");
    while (talk.say(std::string(16'384, 'x'))) {
    }
  });
  EXPECT_EQ(hand_over().how, How::kDone) << "it has said that it took it";
  receive([](Talk& talk, const Call&) {
    talk.say("HTTP/1.1 200 OK\r\n");
    while (talk.say("x-more: " + std::string(1'000, 'x') + "\r\n")) {
    }
  });
  const Handed handed = hand_over();
  EXPECT_EQ(handed.how, How::kAgain);
  EXPECT_THAT(handed.words, HasSubstr("the answer's headers are longer than 64 KiB"));
}

TEST_F(WebhookOutTest, AReceiverThatAnswersSlowlyForEverIsLeftAtTheLimit) {
  LoopbackServer slow([](Talk& talk) {
    Call call;
    if (!read_call(talk, call)) return;
    talk.say("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
    talk.drip("x");
  });
  CurlTransfer transfer;
  transfer.set_whole_seconds(1);
  const std::string url = "http://127.0.0.1:" + slow.port() + "/";
  const auto outcome = transfer.run([&](CURL* easy) {
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{}");
  }, {});
  EXPECT_EQ(outcome.code, CURLE_OPERATION_TIMEDOUT);
  EXPECT_FALSE(outcome.words.empty());
}

TEST_F(WebhookOutTest, TheNodesEndDoesNotWaitForAReceiver) {
  receive([](Talk& talk, const Call&) { talk.hold(); });
  std::stop_source stop;
  std::thread ending([&] {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return !calls.empty(); });
    stop.request_stop();
  });
  const Handed handed = hand_over(stop.get_token());
  ending.join();
  EXPECT_EQ(handed.how, How::kAgain);
  EXPECT_THAT(handed.words, HasSubstr("the node is ending"));
}

TEST_F(WebhookOutTest, OnlyHttpsLeavesTheMachine) {
  struct Row { std::string url, words; };
  const Row rows[] = {{"http://case.example/", "url: is neither https:// nor, on this machine's loopback, http://"},
                      {"http://10.0.0.1/", "url: is neither"},
                      {"http://127.0.0.1.case.example/", "url: is neither"},
                      {"http://localhost.case.example/", "url: is neither"},
                      {"ftp://127.0.0.1/", "url: is neither"},
                      {"file:///etc/passwd", "url: is"},
                      {"case.example", "url: is"},
                      {"", "url: is not an address"},
                      {"https://", "url: is not an address"},
                      {"https://a b/", "url: is not an address"},
                      {"https://case.example/\nX: y", "url: is not an address"},
                      {"https://case.example:99999/", "url: is not an address"},
                      {"https://user:password@case.example/", "url: has a user or a fragment"},
                      {"https://case.example/#x", "url: has a user or a fragment"},
                      {"https://" + std::string(2'048, 'a'), "url: is not an address"}};
  config.paths["secret_file"] = folder.path() / "keys";
  ASSERT_TRUE(write_durably(config.paths["secret_file"], view_of(kSecretLine)));
  for (const Row& row : rows) {
    config.texts["url"] = row.url;
    const auto out = make_webhook_out(config, member("1540"));
    ASSERT_FALSE(out) << row.url;
    EXPECT_EQ(out.error().code, Code::kConfig);
    EXPECT_THAT(out.error().what, HasSubstr(row.words)) << row.url;
  }
  for (const char* url : {"https://case.example/x", "http://127.0.0.1:1/", "http://127.8.9.1/", "http://[::1]:5690/", "http://localhost/",
                          "HTTPS://Case.Example"}) {
    config.texts["url"] = url;
    EXPECT_TRUE(make_webhook_out(config, member("1540"))) << url;
  }
}

TEST_F(WebhookOutTest, WithoutAKeyNothingIsMade) {
  config.texts["url"] = "https://case.example/";
  config.paths["secret_file"] = folder.path() / "none";
  EXPECT_EQ(make_webhook_out(config, member("1540")).error().code, Code::kUnknown);
}

}  // namespace
}  // namespace liaison
