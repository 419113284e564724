// SPDX-License-Identifier: Apache-2.0
// The fold: what the exchange must remember of the entries so far. It grows by fold_in alone, one entry at a time; the
// store keeps its rows in the entries' own transaction, and folding all entries anew must give equal rows.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "broker/entry.h"
#include "schemas/ids.h"

namespace liaison {

// One sign key's chain of logged frames.
struct Chain {
  MemberId member;
  std::uint64_t first_index = 0;
  std::uint64_t last_index = 0;
  std::uint64_t sequence = 0;      // of the last frame
  MessageId message_id{};          // of the last frame
  bool operator==(const Chain&) const = default;
};

// What a member has used of a day's quota; refused entries count.
struct UsageKey {
  std::uint64_t day = 0;           // days since 1970 UTC, of accept_time
  MemberId member;
  std::string kind;                // "other" for a kind without a schema here, so that rows stay few
  auto operator<=>(const UsageKey&) const = default;
};
struct Usage {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  bool operator==(const Usage&) const = default;
};

struct Fold {
  std::map<KeyId, Chain> chains;
  std::map<UsageKey, Usage> usage;

  // The member's chain that grew last: its keys before that one are superseded. nullptr when it has logged nothing.
  const Chain* latest(const MemberId& member) const;
  bool operator==(const Fold&) const = default;
};

std::uint64_t day_of(TimeMs time_ms);
UsageKey usage_key(TimeMs accept_time_ms, const MemberId& member, std::string_view kind);

void fold_in(Fold& fold, const Entry& entry);
// The rows that these entries have touched, as they stand in `fold`.
Fold touched_by(const Fold& fold, const std::vector<Entry>& entries);

}  // namespace liaison
