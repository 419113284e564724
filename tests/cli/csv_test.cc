// SPDX-License-Identifier: Apache-2.0
// Import files: RFC 4180 and what goes beyond form, rows into visits.
#include "nodes/domain/csv.h"

#include <gmock/gmock.h>

#include "nodes/files/visit_rows.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

CsvFile parsed(std::string_view text) {
  auto file = parse_csv(text);
  EXPECT_TRUE(file.has_value()) << file.error().what;
  return file ? *file : CsvFile{};
}

std::string csv_trouble(std::string_view text) {
  const auto file = parse_csv(text);
  EXPECT_FALSE(file.has_value());
  return file ? "" : file.error().what;
}

ImportPlan planned(const std::string& text, Others others = Others::kRefused) {
  auto plan = plan_import(parsed(text), "1540", others);
  EXPECT_TRUE(plan.has_value()) << plan.error().what;
  return plan ? *plan : ImportPlan{};
}

TEST(Csv, QuotedCellsKeepCommasQuotesAndLineEnds) {
  const CsvFile file = parsed("a,b\r\n\"x, y\",\"he said \"\"no\"\"\nand left\"\r\nlast,\r\n");
  EXPECT_THAT(file.heads, ElementsAre("a", "b"));
  ASSERT_EQ(file.rows.size(), 2U);
  EXPECT_THAT(file.rows[0].cells, ElementsAre("x, y", "he said \"no\"\nand left"));
  EXPECT_THAT(file.rows[1].cells, ElementsAre("last", ""));
}

TEST(Csv, ARowKnowsTheLineOnWhichItBegins) {
  const CsvFile file = parsed("a,b\n\"1\n2\n3\",x\n4,y\n\n5,z");
  ASSERT_EQ(file.rows.size(), 3U);
  EXPECT_EQ(file.rows[0].line, 2U);
  EXPECT_EQ(file.rows[1].line, 5U);
  EXPECT_EQ(file.rows[2].line, 7U);
}

TEST(Csv, AByteOrderMarkIsTolerated) { EXPECT_THAT(parsed("\xEF\xBB\xBFstates,title\nAUT,x\n").heads, ElementsAre("states", "title")); }

TEST(Csv, TheHeadLineSaysWhatSeparates) {
  EXPECT_THAT(parsed("a;b\n\"x;y\";1,5\n").rows.at(0).cells, ElementsAre("x;y", "1,5"));
  EXPECT_THAT(parsed("a\tb\nx;y\t1,5\n").rows.at(0).cells, ElementsAre("x;y", "1,5"));
  EXPECT_THAT(parsed("a,b;c\nx,y;z\n").rows.at(0).cells, ElementsAre("x", "y;z"));
  EXPECT_THAT(parsed("\"a;b\"\nx,y\n").rows.at(0).cells, ElementsAre("x", "y")) << "a mark in quotes separates nothing";
}

TEST(Csv, Utf16IsSaidToBeThat) {
  EXPECT_THAT(csv_trouble(std::string("\xFF\xFE" "a\0", 4)), HasSubstr("UTF-16"));
  EXPECT_THAT(csv_trouble(std::string("a\0,\0", 4)), HasSubstr("UTF-16"));
}

TEST(Csv, TextThatIsNotUtf8IsRefused) { EXPECT_THAT(csv_trouble("a\n\xE9t\xE9\n"), HasSubstr("UTF-8")); }

TEST(Csv, AQuoteThatNeverEndsIsToldByTheLineWhereItBegins) { EXPECT_THAT(csv_trouble("a,b\n1,2\n3,\"oh\n5,6\n"), HasSubstr("line 3")); }

TEST(Csv, AQuoteInsideAPlainCellIsRefused) { EXPECT_THAT(csv_trouble("a\nx\"y\"\n"), HasSubstr("line 2")); }

TEST(Csv, TextAfterAClosingQuoteIsRefused) { EXPECT_THAT(csv_trouble("a\n\"x\"y\n"), HasSubstr("closing quote")); }

