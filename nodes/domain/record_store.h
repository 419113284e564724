// SPDX-License-Identifier: Apache-2.0
// The tables of records of all kinds in the node's database: how they stand, their revisions, the answers, the recalls, and by which
// State, day and other record they are found. Owned by Records, on the node's thread; writes happen inside the caller's transaction, so
// a crash leaves either the whole effect or nothing. No row depends on the order of arrival, so that a fold anew gives equal tables.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nodes/domain/dues.h"
#include "nodes/domain/effect.h"
#include "schemas/record.h"
#include "schemas/result.h"
#include "security/sqlite.h"

namespace liaison {

// Of what has no known day: before every day there is.
inline constexpr std::int64_t kNoRecordDay = -1'000'000'000;

// A record as lists show it.
struct RecordRow {
  std::string record, kind, owner, status, title;
  std::uint32_t revision = 0;
  std::int64_t first = kNoRecordDay, last = kNoRecordDay;
  TimeMs changed_ms = 0;                // when the newest revision was accepted, or queued
};

struct StoredRecordAnswer {
  std::string record;
  MessageId message{};
  MemberId sender;
  std::string answer;
  Place place;
  Bytes body;
};

// The line that stays of a record that was taken back.
struct StoredRecordRecall {
  std::string record;
  MemberId owner;
  MessageId message{};
  std::uint32_t revision = 0;
  Place place;
  std::string reason, contact;
};

struct RecordQuery {
  std::string kind, state, owner, status, target;      // empty: any; target: a record that they name
  std::optional<std::int64_t> from, to;                // some day of theirs lies there
  std::optional<TimeMs> since;                         // changed then or later
  std::optional<std::int64_t> after_day;               // the last one of the page before
  std::string after_record;
  std::uint64_t limit = 50;
};

class RecordStore {
 public:
  // Makes what is absent. The days of clocks are stored as `waits` counts them. kStore, as every function below.
  static Result<std::unique_ptr<RecordStore>> open(Database& database, Waits waits = {});
  // Before open: tables of whatever layout go, but for the numbers that were given out.
  static Result<void> drop(Database& database);

  Result<std::optional<RecordRow>> row(std::string_view record);
  Result<std::optional<StoredRevision>> revision(std::string_view record, std::uint32_t revision);
  Result<std::vector<StoredRevision>> revisions(std::string_view record);
  Result<std::vector<StoredRecordAnswer>> answers(std::string_view record);     // in log order, queued ones last
  Result<std::optional<StoredRecordRecall>> recall(std::string_view record);
  // Of the own message with this id that is only queued.
  struct Queued { std::string record; std::uint32_t revision = 0; };
  Result<std::optional<Queued>> queued_revision(const MessageId& message);
  Result<std::optional<std::string>> queued_answer(const MessageId& message);
  Result<std::optional<std::string>> queued_recall(const MessageId& message);

  // The highest number that was given to an own record of a letter and year; 0 when there is none.
  Result<std::uint64_t> last_number(std::string_view owner, std::string_view letter, std::uint32_t year);
  // Of a record that is dropped: its number is not given out again. Survives clear().
  Result<void> keep_number(const RecordId& id);

  Result<void> add_revision(const StoredRevision& revision, std::string_view kind);
  Result<void> drop_revisions_from(std::string_view record, std::uint32_t revision);
  Result<void> place_revision(std::string_view record, std::uint32_t revision, const Place& place);
  Result<void> put_record(const Record& record, const RecordRow& row);
  Result<void> touch(std::string_view record, TimeMs changed_ms);               // its newest revision has got its place
  Result<void> drop_record(std::string_view record);
  Result<void> add_answer(const StoredRecordAnswer& answer);
  Result<void> place_answer(const MessageId& message, const Place& place);
  Result<void> drop_queued_answer(const MessageId& message);
  Result<void> drop_answers(std::string_view record);
  Result<void> add_recall(const StoredRecordRecall& recall);
  Result<void> place_recall(std::string_view record, const Place& place);
  Result<void> drop_recall(std::string_view record);
  Result<void> rename(const MessageId& was, const MessageId& now);
  Result<void> clear();

  // The newest days first, those without a day last; by id within a day.
  Result<std::vector<RecordRow>> list(const RecordQuery& query);
  // Of each record that stands, the newest revision that lies before an index of the log; by id.
  Result<std::vector<StoredRevision>> as_of(std::uint64_t size);
  // What is due, in the order of the days; `all`: what was done too.
  struct DueRow { std::int64_t day = 0; std::string record, name; bool open = false; };
  struct DueQuery {
    std::string state, owner;
    std::int64_t until = 0, after_day = kNoRecordDay;
    std::string after_record, after_name;
    bool all = false;
    std::uint64_t limit = 50;
  };
  Result<std::vector<DueRow>> dues(const DueQuery& query);
  // Own records that were recalled.
  Result<std::vector<std::string>> recalled_by(std::string_view owner);
  // Experts' places that may be over-booked on that day or later (booked_until), those first whose last assignment ends first.
  Result<std::vector<std::string>> booked_after(std::int64_t day, std::uint64_t limit);
  // Records that name this one, in whatever field.
  struct Link { std::string record, field; };
  Result<std::vector<Link>> links_to(std::string_view target, std::uint64_t limit = 500);
  // Joint visits of a plan's own lead that are made of this plan, at most 16.
  Result<std::vector<std::string>> joints_of(const RecordId& plan, std::string_view record);
  // How many of each kind stand.
  Result<std::vector<std::pair<std::string, std::uint64_t>>> counts();

 private:
  Result<bool> few_changed(const RecordQuery& query);
  RecordStore(Database& database, Waits waits) : database_(database), waits_(std::move(waits)) {}
  Result<Statement*> statement(std::string_view text);
  Database& database_;
  Waits waits_;
  std::map<std::string, Statement, std::less<>> statements_;   // prepared at their first use
};

// Target and field of every record that this one names.
std::vector<RecordStore::Link> links_of(const Record& record);

}  // namespace liaison
