// SPDX-License-Identifier: Apache-2.0
// Decisions by silence and consents between real nodes: the clock starts at signed receipts, the end is a certificate that everybody checks, and what
// rested on a consent goes with it.
#include "nodes/api/routes.h"
#include "tests/nodes/node_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class Procedures : public NodeFixture {
 protected:
  Procedures() {
    let_records_through();
    for (const char* id : {"1267", "1373", "1540"}) begin(id);
    run();
  }
  void let_records_through() {
    const std::string kinds = "assistance.request consent procedure receipt record.answer record.recall visit.answer visit.plan visit.recall";
    std::string rules;
    int number = 0;
    for (const char* kind : {"assistance.request", "consent", "procedure", "record.answer", "record.recall", "visit.plan"})
      rules += "allow kind-" + std::to_string(++number) + " publish * " + kind + " <=named to * under \"a basis\"\n";
    std::string file = TinyExchange::policy_text(2, sha256(view_of(tiny.policy)), rules);
    const std::size_t line = file.find("\nkind ") + 1;
    file.replace(line, file.find('\n', line) - line, "kind " + kinds);
    Roster next = TinyExchange::next_roster(tiny.roster, [](Roster&) {});
    next.policy_sha256 = sha256(view_of(file));
    broker.add_policy(file);
    broker.add_roster(tiny.signed_note(next));
  }
  void begin(const std::string& id) {
    Station& station = add(id);
    ASSERT_TRUE(station.settings.holidays.add("new_york-2026.csv", "new_york-2026.csv", "date,name,source\n2026-09-07,Labour Day,a calendar\n"));
    station.settings.silence_days = 3;
    station.settings.hold_months = 1;
    start(id);
  }
  void start(const std::string& id) {
    open(stations.at(id));
    routes[id] = std::make_unique<Routes>(node(id), *stations.at(id).link, "tcp://broker:5601", [this, id]() -> Result<void> {
      Station& own = stations.at(id);
      const NodeOutcome outcome = TRY(own.node->settle(now_of(own)));
      own.link->dispatch(outcome, now_of(own));
      return {};
    });
  }
  HttpResponse ask(const std::string& id, const std::string& method, const std::string& path, const json& body = {}, bool dry = false,
      const std::string& match = "") {
    std::map<std::string, std::string> headers{{"idempotency-key", "act-" + std::to_string(++asked_)}}, query;
    if (!match.empty()) headers["if-match"] = "\"" + match + "\"";
    if (dry) query["dry_run"] = "1";
    return routes.at(id)->answer({method, "/api/v1" + path, query, headers, body.is_null() ? "" : body.dump(), {}}, now_of(stations.at(id)));
  }
  json get(const std::string& id, const std::string& path) {
    const HttpResponse found = ask(id, "GET", path);
    EXPECT_EQ(found.status, 200) << path << ": " << found.body;
    return json::parse(found.body);
  }
  json post(const std::string& id, const std::string& path, const json& body = json::object()) {
    const HttpResponse made = ask(id, "POST", path, body);
    EXPECT_EQ(made.status, 201) << path << ": " << made.body;
    run();
    return json::parse(made.body);
  }
  json patch(const std::string& id, const std::string& record, const json& body, bool dry = false) {
    const auto revision = get(id, "/records/" + record)["revision"].get<std::uint32_t>();
    const HttpResponse made = ask(id, "PATCH", "/records/" + record, body, dry, std::to_string(revision));
    EXPECT_EQ(made.status, 200) << made.body;
    if (!dry) run();
    return json::parse(made.body);
  }
  // What is said of a refusal.
  std::string refusal(const std::string& id, const std::string& method, const std::string& path, const json& body = json::object()) {
    const HttpResponse answer = ask(id, method, path, body);
    EXPECT_NE(answer.status / 100, 2) << answer.body;
    const json problem = json::parse(answer.body);
    return problem["code"].get<std::string>() + " " + problem["detail"].get<std::string>() + " / " + problem["hint"].get<std::string>();
  }
  std::string propose(const json& more = json::object()) {
    json fields = {{"title", "Guidelines"}, {"proposal", "The guidelines are amended as annexed."}};
    fields.update(more);
    return post("1540", "/records/procedure", fields)["id"];
  }
  void say(const std::string& who, const std::string& record, const std::string& word, const std::string& text = "") {
    post(who, "/records/" + record + "/answers", {{"answer", word}, {"text", text}});
  }
  // To a moment in New York.
  void until(const std::string& text) {
    const TimeMs at = *parse_moment(*parse_station(kHeadquarters), text, "time");
    ASSERT_GT(at, clock.now().wall_ms);
    pass(at - clock.now().wall_ms, kDay);
  }
  json clock_of(const std::string& id, const std::string& record) { return get(id, "/records/" + record + "/clock"); }

  std::map<std::string, std::unique_ptr<Routes>> routes;
  int asked_ = 0;
};

