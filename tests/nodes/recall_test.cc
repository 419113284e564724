// SPDX-License-Identifier: Apache-2.0
// A visit that its committee takes back: it is gone at the others, with all that was said of it, and what stays is one line.
#include <fstream>

#include "tests/nodes/inbox_fixture.h"
#include "tests/nodes/visits_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// --- the views

class Recall : public ::testing::Test {
 protected:
  void SetUp() override {
    record = exchange.plan("1540", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
    other = exchange.plan("1373", trip({"KGZ"}, "2027-03-10", "2027-03-15"));
    exchange.answer("1267", record, {{"answer", "joins"}, {"body", "Monitoring Team"}});
    ASSERT_THAT(exchange.findings("1373", "overlap"), SizeIs(1));
    ASSERT_THAT(exchange.findings("1373", "participation"), SizeIs(1));
  }
  Draft draft(const std::string& reason = "planned for the wrong State") {
    auto made = exchange.at("1540").recall(record, {{"reason", reason}});
    EXPECT_TRUE(made) << made.error().what;
    return made.value_or(Draft());
  }
  std::string refusal(std::string_view who, const json& fields) {
    const auto made = exchange.at(who).recall(record, fields);
    return made ? "no refusal" : std::string(code_name(made.error().code)) + " " + made.error().what;
  }
  // As 1373 would have to write it to take back what is 1540's.
  Draft draft_of_another() {
    Draft out = draft_for_crossing;
    out.body = encode_visit_recall({exchange.plan("1540", trip({"UZB"}, "2027-09-06")), 1, kZeroHash, "not mine", "desk"});
    return out;
  }
  bool listed(std::string_view at) {
    const auto page = exchange.at(at).list({});
    for (const auto& one : (*page)["items"]) if (one["id"] == record) return true;
    return false;
  }

  VisitsExchange exchange;
  std::string record, other;
  Draft draft_for_crossing{"visit.recall", "committees", {member("1267"), member("1540")}, {}, {}, "", 1, {}};
};

TEST_F(Recall, ReachesEveryCopyAndEndsWhatItMeant) {
  exchange.publish("1540", draft());
  for (const char* at : {"1267", "1373", "1540"}) {
    EXPECT_FALSE(listed(at)) << at;
    EXPECT_THAT(exchange.findings(at), IsEmpty()) << at;
    const auto shown = exchange.at(at).show(record);
    ASSERT_TRUE(shown) << at;
    EXPECT_EQ((*shown)["recalled"]["by"], "1540");
    EXPECT_EQ((*shown)["recalled"]["reason"], "planned for the wrong State");
    EXPECT_EQ((*shown)["recalled"]["revision"], 1);
  }
  for (const char* at : {"1267", "1373"}) {
    EXPECT_FALSE((*exchange.at(at).show(record)).contains("states")) << at;
    EXPECT_THAT((*exchange.at(at).history(record))["items"], IsEmpty()) << at;
    EXPECT_THAT(exchange.tables(at), Not(HasSubstr("Monitoring Team"))) << at;
  }
  EXPECT_EQ((*exchange.at("1540").show(record))["states"][0]["alpha3"], "KGZ") << "its owner keeps its own text";
  EXPECT_THAT((*exchange.at("1540").history(record))["items"], SizeIs(1));
  const json told = exchange.events("1373");
  ASSERT_THAT(told, SizeIs(4));   // the overlap, the participation, and that it was not agreed
  EXPECT_EQ(told[0]["event"], "visit.recalled");
  EXPECT_EQ(told[0]["sentence"], "1540 recalls " + record + ": planned for the wrong State");
  for (std::size_t i = 1; i < told.size(); ++i) EXPECT_EQ(told[i]["event"], "finding.ended");
}

TEST_F(Recall, NamesOnceTheMessagesOfOthersThatMustBeForgotten) {
  (void)exchange.at("1267").take_forgotten();
  exchange.publish("1540", draft());
  EXPECT_THAT(exchange.at("1540").take_forgotten(), IsEmpty());
  EXPECT_THAT(exchange.at("1267").take_forgotten(), SizeIs(1)) << "the plan; the answer is its own";
  EXPECT_THAT(exchange.at("1373").take_forgotten(), SizeIs(2)) << "the plan and the answer";
  EXPECT_THAT(exchange.at("1373").take_forgotten(), IsEmpty());
}

TEST_F(Recall, IsTheOwnersAloneOnceAndWithAReason) {
  EXPECT_THAT(refusal("1373", {{"reason", "not ours"}}), HasSubstr("E_NOT_OWNER " + record + " belongs to 1540"));
  EXPECT_EQ(refusal("1540", json::object()), "E_INPUT reason: is missing");
  EXPECT_EQ(refusal("1540", {{"reason", ""}}), "E_INPUT reason: it is empty");
  EXPECT_THAT(refusal("1540", {{"reason", "two\nlines"}}), HasSubstr("E_INPUT reason: "));
  EXPECT_THAT(refusal("1540", {{"reason", "x"}, {"why", "y"}}), HasSubstr("E_INPUT why"));
  exchange.publish("1540", draft());
  EXPECT_THAT(refusal("1540", {{"reason", "again"}}), HasSubstr("E_TRANSITION " + record + " was recalled by 1540 on 2026-11-23"));
  EXPECT_EQ(exchange.at("1540").change(record, 1, {{"title", "x"}}, kVisitsNow).error().code, Code::kTransition);
  EXPECT_EQ(exchange.at("1373").answer(record, {{"answer", "joins"}}, Visits::Origin::kOfficer, kVisitsNow).error().code, Code::kTransition);
  EXPECT_NE(exchange.plan("1540", trip({"TJK"}, "2027-05-03")), record) << "its number is not given out again";
}

TEST_F(Recall, ThatTheBrokerRefusesLeavesEverythingAsItWas) {
  const std::string before = exchange.tables("1540");
  const auto queued = exchange.queue("1540", draft());
  EXPECT_FALSE(listed("1540"));
  ASSERT_TRUE(exchange.at("1540").refused(queued.message_id, Code::kPolicy));
  EXPECT_EQ(exchange.tables("1540"), before);
  EXPECT_TRUE(listed("1540"));
}

TEST_F(Recall, IsTheSameWhenAllIsFoldedAnewFromWhatIsLeft) {
  exchange.publish("1540", draft());
  const std::string owner = exchange.tables("1540");
  exchange.rebuild("1540");
  EXPECT_EQ(exchange.tables("1540"), owner);
}

TEST_F(Recall, AnAnswerThatCrossesItIsTakenAndNotShownAndALaterRevisionIsNone) {
  const auto answer = exchange.at("1373").answer(record, {{"answer", "advises"}}, Visits::Origin::kOfficer, kVisitsNow);
  const auto change = exchange.at("1540").change(record, 1, {{"title", "later"}}, kVisitsNow);
  ASSERT_TRUE(answer && change);
  exchange.publish("1540", draft());
  (void)exchange.at("1267").take_forgotten();
  auto crossing = exchange.effect("1373", *answer);
  crossing.index = 90;
  EXPECT_TRUE(exchange.at("1267").apply(crossing));
  EXPECT_THAT(exchange.at("1267").take_forgotten(), ElementsAre(crossing.message_id));
  auto later = exchange.effect("1540", *change);
  later.index = 91;
  const auto taken = exchange.at("1267").apply(later);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Code::kBody);
  auto foreign = exchange.effect("1373", draft_of_another());
  foreign.index = 92;
  EXPECT_EQ(exchange.at("1267").apply(foreign).error().code, Code::kBody) << "nobody recalls what is another's";
}

