// SPDX-License-Identifier: Apache-2.0
// Drafts through the local API, as two officers use them: nothing leaves before the release, which is done by the second one where the
// configuration says so; both stand in the audit; a draft survives a restart and a rebuild and leaves only once.
#include "nodes/drafts.h"

#include "nodes/api/routes.h"
#include "tests/nodes/node_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint32_t kAlice = 2'000'001, kBob = 2'000'002, kCarol = 2'000'003;

class DraftsApi : public OneNode {
 protected:
  DraftsApi() { make(); }
  void make() {
    routes = std::make_unique<Routes>(node(), *stations.at("1540").link, "tcp://broker:5601", [this]() -> Result<void> {
      Station& own = stations.at("1540");
      const NodeOutcome outcome = TRY(own.node->settle(now_of(own), Node::Commit::kNow));
      own.link->dispatch(outcome, now_of(own));
      return {};
    });
  }
  void again() {
    open(stations.at("1540"));
    make();
    run();
  }
  void two_officers_for(std::vector<std::string> kinds) {
    stations.at("1540").settings.release.four_eyes = std::move(kinds);
    again();
  }
  HttpResponse ask(std::uint32_t officer, const std::string& method, const std::string& path, const json& body = json::object(),
                   std::map<std::string, std::string> query = {}, const std::string& match = "") {
    HttpRequest request{method, "/api/v1" + path, std::move(query), {{"idempotency-key", "k" + std::to_string(++keys)}}, body.dump(), officer};
    if (!match.empty()) request.headers["if-match"] = "\"" + match + "\"";
    return routes->answer(request, now_of(stations.at("1540")));
  }
  json good(const HttpResponse& answer) {
    EXPECT_EQ(answer.status / 100, 2) << answer.body;
    return json::parse(answer.body);
  }
  json refused(const HttpResponse& answer, int status, const std::string& code) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.type, "application/problem+json");
    const json problem = json::parse(answer.body);
    EXPECT_EQ(problem["code"], code);
    EXPECT_FALSE(problem["hint"].get<std::string>().empty()) << answer.body;
    return problem;
  }
  json keep(std::uint32_t officer, const json& fields = visit_on()) { return good(ask(officer, "POST", "/visits", fields, {{"draft", "1"}})); }
  json shown(std::uint32_t officer, const std::string& id) { return good(ask(officer, "GET", "/drafts/" + id)); }
  HttpResponse release(std::uint32_t officer, const std::string& id, const std::string& version = "1") {
    return ask(officer, "POST", "/drafts/" + id + "/release", json::object(), {}, version);
  }
  json audit(std::map<std::string, std::string> query = {}) { return good(ask(kAlice, "GET", "/audit", json::object(), std::move(query)))["items"]; }

  std::unique_ptr<Routes> routes;
  int keys = 0;
};

TEST_F(DraftsApi, ADraftLeavesNothingUntilItIsReleasedAndThenOnce) {
  const json draft = keep(kAlice);
  EXPECT_EQ(draft["id"], "draft-1");
  EXPECT_EQ(draft["state"], "open");
  run();
  EXPECT_THAT(records("1540"), IsEmpty());
  EXPECT_THAT(sent(), IsEmpty());
  const json done = good(release(kBob, "draft-1"));
  EXPECT_EQ(done["id"], "1540-V-2026-0001");
  EXPECT_EQ(done["draft"], "draft-1");
  run();
  EXPECT_THAT(sent(), SizeIs(1));
  refused(release(kBob, "draft-1"), 409, "E_TRANSITION");
  EXPECT_THAT(sent(), SizeIs(1));
  const json after = shown(kAlice, "draft-1");
  EXPECT_EQ(after["state"], "released");
  EXPECT_EQ(after["outcome"], "1540-V-2026-0001");
  EXPECT_FALSE(after.contains("fields")) << "its text is the message's now";
  EXPECT_THAT(good(ask(kAlice, "GET", "/drafts"))["items"], IsEmpty());
  EXPECT_THAT(good(ask(kAlice, "GET", "/drafts", json::object(), {{"state", "all"}}))["items"], SizeIs(1));
}

