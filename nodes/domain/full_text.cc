// SPDX-License-Identifier: Apache-2.0
// The writing half of full_text.h: entries, their index, forgetting. text_search.cc reads.
#include "nodes/domain/full_text.h"

#include <algorithm>
#include <set>

#include "nodes/domain/text_marks.h"
#include "nodes/domain/text_tables.h"
#include "nodes/domain/text_tokens.h"
#include "security/hash.h"

namespace liaison {

using namespace text_sql;

namespace {

using Role = TextToken::Role;

// The columns of the index, in its own words.
struct IndexRow {
  std::string title, text, also, marks;
};

void append(std::string& out, std::string_view term) {
  if (!out.empty()) out += ' ';
  out += term;
}

void add_tokens(std::string_view text, std::string& places, std::set<std::string>& also) {
  for (auto& token : text_tokens(text)) {
    if (token.role == Role::kPlace) append(places, token.term);
    else also.insert(std::move(token.term));
  }
}

IndexRow index_row(const TextEntry& entry) {
  IndexRow row;
  std::set<std::string> also;
  add_tokens(entry.title, row.title, also);
  for (const auto& text : entry.texts) {
    if (!row.text.empty()) append(row.text, kTextBreak);
    add_tokens(text, row.text, also);
  }
  for (const auto& term : also) append(row.also, term);
  for (const auto& mark : marks_of(entry)) append(row.marks, mark);
  return row;
}

Bytes packed(const std::vector<std::string>& texts) {
  Bytes out;
  for (const auto& text : texts) {
    put_u32(out, static_cast<std::uint32_t>(text.size()));
    put(out, view_of(text));
  }
  return out;
}

std::int64_t first_row(const TextEntry& entry) {
  const Hash hash = sha256(view_of(entry.record));
  return row_of_day(entry.changed_ms, get_u64(hash.data()));
}

bool says_the_same(const TextEntry& a, const TextEntry& b) { return a.title == b.title && a.texts == b.texts; }
bool is_marked_the_same(const TextEntry& a, const TextEntry& b) { return a.kind == b.kind && a.owner == b.owner && a.states == b.states && a.day == b.day; }

}  // namespace

std::vector<std::string> unpacked_texts(View bytes) {
  std::vector<std::string> out;
  while (bytes.size() >= 4) {
    const std::size_t size = std::min<std::size_t>(get_u32(bytes.data()), bytes.size() - 4);
    out.emplace_back(text_of(bytes.subspan(4, size)));
    bytes = bytes.subspan(4 + size);
  }
  return out;
}

struct FullText::Stored {
  std::int64_t row = 0;
  TextEntry entry;