// 25 July 2026 is a Saturday: three working days end on Wednesday.
TEST_F(Procedures, SilenceAdoptsAndEverybodyChecksTheCertificate) {
  const std::string id = propose();
  const json clock_now = clock_of("1540", id);
  EXPECT_EQ(clock_now["outcome"], "open");
  EXPECT_EQ(clock_now["deadline"], "2026-07-29T21:00:00.000Z");
  EXPECT_THAT(clock_now["notified"], SizeIs(2));
  EXPECT_EQ(clock_of("1267", id)["notified"].size(), 1U) << "the others' receipts are not for its eyes";
  EXPECT_THAT(refusal("1540", "POST", "/records/" + id + "/close"), AllOf(HasSubstr("E_TRANSITION deadline: open"), HasSubstr("Wed 29 Jul 2026 17:00")));
  until("2026-07-30T09:00");
  EXPECT_THAT(refusal("1540", "POST", "/records/" + id + "/close"), HasSubstr("E_BUSY deadline: it is over by this node's clock"));
  say("1373", id, "supports");   // any entry behind the deadline
  EXPECT_TRUE(get("1540", "/today")["procedures"][0]["may_close"].get<bool>());
  const json closed = post("1540", "/records/" + id + "/close");
  EXPECT_THAT(closed["warnings"].dump(), HasSubstr("adopted by silence"));
  for (const char* who : {"1267", "1373", "1540"}) {
    const json shown = get(who, "/records/" + id);
    EXPECT_EQ(shown["status"], "adopted");
    EXPECT_EQ(shown["deadline"], "2026-07-29T21:00:00.000Z");
    EXPECT_THAT(shown["notified"], SizeIs(2));
    EXPECT_THAT(shown["voices"][0]["late"].dump(), "true");
    EXPECT_EQ(shown["holiday_files"], json::array({"new_york-2026.csv"}));
    EXPECT_THAT(shown["evidence"].get<std::string>(), AllOf(HasSubstr("the proposal: message "), HasSubstr("delivery receipt of 1267: message ")));
    const json check = get(who, "/records/" + id + "/check");
    EXPECT_TRUE(check["agrees"].get<bool>()) << who << ": " << check.dump(1);
  }
  EXPECT_THAT(refusal("1540", "POST", "/records/" + id + "/close"), HasSubstr("E_TRANSITION status: " + id + " is adopted"));
  EXPECT_THAT(get("1540", "/today")["procedures"], IsEmpty());
}

TEST_F(Procedures, ACommitteeThatIsAwayIsNotNotifiedAndNeverSilent) {
  broker.line(id_of("1267")).cut();
  const std::string id = propose();
  until("2026-08-20T10:00");
  say("1373", id, "acknowledges");
  const std::string said = refusal("1540", "POST", "/records/" + id + "/close");
  EXPECT_THAT(said, AllOf(HasSubstr("E_TRANSITION notified: not notified: 1267 was not reached"), Not(HasSubstr("1373 was not"))));
  start("1267");
  run();
  const json clock_now = clock_of("1540", id);
  EXPECT_EQ(clock_now["outcome"], "open");
  EXPECT_EQ(clock_now["deadline"], "2026-08-25T21:00:00.000Z") << "three working days from the day on which it came back";
}

TEST_F(Procedures, AnObjectionAndAHoldEndOrStopIt) {
  const std::string first = propose(), second = propose();
  say("1373", first, "objects", "paragraph 3 goes beyond the mandate");
  EXPECT_THAT(post("1540", "/records/" + first + "/close")["warnings"].dump(), HasSubstr("objected by 1373"));
  EXPECT_TRUE(get("1267", "/records/" + first + "/check")["agrees"].get<bool>());
  until("2026-07-28T10:00");
  say("1267", second, "holds", "capital is asked");
  post("1540", "/records/" + second + "/close");
  EXPECT_EQ(get("1373", "/records/" + second)["status"], "on_hold");
  EXPECT_EQ(get("1373", "/records/" + second)["hold_until"], "2026-08-28");
  EXPECT_TRUE(get("1373", "/records/" + second + "/check")["agrees"].get<bool>());
  EXPECT_THAT(refusal("1540", "POST", "/records/" + second + "/close"), HasSubstr("on hold by 1267"));
  EXPECT_THAT(refusal("1540", "POST", "/records/" + second + "/extend", {{"hold_months", 9}, {"reason", "x"}}),
      HasSubstr("more than the 3 that are configured"));
  post("1540", "/records/" + second + "/extend", {{"hold_months", 1}, {"reason", "the State asked for time"}});
  EXPECT_THAT(refusal("1540", "POST", "/records/" + second + "/extend", {{"hold_months", 1}, {"reason", "x"}}), HasSubstr("that is done once"));
  EXPECT_EQ(clock_of("1540", second)["hold_until"], "2026-09-29T03:59:59.999Z");
  until("2026-09-10T10:00");
  say("1267", second, "releases");
  post("1540", "/records/" + second + "/close");
  EXPECT_EQ(get("1267", "/records/" + second)["status"], "circulated");
  EXPECT_EQ(clock_of("1540", second)["deadline"], "2026-09-14T21:00:00.000Z");
}

