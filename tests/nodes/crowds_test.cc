// SPDX-License-Identifier: Apache-2.0
// Many visits in the same days: what is compared, what is stored, and what is told of the rest.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <tuple>

#include "nodes/domain/visit_tables.h"
#include "tests/nodes/visits_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::uint64_t kEach = kNearestMax;

std::uint64_t row_count(VisitsExchange& exchange, std::string_view id, const std::string& what) {
  auto statement = *exchange.database(id).prepare("SELECT count(*) FROM " + what);
  EXPECT_TRUE(*statement.step());
  return statement.u64(0);
}

std::string nth(const std::string& lead, int n) {
  const std::string digits = std::to_string(n);
  return lead + "-V-2026-" + std::string(4 - digits.size(), '0') + digits;
}

bool names(const json& findings, const std::string& kind, const std::string& record) {
  return std::any_of(findings.begin(), findings.end(), [&](const json& one) {
    return one["kind"] == kind && std::find(one["visits"].begin(), one["visits"].end(), record) != one["visits"].end();
  });
}

bool kept(VisitsExchange& exchange, std::string_view id, const std::string& a, const std::string& b) {
  return row_count(exchange, id, "visit_findings WHERE id = 'own_overlap." + std::min(a, b) + "." + std::max(a, b) + "'") == 1;
}

// Plans of 1540 for the same State and days, as 1373's node receives them.
void receive_plans(VisitsExchange& exchange, int first, int last) {
  ASSERT_TRUE(exchange.database("1373").begin());
  for (int i = first; i <= last; ++i) {
    VisitPlan plan;
    plan.lead = member("1540");
    plan.record_id = nth("1540", i);
    plan.revision = 1;
    plan.title = "One of many";
    plan.states = {{"KGZ", ""}};
    plan.components = {{ComponentMode::on_site, "2027-03-08", "2027-03-12", DatePrecision::day, {}}};
    Draft draft;
    draft.kind = "visit.plan";
    draft.recipients = {member("1373")};
    draft.body = encode_visit_plan(plan);
    auto one = exchange.effect("1540", draft);
    one.index = 1'000 + static_cast<std::uint64_t>(i);
    ASSERT_TRUE(exchange.at("1373").apply(one));
  }
  ASSERT_TRUE(exchange.database("1373").commit());
}

std::string more_of_1540(std::uint64_t count) {
  return "and " + std::to_string(count) + " more visits of 1540 in or near the same days, too many to compare: liaison visit list --committee 1540";
}

