// SPDX-License-Identifier: Apache-2.0
// Files that another system drops: each becomes records once, whatever happens in between, and what is wrong with one stands beside it.
#include "nodes/connectors/files_in.h"

#include <unistd.h>

#include "tests/nodes/connectors_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kHeads = "states,start,end,title\n";

std::string csv_row(int number) {
  return "KGZ,2031-0" + std::to_string(1 + number % 9) + "-0" + std::to_string(1 + number / 9) + ",,Visit " + std::to_string(number) + "\n";
}

class FilesInTest : public ConnectorsFixture {
 protected:
  FilesInTest() { make(); }
  void make() {
    auto made = FilesIn::make(config, id_of("1540"));
    ASSERT_TRUE(made) << made.error().what;
    connector = std::move(*made);
    ran(*connector);   // makes its folders
  }
  std::filesystem::path at(const std::string& path) const { return config.paths.at("folder") / path; }
  json beside(const std::string& path) const { return json::parse(read(at(path))); }

  ConnectorConfig config = config_of(ConnectorConfig::Kind::kFilesIn, "case-files");
  std::unique_ptr<Connector> connector;
};

TEST_F(FilesInTest, ADroppedFileBecomesAVisitThatTheOthersGet) {
  write(at("inbox/plan.json"), visit_on().dump());
  EXPECT_EQ(ran(*connector).words, "1 file taken in");
  run();
  EXPECT_THAT(records("1267"), ElementsAre("1540-V-2026-0001"));
  EXPECT_THAT(names(at("inbox")), IsEmpty());
  EXPECT_THAT(names(at("work")), IsEmpty());
  EXPECT_THAT(names(at("done")), ElementsAre("1-plan.json", "1-plan.json.result.json"));
  EXPECT_THAT(beside("done/1-plan.json.result.json")["records"], ElementsAre("1540-V-2026-0001"));
}

TEST_F(FilesInTest, TheSameBytesAreTakenInOnceUnderAnyName) {
  write(at("inbox/a.csv"), kHeads + csv_row(1));
  write(at("inbox/b.csv"), kHeads + csv_row(1));
  ran(*connector);
  write(at("inbox/c.csv"), kHeads + csv_row(1));
  ran(*connector);
  run();
  EXPECT_THAT(records("1540"), SizeIs(1));
  EXPECT_THAT(items("case-files"), SizeIs(1));
  EXPECT_THAT(beside("done/1-c.csv.result.json")["words"].get<std::string>(), HasSubstr("taken in before as item 1"));
  EXPECT_THAT(beside("done/1-c.csv.result.json")["records"], ElementsAre("1540-V-2026-0001"));
  write(at("inbox/a.csv"), kHeads + csv_row(1));
  ran(*connector);
  EXPECT_EQ(beside("done/1-a.csv.result.json")["words"], "1 row taken in") << "the first result stays";
}

TEST_F(FilesInTest, WhatIsWrongStandsBesideTheFileAndNothingOfItIsStored) {
  write(at("inbox/bad.csv"), std::string(kHeads) + "KGZ,2031-01-02,,Good\nKGZ,2031-02-30,,Bad\n");
  EXPECT_EQ(ran(*connector).failed, 1U);
  run();
  EXPECT_THAT(records("1540"), IsEmpty());
  const json problem = beside("failed/1-bad.csv.problem.json");
  ASSERT_THAT(problem["errors"], SizeIs(1)) << problem;
  EXPECT_EQ(problem["errors"][0]["line"], 3);
  EXPECT_FALSE(problem["errors"][0]["hint"].get<std::string>().empty());
  EXPECT_THAT(problem["detail"].get<std::string>(), HasSubstr("line 3"));
  EXPECT_EQ(items("case-files")[0].state, ConnectorItem::State::kFailed);
}

