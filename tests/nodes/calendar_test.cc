// SPDX-License-Identifier: Apache-2.0
// The node's calendar page: what is drawn, what is counted, and that nothing else is read.
#include "tests/nodes/visits_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using Filters = std::map<std::string, std::string>;

json page_of(VisitsExchange& exchange, const Filters& more = {}, const std::string& from = "2027-03-01", const std::string& to = "2027-03-31") {
  Filters filters = {{"from", from}, {"to", to}};
  filters.insert(more.begin(), more.end());
  const auto page = exchange.at("1540").calendar(filters);
  EXPECT_TRUE(page.has_value()) << page.error().what;
  return page ? *page : json::object();
}

std::vector<std::string> ids_of(const json& page) {
  std::vector<std::string> ids;
  for (const auto& item : page.at("items")) ids.push_back(item.at("id"));
  return ids;
}

TEST(Calendar, AVisitIsDrawnWithItsPartsAndWhoElseTakesPart) {
  VisitsExchange exchange;
  const auto id = exchange.plan("1540", with(trip({"Kyrgyzstan"}, "2027-03-08", "2027-03-12"),
                                             {{"title", "First visit"}, {"participation", {{{"body", "1267"}, {"role", "participates"}}}}}));
  exchange.answer("1267", id, {{"answer", "joins"}});
  exchange.answer("1373", id, {{"answer", "advises"}});
  exchange.answer("1373", id, {{"answer", "comments"}, {"text", "later in the week would be better"}});
  const json item = page_of(exchange).at("items").at(0);
  EXPECT_EQ(item["id"], id);
  EXPECT_EQ(item["title"], "First visit");
  EXPECT_EQ(item["stands"], true);
  EXPECT_EQ(item["states"], json::parse(R"([{"alpha3": "KGZ", "name": "Kyrgyzstan"}])"));
  EXPECT_EQ(item["parts"], json::parse(R"([{"mode": "on_site", "start": "2027-03-08", "end": "2027-03-12", "precision": "day",
                                            "first": "2027-03-08", "last": "2027-03-12"}])"));
  EXPECT_EQ(item["with"], json::parse(R"([{"committee": "1267", "answer": "joins", "agreed": true},
                                          {"committee": "1373", "answer": "advises", "agreed": false}])"));
  exchange.answer("1267", id, {{"answer", "declines"}});
  EXPECT_EQ(page_of(exchange)["items"][0]["with"].size(), 1U);
}

TEST(Calendar, OnlyDaysOfAPartInTheRangeAreDrawn) {
  VisitsExchange exchange;
  json apart = trip({"KGZ"}, "2027-02-01", "2027-02-02");
  apart["components"].push_back({{"start", "2027-04-05"}, {"end", "2027-04-06"}});
  const auto gap = exchange.plan("1540", apart);
  const auto edge = exchange.plan("1373", trip({"AUT"}, "2027-03-31", "2027-04-02"));
  const auto month = exchange.plan("1373", trip({"AUT"}, "2027-03"));
  EXPECT_EQ(ids_of(page_of(exchange)), (std::vector{month, edge}));
  EXPECT_EQ(ids_of(page_of(exchange, {}, "2027-04-02", "2027-04-30")), (std::vector{gap, edge}));
}

TEST(Calendar, WhatIsKnownToAYearOrNotAtAllIsCounted) {
  VisitsExchange exchange;
  exchange.plan("1540", trip({"KGZ"}, "2027"));
  exchange.plan("1540", trip({"KGZ"}, "2026", "2028"));
  exchange.plan("1540", trip({"KGZ"}, "2025"));
  exchange.plan("1540", trip({"KGZ"}, ""));
  const auto whole = exchange.plan("1373", trip({"KGZ"}, "2027-01-01", "2027-12-31"));
  const json page = page_of(exchange);
  EXPECT_EQ(ids_of(page), std::vector{whole}) << "every day of the year is known";
  EXPECT_EQ(page["undated"], 2);
  EXPECT_EQ(page["days_not_known"], 1);
  EXPECT_EQ(page["more"], 0);
}

