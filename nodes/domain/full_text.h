// SPDX-License-Identifier: Apache-2.0
// The full-text index of a committee's node: every record that it may see, by its words in six languages, with counts by State, kind,
// committee and year. In the node's database, owned by the node, on its thread. Every function that writes works inside the caller's
// transaction, so that a crash leaves either the whole of it or nothing; forget() too.
//
// A fold: clear() and the same calls in any order give the same entries and the same index (what FTS5 keeps in text_index_* lies in
// another order, and text_index_owed says what is still to be forgotten: compare the others). A record's row is made from the day of
// its last change and its name; two of 100,000 changed on one day meet in one row once in 200 times, then the later takes the next.
//
// Forgetting. SQLite before 3.42 takes words out of an FTS5 index by writing that they are gone: nobody finds them, but whoever reads the
// file can, until its pieces have been merged. text_entries and text_bodies lose theirs at once. After remove() the node calls
// forget() when it has nothing else to do until it says that nothing is left; before that it must not confirm a recall. What SQLite
// leaves on pages that it no longer uses and in its write-ahead log is the database's concern (secure_delete), not ours.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/domain/text_snippet.h"
#include "schemas/ids.h"
#include "schemas/result.h"
#include "security/sqlite.h"

namespace liaison {

// A record as it is to be found.
struct TextEntry {
  static constexpr std::int64_t kNoDay = -1'000'000'000;   // before every day there is

  std::string record;                // as people name it, unique
  std::string kind;                  // "visit", "assistance.request"
  MemberId owner;
  std::vector<std::string> states;   // alpha-3
  std::int64_t day = kNoDay;         // since 1970: what it is about
  TimeMs changed_ms = 0;
  std::string title;
  std::vector<std::string> texts;    // phrases are not looked for across two of them
};

struct TextHit {
  std::string record, kind, owner;
  std::vector<std::string> states;
  std::int64_t day = TextEntry::kNoDay;
  TimeMs changed_ms = 0;
  std::int64_t score = 0;        // more is better
  std::int64_t row = 0;          // the index's own
  MarkedText title, snippet;     // the snippet is one line of some 160 characters
};

struct TextCount {
  std::string value;
  std::uint64_t records = 0;
};
// The most frequent first, at most kFacetValuesMax of each; of records without a day no year is counted.
struct TextFacets {
  std::vector<TextCount> states, kinds, committees, years;
};

struct TextPage {
  std::vector<TextHit> hits;       // the best first, of equals the newest; or as the order that was asked for
  std::uint64_t records = 0;       // that were found, over all pages
  bool more = false;               // at least so many: these are the newest, and no other was looked at
  TextFacets facets;               // of `records`
  std::string cursor;              // of the next page; empty after the last one
};

struct TextSearch {
  std::string text;                // text_query.h says how; empty: whatever the filters leave, of which there must be one then, the newest first
  std::string kind, state, committee;   // empty: any
  std::optional<std::int64_t> from, to; // days, both included; records without a day are left out then
  TimeMs since = 0;                // changed then or later
  enum class Order { kBest, kNewest };
  Order order = Order::kBest;      // kNewest: the newest changes first, whatever fits better
  std::uint64_t limit = 50;
  std::string cursor;
};

inline constexpr std::uint64_t kTextHitsMax = 2000;      // that are ranked, counted and paged through
inline constexpr std::uint64_t kTextPageMax = 500;
inline constexpr std::size_t kFacetValuesMax = 50;

class FullText {
 public:
  enum class Owes { kNothing, kReplaced, kRemoved };   // words of older revisions; of records that were taken away

  // Makes what is absent and prepares the statements. kStore, as every function below.
  static Result<std::unique_ptr<FullText>> open(Database& database);
  // Before open: tables of whatever layout go.
  static Result<void> drop(Database& database);
  ~FullText();

  // Replaces the record's entry. An entry that says nothing new costs a look.
  Result<void> put(const TextEntry& entry);
  // Nothing happens when there is none.
  Result<void> remove(std::string_view record);
  // All at once, without a trace in any table.
  Result<void> clear();
  // As clear(), before everything is put anew: until add_all_words(), in the same transaction, entries and texts are kept and no word is in
  // the index, so nothing is found. A fold costs two thirds of what putting each word at once does.
  Result<void> clear_for_fold();
  Result<void> add_all_words();

  // What forget() has to do. Removed: soon. Replaced: when the node is idle for longer; it costs writing the index once.
  Result<Owes> owes();
  // A piece of some tens of milliseconds; true when nothing is left. Others may put and remove between two pieces.
  Result<bool> forget();

  // One page. kInput with what to try: for a text as parse_search() says, a cursor that no page gave out, a limit out of 1 to 500.
  // At most kTextHitsMax hits are looked at closely, however many there are.
  Result<TextPage> search(const TextSearch& search);
  // How many records are in it.
  Result<std::uint64_t> count();
  // What the index, the entries and their texts take, in bytes.
  Result<std::uint64_t> bytes();

 private:
  explicit FullText(Database& database);
  Result<void> prepare();
  struct Stored;
  Result<std::optional<Stored>> stored(std::string_view record);
  Result<void> take_out(const Stored& entry);
  Result<void> add(const TextEntry& entry);
  Result<void> add_words(std::int64_t row, const TextEntry& entry);
  Result<std::int64_t> free_row(const TextEntry& entry);
  Result<void> owe(Owes what);
  Result<std::uint64_t> total_changes();
  Result<std::uint64_t> number(const char* question);
  Result<std::vector<std::string>> terms_with(const std::string& prefix);
  Result<std::vector<TextHit>> find(const std::string& match, const TextSearch& search);
  Result<void> show(TextHit& hit, const SearchedTerms& terms);

  Database& database_;
  bool put_off_ = false;   // between clear_for_fold() and add_all_words()
  struct Statements;
  std::unique_ptr<Statements> sql_;
};

}  // namespace liaison
