// SPDX-License-Identifier: Apache-2.0
// What a committee sends, in good and in bad luck of the line, the quotas and the broker's answers.
#include "nodes/outbox.h"

#include "tests/nodes/node_fixture.h"

namespace liaison {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Refusal away(Code code, std::uint64_t detail = 0) { return {{}, code, detail, {}, 0, {}}; }

class Outboxes : public OneNode {
 protected:
  std::vector<std::uint64_t> sequences_logged() const {
    std::vector<std::uint64_t> out;
    for (const auto& entry : broker.log) if (entry.sender == id_of("1540")) out.push_back(entry.sequence);
    return out;
  }
};

class Sending : public ThreeNodes {};

TEST_F(Sending, APlanIsSealedAcceptedDeliveredAndAnsweredByAll) {
  const std::string record = plan("1540");
  EXPECT_EQ(delivery("1540", record), "queued");
  run();
  ASSERT_THAT(states(), ElementsAre(MessageState::kDelivered));
  const MessageRow row = *node().rows().find(sent()[0].message_id).value();
  EXPECT_EQ(row.index, 2U);
  EXPECT_EQ(row.rule, "all");
  EXPECT_EQ(sha256(row.frame), broker.log[2].leaf.hash);
  EXPECT_EQ(row.frame.size(), row.bytes);
  const std::vector<DeliveryRow> answers = *node().rows().deliveries(row.id);
  ASSERT_THAT(answers, SizeIs(2));
  for (const DeliveryRow& answer : answers) {
    EXPECT_EQ(answer.verdict, 0);
    EXPECT_EQ(answer.pair_seq, 1U);
  }
  for (const char* id : {"1267", "1373"}) {
    EXPECT_EQ(delivery(id, record), "received");
    EXPECT_EQ(*node(id).mirror().root(), *node().mirror().root());
  }
  const auto way = *node().rows().outbox(row.id);
  ASSERT_TRUE(way) << "a finished row is kept";
  EXPECT_FALSE(way->draft);
  EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(Sending, ARefusalInTheMiddleLeavesNoGapAndTheRestArrives) {
  broker.verdict = [](const Header& header) { return header.kind == "visit.plan" && header.sequence == 2 ? Code::kPolicy : Code::kAccepted; };
  std::vector<std::string> made;
  for (int i = 0; i < 4; ++i) made.push_back(plan("1540"));
  run();
  EXPECT_THAT(states(), ElementsAre(MessageState::kDelivered, MessageState::kRefused, MessageState::kDelivered, MessageState::kDelivered));
  EXPECT_EQ(sent()[1].verdict, Code::kPolicy);
  EXPECT_EQ(delivery("1540", made[1]), "not shown") << "its effect is taken back";
  pass(11 * kMinute);
  for (const char* id : {"1267", "1373"}) {
    EXPECT_THAT(records(id), ElementsAre(made[0], made[2], made[3]));
    EXPECT_FALSE(node(id).inbox().any_gaps()) << "its sender has told why a number is missing";
    EXPECT_THAT(alarms(id), IsEmpty());
  }
}

// A broker that calls an allowed message refused has dropped it: its leaf, which all can see, is the proof.
TEST_F(Sending, ARefusalThatTheLogsOwnPolicyContradictsIsARedAlarm) {
  for (const bool acceptance_comes : {true, false}) {
    SCOPED_TRACE(acceptance_comes);
    broker.verdict = [](const Header& h) { return h.kind == "visit.plan" ? Code::kPolicy : Code::kAccepted; };
    broker.lie = [&](const MemberId&, Control& control) { return acceptance_comes || !std::holds_alternative<Acceptance>(control); };
    const std::string record = plan("1540");
    run();
    pass(kMinute);
    const MessageRow row = sent().back();
    EXPECT_EQ(row.state, MessageState::kRefused);
    EXPECT_EQ(row.record_id, record);
    const auto rows = alarm_rows();
    ASSERT_FALSE(rows.empty());
    EXPECT_EQ(rows[0].kind + "/" + rows[0].subject, "log/refused " + std::to_string(*row.index));
    EXPECT_THAT(rows[0].sentence, HasSubstr(record));
    EXPECT_EQ(rows[0].evidence[0].bytes, broker.log[*row.index].body);
    EXPECT_EQ(*decode_leaf(rows[0].evidence[1].bytes), broker.log[*row.index].leaf);
    broker.verdict = {};
    broker.lie = {};
    EXPECT_NE(plan("1540"), record) << "a number is given out once";
    run();
  }
}

TEST_F(Sending, ARefusalThatTheLogsOwnPolicyDemandsIsNoAlarmAndItsNumberIsNotUsedAgain) {
  const std::string rules = "allow all publish * visit.plan <=committees to * under \"a basis\"\nallow r publish * receipt public to * under \"a basis\"\n";
  broker.deaf = true;
  const std::string record = plan("1540", {{"marking", "named"}, {"to", {"1267"}}});
  run();
  change_roster([](Roster&) {}, rules);   // before the broker hears of the plan
  broker.deaf = false;
  broker.verdict = [](const Header& h) { return h.marking == "named" ? Code::kPolicy : Code::kAccepted; };
  pass(kMinute);
  EXPECT_THAT(states(), ElementsAre(MessageState::kRefused));
  EXPECT_THAT(alarms(), IsEmpty());
  EXPECT_FALSE(node().visits().show(record));
  ASSERT_TRUE(node().rebuild());
  open(stations.at("1540"));
  EXPECT_NE(plan("1540"), record);
}

TEST_F(Sending, WhatIsSealedToAStaleKeyIsSealedAnewAndArrivesOnce) {
  int stale = 2;
  broker.verdict = [&](const Header& header) { return header.kind == "visit.plan" && stale-- > 0 ? Code::kStale : Code::kAccepted; };
  const std::string a = plan("1540"), b = plan("1540");
  run();
  EXPECT_THAT(states(), ElementsAre(MessageState::kDelivered, MessageState::kDelivered, MessageState::kRefused, MessageState::kRefused));
  EXPECT_THAT(records("1373"), ElementsAre(a, b));
  EXPECT_FALSE(node("1373").inbox().any_gaps());
  EXPECT_EQ(delivery("1540", a), "accepted");
}

TEST_F(Sending, AMemberWhoLeftCountsAsHavingAnswered) {
  stations.erase("1267");
  const std::string before = plan("1540");
  run();
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted));
  broker.deaf = true;
  plan("1540");
  run();
  change_roster([](Roster& roster) {
    std::erase_if(roster.members, [](const RosterMember& member) { return member.id == id_of("1267"); });
    for (RosterKey& key : roster.keys) if (key.member == id_of("1267")) key.status = KeyStatus::revoked, key.trusted_below = 3, key.reason = "left";
  });
  run();
  EXPECT_EQ(states()[0], MessageState::kDelivered);
  // Accepted after it left, which the real broker would not do and the other recipient does not take: nobody waits for its receipt.
  broker.deaf = false;
  pass(kMinute);
  EXPECT_EQ(states()[1], MessageState::kNotTaken);
}