TEST(Crowds, TwoThousandPlansInTheSameDaysHideNoOtherCommitteeAndTheRowsGrowWithTheirNumber) {
  VisitsExchange exchange({"1373", "1540"});
  auto& node = exchange.at("1373");
  const auto before = exchange.plan("1373", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
  receive_plans(exchange, 1, 1000);
  const auto at_half = row_count(exchange, "1373", "visit_findings");
  receive_plans(exchange, 1001, 2000);
  EXPECT_LE(row_count(exchange, "1373", "visit_findings"), at_half + 1000 * (kEach + 1));
  const auto after = exchange.plan("1373", trip({"KGZ"}, "2027-03-09"));
  EXPECT_EQ(row_count(exchange, "1373", "visit_findings WHERE kind = 'overlap'"), 2 * kEach);
  const auto listed = (*node.conflicts({{"committee", "1373"}, {"limit", "500"}}))["items"];
  for (const auto& record : {before, after}) {
    EXPECT_TRUE(names(listed, "overlap", record));
    const auto shown = *node.show(record);
    EXPECT_TRUE(names(shown["findings"], "overlap", record));
    EXPECT_EQ(shown["more"], json::array({more_of_1540(2000 - kEach)}));
  }
  // One in the middle of the crowd is nobody's nearest, and sees the other committee all the same.
  const auto middle = *node.show(nth("1540", 1000));
  EXPECT_EQ(middle["findings"][0]["kind"], "overlap");
  for (const auto& record : {before, after}) {
    EXPECT_TRUE(names(middle["findings"], "overlap", record));
    EXPECT_TRUE(names((*node.conflicts({{"visit", nth("1540", 1000)}, {"kind", "overlap"}}))["items"], "overlap", record));
  }
  EXPECT_EQ(middle["more"], json::array({more_of_1540(1999 - 2 * kEach)}));
}

TEST(Crowds, AListOfFindingsSaysWhenThereAreMoreThanItCompares) {
  VisitsExchange exchange({"1373", "1540"});
  for (std::uint64_t i = 0; i <= kEach; ++i) exchange.plan("1540", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
  EXPECT_EQ((*exchange.at("1373").conflicts({}))["more"], json::array());
  EXPECT_EQ((*exchange.at("1373").show(nth("1540", 1)))["more"], json::array());
  exchange.plan("1540", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
  const auto page = *exchange.at("1373").conflicts({});
  ASSERT_EQ(page["more"].size(), 1U);
  EXPECT_NE(page["more"][0].get<std::string>().find("liaison visit show 1540-V-2026-00"), std::string::npos) << page["more"];
  EXPECT_EQ((*exchange.at("1373").show(nth("1540", 1)))["more"][0].get<std::string>().substr(0, 27), "and 1 more visit of 1540 in");
}

TEST(Crowds, WhatIsBeyondTheNearestComesUpWhenOneBetweenIsWithdrawnAndEndsWhenItComesBack) {
  VisitsExchange exchange({"1373", "1540"});
  const int last = static_cast<int>(kEach) + 2;
  for (int i = 1; i <= last; ++i) exchange.plan("1540", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
  const auto first = nth("1540", 1), far = nth("1540", last);
  EXPECT_TRUE(kept(exchange, "1373", first, nth("1540", last - 1)));
  EXPECT_FALSE(kept(exchange, "1373", first, far));
  exchange.change("1540", nth("1540", 5), {{"components", {{{"start", "2028-03-08"}}}}});
  EXPECT_TRUE(kept(exchange, "1373", first, far));
  const auto events = exchange.events("1373");
  EXPECT_TRUE(std::any_of(events.begin(), events.end(), [&](const json& one) {
    return one["event"] == "finding.new" && one["visits"] == json{first, far};
  })) << events;
  exchange.change("1540", nth("1540", 5), {{"components", {{{"start", "2027-03-08"}, {"end", "2027-03-12"}}}}});
  EXPECT_FALSE(kept(exchange, "1373", first, far));
  exchange.change("1540", nth("1540", 6), {{"status", "cancelled"}});
  EXPECT_TRUE(kept(exchange, "1373", first, far));
  exchange.change("1540", far, {{"status", "cancelled"}});
  EXPECT_FALSE(kept(exchange, "1373", first, far));
}

TEST(Crowds, ARefusedPlanInACrowdIsTakenBackWhole) {
  VisitsExchange exchange({"1373", "1540"});
  for (int i = 1; i <= 40; ++i) exchange.plan("1540", trip({"KGZ"}, i % 2 == 0 ? "2027-03-08" : "2027-03-10", "2027-03-12"));
  const auto before = exchange.tables("1540");
  const auto fresh = exchange.queue("1540", *exchange.at("1540").plan(trip({"KGZ"}, "2027-03-09", "2027-03-12"), Visits::Origin::kOfficer, kVisitsNow));
  EXPECT_NE(exchange.tables("1540"), before);
  ASSERT_TRUE(exchange.at("1540").refused(fresh.message_id, Code::kPolicy));
  EXPECT_EQ(exchange.tables("1540"), before);
}

TEST(Crowds, AnOverlapWithAnotherCommitteeIsTheFirstWarning) {
  VisitsExchange exchange;
  for (int i = 1; i <= 30; ++i) exchange.plan("1267", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
  exchange.plan("1540", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
  const auto draft = *exchange.at("1267").plan(trip({"KGZ"}, "2027-03-08", "2027-03-12"), Visits::Origin::kOfficer, kVisitsNow);
  ASSERT_EQ(draft.warnings.size(), 4U);
  EXPECT_TRUE(draft.warnings[0].starts_with("1267 and 1540 are both in Kyrgyzstan")) << draft.warnings[0];
  EXPECT_EQ(draft.warnings[3], "and more than " + std::to_string(kEach - 2) + " more findings");
}

TEST(Crowds, OneCommitteesCrowdDoesNotComeBetweenTwoOthers) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1267", trip({"KGZ"}, "2027-03-08"));
  for (int i = 1; i <= 60; ++i) exchange.plan("1373", trip({"KGZ"}, "2027-03-08", "2027-03-20"));
  const auto b = exchange.plan("1540", trip({"KGZ"}, "2027-05-08"));
  for (const auto* id : {"1267", "1373", "1540"}) {
    const auto between = (*exchange.at(id).conflicts({{"visit", a}, {"committee", "1540"}}))["items"];
    ASSERT_EQ(between.size(), 1U) << id;
    EXPECT_EQ(between[0]["visits"], (json{a, b}));
    EXPECT_EQ(row_count(exchange, id, "visit_findings WHERE id = 'adjacency." + a + "." + b + "'"), 1U);
  }
}

// What the tables should hold, counted from the days alone: a pair of rows of two lanes that are compared, near enough, with fewer
// than kNearestMax of either lane between.
struct DayRow { std::string state, lead, record; std::int64_t reach, first, last; std::uint64_t component; };

std::vector<DayRow> day_rows(VisitsExchange& exchange, std::string_view id) {
  std::vector<DayRow> out;
  auto statement = *exchange.database(id).prepare("SELECT state, lead, record, reach, first, last, component FROM visit_days WHERE reach < 2");
  while (*statement.step()) {
    out.push_back({statement.text(0), statement.text(1), statement.text(2), statement.i64(3), statement.i64(4), statement.i64(5), statement.u64(6)});
  }
  return out;
}

// Of one committee's pairs only those with common days mean something here, in one State.
std::set<std::string> expected_pairs(const std::vector<DayRow>& all, std::int64_t window) {
  const auto key = [](const DayRow& row) { return std::make_tuple(row.first, row.record, row.component); };
  std::map<std::tuple<std::string, std::string, std::int64_t>, std::set<std::tuple<std::int64_t, std::string, std::uint64_t>>> lanes;
  for (const auto& row : all) lanes[{row.state, row.lead, row.reach}].insert(key(row));
  const auto between = [&](const DayRow& of, const DayRow& a, const DayRow& b) {
    const auto& lane = lanes[{of.state, of.lead, of.reach}];
    return static_cast<std::uint64_t>(std::distance(lane.upper_bound(key(a)), lane.lower_bound(key(b))));
  };
  std::set<std::string> compared, out;
  for (const auto& a : all) {
    for (const auto& b : all) {
      if (a.state != b.state || a.record == b.record || !(key(a) < key(b)) || a.state.empty() != (a.lead == b.lead)) continue;
      if (b.first - a.last - 1 > (a.state.empty() ? kChainDays : window)) continue;
      const auto pair = std::min(a.record, b.record) + " " + std::max(a.record, b.record);
      if (between(a, a, b) < kEach && between(b, a, b) < kEach) compared.insert(pair);
      if (!a.state.empty() || b.first <= a.last) out.insert(pair);
    }
  }
  std::erase_if(out, [&](const auto& pair) { return !compared.contains(pair); });
  return out;
}

std::set<std::string> stored_pairs(VisitsExchange& exchange, std::string_view id) {
  std::set<std::string> out;
  auto statement = *exchange.database(id).prepare("SELECT json FROM visit_findings");
  while (*statement.step()) {
    const auto visits = json::parse(statement.text(0))["visits"];
    if (visits.size() == 2) out.insert(visits[0].get<std::string>() + " " + visits[1].get<std::string>());
  }
  return out;
}

TEST(Crowds, WhatIsStoredDependsOnTheVisitsThatStandAndOnNoOrder) {
  VisitsExchange exchange({"1267", "1373", "1540"}, 20);
  std::mt19937 random(20270308);
  const auto upto = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto part = [&](int long_one_in) {
    const std::int64_t first = 20'000 + upto(60);
    return json{{"start", date_text(first)}, {"end", date_text(first + (upto(long_one_in) == 0 ? 70 + upto(60) : upto(9)))}};
  };
  std::map<std::string, int> made;
  for (int i = 0; i < 150; ++i) {
    const std::string lead = i % 5 == 0 ? "1373" : i % 17 == 0 ? "1267" : "1540";
    json fields = {{"states", {"KGZ"}}, {"components", {part(6)}}};
    if (upto(6) == 0) fields["components"].push_back(part(1000));
    exchange.plan(lead, fields);
    const auto one = nth(lead, 1 + upto(++made[lead]));
    const auto status = (*exchange.at(lead).show(one))["status"];
    if (status == "cancelled") continue;
    if (upto(4) == 0) exchange.change(lead, one, {{"components", {part(6)}}});
    else if (upto(8) == 0) exchange.change(lead, one, {{"status", "cancelled"}});
  }
  for (const auto* id : {"1267", "1540"}) {
    const auto days = day_rows(exchange, id);
    EXPECT_EQ(stored_pairs(exchange, id), expected_pairs(days, 20)) << id;
    const auto before = exchange.tables(id);
    exchange.rebuild(id);
    EXPECT_EQ(exchange.tables(id), before) << id;
    for (const unsigned seed : {1U, 2U}) {
      exchange.rebuild(id, seed);
      EXPECT_EQ(exchange.tables(id), before) << id << ", folded in another order";
    }
  }
}

TEST(Crowds, AQuestionAboutALaneReadsNoMoreOfItThanItsAnswer) {
  VisitsExchange exchange({"1373", "1540"});
  using namespace visit_sql;
  const std::map<Sql, std::string> bounds_of = {
      {kNextLane, "(state,lead,reach)>(?,?,?)"},
      {kRowsAfter, "state=? AND lead=? AND reach=? AND (first,record,component)>(?,?,?) AND first<?"},
      {kRowsBefore, "state=? AND lead=? AND reach=? AND first>? AND (first,record,component)<(?,?,?)"}};
  for (const auto& [which, bounds] : bounds_of) {
    auto plan = *exchange.database("1540").prepare(std::string("EXPLAIN QUERY PLAN ") + kText.at(which));
    ASSERT_TRUE(*plan.step());
    EXPECT_EQ(plan.text(3), "SEARCH visit_days USING PRIMARY KEY (" + bounds + ")");
    EXPECT_FALSE(*plan.step()) << "it sorts or looks elsewhere: " << plan.text(3);
  }
}

}  // namespace
}  // namespace liaison
