// SPDX-License-Identifier: Apache-2.0
// Overlap-only plans through whole nodes: sealed, signed, through a broker that keeps everything, over restarts, and as the local API has it.
#include "nodes/api/routes.h"
#include "nodes/domain/overlaps.h"
#include "security/sealing.h"
#include "tests/nodes/node_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kPlans = "allow plans publish * visit.plan <=named to * under \"a basis\"\n";
constexpr const char* kOverlaps =
    "allow overlap-reply publish * overlap.reply <=named to * under \"a basis\"\n"
    "allow overlap-result publish * overlap.result <=named to * under \"a basis\"\n"
    "allow overlap-tokens publish * overlap.tokens <=named to * under \"a basis\"\n"
    "allow overlap-word publish * overlap.word <=named to * under \"a basis\"\n";

class OverlapNodes : public ThreeNodes {
 protected:
  OverlapNodes() {
    change_roster([](Roster&) {}, std::string(kOverlaps) + kPlans);
    run();
  }
  static json march(const std::string& state = "KGZ") {
    return {{"states", {state}}, {"components", {{{"start", "2027-03-08"}, {"end", "2027-03-12"}}}}, {"title", "Border control"}};
  }
  Result<std::string> try_hide(const std::string& from, json fields = march()) {
    Station& station = stations.at(from);
    const Now now = now_of(station);
    Attempt attempt = TRY(Attempt::begin(*station.node));
    const auto acted = TRY(station.node->overlaps().plan(fields, now.wall_ms));
    for (const Draft& draft : acted.drafts) TRY(station.node->submit(draft, "hide", Outbox::Signing::kLater, now));
    TRY(attempt.keep());
    return acted.id;
  }
  std::string hide(const std::string& from, json fields = march()) {
    auto hidden = try_hide(from, std::move(fields));
    if (!hidden) ADD_FAILURE() << hidden.error().what;
    run();
    return hidden.value_or("");
  }
  std::vector<json> findings(const std::string& at) { return node(at).overlaps().findings({})->get<std::vector<json>>(); }
  // What the broker has of messages about overlaps: who to whom, which kind, and how long the sealed body is.
  std::vector<std::string> seen_by_broker() {
    std::vector<std::string> out;
    for (const auto& entry : broker.log) {
      if (entry.leaf.leaf_class != LeafClass::kFrame) continue;
      const FrameView view = *parse_frame(entry.body);
      const Header header = *decode_header(view.header);
      if (!header.kind.starts_with("overlap.")) continue;
      EXPECT_EQ(header.suite, kSuiteSealed);
      out.push_back(header.sender.str() + " to " + header.recipients.front().str() + " " + header.kind + " " + std::to_string(view.body.size()));
    }
    std::sort(out.begin(), out.end());
    return out;
  }
};

TEST_F(OverlapNodes, BothSidesLearnOfIt) {
  plan("1267", march());
  run();
  const std::string hidden = hide("1540");
  ASSERT_THAT(findings("1540"), SizeIs(1));
  ASSERT_THAT(findings("1267"), SizeIs(1));
  EXPECT_THAT(findings("1373"), IsEmpty());
  EXPECT_EQ(findings("1540")[0]["visits"][0], hidden);
  EXPECT_EQ(findings("1267")[0]["contacts"][1]["contact"], "1540 desk");
  for (const char* id : {"1267", "1373", "1540"}) EXPECT_THAT(alarms(id), IsEmpty()) << id;
}

TEST_F(OverlapNodes, TheFindingsAreTheSameAfterTheViewsAreMadeAnewAndAfterARestart) {
  plan("1267", march());
  run();
  hide("1540");
  for (const char* id : {"1267", "1540"}) {
    const auto before = findings(id);
    ASSERT_THAT(before, SizeIs(1));
    ASSERT_TRUE(node(id).rebuild());
    EXPECT_EQ(findings(id), before) << id;
    open(stations.at(id));
    EXPECT_EQ(findings(id), before) << id;
  }
  const auto sent_before = seen_by_broker();
  run();
  EXPECT_EQ(seen_by_broker(), sent_before);   // nothing is said a second time
}