TEST(Csv, AColumnThatStandsTwiceIsRefused) { EXPECT_THAT(csv_trouble("a,b,a\n1,2,3\n"), HasSubstr("twice")); }

TEST(Csv, AnEmptyFileIsRefused) { EXPECT_THAT(csv_trouble("\n\n"), HasSubstr("empty")); }

TEST(ImportRows, AnUnknownColumnIsRefusedWithTheOnesThatExist) {
  const auto plan = plan_import(parsed("states,title,colour\nAUT,x,red\n"), "1540", Others::kRefused);
  ASSERT_FALSE(plan.has_value());
  EXPECT_THAT(plan.error().what, HasSubstr("colour"));
  EXPECT_THAT(plan.error().hint, HasSubstr("participation"));
}

TEST(ImportRows, ARowBecomesTheFieldsOfAVisit) {
  const ImportPlan plan = planned(
      "ref,lead,states,start,end,kind,title,aims,status,participation,consent,source,unverified\n"
      "V1,1540,CMR; NER,2017-02-13,2017-02-17,regional,"
      "Lake Chad,raise_awareness;action_plan,conducted,UNODC:participates;a:b:observes,as_source_says,DC/1,yes\n");
  ASSERT_EQ(plan.rows.size(), 1U);
  ASSERT_TRUE(plan.errors.empty());
  const json& fields = plan.rows[0].fields;
  EXPECT_EQ(fields["line"], 2);
  EXPECT_EQ(fields["states"], json({"CMR", "NER"}));
  EXPECT_EQ(fields["components"], json::parse(R"([{"start": "2017-02-13", "end": "2017-02-17"}])"));
  EXPECT_EQ(fields["aims"], json({"raise_awareness", "action_plan"}));
  EXPECT_EQ(fields["participation"], json::parse(R"([{"body": "UNODC", "role": "participates"}, {"body": "a:b", "role": "observes"}])"));
  EXPECT_EQ(fields["consent"], json::parse(R"({"status": "as_source_says"})"));
  EXPECT_EQ(fields["unverified"], true);
}

TEST(ImportRows, RowsOfOneRefAreOneVisit) {
  const ImportPlan plan = planned(
      "ref,states,start,end,title,components\n"
      "V1,CAN,,,Two parts,virtual|2021-05-01|2021-05-03\n"
      "V1,CAN,,,,on_site|2023-02-06|2023-02-10|Ottawa/Toronto\n"
      "V2,AUT,2024-01-01,,Other,\n");
  ASSERT_EQ(plan.rows.size(), 2U);
  EXPECT_EQ(plan.rows[0].fields["states"], json({"CAN"}));
  ASSERT_EQ(plan.rows[0].fields["components"].size(), 2U);
  EXPECT_EQ(plan.rows[0].fields["components"][1]["places"], json({"Ottawa", "Toronto"}));
}

TEST(ImportRows, RowsOfOneRefThatDisagreeAreAnErrorAtTheLaterLine) {
  const ImportPlan plan = planned("ref,states,start,title\nV1,CAN,2021,One\nV1,USA,2021,Another\n");
  EXPECT_TRUE(plan.rows.empty());
  ASSERT_EQ(plan.errors.size(), 1U);
  EXPECT_EQ(plan.errors[0].line, 3U);
  EXPECT_EQ(plan.errors[0].field, "title");
}

TEST(ImportRows, RowsOfAnotherLengthAreToldByLineBesideTheOthers) {
  const ImportPlan plan = planned("ref,states,start,title\nV1,CAN,2021\nV2,USA,2021,Two\nV3,AUT,2021,Three, and more\nV1,CAN,2022,One\n");
  ASSERT_EQ(plan.errors.size(), 2U);
  EXPECT_EQ(plan.errors[0].line, 2U);
  EXPECT_THAT(plan.errors[0].detail, HasSubstr("this row has 3 cells, the head line 4"));
  EXPECT_EQ(plan.errors[1].line, 4U);
  EXPECT_THAT(plan.errors[1].hint, HasSubstr("quotes"));
  ASSERT_EQ(plan.rows.size(), 1U);   // V1's second row is no visit of its own
  EXPECT_EQ(plan.rows[0].ref, "V2");
}

