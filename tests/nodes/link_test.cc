// SPDX-License-Identifier: Apache-2.0
// The line to the broker: what is asked, when, and what an answer may do.
#include "nodes/link.h"

#include "tests/nodes/node_fixture.h"

namespace liaison {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Everything that 1540 sends, as the broker sees it.
class Lines : public OneNode {
 protected:
  Lines() {
    line().on_send = [this](View payload) {
      if (frame_type(payload) == FrameType::kMessage) return said.push_back("MESSAGE");
      const ControlFrame asked = *decode_control(payload);
      if (const auto* fetch = std::get_if<Fetch>(&asked.control)) {
        said.push_back("FETCH " + std::to_string(fetch->from) + (fetch->wait_ms == 0 ? " now" : ""));
        last_id = asked.request_id;
      }
      if (std::holds_alternative<WhoAmI>(asked.control)) said.push_back("WHOAMI");
    };
  }
  Link& link() { return *stations.at("1540").link; }
  std::vector<std::string> take_said() { return std::exchange(said, {}); }
  std::vector<std::string> events() {
    std::vector<std::string> out;
    for (const News& news : std::exchange(stations.at("1540").news, {})) out.emplace_back(news.name);
    return out;
  }

  std::vector<std::string> said;
  std::uint32_t last_id = 0;
};

TEST_F(Lines, AfterEachHandshakeItSaysWhoItIsThenFetchesAndSendsWhatWaits) {
  line().cut();
  run();
  EXPECT_EQ(link().state(), Link::State::kDown);
  const std::string record = plan("1540");
  run();
  EXPECT_THAT(said, IsEmpty());
  EXPECT_EQ(delivery("1540", record), "queued") << "planning goes on";
  line().connect();
  run();
  EXPECT_THAT(take_said(), ElementsAre("WHOAMI", "FETCH 2", "MESSAGE", "FETCH 3"));
  EXPECT_THAT(events(), Contains("link.up"));
  // A handshake of which the cut before was never seen.
  line().cut();
  line().connect();
  run();
  EXPECT_THAT(take_said(), ElementsAre("WHOAMI", "FETCH 3"));
}

TEST_F(Lines, OneFetchWaitsAtTheBrokerAndItsEmptyAnswerIsASignOfLife) {
  EXPECT_EQ(line().waiting(), 1U);
  pass(65 * kSecond);
  EXPECT_THAT(take_said(), ElementsAre("FETCH 2", "FETCH 2", "FETCH 2"));
  EXPECT_EQ(line().waiting(), 1U);
  EXPECT_EQ(line().reconnects, 0U);
  EXPECT_EQ(link().state(), Link::State::kUp);
}

TEST_F(Lines, AMessageThatFollowsAnotherAtOnceGathersWithThoseBehindIt) {
  const auto few_steps = [&] { for (int i = 0; i < 4; ++i) step(stations.at("1540")); };
  pass(kSecond);
  ASSERT_EQ(line().waiting(), 1U);
  post("1267");
  few_steps();   // the message, and its receipt in the log at the same moment
  EXPECT_EQ(node().inbox().opened(), 1U);
  EXPECT_EQ(line().waiting(), 0U) << "they come fast";
  post("1267");
  post("1267");
  few_steps();
  EXPECT_EQ(node().inbox().opened(), 1U);
  clock.advance(8);
  few_steps();
  EXPECT_EQ(node().inbox().opened(), 3U) << "in one answer";
}

TEST_F(Lines, AnAnswerThatTheBrokerDroppedIsAskedForAgainAndAMinuteOfSilenceConnectsAnew) {
  broker.lie = [](const MemberId&, Control&) { return false; };
  pass(55 * kSecond);
  EXPECT_THAT(take_said(), ElementsAre("FETCH 2"));
  EXPECT_EQ(line().reconnects, 0U);
  pass(10 * kSecond);
  EXPECT_EQ(line().reconnects, 1U);
  broker.lie = {};
  post("1267");
  run();
  EXPECT_EQ(node().mirror().size(), broker.log.size());
}

TEST_F(Lines, AWhoAmIWithoutAnswerIsAskedAgainAndNothingIsSentBefore) {
  broker.lie = [](const MemberId&, Control& control) { return !std::holds_alternative<WhoAmIAnswer>(control); };
  line().cut();
  line().connect();
  plan("1540");
  pass(25 * kSecond);
  const auto asked = take_said();
  EXPECT_EQ(std::count(asked.begin(), asked.end(), "WHOAMI"), 3);
  EXPECT_EQ(std::count(asked.begin(), asked.end(), "MESSAGE"), 0);
  broker.lie = {};
  pass(15 * kSecond);
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted));
}

