// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/follow_ups.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace liaison {
namespace {

VisitPlan visit(const std::string& lead, VisitStatus status, std::vector<Report> reports) {
  VisitPlan plan;
  plan.lead = *MemberId::parse(lead);
  plan.status = status;
  plan.reports = std::move(reports);
  return plan;
}

std::string told(const VisitPlan& plan) {
  std::string out;
  for (const auto& one : follow_ups(plan)) {
    out += (out.empty() ? "" : "; ") + std::string(word_of(one.awaited)) + " by " + date_text(one.due) +
           (one.done ? " came " + date_text(*one.done) : one.waits ? " waits" : " never came");
  }
  return out;
}

std::string later(std::string_view day, unsigned months) { return date_text(months_later(*parse_date(day), months)); }

TEST(FollowUps, TheStateHasThirtyDaysForTheDraftAndSixMonthsForTheFinalReport) {
  EXPECT_EQ(told(visit("1373", VisitStatus::state_comments, {{ReportKind::draft, "2027-04-20", ""}})), "state_observations by 2027-05-20 waits");
  EXPECT_EQ(told(visit("1373", VisitStatus::state_response, {{ReportKind::draft, "2027-04-20", ""}, {ReportKind::final_report, "2027-08-31", ""}})),
            "state_observations by 2027-05-20 never came; state_response by 2028-02-29 waits");
  EXPECT_EQ(told(visit("1373", VisitStatus::closed, {{ReportKind::draft, "2027-04-20", ""},
                                                     {ReportKind::state_observations, "2027-05-25", ""},
                                                     {ReportKind::final_report, "2027-07-01", ""},
                                                     {ReportKind::state_response, "2028-01-02", ""}})),
            "state_observations by 2027-05-20 came 2027-05-25; state_response by 2028-01-01 came 2028-01-02");
}

TEST(FollowUps, ALaterDraftStartsTheThirtyDaysAnew) {
  EXPECT_EQ(told(visit("1373", VisitStatus::state_comments, {{ReportKind::draft, "2027-05-02", ""}, {ReportKind::draft, "2027-04-20", ""}})),
            "state_observations by 2027-06-01 waits");
}

TEST(FollowUps, ObservationsOnTheFirstDraftDoNotAnswerTheSecond) {
  EXPECT_EQ(told(visit("1373", VisitStatus::state_comments, {{ReportKind::draft, "2027-03-01", ""}, {ReportKind::state_observations, "2027-03-20", ""},
                                                             {ReportKind::draft, "2027-05-01", ""}})),
            "state_observations by 2027-05-31 waits");
}

TEST(FollowUps, NothingRunsBeforeTheStateHasAReportNorForCommitteesWithoutSuchClocks) {
  EXPECT_EQ(told(visit("1373", VisitStatus::conducted, {{ReportKind::preliminary, "2027-03-12", ""}})), "");
  EXPECT_EQ(told(visit("1540", VisitStatus::state_comments, {{ReportKind::draft, "2027-04-20", ""}})), "");
  EXPECT_EQ(told(visit("1267", VisitStatus::state_comments, {{ReportKind::draft, "2027-04-20", ""}})), "");
}

TEST(FollowUps, MonthsAreCalendarMonthsAndAShorterOneEndsEarlier) {
  EXPECT_EQ(later("2027-03-15", 6), "2027-09-15");
  EXPECT_EQ(later("2027-08-31", 6), "2028-02-29");
  EXPECT_EQ(later("2026-08-31", 6), "2027-02-28");
  EXPECT_EQ(later("2024-02-29", 12), "2025-02-28");
  EXPECT_EQ(later("2027-12-31", 2), "2028-02-29");
}

TEST(FollowUps, MonthsEarlierIsTheFirstDayFromWhichTheyReach) {
  for (std::int64_t day = *parse_date("2027-01-01"); day < *parse_date("2029-01-01"); ++day) {
    for (const unsigned months : {6U, 12U, 60U}) {
      const auto from = months_earlier(day, months);
      EXPECT_GE(months_later(from, months), day) << date_text(day);
      EXPECT_LT(months_later(from - 1, months), day) << date_text(day);
    }
  }
}

}  // namespace
}  // namespace liaison