// --- sending again

TEST_F(Outboxes, TheSameBytesComeAgainAfter30SecondsThen2And10MinutesThenHourly) {
  broker.refuse = [](const Header&) { return away(Code::kBusy); };
  broker.lie = [](const MemberId&, Control& control) { return !std::holds_alternative<Refusal>(control); };
  const std::uint64_t start = clock.now().monotonic_ms;
  plan("1540");
  run();
  pass(4 * kHour, 10 * kSecond);
  std::vector<std::uint64_t> after_s;
  std::set<Bytes> frames;
  for (const auto& heard : broker.heard) {
    after_s.push_back((heard.at_ms - start) / 1000);
    frames.insert(heard.frame);
  }
  EXPECT_THAT(after_s, ElementsAre(0, 30, 150, 750, 4350, 7950, 11550));
  EXPECT_THAT(frames, SizeIs(1));
}

TEST_F(Outboxes, WhatHasNoAcceptanceOrNoReceiptForADayIsAnAlarmThatEnds) {
  broker.refuse = [](const Header& header) -> std::optional<Refusal> {
    return header.sequence == 2 ? std::optional(away(Code::kStorageFull)) : std::nullopt;
  };
  plan("1540");
  plan("1540");
  pass(23 * kHour, 20 * kSecond);
  EXPECT_THAT(alarms(), IsEmpty());
  pass(2 * kHour, 20 * kSecond);
  EXPECT_THAT(alarms(), ElementsAre("not_accepted/broker", "receipts_missing/1267", "receipts_missing/1373"));
  broker.refuse = {};
  const auto entry = broker.log[2];
  for (const char* id : {"1267", "1373"}) post_receipt(id, {{entry.message_id, entry.leaf.hash, 2, 1, Code::kAccepted}});
  pass(5 * kMinute);
  EXPECT_THAT(alarms(), IsEmpty());
  EXPECT_THAT(states(), ElementsAre(MessageState::kDelivered, MessageState::kAccepted));
}

