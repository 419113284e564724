// SPDX-License-Identifier: Apache-2.0
// What experts are bound to: two at once, too early, too late, too often, or a place that nobody has.
#include "nodes/domain/bookings.h"

#include <gmock/gmock.h>

#include "schemas/dates.h"
#include "tests/nodes/records_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using Kind = OverBooked::Kind;

class Bookings : public testing::Test {
 protected:
  static json bound(const char* record, const char* begins, const char* ends = "") {
    return {{"record", record}, {"begins", begins}, {"ends", ends}};
  }
  ExpertBookings of(const json& assigned, const json& beside = json::object(), const BookingPeriod& period = {},
                    const char* today = "2027-01-01") {
    json fields = {{"designation", "expert on export control, post 3"},
                   {"body", "group_of_experts"},
                   {"status", "available"},
                   {"assigned", assigned},
                   {"source", "the roster of 2027"}};
    fields.update(beside);
    const auto id = records.create("1540", "expert", fields, Records::Origin::kHistorical);
    place_ = *records.at("1373").newest(id);
    return bookings_of(place_, period, *parse_date(today));
  }
  static std::vector<Kind> kinds(const ExpertBookings& found) {
    std::vector<Kind> out;
    for (const OverBooked& one : found.findings) out.push_back(one.kind);
    return out;
  }
  RecordsExchange records;
  Record place_;
};

constexpr const char* kOne = "1540-V-2027-0001";
constexpr const char* kTwo = "1373-V-2027-0002";
constexpr const char* kThree = "1540-T-2027-0003";

TEST_F(Bookings, TwoAssignmentsThatShareADayAreSaidWithTheDaysAndBothRecords) {
  const auto found = of({bound(kTwo, "2027-03-12", "2027-03-15"), bound(kOne, "2027-03-08", "2027-03-12")});
  ASSERT_THAT(found.bookings, SizeIs(2));
  EXPECT_EQ(found.bookings[0].record, kOne) << "in the order of their days";
  ASSERT_THAT(kinds(found), ElementsAre(Kind::kSameDays));
  const OverBooked& one = found.findings[0];
  EXPECT_TRUE(one.certain);
  EXPECT_THAT(one.records, ElementsAre(kOne, kTwo));
  EXPECT_EQ(one.days, (DaySpan{*parse_date("2027-03-12"), *parse_date("2027-03-12")}));
  EXPECT_EQ(one.sentence,
            "expert on export control, post 3 (" + place_.record_id +
                ") is bound to two at once on 2027-03-12: "
                "1540-V-2027-0001 (2027-03-08 to 2027-03-12) and 1373-V-2027-0002 (2027-03-12 to 2027-03-15)");
}

TEST_F(Bookings, DaysThatFollowEachOtherAreNoTrouble) {
  EXPECT_THAT(of({bound(kOne, "2027-03-08", "2027-03-12"), bound(kTwo, "2027-03-13", "2027-03-15")}).findings,
              IsEmpty());
}

TEST_F(Bookings, WhatIsKnownToTheMonthOnlyMayBeSoAndIsSaidAsThat) {
  const auto found = of({bound(kOne, "2027-03-08", "2027-03-12"), bound(kTwo, "2027-03")});
  ASSERT_THAT(kinds(found), ElementsAre(Kind::kSameDays));
  EXPECT_FALSE(found.findings[0].certain);
  EXPECT_THAT(found.findings[0].sentence, HasSubstr("may be bound to two at once"));
  EXPECT_THAT(found.findings[0].sentence, HasSubstr("the dates say no more"));
}

TEST_F(Bookings, AMonthThatLiesWholeInAnotherAssignmentIsCertain) {
  const auto found = of({bound(kOne, "2027-02-01", "2027-05-31"), bound(kTwo, "2027-03")});
  ASSERT_THAT(kinds(found), ElementsAre(Kind::kSameDays));
  EXPECT_TRUE(found.findings[0].certain);
  EXPECT_THAT(found.findings[0].sentence, Not(HasSubstr("may be")));
}

TEST_F(Bookings, OutsideTheDaysOnWhichTheExpertCanBeAsked) {
  const json limits = {{"begins", "2027-03-10"}, {"ends", "2027-06-30"}};
  const auto early = of(json::array({bound(kOne, "2027-03-08", "2027-03-12")}), limits);
  ASSERT_THAT(kinds(early), ElementsAre(Kind::kNotAvailable));
  EXPECT_TRUE(early.findings[0].certain);
  EXPECT_THAT(early.findings[0].sentence, HasSubstr("before 2027-03-10, when the expert cannot be asked for yet"));
  EXPECT_THAT(of(json::array({bound(kOne, "2027-06-29", "2027-07-01")}), limits).findings.at(0).sentence,
              HasSubstr("after 2027-06-30"));
  EXPECT_FALSE(of(json::array({bound(kOne, "2027-03")}), limits).findings.at(0).certain);
  EXPECT_THAT(of(json::array({bound(kOne, "2027-03-10", "2027-06-30")}), limits).findings, IsEmpty());
}

