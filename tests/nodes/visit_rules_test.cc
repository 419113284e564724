// SPDX-License-Identifier: Apache-2.0
// The table tests/scenarios/visits.txt, row by row, against the rules.
#include "nodes/domain/visit_rules.h"

#include <gmock/gmock.h>

#include <sstream>

#include "tests/doubles/scenario_table.h"

namespace liaison {
namespace {

struct VisitStep {
  int line = 0;
  std::string event, word, who, before, outcome;
};

std::vector<VisitStep> visit_steps() {
  std::vector<VisitStep> out;
  for (const auto& [line, cells] : scenario_rows("visits.txt", 4, 4)) {
    const auto blank = cells[0].find(' ');
    out.push_back({line, cells[0].substr(0, blank), cells[0].substr(blank + 1), cells[1], cells[2], cells[3]});
  }
  return out;
}

const std::int64_t kToday = *parse_date("2027-03-20");

RecordValue said(const std::string& text) { return {text, 0, false, {}}; }
RecordValue list_of(const std::string& text) { return {"", 0, false, {said(text)}}; }

// "for-1267-and-1540" -> a list of these committees.
RecordValue committees_in(const std::string& how) {
  RecordValue out;
  for (std::size_t at = 3; at != std::string::npos;) {
    at = how.find_first_of("0123456789", at);
    if (at == std::string::npos) break;
    out.items.push_back(said(how.substr(at, 4)));
    at += 4;
  }
  return out;
}

// "withdrawn" -> a record of a consent of the 1540 Committee like that; nothing for one that is not known.
std::optional<Record> consent_like(const std::string& how) {
  if (how == "unknown") return std::nullopt;
  Record consent = record_of(*record_kind(how == "a-request" ? "assistance.request" : "consent"));
  consent.record_id = "1540-K-2027-0007";
  consent.owner = *MemberId::parse("1540");
  consent.states = {how == "of-another-state" ? "MNG" : "KGZ"};
  if (how == "of-both") consent.states.push_back("MNG");
  const auto set = [&](const std::string& field, RecordValue value) { consent.values[place_of(consent.kind->fields, field)] = std::move(value); };
  if (how == "a-request") return consent;
  set("acts", list_of(how == "to-circulate" ? "circulate" : "visit"));
  set("given_on", said("2027-01-05"));
  set("status", said("granted"));
  if (how == "about-another") set("about", list_of("1373-V-2027-0099"));
  else if (how == "about-this") set("about", list_of("1373-V-2027-0001"));
  else if (how.starts_with("for-")) set("committees", committees_in(how));
  else if (how == "asked" || how == "declined") set("status", said(how));
  else if (how.starts_with("withdrawn")) set("status", said("withdrawn")), set("withdrawn_on", said(how == "withdrawn" ? "2027-03-10" : "2027-03-15"));
  else if (how.starts_with("until-")) set("valid_until", said(how.substr(6)));
  else EXPECT_THAT(how, testing::AnyOf("granted", "to-circulate", "of-another-state", "of-both"));
  return consent;
}

// What the visit of a row names, as a node would find it. The word stands in signed_by, where no rule looks.
NamedConsent named_by(const VisitPlan& plan) {
  if (!parse_record_id(plan.consent.reference)) return std::nullopt;
  auto consent = consent_like(plan.consent.signed_by);
  if (consent) return Result<Record>(std::move(*consent));
  return Result<Record>(fail(Code::kUnknown, "no record has the id " + plan.consent.reference));
}

// What a row says besides lead and status.
void add_words(std::istringstream& words, VisitPlan& plan) {
  for (std::string word; words >> word;) {
    if (word == "invitation") plan.invitation = Invitation{"2027-01-05", "note verbale 12/2027", "Permanent Mission"};
    else if (word == "in-a-month") plan.components = {{ComponentMode::on_site, "2027-03", "2027-03", DatePrecision::month, {}}};
    else if (word == "in-two-parts") plan.components.insert(plan.components.begin(), {ComponentMode::virtual_, "2026-09", "2026-09", DatePrecision::month, {}});
    else if (word.starts_with("days=")) plan.components = {{ComponentMode::on_site, word.substr(5, 10), word.substr(17), DatePrecision::day, {}}};
    else if (word.starts_with("into=")) plan.merged_into = word.substr(5);
    else if (word.starts_with("report=")) plan.reports.push_back({parse_word<ReportKind>(word.substr(7)).value(), "2027-04-01", ""});
    else if (word.starts_with("states=")) plan.states.push_back({word.substr(7), ""});
    else if (word.starts_with("record=")) plan.consent.reference = "1540-K-2027-0007", plan.consent.signed_by = word.substr(7);
    else if (word == "note") plan.consent.reference = "note 3", plan.consent.date = "2027-01-05";
    else if (word == "undated-note") plan.consent.reference = "note 3";
    else if (word == "note-of-tomorrow") plan.consent.reference = "note 3", plan.consent.date = "2027-03-21";
    else if (word == "note-to-come") plan.consent.reference = "note 3", plan.consent.date = "2027-03-22";
    else plan.consent.status = parse_word<ConsentStatus>(word.substr(word.find('=') + 1)).value();
  }
}

// "1540 approved_by_committee invitation" -> a record like that.
VisitPlan record_of(const std::string& text, const MemberId& who) {
  VisitPlan plan;
  plan.lead = who;
  plan.states = {{"KGZ", ""}};
  plan.components = {{ComponentMode::on_site, "2027-03-08", "2027-03-12", DatePrecision::day, {}}};
  if (text == "-") return plan;
  std::istringstream words(text);
  std::string lead, status;
  words >> lead >> status;
  plan.lead = *MemberId::parse(lead);
  plan.record_id = lead + "-V-2027-0001";
  plan.status = parse_word<VisitStatus>(status).value();
  add_words(words, plan);
  return plan;
}

std::string outcome_of(const Result<void>& result, const VisitPlan* settled, const VisitPlan& before) {
  if (!result) {
    EXPECT_FALSE(result.error().hint.empty()) << result.error().what;
    return std::string(code_name(result.error().code));
  }
  if (settled == nullptr || settled->consent.status == before.consent.status) return "ok";
  return "ok consent=" + std::string(word_of(settled->consent.status));
}

std::vector<MemberId> all_but(const MemberId& lead) {
  std::vector<MemberId> out;
  for (const char* id : {"1267", "1373", "1540"}) {
    if (lead.str() != id) out.push_back(*MemberId::parse(id));
  }
  return out;
}

std::string played(const VisitStep& row) {
  const auto who = *MemberId::parse(row.who);
  auto before = record_of(row.before, who);
  if (row.event == "create" || row.event == "import") {
    before.status = parse_word<VisitStatus>(row.word).value();
    return outcome_of(check_new_visit(before, row.event == "import"), nullptr, before);
  }
  if (row.event == "recall") return outcome_of(check_new_recall(who, before), nullptr, before);
  if (row.event == "rest") return outcome_of(check_named_consent(before, all_but(before.lead), named_by(before), kToday), nullptr, before);
  if (row.event == "merge") return outcome_of(check_merge(before, record_of(row.word, who)), nullptr, before);
  if (row.event == "move") {
    auto after = before;
    std::istringstream words(row.word);   // "merged into=..." is what the change says besides the status
    std::string status, more;
    words >> status;
    std::getline(words, more);
    after.status = parse_word<VisitStatus>(status).value();
    std::istringstream besides(more);
    add_words(besides, after);
    auto result = settle_change(who, before, after);
    if (result) result = check_visit_consent(before, after, all_but(who), named_by(after), kToday);
    return outcome_of(result, &after, before);
  }
  const auto answer = parse_word<AnswerKind>(row.word).value();
  return outcome_of(check_new_answer(who, before, answer, row.event == "import-answer"), nullptr, before);
}

TEST(VisitRules, EveryRowOfTheScenarioTableHolds) {
  const auto all = visit_steps();
  ASSERT_GE(all.size(), 50U);
  for (const auto& row : all) EXPECT_EQ(played(row), row.outcome) << "visits.txt line " << row.line << ": " << row.event << " " << row.word;
}

TEST(VisitRules, EveryStatusCanBeReachedAndEveryMoveLeadsSomewhereElse) {
  for (const auto lead : {"1267", "1373", "1540"}) {
    const auto member = *MemberId::parse(lead);
    std::set<VisitStatus> reached = {first_status(member)};
    for (bool grown = true; grown;) {
      const auto size = reached.size();
      for (const auto from : std::set(reached)) {
        for (const auto to : moves_from(from, member)) {
          EXPECT_NE(from, to);
          reached.insert(to);
        }
      }
      grown = reached.size() > size;
    }
    EXPECT_EQ(reached.size(), all_words<VisitStatus>().size() - 1) << lead;  // all but the other committees' first one
  }
}

TEST(VisitRules, AnAimOfAnotherCommitteeIsRefusedByName) {
  auto plan = record_of("1373 proposed", *MemberId::parse("1373"));
  plan.aims = {"draft_first_report"};
  const auto result = check_visit_fields(plan);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kInput);
  EXPECT_TRUE(result.error().what.starts_with("aims: ")) << result.error().what;
  EXPECT_NE(result.error().hint.find("threat_assessment"), std::string::npos);
}

TEST(VisitRules, OnlyVisitsOf1540RestOnAnInvitation) {
  auto plan = record_of("1373 proposed invitation", *MemberId::parse("1373"));
  ASSERT_FALSE(check_visit_fields(plan));
  plan = record_of("1540 invited invitation", *MemberId::parse("1540"));
  EXPECT_TRUE(check_visit_fields(plan));
}

TEST(VisitRules, AConsentThatContradictsTheMoveIsRefused) {
  const auto before = record_of("1373 consent_requested consent=requested", *MemberId::parse("1373"));
  auto after = before;
  after.status = VisitStatus::consent_granted;
  after.consent.status = ConsentStatus::declined;
  const auto result = settle_change(before.lead, before, after);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kInput);
}

TEST(VisitRules, AsTheSourceSaysIsForThePastOnly) {
  auto plan = record_of("1373 proposed consent=as_source_says", *MemberId::parse("1373"));
  EXPECT_FALSE(check_new_visit(plan, false));
  EXPECT_TRUE(check_new_visit(plan, true));
}

}  // namespace
}  // namespace liaison