TEST_F(Outboxes, EveryTransientRefusalKeepsTheBytesAndTheOrder) {
  struct Case { Code code; std::uint64_t detail, wait_ms; };
  for (const Case& one : {Case{Code::kQuota, 1'500, 1'500}, {Code::kBusy, 200, 200}, {Code::kGap, 1'000, 50}, {Code::kStorageFull, 0, 30'000},
                          {Code::kClockBroker, 0, 60'000}, {Code::kRosterExpired, 0, 60'000}}) {
    SCOPED_TRACE(code_name(one.code));
    const std::size_t before = sequences_logged().size();
    const std::uint64_t start = clock.now().monotonic_ms;
    bool open = false;
    std::set<Bytes> refused;
    broker.heard.clear();
    broker.refuse = [&](const Header&) -> std::optional<Refusal> {
      if (open) return std::nullopt;
      refused.insert(broker.heard.back().frame);
      return away(one.code, one.detail);
    };
    for (int i = 0; i < 3; ++i) plan("1540");
    run();
    open = true;
    EXPECT_EQ(sequences_logged().size(), before);
    pass(one.wait_ms, 10);
    EXPECT_EQ(sequences_logged().size(), before + 3);
    for (const auto& heard : broker.heard) {
      if (heard.at_ms == start) continue;
      EXPECT_GE(heard.at_ms, start + one.wait_ms);
      EXPECT_TRUE(refused.contains(heard.frame)) << "the identical bytes";
    }
    EXPECT_THAT(alarms(), IsEmpty());
    EXPECT_THAT(states(), Each(MessageState::kAccepted));
  }
  for (std::size_t i = 0; i < sequences_logged().size(); ++i) EXPECT_EQ(sequences_logged()[i], i + 1);
}

TEST_F(Outboxes, ABusyConnectionAsksWhoItIsSoThatItPublishesAgain) {
  const std::uint64_t asked = line().who_am_is;
  broker.refuse = [&](const Header&) -> std::optional<Refusal> {
    return line().who_am_is == asked ? std::optional(away(Code::kBusy, 100)) : std::nullopt;
  };
  pass(20 * kSecond);
  plan("1540");
  pass(kSecond, 100);
  EXPECT_EQ(line().who_am_is, asked + 1);
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted));
}

TEST_F(Outboxes, NeverMoreThan32AreUnderWayAndReceiptsGoFirst) {
  broker.deaf = true;
  std::set<std::uint64_t> heard;
  line().on_send = [&](View payload) {
    if (frame_type(payload) != FrameType::kMessage) return;
    heard.insert(decode_header(parse_frame(payload)->header)->sequence);
  };
  for (int i = 0; i < 40; ++i) plan("1540");
  post("1267");
  run();
  EXPECT_EQ(heard.size(), 32U);
  EXPECT_EQ(node().outbox().unacknowledged(), 32U);
  EXPECT_EQ(node().outbox().drafts(), 8U);
  broker.deaf = false;
  pass(31 * kSecond);
  EXPECT_EQ(sequences_logged().size(), 41U);
  const auto receipt = std::find_if(broker.heard.begin(), broker.heard.end(), [](const auto& one) { return one.header.kind == kKindReceipt; });
  ASSERT_NE(receipt, broker.heard.end());
  EXPECT_EQ(receipt->header.sequence, 33U) << "before the drafts that waited longer";
}

// --- messages that outlive their time

