// SPDX-License-Identifier: Apache-2.0
// The tables and statements of full_text.cc and text_search.cc, in one place where they can be read together. Private to them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nodes/domain/full_text.h"

namespace liaison::text_sql {

// text_index holds the terms of text_tokens.h and no text: title and text with a place for each, `also` what a place is found by
// besides, `marks` what filters look for, "k:visit". text_bodies has the texts, for snippets and for taking an entry out again;
// text_entries is what a page of hits reads for each, and short. Rows go from the newest changes to the oldest.
inline constexpr const char* kTables = R"sql(
CREATE TABLE IF NOT EXISTS text_entries(
  row INTEGER PRIMARY KEY, record TEXT NOT NULL, kind TEXT NOT NULL, owner TEXT NOT NULL, states TEXT NOT NULL, day INTEGER NOT NULL,
  changed INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS text_entries_by_record ON text_entries(record);
CREATE TABLE IF NOT EXISTS text_bodies(row INTEGER PRIMARY KEY, title TEXT NOT NULL, texts BLOB NOT NULL);
CREATE VIRTUAL TABLE IF NOT EXISTS text_index USING fts5(title, text, also, marks, content = '', tokenize = "ascii tokenchars '_:'");
CREATE VIRTUAL TABLE IF NOT EXISTS text_index_words USING fts5vocab(text_index, row);
CREATE TABLE IF NOT EXISTS text_index_owed(one INTEGER PRIMARY KEY, what INTEGER NOT NULL, again INTEGER NOT NULL, runs INTEGER NOT NULL);
)sql";

inline constexpr const char* kDrop = R"sql(
DROP TABLE IF EXISTS text_index_words; DROP TABLE IF EXISTS text_index; DROP TABLE IF EXISTS text_index_owed;
DROP TABLE IF EXISTS text_entries; DROP TABLE IF EXISTS text_bodies;
)sql";

inline constexpr const char* kClear = R"sql(
INSERT INTO text_index(text_index) VALUES('delete-all'); DELETE FROM text_index_owed; DELETE FROM text_entries; DELETE FROM text_bodies;
)sql";

inline constexpr const char* kSize =
    "SELECT (SELECT sum(length(block)) FROM text_index_data) + (SELECT sum(length(sz) + 8) FROM text_index_docsize)"
    " + (SELECT sum(length(title) + length(texts) + 8) FROM text_bodies)"
    " + (SELECT sum(2 * length(record) + length(kind) + length(owner) + length(states) + 32) FROM text_entries)";

inline constexpr std::string_view kTextBreak = "_";    // a place that no word has
inline constexpr std::int64_t kMergePages = 150;

// A row's number: the days from its last change to the last day there is, and below them a piece of its name's hash.
inline constexpr TimeMs kRowDayMs = 86'400'000;
inline constexpr std::uint64_t kRowDaysMax = 0xFFFF;   // in the year 2149
inline constexpr int kRowNameBits = 40;
inline std::int64_t row_of_day(TimeMs changed_ms, std::uint64_t name = 0) {
  const std::uint64_t day = std::min<std::uint64_t>(changed_ms / kRowDayMs, kRowDaysMax);
  return static_cast<std::int64_t>((kRowDaysMax - day) << kRowNameBits | name >> (64 - kRowNameBits));
}

enum Sql : std::size_t {
  kFindEntry, kAllEntries, kIsTaken, kTouchEntry, kAddWords, kDropWords, kAddBody, kDropBody, kAddEntry, kDropEntry,
  kOwe, kOwed, kBeginPass, kEndPass, kEndOwing, kFlush, kMerge, kChanges, kTermsWith, kSearch, kBody, kSqlCount,
};

inline constexpr std::array<const char*, kSqlCount> kText = {
    "SELECT e.row, kind, owner, states, day, changed, title, texts FROM text_entries e JOIN text_bodies b ON b.row = e.row WHERE record = ?1",
    "SELECT e.row, kind, owner, states, day, changed, title, texts FROM text_entries e JOIN text_bodies b ON b.row = e.row ORDER BY e.row",
    "SELECT 1 FROM text_entries WHERE row = ?1",
    "UPDATE text_entries SET changed = ?2 WHERE row = ?1",
    "INSERT INTO text_index(rowid, title, text, also, marks) VALUES(?1, ?2, ?3, ?4, ?5)",
    "INSERT INTO text_index(text_index, rowid, title, text, also, marks) VALUES('delete', ?1, ?2, ?3, ?4, ?5)",
    "INSERT INTO text_bodies VALUES(?1, ?2, ?3)",
    "DELETE FROM text_bodies WHERE row = ?1",
    "INSERT INTO text_entries VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    "DELETE FROM text_entries WHERE row = ?1",
    "INSERT INTO text_index_owed VALUES(1, ?1, 1, 0) ON CONFLICT(one) DO UPDATE SET what = max(what, excluded.what), again = 1",
    "SELECT what, again, runs FROM text_index_owed",
    "UPDATE text_index_owed SET again = 0, runs = 1",
    "UPDATE text_index_owed SET runs = 0",
    "DELETE FROM text_index_owed",
    "SELECT 1 FROM text_index_words LIMIT 1",
    "INSERT INTO text_index(text_index, rank) VALUES('merge', ?1)",
    "SELECT total_changes()",
    "SELECT term FROM text_index_words WHERE term >= ?1 AND term < ?2 LIMIT ?3",
    // A score of whole numbers: what differs by less is equal, and the newest comes first.
    "SELECT e.row, e.record, e.kind, e.owner, e.states, e.day, e.changed, CAST(round(-10000 * bm25(text_index, 8.0, 1.0, 0.5, 0.0)) AS INTEGER)"
    " FROM text_index CROSS JOIN text_entries e ON e.row = text_index.rowid WHERE text_index MATCH ?1"
    " AND (?2 = '' OR e.kind = ?2) AND (?3 = '' OR instr(e.states, ?3)) AND (?4 = '' OR e.owner = ?4) AND e.day >= ?5 AND e.day <= ?6"
    " AND text_index.rowid <= ?8 AND e.changed >= ?9 ORDER BY text_index.rowid LIMIT ?7",
    "SELECT title, texts FROM text_bodies WHERE row = ?1",
};

}  // namespace liaison::text_sql

namespace liaison {

// What text_bodies has of an entry's texts.
std::vector<std::string> unpacked_texts(View bytes);

struct FullText::Statements {
  std::vector<Statement> all;
  Statement& operator[](text_sql::Sql which) { return all[which]; }
};

}  // namespace liaison
