// SPDX-License-Identifier: Apache-2.0
// Files of visits: what is exported comes back unchanged, in each form, whatever the texts are.
#include "nodes/cli/visit_export.h"

#include <gmock/gmock.h>

#include <sstream>

#include "nodes/files/icalendar.h"
#include "nodes/files/json_entries.h"
#include "nodes/cli/table.h"
#include "nodes/files/visit_files.h"
#include "nodes/domain/visit_json.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// A visit as the node prints it, as far as an export reads it.
json printed(const VisitPlan& plan, const std::string& marking = "committees") {
  json out = fields_json(plan);
  out.update({{"id", plan.record_id}, {"revision", plan.revision}, {"lead", plan.lead.str()}, {"marking", marking}, {"accepted_at", nullptr},
              {"recipients", {"1267"}}, {"answers", json::array()}, {"delivery", "queued"}});
  return out;
}

VisitPlan small() {
  VisitPlan plan;
  plan.record_id = "1540-V-2027-0001";
  plan.revision = 1;
  plan.lead = *MemberId::parse("1540");
  plan.title = "Action plan";
  plan.states = {{"KGZ", ""}};
  plan.components = {{ComponentMode::on_site, "2027-03-08", "2027-03-12", DatePrecision::day, {}}};
  return plan;
}

// Every field, with whatever could be mistaken for a separator, a formula, an escape or nothing.
VisitPlan full(const std::string& odd) {
  VisitPlan plan = small();
  plan.revision = 4;
  plan.status = VisitStatus::merged;
  plan.kind = VisitKind::hybrid;
  plan.title = plan.paragraph = plan.contact = plan.source = plan.consent.reference = plan.consent.signed_by = odd;
  plan.note = odd + "\n\t" + odd + "\n";
  plan.states = {{"MKD", odd}, {"ALB", ""}};
  plan.components = {{ComponentMode::virtual_, "2018-03", "2018-09", DatePrecision::period, {odd, "", odd}},
                     {ComponentMode::on_site, "", "2019-04-25", DatePrecision::end_day, {}},
                     {ComponentMode::on_site, "", "", DatePrecision::unknown, {""}}};
  plan.aims = {"action_plan", "future_steps"};
  plan.consent.status = ConsentStatus::granted;
  plan.consent.date = "2026-11-20";
  plan.invitation = Invitation{"", odd, ""};
  plan.participation = {{"UNODC", ParticipationRole::participates, odd}, {"x" + odd, ParticipationRole::leads, ""},
                        {"a:observes", ParticipationRole::advises, "participates:x"}};
  plan.unverified = true;
  plan.merged_into = "1373-V-2027-0002";
  plan.reports = {{ReportKind::draft, "2027-03-20", odd}, {ReportKind::draft, "2027-03-21", ""}};
  return plan;
}

const std::vector<std::string> kOdd = {"plain", "a;b|c/d:e=f,g", "back\\slash\\", "\\", "\\\\;", "\\-", "-", "=1+1", "'=1+1", "''=x", "+1", "-1", "@x", "'",
                                       "''", " blanks ", "  ", "  \\ ", "\"quoted\", \"twice\"", "中文 ş é", "a\\ ", ";", "|", "/", "trailing;\\"};

std::string csv_of(const json& visits) {
  std::ostringstream out;
  print_csv_line(out, export_columns());
  for (const auto& one : visits) print_csv_line(out, export_cells(one));
  return out.str();
}

std::string json_of(const json& visits) {
  json all = json::array();
  for (const auto& one : visits) all.push_back(portable_visit(one));
  return json_text(all, 2);
}

std::map<std::string, std::string> files_of(const json& visits) {
  return {{"v.csv", csv_of(visits)}, {"v.json", json_of(visits)}, {"v.ics", icalendar_of(visits)}};
}

// The plan that a node would read from the file's one row over another plan, as it compares a known record, or over nothing.
VisitPlan read_again(const std::string& text, const std::string& name, VisitPlan over) {
  const auto file = plan_of_file(text, name, "1540", Others::kRefused);
  EXPECT_TRUE(file.has_value()) << (file ? "" : file.error().what);
  if (!file || file->rows.size() != 1 || !file->errors.empty()) {
    ADD_FAILURE() << name << ": " << (file && !file->errors.empty() ? file->errors[0].detail : "no row") << "\n" << text;
    return {};
  }
  json fields = file->rows[0].fields;
  EXPECT_EQ(fields["id"], over.record_id);
  for (const char* member : {"id", "revision", "line"}) fields.erase(member);
  const auto read = read_visit_fields(fields, over);
  EXPECT_TRUE(read.has_value()) << name << ": " << (read ? "" : read.error().what);
  return over;
}

