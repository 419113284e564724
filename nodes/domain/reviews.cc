// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/reviews.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nodes/domain/dues.h"
#include "nodes/domain/record_json.h"
#include "nodes/domain/states.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kNamedPerFigure = 256, kNamedPerState = 16, kStatesMax = 200;

// The four areas of paragraph 9 and the words of the pages that belong to each.
struct ReviewArea { const char* name; const char* field; std::set<std::string> words; };   // field: of the review, and the word of a matrix's rows
const std::vector<ReviewArea>& areas() {
  static const std::vector<ReviewArea> all = {
      {"(a) accounting", "accounting", {"accounting"}},
      {"(b) physical protection", "physical_protection", {"physical_protection", "laboratory"}},
      {"(c) border controls and law enforcement", "border_control", {"border_control", "law_enforcement"}},
      {"(d) export and trans-shipment controls, financing",
       "export_control",
       {"export_control", "trans_shipment", "brokering", "financing", "control_lists", "licensing"}}};
  return all;
}

bool touches(const DaySpan& period, const std::optional<DaySpan>& days) { return days && days->first <= period.last && days->last >= period.first; }

std::string counted(std::size_t count, const std::string& one, const std::string& many) { return std::to_string(count) + " " + (count == 1 ? one : many); }

json named(const std::vector<std::string>& records, std::size_t most) {
  json out = json::array();
  for (const auto& record : records) {
    if (out.size() < most) out.push_back(record);
  }
  return out;
}

struct OfState {
  std::vector<std::string> records;
  std::map<std::string, std::size_t> by_area;       // of paragraph 9: requests and needs
  std::map<std::string, std::string> marks;         // of the matrix, by the field of the area
  std::string matrix;                               // which one, in words; empty when there is none
  std::size_t submissions = 0, requests = 0, visits = 0;
};

std::vector<std::string> areas_of(const Record& record) {
  std::vector<std::string> out;
  for (const RecordValue& one : record.value("areas").items) out.push_back(one.text);
  if (const std::string& one = record.value("area").text; !one.empty()) out.push_back(one);
  return out;
}

void count_record(const Record& record, std::map<std::string, OfState>& states) {
  const bool submission = record.kind->kind == "submission", request = record.kind->kind == "assistance.request", need = record.kind->kind == "visit.need";
  if (!submission && !request && !need) return;
  const auto words = areas_of(record);
  for (const auto& state : record.states) {
    OfState& of = states[state];
    of.records.push_back(record.record_id);
    if (submission) ++of.submissions;
    if (request) ++of.requests;
    for (const ReviewArea& area : areas()) {
      if (std::any_of(words.begin(), words.end(), [&](const std::string& word) { return area.words.contains(word); })) ++of.by_area[area.name];
    }
  }
}

std::string finding_of(const OfState& of) {
  std::string out = of.matrix.empty() ? "" : of.matrix + "\n";
  out += counted(of.submissions, "submission", "submissions") + ", " +
                    counted(of.requests, "request for assistance", "requests for assistance") + ", " + counted(of.visits, "visit", "visits");
  for (const ReviewArea& area : areas()) {
    const auto found = of.by_area.find(area.name);
    out += std::string("\n") + area.name + ": " +
           (found == of.by_area.end() ? "nothing asked for or found" : counted(found->second, "request or need", "requests or needs"));
  }
  return out;
}

json states_json(const std::map<std::string, OfState>& states) {
  json out = json::array();
  for (const auto& [state, of] : states) {
    if (out.size() == kStatesMax) break;
    json one = {{"state", state}, {"finding", finding_of(of)}, {"records", named(of.records, kNamedPerState)}};
    for (const auto& [field, mark] : of.marks) one[field] = mark;
    out.push_back(std::move(one));
  }
  return out;
}

// How far a matrix stands: 2 approved or posted, 1 made, 0 superseded.
int standing(const Record& matrix) {
  const std::string& status = matrix.status();
  return status == "superseded" ? 0 : status == "approved" || status == "posted" ? 2 : 1;
}

// The day that makes one matrix newer than another; nothing for none that is known.
std::optional<std::int64_t> matrix_day(const Record& matrix) {
  for (const char* field : {"approved_on", "posted_on", "report_dated"}) {
    if (const auto days = span_of(matrix.value(field).text)) return days->first;
  }
  return std::nullopt;
}

// The State's matrix and, behind it, those that continue it.
using MatrixParts = std::vector<const Record*>;

bool goes_before(const Record& one, const Record& other) {
  if (standing(one) != standing(other)) return standing(one) > standing(other);
  if (matrix_day(one) != matrix_day(other)) return matrix_day(one) > matrix_day(other);
  return one.record_id > other.record_id;
}

void add_parts(const std::vector<const Record*>& matrices, MatrixParts& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const Record* one : matrices) {
      const bool counts = one->value("continues").text == parts[i]->record_id && standing(*one) >= standing(*parts[0]);
      if (counts && std::find(parts.begin(), parts.end(), one) == parts.end()) parts.push_back(one);
    }
  }
}

