// SPDX-License-Identifier: Apache-2.0
// The local API as the command line sees it: one id, one result; a dry run leaves nothing; every refusal has its status and
// says what to try.
#include "nodes/api/routes.h"

#include "tests/nodes/node_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Api : public OneNode {
 protected:
  Api() { make(); }
  void make() {
    routes = std::make_unique<Routes>(node(), *stations.at("1540").link, "tcp://broker:5601", [this]() -> Result<void> {
      if (settle_fails) return fail(Code::kStore, "the disk is full");
      Station& own = stations.at("1540");
      const NodeOutcome outcome = TRY(own.node->settle(now_of(own)));
      own.link->dispatch(outcome, now_of(own));
      return {};
    });
  }
  HttpResponse ask(const std::string& method, const std::string& path, const json& body = {}, std::map<std::string, std::string> headers = {},
                   std::map<std::string, std::string> query = {}) {
    return routes->answer({method, "/api/v1" + path, std::move(query), std::move(headers), body.is_null() ? "" : body.dump(), {}}, now_of(stations.at("1540")));
  }
  json get(const std::string& path, std::map<std::string, std::string> query = {}) {
    const HttpResponse found = ask("GET", path, {}, {}, std::move(query));
    EXPECT_EQ(found.status, 200) << path << ": " << found.body;
    return json::parse(found.body);
  }
  HttpResponse plan_with(const std::string& key, const json& fields = visit_on(), bool dry = false) {
    std::map<std::string, std::string> query;
    if (dry) query["dry_run"] = "1";
    return ask("POST", "/visits", fields, {{"idempotency-key", key}}, query);
  }
  static std::string code_of(const HttpResponse& answer) {
    EXPECT_EQ(answer.type, "application/problem+json");
    const json problem = json::parse(answer.body);
    EXPECT_FALSE(problem["detail"].get<std::string>().empty());
    return problem["code"];
  }

  bool settle_fails = false;
  std::unique_ptr<Routes> routes;
};

TEST_F(Api, OneRequestIdGivesOneResultAlsoAfterARestart) {
  const HttpResponse first = plan_with("act-1");
  ASSERT_EQ(first.status, 201) << first.body;
  const json said = json::parse(first.body);
  EXPECT_EQ(said["id"], "1540-V-2026-0001");
  EXPECT_EQ(said["state"], "queued");
  EXPECT_EQ(said["rule"], "all");
  EXPECT_EQ(said["recipients"].size(), 2U);
  EXPECT_EQ(plan_with("act-1").body, first.body);
  open(stations.at("1540"));
  make();
  run();
  const HttpResponse again = plan_with("act-1");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_THAT(records("1540"), SizeIs(1));
  EXPECT_THAT(sent(), SizeIs(1));
  const HttpResponse other = plan_with("act-1", visit_on("2031-03-01"));
  EXPECT_EQ(other.status, 409) << "the id belongs to another act";
  EXPECT_THAT(records("1540"), SizeIs(1));
}

// The committees are known from the pinned roster, the rule is not.
TEST_F(NodeFixture, ADryRunBeforeTheFirstContactSaysThatThePolicyIsNotKnown) {
  add("1540");
  Routes routes(node(), *stations.at("1540").link, "tcp://broker:5601", []() -> Result<void> { return {}; });
  const HttpResponse dry = routes.answer({"POST", "/api/v1/visits", {{"dry_run", "1"}}, {}, visit_on().dump(), {}}, clock.now());
  ASSERT_EQ(dry.status, 200) << dry.body;
  const json said = json::parse(dry.body);
  EXPECT_THAT(said["recipients"], SizeIs(2));
  EXPECT_EQ(said["rule"], "");
  EXPECT_THAT(said["warnings"].dump(), HasSubstr("not sent at once: waiting for the first contact with the broker, from which the policy comes"));
}

