// SPDX-License-Identifier: Apache-2.0
// Findings of a region, of years without a visit and of answers that wait, as all three committees' nodes come to have them.
#include <optional>

#include "nodes/domain/findings.h"
#include "nodes/domain/follow_ups.h"
#include "nodes/domain/visit_json.h"
#include "nodes/domain/visit_rules.h"
#include "tests/nodes/visits_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;

std::vector<std::string> sentences(VisitsExchange& exchange, std::string_view id, const std::string& kind) {
  std::vector<std::string> out;
  for (const auto& one : exchange.findings(id, kind)) out.push_back(one["sentence"]);
  return out;
}

TEST(Region, TwoCommitteesInStatesOfOneRegionWithinAWeekAreToldSo) {
  VisitsExchange exchange;
  const auto one = exchange.plan("1373", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
  const auto other = exchange.plan("1540", trip({"TJK"}, "2027-03-20", "2027-03-22"));
  for (const auto id : {"1267", "1373", "1540"}) {
    EXPECT_EQ(sentences(exchange, id, "region"),
              std::vector<std::string>{"1373 and 1540 go to States of one region (Central Asia) one after the other, with 7 free days between: "
                                       "Kyrgyzstan and Tajikistan (" + one + ": 2027-03-08 to 2027-03-12; " + other + ": 2027-03-20 to 2027-03-22)"})
        << id;
  }
  const auto finding = exchange.findings("1267", "region").at(0);
  EXPECT_EQ(finding["suggest"], json({"back_to_back", "inform"}));
  EXPECT_EQ(finding["gap_days"], 7);
  EXPECT_EQ(finding["contacts"].size(), 2U);
  exchange.change("1540", other, {{"components", {{{"start", "2027-03-21"}, {"end", "2027-03-22"}}}}});   // eight days
  EXPECT_TRUE(exchange.findings("1267", "region").empty());
  EXPECT_EQ(exchange.events("1267").back()["event"], "finding.ended");
}

TEST(Region, OnTheSameDaysItSaysWhich) {
  VisitsExchange exchange;
  const auto one = exchange.plan("1373", trip({"HUN"}, "2025-06-16", "2025-06-18"));
  const auto other = exchange.plan("1267", trip({"POL"}, "2025-06-18", "2025-06-20"));
  EXPECT_EQ(sentences(exchange, "1540", "region"),
            std::vector<std::string>{"1267 and 1373 go to States of one region (Eastern Europe) on the same days, 2025-06-18: Hungary and Poland (" + other +
                                     ": 2025-06-18 to 2025-06-20; " + one + ": 2025-06-16 to 2025-06-18)"});
}

TEST(Region, OneStateIsAnOverlapAndOnlyThat) {
  VisitsExchange exchange;
  exchange.plan("1373", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
  exchange.plan("1540", trip({"KGZ", "TJK"}, "2027-03-10", "2027-03-14"));
  EXPECT_EQ(exchange.findings("1267", "overlap").size(), 1U);
  EXPECT_TRUE(exchange.findings("1267", "region").empty());
}

TEST(Region, APartOfWhichOnlyTheMonthIsKnownHidesNoCertainOne) {
  VisitsExchange exchange;
  exchange.plan("1373", trip({"KGZ"}, "2027-03-25", "2027-03-26"));
  exchange.plan("1540", {{"states", {"TJK"}}, {"components", {{{"start", "2027-03"}}, {{"start", "2027-03-28"}}}}});
  ASSERT_EQ(exchange.findings("1267", "region").size(), 1U);
  EXPECT_EQ(exchange.findings("1267", "region")[0]["gap_days"], 1);
}

TEST(Region, VirtualPartsMonthsAndOtherRegionsMakeNone) {
  VisitsExchange exchange;
  exchange.plan("1373", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
  exchange.plan("1540", {{"states", {"TJK"}}, {"components", {{{"mode", "virtual"}, {"start", "2027-03-09"}, {"end", "2027-03-09"}}}}});
  exchange.plan("1540", trip({"UZB"}, "2027-03"));
  exchange.plan("1267", trip({"MNG"}, "2027-03-09"));
  EXPECT_TRUE(exchange.findings("1267", "region").empty());
}

TEST(Gap, YearsWithoutAnyCommitteeAreToldWithTheVisitBefore) {
  VisitsExchange exchange;
  const auto before = exchange.plan("1373", with(trip({"TZA"}, "2006-02-13", "2006-02-17"), {{"status", "conducted"}}), Visits::Origin::kHistorical);
  const auto after = exchange.plan("1540", trip({"TZA"}, "2027-05-10", "2027-05-14"));
  for (const auto id : {"1267", "1373", "1540"}) {
    EXPECT_EQ(sentences(exchange, id, "gap"),
              std::vector<std::string>{"no visit to the United Republic of Tanzania is known between these two, more than 21 years apart (" + before +
                                       ": 2006-02-13 to 2006-02-17; " + after + ": 2027-05-10 to 2027-05-14)"})
        << id;
  }
  // Somebody who comes between ends it at all.
  exchange.plan("1267", trip({"TZA"}, "2026-12-01"));
  const auto left = exchange.findings("1540", "gap");
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0]["states"], json({"TZA"}));
  EXPECT_EQ(left[0]["visits"][1], before);
  EXPECT_NE(left[0]["visits"][0], after);
}

TEST(Gap, ExactlyTheYearsAreNoneAndADayMoreIsOne) {
  for (const auto& [day, count] : std::map<std::string, std::size_t>{{"2027-03-12", 0}, {"2027-03-13", 1}}) {
    VisitsExchange exchange;
    exchange.plan("1373", with(trip({"KGZ"}, "2022-03-08", "2022-03-12"), {{"status", "conducted"}}), Visits::Origin::kHistorical);
    exchange.plan("1540", trip({"KGZ"}, day));
    EXPECT_EQ(exchange.findings("1373", "gap").size(), count) << day;
  }
}

TEST(Gap, OfAYearTheNearerEndCounts) {
  VisitsExchange exchange;
  exchange.plan("1373", with(trip({"ALB"}, "2005"), {{"status", "conducted"}}), Visits::Origin::kHistorical);
  exchange.plan("1540", trip({"ALB"}, "2010-12-31"));
  EXPECT_TRUE(exchange.findings("1373", "gap").empty());
  exchange.plan("1540", trip({"ALB"}, "2016-01"));
  ASSERT_EQ(exchange.findings("1373", "gap").size(), 1U);
  EXPECT_EQ(exchange.findings("1373", "gap")[0]["gap_days"], 1826);
}

TEST(Gap, AVisitThatIsGivenUpOrRecalledWasNone) {
  VisitsExchange exchange;
  const auto before = exchange.plan("1373", with(trip({"TZA"}, "2006-02-13"), {{"status", "conducted"}}), Visits::Origin::kHistorical);
  const auto between = exchange.plan("1267", trip({"TZA"}, "2024-01-15"));
  const auto after = exchange.plan("1540", trip({"TZA"}, "2027-05-10"));
  ASSERT_EQ(exchange.findings("1540", "gap").size(), 1U);
  EXPECT_EQ(exchange.findings("1540", "gap")[0]["visits"], json({between, before}));
  exchange.change("1267", between, {{"status", "cancelled"}});
  ASSERT_EQ(exchange.findings("1540", "gap").size(), 1U);
  EXPECT_EQ(exchange.findings("1540", "gap")[0]["visits"], json({after, before}));
  exchange.publish("1373", *exchange.at("1373").recall(before, {{"reason", "another State"}}));
  EXPECT_TRUE(exchange.findings("1540", "gap").empty());
}

TEST(Gap, DependsOnNoOrderHoweverManyVisitsOfUnknownDaysThereAre) {
  const auto gaps = [](bool first) {
    VisitsExchange exchange({"1373", "1540"});
    if (first) exchange.plan("1540", trip({"KGZ"}, "2035-01-01"));
    exchange.plan("1373", trip({"KGZ"}, "1990", "2036"));
    for (int i = 0; i < 513; ++i) exchange.plan("1373", trip({"KGZ"}, "2001"));
    exchange.plan("1373", trip({"KGZ"}, "2000"));
    if (!first) exchange.plan("1540", trip({"KGZ"}, "2035-01-01"));
    return exchange.findings("1540", "gap").size();
  };
  EXPECT_EQ(gaps(true), 0U);
  EXPECT_EQ(gaps(false), 0U);
}

// What finding_of_gap says of all visits, one with every other.
std::set<std::string> gaps_by_hand(const std::vector<VisitPlan>& plans) {
  std::set<std::string> ids;
  for (const auto& plan : plans) {
    const auto days = days_of(plan);
    if (!days || !stands(plan.status)) continue;
    for (const auto& state : plan.states) {
      const VisitPlan* last = nullptr;
      for (const auto& other : plans) {
        const auto there = days_of(other);
        const bool shares = std::any_of(other.states.begin(), other.states.end(), [&](const StateRef& one) { return one.alpha3 == state.alpha3; });
        if (&other == &plan || !there || !stands(other.status) || !shares) continue;
        if (std::tie(there->first, other.record_id) >= std::tie(days->first, plan.record_id)) continue;
        const auto end = last != nullptr ? days_of(*last) : std::nullopt;
        if (!end || std::tie(there->last, there->first, other.record_id) > std::tie(end->last, end->first, last->record_id)) last = &other;
      }
      if (last == nullptr || days->first <= months_later(days_of(*last)->last, 60)) continue;
      ids.insert("gap." + state.alpha3 + "." + plan.record_id + "." + last->record_id);
    }
  }
  return ids;
}

std::string random_date(std::mt19937& random) {
  const int year = 1990 + static_cast<int>(random() % 45);
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", year, 1 + static_cast<unsigned>(random() % 12), 1 + static_cast<unsigned>(random() % 28));
  return std::string(text).substr(0, random() % 3 == 0 ? 4 : random() % 4 == 0 ? 7 : 10);
}

json random_visit(std::mt19937& random) {
  static const std::vector<std::string> states = {"KGZ", "TJK", "TZA", "ALB"};
  std::set<std::string> chosen;
  for (std::size_t i = 0; i < 1 + random() % 2; ++i) chosen.insert(states[random() % states.size()]);
  std::string start = random_date(random), end = start;
  if (start.size() == 4 && random() % 2 == 0) end = std::to_string(std::stoi(start) + static_cast<int>(random() % 12));   // a period
  return trip({chosen.begin(), chosen.end()}, start, end);
}

TEST(Gap, WhateverComesInWhateverOrderTheStoredOnesAreThoseOfAllPairs) {
  for (const unsigned seed : {1U, 2U, 3U, 4U, 5U, 6U}) {
    std::mt19937 random(seed);
    VisitsExchange exchange({"1267", "1373"});
    std::vector<std::pair<std::string, std::string>> records;
    for (int i = 0; i < 60; ++i) {
      const std::string lead = random() % 2 == 0 ? "1267" : "1373";
      if (i % 4 == 3) {
        const auto& [owner, record] = records[random() % records.size()];
        const auto shown = *exchange.at(owner).show(record);
        if (shown["status"] == "cancelled") continue;
        if (random() % 2 == 0) exchange.change(owner, record, {{"status", "cancelled"}});
        else exchange.change(owner, record, {{"components", random_visit(random)["components"]}, {"note", std::to_string(i)}});
      } else {
        records.emplace_back(lead, exchange.plan(lead, random_visit(random)));
      }
    }
    std::vector<VisitPlan> plans;
    for (const auto& [owner, record] : records) {
      const auto shown = *exchange.at(owner).show(record);
      VisitPlan plan;
      plan.record_id = record;
      plan.status = *parse_word<VisitStatus>(shown["status"].get<std::string>());
      for (const auto& state : shown["states"]) plan.states.push_back({state["alpha3"], ""});
      for (const auto& part : shown["components"]) {
        Component component;
        component.start = part["start"];
        component.end = part["end"];
        component.precision = *parse_word<DatePrecision>(part["precision"].get<std::string>());
        plan.components.push_back(component);
      }
      plans.push_back(plan);
    }
    const auto by_hand = gaps_by_hand(plans);
    EXPECT_GT(by_hand.size(), 3U);
    std::set<std::string> stored;
    for (const auto& one : exchange.findings("1373", "gap")) stored.insert(one["id"]);
    EXPECT_EQ(stored, by_hand) << "seed " << seed;
    const auto tables = exchange.tables("1373");
    exchange.rebuild("1373", seed);
    EXPECT_EQ(exchange.tables("1373"), tables) << "seed " << seed;
  }
}

TEST(Waiting, WhoIsInvitedAndSilentIsWaitedForUntilAWordComes) {
  VisitsExchange exchange;
  const auto record = exchange.plan("1373", with(trip({"KGZ"}, "2027-03-08", "2027-03-12"),
                                                 {{"participation", {{{"body", "1267"}, {"role", "invited"}}, {{"body", "UNODC"}, {"role", "invited"}}}}}));
  const auto found = exchange.findings("1267", "waiting");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]["sentence"], "1267 is invited and has not answered: Kyrgyzstan (" + record + ": 2027-03-08 to 2027-03-12)");
  EXPECT_EQ(found[0]["waits_for"], json({"1267"}));
  EXPECT_EQ(found[0]["suggest"], json({"answer"}));
  exchange.answer("1540", record, {{"answer", "comments"}, {"text", "we were there in May"}});
  EXPECT_EQ(exchange.findings("1373", "waiting").size(), 1U);
  exchange.answer("1267", record, {{"answer", "declines"}});
  EXPECT_TRUE(exchange.findings("1373", "waiting").empty());
  EXPECT_EQ(exchange.events("1373").back()["event"], "finding.ended");
}

