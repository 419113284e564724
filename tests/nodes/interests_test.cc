// SPDX-License-Identifier: Apache-2.0
// Standing interests, extracts and bookings through the local API: what is new since somebody last looked, what may be
// published, and what stands in the officer's day.
#include "nodes/interests.h"

#include "nodes/api/routes.h"
#include "nodes/domain/extracts.h"
#include "tests/nodes/node_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class OfficersApi : public OneNode {
 protected:
  OfficersApi() {
    change_roster([](Roster&) {},
                  "allow all publish * visit.plan <=named to * under \"a basis\"\n"
                  "allow back publish * visit.recall <=named to * under \"a basis\"\n"
                  "allow request publish * assistance.request <=named to * under \"a basis\"\n"
                  "allow expert publish * expert <=named to * under \"a basis\"\n"
                  "allow extract publish * extract <=named to * under \"a basis\"\n");
    run();
    make();
  }
  void make() {
    routes_ =
        std::make_unique<Routes>(node(), *stations.at("1540").link, "tcp://broker:5601", [this]() -> Result<void> {
          Station& own = stations.at("1540");
          const NodeOutcome outcome = TRY(own.node->settle(now_of(own), Node::Commit::kNow));
          own.link->dispatch(outcome, now_of(own));
          return {};
        });
  }
  HttpResponse ask(const std::string& method, const std::string& path, const json& body = json::object(),
                   std::map<std::string, std::string> query = {}, const std::string& key = "") {
    HttpRequest request{method,           "/api/v1" + path,
                        std::move(query), {{"idempotency-key", key.empty() ? "k" + std::to_string(++keys_) : key}},
                        body.dump(),      {}};
    request.headers["if-match"] = "\"1\"";
    return routes_->answer(request, now_of(stations.at("1540")));
  }
  json good(const HttpResponse& answer) {
    EXPECT_EQ(answer.status / 100, 2) << answer.body;
    return json::parse(answer.body);
  }
  std::string refused(const HttpResponse& answer, int status) {
    EXPECT_EQ(answer.status, status) << answer.body;
    const json problem = json::parse(answer.body);
    EXPECT_FALSE(problem.value("hint", "").empty()) << answer.body;
    return problem.value("detail", "");
  }
  json get(const std::string& path, std::map<std::string, std::string> query = {}) {
    return good(ask("GET", path, json::object(), std::move(query)));
  }
  std::string record(const char* kind, const json& fields) {
    const json made = good(ask("POST", std::string("/records/") + kind, fields));
    run();
    return made["id"];
  }
  std::string request(const std::string& need) {
    return record("assistance.request", {{"states", {"KGZ"}}, {"areas", {"licensing"}}, {"need", need}});
  }
  std::vector<std::string> news(const std::string& number = "1") {
    std::vector<std::string> out;
    const json page = get("/interests/" + number);
    for (const json& hit : page["items"]) out.push_back(hit["id"]);
    return out;
  }
  json interest(const json& more = {{"text", "export"}}) {
    json fields = {{"title", "Exports"}};
    fields.update(more);
    return good(ask("POST", "/interests", fields));
  }

  std::unique_ptr<Routes> routes_;
  int keys_ = 0;
};

TEST_F(OfficersApi, WhatWasThereIsNotNewAndWhatComesThenIs) {
  request("a law on export");
  EXPECT_EQ(interest()["there"], 1);
  EXPECT_THAT(news(), IsEmpty());
  EXPECT_THAT(get("/today")["interests"], IsEmpty());
  const auto one = request("an export office"), two = request("training in export control");
  request("a laboratory");
  EXPECT_THAT(news(), ::testing::UnorderedElementsAre(one, two));
  EXPECT_EQ(get("/interests")["items"][0]["new"], 2);
  EXPECT_EQ(get("/today")["interests"], json::parse(R"([{"number": 1, "title": "Exports", "new": 2, "more": false}])"));
}

TEST_F(OfficersApi, TheNewestChangesComeFirstAndThePagesFollow) {
  interest();
  std::vector<std::string> made;
  for (int i = 0; i < 3; ++i) {
    pass(kMinute);
    made.insert(made.begin(), request("export " + std::to_string(i)));
  }
  EXPECT_EQ(news(), made);
  const json first = get("/interests/1", {{"limit", "2"}});
  ASSERT_THAT(first["items"], SizeIs(2));
  const json second = get("/interests/1", {{"limit", "2"}, {"cursor", first["next"]}});
  ASSERT_THAT(second["items"], SizeIs(1));
  EXPECT_EQ(second["items"][0]["id"], made[2]);
  EXPECT_TRUE(second["next"].is_null());
}