TEST(Calendar, FiltersNarrowItAndWhatDoesNotStandIsShownWhenAsked) {
  VisitsExchange exchange;
  const auto one = exchange.plan("1540", trip({"KGZ", "TJK"}, "2027-03-08", "2027-03-12"));
  const auto two = exchange.plan("1373", trip({"TJK"}, "2027-03-20", "2027-03-21"));
  EXPECT_EQ(ids_of(page_of(exchange, {{"state", "Tajikistan"}})), (std::vector{one, two}));
  EXPECT_EQ(page_of(exchange, {{"state", "Tajikistan"}})["state"], "TJK");
  exchange.change("1540", one, {{"participation", {{{"body", "1267"}, {"role", "advises"}}}}});
  EXPECT_TRUE(ids_of(page_of(exchange, {{"committee", "1267"}})).empty()) << "1267 has not said so yet";
  exchange.answer("1267", one, {{"answer", "advises"}});
  EXPECT_EQ(ids_of(page_of(exchange, {{"committee", "1267"}})), std::vector{one});
  EXPECT_EQ(ids_of(page_of(exchange, {{"state", "KGZ"}})), std::vector{one});
  EXPECT_EQ(ids_of(page_of(exchange, {{"committee", "1373"}})), std::vector{two});
  exchange.change("1373", two, {{"status", "cancelled"}});
  EXPECT_EQ(ids_of(page_of(exchange)), std::vector{one});
  const json all = page_of(exchange, {{"all", "1"}});
  EXPECT_EQ(ids_of(all), (std::vector{one, two}));
  EXPECT_EQ(all["items"][1]["stands"], false);
}

TEST(Calendar, AQuestionThatMakesNoSenseIsRefusedWithWhatToTry) {
  VisitsExchange exchange;
  const std::vector<Filters> wrong = {{}, {{"from", "2027-03-01"}}, {{"to", "2027-03-01"}}, {{"from", "2027-03"}, {"to", "2027-03-31"}},
                                      {{"from", "2027-03-02"}, {"to", "2027-03-01"}}, {{"from", "2027-01-01"}, {"to", "2028-02-05"}},
                                      {{"from", "2027-03-01"}, {"to", "2027-03-31"}, {"committee", "9999"}},
                                      {{"from", "2027-03-01"}, {"to", "2027-03-31"}, {"state", "Kyrgystan"}},
                                      {{"from", "2027-03-01"}, {"to", "2027-03-31"}, {"all", "maybe"}},
                                      {{"from", "2027-03-01"}, {"to", "2027-03-31"}, {"limit", "5"}}};
  for (const auto& filters : wrong) {
    const auto page = exchange.at("1540").calendar(filters);
    ASSERT_FALSE(page.has_value());
    EXPECT_EQ(page.error().code, Code::kInput);
    EXPECT_FALSE(page.error().hint.empty()) << page.error().what;
  }
  EXPECT_TRUE(exchange.at("1540").calendar({{"from", "2027-01-01"}, {"to", "2028-02-04"}}).has_value());
}

// A thousand are shown; those of which perhaps only the year is known come last, so that they hide nobody.
TEST(Calendar, APageIsBoundedAndSaysHowManyMoreThereAre) {
  VisitsExchange exchange({"1373", "1540"});
  auto& database = exchange.database("1540");
  const auto seed = exchange.plan("1540", trip({"KGZ"}, "2027-03-01", "2027-03-02"));
  ASSERT_TRUE(database.begin());
  ASSERT_TRUE(database.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)"
                               " INSERT INTO visits SELECT printf('1540-V-2026-%d', 10000 + i), 1, 1, lead, own, year, 10000 + i, status, first, last"
                               " FROM visits, n WHERE record = '" + seed + "'"));
  ASSERT_TRUE(database.execute("INSERT INTO visit_revisions SELECT v.record, 1, r.message, r.hash, r.marking, r.recipients, r.idx, r.time, r.body"
                               " FROM visits v JOIN visit_revisions r ON r.record = '" + seed + "' WHERE v.record <> r.record"));
  ASSERT_TRUE(database.commit());
  const json page = page_of(exchange);
  EXPECT_EQ(page["items"].size(), 1000U);
  EXPECT_EQ(page["more"], 101);
}

}  // namespace
}  // namespace liaison
