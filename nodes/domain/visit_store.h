// SPDX-License-Identifier: Apache-2.0
// The tables of visits in the node's database: records as they stand, their revisions, the answers, their days for fast
// neighbourhood questions, and the findings. Owned by Visits, on the node's thread; writes happen inside the caller's
// transaction, so a crash leaves either the whole effect or nothing. No row depends on the order of arrival, so that a
// fold anew gives equal tables.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nodes/domain/effect.h"
#include "nodes/domain/findings.h"
#include "schemas/ids.h"
#include "schemas/result.h"
#include "schemas/visit.h"
#include "security/sqlite.h"

namespace liaison {

struct StoredAnswer {
  std::string record;
  MessageId message{};
  MemberId sender;
  AnswerKind answer = AnswerKind::comments;
  Place place;
  Bytes body;
};

// The line that stays of a record that was taken back.
struct StoredRecall {
  std::string record;
  MemberId lead;
  MessageId message{};
  std::uint32_t revision = 0;
  Place place;
  std::string reason, contact;
};

// A record's row. `held` is the revision since which its days, States and standing are as they are now.
struct StoredVisit {
  std::string record;
  std::uint32_t revision = 0;
  std::uint32_t held = 0;
};

struct StoredFinding {
  std::string id;
  TimeMs since = 0;
  std::string json;      // as the API prints it
};

// How many visits before a visit and how many after it are looked at in a lane: those of one committee, in one State or in all, in
// the order of their first days. The public record of twenty years never comes near it; a list of thousands in the same days does.
inline constexpr std::size_t kNearestMax = 16;

enum class Near {
  kKept,      // each is among the kNearestMax of the other: what is stored, so that a visit has a bounded number of findings
  kNearest,   // the kNearestMax of this one
  kAll,       // however many: grows with what there is, for reading only
};
struct Neighbours {
  std::map<std::string, std::string> leads;   // by record
  bool cut = false;                           // for kNearest: the next one would have been near too
};
// Two records each; no order.
using VisitPairs = std::set<std::pair<std::string, std::string>>;
// Whose findings a change may concern besides the visit's own: pairs of other visits that may have become, or be no longer, near to each
// other as kKept says, since this one came between or went; and visits that come next after it in a State.
struct VisitChange {
  VisitPairs pairs;
  std::set<std::string> next;
};

struct VisitQuery {
  std::string state, lead, status, text;   // empty: any; text is folded
  std::optional<std::int64_t> from, to;
  std::optional<std::int64_t> after_day;   // the last one of the page before
  std::string after_record;
  std::uint64_t limit = 50;
  bool ascending = false;                  // the earliest days first; without a cursor
};

struct ListedVisit {
  std::string record;
  std::int64_t day = 0;  // for the cursor
};

// Something that was said of a record at a time.
struct ChangedVisit {
  enum class What { kPlan, kAnswer, kRecall };
  What what = What::kPlan;
  std::string record, by;
  std::uint32_t revision = 0;                       // of a plan or a recall
  AnswerKind answer = AnswerKind::comments;
  TimeMs time_ms = 0;
};

// Visits of which some day may lie from `from` to `to`: between the first and the last day of a visit of two parts there may be months.
struct CalendarQuery {
  std::string state;           // empty: any
  std::int64_t from = 0, to = 0;
  bool all = false;            // those that do not stand too
};

struct CalendarRow {
  std::string record;
  std::int64_t first = 0, last = 0;
};

struct FindingQuery {
  std::string kind, but_kind, state, record, committee;
  std::optional<TimeMs> since;
  std::optional<TimeMs> after_time;
  std::string after_id;
  std::uint64_t limit = 50;
};

class VisitStore {
 public:
  // Makes what is absent and prepares the statements of the fold. kStore, as every function below.
  static Result<std::unique_ptr<VisitStore>> open(Database& database);
  // Before open: tables of whatever layout go, but for the numbers that were given out.
  static Result<void> drop(Database& database);

  Result<std::optional<StoredVisit>> visit(std::string_view record);
  Result<std::optional<StoredRevision>> revision(std::string_view record, std::uint32_t revision);
  Result<std::vector<StoredRevision>> revisions(std::string_view record);
  // Record and revision of a queued plan; record of a queued answer.
  Result<std::optional<StoredVisit>> queued_plan(const MessageId& message);
  Result<std::optional<std::string>> queued_answer(const MessageId& message);
  Result<std::optional<std::string>> queued_recall(const MessageId& message);
  Result<std::optional<StoredRecall>> recall(std::string_view record);
  // In log order, queued ones last.
  Result<std::vector<StoredAnswer>> answers(std::string_view record);
  // The highest number that was given to an own record of a year; 0 when there is none.
  Result<std::uint64_t> last_number(std::uint64_t year);
  // Of a record that is dropped: its number is not given out again. Survives clear().
  Result<void> keep_number(std::string_view record);