// --- through sealed frames and files

class RecallBetweenNodes : public NodeFixture {
 protected:
  RecallBetweenNodes() {
    change_roster([](Roster&) {}, "allow all publish * visit.plan <=named to * under \"a basis\"\n"
                                  "allow answers publish * visit.answer <=named to * under \"a basis\"\n"
                                  "allow recalls publish * visit.recall <=named to * under \"a basis\"\n");
    for (const char* id : {"1267", "1373", "1540"}) add(id);
    run();
    record = plan("1540", {{"title", "A title that must not stay"}});
    run();
    EXPECT_TRUE(try_answer("1373", record));
    run();
  }
  void recall() {
    Station& station = stations.at("1540");
    const Now now = now_of(station);
    const auto draft = node("1540").visits().recall(record, {{"reason", "wrong State"}});
    ASSERT_TRUE(draft) << draft.error().what;
    const auto sent = node("1540").submit(*draft, "recall", Outbox::Signing::kNow, now);
    ASSERT_TRUE(sent) << sent.error().what;
    run();
  }
  std::string told(const std::string& at) {
    const auto shown = node(at).visits().show(record);
    return shown ? shown->dump() : shown.error().what;
  }
  std::string record;
};

TEST_F(RecallBetweenNodes, RemovesTextAndKeysAtTheOthersAndIsAnsweredWithReceipts) {
  ASSERT_THAT(told("1267"), HasSubstr("must not stay"));
  recall();
  EXPECT_THAT(states("1540"), ElementsAre(MessageState::kDelivered));
  const auto recalls = sent("1540", "visit.recall");
  ASSERT_THAT(recalls, SizeIs(1));
  EXPECT_EQ(recalls[0].state, MessageState::kDelivered) << "both have said that they removed their copy";
  for (const char* at : {"1267", "1373"}) {
    EXPECT_THAT(records(at), IsEmpty());
    EXPECT_THAT(alarms(at), IsEmpty());
    const auto plans = node(at).rows().list({false, "visit.plan", ""}, 0, 10);
    ASSERT_THAT(*plans, SizeIs(1));
    for (const MessageRow& row : *plans) {
      const auto whole = node(at).rows().find(row.message_id);
      EXPECT_TRUE((*whole)->content_key.empty()) << at;
      EXPECT_FALSE((*whole)->frame.empty()) << "the sealed frame stays";
    }
    const std::string before = told(at);
    EXPECT_THAT(before, HasSubstr("wrong State"));
    ASSERT_TRUE(node(at).rebuild());
    EXPECT_EQ(told(at), before);
  }
}

