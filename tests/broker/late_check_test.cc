// SPDX-License-Identifier: Apache-2.0
// A large log is started from its tiles: what the start reads, what is made when tiles are missing, and that no damage which
// the start did not see is served, signed or left unfound.
#include "broker/late_check.h"

#include <map>

#include "broker/status.h"
#include "tests/broker/exchange_fixture.h"

namespace liaison {
namespace {

class LargeLogs : public RunningExchange {
 protected:
  static constexpr std::uint64_t kEntries = 700;   // two tiles and a part of the third

  LargeLogs() {
    limits.quota.messages_per_second = limits.quota.burst = 100'000;
    limits.whole_start_max = 300;                   // as if this log were large
    restart();
    for (const TinyMember& member : tiny.members) who_am_i(member.id.str());
    grow_to(kEntries);
    EXPECT_EQ(store->tiles()->size(), 2U);
  }

  // The member's next frames arrive, not more than it may have on their way.
  void arrive_some(const std::string& id, std::uint64_t count) {
    std::uint64_t sequence = chain_of(id).sequence;
    MessageId previous = last_id(id);
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(count, 30); ++i) {
      const Bytes frame = tiny.frame(tiny.member(id), letter_from(id), ++sequence, previous, clock.now().wall_ms);
      previous = message_id_of(to_sign(tiny.network_id(), *parse_frame(frame)));
      arrive(id, frame);
    }
  }
  void grow_to(std::uint64_t size) {
    for (std::size_t turn = 0; gateway->ledger().size() < size; ++turn) {
      arrive_some(tiny.members[turn % 3].id.str(), size - gateway->ledger().size());
      run();
    }
  }

  void close() { gateway.reset(), faulty.reset(), store.reset(); }
  std::unique_ptr<Database> file() {
    close();
    return std::move(*Database::open(folder.path() / "log/log.db", {}));
  }
  // Does to the file of a stopped broker what a disk or a stranger may do.
  void change(const std::string& sql) { ASSERT_TRUE(file()->execute(sql)); }
  static std::string blob(View bytes) { return "x'" + hex(bytes) + "'"; }

  // Another accept time in the leaf of this entry, under a mark that fits.
  void forge_leaf(std::uint64_t index) {
    Entry entry = store->entries(index, 1, 0)->front();
    entry.leaf.accept_time_ms += 1;
    const LeafData leaf = encode_leaf(entry.leaf);
    Bytes sequence;
    put_u64(sequence, entry.sequence);
    const Hash mark = sha256({leaf, entry.key_id, sequence, entry.message_id, view_of(entry.rule)});
    change("UPDATE entries SET leaf = " + blob(leaf) + ", mark = " + blob(View(mark).first(8)) + " WHERE idx = " + std::to_string(index));
  }
  void forge_tile(std::uint64_t number, const TileRow& row) {
    Bytes first;
    put_u64(first, number);
    const Hash mark = sha256({first, row.root, row.others});
    change("UPDATE tiles SET root = " + blob(row.root) + ", others = " + blob(row.others) + ", mark = " + blob(View(mark).first(8)) +
           " WHERE number = " + std::to_string(number));
  }