TEST_F(OverlapNodes, ARestartAtAnyStepLosesNothing) {
  plan("1267", march());
  run();
  ASSERT_TRUE(try_hide("1540"));
  for (int round = 0; round < 60; ++round) {
    for (auto& [id, station] : stations) {
      step(station);
      ASSERT_TRUE(station.node->settle(now_of(station), Node::Commit::kNow));
      open(station);
    }
    clock.advance(100);
  }
  run();
  EXPECT_THAT(findings("1540"), SizeIs(1));
  EXPECT_THAT(findings("1267"), SizeIs(1));
}

// The broker has the sealed frames of all of it, with and without an overlap: they differ in nothing that it can see.
TEST_F(OverlapNodes, TheBrokerSeesTheSameWithAnOverlapAsWithout) {
  plan("1267", march("TJK"));
  run();
  hide("1540", march("UZB"));
  EXPECT_THAT(findings("1540"), IsEmpty());
  const auto without = seen_by_broker();
  EXPECT_THAT(without, ElementsAre(HasSubstr("1267 to 1540 overlap.reply"), HasSubstr("1373 to 1540 overlap.reply"),
                                   HasSubstr("1540 to 1267 overlap.result"), HasSubstr("1540 to 1267 overlap.tokens"),
                                   HasSubstr("1540 to 1373 overlap.result"), HasSubstr("1540 to 1373 overlap.tokens")));
  hide("1540", march("TJK"));
  EXPECT_THAT(findings("1540"), SizeIs(1));
  auto twice = without;
  twice.insert(twice.end(), without.begin(), without.end());
  std::sort(twice.begin(), twice.end());
  EXPECT_EQ(seen_by_broker(), twice);
}

// Words on later plans, agreeing and withdrawing look alike.
TEST_F(OverlapNodes, TheBrokerCannotTellOneWordFromAnother) {
  const std::string hidden = hide("1540");
  const auto before = seen_by_broker();
  plan("1267", march("TJK"));
  plan("1267", march());
  run();
  Station& station = stations.at("1540");
  for (const bool agrees : {true, false}) {
    auto acted = agrees ? station.node->overlaps().disclose(hidden, json::object()) : station.node->overlaps().withdraw(hidden);
    ASSERT_TRUE(acted) << acted.error().what;
    for (const Draft& draft : acted->drafts) ASSERT_TRUE(station.node->submit(draft, "act", Outbox::Signing::kLater, now_of(station)));
    run();
  }
  std::set<std::string> words;
  std::vector<std::string> after = seen_by_broker();
  EXPECT_EQ(after.size(), before.size() + 5);   // two plans, one agreement, the withdrawal to two
  for (const std::string& one : after) {
    if (one.find("1540 to 1267 overlap.word") != one.npos) words.insert(one);
  }
  EXPECT_THAT(words, SizeIs(1));
}

// As the local API has it.
class OverlapApi : public OverlapNodes {
 protected:
  OverlapApi() {
    routes = std::make_unique<Routes>(node(), *stations.at("1540").link, "tcp://broker:5601", [this]() -> Result<void> {
      Station& own = stations.at("1540");
      const NodeOutcome outcome = TRY(own.node->settle(now_of(own)));
      own.link->dispatch(outcome, now_of(own));
      return {};
    });
  }
  HttpResponse ask(const std::string& method, const std::string& path, const json& body = {}, std::map<std::string, std::string> query = {}) {
    std::map<std::string, std::string> headers;
    if (method != "GET") headers["idempotency-key"] = "act-" + std::to_string(++acts_);
    return routes->answer({method, "/api/v1" + path, std::move(query), std::move(headers), body.is_null() ? "" : body.dump(), {}}, now_of(stations.at("1540")));
  }
  json get(const std::string& path, std::map<std::string, std::string> query = {}) {
    const HttpResponse found = ask("GET", path, {}, std::move(query));
    EXPECT_EQ(found.status, 200) << path << ": " << found.body;
    return json::parse(found.body, nullptr, false);
  }
  std::unique_ptr<Routes> routes;

