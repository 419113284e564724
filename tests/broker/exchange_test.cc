// SPDX-License-Identifier: Apache-2.0
// The exchange over its life: the first roster, later ones, policies, who publishes, and what survives a restart.
#include "broker/exchange.h"

#include "tests/broker/exchange_fixture.h"

namespace liaison {
namespace {

using NewExchange = ExchangeFixture;
using Exchanges = RunningExchange;

Hash hash_of(const std::string& text) { return sha256(view_of(text)); }

TEST_F(NewExchange, TheFirstRosterAndItsPolicyAreIndexZeroAndOneAndOneBatchEach) {
  const auto applied = gateway->apply(tiny.note(), tiny.policy);
  ASSERT_TRUE(applied) << applied.error().what;
  ASSERT_EQ(applied->size(), 2U);
  EXPECT_EQ((*applied)[0].index, 0U);
  EXPECT_EQ((*applied)[1].index, 1U);
  EXPECT_EQ(meters.batches, 2U);
  EXPECT_TRUE(gateway->ready());
  EXPECT_EQ(open_checkpoint(gateway->ledger().note(), tiny.log_vkey())->size, 2U);
}

TEST_F(NewExchange, LeafZeroCarriesTheGenesisFingerprint) {
  apply_first();
  const Items items = fetch("1540", 0);
  ASSERT_EQ(items.items.size(), 2U);
  EXPECT_EQ(decode_leaf(items.items[0].leaf)->hash, hash_of(roster_text(tiny.roster)));
  EXPECT_EQ(text_of(items.items[0].body), tiny.note());
  EXPECT_EQ(text_of(items.items[1].body), tiny.policy);
}

TEST_F(NewExchange, ARosterWithoutItsPolicyIsNotTaken) {
  EXPECT_EQ(gateway->apply(tiny.note(), std::nullopt).error().code, Code::kInput);
  EXPECT_EQ(gateway->apply(std::nullopt, tiny.policy).error().code, Code::kInput);
  EXPECT_EQ(gateway->ledger().size(), 0U);
}

TEST_F(NewExchange, AnotherPolicyThanTheRosterNamesIsNotTaken) {
  const std::string other = TinyExchange::policy_text(1, std::nullopt, "");
  EXPECT_EQ(gateway->apply(tiny.note(), other).error().code, Code::kPolicyFile);
  EXPECT_EQ(gateway->ledger().size(), 0U);
}

TEST_F(NewExchange, ARosterForAnotherBrokersKeysIsNotTaken) {
  tiny.roster.broker.sign = numbered_signing_key(99).public_key();
  EXPECT_EQ(gateway->apply(tiny.note(), tiny.policy).error().code, Code::kRoster);
}

TEST_F(NewExchange, ARosterForOtherSchemasIsNotTaken) {
  tiny.roster.schemas_sha256.fill(7);
  EXPECT_EQ(gateway->apply(tiny.note(), tiny.policy).error().code, Code::kRoster);
}

TEST_F(NewExchange, ACrashBetweenTheFirstRosterAndItsPolicyIsMended) {
  faulty->fail_append = std::nullopt;
  auto outcome = gateway->apply(tiny.note(), tiny.policy);
  ASSERT_TRUE(outcome);
  // The same, cut after index 0: a store that holds the roster alone.
  TempFolder other;
  SqliteStore::Options options{0, {}};
  {
    auto cut = SqliteStore::open(other.path(), meters, options);
    ASSERT_TRUE(cut);
    const auto first = store->entries(0, 1, 0);
    ASSERT_TRUE((*cut)->append(*first, {}));
    ASSERT_TRUE((*cut)->advance(std::nullopt, {0, empty_root(), 1}));
  }
  auto again = SqliteStore::open(other.path(), meters, options);
  Gateway mended(**again, clock, meters, BrokerKeys{tiny.broker_sign.clone(), tiny.broker_log.clone(), tiny.broker_curve.clone()}, limits);
  ASSERT_TRUE(mended.start());
  EXPECT_FALSE(mended.ready());
  const auto applied = mended.apply(tiny.note(), tiny.policy);
  ASSERT_TRUE(applied) << applied.error().what;
  EXPECT_TRUE((*applied)[0].already);
  EXPECT_FALSE((*applied)[1].already);
  EXPECT_TRUE(mended.ready());
}

TEST_F(Exchanges, TheSameRosterAgainChangesNothing) {
  const auto applied = gateway->apply(tiny.note(), tiny.policy);
  ASSERT_TRUE(applied) << applied.error().what;
  EXPECT_TRUE((*applied)[0].already && (*applied)[1].already);
  EXPECT_EQ(gateway->ledger().size(), 2U);
}

TEST_F(Exchanges, APolicyTakesForceWithTheRosterThatNamesIt) {
  const std::string next = TinyExchange::policy_text(2, hash_of(tiny.policy), "");
  const auto policy = gateway->apply(std::nullopt, next);
  ASSERT_TRUE(policy) << policy.error().what;
  EXPECT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  apply_roster([&](Roster& roster) { roster.policy_sha256 = hash_of(next); });
  EXPECT_EQ(logged(publish("1540", letter_from("1540"))), Code::kPolicy);
}

TEST_F(Exchanges, ARosterThatTakesForceHasTheConnectionsKeysLookedAtAgain) {
  const int before = wire->rechecks();
  const std::string next = TinyExchange::policy_text(2, hash_of(tiny.policy), "");
  ASSERT_TRUE(gateway->apply(std::nullopt, next));
  EXPECT_EQ(wire->rechecks(), before);
  apply_roster([&](Roster& roster) { roster.policy_sha256 = hash_of(next); });
  EXPECT_EQ(wire->rechecks(), before + 1);
}

TEST_F(Exchanges, BothInOneCallWriteThePolicyFirst) {
  const std::string next = TinyExchange::policy_text(2, hash_of(tiny.policy), "");
  const auto applied = gateway->apply(next_note([&](Roster& roster) { roster.policy_sha256 = hash_of(next); }), next);
  ASSERT_TRUE(applied) << applied.error().what;
  EXPECT_EQ((*applied)[0].leaf_class, LeafClass::kPolicy);
  EXPECT_EQ((*applied)[0].index, 2U);
  EXPECT_EQ((*applied)[1].index, 3U);
}

TEST_F(Exchanges, ARosterThatNamesAnUnknownPolicyIsNotTaken) {
  const auto applied = gateway->apply(next_note([](Roster& roster) { roster.policy_sha256.fill(1); }), std::nullopt);
  EXPECT_EQ(applied.error().code, Code::kRoster);
  EXPECT_EQ(gateway->ledger().size(), 2U);
}

TEST_F(Exchanges, APolicyThatDoesNotFollowTheOneInForceIsNotTaken) {
  EXPECT_EQ(gateway->apply(std::nullopt, TinyExchange::policy_text(2, hash_of("another"), "")).error().code, Code::kPolicyFile);
  EXPECT_EQ(gateway->apply(std::nullopt, TinyExchange::policy_text(3, hash_of(tiny.policy), "")).error().code, Code::kPolicyFile);
  EXPECT_EQ(gateway->apply(std::nullopt, "liaison-policy/v1\nnonsense\n").error().code, Code::kPolicyFile);
}

TEST_F(Exchanges, ARosterSignedByTooFewRootsIsNotTaken) {
  SignedNote note = *parse_note(next_note([](Roster&) {}));
  note.signatures.pop_back();
  EXPECT_FALSE(gateway->apply(note.str(), std::nullopt));
  EXPECT_EQ(gateway->ledger().size(), 2U);
}

TEST_F(Exchanges, AnExpiredRosterIsNotTaken) {
  clock.advance(91ULL * 86'400'000);
  EXPECT_EQ(gateway->apply(next_note([](Roster&) {}), std::nullopt).error().code, Code::kRoster);
}

TEST_F(Exchanges, NothingIsAppliedWhileTheClockIsNotTrusted) {
  clock.step_wall(-3'600'000);
  EXPECT_EQ(gateway->apply(next_note([](Roster&) {}), std::nullopt).error().code, Code::kHalted);
}

TEST_F(Exchanges, TheBasisOfAnOldFrameIsThatOfThePolicyThenInForce) {
  const Bytes frame = next_frame("1540", letter_from("1540"));
  ASSERT_EQ(logged(answered(say("1540", frame))), Code::kAccepted);
  const std::string next = TinyExchange::policy_text(2, hash_of(tiny.policy), "allow all publish * visit.plan <=named to * under \"changed\"\n");
  ASSERT_TRUE(gateway->apply(next_note([&](Roster& roster) { roster.policy_sha256 = hash_of(next); }), next));
  EXPECT_EQ(std::get<Acceptance>(answered(say("1540", frame))).basis, "a basis");
  EXPECT_EQ(std::get<Acceptance>(publish("1540", letter_from("1540"))).basis, "changed");
}

TEST_F(Exchanges, WhoAmITellsTheLastLoggedFrameOfEachKeyWithItsR1) {
  EXPECT_TRUE(who_am_i("1540").heads.empty());
  ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  Letter refused_one = letter_from("1540");
  refused_one.kind = "visit.answer";
  ASSERT_EQ(logged(publish("1540", refused_one)), Code::kPolicy);
  const WhoAmIAnswer answer = who_am_i("1540");
  EXPECT_EQ(answer.member.str(), "1540");
  ASSERT_EQ(answer.heads.size(), 1U);
  EXPECT_EQ(answer.heads[0].sequence, 2U);
  EXPECT_EQ(answer.heads[0].message_id, last_id("1540"));
  EXPECT_EQ(verdict_of(*answer.heads[0].acceptance), Code::kPolicy);
}

TEST_F(Exchanges, ChainsOrderAndAcceptTimesSurviveARestart) {
  for (const char* member : {"1540", "1267", "1540", "1373"}) {
    ASSERT_EQ(logged(publish(member, letter_from(member))), Code::kAccepted);
    clock.advance(10);
  }
  const Items before = fetch("1267", 0);
  const std::string note = gateway->ledger().note();
  restart();
  EXPECT_EQ(gateway->ledger().note(), note);
  for (const char* member : {"1540", "1267", "1373"}) who_am_i(member);
  const Items after = fetch("1267", 0);
  ASSERT_EQ(after.items.size(), before.items.size());
  for (std::size_t i = 0; i < after.items.size(); ++i) {
    EXPECT_EQ(after.items[i].leaf, before.items[i].leaf);
    EXPECT_EQ(after.items[i].body, before.items[i].body);
  }
  EXPECT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  EXPECT_EQ(chain_of("1540").sequence, 3U);
}

TEST_F(Exchanges, AcceptTimeNeverDecreases) {
  ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  const TimeMs first = gateway->exchange().last_accept_ms();
  clock.step_wall(-50'000);   // too small a step to be an alarm
  ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  EXPECT_EQ(gateway->exchange().last_accept_ms(), first);
}

TEST_F(Exchanges, AStartAtATimeThatDoesNotFitTheLogHaltsUntilConfirmed) {
  for (const std::int64_t step : {-61'000LL, 31LL * 86'400'000}) {
    clock.step_wall(step);
    restart();
    EXPECT_TRUE(gateway->exchange().clock().halted());
    clock.step_wall(-step);
    restart();
    EXPECT_FALSE(gateway->exchange().clock().halted());
  }
}

TEST_F(Exchanges, ClockStepsOfAnySizeChangeNoOrderAndNoVerdict) {
  std::uint64_t sequence = 0;
  for (const std::int64_t step : {1'000LL, -1'000LL, 3'600'000LL, -86'400'000LL, 315'360'000'000LL}) {
    clock.step_wall(step);
    gateway->confirm_clock();
    const Answered answer = publish("1540", letter_from("1540"));
    if (!std::holds_alternative<Acceptance>(answer)) continue;   // a roster ten years on has expired
    EXPECT_EQ(chain_of("1540").sequence, ++sequence);
  }
  EXPECT_EQ(sequence, 4U);
  TimeMs last = 0;
  for (const Item& item : fetch("1540", 0).items) {
    const Leaf leaf = *decode_leaf(item.leaf);
    EXPECT_GE(leaf.accept_time_ms, last);
    EXPECT_EQ(leaf.verdict, Code::kAccepted);
    last = leaf.accept_time_ms;
  }
}

TEST_F(Exchanges, ABatchOfManySendersHasOneCheckpoint) {
  wire->take();
  for (const char* member : {"1267", "1373", "1540"}) arrive(member, next_frame(member, letter_from(member)));
  const std::uint64_t batches = meters.batches;
  run();
  EXPECT_EQ(meters.batches, batches + 1);
  EXPECT_EQ(gateway->ledger().size(), 5U);
}

}  // namespace
}  // namespace liaison
