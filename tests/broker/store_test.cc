// SPDX-License-Identifier: Apache-2.0
// What the broker promises of its disk: the order of syncs, adoption, the compare-and-swap, and that no damage is served.
#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "broker/recovery.h"
#include "tests/broker/exchange_fixture.h"

namespace liaison {
namespace {

class Stores : public RunningExchange {
 protected:
  // Steps until the process would end, and returns why.
  Error step_to_the_end() {
    const auto stepped = gateway->step();
    if (stepped) ADD_FAILURE() << "the gateway went on";
    return stepped ? Error{} : stepped.error();
  }
};

TEST_F(Stores, AnAcceptanceLeavesAfterBothSyncsAndNothingIsSentBetween) {
  faulty->trace.clear();
  wire->take();
  arrive("1540", next_frame("1540", letter_from("1540")));
  run();
  EXPECT_EQ(faulty->trace, (std::vector<std::string>{"rows synced", "checkpoint synced"}));
  EXPECT_EQ(heard("1540").size(), 1U);
}

TEST_F(Stores, AFailedSyncOfTheRowsEndsTheProcessWithoutAnAnswer) {
  faulty->fail_append = fail(Code::kStore, "the sync failed");
  faulty->failed_sync = true;
  wire->take();
  arrive("1540", next_frame("1540", letter_from("1540")));
  EXPECT_EQ(step_to_the_end().code, Code::kStore);
  EXPECT_TRUE(gateway->must_end());
  EXPECT_TRUE(wire->take().empty());
}

TEST_F(Stores, RowsAboveTheCheckpointAreAdoptedUnchangedAtTheNextStart) {
  const Bytes frame = next_frame("1540", letter_from("1540"));
  faulty->fail_advance = fail(Code::kStore, "the sync failed");
  wire->take();
  arrive("1540", frame);
  step_to_the_end();
  EXPECT_TRUE(wire->take().empty());
  const auto row = store->entries(2, 1, 0);
  clock.advance(5000);
  const auto found = try_open();
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->adopted, 1U);
  attach();
  who_am_i("1540");
  const auto acceptance = std::get<Acceptance>(answered(say("1540", frame)));
  EXPECT_EQ(*decode_leaf(acceptance.leaf), (*row)[0].leaf);
  EXPECT_EQ(verdict_of(acceptance), Code::kAccepted);
  EXPECT_EQ(gateway->ledger().size(), 3U);
}

TEST_F(Stores, AFullDiskAtTheCheckpointUsesTheReserve) {
  faulty->fail_advance = fail(Code::kStorageFull, "the disk is full");
  EXPECT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  EXPECT_FALSE(faulty->reserve_held);
}

TEST_F(Stores, AStoreThatReturnsOtherLeavesThanWereWrittenIsNotSigned) {
  const std::string note = gateway->ledger().note();
  faulty->flip_leaf_byte = 30;
  arrive("1540", next_frame("1540", letter_from("1540")));
  EXPECT_EQ(step_to_the_end().code, Code::kStore);
  EXPECT_EQ(gateway->ledger().note(), note);
}

TEST_F(Stores, TheSwapFailsWhenAnotherHasMovedTheCheckpoint) {
  Watermark now = **store->watermark();
  ASSERT_TRUE(store->advance(now, {now.size, now.root, now.epoch + 5}));
  arrive("1540", next_frame("1540", letter_from("1540")));
  EXPECT_EQ(step_to_the_end().code, Code::kHalted);
}

TEST_F(Stores, EveryStartTakesTheNextEpoch) {
  const std::uint64_t epoch = gateway->ledger().epoch();
  restart();
  EXPECT_EQ(gateway->ledger().epoch(), epoch + 1);
}

TEST_F(Stores, ALogRestoredFromAnOlderCopyIsRefused) {
  gateway.reset(), faulty.reset(), store.reset();
  const auto copy = folder.path() / "older.db";
  std::filesystem::copy_file(folder.path() / "log/log.db", copy);
  restart();
  who_am_i("1540");
  ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  gateway.reset(), faulty.reset(), store.reset();
  std::filesystem::rename(copy, folder.path() / "log/log.db");
  const auto found = try_open();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kStore);
  EXPECT_NE(found.error().what.find("the log ends at 2 entries"), std::string::npos) << found.error().what;
}

TEST_F(Stores, ALogWithoutItsCheckpointIsRefused) {
  gateway.reset(), faulty.reset(), store.reset();
  std::filesystem::remove(folder.path() / "checkpoint/checkpoint.db");
  EXPECT_EQ(try_open().error().code, Code::kStore);
}

TEST_F(Stores, ACheckpointOfAnotherHistoryIsRefused) {
  Watermark now = **store->watermark();
  Watermark other = now;
  other.root[0] ^= 1;
  ASSERT_TRUE(store->advance(now, other));
  EXPECT_EQ(try_open().error().code, Code::kStore);
}

TEST_F(Stores, AFoldThatIsNotThatOfTheEntriesIsRefusedAndRebuilt) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  Fold fold = *store->fold(0);
  const Fold good = fold;
  fold.chains.begin()->second.sequence = 2;
  ASSERT_TRUE(store->replace_fold(fold));
  EXPECT_EQ(try_open().error().code, Code::kStore);
  EXPECT_FALSE(examine(*store).empty());
  const auto changed = rebuild(*store);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->size(), 1U);
  EXPECT_EQ(*store->fold(0), good);
  EXPECT_TRUE(rebuild(*store)->empty());
  EXPECT_TRUE(try_open());
}

