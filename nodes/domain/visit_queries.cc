// SPDX-License-Identifier: Apache-2.0
// The pages of visit_store.h: questions with filters, prepared when they are asked.
#include "nodes/domain/visit_store.h"

namespace liaison {
namespace {

// A statement's text and what is bound to it, in order. The values outlive the statement's steps.
class Question {
 public:
  explicit Question(std::string select) : text_(std::move(select)) {}
  void where(const std::string& condition) { text_ += (first_ ? " WHERE " : " AND ") + condition; first_ = false; }
  void where(const std::string& condition, std::string value) { where(condition); values_.push_back({std::move(value), 0, true}); }
  void where(const std::string& condition, std::int64_t value) { where(condition); values_.push_back({{}, value, false}); }
  void bind(std::string value) { values_.push_back({std::move(value), 0, true}); }
  void finish(const std::string& order, std::uint64_t limit) {
    text_ += order + " LIMIT ?";
    values_.push_back({{}, static_cast<std::int64_t>(limit), false});
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

}  // namespace

Result<std::vector<ListedVisit>> VisitStore::list(const VisitQuery& query) {
  Question question("SELECT v.record, v.first FROM visits v");
  if (!query.state.empty()) question.where("v.record IN (SELECT record FROM visit_days WHERE state = ?)", query.state);
  if (!query.lead.empty()) question.where("v.lead = ?", query.lead);
  if (!query.status.empty()) question.where("v.status = ?", query.status);
  if (query.from) question.where("v.last >= ?", *query.from);
  if (query.to) question.where("v.first > -1000000000 AND v.first <= ?", *query.to);
  if (!query.text.empty()) question.where("instr(v.words, ?) > 0", query.text);
  if (query.after_day) {
    question.where("(v.first, v.record) < (?, ?)", *query.after_day);
    question.bind(query.after_record);
  }
  question.finish(" ORDER BY v.first DESC, v.record DESC", query.limit);
  auto rows = TRY(question.prepared(database_));
  std::vector<ListedVisit> out;
  while (TRY(rows.step())) out.push_back({rows.text(0), rows.i64(1)});
  return out;
}

Result<std::vector<StoredFinding>> VisitStore::list(const FindingQuery& query) {
  Question question("SELECT f.id, f.since, f.json FROM visit_findings f");
  if (!query.kind.empty()) question.where("f.kind = ?", query.kind);
  if (!query.state.empty()) question.where("instr(f.states, ?) > 0", ";" + query.state + ";");
  if (!query.committee.empty()) question.where("instr(f.committees, ?) > 0", ";" + query.committee + ";");
  if (query.since) question.where("f.since >= ?", static_cast<std::int64_t>(*query.since));
  if (query.after_time) {
    question.where("(f.since, f.id) < (?, ?)", static_cast<std::int64_t>(*query.after_time));
    question.bind(query.after_id);
  }
  question.finish(" ORDER BY f.since DESC, f.id DESC", query.limit);
  auto rows = TRY(question.prepared(database_));
  std::vector<StoredFinding> out;
  while (TRY(rows.step())) out.push_back({rows.text(0), rows.u64(1), rows.text(2)});
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
