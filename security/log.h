// SPDX-License-Identifier: Apache-2.0
// The Merkle log: leaf data (PROTOCOL 4), RFC 9162 hashing and proofs, C2SP checkpoints (c2sp.org/tlog-checkpoint).
// Tree keeps complete subtrees of 256 leaves and more in memory (about 1/4 byte a leaf), the newest 4,096 leaves and the
// tiles it was last asked for; older leaf hashes come from a LeafSource. Owned by one actor, no thread of its own. State is a function of the
// leaves: after a crash it is built again by append, or from the roots of its tiles.
#pragma once

#include <functional>
#include <list>
#include <string>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"
#include "security/note.h"

namespace liaison {

inline constexpr std::size_t kLeafBytes = 52;
enum class LeafClass : std::uint8_t { kFrame = 1, kRoster = 2, kPolicy = 3, kOperatorAct = 4, kTombstone = 5 };

struct Leaf {
  LeafClass leaf_class = LeafClass::kFrame;
  Code verdict = Code::kAccepted;
  std::uint64_t index = 0;
  TimeMs accept_time_ms = 0;
  Hash hash{};
  bool operator==(const Leaf&) const = default;
};
std::array<std::uint8_t, kLeafBytes> encode_leaf(const Leaf& leaf);
// kFormat for another length, version, class or verdict, and for an index or a time beyond kWireNumberMax.
Result<Leaf> decode_leaf(View bytes);
Hash leaf_hash(View leaf_data);                       // SHA256(0x00 | data)
Hash node_hash(const Hash& left, const Hash& right);  // SHA256(0x01 | l | r)
Hash empty_root();                                    // SHA256("")
inline constexpr std::size_t kTileLeaves = 256;       // of a complete subtree that is read, checked and kept as one
Hash tile_root(std::vector<Hash> leaf_hashes);        // CHECKs that there are kTileLeaves

class Tree {
 public:
  // Leaf hashes [first, first + 256) of a complete tile, asked only for tiles below size() that have left memory. What
  // comes back is compared with the subtree kept since append: a changed store is kStore, never a wrong proof.
  using LeafSource = std::function<Result<std::vector<Hash>>(std::uint64_t first)>;
  explicit Tree(LeafSource source, std::size_t tiles_cached_max = 64);

  std::uint64_t size() const { return size_; }
  void append(const Hash& leaf_hash);
  // A whole tile by its root alone, while size() is a multiple of kTileLeaves. Its leaves come from the source when they
  // are asked for; root() says whether what the tree was given is what was once signed.
  void append_tile(const Hash& root);
  // Takes back everything from `size` on, for a batch whose commit failed before anything was released (its rows may
  // already be gone from the store). CHECKs that it lies within the last 4,096 leaves. kStore when the source fails,
  // which it is asked only after several truncations in a row or for a tile that came by its root.
  Result<void> truncate(std::uint64_t size);
  // Root of the first `size` leaves. kRange for a size above size(), here and below; kStore when the source fails.
  Result<Hash> root(std::uint64_t size);
  Result<Hash> root() { return root(size_); }
  // Hash of leaf `index`, which lies under the root.
  Result<Hash> leaf(std::uint64_t index);
  // Root of a complete tile; CHECKs that there is one of this number.
  const Hash& root_of_tile(std::uint64_t number) const;
  // RFC 9162 2.1.3.1: path of leaf `index` in the tree of `size` leaves.
  Result<std::vector<Hash>> inclusion(std::uint64_t index, std::uint64_t size);
  // RFC 9162 2.1.4.1: from the tree of `first` leaves to that of `second`; empty when first is 0 or equal to second.
  Result<std::vector<Hash>> consistency(std::uint64_t first, std::uint64_t second);

 private:
  struct Tile {
    std::vector<std::vector<Hash>> levels;   // levels[0] leaves .. levels[7]; none at all while it is empty
    void add(const Hash& leaf_hash);
    void cut(std::uint64_t leaves);
  };
  using Tiles = std::list<std::pair<std::uint64_t, Tile>>;
  void close_tile();
  void raise(Hash carried);
  Result<Hash> subtree(std::uint64_t first, std::uint64_t last);        // any range an RFC 9162 split can give
  Result<Hash> complete(unsigned level, std::uint64_t number);
  Result<const Tile*> tile(std::uint64_t number);
  LeafSource source_;
  std::size_t tiles_cached_max_;
  std::uint64_t size_ = 0;
  std::vector<std::vector<Hash>> upper_;   // upper_[k][i]: complete subtree i of 2^(8+k) leaves
  Tile last_;                              // the tile being filled
  Tiles recent_;                           // the last 16 complete ones, newest first: what truncate may open again
  Tiles cached_;                           // older ones, last used first
};

// RFC 9162 2.1.3.2 and 2.1.4.2. False for any proof that is not exactly right, too long ones included. From size 0 the
// proof is empty and the first root must be empty_root().
bool inclusion_holds(const Hash& leaf_hash, std::uint64_t index, std::uint64_t size, const std::vector<Hash>& path, const Hash& root);
bool consistency_holds(std::uint64_t first, std::uint64_t second, const Hash& first_root, const Hash& second_root, const std::vector<Hash>& proof);

struct Checkpoint { std::string origin; std::uint64_t size = 0; Hash root{}; bool operator==(const Checkpoint&) const = default; };
std::string log_origin(std::string_view network);          // "NETWORK/log/1", also the log vkey's name
std::string checkpoint_text(const Checkpoint& checkpoint);
std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& log_key);   // the whole note
// kCheckpoint with a sentence: note form, origin, extension lines, signature.
Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& log_key);

}  // namespace liaison