TEST_F(Procedures, ACertificateThatLeavesAnObjectionOutDiffersAtTheOthers) {
  const std::string id = propose();
  say("1373", id, "objects", "no");
  const json shown = get("1540", "/records/" + id);
  const json clock_now = clock_of("1540", id);
  // What an owner's node that does not tell the truth would sign.
  json notified = clock_now["notified"];
  for (json& one : notified) one.erase("why_not"), one.erase("left");
  const json forged = {{"status", "adopted"}, {"deadline", "2026-07-27T21:00:00Z"}, {"notified", notified}, {"outcome_at", "2026-07-27T21:00:00Z"},
      {"evidence", "none"}};
  Station& owner = stations.at("1540");
  const auto draft = owner.node->records().change(id, shown["revision"].get<std::uint32_t>(), forged, now_of(owner).wall_ms, Records::Origin::kReckoned);
  ASSERT_TRUE(draft) << draft.error().what;
  ASSERT_TRUE(owner.node->submit(*draft, "forged", Outbox::Signing::kNow, now_of(owner)));
  run();
  for (const char* who : {"1267", "1373"}) {
    const json check = get(who, "/records/" + id + "/check");
    EXPECT_FALSE(check["agrees"].get<bool>()) << who;
    EXPECT_THAT(check["differs"].dump(), AllOf(HasSubstr("1373 objects, entry"), HasSubstr("the certificate leaves it out"),
        HasSubstr("this node reckons objected")));
  }
}

TEST_F(Procedures, AProposalSaysWhatIsConfiguredUnlessItSaysAnotherNumber) {
  const json usual = get("1373", "/records/" + propose());
  EXPECT_EQ(usual["working_days"], 3);
  EXPECT_EQ(usual["duty_station"], "new_york");
  EXPECT_EQ(usual["closing_hour"], "17:00");
  EXPECT_EQ(usual["hold_months"], 1);
  EXPECT_EQ(get("1373", "/records/" + propose({{"working_days", 2}}))["working_days"], 2);
  EXPECT_THAT(refusal("1540", "POST", "/records/procedure", {{"proposal", "x"}, {"duty_station", "rome"}}), HasSubstr("E_INPUT duty_station"));
  const json dry = json::parse(ask("1540", "POST", "/records/procedure", {{"proposal", "x"}, {"working_days", 200}}, true).body);
  EXPECT_THAT(dry["warnings"].dump(), HasSubstr("new_york-2027.csv"));
}

// 2027 has no file of holidays here.
TEST_F(Procedures, AnObjectionEndsAProcedureWhateverHolidaysAreKnown) {
  const std::string objected = propose({{"working_days", 200}}), quiet = propose({{"working_days", 200}});
  say("1373", objected, "objects", "paragraph 3 goes beyond the mandate");
  const json clock_now = clock_of("1540", quiet);
  EXPECT_EQ(clock_now["outcome"], "open");
  EXPECT_TRUE(clock_now["deadline"].is_null());
  EXPECT_THAT(clock_now["notified"], SizeIs(2));
  EXPECT_THAT(clock_now["uncounted"]["hint"].get<std::string>(), HasSubstr("add the file new_york-2027.csv"));
  EXPECT_THAT(clock_now["explanation"].dump(),
              AllOf(HasSubstr("1373 was notified on"), HasSubstr("its end cannot be counted: the holidays of New York in 2027")));
  EXPECT_THAT(refusal("1540", "POST", "/records/" + quiet + "/close"), HasSubstr("E_UNKNOWN deadline: the holidays of New York in 2027 are not known"));
  EXPECT_TRUE(clock_of("1540", objected)["may_close"].get<bool>());
  EXPECT_THAT(clock_of("1540", objected)["voices"][0].dump(), HasSubstr("paragraph 3"));
  post("1540", "/records/" + objected + "/close");
  for (const char* who : {"1267", "1373", "1540"}) {
    EXPECT_EQ(get(who, "/records/" + objected)["status"], "objected");
    EXPECT_TRUE(get(who, "/records/" + objected + "/check")["agrees"].get<bool>()) << who;
  }
}

