// SPDX-License-Identifier: Apache-2.0
// Drafts: acts that officers keep at the node until one of them releases it. A draft is what the API was asked, as it was asked; it is no message,
// never leaves the node, and no fold of messages makes or changes it. Rows of node.db, owned by the node's one thread, inside its step: what was
// answered to an officer has been committed before.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nodes/node_store.h"

namespace liaison {

inline constexpr std::uint64_t kOpenDraftsMax = 1'000, kEndedDraftsKept = 1'000;
inline constexpr std::uint64_t kDraftBytesMax = 64ULL << 20;   // of the texts of all open drafts

// Who did something, as the API knows it: the number decides, the name is for people.
struct Officer {
  std::optional<std::uint32_t> uid;
  std::string name;   // "uid 1000 (alice)"
};

struct KeptDraft {
  enum class State : std::uint8_t { kOpen = 0, kReleased = 1, kDiscarded = 2 };
  std::uint64_t number = 0;        // 7 of draft-7; never given twice
  std::uint64_t version = 1;       // grows with each change of it
  State state = State::kOpen;
  std::string kind;                // of its message: visit.plan
  std::string act;                 // new, change, answer, recall, close, extend, import
  std::string record;              // that it changes, answers or recalls; empty for new ones and imports
  std::uint64_t on_revision = 0;   // of a change: the revision that it was made on
  std::string fields;              // JSON; empty once it is no longer open
  Officer made_by, changed_by, ended_by;
  TimeMs made_ms = 0, changed_ms = 0, ended_ms = 0;
  std::string origin;              // the system whose connector made it; empty for an officer's
  std::string outcome;             // of a released one: the record, or how many
  std::string id() const { return "draft-" + std::to_string(number); }
};

// "draft-7"; nothing for any other text.
std::optional<std::uint64_t> draft_number(std::string_view id);

// Every function: kStore when the database fails.
class Drafts {
 public:
  // Makes the table when it is absent.
  static Result<void> make_table(Database& database);
  explicit Drafts(NodeStore& store) : store_(store) {}

  // Its number. kQuota when there are too many open ones, or they hold too much.
  Result<std::uint64_t> add(const KeptDraft& draft);
  Result<std::optional<KeptDraft>> find(std::uint64_t number);
  // on_revision, fields, changed_by and changed_ms of `draft`; its version is one more. kQuota as add.
  Result<void> change(const KeptDraft& draft);
  // Released or discarded, by and when, with the outcome: its fields go. Of all such the newest kEndedDraftsKept stay.
  Result<void> end(const KeptDraft& draft);
  // Newest first, below `before` (0: from the newest), without their fields; an empty kind matches all.
  Result<std::vector<KeptDraft>> list(std::optional<KeptDraft::State> state, const std::string& kind, std::uint64_t before, std::uint64_t limit);

 private:
  Result<void> check_room(std::uint64_t more_drafts, std::uint64_t more_bytes);
  NodeStore& store_;
};

}  // namespace liaison
