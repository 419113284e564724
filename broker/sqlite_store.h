// SPDX-License-Identifier: Apache-2.0
// The Store on two SQLite files: FOLDER/log/log.db and FOLDER/checkpoint/checkpoint.db, each with one connection, WAL and
// synchronous=FULL (PROTOCOL 4). FOLDER/log/reserve holds the room for receipts, rosters and revocations.
//
//   entries        idx, leaf (52 bytes), mark, and of a frame key_id, sequence, message_id, rule; unique (key_id, sequence),
//                  and thereby message_id, which is a hash over both
//   bodies         idx, body; apart, so that a start reads all leaves without the bodies between them
//   chains, usage  the fold's rows
//   tiles          number, root, others, mark: a TileRow
//   equivocations  evidence, one row a key
//
// `mark` is the first 8 bytes of SHA-256 over the other columns of the row: a flipped bit is seen before it is believed.
#pragma once

#include <filesystem>
#include <memory>

#include "broker/meters.h"
#include "broker/store.h"
#include "security/sqlite.h"

namespace liaison {

class SqliteStore final : public Store {
 public:
  struct Options {
    std::uint64_t reserve_bytes = 64ULL << 20;
    std::string vfs;   // for tests
  };
  // Opens or makes both files. kStore with the file and SQLite's words; kConfig for a format that this version does not know.
  static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& folder, Meters& meters, const Options& options);
  ~SqliteStore() override;

  Result<void> append(const std::vector<Entry>& entries, const Fold& touched) override;
  Result<std::uint64_t> size() override;
  Result<std::vector<LeafData>> leaves(std::uint64_t first, std::size_t count) override;
  Result<std::vector<Entry>> entries(std::uint64_t first, std::size_t count, std::size_t bytes_max) override;
  Result<std::optional<Place>> find(const KeyId& key_id, std::uint64_t sequence) override;
  Result<Fold> fold(std::uint64_t from_day) override;
  Result<void> replace_fold(const Fold& fold) override;
  void add_tile(std::uint64_t number, TileRow row) override { added_tiles_.emplace_back(number, std::move(row)); }
  Result<std::vector<TileRow>> tiles() override;
  Result<void> replace_tiles(const std::vector<TileRow>& rows) override;
  Result<void> keep_equivocation(const KeyId& key_id, const Equivocation& seen) override;
  Result<std::optional<Equivocation>> equivocation(const KeyId& key_id) override;
  Result<std::optional<Watermark>> watermark() override;
  Result<void> advance(const std::optional<Watermark>& from, const Watermark& to) override;
  std::uint64_t free_bytes() override;
  void set_reserve(bool held) override;
  bool sync_failed() const override;
  Result<std::optional<std::string>> examine() override;
  std::uint64_t bytes() override;

 private:
  struct Statements;
  SqliteStore(std::filesystem::path folder, Meters& meters, const Options& options);
  Result<void> prepare();
  Result<void> write_rows(const std::vector<Entry>& entries);
  Result<void> write_fold(const Fold& touched);
  Result<void> write_added_tiles();
  Result<void> write_tile(std::uint64_t number, const TileRow& row);
  Result<Entry> read_entry(Statement& row);
  Error trouble(const Database& database, Error error) const;

  std::filesystem::path folder_;
  Meters& meters_;
  std::uint64_t reserve_bytes_;
  std::unique_ptr<Database> log_;
  std::unique_ptr<Database> checkpoint_;
  std::unique_ptr<Statements> statements_;
  std::vector<std::pair<std::uint64_t, TileRow>> added_tiles_;   // not yet on stable storage
};

}  // namespace liaison
