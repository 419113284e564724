// SPDX-License-Identifier: Apache-2.0
// What a node takes from a broker and from members that it does not trust: each lie is found, said in plain words with its
// evidence, nothing of it is shown, and the truth is taken when it comes.
#include "tests/nodes/inbox_fixture.h"

namespace liaison {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Log = ScriptedBroker::Log;

// --- the broker lies about the log (TRUST G5)

struct LogLie {
  const char* name;
  std::function<void(Log&)> edit;      // of a log with 8 entries, of which the node holds 5
  const char* says;
};
class LogLies : public Inboxes, public ::testing::WithParamInterface<LogLie> {};

TEST_P(LogLies, AreFoundAndNothingOfThemIsKept) {
  broker.deaf = true;   // no receipts of ours in the log
  for (int i = 0; i < 3; ++i) post("1267");
  run();
  ASSERT_EQ(node().mirror().size(), 5U);
  const Hash root = *node().mirror().root();
  const std::size_t known = records("1540").size();
  for (int i = 0; i < 3; ++i) post("1267");
  Log evil = broker.log;
  GetParam().edit(evil);
  broker.shown[id_of("1540")] = evil;
  run();
  ASSERT_NE(newest_alarm(), nullptr);
  EXPECT_EQ(newest_alarm()->kind, "log");
  EXPECT_THAT(newest_alarm()->sentence, HasSubstr(GetParam().says));
  EXPECT_THAT(evidence_names(*newest_alarm()), Contains("own checkpoint"));
  EXPECT_EQ(node().mirror().size(), 5U);
  EXPECT_EQ(*node().mirror().root(), root);
  EXPECT_THAT(records("1540"), SizeIs(known));
  EXPECT_TRUE(stopped()) << "nothing is published on a log that cannot be trusted";
  pass(5 * kMinute);
  EXPECT_THAT(alarm_rows(), SizeIs(1)) << "a lasting lie is said once";
  // The same after a restart, which must not forget what it had seen.
  open(stations.at("1540"));
  run();
  EXPECT_EQ(node().mirror().size(), 5U);
  broker.shown.clear();
  pass(31 * kSecond);
  EXPECT_EQ(node().mirror().size(), broker.log.size());
  EXPECT_THAT(records("1540"), SizeIs(known + 3));
  EXPECT_FALSE(stopped());
  EXPECT_THAT(alarms(), SizeIs(1)) << "the evidence stays, and so does the alarm";
}

INSTANTIATE_TEST_SUITE_P(
    Broker, LogLies,
    ::testing::Values(LogLie{"drop", [](Log& log) { log.erase(log.begin() + 6); }, "one is hidden"},
                      LogLie{"swap", [](Log& log) { std::swap(log[6], log[7]); }, "one is hidden"},
                      LogLie{"swap_and_renumber", [](Log& log) { std::swap(log[6].leaf.hash, log[7].leaf.hash); }, "other bytes than the log holds"},
                      LogLie{"edit", [](Log& log) { log[5].body[200] ^= 1; }, "other bytes than the log holds"},
                      LogLie{"fork", [](Log& log) { log[3].leaf.hash[0] ^= 1; }, "does not connect"},
                      LogLie{"fork_in_times", [](Log& log) { log[4].leaf.accept_time_ms -= 1; }, "does not connect"},
                      LogLie{"back_date", [](Log& log) { log[6].leaf.accept_time_ms = 1; }, "earlier time"},
                      LogLie{"rollback", [](Log& log) { log.resize(4); }, "rolled back"},
                      LogLie{"rollback_and_grow",
                             [](Log& log) {
                               log.erase(log.begin() + 4);
                               for (std::size_t i = 4; i < log.size(); ++i) log[i].leaf.index = i;
                             },
                             "does not connect"},
                      LogLie{"hide_a_roster", [](Log& log) { log[5].leaf.leaf_class = LeafClass::kRoster; log[5].body.clear(); }, "kept back"},
                      LogLie{"unreadable", [](Log& log) { log[5].leaf.verdict = Code::kOpen; }, "not readable"},
                      LogLie{"a_time_that_no_clock_reaches", [](Log& log) { log[7].leaf.accept_time_ms = UINT64_MAX; }, "not readable"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(Inboxes, ABrokerThatShowsLessThanItHasAcceptedOnTheSameLineIsFoundAtTheNextAnswer) {
  broker.shown[id_of("1540")] = broker.log;   // for ever
  const std::string frozen = broker.note_of(broker.log, broker.log.size());
  post("1267");
  plan("1540");
  run();
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted));
  pass(21 * kSecond);   // a fetch has waited its time
  ASSERT_THAT(alarms(), ElementsAre("log/frozen"));
  const Alarms::Row alarm = *newest_alarm();
  EXPECT_THAT(evidence_names(alarm), ElementsAre("checkpoint", "accepted under"));
  EXPECT_EQ(text_of(alarm.evidence[0].bytes), frozen);
  EXPECT_NE(text_of(alarm.evidence[1].bytes), frozen);
  EXPECT_TRUE(stopped());
  broker.shown.clear();
  pass(21 * kSecond);
  EXPECT_FALSE(stopped());
  EXPECT_EQ(node().mirror().size(), broker.log.size());
}

TEST_F(Inboxes, ABrokerThatAnswersNoFetchAfterItHasAcceptedIsFoundAfterTenMinutes) {
  broker.lie = [](const MemberId&, Control& control) { return !std::holds_alternative<Items>(control); };
  plan("1540");
  run();
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted));
  pass(9 * kMinute);
  EXPECT_THAT(alarms(), IsEmpty());
  // No more when the line was down for that long: that is nobody's lie.
  line().cut();
  pass(20 * kMinute);
  EXPECT_THAT(alarms(), IsEmpty());
  broker.lie = {};
  line().connect();
  pass(kMinute);
  EXPECT_THAT(alarms(), IsEmpty());
  broker.lie = [](const MemberId&, Control& control) { return !std::holds_alternative<Items>(control); };
  plan("1540");
  pass(11 * kMinute);
  ASSERT_THAT(alarms(), ElementsAre("log/frozen"));
  EXPECT_THAT(sentence_of("log"), HasSubstr("10 minutes"));
  EXPECT_THAT(evidence_names(*newest_alarm()), ElementsAre("checkpoint", "accepted under"));
}

