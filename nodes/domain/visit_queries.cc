// SPDX-License-Identifier: Apache-2.0
// The pages of visit_store.h: questions with filters, prepared when they are asked.
#include "nodes/domain/states.h"
#include "nodes/domain/visit_parts.h"
#include "nodes/domain/visit_rules.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

// What the text filter looks into. Made when it is asked for: kept beside each visit it would be most of the row, and who searches
// looks at some thousand visits.
std::string words_of(const VisitPlan& plan) {
  std::string text = plan.title + ' ' + plan.note;
  for (const auto& state : plan.states) text += ' ' + States::standard().name_of(state.alpha3) + ' ' + state.name_in_source;
  for (const auto& part : plan.components) {
    for (const auto& place : part.places) text += ' ' + place;
  }
  for (const auto& one : plan.participation) text += ' ' + one.body;
  return folded(text);
}

// A statement's text and what is bound to it, in order. The values outlive the statement's steps.
class Question {
 public:
  explicit Question(std::string select) : text_(std::move(select)) {}
  void where(const std::string& condition) { text_ += (first_ ? " WHERE " : " AND ") + condition; first_ = false; }
  void where(const std::string& condition, std::string value) { where(condition); values_.push_back({std::move(value), 0, true}); }
  void where(const std::string& condition, std::int64_t value) { where(condition); values_.push_back({{}, value, false}); }
  void bind(std::string value) { values_.push_back({std::move(value), 0, true}); }
  // A limit below 0 is none.
  void finish(const std::string& order, std::int64_t limit) {
    text_ += order + " LIMIT ?";
    values_.push_back({{}, limit, false});
  }
  Result<Statement> prepared(Database& database) const {
    auto statement = TRY(database.prepare(text_));
    int at = 0;
    for (const auto& value : values_) {
      ++at;
      if (value.is_text) statement.bind(at, std::string_view(value.text));
      else statement.bind(at, value.number);
    }
    return statement;
  }

 private:
  struct Value { std::string text; std::int64_t number; bool is_text; };
  std::string text_;
  std::vector<Value> values_;
  bool first_ = true;
};

// "'declined','postponed',...": the statuses in which a visit does not take place.
std::string fallen_words() {
  std::string words;
  for (const auto word : all_words<VisitStatus>()) {
    const auto status = parse_word<VisitStatus>(word);
    if (status && !stands(*status)) words += (words.empty() ? "'" : ",'") + std::string(word) + "'";
  }
  return words;
}

void narrow(Question& question, const CalendarQuery& query) {
  if (!query.state.empty()) question.where("v.record IN (SELECT record FROM visit_days WHERE state = ?)", query.state);
  if (!query.all) question.where("v.status NOT IN (" + fallen_words() + ")");
}

}  // namespace

Result<std::vector<CalendarRow>> VisitStore::between(const CalendarQuery& query) {
  Question question("SELECT v.record, v.first, v.last FROM visits v");
  question.where("v.first > -1000000000 AND v.first <= ?", query.to);
  question.where("v.last >= ?", query.from);
  narrow(question, query);
  question.finish(" ORDER BY v.first, v.record", -1);
  auto rows = TRY(question.prepared(database_));
  std::vector<CalendarRow> out;
  while (TRY(rows.step())) out.push_back({rows.text(0), rows.i64(1), rows.i64(2)});
  return out;
}

Result<std::uint64_t> VisitStore::count_without_days(const CalendarQuery& query) {
  Question question("SELECT count(*) FROM visits v");
  question.where("v.first = -1000000000");
  narrow(question, query);
  question.finish("", -1);
  auto rows = TRY(question.prepared(database_));
  if (!TRY(rows.step())) return std::uint64_t{0};
  return rows.u64(0);
}

