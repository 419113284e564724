// SPDX-License-Identifier: Apache-2.0
// A broker's gateway on a real store in a folder of its own, with a wire and a clock that the test moves. Members speak in
// one line: `publish("1540", letter)` returns what the broker answered.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <variant>

#include "broker/gateway.h"
#include "broker/sqlite_store.h"
#include "security/audit.h"
#include "tests/broker/faulty_store.h"
#include "tests/doubles/manual_clock.h"
#include "tests/doubles/memory_wire.h"
#include "tests/doubles/temp_folder.h"
#include "tests/doubles/tiny_exchange.h"

namespace liaison {

class ExchangeFixture : public ::testing::Test {
 protected:
  explicit ExchangeFixture(std::size_t members = 3) : tiny(members) {
    open_log("broker_test", LogFormat::kText, "error");
    limits.free_bytes_min = 1;
    limits.reserve_bytes = 0;
    open();
    attach();
  }

  // Opens store and gateway anew, as a start does.
  void open() {
    auto made = try_open();
    ASSERT_TRUE(made) << made.error().what;
  }
  Result<Ledger::Found> try_open() {
    gateway.reset();
    faulty.reset();
    store.reset();
    SqliteStore::Options options;
    options.reserve_bytes = limits.reserve_bytes;
    store = TRY(SqliteStore::open(folder.path(), meters, options));
    faulty = std::make_unique<FaultyStore>(*store);
    gateway = std::make_unique<Gateway>(*faulty, clock, meters,
                                        BrokerKeys{tiny.broker_sign.clone(), tiny.broker_log.clone(), tiny.broker_curve.clone()}, limits);
    return gateway->start();
  }
  void attach() {
    wire = std::make_unique<MemoryWire>();
    gateway->attach(*wire);
  }
  void restart() {
    open();
    attach();
  }
  void apply_first() {
    const auto applied = gateway->apply(tiny.note(), tiny.policy);
    ASSERT_TRUE(applied) << applied.error().what;
    for (const TinyMember& member : tiny.members) who_am_i(member.id.str());
  }

  static PeerId peer(std::uint8_t number) { return {0, 0, 0, 0, number}; }
  void arrive(const std::string& member, Bytes payload, std::uint8_t connection = 1) {
    wire->arrive({tiny.member(member).id, peer(connection), tiny.member(member).curve.public_key(), std::move(payload)});
  }
  void run() {
    for (;;) {
      const auto more = gateway->step();
      ASSERT_TRUE(more) << more.error().what;
      if (!*more) return;
    }
  }
  // What was sent to a member's connection since the last call to heard() or say(); others' answers are dropped.
  std::vector<ControlFrame> heard(const std::string& member, std::uint8_t connection = 1) {
    std::vector<ControlFrame> frames;
    for (const MemoryWire::Out& out : wire->take()) {
      if (out.member.str() == member && out.peer == peer(connection)) frames.push_back(*decode_control(out.payload));
    }
    return frames;
  }
  std::vector<ControlFrame> say(const std::string& member, Bytes payload, std::uint8_t connection = 1) {
    wire->take();
    arrive(member, std::move(payload), connection);
    run();
    return heard(member, connection);
  }
  // The one answer of a kind; a test failure and an empty one otherwise.
  template <class T>
  T one(const std::vector<ControlFrame>& frames) {
    EXPECT_EQ(frames.size(), 1U);
    if (frames.size() != 1 || !std::holds_alternative<T>(frames.front().control)) {
      ADD_FAILURE() << "the answer is of another type";
      return {};
    }
    return std::get<T>(frames.front().control);
  }

  WhoAmIAnswer who_am_i(const std::string& member, std::uint8_t connection = 1) {
    return one<WhoAmIAnswer>(say(member, encode_control(7, WhoAmI{}), connection));
  }
  Items fetch(const std::string& member, std::uint64_t from, std::uint32_t max_items = 256, std::uint32_t wait_ms = 0) {
    return one<Items>(say(member, encode_control(9, Fetch{from, max_items, wait_ms})));
  }

