// SPDX-License-Identifier: Apache-2.0
// Red alarms: what a committee must know at once, in plain words, with the evidence kept for ever. One alarm is open for
// a kind and a subject at a time, so that a lasting trouble is said once. Node's one thread, inside its step; survives a
// crash with the step.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nodes/node_store.h"
#include "nodes/outcome.h"

namespace liaison {

struct Evidence { std::string name; Bytes bytes; };

class Alarms {
 public:
  explicit Alarms(NodeStore& store) : store_(store) {}
  // Reads which are open. kStore.
  Result<void> load();
  // Nothing when that alarm is open already. kStore.
  Result<void> raise(std::string_view kind, const std::string& subject, std::string sentence, const std::vector<Evidence>& evidence,
                     TimeMs now_ms, NodeOutcome& outcome);
  // Nothing when it is not open. kStore.
  Result<void> clear(std::string_view kind, const std::string& subject, TimeMs now_ms, NodeOutcome& outcome);
  bool is_open(std::string_view kind, const std::string& subject) const { return open_.contains({std::string(kind), subject}); }
  std::size_t open_count() const { return open_.size(); }
  std::vector<std::string> open_subjects(std::string_view kind) const;
  // "1373 1540-V-2027-0001": what another member has done, and about what. Its name alone when nothing is named, and when
  // kOfOneMax of the kind are open because of it, so that no member fills the list.
  static constexpr std::size_t kOfOneMax = 64;
  std::string subject(const MemberId& member, const std::string& about, std::string_view kind) const;

  struct Row {
    std::uint64_t id = 0;
    std::string kind, subject, sentence;
    TimeMs raised_ms = 0;
    std::optional<TimeMs> cleared_ms;
    std::vector<Evidence> evidence;
  };
  // Open ones first, then newest first; from the one after `after` on. kStore.
  struct After { bool over = false; std::uint64_t id = UINT64_MAX; };
  Result<std::vector<Row>> list(const After& after, std::uint64_t limit);

 private:
  NodeStore& store_;
  std::set<std::pair<std::string, std::string>> open_;
};

}  // namespace liaison