TEST_F(Api, AWriteNeedsAnIdThatIsOne) {
  for (const std::string& id : {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a\n"), std::string("\xc3\xa9")}) {
    EXPECT_EQ(plan_with(id).status, 400);
  }
  EXPECT_THAT(records("1540"), IsEmpty());
  EXPECT_EQ(plan_with(std::string(64, 'a')).status, 201);
}

TEST_F(Api, ADryRunTellsAllAndLeavesNothing) {
  const HttpResponse dry = plan_with("", visit_on(), true);
  ASSERT_EQ(dry.status, 200) << dry.body;
  const json said = json::parse(dry.body);
  EXPECT_EQ(said["state"], "dry_run");
  EXPECT_EQ(said["rule"], "all");
  EXPECT_EQ(said["basis"], "a basis");
  EXPECT_TRUE(said["message_id"].is_null());
  EXPECT_EQ(said["recipients"].size(), 2U);
  run();
  EXPECT_THAT(records("1540"), IsEmpty());
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_EQ(node().outbox().drafts(), 0U);
  EXPECT_THAT(broker.heard, IsEmpty());
  EXPECT_EQ(json::parse(plan_with("act").body)["id"], said["id"]) << "the number was not used up";
  EXPECT_EQ(plan_with("", {{"states", {"KGZ"}}}, true).status, 400) << "and everything is checked";
}

TEST_F(Api, ARefusedActLeavesNothingAndItsIdMayBeUsedAgain) {
  EXPECT_EQ(code_of(plan_with("act", {{"states", {"Nowhere"}}, {"components", {{{"start", "2030-03-01"}}}}})), "E_INPUT");
  EXPECT_EQ(code_of(plan_with("act", {{"states", 7}})), "E_INPUT");
  json kept = visit_on();
  kept["marking"] = "committee_only";
  const HttpResponse marked = plan_with("act", kept);
  EXPECT_EQ(marked.status, 403);
  EXPECT_EQ(code_of(marked), "E_MARKING");
  EXPECT_EQ(ask("POST", "/visits", {}, {{"idempotency-key", "act"}}).status, 400) << "no JSON";
  EXPECT_THAT(records("1540"), IsEmpty());
  EXPECT_EQ(plan_with("act").status, 201);
}

TEST_F(Api, APolicyThatForbidsIsNamedWithItsRuleAndParagraph) {
  change_roster([](Roster&) {}, "allow all publish * visit.answer <=named to * under \"a basis\"\n"
                                "deny not.us publish 1540 visit.plan public to 1267 under \"S/RES/9999 (2026) 1\"\n");
  run();
  const HttpResponse none = plan_with("a");
  EXPECT_EQ(none.status, 403);
  EXPECT_EQ(code_of(none), "E_POLICY");
  EXPECT_THAT(none.body, HasSubstr("no rule allows it"));
  json open_fields = visit_on();
  open_fields["marking"] = "public";
  const HttpResponse denied = plan_with("b", open_fields);
  EXPECT_EQ(denied.status, 403);
  EXPECT_THAT(denied.body, HasSubstr("not.us"));
  EXPECT_THAT(denied.body, HasSubstr("S/RES/9999 (2026) 1"));
}

TEST_F(Api, AChangeNeedsTheRevisionThatWasSeenAndTheOwner) {
  change_roster([](Roster&) {}, "allow all publish * visit.plan <=named to * under \"a basis\"\n"
                                "allow answers publish * visit.answer <=named to * under \"a basis\"\n");
  run();
  ASSERT_EQ(plan_with("a").status, 201);
  const auto change = [&](const std::string& record, const std::string& match, const std::string& key) {
    std::map<std::string, std::string> headers{{"idempotency-key", key}};
    if (!match.empty()) headers["if-match"] = match;
    return ask("PATCH", "/visits/" + record, {{"title", "Another"}}, headers);
  };
  for (const char* wrong : {"", "1", "\"\"", "\"x\"", "\"1", "\"99999999999\""}) EXPECT_EQ(change("1540-V-2026-0001", wrong, "b").status, 400) << wrong;
  EXPECT_EQ(change("1540-V-2026-0001", "\"1\"", "b").status, 200);
  const HttpResponse stale = change("1540-V-2026-0001", "\"1\"", "c");
  EXPECT_EQ(stale.status, 409);
  EXPECT_EQ(code_of(stale), "E_REVISION");
  EXPECT_EQ(change("1540-V-2026-0009", "\"1\"", "d").status, 404);
  post("1267");
  run();
  const HttpResponse foreign = change("1267-V-2026-0001", "\"1\"", "e");
  EXPECT_EQ(foreign.status, 403);
  EXPECT_EQ(code_of(foreign), "E_NOT_OWNER");
  EXPECT_EQ(ask("POST", "/visits/1267-V-2026-0001/answers", {{"answer", "joins"}}, {{"idempotency-key", "f"}}).status, 201);
  run();
  EXPECT_EQ(get("/visits/1267-V-2026-0001")["answers"].size(), 1U);
  EXPECT_EQ(get("/visits/1540-V-2026-0001/history")["items"].size(), 2U);
}

TEST_F(Api, AnImportIsAllOrNothingUnlessItIsToldToKeepGoing) {
  json rows = json::array({visit_on("2030-03-01"), visit_on("never"), 7, visit_on("2032-03-01")});
  rows[0]["line"] = 2;
  rows[1]["line"] = 3;
  const auto import_with = [&](const std::string& key, bool keep_going) {
    return ask("POST", "/visits/import", {{"rows", rows}, {"historical", false}, {"keep_going", keep_going}}, {{"idempotency-key", key}});
  };
  const HttpResponse refused = import_with("a", false);
  EXPECT_EQ(refused.status, 400);
  const json said = json::parse(refused.body);
  EXPECT_THAT(said["created"], IsEmpty());
  ASSERT_THAT(said["errors"], SizeIs(2));
  EXPECT_EQ(said["errors"][0]["line"], 3);
  EXPECT_THAT(said["errors"][0]["field"].get<std::string>(), HasSubstr("components[0]"));
  EXPECT_THAT(records("1540"), IsEmpty());
  const HttpResponse kept = import_with("b", true);
  EXPECT_EQ(kept.status, 201);
  EXPECT_THAT(json::parse(kept.body)["created"], SizeIs(2));
  EXPECT_EQ(import_with("b", true).body, kept.body);
  run();
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted, MessageState::kAccepted));
  EXPECT_EQ(ask("POST", "/visits/import", {{"rows", 1}}, {{"idempotency-key", "c"}}).status, 400);
}