TEST_F(Inboxes, ABrokerThatCutsTheConnectionInsteadOfAnsweringIsFoundToo) {
  broker.lie = [](const MemberId&, Control& control) { return !std::holds_alternative<Items>(control); };
  plan("1540");
  run();
  for (int i = 0; i < 19; ++i) {
    pass(25 * kSecond, kSecond);
    line().cut();
    pass(kSecond, kSecond);
    line().connect();
  }
  EXPECT_THAT(alarms(), IsEmpty()) << "not yet ten minutes";
  for (int i = 0; i < 12; ++i) {
    pass(25 * kSecond, kSecond);
    line().cut();
    pass(kSecond, kSecond);
    line().connect();
  }
  EXPECT_THAT(alarms(), ElementsAre("log/frozen"));
}

TEST_F(Inboxes, WhatWasAcceptedOnAnotherLineSaysNothingOfThisOne) {
  auto before = broker.log;
  plan("1540");
  run();
  open(stations.at("1540"));
  broker.lie = [](const MemberId&, Control& control) { return !std::holds_alternative<Items>(control); };
  plan("1540");
  run();
  line().cut();
  run();
  broker.lie = {};
  line().connect();
  run();
  pass(21 * kSecond);
  EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(NodeFixture, AForeignGenesisIsRefusedFromTheStart) {
  TinyExchange other(2);
  broker.log.clear();
  broker.add_roster(other.note());
  broker.add_policy(other.policy);
  add("1540");
  run();
  EXPECT_THAT(alarms(), ElementsAre("log/items"));
  EXPECT_THAT(alarm_rows()[0].sentence, HasSubstr("begins with another roster"));
  EXPECT_EQ(node().mirror().size(), 0U);
  EXPECT_TRUE(stopped());
}

TEST_F(Inboxes, ACheckpointOfAnotherSignerOrFromAnOlderLogIsRefused) {
  using Lie = std::function<void(Items&)>;
  const std::string old = broker.note_of(broker.log, 1);
  const std::vector<Lie> lies{
      [&](Items& items) { items.checkpoint = sign_checkpoint({log_origin("tiny.example"), 9, Hash{}}, numbered_signing_key(99)); },
      [&](Items& items) { items.checkpoint = sign_checkpoint({log_origin("other.example"), 9, Hash{}}, tiny.broker_log); },
      [&](Items& items) { items.checkpoint = old; },
      [&](Items& items) { items.checkpoint = sign_checkpoint({log_origin("tiny.example"), 99, Hash{}}, tiny.broker_log); },
      [](Items& items) { items.checkpoint.clear(); }};
  for (const Lie& lie : lies) {
    broker.lie = [&](const MemberId&, Control& control) {
      if (auto* items = std::get_if<Items>(&control)) lie(*items);
      return true;
    };
    const std::uint64_t before = node().mirror().size();
    post("1267");
    run();
    EXPECT_EQ(node().mirror().size(), before);
    EXPECT_TRUE(stopped());
    broker.lie = {};
    pass(31 * kSecond);
    EXPECT_EQ(node().mirror().size(), broker.log.size());
  }
}

// --- the broker lets through what it must refuse (TRUST G5, PROTOCOL 10 h)

TEST_F(Inboxes, WhatTheBrokerMustRefuseIsExposedAnsweredAndNotShown) {
  change_roster([](Roster& roster) {
    RosterKey& key = key_of(roster, "k1373a");
    key.status = KeyStatus::revoked;
    key.trusted_below = 3;
    key.reason = "compromise";
  }, "allow all publish * visit.plan <=committees to * under \"a basis\"\ndeny no publish 1267 visit.plan public to 1540 under \"a basis\"\n");
  run();
  struct Case { const char* name; Code code; std::function<void(Header&)> edit; };
  const TimeMs now = clock.now().wall_ms;
  const std::vector<Case> cases{
      {"denied", Code::kPolicy, [](Header& h) { h.marking = "public"; }},
      {"not allowed", Code::kPolicy, [](Header& h) { h.marking = "named"; }},
      {"no marking of the exchange", Code::kMarking, [](Header& h) { h.marking = "chair_only"; }},
      {"expired", Code::kExpired, [&](Header& h) { h.created_at_ms = now - 10, h.not_after_ms = now - 1; }},
      {"another schema", Code::kSchema, [](Header& h) { h.schema_id[0] ^= 1; }},
      {"a recipient who is none", Code::kRecipient, [](Header& h) { h.recipients.push_back(id_of("9999")); }},
      {"another sender", Code::kSender, [](Header& h) { h.sender = id_of("1373"); }},
      {"a policy that its roster does not name", Code::kFormat, [](Header& h) { h.policy_hash[0] ^= 1; }},
      {"a roster that is not in force", Code::kFormat, [](Header& h) { h.roster_version = 3; }},
      {"a sequence again", Code::kChain, [](Header& h) { h.sequence = 1; }}};
  Letter first = letter("1267");
  first.marking = "committees";
  post("1267", first);
  run();
  EXPECT_THAT(alarms(), IsEmpty());
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    Letter bad = letter("1267");
    bad.marking = "committees";
    bad.edit = one.edit;
    const std::uint64_t index = post("1267", bad);
    broker.log.back().sender = id_of("1267");
    run();
    EXPECT_EQ(newest_alarm()->kind, "let_through");
    EXPECT_EQ(newest_alarm()->subject, "entry " + std::to_string(index));
    EXPECT_THAT(newest_alarm()->sentence, HasSubstr(code_name(one.code)));
    EXPECT_THAT(evidence_names(*newest_alarm()), ElementsAre("frame", "leaf", "checkpoint"));
    EXPECT_EQ(node().rows().find_index(index).value()->verdict, one.code);
    if (one.code == Code::kSender) continue;   // the answer goes to the name that was used
    EXPECT_EQ(verdicts_to("1267").back(), one.code);
  }
  EXPECT_THAT(records("1540"), SizeIs(1));
  EXPECT_EQ(node().mirror().size(), broker.log.size()) << "the log goes on";

  Letter revoked = letter("1373");
  revoked.marking = "committees";
  const std::uint64_t index = post("1373", revoked);
  run();
  EXPECT_EQ(node().rows().find_index(index).value()->verdict, Code::kKeyRevoked);
  EXPECT_THAT(records("1540"), SizeIs(1));
}