TEST(Export, EveryFieldComesBackUnchangedInEachForm) {
  for (const auto& odd : kOdd) {
    const VisitPlan plan = full(odd);
    const json visits = json::array({printed(plan)});
    VisitPlan blank = small();
    blank.revision = plan.revision;
    for (const auto& [name, text] : files_of(visits)) {
      const VisitPlan read = read_again(text, name, blank);
      EXPECT_TRUE(read == plan) << name << " with '" << odd << "': " << changed_fields(plan, read).dump(1);
      EXPECT_TRUE(read_again(text, name, plan) == plan) << name << " with '" << odd << "'";
    }
  }
}

TEST(Export, ARowThatSaysLessThanTheRecordDiffersFromIt) {
  VisitPlan more = full("x");
  more.revision = 1;
  more.record_id = small().record_id;
  const json visits = json::array({printed(small())});
  for (const auto& [name, text] : files_of(visits)) {
    const VisitPlan read = read_again(text, name, more);
    for (const std::string field : {"note", "aims", "participation", "invitation", "reports", "consent", "contact", "components"})
      EXPECT_TRUE(changed_fields(more, read).contains(field)) << name << " " << field;
  }
}

TEST(Export, DaysStandInColumnsOfTheirOwnWhereThatIsEnough) {
  const auto cell = [](const VisitPlan& plan, const std::string& column) {
    const auto at = std::find(export_columns().begin(), export_columns().end(), column) - export_columns().begin();
    return export_cells(printed(plan)).at(static_cast<std::size_t>(at));
  };
  EXPECT_EQ(cell(small(), "start"), "2027-03-08");
  EXPECT_EQ(cell(small(), "components"), "");
  EXPECT_EQ(cell(full("p"), "start"), "");
  EXPECT_THAT(cell(full("p"), "components"), HasSubstr("virtual|2018-03|2018-09|p/\\-/p|period;"));
}

TEST(Export, ANamedVisitKeepsWhomItIsFor) {
  EXPECT_EQ(portable_visit(printed(small(), "named"))["to"], json({"1267"}));
  EXPECT_FALSE(portable_visit(printed(small())).contains("to"));
  const auto file = plan_of_file(csv_of(json::array({printed(small(), "named")})), "v.csv", "1540", Others::kRefused);
  EXPECT_EQ(file->rows.at(0).fields["to"], json({"1267"}));
  EXPECT_EQ(file->rows.at(0).ref, "1540-V-2027-0001");
}

TEST(Export, NoCellIsTakenForAFormula) {
  for (const std::string odd : {"=1+1", "+1", "-1", "@x", "'=1", "\t=1"}) {
    VisitPlan plan = small();
    plan.note = odd;
    const std::string text = csv_of(json::array({printed(plan)}));
    EXPECT_THAT(text, HasSubstr(",'" + odd + ",")) << text;
  }
}

TEST(JsonEntries, EachIsReadByItselfAndCounted) {
  const auto file = plan_of_file(R"( [{"title": "a, ] \" }"}, 7, {"title": "b", "lead": "1373"}, {"x": }] )", "v.json", "1540", Others::kSkipped);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->unit, "entry");
  ASSERT_EQ(file->rows.size(), 1U);
  EXPECT_EQ(file->rows[0].fields["title"], "a, ] \" }");
  EXPECT_EQ(file->skipped, 1U);
  ASSERT_EQ(file->errors.size(), 2U);
  EXPECT_EQ(file->errors[0].line, 2U);
  EXPECT_EQ(file->errors[1].line, 4U);
  EXPECT_TRUE(plan_of_file("[]", "v.json", "1540", Others::kRefused)->rows.empty());
}

TEST(JsonEntries, WhatIsTooMuchOrNoListIsOneSentence) {
  const auto trouble = [](const std::string& text) {
    const auto file = plan_of_file(text, "v.json", "1540", Others::kRefused);
    EXPECT_TRUE(file.has_value() || !file.error().hint.empty());
    return file ? file->errors.empty() ? "" : file->errors[0].detail : file.error().what;
  };
  for (const std::string wrong : {"", "{}", "[", "]", "[[]", "[\"]", "null", "[{}]x", "{\"items\": []}"})
    EXPECT_THAT(trouble(wrong), HasSubstr("no list")) << wrong;
  EXPECT_THAT(trouble("[" + std::string(1'000'000, '[')), HasSubstr("no list"));
  EXPECT_THAT(trouble("[{\"note\": \"" + std::string(1 << 20, 'x') + "\"}]"), HasSubstr("512 KiB"));
  EXPECT_THAT(trouble("[{\"x\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}]"), HasSubstr("nested"));
  std::string many = "[{}";
  for (int i = 0; i < 100'000; ++i) many += ",{}";
  EXPECT_THAT(trouble(many + "]"), HasSubstr("100,000"));
  EXPECT_THAT(trouble("[{\"a\": \"\xff\"}]"), HasSubstr("no object"));
}

}  // namespace
}  // namespace liaison
