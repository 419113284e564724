// SPDX-License-Identifier: Apache-2.0
// The last good version of a list, as rows of node.db: which one it is, and each entry with the digests of its fields. The rows move entry by entry, each
// with the message that tells of it, so that after a crash the difference that is left is what was not told. While they move, the version that they move
// to stands beside the last good one: told halfway, neither of the two is what the committees know. Owned by the node's one thread, inside its step.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nodes/connectors/list_parser.h"
#include "nodes/node_store.h"

namespace liaison {

struct KeptVersion {
  Hash digest{};                 // SHA-256 of the file
  TimeMs generated_ms = 0;
  std::uint64_t entries = 0;
};

struct KeptEntry {
  ListedEntry entry;
  bool standing = true;          // false: removed; its record is still known, since a reference number is never given to another entry
  std::string record;            // that tells of it; empty while none does
};

// A way to the rows; nothing is kept. Every function: kStore when the database fails.
class ListStore {
 public:
  // Makes the tables when they are absent.
  static Result<void> make_tables(NodeStore& store);
  explicit ListStore(NodeStore& store) : store_(store) {}

  // Nothing until a connector has taken its first list.
  Result<std::optional<KeptVersion>> version(const std::string& connector);
  // It is told to its end: it is the last good one, and none is being told.
  Result<void> set_version(const std::string& connector, const KeptVersion& version);
  // The version that is being told; nothing when the last good one was told to its end.
  Result<std::optional<KeptVersion>> being_told(const std::string& connector);
  // With the first row that moves.
  Result<void> set_being_told(const std::string& connector, const KeptVersion& version);
  Result<std::vector<KeptEntry>> entries(const std::string& connector);
  Result<void> put(const std::string& connector, const KeptEntry& kept);
  // Entries alone.
  Result<void> forget(const std::string& connector);

 private:
  NodeStore& store_;
};

}  // namespace liaison
