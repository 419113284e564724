// SPDX-License-Identifier: Apache-2.0
// The store's tiles: one row for every 256 committed entries, which a start reads instead of them.
#include <algorithm>

#include "broker/sqlite_store.h"
#include "security/hash.h"

namespace liaison {

namespace {

using RowMark = std::array<std::uint8_t, 8>;

RowMark mark_of(std::uint64_t number, View root, View others) {
  Bytes first;
  put_u64(first, number);
  const Hash whole = sha256({first, root, others});
  RowMark mark{};
  std::copy_n(whole.begin(), mark.size(), mark.begin());
  return mark;
}

Error damaged(std::uint64_t number) {
  return fail(Code::kStore, "log.db: the row of tile " + std::to_string(number) + " is missing or has changed since it was written",
              "run liaison-broker --rebuild");
}

}  // namespace

Result<void> SqliteStore::write_added_tiles() {
  for (const auto& [number, row] : added_tiles_) TRY(write_tile(number, row));
  return {};
}

Result<void> SqliteStore::write_tile(std::uint64_t number, const TileRow& row) {
  // Made anew each time: there is one in 256 entries.
  Statement insert = TRY(log_->prepare("INSERT OR REPLACE INTO tiles VALUES(?,?,?,?)"));
  const RowMark mark = mark_of(number, row.root, row.others);
  return insert.bind(1, number).bind(2, View(row.root)).bind(3, View(row.others)).bind(4, View(mark)).run();
}

Result<std::vector<TileRow>> SqliteStore::tiles() {
  std::vector<TileRow> found;
  Statement row = TRY(log_->prepare("SELECT number, root, others, mark FROM tiles ORDER BY number"));
  while (TRY(row.step())) {
    const std::uint64_t number = found.size();
    const auto root = array_from<Hash>(row.blob(1));
    const View others = row.blob(2);
    const View stored = row.blob(3);
    if (row.u64(0) != number || !root) return damaged(number);
    const RowMark mark = mark_of(number, *root, others);
    if (!std::equal(mark.begin(), mark.end(), stored.begin(), stored.end())) return damaged(number);
    found.push_back({*root, bytes_of(others)});
  }
  return found;
}

Result<void> SqliteStore::replace_tiles(const std::vector<TileRow>& rows) {
  added_tiles_.clear();
  TRY(log_->begin());
  auto done = log_->execute("DELETE FROM tiles");
  for (std::size_t number = 0; done && number < rows.size(); ++number) done = write_tile(number, rows[number]);
  if (done) done = log_->commit();
  if (done) return {};
  if (!log_->sync_failed()) log_->rollback();
  return trouble(*log_, done.error());
}

}  // namespace liaison
