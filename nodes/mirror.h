// SPDX-License-Identifier: Apache-2.0
// The node's own copy of the log's leaves, and the proof that each checkpoint connects to it. It witnesses the whole log
// without reading it. Owned by the node; the leaves are on disk, the tree is built from them at start.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "nodes/node_store.h"
#include "schemas/message.h"
#include "security/log.h"

namespace liaison {

class Mirror {
 public:
  Mirror(NodeStore& store, VerifierKey log_key);
  // Builds the tree from the stored leaves. kStore when one is missing or the root is not that of the newest checkpoint.
  Result<void> load();

  struct Signed { Checkpoint checkpoint; std::string note; };
  std::uint64_t size() const { return tree_.size(); }
  Result<Hash> root() { return tree_.root(); }
  // Of the first `size` entries, at most size(). kStore.
  Result<Hash> root_at(std::uint64_t size) { return tree_.root(size); }
  // The newest checkpoint that connects to this mirror, and the newest one whose entries are all here.
  const std::optional<Signed>& seen() const { return seen_; }
  const std::optional<Signed>& covering() const { return covering_; }

  // The checkpoint in a note, by the broker's log key. kCheckpoint.
  Result<Checkpoint> open(const std::string& note);
  // Appends the leaves and stores them, when the tree with them connects to the checkpoint and to every one seen before;
  // otherwise kCheckpoint with what does not connect, and nothing is changed. kStore.
  Result<void> extend(const std::vector<Item>& items, const Signed& signed_checkpoint, const std::vector<Hash>& consistency);
  // A checkpoint that came with an acceptance: must agree with this mirror now, or as soon as the mirror is that long.
  // kCheckpoint when it does not.
  Result<void> promise(const Signed& signed_checkpoint);
  // The largest of those that lie beyond this mirror's end.
  std::optional<Signed> promised() const;
  // The note that the last kCheckpoint error was about, beside the one it came with; else the newest that connects.
  Bytes own_evidence() const;
  // The accept time of the last leaf.
  TimeMs newest_ms() const { return newest_ms_; }
  // Does a checkpoint that another member had seen connect? True also for size 0. kStore.
  Result<bool> agrees(std::uint64_t size, const Hash& root);

  Result<std::vector<Hash>> inclusion(std::uint64_t index, std::uint64_t size) { return tree_.inclusion(index, size); }
  Result<Leaf> leaf(std::uint64_t index) { return store_.leaf(index); }

 private:
  Tree::LeafSource source();
  Result<void> check_connection(const Checkpoint& checkpoint, const std::vector<Hash>& consistency);
  Result<void> check_promises(std::uint64_t before);
  Result<void> check_promise(const Signed& promise);
  Result<void> check_twins(const Checkpoint& checkpoint);
  Result<void> keep(const Signed& signed_checkpoint);
  void remember(const Signed& beyond);
  NodeStore& store_;
  VerifierKey log_key_;
  Tree tree_;
  std::optional<Signed> seen_, covering_;
  std::vector<Signed> promised_;                       // seen, and beyond the mirror's end; at most kPromisesMax
  std::optional<Signed> contradicted_;
  TimeMs newest_ms_ = 0;
  std::optional<Signed> last_opened_;                  // one signature check for all that came under one checkpoint
  std::unordered_map<std::uint64_t, Hash> roots_;      // roots that were asked for; bounded
};

}  // namespace liaison
