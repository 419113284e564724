// SPDX-License-Identifier: Apache-2.0
// Calendar files: what is written is what RFC 5545 asks for, byte by byte; what is read may come from anywhere.
#include "nodes/files/icalendar.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "nodes/cli/visit_export.h"
#include "nodes/files/visit_files.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

json visit(const json& more = json::object()) {
  json out = json::parse(R"({"id": "1373-V-2027-0001", "revision": 3, "lead": "1373", "status": "proposed", "kind": "follow_up", "title": "Border control",
    "states": [{"alpha3": "KGZ", "name": "Kyrgyzstan"}], "aims": [], "consent": {"status": "requested", "date": "", "reference": "", "signed_by": ""},
    "components": [{"mode": "on_site", "start": "2027-03-08", "end": "2027-03-12", "precision": "day", "places": ["Bishkek"]}],
    "invitation": null, "participation": [], "paragraph": "p", "contact": "visits desk", "note": "", "source": "", "unverified": false,
    "merged_into": "", "reports": [], "marking": "committees", "recipients": ["1267", "1540"], "accepted_at": "2026-11-23T09:00:01.250Z"})");
  out.update(more);
  return out;
}

json component(const std::string& start, const std::string& end, const std::string& precision, const std::string& mode = "on_site") {
  return {{"mode", mode}, {"start", start}, {"end", end}, {"precision", precision}, {"places", json::array()}};
}

std::string written(const json& one) { return icalendar_of(json::array({one})); }

std::string unfolded(std::string text) {
  for (auto at = text.find("\r\n "); at != std::string::npos; at = text.find("\r\n ")) text.erase(at, 3);
  return text;
}

std::string events(const std::string& lines) { return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + lines + "END:VCALENDAR\r\n"; }
std::string event(const std::string& lines) { return events("BEGIN:VEVENT\r\nUID:x@example.org\r\n" + lines + "END:VEVENT\r\n"); }

// What an import of the file says: the first thing that is wrong in it.
std::string trouble(const std::string& text, const std::string& name = "visits.ics") {
  const auto plan = plan_of_file(text, name, "1373", Others::kRefused);
  const auto said = [](const std::string& what, const std::string& hint) {
    EXPECT_EQ(what.find('\n'), std::string::npos);
    EXPECT_FALSE(hint.empty()) << what;
    return what;
  };
  if (!plan) return said(plan.error().what, plan.error().hint);
  return plan->errors.empty() ? "" : said(plan->errors[0].detail, plan->errors[0].hint);
}

std::string days(const std::string& lines) {
  const auto entries = parse_icalendar(event(lines));
  if (!entries) return entries.error().what;
  const auto found = days_of(entries->at(0));
  return found ? found->first + "/" + found->last : found.error().what;
}

