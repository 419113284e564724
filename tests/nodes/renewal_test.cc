// SPDX-License-Identifier: Apache-2.0
// What makes a node seal and sign anew: a clock that was wrong, a key that changes, a copy that was restored. Nothing is
// lost by it and nothing comes twice.
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

class Clocks : public OneNode {};
class SealingKeys : public OneNode {};
class Keys : public ThreeNodes {
 protected:
  std::vector<MessageId> logged_by(const std::string& member) const {
    std::vector<MessageId> out;
    for (const auto& entry : broker.log) if (entry.sender == id_of(member)) out.push_back(entry.message_id);
    return out;
  }
  // All three show the same records, each once, and what is missing to nobody.
  void expect_whole(const std::vector<std::string>& all) {
    for (const char* id : {"1267", "1373", "1540"}) {
      EXPECT_THAT(records(id), ::testing::ElementsAreArray(all)) << id;
      EXPECT_FALSE(node(id).inbox().any_gaps()) << id;
      EXPECT_EQ(*node(id).mirror().root(), *node("1540").mirror().root());
    }
    EXPECT_THAT(states(), Each(MessageState::kDelivered));
  }
};

// --- clocks

TEST_F(Clocks, OneAheadStopsSendingAndWhenItIsSetAllIsSignedAnewInItsPlace) {
  stations.at("1540").skew_ms = static_cast<std::int64_t>(10 * kMinute);
  const std::string a = plan("1540"), b = plan("1540");
  run();
  EXPECT_THAT(alarms(), Contains("clock/refused by the broker"));
  EXPECT_THAT(*stopped(), HasSubstr("clock"));
  const std::size_t heard = broker.heard.size();
  pass(kMinute);
  EXPECT_EQ(broker.heard.size(), heard) << "no message leaves until the clock is set";
  stations.at("1540").skew_ms = 0;
  pass(10 * kSecond);
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted, MessageState::kAccepted));
  for (std::size_t i = 0; i < 2; ++i) {
    const Header header = *decode_header(parse_frame(broker.log[2 + i].body)->header);
    EXPECT_EQ(header.sequence, i + 1);
    EXPECT_LE(header.created_at_ms, clock.now().wall_ms);
  }
  EXPECT_EQ(sent()[0].message_id, broker.log[2].message_id);
  EXPECT_EQ(delivery("1540", b), "accepted");
  EXPECT_THAT(alarms(), IsEmpty());
  EXPECT_FALSE(stopped());
}

