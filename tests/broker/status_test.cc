// SPDX-License-Identifier: Apache-2.0
// What operators see and do: readiness with its reasons, metrics, the checkpoint, and the control door.
#include "broker/status.h"

#include <nlohmann/json.hpp>

#include "broker/control.h"
#include "tests/broker/exchange_fixture.h"

namespace liaison {
namespace {

using Json = nlohmann::json;

class StatusPages : public ExchangeFixture {
 protected:
  StatusSource source() {
    counters.connected["1540"] = 1;
    return {*gateway, gateway->ready() ? &counters : nullptr, gateway->ready() ? 3U : 0U, store->bytes(), clock.now()};
  }
  HttpResponse get(const std::string& path, const std::map<std::string, std::string>& query = {}) {
    EXPECT_TRUE(gateway->step());
    return status_page({"GET", path, query, {}, {}, {}}, source());
  }
  HttpResponse post(const std::string& path, const std::string& body) {
    return control_page({"POST", path, {}, {}, body, 0}, *gateway, source());
  }
  std::string both() { return Json{{"roster", tiny.note()}, {"policy", tiny.policy}}.dump(); }
  ChannelCounters counters;
};

TEST_F(StatusPages, ABrokerWithoutARosterIsAliveAndSaysWhatItWaitsFor) {
  EXPECT_EQ(get("/livez").status, 200);
  const HttpResponse ready = get("/readyz", {{"verbose", ""}});
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("[-] roster: waiting for the first roster\n"), std::string::npos) << ready.body;
  EXPECT_EQ(get("/checkpoint").status, 404);
}

TEST_F(StatusPages, ApplyMakesItReady) {
  const HttpResponse applied = post("/apply", both());
  ASSERT_EQ(applied.status, 200) << applied.body;
  const Json json = Json::parse(applied.body);
  EXPECT_EQ(json["applied"][0]["kind"], "roster");
  EXPECT_EQ(json["applied"][1]["index"], 1);
  const HttpResponse ready = get("/readyz", {{"verbose", ""}});
  EXPECT_EQ(ready.status, 200) << ready.body;
  EXPECT_NE(ready.body.find("[+] sign: checkpoint of 2 entries\n"), std::string::npos) << ready.body;
  EXPECT_EQ(get("/checkpoint").body, gateway->ledger().note());
  EXPECT_EQ(get("/checkpoint").type, "text/plain; charset=utf-8");
}

TEST_F(StatusPages, EachThingThatFailsHasALineWithItsReason) {
  limits.free_bytes_min = 256ULL << 20;
  restart();
  apply_first();
  clock.advance(200);
  clock.step_wall(7'200'000);
  faulty->free = 0;
  const HttpResponse ready = get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("[-] clock: the clock was stepped by 7200 s"), std::string::npos) << ready.body;
  EXPECT_NE(ready.body.find("[-] store: 0 MiB free to write: nothing is taken"), std::string::npos) << ready.body;
  EXPECT_EQ(post("/clock/confirm", "").status, 200);
  EXPECT_EQ(get("/readyz").body.find("[-] clock"), std::string::npos);
}

TEST_F(StatusPages, AShutDoorIsNotReadyToDeliver) {
  apply_first();
  EXPECT_EQ(get("/readyz").status, 200);
  counters.door_shut = true;
  const HttpResponse ready = get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("[-] deliver: 3 of 3 endpoints bound, but no new connections are taken: too many are open\n"), std::string::npos) << ready.body;
}

TEST_F(StatusPages, MetricsCountWhatHappened) {
  apply_first();
  ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  Letter bad = letter_from("1540");
  bad.kind = "visit.answer";
  ASSERT_EQ(logged(publish("1540", bad)), Code::kPolicy);
  fetch("1267", 0);
  const std::string text = get("/metrics").body;
  for (const char* line : {"liaison_broker_messages_received_total{committee=\"1540\",kind=\"visit.plan\"} 1\n",
                           "liaison_broker_messages_rejected_total{reason=\"E_POLICY\"} 1\n",
                           "liaison_broker_messages_delivered_total{committee=\"1267\"} 1\n", "liaison_journal_sequence 4\n",
                           "liaison_broker_connected_peers{committee=\"1540\"} 1\n", "liaison_journal_fsync_seconds_count",
                           "# TYPE liaison_broker_cpu_seconds_total counter\n", "liaison_broker_cpu_seconds_total{stage=\"verify\"}",
                           "liaison_build_info{version=", "liaison_journal_append_seconds_bucket{le=\"+Inf\"}"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST_F(StatusPages, OtherPathsAndMethodsAreToldWhatThereIs) {
  EXPECT_EQ(get("/nothing").status, 404);
  EXPECT_EQ(status_page({"POST", "/livez", {}, {}, {}, {}}, source()).status, 405);
}

TEST_F(StatusPages, AWrongApplyIsAnsweredWithCodeAndHint) {
  for (const char* body : {"", "[]", "{\"colour\": \"red\"}", "{\"roster\": 7}"}) {
    const HttpResponse answer = post("/apply", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.type, "application/problem+json");
  }
  const HttpResponse answer = post("/apply", Json{{"roster", "nonsense"}, {"policy", tiny.policy}}.dump());
  EXPECT_EQ(answer.status, 422);
  EXPECT_FALSE(Json::parse(answer.body).is_discarded());
  EXPECT_EQ(gateway->ledger().size(), 0U);
}

TEST_F(StatusPages, TheControlStatusIsJson) {
  EXPECT_EQ(Json::parse(control_page({"GET", "/status", {}, {}, {}, 0}, *gateway, source()).body)["roster"], nullptr);
  apply_first();
  const Json json = Json::parse(control_page({"GET", "/status", {}, {}, {}, 0}, *gateway, source()).body);
  EXPECT_EQ(json["roster"]["version"], 1);
  EXPECT_EQ(json["log"]["size"], 2);
  EXPECT_EQ(json["ready"], true);
  EXPECT_EQ(control_page({"GET", "/apply", {}, {}, {}, 0}, *gateway, source()).status, 404);
}

}  // namespace
}  // namespace liaison