TEST_F(Api, ARowWithAKnownIdIsOnlyCompared) {
  ASSERT_EQ(plan_with("a").status, 201);
  run();
  const auto import_with = [&](const std::string& key, const json& rows) {
    return ask("POST", "/visits/import", {{"rows", rows}}, {{"idempotency-key", key}});
  };
  json same = visit_on(), other = visit_on("2031-03-01"), fresh = visit_on("2032-03-01");
  same.update({{"id", "1540-V-2026-0001"}, {"revision", 7}, {"line", 2}});
  other.update({{"id", "1540-V-2026-0001"}, {"line", 3}});
  fresh.update({{"id", "1540-V-2026-0009"}, {"line", 4}});
  const json kept = json::parse(import_with("b", {same, fresh}).body);
  EXPECT_EQ(kept["unchanged"], json::parse(R"([{"line": 2, "id": "1540-V-2026-0001"}])"));
  ASSERT_THAT(kept["created"], SizeIs(1)) << kept;
  EXPECT_EQ(kept["created"][0]["id"], "1540-V-2026-0002") << "a new record gets a number of its own";
  run();
  EXPECT_THAT(records("1540"), SizeIs(2));
  const HttpResponse refused = import_with("c", {same, other});
  EXPECT_EQ(refused.status, 400);
  const json said = json::parse(refused.body);
  ASSERT_THAT(said["errors"], SizeIs(1));
  EXPECT_EQ(said["errors"][0]["line"], 3);
  EXPECT_THAT(said["errors"][0]["detail"].get<std::string>(), HasSubstr("differs from this in components"));
  EXPECT_THAT(said["errors"][0]["hint"].get<std::string>(), HasSubstr("liaison visit change 1540-V-2026-0001"));
}

