// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/findings.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nodes/domain/visit_json.h"

namespace liaison {
namespace {

// A visit of `lead` to `states` with components "start..end", "start", "..end", or with "virtual " before.
VisitFacts visit(const std::string& lead, std::vector<std::string> states, std::vector<std::string> parts, VisitStatus status = VisitStatus::proposed) {
  static int number = 0;
  VisitFacts facts;
  facts.plan.lead = *MemberId::parse(lead);
  facts.plan.record_id = lead + "-V-2027-" + std::to_string(1000 + ++number);
  facts.plan.contact = lead + " desk";
  facts.plan.status = status;
  facts.since = static_cast<TimeMs>(number);
  for (auto& state : states) facts.plan.states.push_back({state, ""});
  for (auto part : parts) {
    Component component;
    if (part.starts_with("virtual ")) {
      component.mode = ComponentMode::virtual_;
      part.erase(0, 8);
    }
    const auto dots = part.find("..");
    component.start = part.substr(0, dots);
    if (dots != std::string::npos) component.end = part.substr(dots + 2);
    EXPECT_TRUE(settle_dates(component));
    facts.plan.components.push_back(component);
  }
  return facts;
}

std::string kind(const std::optional<Finding>& finding) {
  if (!finding) return "none";
  return std::string(word_of(finding->kind)) + (finding->gap_days ? " " + std::to_string(*finding->gap_days) : "");
}
std::string pair(const VisitFacts& a, const VisitFacts& b, std::uint32_t window = 90) {
  const auto one = finding_of_pair(a, b, window);
  const auto other = finding_of_pair(b, a, window);
  EXPECT_EQ(one ? finding_json(*one) : nlohmann::json(), other ? finding_json(*other) : nlohmann::json());
  return kind(one);
}

TEST(Findings, TwoCommitteesOnTheSameDaysInOneStateAreAnOverlap) {
  const auto a = visit("1373", {"KGZ"}, {"2027-03-08..2027-03-12"});
  const auto b = visit("1540", {"KGZ"}, {"2027-03-12..2027-03-16"});
  const auto found = finding_of_pair(a, b, 90);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, FindingKind::overlap);
  EXPECT_EQ(date_text(found->days->first), "2027-03-12");
  EXPECT_EQ(date_text(found->days->last), "2027-03-12");
  EXPECT_EQ(found->states, std::vector<std::string>{"KGZ"});
  EXPECT_EQ(found->committees, (std::vector<std::string>{"1373", "1540"}));
  EXPECT_EQ(found->contacts.size(), 2U);
  EXPECT_EQ(found->suggest, (std::vector<std::string>{"merge", "back_to_back", "inform"}));
  EXPECT_EQ(found->sentence, "1373 and 1540 are both in Kyrgyzstan on the same days, 2027-03-12 (" + a.plan.record_id +
                                 ": 2027-03-08 to 2027-03-12; " + b.plan.record_id + ": 2027-03-12 to 2027-03-16)");
  EXPECT_EQ(found->id, "overlap." + a.plan.record_id + "." + b.plan.record_id);
}

TEST(Findings, NearButNotOverlappingDaysAreAnAdjacencyUpToTheWindow) {
  const auto a = visit("1373", {"KGZ"}, {"2027-03-08..2027-03-12"});
  EXPECT_EQ(pair(a, visit("1540", {"KGZ"}, {"2027-03-13..2027-03-16"})), "adjacency 0");
  EXPECT_EQ(pair(a, visit("1540", {"KGZ"}, {"2027-03-20"})), "adjacency 7");
  EXPECT_EQ(pair(a, visit("1540", {"KGZ"}, {"2027-06-11"})), "adjacency 90");
  EXPECT_EQ(pair(a, visit("1540", {"KGZ"}, {"2027-06-12"})), "none");
  EXPECT_EQ(pair(a, visit("1540", {"KGZ"}, {"2026-12-07"})), "adjacency 90");
  EXPECT_EQ(pair(a, visit("1540", {"KGZ"}, {"2026-12-06"})), "none");
  EXPECT_EQ(pair(a, visit("1540", {"KGZ"}, {"2027-03-20"}), 6), "none");
}

TEST(Findings, AnotherStateIsAConcernOfTwoCommitteesOnlyInOneRegionWithinAWeek) {
  const auto a = visit("1373", {"KGZ"}, {"2027-03-08"});
  EXPECT_EQ(pair(a, visit("1540", {"TJK"}, {"2027-03-08"})), "region 0");
  EXPECT_EQ(pair(a, visit("1540", {"TJK"}, {"2027-03-16"})), "region 7");
  EXPECT_EQ(pair(a, visit("1540", {"TJK"}, {"2027-03-17"})), "none");
  EXPECT_EQ(pair(a, visit("1540", {"MNG"}, {"2027-03-08"})), "none");
  EXPECT_EQ(pair(a, visit("1540", {"TJK"}, {"virtual 2027-03-08"})), "none");
  EXPECT_EQ(pair(a, visit("1540", {"TJK"}, {"2027-03"})), "none");
}

TEST(Findings, HungaryThenNorwayIsNoOverlap) {
  const auto hungary = visit("1373", {"HUN"}, {"2025-06-16..2025-06-18"});
  const auto norway = visit("1373", {"NOR"}, {"2025-06-19..2025-06-20"});
  EXPECT_EQ(pair(hungary, norway), "none");
}

TEST(Findings, MaltaAndCameroonNeedTwoTeams) {
  const auto malta = visit("1373", {"MLT"}, {"2025-03-14..2025-03-18"});
  const auto cameroon = visit("1373", {"CMR"}, {"2025-03-17..2025-03-21"});
  const auto found = finding_of_pair(malta, cameroon, 90);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, FindingKind::own_overlap);
  EXPECT_EQ(date_text(found->days->first), "2025-03-17");
  EXPECT_EQ(date_text(found->days->last), "2025-03-18");
  EXPECT_NE(found->sentence.find("two teams"), std::string::npos);
  EXPECT_EQ(found->suggest, std::vector<std::string>{"inform"});
}