std::map<std::string, MatrixParts> matrices_of(const ReviewBasis& basis) {
  std::vector<const Record*> all;
  std::map<std::string, MatrixParts> chosen;
  for (const Record& record : basis.records) {
    if (record.kind->kind != "matrix" || standing(record) == 0 || matrix_day(record) > basis.period.last) continue;
    all.push_back(&record);
    if (!record.value("continues").empty()) continue;
    for (const auto& state : record.states) {
      MatrixParts& parts = chosen[state];
      if (parts.empty() || goes_before(record, *parts[0])) parts = {&record};
    }
  }
  for (auto& [state, parts] : chosen) add_parts(all, parts);
  return chosen;
}

// The words of the cells of all rows that say an area; an empty one for a cell that says nothing.
using Cells = std::multiset<std::string>;
std::map<std::string, Cells> cells_of(const MatrixParts& parts) {
  const auto& row_fields = parts[0]->kind->field("rows")->parts;
  const std::size_t area = place_of(row_fields, "area"), legal = place_of(row_fields, "legal"), enforcement = place_of(row_fields, "enforcement");
  std::map<std::string, Cells> out;
  for (const Record* part : parts) {
    for (const RecordValue& row : part->value("rows").items) {
      for (const std::size_t cell : {legal, enforcement}) out[row.items[area].text].insert(row.items[cell].text);
    }
  }
  return out;
}

std::string mark_of(const Cells& cells) {
  const std::size_t yes = cells.count("yes"), passed_over = cells.count("not_applicable");
  if (passed_over == cells.size()) return "not_applicable";
  if (yes + passed_over == cells.size()) return "yes";
  if (yes + cells.count("cited") > 0) return "cited";
  return cells.contains("unclear") ? "unclear" : "";
}

void add_matrix(const MatrixParts& parts, OfState& of) {
  const auto cells = cells_of(parts);
  for (const ReviewArea& area : areas()) {
    const auto found = cells.find(area.field);
    const std::string mark = found == cells.end() ? "" : mark_of(found->second);
    if (!mark.empty()) of.marks[area.field] = mark;
  }
  std::vector<std::string> ids;
  for (const Record* part : parts) ids.push_back(part->record_id);
  of.records.insert(of.records.begin(), ids.begin(), ids.end());
  of.matrix = "Marks from the matrix " + listed(ids) + " (" + in_words(parts[0]->status()) + "); they are no measure of compliance";
}

json figure(const std::string& what, const std::vector<std::string>& records) {
  return {{"what", what}, {"value", std::to_string(records.size())}, {"records", named(records, kNamedPerFigure)}};
}

// Obligations that fall due in the period: met in time, met late, still open.
void add_obligations(const ReviewBasis& basis, json& figures) {
  std::vector<std::string> in_time, late, open;
  for (const Record& record : basis.records) {
    if (record.kind->kind != "obligation") continue;
    for (const DueDate& due : dues_of(record)) {
      if (due.last_day < basis.period.first || due.last_day > basis.period.last) continue;
      (due.open ? open : days_late(due, basis.period.last) ? late : in_time).push_back(record.record_id);
    }
  }
  if (!in_time.empty()) figures.push_back(figure("obligations met in time", in_time));
  if (!late.empty()) figures.push_back(figure("obligations met late", late));
  if (!open.empty()) figures.push_back(figure("obligations not met", open));
}

}  // namespace

json review_fields(const ReviewBasis& basis) {
  std::map<std::string, std::vector<std::string>> by_kind;
  std::map<std::string, OfState> states;
  for (const Record& record : basis.records) {
    if (!touches(basis.period, record_days(record))) continue;
    by_kind[record.kind->noun].push_back(record.record_id);
    count_record(record, states);
  }
  for (const auto& [state, parts] : matrices_of(basis)) add_matrix(parts, states[state]);
  std::map<std::string, std::vector<std::string>> visits;
  for (const json& visit : basis.visits) {
    visits[visit.value("lead", std::string())].push_back(visit["id"]);
    for (const json& state : visit.value("states", json::array())) {
      OfState& of = states[state["alpha3"]];
      ++of.visits;
      of.records.push_back(visit["id"]);
    }
  }
  json figures = json::array();
  for (const auto& [lead, records] : visits) figures.push_back(figure("visits led by " + lead, records));
  for (const auto& [noun, records] : by_kind) figures.push_back(figure(noun + " records", records));
  add_obligations(basis, figures);
  const std::string begins = date_text(basis.period.first), ends = date_text(basis.period.last);
  return {{"title", (basis.type == "annual" ? "Annual review " : "Comprehensive review ") + begins.substr(0, 4) +
                        (begins.substr(0, 4) == ends.substr(0, 4) ? "" : " to " + ends.substr(0, 4))},
          {"type", basis.type},
          {"begins", begins},
          {"ends", ends},
          {"log_index", basis.log_index},
          {"log_root", basis.log_root},
          {"by_state", states_json(states)},
          {"figures", std::move(figures)}};
}

}  // namespace liaison