// From another exchange, newest first: what the first row becomes has the id of the second one.
TEST_F(Api, IdsOfAnotherExchangeDoNotMeetThoseThatTheRowsGet) {
  json rows = json::array();
  for (int number = 3; number >= 1; --number) {
    rows.push_back(visit_on("203" + std::to_string(number) + "-03-01"));
    rows.back()["id"] = "1540-V-2026-000" + std::to_string(number);
  }
  const HttpResponse done = ask("POST", "/visits/import", {{"rows", rows}}, {{"idempotency-key", "a"}});
  ASSERT_EQ(done.status, 201) << done.body;
  EXPECT_THAT(json::parse(done.body)["created"], SizeIs(3));
}

TEST_F(Api, ACalendarIsAPageOfDays) {
  ASSERT_EQ(plan_with("a").status, 201);
  const json page = get("/calendar", {{"from", "2030-03-01"}, {"to", "2030-03-31"}});
  ASSERT_THAT(page["items"], SizeIs(1));
  EXPECT_EQ(page["items"][0]["parts"][0]["first"], "2030-03-01");
  EXPECT_EQ(code_of(ask("GET", "/calendar", {}, {}, {{"from", "2030-03-01"}})), "E_INPUT");
}

TEST_F(Api, TheDailyCapIsA429AndADiskThatFailsA503) {
  stations.at("1540").settings.limits.messages_per_day = 1;
  open(stations.at("1540"));
  make();
  run();
  EXPECT_EQ(plan_with("a").status, 201);
  EXPECT_EQ(plan_with("b", visit_on("2031-03-01")).status, 429);
  stations.at("1540").settings.limits.messages_per_day = 100;
  open(stations.at("1540"));
  make();
  run();
  settle_fails = true;
  const HttpResponse failed = plan_with("c", visit_on("2032-03-01"));
  EXPECT_EQ(failed.status, 503);
  EXPECT_EQ(code_of(failed), "E_STORE");
  EXPECT_TRUE(routes->take_failure()) << "the owner must load anew or end";
  EXPECT_FALSE(routes->take_failure());
  settle_fails = false;
  ASSERT_TRUE(node().reload());
  EXPECT_EQ(plan_with("c", visit_on("2032-03-01")).status, 201) << "nothing of it was kept, so the same id acts now";
}

TEST_F(Api, MessagesAreListedTracedAndProved) {
  for (int i = 0; i < 3; ++i) plan_with("act-" + std::to_string(i), visit_on(std::to_string(2030 + i) + "-03-01"));
  run();
  const json page = get("/messages", {{"direction", "sent"}, {"kind", "visit.plan"}, {"limit", "2"}});
  ASSERT_THAT(page["items"], SizeIs(2));
  EXPECT_EQ(page["items"][0]["record_id"], "1540-V-2026-0003");
  EXPECT_EQ(page["items"][0]["state"], "accepted");
  EXPECT_EQ(page["items"][0]["compromised"], false);
  EXPECT_THAT(get("/messages", {{"direction", "sent"}, {"kind", "visit.plan"}, {"cursor", page["next"]}})["items"], SizeIs(1));
  const std::string id = page["items"][0]["id"];
  EXPECT_EQ(get("/messages/" + id.substr(0, 8))["id"], id);
  std::vector<std::string> steps;
  const json trace = get("/messages/" + id + "/trace");
  for (const json& step : trace["steps"]) steps.push_back(step["step"]);
  EXPECT_THAT(steps, ElementsAre("queued", "signed", "sent", "accepted"));
  const json proof = get("/messages/" + id + "/proof");
  EXPECT_FALSE(proof.contains("content_key"));
  EXPECT_EQ(proof["index"], 4);
  EXPECT_TRUE(get("/messages/" + id + "/proof", {{"open", "1"}}).contains("content_key"));
  EXPECT_EQ(ask("GET", "/messages/1234567").status, 400);
  EXPECT_EQ(ask("GET", "/messages/ffffffff00").status, 404);
}

