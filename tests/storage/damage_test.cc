// SPDX-License-Identifier: Apache-2.0
// A stored file is cut short or has a flipped bit: the start refuses it and says where, or fsck finds it, or nothing comes
// of it. Wrong bytes are never served.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "broker/recovery.h"
#include "tests/storage/disk_exchange.h"
#include "tests/storage/effort.h"

namespace liaison {
namespace {

class Damage : public ::testing::Test {
 protected:
  void SetUp() override {
    make(Script::of_64_kib(exchange.tiny));
    EXPECT_GE(image[log].size(), 56U * 1024);
    EXPECT_LE(image[log].size(), 96U * 1024);
  }
  void make(Script lived) {
    script = std::move(lived);
    exchange.check_stability = false;
    ASSERT_TRUE(exchange.live(script));
    for (const TinyMember& member : exchange.tiny.members) whole[member.id.str()] = *exchange.everything_for(member.id.str());
    exchange.stop();
    image = exchange.disk.image();
    log = name_of("log.db");
    checkpoint = name_of("checkpoint.db");
    ASSERT_EQ(image.size(), 2U) << "the files were not closed in peace";
    judge(image);
    ASSERT_EQ(harmless, 1U) << "the whole store itself is not accepted";
    harmless = 0;
  }
  void TearDown() override {
    std::printf("refused at start: %lu, found by fsck: %lu, the broker ended while serving: %lu, harmless: %lu\n", refused, found, ended, harmless);
  }
  std::string name_of(const std::string& file) const {
    for (const auto& [path, content] : image) {
      if (path.ends_with("/" + file)) return path;
    }
    return "";
  }

  // A file, an entry, a chain, or what the two files say of each other.
  static bool names_a_place(const std::string& sentence) {
    for (const char* place : {"log.db", "checkpoint.db", "entry ", "chain of ", "the checkpoint"}) {
      if (sentence.find(place) != std::string::npos) return true;
    }
    return false;
  }

  static bool same(const std::vector<Item>& some, const std::vector<Item>& all) {
    return some.size() == all.size() && std::equal(some.begin(), some.end(), all.begin(), [](const Item& a, const Item& b) {
             return a.leaf == b.leaf && a.body == b.body;
           });
  }

  // Everything that members are shown is what they were shown before the damage, and a frame that comes again has the leaf
  // that it was promised. False when the broker ended.
  bool serves_only_the_truth() {
    for (const auto& [member, before] : whole) {
      if (!exchange.who_am_i(member)) return false;
      const auto now = exchange.everything_for(member);
      if (!now) return false;
      EXPECT_TRUE(same(*now, before)) << "wrong bytes were served";
    }
    return exchange.send(script.batches.front()).has_value() && exchange.rest().has_value();
  }

  void judge(const ForgetfulDisk::Image& damaged) {
    exchange.disk.load(damaged);
    const auto started = exchange.start();
    if (!started) {
      refused += 1;
      EXPECT_EQ(started.error().code, Code::kStore) << started.error().what;
      EXPECT_TRUE(names_a_place(started.error().what)) << started.error().what;
      return exchange.stop();
    }
    const bool truth = serves_only_the_truth();
    const bool fsck_finds = !examine(*exchange.store()).empty();
    exchange.stop();
    ended += truth ? 0 : 1;
    (fsck_finds ? found : harmless) += truth || fsck_finds ? 1 : 0;
    EXPECT_TRUE(truth || fsck_finds) << "the broker ended, but fsck says that the store is whole";
  }

  void cut(const std::string& file, std::size_t size) {
    SCOPED_TRACE(file.substr(file.rfind('/') + 1) + " cut to " + std::to_string(size) + " bytes");
    ForgetfulDisk::Image damaged = image;
    const Bytes& before = image[file];
    // SQLite reads what a file lacks of its last page as zeros: where only zeros were lost, as one signature in 256 ends
    // with, the store is the same, and nothing is there to be noticed.
    const bool only_zeros = std::all_of(before.begin() + static_cast<std::ptrdiff_t>(size), before.end(), [](std::uint8_t byte) { return byte == 0; });
    const std::uint64_t unnoticed = harmless;
    damaged[file].resize(size);
    judge(damaged);
    EXPECT_TRUE(harmless == unnoticed || only_zeros) << "nobody noticed that the file lost bytes";
  }
  void flip(const std::string& file, std::size_t at, unsigned bit) {
    SCOPED_TRACE(file.substr(file.rfind('/') + 1) + ": bit " + std::to_string(bit) + " of byte " + std::to_string(at) + " flipped");
    ForgetfulDisk::Image damaged = image;
    damaged[file][at] = static_cast<std::uint8_t>(damaged[file][at] ^ (1U << bit));
    judge(damaged);
  }

