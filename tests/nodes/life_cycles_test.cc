// SPDX-License-Identifier: Apache-2.0
// The life cycle of each kind of record: its table tests/scenarios/<page>.txt, row by row, against a committee's view of records.
#include "nodes/domain/cycles.h"
#include "tests/doubles/scenario_table.h"
#include "tests/nodes/records_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;

struct Step {
  int line = 0;
  std::string event, who, from, fields, outcome;
};

std::string page_of(const RecordKind& kind) {
  std::string name = kind.kind;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::vector<Step> steps_of(const RecordKind& kind) {
  std::vector<Step> out;
  for (const auto& [line, cells] : scenario_rows(page_of(kind) + ".txt", 5, 5)) out.push_back({line, cells[0], cells[1], cells[2], cells[3], cells[4]});
  return out;
}

json filled(RecordsExchange& exchange, json value, const json& states);

// Of the State of the row: a consent for an act, granted or withdrawn; any record of a letter.
std::string made_for(RecordsExchange& exchange, const std::string& wish, const json& states) {
  const auto colon = wish.find(':');
  const std::string what = wish.substr(1, colon - 1), of = wish.substr(colon + 1);
  const json past = {{"states", states}, {"source", "a table of life cycles"}};
  if (what == "record") {
    const RecordKind* kind = record_kind_of_letter(of);
    EXPECT_NE(kind, nullptr) << wish;
    for (const Step& step : steps_of(*kind)) {
      if (step.event != "begins") continue;
      json fields = filled(exchange, json::parse(step.fields), states);
      fields["source"] = "a table of life cycles";
      return exchange.create("1540", kind->kind, fields, Records::Origin::kHistorical);
    }
  }
  json fields = past;
  fields["acts"] = {of};
  fields["status"] = what == "withdrawn" ? "withdrawn" : "granted";
  fields["given_on"] = "2026-01-15";
  fields["reference"] = "note verbale 1/2026";
  return exchange.create("1540", "consent", fields, Records::Origin::kHistorical);
}

json filled(RecordsExchange& exchange, json value, const json& states) {
  if (value.is_string() && value.get_ref<const std::string&>().starts_with('$')) return made_for(exchange, value.get<std::string>(), states);
  if (value.is_string() && value == "48-KIB") return std::string(48 * 1024, 'x');
  if (value.is_object() || value.is_array()) {
    for (auto& one : value) one = filled(exchange, one, states);
  }
  return value;
}

// "ok received", or the code and the sentence.
std::string played(RecordsExchange& exchange, const RecordKind& kind, const Step& step, const json& beginning) {
  json given = json::parse(step.fields);
  const std::string answered = given.value("$answered", "");
  const auto by = given.value("$by", std::vector<std::string>{"1267", "1373"});
  given.erase("$answered");
  given.erase("$by");
  const json states = given.contains("states") ? given["states"] : beginning.value("states", json::array({"KGZ"}));
  const json fields = filled(exchange, given, states);
  const std::string who = step.who == "owner" ? "1540" : "1373";
  Result<Draft> draft = fail(Code::kInternal, "not tried");
  if (step.event == "begins" || step.event == "imports") {
    const auto origin = step.event == "imports" ? Records::Origin::kHistorical : Records::Origin::kOfficer;
    draft = exchange.at(who).create(kind, fields, origin, kVisitsNow);
  } else {
    json was = filled(exchange, beginning, states);
    was["source"] = "a table of life cycles";
    if (step.from != "-") was["status"] = step.from;
    const std::string record = exchange.create("1540", kind.kind, was, Records::Origin::kHistorical);
    for (const std::string& other : by) {
      if (answered.empty()) break;
      auto said = exchange.at(other).answer(record, {{"answer", answered}, {"text", "said before"}});
      EXPECT_TRUE(said) << said.error().what;
      if (said) exchange.publish(other, *said);
    }
    if (step.event == "answers") draft = exchange.at(who).answer(record, fields);
    else if (step.event == "reckons") draft = exchange.at(who).change(record, 1, fields, kVisitsNow, Records::Origin::kReckoned);
    else draft = exchange.change(who, record, fields);
  }
  if (!draft) {
    EXPECT_FALSE(draft.error().hint.empty()) << draft.error().what;
    return std::string(code_name(draft.error().code)) + " " + draft.error().what;
  }
  if (draft->kind == kKindRecordAnswer) return "ok " + decode_record_answer(draft->body)->answer;
  return "ok " + decode_record(draft->kind, draft->body)->status();
}

bool agrees(const std::string& outcome, const std::string& got) {
  const auto blank = outcome.find(' ');
  if (outcome.starts_with("ok")) return outcome == got;
  return got.starts_with(outcome.substr(0, blank) + " ") && (blank == std::string::npos || got.find(outcome.substr(blank + 1)) != std::string::npos);
}

class LifeCycles : public testing::TestWithParam<std::string> {};

TEST_P(LifeCycles, EachRowOfItsTableHolds) {
  const RecordKind& kind = *record_kind(GetParam());
  const auto steps = steps_of(kind);
  ASSERT_FALSE(steps.empty());
  ASSERT_EQ(steps.front().event, "begins") << "the first row says what such a record needs";
  RecordsExchange exchange;
  const json beginning = json::parse(steps.front().fields);
  for (const Step& step : steps) {
    const std::string got = played(exchange, kind, step, beginning);
    EXPECT_TRUE(agrees(step.outcome, got)) << page_of(kind) << ".txt line " << step.line << ": " << step.fields << "\n  " << got;
  }
}

TEST_P(LifeCycles, EveryMoveStandsInItsTableAndNoOther) {
  const RecordKind& kind = *record_kind(GetParam());
  const Cycle& cycle = cycle_of(kind);
  std::set<std::pair<std::string, std::string>> shown;
  for (const Step& step : steps_of(kind)) {
    if (!step.outcome.starts_with("ok ") || step.event == "answers" || step.event == "imports") continue;
    shown.insert({step.event == "begins" ? "" : step.from, step.outcome.substr(3)});
  }
  for (const auto& to : cycle.beginnings()) EXPECT_TRUE(shown.contains({"", to})) << "begins as " << to;
  for (const auto& from : kind.statuses()) {
    for (const auto& to : cycle.next(from)) EXPECT_TRUE(shown.contains({from, to})) << kind.kind << ": " << from << " becomes " << to;
  }
}

// Whatever a table leaves out is refused: every pair of two statuses.
TEST_P(LifeCycles, EveryOtherMoveIsRefused) {
  const RecordKind& kind = *record_kind(GetParam());
  const Cycle& cycle = cycle_of(kind);
  json beginning = json::parse(steps_of(kind).front().fields);
  RecordsExchange exchange;
  beginning = filled(exchange, beginning, beginning.value("states", json::array({"KGZ"})));
  beginning["source"] = "a table of life cycles";
  for (const auto& from : kind.statuses()) {
    beginning["status"] = from;
    const std::string record = exchange.create("1540", kind.kind, beginning, Records::Origin::kHistorical);
    for (const auto& to : kind.statuses()) {
      if (from == to || cycle.move(from, to) != nullptr) continue;
      const auto moved = exchange.change("1540", record, {{"status", to}});
      ASSERT_FALSE(moved) << from << " became " << to;
      EXPECT_EQ(moved.error().code, Code::kTransition) << moved.error().what;
    }
  }
}

std::vector<std::string> kinds() {
  std::vector<std::string> out;
  for (const RecordKind& kind : record_kinds()) out.push_back(kind.kind);
  return out;
}

INSTANTIATE_TEST_SUITE_P(Kinds, LifeCycles, testing::ValuesIn(kinds()), [](const auto& tested) {
  std::string name = tested.param;
  std::replace_if(name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace liaison