// A list that is empty because of a slip would be taken for the truth.
TEST_F(Api, AFilterThatCanFindNothingIsRefusedWithWhatIsKnown) {
  plan_with("act-1");
  run();
  const auto refused = [&](const std::string& name, const std::string& value) {
    const HttpResponse answer = ask("GET", "/messages", {}, {}, {{name, value}});
    EXPECT_EQ(answer.status, 400) << name << "=" << value << ": " << answer.body;
    EXPECT_EQ(code_of(answer), "E_INPUT");
    const json problem = json::parse(answer.body);
    return problem.value("detail", "") + " | " + problem.value("hint", "");
  };
  EXPECT_EQ(refused("state", "delivred"),
            "state: \"delivred\" is not known | did you mean delivered? one of queued, sent, accepted, refused, delivered, not_taken, received");
  const std::string kinds = refused("kind", "visit.paln");
  EXPECT_TRUE(kinds.starts_with("kind: \"visit.paln\" is not known | did you mean visit.plan? one of assistance.match, ")) << kinds;
  EXPECT_EQ(refused("direction", "recieved"), "direction: \"recieved\" is not known | did you mean received? one of sent, received, all");
  for (const std::string limit : {"0", "501", "-1", "x", "99999999999999999999"})
    EXPECT_EQ(refused("limit", limit), "limit: \"" + limit + "\" is not a number from 1 to 500 | leave it out for 50");
  EXPECT_THAT(refused("colour", "red"), HasSubstr("there is no such filter"));
  EXPECT_THAT(refused("cursor", "x"), HasSubstr("cursor: "));
  EXPECT_THAT(get("/messages", {{"limit", "500"}, {"kind", "receipt"}, {"state", "queued"}, {"direction", "all"}})["items"], IsEmpty());
}

TEST_F(Api, AKindThatTheNodeHoldsCanBeAskedForEvenIfThisVersionDoesNotKnowIt) {
  MessageRow row;
  row.message_id.fill(7);
  row.sender = *MemberId::parse("1373");
  row.kind = "visit.later";
  row.marking = "public";
  ASSERT_TRUE(node().store().begin());
  ASSERT_TRUE(node().rows().add(row));
  EXPECT_THAT(get("/messages", {{"kind", "visit.later"}})["items"], SizeIs(1));
}

TEST_F(Api, ATraceIsInOrderOfTimeWhoeverAnswersFirst) {
  plan_with("act-1");
  run();
  const MessageRow row = sent().front();
  const std::vector<Covered> covered{{row.message_id, row.frame_hash, *row.index, 1, Code::kAccepted}};
  for (const char* member : {"1373", "1267"}) {
    clock.advance(kSecond);
    post_receipt(member, covered);
    run();
  }
  const json steps = get("/messages/" + hex(row.message_id) + "/trace")["steps"];
  ASSERT_THAT(steps, SizeIs(6));
  EXPECT_EQ(steps[4]["member"], "1373");
  EXPECT_EQ(steps[5]["member"], "1267");
  EXPECT_LT(steps[4]["at"].get<std::string>(), steps[5]["at"].get<std::string>());
}