TEST(Findings, TwoVirtualVisitsOfOneCommitteeOverlapToo) {
  const auto nigeria = visit("1373", {"NGA"}, {"virtual 2021-10-11..2021-10-27", "2022-10-06..2022-10-14"}, VisitStatus::conducted);
  const auto belgium = visit("1373", {"BEL"}, {"virtual 2021-10-19..2021-11-30", "..2022-06-03"}, VisitStatus::conducted);
  EXPECT_EQ(pair(nigeria, belgium), "own_overlap");
}

TEST(Findings, AMonthIsNeverAnOverlapAndAtMostAPossibleAdjacency) {
  const auto march = visit("1373", {"KGZ"}, {"2027-03"});
  const auto days = visit("1540", {"KGZ"}, {"2027-03-08..2027-03-12"});
  const auto found = finding_of_pair(march, days, 90);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, FindingKind::adjacency);
  EXPECT_EQ(found->gap_days, 0);
  EXPECT_NE(found->sentence.find("possibly"), std::string::npos);
  EXPECT_NE(found->sentence.find("only the month is known"), std::string::npos);
  EXPECT_EQ(pair(march, visit("1540", {"KGZ"}, {"2027-03"})), "adjacency 0");
  EXPECT_EQ(pair(march, visit("1540", {"KGZ"}, {"2027-05-10"})), "adjacency 39");
  EXPECT_EQ(pair(march, visit("1373", {"TJK"}, {"2027-03-08"})), "none");  // nothing of one's own by a month
}

TEST(Findings, YearsPeriodsAndUnknownDaysMakeNone) {
  const auto days = visit("1540", {"KGZ"}, {"2027-03-08..2027-03-12"});
  for (const auto* vague : {"2027", "2026..2028", "2027-01..2028", ".."}) EXPECT_EQ(pair(visit("1373", {"KGZ"}, {vague}), days), "none") << vague;
}

TEST(Findings, AKnownLastDayCounts) {
  const auto ended = visit("1373", {"KGZ"}, {"..2027-03-10"});
  EXPECT_EQ(pair(ended, visit("1540", {"KGZ"}, {"2027-03-08..2027-03-12"})), "overlap");
  EXPECT_EQ(pair(ended, visit("1540", {"KGZ"}, {"2027-03-13"})), "adjacency 2");
  const auto found = finding_of_pair(ended, visit("1540", {"KGZ"}, {"2027-03-01"}), 90);
  ASSERT_TRUE(found);
  EXPECT_NE(found->sentence.find("at most 8 free days"), std::string::npos) << found->sentence;
}