  Result<void> add_revision(const StoredRevision& revision);
  Result<void> drop_revisions_from(std::string_view record, std::uint32_t revision);
  Result<void> add_answer(const StoredAnswer& answer);
  Result<void> drop_queued_answer(const MessageId& message);
  Result<void> drop_answers(std::string_view record);
  Result<void> add_recall(const StoredRecall& recall);
  Result<void> place_recall(std::string_view record, const Place& place);
  Result<void> drop_recall(std::string_view record);
  Result<void> place_plan(std::string_view record, std::uint32_t revision, const Place& place);
  Result<void> place_answer(std::string_view record, const MessageId& message, const Place& place);
  // Of a queued message; nothing happens for any other id.
  Result<void> rename(const MessageId& was, const MessageId& now);
  // The record's row and its days. `before` is the plan whose days stand now; null when there is none.
  Result<VisitChange> put_visit(const VisitPlan& plan, std::uint32_t held, bool own, std::uint32_t window_days, const VisitPlan* before);
  Result<VisitChange> drop_visit(const VisitPlan& plan, std::uint32_t window_days);
  // Records of visits that rest on this consent record, and own ones that rest on any, the earliest days first.
  Result<std::vector<std::string>> resting_on(std::string_view consent);
  Result<std::vector<std::string>> own_resting();

  // Records that may make a finding with this one: other committees' in one of its States within the window, and its own
  // committee's nearby. A superset; findings.h decides. For kKept the plan's own days must stand in the tables.
  Result<Neighbours> near(const VisitPlan& plan, std::uint32_t window_days, Near how);
  // The visit to this State, by any committee, that ended last of those that stand and began before this one, as far as days are
  // known; nothing when there is none, when one of them ended on the day `recent` or later, or when this one has no known days.
  Result<std::optional<std::string>> last_before(const VisitPlan& plan, const std::string& state, std::int64_t recent);
  Result<std::map<std::string, StoredFinding>> findings_of(std::string_view record);
  // Those of two visits with each other.
  Result<std::map<std::string, StoredFinding>> findings_of(std::string_view record, std::string_view other);
  Result<std::uint64_t> count_findings_of(std::string_view record);
  Result<void> put_finding(const Finding& finding, const std::string& json, bool is_new);
  Result<void> drop_finding(const std::string& id);

  // Newest days first, records without known days last.
  Result<std::vector<ListedVisit>> list(const VisitQuery& query);
  // In the order of first days, without those of which no day is known, which are counted. Reads visits_by_day alone, and the lanes of
  // a State when one is asked for.
  Result<std::vector<CalendarRow>> between(const CalendarQuery& query);
  Result<std::uint64_t> count_without_days(const CalendarQuery& query);
  // Newest first. `record` is not looked at: what one visit means is made anew.
  Result<std::vector<StoredFinding>> list(const FindingQuery& query);
  // Newest first, at most `limit`. What was recalled since is only told as recalled.
  Result<std::vector<ChangedVisit>> changes_since(TimeMs since, std::uint64_t limit);
  Result<std::uint64_t> count(const std::string& table);
  Result<std::map<std::string, std::uint64_t>> count_findings();
  Result<void> clear();

 private:
  explicit VisitStore(Database& database) : database_(database) {}
  Result<void> prepare();

  Result<void> change_consent(const VisitPlan* before, const VisitPlan* after);
  // visit_near.cc
  struct Lane;
  struct DayRow;
  struct Extent;
  using Rows = std::vector<DayRow>;
  static std::vector<std::pair<Lane, DayRow>> day_rows(const VisitPlan& plan);
  Result<VisitChange> change_days(const VisitPlan* before, const VisitPlan* after, std::uint32_t window_days);
  Result<void> collect_pairs(const Lane& lane, const DayRow& row, std::int64_t window, VisitPairs& pairs);
  Result<void> load_lanes();
  std::vector<Lane> lanes_beside(const Lane& lane) const;
  // visit_after.cc
  std::vector<Lane> lanes_in(const std::string& state) const;
  Result<bool> ended_last(const Lane& lane, const DayRow& own, std::int64_t recent, std::optional<DayRow>& last);
  static bool take_next(const std::vector<Rows>& lanes, std::size_t limit, const DayRow& row, std::set<std::string>& next);
  Result<void> add_next(const Lane& lane, const DayRow& row, std::set<std::string>& next);
  static Result<Rows> read_rows(Statement& row);
  Result<Rows> read_after(const Lane& lane, const DayRow& row, std::int64_t until, std::int64_t limit);
  Result<Rows> read_before(const Lane& lane, const DayRow& row, std::int64_t from, std::int64_t limit);
  // False where the lane's extent says that there is nothing.
  bool any_after(const Lane& lane, const DayRow& row, std::int64_t until) const;
  // The same as the reads, without reading in that case.
  Result<Rows> rows_after(const Lane& lane, const DayRow& row, std::int64_t until, std::int64_t limit);
  Result<Rows> rows_before(const Lane& lane, const DayRow& row, std::int64_t from, std::int64_t limit);

  Database& database_;
  struct Statements;
  std::shared_ptr<Statements> sql_;
  struct Lanes;
  std::shared_ptr<Lanes> lanes_;   // at least those that have rows
};

}  // namespace liaison