TEST_F(DraftsApi, ADraftShowsWhoWouldReceiveItUnderWhichRuleWhatChangesAndWhatIsFound) {
  const json made = keep(kAlice);
  EXPECT_EQ(made["would"]["rule"], "all");
  EXPECT_EQ(made["would"]["basis"], "a basis");
  EXPECT_THAT(made["would"]["recipients"], SizeIs(2));
  EXPECT_EQ(made["would"]["preview"]["changed"]["title"]["to"], "A visit");
  good(release(kAlice, "draft-1"));
  run();
  const json change = good(ask(kAlice, "PATCH", "/visits/1540-V-2026-0001", {{"note", "by train"}}, {{"draft", "1"}}, "1"));
  EXPECT_EQ(change["on_revision"], 1);
  EXPECT_EQ(change["would"]["preview"]["changed"], json::parse(R"({"note": {"from": "", "to": "by train"}})"));
  EXPECT_EQ(change["would"]["revision"], 2);
  post("1267", {{id_of("1540")}, "visit.plan", "named", [] {
                  VisitPlan plan = *decode_visit_plan(view_of(plan_body("1267", 1)));
                  plan.states = {{"KGZ", ""}};
                  plan.components = {{ComponentMode::on_site, "2030-03-01", "2030-03-01", DatePrecision::day, {}}};
                  return std::string(text_of(encode_visit_plan(plan)));
                }(), kSuiteSealed, {}, {}, 1});
  run();
  const json now = shown(kBob, "draft-2");
  ASSERT_THAT(now["would"]["preview"]["findings"], SizeIs(1)) << now;
  EXPECT_EQ(now["would"]["preview"]["findings"][0]["kind"], "overlap");
  EXPECT_THAT(sent(), SizeIs(1)) << "and showing it left nothing";
  EXPECT_EQ(good(ask(kAlice, "GET", "/visits/1540-V-2026-0001"))["revision"], 1);
}

TEST_F(DraftsApi, WhatNeedsTwoOfficersIsRefusedDirectlyAlsoAsAnImportAndADryRun) {
  two_officers_for({"visit.plan"});
  const json problem = refused(ask(kAlice, "POST", "/visits", visit_on()), 403, "E_PERMISSION");
  EXPECT_THAT(problem["detail"].get<std::string>(), HasSubstr("visit.plan needs two officers"));
  EXPECT_THAT(problem["hint"].get<std::string>(), AllOf(HasSubstr("--draft"), HasSubstr("liaison draft release")));
  refused(ask(kAlice, "POST", "/visits", visit_on(), {{"dry_run", "1"}}), 403, "E_PERMISSION");
  const json rows = {{"rows", {visit_on("2030-03-01"), visit_on("2031-03-01")}}};
  EXPECT_EQ(refused(ask(kAlice, "POST", "/visits/import", rows), 403, "E_PERMISSION")["detail"], problem["detail"]);
  EXPECT_EQ(good(ask(kAlice, "POST", "/visits", visit_on(), {{"dry_run", "1"}, {"draft", "1"}}))["rule"], "all") << "tried as a draft would be";
  run();
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_THAT(records("1540"), IsEmpty());
}