TEST_F(RecallBetweenNodes, NothingOfTheTextIsLeftInTheFilesOfTheOthers) {
  recall();
  for (const char* at : {"1267", "1373"}) {
    Station& station = stations.at(at);
    station.link.reset();
    station.node.reset();
    std::ifstream file(station.file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    ASSERT_GT(bytes.size(), 4096U);
    EXPECT_EQ(bytes.find("must not stay"), std::string::npos) << at;
    EXPECT_NE(bytes.find("wrong State"), std::string::npos) << at << ": the line who recalled it, and why";
    open(station);
    EXPECT_THAT(records(at), IsEmpty());
  }
}

bool is_listed(VisitsExchange& exchange, std::string_view at, const std::string& record) {
  const auto items = (*exchange.at(at).list({}))["items"];
  return std::any_of(items.begin(), items.end(), [&](const json& one) { return one["id"] == record; });
}

// A plan that is still queued, and its recall behind it.
struct Pair { Effect plan, recall; std::string record; };
Pair queued_pair(VisitsExchange& exchange, bool to_others = true) {
  auto draft = *exchange.at("1540").plan(trip({"KGZ"}, "2027-03-08"), Visits::Origin::kOfficer, kVisitsNow);
  if (!to_others) draft.recipients.clear();
  const auto plan = exchange.queue("1540", draft);
  Draft taken_back;
  taken_back.kind = kKindVisitRecall;
  taken_back.marking = draft.marking;
  taken_back.recipients = draft.recipients;
  taken_back.body = encode_visit_recall({draft.record_id, 1, sha256(draft.body), "a slip", "desk"});
  const auto recall = exchange.queue("1540", taken_back);
  return {plan, recall, draft.record_id};
}

TEST(RecallOrder, OfAPlanThatIsRefusedLeavesNothingWhetherItIsRefusedTooOrNot) {
  for (const bool refused : {true, false}) {
    VisitsExchange exchange;
    const auto pair = queued_pair(exchange);
    ASSERT_TRUE(exchange.at("1540").refused(pair.plan.message_id, Code::kPolicy));
    if (refused) ASSERT_TRUE(exchange.at("1540").refused(pair.recall.message_id, Code::kPolicy));
    else exchange.accept(pair.recall);
    EXPECT_FALSE(is_listed(exchange, "1540", pair.record));
    const auto tables = exchange.tables("1540");
    exchange.rebuild("1540");
    EXPECT_EQ(exchange.tables("1540"), tables) << refused;
  }
}

TEST(RecallOrder, ThatTheLogHoldsBeforeThePlanStillHolds) {
  VisitsExchange exchange;
  const auto pair = queued_pair(exchange, false);   // the others answer E_BODY to the plan; this is about its owner
  exchange.accept(pair.recall);
  exchange.accept(pair.plan);
  EXPECT_FALSE(is_listed(exchange, "1540", pair.record));
  const auto tables = exchange.tables("1540");
  exchange.rebuild("1540");
  EXPECT_FALSE(is_listed(exchange, "1540", pair.record));
  EXPECT_EQ(exchange.tables("1540"), tables);
}

TEST(RecallOrder, ThatIsRefusedHasDestroyedNoAnswerThatCameMeanwhile) {
  VisitsExchange exchange;
  const auto record = exchange.plan("1540", trip({"KGZ"}, "2027-03-08"));
  const auto recall = exchange.queue("1540", *exchange.at("1540").recall(record, {{"reason", "a slip"}}));
  exchange.answer("1373", record, {{"answer", "objects"}, {"text", "not in March"}});
  EXPECT_THAT(exchange.at("1540").take_forgotten(), IsEmpty());
  ASSERT_TRUE(exchange.at("1540").refused(recall.message_id, Code::kPolicy));
  EXPECT_THAT((*exchange.at("1540").show(record))["answers"], SizeIs(1));
  EXPECT_THAT(exchange.findings("1540", "waiting"), SizeIs(1));
  const auto tables = exchange.tables("1540");
  exchange.rebuild("1540");
  EXPECT_EQ(exchange.tables("1540"), tables);
}

TEST(RecallOrder, InWhateverOrderRecordsComeTheTablesAreTheSame) {
  VisitsExchange exchange;
  std::vector<std::string> records;
  for (int i = 0; i < 12; ++i) records.push_back(exchange.plan(i % 2 == 0 ? "1540" : "1373", trip({"KGZ"}, date_text(*parse_date("2027-01-01") + 9 * i))));
  for (std::size_t i = 0; i < records.size(); i += 3) {
    const std::string lead = records[i].substr(0, 4);
    exchange.answer("1267", records[i], {{"answer", "joins"}});
    exchange.publish(lead, *exchange.at(lead).recall(records[i], {{"reason", "a slip"}}));
  }
  for (const unsigned seed : {1U, 2U, 3U}) {
    for (const char* at : {"1267", "1373", "1540"}) {
      const auto tables = exchange.tables(at);
      exchange.rebuild(at, seed);
      EXPECT_EQ(exchange.tables(at), tables) << at << " seed " << seed;
    }
  }
}

}  // namespace
}  // namespace liaison
