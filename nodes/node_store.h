// SPDX-License-Identifier: Apache-2.0
// The node's one file, node.db: leaves, messages with their sealed frames, outbox, deliveries, pair sequences, alarms with
// evidence, rosters, policies, answers to requests and audit lines. Owned by the node's one thread. One step of the node
// is one transaction: it opens with the first change and everything in it is stored together or not at all.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"
#include "security/log.h"
#include "security/sqlite.h"

namespace liaison {

class NodeStore {
 public:
  // Makes or opens the file; kStore when it is damaged or of a newer version.
  static Result<std::unique_ptr<NodeStore>> open(const std::filesystem::path& file, const Database::Options& options = {});
  Database& database() { return *database_; }

  // A statement, prepared at its first use and kept; `sql` is a literal. kStore.
  Result<Statement*> statement(const char* sql);

  // begin: opens the step's transaction unless it is open. commit: on stable storage when it returns; nothing to do when
  // none is open. rollback: forgets the step; the caller loads its memory anew. kStore.
  Result<void> begin();
  Result<void> commit();
  void rollback();
  bool in_step() const { return in_step_; }
  // An officer's act inside the step, so that a wrong one takes back only itself.
  Result<void> mark();
  Result<void> keep();
  Result<void> take_back();

  // Small facts by name. Nothing for an absent one.
  Result<std::optional<Bytes>> fact(std::string_view name);
  Result<void> set_fact(std::string_view name, View value);

  Result<void> add_leaf(std::uint64_t index, View leaf);
  // kUnknown for an index that is not mirrored.
  Result<Leaf> leaf(std::uint64_t index);
  // Leaf hashes of [first, first + count), fewer at the end.
  Result<std::vector<Hash>> leaf_hashes(std::uint64_t first, std::uint64_t count);

  // Rosters (class 2) and policies (class 3) of the log, in log order.
  struct Act { std::uint64_t index = 0; LeafClass kind = LeafClass::kRoster; std::string text; TimeMs accept_time_ms = 0; };
  Result<void> add_act(const Act& act);   // its leaf is there already
  Result<std::vector<Act>> acts();

  // Answers to requests: the same id gives the same answer. `subject` says what was asked (method, path, body).
  struct Answer { Hash subject{}; int status = 0; std::string body; };
  Result<std::optional<Answer>> answer(const std::string& request_id);
  Result<void> set_answer(const std::string& request_id, const Answer& answer, TimeMs now_ms);

  // One line of who did what (TRUST 5), never with content.
  Result<void> audit(TimeMs now_ms, std::string_view event, std::string_view actor, std::string_view object, std::string_view result);

 private:
  NodeStore() = default;
  Result<void> check_version();
  std::unique_ptr<Database> database_;
  std::unordered_map<const char*, Statement> statements_;
  bool in_step_ = false;
};

}  // namespace liaison