TEST_F(Outboxes, WhatCouldNotLeaveForAMonthIsSignedAnewBeforeItLeaves) {
  line().cut();
  run();
  std::vector<std::string> made;
  for (int i = 0; i < 40; ++i) made.push_back(plan("1540"));
  run();
  clock.advance(31ULL * 24 * kHour);
  run();
  line().connect();
  broker.verdict = [&](const Header& header) { return clock.now().wall_ms > header.not_after_ms ? Code::kExpired : Code::kAccepted; };
  pass(kMinute, kSecond);
  EXPECT_THAT(states(), Each(MessageState::kAccepted));
  EXPECT_EQ(broker.heard.size(), 40U) << "nothing was sent for nothing";
  for (const std::string& record : made) EXPECT_TRUE(has_record(record));
  EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(Outboxes, WhatTheLogCallsExpiredIsQueuedAgainAndLeavesAnew) {
  broker.deaf = true;
  const std::string record = plan("1540");
  post("1267");   // its receipt waits as long
  pass(31ULL * 24 * kHour, kHour);
  broker.deaf = false;
  broker.verdict = [&](const Header& header) { return clock.now().wall_ms > header.not_after_ms ? Code::kExpired : Code::kAccepted; };
  pass(2 * kHour, 20 * kSecond);
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted, MessageState::kRefused)) << "the refused frame keeps a row of its own";
  EXPECT_EQ(delivery("1540", record), "accepted");
  EXPECT_TRUE(std::any_of(broker.log.begin(), broker.log.end(), [](const auto& entry) {
    return entry.sender == id_of("1540") && entry.recipients == std::vector{id_of("1267")} && entry.leaf.verdict == Code::kAccepted;
  })) << "a receipt is not lost either";
  for (const std::string& open : alarms()) EXPECT_FALSE(open.starts_with("log/")) << open;
}

TEST_F(Outboxes, AClockAMonthBehindTheLogSignsNothingThatWouldExpireAtOnce) {
  stations.at("1540").skew_ms = -static_cast<std::int64_t>(40ULL * 24 * kHour);
  post("1267");
  run();
  plan("1540");
  run();
  EXPECT_THAT(states(), ElementsAre(MessageState::kDraft));
  ASSERT_TRUE(stopped());
  EXPECT_THAT(*stopped(), HasSubstr("30 days"));
  stations.at("1540").skew_ms = 0;
  pass(kMinute);
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted));
}

// --- quotas

TEST_F(Outboxes, TheBucketIsKeptAndADraftWaitsForItsToken) {
  stations.at("1540").settings.limits.per_second = 2;
  stations.at("1540").settings.limits.burst = 3;
  open(stations.at("1540"));
  run();
  for (int i = 0; i < 7; ++i) plan("1540");
  run();
  EXPECT_EQ(sequences_logged().size(), 3U);
  pass(1'050, 20);
  EXPECT_EQ(sequences_logged().size(), 5U);
  pass(1'050, 20);
  EXPECT_EQ(sequences_logged().size(), 7U);
}

TEST_F(Outboxes, TheDailyCapIsToldBeforeSigningAndEndsAtMidnight) {
  stations.at("1540").settings.limits.messages_per_day = 3;
  open(stations.at("1540"));
  run();
  for (int i = 0; i < 2; ++i) plan("1540");
  run();
  open(stations.at("1540"));
  run();
  plan("1540");
  const auto fourth = try_plan("1540");
  ASSERT_FALSE(fourth);
  EXPECT_EQ(fourth.error().code, Code::kQuota);
  EXPECT_THAT(fourth.error().hint, HasSubstr("midnight UTC"));
  EXPECT_THAT(sent(), SizeIs(3)) << "nothing is left of it";
  pass(24 * kHour, 20 * kSecond);
  EXPECT_TRUE(try_plan("1540"));
}

// A kind whose day is full waits before it has a place in the chain, in its own order; the other kinds go on.
TEST_F(Outboxes, AKindWhoseDayIsFullHoldsBackNoOther) {
  NodeLimits& limits = stations.at("1540").settings.limits;
  limits.burst = 1;
  limits.per_second = 0.001;
  change_roster([](Roster&) {}, "allow all publish * visit.plan <=named to * under \"a basis\"\n"
                                "allow answers publish * visit.answer <=named to * under \"a basis\"\n");
  post("1373");
  open(stations.at("1540"));
  run();
  std::vector<std::string> made;
  for (int i = 0; i < 4; ++i) made.push_back(plan("1540"));
  run();
  ASSERT_THAT(states(), ElementsAre(MessageState::kAccepted, MessageState::kDraft, MessageState::kDraft, MessageState::kDraft));
  limits = NodeLimits{};
  limits.messages_per_day = 2;   // the operator made the share smaller
  limits.receipt_pause_ms = 0;
  open(stations.at("1540"));
  run();
  ASSERT_THAT(states(), ElementsAre(MessageState::kAccepted, MessageState::kAccepted, MessageState::kDraft, MessageState::kDraft));
  const auto full = try_plan("1540");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::kQuota);
  const auto answer = try_answer("1540", "1373-V-2026-0001");
  ASSERT_TRUE(answer) << answer.error().what;
  run();
  EXPECT_EQ(sent("1540", "visit.answer")[0].state, MessageState::kAccepted);
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted, MessageState::kAccepted, MessageState::kDraft, MessageState::kDraft));
  EXPECT_FALSE(stopped());
  EXPECT_EQ(*node().outbox().held(now_of(stations.at("1540")).wall_ms), (std::map<std::string, std::uint64_t>{{"visit.plan", 2}}));
  EXPECT_EQ(node().idle_ms(now_of(stations.at("1540")), 1'000), 1'000U) << "what is held until midnight wakes nobody";
  pass(24 * kHour, 20 * kSecond);
  EXPECT_THAT(states(), Each(MessageState::kAccepted));
  EXPECT_LT(*sent()[2].index, *sent()[3].index);
  EXPECT_THAT(*node().outbox().held(now_of(stations.at("1540")).wall_ms), IsEmpty());
  EXPECT_THAT(sequences_logged(), ElementsAre(1, 2, 3, 4, 5, 6)) << "a receipt and five messages, none out of place";
}