TEST_F(FilesInTest, AFileThatFailedIsTriedAgainWhenItIsDroppedAgain) {
  stations.at("1540").settings.release.four_eyes = {"visit.plan"};
  start_again();
  write(at("inbox/a.csv"), kHeads + csv_row(1));
  ran(*connector);
  EXPECT_THAT(names(at("failed")), ElementsAre("1-a.csv", "1-a.csv.problem.json"));
  stations.at("1540").settings.release.four_eyes = {};
  start_again();
  std::filesystem::rename(at("failed/1-a.csv"), at("inbox/a.csv"));
  ran(*connector);
  run();
  EXPECT_THAT(records("1540"), SizeIs(1));
}

TEST_F(FilesInTest, WithDraftsAnOfficerReleasesWhatCameIn) {
  config.as_drafts = true;
  make();
  write(at("inbox/plan.csv"), kHeads + csv_row(1));
  ran(*connector);
  run();
  EXPECT_THAT(records("1540"), IsEmpty());
  EXPECT_THAT(beside("done/1-plan.csv.result.json")["records"], ElementsAre("draft-1"));
}

TEST_F(FilesInTest, ALongFileBecomesDraftsWhereTwoOfficersAreNeeded) {
  stations.at("1540").settings.release.four_eyes = {"visit.plan"};
  start_again();
  config.as_drafts = true;
  make();
  std::string many = kHeads;
  for (int i = 0; i < 501; ++i) many += "KGZ," + std::to_string(2031 + i / 28) + "-01-" + (i % 28 < 9 ? "0" : "") + std::to_string(1 + i % 28) + ",,Visit\n";
  write(at("inbox/plan.csv"), many);
  const ConnectorRun done = ran(*connector);
  ASSERT_EQ(done.done, 1U) << items("case-files")[0].words;
  EXPECT_EQ(done.cost, 501U) << "each row counts";
  EXPECT_THAT(beside("done/1-plan.csv.result.json")["records"], ElementsAre("draft-1", "draft-2"));
}

TEST_F(FilesInTest, HalfWrittenFilesWaitAndWhatIsNoFileFails) {
  write(at("inbox/.plan.csv"), kHeads + csv_row(1));
  write(at("inbox/plan.csv.tmp"), kHeads + csv_row(1));
  write(at("inbox/plan.csv.part"), kHeads + csv_row(1));
  write(folder.path() / "secret.csv", kHeads + csv_row(2));
  std::filesystem::create_symlink(folder.path() / "secret.csv", at("inbox/link.csv"));
  std::filesystem::create_directories(at("inbox/folder.csv"));
  EXPECT_EQ(ran(*connector).failed, 2U);
  run();
  EXPECT_THAT(names(at("inbox")), ElementsAre(".plan.csv", "plan.csv.part", "plan.csv.tmp"));
  EXPECT_THAT(records("1540"), IsEmpty());
  EXPECT_THAT(read(folder.path() / "secret.csv"), HasSubstr("Visit 2")) << "and the other side of the link is left alone";
}

TEST_F(FilesInTest, AFileBeyondTheLimitOrNoTextFailsAndTheNextOneIsTakenIn) {
  write(at("inbox/a.csv"), std::string((1 << 20) + 1, 'x'));
  write(at("inbox/b.csv"), std::string("\xFF\xFE" "a\0b\0", 6));
  write(at("inbox/c.csv"), kHeads + csv_row(1));
  const ConnectorRun done = ran(*connector);
  EXPECT_EQ(done.failed, 2U);
  EXPECT_EQ(done.done, 1U);
  EXPECT_EQ(beside("failed/1-a.csv.problem.json")["errors"][0]["code"], "E_SIZE");
}