TEST_F(Procedures, WhereAMessageOfWhoIsAskedIsMissingItMayBeAnObjectionAndNothingIsAdopted) {
  const std::string id = propose();
  // What the broker keeps back leaves a gap before the next message of its sender.
  Bytes kept;
  broker.lie = [&](const MemberId& to, Control& control) {
    auto* items = std::get_if<Items>(&control);
    if (items == nullptr || to != id_of("1540")) return true;
    for (Item& item : items->items) {
      const auto view = parse_frame(item.body);
      const auto header = view ? decode_header(view->header) : Result<Header>(fail(Code::kFormat, "no frame"));
      if (!header || header->kind != kKindRecordAnswer) continue;
      if (kept.empty()) kept = item.body;
      if (item.body == kept) item.body.clear();
    }
    return true;
  };
  say("1373", id, "objects", "no");
  until("2026-07-30T09:00");
  say("1373", id, "comments", "and once more");
  EXPECT_FALSE(kept.empty());
  EXPECT_FALSE(clock_of("1540", id)["may_close"].get<bool>());
  EXPECT_THAT(refusal("1540", "POST", "/records/" + id + "/close"),
              AllOf(HasSubstr("E_BUSY voices: a message of 1373"), HasSubstr("may be an objection in time")));
}

TEST_F(Procedures, AnAnswerThatCouldNotBeOpenedMayBeAnObjectionAndNothingIsAdopted) {
  const std::string id = propose();
  say("1373", id, "supports");
  const auto rows = node().rows().list({false, std::string(kKindRecordAnswer), ""}, 0, 10);
  ASSERT_TRUE(rows);
  ASSERT_THAT(*rows, SizeIs(1));
  ASSERT_TRUE(node().rows().set_verdict(rows->front().id, Code::kOpen));
  until("2026-07-30T09:00");
  say("1267", id, "supports");
  EXPECT_FALSE(clock_of("1540", id)["may_close"].get<bool>());
  EXPECT_THAT(refusal("1540", "POST", "/records/" + id + "/close"),
              AllOf(HasSubstr("E_BUSY voices: an answer of 1373 in entry " + std::to_string(*rows->front().index)), HasSubstr("could not be opened here"),
                    HasSubstr("--status withdrawn")));
  ASSERT_TRUE(node().rows().set_verdict(rows->front().id, Code::kAccepted));
  EXPECT_EQ(post("1540", "/records/" + id + "/close")["state"], "queued");
}

TEST_F(Procedures, AnAnswerThatDoesNotFitTheProposalMayBeAnObjectionUnlessItCameTooLate) {
  const std::string id = propose(), other = propose({{"working_days", 9}});
  RecordAnswer answer;
  answer.record_id = id;
  answer.revision = 1;
  answer.record_hash = sha256(view_of("another text"));
  answer.answer = "objects";
  answer.text = "no";
  answer.contact = "1373 desk";
  const auto letter_of_1373 = [&] {
    Letter out = letter("1373");
    out.kind = kKindRecordAnswer;
    out.text = std::string(text_of(encode_record_answer(answer)));
    return out;
  };
  broker.line(id_of("1373")).cut();   // its own node would not have said it
  routes.erase("1373");
  stations.erase("1373");
  NodeFixture::post("1373", letter_of_1373());
  run();
  EXPECT_THAT(alarms(), Contains("not_shown/1373 " + id));
  until("2026-07-30T09:00");
  say("1267", id, "supports");
  EXPECT_FALSE(clock_of("1540", id)["may_close"].get<bool>());
  EXPECT_THAT(refusal("1540", "POST", "/records/" + id + "/close"),
              AllOf(HasSubstr("E_BUSY voices: an answer of 1373 in entry"), HasSubstr("does not fit the proposal")));
  // Of the other proposal nothing is in doubt until its own end, and what comes behind that is late.
  until("2026-08-08T09:00");
  answer.record_id = other;
  NodeFixture::post("1373", letter_of_1373());
  run();
  EXPECT_EQ(post("1540", "/records/" + other + "/close")["state"], "queued");
}

