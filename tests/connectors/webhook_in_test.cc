// SPDX-License-Identifier: Apache-2.0
// Webhooks that come in, at a node that stands: a signed event becomes a record once, whatever else is sent becomes nothing.
#include "nodes/connectors/webhook_in.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <sstream>
#include <thread>

#include "nodes/api/routes.h"
#include "nodes/connectors/forwarding.h"
#include "nodes/connectors/incoming_act.h"
#include "nodes/connectors/webhook_signature.h"
#include "security/durable.h"
#include "security/http.h"
#include "tests/connectors/loopback_server.h"
#include "tests/nodes/node_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;


class WebhookInTest : public OneNode {
 protected:
  WebhookInTest() {
    EXPECT_TRUE(ConnectorStore::make_tables(node().store().database()));
    config.name = "case-files";
    config.kind = ConnectorConfig::Kind::kWebhookIn;
    config.system = "cases";
    config.texts = {{"listen", "127.0.0.1:0"}, {"takes", "visit"}};
    config.paths["secret_file"] = folder.path() / "keys";
    EXPECT_TRUE(write_durably(config.paths["secret_file"], view_of(kSecretLine)));
    make();
  }
  void make() {
    connector.reset();
    auto made = make_webhook_in(config);
    ASSERT_TRUE(made) << made.error().what;
    connector = std::move(*made);
    const auto tested = connector->test({});
    ASSERT_TRUE(tested);
    address = tested->substr(11, tested->find(',') - 11);   // "listens at 127.0.0.1:PORT, and ..."
    routes = std::make_unique<Routes>(node(), *stations.at("1540").link, "tcp://broker:5601", []() -> Result<void> { return {}; });
  }
  // As the node's thread lets a connector in.
  Door door() {
    return [this](const std::function<Result<void>(Desk&)>& function) -> Result<void> {
      if (halted) return fail(Code::kHalted, "the node is ending");
      ConnectorStore store(node().store());
      Desk desk{node(), *routes, store, now_of(stations.at("1540"))};
      const auto done = function(desk);
      const NodeOutcome outcome = TRY(node().settle(desk.now, Node::Commit::kNow));
      stations.at("1540").link->dispatch(outcome, desk.now);
      return done;
    };
  }
  // One request from a client's thread, and runs of the connector until it is answered.
  HttpResponse ask(const std::string& method, const std::string& path, const std::string& body, const std::map<std::string, std::string>& headers) {
    std::string request = method + " " + path + " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: " + std::to_string(body.size()) + "\r\n";
    for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
    std::string answer;
    std::atomic<bool> over = false;
    std::thread client([&] {
      answer = exchanged(request + "\r\n" + body);
      over = true;
    });
    while (!over) {
      pollfd wake{connector->wake_fd(), POLLIN, 0};
      if (::poll(&wake, 1, 2) != 1) continue;
      const auto ran = connector->run(door(), 64, {});
      EXPECT_TRUE(ran) << ran.error().what;
      if (ran && !ran->words.empty()) words = ran->words;
    }
    client.join();
    return parsed(answer);
  }
  std::string exchanged(const std::string& request) const {
    const auto where = parse_loopback(address);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(where->port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    (void)!::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    std::string out;
    char piece[4096];
    for (ssize_t got = 0; (got = ::recv(fd, piece, sizeof piece, 0)) > 0;) out.append(piece, static_cast<std::size_t>(got));
    ::close(fd);
    return out;
  }
  static HttpResponse parsed(const std::string& answer) {
    HttpResponse out;
    const auto end = answer.find("\r\n\r\n");
    EXPECT_NE(end, std::string::npos) << answer;
    if (end == std::string::npos) return out;
    out.status = std::stoi(answer.substr(9, 3));
    out.body = answer.substr(end + 4);
    std::istringstream lines(answer.substr(0, end));
    for (std::string line; std::getline(lines, line);) {
      std::string name = line.substr(0, line.find(':'));
      for (char& c : name) c = static_cast<char>(std::tolower(c));
      if (line.ends_with('\r')) line.pop_back();
      if (line.find(": ") != std::string::npos) out.headers[name] = line.substr(line.find(": ") + 2);
    }
    out.type = out.headers["content-type"];
    return out;
  }
  static std::map<std::string, std::string> signed_headers(const std::string& id, const std::string& body, const std::string& key = kSecretLine) {
    const std::uint64_t at = SystemClock().now().wall_ms / 1000;
    return {{"content-type", "application/cloudevents+json"}, {"webhook-id", id}, {"webhook-timestamp", std::to_string(at)},
            {"webhook-signature", WebhookKeys::parse(key, WebhookKeys::Use::kSign)->sign(id, at, body)}};
  }
  HttpResponse send(const std::string& id, const std::string& body) { return ask("POST", "/", body, signed_headers(id, body)); }
  static std::string event(const json& data, const json& more = json::object()) {
    json out = {{"specversion", "1.0"}, {"id", "e1"}, {"source", "/cases"}, {"type", "example.case.visit"}, {"data", data}};
    out.update(more);
    return out.dump();
  }
  static std::string code_of(const HttpResponse& answer) {
    EXPECT_EQ(answer.type.substr(0, 24), "application/problem+json") << answer.body;
    const json problem = json::parse(answer.body, nullptr, false);
    EXPECT_FALSE(problem.value("detail", "").empty());
    return problem.value("code", "");
  }
  std::vector<ConnectorItem> items() { return *ConnectorStore(node().store()).list(config.name, {}, 0, 100); }
  ConnectorState state() { return *ConnectorStore(node().store()).state(config.name); }

  ConnectorConfig config;
  std::unique_ptr<Connector> connector;
  std::unique_ptr<Routes> routes;
  std::string address, words;
  bool halted = false;
};

TEST_F(WebhookInTest, ASignedEventBecomesARecordOnce) {
  const std::string body = event(visit_on());
  const HttpResponse first = send("e-1", body);
  ASSERT_EQ(first.status, 202) << first.body;
  EXPECT_EQ(json::parse(first.body), (json{{"event", "e-1"}, {"id", "1540-V-2026-0001"}, {"kind", "visit.plan"}, {"state", "queued"}}));
  EXPECT_EQ(words, "1 event taken in");
  const HttpResponse again = send("e-1", body);
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.body, first.body) << "the same event is answered as before";
  EXPECT_THAT(records("1540"), SizeIs(1));
  ASSERT_THAT(items(), SizeIs(1));
  EXPECT_EQ(items()[0].record, "1540-V-2026-0001");
  EXPECT_EQ(items()[0].words, "taken in as 1540-V-2026-0001");
  EXPECT_EQ(state().done, 1U);
  run();
  EXPECT_THAT(sent(), SizeIs(1));
}