// What is said of a record leaves in the order in which it was said, whatever else may go first.
TEST_F(Outboxes, ARecallDoesNotOvertakeAPlanThatWaitsForMidnight) {
  NodeLimits& limits = stations.at("1540").settings.limits;
  limits.burst = 1;
  limits.per_second = 0.001;
  change_roster([](Roster&) {}, "allow all publish * visit.plan <=named to * under \"a basis\"\n"
                                "allow recalls publish * visit.recall <=named to * under \"a basis\"\n");
  open(stations.at("1540"));
  run();
  std::vector<std::string> made;
  for (int i = 0; i < 3; ++i) made.push_back(plan("1540"));
  run();
  limits = NodeLimits{};
  limits.messages_per_day = 2;   // the operator made the share smaller
  limits.receipt_pause_ms = 0;
  open(stations.at("1540"));
  run();
  ASSERT_THAT(states(), ElementsAre(MessageState::kAccepted, MessageState::kAccepted, MessageState::kDraft));
  for (const auto& record : {made[2], made[1]}) {
    const auto draft = node().visits().recall(record, {{"reason", "another State was meant"}});
    ASSERT_TRUE(draft) << draft.error().what;
    ASSERT_TRUE(node().submit(*draft, "recall " + record, Outbox::Signing::kNow, now_of(stations.at("1540"))));
  }
  run();
  const auto recalls = sent("1540", "visit.recall");
  ASSERT_THAT(recalls, SizeIs(2));
  EXPECT_EQ(recalls[0].state, MessageState::kDraft) << "its plan has not left yet";
  EXPECT_EQ(recalls[1].state, MessageState::kAccepted) << "of another record, whose plan has left";
  pass(24 * kHour, 20 * kSecond);
  EXPECT_LT(*sent()[2].index, *sent("1540", "visit.recall")[0].index);
}

// --- what stops

TEST_F(Outboxes, AMalformedMessageStopsSendingWithAnAlarmAndReadingGoesOn) {
  for (const Code code : {Code::kFormat, Code::kSignature, Code::kSender, Code::kSize}) {
    SCOPED_TRACE(code_name(code));
    broker.refuse = [&](const Header&) { return away(code); };
    plan("1540");
    run();
    ASSERT_TRUE(stopped());
    EXPECT_THAT(*stopped(), HasSubstr(code_name(code)));
    EXPECT_FALSE(alarms().empty());
    EXPECT_FALSE(alarm_rows()[0].evidence.empty());
    const std::size_t heard = broker.heard.size();
    plan("1540");
    post("1267");
    pass(2 * kHour, 10 * kSecond);
    EXPECT_EQ(broker.heard.size(), heard);
    EXPECT_EQ(node().mirror().size(), broker.log.size());
    broker.refuse = {};
    open(stations.at("1540"));
    run();
    EXPECT_FALSE(stopped()) << "an operator has looked and started it again";
    EXPECT_EQ(node().outbox().unacknowledged(), 0U);
  }
}

TEST_F(Outboxes, AMessageOutOfPlaceAsksTwiceWhereItStandsAndThenStops) {
  const std::uint64_t asked = line().who_am_is;
  broker.refuse = [](const Header&) { return away(Code::kChain); };
  plan("1540");
  pass(kMinute);
  EXPECT_EQ(line().who_am_is, asked + 2);
  EXPECT_THAT(*stopped(), HasSubstr("E_CHAIN"));
}