TEST(ImportRows, AWrongFurtherRowKeepsBackItsVisit) {
  for (const std::string wrong : {"V1,,,,maybe,,", "V1,,,,,UNODC,", "V1,,,,,,virtual", "V1,,,,", "V1,,,Other,,,"}) {
    const ImportPlan plan = planned("ref,states,start,title,unverified,participation,components\nV1,CAN,2021,One,,,\n" + wrong + "\nV2,USA,2021,Two,,,\n");
    EXPECT_EQ(plan.errors.size(), 1U) << wrong;
    ASSERT_EQ(plan.rows.size(), 1U) << wrong;
    EXPECT_EQ(plan.rows[0].ref, "V2") << wrong;
  }
  const ImportPlan led = planned("ref,lead,states,start,title\nV1,1540,CAN,2021,One\nV1,1373,USA,,\n");
  EXPECT_EQ(led.errors.size(), 1U);
  EXPECT_TRUE(led.rows.empty());
}

TEST(ImportRows, AFurtherRowMayBringAStateOnlyOrAWordThatTheFirstLeftOut) {
  const ImportPlan plan = planned("ref,states,start,end,title,note\nV1,CMR,2017-02-13,2017-02-17,Lake Chad,\nV1,NER,,,,one visit\n");
  ASSERT_EQ(plan.rows.size(), 1U);
  EXPECT_EQ(plan.rows[0].fields["states"], json({"CMR", "NER"}));
  EXPECT_EQ(plan.rows[0].fields["components"], json::parse(R"([{"start": "2017-02-13", "end": "2017-02-17"}])"));
  EXPECT_EQ(plan.rows[0].fields["note"], "one visit");
  const ImportPlan later = planned("ref,states,start,title\nV1,CMR,,One\nV1,,2017-02-13,\n");
  EXPECT_EQ(later.rows.at(0).fields["components"], json::parse(R"([{"start": "2017-02-13"}])"));
}

TEST(ImportRows, AStateKeepsTheNameThatTheSourceUses) {
  const ImportPlan plan = planned("states,start,title\nMKD = the former Yugoslav Republic of Macedonia;ALB,2006,One\n");
  EXPECT_EQ(plan.rows.at(0).fields["states"],
            json::parse(R"([{"alpha3": "MKD", "name_in_source": "the former Yugoslav Republic of Macedonia"}, "ALB"])"));
}

TEST(ImportRows, AnotherCommitteesVisitIsAnErrorUnlessOnlyOnesOwnAreWanted) {
  const std::string text = "lead,states,start,title\n1373,CAN,2021,One\n1540,USA,2021,Two\n";
  const ImportPlan strict = planned(text);
  ASSERT_EQ(strict.errors.size(), 1U);
  EXPECT_EQ(strict.errors[0].field, "lead");
  EXPECT_EQ(strict.errors[0].line, 2U);
  const ImportPlan mine = planned(text, Others::kSkipped);
  EXPECT_TRUE(mine.errors.empty());
  EXPECT_EQ(mine.skipped, 1U);
  EXPECT_EQ(mine.rows.size(), 1U);
}

TEST(ImportRows, EveryWrongCellIsToldByLineAndColumn) {
  const ImportPlan plan = planned(
      "states,start,title,participation,components,unverified\n"
      "CAN,2021,ok,,,\n"
      "CAN,,two wrong,UNODC,virtual,maybe\n");
  EXPECT_EQ(plan.rows.size(), 1U);
  ASSERT_EQ(plan.errors.size(), 3U);
  for (const RowError& error : plan.errors) {
    EXPECT_EQ(error.line, 3U);
    EXPECT_FALSE(error.hint.empty());
  }
}

}  // namespace
}  // namespace liaison
