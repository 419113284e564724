// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/reviews.h"

#include <array>

#include "tests/nodes/records_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::uint64_t kBefore = 2;   // entries before the first record

json figure(const json& review, const std::string& what) {
  for (const json& one : review["figures"]) {
    if (one["what"] == what) return one;
  }
  return nullptr;
}

class Reviews : public testing::Test {
 protected:
  std::string past(const char* kind, json fields, TimeMs now_ms = kVisitsNow) {
    fields["source"] = "a test";
    const auto draft = exchange.at("1540").create(*record_kind(kind), fields, Records::Origin::kHistorical, now_ms);
    if (!draft) {
      ADD_FAILURE() << draft.error().what;
      return {};
    }
    exchange.publish("1540", *draft);
    return draft->record_id;
  }
  json review(std::uint64_t size) {
    ReviewBasis basis{"annual", *span_of("2026"), size, std::string(64, 'a'), *exchange.at("1373").as_of(size), {}};
    return review_fields(basis);
  }
  RecordsExchange exchange;
};

TEST_F(Reviews, EveryFigureNamesTheRecordsThatItCounts) {
  const auto one = past("assistance.request", {{"states", {"KGZ"}}, {"areas", {"border_control"}}, {"need", "n"}, {"received_on", "2026-03-01"}});
  const auto two = past("assistance.request", {{"states", {"KGZ", "TJK"}}, {"areas", {"accounting"}}, {"need", "n"}, {"received_on", "2026-04-01"}});
  past("assistance.request", {{"states", {"KGZ"}}, {"areas", {"accounting"}}, {"need", "n"}, {"received_on", "2025-12-31"}});
  const auto report = past("submission", {{"states", {"TJK"}}, {"type", "first_report"}, {"dated", "2026-06"}, {"status", "received"}});
  const json made = review(kBefore + 4);
  EXPECT_EQ(figure(made, "request records")["value"], "2");
  EXPECT_EQ(figure(made, "request records")["records"], (json{one, two}));
  EXPECT_EQ(figure(made, "submission records")["records"], (json{report}));
  ASSERT_EQ(made["by_state"].size(), 2U);
  EXPECT_EQ(made["by_state"][0]["state"], "KGZ");
  EXPECT_EQ(made["by_state"][0]["records"], (json{one, two}));
  const std::string finding = made["by_state"][0]["finding"];
  EXPECT_NE(finding.find("0 submissions, 2 requests for assistance"), std::string::npos) << finding;
  EXPECT_NE(finding.find("(a) accounting: 1 request or need"), std::string::npos) << finding;
  EXPECT_NE(finding.find("(c) border controls and law enforcement: 1 request or need"), std::string::npos) << finding;
}

TEST_F(Reviews, AReviewOfAPlaceInTheLogIsTheSameWheneverItIsMade) {
  past("assistance.request", {{"states", {"KGZ"}}, {"areas", {"licensing"}}, {"need", "n"}, {"received_on", "2026-03-01"}});
  const auto second = past("assistance.request", {{"states", {"KGZ"}}, {"areas", {"licensing"}}, {"need", "n"}, {"received_on", "2026-03-02"}});
  const json before = review(kBefore + 2);
  past("assistance.request", {{"states", {"KGZ"}}, {"areas", {"licensing"}}, {"need", "n"}, {"received_on", "2026-03-03"}});
  exchange.publish("1540", *exchange.change("1540", second, {{"received_on", "2025-03-02"}}));
  EXPECT_EQ(review(kBefore + 2), before);
  EXPECT_EQ(figure(review(kBefore + 4), "request records")["value"], "2");
  EXPECT_EQ(figure(review(kBefore + 3), "request records")["value"], "3");
}

TEST_F(Reviews, ObligationsAreCountedByHowTheyWereMet) {
  const json base = {{"type", "report"}, {"authority", "S/RES/1977 (2011)"}, {"what", "w"}, {"obliged", "o"}};
  const auto add = [&](json beside) {
    json fields = base;
    fields.update(beside);
    return past("obligation", fields);
  };
  const auto late = add({{"due", "2026-05-31"}, {"done_on", "2026-06-17"}, {"status", "met"}});
  const auto met = add({{"due", "2026-08-31"}, {"done_on", "2026-08-01"}, {"status", "met"}});
  const auto open = add({{"due", "2026-10-31"}, {"status", "standing"}});
  const json made = review(kBefore + 3);
  EXPECT_EQ(figure(made, "obligations met late")["records"], (json{late}));
  EXPECT_EQ(figure(made, "obligations met in time")["records"], (json{met}));
  EXPECT_EQ(figure(made, "obligations not met")["records"], (json{open}));
}