TEST_F(DraftsApi, TheSecondOfficerReleasesAndBothStandInTheAudit) {
  two_officers_for({"*"});
  EXPECT_EQ(keep(kAlice)["you_may_release"], false);
  EXPECT_EQ(shown(kBob, "draft-1")["you_may_release"], true);
  EXPECT_THAT(refused(release(kAlice, "draft-1"), 403, "E_PERMISSION")["detail"].get<std::string>(), HasSubstr("made it, and that is you"));
  good(release(kBob, "draft-1"));
  const json rows = audit({{"about", "draft-1"}});
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0]["event"], "visit.planned");
  EXPECT_EQ(rows[0]["actor"], "made by uid 2000001, released by uid 2000002");
  EXPECT_EQ(rows[0]["object"], "draft-1, visit.plan, 1540-V-2026-0001");
  EXPECT_EQ(rows[1]["event"], "draft.made");
  EXPECT_EQ(rows[1]["actor"], "uid 2000001");
  // An import is one draft, and its row has the same form.
  good(ask(kAlice, "POST", "/visits/import", {{"rows", {visit_on("2030-05-01"), visit_on("2031-05-01")}}}, {{"draft", "1"}}));
  refused(release(kAlice, "draft-2"), 403, "E_PERMISSION");
  EXPECT_THAT(good(release(kBob, "draft-2"))["created"], SizeIs(2));
  const json imported = audit({{"about", "draft-2"}, {"event", "visit.imported"}});
  ASSERT_THAT(imported, SizeIs(1));
  EXPECT_EQ(imported[0]["actor"], "made by uid 2000001, released by uid 2000002");
  EXPECT_EQ(imported[0]["object"], "draft-2, visit.plan, 2 visits");
  run();
  EXPECT_THAT(sent(), SizeIs(3));
}

TEST_F(DraftsApi, WhoeverChangedADraftLastHasAHandInItAndReleasesWhatWasSeenOnly) {
  two_officers_for({"visit.plan"});
  keep(kAlice);
  const json changed = good(ask(kBob, "PATCH", "/drafts/draft-1", {{"note", "by train"}}, {}, "1"));
  EXPECT_EQ(changed["version"], 2);
  EXPECT_EQ(changed["fields"]["title"], "A visit") << "what is not named stays";
  EXPECT_THAT(refused(release(kCarol, "draft-1", "1"), 409, "E_REVISION")["detail"].get<std::string>(), HasSubstr("version 2"));
  refused(release(kAlice, "draft-1", "2"), 403, "E_PERMISSION");
  refused(release(kBob, "draft-1", "2"), 403, "E_PERMISSION");
  good(release(kCarol, "draft-1", "2"));
  EXPECT_EQ(audit({{"event", "visit"}})[0]["actor"], "made by uid 2000001, changed by uid 2000002, released by uid 2000003");
  EXPECT_EQ(good(ask(kAlice, "GET", "/visits/1540-V-2026-0001"))["note"], "by train");
}

TEST_F(DraftsApi, ADraftWhoseRecordHasMovedOnIsNotReleasedAndBothVersionsAreShown) {
  keep(kAlice);
  good(release(kAlice, "draft-1"));
  good(ask(kAlice, "PATCH", "/visits/1540-V-2026-0001", {{"title", "From the draft"}}, {{"draft", "1"}}, "1"));
  good(ask(kBob, "PATCH", "/visits/1540-V-2026-0001", {{"title", "Faster"}, {"note", "n"}}, {}, "1"));
  const json problem = refused(release(kBob, "draft-2"), 409, "E_REVISION");
  EXPECT_THAT(problem["detail"].get<std::string>(), AllOf(HasSubstr("now stands at revision 2"), HasSubstr("was made on revision 1"),
                                                          HasSubstr("title was A visit and is Faster, the draft says From the draft"),
                                                          HasSubstr("note was nothing and is n")));
  EXPECT_THAT(problem["hint"].get<std::string>(), HasSubstr("liaison visit change draft-2 --revision 2"));
  const json moved = shown(kBob, "draft-2")["moved_on"];
  EXPECT_EQ(moved["revision"], 2);
  EXPECT_EQ(moved["fields"]["title"], json::parse(R"({"was": "A visit", "now": "Faster", "draft": "From the draft"})"));
  const json put = good(ask(kBob, "PATCH", "/drafts/draft-2", json::object(), {{"on_revision", "2"}}, "1"));
  EXPECT_TRUE(put["moved_on"].is_null());
  good(release(kAlice, "draft-2", "2"));
  const json now = good(ask(kAlice, "GET", "/visits/1540-V-2026-0001"));
  EXPECT_EQ(now["title"], "From the draft");
  EXPECT_EQ(now["note"], "n") << "the rest is as the colleague left it";
}

