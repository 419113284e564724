// SPDX-License-Identifier: Apache-2.0
// Stops at every point: a step of the node is stored whole or not at all, nothing leaves before it is stored, and whoever
// starts again goes on as if nothing had been. A disk that is full passes.
#include "tests/doubles/forgetful_vfs.h"
#include "tests/nodes/node_fixture.h"

namespace liaison {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Restarts : public NodeFixture {
 protected:
  // All tables of a node that a fold or a fetch can make again, as text.
  std::string tables(const std::string& at, bool views_only) {
    std::string out;
    Database& database = node(at).store().database();
    auto names = *database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND (name LIKE 'visit%' OR ?) ORDER BY name");
    names.bind(1, std::uint64_t{!views_only});
    std::vector<std::string> all;
    while (*names.step()) all.push_back(names.text(0));
    for (const std::string& name : all) {
      if (name == "audit" || name == "facts" || name.starts_with("sqlite")) continue;
      auto columns = *database.prepare("SELECT group_concat('quote(' || name || ')', '||'',''||') FROM pragma_table_info('" + name + "')");
      EXPECT_TRUE(*columns.step());
      auto rows = *database.prepare("SELECT " + columns.text(0) + " FROM " + name + " ORDER BY 1");
      out += name + "\n";
      while (*rows.step()) out += rows.text(0) + "\n";
    }
    return out;
  }
  // Once each: what every node shows, and what the log holds of every committee, without a gap in any chain.
  void expect_whole(std::size_t plans) {
    std::map<KeyId, std::uint64_t> last;
    for (const auto& entry : broker.log) {
      if (entry.leaf.leaf_class != LeafClass::kFrame) continue;
      EXPECT_EQ(entry.sequence, ++last[entry.key_id]);
      EXPECT_EQ(entry.leaf.verdict, Code::kAccepted);
    }
    for (auto& [id, station] : stations) {
      EXPECT_THAT(records(id), SizeIs(plans)) << id;
      EXPECT_THAT(states(id), Each(MessageState::kDelivered)) << id;
      EXPECT_THAT(alarms(id), IsEmpty()) << id;
      EXPECT_FALSE(station.node->inbox().any_gaps()) << id;
      EXPECT_EQ(*station.node->mirror().root(), *ScriptedBroker::tree_of(broker.log).root()) << id;
    }
  }
};

TEST_F(Restarts, ANodeThatStopsAfterAnyStepGoesOnAsIfNothingHadBeen) {
  for (const char* id : {"1267", "1373", "1540"}) add(id);
  run();
  std::size_t plans = 0;
  // In round n the node of 1540 ends after its nth turn, and again two turns later; what it had not stored is gone.
  for (int nth = 0; nth < 8; ++nth) {
    for (const char* id : {"1540", "1267", "1540"}) plan(id), ++plans;
    ASSERT_TRUE(node().settle(clock.now(), Node::Commit::kNow));   // the officer was told that it is queued
    for (int turn = 0; turn < nth + 4; ++turn) {
      for (auto& [id, station] : stations) step(station);
      if (turn == nth || turn == nth + 2) open(stations.at("1540"));
    }
    pass(40 * kSecond, kSecond);
    expect_whole(plans);
  }
}

TEST_F(Restarts, AnEffectAndItsCursorAreOneStep) {
  Station& own = add("1540");
  own.settings.lazy_commit_ms = 1'000'000;
  open(own);
  run();
  ASSERT_TRUE(node().settle(clock.now(), Node::Commit::kNow));
  for (int i = 0; i < 3; ++i) post("1267");
  const Now now = clock.now();
  ASSERT_TRUE(own.link->step(now));   // taken, and not stored
  EXPECT_THAT(records("1540"), SizeIs(3));
  EXPECT_EQ(node().cursor(), 5U);
  open(own);
  EXPECT_THAT(records("1540"), IsEmpty());
  EXPECT_EQ(node().cursor(), 2U);
  EXPECT_EQ(node().outbox().owed().count(), 0U);
  EXPECT_FALSE(node().inbox().any_gaps());
  run();
  EXPECT_THAT(records("1540"), SizeIs(3));
  EXPECT_THAT(verdicts_to("1267"), ElementsAre(Code::kAccepted, Code::kAccepted, Code::kAccepted));
}

TEST_F(Restarts, AFoldAnewGivesEqualViews) {
  for (const char* id : {"1267", "1373", "1540"}) add(id);
  run();
  for (int i = 0; i < 5; ++i) {
    for (const char* id : {"1267", "1373", "1540"}) plan(id);
    broker.verdict = [](const Header& header) { return header.sequence % 4 == 0 && header.kind == "visit.plan" ? Code::kPolicy : Code::kAccepted; };
    run();
  }
  broker.verdict = {};
  broker.deaf = true;
  plan("1540");
  run();
  const std::string before = tables("1540", true);
  EXPECT_GT(before.size(), 1'000U);
  const auto folded = node().rebuild();
  ASSERT_TRUE(folded) << folded.error().what;
  EXPECT_GT(*folded, 5U);
  EXPECT_EQ(tables("1540", true), before);
}

TEST_F(Restarts, ViewsOfAnEarlierLayoutAreMadeAnewAtTheStart) {
  for (const char* id : {"1267", "1373", "1540"}) add(id);
  run();
  for (const char* id : {"1267", "1373", "1540"}) plan(id);
  run();
  const std::string before = tables("1540", true);
  EXPECT_GT(before.size(), 1'000U);
  Database& database = node().store().database();
  ASSERT_TRUE(database.execute("DROP TABLE visits; CREATE TABLE visits(record TEXT PRIMARY KEY, words TEXT NOT NULL) WITHOUT ROWID; "
                               "DROP TABLE visit_days; CREATE TABLE visit_days(state TEXT NOT NULL, reach INTEGER NOT NULL, first INTEGER NOT NULL, "
                               "record TEXT NOT NULL, component INTEGER NOT NULL, last INTEGER NOT NULL, lead TEXT NOT NULL, "
                               "PRIMARY KEY(state, reach, first, record, component)) WITHOUT ROWID; "
                               "DELETE FROM visit_findings; DELETE FROM facts WHERE name = 'views'"));
  open(stations.at("1540"));
  EXPECT_EQ(tables("1540", true), before);
}

TEST_F(Restarts, ANodeThatStartsStillSeesWhatANewPlanMeets) {
  for (const char* id : {"1267", "1373", "1540"}) add(id);
  run();
  const nlohmann::json same_days = {{"components", {{{"start", date_text(kFirstDay)}, {"end", date_text(kFirstDay + 4)}}}}};
  const std::string first = plan("1267", same_days);
  run();
  open(stations.at("1540"));
  run();
  const std::string second = plan("1373", same_days), own = plan("1540", same_days);
  run();
  std::set<std::set<std::string>> met;
  const nlohmann::json page = *node().visits().conflicts({{"kind", "overlap"}});
  for (const auto& one : page["items"]) met.insert(one["visits"].get<std::set<std::string>>());
  EXPECT_EQ(met, (std::set<std::set<std::string>>{{first, second}, {first, own}, {second, own}}));
}

TEST_F(Restarts, AFileOfAnotherVersionIsNotOpened) {
  Station& own = add("1540");
  Bytes version;
  put_u64(version, 99);
  ASSERT_TRUE(node().store().begin());
  ASSERT_TRUE(node().store().set_fact("schema", version));
  ASSERT_TRUE(node().store().commit());
  own.link.reset();
  own.node.reset();
  const auto opened = Node::open(own.file, identity_of(own), own.settings);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().what, HasSubstr("another version"));
}

// --- on a disk that forgets what was not synced

class BadDisks : public Restarts {
 protected:
  BadDisks() : disk("node-disk") {
    Station& own = add("1540");
    own.node.reset();
    own.file = "/forgetful/node.db";
    own.settings.database.vfs = "node-disk";
    own.settings.database.full_sync = true;
    open(own);
    line().on_send = [this](View payload) {
      if (frame_type(payload) != FrameType::kMessage) return;
      EXPECT_EQ(disk.unstable(), "") << "a message left before it was stored";
    };
    run();
  }
  ~BadDisks() override { stations.clear(); }
  // One turn; false when the disk is gone.
  bool turn() {
    Station& own = stations.at("1540");
    const Now now = now_of(own);
    if (!own.link->step(now) || !own.node->tick(now)) return false;
    const auto outcome = own.node->settle(now);
    if (!outcome) return false;
    own.link->dispatch(*outcome, now);
    return true;
  }

  ForgetfulDisk disk;
};

TEST_F(BadDisks, NothingLeavesBeforeItIsStoredAndAPowerCutAnywhereLosesNothingThatLeft) {
  std::size_t cuts = 0, plans = 0;
  for (std::uint64_t nth = 1; nth < 13; ++nth) {
    plan("1540");
    ASSERT_TRUE(turn());
    post("1267");
    plan("1540");
    disk.die_at(nth);
    for (int i = 0; i < 12 && turn(); ++i) post("1267");
    if (disk.dead()) ++cuts;
    disk.cut_power(nth % 2 == 0 ? ForgetfulDisk::Survivors::kNone : ForgetfulDisk::Survivors::kSome, nth);
    open(stations.at("1540"));
    pass(40 * kSecond, kSecond);
    for (const auto& heard : broker.heard) {
      const auto row = node().rows().find(message_id_of(to_sign(tiny.network_id(), *parse_frame(heard.frame))));
      ASSERT_TRUE(row && *row) << "a message that left is forgotten";
    }
    EXPECT_EQ(*node().mirror().root(), *ScriptedBroker::tree_of(broker.log).root());
    EXPECT_THAT(alarms(), IsEmpty());
    // The second plan may be gone with its commit: then nobody was told that it is queued.
    EXPECT_GE(sent().size(), plans + 1);
    plans = sent().size();
  }
  EXPECT_GT(cuts, 6U) << "the power went often enough";
  std::map<KeyId, std::uint64_t> last;
  for (const auto& entry : broker.log) {
    if (entry.sequence == 0) continue;
    EXPECT_EQ(entry.sequence, ++last[entry.key_id]);
  }
}

TEST_F(BadDisks, AFullDiskIsForgottenAndAskedForAgain) {
  post("1267");
  disk.fail({ForgetfulDisk::Act::kWrite, 1, ForgetfulDisk::Trouble::kFull, true});
  EXPECT_FALSE(turn());
  EXPECT_TRUE(node().store().database().disk_full());
  ASSERT_TRUE(node().reload());
  EXPECT_FALSE(node().outbox().linked()) << "what follows is of a new connection";
  EXPECT_EQ(node().cursor(), 2U);
  EXPECT_THAT(records("1540"), IsEmpty());
  disk.heal();
  line().reconnect();
  run();
  EXPECT_THAT(records("1540"), SizeIs(1));
  plan("1540");
  run();
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted));
}

TEST_F(BadDisks, AFailedSyncIsNotSurvived) {
  post("1267");
  disk.fail({ForgetfulDisk::Act::kSync, 1, ForgetfulDisk::Trouble::kInputOutput, false});
  bool went_on = true;
  for (int i = 0; i < 4 && went_on; ++i) went_on = turn();
  EXPECT_FALSE(went_on);
  EXPECT_TRUE(node().store().database().sync_failed()) << "the owner must end the process";
}

}  // namespace
}  // namespace liaison