// With four eyes on procedures both officers act through drafts, whatever the act.
class TwoOfficers : public Procedures {
 protected:
  static constexpr std::uint32_t kAlice = 2'000'001, kBob = 2'000'002;
  TwoOfficers() {
    stations.at("1540").settings.release.four_eyes = {"procedure"};
    start("1540");
    run();
  }
  HttpResponse by(std::uint32_t officer, const std::string& method, const std::string& path, const json& body, std::map<std::string, std::string> query = {},
                  const std::string& match = "") {
    HttpRequest request{method, "/api/v1" + path, std::move(query), {{"idempotency-key", "two-" + std::to_string(++asked_)}}, body.dump(), officer};
    if (!match.empty()) request.headers["if-match"] = "\"" + match + "\"";
    HttpResponse answer = routes.at("1540")->answer(request, now_of(stations.at("1540")));
    run();
    return answer;
  }
  json kept(const std::string& path, const json& body) {
    const HttpResponse made = by(kAlice, "POST", path, body, {{"draft", "1"}});
    EXPECT_EQ(made.status, 201) << made.body;
    return json::parse(made.body);
  }
  HttpResponse release(std::uint32_t officer, const json& draft) {
    return by(officer, "POST", "/drafts/" + draft["id"].get<std::string>() + "/release", json::object(), {}, "1");
  }
  std::string proposed() {
    const HttpResponse done = release(kBob, kept("/records/procedure", {{"title", "Guidelines"}, {"proposal", "As annexed."}}));
    return json::parse(done.body)["id"];
  }
};

TEST_F(TwoOfficers, AProcedureIsClosedByTheSecondOfficerWhoSawWhatIsCertified) {
  const std::string id = proposed();
  say("1373", id, "objects", "paragraph 3 goes beyond the mandate");
  EXPECT_EQ(by(kAlice, "POST", "/records/" + id + "/close", json::object()).status, 403);
  const json draft = kept("/records/" + id + "/close", {{"note", "as the log says"}});
  EXPECT_EQ(draft["act"], "close");
  EXPECT_EQ(draft["kind"], "procedure");
  EXPECT_EQ(draft["record"], id);
  EXPECT_TRUE(draft["four_eyes"].get<bool>());
  EXPECT_EQ(draft["would"]["preview"]["changed"]["status"]["to"], "objected");
  EXPECT_EQ(get("1373", "/records/" + id)["status"], "circulated") << "nothing leaves before the release";
  EXPECT_EQ(release(kAlice, draft).status, 403);
  const HttpResponse done = release(kBob, draft);
  ASSERT_EQ(done.status, 201) << done.body;
  const json shown = get("1373", "/records/" + id);
  EXPECT_EQ(shown["status"], "objected");
  EXPECT_EQ(shown["note"], "as the log says");
  EXPECT_THAT(get("1540", "/audit")["items"].dump(), HasSubstr("procedure.closed"));
}

TEST_F(TwoOfficers, ACloseThatIsKeptTooEarlyIsReleasedWhenItsTimeHasCome) {
  const std::string id = proposed();
  const json draft = kept("/records/" + id + "/close", json::object());
  EXPECT_THAT(draft["refused"]["detail"].get<std::string>(), HasSubstr("deadline: open"));
  EXPECT_EQ(release(kBob, draft).status, 409);
  until("2026-07-30T09:00");
  say("1373", id, "supports");
  ASSERT_EQ(release(kBob, draft).status, 201);
  EXPECT_EQ(get("1373", "/records/" + id)["status"], "adopted");
}

TEST_F(TwoOfficers, MoreTimeIsGivenByTheSecondOfficer) {
  const std::string id = proposed();
  const json wrong = json::parse(by(kAlice, "POST", "/records/" + id + "/extend", {{"working_days", 2}}, {{"draft", "1"}}).body);
  EXPECT_THAT(wrong["detail"].get<std::string>(), HasSubstr("reason: is missing"));
  const json draft = kept("/records/" + id + "/extend", {{"working_days", 2}, {"reason", "the annex came late"}});
  EXPECT_EQ(draft["act"], "extend");
  EXPECT_EQ(draft["would"]["preview"]["changed"]["extension_days"]["to"], 2);
  EXPECT_EQ(release(kAlice, draft).status, 403);
  ASSERT_EQ(release(kBob, draft).status, 201);
  EXPECT_EQ(get("1373", "/records/" + id)["extension_days"], 2);
}

class Consents : public Procedures {
 protected:
  Consents() {
    consent = post("1540", "/records/consent", {{"states", {"KGZ"}}, {"acts", {"circulate"}}, {"status", "granted"}, {"given_on", "2026-07-01"},
        {"reference", "note 1"}})["id"];
  }
  std::string request(const std::string& who, const std::vector<std::string>& steps) {
    const std::string id = post(who, "/records/assistance.request", {{"states", {"KGZ"}}, {"title", "Border posts"},
        {"areas", json::array({"border_control"})}, {"need", "Training"},
                                                                     {"received_on", "2026-07-02"}, {"came_by", "template"},
                                                                         {"consents", json::array({consent})}})["id"];
    for (const std::string& step : steps) {
      json change = {{"status", step}};
      if (step == "authenticated") change["authenticated_by"] = "Permanent Mission";
      if (step == "acknowledged") change["acknowledged_on"] = "2026-07-03";
      if (step == "circulated") change["circulated_on"] = "2026-07-04";
      patch(who, id, change);
    }
    return id;
  }
  const std::vector<std::string> circulated = {"authenticated", "acknowledged", "circulated"};
  const json withdrawal = {{"status", "withdrawn"}, {"withdrawn_on", "2026-07-20"}, {"withdrawn_by", "note 9"}};
  std::string consent;
};