  LateCheck& check() { return const_cast<Ledger&>(gateway->ledger()).late_check(); }
  // One step, in which the FETCH is answered and no check is made.
  Result<void> fetch_once(std::uint64_t from) {
    wire->take();
    arrive("1267", encode_control(9, Fetch{from, 8, 0}));
    TRY(gateway->step());
    return {};
  }
  // Steps until the broker rests or ends.
  Result<void> step_to_rest() {
    while (TRY(gateway->step())) {}
    return {};
  }
  std::string ready_page() {
    return status_page({"GET", "/readyz", {{"verbose", ""}}, {}, {}, {}}, {*gateway, nullptr, 0, 0, clock.now()}).body;
  }
  void expect_stops(const Result<void>& result, std::string_view words) {
    ASSERT_FALSE(result) << "the broker went on";
    EXPECT_EQ(result.error().code, Code::kStore);
    EXPECT_NE(result.error().what.find(words), std::string::npos) << result.error().what;
  }
};

TEST_F(LargeLogs, AStartReadsTheTilesAndTheEndOfTheLogAlone) {
  const Hash root = gateway->ledger().root();
  const std::string note = gateway->ledger().note();
  restart();
  EXPECT_EQ(faulty->leaves_read, kEntries - 512 + 256) << "the tile of the roster and the policy too";
  EXPECT_EQ(faulty->entries_read, 2U) << "the roster and the policy";
  EXPECT_EQ(gateway->ledger().root(), root);
  EXPECT_EQ(gateway->ledger().note(), note);
  EXPECT_EQ(check().checked(), 0U);
  EXPECT_EQ(check().end(), 512U);
}

TEST_F(LargeLogs, ASmallLogIsReadWhole) {
  limits.whole_start_max = kEntries;
  restart();
  EXPECT_EQ(faulty->leaves_read, kEntries);
  EXPECT_TRUE(check().done());
}

TEST_F(LargeLogs, TheLateCheckReadsTheRestInSmallSteps) {
  restart();
  for (std::uint64_t before = faulty->entries_read; !check().done(); before = faulty->entries_read) {
    ASSERT_TRUE(gateway->step());
    EXPECT_LE(faulty->entries_read - before, 64U);
  }
  EXPECT_EQ(check().checked(), 512U);
  EXPECT_FALSE(*gateway->step()) << "nothing is left to do";
}

TEST_F(LargeLogs, WhatTheBrokerSaysOfItselfTellsHowFarTheCheckIs) {
  restart();
  const auto unchecked = [&] { return metrics_text({*gateway, nullptr, 0, 0, clock.now()}); };
  EXPECT_NE(ready_page().find("[+] check: 0 of 512 older entries read since the start\n"), std::string::npos) << ready_page();
  EXPECT_NE(unchecked().find("\nliaison_journal_unchecked_entries 512\n"), std::string::npos);
  ASSERT_TRUE(step_to_rest());
  EXPECT_NE(ready_page().find("[+] check: the whole log has been read since the start\n"), std::string::npos) << ready_page();
  EXPECT_NE(unchecked().find("\nliaison_journal_unchecked_entries 0\n"), std::string::npos);
}

TEST_F(LargeLogs, ABusyBrokerChecksNowAndThen) {
  restart();
  ASSERT_TRUE(fetch_once(690));
  const std::size_t before = faulty->entries_read;
  ASSERT_TRUE(fetch_once(690));
  const std::size_t of_a_fetch = faulty->entries_read - before;
  clock.advance(1000);
  ASSERT_TRUE(fetch_once(690));
  EXPECT_GT(faulty->entries_read - before, 2 * of_a_fetch);
}

TEST_F(LargeLogs, WhatIsServedBeforeTheCheckIsWhatWasPromised) {
  const Items before = fetch("1267", 100, 8);
  const auto head = who_am_i("1540").heads.front();
  restart();
  ASSERT_TRUE(fetch_once(100));
  const auto answer = decode_control(wire->take().front().payload);
  const Items& items = std::get<Items>(answer->control);
  ASSERT_EQ(items.items.size(), before.items.size());
  for (std::size_t i = 0; i < items.items.size(); ++i) EXPECT_EQ(items.items[i].leaf, before.items[i].leaf);
  EXPECT_EQ(items.consistency, before.consistency);
  EXPECT_EQ(who_am_i("1540").heads.front().message_id, head.message_id);
}

TEST_F(LargeLogs, AStoreWithoutTilesStartsAndHasThemFromThenOn) {
  const std::vector<TileRow> tiles = *store->tiles();
  change("DROP TABLE tiles");
  restart();
  EXPECT_EQ(faulty->leaves_read, kEntries);
  EXPECT_TRUE(check().done());
  EXPECT_EQ(*store->tiles(), tiles);
  restart();
  EXPECT_EQ(check().end(), 512U);
}

TEST_F(LargeLogs, ATileThatWasNotStoredInTimeIsMadeAgain) {
  const std::vector<TileRow> tiles = *store->tiles();
  change("DELETE FROM tiles WHERE number = 1");
  restart();
  EXPECT_EQ(check().end(), 256U);
  EXPECT_EQ(*store->tiles(), tiles);
}

TEST_F(LargeLogs, AFullDiskKeepsNoLargeLogFromItsStart) {
  change("DELETE FROM tiles");
  store = std::move(*SqliteStore::open(folder.path(), meters, {0, ""}));
  faulty = std::make_unique<FaultyStore>(*store);
  faulty->fail_append = fail(Code::kStorageFull, "the disk is full");
  gateway = std::make_unique<Gateway>(*faulty, clock, meters, BrokerKeys{tiny.broker_sign.clone(), tiny.broker_log.clone(), tiny.broker_curve.clone()}, limits);
  ASSERT_TRUE(gateway->start());
  EXPECT_TRUE(store->tiles()->empty());
  attach();
  who_am_i("1540");
  ASSERT_EQ(logged(publish("1540", letter_from("1540"))), Code::kAccepted);
  EXPECT_EQ(store->tiles()->size(), 2U) << "they go with the next batch";
}

TEST_F(LargeLogs, TilesAreThoseOfTheEntriesFoldedAnew) {
  EXPECT_EQ(*tiles_anew(*store), *store->tiles());
  EXPECT_EQ(store->tiles()->front().others, (Bytes{0, 1}));
  EXPECT_TRUE(examine(*store).empty());
}

TEST_F(LargeLogs, ARosterBelowTheTilesIsStillInForce) {
  apply_roster([](Roster& roster) { roster.members[0].port = 7777; });
  restart();
  ASSERT_TRUE(step_to_rest());
  EXPECT_EQ(gateway->exchange().charter().roster()->roster.version, 2U);
}

TEST_F(LargeLogs, ALeafThatIsNotTheTilesIsNotServed) {
  forge_leaf(300);
  restart();
  expect_stops(fetch_once(298), "entry 298: the stored entries from 256 on have changed");
  EXPECT_TRUE(wire->take().empty());
}

TEST_F(LargeLogs, ALeafThatIsNotTheTilesIsFoundByTheCheck) {
  forge_leaf(300);
  restart();
  ASSERT_TRUE(fetch_once(38));
  expect_stops(step_to_rest(), "the entries from 256 to 511 are not those that the checkpoint names");
  EXPECT_FALSE(examine(*store).empty());
}

TEST_F(LargeLogs, AChangedBodyIsFoundByTheCheck) {
  change("UPDATE bodies SET body = substr(body, 1, 100) || x'00' || substr(body, 102) WHERE idx = 77");
  restart();
  expect_stops(step_to_rest(), "entry 77: the stored frame does not have the hash of its leaf");
}

TEST_F(LargeLogs, AMissingRowIsFoundByTheCheckOrWhenItIsAskedFor) {
  change("DELETE FROM entries WHERE idx = 277");
  restart();
  expect_stops(fetch_once(277), "entry 277: the row is missing");
  restart();
  expect_stops(step_to_rest(), "entry 277: the row is missing");
}

TEST_F(LargeLogs, AChainHeadThatIsNotTheTilesIsNotAcknowledged) {
  while (gateway->ledger().size() < 1100) {
    arrive_some("1540", 30);
    run();
  }
  const std::uint64_t head = chain_of("1267").last_index;
  forge_leaf(head);
  restart();
  arrive("1267", encode_control(7, WhoAmI{}));
  EXPECT_FALSE(gateway->step());
  EXPECT_TRUE(wire->take().empty());
}

TEST_F(LargeLogs, AChangedTileIsRefusedAndMadeAnewByRebuild) {
  change("UPDATE tiles SET root = zeroblob(32) WHERE number = 1");
  const auto refused = try_open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().hint, "run liaison-broker --rebuild");
  EXPECT_FALSE(examine(*store).empty());
  EXPECT_EQ(rebuild(*store)->size(), 1U);
  EXPECT_TRUE(examine(*store).empty());
  EXPECT_TRUE(rebuild(*store)->empty());
  EXPECT_TRUE(try_open());
}

