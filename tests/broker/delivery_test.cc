// SPDX-License-Identifier: Apache-2.0
// Who is served what, in which size, with which proof, and when.
#include "broker/delivery.h"

#include "tests/broker/exchange_fixture.h"

namespace liaison {
namespace {

class Deliveries : public RunningExchange {
 protected:
  Letter to(const std::string& sender, const std::string& recipient) {
    Letter letter = letter_from(sender);
    letter.to = {tiny.member(recipient).id};
    return letter;
  }
  // What a node's mirror does: its own root at `end`, from leaves fetched one after the other, must satisfy the proof.
  void expect_connected(const Items& items, std::uint64_t from, const std::vector<Hash>& leaf_hashes) {
    const auto checkpoint = open_checkpoint(items.checkpoint, tiny.log_vkey());
    ASSERT_TRUE(checkpoint);
    const std::uint64_t end = from + items.items.size();
    Tree tree([](std::uint64_t) -> Result<std::vector<Hash>> { return fail(Code::kStore, "not asked here"); });
    for (std::uint64_t i = 0; i < end; ++i) tree.append(leaf_hashes.at(i));
    if (end == checkpoint->size) {
      EXPECT_EQ(*tree.root(), checkpoint->root);
      EXPECT_TRUE(items.consistency.empty());
    } else {
      EXPECT_TRUE(consistency_holds(end, checkpoint->size, *tree.root(), checkpoint->root, items.consistency));
    }
  }
};

TEST_F(Deliveries, TheFrameGoesToItsSenderAndRecipientsAndTheBareLeafToTheRest) {
  const Bytes frame = next_frame("1540", to("1540", "1267"));
  ASSERT_EQ(logged(answered(say("1540", frame))), Code::kAccepted);
  EXPECT_EQ(fetch("1540", 2).items.at(0).body, frame);
  EXPECT_EQ(fetch("1267", 2).items.at(0).body, frame);
  EXPECT_TRUE(fetch("1373", 2).items.at(0).body.empty());
  EXPECT_EQ(fetch("1373", 2).items.at(0).leaf, fetch("1540", 2).items.at(0).leaf);
}

TEST_F(Deliveries, ARefusedEntryGoesWholeToItsSenderAlone) {
  Letter refused_one = letter_from("1540");
  refused_one.kind = "visit.answer";
  ASSERT_EQ(logged(publish("1540", refused_one)), Code::kPolicy);
  EXPECT_FALSE(fetch("1540", 2).items.at(0).body.empty());
  EXPECT_TRUE(fetch("1267", 2).items.at(0).body.empty());
  EXPECT_EQ(decode_leaf(fetch("1267", 2).items.at(0).leaf)->verdict, Code::kPolicy);
}

TEST_F(Deliveries, TheSameIsServedFromMemoryAndFromTheStore) {
  for (int i = 0; i < 5; ++i) ASSERT_EQ(logged(publish("1540", i % 2 ? to("1540", "1267") : letter_from("1540"))), Code::kAccepted);
  std::map<std::string, Items> before;
  for (const char* member : {"1267", "1373", "1540"}) before[member] = fetch(member, 0);
  restart();
  for (const char* member : {"1267", "1373", "1540"}) {
    const Items after = fetch(member, 0);
    ASSERT_EQ(after.items.size(), 7U);
    for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(after.items[i].body, before[member].items[i].body);
  }
}

TEST_F(Deliveries, EveryPageConnectsToTheNewestCheckpoint) {
  for (int i = 0; i < 60; ++i) ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  std::vector<Hash> leaf_hashes;
  for (const Item& item : fetch("1373", 0).items) leaf_hashes.push_back(leaf_hash(item.leaf));
  for (std::uint64_t from = leaf_hashes.size(); from < 62;) {
    for (const Item& item : fetch("1373", from).items) leaf_hashes.push_back(leaf_hash(item.leaf)), ++from;
  }
  for (std::uint64_t from : {0U, 1U, 7U, 31U, 32U, 61U, 62U}) {
    for (std::uint32_t count : {1U, 5U, 30U}) expect_connected(fetch("1373", from, count), from, leaf_hashes);
  }
}

TEST_F(Deliveries, ItemsStayWithin128KiBAndHoldAtLeastOne) {
  Letter large = letter_from("1540");
  large.text = std::string(60'000, 'x');
  for (int i = 0; i < 4; ++i) ASSERT_EQ(logged(publish("1540", large)), Code::kAccepted);
  std::uint64_t at = 2;
  while (at < 6) {
    wire->take();
    arrive("1267", encode_control(9, Fetch{at, 256, 0}));
    run();
    const auto out = wire->take();
    ASSERT_EQ(out.size(), 1U);
    EXPECT_LE(out[0].payload.size(), kItemsBytesMax);
    const auto items = std::get<Items>(decode_control(out[0].payload)->control);
    ASSERT_GE(items.items.size(), 1U);
    at += items.items.size();
  }
}

TEST_F(Deliveries, MaxItemsIsHeldAndZeroMeansOne) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  EXPECT_EQ(fetch("1267", 0, 2).items.size(), 2U);
  EXPECT_EQ(fetch("1267", 0, 0).items.size(), 1U);
  EXPECT_EQ(fetch("1267", 0, 4'000'000'000U).items.size(), 5U);
}

TEST_F(Deliveries, AFetchBeyondTheLogIsERange) {
  const auto frames = say("1540", encode_control(9, Fetch{3, 1, 0}));
  EXPECT_EQ(one<Refusal>(frames).code, Code::kRange);
  EXPECT_EQ(frames[0].request_id, 9U);
  EXPECT_EQ(one<Refusal>(say("1540", encode_control(9, Fetch{UINT64_MAX, 1, 0}))).code, Code::kRange);
}

TEST_F(Deliveries, AFetchAtTheEndWaitsForTheNextEntry) {
  EXPECT_TRUE(say("1267", encode_control(9, Fetch{2, 256, 20'000})).empty());
  arrive("1540", next_frame("1540", letter_from("1540")));
  run();
  const Items items = one<Items>(heard("1267"));
  EXPECT_EQ(items.items.size(), 1U);
}

TEST_F(Deliveries, AFetchThatWaitedItsTimeIsAnsweredEmpty) {
  EXPECT_TRUE(say("1267", encode_control(9, Fetch{2, 256, 5000})).empty());
  EXPECT_EQ(gateway->idle_ms(60'000), 5000U);
  clock.advance(4999);
  run();
  EXPECT_TRUE(heard("1267").empty());
  clock.advance(1);
  run();
  const auto frames = heard("1267");
  EXPECT_TRUE(one<Items>(frames).items.empty());
  EXPECT_EQ(frames.at(0).request_id, 9U);
}

TEST_F(Deliveries, WhatComesFastGathersForOneBatchAndWhatComesSinglyDoesNotWait) {
  arrive("1540", next_frame("1540", letter_from("1540")));
  run();
  EXPECT_EQ(gateway->gather_ms(), 0U);
  const auto arrive_at_once = [&](std::uint64_t count) {
    std::uint64_t sequence = chain_of("1540").sequence;
    MessageId last = last_id("1540");
    for (std::uint64_t i = 0; i < count; ++i) {
      const Bytes frame = tiny.frame(tiny.member("1540"), letter_from("1540"), ++sequence, last, clock.now().wall_ms);
      last = message_id_of(to_sign(tiny.network_id(), *parse_frame(frame)));
      arrive("1540", frame);
    }
    run();
  };
  arrive_at_once(5);
  EXPECT_EQ(gateway->gather_ms(), 5U);
  clock.advance(5);
  EXPECT_EQ(gateway->gather_ms(), 0U);
  arrive_at_once(30);
  EXPECT_EQ(gateway->gather_ms(), 16U) << "and never longer";
}

TEST_F(Deliveries, NobodyWaitsLongerThanTwentySeconds) {
  EXPECT_TRUE(say("1267", encode_control(9, Fetch{2, 256, 4'000'000'000U})).empty());
  clock.advance(20'000);
  run();
  EXPECT_EQ(heard("1267").size(), 1U);
}

TEST_F(Deliveries, TheSeventeenthWaitingFetchOfAConnectionIsEBusy) {
  for (std::uint32_t i = 0; i < 16; ++i) EXPECT_TRUE(say("1267", encode_control(i, Fetch{2, 256, 20'000})).empty());
  const auto frames = say("1267", encode_control(99, Fetch{2, 256, 20'000}));
  EXPECT_EQ(one<Refusal>(frames).code, Code::kBusy);
  EXPECT_EQ(frames[0].request_id, 99U);
  EXPECT_TRUE(say("1267", encode_control(1, Fetch{2, 256, 20'000}), 2).empty());
}

TEST_F(Deliveries, ConnectionsThatComeAndGoLeaveNoMoreThanSixtyFourFetches) {
  for (std::uint8_t connection = 1; connection <= 200; ++connection) say("1267", encode_control(1, Fetch{2, 256, 20'000}), connection);
  EXPECT_EQ(gateway->sessions().waiting(), 64U);
}

TEST_F(Deliveries, AGoneConnectionsFetchesAreForgotten) {
  for (std::uint32_t i = 0; i < 3; ++i) say("1267", encode_control(i, Fetch{2, 256, 20'000}));
  wire->set(tiny.member("1267").id, peer(1), ServerWire::Sent::kGone);
  arrive("1267", encode_control(5, CheckpointMessage{}));
  run();
  EXPECT_EQ(gateway->sessions().waiting(), 0U);
}

TEST_F(Deliveries, AnAnswerToABusyPeerIsDroppedAndCounted) {
  wire->set(tiny.member("1267").id, peer(1), ServerWire::Sent::kBusy);
  arrive("1267", encode_control(5, CheckpointMessage{}));
  run();
  EXPECT_EQ(meters.answers_dropped, 1U);
}

TEST_F(Deliveries, AFetchThatFoundNoRoomIsAnsweredAsSoonAsThereIsRoom) {
  say("1267", encode_control(9, Fetch{2, 256, 20'000}));
  wire->set(tiny.member("1267").id, peer(1), ServerWire::Sent::kBusy);
  ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  EXPECT_EQ(meters.delivered[tiny.member("1267").id], 0U);
  EXPECT_LE(gateway->idle_ms(20'000), 5U);
  wire->set(tiny.member("1267").id, peer(1), ServerWire::Sent::kYes);
  clock.advance(5);
  run();
  EXPECT_EQ(one<Items>(heard("1267")).items.size(), 1U);
  EXPECT_EQ(meters.delivered[tiny.member("1267").id], 1U);
  EXPECT_EQ(meters.answers_dropped, 0U);
}

TEST_F(Deliveries, AnAnswerThatWasHeldNamesNoOlderCheckpointThanAnAcceptanceBeforeIt) {
  say("1267", encode_control(9, Fetch{2, 256, 20'000}));
  wire->set(tiny.member("1267").id, peer(1), ServerWire::Sent::kBusy);
  ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  wire->set(tiny.member("1267").id, peer(1), ServerWire::Sent::kYes);
  const auto size_of = [&](const std::string& note) { return open_checkpoint(note, tiny.log_vkey())->size; };
  const auto accepted = std::get<Acceptance>(publish("1267", letter_from("1267")));
  EXPECT_EQ(size_of(accepted.checkpoint), 4U);
  clock.advance(80);
  run();
  const Items late = one<Items>(heard("1267"));
  EXPECT_EQ(size_of(late.checkpoint), 4U);
  EXPECT_EQ(late.items.size(), 2U);
}

TEST_F(Deliveries, AFetchOfAPeerThatDoesNotReadIsForgottenTenSecondsAfterItsTime) {
  wire->set(tiny.member("1267").id, peer(1), ServerWire::Sent::kBusy);
  arrive("1267", encode_control(9, Fetch{2, 256, 20'000}));
  run();
  for (int seconds = 0; seconds < 29; ++seconds) clock.advance(1000), run();
  EXPECT_EQ(gateway->sessions().waiting(), 1U);
  clock.advance(1000);
  run();
  EXPECT_EQ(gateway->sessions().waiting(), 0U);
  EXPECT_EQ(meters.answers_dropped, 1U);
}

TEST_F(Deliveries, AnAnswerThatFindsNoRoomIsMadeOnce) {
  for (int i = 0; i < 5; ++i) ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  restart();   // so that making one reads the store
  faulty->entries_read = 0;
  wire->set(tiny.member("1267").id, peer(1), ServerWire::Sent::kBusy);
  for (std::uint32_t i = 1; i <= 16; ++i) arrive("1267", encode_control(i, Fetch{2, 256, 0}));
  run();
  const std::size_t once = faulty->entries_read;
  EXPECT_EQ(once, 5U);
  for (int looks = 0; looks < 1900; ++looks) {
    EXPECT_GT(gateway->idle_ms(20'000), 0U);   // the FETCHes behind the held one do not keep the loop busy
    clock.advance(5);
    run();
  }
  EXPECT_EQ(faulty->entries_read, once);
  wire->set(tiny.member("1267").id, peer(1), ServerWire::Sent::kYes);
  clock.advance(80);
  run();
  const auto frames = heard("1267");
  ASSERT_EQ(frames.size(), 16U);
  for (std::uint32_t i = 1; i <= 16; ++i) {
    EXPECT_EQ(frames[i - 1].request_id, i);
    EXPECT_EQ(std::get<Items>(frames[i - 1].control).items.size(), 5U);
  }
  EXPECT_EQ(meters.delivered[tiny.member("1267").id], 16U * 5U);
}

TEST_F(Deliveries, WhatAPeerThatDoesNotReadAskedForIsGivenUpTogether) {
  ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  restart();
  faulty->entries_read = 0;
  wire->set(tiny.member("1267").id, peer(1), ServerWire::Sent::kBusy);
  for (std::uint32_t i = 1; i <= 16; ++i) arrive("1267", encode_control(i, Fetch{2, 256, 0}));
  run();
  clock.advance(10'000);
  run();
  EXPECT_EQ(gateway->sessions().waiting(), 0U);
  EXPECT_EQ(meters.answers_dropped, 16U);
  EXPECT_EQ(faulty->entries_read, 1U);
}

TEST_F(Deliveries, AHeldAnswerDoesNotHoldUpAnotherConnection) {
  ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  wire->set(tiny.member("1267").id, peer(1), ServerWire::Sent::kBusy);
  arrive("1267", encode_control(1, Fetch{2, 256, 0}), 1);
  arrive("1267", encode_control(2, Fetch{2, 256, 0}), 2);
  run();
  EXPECT_EQ(one<Items>(heard("1267", 2)).items.size(), 1U);
}

TEST_F(Deliveries, FetchesAreServedByTurnsOfTheMembers) {
  for (std::uint8_t connection = 1; connection <= 3; ++connection) {
    for (std::uint32_t i = 1; i <= 16; ++i) arrive("1267", encode_control(i, Fetch{0, 1, 0}), connection);
  }
  arrive("1540", encode_control(99, Fetch{0, 1, 0}));
  wire->take();
  run();
  const auto out = wire->take();
  ASSERT_EQ(out.size(), 49U);
  EXPECT_TRUE(out[0].member.str() == "1540" || out[1].member.str() == "1540");
}

TEST_F(Deliveries, WhoPublishesDoesNotWaitForMoreThanFiveMillisecondsOfServing) {
  restart();   // so that each FETCH reads the store
  who_am_i("1540");
  faulty->on_entries = [this] { clock.advance(2); };
  for (std::uint32_t i = 1; i <= 10; ++i) arrive("1373", encode_control(i, Fetch{0, 1, 0}));
  wire->take();
  const auto more = gateway->step();
  ASSERT_TRUE(more);
  EXPECT_TRUE(*more);
  EXPECT_EQ(wire->take().size(), 3U);
  arrive("1540", next_frame("1540", letter_from("1540")));
  ASSERT_TRUE(gateway->step());
  const auto out = wire->take();
  ASSERT_FALSE(out.empty());
  EXPECT_EQ(out[0].member.str(), "1540");
  run();
  EXPECT_EQ(wire->take().size() + out.size(), 1U + 7U);
}

// Each reads entries of the store: whoever asks in a loop must not hold up those who publish.
TEST_F(Deliveries, WhoAsksWhoItIsInALoopIsAnsweredFourTimesAtOnce) {
  who_am_i("1540");
  wire->take();
  for (std::uint32_t i = 1; i <= 6; ++i) arrive("1267", encode_control(i, WhoAmI{}));
  arrive("1373", encode_control(7, WhoAmI{}));
  arrive("1540", next_frame("1540", letter_from("1540")));
  ASSERT_TRUE(gateway->step());
  std::map<std::string, std::vector<Control>> answers;
  for (const auto& out : wire->take()) answers[out.member.str()].push_back(decode_control(out.payload)->control);
  ASSERT_EQ(answers["1267"].size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(std::holds_alternative<WhoAmIAnswer>(answers["1267"][i]), i < 4) << i;
  EXPECT_EQ(std::get<Refusal>(answers["1267"][5]).code, Code::kBusy);
  EXPECT_EQ(std::get<Refusal>(answers["1267"][5]).detail, 1'000U);
  EXPECT_TRUE(std::holds_alternative<WhoAmIAnswer>(answers["1373"].at(0))) << "others are not affected";
  EXPECT_TRUE(std::holds_alternative<Acceptance>(answers["1540"].at(0)));
  EXPECT_EQ(who_am_i("1267").member.str(), "1267") << "in the next step";
}

TEST_F(Deliveries, ACheckpointIsGivenToWhoAsks) {
  EXPECT_EQ(one<CheckpointMessage>(say("1267", encode_control(5, CheckpointMessage{}))).note, gateway->ledger().note());
}

TEST_F(Deliveries, NoMoreIsReadFromTheStoreThanIsServed) {
  Letter letter = letter_from("1540");
  letter.text = std::string(1000, 'x');
  for (int i = 0; i < 90; ++i) ASSERT_EQ(logged(publish("1540", letter)), Code::kAccepted);
  restart();   // so that nothing is in memory
  who_am_i("1267");
  faulty->entries_read = 0;
  const std::size_t served = fetch("1267", 2).items.size();
  EXPECT_GT(served, 40U);
  EXPECT_LT(served, 90U);   // 128 KiB hold no more
  EXPECT_LE(faulty->entries_read, served + 1);
}

TEST_F(Deliveries, LeavesOfWhatIsNotDueCostNoMoreReadingThanTwoFullAnswers) {
  Letter large = to("1540", "1267");
  large.text = std::string(60'000, 'x');
  for (int i = 0; i < 20; ++i) ASSERT_EQ(logged(publish("1540", large)), Code::kAccepted);
  restart();   // so that nothing is in memory
  who_am_i("1373");
  for (std::uint64_t at = 2; at < 22;) {
    faulty->bytes_read = 0;
    const Items items = fetch("1373", at);
    EXPECT_LE(faulty->bytes_read, Delivery::kReadBytesMax + kPayloadBytesMax);
    ASSERT_GE(items.items.size(), 1U);
    for (const Item& item : items.items) {
      EXPECT_EQ(decode_leaf(item.leaf)->index, at++);
      EXPECT_TRUE(item.body.empty());
    }
  }
}

TEST_F(Deliveries, WhatIsInMemoryIsNotReadFromTheStore) {
  Letter large = to("1540", "1267");
  large.text = std::string(60'000, 'x');
  for (int i = 0; i < 20; ++i) ASSERT_EQ(logged(publish("1540", large)), Code::kAccepted);
  faulty->bytes_read = 0;
  EXPECT_EQ(fetch("1373", 2).items.size(), 20U);
  EXPECT_EQ(faulty->bytes_read, 0U);
}

// Nothing that is taken today is so long. Were the log to hold it, the broker says so and ends; it does not abort.
TEST_F(Deliveries, AnEntryThatNoAnswerHoldsIsAFaultOfTheStore) {
  restart();
  who_am_i("1267");
  faulty->body_bytes = kItemsBytesMax - 1000;
  arrive("1267", encode_control(9, Fetch{0, 256, 0}));
  const auto stepped = gateway->step();
  ASSERT_FALSE(stepped);
  EXPECT_EQ(stepped.error().code, Code::kStore);
  EXPECT_NE(stepped.error().what.find("entry 0: its 130072 bytes do not fit"), std::string::npos) << stepped.error().what;
}

TEST_F(Deliveries, OldEntriesLeaveMemoryAndAreStillServed) {
  Letter large = letter_from("1540");
  large.text = std::string(60'000, 'x');
  for (int i = 0; i < 80; ++i) ASSERT_EQ(logged(publish("1540", large)), Code::kAccepted);
  EXPECT_EQ(fetch("1267", 2).items.at(0).body.size(), fetch("1267", 81).items.at(0).body.size());
  // Across the border between store and memory.
  for (std::uint64_t at = 2; at < 82;) {
    const Items items = fetch("1267", at);
    for (const Item& item : items.items) EXPECT_EQ(decode_leaf(item.leaf)->index, at++);
  }
}

}  // namespace
}  // namespace liaison