TEST_F(Consents, WhatRestedOnAWithdrawnConsentIsRecalledInTheSameAct) {
  const std::string sent = request("1540", circulated), kept = request("1540", circulated), early = request("1540", {}), other = request("1373", circulated);
  json change = withdrawal;
  change["keep"] = json::array({{{"record", kept}, {"reason", "the State asked that providers keep it"}}});
  const json dry = patch("1540", consent, change, true);
  ASSERT_THAT(dry["recalls"], SizeIs(1));
  EXPECT_EQ(dry["recalls"][0]["id"], sent);
  EXPECT_FALSE(get("1267", "/records/" + sent).contains("recalled")) << "a dry run leaves nothing";
  const json done = patch("1540", consent, change);
  ASSERT_THAT(done["recalls"], SizeIs(1));
  EXPECT_EQ(done["kept"][0]["id"], kept);
  EXPECT_EQ(done["others"][0]["id"], other);
  EXPECT_TRUE(done["others"][0]["told"].get<bool>());
  const json gone = get("1267", "/records/" + sent);
  EXPECT_THAT(gone["recalled"]["reason"].get<std::string>(), HasSubstr("the consent " + consent));
  EXPECT_FALSE(gone.contains("need"));
  EXPECT_TRUE(get("1267", "/records/" + kept).contains("need"));
  EXPECT_TRUE(get("1267", "/records/" + early).contains("need")) << "its step did not need the consent";
  EXPECT_EQ(get("1267", "/records/" + kept)["consents_now"][0]["status"], "withdrawn");
  // and nobody goes on with it
  EXPECT_EQ(patch("1540", early, {{"status", "authenticated"}, {"authenticated_by", "Permanent Mission"}})["state"], "queued");
  patch("1540", early, {{"status", "acknowledged"}, {"acknowledged_on", "2026-07-03"}});
  const HttpResponse refused = ask("1540", "PATCH", "/records/" + early, {{"status", "circulated"}, {"circulated_on", "2026-07-21"}}, false, "3");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr(consent + " is withdrawn"));
}

TEST_F(Consents, WhoHasNotConfirmedTheRemovalIsNamed) {
  const std::string sent = request("1540", circulated);
  broker.line(id_of("1267")).cut();
  patch("1540", consent, withdrawal);
  json found = get("1540", "/records/" + consent + "/confirmations");
  ASSERT_THAT(found["recalls"], SizeIs(1));
  EXPECT_EQ(found["recalls"][0]["id"], sent);
  ASSERT_THAT(found["recalls"][0]["confirmed"], SizeIs(1));
  EXPECT_EQ(found["recalls"][0]["confirmed"][0]["member"], "1373");
  EXPECT_TRUE(found["recalls"][0]["confirmed"][0]["index"].is_number());
  EXPECT_EQ(found["recalls"][0]["missing"][0]["member"], "1267");
  EXPECT_FALSE(found["complete"].get<bool>());
  start("1267");
  run();
  found = get("1540", "/records/" + consent + "/confirmations");
  EXPECT_THAT(found["recalls"][0]["confirmed"], SizeIs(2));
  EXPECT_TRUE(found["complete"].get<bool>());
}

TEST_F(Consents, AnotherConsentInForceKeepsARecordStanding) {
  const std::string second = post("1540", "/records/consent", {{"states", {"KGZ"}}, {"acts", {"circulate"}}, {"status", "granted"},
      {"given_on", "2026-07-01"}, {"reference", "note 2"}})["id"];
  const std::string sent = request("1540", circulated);
  patch("1540", sent, {{"consents", json::array({consent, second})}});
  EXPECT_THAT(patch("1540", consent, withdrawal)["recalls"], IsEmpty());
  EXPECT_THAT(patch("1540", second, withdrawal)["recalls"], SizeIs(1));
}

TEST_F(Consents, AConsentOnWhichSomethingRestsIsWithdrawnAndNotRecalled) {
  const std::string sent = request("1540", circulated);
  const std::string refused = refusal("1540", "POST", "/records/" + consent + "/recall", {{"reason", "a slip"}});
  EXPECT_THAT(refused, AllOf(HasSubstr("E_TRANSITION id: " + sent + " rests on " + consent), HasSubstr("--status withdrawn")));
  patch("1540", consent, withdrawal);
  EXPECT_EQ(post("1540", "/records/" + consent + "/recall", {{"reason", "a slip"}})["state"], "queued") << "nothing rests on it any more";
}