TEST_F(DraftsApi, AWrongFormIsRefusedAndWhatMayStillComeIsKeptAndSaid) {
  json nowhere = visit_on();
  nowhere["states"] = {"Nowhere"};
  refused(ask(kAlice, "POST", "/visits", nowhere, {{"draft", "1"}}), 400, "E_INPUT");
  refused(ask(kAlice, "PATCH", "/visits/1540-V-2026-0009", {{"title", "x"}}, {{"draft", "1"}}, "1"), 404, "E_UNKNOWN");
  refused(ask(kAlice, "PATCH", "/visits/1540-V-2026-0009", {{"title", "x"}}, {{"draft", "1"}}), 400, "E_INPUT");
  change_roster([](Roster&) {}, "deny not.yet publish 1540 visit.plan <=named to * under \"S/RES/9999 (2026) 1\"\n");
  run();
  const json kept = keep(kAlice);
  EXPECT_TRUE(kept["would"].is_null());
  EXPECT_EQ(kept["refused"]["code"], "E_POLICY");
  EXPECT_THAT(kept["refused"]["detail"].get<std::string>(), AllOf(HasSubstr("not.yet"), HasSubstr("S/RES/9999 (2026) 1")));
  refused(release(kBob, kept["id"]), 403, "E_POLICY");
  EXPECT_EQ(shown(kBob, kept["id"])["state"], "open") << "a refused release leaves it";
}

TEST_F(DraftsApi, AnAnswerARecallAndARecordOfAnyKindAreDraftsToo) {
  keep(kAlice);
  good(release(kBob, "draft-1"));
  EXPECT_EQ(good(ask(kAlice, "POST", "/visits/1540-V-2026-0001/recall", {{"reason", "wrong State"}}, {{"draft", "1"}}))["kind"], "visit.recall");
  const json fields = {{"title", "x"}, {"states", {"KGZ"}}, {"areas", {"border_control"}}, {"need", "training"}};
  const json request = good(ask(kAlice, "POST", "/records/assistance.request", fields, {{"draft", "1"}}));
  EXPECT_EQ(request["kind"], "assistance.request");
  EXPECT_EQ(request["refused"]["code"], "E_POLICY") << "this policy knows no such kind yet";
  EXPECT_EQ(good(ask(kAlice, "GET", "/drafts", json::object(), {{"kind", "visit.recall"}}))["items"].size(), 1U);
}

TEST_F(DraftsApi, ADraftSurvivesARestartAndARebuildAndTheSameKeyKeepsItOnce) {
  const HttpRequest request{"POST", "/api/v1/visits", {{"draft", "1"}}, {{"idempotency-key", "once"}}, visit_on().dump(), kAlice};
  const HttpResponse first = routes->answer(request, clock.now());
  ASSERT_EQ(first.status, 201) << first.body;
  again();
  ASSERT_TRUE(node().rebuild());
  EXPECT_EQ(routes->answer(request, clock.now()).body, first.body);
  EXPECT_THAT(good(ask(kAlice, "GET", "/drafts"))["items"], SizeIs(1));
  EXPECT_EQ(shown(kBob, "draft-1")["fields"], visit_on());
  HttpRequest sent_directly = request;
  sent_directly.query.clear();
  EXPECT_EQ(routes->answer(sent_directly, clock.now()).status, 409) << "the key belongs to the draft";
}

TEST_F(DraftsApi, ADiscardedDraftIsGoneWithItsTextAndItsNumberIsNotGivenAgain) {
  keep(kAlice);
  good(ask(kBob, "POST", "/drafts/draft-1/discard"));
  refused(release(kBob, "draft-1"), 409, "E_TRANSITION");
  refused(ask(kBob, "POST", "/drafts/draft-1/discard"), 409, "E_TRANSITION");
  EXPECT_EQ(keep(kAlice)["id"], "draft-2");
  EXPECT_EQ(audit({{"event", "draft.discarded"}})[0]["actor"], "uid 2000002");
  for (const char* wrong : {"7", "draft-", "draft-0", "draft-x", "draft-99999999999999999999"})
    EXPECT_EQ(ask(kBob, "GET", std::string("/drafts/") + wrong).status, 400) << wrong;
  refused(ask(kBob, "GET", "/drafts/draft-9"), 404, "E_UNKNOWN");
}