TEST_F(LargeLogs, AForgedTileIsToldFromForgedEntries) {
  TileRow other = store->tiles()->at(1);
  other.root[0] ^= 1;
  forge_tile(1, other);
  EXPECT_EQ(try_open().error().what, "log.db: the stored tiles are not those of the entries");
  limits.whole_start_max = kEntries;
  EXPECT_EQ(try_open().error().what, "log.db: the stored tiles are not those of the entries") << "a log that is read whole";
}

TEST_F(LargeLogs, ATileThatHidesARosterIsFound) {
  TileRow other = store->tiles()->at(0);
  other.others = {0, 1, 9};
  forge_tile(0, other);
  EXPECT_TRUE(try_open()) << "an entry more is read, which changes nothing";
  attach();
  expect_stops(step_to_rest(), "the entries from 0 to 255 are not those that the checkpoint names");
  other.others = {0};
  forge_tile(0, other);
  EXPECT_TRUE(try_open());
  EXPECT_FALSE(gateway->ready()) << "it waits for the policy, and reads on";
  expect_stops(step_to_rest(), "the entries from 0 to 255 are not those that the checkpoint names");
  EXPECT_FALSE(examine(*store).empty());
}

TEST_F(LargeLogs, RowsAboveTheWatermarkAreReadThoughTheyFillATile) {
  grow_to(760);
  arrive_some("1540", 30);   // fills the third tile and is not signed
  faulty->fail_advance = fail(Code::kStore, "the sync failed");
  EXPECT_FALSE(gateway->step());
  const auto found = try_open();
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->adopted, 30U);
  EXPECT_EQ(found->size, 790U);
  EXPECT_EQ(store->tiles()->size(), 3U);
  EXPECT_TRUE(examine(*store).empty());
}

}  // namespace
}  // namespace liaison