TEST_F(WebhookInTest, WhatItBecameDoesNotGoBackToItsSystem) {
  ASSERT_EQ(send("e-1", event(visit_on())).status, 202);
  run();
  ConnectorStore store(node().store());
  Desk desk{node(), *routes, store, now_of(stations.at("1540"))};
  EXPECT_TRUE(*came_from(desk, sent().at(0), "cases"));
  EXPECT_FALSE(*came_from(desk, sent().at(0), "archive"));
}

TEST_F(WebhookInTest, AlsoAfterARestartTheSameEventMakesNothingNew) {
  const std::string body = event(visit_on());
  const HttpResponse first = send("e-1", body);
  ASSERT_EQ(first.status, 202);
  connector.reset();
  open(stations.at("1540"));
  make();
  EXPECT_EQ(send("e-1", body).body, first.body);
  EXPECT_THAT(records("1540"), SizeIs(1));
}

TEST_F(WebhookInTest, AnIdIsNotUsedForAnotherEvent) {
  ASSERT_EQ(send("e-1", event(visit_on())).status, 202);
  const HttpResponse other = send("e-1", event(visit_on("2031-03-01")));
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(code_of(other), "E_DUPLICATE");
  EXPECT_THAT(records("1540"), SizeIs(1));
}

TEST_F(WebhookInTest, ARefusedEventLeavesNothingAndMayComeAgainMended) {
  const HttpResponse wrong = send("e-1", event({{"states", {"Nowhere"}}, {"components", {{{"start", "2030-03-01"}}}}}));
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(code_of(wrong), "E_INPUT");
  EXPECT_THAT(records("1540"), IsEmpty());
  ASSERT_THAT(items(), SizeIs(1));
  EXPECT_EQ(items()[0].state, ConnectorItem::State::kFailed);
  EXPECT_EQ(words, "1 refused: liaison connector items case-files");
  EXPECT_EQ(send("e-1", event(visit_on())).status, 202);
  ASSERT_THAT(items(), SizeIs(1));
  EXPECT_EQ(items()[0].state, ConnectorItem::State::kDone);
  EXPECT_EQ(items()[0].tries, 2U);
}