TEST(CalendarWriting, APartIsAnAllDayEventWhoseEndIsExclusive) {
  const std::string text = written(visit());
  EXPECT_THAT(text, testing::StartsWith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Liaison//"));
  EXPECT_THAT(text, testing::EndsWith("END:VEVENT\r\nEND:VCALENDAR\r\n"));
  for (const char* line : {"METHOD:PUBLISH", "BEGIN:VEVENT", "UID:1373-V-2027-0001.1@liaison", "DTSTAMP:20261123T090001Z", "LAST-MODIFIED:20261123T090001Z",
                           "SEQUENCE:2", "DTSTART;VALUE=DATE:20270308", "DTEND;VALUE=DATE:20270313", "STATUS:TENTATIVE", "CATEGORIES:1373",
                           "SUMMARY:1373: Kyrgyzstan: Border control", "LOCATION:Bishkek\\, Kyrgyzstan", "CONTACT:visits desk", "CLASS:CONFIDENTIAL",
                           "TRANSP:TRANSPARENT"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\r\n") + line + "\r\n"));
  }
  EXPECT_EQ(text, written(visit())) << "the same visit gives the same bytes";
  EXPECT_THAT(written(visit({{"accepted_at", nullptr}})), HasSubstr("\r\nDTSTAMP:19700101T000000Z\r\n"));
}

TEST(CalendarWriting, TheStatusSaysWhetherItIsFixed) {
  const std::map<std::string, std::string> words = {{"consent_granted", "TENTATIVE"}, {"scheduled", "CONFIRMED"}, {"closed", "CONFIRMED"},
                                                    {"merged", "CANCELLED"}, {"withdrawn_consent", "CANCELLED"}};
  for (const auto& [status, word] : words) EXPECT_THAT(written(visit({{"status", status}})), HasSubstr("\r\nSTATUS:" + word + "\r\n")) << status;
  EXPECT_THAT(written(visit({{"marking", "public"}})), HasSubstr("\r\nCLASS:PUBLIC\r\n"));
}

TEST(CalendarWriting, EachPartHasAnEntryAndTheFirstCarriesTheVisit) {
  const json parts = {component("2027-02", "2027-02", "month"), component("2027-03-30", "2027-03-31", "day", "virtual"), component("2027", "2027", "year"),
                      component("", "2027-12-31", "end_day"), component("", "", "unknown")};
  const std::string text = unfolded(written(visit({{"components", parts}})));
  EXPECT_THAT(text, HasSubstr("DTSTART;VALUE=DATE:20270201\r\nDTEND;VALUE=DATE:20270301\r\n"));
  EXPECT_THAT(text, HasSubstr("SUMMARY:1373: Kyrgyzstan: Border control (days not known)\r\n"));
  EXPECT_THAT(text, HasSubstr("DTEND;VALUE=DATE:20270401\r\n"));
  EXPECT_THAT(text, HasSubstr("SUMMARY:1373: Kyrgyzstan: Border control (virtual)\r\n"));
  EXPECT_THAT(text, HasSubstr("DTSTART;VALUE=DATE:20271231\r\nDTEND;VALUE=DATE:20280101\r\n"));
  const auto journal = text.find("BEGIN:VJOURNAL\r\nUID:1373-V-2027-0001.3@liaison");
  ASSERT_NE(journal, std::string::npos);
  const std::string entry = text.substr(journal, text.find("END:VJOURNAL", journal) - journal);
  for (const char* absent : {"DTSTART", "DTEND", "LOCATION", "TRANSP"}) EXPECT_THAT(entry, Not(HasSubstr(absent)));
  EXPECT_THAT(entry, HasSubstr("STATUS:DRAFT\r\n"));
  EXPECT_EQ(text.find("X-LIAISON-VISIT"), text.rfind("X-LIAISON-VISIT"));
  EXPECT_LT(text.find("X-LIAISON-VISIT"), text.find("UID:1373-V-2027-0001.2@liaison"));
}

TEST(CalendarWriting, TextIsEscapedAndFoldedAtSeventyFiveOctetsBetweenCharacters) {
  std::string title = "semi;colon, comma \\ back ";
  for (int i = 0; i < 60; ++i) title += i % 2 == 0 ? "中" : "ş";
  const std::string text = written(visit({{"title", title}, {"note", "one\ntwo"}}));
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find("\r\n", at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - at, 75U);
    EXPECT_TRUE(check_text(text.substr(at, end - at), 75, Lines::kOne).has_value()) << "a character was cut: " << text.substr(at, end - at);
    at = end + 2;
  }
  EXPECT_THAT(unfolded(text), HasSubstr("semi\\;colon\\, comma \\\\ back "));
  EXPECT_THAT(unfolded(text), HasSubstr("\\none\\ntwo\\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), std::count(text.begin(), text.end(), '\r'));
  const auto entries = parse_icalendar(text);
  ASSERT_TRUE(entries.has_value());
  EXPECT_EQ(entries->at(0).value("SUMMARY"), "1373: Kyrgyzstan: " + title);
}

// Some readers look for the ends of lines before they look for backslashes.
TEST(CalendarWriting, TheVisitInAnEventHoldsNoEscapeThatAReaderCouldMistake) {
  const json one = visit({{"note", "one\ntwo \\n \\ \"three\"\tfour"}, {"title", "C:\\new;\\,"}});
  const std::string text = unfolded(written(one));
  const auto at = text.find("X-LIAISON-VISIT:");
  const std::string line = text.substr(at, text.find("\r\n", at) - at);
  for (const char* mistaken : {"\\n", "\\N", "\\\"", "\\t"}) EXPECT_THAT(line, Not(HasSubstr(mistaken)));
  const auto entries = parse_icalendar(text);
  EXPECT_EQ(json::parse(entries->at(0).value("X-LIAISON-VISIT"), nullptr, false), portable_visit(one));
}

TEST(CalendarReading, DaysAndTimesAreInclusiveDays) {
  EXPECT_EQ(days("DTSTART;VALUE=DATE:20270308\r\nDTEND;VALUE=DATE:20270313\r\n"), "2027-03-08/2027-03-12");
  EXPECT_EQ(days("DTSTART;VALUE=DATE:20270308\r\n"), "2027-03-08/2027-03-08");
  EXPECT_EQ(days("DTSTART;VALUE=DATE:20270308\r\nDTEND;VALUE=DATE:20270308\r\n"), "2027-03-08/2027-03-08");
  EXPECT_EQ(days("DTSTART;VALUE=DATE:20270308\r\nDURATION:P5D\r\n"), "2027-03-08/2027-03-12");
  EXPECT_EQ(days("DTSTART;VALUE=DATE:20270308\r\nDURATION:P1W\r\n"), "2027-03-08/2027-03-14");
  EXPECT_EQ(days("DTSTART;TZID=Asia/Bishkek:20270308T090000\r\nDTEND;TZID=Asia/Bishkek:20270312T170000\r\n"), "2027-03-08/2027-03-12");
  EXPECT_EQ(days("DTSTART:20270308T090000Z\r\nDTEND:20270313T000000Z\r\n"), "2027-03-08/2027-03-12") << "midnight ends the day before";
  EXPECT_EQ(days("DTSTART:20270308T200000\r\nDURATION:PT6H30M\r\n"), "2027-03-08/2027-03-09");
  EXPECT_EQ(days("DTSTART:20270308T000000\r\nDURATION:P1DT0H\r\n"), "2027-03-08/2027-03-08");
  EXPECT_EQ(days("DTSTART:20270308T090000\r\nDTEND:20270308T090000\r\n"), "2027-03-08/2027-03-08");
}

TEST(CalendarReading, WhatIsNoVisitIsRefusedInASentence) {
  EXPECT_THAT(days("DTSTART;VALUE=DATE:20270308\r\nRRULE:FREQ=DAILY\r\n"), HasSubstr("repeats, which a record does not"));
  EXPECT_THAT(days("DTSTART;VALUE=DATE:20270308\r\nRDATE:20270309\r\n"), HasSubstr("repeats, which a record does not"));
  EXPECT_THAT(days("DTSTART;VALUE=DATE:20270308\r\nRECURRENCE-ID:20270308\r\n"), HasSubstr("repeats, which a record does not"));
  EXPECT_THAT(days("DTSTART;VALUE=DATE:20270308\r\nDTEND;VALUE=DATE:20270307\r\n"), HasSubstr("ends before it begins"));
  EXPECT_THAT(days("DTSTART:20270308T090000\r\nDTEND:20270308T080000\r\n"), HasSubstr("ends before it begins"));
  EXPECT_THAT(days("DTSTART:99991231\r\nDURATION:P9D\r\n"), HasSubstr("after the year 9999"));
  for (const char* wrong : {"", "DTSTART:20270230\r\n", "DTSTART:2027\r\n", "DTSTART:20270308T\r\n", "DTSTART:20270308T250000\r\n",
                            "DTSTART:20270308 090000\r\n"})
    EXPECT_THAT(days(wrong), HasSubstr("no first day")) << wrong;
  for (const char* wrong : {"P", "5D", "-P5D", "PD", "P5", "P5X", "PT5D", "P1T", "P99999999D"})
    EXPECT_THAT(days("DTSTART:20270308\r\nDURATION:" + std::string(wrong) + "\r\n"), HasSubstr("no length of time")) << wrong;
}

TEST(CalendarReading, AHostileFileIsOneSentence) {
  const std::string day = "DTSTART;VALUE=DATE:20270308\r\n";
  EXPECT_THAT(trouble(""), HasSubstr("no calendar file"));
  EXPECT_THAT(trouble("states,title\nKGZ,x\n"), HasSubstr("no line of a calendar"));
  EXPECT_THAT(trouble("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + day), HasSubstr("the file ends inside a VEVENT"));
  EXPECT_THAT(trouble(event("SUMMARY:" + std::string(1 << 20, 'x') + "\r\n")), HasSubstr("longer than 512 KiB"));
  std::string folded = "SUMMARY:";
  for (int i = 0; i < 20'000; ++i) folded += std::string(60, 'x') + "\r\n ";
  EXPECT_THAT(trouble(event(folded + "\r\n")), HasSubstr("longer than 512 KiB"));
  EXPECT_THAT(trouble(event("SUMMARY:a" + std::string(1, '\0') + "b\r\n")), HasSubstr("NUL"));
  EXPECT_THAT(trouble(event("SUMMARY:R\xE9union\r\n")), HasSubstr("line 5: this is not UTF-8"));
  EXPECT_THAT(trouble(event("SUMMARY\r\n")), HasSubstr("line 5: this is no line"));
  EXPECT_THAT(trouble("END:VCALENDAR\r\n"), HasSubstr("ends nothing"));
  EXPECT_THAT(trouble("BEGIN:VEVENT\r\nEND:VEVENT\r\n"), HasSubstr("no calendar file"));
  EXPECT_THAT(trouble(event("BEGIN:VEVENT\r\nEND:VEVENT\r\n")), HasSubstr("inside a VEVENT"));
  EXPECT_THAT(trouble(events("END:VEVENT\r\n")), HasSubstr("ends nothing"));
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "BEGIN:X\r\n";
  EXPECT_THAT(trouble(events(deep)), HasSubstr("inside each other"));
  std::string many;
  for (int i = 0; i < 100'001; ++i) many += "BEGIN:VEVENT\r\nEND:VEVENT\r\n";
  EXPECT_THAT(trouble(events(many)), HasSubstr("100,000"));
  const std::string nested = std::string(200'000, '[') + std::string(200'000, ']');
  EXPECT_THAT(trouble(events("BEGIN:VEVENT\r\nUID:1373-V-2027-0001.1@liaison\r\nX-LIAISON-VISIT:{\"id\": " + nested + "}\r\nEND:VEVENT\r\n")),
              HasSubstr("damaged"));
}

TEST(CalendarReading, ForeignEventsBecomeVisitsWithTheirLastPlaceAsState) {
  const auto plan = plan_of_file(
      "\xEF\xBB\xBF" "begin:vcalendar\nBEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:19700101T000000\nRRULE:FREQ=YEARLY\nEND:STANDARD\nEND:VTIMEZONE\n"
      "BEGIN:VEVENT\nUID:7@example.org\nSUMMARY;LANGUAGE=\"en:x\":Border\\, control\nLOCATION:Hotel \\; one\\, Bishkek\\, Kyrgyzstan \n"
      "DESCRIPTION:one\\ntwo \xC3\n \xA9\nDTSTART;VALUE=DATE:20270308\nDTEND;VALUE=DATE:20270310\nBEGIN:VALARM\nDESCRIPTION:ring\nEND:VALARM\nEND:VEVENT\n"
      "BEGIN:VTODO\nSUMMARY:not a visit\nEND:VTODO\nBEGIN:VJOURNAL\nSUMMARY:a diary\nEND:VJOURNAL\nEND:VCALENDAR\n",
      "foreign.ics", "1540", Others::kRefused);
  ASSERT_TRUE(plan.has_value()) << plan.error().what;
  ASSERT_TRUE(plan->errors.empty()) << plan->errors[0].detail;
  ASSERT_EQ(plan->rows.size(), 1U);
  EXPECT_EQ(plan->rows[0].ref, "7@example.org");
  EXPECT_EQ(plan->rows[0].fields,
            json::parse("{\"line\": 9, \"ref\": \"7@example.org\", \"title\": \"Border, control\", \"states\": [\"Kyrgyzstan\"], \"note\": \"one\\ntwo é\","
                        " \"components\": [{\"start\": \"2027-03-08\", \"end\": \"2027-03-09\", \"places\": [\"Hotel ; one, Bishkek\"]}]}"));
}

TEST(CalendarReading, AForeignEventThatLacksSomethingIsToldByItsLine) {
  const std::string day = "DTSTART;VALUE=DATE:20270308\r\n";
  EXPECT_THAT(trouble(event("SUMMARY:x\r\n" + day)), HasSubstr("names no State"));
  EXPECT_THAT(trouble(event("LOCATION:KGZ\r\n" + day)), HasSubstr("no title"));
  EXPECT_THAT(trouble(event("SUMMARY:x\r\nLOCATION:KGZ\r\nSTATUS:CANCELLED\r\n" + day)), HasSubstr("cancelled"));
  EXPECT_THAT(trouble(event("SUMMARY:x\r\nLOCATION:KGZ\r\nRRULE:FREQ=DAILY\r\n" + day)), HasSubstr("this event repeats"));
}

TEST(CalendarReading, WhatWasWrittenComesBackUnlessItWasMovedInACalendarProgram) {
  const json parts = {component("2027-03-08", "2027-03-12", "day"), component("2027-02", "2027-02", "month", "virtual"), component("", "", "unknown")};
  const json one = visit({{"components", parts}});
  const std::string text = written(one);
  const auto plan = plan_of_file(text, "a file without an ending", "1373", Others::kRefused);
  ASSERT_TRUE(plan.has_value());
  ASSERT_TRUE(plan->errors.empty()) << plan->errors[0].detail;
  json fields = plan->rows.at(0).fields;
  fields.erase("line");
  EXPECT_EQ(fields, portable_visit(one));
  const auto replaced = [&](const std::string& what, const std::string& with) {
    std::string changed = unfolded(text);
    changed.replace(changed.find(what), what.size(), with);
    return changed;
  };
  EXPECT_THAT(trouble(replaced("DTEND;VALUE=DATE:20270313", "DTEND;VALUE=DATE:20270314")), HasSubstr("the days of 1373-V-2027-0001 were changed"));
  EXPECT_THAT(trouble(replaced("DTSTART;VALUE=DATE:20270201", "DTSTART;VALUE=DATE:20270202")), HasSubstr("were changed"));
  EXPECT_THAT(trouble(replaced("X-LIAISON-VISIT", "X-OTHER")), HasSubstr("first event of 1373-V-2027-0001 is missing"));
  EXPECT_THAT(trouble(replaced("\"id\":\"1373-V", "\"id\":\"1373-W")), HasSubstr("damaged"));
  EXPECT_THAT(trouble(icalendar_of(json::array({one, one}))), HasSubstr("twice"));
  const auto moved = plan_of_file(replaced("DTEND;VALUE=DATE:20270313", "DTEND;VALUE=DATE:20270314"), "x.ics", "1373", Others::kRefused);
  EXPECT_TRUE(moved->rows.empty());
  EXPECT_THAT(moved->errors.at(0).hint, HasSubstr("liaison visit change 1373-V-2027-0001"));
}

}  // namespace
}  // namespace liaison