TEST(Waiting, AnInvitationThatMovesNoDaysIsDatedAlikeAtAll) {
  VisitsExchange exchange;
  const auto record = exchange.plan("1373", trip({"KGZ"}, "2027-03-08"));
  exchange.change("1373", record, {{"participation", {{{"body", "1267"}, {"role", "invited"}}}}});
  EXPECT_EQ(exchange.findings("1373", "waiting").at(0)["since"], exchange.findings("1267", "waiting").at(0)["since"]);
  const auto tables = exchange.tables("1373");
  exchange.rebuild("1373");
  EXPECT_EQ(exchange.tables("1373"), tables);
}

TEST(Waiting, WhatWaitsForUsIsNotHiddenByWhatWaitsForOthers) {
  VisitsExchange exchange;
  exchange.plan("1373", with(trip({"KGZ"}, "2027-03-08"), {{"participation", {{{"body", "1540"}, {"role", "invited"}}}}}));
  for (int i = 0; i < 210; ++i) {
    exchange.plan("1540", with(trip({"TJK"}, date_text(*parse_date("2028-01-01") + 10 * i)), {{"participation", {{{"body", "1267"}, {"role", "invited"}}}}}));
  }
  EXPECT_EQ((*exchange.at("1540").today(kVisitsNow, *parse_date("2027-03-01")))["waiting"].size(), 1U);
}