TEST_F(WebhookInTest, DataSaysWhatItIs) {
  const HttpResponse visit = send("e-1", event({{"kind", "visit"}, {"fields", visit_on()}}));
  ASSERT_EQ(visit.status, 202) << visit.body;
  const std::string id = json::parse(visit.body)["id"];
  const HttpResponse change = send("e-2", event({{"record", id}, {"revision", 1}, {"fields", {{"title", "Another title"}}}}));
  ASSERT_EQ(change.status, 202) << change.body;
  EXPECT_EQ((*node().visits().show(id))["title"], "Another title");
  const HttpResponse stale = send("e-3", event({{"record", id}, {"revision", 1}, {"fields", {{"title", "A third"}}}}));
  EXPECT_EQ(stale.status, 409) << stale.body;
  EXPECT_EQ(code_of(stale), "E_REVISION");
  const HttpResponse own = send("e-4", event({{"record", id}, {"answer", {{"answer", "joins"}, {"body", "x"}}}}));
  EXPECT_EQ(own.status / 100, 4) << "nobody answers a record of its own: " << own.body;
  EXPECT_EQ(send("e-5", event({{"record", "1373-V-2026-0099"}, {"answer", {{"answer", "joins"}, {"body", "x"}}}})).status, 404);
}

TEST_F(WebhookInTest, DataThatSaysNothingIsRefused) {
  struct Row { json data; std::string words; };
  const json fields = visit_on();
  const Row rows[] = {{{{"kind", "marriage"}, {"fields", fields}}, "kind: \"marriage\" is no kind of record"},
                      {{{"kind", 7}, {"fields", fields}}, "kind: is no word"},
                      {{{"kind", "visit"}, {"fields", fields}, {"more", 1}}, "kind: is no word with nothing but fields beside it"},
                      {{{"fields", "text"}}, "fields: is no JSON object"},
                      {{{"record", "../../etc"}, {"answer", json::object()}}, "record: is no id"},
                      {{{"record", 7}, {"revision", 1}, {"fields", fields}}, "record: is no id"},
                      {{{"record", "1540-V-2026-0001"}, {"revision", -1}, {"fields", fields}}, "revision: is not the number"},
                      {{{"record", "1540-V-2026-0001"}, {"revision", 0}, {"fields", fields}}, "revision: is not the number"},
                      {{{"record", "1540-V-2026-0001"}, {"revision", 1e300}, {"fields", fields}}, "revision: is not the number"},
                      {{{"record", "1540-V-2026-0001"}, {"revision", 1}}, "fields: is no JSON object"},
                      {{{"record", "1540-V-2026-0001"}, {"answer", 7}}, "answer: is no JSON object"}};
  int number = 0;
  for (const Row& row : rows) {
    const HttpResponse refused = send("e-" + std::to_string(++number), event(row.data));
    EXPECT_EQ(refused.status, 400) << row.data;
    EXPECT_THAT(json::parse(refused.body)["detail"].get<std::string>(), HasSubstr(row.words));
  }
  EXPECT_EQ(send("types", event({{"states", 7}, {"components", "x"}, {"title", json::array()}})).status, 400) << "a wrong type is told, and ends nothing";
  EXPECT_THAT(records("1540"), IsEmpty());
}