TEST_F(Consents, OnceItHasEndedAConsentIsHeldUpByOwnRecordsAlone) {
  const std::string kept = request("1540", circulated);
  request("1373", circulated);
  json change = withdrawal;
  change["keep"] = json::array({{{"record", kept}, {"reason", "the State asked that providers keep it"}}});
  patch("1540", consent, change);
  EXPECT_THAT(refusal("1540", "POST", "/records/" + consent + "/recall", {{"reason", "a slip"}}),
              AllOf(HasSubstr("E_TRANSITION id: " + kept + " rests on " + consent), HasSubstr("liaison record recall " + kept)));
  post("1540", "/records/" + kept + "/recall", {{"reason", "the State has changed its mind"}});
  EXPECT_EQ(post("1540", "/records/" + consent + "/recall", {{"reason", "a slip"}})["state"], "queued") << "what 1373 still holds is its own to recall";
}

TEST_F(Consents, AConsentOfWhichTheLastDayIsOverAllowsNothingMore) {
  patch("1540", consent, {{"valid_until", "2026-07-31"}});
  const std::string sent = request("1540", circulated), late = request("1540", {"authenticated", "acknowledged"});
  until("2026-08-01T10:00");
  const HttpResponse refused = ask("1540", "PATCH", "/records/" + late, {{"status", "circulated"}, {"circulated_on", "2026-08-01"}}, false, "3");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("was valid until 2026-07-31"));
  EXPECT_FALSE(get("1267", "/records/" + sent).contains("recalled"));
  const json done = patch("1540", consent, {{"status", "expired"}});
  ASSERT_THAT(done["recalls"], SizeIs(1));
  EXPECT_THAT(get("1267", "/records/" + sent)["recalled"]["reason"].get<std::string>(), HasSubstr("has expired"));
}

class ConsentsToVisit : public Procedures {
 protected:
  json change(const std::string& id, const json& fields) {
    const auto revision = get("1373", "/visits/" + id)["revision"].get<std::uint32_t>();
    const HttpResponse made = ask("1373", "PATCH", "/visits/" + id, fields, false, std::to_string(revision));
    run();
    return json::parse(made.body);
  }
  // 1373's visit up to the step that asks for the State's consent.
  std::string planned(const std::string& from = "2026-11-09", const std::string& to = "2026-11-13") {
    const std::string id = post("1373", "/visits", {{"states", {"KGZ"}}, {"components", {{{"start", from}, {"end", to}}}}})["id"];
    for (const char* status : {"approved_by_committee", "consent_requested"}) change(id, {{"status", status}});
    return id;
  }
  std::string consent_to(const std::string& act, const std::string& state = "KGZ", const std::string& by = "1540") {
    return post(by, "/records/consent", {{"states", {state}}, {"acts", {act}}, {"status", "granted"}, {"given_on", "2026-07-01"},
                                             {"reference", "note 1"}})["id"];
  }
  json step(const std::string& id, const std::string& status, const std::string& consent = "") {
    json fields = {{"status", status}};
    if (!consent.empty()) fields["consent"] = {{"reference", consent}};
    return change(id, fields);
  }
  const json withdrawal = {{"status", "withdrawn"}, {"withdrawn_on", "2026-07-20"}, {"withdrawn_by", "note 9"}};
};

TEST_F(ConsentsToVisit, AVisitRestsOnARecordOfTheStatesConsentThatIsKnownHere) {
  const std::string id = planned();
  EXPECT_THAT(step(id, "consent_granted")["detail"].get<std::string>(), HasSubstr("consent.reference: the step to consent_granted needs the State's consent"));
  EXPECT_THAT(step(id, "consent_granted", "1540-K-2026-0099")["detail"].get<std::string>(), HasSubstr("no record has the id 1540-K-2026-0099"));
  EXPECT_THAT(step(id, "consent_granted", consent_to("circulate"))["detail"].get<std::string>(), HasSubstr("not one to visit"));
  EXPECT_THAT(step(id, "consent_granted", consent_to("visit", "MNG"))["detail"].get<std::string>(), HasSubstr("is the consent of Mongolia"));
  EXPECT_EQ(step(id, "consent_granted", consent_to("visit"))["state"], "queued");
  EXPECT_EQ(step(id, "scheduled")["state"], "queued");
}

