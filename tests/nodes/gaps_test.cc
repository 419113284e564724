// SPDX-License-Identifier: Apache-2.0
// What never arrives, and what comes late: gaps in the numbers of a sender, and all that rests on a message that was kept back.
#include "tests/nodes/inbox_fixture.h"

namespace liaison {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Log = ScriptedBroker::Log;

class Gaps : public Inboxes {
 protected:
  // 1267 sends three; the second one's frame is kept back.
  Gaps() {
    broker.lie = [this](const MemberId&, Control& control) {
      auto* items = std::get_if<Items>(&control);
      if (items != nullptr && hidden) for (Item& item : items->items) if (decode_leaf(item.leaf)->index == 3) item.body.clear();
      return true;
    };
    for (int i = 0; i < 3; ++i) post("1267");
    run();
  }
  bool hidden = true;
};

TEST_F(Gaps, OneIsAnAlarmAfterTenMinutesAndLaterMessagesGoOn) {
  EXPECT_THAT(records("1540"), SizeIs(2));
  pass(9 * kMinute);
  EXPECT_THAT(alarms(), IsEmpty());
  open(stations.at("1540"));
  pass(70 * kSecond);
  EXPECT_THAT(alarms(), ElementsAre("pair_gap/1267"));
  EXPECT_THAT(sentence_of("pair_gap"), HasSubstr("message 2 of 1267"));
  EXPECT_THAT(evidence_names(*newest_alarm()), ElementsAre("the message after it"));
  post("1267");
  run();
  EXPECT_THAT(records("1540"), SizeIs(3));
}

TEST_F(Gaps, ASecondLookBringsWhatWasKeptBackAndEndsTheAlarm) {
  pass(11 * kMinute);
  EXPECT_THAT(alarms(), SizeIs(1));
  hidden = false;
  pass(55 * kMinute, 10 * kSecond);
  EXPECT_THAT(alarms(), SizeIs(1)) << "it looks again after an hour, not all the time";
  pass(10 * kMinute, 10 * kSecond);
  EXPECT_THAT(alarms(), IsEmpty());
  EXPECT_THAT(records("1540"), SizeIs(3));
  EXPECT_THAT(verdicts_to("1267"), ElementsAre(Code::kAccepted, Code::kAccepted, Code::kAccepted));
}

// --- what rests on a message that was kept back

class KeptBack : public Inboxes {
 protected:
  // 1267 plans a visit, which is kept back, and revises it; 1373 answers the revision. Entries 4, 5 and 6.
  KeptBack() {
    change_roster([](Roster&) {}, "allow all publish * visit.plan <=named to * under \"a basis\"\n"
                                  "allow answers publish * visit.answer <=named to * under \"a basis\"\n"
                                  "allow recalls publish * visit.recall <=named to * under \"a basis\"\n");
    run();
    broker.lie = [this](const MemberId&, Control& control) {
      auto* items = std::get_if<Items>(&control);
      if (items != nullptr && hidden) for (Item& item : items->items) if (decode_leaf(item.leaf)->index == 4) item.body.clear();
      return true;
    };
    const Letter first = letter("1267");
    plan = *decode_visit_plan(view_of(first.text));
    post("1267", first);
    revise("REVISED");
    Letter answer = letter("1373");
    answer.kind = kKindVisitAnswer;
    answer.text = std::string(text_of(encode_visit_answer({plan.record_id, 2, hash_of(plan), AnswerKind::joins, "experts", "", "desk", "", false})));
    post("1373", answer);
    run();
  }
  static Hash hash_of(const VisitPlan& plan) { return sha256(encode_visit_plan(plan)); }
  void revise(const std::string& title) {
    plan.previous_revision = hash_of(plan);
    ++plan.revision;
    plan.title = title;
    Letter next = letter("1267");
    next.text = std::string(text_of(encode_visit_plan(plan)));
    post("1267", next);
  }
  std::string told() {
    std::string out;
    for (const auto& one : {node().visits().show(plan.record_id), node().visits().history(plan.record_id), node().visits().conflicts({})}) {
      out += one ? one->dump() : one.error().what;
    }
    return out;
  }
  bool hidden = true;
  VisitPlan plan;
};

TEST_F(KeptBack, WhatRestsOnItIsARedAlarmAndIsNotShown) {
  EXPECT_FALSE(has_record(plan.record_id));
  EXPECT_THAT(verdicts_to("1267"), ElementsAre(Code::kBody));
  EXPECT_THAT(alarms(), ElementsAre("not_shown/1267 " + plan.record_id, "not_shown/1373 " + plan.record_id));
  EXPECT_THAT(sentence_of("not_shown"), HasSubstr("entry 6"));
  EXPECT_THAT(evidence_names(*newest_alarm()), ElementsAre("frame", "leaf"));
}

TEST_F(KeptBack, WhenItComesAllThatRestsOnItIsTakenAndToldToItsSenders) {
  pass(11 * kMinute);
  hidden = false;
  pass(66 * kMinute, 10 * kSecond);
  const auto shown = node().visits().show(plan.record_id);
  ASSERT_TRUE(shown) << shown.error().what;
  EXPECT_EQ((*shown)["revision"], 2);
  EXPECT_EQ((*shown)["title"], "REVISED");
  EXPECT_THAT((*shown)["answers"], SizeIs(1));
  EXPECT_THAT(alarms(), IsEmpty());
  EXPECT_THAT(verdicts_to("1267"), ElementsAre(Code::kBody, Code::kAccepted, Code::kAccepted)) << "the later word says that it is taken now";
  EXPECT_THAT(verdicts_to("1373"), ElementsAre(Code::kBody, Code::kAccepted));
  for (const std::uint64_t index : {4, 5, 6}) EXPECT_EQ(node().rows().find_index(index).value()->verdict, Code::kAccepted);
  revise("THIRD");
  run();
  EXPECT_EQ((*node().visits().show(plan.record_id))["revision"], 3);
  EXPECT_THAT(alarms(), IsEmpty());
  const std::string before = told();
  ASSERT_TRUE(node().rebuild());
  EXPECT_EQ(told(), before);
  open(stations.at("1540"));
  EXPECT_EQ(told(), before);
}

TEST_F(KeptBack, WhatIsRecalledMeanwhileIsNeverShownAndItsAlarmsEnd) {
  Letter recall = letter("1267");
  recall.kind = kKindVisitRecall;
  recall.text = std::string(text_of(encode_visit_recall({plan.record_id, 2, hash_of(plan), "wrong State", "desk"})));
  post("1267", recall);
  run();
  EXPECT_THAT(alarms(), IsEmpty()) << "nobody need be asked any more";
  pass(11 * kMinute);
  hidden = false;
  pass(66 * kMinute, 10 * kSecond);
  EXPECT_THAT(records("1540"), IsEmpty());
  EXPECT_THAT(told(), testing::AllOf(HasSubstr("wrong State"), testing::Not(HasSubstr("REVISED")), testing::Not(HasSubstr("A visit"))));
  for (const std::uint64_t index : {4, 5, 6}) EXPECT_TRUE(node().rows().find_index(index).value()->content_key.empty()) << index;
  EXPECT_EQ(node().rows().find_index(4).value()->verdict, Code::kAccepted);
  const std::string before = told();
  ASSERT_TRUE(node().rebuild());
  EXPECT_EQ(told(), before);
}

TEST_F(Inboxes, ASenderWhoseBodiesAreNeverRightFillsNoListOfAlarms) {
  for (int i = 0; i < 80; ++i) {
    Letter orphan = letter("1267");
    VisitPlan plan = *decode_visit_plan(view_of(orphan.text));
    plan.revision = 2;
    plan.previous_revision[0] = 1;
    orphan.text = std::string(text_of(encode_visit_plan(plan)));
    post("1267", orphan);
  }
  run();
  EXPECT_THAT(alarms(), SizeIs(65));
  EXPECT_THAT(alarms(), Contains("not_shown/1267"));
}

// --- gaps again

TEST_F(Gaps, ASecondLookThatShowsAnotherEntryIsProof) {
  pass(9 * kMinute);
  Log evil = broker.log;
  evil[3].leaf.hash[0] ^= 1;
  evil[3].body.clear();
  broker.shown[id_of("1540")] = evil;
  pass(2 * kMinute);
  EXPECT_THAT(alarms(), Contains("log/second look"));
}

// What 1267 says of its own numbers costs this node nothing that grows: one refused entry explains one number.
TEST_F(Inboxes, WordsAboutRefusedEntriesCloseGapsAndMakeNone) {
  broker.deaf = true;
  const std::uint64_t refused = post("1267", letter("1267"), Code::kPolicy);
  const auto told = broker.log[refused];
  std::uint64_t pair = 2;
  for (int i = 0; i < 20; ++i) {
    std::vector<Covered> covered;
    for (int k = 0; k < 256; ++k, pair += 2) covered.push_back({told.message_id, told.leaf.hash, refused, pair, Code::kPolicy});
    post_receipt("1267", covered);
  }
  run();
  EXPECT_LE(node().inbox().gaps()->size(), 1U);
  Letter real = letter("1267");
  real.pair_seq = 9;
  post("1267", real);
  post_receipt("1267", {{told.message_id, told.leaf.hash, refused, 5, Code::kPolicy}, {told.message_id, told.leaf.hash, refused, 6, Code::kPolicy}});
  run();
  const auto gaps = *node().inbox().gaps();
  std::uint64_t missing = 0;
  for (const auto& gap : gaps) missing += gap.last - gap.first + 1;
  EXPECT_EQ(missing, 7U) << "of 1 to 8 the one entry explains one number";
}

TEST_F(Inboxes, TheGapsOfOneSenderAreBoundedAndOneAlarm) {
  broker.deaf = true;
  for (std::uint64_t pair = 2; pair <= 400; pair += 2) {
    Letter one = letter("1267");
    one.pair_seq = pair;
    post("1267", one);
  }
  Letter other = letter("1373");
  other.pair_seq = 2;
  post("1373", other);
  run();
  EXPECT_THAT(*node().inbox().gaps(), SizeIs(65));
  pass(11 * kMinute);
  EXPECT_THAT(alarms(), ElementsAre("pair_gap/1267", "pair_gap/1373"));
  EXPECT_THAT(records("1540"), SizeIs(201)) << "what came is shown";
}

TEST_F(Gaps, ItsSendersWordClosesItOnlyWhereTheLogSaysTheSame) {
  const auto entry = broker.log[3];
  post_receipt("1267", {{entry.message_id, entry.leaf.hash, 3, 2, Code::kPolicy}});   // the leaf says accepted
  post_receipt("1373", {{entry.message_id, entry.leaf.hash, 3, 2, Code::kPolicy}});   // not its own
  run();
  EXPECT_TRUE(node().inbox().any_gaps());
  pass(11 * kMinute);
  EXPECT_THAT(alarms(), SizeIs(1));
  // A real refusal takes a number too; the next message shows the gap, the receipt closes it.
  const std::uint64_t refused = post("1267", letter("1267"), Code::kPolicy);
  const auto told = broker.log[refused];
  post("1267");
  run();
  EXPECT_TRUE(node().inbox().any_gaps());
  hidden = false;
  post_receipt("1267", {{told.message_id, told.leaf.hash, refused, 4, Code::kPolicy}});
  pass(65 * kMinute, 10 * kSecond);
  EXPECT_FALSE(node().inbox().any_gaps());
  EXPECT_THAT(alarms(), IsEmpty());
}

}  // namespace
}  // namespace liaison
