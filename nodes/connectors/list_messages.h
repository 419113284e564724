// SPDX-License-Identifier: Apache-2.0
// One change of a list as a message of this committee, once: the item of the change says what became of it. Node's thread, inside its step.
#pragma once

#include <map>
#include <string>

#include "nodes/connectors/connector.h"
#include "nodes/connectors/list_difference.h"
#include "nodes/connectors/list_store.h"

namespace liaison {

// "list DIGEST": a file's item, by the first half of its digest.
std::string list_item_key(const Hash& digest);

// The body of a list.entry as the API is given it.
nlohmann::json list_entry_fields(const ListChange& change, TimeMs generated_ms);

struct Told {
  bool done = false;        // it is told: its entry's row may move
  bool failed = false;      // it cannot be told, and was not refused before
  std::string record;       // empty for a draft
};

// Tells a change of `version` unless it was refused before. `record` is what told of the entry before; empty for none. An error is one that passes:
// quota, policy, a node that has not met its broker; nothing of the change is stored then.
Result<Told> tell_change(Desk& desk, const ConnectorConfig& config, const KeptVersion& version, const ListChange& change, const std::string& record);

// A file's item and how it stands. Adds it, or changes the one that is there.
Result<void> set_list_item(Desk& desk, const ConnectorConfig& config, const Hash& digest, const std::string& name, ConnectorItem::State state,
                           const std::string& words);

// Items that wait or are held have nothing to say any more when a version was told to its end.
Result<void> end_old_list_items(Desk& desk, const ConnectorConfig& config, const KeptVersion& version);

}  // namespace liaison
