// SPDX-License-Identifier: Apache-2.0
// What people and machines see: tables, CSV, days and times, pages.
#include <gmock/gmock.h>

#include <sstream>

#include "nodes/cli/broker_page.h"
#include "nodes/cli/table.h"
#include "nodes/cli/visit_print.h"
#include "nodes/files/when.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::string table(const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows) {
  std::ostringstream out;
  print_table(out, heads, rows);
  return out.str();
}

std::string csv(const std::vector<std::string>& cells) {
  std::ostringstream out;
  print_csv_line(out, cells);
  return out.str();
}

TEST(Table, WideAndCombiningCharactersKeepColumnsStraight) {
  EXPECT_EQ(table({"State", "n"}, {{"中国", "1"}, {"Côte", "2"}, {"Co\u0302te", "3"}}), "State  n\n中国   1\nCôte   2\nCo\u0302te   3\n");
}

TEST(Table, TextThatWouldTurnTheReadingDirectionOrMoveTheCursorIsShownInstead) {
  const std::string text = table({"title"}, {{"a\u202Eb\x1b[31mc\nd"}});
  EXPECT_THAT(text, Not(HasSubstr("\u202E")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(Table, ALongCellIsCutAtAWholeCharacter) {
  std::string longest;
  for (int i = 0; i < 50; ++i) longest += "中";
  const std::string text = table({"t"}, {{longest}});
  EXPECT_THAT(text, HasSubstr("中...\n"));
}

TEST(CsvOutput, CellsThatNeedItAreQuoted) { EXPECT_EQ(csv({"a", "b,c", "d\"e", "f\ng", ""}), "a,\"b,c\",\"d\"\"e\",\"f\ng\",\r\n"); }

TEST(CsvOutput, ACellNeverStartsAFormula) { EXPECT_EQ(csv({"=1+1", "+x", "-y", "@z", "1=1"}), "'=1+1,'+x,'-y,'@z,1=1\r\n"); }

TEST(When, DaysAreSaidAsPeopleSayThem) {
  EXPECT_EQ(people_days("2027-03-08", "2027-03-12", "day"), "8-12 March 2027");
  EXPECT_EQ(people_days("2027-03-30", "2027-04-02", "day"), "30 March - 2 April 2027");
  EXPECT_EQ(people_days("2027-12-30", "2028-01-02", "day"), "30 December 2027 - 2 January 2028");
  EXPECT_EQ(people_days("2027-03-08", "2027-03-08", "day"), "8 March 2027");
  EXPECT_EQ(people_days("2009-01", "2009-02", "month"), "January 2009 - February 2009");
  EXPECT_EQ(people_days("2005", "2005", "year"), "2005");
  EXPECT_EQ(people_days("", "2014-01-17", "end_day"), "until 17 January 2014");
  EXPECT_EQ(people_days("2018", "2023", "period"), "between 2018 and 2023");
  EXPECT_EQ(people_days("", "", "unknown"), "days not known");
}

TEST(When, TimesStandInTheZoneAskedForSummerAndWinter) {
  EXPECT_EQ(people_time("2026-11-23T09:30:00.000Z", "America/New_York"), "2026-11-23 04:30 EST");
  EXPECT_EQ(people_time("2026-07-01T09:30:00Z", "America/New_York"), "2026-07-01 05:30 EDT");
  EXPECT_EQ(people_time("2026-11-23T09:30:00.999Z", "UTC"), "2026-11-23 09:30 UTC");
  EXPECT_EQ(people_time("", "UTC"), "");
  EXPECT_EQ(people_time("soon", "UTC"), "soon");
  EXPECT_EQ(people_instant("2026-11-23T09:30:01.234Z", "America/New_York"), "2026-11-23 04:30:01.234 EST");
}

TEST(When, AnUnknownZoneIsRefusedWithOnesThatExist) {
  ASSERT_TRUE(check_zone("Europe/Vienna").has_value());
  const auto zone = check_zone("Europe/Geneva-on-Sea");
  ASSERT_FALSE(zone.has_value());
  EXPECT_EQ(zone.error().code, Code::kUsage);
  EXPECT_THAT(zone.error().hint, HasSubstr("Vienna"));
}

TEST(Cell, NestedFieldsListsAndNullsArePrintedPlainly) {
  const json item = json::parse(R"({"a": {"b": ["x", "y"]}, "n": null, "i": 7, "f": true})");
  EXPECT_EQ(cell_of(item, "a.b"), "x, y");
  EXPECT_EQ(cell_of(item, "a.b", ";"), "x;y");
  EXPECT_EQ(cell_of(item, "n"), "");
  EXPECT_EQ(cell_of(item, "i"), "7");
  EXPECT_EQ(cell_of(item, "f"), "true");
  EXPECT_EQ(cell_of(item, "a.c.d"), "");
}

TEST(VisitPage, NamesDaysAnswersAndWhomToCall) {
  const json visit = json::parse(R"({"id": "1540-V-2027-0001", "title": "Action plan", "states": [{"alpha3": "KGZ", "name": "Kyrgyzstan"}],
    "components": [{"mode": "virtual", "start": "2027-03-08", "end": "2027-03-12", "precision": "day", "places": ["Bishkek"]}], "lead": "1540",
    "kind": "invited_visit", "status": "invited", "aims": ["action_plan"], "consent": {"status": "requested"}, "invitation": null, "marking": "committees",
    "recipients": ["1267", "1373"], "message_id": "abcd", "index": null, "accepted_at": null, "delivery": "queued", "revision": 1,
    "answers": [{"from": "1267", "answer": "joins", "body": "Monitoring Team", "text": "one expert", "contact": "1267 desk", "source": "SC/1",
                 "said_of": "revision 1, then 2027-02",
                 "unverified": true, "accepted_at": "2026-11-23T09:30:00.000Z"}],
    "findings": [{"kind": "overlap", "sentence": "both there", "contacts": [{"committee": "1373", "contact": "visits desk"}], "suggest": ["merge"]}],
    "more": ["and 20 more visits of 1373 in or near the same days"]})");
  const std::string page = visit_page(visit, "UTC");
  for (const char* part : {"Kyrgyzstan (KGZ)", "8-12 March 2027 (virtual)", "Bishkek", "not yet in the log", "1267 joins, Monitoring Team",
                           "said so of revision 1, then 2027-02", "one expert", "call 1267 desk", "source SC/1", "not verified",
                           "overlap: both there", "call 1373: visits desk", "you could make one visit of them",
                           "\nand 20 more visits of 1373 in or near the same days\n"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
}

TEST(VisitPage, AFindingDoesNotSendAnOfficerToTheOwnDesk) {
  const json finding = json::parse(
      R"({"kind": "overlap", "sentence": "s", "contacts": [{"committee": "1540", "contact": "own"}, {"committee": "1373", "contact": "theirs"}]})");
  const std::string lines = finding_lines(finding, "1540");
  EXPECT_THAT(lines, HasSubstr("theirs"));
  EXPECT_THAT(lines, Not(HasSubstr("own")));
}

TEST(HistoryPage, DaysThatChangedAreSaidAsDays) {
  const json history =
      json::parse(R"({"items": [{"revision": 2, "accepted_at": "2026-11-23T09:30:00.000Z", "delivery": "accepted", "message_id": "ab",
    "changed": {"components": {"from": [{"start": "2027-05-10", "end": "2027-05-14", "precision": "day"}],
                               "to": [{"start": "2027-06", "end": "2027-06", "precision": "month"}]},
                "aims": {"from": [], "to": ["action_plan", "future_steps"]}}}]})");
  EXPECT_THAT(history_page(history, "UTC"), HasSubstr("10-14 May 2027 -> June 2027"));
  EXPECT_THAT(history_page(history, "UTC"), HasSubstr("-> action_plan, future_steps"));
}

TEST(BrokerPage, SaysWhetherItIsReadyAndWhyNot) {
  const json status = json::parse(R"({"version": "0.1.0", "ready": false,
    "checks": [{"name": "roster", "good": false, "reason": "waiting for the first roster"}],
    "roster": null, "log": {"size": 0, "root": "e3b0", "bytes": 1}, "clock": {"trusted": true, "reason": ""}, "connected": {"1267": 0, "1540": 2}})");
  const std::string page = broker_page(status);
  EXPECT_THAT(page, HasSubstr("NOT READY"));
  EXPECT_THAT(page, HasSubstr("waiting for the first roster"));
  EXPECT_THAT(page, HasSubstr("1267 0, 1540 2"));
  EXPECT_THAT(page, Not(HasSubstr("expires")));
}

TEST(WriteLines, ADryRunSaysThatNothingWasSent) {
  const json answer = json::parse(
      R"({"id": "1540-V-2027-0001", "revision": 1, "message_id": null, "state": "dry_run", "recipients": [{"member": "1267", "name": "1267"}],
    "rule": "p1", "basis": "S/RES/1977 (2011) 19", "warnings": []})");
  const std::string lines = write_lines(answer);
  EXPECT_THAT(lines, HasSubstr("nothing was sent"));
  EXPECT_THAT(lines, HasSubstr("rule p1: S/RES/1977 (2011) 19"));
}

TEST(WriteLines, BeforeThePolicyIsKnownTheyNameNoRule) {
  const json answer = json::parse(R"({"id": "1540-V-2027-0001", "state": "dry_run", "recipients": [{"member": "1267"}], "rule": "", "basis": ""})");
  EXPECT_THAT(write_lines(answer), HasSubstr("a rule that is not known yet: the node gets the policy at its first contact with the broker"));
  EXPECT_THAT(write_lines(answer), HasSubstr("liaison status"));
  EXPECT_THAT(write_lines(answer), Not(HasSubstr("rule :")));
}

}  // namespace
}  // namespace liaison
