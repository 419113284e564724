// SPDX-License-Identifier: Apache-2.0
// The node's copy of the leaves against checkpoints that connect, and against those that do not.
#include "nodes/mirror.h"

#include <gmock/gmock.h>

#include "tests/doubles/scripted_broker.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

using ::testing::HasSubstr;
using Log = ScriptedBroker::Log;

class Mirrors : public ::testing::Test {
 protected:
  Mirrors() {
    for (int i = 0; i < 40; ++i) broker.add(LeafClass::kFrame, sha256(view_of(std::to_string(i))), {});
    open();
  }
  void open() {
    mirror.reset();
    store.reset();
    store = std::move(*NodeStore::open(folder.path() / "node.db"));
    mirror = std::make_unique<Mirror>(*store, tiny.log_vkey());
    loaded = mirror->load();
  }
  // The next `count` entries of this log under its checkpoint of `size`.
  Result<void> take(const Log& log, std::size_t count, std::uint64_t size) {
    std::vector<Item> items;
    const std::uint64_t end = mirror->size() + count;
    for (std::uint64_t i = mirror->size(); i < end; ++i) items.push_back({bytes_of(encode_leaf(log[i].leaf)), {}});
    const Mirror::Signed under = checkpoint(log, size);
    Tree tree = ScriptedBroker::tree_of(log);
    auto taken = mirror->extend(items, under, end == 0 ? std::vector<Hash>{} : *tree.consistency(end, size));
    EXPECT_TRUE(store->commit());
    return taken;
  }
  Mirror::Signed checkpoint(const Log& log, std::uint64_t size) {
    const std::string note = broker.note_of(log, size);
    return {*mirror->open(note), note};
  }
  // The same log up to `from`, another one from there on.
  Log forked(std::size_t from) const {
    Log other = broker.log;
    for (std::size_t i = from; i < other.size(); ++i) other[i].leaf.hash[0] ^= 1;
    return other;
  }
  static std::string why(const Result<void>& taken) { return taken ? "taken" : taken.error().what; }

  TinyExchange tiny;
  TempFolder folder;
  ManualClock clock{TinyExchange::kStart};
  ScriptedBroker broker{tiny, clock};
  std::unique_ptr<NodeStore> store;
  std::unique_ptr<Mirror> mirror;
  Result<void> loaded;
};

TEST_F(Mirrors, EveryCheckpointOfOneLogConnectsInWhateverPiecesItComes) {
  for (const auto& [count, size] : std::vector<std::pair<std::size_t, std::uint64_t>>{{1, 1}, {0, 1}, {4, 20}, {0, 21}, {16, 21}, {3, 40}, {16, 40}}) {
    EXPECT_EQ(why(take(broker.log, count, size)), "taken") << count << " of " << size;
  }
  EXPECT_EQ(mirror->size(), 40U);
  EXPECT_EQ(mirror->covering()->checkpoint.size, 40U);
  open();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(*mirror->root(), *ScriptedBroker::tree_of(broker.log).root());
  EXPECT_EQ(mirror->newest_ms(), broker.log.back().leaf.accept_time_ms);
}

TEST_F(Mirrors, TwoCheckpointsOfOneSizeAndTwoRootsAreProofEvenBeyondWhatIsFetched) {
  EXPECT_TRUE(take(broker.log, 5, 30));
  for (const bool again : {false, true}) {
    EXPECT_THAT(why(take(forked(10), 2, 30)), HasSubstr("two checkpoints of 30 entries with different roots"));
    EXPECT_EQ(text_of(mirror->own_evidence()), checkpoint(broker.log, 30).note) << "the note it contradicts is the evidence";
    EXPECT_EQ(mirror->size(), 5U);
    if (!again) open();
  }
  EXPECT_TRUE(take(broker.log, 2, 30));
}

TEST_F(Mirrors, AForkBehindWhatWasSeenWhileCatchingUpIsFoundWhenItIsReached) {
  EXPECT_TRUE(take(broker.log, 5, 30));
  EXPECT_TRUE(take(forked(20), 5, 35)) << "nothing shows it yet";
  const auto later = take(forked(20), 25, 38);
  EXPECT_THAT(why(later), HasSubstr("the checkpoint of 30 entries that the broker signed before is not of the log that was fetched"));
  EXPECT_EQ(mirror->size(), 10U);
  EXPECT_EQ(text_of(mirror->own_evidence()), checkpoint(broker.log, 30).note);
}