TEST(Waiting, AnOfferWaitsForTheLeadUntilItsPlanNamesTheCommittee) {
  VisitsExchange exchange;
  const auto record = exchange.plan("1373", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
  exchange.answer("1267", record, {{"answer", "joins"}});
  auto found = exchange.findings("1540", "waiting");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]["waits_for"], json({"1373"}));
  EXPECT_EQ(found[0]["suggest"], json({"take_up"}));
  EXPECT_TRUE(found[0]["sentence"].get<std::string>().starts_with("1267 would join and 1373 has not taken it up: Kyrgyzstan (")) << found[0]["sentence"];
  exchange.change("1373", record, {{"participation", {{{"body", "1267"}, {"role", "participates"}}}}});
  EXPECT_TRUE(exchange.findings("1540", "waiting").empty());
  EXPECT_EQ(exchange.findings("1540", "participation").size(), 1U);
}

TEST(Waiting, AnObjectionWaitsForAnotherRevision) {
  VisitsExchange exchange;
  const auto record = exchange.plan("1373", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
  exchange.answer("1540", record, {{"answer", "objects"}, {"text", "the Government asked for May"}});
  ASSERT_EQ(exchange.findings("1267", "waiting").size(), 1U);
  EXPECT_EQ(exchange.findings("1267", "waiting")[0]["suggest"], json({"change"}));
  exchange.change("1373", record, {{"note", "agreed by telephone"}});
  EXPECT_TRUE(exchange.findings("1267", "waiting").empty());
}

TEST(Waiting, OverAndGivenUpVisitsWaitForNobody) {
  VisitsExchange exchange;
  const auto record = exchange.plan("1373", with(trip({"KGZ"}, "2027-03-08"), {{"participation", {{{"body", "1267"}, {"role", "invited"}}}}}));
  EXPECT_EQ(exchange.findings("1267", "waiting").size(), 1U);
  exchange.change("1373", record, {{"status", "postponed"}});
  EXPECT_TRUE(exchange.findings("1267", "waiting").empty());
  exchange.plan("1373", with(trip({"TJK"}, "2006-03-08"), {{"status", "conducted"}, {"participation", {{{"body", "1267"}, {"role", "invited"}}}}}),
                Visits::Origin::kHistorical);
  EXPECT_TRUE(exchange.findings("1267", "waiting").empty());
}

TEST(Merge, AVisitGoesOnInAnotherThatBothShow) {
  VisitsExchange exchange;
  const auto own = exchange.plan("1540", trip({"KGZ"}, "2027-03-10", "2027-03-14"));
  const auto other = exchange.plan("1373", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
  EXPECT_EQ(exchange.findings("1267", "overlap").size(), 1U);
  const auto draft = exchange.at("1540").change(own, 1, {{"merged_into", other}}, kVisitsNow);
  ASSERT_TRUE(draft);
  EXPECT_EQ(draft->warnings,
            std::vector<std::string>{"1373 has not been told that 1540 takes part in " + other + ": liaison visit answer " + other + " joins"});
  exchange.answer("1540", other, {{"answer", "joins"}});
  exchange.change("1540", own, {{"merged_into", other}});
  EXPECT_TRUE(exchange.findings("1267", "overlap").empty());
  EXPECT_EQ((*exchange.at("1267").show(own))["status"], "merged");
  EXPECT_EQ((*exchange.at("1267").show(own))["merged_into"], other);
  EXPECT_EQ((*exchange.at("1267").show(other))["merged_here"], json({own}));
}

TEST(Merge, OnlyIntoAVisitThatTakesPlaceInOneOfItsStates) {
  VisitsExchange exchange;
  const auto own = exchange.plan("1540", trip({"KGZ"}, "2027-03-10"));
  const auto elsewhere = exchange.plan("1373", trip({"MNG"}, "2027-03-10"));
  const auto cancelled = exchange.plan("1373", trip({"KGZ"}, "2027-03-10"));
  exchange.change("1373", cancelled, {{"status", "cancelled"}});
  for (const auto& into : {elsewhere, cancelled, own, std::string("1373-V-2027-0099"), std::string("there")}) {
    const auto draft = exchange.at("1540").change(own, 1, {{"merged_into", into}}, kVisitsNow);
    ASSERT_FALSE(draft) << into;
    EXPECT_TRUE(draft.error().what.starts_with("merged_into: ")) << draft.error().what;
    EXPECT_FALSE(draft.error().hint.empty()) << into;
  }
  EXPECT_EQ(exchange.at("1540").change(own, 1, {{"status", "merged"}}, kVisitsNow).error().code, Code::kTransition);
}

TEST(Today, SoonIsWhatTakesPlaceSoon) {
  VisitsExchange exchange;
  exchange.plan("1540", trip({"KGZ"}, "2027"));
  exchange.plan("1373", {{"states", {"TJK"}}, {"components", {{{"mode", "virtual"}, {"start", "2027-01-11"}}, {{"start", "2027-06-07"}}}}});
  const auto soon = exchange.plan("1267", trip({"MNG"}, "2027-03-14"));
  exchange.plan("1267", trip({"MNG"}, "2027-03-17"));
  const auto page = *exchange.at("1540").today(kVisitsNow, *parse_date("2027-03-01"));
  ASSERT_EQ(page["soon"].size(), 1U) << page["soon"].dump(1);
  EXPECT_EQ(page["soon"][0]["id"], soon);
}

TEST(Merge, ANewVisitGoesOnInNoOther) {
  VisitsExchange exchange;
  const auto into = exchange.plan("1373", trip({"KGZ"}, "2027-03-08"));
  const auto draft = exchange.at("1540").plan(with(trip({"KGZ"}, "2027-03-08"), {{"merged_into", into}}), Visits::Origin::kOfficer, kVisitsNow);
  ASSERT_FALSE(draft);
  EXPECT_EQ(draft.error().what, "merged_into: a new visit does not go on in another");
}

}  // namespace
}  // namespace liaison