// Rows of a matrix: area, law, enforcement; empty for a cell that says nothing.
json rows(const std::vector<std::array<std::string, 3>>& cells) {
  json out = json::array();
  for (const auto& [area, legal, enforcement] : cells) {
    json row = {{"number", std::to_string(out.size() + 1)}};
    if (!area.empty()) row["area"] = area;
    if (!legal.empty()) row["legal"] = legal;
    if (!enforcement.empty()) row["enforcement"] = enforcement;
    out.push_back(row);
  }
  return out;
}

TEST_F(Reviews, AnAreaIsYesOnlyWhereEveryCellOfItIsYes) {
  const auto matrix = past("matrix", {{"states", {"KGZ"}},
                                      {"status", "approved"},
                                      {"approved_on", "2025-10-01"},
                                      {"rows", rows({{"accounting", "yes", "yes"},
                                                     {"accounting", "not_applicable", "yes"},
                                                     {"physical_protection", "yes", "yes"},
                                                     {"physical_protection", "yes", ""},
                                                     {"border_control", "unclear", ""},
                                                     {"export_control", "not_applicable", "not_applicable"},
                                                     {"none", "yes", "yes"},
                                                     {"", "yes", "yes"}})}});
  const json made = review(kBefore + 1);
  ASSERT_EQ(made["by_state"].size(), 1U);
  const json& state = made["by_state"][0];
  EXPECT_EQ(state["accounting"], "yes");
  EXPECT_EQ(state["physical_protection"], "cited");
  EXPECT_EQ(state["border_control"], "unclear");
  EXPECT_EQ(state["export_control"], "not_applicable");
  EXPECT_EQ(state["records"], (json{matrix}));
  const std::string finding = state["finding"];
  EXPECT_EQ(finding.find("Marks from the matrix " + matrix + " (approved); they are no measure of compliance\n"), 0U) << finding;
}

TEST_F(Reviews, AnAreaOfWhichNoCellSpeaksHasNoMark) {
  past("matrix", {{"states", {"KGZ"}}, {"status", "posted"}, {"approved_on", "2025-10-01"}, {"posted_on", "2025-11-01"},
                  {"rows", rows({{"accounting", "", ""}, {"border_control", "", "cited"}, {"border_control", "", "unclear"}})}});
  const json made = review(kBefore + 1);
  const json& state = made["by_state"][0];
  EXPECT_FALSE(state.contains("accounting"));
  EXPECT_FALSE(state.contains("export_control"));
  EXPECT_EQ(state["border_control"], "cited");
}

TEST_F(Reviews, TheNewestApprovedMatrixIsTakenBeforeNewerDrafts) {
  const auto add = [&](const char* status, const char* approved, const char* mark) {
    json fields = {{"states", {"KGZ"}}, {"status", status}, {"rows", rows({{"accounting", mark, mark}})}};
    if (*approved) fields["approved_on"] = approved;
    return past("matrix", fields, kVisitsNow + 90 * 86'400'000ULL);
  };
  const auto draft = add("draft", "", "yes");
  json state = review(kBefore + 1)["by_state"][0];
  EXPECT_EQ(state["accounting"], "yes");
  EXPECT_NE(state["finding"].get<std::string>().find(draft + " (draft)"), std::string::npos);
  add("posted", "2023-05-01", "unclear");
  const auto newest = add("approved", "2025-05-01", "cited");
  add("superseded", "2026-01-01", "yes");
  add("approved", "2027-01-15", "yes");   // after the period
  state = review(kBefore + 5)["by_state"][0];
  EXPECT_EQ(state["accounting"], "cited");
  EXPECT_EQ(state["records"], (json{newest}));
}

TEST_F(Reviews, WhatContinuesAMatrixCountsWithIt) {
  const auto first = past("matrix", {{"states", {"KGZ"}}, {"status", "approved"}, {"approved_on", "2025-05-01"},
                                     {"rows", rows({{"accounting", "yes", "yes"}})}});
  const auto second = past("matrix", {{"states", {"KGZ"}}, {"status", "approved"}, {"approved_on", "2025-05-01"}, {"continues", first},
                                      {"rows", rows({{"accounting", "unclear", ""}, {"export_control", "yes", "yes"}})}});
  past("matrix", {{"states", {"KGZ"}}, {"status", "draft"}, {"continues", second}, {"rows", rows({{"export_control", "unclear", ""}})}});
  const json state = review(kBefore + 3)["by_state"][0];
  EXPECT_EQ(state["accounting"], "cited");
  EXPECT_EQ(state["export_control"], "yes");
  EXPECT_EQ(state["records"], (json{first, second}));
}

}  // namespace
}  // namespace liaison