TEST_F(FilesInTest, KilledAtAnyPlaceNothingIsLostAndNothingIsThereTwice) {
  std::string many = kHeads;
  for (int i = 0; i < 60; ++i) many += csv_row(i);
  for (int kill = 0; kill < 6; ++kill) {
    write(at("inbox/small-" + std::to_string(kill) + ".csv"), kHeads + csv_row(60 + kill));
    visits_until_killed = kill;
    (void)connector->run(door(), 64, {});
    visits_until_killed = -1;
    start_again();
    make();
    run();
    EXPECT_THAT(records("1540"), SizeIs(static_cast<std::size_t>(kill) + 1)) << "killed after " << kill;
    EXPECT_THAT(names(at("work")), IsEmpty());
  }
}

TEST_F(FilesInTest, KilledBetweenTheStepAndTheMoveTheFileIsPutAwayAndNotTakenInAgain) {
  write(at("inbox/plan.csv"), kHeads + csv_row(1));
  ran(*connector);
  std::filesystem::rename(at("done/1-plan.csv"), at("work/plan.csv"));
  std::filesystem::remove(at("done/1-plan.csv.result.json"));
  ran(*connector);
  run();
  EXPECT_THAT(records("1540"), SizeIs(1));
  EXPECT_THAT(names(at("done")), ElementsAre("1-plan.csv", "1-plan.csv.result.json"));
}

TEST_F(FilesInTest, AFileOfManyRowsGoesInPieceByPieceAndAllOfItOrNothing) {
  const auto row = [](int i) { return "KGZ,2031-01-01,,Visit " + std::to_string(i) + "\n"; };
  std::string many = kHeads;
  for (int i = 0; i < 700; ++i) many += row(i);
  stations.at("1540").settings.limits.messages_per_day = 2'000;
  start_again();
  write(at("inbox/bad.csv"), many + "KGZ,2031-02-30,,Bad\n");
  ran(*connector);
  EXPECT_THAT(records("1540"), IsEmpty());
  write(at("inbox/many.csv"), many);
  visits_until_killed = 4;   // its row, two checks, the first piece
  (void)connector->run(door(), 64, {});
  visits_until_killed = -1;
  start_again();
  make();
  const auto page = node().visits().counts();
  ASSERT_TRUE(page);
  EXPECT_EQ(items("case-files")[0].words, "700 rows taken in");
  EXPECT_THAT(beside("done/2-many.csv.result.json")["words"], "700 rows taken in");
  std::uint64_t queued =
      *node().rows().count(MessageState::kDraft) + *node().rows().count(MessageState::kSigned) + *node().rows().count(MessageState::kAccepted);
  EXPECT_LE(queued, 700U);
}

TEST_F(FilesInTest, WithoutRoomTheFileWaitsAndTheConnectorSaysWhy) {
  stations.at("1540").settings.limits.messages_per_day = 1;
  start_again();
  write(at("inbox/a.csv"), kHeads + csv_row(1) + csv_row(2));
  const auto refused = connector->run(door(), 64, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kBusy);
  EXPECT_THAT(refused.error().what, HasSubstr("quota"));
  EXPECT_THAT(names(at("work")), ElementsAre("a.csv"));
  stations.at("1540").settings.limits.messages_per_day = 10;
  start_again();
  ran(*connector);
  run();
  EXPECT_THAT(records("1540"), SizeIs(2));
}

TEST_F(FilesInTest, OtherKindsOfRecordAreTakenWhereTheConfigurationSaysSo) {
  change_roster([](Roster&) {}, "allow expert publish * expert <=named to * under \"a basis\"\n");
  run();
  config.texts["takes"] = "expert";
  make();
  write(at("inbox/expert.json"), json{{"designation", "post 3"}, {"body", "group_of_experts"}, {"status", "available"}}.dump());
  ran(*connector);
  ASSERT_THAT(items("case-files"), SizeIs(1));
  EXPECT_EQ(items("case-files")[0].state, ConnectorItem::State::kDone) << items("case-files")[0].words;
  config.texts["takes"] = "experte";
  const auto wrong = FilesIn::make(config, id_of("1540"));
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().what, HasSubstr("\"experte\" is no kind of record"));
}

}  // namespace
}  // namespace liaison
