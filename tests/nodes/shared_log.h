// SPDX-License-Identifier: Apache-2.0
// What several committees' views have in common in a test: one log that orders what they send, and how their tables are compared. No signing,
// sealing or sockets.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <string>
#include <vector>

#include "nodes/domain/effect.h"
#include "security/hash.h"
#include "security/sqlite.h"
#include "tests/doubles/member.h"

namespace liaison {

// 2026-11-23T09:00:00Z
inline constexpr TimeMs kVisitsNow = 1'795'424'400'000;
inline constexpr std::int64_t kVisitsToday = static_cast<std::int64_t>(kVisitsNow / 86'400'000);

inline bool concerns(const Effect& one, const MemberId& id) {
  return id == one.sender || std::find(one.recipients.begin(), one.recipients.end(), id) != one.recipients.end();
}

// Every row of a table, each value as SQL writes it.
inline std::string rows_of(Database& database, const std::string& table, const std::string& order) {
  auto columns = *database.prepare("SELECT group_concat('quote(' || name || ')', '||'',''||') FROM pragma_table_info('" + table + "')");
  EXPECT_TRUE(*columns.step());
  auto statement = *database.prepare("SELECT " + columns.text(0) + " FROM " + table + " ORDER BY " + order);
  std::string out;
  while (*statement.step()) out += statement.text(0) + "\n";
  return out;
}

class SharedLog {
 public:
  // A draft as a message that is not in the log yet; its body lives as long as this.
  Effect effect(std::string_view sender, const Draft& draft) {
    Effect out;
    out.sender = member(sender);
    out.recipients = draft.recipients;
    out.kind = draft.kind;
    out.marking = draft.marking;
    out.in_reply_to = draft.in_reply_to;
    out.time_ms = clock_;
    bodies_.push_back(draft.body);
    out.body = bodies_.back();
    out.message_id = sha256({view_of(std::to_string(++made_)), out.body});
    return out;
  }
  // The same with its place: the next index, a second later.
  const Effect& append(Effect one) {
    clock_ += 1000;
    one.index = index_++;
    one.time_ms = clock_;
    entries_.push_back(std::move(one));
    return entries_.back();
  }
  const std::vector<Effect>& entries() const { return entries_; }
  std::uint64_t size() const { return index_; }

 private:
  std::vector<Effect> entries_;
  std::list<Bytes> bodies_;
  std::uint64_t index_ = 2;   // a roster and a policy lie before
  std::uint64_t made_ = 0;
  TimeMs clock_ = kVisitsNow;
};

}  // namespace liaison
