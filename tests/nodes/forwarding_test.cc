// SPDX-License-Identifier: Apache-2.0
// Messages that go out by a connector: which ones, what of them, in which order, once, and never back to where they came from.
#include "nodes/connectors/forwarding.h"

#include <thread>

#include "nodes/api/act.h"
#include "nodes/connectors/files_in.h"
#include "nodes/connectors/files_out.h"
#include "nodes/connectors/out_connector.h"
#include "tests/nodes/connectors_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using How = Handed::How;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The other side, as it happens to behave.
class Scripted final : public Carrier {
 public:
  explicit Scripted(std::function<Handed(const Parcel&)> say) : say_(std::move(say)) {}
  Handed hand_over(const Parcel& parcel, std::stop_token) override { return say_(parcel); }
  Result<std::string> test(std::stop_token) override { return std::string("there"); }

 private:
  std::function<Handed(const Parcel&)> say_;
};

class ForwardingTest : public ConnectorsFixture {
 protected:
  std::unique_ptr<Connector> out(std::function<Handed(const Parcel&)> say) {
    return std::make_unique<OutConnector>(config, std::make_unique<Scripted>(std::move(say)), std::chrono::hours(72));
  }
  std::unique_ptr<Connector> taking() {
    return out([this](const Parcel& parcel) {
      got.push_back(parcel);
      return Handed{How::kDone, "", {}};
    });
  }
  std::vector<std::string> records_got() const {
    std::vector<std::string> all;
    for (const Parcel& one : got) all.push_back(one.record);
    return all;
  }
  void change(const std::string& from, const std::string& record, const json& fields) {
    Station& station = stations.at(from);
    const Now now = now_of(station);
    auto attempt = Attempt::begin(*station.node);
    ASSERT_TRUE(attempt);
    const auto draft = station.node->visits().change(record, 1, fields, now.wall_ms);
    ASSERT_TRUE(draft) << draft.error().what;
    ASSERT_TRUE(station.node->submit(*draft, "change-" + record, Outbox::Signing::kNow, now));
    ASSERT_TRUE(attempt->keep());
  }
  ConnectorConfig config = config_of(ConnectorConfig::Kind::kFilesOut, "registry");
  std::vector<Parcel> got;
};

TEST_F(ForwardingTest, AllThatTheNodeHoldsGoesOutOnceInTheOrderOfTheLog) {
  const std::string own = plan("1540");
  run();
  const std::string theirs = plan("1267");
  run();
  const auto connector = taking();
  ran(*connector);
  ran(*connector);
  EXPECT_THAT(records_got(), ElementsAre(own, theirs));
  EXPECT_EQ(got[1].content["kind"], "visit.plan");
  EXPECT_EQ(got[1].content["sender"], "1267");
  EXPECT_EQ(got[1].content["data"]["record_id"], theirs);
  EXPECT_LT(got[0].index, got[1].index);
  plan("1373");
  run();
  ran(*connector);
  EXPECT_THAT(got, SizeIs(3));
}

TEST_F(ForwardingTest, ARuleNarrowsByKindStateSenderAndField) {
  plan("1267", {{"states", {"TJK"}}});
  const std::string wanted = plan("1267", {{"title", "Borders"}});
  plan("1540");
  run();
  config.rule = {{"visit.plan"}, {"KGZ"}, {}, {"1267"}, {"record", "data.title"}, "{record}: {data.title}{data.note}"};
  ran(*taking());
  ASSERT_THAT(records_got(), ElementsAre(wanted));
  EXPECT_EQ(got[0].content, (json{{"record", wanted}, {"data", {{"title", "Borders"}}}}));
  EXPECT_EQ(got[0].text, wanted + ": Borders\n");
}

TEST_F(ForwardingTest, WhatARuleWouldHaveDoneIsShownAndLeavesNothing) {
  const std::string record = plan("1267");
  run();
  ConnectorStore store(node().store());
  Desk desk{node(), *routes, store, now_of(stations.at("1540"))};
  const auto tried = tried_rule(desk, config, 0, 10);
  ASSERT_TRUE(tried);
  EXPECT_EQ((*tried)["items"][0]["record"], record);
  EXPECT_THAT(items("registry"), IsEmpty());
}

TEST_F(ForwardingTest, WhatCameInFromASystemDoesNotGoOutToIt) {
  ConnectorConfig in = config_of(ConnectorConfig::Kind::kFilesIn, "case-files");
  in.system = "registry";
  auto incoming = FilesIn::make(in, id_of("1540"));
  ASSERT_TRUE(incoming);
  write(in.paths["folder"] / "inbox/plan.json", visit_on().dump());
  ran(**incoming);
  const std::string own = plan("1540");
  run();
  config.system = "registry";
  ran(*taking());
  EXPECT_THAT(records_got(), ElementsAre(own));
  config.name = config.system = "another";
  got.clear();
  ran(*taking());
  EXPECT_THAT(got, SizeIs(2));
}