TEST_F(OfficersApi, WhatWasMarkedAsSeenIsNewAgainOnlyWhenItIsRevised) {
  interest();
  const auto id = request("an export office");
  const json page = get("/interests/1");
  ASSERT_THAT(page["items"], SizeIs(1));
  EXPECT_THAT(news(), SizeIs(1)) << "looking alone changes nothing";
  // What came between the look and the mark stays new.
  const auto later = request("export forms");
  good(ask("POST", "/interests/1/seen", {{"log_size", page["log_size"]}}));
  EXPECT_THAT(news(), ElementsAre(later));
  good(ask("POST", "/interests/1/seen"));
  EXPECT_THAT(news(), IsEmpty());
  pass(kMinute);
  good(ask("PATCH", "/records/" + id, {{"note", "soon"}}));
  run();
  EXPECT_THAT(news(), ElementsAre(id));
  EXPECT_EQ(refused(ask("POST", "/interests/1/seen", {{"log_size", 1'000'000}}), 400).substr(0, 9), "log_size:");
}

TEST_F(OfficersApi, WhatWasRecalledIsNeverShown) {
  interest({{"kind", "visit"}});
  const std::string id = plan("1540");
  run();
  EXPECT_THAT(news(), ElementsAre(id));
  good(ask("POST", "/visits/" + id + "/recall", {{"reason", "wrong State"}}));
  run();
  EXPECT_THAT(news(), IsEmpty());
  EXPECT_THAT(get("/today")["interests"], IsEmpty());
}

TEST_F(OfficersApi, AnInterestThatFindsNothingEverIsRefusedWhenItIsMade) {
  const auto wrong = [&](const json& fields) { return refused(ask("POST", "/interests", fields), 400); };
  EXPECT_THAT(wrong({{"title", "x"}, {"kind", "visits"}}), HasSubstr("kind: \"visits\" is not known"));
  EXPECT_THAT(wrong({{"title", "x"}, {"state", "Atlantis"}}), HasSubstr("state: "));
  EXPECT_THAT(wrong({{"title", "x"}, {"committee", "1999"}}), HasSubstr("committee: \"1999\" is no committee"));
  EXPECT_THAT(wrong({{"title", "x"}}), HasSubstr("text: is missing"));
  EXPECT_THAT(wrong({{"text", "x"}}), HasSubstr("title: is missing"));
  EXPECT_THAT(wrong({{"title", "x"}, {"text", "x"}, {"colour", "blue"}}), HasSubstr("colour: "));
  EXPECT_THAT(wrong({{"title", "a\nb"}, {"text", "x"}}), HasSubstr("title: "));
  EXPECT_THAT(get("/interests")["items"], IsEmpty());
}

TEST_F(OfficersApi, InterestsAreKeptAcrossAStartAreCountedAndStandInTheAudit) {
  interest({{"state", "Kyrgyzstan"}});
  EXPECT_EQ(get("/interests")["items"][0]["state"], "KGZ");
  open(stations.at("1540"));
  make();
  run();
  EXPECT_THAT(get("/interests")["items"], SizeIs(1));
  good(ask("POST", "/interests/1/remove"));
  refused(ask("GET", "/interests/1"), 404);
  EXPECT_EQ(interest()["number"], 2) << "a number is not given twice";
  std::vector<std::string> events;
  const json page = get("/audit", {{"event", "interest"}});
  for (const json& row : page["items"])
    events.push_back(row["event"].get<std::string>() + " " + row["object"].get<std::string>());
  EXPECT_THAT(events,
              ElementsAre("interest.made interest-2", "interest.removed interest-1", "interest.made interest-1"));
  EXPECT_THAT(sent("1540", "assistance.request"), IsEmpty());
}

TEST_F(OfficersApi, ARequestIdMakesOneInterestAndADryRunNone) {
  const json fields = {{"title", "Exports"}, {"text", "export"}};
  EXPECT_TRUE(good(ask("POST", "/interests", fields, {{"dry_run", "1"}}))["number"].is_null());
  EXPECT_EQ(good(ask("POST", "/interests", fields, {}, "same"))["number"], 1);
  EXPECT_EQ(good(ask("POST", "/interests", fields, {}, "same"))["number"], 1);
  EXPECT_THAT(get("/interests")["items"], SizeIs(1));
  EXPECT_THAT(refused(ask("POST", "/interests", fields, {{"draft", "1"}}), 400), HasSubstr("is no draft"));
}

TEST_F(OfficersApi, ANodeKeepsNoMoreThanTwoHundred) {
  for (std::uint64_t i = 0; i < kInterestsMax; ++i) interest();
  EXPECT_THAT(refused(ask("POST", "/interests", {{"title", "x"}, {"text", "y"}}), 429),
              HasSubstr("200 standing interests"));
}