TEST_F(ConsentsToVisit, AConsentOnWhichAVisitRestsIsNotRecalled) {
  const std::string id = planned(), consent = consent_to("visit");
  step(id, "consent_granted", consent);
  EXPECT_THAT(refusal("1540", "POST", "/records/" + consent + "/recall", {{"reason", "a slip"}}), HasSubstr("E_TRANSITION id: " + id + " rests on " + consent));
}

TEST_F(ConsentsToVisit, OnceItHasEndedAConsentIsHeldUpByOwnVisitsAlone) {
  const std::string others = consent_to("visit"), own = consent_to("visit", "KGZ", "1373");
  const std::string first = planned(), second = planned();
  step(first, "consent_granted", others);
  step(second, "consent_granted", own);
  patch("1540", others, withdrawal);
  patch("1373", own, withdrawal);
  EXPECT_EQ(post("1540", "/records/" + others + "/recall", {{"reason", "a slip"}})["state"], "queued") << "1373 knows that its visit cannot go on";
  EXPECT_THAT(get("1373", "/today")["without_consent"], SizeIs(2));
  EXPECT_THAT(refusal("1373", "POST", "/records/" + own + "/recall", {{"reason", "a slip"}}),
              AllOf(HasSubstr("E_TRANSITION id: " + second + " rests on " + own), HasSubstr("liaison visit change " + second + " --status withdrawn_consent")));
  step(second, "withdrawn_consent");
  EXPECT_EQ(post("1373", "/records/" + own + "/recall", {{"reason", "a slip"}})["state"], "queued");
}

TEST_F(ConsentsToVisit, AVisitIsFoundByTheConsentThatItNamesNow) {
  const std::string first = consent_to("visit"), second = consent_to("visit"), id = planned();
  const auto resting_on = [&](const std::string& consent) {
    const auto found = node().visits().resting_on(consent, 20'658);
    EXPECT_TRUE(found);
    return found->size();
  };
  EXPECT_EQ(resting_on(first), 0U);
  step(id, "consent_granted", first);
  EXPECT_EQ(resting_on(first), 1U);
  change(id, {{"consent", {{"reference", second}}}});
  EXPECT_EQ(resting_on(first), 0U);
  EXPECT_EQ(resting_on(second), 1U);
  stations.at("1540").settings.window_days = 7;   // made anew from the log
  start("1540");
  run();
  EXPECT_EQ(resting_on(first), 0U);
  EXPECT_EQ(resting_on(second), 1U);
  change(id, {{"status", "postponed"}});
  EXPECT_EQ(resting_on(second), 0U);
}

TEST_F(ConsentsToVisit, ADayThatIsOverIsNotLookedAtWithTodaysEyes) {
  const std::string id = planned("2026-08-10", "2026-08-14"), consent = consent_to("visit");
  patch("1540", consent, {{"valid_until", "2026-08-14"}});   // the visit's last day
  step(id, "consent_granted", consent);
  step(id, "scheduled");
  until("2026-08-20T12:00");
  EXPECT_THAT(get("1373", "/today")["without_consent"], IsEmpty()) << "it took place while the consent was there";
  EXPECT_EQ(step(id, "under_way")["state"], "queued");
  EXPECT_EQ(step(id, "conducted")["state"], "queued");
}

TEST_F(ConsentsToVisit, AConsentThatIsTakenBackStopsTheVisitAndStandsInItsLeadsDay) {
  const std::string id = planned(), consent = consent_to("visit");
  step(id, "consent_granted", consent);
  EXPECT_THAT(get("1373", "/today")["without_consent"], IsEmpty());
  const json done = patch("1540", consent, withdrawal);
  ASSERT_THAT(done["visits"], SizeIs(1));
  EXPECT_EQ(done["visits"][0]["id"], id);
  const json day = get("1373", "/today")["without_consent"];
  ASSERT_THAT(day, SizeIs(1));
  EXPECT_EQ(day[0]["id"], id);
  EXPECT_THAT(day[0]["sentence"].get<std::string>(), testing::StartsWith(consent + " is withdrawn since 2026-07-20"));
  EXPECT_THAT(get("1540", "/today")["without_consent"], IsEmpty()) << "it is its lead's to move on";
  const json refused = step(id, "scheduled");
  EXPECT_EQ(refused["code"], "E_TRANSITION");
  EXPECT_THAT(refused["hint"].get<std::string>(), HasSubstr("--status withdrawn_consent"));
  EXPECT_THAT(get("1540", "/records/" + consent + "/confirmations")["visits"], SizeIs(1));
  EXPECT_EQ(step(id, "withdrawn_consent")["state"], "queued");
  EXPECT_THAT(get("1373", "/today")["without_consent"], IsEmpty());
  EXPECT_THAT(get("1540", "/records/" + consent + "/confirmations")["visits"], IsEmpty());
}

}  // namespace
}  // namespace liaison