TEST_F(DraftsApi, TooManyDraftsAreRefusedWithWhatToDo) {
  KeptDraft draft;
  draft.kind = "visit.plan";
  draft.act = "new";
  draft.fields = "{}";
  ASSERT_TRUE(node().store().begin());
  for (std::uint64_t i = 0; i < kOpenDraftsMax; ++i) ASSERT_TRUE(node().drafts().add(draft));
  const json problem = refused(ask(kAlice, "POST", "/visits", visit_on(), {{"draft", "1"}}), 429, "E_QUOTA");
  EXPECT_THAT(problem["detail"].get<std::string>(), HasSubstr("keeps 1000 drafts, and no more fit"));
  EXPECT_THAT(problem["hint"].get<std::string>(), HasSubstr("liaison draft list"));
  good(ask(kBob, "POST", "/drafts/draft-1/discard"));
  keep(kAlice);
}

TEST_F(DraftsApi, EndedDraftsAreForgottenBeyondTheNewest) {
  KeptDraft draft;
  draft.kind = "visit.plan";
  draft.act = "new";
  ASSERT_TRUE(node().store().begin());
  for (std::uint64_t i = 1; i <= kEndedDraftsKept + 5; ++i) {
    draft.number = *node().drafts().add(draft);
    draft.state = KeptDraft::State::kDiscarded;
    draft.ended_ms = i;
    ASSERT_TRUE(node().drafts().end(draft));
  }
  EXPECT_FALSE(*node().drafts().find(5));
  EXPECT_TRUE(*node().drafts().find(6));
}

TEST_F(DraftsApi, AnAuditWithNothingInItSaysSo) {
  const HttpResponse empty = ask(kAlice, "GET", "/audit", json::object(), {{"event", "visit.planned"}});
  refused(empty, 400, "E_INPUT");
  EXPECT_THAT(empty.body, HasSubstr("nothing has been done at this node yet"));
}

TEST_F(DraftsApi, TheAuditIsReadByOfficerRecordAndTimeInPagesNewestFirst) {
  for (int i = 0; i < 3; ++i) {
    good(ask(i == 1 ? kBob : kAlice, "POST", "/visits", visit_on(std::to_string(2030 + i) + "-03-01")));
    clock.advance(kHour);
  }
  EXPECT_THAT(audit({{"by", "2000001"}}), SizeIs(2));
  EXPECT_THAT(audit({{"by", "200000"}}), IsEmpty()) << "a number is whole";
  EXPECT_EQ(audit({{"about", "1540-V-2026-0002"}})[0]["actor"], "uid 2000002");
  EXPECT_THAT(audit({{"since", rfc3339(clock.now().wall_ms - kHour - kMinute)}}), SizeIs(1));
  EXPECT_THAT(audit({{"until", "2020-01-01"}}), IsEmpty());
  const json page = good(ask(kAlice, "GET", "/audit", json::object(), {{"limit", "2"}}));
  ASSERT_THAT(page["items"], SizeIs(2));
  EXPECT_EQ(page["items"][0]["object"], "1540-V-2026-0003");
  const json rest = good(ask(kAlice, "GET", "/audit", json::object(), {{"limit", "2"}, {"cursor", page["next"]}}));
  ASSERT_THAT(rest["items"], SizeIs(1));
  EXPECT_TRUE(rest["next"].is_null());
  refused(ask(kAlice, "GET", "/audit", json::object(), {{"event", "visit.plant"}}), 400, "E_INPUT");
  EXPECT_EQ(ask(kAlice, "POST", "/audit").status, 405) << "nobody writes it";
}

}  // namespace
}  // namespace liaison