 private:
  int acts_ = 0;
};

TEST_F(OverlapApi, APlanIsKeptShownToItsOwnerAndAgreedOn) {
  plan("1267", march());
  run();
  json fields = march();
  fields["overlap_only"] = true;
  const HttpResponse dry = ask("POST", "/visits", fields, {{"dry_run", "1"}});
  EXPECT_EQ(dry.status, 200) << dry.body;
  EXPECT_THAT(get("/overlaps")["items"], IsEmpty());
  EXPECT_THAT(get("/visits", {{"overlap_only", "1"}})["items"], SizeIs(1));
  const HttpResponse made = ask("POST", "/visits", fields);
  ASSERT_EQ(made.status, 201) << made.body;
  const json said = json::parse(made.body);
  EXPECT_EQ(said["id"], "1540-hidden-1");
  EXPECT_THAT(said["recipients"], SizeIs(2));
  EXPECT_EQ(said["rule"], "overlap-tokens");
  run();
  EXPECT_THAT(get("/visits")["items"], SizeIs(1));   // who does not ask for them does not get them, to export them on
  EXPECT_THAT(get("/visits", {{"overlap_only", "1"}})["items"], SizeIs(2));
  EXPECT_THAT(get("/calendar", {{"from", "2027-03-01"}, {"to", "2027-03-31"}, {"overlap_only", "1"}})["items"], SizeIs(2));
  const json shown = get("/visits/1540-hidden-1");
  EXPECT_EQ(shown["marking"], "overlap only");
  ASSERT_THAT(shown["findings"], SizeIs(1));
  const json found = get("/conflicts", {{"kind", "overlap_only"}});
  ASSERT_THAT(found["items"], SizeIs(1));
  EXPECT_THAT(get("/conflicts", {{"visit", "1540-hidden-1"}})["items"], SizeIs(1));
  EXPECT_EQ(ask("POST", "/visits/1540-hidden-7/withdraw", json::object()).status, 404);
  ASSERT_EQ(ask("POST", "/visits/1540-hidden-1/disclose", json::object()).status, 201);
  EXPECT_EQ(ask("POST", "/visits/1540-hidden-1/disclose", json::object()).status, 409);
  run();
  EXPECT_THAT(records("1267"), SizeIs(1));
  Station& other = stations.at("1267");
  const auto agreed = other.node->overlaps().disclose(findings("1267")[0]["overlap"], json::object());
  ASSERT_TRUE(agreed);
  for (const Draft& draft : agreed->drafts) ASSERT_TRUE(other.node->submit(draft, "agree", Outbox::Signing::kLater, now_of(other)));
  run();
  EXPECT_THAT(records("1267"), SizeIs(2));
  EXPECT_THAT(records("1373"), SizeIs(1));
  EXPECT_EQ(ask("POST", "/visits/1540-hidden-1/withdraw", json::object()).status, 409);
  EXPECT_EQ(ask("POST", "/visits", {{"overlap_only", 3}}).status, 400);
}

TEST_F(ThreeNodes, WithoutARuleNothingIsKeptAndNothingLeaves) {
  Station& station = stations.at("1540");
  const Now now = now_of(station);
  {
    auto attempt = Attempt::begin(*station.node);
    ASSERT_TRUE(attempt);
    const json fields = {{"states", {"KGZ"}}, {"components", {{{"start", "2027-03-08"}}}}, {"title", "Border control"}};
    const auto acted = station.node->overlaps().plan(fields, now.wall_ms);
    ASSERT_TRUE(acted) << acted.error().what;
    const auto sent = station.node->submit(acted->drafts.front(), "hide", Outbox::Signing::kLater, now);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Code::kPolicy);
  }
  EXPECT_THAT(*node("1540").overlaps().list({}), IsEmpty());
  EXPECT_THAT((*node("1540").overlaps().questions())["items"], IsEmpty());
}

}  // namespace
}  // namespace liaison