TEST_F(Mirrors, WhatWasSeenLastBeforeARestartStillBinds) {
  EXPECT_TRUE(take(broker.log, 5, 30));
  open();
  EXPECT_THAT(why(take(forked(20), 25, 35)), HasSubstr("signed before"));
}

TEST_F(Mirrors, AnOlderOrAnotherLogDoesNotConnect) {
  EXPECT_TRUE(take(broker.log, 10, 30));
  EXPECT_THAT(why(take(broker.log, 2, 20)), HasSubstr("rolled back"));
  EXPECT_THAT(why(take(forked(5), 2, 31)), HasSubstr("two histories"));
  Log other = forked(11);
  EXPECT_THAT(why(take(other, 30, 40)), HasSubstr("signed before"));
  EXPECT_EQ(mirror->size(), 10U);
}

TEST_F(Mirrors, AnAcceptancesCheckpointIsKeptUntilTheLogHasReachedIt) {
  EXPECT_TRUE(take(broker.log, 10, 10));
  EXPECT_TRUE(mirror->promise(checkpoint(broker.log, 10)));
  EXPECT_THAT(why(mirror->promise(checkpoint(forked(3), 10))), HasSubstr("does not connect"));
  EXPECT_TRUE(mirror->promise(checkpoint(forked(20), 30)));
  EXPECT_THAT(why(mirror->promise(checkpoint(broker.log, 30))), HasSubstr("different roots"));
  EXPECT_TRUE(take(broker.log, 10, 40)) << "it is not reached yet";
  EXPECT_THAT(why(take(broker.log, 20, 40)), HasSubstr("30 entries"));
  EXPECT_THAT(why(take(forked(20), 0, 40)), HasSubstr("different roots"));
}

TEST_F(Mirrors, OfMorePromisesThanItKeepsTheOldestAndTheNewestStay) {
  for (int i = 0; i < 160; ++i) broker.add(LeafClass::kFrame, sha256(view_of("more" + std::to_string(i))), {});
  EXPECT_TRUE(take(broker.log, 2, 2));
  EXPECT_TRUE(mirror->promise(checkpoint(forked(10), 12)));
  for (std::uint64_t size = 30; size < 150; ++size) EXPECT_TRUE(mirror->promise(checkpoint(broker.log, size)));
  EXPECT_THAT(why(take(broker.log, 20, 22)), HasSubstr("12 entries"));
  EXPECT_THAT(why(mirror->promise(checkpoint(forked(10), 149))), HasSubstr("different roots"));
}

TEST_F(Mirrors, AMemberMaySeeWhatThisOneHasSeen) {
  EXPECT_TRUE(take(broker.log, 20, 20));
  EXPECT_TRUE(*mirror->agrees(0, Hash{}));
  for (int again = 0; again < 2; ++again) {
    EXPECT_TRUE(*mirror->agrees(7, *ScriptedBroker::tree_of(broker.log).root(7)));
    EXPECT_FALSE(*mirror->agrees(7, *ScriptedBroker::tree_of(forked(3)).root(7)));
  }
  EXPECT_FALSE(*mirror->agrees(21, *ScriptedBroker::tree_of(broker.log).root(21)));
}

TEST_F(Mirrors, ADamagedFileIsNotOpened) {
  EXPECT_TRUE(take(broker.log, 20, 20));
  ASSERT_TRUE(store->database().execute("UPDATE leaves SET leaf = (SELECT leaf FROM leaves WHERE idx = 3) WHERE idx = 4"));
  open();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Code::kStore);
  EXPECT_THAT(loaded.error().hint, HasSubstr("restore node.db"));
  ASSERT_TRUE(store->database().execute("DELETE FROM leaves WHERE idx = 4"));
  open();
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().what, HasSubstr("lacks entry 4"));
}

}  // namespace
}  // namespace liaison