TEST(Findings, AnUnknownFirstDayMayBeAnyAndTheSentenceSaysSo) {
  const auto open = visit("1373", {"KGZ"}, {"..2031-05-10"});
  const auto before = visit("1540", {"KGZ"}, {"2031-05-08..2031-05-09"});
  const std::string open_days = open.plan.record_id + ": until 2031-05-10";
  auto found = finding_of_pair(open, before, 90);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->sentence, "1373 and 1540 visit Kyrgyzstan, possibly at the same time: the first day of " + open.plan.record_id + " is not known (" +
                                 open_days + "; " + before.plan.record_id + ": 2031-05-08 to 2031-05-09)");
  found = finding_of_pair(open, visit("1540", {"KGZ"}, {"2031-05-01"}), 90);
  EXPECT_NE(found->sentence.find("visit Kyrgyzstan with at most 8 free days between, possibly at the same time: the first day of"), std::string::npos)
      << found->sentence;
  found = finding_of_pair(open, visit("1540", {"KGZ"}, {"2031-05-11"}), 90);
  EXPECT_NE(found->sentence.find("one soon after the other, with no free day between"), std::string::npos) << "its last day is known: " << found->sentence;
  found = finding_of_pair(open, visit("1540", {"KGZ"}, {"2031-04"}), 90);
  EXPECT_NE(found->sentence.find("possibly at the same time: the first day of " + open.plan.record_id + " is not known, and of the other only the month ("),
            std::string::npos) << found->sentence;
  found = finding_of_pair(open, visit("1373", {"TJK"}, {"2031-05-08..2031-05-09"}), 90);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, FindingKind::chain);
  EXPECT_NE(found->sentence.find("one region (Central Asia), possibly at the same time, as the first day of " + open.plan.record_id + " is not known: "),
            std::string::npos) << found->sentence;
  found = finding_of_pair(visit("1540", {"KGZ"}, {"2031-03"}), visit("1373", {"KGZ"}, {"2031-04-01"}), 90);
  EXPECT_EQ(found->sentence.find("at the same time"), std::string::npos) << "no day of March is in April: " << found->sentence;
}

std::string said(const VisitFacts& a, const VisitFacts& b) {
  const auto found = finding_of_pair(a, b, 90);
  return found ? found->sentence.substr(0, found->sentence.rfind(" (")) : "none";
}

TEST(Findings, AllCommonDaysAreTold) {
  const auto twice = visit("1373", {"KGZ"}, {"2027-03-08..2027-03-12", "2027-06-01..2027-06-03"});
  EXPECT_EQ(said(twice, visit("1540", {"KGZ"}, {"2027-03-12..2027-06-01"})),
            "1373 and 1540 are both in Kyrgyzstan on the same days, 2027-03-12 and 2027-06-01");
  EXPECT_EQ(said(twice, visit("1373", {"NOR"}, {"2027-03-12..2027-06-01"})),
            "two visits of 1373 need two teams on the same days, 2027-03-12 and 2027-06-01: Kyrgyzstan and Norway");
  std::vector<std::string> days;
  for (const char* day : {"01", "03", "05", "07", "09", "11", "13", "14"}) days.push_back(std::string("2027-03-") + day);
  EXPECT_EQ(said(visit("1373", {"KGZ"}, days), visit("1540", {"KGZ"}, {"2027-03-01..2027-03-31"})),
            "1373 and 1540 are both in Kyrgyzstan on the same days, 2027-03-01, 2027-03-03, 2027-03-05, 2027-03-07, 2027-03-09 and 2 more");
}

TEST(Findings, WhoHasAVirtualPartIsNotSaidToBeThere) {
  const auto far = visit("1373", {"NPL"}, {"virtual 2027-03-08..2027-03-12"});
  EXPECT_EQ(said(far, visit("1540", {"NPL"}, {"2027-03-12..2027-03-14"})),
            "1373 has a virtual part and 1540 an on-site part of their visits to Nepal on the same days, 2027-03-12");
  EXPECT_EQ(said(far, visit("1540", {"NPL"}, {"virtual 2027-03-12"})),
            "1373 and 1540 both have a virtual part of their visits to Nepal on the same days, 2027-03-12");
  const auto hybrid = visit("1373", {"NPL"}, {"virtual 2027-03-08", "2027-03-10..2027-03-11"});
  EXPECT_EQ(said(hybrid, visit("1540", {"NPL"}, {"2027-03-08..2027-03-10"})),
            "1373 and 1540 are both in Nepal on the same days, 2027-03-10; 1373 has a virtual part and 1540 an on-site part on the same days, 2027-03-08");
  EXPECT_EQ(said(far, visit("1373", {"NOR"}, {"2027-03-12"})), "two visits of 1373 have the same days, with a virtual part, 2027-03-12: Norway and Nepal");
}

