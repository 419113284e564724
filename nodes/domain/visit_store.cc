// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/visit_store.h"

#include "nodes/domain/row_values.h"
#include "nodes/domain/visit_json.h"
#include "nodes/domain/visit_rules.h"
#include "nodes/domain/visit_tables.h"
#include "nodes/domain/words.h"

namespace liaison {

using namespace visit_sql;

namespace {

// ";KGZ;TJK;" so that one code can be looked for.
std::string fenced(const std::vector<std::string>& words) {
  std::string out = ";";
  for (const auto& one : words) out += one + ";";
  return out;
}

struct Serial { std::uint64_t year = 0, number = 0; };

// "1540-V-2026-0001" -> 2026, 1. The form was checked when the body was.
Serial serial_of(std::string_view record) {
  const auto at = record.rfind("-V-");
  Serial serial;
  bool in_year = true;
  for (const char c : record.substr(at == std::string_view::npos ? record.size() : at + 3)) {
    if (c == '-') in_year = false;
    else (in_year ? serial.year : serial.number) = (in_year ? serial.year : serial.number) * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return serial;
}

}  // namespace

Result<std::unique_ptr<VisitStore>> VisitStore::open(Database& database) {
  auto store = std::unique_ptr<VisitStore>(new VisitStore(database));
  TRY(database.execute(kTables));
  TRY(store->prepare());
  return store;
}

Result<void> VisitStore::drop(Database& database) { return database.execute(kDrop); }

Result<void> VisitStore::prepare() {
  sql_ = std::make_shared<Statements>();
  for (const char* text : kText) sql_->all.push_back(TRY(database_.prepare(text)));
  return load_lanes();
}

Result<std::optional<StoredVisit>> VisitStore::visit(std::string_view record) {
  auto& row = (*sql_)[kFindVisit].bind(1, record);
  if (!TRY(row.step())) return std::optional<StoredVisit>();
  StoredVisit found{std::string(record), static_cast<std::uint32_t>(row.u64(0)), static_cast<std::uint32_t>(row.u64(1))};
  row.reset();
  return std::optional(std::move(found));
}

Result<std::optional<StoredRevision>> VisitStore::revision(std::string_view record, std::uint32_t number) {
  auto& row = (*sql_)[kFindRevision].bind(1, record).bind(2, std::uint64_t{number});
  if (!TRY(row.step())) return std::optional<StoredRevision>();
  auto found = revision_at(row);
  row.reset();
  return std::optional(std::move(found));
}

Result<std::vector<StoredRevision>> VisitStore::revisions(std::string_view record) {
  auto& row = (*sql_)[kAllRevisions].bind(1, record);
  std::vector<StoredRevision> out;
  while (TRY(row.step())) out.push_back(revision_at(row));
  return out;
}

Result<std::optional<StoredVisit>> VisitStore::queued_plan(const MessageId& message) {
  auto& row = (*sql_)[kQueuedPlan].bind(1, View(message));
  if (!TRY(row.step())) return std::optional<StoredVisit>();
  StoredVisit found{row.text(0), static_cast<std::uint32_t>(row.u64(1)), 0};
  row.reset();
  return std::optional(std::move(found));
}

Result<std::optional<std::string>> VisitStore::queued_answer(const MessageId& message) {
  auto& row = (*sql_)[kQueuedAnswer].bind(1, View(message));
  if (!TRY(row.step())) return std::optional<std::string>();
  auto record = row.text(0);
  row.reset();
  return std::optional(std::move(record));
}

Result<std::optional<std::string>> VisitStore::queued_recall(const MessageId& message) {
  auto& row = (*sql_)[kQueuedRecall].bind(1, View(message));
  if (!TRY(row.step())) return std::optional<std::string>();
  auto record = row.text(0);
  row.reset();
  return std::optional(std::move(record));
}

Result<std::optional<StoredRecall>> VisitStore::recall(std::string_view record) {
  auto& row = (*sql_)[kFindRecall].bind(1, record);
  if (!TRY(row.step())) return std::optional<StoredRecall>();
  StoredRecall found{std::string(record), MemberId::parse(row.text(0)).value_or(MemberId()), hash_at(row, 1), static_cast<std::uint32_t>(row.u64(2)),
                     place_at(row, 3, 4), row.text(5), row.text(6)};
  row.reset();
  return std::optional(std::move(found));
}

Result<std::vector<StoredAnswer>> VisitStore::answers(std::string_view record) {
  auto& row = (*sql_)[kAnswers].bind(1, record);
  std::vector<StoredAnswer> out;
  while (TRY(row.step())) {
    StoredAnswer one;
    one.record = record;
    one.message = hash_at(row, 0);
    one.sender = MemberId::parse(row.text(1)).value_or(MemberId());
    one.answer = static_cast<AnswerKind>(row.u64(2));
    one.place = place_at(row, 3, 4);
    one.body = bytes_of(row.blob(5));
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::uint64_t> VisitStore::last_number(std::uint64_t year) {
  std::uint64_t last = 0;
  for (const Sql which : {kLastNumber, kKeptNumber}) {
    auto& row = (*sql_)[which].bind(1, year);
    if (!TRY(row.step())) continue;
    last = std::max(last, row.u64(0));
    row.reset();
  }
  return last;
}

Result<void> VisitStore::keep_number(std::string_view record) {
  const auto serial = serial_of(record);
  return (*sql_)[kKeepNumber].bind(1, serial.year).bind(2, serial.number).run();
}

Result<void> VisitStore::add_revision(const StoredRevision& r) {
  const std::string recipients = joined(r.recipients);
  auto& row = (*sql_)[kAddRevision];
  row.bind(1, r.record).bind(2, std::uint64_t{r.revision}).bind(3, View(r.message)).bind(4, View(r.hash)).bind(5, r.marking);
  row.bind(6, recipients).bind(8, r.place.time_ms).bind(9, View(r.body));
  bind_index(row, 7, r.place);
  return row.run();
}

Result<void> VisitStore::drop_revisions_from(std::string_view record, std::uint32_t revision) {
  return (*sql_)[kDropRevisions].bind(1, record).bind(2, std::uint64_t{revision}).run();
}

Result<void> VisitStore::add_answer(const StoredAnswer& a) {
  auto& row = (*sql_)[kAddAnswer];
  row.bind(1, a.record).bind(2, View(a.message)).bind(3, a.sender.str()).bind(4, static_cast<std::uint64_t>(a.answer));
  row.bind(6, a.place.time_ms).bind(7, View(a.body));
  bind_index(row, 5, a.place);
  return row.run();
}

Result<void> VisitStore::drop_queued_answer(const MessageId& message) { return (*sql_)[kDropAnswer].bind(1, View(message)).run(); }

Result<void> VisitStore::drop_answers(std::string_view record) { return (*sql_)[kDropAnswers].bind(1, record).run(); }

Result<void> VisitStore::add_recall(const StoredRecall& r) {
  auto& row = (*sql_)[kAddRecall];
  row.bind(1, r.record).bind(2, r.lead.str()).bind(3, View(r.message)).bind(4, std::uint64_t{r.revision});
  row.bind(6, r.place.time_ms).bind(7, r.reason).bind(8, r.contact);
  bind_index(row, 5, r.place);
  return row.run();
}

Result<void> VisitStore::place_recall(std::string_view record, const Place& place) {
  auto& row = (*sql_)[kPlaceRecall].bind(1, record).bind(3, place.time_ms);
  bind_index(row, 2, place);
  return row.run();
}

Result<void> VisitStore::drop_recall(std::string_view record) { return (*sql_)[kDropRecall].bind(1, record).run(); }

Result<void> VisitStore::place_plan(std::string_view record, std::uint32_t revision, const Place& place) {
  auto& row = (*sql_)[kPlacePlan].bind(1, record).bind(2, std::uint64_t{revision}).bind(4, place.time_ms);
  bind_index(row, 3, place);
  return row.run();
}

Result<void> VisitStore::place_answer(std::string_view record, const MessageId& message, const Place& place) {
  auto& row = (*sql_)[kPlaceAnswer].bind(1, record).bind(2, View(message)).bind(4, place.time_ms);
  bind_index(row, 3, place);
  return row.run();
}

Result<void> VisitStore::rename(const MessageId& was, const MessageId& now) {
  TRY((*sql_)[kRenamePlan].bind(1, View(was)).bind(2, View(now)).run());
  TRY((*sql_)[kRenameAnswer].bind(1, View(was)).bind(2, View(now)).run());
  return (*sql_)[kRenameRecall].bind(1, View(was)).bind(2, View(now)).run();
}

Result<VisitChange> VisitStore::put_visit(const VisitPlan& plan, std::uint32_t held, bool own, std::uint32_t window_days, const VisitPlan* before) {
  const auto days = days_of(plan).value_or(DaySpan{kNoDay, kNoDay});
  const auto serial = serial_of(plan.record_id);
  auto& row = (*sql_)[kPutVisit];
  row.bind(1, plan.record_id).bind(2, std::uint64_t{plan.revision}).bind(3, std::uint64_t{held}).bind(4, plan.lead.str());
  row.bind(5, std::uint64_t{own}).bind(6, serial.year).bind(7, serial.number).bind(8, word_of(plan.status));
  row.bind(9, days.first).bind(10, days.last);
  TRY(row.run());
  TRY(change_consent(before, &plan));
  return change_days(before, &plan, window_days);
}

Result<void> VisitStore::change_consent(const VisitPlan* before, const VisitPlan* after) {
  const bool was = before != nullptr && rests_on_record(*before), is = after != nullptr && rests_on_record(*after);
  if (was && is && before->consent.reference == after->consent.reference) return {};
  if (was) TRY((*sql_)[kDropConsent].bind(1, before->consent.reference).bind(2, before->record_id).run());
  if (is) TRY((*sql_)[kPutConsent].bind(1, after->consent.reference).bind(2, after->record_id).run());
  return {};
}

Result<std::vector<std::string>> VisitStore::resting_on(std::string_view consent) {
  auto& row = (*sql_)[kRestingOn].bind(1, consent);
  std::vector<std::string> out;
  while (TRY(row.step())) out.push_back(row.text(0));
  return out;
}

Result<std::vector<std::string>> VisitStore::own_resting() {
  auto& row = (*sql_)[kOwnResting];
  std::vector<std::string> out;
  while (TRY(row.step())) out.push_back(row.text(0));
  return out;
}

Result<VisitChange> VisitStore::drop_visit(const VisitPlan& plan, std::uint32_t window_days) {
  TRY((*sql_)[kDropVisit].bind(1, plan.record_id).run());
  TRY(change_consent(&plan, nullptr));
  return change_days(&plan, nullptr, window_days);
}

Result<std::map<std::string, StoredFinding>> VisitStore::findings_of(std::string_view record) {
  auto& row = (*sql_)[kFindingsOf].bind(1, record);
  std::map<std::string, StoredFinding> out;
  while (TRY(row.step())) out.emplace(row.text(0), StoredFinding{row.text(0), row.u64(1), row.text(2)});
  return out;
}

Result<std::map<std::string, StoredFinding>> VisitStore::findings_of(std::string_view record, std::string_view other) {
  std::map<std::string, StoredFinding> out;
  for (const auto kind : kPairKinds) {
    const std::string id = pair_id(kind, record, other);
    auto& row = (*sql_)[kFindFinding].bind(1, id);
    while (TRY(row.step())) out.emplace(row.text(0), StoredFinding{row.text(0), row.u64(1), row.text(2)});
  }
  return out;
}

Result<std::uint64_t> VisitStore::count_findings_of(std::string_view record) {
  auto& row = (*sql_)[kCountFindings].bind(1, record);
  if (!TRY(row.step())) return std::uint64_t{0};
  const auto count = row.u64(0);
  row.reset();
  return count;
}

Result<void> VisitStore::put_finding(const Finding& finding, const std::string& json, bool is_new) {
  const std::string states = fenced(finding.states), committees = fenced(finding.committees);
  auto& row = (*sql_)[is_new ? kPutFinding : kChangeFinding];
  row.bind(1, finding.id).bind(2, word_of(finding.kind)).bind(3, finding.since).bind(4, states).bind(5, committees);
  TRY(row.bind(6, json).run());
  if (!is_new) return {};
  for (const auto& record : finding.visits) TRY((*sql_)[kPutFindingRecord].bind(1, record).bind(2, finding.id).run());
  return {};
}

Result<void> VisitStore::drop_finding(const std::string& id) {
  TRY((*sql_)[kDropFinding].bind(1, id).run());
  return (*sql_)[kDropFindingRecords].bind(1, id).run();
}

Result<void> VisitStore::clear() { return database_.execute(kClear); }

}  // namespace liaison