TEST_F(Inboxes, AFrameThatIsLoggedTwiceIsExposedWhateverElseIsWrongWithIt) {
  broker.deaf = true;
  const std::vector<std::function<void(Header&)>> edits{[](Header&) {}, [](Header& h) { h.policy_hash[0] ^= 1; }, [](Header& h) { h.roster_version = 9; },
                                                        [](Header& h) { h.sender = id_of("1373"); }, [](Header& h) { h.marking = "chair_only"; }};
  for (const auto& edit : edits) {
    Letter one = letter("1267");
    one.edit = edit;
    const Bytes frame = frame_of("1267", one);
    const std::size_t before = alarms().size();
    for (int again = 0; again < 3; ++again) {
      const std::uint64_t index = broker.add_frame(frame);
      broker.log.back().sender = id_of("1267");
      run();
      EXPECT_EQ(node().mirror().size(), index + 1) << "one lie of the broker's does not stop the node";
      if (again > 0) {
        EXPECT_THAT(alarms(), Contains("let_through/entry " + std::to_string(index)));
      }
    }
    EXPECT_GE(alarms().size(), before + 2);
  }
  EXPECT_THAT(newest_alarm()->sentence, HasSubstr("E_DUPLICATE"));
  open(stations.at("1540"));
  run();
  EXPECT_EQ(node().mirror().size(), broker.log.size());
  EXPECT_THAT(records("1540"), SizeIs(1));
}