TEST_F(Bookings, APlaceThatNobodyHasIsBoundOnlyToWhatIsOver) {
  const json assigned = json::array({bound(kOne, "2027-03-08", "2027-03-12")});
  const json former = {{"status", "former"}, {"former", true}};
  ASSERT_THAT(kinds(of(assigned, former)), ElementsAre(Kind::kStatus));
  EXPECT_THAT(of(assigned, former).findings[0].sentence, HasSubstr("is former and bound to 1540-V-2027-0001"));
  EXPECT_THAT(of(assigned, former, {}, "2027-03-13").findings, IsEmpty());
  EXPECT_THAT(of(assigned, {{"status", "assigned"}}).findings, IsEmpty());
}

TEST_F(Bookings, MoreDaysInAYearThanThePlaceAllowsAndSharedDaysCountOnce) {
  const json ten = {bound(kOne, "2026-12-28", "2027-01-05"), bound(kThree, "2027-04-01", "2027-04-05")};
  EXPECT_THAT(of(ten, {{"days_a_year", 10U}}).findings, IsEmpty()) << "five and five days of 2027, four of 2026";
  const auto found = of(ten, {{"days_a_year", 9U}});
  ASSERT_THAT(kinds(found), ElementsAre(Kind::kTooManyDays));
  EXPECT_THAT(found.findings[0].sentence, HasSubstr("is away on 10 days of 2027, and 9 are the most"));
  EXPECT_THAT(found.findings[0].records, ElementsAre(kOne, kThree));
  const json shared = {bound(kOne, "2027-01-01", "2027-01-05"), bound(kTwo, "2027-01-03", "2027-01-07")};
  EXPECT_THAT(kinds(of(shared, {{"days_a_year", 7U}})), ElementsAre(Kind::kSameDays));
  EXPECT_FALSE(of(json::array({bound(kOne, "2027-03")}), {{"days_a_year", 5U}}).findings.at(0).certain);
}

TEST_F(Bookings, OnlyTheDaysThatWereAskedForAreTold) {
  const json assigned = {bound(kOne, "2027-03-08", "2027-03-12"), bound(kTwo, "2027-03-12"),
                         bound(kThree, "2027-09-01")};
  const auto autumn = of(assigned, json::object(), {parse_date("2027-08-01"), std::nullopt});
  ASSERT_THAT(autumn.bookings, SizeIs(1));
  EXPECT_EQ(autumn.bookings[0].record, kThree);
  EXPECT_THAT(autumn.findings, IsEmpty());
  EXPECT_THAT(of(assigned, json::object(), {std::nullopt, parse_date("2027-03-31")}).findings, SizeIs(1));
}

// Of a place whose assignments are over nothing can be found from the next year on: it is not looked at, however many there are.
TEST_F(Bookings, APlaceIsLookedAtUntilTheEndOfTheYearOfItsLastAssignment) {
  of({bound(kOne, "2025-03-08", "2025-03-12"), bound(kTwo, "2026-03-08")});
  const std::string over = place_.record_id;
  EXPECT_EQ(booked_until(place_), parse_date("2026-12-31"));
  of(json::array());
  EXPECT_EQ(booked_until(place_), std::nullopt);
  of(json::array({bound(kOne, "2027-03-08", "2027-03-12")}));
  const std::string bound_now = place_.record_id;
  const auto looked_at = [&](const char* day) {
    std::vector<std::string> out;
    const auto found = records.at("1373").booked_after(*parse_date(day), 10);
    EXPECT_TRUE(found);
    for (const Record& one : found.value_or(std::vector<Record>())) out.push_back(one.record_id);
    return out;
  };
  EXPECT_THAT(looked_at("2026-12-31"), ElementsAre(over, bound_now));
  EXPECT_THAT(looked_at("2027-01-01"), ElementsAre(bound_now));
  records.publish("1540", *records.change("1540", bound_now, {{"assigned", json::array()}}));
  EXPECT_THAT(looked_at("2027-01-01"), IsEmpty());
  EXPECT_THAT(looked_at("2026-12-31"), ElementsAre(over));
}

TEST_F(Bookings, NoMoreThanFiftyAreToldOfOnePlace) {
  json assigned = json::array();
  for (int i = 0; i < 12; ++i)
    assigned.push_back(
        bound(record_id_text(member("1540"), "T", 2027, 100 + static_cast<std::uint64_t>(i)).c_str(), "2027-03-08"));
  const auto found = of(assigned);
  EXPECT_THAT(found.findings, SizeIs(kOverBookedMax));
  EXPECT_TRUE(found.more) << "there are 66";
}

}  // namespace
}  // namespace liaison
