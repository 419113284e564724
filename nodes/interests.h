// SPDX-License-Identifier: Apache-2.0
// Standing interests: what officers of this node want to be told of, as a search that is made again, and up to which
// place in the log they have looked. An interest is no message, never leaves the node, and no fold of messages makes or
// changes it. Rows of node.db, owned by the node's one thread, inside its step: what was answered to an officer has
// been committed before.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/node_store.h"

namespace liaison {

inline constexpr std::uint64_t kInterestsMax = 200;
inline constexpr std::size_t kInterestTextBytesMax = 400;  // of the title, and of the words

struct Interest {
  std::uint64_t number = 0;  // never given twice
  std::string title;
  std::string text, kind, state, committee;  // as in a search; empty: any
  std::string made_by;                       // "uid 1000 (alice)"
  TimeMs made_ms = 0;
  std::uint64_t seen_size = 0;  // how many log entries were there when somebody last looked
  TimeMs seen_ms = 0;           // when the last of them was accepted; 0 of none
  // The filters of the search.
  std::map<std::string, std::string> filters() const;
};

// A way to the rows, and nothing that is kept; made where it is needed. Every function: kStore when the database fails.
class Interests {
 public:
  // Makes the table when it is absent.
  static Result<void> make_table(Database& database);
  explicit Interests(NodeStore& store) : store_(store) {}

  // Its number. kQuota when there are kInterestsMax.
  Result<std::uint64_t> add(const Interest& interest);
  Result<std::optional<Interest>> find(std::uint64_t number);
  // In the order of their numbers.
  Result<std::vector<Interest>> all();
  Result<void> set_seen(std::uint64_t number, std::uint64_t seen_size, TimeMs seen_ms);
  Result<void> remove(std::uint64_t number);

 private:
  NodeStore& store_;
};

}  // namespace liaison