TEST(Findings, OfVisitsToSeveralStatesItIsNotSaidWhereTheyAreOnWhichDay) {
  const auto lima_first = visit("1373", {"PER", "CHL"}, {"2027-03-08..2027-03-12"});
  EXPECT_EQ(said(lima_first, visit("1540", {"CHL", "PER"}, {"2027-03-08..2027-03-10"})),
            "1373 and 1540 both have Chile and Peru in their plans and are on site on the same days, 2027-03-08 to 2027-03-10");
  EXPECT_EQ(said(lima_first, visit("1540", {"CHL"}, {"2027-03-20"})),
            "1373 and 1540 both have Chile in their plans, one soon after the other, with 7 free days between");
  EXPECT_EQ(said(lima_first, visit("1373", {"CHL"}, {"2027-03-12"})),
            "two visits of 1373 that both have Chile in their plans have the same days, 2027-03-12: Chile and Peru");
}

TEST(Findings, StatesOfOneRegionOneAfterTheOtherAreAChain) {
  EXPECT_EQ(pair(visit("1373", {"NZL"}, {"2018-07-11..2018-07-13"}), visit("1373", {"AUS"}, {"2018-07-16..2018-07-19"})), "chain 2");
  EXPECT_EQ(pair(visit("1373", {"FJI"}, {"2022-11-12..2022-11-15"}), visit("1373", {"WSM"}, {"2022-11-16..2022-11-18"})), "chain 0");
  EXPECT_EQ(pair(visit("1373", {"KGZ"}, {"2027-03-01"}), visit("1373", {"TJK"}, {"2027-03-09"})), "chain 7");
  EXPECT_EQ(pair(visit("1373", {"KGZ"}, {"2027-03-01"}), visit("1373", {"TJK"}, {"2027-03-10"})), "none");
  EXPECT_EQ(pair(visit("1373", {"KGZ"}, {"2027-03-01"}), visit("1373", {"CHN"}, {"2027-03-03"})), "none");
  EXPECT_EQ(pair(visit("1373", {"KGZ"}, {"virtual 2027-03-01"}), visit("1373", {"TJK"}, {"2027-03-03"})), "none");
}

TEST(Findings, AChainNamesTheRegionAndTheStatesInItAndCallsNobodyANeighbour) {
  const auto senegal = visit("1540", {"SEN"}, {"2031-05-01..2031-05-03"});
  const auto south = visit("1540", {"ZAF", "FRA"}, {"2031-05-05"});
  const auto found = finding_of_pair(senegal, south, 90);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->sentence, "1540 goes to States of one region (Sub-Saharan Africa) one after the other, with 1 free day between: "
                             "Senegal and South Africa (" + senegal.plan.record_id + ": 2031-05-01 to 2031-05-03; " + south.plan.record_id + ": 2031-05-05)");
  EXPECT_EQ(found->states, (std::vector<std::string>{"FRA", "SEN", "ZAF"}));
  const auto europe = finding_of_pair(visit("1540", {"SEN", "ESP"}, {"2031-05-01"}), visit("1540", {"ZAF", "ITA"}, {"2031-05-05"}), 90);
  EXPECT_NE(europe->sentence.find("1540 goes to States of the same regions (Southern Europe and Sub-Saharan Africa)"), std::string::npos) << europe->sentence;
}

TEST(Findings, OneVisitToFourStatesIsAChainOfItsOwn) {
  const auto lake_chad = visit("1373", {"CMR", "NER", "NGA", "TCD"}, {"2017-02-13..2017-02-17"}, VisitStatus::conducted);
  const auto found = finding_of_route(lake_chad);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, FindingKind::chain);
  EXPECT_NE(found->sentence.find("4 States: Cameroon, the Niger, Nigeria and Chad"), std::string::npos) << found->sentence;
  EXPECT_FALSE(finding_of_route(visit("1373", {"CMR"}, {"2017-02-13"})));
}

