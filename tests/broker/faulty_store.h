// SPDX-License-Identifier: Apache-2.0
// A Store that stands before a real one, writes down what is asked of it, and fails where a test says so.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "broker/store.h"

namespace liaison {

class FaultyStore final : public Store {
 public:
  explicit FaultyStore(Store& real) : real_(real) {}

  // Answered instead of the real store's answer, once each.
  std::optional<Error> fail_append, fail_advance;
  // Set: what free_bytes() says.
  std::optional<std::uint64_t> free;
  // Set: leaves() gives back this bit flipped.
  std::optional<std::size_t> flip_leaf_byte;
  // Set: entries() gives back bodies of this many bytes.
  std::optional<std::size_t> body_bytes;
  std::size_t entries_read = 0, bytes_read = 0;   // by entries()
  std::function<void()> on_entries = [] {};       // called before entries() reads
  std::size_t leaves_read = 0;                    // by leaves()
  bool failed_sync = false;
  bool reserve_held = true;
  std::vector<std::string> trace;

  Result<void> append(const std::vector<Entry>& entries, const Fold& touched) override {
    if (auto error = std::exchange(fail_append, std::nullopt)) return *error;
    auto done = real_.append(entries, touched);
    if (done) trace.push_back("rows synced");
    return done;
  }
  Result<void> advance(const std::optional<Watermark>& from, const Watermark& to) override {
    if (auto error = std::exchange(fail_advance, std::nullopt)) return *error;
    auto done = real_.advance(from, to);
    if (done) trace.push_back("checkpoint synced");
    return done;
  }
  Result<std::vector<LeafData>> leaves(std::uint64_t first, std::size_t count) override {
    auto found = real_.leaves(first, count);
    if (found) leaves_read += found->size();
    if (found && flip_leaf_byte && !found->empty()) found->front()[*flip_leaf_byte] ^= 1;
    return found;
  }
  Result<std::uint64_t> size() override { return real_.size(); }
  Result<std::vector<Entry>> entries(std::uint64_t first, std::size_t count, std::size_t bytes_max) override {
    on_entries();
    auto found = real_.entries(first, count, bytes_max);
    if (found) entries_read += found->size();
    if (found) for (const Entry& entry : *found) bytes_read += entry.body.size();
    if (found && body_bytes) {
      for (Entry& entry : *found) entry.body.resize(*body_bytes);
    }
    return found;
  }
  Result<std::optional<Place>> find(const KeyId& key_id, std::uint64_t sequence) override { return real_.find(key_id, sequence); }
  Result<Fold> fold(std::uint64_t from_day) override { return real_.fold(from_day); }
  Result<void> replace_fold(const Fold& fold) override { return real_.replace_fold(fold); }
  void add_tile(std::uint64_t number, TileRow row) override { real_.add_tile(number, std::move(row)); }
  Result<std::vector<TileRow>> tiles() override { return real_.tiles(); }
  Result<void> replace_tiles(const std::vector<TileRow>& rows) override { return real_.replace_tiles(rows); }
  Result<void> keep_equivocation(const KeyId& key_id, const Equivocation& seen) override { return real_.keep_equivocation(key_id, seen); }
  Result<std::optional<Equivocation>> equivocation(const KeyId& key_id) override { return real_.equivocation(key_id); }
  Result<std::optional<Watermark>> watermark() override { return real_.watermark(); }
  std::uint64_t free_bytes() override { return free.value_or(real_.free_bytes()); }
  void set_reserve(bool held) override { reserve_held = held; }
  bool sync_failed() const override { return failed_sync || real_.sync_failed(); }
  Result<std::optional<std::string>> examine() override { return real_.examine(); }
  std::uint64_t bytes() override { return real_.bytes(); }

 private:
  Store& real_;
};

}  // namespace liaison
