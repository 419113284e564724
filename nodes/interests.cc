// SPDX-License-Identifier: Apache-2.0
#include "nodes/interests.h"

namespace liaison {

namespace {

// AUTOINCREMENT: a number in the audit means one interest for ever.
constexpr const char* kTable = R"sql(
CREATE TABLE IF NOT EXISTS interests (
  number INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, text TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, committee TEXT NOT NULL,
  made_by TEXT NOT NULL, made_ms INTEGER NOT NULL, seen_size INTEGER NOT NULL, seen_ms INTEGER NOT NULL) STRICT;
)sql";

#define INTEREST_COLUMNS "number, title, text, kind, state, committee, made_by, made_ms, seen_size, seen_ms"

Interest interest_at(const Statement& row) {
  Interest out;
  out.number = row.u64(0);
  out.title = row.text(1);
  out.text = row.text(2);
  out.kind = row.text(3);
  out.state = row.text(4);
  out.committee = row.text(5);
  out.made_by = row.text(6);
  out.made_ms = row.u64(7);
  out.seen_size = row.u64(8);
  out.seen_ms = row.u64(9);
  return out;
}

}  // namespace

std::map<std::string, std::string> Interest::filters() const {
  return {{"text", text}, {"kind", kind}, {"state", state}, {"committee", committee}};
}

Result<void> Interests::make_table(Database& database) { return database.execute(kTable); }

Result<std::uint64_t> Interests::add(const Interest& interest) {
  TRY(store_.begin());
  Statement* count = TRY(store_.statement("SELECT count(*) FROM interests"));
  const bool counted = TRY(count->step());
  const std::uint64_t before = counted ? count->u64(0) : 0;
  count->reset();
  if (before >= kInterestsMax)
    return fail(Code::kQuota, "this node keeps " + std::to_string(before) + " standing interests, and no more fit",
                "remove some: liaison interest list");
  Statement* insert = TRY(store_.statement(
      "INSERT INTO interests (title, text, kind, state, committee, made_by, made_ms, seen_size, seen_ms) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert->bind(1, std::string_view(interest.title))
      .bind(2, std::string_view(interest.text))
      .bind(3, std::string_view(interest.kind));
  insert->bind(4, std::string_view(interest.state))
      .bind(5, std::string_view(interest.committee))
      .bind(6, std::string_view(interest.made_by));
  insert->bind(7, interest.made_ms).bind(8, interest.seen_size).bind(9, interest.seen_ms);
  TRY(insert->run());
  return store_.database().last_row();
}

Result<std::optional<Interest>> Interests::find(std::uint64_t number) {
  Statement* select = TRY(store_.statement("SELECT " INTEREST_COLUMNS " FROM interests WHERE number = ?"));
  select->bind(1, number);
  if (!TRY(select->step())) return std::optional<Interest>{};
  std::optional<Interest> out = interest_at(*select);
  select->reset();
  return out;
}

Result<std::vector<Interest>> Interests::all() {
  Statement* select = TRY(store_.statement("SELECT " INTEREST_COLUMNS " FROM interests ORDER BY number"));
  std::vector<Interest> out;
  while (TRY(select->step())) out.push_back(interest_at(*select));
  return out;
}

Result<void> Interests::set_seen(std::uint64_t number, std::uint64_t seen_size, TimeMs seen_ms) {
  TRY(store_.begin());
  Statement* update = TRY(store_.statement("UPDATE interests SET seen_size = ?, seen_ms = ? WHERE number = ?"));
  return update->bind(1, seen_size).bind(2, seen_ms).bind(3, number).run();
}

Result<void> Interests::remove(std::uint64_t number) {
  TRY(store_.begin());
  Statement* gone = TRY(store_.statement("DELETE FROM interests WHERE number = ?"));
  return gone->bind(1, number).run();
}

}  // namespace liaison