// A roster may leave the old key active beside the new one: from the new one's first message on the old one is over all the same.
TEST_F(Inboxes, AKeyThatAnotherOneOfItsMemberHasFollowedIsRefused) {
  post("1267");
  const SigningKey fresh = numbered_signing_key(77);
  change_roster([&](Roster& roster) { roster.keys.push_back(TinyExchange::key_line("k1267b", id_of("1267"), KeyUse::sign, fresh.public_key())); });
  post("1267");
  run();
  EXPECT_THAT(records("1540"), SizeIs(2)) << "the old key is good until the new one is used";
  broker.add_frame(frame_of("1267", letter("1267"), &fresh));
  run();
  EXPECT_THAT(alarms(), IsEmpty());
  const std::size_t known = records("1540").size();
  for (const bool restarted : {false, true}) {
    if (restarted) open(stations.at("1540"));
    Letter late = letter("1267");
    late.edit = [&](Header& header) { header.sequence = restarted ? 4 : 3; };
    const std::uint64_t index = post("1267", late);
    run();
    EXPECT_EQ(node().rows().find_index(index).value()->verdict, Code::kKey);
    EXPECT_EQ(verdicts_to("1267").back(), Code::kKey);
    ASSERT_EQ(newest_alarm()->kind, "let_through");
    EXPECT_EQ(newest_alarm()->subject, "entry " + std::to_string(index));
    EXPECT_THAT(newest_alarm()->sentence, HasSubstr("E_KEY"));
    EXPECT_THAT(records("1540"), SizeIs(known)) << "nothing of it is shown";
  }
}

TEST_F(Inboxes, WhoForgesAnothersNameUsesUpNoneOfItsNumbers) {
  Letter forged = letter("1267");
  forged.edit = [](Header& header) { header.sender = id_of("1373"); };
  forged.pair_seq = 1;
  post("1267", forged);
  broker.log.back().sender = id_of("1267");
  run();
  post("1373");
  run();
  EXPECT_THAT(records("1540"), ElementsAre("1373-V-2026-0001"));
  EXPECT_FALSE(node().inbox().any_gaps());
}