TEST_F(Clocks, OneThatIsSetWhileTheNodeIsDownEndsTheAlarmToo) {
  stations.at("1540").skew_ms = static_cast<std::int64_t>(10 * kMinute);
  plan("1540");
  run();
  stations.at("1540").skew_ms = 0;
  clock.advance(20 * kMinute);
  open(stations.at("1540"));
  pass(10 * kSecond);
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted));
  EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(Clocks, ARefusalThatTheBrokerDidNotSignSaysNothingOfTheClock) {
  broker.refuse = [](const Header&) { return Refusal{{}, Code::kClock, 600'000, {}, 0, {}}; };
  broker.lie = [](const MemberId&, Control& control) {
    if (auto* refusal = std::get_if<Refusal>(&control)) refusal->signature.reset();
    return true;
  };
  plan("1540");
  run();
  EXPECT_FALSE(stopped());
  EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(Clocks, OneBehindIsAnAlarmAndSendingGoesOn) {
  stations.at("1540").skew_ms = -static_cast<std::int64_t>(10 * kMinute);
  plan("1540");
  pass(10 * kSecond);
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted));
  EXPECT_THAT(alarms(), ElementsAre("clock/offset"));
  EXPECT_THAT(alarm_rows()[0].sentence, HasSubstr("600 s apart"));
  ASSERT_EQ(alarm_rows()[0].evidence.size(), 1U);
  const Evidence kept = alarm_rows()[0].evidence[0];
  EXPECT_EQ(kept.name, "leaf");
  const Leaf leaf = *decode_leaf(kept.bytes);
  EXPECT_EQ(leaf, broker.log[leaf.index].leaf) << "what the difference was read from";
  stations.at("1540").skew_ms = 0;
  plan("1540");
  pass(10 * kSecond);
  EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(Clocks, ALongAbsenceDoesNotLookLikeAWrongClock) {
  post("1267");
  run();
  line().cut();
  run();
  post("1267");
  clock.advance(kHour);   // what came first is an hour old when it is fetched
  line().connect();
  broker.lie = [](const MemberId&, Control& control) { return !std::holds_alternative<WhoAmIAnswer>(control); };
  pass(10 * kSecond);
  EXPECT_EQ(node().mirror().size(), broker.log.size());
  EXPECT_THAT(alarm_rows(), IsEmpty());
  // Nor does a short one move what the status shows.
  const auto offset = node().outbox().clock_offset_ms();
  line().cut();
  run();
  post("1267");
  clock.advance(15 * kSecond);
  line().connect();
  run();
  EXPECT_EQ(node().outbox().clock_offset_ms(), offset);
}

TEST_F(Clocks, AProcessThatStoodStillDoesNotTakeItForAWrongClockEither) {
  run();
  post("1267");
  clock.advance(kHour);   // the connection lived on, only this process did not
  run();
  pass(10 * kSecond);
  EXPECT_THAT(alarm_rows(), IsEmpty());
}

TEST_F(Clocks, LogTimesThatNoClockReachesEndNothing) {
  for (const TimeMs time : {UINT64_MAX, (TimeMs{1} << 62) + 1, TimeMs{1} << 62}) {
    post("1267");
    const auto honest = broker.log;
    broker.log.back().leaf.accept_time_ms = time;
    clock.advance(31 * kSecond);
    run();
    pass(10 * kSecond);
    EXPECT_FALSE(alarms().empty());
    broker.log = honest;
    broker.log.pop_back();
  }
}

// --- keys

TEST_F(Keys, ANewSigningKeyTakesAFullOutboxAlong) {
  const SigningKey next = numbered_signing_key(90);
  std::vector<std::string> all{plan("1540")};
  run();
  broker.keys[key_id_of(KeyUse::sign, next.public_key())] = {id_of("1540"), next.public_key()};
  stations.at("1540").more_sign.push_back(next.clone());
  open(stations.at("1540"));
  run();
  // Of forty messages the broker takes one and hears no more; nor is it heard.
  int take = 1;
  broker.lie = [](const MemberId& member, Control&) { return member != id_of("1540"); };
  line().on_send = [&](View payload) { broker.deaf = frame_type(payload) == FrameType::kMessage && take-- <= 0; };
  for (int i = 0; i < 40; ++i) all.push_back(plan("1540"));
  run();
  EXPECT_THAT(logged_by("1540"), SizeIs(2));
  line().cut();
  line().on_send = {};
  broker.lie = {};
  broker.deaf = false;
  change_roster([&](Roster& roster) {
    key_of(roster, "k1540a").status = KeyStatus::retired;
    key_of(roster, "k1540a").until = broker.log.size() + 1;
    RosterKey line = TinyExchange::key_line("k1540b", id_of("1540"), KeyUse::sign, next.public_key());
    line.from = broker.log.size();
    roster.keys.push_back(line);
  });
  const KeyId old = broker.log[2].key_id;
  broker.refuse = [&](const Header&) -> std::optional<Refusal> {
    return parse_frame(broker.heard.back().frame)->key_id == old ? std::optional(Refusal{{}, Code::kKeyRevoked, 0, {}, 0, {}}) : std::nullopt;
  };
  line().connect();
  pass(2 * kMinute, kSecond);
  expect_whole(all);
  EXPECT_THAT(alarms(), IsEmpty());
  const auto* newest = broker.newest_of(id_of("1540"));
  EXPECT_EQ(newest->key_id, key_id_of(KeyUse::sign, next.public_key()));
  std::map<KeyId, std::uint64_t> last;
  for (const auto& entry : broker.log) {
    if (entry.sender != id_of("1540")) continue;
    EXPECT_EQ(entry.sequence, ++last[entry.key_id]);
  }
}

// The roster that ends the key lies ahead: until it is fetched the broker's refusals say nothing about this node.
TEST_F(Keys, ARefusedKeyIsNoDoubtWhileTheLogIsNotFetchedToItsEnd) {
  const SigningKey next = numbered_signing_key(90);
  stations.at("1540").more_sign.push_back(next.clone());
  open(stations.at("1540"));
  run();
  std::vector<std::string> all{plan("1540")};
  run();
  line().cut();
  for (int i = 0; i < 3; ++i) all.push_back(plan("1540"));
  run();
  broker.keys[key_id_of(KeyUse::sign, next.public_key())] = {id_of("1540"), next.public_key()};
  change_roster([&](Roster& roster) {
    key_of(roster, "k1540a").status = KeyStatus::retired;
    key_of(roster, "k1540a").until = broker.log.size();
    RosterKey line = TinyExchange::key_line("k1540b", id_of("1540"), KeyUse::sign, next.public_key());
    line.from = broker.log.size();
    roster.keys.push_back(line);
  });
  const KeyId fresh = key_id_of(KeyUse::sign, next.public_key());
  int refused = 0;
  broker.refuse = [&](const Header& header) -> std::optional<Refusal> {
    if (header.sender != id_of("1540") || parse_frame(broker.heard.back().frame)->key_id == fresh) return std::nullopt;
    ++refused;
    return Refusal{{}, Code::kKeyRevoked, 0, {}, 0, {}};
  };
  broker.lie = [](const MemberId& member, Control& control) { return member != id_of("1540") || !std::holds_alternative<Items>(control); };
  line().connect();
  pass(20 * kSecond, kSecond);
  EXPECT_GT(refused, 0);
  EXPECT_THAT(alarms(), IsEmpty());
  broker.lie = {};
  pass(2 * kMinute, kSecond);
  expect_whole(all);
  EXPECT_THAT(alarms(), IsEmpty());
  EXPECT_EQ(broker.newest_of(id_of("1540"))->key_id, fresh);
}

TEST_F(Keys, WithoutThePrivateHalfOfTheNewKeyNothingIsSigned) {
  const SigningKey next = numbered_signing_key(90);
  change_roster([&](Roster& roster) {
    RosterKey line = TinyExchange::key_line("k1540b", id_of("1540"), KeyUse::sign, next.public_key());
    line.from = broker.log.size();
    roster.keys.push_back(line);
  });
  run();
  plan("1540");
  run();
  EXPECT_THAT(*stopped(), HasSubstr("k1540b"));
  EXPECT_THAT(states(), ElementsAre(MessageState::kDraft));
}

TEST_F(SealingKeys, ANewOneIsUsedAndTheOldOneStillOpens) {
  const AgreementKey next = numbered_agreement_key(91);
  stations.at("1540").more_hpke.push_back(next.clone());
  open(stations.at("1540"));
  run();
  const Bytes under_way = frame_of("1267", letter("1267"));   // sealed to the old one before the roster changed
  change_roster([&](Roster& roster) {
    RosterKey line = TinyExchange::key_line("k1540f", id_of("1540"), KeyUse::hpke, next.public_key());
    line.from = broker.log.size();
    roster.keys.push_back(line);
  });
  run();
  plan("1540");
  run();
  EXPECT_EQ(stanza_key_ids(parse_frame(broker.newest_of(id_of("1540"))->body)->body)->back(), key_id_of(KeyUse::hpke, next.public_key()));
  broker.add_frame(under_way);
  tiny.member("1540").hpke = next.clone();
  post("1373");
  run();
  EXPECT_THAT(records("1540"), SizeIs(3));
  EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(Keys, ARosterForOtherSchemasIsAnAlarmUntilOneAgrees) {
  const Hash agreed = tiny.roster.schemas_sha256;
  pass(6 * kSecond);
  EXPECT_THAT(alarms(), IsEmpty());
  change_roster([](Roster& roster) { roster.schemas_sha256.fill(7); });
  run();
  pass(6 * kSecond);
  ASSERT_THAT(alarms(), ElementsAre("schemas/roster 2"));
  EXPECT_THAT(alarm_rows().front().sentence, HasSubstr("roster 2 was made for other schemas than this program's"));
  open(stations.at("1540"));
  run();
  pass(6 * kSecond);
  EXPECT_THAT(alarms(), ElementsAre("schemas/roster 2")) << "said once, and kept";
  EXPECT_FALSE(stopped()) << "what both sides know still goes";
  change_roster([&](Roster& roster) { roster.schemas_sha256 = agreed; });
  run();
  pass(6 * kSecond);
  EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(Keys, ARevokedKeyOfAnotherMarksWhatItSigned) {
  plan("1373");
  run();
  const auto id = broker.log[2].message_id;
  ASSERT_TRUE(node().rows().find(id).value());
  change_roster([&](Roster& roster) {
    RosterKey& key = key_of(roster, "k1373a");
    key.status = KeyStatus::revoked;
    key.trusted_below = 2;
    key.reason = "compromise";
  });
  run();
  EXPECT_THAT(alarms(), Contains("compromised_key/k1373a"));
  EXPECT_TRUE(node().mandates().compromised(broker.log[2].key_id, 2));
  EXPECT_FALSE(node().mandates().compromised(broker.log[2].key_id, 1));
  EXPECT_THAT(records("1540"), SizeIs(1)) << "never deleted";
}

// --- copies and thieves

TEST_F(Keys, ANodeRestoredFromAnOldCopyFindsItsMessagesAndGoesOnBehindThem) {
  Station& own = stations.at("1540");
  std::vector<std::string> all{plan("1540")};
  run();
  own.link.reset();
  own.node.reset();
  std::filesystem::copy_file(own.file, folder.path() / "copy");
  open(own);
  run();
  for (int i = 0; i < 3; ++i) all.push_back(plan("1540"));
  run();
  const std::size_t before = logged_by("1540").size();
  own.link.reset();
  own.node.reset();
  std::filesystem::copy_file(folder.path() / "copy", own.file, std::filesystem::copy_options::overwrite_existing);
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(own.file.string() + suffix);
  open(own);
  line().cut();
  nlohmann::json later{{"components", {{{"start", "2029-03-01"}}}}};
  plan("1540", later);   // on a number that the log has given away
  line().connect();
  pass(kMinute, kSecond);
  EXPECT_THAT(alarms(), ElementsAre("stolen_key/" + hex(broker.log[2].key_id)));
  EXPECT_THAT(alarm_rows()[0].sentence, HasSubstr("restored from an older copy"));
  EXPECT_EQ(records("1267"), all);
  EXPECT_EQ(records("1540"), all);
  all.push_back(plan("1540"));
  pass(kMinute, kSecond);
  EXPECT_EQ(records("1373"), all);
  EXPECT_GT(logged_by("1540").size(), before);
  for (const char* id : {"1267", "1373"}) EXPECT_THAT(alarms(id), IsEmpty());
  std::set<MessageId> once;
  for (const MessageId& id : logged_by("1540")) EXPECT_TRUE(once.insert(id).second);
}

TEST_F(Keys, AMessageInOurNameThatWeDidNotSendIsAnAlarmAtOnce) {
  Letter forged{{id_of("1267")}, "visit.plan", "named", plan_body("1540", 7)};
  post("1540", forged);
  run();
  EXPECT_THAT(alarms(), ElementsAre("stolen_key/" + hex(broker.log[2].key_id)));
  EXPECT_THAT(alarm_rows()[0].evidence, SizeIs(2));
  plan("1540");
  pass(30 * kSecond);
  EXPECT_THAT(sent(), SizeIs(2));
  EXPECT_FALSE(stopped());
}

TEST_F(Keys, WhatTheLineHadNoRoomForNeverFollowsTheQuestionWhereTheChainStands) {
  const SigningKey next = numbered_signing_key(90);
  broker.keys[key_id_of(KeyUse::sign, next.public_key())] = {id_of("1540"), next.public_key()};
  stations.at("1540").more_sign.push_back(next.clone());
  open(stations.at("1540"));
  run();
  line().full = [](View payload) { return frame_type(payload) == FrameType::kMessage; };
  const std::string record = plan("1540");
  run();
  change_roster([&](Roster& roster) {
    RosterKey line = TinyExchange::key_line("k1540b", id_of("1540"), KeyUse::sign, next.public_key());
    line.from = broker.log.size();
    roster.keys.push_back(line);
  });
  run();   // asked, answered and signed anew
  line().full = {};
  pass(kMinute);
  EXPECT_THAT(logged_by("1540"), SizeIs(1));
  EXPECT_EQ(broker.newest_of(id_of("1540"))->key_id, key_id_of(KeyUse::sign, next.public_key()));
  expect_whole({record});
  EXPECT_THAT(alarms(), IsEmpty());
}

}  // namespace
}  // namespace liaison