TEST_F(OfficersApi, AnOverBookedExpertStandsInTheDayAndInTheListWithTheOfficeToCall) {
  const json assigned = {{{"record", "1267-V-2027-0001"}, {"begins", "2031-03-08"}, {"ends", "2031-03-12"}},
                         {{"record", "1373-V-2027-0002"}, {"begins", "2031-03-10"}}};
  const auto id = record(
      "expert",
      {{"designation", "post 3"}, {"body", "group_of_experts"}, {"status", "available"}, {"assigned", assigned}});
  const json page = get("/proposals/bookings");
  ASSERT_THAT(page["items"], SizeIs(1));
  EXPECT_THAT(page["items"][0]["assigned"], SizeIs(2));
  ASSERT_THAT(page["items"][0]["over_booked"], SizeIs(1));
  EXPECT_EQ(page["items"][0]["over_booked"][0]["contact"], "1540 desk");
  const json today = get("/today", {{"day", "2031-01-01"}})["over_booked"];
  ASSERT_THAT(today["items"], SizeIs(1));
  EXPECT_EQ(today["items"][0]["expert"], id);
  EXPECT_THAT(get("/today", {{"day", "2031-04-01"}})["over_booked"]["items"], IsEmpty()) << "it is over";
  EXPECT_THAT(get("/proposals/bookings", {{"committee", "1373"}})["items"], IsEmpty());
  EXPECT_THAT(get("/proposals/bookings", {{"expert", id}, {"from", "2031-04-01"}})["items"][0]["assigned"], IsEmpty());
  EXPECT_THAT(refused(ask("GET", "/proposals/bookings", json::object(), {{"expert", request("x")}}), 400),
              HasSubstr("no expert's place"));
}

TEST_F(OfficersApi, AnExtractIsPutTogetherAndItsDigestFollowsItsText) {
  const std::string visit = plan("1540", {{"title", "National action plan"}});
  run();
  const json fields = get("/proposals/extract", {{"records", visit + ":title"}, {"title", "Visits"}});
  const auto id = record("extract", fields);
  json shown = get("/records/" + id);
  EXPECT_EQ(shown["text"], "Visits\n\nVisit " + visit + ", revision 1\nTitle: National action plan");
  EXPECT_EQ(shown["digest"], extract_digest(shown["text"].get<std::string>()));
  EXPECT_THAT(refused(ask("PATCH", "/records/" + id, {{"digest", std::string(64, '0')}}), 400),
              HasSubstr("digest: is not the SHA-256"));
  good(ask("PATCH", "/records/" + id, {{"text", "Another text"}}));
  run();
  shown = get("/records/" + id);
  EXPECT_EQ(shown["digest"], extract_digest("Another text"));
  EXPECT_THAT(
      refused(ask("GET", "/proposals/extract", json::object(), {{"records", "1540-V-2026-0999"}, {"title", "x"}}), 404),
      HasSubstr("1540-V-2026-0999"));
}

TEST_F(OfficersApi, AnExtractIsPublishedOnlyWhenItWasDecidedAndEachStateConsents) {
  const std::string visit = plan("1540");
  const auto extract = [&](const json& more) {
    json fields = {{"title", "Visits"},
                   {"releases", {{{"record", visit}, {"revision", 1}}}},
                   {"text", "A text"},
                   {"note", "for us"},
                   {"source", "a page"}};
    fields.update(more);
    const json rows = {{"rows", {fields}}, {"historical", true}};
    const json made = good(ask("POST", "/records/extract/import", rows));
    run();
    return get("/records/" + made["created"][0]["id"].get<std::string>() + "/publication");
  };
  const std::string digest = extract_digest("A text");
  const json prepared = extract({{"status", "prepared"}, {"digest", digest}});
  EXPECT_EQ(prepared["may"], false);
  EXPECT_THAT(prepared["why_not"].get<std::string>(), HasSubstr("nothing leaves without a decision"));
  EXPECT_THAT(extract({{"status", "released"}})["why_not"].get<std::string>(), HasSubstr("digest: "));
  EXPECT_THAT(extract({{"status", "decided"}, {"digest", digest}, {"states", {"KGZ"}}})["why_not"].get<std::string>(),
              HasSubstr("the consent of Kyrgyzstan to publish"));
  const json released = extract({{"status", "released"}, {"digest", digest}});
  EXPECT_EQ(released["may"], true) << released;
  EXPECT_EQ(released["may_open"], false) << "it is marked for the committees";
  EXPECT_EQ(extract({{"status", "released"}, {"digest", digest}, {"marking", "public"}})["may_open"], true);
  EXPECT_EQ(released["extract"]["digest"], digest);
  EXPECT_THAT(released["reveals"].dump(), HasSubstr("for us"));
  EXPECT_FALSE(released["extract"].dump().find("for us") != std::string::npos);
}

}  // namespace
}  // namespace liaison