  DiskExchange exchange;
  Script script;
  ForgetfulDisk::Image image;
  std::string log, checkpoint;
  std::map<std::string, std::vector<Item>> whole;   // what each member is shown
  std::uint64_t refused = 0, found = 0, ended = 0, harmless = 0;
};

TEST_F(Damage, AFileCutShortAnywhereIsNoticed) {
  for (const std::string& file : {log, checkpoint}) {
    const std::size_t size = image[file].size();
    for (std::size_t keep = 0; keep < size; keep += 512) cut(file, keep);
    for (std::size_t less = 1; less <= 2000; less += rounds(file == log ? 2 : 5, 1)) cut(file, size - less);
    if (HasFailure()) return;
  }
}

TEST_F(Damage, AFlippedBitNeverReachesAMember) {
  std::mt19937_64 random(effort_seed());
  for (std::uint64_t i = 0; i < rounds(1800, 100'000); ++i) flip(log, random() % image[log].size(), random() % 8);
  for (std::uint64_t i = 0; i < rounds(400, 20'000); ++i) flip(checkpoint, random() % image[checkpoint].size(), random() % 8);
}

// The same over the part of each file that holds the most meaning: its header, and the bytes of its rows.
TEST_F(Damage, NoByteOfTheWatermarkOrOfAHeaderIsTrustedBlindly) {
  for (const std::string& file : {log, checkpoint}) {
    for (std::size_t at = 0; at < 100; ++at) flip(file, at, static_cast<unsigned>(at % 8));
  }
  const std::size_t size = image[checkpoint].size();
  for (std::size_t at = size - 60; at < size; ++at) flip(checkpoint, at, static_cast<unsigned>(at % 8));
}

// A log that is started from its tiles, so that most damage is met later: by what is served, or by the late check.
class DamageOfTiles : public Damage {
 protected:
  void SetUp() override {
    exchange.limits.quota.messages_per_second = exchange.limits.quota.burst = 1000;
    exchange.limits.whole_start_max = 300;
    make(Script::of_two_tiles(exchange.tiny));
    exchange.disk.load(image);
    ASSERT_TRUE(exchange.start());
    ASSERT_EQ(exchange.gateway().ledger().late_check().end(), 512U);
    exchange.stop();
  }
  // Where these bytes stand in the log's file.
  std::size_t place_of(View bytes) const {
    const Bytes& file = image.at(log);
    return static_cast<std::size_t>(std::search(file.begin(), file.end(), bytes.begin(), bytes.end()) - file.begin());
  }
};

TEST_F(DamageOfTiles, AFlippedBitNeverReachesAMember) {
  std::mt19937_64 random(effort_seed());
  for (std::uint64_t i = 0; i < rounds(100, 20'000); ++i) {
    exchange.one_step = i % 2 == 0;
    flip(log, random() % image[log].size(), random() % 8);
  }
}

TEST_F(DamageOfTiles, NoByteOfATilesRowIsTrustedBlindly) {
  exchange.disk.load(image);
  ASSERT_TRUE(exchange.start());
  const std::vector<TileRow> tiles = *exchange.store()->tiles();
  exchange.stop();
  const std::size_t row = place_of(tiles.at(0).root);
  ASSERT_LT(row, image[log].size());
  const std::uint64_t before = refused;
  for (std::size_t at = row; at < row + 42; ++at) flip(log, at, static_cast<unsigned>(at % 8));   // root, two others, mark
  EXPECT_EQ(refused - before, 42U);
}

TEST_F(DamageOfTiles, AFileCutShortIsNoticed) {
  const std::size_t size = image[log].size();
  for (std::uint64_t i = 1; i <= rounds(10, 1000); ++i) cut(log, size - i * size / (rounds(10, 1000) + 1));
}

}  // namespace
}  // namespace liaison
