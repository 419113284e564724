// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/reviews.h"

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
  std::string past(const char* kind, json fields) {
    fields["source"] = "a test";
    return exchange.create("1540", kind, fields, Records::Origin::kHistorical);
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

}  // namespace
}  // namespace liaison