TEST_F(ForwardingTest, ADraftOfAConnectorKeepsItsOriginThroughItsRelease) {
  ConnectorConfig in = config_of(ConnectorConfig::Kind::kFilesIn, "case-files");
  in.as_drafts = true;
  auto incoming = FilesIn::make(in, id_of("1540"));
  ASSERT_TRUE(incoming);
  write(in.paths["folder"] / "inbox/plan.json", visit_on().dump());
  ran(**incoming);
  const auto answer = routes->answer({"POST", "/api/v1/drafts/draft-1/release", {}, {{"idempotency-key", "r"}, {"if-match", "\"1\""}}, "{}", 1},
                                     now_of(stations.at("1540")));
  ASSERT_EQ(answer.status / 100, 2) << answer.body;
  run();
  config.system = "case-files";
  ran(*taking());
  EXPECT_THAT(got, IsEmpty()) << "its mirror";
  config.name = config.system = "another";
  ran(*taking());
  EXPECT_THAT(got, SizeIs(1));
}

TEST_F(ForwardingTest, AnOfficersRequestIdCannotLookLikeAConnectors) {
  const auto answer = routes->answer({"POST", "/api/v1/visits", {}, {{"idempotency-key", "c.registry.1"}}, visit_on().dump(), 1}, now_of(stations.at("1540")));
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("as those of connectors do"));
  EXPECT_EQ(origin_of("c.registry.1"), "registry");
  EXPECT_EQ(origin_of("c.registry"), "");
  EXPECT_EQ(origin_of("registry.1"), "");
}

TEST_F(ForwardingTest, WhatIsSaidOfOneRecordLeavesInOrderInOneRun) {
  const std::string record = plan("1267");
  run();
  change("1267", record, {{"title", "Moved"}});
  run();
  ran(*taking());
  ASSERT_THAT(records_got(), ElementsAre(record, record));
  EXPECT_EQ(got[1].content["data"]["title"], "Moved");
}

TEST_F(ForwardingTest, WhileAnOlderOneWaitsWhatFollowsOfItsRecordStaysBehindIt) {
  const std::string record = plan("1267");
  run();
  bool there = false;
  const auto connector = out([&](const Parcel& parcel) {
    if (there) got.push_back(parcel);
    return there ? Handed{How::kDone, "", {}} : Handed{How::kAgain, "nobody answers", {}};
  });
  (void)connector->run(door(), 64, {});
  change("1267", record, {{"title", "Moved"}});
  run();
  there = true;
  (void)connector->run(door(), 64, {});
  EXPECT_THAT(got, IsEmpty()) << "the first is not due";
  clock.advance(kHour);
  ran(*connector);
  ASSERT_THAT(got, SizeIs(2));
  EXPECT_LT(got[0].index, got[1].index);
}

TEST_F(ForwardingTest, AReceiverThatWantsToBeLeftAloneIs) {
  plan("1267");
  plan("1267");
  run();
  int asked = 0;
  const auto connector = out([&](const Parcel&) {
    ++asked;
    return Handed{How::kAgain, "429", std::chrono::seconds(120)};
  });
  const ConnectorRun run_of = ran(*connector);
  EXPECT_EQ(asked, 1) << "not the next one either";
  EXPECT_EQ(run_of.rest, std::chrono::seconds(120));
  EXPECT_FALSE(run_of.more);
}

TEST_F(ForwardingTest, WhenARetryIsDueIsTold) {
  plan("1267");
  run();
  bool there = false;
  const auto connector = out([&](const Parcel&) { return there ? Handed{How::kDone, "", {}} : Handed{How::kAgain, "nobody answers", {}}; });
  EXPECT_FALSE(connector->run(door(), 64, {}));
  const auto early = connector->run(door(), 64, {});
  ASSERT_FALSE(early) << "nothing is due, and it is down still";
  EXPECT_EQ(early.error().what, "nobody answers");
  there = true;
  const std::string other = plan("1267");
  run();
  const ConnectorRun one = ran(*connector, 1);
  EXPECT_EQ(one.done, 1U);
  clock.advance(kHour);
  EXPECT_EQ(ran(*connector).next_ms, std::nullopt);
}