TEST_F(Outboxes, ReceiptsThatThePolicyForbidsHinderNothing) {
  change_roster([](Roster&) {}, "allow all publish * visit.plan <=named to * under \"a basis\"\n"
                                "deny none publish 1540 receipt public to 1267 under \"a basis\"\n");
  run();
  for (int i = 0; i < 300; ++i) post("1267");
  post("1373");
  run();
  EXPECT_EQ(node().outbox().owed().count(), 300U) << "only what the policy forbids stays";
  plan("1540");
  run();
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted));
}

TEST_F(Outboxes, WhatIsOwedDoesNotWakeANodeThatMayNotSend) {
  const TimeMs expires = tiny.roster.expires_ms;
  clock.advance(expires - clock.now().wall_ms + kMinute);
  post("1267");
  run();   // sees that it rests
  EXPECT_THAT(*stopped(), HasSubstr("the roster expired"));
  EXPECT_EQ(node().outbox().owed().count(), 1U);
  stations.at("1540").skew_ms = -static_cast<std::int64_t>(kHour);
  EXPECT_TRUE(stopped()) << "the newest verified time counts, whatever this clock says";
}

// --- acceptances that lie

TEST_F(Outboxes, AnAcceptanceThatProvesNothingIsARedAlarmWithItsEvidence) {
  using Lie = std::function<void(Acceptance&)>;
  const auto other_leaf = [](Acceptance& one, const std::function<void(Leaf&)>& edit) {
    Leaf leaf = *decode_leaf(one.leaf);
    edit(leaf);
    one.leaf = bytes_of(encode_leaf(leaf));
  };
  const std::vector<std::pair<const char*, Lie>> lies{
      {"path", [](Acceptance& one) { one.path.back()[0] ^= 1; }},
      {"too long a path", [](Acceptance& one) { one.path.emplace_back(); }},
      {"time", [&](Acceptance& one) { other_leaf(one, [](Leaf& leaf) { leaf.accept_time_ms += 1; }); }},
      {"index", [&](Acceptance& one) { other_leaf(one, [](Leaf& leaf) { leaf.index -= 1; }); }},
      {"an index that no database holds", [&](Acceptance& one) { other_leaf(one, [](Leaf& leaf) { leaf.index = UINT64_MAX; }); }},
      {"another message", [&](Acceptance& one) { other_leaf(one, [](Leaf& leaf) { leaf.hash[0] ^= 1; }); }},
      {"no checkpoint", [](Acceptance& one) { one.checkpoint = "nothing"; }},
      {"another signer", [&](Acceptance& one) {
         const Hash root = *ScriptedBroker::tree_of(broker.log).root();
         one.checkpoint = sign_checkpoint({log_origin("tiny.example"), broker.log.size(), root}, numbered_signing_key(99));
       }}};
  for (const auto& [name, lie] : lies) {
    SCOPED_TRACE(name);
    broker.lie = [&](const MemberId&, Control& control) {
      if (auto* one = std::get_if<Acceptance>(&control)) lie(*one);
      return !std::holds_alternative<Items>(control);   // the log would tell the truth
    };
    plan("1540");
    run();
    EXPECT_THAT(*stopped(), HasSubstr("proves nothing"));
    EXPECT_THAT(alarms(), Contains("log/acceptance"));
    EXPECT_THAT(alarm_rows()[0].evidence, SizeIs(4));
    EXPECT_EQ(states().back(), MessageState::kSigned);
    broker.lie = {};
    open(stations.at("1540"));
    run();
    EXPECT_EQ(states().back(), MessageState::kAccepted);
  }
}

TEST_F(Outboxes, AnAcceptedMessageThatTheLogThenLacksIsSeenAlsoAfterARestart) {
  const auto honest = broker.log;
  broker.lie = [](const MemberId&, Control& control) { return !std::holds_alternative<Items>(control); };
  plan("1540");
  run();
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted));
  broker.log = honest;
  post("1267");   // gets its place
  post("1373");
  broker.lie = {};
  open(stations.at("1540"));
  run();
  EXPECT_THAT(alarms(), Contains("log/items"));
  EXPECT_EQ(node().mirror().size(), 2U);
  EXPECT_TRUE(stopped());
}

TEST_F(Outboxes, ABrokerThatHasForgottenWhatItAcceptedIsFoundOut) {
  plan("1540");
  run();
  line().cut();
  broker.log.pop_back();
  line().connect();
  run();
  EXPECT_THAT(alarms(), Contains("log/rollback"));
  EXPECT_THAT(*stopped(), HasSubstr("rolled back"));
}

}  // namespace
}  // namespace liaison