TEST_F(Inboxes, FramesThatAreNoneOrOfNobodyAreExposedToo) {
  Bytes frame = frame_of("1267", letter("1267"));
  frame.back() ^= 1;   // the signature does not hold
  broker.add_frame(frame);
  run();
  EXPECT_THAT(newest_alarm()->sentence, HasSubstr("E_SIGNATURE"));
  const SigningKey stranger = numbered_signing_key(77);
  broker.add_frame(frame_of("1267", letter("1267"), &stranger));
  run();
  EXPECT_THAT(newest_alarm()->sentence, HasSubstr("not in the roster"));
  const Bytes noise = bytes_of(view_of("no frame"));
  broker.add(LeafClass::kFrame, sha256(noise), noise);
  broker.log.back().recipients = {id_of("1540")};
  run();
  EXPECT_THAT(newest_alarm()->sentence, HasSubstr("no signed message"));
  EXPECT_THAT(records("1540"), IsEmpty());
  EXPECT_EQ(node().mirror().size(), broker.log.size());
}

TEST_F(Inboxes, ASealOfAKeyThatIsRetiredForLongIsStale) {
  const AgreementKey next = numbered_agreement_key(91);
  stations.at("1540").more_hpke.push_back(next.clone());
  open(stations.at("1540"));
  run();
  change_roster([&](Roster& roster) {
    RosterKey& old = key_of(roster, "k1540e");
    old.status = KeyStatus::retired;
    old.until = broker.log.size() + 1;
    RosterKey line = TinyExchange::key_line("k1540f", id_of("1540"), KeyUse::hpke, next.public_key());
    line.from = broker.log.size();
    roster.keys.push_back(line);
  });
  post("1267");
  run();
  EXPECT_THAT(records("1540"), SizeIs(1)) << "for 30 days it may still be used";
  clock.advance(30 * 24 * kHour);
  post("1267");
  run();
  EXPECT_THAT(newest_alarm()->sentence, HasSubstr("E_STALE"));
  EXPECT_THAT(records("1540"), SizeIs(1));
}

// --- members that send what cannot be taken

TEST_F(Inboxes, WhatDoesNotOpenOrVerifyIsAnsweredWithItsCode) {
  Letter wrong = letter("1267");
  wrong.text = "a body";
  post("1267", wrong);
  const Bytes frame = frame_of("1267", letter("1267"));
  const FrameView view = *parse_frame(frame);
  Bytes body = bytes_of(view.body);
  body[2 + 8] ^= 1;   // the first stanza's enc
  broker.add_frame(make_frame(tiny.network_id(), tiny.member("1267").sign, view.header, body));
  Letter again = letter("1267");
  again.pair_seq = 1;
  post("1267", again);
  run();
  EXPECT_THAT(verdicts_to("1267"), ElementsAre(Code::kBody, Code::kOpen, Code::kDuplicate));
  EXPECT_THAT(records("1540"), IsEmpty());
  EXPECT_THAT(alarms(), ElementsAre("not_shown/1267")) << "the broker could not see it, and is not accused";
}

TEST_F(Inboxes, FramesForOthersAreMirroredAndNotKept) {
  Letter other = letter("1267");
  other.to = {id_of("1373")};
  post("1267", other);
  run();
  EXPECT_EQ(node().mirror().size(), 3U);
  EXPECT_THAT(node().rows().list({}, 0, 10).value(), IsEmpty());
  EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(Inboxes, ACheckpointThatAMemberHasSeenAndThatDoesNotConnectIsARedAlarm) {
  Letter gossip = letter("1267");
  gossip.edit = [](Header& header) { header.seen_root[0] ^= 1; };
  post("1267", gossip);
  run();
  EXPECT_THAT(alarms(), ElementsAre("log/seen by 1267"));
  EXPECT_THAT(sentence_of("log"), HasSubstr("two histories"));
  EXPECT_THAT(evidence_names(*newest_alarm()), ElementsAre("frame", "own checkpoint"));
  EXPECT_THAT(records("1540"), SizeIs(1)) << "its sender is not to blame";
  Letter ahead = letter("1373");
  ahead.edit = [](Header& header) { header.seen_size += 1; };
  post("1373", ahead);
  run();
  EXPECT_THAT(alarms(), Contains("log/seen by 1373")) << "nobody can have seen more than there was";
}

// --- gaps in the pair sequences

}  // namespace
}  // namespace liaison