TEST_F(ForwardingTest, WhatStandsBelowAnOwnMessageGoesOutThoughItComesLater) {
  bool withheld = true;
  broker.lie = [&](const MemberId& member, Control& control) { return !withheld || member.str() != "1540" || !std::holds_alternative<Items>(control); };
  const std::string theirs = plan("1267");
  run();
  const std::string own = plan("1540");
  run();
  const auto connector = taking();
  ran(*connector);
  EXPECT_THAT(got, IsEmpty()) << "the log below has not come";
  withheld = false;
  pass(5 * kMinute);
  ran(*connector);
  EXPECT_THAT(records_got(), ElementsAre(theirs, own));
}

TEST_F(ForwardingTest, WhatWasKeptBackAndIsShownLaterGoesOutToo) {
  std::optional<std::uint64_t> hidden;
  broker.lie = [&](const MemberId&, Control& control) {
    auto* items = std::get_if<Items>(&control);
    if (items == nullptr) return true;
    for (Item& item : items->items) {
      if (!hidden) hidden = decode_leaf(item.leaf)->index;
      if (decode_leaf(item.leaf)->index == *hidden) item.body.clear();
    }
    return true;
  };
  const std::string first = plan("1267");
  run();
  const std::string second = plan("1267");
  run();
  const auto connector = taking();
  ran(*connector);
  ASSERT_THAT(records_got(), ElementsAre(second));
  broker.lie = {};
  pass(70 * kMinute, 10'000);
  ran(*connector);
  EXPECT_THAT(records_got(), ElementsAre(second, first));
  ConnectorStore store(node().store());
  ASSERT_TRUE(store.begin_at("begun-later", node().cursor()));
  ASSERT_TRUE(store.look_again(2));
  EXPECT_EQ(store.state("begun-later")->cursor, node().cursor()) << "it never looks before its start";
}

TEST_F(ForwardingTest, ThreeDaysOfAPauseDoNotCount) {
  plan("1267");
  run();
  Handed say{How::kGone, "410", {}};
  const auto connector = out([&](const Parcel&) { return say; });
  ran(*connector);
  clock.advance(100 * kHour);
  ASSERT_TRUE(ConnectorStore(node().store()).hurry("registry", clock.now().wall_ms));   // as an officer lets it go on
  say = {How::kAgain, "503", {}};
  (void)connector->run(door(), 64, {});
  EXPECT_EQ(items("registry")[0].state, ConnectorItem::State::kWaiting);
}

TEST_F(ForwardingTest, WhatIsHeldBackBehindAnotherMakesNobodyRunAtOnce) {
  const std::string record = plan("1267"), other = plan("1267");
  run();
  const auto connector = out([&](const Parcel& parcel) { return parcel.record == record ? Handed{How::kAgain, "500", {}} : Handed{How::kDone, "", {}}; });
  change("1267", record, {{"title", "Moved"}});
  run();
  const ConnectorRun done = ran(*connector);
  EXPECT_EQ(done.done, 1U);
  ASSERT_TRUE(done.next_ms);
  EXPECT_GT(*done.next_ms, clock.now().wall_ms) << "the one behind is not due before the first";
}

TEST_F(ForwardingTest, APauseAndARecallReachARunThatTakesLong) {
  for (int i = 0; i < 3; ++i) plan("1267");
  run();
  const auto connector = out([&](const Parcel& parcel) {
    got.push_back(parcel);
    ConnectorStore store(node().store());
    ConnectorState state = *store.state("registry");
    state.paused = true;
    EXPECT_TRUE(store.set_state(state));
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1'010);
    while (std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return Handed{How::kDone, "", {}};
  });
  ran(*connector);
  EXPECT_THAT(got, SizeIs(1));
}

TEST_F(ForwardingTest, WhatIsDoneAndFarBehindIsForgotten) {
  plan("1267");
  run();
  ran(*taking());
  ASSERT_THAT(items("registry"), SizeIs(1));
  ConnectorItem late;
  late.connector = config.name;
  late.key = late.name = "late";
  ASSERT_TRUE(node().store().database().execute("INSERT INTO sqlite_sequence VALUES ('connector_items', 0) ON CONFLICT DO NOTHING"));
  ASSERT_TRUE(node().store().database().execute("UPDATE sqlite_sequence SET seq = 100001 WHERE name = 'connector_items'"));
  ConnectorStore store(node().store());
  late.number = store.add(late)->value();
  late.state = ConnectorItem::State::kDone;
  ASSERT_TRUE(store.set(late));
  ASSERT_THAT(items("registry"), SizeIs(1));
  EXPECT_EQ(items("registry")[0].key, "late");
}

// Letters: all that is new in one.
class Letters final : public Carrier {
 public:
  Letters(std::vector<std::vector<Parcel>>& sent, Handed& say) : sent_(sent), say_(say) {}
  std::size_t takes_together() const override { return 1 << 20; }
  Handed hand_over(const Parcel& parcel, std::stop_token stop) override { return hand_over_all({&parcel, 1}, std::move(stop)); }
  Handed hand_over_all(std::span<const Parcel> parcels, std::stop_token) override {
    sent_.emplace_back(parcels.begin(), parcels.end());
    return say_;
  }
  Result<std::string> test(std::stop_token) override { return std::string("there"); }

 private:
  std::vector<std::vector<Parcel>>& sent_;
  Handed& say_;
};

TEST_F(ForwardingTest, ADigestHasAllThatIsNewAndWhatBecomesOfItBecomesOfEach) {
  const std::string record = plan("1267");
  plan("1540");
  run();
  change("1267", record, {{"title", "Moved"}});
  run();
  std::vector<std::vector<Parcel>> letters;
  Handed say{How::kAgain, "the mail server is away", {}};
  OutConnector connector(config, std::make_unique<Letters>(letters, say), std::chrono::hours(72));
  EXPECT_FALSE(connector.run(door(), 1, {}));
  say = {How::kDone, "taken", {}};
  clock.advance(kHour);
  EXPECT_EQ(ran(connector, 1).done, 3U);
  ASSERT_THAT(letters, SizeIs(2));
  EXPECT_THAT(letters[1], SizeIs(3)) << "whatever the rate lets through in one run";
  EXPECT_EQ(letters[0][0].id, letters[1][0].id);
  for (const ConnectorItem& one : items("registry")) EXPECT_EQ(one.state, ConnectorItem::State::kDone);
  ran(connector, 1);
  EXPECT_THAT(letters, SizeIs(2)) << "no letter about nothing";
}

TEST_F(ForwardingTest, ALetterThatMayHaveLeftIsSentAgainAsItWas) {
  plan("1267");
  run();
  std::vector<std::vector<Parcel>> letters;
  Handed say{How::kDone, "taken", {}};
  OutConnector connector(config, std::make_unique<Letters>(letters, say), std::chrono::hours(72));
  visits_until_killed = 1;   // it is sent, and the row is not
  (void)connector.run(door(), 64, {});
  visits_until_killed = -1;
  start_again();
  plan("1267");
  run();
  OutConnector again(config, std::make_unique<Letters>(letters, say), std::chrono::hours(72));
  ran(again);
  ran(again);
  ASSERT_THAT(letters, SizeIs(3));
  ASSERT_THAT(letters[1], SizeIs(1)) << "without what has come since";
  EXPECT_EQ(letters[0][0].id, letters[1][0].id);
  EXPECT_THAT(letters[2], SizeIs(1));
}

TEST_F(ForwardingTest, AReceiverThatIsAwayGetsEverythingInOrderPerRecordWhenItReturns) {
  const std::string first = plan("1267"), second = plan("1267");
  run();
  bool there = false;
  const auto connector = out([&](const Parcel& parcel) {
    if (there) got.push_back(parcel);
    return there ? Handed{How::kDone, "", {}} : Handed{How::kAgain, "nobody answers", {}};
  });
  const auto away = connector->run(door(), 64, {});
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().what, "nobody answers");
  for (int hour = 0; hour < 24; ++hour) {
    clock.advance(kHour);
    (void)connector->run(door(), 64, {});
  }
  EXPECT_THAT(got, IsEmpty());
  there = true;
  clock.advance(7 * kHour);
  for (int i = 0; i < 4; ++i) ran(*connector);
  EXPECT_THAT(records_got(), ElementsAre(first, second));
  EXPECT_GT(got[0].tries, 3U);
}

TEST_F(ForwardingTest, WhatIsRefusedIsKeptWithItsReasonAndTheRestGoesOn) {
  const std::string first = plan("1267"), second = plan("1267");
  run();
  bool mended = false;
  const auto connector = out([&](const Parcel& parcel) {
    if (parcel.record == first && !mended) return Handed{How::kRefused, "422: no such State", {}};
    got.push_back(parcel);
    return Handed{How::kDone, "", {}};
  });
  const ConnectorRun done = ran(*connector);
  EXPECT_EQ(done.failed, 1U);
  EXPECT_THAT(records_got(), ElementsAre(second));
  EXPECT_EQ(items("registry").back().words, "422: no such State");
  mended = true;
  ConnectorItem item = items("registry").back();
  item.state = ConnectorItem::State::kWaiting;
  item.tries = 0;
  item.next_ms = 0;
  ASSERT_TRUE(ConnectorStore(node().store()).again(item));
  ran(*connector);
  EXPECT_THAT(records_got(), ElementsAre(second, first));
}

TEST_F(ForwardingTest, AReceiverThatWantsNothingMorePausesTheConnectorAndNothingIsLost) {
  plan("1267");
  run();
  const auto connector = out([](const Parcel&) { return Handed{How::kGone, "the receiver said 410", {}}; });
  EXPECT_EQ(ran(*connector).pause, "the receiver said 410");
  EXPECT_EQ(items("registry")[0].state, ConnectorItem::State::kWaiting);
}

TEST_F(ForwardingTest, AfterThreeDaysAMessageIsGivenUp) {
  plan("1267");
  run();
  const auto connector = out([](const Parcel&) { return Handed{How::kAgain, "nobody answers", {}}; });
  for (int hour = 0; hour < 73; ++hour) {
    (void)connector->run(door(), 64, {});
    clock.advance(kHour);
  }
  clock.advance(6 * kHour);
  (void)connector->run(door(), 64, {});
  EXPECT_EQ(items("registry")[0].state, ConnectorItem::State::kFailed);
  EXPECT_THAT(items("registry")[0].words, HasSubstr("given up after"));
}

TEST_F(ForwardingTest, WhatWasRecalledBeforeItLeftDoesNotLeave) {
  change_roster([](Roster&) {},
                "allow all publish * visit.plan <=named to * under \"a basis\"\nallow recalls publish * visit.recall <=named to * under \"a basis\"\n");
  run();
  const std::string record = plan("1540");
  run();
  bool there = false;
  const auto connector = out([&](const Parcel& parcel) {
    if (there) got.push_back(parcel);
    return there ? Handed{How::kDone, "", {}} : Handed{How::kAgain, "nobody answers", {}};
  });
  (void)connector->run(door(), 64, {});
  const auto answer = routes->answer({"POST", "/api/v1/visits/" + record + "/recall", {}, {{"idempotency-key", "r"}}, R"({"reason": "a mistake"})", 1},
                                     now_of(stations.at("1540")));
  ASSERT_EQ(answer.status, 201) << answer.body;
  run();
  there = true;
  clock.advance(kHour);
  ran(*connector);
  ran(*connector);
  ASSERT_THAT(got, SizeIs(1));
  EXPECT_EQ(got[0].kind, "visit.recall");
}

// A recall names no State: it follows the record.
TEST_F(ForwardingTest, WhereARuleChoosesStatesARecallGoesToWhomTheRecordWent) {
  change_roster([](Roster&) {},
                "allow all publish * visit.plan <=named to * under \"a basis\"\nallow recalls publish * visit.recall <=named to * under \"a basis\"\n");
  run();
  const std::string gone = plan("1540", {{"states", {"KGZ"}}}), never = plan("1540", {{"states", {"TJK"}}});
  run();
  config.rule.states = {"KGZ"};
  const auto connector = taking();
  ran(*connector);
  ASSERT_THAT(records_got(), ElementsAre(gone));
  for (const std::string& record : {gone, never}) {
    const auto answer = routes->answer({"POST", "/api/v1/visits/" + record + "/recall", {}, {{"idempotency-key", record}}, R"({"reason": "a mistake"})", 1},
                                       now_of(stations.at("1540")));
    ASSERT_EQ(answer.status, 201) << answer.body;
  }
  run();
  ran(*connector);
  EXPECT_THAT(records_got(), ElementsAre(gone, gone));
  EXPECT_EQ(got.back().kind, "visit.recall");
}

TEST_F(ForwardingTest, KilledBetweenTheOtherSideAndTheRowTheSameIdLeavesAgain) {
  plan("1267");
  run();
  const auto connector = taking();
  visits_until_killed = 1;
  (void)connector->run(door(), 64, {});
  visits_until_killed = -1;
  start_again();
  ran(*connector);
  ran(*connector);
  ASSERT_THAT(got, SizeIs(2));
  EXPECT_EQ(got[0].id, got[1].id);
}

TEST_F(ForwardingTest, AFileIsPutDownForEachMessageUnderItsPlaceInTheLog) {
  plan("1267");
  run();
  OutConnector connector(config, std::make_unique<FilesOut>(config), std::chrono::hours(72));
  ran(connector);
  const auto found = names(config.paths["folder"]);
  ASSERT_THAT(found, SizeIs(1));
  const json said = json::parse(read(config.paths["folder"] / found[0]));
  EXPECT_EQ(said["kind"], "visit.plan");
  EXPECT_EQ(std::stoull(found[0].substr(0, 12)), said["index"].get<std::uint64_t>());
}

}  // namespace
}  // namespace liaison
