// SPDX-License-Identifier: Apache-2.0
// What connectors remember, as rows of node.db: how far each has come, whether it is paused, its items with what became of them. Owned by the
// node's one thread, inside its step: an item's row is stored with its effect or not at all.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/node_store.h"

namespace liaison {

struct ConnectorState {
  std::string name;
  bool paused = false;
  std::string paused_by;             // "uid 1000 (alice)", or why the connector paused itself
  std::uint64_t cursor = 0;          // of an outgoing one: the log index up to which messages were looked at
  std::uint64_t start = 0;           // where it began; it never looks before that
  std::string note;                  // of its own kind
  TimeMs last_run_ms = 0, next_run_ms = 0;   // the next one: not before, since the other side asked for that; 0: nobody did
  std::string last_words, last_error;   // of the last run; the error is empty when it went well
  std::uint64_t failures = 0;        // runs in a row that ended with an error
  std::uint64_t done = 0, failed = 0;   // items since it is there
};

struct ConnectorItem {
  enum class State : std::uint8_t { kWaiting = 0, kDone = 1, kFailed = 2, kHeld = 3 };   // held: a person must decide
  std::uint64_t number = 0;          // never given twice
  std::string connector;
  std::string key;                   // what makes it the same item: derives from its content or its source
  std::string name;                  // for people: a file's name, a message id
  State state = State::kWaiting;
  std::string kind, record;          // of a message on its way out, or what an incoming item has become
  std::uint64_t index = 0;           // of a message
  std::uint32_t tries = 0;
  TimeMs made_ms = 0, next_ms = 0, ended_ms = 0;
  std::string words;                 // what became of it
};

std::string_view word_of(ConnectorItem::State state);   // waiting, done, failed, held

inline constexpr std::uint64_t kEndedItemsKept = 100'000;   // what is done and so far behind the newest item of all is forgotten

// A way to the rows; nothing is kept. Every function: kStore when the database fails.
class ConnectorStore {
 public:
  // Makes the tables when they are absent.
  static Result<void> make_tables(Database& database);
  explicit ConnectorStore(NodeStore& store) : store_(store) {}

  // The state as it is kept; a new one for a name that was never there.
  Result<ConnectorState> state(const std::string& name);
  // A name that was never there begins at this cursor; nothing changes for another.
  Result<void> begin_at(const std::string& name, std::uint64_t cursor);
  // A message that stands there can be shown only now: connectors that have passed it, and not begun behind it, look again from there.
  Result<void> look_again(std::uint64_t index);
  Result<void> set_state(const ConnectorState& state);

  // Its number; nothing when this connector has had an item with this key.
  Result<std::optional<std::uint64_t>> add(const ConnectorItem& item);
  Result<std::optional<ConnectorItem>> find(const std::string& connector, const std::string& key);
  Result<std::optional<ConnectorItem>> find(std::uint64_t number);
  // Whether one of its items, as far as they are remembered, is about this record.
  Result<bool> has_record(const std::string& connector, const std::string& record);
  // state, tries, made_ms, next_ms, ended_ms, record and words of `item`. Counts it in its connector's state when it has ended.
  Result<void> set(const ConnectorItem& item);
  // Waiting from now on: state, tries, made_ms, next_ms and ended_ms of `item`.
  Result<void> again(const ConnectorItem& item);
  // All that wait after a try are due now, and have all their time again: the other side is there, or the connector goes on after a pause.
  Result<void> hurry(const std::string& connector, TimeMs now_ms);
  // Waiting items whose time has come, oldest first; one is left out while an older one about the same record waits for its time, so that what is
  // said of a record arrives in order.
  Result<std::vector<ConnectorItem>> due(const std::string& connector, TimeMs now_ms, std::uint64_t limit);
  // When the next waiting one is due that is not due now; nothing when none is.
  Result<std::optional<TimeMs>> next_due(const std::string& connector, TimeMs now_ms);
  // The oldest failed one goes, so that another finds room.
  Result<void> forget_failed(const std::string& connector);
  // Newest first, below `before` (0: from the newest).
  Result<std::vector<ConnectorItem>> list(const std::string& connector, std::optional<ConnectorItem::State> state, std::uint64_t before,
                                          std::uint64_t limit);
  struct Counts { std::uint64_t waiting = 0, failed = 0, held = 0; };
  Result<Counts> counts(const std::string& connector);

 private:
  NodeStore& store_;
};

}  // namespace liaison