  // Columns of kFindEntry and kAllEntries.
  static Stored read(Statement& row) {
    Stored out;
    out.row = row.i64(0);
    out.entry.kind = row.text(1);
    out.entry.owner = MemberId::parse(row.text(2)).value_or(MemberId());
    out.entry.states = unfenced(row.text(3));
    out.entry.day = row.i64(4);
    out.entry.changed_ms = row.u64(5);
    out.entry.title = row.text(6);
    out.entry.texts = unpacked_texts(row.blob(7));
    return out;
  }
};

FullText::FullText(Database& database) : database_(database) {}
FullText::~FullText() = default;

Result<std::unique_ptr<FullText>> FullText::open(Database& database) {
  auto text = std::unique_ptr<FullText>(new FullText(database));
  TRY(database.execute(kTables));
  TRY(text->prepare());
  return text;
}

Result<void> FullText::drop(Database& database) { return database.execute(kDrop); }

Result<void> FullText::prepare() {
  sql_ = std::make_unique<Statements>();
  for (const char* text : kText) sql_->all.push_back(TRY(database_.prepare(text)));
  return {};
}

Result<std::optional<FullText::Stored>> FullText::stored(std::string_view record) {
  auto& row = (*sql_)[kFindEntry];
  row.bind(1, record);
  const bool any = TRY(row.step());
  if (!any) return std::optional<Stored>();
  Stored out = Stored::read(row);
  out.entry.record = record;
  row.reset();
  return std::optional(std::move(out));
}

Result<void> FullText::put(const TextEntry& entry) {
  const auto before = TRY(stored(entry.record));
  if (!before) return add(entry);
  const bool same = says_the_same(before->entry, entry);
  const bool stays = first_row(before->entry) == first_row(entry) && is_marked_the_same(before->entry, entry);
  if (same && stays && before->entry.changed_ms == entry.changed_ms) return {};
  if (same && stays) return (*sql_)[kTouchEntry].bind(1, before->row).bind(2, entry.changed_ms).run();
  TRY(take_out(*before));
  if (!same) TRY(owe(Owes::kReplaced));
  return add(entry);
}

Result<void> FullText::remove(std::string_view record) {
  const auto before = TRY(stored(record));
  if (!before) return {};
  TRY(take_out(*before));
  return owe(Owes::kRemoved);
}

// FTS5 must be told the words that it is to take out.
Result<void> FullText::take_out(const Stored& stored) {
  if (!put_off_) {
    const IndexRow words = index_row(stored.entry);
    TRY((*sql_)[kDropWords].bind(1, stored.row).bind(2, words.title).bind(3, words.text).bind(4, words.also).bind(5, words.marks).run());
  }
  TRY((*sql_)[kDropBody].bind(1, stored.row).run());
  return (*sql_)[kDropEntry].bind(1, stored.row).run();
}

Result<void> FullText::add(const TextEntry& entry) {
  const std::int64_t row = TRY(free_row(entry));
  const Bytes texts = packed(entry.texts);
  const std::string states = fenced(entry.states);
  if (!put_off_) TRY(add_words(row, entry));
  TRY((*sql_)[kAddBody].bind(1, row).bind(2, entry.title).bind(3, View(texts)).run());
  auto& add = (*sql_)[kAddEntry];
  add.bind(1, row).bind(2, entry.record).bind(3, entry.kind).bind(4, entry.owner.str()).bind(5, states).bind(6, entry.day);
  return add.bind(7, entry.changed_ms).run();
}

Result<void> FullText::add_words(std::int64_t row, const TextEntry& entry) {
  const IndexRow words = index_row(entry);
  return (*sql_)[kAddWords].bind(1, row).bind(2, words.title).bind(3, words.text).bind(4, words.also).bind(5, words.marks).run();
}

Result<std::int64_t> FullText::free_row(const TextEntry& entry) {
  for (std::int64_t row = first_row(entry);; ++row) {
    auto& taken = (*sql_)[kIsTaken];
    taken.bind(1, row);
    const bool any = TRY(taken.step());
    if (!any) return row;
    taken.reset();
  }
}

Result<void> FullText::clear() { return database_.execute(kClear); }

Result<void> FullText::clear_for_fold() {
  TRY(clear());
  put_off_ = true;
  return {};
}

// FTS5 keeps what it is given in memory and writes it in one piece as long as rows ascend; a row below the one before makes it write a
// piece at once, and later merge them all.
Result<void> FullText::add_all_words() {
  put_off_ = false;
  auto& row = (*sql_)[kAllEntries];
  while (TRY(row.step())) {
    const Stored one = Stored::read(row);
    TRY(add_words(one.row, one.entry));
  }
  row.reset();
  return {};
}

Result<void> FullText::owe(Owes what) {
  if (put_off_) return {};   // no word is in the index yet
  return (*sql_)[kOwe].bind(1, static_cast<std::uint64_t>(what)).run();
}

Result<FullText::Owes> FullText::owes() {
  auto& row = (*sql_)[kOwed];
  const bool any = TRY(row.step());
  if (!any) return Owes::kNothing;
  const auto what = static_cast<Owes>(row.u64(0));
  row.reset();
  return what;
}

// One pass takes all pieces of the index that there are into one, which leaves out what is gone; what was taken out since it began
// needs another pass.
Result<bool> FullText::forget() {
  auto& owed = (*sql_)[kOwed];
  const bool any = TRY(owed.step());
  if (!any) return true;
  const bool again = owed.u64(1) != 0, runs = owed.u64(2) != 0;
  owed.reset();
  TRY((*sql_)[kFlush].run());   // what this very transaction has written is in no piece yet
  if (!runs) TRY((*sql_)[kBeginPass].run());
  const auto before = TRY(total_changes());
  TRY((*sql_)[kMerge].bind(1, runs ? kMergePages : -kMergePages).run());
  const auto after = TRY(total_changes());
  if (after - before >= 2) return false;   // as SQLite's manual says
  if (!runs || !again) {
    TRY((*sql_)[kEndOwing].run());
    return true;
  }
  TRY((*sql_)[kEndPass].run());
  return false;
}

Result<std::uint64_t> FullText::total_changes() {
  auto& row = (*sql_)[kChanges];
  TRY(row.step());
  const auto changes = row.u64(0);
  row.reset();
  return changes;
}

Result<std::uint64_t> FullText::number(const char* question) {
  auto row = TRY(database_.prepare(question));
  TRY(row.step());
  return row.u64(0);
}

Result<std::uint64_t> FullText::count() { return number("SELECT count(*) FROM text_entries"); }
Result<std::uint64_t> FullText::bytes() { return number(kSize); }

}  // namespace liaison
