// SPDX-License-Identifier: Apache-2.0
// The Store seam: the broker's stable storage. Two parts that must not share a fate: the log (entries and the fold's
// rows) and the watermark (size, root, epoch), which is compared-and-swapped. When append or advance returns, the bytes
// are on stable storage. One owner, the commit path; one thread. After a crash: a whole number of appended batches.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/entry.h"
#include "broker/fold.h"
#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

// What the broker has committed itself to: no receipt lies above `size`.
struct Watermark {
  std::uint64_t size = 0;
  Hash root{};
  std::uint64_t epoch = 0;   // one more with every start
  bool operator==(const Watermark&) const = default;
};

// Where a frame of a key stands.
struct Place {
  std::uint64_t index = 0;
  MessageId message_id{};
};

// Two different frames under one sequence of one key: the first such frame is kept.
struct Equivocation {
  std::uint64_t sequence = 0;
  TimeMs seen_ms = 0;
  std::uint64_t count = 0;
  Bytes frame;
};

// What a start must know of 256 entries (a tile, entries 256 n to 256 n + 255) so that it need not read them.
struct TileRow {
  Hash root{};
  Bytes others;              // places within the tile, 0 to 255, of the entries that are no frames
  bool operator==(const TileRow&) const = default;
};

class Store {
 public:
  virtual ~Store() = default;

  // Writes the entries and the fold's rows that they touched, and the tiles that were added, in one transaction and syncs.
  // kStorageFull: nothing was written. kStore: see sync_failed().
  virtual Result<void> append(const std::vector<Entry>& entries, const Fold& touched) = 0;
  // Highest stored index + 1.
  virtual Result<std::uint64_t> size() = 0;
  // Leaf data of [first, first + count), fewer at the end of the log.
  virtual Result<std::vector<LeafData>> leaves(std::uint64_t first, std::size_t count) = 0;
  // Whole entries from `first`, at most `count`, stopping once more than `bytes_max` of bodies have been read; checked by
  // check_entry. kStore naming the place of damage.
  virtual Result<std::vector<Entry>> entries(std::uint64_t first, std::size_t count, std::size_t bytes_max) = 0;
  // Nothing when no frame of this key has this sequence.
  virtual Result<std::optional<Place>> find(const KeyId& key_id, std::uint64_t sequence) = 0;

  // The fold's rows as stored; usage from this day on.
  virtual Result<Fold> fold(std::uint64_t from_day) = 0;
  // Replaces all rows of the fold.
  virtual Result<void> replace_fold(const Fold& fold) = 0;

  // A tile of committed entries. Goes to stable storage with the next append; one that does not get there is made again
  // from its entries at the next start.
  virtual void add_tile(std::uint64_t number, TileRow row) = 0;
  // The stored tiles from tile 0 on. kStore for damage.
  virtual Result<std::vector<TileRow>> tiles() = 0;
  // Replaces all tiles.
  virtual Result<void> replace_tiles(const std::vector<TileRow>& rows) = 0;

  // Keeps the first equivocating frame of a key and counts those of later calls.
  virtual Result<void> keep_equivocation(const KeyId& key_id, const Equivocation& seen) = 0;
  virtual Result<std::optional<Equivocation>> equivocation(const KeyId& key_id) = 0;

  // Nothing in a new folder.
  virtual Result<std::optional<Watermark>> watermark() = 0;
  // Compare-and-swap and sync; `from` empty creates the row. kHalted when the stored one is not `from`: another process
  // writes here. kStorageFull: not swapped.
  virtual Result<void> advance(const std::optional<Watermark>& from, const Watermark& to) = 0;

  // Bytes that may still be written on this disk, the reserve not counted; 0 when it is read-only.
  virtual std::uint64_t free_bytes() = 0;
  // Gives the reserve back to the disk, or takes it again; best effort.
  virtual void set_reserve(bool held) = 0;
  // True after a sync that failed: the owner must end the process (74).
  virtual bool sync_failed() const = 0;
  // The first trouble of the whole store in words, or nothing: structure, then every entry.
  virtual Result<std::optional<std::string>> examine() = 0;
  virtual std::uint64_t bytes() = 0;   // on disk
};

}  // namespace liaison
