// SPDX-License-Identifier: Apache-2.0
// What has changed from the last good version of a list to a new one, entry by entry and field by field; and why a new one is held for a person
// instead. Pure functions; any thread. No sentence of these holds what a list says.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/connectors/list_parser.h"

namespace liaison {

struct ListRules {
  std::vector<std::string> lists;       // list types whose changes are told: Al-Qaida
  std::uint64_t shrink_percent = 5;     // more than that of the entries gone: a person looks at it
  std::vector<std::string> values = {}; // fields whose old and new words are told
};

// The last good version, as far as it has been told.
struct KnownList {
  TimeMs generated_ms = 0;                          // of the newest version of which anything was told
  std::uint64_t entries = 0;                        // when it was taken
  std::map<std::string, ListedEntry> standing;      // by reference number
};

struct ListFieldChange {
  std::string field;
  std::optional<std::string> previous, current;     // of the fields of ListRules::values, where they were kept
  bool operator==(const ListFieldChange&) const = default;
};

struct ListChange {
  enum class What : std::uint8_t { kAdded, kAmended, kRemoved };
  What what = What::kAdded;
  ListedEntry entry;                                // as it stands now; as it last stood when it was removed
  std::vector<ListFieldChange> fields;              // of an amended one, by name
  std::string effective_on;
  bool told = false;                                // of a list that is followed; the others are only kept
};
std::string_view word_of(ListChange::What what);    // added, amended, removed: the statuses of list.entry

// QDi.001, TAe.002: i of an individual, e of an entity. The first two letters may be those of a list that is new.
bool is_reference(std::string_view text, bool entity);

// What no person can let pass: no entries, a reference number that has not its form or stands twice, an entry without a list type. kInput, naming the
// entry by its place.
Result<void> check_list(const ListVersion& list);

// Why a person must look at a list that passed check_list before anything of it is told; nothing when nobody needs to. It goes back in time, it says
// something else under the date of the last one, more than shrink_percent of the entries are gone, or all of a list that is followed, or an entry of
// one moves to a list that is neither followed nor in the last version: its name would leave with the message.
std::optional<Error> doubt_about(const KnownList& last, const ListVersion& now, const ListRules& rules);

// The same for a list whose date is more than a day ahead of this machine's clock: every true one after it would go back in time.
std::optional<Error> doubt_about_date(const ListVersion& now, TimeMs clock_ms);

// By reference number.
std::vector<ListChange> list_changes(const KnownList& last, const ListVersion& now, const ListRules& rules);

// "3 added, 1 amended", of those that are told; "nothing".
std::string changes_in_words(const std::vector<ListChange>& changes);

}  // namespace liaison