Result<std::vector<ListedVisit>> VisitStore::list(const VisitQuery& query) {
  const bool reads = !query.text.empty();
  Question question(reads ? "SELECT v.record, v.first, r.body FROM visits v CROSS JOIN visit_revisions r ON r.record = v.record AND r.revision = v.revision"
                          : "SELECT v.record, v.first FROM visits v");
  if (!query.state.empty()) question.where("v.record IN (SELECT record FROM visit_days WHERE state = ?)", query.state);
  if (!query.lead.empty()) question.where("v.lead = ?", query.lead);
  if (!query.status.empty()) question.where("v.status = ?", query.status);
  if (query.from) question.where("v.last >= ?", *query.from);
  if (query.to) question.where("v.first > -1000000000 AND v.first <= ?", *query.to);
  if (query.after_day) {
    question.where("(v.first, v.record) < (?, ?)", *query.after_day);
    question.bind(query.after_record);
  }
  const auto limit = static_cast<std::int64_t>(query.limit);
  question.finish(query.ascending ? " ORDER BY v.first, v.record" : " ORDER BY v.first DESC, v.record DESC", reads ? -1 : limit);
  auto rows = TRY(question.prepared(database_));
  std::vector<ListedVisit> out;
  while (out.size() < query.limit && TRY(rows.step())) {
    ListedVisit visit{rows.text(0), rows.i64(1)};
    if (reads && words_of(TRY(stored_plan(visit.record, rows.blob(2)))).find(query.text) == std::string::npos) continue;
    out.push_back(std::move(visit));
  }
  return out;
}

Result<std::vector<StoredFinding>> VisitStore::list(const FindingQuery& query) {
  Question question("SELECT f.id, f.since, f.json FROM visit_findings f");
  if (!query.kind.empty()) question.where("f.kind = ?", query.kind);
  if (!query.but_kind.empty()) question.where("f.kind <> ?", query.but_kind);
  if (!query.state.empty()) question.where("instr(f.states, ?) > 0", ";" + query.state + ";");
  if (!query.committee.empty()) question.where("instr(f.committees, ?) > 0", ";" + query.committee + ";");
  if (query.since) question.where("f.since >= ?", static_cast<std::int64_t>(*query.since));
  if (query.after_time) {
    question.where("(f.since, f.id) < (?, ?)", static_cast<std::int64_t>(*query.after_time));
    question.bind(query.after_id);
  }
  question.finish(" ORDER BY f.since DESC, f.id DESC", static_cast<std::int64_t>(query.limit));
  auto rows = TRY(question.prepared(database_));
  std::vector<StoredFinding> out;
  while (TRY(rows.step())) out.push_back({rows.text(0), rows.u64(1), rows.text(2)});
  return out;
}

Result<std::vector<ChangedVisit>> VisitStore::changes_since(TimeMs since, std::uint64_t limit) {
  auto rows = TRY(database_.prepare(
      "SELECT 0, r.record, v.lead, r.revision, 0, r.time FROM visit_revisions r JOIN visits v ON v.record = r.record WHERE r.time >= ?1"
      " UNION ALL SELECT 1, a.record, a.sender, 0, a.answer, a.time FROM visit_answers a JOIN visits v ON v.record = a.record WHERE a.time >= ?1"
      " UNION ALL SELECT 2, record, lead, revision, 0, time FROM visit_recalls WHERE time >= ?1 ORDER BY 6 DESC, 2, 4 DESC LIMIT ?2"));
  rows.bind(1, since).bind(2, limit);
  std::vector<ChangedVisit> out;
  while (TRY(rows.step())) {
    out.push_back({static_cast<ChangedVisit::What>(rows.u64(0)), rows.text(1), rows.text(2), static_cast<std::uint32_t>(rows.u64(3)),
                   static_cast<AnswerKind>(rows.u64(4)), rows.u64(5)});
  }
  return out;
}

Result<std::uint64_t> VisitStore::count(const std::string& table) {
  auto rows = TRY(database_.prepare("SELECT count(*) FROM " + table));
  if (!TRY(rows.step())) return std::uint64_t{0};
  return rows.u64(0);
}

Result<std::map<std::string, std::uint64_t>> VisitStore::count_findings() {
  auto rows = TRY(database_.prepare("SELECT kind, count(*) FROM visit_findings GROUP BY kind"));
  std::map<std::string, std::uint64_t> out;
  while (TRY(rows.step())) out[rows.text(0)] = rows.u64(1);
  return out;
}

}  // namespace liaison