  // The member's next frame, not yet sent; chained to the last one that was accepted from it.
  Bytes next_frame(const std::string& member, const Letter& letter) {
    const Chain chain = chain_of(member);
    return tiny.frame(tiny.member(member), letter, chain.sequence + 1, last_id(member), clock.now().wall_ms);
  }
  Chain chain_of(const std::string& member) const {
    const auto& chains = gateway->exchange().fold().chains;
    const auto found = chains.find(key_id_of(KeyUse::sign, const_cast<TinyExchange&>(tiny).member(member).sign.public_key()));
    return found == chains.end() ? Chain{} : found->second;
  }
  MessageId last_id(const std::string& member) const {
    const Chain* latest = gateway->exchange().fold().latest(*MemberId::parse(member));
    return latest == nullptr ? MessageId{} : latest->message_id;
  }
  Letter letter_from(const std::string& member) { return Letter{tiny.others(tiny.member(member).id)}; }

  using Answered = std::variant<Acceptance, Refusal>;
  Answered answered(const std::vector<ControlFrame>& frames) {
    EXPECT_EQ(frames.size(), 1U);
    if (!frames.empty() && std::holds_alternative<Acceptance>(frames.front().control)) return std::get<Acceptance>(frames.front().control);
    return one<Refusal>(frames);
  }
  Answered publish(const std::string& member, const Letter& letter) { return answered(say(member, next_frame(member, letter))); }

  // A roster after the one in force, changed by `edit`, applied.
  void apply_roster(const std::function<void(Roster&)>& edit) {
    const auto applied = gateway->apply(next_note(edit), std::nullopt);
    ASSERT_TRUE(applied) << applied.error().what;
  }
  std::string next_note(const std::function<void(Roster&)>& edit) {
    return tiny.signed_note(TinyExchange::next_roster(gateway->exchange().charter().roster()->roster, edit));
  }
  static RosterKey& key_of(Roster& roster, const std::string& id) {
    return *std::find_if(roster.keys.begin(), roster.keys.end(), [&](const RosterKey& key) { return key.id == id; });
  }

  // The R1's verdict after checking all that an R1 promises; a refusal is a test failure.
  Code logged(const Answered& answer) {
    if (!std::holds_alternative<Acceptance>(answer)) {
      ADD_FAILURE() << "refused with " << code_name(std::get<Refusal>(answer).code);
      return std::get<Refusal>(answer).code;
    }
    return verdict_of(std::get<Acceptance>(answer));
  }
  Code verdict_of(const Acceptance& acceptance) {
    const auto leaf = decode_leaf(acceptance.leaf);
    const auto checkpoint = open_checkpoint(acceptance.checkpoint, tiny.log_vkey());
    EXPECT_TRUE(leaf && checkpoint);
    if (!leaf || !checkpoint) return Code::kInternal;
    EXPECT_EQ(leaf->hash, acceptance.frame_hash);
    EXPECT_TRUE(inclusion_holds(leaf_hash(acceptance.leaf), leaf->index, checkpoint->size, acceptance.path, checkpoint->root));
    return leaf->verdict;
  }
  // The refusal's code after checking its signature, or that it has none; an acceptance is a test failure.
  enum class Signed { kYes, kNo };
  Refusal refused(const Answered& answer, Signed expected) {
    if (!std::holds_alternative<Refusal>(answer)) {
      ADD_FAILURE() << "the frame was logged";
      return {};
    }
    const Refusal& refusal = std::get<Refusal>(answer);
    EXPECT_EQ(refusal.signature.has_value(), expected == Signed::kYes) << code_name(refusal.code);
    if (refusal.signature) {
      EXPECT_TRUE(refusal_signature_holds(refusal, tiny.network_id(), tiny.broker_sign.public_key()));
    }
    return refusal;
  }

  TinyExchange tiny;
  TempFolder folder;
  ManualClock clock{TinyExchange::kStart};
  Meters meters;
  GatewayLimits limits;
  std::unique_ptr<SqliteStore> store;
  std::unique_ptr<FaultyStore> faulty;
  std::unique_ptr<Gateway> gateway;
  std::unique_ptr<MemoryWire> wire;
};

// The usual case: the first roster and policy are in the log and every member has a publishing connection.
class RunningExchange : public ExchangeFixture {
 protected:
  explicit RunningExchange(std::size_t members = 3) : ExchangeFixture(members) { apply_first(); }
};

}  // namespace liaison
