// SPDX-License-Identifier: Apache-2.0
// One change of a list as a message of this committee, once: the item of the change says what became of it. Node's thread, inside its step.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/connectors/connector.h"
#include "nodes/connectors/list_difference.h"
#include "nodes/connectors/list_store.h"
#include "nodes/drafts.h"

namespace liaison {

// "list DIGEST": a file's item, by the first half of its digest.
std::string list_item_key(const Hash& digest);

// The body of a list.entry as the API is given it.
nlohmann::json list_entry_fields(const ListChange& change, TimeMs generated_ms);

// What this node's records and the open drafts of this connector say of entries, so that no entry gets a second record. Looked up when it is first asked
// for; it holds for one visit of the desk.
class ListSaid {
 public:
  ListSaid(Desk& desk, const ConnectorConfig& config) : desk_(desk), config_(config) {}
  // The record of this committee about an entry; empty for none.
  Result<std::string> record(const std::string& reference);
  // The newest draft that is a new record about the entry, or changes its `record` where that is not empty.
  Result<std::optional<KeptDraft>> draft(const std::string& reference, const std::string& record);

 private:
  Desk& desk_;
  const ConnectorConfig& config_;
  std::optional<std::map<std::string, std::string>> records_;
  std::optional<std::vector<KeptDraft>> drafts_;
};

struct Told {
  bool done = false;        // it is told: its entry's row may move
  bool failed = false;      // it cannot be told, and was not refused before
  std::string record;       // empty for a draft of a new one
};

// Tells a change of `version` unless it was refused before. `record` is what told of the entry before; empty for none, and what `said` knows counts. An
// open draft of this connector about the entry is changed, whether it makes drafts or not: what it says then holds for both changes. An error is one that
// passes: quota, policy, a node that has not met its broker; nothing of the change is stored then.
Result<Told> tell_change(Desk& desk, const ConnectorConfig& config, ListSaid& said, const KeptVersion& version, const ListChange& change,
                         const std::string& record);

// A file's item and how it stands. Adds it, or changes the one that is there.
Result<void> set_list_item(Desk& desk, const ConnectorConfig& config, const Hash& digest, const std::string& name, ConnectorItem::State state,
                           const std::string& words);

// Items that wait or are held have nothing to say any more when a version was told to its end.
Result<void> end_old_list_items(Desk& desk, const ConnectorConfig& config, const KeptVersion& version);

}  // namespace liaison
