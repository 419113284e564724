// SPDX-License-Identifier: Apache-2.0
#include "security/log.h"

#include <gtest/gtest.h>

#include "security/hash.h"

namespace liaison {
namespace {

using Hashes = std::vector<Hash>;
using HashView = std::span<const Hash>;

// RFC 9162 2.1 word for word, as slow as it reads.
std::size_t split(std::size_t n) {
  std::size_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
Hash naive_root(HashView d) {
  if (d.empty()) return sha256(View{});
  if (d.size() == 1) return d[0];
  const auto k = split(d.size());
  return node_hash(naive_root(d.first(k)), naive_root(d.subspan(k)));
}
Hashes naive_path(std::size_t m, HashView d) {
  if (d.size() == 1) return {};
  const auto k = split(d.size());
  auto path = m < k ? naive_path(m, d.first(k)) : naive_path(m - k, d.subspan(k));
  path.push_back(m < k ? naive_root(d.subspan(k)) : naive_root(d.first(k)));
  return path;
}
Hashes naive_subproof(std::size_t m, HashView d, bool whole) {
  if (m == d.size()) return whole ? Hashes{} : Hashes{naive_root(d)};
  const auto k = split(d.size());
  auto proof = m <= k ? naive_subproof(m, d.first(k), whole) : naive_subproof(m - k, d.subspan(k), false);
  proof.push_back(m <= k ? naive_root(d.subspan(k)) : naive_root(d.first(k)));
  return proof;
}

Hash leaf_number(std::uint64_t n) {
  Bytes data;
  put_u64(data, n);
  return leaf_hash(data);
}
Hashes leaves_to(std::uint64_t count) {
  Hashes out;
  for (std::uint64_t n = 0; n < count; ++n) out.push_back(leaf_number(n));
  return out;
}

// A tree over stored leaves, which counts how often it had to ask for them.
struct Stored {
  Hashes rows;
  std::size_t asked = 0;
  Tree tree;
  explicit Stored(std::size_t cache = 64) : tree([this](std::uint64_t first) { return read(first); }, cache) {}
  Result<Hashes> read(std::uint64_t first) {
    ++asked;
    EXPECT_LE(first + 256, rows.size()) << "asked for leaves that are not there";
    if (first + 256 > rows.size()) return fail(Code::kStore, "no such rows");
    return Hashes(rows.begin() + static_cast<long>(first), rows.begin() + static_cast<long>(first) + 256);
  }
  void append(const Hash& hash) {
    rows.push_back(hash);
    tree.append(hash);
  }
  void grow_to(std::uint64_t size) {
    while (rows.size() < size) append(leaf_number(rows.size()));
  }
  HashView first(std::size_t size) const { return HashView(rows).first(size); }
};

TEST(Leaf, BytesAreAsThePageSays) {
  const Leaf leaf{LeafClass::kFrame, Code::kPolicy, 0x0102030405060708, 0x1112131415161718, leaf_number(1)};
  const auto bytes = encode_leaf(leaf);
  EXPECT_EQ(hex(View(bytes).first(20)), "0101001801020304050607081112131415161718");
  EXPECT_EQ(hex(View(bytes).subspan(20)), hex(leaf.hash));
  EXPECT_EQ(*decode_leaf(bytes), leaf);
}

TEST(Leaf, AnotherLengthVersionClassOrVerdictIsRefused) {
  const auto good = encode_leaf({LeafClass::kRoster, Code::kAccepted, 0, 1, leaf_number(1)});
  EXPECT_TRUE(decode_leaf(good).has_value());
  EXPECT_FALSE(decode_leaf(View(good).first(51)).has_value());
  Bytes longer(good.begin(), good.end());
  longer.push_back(0);
  EXPECT_FALSE(decode_leaf(longer).has_value());
  const auto with = [&](std::size_t at, std::uint8_t value) {
    auto bytes = good;
    bytes[at] = value;
    return decode_leaf(bytes);
  };
  EXPECT_EQ(with(0, 2).error().code, Code::kFormat);
  EXPECT_FALSE(with(1, 0).has_value());
  EXPECT_FALSE(with(1, 6).has_value());
  EXPECT_TRUE(with(1, 5).has_value());
  EXPECT_FALSE(with(3, 24).has_value()) << "a roster is never a refused entry";
  auto frame = good;
  frame[1] = 1;
  for (int verdict = 0; verdict < 256; ++verdict) {
    frame[3] = static_cast<std::uint8_t>(verdict);
    EXPECT_EQ(decode_leaf(frame).has_value(), verdict == 0 || (verdict >= 20 && verdict <= 27)) << verdict;
  }
  frame[3] = 0;
  frame[2] = 3;  // 768
  EXPECT_FALSE(decode_leaf(frame).has_value());
}

TEST(Tree, RootsAreThoseOfCertificateTransparencysVectors) {
  const std::vector<std::string> data = {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Stored stored;
  EXPECT_EQ(hex(*stored.tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < data.size(); ++i) {
    stored.append(leaf_hash(*from_hex(data[i])));
    EXPECT_EQ(hex(*stored.tree.root()), roots[i]);
  }
}

TEST(Tree, EveryRootUpTo700IsTheNaiveOne) {
  Stored stored;
  stored.grow_to(700);
  for (std::size_t size = 0; size <= 700; ++size) EXPECT_EQ(*stored.tree.root(size), naive_root(stored.first(size))) << size;
}

TEST(Tree, EveryInclusionProofUpTo64IsTheNaiveOneAndHolds) {
  Stored stored;
  stored.grow_to(64);
  for (std::size_t n = 1; n <= 64; ++n) {
    const Hash root = *stored.tree.root(n);
    for (std::size_t i = 0; i < n; ++i) {
      const auto path = *stored.tree.inclusion(i, n);
      ASSERT_EQ(path, naive_path(i, stored.first(n))) << i << " of " << n;
      ASSERT_TRUE(inclusion_holds(stored.rows[i], i, n, path, root)) << i << " of " << n;
    }
  }
}

TEST(Tree, EveryConsistencyProofUpTo64IsTheNaiveOneAndHolds) {
  Stored stored;
  stored.grow_to(64);
  for (std::size_t n = 0; n <= 64; ++n) {
    for (std::size_t m = 0; m <= n; ++m) {
      const auto proof = *stored.tree.consistency(m, n);
      ASSERT_EQ(proof, m == 0 ? Hashes{} : naive_subproof(m, stored.first(n), true)) << m << " to " << n;
      ASSERT_TRUE(consistency_holds(m, n, *stored.tree.root(m), *stored.tree.root(n), proof)) << m << " to " << n;
    }
  }
}

TEST(Tree, ATamperedInclusionProofIsNeverAccepted) {
  Stored stored;
  stored.grow_to(64);
  for (std::size_t n = 1; n <= 64; ++n) {
    const Hash root = *stored.tree.root(n);
    for (std::size_t i = 0; i < n; ++i) {
      const auto path = *stored.tree.inclusion(i, n);
      const Hash& leaf = stored.rows[i];
      const auto refused = [&](const Hashes& p) { return !inclusion_holds(leaf, i, n, p, root); };
      for (std::size_t at = 0; at < path.size(); ++at) {
        auto bad = path;
        bad[at][at % 32] ^= 0x10;
        ASSERT_TRUE(refused(bad));
        bad = path;
        bad.erase(bad.begin() + static_cast<long>(at));
        ASSERT_TRUE(refused(bad));
      }
      auto longer = path;
      longer.push_back(root);
      ASSERT_TRUE(refused(longer));
      longer = path;
      longer.insert(longer.begin(), leaf);
      ASSERT_TRUE(refused(longer));
      ASSERT_FALSE(inclusion_holds(stored.rows[(i + 1) % 64], i, n, path, root));
      ASSERT_FALSE(inclusion_holds(leaf, i, n, path, leaf_number(99)));
      ASSERT_FALSE(inclusion_holds(leaf, n, n, path, root));
      for (std::size_t other = 0; other < n; ++other) ASSERT_EQ(inclusion_holds(leaf, other, n, path, root), other == i);
    }
  }
}

TEST(Tree, ATamperedConsistencyProofIsNeverAccepted) {
  Stored stored;
  stored.grow_to(64);
  for (std::size_t n = 1; n <= 64; ++n) {
    const Hash new_root = *stored.tree.root(n);
    for (std::size_t m = 1; m <= n; ++m) {
      const auto proof = *stored.tree.consistency(m, n);
      const Hash old_root = *stored.tree.root(m);
      const auto refused = [&](const Hashes& p) { return !consistency_holds(m, n, old_root, new_root, p); };
      for (std::size_t at = 0; at < proof.size(); ++at) {
        auto bad = proof;
        bad[at][at % 32] ^= 0x10;
        ASSERT_TRUE(refused(bad));
        bad = proof;
        bad.erase(bad.begin() + static_cast<long>(at));
        ASSERT_TRUE(refused(bad));
      }
      auto longer = proof;
      longer.push_back(new_root);
      ASSERT_TRUE(refused(longer));
      ASSERT_FALSE(consistency_holds(m, n, leaf_number(99), new_root, proof));
      ASSERT_FALSE(consistency_holds(m, n, old_root, leaf_number(99), proof));
      ASSERT_FALSE(consistency_holds(n + 1, n, old_root, new_root, proof));
      if (m < n) {
        ASSERT_TRUE(refused({}));
      }
    }
  }
}

TEST(Tree, FromNothingOnlyTheEmptyProofAndTheEmptyRootHold) {
  Stored stored;
  stored.grow_to(3);
  const Hash root = *stored.tree.root();
  EXPECT_TRUE(consistency_holds(0, 3, empty_root(), root, {}));
  EXPECT_FALSE(consistency_holds(0, 3, kZeroHash, root, {}));
  EXPECT_FALSE(consistency_holds(0, 3, empty_root(), root, {root}));
  EXPECT_TRUE(consistency_holds(0, 0, empty_root(), empty_root(), {}));
}

TEST(Tree, ProofsAcrossTileBordersHoldWithOneCachedTile) {
  Stored stored(1);
  stored.grow_to(65'536 + 300);
  const std::vector<std::size_t> sizes = {1, 255, 256, 257, 511, 512, 513, 1000, 4096, 32'768, 65'535, 65'536, 65'537, 65'836};
  for (const auto n : sizes) {
    const Hash root = *stored.tree.root(n);
    EXPECT_EQ(root, naive_root(stored.first(n))) << n;
    for (const auto m : sizes) {
      if (m > n) continue;
      const auto path = *stored.tree.inclusion(m - 1, n);
      EXPECT_TRUE(inclusion_holds(stored.rows[m - 1], m - 1, n, path, root)) << m << " of " << n;
      const auto proof = *stored.tree.consistency(m, n);
      EXPECT_TRUE(consistency_holds(m, n, *stored.tree.root(m), root, proof)) << m << " to " << n;
    }
  }
  EXPECT_GT(stored.asked, 0u) << "old tiles are not kept in memory";
  EXPECT_EQ(*stored.tree.inclusion(300, 65'700), naive_path(300, stored.first(65'700)));
  EXPECT_EQ(*stored.tree.consistency(513, 65'700), naive_subproof(513, stored.first(65'700), true));
}

TEST(Tree, WhatWasJustAppendedIsProvedWithoutTheStore) {
  Stored stored(1);
  stored.grow_to(10'000);
  ASSERT_TRUE(stored.tree.root().has_value());
  for (std::uint64_t i = 10'000 - 3'800; i < 10'000; ++i) ASSERT_TRUE(stored.tree.inclusion(i, 10'000).has_value());
  EXPECT_EQ(stored.asked, 0u);
}

TEST(Tree, ARangeThatIsNotThereIsAnError) {
  Stored stored;
  stored.grow_to(5);
  EXPECT_EQ(stored.tree.root(6).error().code, Code::kRange);
  EXPECT_EQ(stored.tree.inclusion(5, 5).error().code, Code::kRange);
  EXPECT_EQ(stored.tree.inclusion(0, 6).error().code, Code::kRange);
  EXPECT_EQ(stored.tree.consistency(3, 2).error().code, Code::kRange);
  EXPECT_EQ(stored.tree.consistency(3, 6).error().code, Code::kRange);
}

TEST(Tree, AChangedStoreIsAnErrorAndNeverAProof) {
  Stored stored;
  stored.grow_to(10'000);
  stored.rows[7][0] ^= 1;
  EXPECT_EQ(stored.tree.inclusion(9, 10'000).error().code, Code::kStore);
  stored.rows[7][0] ^= 1;
  EXPECT_TRUE(stored.tree.inclusion(9, 10'000).has_value());
}

TEST(Tree, AFailedOrShortStoreIsAnError) {
  const Hashes leaves = leaves_to(10'000);
  Tree failing([](std::uint64_t) -> Result<Hashes> { return fail(Code::kStore, "the disk is gone"); });
  Tree cut([&](std::uint64_t) -> Result<Hashes> { return Hashes(leaves.begin(), leaves.begin() + 255); });
  for (const auto& leaf : leaves) failing.append(leaf), cut.append(leaf);
  EXPECT_EQ(failing.inclusion(0, 10'000).error().what, "the disk is gone");
  EXPECT_EQ(cut.inclusion(0, 10'000).error().code, Code::kStore);
  EXPECT_EQ(*failing.root(), *cut.root());
}

TEST(Tree, ATruncatedTreeIsTheTreeThatNeverGrew) {
  for (const std::size_t size : {0, 1, 200, 255, 256, 257, 511, 512, 513, 1000, 4095, 4096, 4097, 8192}) {
    for (const std::size_t more : {0, 1, 55, 56, 57, 256, 300, 512, 4096}) {
      Stored stored;
      stored.grow_to(size);
      for (std::size_t i = 0; i < more; ++i) stored.tree.append(leaf_number(1'000'000 + i));  // never reached the store
      ASSERT_TRUE(stored.tree.truncate(size).has_value());
      ASSERT_EQ(stored.tree.size(), size);
      ASSERT_EQ(*stored.tree.root(), naive_root(stored.first(size))) << size << " and " << more;
      stored.grow_to(size + 600);
      ASSERT_EQ(*stored.tree.root(), naive_root(stored.first(size + 600))) << size << " and " << more;
      EXPECT_EQ(stored.asked, 0u);
    }
  }
}

TEST(Tree, TruncatingAgainAndAgainReadsTheStore) {
  Stored stored(2);
  stored.grow_to(20'000);
  ASSERT_TRUE(stored.tree.inclusion(100, 20'000).has_value());
  for (const std::size_t size : {19'000, 15'667, 12'334, 9'001, 5'668, 2'335}) {
    ASSERT_TRUE(stored.tree.truncate(size).has_value());
    ASSERT_EQ(*stored.tree.root(), naive_root(stored.first(size))) << size;
  }
  EXPECT_GT(stored.asked, 0u);
}

TEST(TreeDeathTest, TruncatingBeyond4096LeavesIsAMistakeOfTheProgram) {
  Stored stored;
  stored.grow_to(5'000);
  EXPECT_DEATH((void)stored.tree.truncate(900), "kTruncateMax");
  EXPECT_DEATH((void)stored.tree.truncate(5'001), "size_");
}

TEST(Tree, ATileGivenByItsRootCountsAsItsLeaves) {
  Stored stored(2);
  stored.grow_to(1'300);
  for (const std::size_t tiles : {1, 2, 4, 5}) {
    Tree tree([&](std::uint64_t first) { return stored.read(first); }, 2);
    for (std::size_t n = 0; n < tiles; ++n) tree.append_tile(naive_root(HashView(stored.rows).subspan(256 * n, 256)));
    for (std::size_t n = 256 * tiles; n < stored.rows.size(); ++n) tree.append(stored.rows[n]);
    stored.asked = 0;
    ASSERT_EQ(*tree.root(), naive_root(stored.rows));
    EXPECT_EQ(stored.asked, 0u) << "the root needs the tiles' roots alone";
    for (std::size_t size = 1; size <= 1'300; size += 37) {
      ASSERT_EQ(*tree.root(size), naive_root(stored.first(size))) << size;
      ASSERT_EQ(*tree.inclusion(size - 1, 1'300), naive_path(size - 1, stored.rows)) << size;
      ASSERT_EQ(*tree.leaf(size - 1), stored.rows[size - 1]) << size;
    }
    ASSERT_TRUE(tree.truncate(900));
    EXPECT_EQ(*tree.root(), naive_root(stored.first(900)));
  }
}

TEST(Tree, LeavesThatAreNotThoseOfTheirTilesRootAreAnError) {
  Stored stored;
  stored.grow_to(256);
  Tree tree([&](std::uint64_t first) { return stored.read(first); });
  tree.append_tile(stored.tree.root_of_tile(0));
  stored.rows[17][3] ^= 1;
  EXPECT_EQ(tree.leaf(200).error().code, Code::kStore);
  stored.rows[17][3] ^= 1;
  EXPECT_EQ(*tree.leaf(200), stored.rows[200]);
  EXPECT_EQ(tree.leaf(256).error().code, Code::kRange);
}

TEST(Tree, TheRootOfATileIsThatOfItsLeaves) {
  Stored stored;
  stored.grow_to(600);
  for (const std::uint64_t number : {0, 1}) {
    const HashView leaves = HashView(stored.rows).subspan(256 * number, 256);
    EXPECT_EQ(stored.tree.root_of_tile(number), naive_root(leaves));
    EXPECT_EQ(tile_root(Hashes(leaves.begin(), leaves.end())), naive_root(leaves));
  }
}

SigningKey log_key() { return SigningKey::from_seed(Bytes(32, 9)); }
VerifierKey vkey_of(const std::string& origin) { return make_verifier_key(origin, kVkeyEd25519, log_key().public_key()); }

TEST(Checkpoint, BytesAreAsC2spSays) {
  const Checkpoint checkpoint{log_origin("example.org"), 20852163, empty_root()};
  EXPECT_EQ(checkpoint_text(checkpoint), "example.org/log/1\n20852163\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
  const std::string note = sign_checkpoint(checkpoint, log_key());
  EXPECT_TRUE(note.starts_with(checkpoint_text(checkpoint) + "\n\xE2\x80\x94 example.org/log/1 "));
  EXPECT_EQ(*open_checkpoint(note, vkey_of(checkpoint.origin)), checkpoint);
}

TEST(Checkpoint, AnotherOriginOrKeyIsRefused) {
  const std::string note = sign_checkpoint({"example.org/log/1", 5, empty_root()}, log_key());
  EXPECT_EQ(open_checkpoint(note, vkey_of("example.org/log/2")).error().code, Code::kCheckpoint);
  const auto other = make_verifier_key("example.org/log/1", kVkeyEd25519, SigningKey::from_seed(Bytes(32, 8)).public_key());
  EXPECT_EQ(open_checkpoint(note, other).error().code, Code::kCheckpoint);
}

TEST(Checkpoint, ATextOfAnotherFormIsRefusedThoughSigned) {
  const std::string root = base64(empty_root());
  const std::vector<std::string> texts = {
      "o\n5\n" + root + "\nextension\n", "o\n5\n", "o\n", "o\n05\n" + root + "\n", "o\n+5\n" + root + "\n", "o\n-5\n" + root + "\n",
      "o\n5 \n" + root + "\n", "o\n\n" + root + "\n", "o\n18446744073709551616\n" + root + "\n", "o\n5\n" + root.substr(1) + "\n",
      "o\n5\nAAAA\n", "other\n5\n" + root + "\n"};
  const auto open = [](const std::string& text) {
    SignedNote note{text, {}};
    sign_note(note, vkey_of("o"), log_key());
    return open_checkpoint(note.str(), vkey_of("o"));
  };
  EXPECT_TRUE(open("o\n4611686018427387904\n" + root + "\n").has_value());
  EXPECT_FALSE(open("o\n4611686018427387905\n" + root + "\n").has_value());
  for (const auto& text : texts) {
    const auto opened = open(text);
    ASSERT_FALSE(opened.has_value()) << text;
    EXPECT_EQ(opened.error().code, Code::kCheckpoint);
  }
}

TEST(Checkpoint, OneFlippedBitIsRefused) {
  const std::string good = sign_checkpoint({"o", 77, leaf_number(1)}, log_key());
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_FALSE(open_checkpoint(bad, vkey_of("o")).has_value()) << at;
    }
  }
}

}  // namespace
}  // namespace liaison
