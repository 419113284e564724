// SPDX-License-Identifier: Apache-2.0
// The UN Consolidated List as a connector of the 1267 node: what has changed is told once, whatever happens in between, and what cannot be trusted is
// held for a person. Its door leads straight to the node, on the test's own thread.
#include "nodes/connectors/un_list.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "nodes/api/routes.h"
#include "nodes/connectors/connectors.h"
#include "nodes/connectors/forwarding.h"
#include "nodes/connectors/list_sample.h"
#include "tests/nodes/node_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr const char* kMonday = "2017-06-19T19:00:00-04:00";
constexpr const char* kTuesday = "2017-06-20T19:00:00-04:00";
constexpr const char* kWednesday = "2017-06-21T19:00:00-04:00";

class ListNodes : public ThreeNodes {
 protected:
  ListNodes() {
    allow("list.entry");
    config_.name = config_.system = "un";
    config_.paths["file"] = folder.path() / "list.xml";
    config_.lists["lists"] = {"Al-Qaida", "Taliban"};
    config_.numbers["shrink_percent"] = 5;
    start();
  }
  void allow(const std::string& kinds) {
    std::string rules = "allow all publish * visit.plan <=named to * under \"a basis\"\nallow back publish * record.recall <=named to * under \"a basis\"\n";
    if (!kinds.empty()) rules += "allow list publish 1267 " + kinds + " <=named to 1373 1540 under \"a basis\"\n";
    change_roster([](Roster&) {}, rules);
    run();
  }
  Station& own() { return stations.at("1267"); }
  void start() {
    ASSERT_TRUE(ConnectorStore::make_tables(own().node->store().database()));
    routes_ = std::make_unique<Routes>(*own().node, *own().link, "tcp://broker:5601", [this] { return stored(); });
    auto made = UnListConnector::make(config_);
    ASSERT_TRUE(made) << made.error().what;
    connector_ = std::move(*made);
  }
  // As after a kill: what was not stored is gone, and so is what was remembered.
  void start_again() {
    connector_.reset();
    open(own());
    start();
    run();
  }
  Result<void> stored() {
    const NodeOutcome outcome = TRY(own().node->settle(now_of(own()), Node::Commit::kNow));
    own().link->dispatch(outcome, now_of(own()));
    return {};
  }
  Door door() {
    return [this](const std::function<Result<void>(Desk&)>& function) -> Result<void> {
      ConnectorStore store(own().node->store());
      Desk desk{*own().node, *routes_, store, now_of(own())};
      const auto done = function(desk);
      // Killed before what was done is stored; or right after, before anybody hears of it.
      if (visits_until_killed_ == 0) {
        if (stores_before_kill_) (void)stored();
        return fail(Code::kHalted, "killed");
      }
      if (visits_until_killed_ > 0) --visits_until_killed_;
      EXPECT_TRUE(stored());
      return done;
    };
  }
  void put(const std::vector<InventedEntry>& entries, const std::string& when) { put_text(invented_list(entries, when)); }
  void put_text(const std::string& text) { std::ofstream(config_.paths["file"], std::ios::binary) << text; }
  ConnectorRun ran(std::size_t most = 64) {
    const auto done = connector_->run(door(), most, {});
    EXPECT_TRUE(done) << done.error().what;
    run();
    return done ? *done : ConnectorRun{};
  }
  void ran_to_the_end(std::size_t most = 64) {
    while (ran(most).more) continue;
  }
  std::vector<ConnectorItem> items() {
    auto found = ConnectorStore(own().node->store()).list("un", {}, 0, 10'000);
    EXPECT_TRUE(found);
    return found ? *found : std::vector<ConnectorItem>();
  }
  // "QDi.001 done: amended", newest first; files as "list".
  std::vector<std::string> outcomes() {
    std::vector<std::string> out;
    for (const ConnectorItem& one : items())
      out.push_back((one.key.starts_with("list ") ? "list" : one.name) + " " + std::string(word_of(one.state)) + ": " + one.words);
    return out;
  }
  // What is held, and what failed of this entry, as an officer lets it pass through the API.
  void try_again(const std::string& name) {
    config_.kind = ConnectorConfig::Kind::kUnList;
    const auto connectors = Connectors::open(*own().node, {config_}, clock);
    ASSERT_TRUE(connectors) << connectors.error().what;
    routes_->set_connectors(connectors->get());
    for (const ConnectorItem& one : items()) {
      const bool meant = one.state == ConnectorItem::State::kHeld || (one.state == ConnectorItem::State::kFailed && one.name == name);
      if (!meant) continue;
      const std::string number = std::to_string(one.number);
      const HttpRequest request{"POST", "/api/v1/connectors/un/items/" + number + "/again", {}, {{"idempotency-key", "again-" + number + "-" +
                                std::to_string(++asked_)}}, "{}", 2'000'001};
      const auto answer = routes_->answer(request, now_of(own()));
      EXPECT_EQ(answer.status / 100, 2) << answer.body;
    }
    routes_->set_connectors(nullptr);
  }
  // What another committee has received, in log order: "QDi.001 amended".
  std::vector<std::string> received(const std::string& at = "1540") {
    std::vector<std::string> out;
    const auto rows = node(at).rows().logged_after({}, 10'000);
    EXPECT_TRUE(rows);
    for (const MessageRow& row : *rows) {
      if (row.kind != "list.entry" || row.own) continue;
      const auto content = message_content(row);
      EXPECT_TRUE(content && *content);
      const json& data = (**content)["data"];
      out.push_back(data["reference"].get<std::string>() + " " + data["status"].get<std::string>());
    }
    return out;
  }
  json record_of(const std::string& reference, const std::string& at = "1540") {
    const auto found = node(at).records().of_kind("list.entry", 10'000);
    EXPECT_TRUE(found);
    for (const Record& one : *found) {
      if (one.value("reference").text == reference) return *node(at).records().show(one.record_id, 0);
    }
    return {};
  }

  // As an officer releases it through the API, at the version that it has.
  void release(const std::string& id) {
    const auto draft = own().node->drafts().find(*draft_number(id));
    ASSERT_TRUE(draft && *draft);
    const HttpRequest request{"POST", "/api/v1/drafts/" + id + "/release", {},
                              {{"idempotency-key", "release-" + id}, {"if-match", "\"" + std::to_string((*draft)->version) + "\""}}, "{}", 2'000'001};
    const auto answer = routes_->answer(request, now_of(own()));
    EXPECT_EQ(answer.status / 100, 2) << answer.body;
    run();
  }
  std::vector<KeptDraft> open_drafts() {
    std::vector<KeptDraft> out;
    const auto open = own().node->drafts().list(KeptDraft::State::kOpen, "list.entry", 0, 100);
    EXPECT_TRUE(open);
    for (const KeptDraft& one : *open) out.push_back(**own().node->drafts().find(one.number));
    return out;
  }
  std::size_t records_about(const std::string& reference) {
    const auto found = own().node->records().of_kind("list.entry", 10'000);
    EXPECT_TRUE(found);
    return static_cast<std::size_t>(std::count_if(found->begin(), found->end(), [&](const Record& one) { return one.value("reference").text == reference; }));
  }

  ConnectorConfig config_;
  std::unique_ptr<Routes> routes_;
  std::unique_ptr<Connector> connector_;
  int asked_ = 0;                  // requests of officers
  int visits_until_killed_ = -1;   // of the door; -1: never
  bool stores_before_kill_ = false;
};

InventedEntry& named(std::vector<InventedEntry>& entries, const std::string& reference) {
  return *std::find_if(entries.begin(), entries.end(), [&](const InventedEntry& one) { return one.reference == reference; });
}

// Of the list of Monday with these entries: one is added, one amended, one removed.
std::vector<InventedEntry> changed(std::vector<InventedEntry> entries) {
  named(entries, "QDi.001").comments = "Invented otherwise.";
  std::erase_if(entries, [](const InventedEntry& one) { return one.reference == "TAi.002"; });
  entries.push_back({"QDe.901", "Al-Qaida", true, "Invented.", "2017-06-14", {}});
  return entries;
}

TEST_F(ListNodes, TheFirstListIsRememberedAndNothingOfItIsTold) {
  put(invented_entries(60), kMonday);
  const ConnectorRun first = ran();
  EXPECT_EQ(first.done, 1u);
  EXPECT_EQ(first.words, "the list of 2017-06-19T23:00:00Z is the first one, 60 entries");
  EXPECT_FALSE(first.more);
  EXPECT_THAT(received(), IsEmpty());
  EXPECT_THAT(outcomes(), ElementsAre("list done: the first list, 60 entries: what changes from now on is told"));
}

TEST_F(ListNodes, TheSameFileTwiceIsNothing) {
  put(invented_entries(60), kMonday);
  ran();
  for (int i = 0; i < 2; ++i) {
    const ConnectorRun again = ran();
    EXPECT_EQ(again.done + again.failed, 0u);
    EXPECT_EQ(again.words, "");
    start_again();
  }
  EXPECT_THAT(items(), SizeIs(1));
  put(invented_entries(60), kTuesday);
  ran();
  EXPECT_THAT(received(), IsEmpty()) << "a new version that says the same";
  EXPECT_EQ(outcomes().front(), "list done: nothing has changed");
}

TEST_F(ListNodes, OneMessageForEachEntryAddedAmendedOrRemoved) {
  put(invented_entries(60), kMonday);
  ran();
  put(changed(invented_entries(60)), kTuesday);
  const ConnectorRun told = ran();
  EXPECT_EQ(told.done, 3u);
  EXPECT_EQ(told.words, "3 changes told, of the list of 2017-06-20T23:00:00Z");
  for (const char* at : {"1373", "1540"}) EXPECT_THAT(received(at), ElementsAre("QDe.901 added", "QDi.001 amended", "TAi.002 removed")) << at;
  EXPECT_THAT(outcomes(), ElementsAre("list done: 1 added, 1 amended, 1 removed", "TAi.002 done: removed", "QDi.001 done: amended", "QDe.901 done: added",
                                      "list done: the first list, 60 entries: what changes from now on is told"));
  EXPECT_EQ(ran().done, 0u);
}

TEST_F(ListNodes, AMessageHoldsPublicFactsAndNothingOfThePersons) {
  put(invented_entries(60), kMonday);
  ran();
  put(changed(invented_entries(60)), kTuesday);
  ran();
  const json amended = record_of("QDi.001"), added = record_of("QDe.901"), removed = record_of("TAi.002");
  EXPECT_EQ(amended["title"], "QDi.001, Al-Qaida");
  EXPECT_EQ(amended["changes"], json::array({{{"field", "COMMENTS1"}, {"previous", ""}, {"current", ""}}})) << amended.dump();
  EXPECT_EQ(amended["effective_on"], "2017-06-20");
  EXPECT_EQ(amended["list_version"], "2017-06-20T23:00:00.000Z");
  EXPECT_EQ(added["subject"], "entity");
  EXPECT_EQ(added["listed_on"], "2017-06-14");
  EXPECT_EQ(added["effective_on"], "2017-06-14");
  EXPECT_EQ(removed["list_type"], "Taliban");
  EXPECT_EQ(removed["listed_on"], "2016-01-20");
  for (const json* one : {&amended, &added, &removed}) EXPECT_THAT(one->dump(), AllOf(Not(HasSubstr("INVENTED")), Not(HasSubstr("Invented"))));
}

TEST_F(ListNodes, ValuesLeaveOnlyWhereTheConfigurationNamesTheField) {
  config_.lists["values"] = {"LAST_DAY_UPDATED"};
  start();
  auto entries = invented_entries(60);
  put(entries, kMonday);
  ran();
  named(entries, "QDi.001").updated_on = {"2016-06-01", "2017-06-15"};
  named(entries, "QDi.001").comments = "Invented otherwise.";
  put(entries, kTuesday);
  ran();
  const json record = record_of("QDi.001");
  EXPECT_EQ(record["effective_on"], "2017-06-15");
  EXPECT_EQ(record["changes"], json::array({{{"field", "COMMENTS1"}, {"previous", ""}, {"current", ""}},
                                                      {{"field", "LAST_DAY_UPDATED"}, {"previous", "2016-06-01"}, {"current", "2016-06-01; 2017-06-15"}}}));
}

TEST_F(ListNodes, ValuesAreForgottenWhenTheirFieldIsTakenOutOfTheConfiguration) {
  config_.lists["values"] = {"COMMENTS1", "LISTED_ON"};
  start();
  auto entries = invented_entries(60);
  put(entries, kMonday);
  ran();
  const auto kept = [&] {
    std::set<std::string> out;
    const auto rows = ListStore(own().node->store()).entries("un");
    EXPECT_TRUE(rows);
    for (const KeptEntry& row : *rows) {
      for (const ListField& field : row.entry.fields) {
        if (field.value) out.insert(field.name);
      }
    }
    return out;
  };
  EXPECT_THAT(kept(), ElementsAre("COMMENTS1", "LISTED_ON"));
  config_.lists["values"] = {"LISTED_ON"};
  start_again();
  ran();
  EXPECT_THAT(kept(), ElementsAre("LISTED_ON"));
  named(entries, "QDi.001").comments = "Invented otherwise.";
  put(entries, kTuesday);
  ran();
  EXPECT_EQ(record_of("QDi.001")["changes"], json::array({{{"field", "COMMENTS1"}, {"previous", ""}, {"current", ""}}}));
}

TEST_F(ListNodes, AnEntryKeepsItsRecord) {
  auto entries = invented_entries(60);
  put(entries, kMonday);
  ran();
  named(entries, "QDi.001").comments = "Invented otherwise.";
  put(entries, kTuesday);
  ran();
  start_again();
  std::erase_if(entries, [](const InventedEntry& one) { return one.reference == "QDi.001"; });
  put(entries, kWednesday);
  ran();
  start_again();
  put(invented_entries(60), "2017-06-22T19:00:00-04:00");
  ran();
  EXPECT_THAT(received(), ElementsAre("QDi.001 amended", "QDi.001 removed", "QDi.001 added"));
  const json record = record_of("QDi.001");
  EXPECT_EQ(record["revision"], 3);
  EXPECT_EQ(record["changes"], json::array());
}

TEST_F(ListNodes, ARecordThatWasRecalledIsBegunAnew) {
  auto entries = invented_entries(60);
  put(entries, kMonday);
  ran();
  named(entries, "QDi.001").comments = "Invented otherwise.";
  put(entries, kTuesday);
  ran();
  const std::string first = record_of("QDi.001")["id"];
  const auto draft = own().node->records().recall(first, {{"reason", "told by mistake"}});
  ASSERT_TRUE(draft);
  ASSERT_TRUE(own().node->submit(*draft, "recall", Outbox::Signing::kNow, now_of(own())));
  run();
  named(entries, "QDi.001").comments = "Invented a third time.";
  put(entries, kWednesday);
  ran();
  EXPECT_NE(record_of("QDi.001")["id"], first);
}

TEST_F(ListNodes, OtherListsAreRememberedAndNotTold) {
  auto entries = invented_entries(60);
  put(entries, kMonday);
  ran();
  named(entries, "KPi.001").comments = "Invented otherwise.";
  put(entries, kTuesday);
  EXPECT_EQ(ran().done, 0u);
  EXPECT_THAT(received(), IsEmpty());
  config_.lists["lists"] = {"DPRK"};
  start_again();
  EXPECT_THAT(received(), IsEmpty()) << "what changed before a list was followed is not told";
  put(invented_entries(60), kWednesday);
  ran();
  EXPECT_THAT(received(), ElementsAre("KPi.001 amended"));
}

TEST_F(ListNodes, MessagesOfTheConnectorDoNotGoBackToItsSystem) {
  put(invented_entries(60), kMonday);
  ran();
  put(changed(invented_entries(60)), kTuesday);
  ran();
  const auto rows = own().node->rows().list({true, "list.entry", ""}, 0, 10);
  ASSERT_THAT(*rows, SizeIs(3));
  ConnectorStore store(own().node->store());
  Desk desk{*own().node, *routes_, store, now_of(own())};
  EXPECT_TRUE(*came_from(desk, rows->front(), "un"));
  EXPECT_FALSE(*came_from(desk, rows->front(), "another"));
}

TEST_F(ListNodes, NoMoreAreToldInARunThanItMay) {
  auto entries = invented_entries(200);
  put(entries, kMonday);
  ran();
  for (InventedEntry& one : entries) one.comments = "Invented otherwise.";   // 100 of lists that are followed
  put(entries, kTuesday);
  const ConnectorRun first = ran(7);
  EXPECT_EQ(first.done, 7u);
  EXPECT_TRUE(first.more);
  EXPECT_THAT(received(), SizeIs(7));
  const ConnectorRun second = ran(1'000);
  EXPECT_EQ(second.done, 64u);
  EXPECT_TRUE(second.more);
  EXPECT_EQ(ran(1'000).done, 29u);
  EXPECT_THAT(received(), SizeIs(100));
}

// --- killed

TEST_F(ListNodes, KilledAnywhereNothingIsLostAndNothingToldTwice) {
  std::vector<std::string> expected;
  auto entries = invented_entries(40);
  for (int round = 0, visit = 0; round < 24; ++round) {
    stores_before_kill_ = round % 2 == 1;
    visits_until_killed_ = visit = (round / 2) % 6;
    named(entries, "QDi.001").comments = "Invented " + std::to_string(round) + ".";
    named(entries, "TAi.001").comments = "Invented " + std::to_string(round) + ".";
    named(entries, "QDi.002").comments = "Invented " + std::to_string(round) + ".";
    put(entries, "2017-07-01T00:" + std::to_string(10 + round) + ":00Z");
    while (true) {
      const auto ran_once = connector_->run(door(), 1, {});
      if (!ran_once || !ran_once->more) break;
    }
    visits_until_killed_ = -1;
    start_again();
    ran_to_the_end(2);
    if (round > 0) expected.insert(expected.end(), {"QDi.001 amended", "QDi.002 amended", "TAi.001 amended"});
    ASSERT_EQ(received(), expected) << "round " << round << ", killed at visit " << visit << (stores_before_kill_ ? ", after it was stored" : "");
  }
}

TEST_F(ListNodes, AListThatIsFollowedByANewerOneHalfwayIsToldWhole) {
  auto entries = invented_entries(40);
  put(entries, kMonday);
  ran();
  for (InventedEntry& one : entries) one.comments = "Invented otherwise.";
  put(entries, kTuesday);
  ran(5);
  start_again();
  named(entries, "QDi.001").comments = "Invented a third time.";
  put(entries, kWednesday);
  ran_to_the_end();
  std::map<std::string, int> times;
  for (const std::string& one : received()) ++times[one];
  EXPECT_EQ(times.size(), 20u);
  EXPECT_EQ(times["QDi.001 amended"], 1 + 1) << "once of Tuesday, once of Wednesday";
  times.erase("QDi.001 amended");
  for (const auto& [what, count] : times) EXPECT_EQ(count, 1) << what;
}

TEST_F(ListNodes, AVersionThatWasToldHalfwayIsRememberedAndTheOneBeforeItIsHeldWhenItComesBack) {
  const auto before = invented_entries(40);
  auto entries = before;
  put(before, kMonday);
  ran();
  for (InventedEntry& one : entries) one.comments = "Invented otherwise.";
  put(entries, kTuesday);
  ran(5);
  start_again();
  put(before, kMonday);
  EXPECT_EQ(ran().failed, 1u) << "five have been told something else";
  EXPECT_THAT(outcomes(), testing::Contains(HasSubstr("list held: the list goes back in time: it is of 2017-06-19T23:00:00Z")));
  EXPECT_FALSE(connector_->test({}));
  put(entries, kTuesday);
  EXPECT_THAT(*connector_->test({}), HasSubstr("a run would tell 15 amended")) << "it was let in before";
  put(before, kMonday);
  try_again("");
  ran_to_the_end();
  EXPECT_THAT(received(), SizeIs(10)) << "five there and back";
  EXPECT_THAT(*connector_->test({}), HasSubstr("is the last good one"));
  start_again();
  EXPECT_EQ(ran().done, 0u);
}

// --- held

TEST_F(ListNodes, AListThatCannotBeReadIsHeldAndTheLastGoodOneStays) {
  put(invented_entries(60), kMonday);
  ran();
  put_text(invented_list(changed(invented_entries(60)), kTuesday).substr(0, 20'000));
  const ConnectorRun held = ran();
  EXPECT_EQ(held.failed, 1u);
  EXPECT_THAT(held.words, AllOf(HasSubstr("a list is held: line "), HasSubstr("not well-formed"), HasSubstr("the list of 2017-06-19T23:00:00Z stays")));
  EXPECT_THAT(outcomes().front(), HasSubstr("list held: line "));
  const ConnectorRun again = ran();
  EXPECT_EQ(again.failed + again.done, 0u) << "it is held once";
  EXPECT_THAT(received(), IsEmpty());
  put(changed(invented_entries(60)), kTuesday);
  ran();
  EXPECT_THAT(received(), SizeIs(3));
  EXPECT_THAT(outcomes(), testing::Contains("list done: the list of 2017-06-20T23:00:00Z was taken instead"));
}

TEST_F(ListNodes, WhatIsNotWellFormedStaysHeldWhoeverLetsItPass) {
  put(invented_entries(60), kMonday);
  ran();
  put_text("<CONSOLIDATED_LIST>");
  ran();
  try_again("");
  EXPECT_EQ(ran().failed, 1u);
  EXPECT_THAT(outcomes().front(), HasSubstr("list held: "));
}

TEST_F(ListNodes, AFirstListThatCannotBeTrustedIsHeldToo) {
  put_text("<!DOCTYPE x>" + invented_list(invented_entries(60), kMonday).substr(39));
  EXPECT_EQ(ran().failed, 1u);
  EXPECT_THAT(outcomes(), ElementsAre("list held: line 1: it has a document type, and a list needs none"));
  put(invented_entries(60), kMonday);
  EXPECT_EQ(ran().done, 1u);
}

TEST_F(ListNodes, AFirstListOfTheFutureIsHeldUntilAPersonLetsItPass) {
  put(invented_entries(60), "2107-06-20T19:00:00-04:00");
  EXPECT_EQ(ran().failed, 1u);
  EXPECT_THAT(outcomes(), ElementsAre("list held: the list is of 2107-06-20T23:00:00Z, more than a day ahead of this machine's clock"));
  try_again("");
  EXPECT_EQ(ran().words, "the list of 2107-06-20T23:00:00Z is the first one, 60 entries");
}

TEST_F(ListNodes, AListOfTheFutureIsHeldAndTheTrueOnesAfterItAreTold) {
  put(invented_entries(60), kMonday);
  ran();
  put(changed(invented_entries(60)), "2107-06-20T19:00:00-04:00");
  EXPECT_FALSE(connector_->test({}));
  EXPECT_EQ(ran().failed, 1u);
  EXPECT_THAT(outcomes().front(), HasSubstr("list held: the list is of 2107-06-20T23:00:00Z"));
  EXPECT_THAT(received(), IsEmpty());
  put(changed(invented_entries(60)), kTuesday);
  EXPECT_EQ(ran().done, 3u);
}

struct Doubtful {
  const char* name;
  const char* when;
  std::size_t left;
  const char* sentence;
};
std::ostream& operator<<(std::ostream& out, const Doubtful& one) { return out << one.name; }

class DoubtfulLists : public ListNodes, public testing::WithParamInterface<Doubtful> {};

TEST_P(DoubtfulLists, AreHeldUntilAPersonLetsThemPass) {
  auto entries = invented_entries(60);
  put(entries, kTuesday);
  ran();
  entries.resize(GetParam().left);
  named(entries, "QDi.001").comments = "Invented otherwise.";
  put(entries, GetParam().when);
  const auto tested = connector_->test({});
  ASSERT_FALSE(tested);
  EXPECT_THAT(tested.error().what, AllOf(HasSubstr("it would be held: "), HasSubstr(GetParam().sentence)));
  EXPECT_EQ(ran().failed, 1u);
  EXPECT_THAT(outcomes().front(), AllOf(HasSubstr("list held: "), HasSubstr(GetParam().sentence)));
  start_again();
  ran();
  EXPECT_THAT(received(), IsEmpty());
  try_again("");
  ran_to_the_end();
  EXPECT_THAT(received(), testing::Contains("QDi.001 amended"));
  EXPECT_THAT(outcomes().front(), HasSubstr("done: "));
  EXPECT_EQ(ran().done, 0u);
}

INSTANTIATE_TEST_SUITE_P(Lists, DoubtfulLists,
                         testing::Values(Doubtful{"back_in_time", kMonday, 60, "goes back in time"}, Doubtful{"same_date", kTuesday, 60, "says something else"},
                                         Doubtful{"shrunk", kWednesday, 50, "10 of 60 entries are gone from the list, more than 5 percent"}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(ListNodes, BackAndForthUnderOneDateIsToldOnceSinceTheRecordSaysItAlready) {
  auto entries = invented_entries(60), others = entries;
  named(others, "QDi.001").comments = "Invented otherwise.";
  put(entries, kMonday);
  ran();
  for (const auto* list : {&others, &entries, &others, &entries}) {
    put(*list, kMonday);
    ran();
    try_again("");
    EXPECT_EQ(ran().done, 1u);
  }
  EXPECT_THAT(received(), ElementsAre("QDi.001 amended"));
  EXPECT_THAT(outcomes(), testing::Each(HasSubstr("done: ")));
  put(entries, kTuesday);
  EXPECT_EQ(ran().words, "the list of 2017-06-20T23:00:00Z says what the last one said");
}

// --- what the node refuses

TEST_F(ListNodes, WithoutARuleOfThePolicyTheChangesWait) {
  put(invented_entries(60), kMonday);
  ran();
  allow("");
  put(changed(invented_entries(60)), kTuesday);
  for (int i = 0; i < 2; ++i) {
    const auto done = connector_->run(door(), 64, {});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::kPolicy);
    EXPECT_THAT(done.error().what, HasSubstr("QDe.901: "));
  }
  EXPECT_THAT(items(), SizeIs(1));
  start_again();
  EXPECT_FALSE(connector_->run(door(), 64, {}));
  EXPECT_THAT(received(), IsEmpty());
}

TEST_F(ListNodes, AChangeThatCannotBeToldFailsAloneAndIsToldWhenItIsTriedAgain) {
  auto entries = invented_entries(60);
  put(entries, kMonday);
  ran();
  put(changed(entries), kTuesday);
  ran();
  // An officer ends the record by hand: amended does not follow on removed.
  const std::string record = record_of("QDi.001", "1267")["id"];
  const auto ended = own().node->records().change(record, 1, {{"status", "removed"}}, now_of(own()).wall_ms);
  ASSERT_TRUE(ended) << ended.error().what;
  ASSERT_TRUE(own().node->submit(*ended, "by hand", Outbox::Signing::kNow, now_of(own())));
  run();
  entries = changed(entries);
  named(entries, "QDi.001").comments = "Invented a third time.";
  named(entries, "QDi.002").comments = "Invented a third time.";
  put(entries, kWednesday);
  const ConnectorRun partly = ran();
  EXPECT_EQ(partly.done, 1u);
  EXPECT_EQ(partly.failed, 1u);
  EXPECT_THAT(partly.words, HasSubstr("1 cannot be"));
  EXPECT_THAT(outcomes(), testing::Contains(AllOf(HasSubstr("QDi.001 failed: "), HasSubstr("does not become amended"))));
  EXPECT_EQ(ran().failed, 0u) << "it failed once";
  const auto mended = own().node->records().change(record, 2, {{"status", "added"}}, now_of(own()).wall_ms);
  ASSERT_TRUE(mended) << mended.error().what;
  ASSERT_TRUE(own().node->submit(*mended, "by hand again", Outbox::Signing::kNow, now_of(own())));
  run();
  start_again();
  try_again("QDi.001");
  EXPECT_EQ(ran().done, 1u);
  EXPECT_EQ(received().back(), "QDi.001 amended");
  EXPECT_EQ(ran().done, 0u);
}

TEST_F(ListNodes, AsDraftsNothingLeavesBeforeAnOfficerReleasesIt) {
  config_.as_drafts = true;
  start();
  put(invented_entries(60), kMonday);
  ran();
  put(changed(invented_entries(60)), kTuesday);
  EXPECT_EQ(ran().done, 3u);
  EXPECT_THAT(received(), IsEmpty());
  EXPECT_THAT(outcomes(), testing::IsSupersetOf({"QDi.001 done: amended, draft-2", "QDe.901 done: added, draft-1", "TAi.002 done: removed, draft-3"}));
  const auto drafts = own().node->drafts().list(KeptDraft::State::kOpen, "list.entry", 0, 10);
  ASSERT_THAT(*drafts, SizeIs(3));
  EXPECT_EQ(drafts->front().made_by.name, "connector un");
  EXPECT_EQ(ran().done, 0u);
}

TEST_F(ListNodes, AnEntryWhoseDraftWasReleasedGetsNoSecondRecordWhenNoDraftsAreMadeAnyMore) {
  config_.as_drafts = true;
  start();
  auto entries = invented_entries(60);
  put(entries, kMonday);
  ran();
  named(entries, "QDi.001").comments = "Invented otherwise.";
  put(entries, kTuesday);
  ran();
  release("draft-1");
  config_.as_drafts = false;
  start_again();
  named(entries, "QDi.001").comments = "Invented a third time.";
  put(entries, kWednesday);
  EXPECT_EQ(ran().done, 1u);
  EXPECT_THAT(received(), ElementsAre("QDi.001 amended", "QDi.001 amended"));
  EXPECT_EQ(records_about("QDi.001"), 1u);
}

TEST_F(ListNodes, AnEntryThatChangesAgainBeforeItsDraftIsReleasedChangesTheDraft) {
  config_.as_drafts = true;
  config_.lists["values"] = {"LAST_DAY_UPDATED"};
  start();
  auto entries = invented_entries(60);
  put(entries, kMonday);
  ran();
  entries.push_back({"QDe.901", "Al-Qaida", true, "Invented.", "2017-06-14", {}});
  named(entries, "QDi.001").updated_on = {"2017-06-15"};
  named(entries, "TAi.001").comments = "Invented otherwise.";
  put(entries, kTuesday);
  EXPECT_EQ(ran().done, 3u);
  named(entries, "QDe.901").comments = "Invented otherwise.";
  named(entries, "QDi.001").comments = "Invented otherwise.";
  named(entries, "QDi.001").updated_on = {"2017-06-20"};
  std::erase_if(entries, [](const InventedEntry& one) { return one.reference == "TAi.001"; });
  put(entries, kWednesday);
  for (const bool drafts : {true, false}) {
    config_.as_drafts = drafts;   // what waits for an officer waits, whatever is made from now on
    start_again();
    ran();
    ASSERT_THAT(open_drafts(), SizeIs(3));
    entries.back().updated_on = {"2017-06-21"};
    put(entries, "2017-06-22T19:00:00-04:00");
  }
  EXPECT_THAT(outcomes(), testing::IsSupersetOf({"QDe.901 done: amended, draft-1", "QDi.001 done: amended, draft-2", "TAi.001 done: removed, draft-3"}));
  EXPECT_THAT(received(), IsEmpty());
  for (const char* id : {"draft-1", "draft-2", "draft-3"}) release(id);
  EXPECT_THAT(received(), ElementsAre("QDe.901 added", "QDi.001 amended", "TAi.001 removed"));
  for (const char* one : {"QDe.901", "QDi.001", "TAi.001"}) EXPECT_EQ(records_about(one), 1u) << one;
  EXPECT_EQ(record_of("QDe.901")["effective_on"], "2017-06-14");
  EXPECT_EQ(record_of("QDi.001")["changes"], json::array({{{"field", "COMMENTS1"}, {"previous", ""}, {"current", ""}},
                                                          {{"field", "LAST_DAY_UPDATED"}, {"previous", "2016-06-01"}, {"current", "2017-06-20"}}}));
}

TEST_F(ListNodes, ADraftThatChangesARecordIsChangedTooAndKeepsNoWordsThatAreNotToldAnyMore) {
  auto entries = invented_entries(60);
  put(entries, kMonday);
  ran();
  named(entries, "QDi.001").comments = "Invented otherwise.";
  put(entries, kTuesday);
  ran();
  config_.as_drafts = true;
  config_.lists["values"] = {"LAST_DAY_UPDATED"};
  start_again();
  named(entries, "QDi.001").updated_on = {"2017-06-15"};
  put(entries, kWednesday);
  ran();
  EXPECT_THAT(open_drafts().at(0).fields, HasSubstr("\"current\":\"2017-06-15\""));
  config_.lists["values"] = {};
  start_again();
  named(entries, "QDi.001").comments = "Invented a third time.";
  put(entries, "2017-06-22T19:00:00-04:00");
  ran();
  ASSERT_THAT(open_drafts(), SizeIs(1));
  EXPECT_THAT(open_drafts()[0].fields, Not(HasSubstr("\"current\":\"2017-06-15\"")));
  release("draft-1");
  EXPECT_EQ(records_about("QDi.001"), 1u);
  EXPECT_THAT(record_of("QDi.001")["changes"], SizeIs(2));
}

// --- where it comes from

TEST_F(ListNodes, AFileThatIsNoneIsAnErrorAndNothingIsTold) {
  const auto trouble = [&] {
    const auto done = connector_->run(door(), 64, {});
    return done ? "none" : std::string(code_name(done.error().code)) + " " + done.error().what;
  };
  const auto file = config_.paths["file"];
  EXPECT_THAT(trouble(), HasSubstr("E_IO " + file.string() + " cannot be read: No such file or directory"));
  std::filesystem::create_directory(file);
  EXPECT_THAT(trouble(), HasSubstr("is no file"));
  std::filesystem::remove(file);
  std::ofstream(folder.path() / "elsewhere.xml") << invented_list(invented_entries(60), kMonday);
  std::filesystem::create_symlink(folder.path() / "elsewhere.xml", file);
  EXPECT_THAT(trouble(), HasSubstr("is a symbolic link"));
  std::filesystem::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_THAT(trouble(), HasSubstr("is no file"));
  std::filesystem::remove(file);
  put_text("x");
  std::filesystem::resize_file(file, kListBytesMax + 1);
  EXPECT_THAT(trouble(), HasSubstr("is longer than 64 MiB"));
  put(invented_entries(60), kMonday);
  EXPECT_EQ(trouble(), "none");
  std::filesystem::remove(file);
  EXPECT_THAT(trouble(), HasSubstr("E_IO"));
  put(changed(invented_entries(60)), kTuesday);
  EXPECT_EQ(ran().done, 3u);
}

TEST_F(ListNodes, ATestSaysWhatARunWouldDoAndChangesNothing) {
  put(invented_entries(60), kMonday);
  EXPECT_EQ(*connector_->test({}), "the list of 2017-06-19T23:00:00Z has 60 entries; a run compares it with the last good one");
  ran();
  EXPECT_EQ(*connector_->test({}), "the list of 2017-06-19T23:00:00Z has 60 entries and is the last good one");
  put(changed(invented_entries(60)), kTuesday);
  EXPECT_EQ(*connector_->test({}), "the list of 2017-06-20T23:00:00Z has 60 entries; a run would tell 1 added, 1 amended, 1 removed");
  EXPECT_THAT(items(), SizeIs(1));
  EXPECT_THAT(received(), IsEmpty());
}

TEST_F(ListNodes, OneSourceIsConfiguredAndItsHostIsAllowed) {
  const auto refusal = [&](const std::string& url, const std::string& file) {
    ConnectorConfig config = config_;
    config.texts["url"] = url;
    config.paths["file"] = file;
    config.lists["hosts"] = {"Lists.example.org"};
    const auto made = UnListConnector::make(config);
    return made ? "made" : made.error().what;
  };
  EXPECT_EQ(refusal("", ""), "file or url must be given, and not both");
  EXPECT_EQ(refusal("https://lists.example.org/list.xml", "/tmp/list.xml"), "file or url must be given, and not both");
  EXPECT_EQ(refusal("https://lists.example.org/list.xml", ""), "made");
  EXPECT_EQ(refusal("http://lists.example.org/list.xml", ""), "url: is not https");
  EXPECT_EQ(refusal("file:///etc/passwd", ""), "url: is no address");
  EXPECT_EQ(refusal("https://elsewhere.example.org/list.xml", ""), "url: its host is not one of hosts");
  EXPECT_EQ(refusal("https://lists.example.org.evil.example/list.xml", ""), "url: its host is not one of hosts");
  EXPECT_EQ(refusal("https://lists.example.org@evil.example/list.xml", ""), "url: carries a name or a password");
  EXPECT_EQ(refusal("https://a:b@lists.example.org/list.xml", ""), "url: carries a name or a password");
  EXPECT_EQ(refusal("no address at all", ""), "url: is no address");
}

// --- the real lists of two days, where there is a folder with them; nothing of them is printed

std::vector<std::string> folders_with_real_lists() {
  const char* folder = std::getenv("LIAISON_UN_LIST");
  return folder == nullptr || *folder == '\0' ? std::vector<std::string>() : std::vector<std::string>{folder};
}

std::string unpacked(const std::filesystem::path& file) {
  std::string out;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(("gzip -dc '" + file.string() + "'").c_str(), "r"), &::pclose);
  char piece[65'536];
  for (std::size_t got = 0; pipe && (got = std::fread(piece, 1, sizeof piece, pipe.get())) > 0;) out.append(piece, got);
  return out;
}

class RealLists : public ListNodes, public testing::WithParamInterface<std::string> {};

TEST_P(RealLists, TheOneEntryThatChangedIsToldAndTheSameFileTwiceIsNothing) {
  std::vector<std::filesystem::path> files;
  for (const auto& one : std::filesystem::directory_iterator(GetParam())) {
    if (one.path().string().ends_with(".xml.gz")) files.push_back(one.path());
  }
  std::sort(files.begin(), files.end());
  ASSERT_EQ(files.size(), 2u);
  put_text(unpacked(files[0]));
  EXPECT_EQ(ran().words, "the list of 2017-06-20T23:04:40Z is the first one, 1024 entries");
  EXPECT_EQ(ran().done, 0u);
  put_text(unpacked(files[1]));
  EXPECT_EQ(ran().done, 1u);
  EXPECT_TRUE(received() == std::vector<std::string>{"QDi.058 amended"});
  EXPECT_TRUE(record_of("QDi.058")["changes"] == json::array({{{"field", "COMMENTS1"}, {"previous", ""}, {"current", ""}}}));
  EXPECT_EQ(ran().done, 0u);
  start_again();
  EXPECT_EQ(ran().done, 0u);
  EXPECT_EQ(received().size(), 1u);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealLists);
INSTANTIATE_TEST_SUITE_P(Lists, RealLists, testing::ValuesIn(folders_with_real_lists()), [](const auto&) { return std::string("of_June_2017"); });

}  // namespace
}  // namespace liaison