TEST_F(Api, AMessageThatIsOlderThan24HoursWhenItIsAcceptedIsShownAsLate) {
  Letter old = letter("1373");
  old.edit = [](Header& header) { header.created_at_ms -= 24 * kHour + 1; };
  post("1373", old);
  Letter just = letter("1373");
  just.edit = [](Header& header) { header.created_at_ms -= 24 * kHour; };
  post("1373", just);
  run();
  const json items = get("/messages", {{"direction", "received"}})["items"];
  ASSERT_THAT(items, SizeIs(2));
  EXPECT_EQ(items[0]["late"], false);
  EXPECT_EQ(items[1]["late"], true);
  EXPECT_EQ(items[1]["verdict"], "OK") << "it is accepted all the same";
  const auto accepted = [&](const json& message) {
    return get("/messages/" + message["id"].get<std::string>() + "/trace")["steps"][0]["sentence"].get<std::string>();
  };
  EXPECT_THAT(accepted(items[1]), HasSubstr("more than 24 hours before"));
  EXPECT_EQ(accepted(items[0]), "the log holds it for good");
  EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(Api, WhatIsNotLoggedOrNotFetchedYetHasNoProof) {
  broker.deaf = true;
  const std::string waiting = json::parse(plan_with("a").body)["message_id"];
  EXPECT_EQ(ask("GET", "/messages/" + waiting + "/proof").status, 404);
  broker.deaf = false;
  broker.lie = [](const MemberId&, Control& control) { return !std::holds_alternative<Items>(control); };
  pass(31 * kSecond);
  EXPECT_EQ(get("/messages/" + waiting)["state"], "accepted");
  EXPECT_EQ(ask("GET", "/messages/" + waiting + "/proof").status, 503);
}

TEST_F(Api, TheStatusSaysWhyNothingIsPublishedAndAlarmsCarryTheirEvidence) {
  json status = get("/status");
  EXPECT_EQ(status["link"]["state"], "up");
  EXPECT_EQ(status["publishing"], true);
  EXPECT_TRUE(status["publishing_stopped_because"].is_null());
  EXPECT_EQ(status["log"]["root"], hex(*node().mirror().root()));
  EXPECT_EQ(status["policy"]["version"], 1);
  broker.refuse = [](const Header&) { return Refusal{{}, Code::kFormat, 0, {}, 0, {}}; };
  plan_with("a");
  run();
  status = get("/status");
  EXPECT_EQ(status["publishing"], false);
  EXPECT_THAT(status["publishing_stopped_because"].get<std::string>(), HasSubstr("E_FORMAT"));
  EXPECT_EQ(status["alarms"], 1);
  EXPECT_EQ(status["outbox"]["queued"], 1);
  const json alarm = get("/alarms")["items"][0];
  EXPECT_EQ(alarm["kind"], "sender");
  EXPECT_EQ(alarm["evidence"][0]["base64"], base64(broker.heard[0].frame));
  EXPECT_TRUE(alarm["cleared_at"].is_null());
  EXPECT_THAT(routes->answer({"GET", "/metrics", {}, {}, "", {}}, clock.now()).body, HasSubstr("liaison_node_alarms_open 1"));
}

TEST_F(Api, AlarmsComeInPagesOpenOnesFirst) {
  NodeOutcome outcome;
  for (const char* subject : {"a", "b", "c", "d", "e"}) ASSERT_TRUE(node().alarms().raise("log", subject, "a sentence", {}, clock.now().wall_ms, outcome));
  for (const char* subject : {"b", "e"}) ASSERT_TRUE(node().alarms().clear("log", subject, clock.now().wall_ms, outcome));
  std::string seen;
  json page = get("/alarms", {{"limit", "2"}});
  for (;;) {
    EXPECT_LE(page["items"].size(), 2U);
    for (const json& one : page["items"]) seen += one["subject"].get<std::string>();
    if (page["next"].is_null()) break;
    page = get("/alarms", {{"limit", "2"}, {"cursor", page["next"].get<std::string>()}});
  }
  EXPECT_EQ(seen, "dcaeb");
  for (const char* cursor : {"7", "open-", "over-x", "open-7x"}) EXPECT_EQ(ask("GET", "/alarms", {}, {}, {{"cursor", cursor}}).status, 400) << cursor;
}

TEST_F(Api, AVisitSaysWhenAllHaveItAndWhenItsKeyWasRevoked) {
  plan_with("a");
  post("1267");
  run();
  EXPECT_EQ(get("/visits/1540-V-2026-0001")["delivery"], "accepted");
  const auto* entry = broker.newest_of(id_of("1540"));
  const auto own = *std::find_if(broker.log.begin(), broker.log.end(), [](const auto& e) { return e.sender == id_of("1540"); });
  EXPECT_NE(entry, nullptr);
  for (const char* id : {"1267", "1373"}) post_receipt(id, {{own.message_id, own.leaf.hash, own.leaf.index, 1, Code::kAccepted}});
  run();
  EXPECT_EQ(get("/visits/1540-V-2026-0001")["delivery"], "delivered");
  EXPECT_FALSE(get("/visits/1267-V-2026-0001").contains("compromised"));
  change_roster([](Roster& roster) {
    RosterKey& key = key_of(roster, "k1267a");
    key.status = KeyStatus::revoked;
    key.trusted_below = 2;
    key.reason = "compromise";
  });
  run();
  EXPECT_EQ(get("/visits/1267-V-2026-0001")["compromised"], true);
  EXPECT_THAT(get("/messages", {{"direction", "received"}, {"kind", "visit.plan"}})["items"][0]["compromised"], true);
}

TEST_F(Api, AVisitThatARecipientCouldNotTakeIsNotCalledDelivered) {
  plan_with("a");
  run();
  const auto own = *broker.newest_of(id_of("1540"));
  const auto answered = [&](const char* by, Code code) {
    post_receipt(by, {{own.message_id, own.leaf.hash, own.leaf.index, 1, code}});
    run();
  };
  answered("1267", Code::kAccepted);
  answered("1373", Code::kOpen);
  EXPECT_THAT(alarms(), ElementsAre("not_taken/1373 1540-V-2026-0001"));
  EXPECT_THAT(get("/alarms")["items"][0]["sentence"].get<std::string>(), HasSubstr("1373"));
  json visit = get("/visits/1540-V-2026-0001");
  EXPECT_EQ(visit["delivery"], "not_taken");
  EXPECT_EQ(visit["not_taken_by"], json::array({"1373"}));
  const json message = get("/messages", {{"state", "not_taken"}})["items"][0];
  EXPECT_EQ(message["state"], "not_taken");
  EXPECT_EQ(get("/messages/" + message["id"].get<std::string>() + "/trace")["steps"].back()["step"], "not_taken");
  answered("1267", Code::kOpen);
  EXPECT_EQ(get("/visits/1540-V-2026-0001")["not_taken_by"], json::array({"1373"})) << "only a better word counts later";
  answered("1373", Code::kAccepted);
  visit = get("/visits/1540-V-2026-0001");
  EXPECT_EQ(visit["delivery"], "delivered");
  EXPECT_FALSE(visit.contains("not_taken_by"));
  EXPECT_THAT(alarms(), ::testing::IsEmpty());
}

TEST_F(Api, AVisitWhosePlanWasRefusedSaysSo) {
  broker.verdict = [](const Header&) { return Code::kPolicy; };
  plan_with("a");
  run();
  const HttpResponse shown = ask("GET", "/visits/1540-V-2026-0001");
  EXPECT_EQ(shown.status, 404);
  EXPECT_THAT(shown.body, HasSubstr("refused (E_POLICY"));
  EXPECT_THAT(shown.body, HasSubstr(hex(sent()[0].message_id).substr(0, 12)));
}

TEST_F(Api, TheAuditSaysWhichUserActed) {
  const auto acted = [&](std::optional<std::uint32_t> uid, const std::string& key) {
    const HttpResponse made = routes->answer({"POST", "/api/v1/visits", {}, {{"idempotency-key", key}}, visit_on().dump(), uid}, clock.now());
    EXPECT_EQ(made.status, 201) << made.body;
    Statement select = *node().store().database().prepare("SELECT actor FROM audit ORDER BY id DESC LIMIT 1");
    EXPECT_TRUE(*select.step());
    return select.text(0);
  };
  EXPECT_EQ(acted(0, "a"), "uid 0 (root)");
  EXPECT_EQ(acted(4'000'000'000U, "b"), "uid 4000000000") << "nobody of this machine";
  EXPECT_EQ(acted({}, "c"), "unknown");
}

TEST_F(Api, WhatIsNotThereIsNotFound) {
  for (const char* path : {"/nothing", "/visits/1540-V-2026-0001", "/visits/x/y/z", "/messages/00000000/steps"}) {
    EXPECT_THAT(ask("GET", path).status, ::testing::AnyOf(404, 400)) << path;
  }
  EXPECT_EQ(ask("DELETE", "/visits").status, 405);
  EXPECT_EQ(routes->answer({"GET", "/", {}, {}, "", {}}, clock.now()).status, 404);
  EXPECT_EQ(ask("POST", "/status", json::object(), {{"idempotency-key", "a"}}).status, 405);
}

}  // namespace
}  // namespace liaison