TEST_F(WebhookInTest, WithoutAGoodSignatureNothingIsLookedAt) {
  const std::string body = event(visit_on());
  auto headers = signed_headers("e-1", body, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
  EXPECT_EQ(ask("POST", "/", body, headers).status, 401);
  EXPECT_EQ(words, "1 call without a good signature");
  headers = signed_headers("e-1", body);
  EXPECT_EQ(code_of(ask("POST", "/", body + " ", headers)), "E_SIGNATURE");
  const std::uint64_t old = SystemClock().now().wall_ms / 1000 - 400;
  headers["webhook-timestamp"] = std::to_string(old);
  headers["webhook-signature"] = WebhookKeys::parse(kSecretLine, WebhookKeys::Use::kSign)->sign("e-1", old, body);
  const HttpResponse late = ask("POST", "/", body, headers);
  EXPECT_EQ(late.status, 401);
  EXPECT_EQ(code_of(late), "E_CLOCK");
  headers.erase("webhook-signature");
  EXPECT_EQ(ask("POST", "/", body, headers).status, 400);
  EXPECT_THAT(records("1540"), IsEmpty());
  EXPECT_THAT(items(), IsEmpty()) << "who has no key leaves no row";
}

TEST_F(WebhookInTest, OnlyAnEventAtTheRootIsTaken) {
  const std::string body = event(visit_on());
  const auto headers = signed_headers("e-1", body);
  EXPECT_EQ(ask("POST", "/api/v1/visits", body, headers).status, 404);
  EXPECT_EQ(ask("GET", "/", "", {}).status, 405);
  auto typed = headers;
  typed["content-type"] = "text/plain";
  EXPECT_EQ(ask("POST", "/", body, typed).status, 415);
  typed["content-type"] = "application/json; charset=utf-8";
  EXPECT_EQ(ask("POST", "/", body, typed).status, 202);
  EXPECT_EQ(code_of(send("e-2", "{}")), "E_INPUT");
  EXPECT_EQ(send("e-3", std::string(300 * 1024, ' ')).status, 413);
  auto none = headers;
  none.erase("content-type");
  EXPECT_EQ(ask("POST", "/", body, none).status, 415);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += '[';
  EXPECT_EQ(send("e-4", deep).status, 400);
}

TEST_F(WebhookInTest, ATestIsAnsweredAndDoesNothing) {
  const HttpResponse answer = send("test-1", event({{"test", true}}, {{"type", "org.liaison.test"}}));
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(json::parse(answer.body)["state"], "test");
  EXPECT_THAT(records("1540"), IsEmpty());
}

TEST_F(WebhookInTest, WhileTheNodeEndsAnEventIsToComeAgain) {
  halted = true;
  const HttpResponse answer = send("e-1", event(visit_on()));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(code_of(answer), "E_HALTED");
  EXPECT_EQ(answer.headers.at("retry-after"), "30");
  halted = false;
  EXPECT_EQ(send("e-1", event(visit_on())).status, 202);
}

TEST_F(WebhookInTest, WhereOfficersReleaseAnEventIsADraft) {
  config.as_drafts = true;
  make();
  const std::string body = event(visit_on());
  const HttpResponse first = send("e-1", body);
  ASSERT_EQ(first.status, 202) << first.body;
  EXPECT_EQ(json::parse(first.body), (json{{"event", "e-1"}, {"id", "draft-1"}, {"kind", "visit.plan"}, {"state", "draft"}}));
  EXPECT_EQ(send("e-1", body).body, first.body);
  EXPECT_THAT(records("1540"), IsEmpty());
  const auto draft = node().drafts().find(1);
  ASSERT_TRUE(draft && *draft);
  EXPECT_EQ((*draft)->made_by.name, "connector case-files");
  EXPECT_EQ(send("e-2", event({{"states", {"Nowhere"}}})).status, 400) << "what is wrong in its form is no draft either";
}

TEST_F(WebhookInTest, ARunTakesNoMoreThanItsShare) {
  std::vector<std::thread> clients;
  std::atomic<int> taken = 0;
  for (int i = 0; i < 5; ++i) {
    clients.emplace_back([&, i] {
      const std::string body = event({{"states", {"KGZ"}}, {"title", "A visit"}, {"components", {{{"start", "203" + std::to_string(i) + "-03-01"}}}}});
      const auto answer = http_request({"", address}, "POST", "/", body, signed_headers("e-" + std::to_string(i), body));
      if (answer && answer->status == 202) ++taken;
    });
  }
  std::uint64_t done = 0;
  while (done < 5) {
    pollfd wake{connector->wake_fd(), POLLIN, 0};
    ASSERT_GE(::poll(&wake, 1, 60'000), 1);
    const auto ran = connector->run(door(), 2, {});
    ASSERT_TRUE(ran);
    EXPECT_LE(ran->done, 2U);
    EXPECT_EQ(ran->more, ran->done == 2);
    done += ran->done;
  }
  for (std::thread& one : clients) one.join();
  EXPECT_EQ(taken, 5);
  EXPECT_THAT(records("1540"), SizeIs(5));
}

TEST_F(WebhookInTest, ItListensOnLoopbackAlone) {
  connector.reset();
  for (const char* listen : {"", "0.0.0.0:5690", "10.0.0.1:5690", "localhost", "case.example:80", "127.0.0.1:99999"}) {
    config.texts["listen"] = listen;
    const auto made = make_webhook_in(config);
    ASSERT_FALSE(made) << listen;
    EXPECT_EQ(made.error().code, Code::kConfig);
  }
  config.texts = {{"listen", "127.0.0.1:0"}, {"takes", "marriage"}};
  EXPECT_FALSE(make_webhook_in(config));
}

TEST_F(WebhookInTest, AnAddressThatIsTakenIsAnErrorUntilItIsFree) {
  auto taken = HttpServer::open({"", 0660, "127.0.0.1:0", 1 << 20});
  ASSERT_TRUE(taken);
  config.texts["listen"] = (*taken)->address();
  auto made = make_webhook_in(config);
  ASSERT_TRUE(made) << "the node starts all the same";
  EXPECT_EQ((*made)->wake_fd(), -1);
  EXPECT_EQ((*made)->run(door(), 64, {}).error().code, Code::kIo);
  taken->reset();
  EXPECT_TRUE((*made)->run(door(), 64, {}));
  EXPECT_GE((*made)->wake_fd(), 0);
}

}  // namespace
}  // namespace liaison