TEST_F(Lines, AQuestionThatFoundNoRoomIsAskedAgain) {
  bool full = true;
  line().full = [&](View) { return full; };
  line().cut();
  line().connect();
  plan("1540");
  run();
  EXPECT_THAT(said, IsEmpty());
  full = false;
  pass(15 * kSecond);
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted));
}

TEST_F(Lines, FramesKeepTheirOrderWhenTheQueueIsFull) {
  int room = 2;
  line().full = [&](View payload) { return frame_type(payload) == FrameType::kMessage && room-- <= 0; };
  for (int i = 0; i < 6; ++i) plan("1540");
  run();
  EXPECT_THAT(broker.heard, SizeIs(2));
  for (; room < 100; room = 100) run();
  run();
  ASSERT_THAT(broker.heard, SizeIs(6));
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(broker.heard[i].header.sequence, i + 1);
}

TEST_F(Lines, ARefusedKeyIsToldAsThatAndNotAsANetworkThatIsDown) {
  line().cut();
  line().says = "the broker refused this node's CURVE key";
  run();
  EXPECT_EQ(link().state(), Link::State::kRefused);
  EXPECT_THAT(link().trouble(), HasSubstr("CURVE key"));
}

TEST_F(Lines, ABrokerThatAnswersNothingAtOnceIsNotAskedInACircle) {
  const std::uint64_t before = line().fetched;
  line().on_send = [&](View payload) {
    const auto asked = decode_control(payload);
    if (asked && std::holds_alternative<Fetch>(asked->control))
      line().put(encode_control(asked->request_id, Items{{}, broker.note_of(broker.log, broker.log.size()), {}}));
  };
  line().cut();
  line().connect();
  run();
  pass(10 * kSecond, 50);
  EXPECT_LT(line().fetched - before, 30U);
  EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(Lines, WhatNobodyAskedForAndWhatCannotBeReadChangesNothing) {
  post("1267");
  const auto entries = broker.log;
  broker.log.pop_back();
  const Items uncalled{{{bytes_of(encode_leaf(entries[2].leaf)), entries[2].body}}, broker.note_of(entries, 3), {}};
  line().put(encode_control(last_id + 1'000, uncalled));
  line().put(encode_control(last_id + 1'000, WhoAmIAnswer{id_of("1540"), {}, 1}));
  line().put(encode_control(last_id + 1'000, Refusal{{}, Code::kRange, 0, "", 0, {}}));
  line().put(encode_control(0, Refusal{Hash{}, Code::kFormat, 0, "", 0, {}}));
  line().put(encode_control(0, Acceptance{Hash{}, Bytes(52), {}, "note", "", ""}));
  line().put(encode_control(5, Fetch{}));
  line().put(bytes_of(view_of("noise")));
  line().put({});
  run();
  EXPECT_EQ(node().mirror().size(), 2U);
  EXPECT_THAT(alarms(), IsEmpty());
  EXPECT_FALSE(stopped());
}

TEST_F(Lines, ABrokerThatTakesThisNodeForAnotherIsNotWrittenTo) {
  broker.lie = [](const MemberId&, Control& control) {
    if (auto* answer = std::get_if<WhoAmIAnswer>(&control)) answer->member = id_of("1373");
    return true;
  };
  line().cut();
  line().connect();
  plan("1540");
  run();
  EXPECT_THAT(*stopped(), HasSubstr("takes this node for 1373"));
  EXPECT_THAT(broker.heard, IsEmpty());
  EXPECT_THAT(alarms(), ElementsAre("sender/member"));
}

TEST_F(Lines, AKeyThatIsNotAmongThoseThatLoggedLastIsNotForgotten) {
  plan("1540");
  run();
  broker.lie = [](const MemberId&, Control& control) {
    auto* answer = std::get_if<WhoAmIAnswer>(&control);
    if (answer == nullptr || answer->heads.empty()) return true;
    const MessageId known = answer->heads[0].message_id;
    answer->heads.clear();
    for (std::uint8_t i = 0; i < 16; ++i) answer->heads.push_back({KeyId{i}, 1, known, {}});
    return true;
  };
  line().cut();
  line().connect();
  run();
  EXPECT_THAT(alarms(), IsEmpty());
  EXPECT_FALSE(stopped());
}

TEST_F(Lines, NumbersThatNoCounterReachesInAnAnswerEndNothing) {
  plan("1540");
  run();
  broker.lie = [](const MemberId&, Control& control) {
    if (auto* answer = std::get_if<WhoAmIAnswer>(&control)) {
      for (ChainHead& head : answer->heads) head.sequence = UINT64_MAX;
      answer->time_ms = UINT64_MAX;
    }
    return true;
  };
  line().cut();
  line().connect();
  pass(30 * kSecond);
  broker.lie = {};
  pass(30 * kSecond);
  plan("1540");
  run();
  EXPECT_THAT(states(), ElementsAre(MessageState::kAccepted, MessageState::kAccepted));
}

}  // namespace
}  // namespace liaison
