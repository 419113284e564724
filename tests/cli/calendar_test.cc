// SPDX-License-Identifier: Apache-2.0
// The calendar as people see it: every character of a month and a year, whatever the names and titles are.
#include "nodes/cli/calendar_page.h"

#include <gmock/gmock.h>

#include <sstream>

#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

json part(const std::string& first, const std::string& last, const std::string& precision = "day", const std::string& mode = "on_site") {
  return {{"mode", mode}, {"first", first}, {"last", last}, {"precision", precision}};
}

json item(const std::string& id, const std::vector<std::string>& states, json parts, const json& more = json::object()) {
  json out = {{"id", id}, {"lead", id.substr(0, 4)}, {"status", "scheduled"}, {"stands", true}, {"unverified", false}, {"with", json::array()},
              {"parts", std::move(parts)}};
  for (const auto& state : states) out["states"].push_back({{"alpha3", state.substr(0, 3)}, {"name", state}});
  out.update(more);
  return out;
}

json page(json items) { return {{"items", std::move(items)}, {"state", ""}, {"more", 0}, {"undated", 0}, {"days_not_known", 0}}; }

std::string drawn(const json& page, const std::string& time, bool colour = false) {
  std::ostringstream out, err;
  std::istringstream in;
  Console console{out, err, in};
  console.colour = colour;
  const auto when = parse_calendar_time(time);
  EXPECT_TRUE(when.has_value());
  return when->month == 0 ? year_page(page, *when, console) : month_page(page, *when, console);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(CalendarTime, AMonthOrAYearIsRead) {
  EXPECT_EQ(calendar_name(*parse_calendar_time("2027-03")), "March 2027");
  EXPECT_EQ(calendar_name(*parse_calendar_time("2027")), "2027");
  EXPECT_EQ(last_day_of(*parse_calendar_time("2028-02")) - first_day_of(*parse_calendar_time("2028-02")) + 1, 29);
  EXPECT_EQ(last_day_of(*parse_calendar_time("2028")) - first_day_of(*parse_calendar_time("2028")) + 1, 366);
  for (const std::string wrong : {"", "march", "2027-13", "2027-3", "27", "2027-03-01", "20x7", "-027"}) {
    const auto time = parse_calendar_time(wrong);
    ASSERT_FALSE(time.has_value()) << wrong;
    EXPECT_EQ(time.error().code, Code::kUsage);
    EXPECT_THAT(time.error().hint, HasSubstr("2027-03"));
  }
}

TEST(CalendarPage, AMonthShowsEachVisitDayByDayWithoutColour) {
  const json with = {{{"committee", "1267"}, {"agreed", true}, {"answer", "joins"}}, {{"committee", "1373"}, {"agreed", false}, {"answer", "advises"}}};
  const std::string text = drawn(
      page({item("1540-V-2026-0007", {"Kyrgyzstan"}, {part("2027-03-08", "2027-03-09")}, {{"with", with}}),
            item("1373-V-2026-0080", {"Kyrgyzstan"}, {part("2027-03-01", "2027-03-12")}, {{"status", "proposed"}, {"unverified", true}}),
            item("1267-V-2026-0001", {"Austria"}, {part("2027-03-01", "2027-03-31", "month"), part("2027-03-05", "2027-03-07", "day", "virtual")})}),
      "2027-03");
  EXPECT_EQ(text,
            "March 2027\n"
            "                     1111111111222222222233\n"
            "            1234567890123456789012345678901\n"
            "State       MTWTFSSMTWTFSSMTWTFSSMTWTFSSMTW  record            status\n"
            "Austria     ????~~~????????????????????????  1267-V-2026-0001  scheduled\n"
            "Kyrgyzstan  ############::.....::.....::...  1373-V-2026-0080  not verified, proposed\n"
            "            .....::**...::.....::.....::...  1540-V-2026-0007  scheduled, with 1267, 1373 would a...\n"
            "                   ^^\n"
            "\n"
            "= 1267   # 1373   * 1540   ~ virtual   ? only the month is known   : weekend\n"
            "^ more than one committee\n"
            "1373 and 1540 are both in Kyrgyzstan on 8 to 9 March\n");
}

TEST(CalendarPage, VisitsToSeveralStatesAreOnlySaidToHaveThemInTheirPlans) {
  const std::string text = drawn(page({item("1540-V-2026-0007", {"Kyrgyzstan", "Tajikistan"}, {part("2027-03-08", "2027-03-09")}),
                                       item("1373-V-2026-0080", {"Kyrgyzstan"}, {part("2027-03-09", "2027-03-12")}),
                                       item("1267-V-2026-0080", {"Tajikistan"}, {part("2027-03-09", "2027-03-12")}, {{"stands", false}})}),
                                 "2027-03");
  EXPECT_THAT(text, HasSubstr("1373 and 1540 both have Kyrgyzstan in their plans on 9 March\n"));
  EXPECT_THAT(text, Not(HasSubstr("Tajikistan in their plans"))) << "a visit that does not stand meets nobody";
}

TEST(CalendarPage, StretchesOfTheSameCommitteesAreOneSentence) {
  const std::string text = drawn(page({item("1540-V-2026-0007", {"Kyrgyzstan"}, {part("2027-03-01", "2027-03-02"), part("2027-03-10", "2027-03-10")}),
                                       item("1373-V-2026-0080", {"Kyrgyzstan"}, {part("2027-02-20", "2027-04-12")}),
                                       item("1267-V-2026-0080", {"Kyrgyzstan"}, {part("2027-03-20", "2027-03-20", "day", "virtual")})}),
                                 "2027-03");
  EXPECT_THAT(text, HasSubstr("1373 and 1540 are both in Kyrgyzstan on 1 to 2 and 10 March\n"));
  EXPECT_THAT(text, Not(HasSubstr("1267 and"))) << "nobody is there by video";
}

TEST(CalendarPage, AYearShowsAWeekAColumn) {
  const json turns = {part("2026-12-20", "2027-01-03"), part("2027-12-31", "2028-02-02", "day", "virtual")};
  const auto lines = lines_of(drawn(page({item("1540-V-2026-0007", {"Kyrgyzstan"}, {part("2027-03-08", "2027-03-09")}),
                                          item("1373-V-2026-0080", {"Kyrgyzstan"}, {part("2027-03-10", "2027-03-19")}),
                                          item("1373-V-2026-0081", {"Austria"}, turns)}),
                                    "2027"));
  ASSERT_GE(lines.size(), 4U);
  EXPECT_EQ(lines[1], "State       Jan  Feb Mar Apr May  Jun Jul Aug  Sep Oct  Nov Dec");
  EXPECT_EQ(lines[2], "Austria     #...................................................~  1 visit");
  EXPECT_EQ(lines[3], "Kyrgyzstan  ..........!#.........................................  2 visits");
}

TEST(CalendarPage, EveryYearHasFiftyThreeColumns) {
  for (int year = 2020; year <= 2048; ++year) {
    const std::string name = std::to_string(year);
    const auto lines = lines_of(drawn(page({item("1540-V-2026-0007", {"Austria"}, {part(name + "-01-01", name + "-12-31")})}), name));
    EXPECT_EQ(lines.at(2), "Austria  " + std::string(53, '*') + "  1 visit") << year;
  }
}

TEST(CalendarPage, NoLineIsWiderThanAHundredColumnsAndWideCharactersKeepThem) {
  std::string wide, longest = "1540-V-2026-000000000000000000001";
  for (int i = 0; i < 40; ++i) wide += "中";
  json items = json::array();
  for (const auto& [lead, state] : std::map<std::string, std::string>{{"1267", wide}, {"1373", wide}, {"1540", "Åland\u202E\x1b[31m"}, {"9001", "中国"}}) {
    items.push_back(item(lead + longest.substr(4), {state}, {part("2027-03-01", "2027-03-31")}, {{"status", "approved_by_committee"}, {"unverified", true}}));
  }
  for (const std::string time : {"2027-03", "2027"}) {
    const std::string text = drawn(page(items), time);
    EXPECT_THAT(text, Not(HasSubstr("\u202E")));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    std::set<std::size_t> begins;
    for (const auto& line : lines_of(text)) {
      EXPECT_LE(display_width(line), 100U) << line;
      const auto run = std::min({line.find("====="), line.find("#####"), line.find("*****"), line.find("+++++"), line.find("!!!!!")});
      if (run != std::string::npos) begins.insert(display_width(line.substr(0, run)));
    }
    EXPECT_EQ(begins.size(), 1U) << text;
  }
}

TEST(CalendarPage, ColoursOnlyRepeatTheCharacters) {
  const json one = page({item("1540-V-2026-0007", {"Kyrgyzstan"}, {part("2027-03-08", "2027-03-09")})});
  std::string text = drawn(one, "2027-03", true);
  EXPECT_THAT(text, HasSubstr("\x1b[32m**\x1b[0m"));
  for (const std::string code : {"\x1b[32m", "\x1b[0m"}) {
    for (auto at = text.find(code); at != std::string::npos; at = text.find(code)) text.erase(at, code.size());
  }
  EXPECT_EQ(text, drawn(one, "2027-03"));
}

TEST(CalendarPage, WhatIsNotDrawnIsCounted) {
  json empty = page(json::array());
  EXPECT_THAT(calendar_asides(empty, {2027, 3}), IsEmpty());
  empty.update({{"more", 3}, {"undated", 2}, {"days_not_known", 1}});
  EXPECT_THAT(calendar_asides(empty, {2027, 3}),
              ElementsAre("3 more visits in these days not shown: narrow it with --state or --committee", "2 visits of 2027 have no known month",
                          "1 visit has no known days at all"));
}

}  // namespace
}  // namespace liaison