TEST_F(Stores, FoldingAllEntriesAnewGivesTheStoredTables) {
  for (const char* member : {"1540", "1267", "1540", "1373"}) ASSERT_EQ(logged(publish(member, letter_from(member))), Code::kAccepted);
  clock.advance(86'400'000);
  ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  EXPECT_EQ(*fold_anew(*store), *store->fold(0));
  EXPECT_TRUE(examine(*store).empty());
}

TEST_F(Stores, TilesGoWithTheNextBatchThatIsWritten) {
  const TileRow first{sha256(view_of("first")), {0, 1}}, second{sha256(view_of("second")), {}};
  store->add_tile(0, first);
  EXPECT_TRUE(store->tiles()->empty());
  ASSERT_FALSE(store->append(*store->entries(0, 1, 0), {})) << "an index is taken once";
  EXPECT_TRUE(store->tiles()->empty());
  store->add_tile(1, second);
  ASSERT_TRUE(store->append({}, {}));
  EXPECT_EQ(*store->tiles(), (std::vector<TileRow>{first, second}));
  ASSERT_TRUE(store->replace_tiles({second}));
  EXPECT_EQ(*store->tiles(), std::vector<TileRow>{second});
}

TEST_F(Stores, ATileWithoutTheOneBeforeItIsDamage) {
  store->add_tile(1, TileRow{});
  ASSERT_TRUE(store->append({}, {}));
  EXPECT_EQ(store->tiles().error().code, Code::kStore);
  EXPECT_EQ(store->tiles().error().hint, "run liaison-broker --rebuild");
}

// A store of about 64 KiB whose files are damaged in every way that a disk may think of.
class DamagedStores : public RunningExchange {
 protected:
  DamagedStores() {
    for (int i = 0; i < 12; ++i) {
      const char* member = i % 3 == 0 ? "1540" : i % 3 == 1 ? "1267" : "1373";
      Letter letter = letter_from(member);
      if (i % 4 == 3) letter.to.pop_back();
      EXPECT_EQ(logged(publish(member, letter)), Code::kAccepted);
    }
    for (const TinyMember& member : tiny.members) truth_[member.id] = all_items(*gateway, member.id).value_or(std::vector<Item>());
    gateway.reset(), faulty.reset(), store.reset();
    for (const char* file : {"log/log.db", "checkpoint/checkpoint.db"}) whole_[file] = read(file);
    EXPECT_GE(whole_["log/log.db"].size(), 48U << 10);
  }

  std::string read(const std::string& file) const {
    std::ifstream in(folder.path() / file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& file, std::string_view bytes) const {
    const int fd = ::open((folder.path() / file).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ASSERT_EQ(::write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    ::close(fd);
  }
  void restore_all() {
    gateway.reset(), faulty.reset(), store.reset();
    for (const auto& [file, bytes] : whole_) {
      write(file, bytes);
      for (const char* suffix : {"-wal", "-shm", "-journal"}) std::filesystem::remove(folder.path() / (file + suffix));
    }
  }
  std::optional<std::vector<Item>> all_items(Gateway& from, const MemberId& member) {
    std::vector<Item> all;
    while (all.size() < from.ledger().size()) {
      wire->take();
      arrive(member.str(), encode_control(9, Fetch{all.size(), 256, 0}));
      if (!from.step()) return std::nullopt;
      const auto out = wire->take();
      if (out.size() != 1) return std::nullopt;
      const auto frame = decode_control(out[0].payload);
      for (const Item& item : std::get<Items>(frame->control).items) all.push_back(item);
    }
    return all;
  }

  enum class Fate { kRefusedAtStart, kRefusedOnUse, kFoundByFsck, kHarmless, kServedWrong };
  Fate fate() {
    if (!try_open()) return Fate::kRefusedAtStart;
    attach();
    bool refused_on_use = false;
    for (const auto& [member, items] : truth_) {
      const auto served = all_items(*gateway, member);
      if (!served) {
        refused_on_use = true;
        break;
      }
      if (served->size() != items.size()) return Fate::kServedWrong;
      for (std::size_t i = 0; i < items.size(); ++i) {
        if ((*served)[i].leaf != items[i].leaf || (*served)[i].body != items[i].body) return Fate::kServedWrong;
      }
    }
    if (refused_on_use) return Fate::kRefusedOnUse;
    return examine(*store).empty() ? Fate::kHarmless : Fate::kFoundByFsck;
  }
  std::map<Fate, int> fates_;
  std::map<MemberId, std::vector<Item>> truth_;
  std::map<std::string, std::string> whole_;
};

TEST_F(DamagedStores, ATruncatedStoreIsNeverServedWrongly) {
  for (const auto& [file, bytes] : whole_) {
    for (std::size_t size = 0; size < bytes.size(); size += 509) {
      restore_all();
      write(file, std::string_view(bytes).substr(0, size));
      const Fate seen = fate();
      ASSERT_NE(seen, Fate::kServedWrong) << file << " cut at " << size;
      ASSERT_NE(seen, Fate::kHarmless) << file << " cut at " << size;
    }
  }
}

TEST_F(DamagedStores, AFlippedBitIsNeverServedWrongly) {
  std::mt19937_64 random(20260701);
  for (const auto& [file, bytes] : whole_) {
    for (int i = 0; i < 300; ++i) {
      restore_all();
      std::string flipped = bytes;
      const std::size_t at = random() % flipped.size();
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << (random() % 8)));
      write(file, flipped);
      const Fate seen = fate();
      fates_[seen] += 1;
      ASSERT_NE(seen, Fate::kServedWrong) << file << " at byte " << at;
    }
  }
  EXPECT_GT(fates_[Fate::kRefusedAtStart] + fates_[Fate::kRefusedOnUse] + fates_[Fate::kFoundByFsck], 20);
}

}  // namespace
}  // namespace liaison