TEST(Findings, ParticipationKeepsItsDegrees) {
  const auto kyrgyzstan = visit("1373", {"KGZ"}, {"2016-02-24..2016-02-26"}, VisitStatus::conducted);
  const std::vector<Taking> taking = {{*MemberId::parse("1267"), AnswerKind::joins, "1267 desk", 100000},
                                      {*MemberId::parse("1540"), AnswerKind::advises, "1540 desk", 90000}};
  const auto found = finding_of_participation(kyrgyzstan, taking);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->committees, (std::vector<std::string>{"1373", "1267", "1540"}));
  EXPECT_NE(found->sentence.find("3 committees in one visit: 1373 leads to Kyrgyzstan, 1267 takes part and 1540 advises"), std::string::npos)
      << found->sentence;
  EXPECT_EQ(found->since, 100000U);
  EXPECT_FALSE(finding_of_participation(kyrgyzstan, {}));
}

TEST(Findings, WhatWasNotCheckedAgainstItsSourceSaysSo) {
  auto a = visit("1373", {"KGZ", "TJK"}, {"2016-02-24..2016-02-26"}, VisitStatus::conducted);
  const auto b = visit("1540", {"KGZ"}, {"2016-02-26"}, VisitStatus::conducted);
  const auto says_so = [](const std::optional<Finding>& found) {
    EXPECT_TRUE(found);
    const bool said = found && found->sentence.find("not verified") != std::string::npos;
    EXPECT_EQ(said, found && found->unverified);
    EXPECT_EQ(said, found && finding_json(*found)["unverified"].get<bool>());
    return said;
  };
  const Taking checked{*MemberId::parse("1267"), AnswerKind::joins, "1267 desk", 1, false};
  const Taking unchecked{*MemberId::parse("1540"), AnswerKind::advises, "1540 desk", 1, true};
  EXPECT_FALSE(says_so(finding_of_pair(a, b, 90)));
  EXPECT_FALSE(says_so(finding_of_route(a)));
  EXPECT_FALSE(says_so(finding_of_participation(a, {checked})));
  const auto found = finding_of_participation(a, {checked, unchecked});
  EXPECT_TRUE(says_so(found));
  EXPECT_NE(found->sentence.find("1267 takes part and 1540 advises, which is not verified for 1540 ("), std::string::npos) << found->sentence;
  a.plan.unverified = true;
  EXPECT_TRUE(says_so(finding_of_pair(a, b, 90)));
  EXPECT_TRUE(says_so(finding_of_pair(b, a, 90)));
  EXPECT_TRUE(says_so(finding_of_route(a)));
  EXPECT_TRUE(says_so(finding_of_participation(a, {checked})));
}

TEST(Findings, AVisitThatDoesNotStandMakesNone) {
  for (const auto status : {VisitStatus::declined, VisitStatus::postponed, VisitStatus::cancelled, VisitStatus::merged, VisitStatus::withdrawn_consent}) {
    const auto gone = visit("1373", {"KGZ", "TJK"}, {"2027-03-08"}, status);
    EXPECT_EQ(pair(gone, visit("1540", {"KGZ"}, {"2027-03-08"})), "none");
    EXPECT_FALSE(finding_of_route(gone));
    EXPECT_FALSE(finding_of_participation(gone, {{*MemberId::parse("1267"), AnswerKind::joins, "", 0}}));
  }
}

TEST(Findings, WhatHasBegunCannotBeMerged) {
  const auto a = visit("1373", {"KGZ"}, {"2027-03-08"}, VisitStatus::under_way);
  const auto b = visit("1540", {"KGZ"}, {"2027-03-08"});
  EXPECT_EQ(finding_of_pair(a, b, 90)->suggest, std::vector<std::string>{"inform"});
}

TEST(Findings, OneStateTwiceByOneCommitteeCanBeMerged) {
  const auto a = visit("1373", {"KGZ"}, {"2027-03-08..2027-03-10"});
  const auto b = visit("1373", {"KGZ", "TJK"}, {"2027-03-10"});
  const auto found = finding_of_pair(a, b, 90);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, FindingKind::own_overlap);
  EXPECT_EQ(found->suggest, std::vector<std::string>{"merge"});
}

TEST(Findings, TheCertainNearestComponentDecides) {
  const auto hybrid = visit("1373", {"CAN"}, {"virtual 2021-05", "2023-02-06..2023-02-10"});
  EXPECT_EQ(pair(hybrid, visit("1540", {"CAN"}, {"2023-02-10"})), "overlap");
  EXPECT_EQ(pair(hybrid, visit("1540", {"CAN"}, {"2021-06-02"})), "adjacency 1");
  EXPECT_EQ(pair(hybrid, visit("1540", {"CAN"}, {"2022-03-01"})), "none");
}

}  // namespace
}  // namespace liaison
