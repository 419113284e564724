// SPDX-License-Identifier: Apache-2.0
// Files of records of every kind: what goes out comes in again as it was, and what is wrong with a file is told by line and column.
#include "nodes/files/record_files.h"

#include <gmock/gmock.h>

#include <sstream>

#include "nodes/files/record_calendar.h"
#include "nodes/files/record_cells.h"
#include "nodes/cli/table.h"
#include "nodes/files/visit_files.h"
#include "nodes/domain/record_json.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Type = RecordField::Type;
using Form = RecordField::Form;

// Texts that a spreadsheet, a list or a line end could change.
const std::vector<std::string> kNasty = {"=SUM(A1:A9)",
                                         "+33 1",
                                         "-1",
                                         "@here",
                                         "'=already",
                                         "''-x",
                                         "a;b;",
                                         "comma, \"quote\"",
                                         "\\",
                                         "\\;",
                                         "-",
                                         "\\-",
                                         "name=value,x",
                                         "{\"a\": 1}",
                                         "[x]",
                                         " begins with a blank",
                                         "ends with one ",
                                         "0123",
                                         "1/2",
                                         "\xD8\xB9\xD8\xB1\xD8\xA8\xD9\x8A",
                                         "\xE4\xB8\xAD\xE6\x96\x87"};

std::string nasty(std::size_t number, const RecordField& field) {
  std::string text = kNasty[number % kNasty.size()];
  if (field.form == Form::kLines) text += "\n\nsecond = line;\n\tthird, \"line\"";
  return text;
}

json filled(const RecordField& field, std::size_t number);

json one_value(const RecordField& field, std::size_t number) {
  switch (field.type) {
    case Type::kFlag: return number % 2 == 0;
    case Type::kNumber: return number % 5;
    case Type::kWord: return field.words[number % field.words.size()];
    case Type::kPart: {
      json out = json::object();
      for (const RecordField& part : field.parts) out[part.name] = filled(part, number++);
      return out;
    }
    case Type::kText: break;
  }
  switch (field.form) {
    case Form::kState: return {{"alpha3", "KGZ"}, {"name", "Kyrgyzstan"}};
    case Form::kDate: return number % 2 == 0 ? "2027-03" : "2027-03-08";
    case Form::kDay: return "2027-03-08";
    case Form::kTime: return "2027-03-08T09:30:00Z";
    case Form::kMember: return "1373";
    case Form::kRecord: return "1540-R-2027-0001";
    case Form::kSymbol: return "S/2011/579";
    case Form::kLanguage: return "fr";
    case Form::kLine:
    case Form::kLines: return nasty(number, field);
  }
  return "";
}

json filled(const RecordField& field, std::size_t number) {
  if (!field.list) return one_value(field, number);
  json out = json::array();
  for (std::size_t i = 0; i < number % 4; ++i) out.push_back(one_value(field, number + i));
  return out;
}

// A record with something in every field, as the API prints it.
json record_with(const RecordKind& kind, std::size_t number) {
  json out = {{"id", "1540-" + kind.letter + "-2027-0001"}, {"kind", kind.kind}, {"revision", 3}, {"owner", "1540"}, {"marking", "committees"}};
  for (const RecordField& field : record_head_fields()) out[field.name] = filled(field, number++);
  for (const RecordField& field : kind.fields) out[field.name] = filled(field, number++);
  return out;
}

std::string csv_of(const RecordKind& kind, const json& records) {
  std::ostringstream out;
  print_csv_line(out, record_columns_of(kind));
  for (const auto& one : records) print_csv_line(out, record_cells(kind, portable_record(kind, one)));
  return out.str();
}

ImportPlan planned(const std::string& text, const std::string& file, const RecordKind& kind, Others others = Others::kRefused) {
  auto plan = record_plan_of_file(text, file, kind, "1540", others);
  EXPECT_TRUE(plan) << plan.error().what;
  return plan ? std::move(*plan) : ImportPlan{};
}

Record read(const RecordKind& kind, json fields) {
  for (const char* name : {"id", "revision", "line"}) fields.erase(name);
  Record out = record_of(kind);
  out.owner = *MemberId::parse("1540");
  const auto done = read_record_fields(fields, out);
  EXPECT_TRUE(done) << done.error().what << " in " << fields.dump();
  return out;
}

const RecordKind& request() { return *record_kind("assistance.request"); }

std::string refusal(const std::string& text, const std::string& file = "a.csv") {
  const auto plan = record_plan_of_file(text, file, request(), "1540", Others::kRefused);
  EXPECT_FALSE(plan);
  return plan ? "" : plan.error().what + " / " + plan.error().hint;
}

TEST(RecordFiles, EveryKindGoesOutAsCsvAndComesInAsItWas) {
  for (const RecordKind& kind : record_kinds()) {
    for (std::size_t number = 0; number < 2 * kNasty.size(); ++number) {
      const json record = record_with(kind, number);
      const std::string text = csv_of(kind, json::array({record}));
      const ImportPlan plan = planned(text, "records.csv", kind);
      ASSERT_THAT(plan.errors, IsEmpty()) << kind.kind << ": " << plan.errors.front().field << ": " << plan.errors.front().detail << "\n" << text;
      ASSERT_THAT(plan.rows, SizeIs(1)) << kind.kind;
      const Record was = read(kind, record), is = read(kind, plan.rows[0].fields);
      EXPECT_EQ(is, was) << kind.kind << " " << number << ": " << changed_record_fields(was, is).dump() << "\n" << text;
    }
  }
}

TEST(RecordFiles, EveryKindGoesOutAsJsonAndComesInAsItWas) {
  for (const RecordKind& kind : record_kinds()) {
    const json record = portable_record(kind, record_with(kind, 7));
    const ImportPlan plan = planned(json::array({record}).dump(2), "records.json", kind);
    ASSERT_THAT(plan.rows, SizeIs(1)) << kind.kind;
    EXPECT_EQ(read(kind, plan.rows[0].fields), read(kind, record));
    EXPECT_EQ(plan.rows[0].line, 1U);
  }
}

TEST(RecordFiles, WhatTheApiSaysBesideTheFieldsIsNoPartOfAnImport) {
  json told = record_with(request(), 3);
  told.update(
      json::parse(R"({"message_id": "00", "index": 7, "answers": [], "named_by": [], "next": ["closed"], "recipients": ["1267"], "marking": "named",
          "rests_on_recalled": [], "consents_now": [], "dues": []})"));
  const ImportPlan plan = planned(json::array({told}).dump(), "-", request());
  ASSERT_THAT(plan.rows, SizeIs(1));
  EXPECT_EQ(plan.rows[0].fields["to"], json({"1267"}));
  for (const char* name : {"message_id", "index", "answers", "named_by", "next", "recipients", "rests_on_recalled", "consents_now", "dues"})
    EXPECT_FALSE(plan.rows[0].fields.contains(name)) << name;
}

TEST(RecordFiles, NoCellOfAnExportIsAFormula) {
  for (std::size_t number = 0; number < kNasty.size(); ++number) {
    std::string text = csv_of(request(), json::array({record_with(request(), number)}));
    const CsvFile file = *parse_csv(text);
    for (const std::string& cell : file.rows.at(0).cells) {
      EXPECT_EQ(std::string_view("=+-@\t\r").find(cell.empty() ? 'x' : cell[0]), std::string_view::npos) << cell;
    }
  }
}

TEST(RecordFiles, AColumnThatIsNoFieldIsRefusedWithTheNearestOne) {
  EXPECT_THAT(refusal("title,states,aeras\nx,KGZ,financing\n"), HasSubstr("the column \"aeras\" is no field of a request / did you mean areas?"));
}

TEST(RecordFiles, AFrenchSpreadsheetIsReadAsItIsSaved) {
  const ImportPlan plan =
      planned("\xEF\xBB\xBFtitle;states;areas;need\r\nTitre, avec virgule;KGZ;\"financing; licensing\";\"deux\r\nlignes\"\r\n", "a.csv", request());
  ASSERT_THAT(plan.rows, SizeIs(1));
  const json& fields = plan.rows[0].fields;
  EXPECT_EQ(fields["title"], "Titre, avec virgule");
  EXPECT_EQ(fields["areas"], json({"financing", "licensing"}));
  EXPECT_EQ(fields["need"], "deux\nlignes") << "a text has plain line ends";
  EXPECT_EQ(plan.rows[0].line, 2U);
}

TEST(RecordFiles, Utf16IsRefusedWithASentence) {
  for (const std::string& text : {std::string("\xFF\xFEt\0i\0", 6), std::string("\xFE\xFF\0t\0i", 6), std::string("t\0i\0t\0", 6)}) {
    EXPECT_THAT(refusal(text), HasSubstr("the file is UTF-16 text / save it as 'CSV UTF-8'"));
    EXPECT_THAT(refusal(text, "a.json"), HasSubstr("UTF-16"));
  }
  EXPECT_THAT(refusal("title\n\xE9t\xE9\n"), HasSubstr("not UTF-8"));
}

TEST(RecordFiles, WhatIsWrongWithACellIsToldByLineAndColumn) {
  const ImportPlan plan = planned("title,states,areas,need,circulated_to,unverified,dated,note\n"
                                  "a,KGZ,financing,x,many,,,\n"
                                  "b,KGZ,financing,x,12,perhaps,,\n"
                                  "c,KGZ,financing,x,12,,08/03/2027,\n"
                                  "d,KGZ,financing,x,12,yes,2027-03-08,good\n"
                                  "e,KGZ,financing,x\n",
                                  "a.csv", request());
  ASSERT_THAT(plan.errors, SizeIs(4));
  EXPECT_EQ(plan.errors[0].line, 2U);
  EXPECT_EQ(plan.errors[0].field, "circulated_to");
  EXPECT_THAT(plan.errors[0].detail, HasSubstr("not a whole number"));
  EXPECT_EQ(plan.errors[1].field, "unverified");
  EXPECT_THAT(plan.errors[2].hint, HasSubstr("format the column as text"));
  EXPECT_EQ(plan.errors[3].line, 6U);
  EXPECT_THAT(plan.errors[3].detail, HasSubstr("4 cells, the head line 8"));
  ASSERT_THAT(plan.rows, SizeIs(1));
  EXPECT_EQ(plan.rows[0].fields["circulated_to"], 12);
}

TEST(RecordFiles, RowsOfOtherCommitteesAreRefusedOrLeftOut) {
  const std::string text = "owner,title,states,areas,need\n1373,a,KGZ,financing,x\n1540,b,KGZ,financing,x\n,c,KGZ,financing,x\n";
  const ImportPlan strict = planned(text, "a.csv", request());
  ASSERT_THAT(strict.errors, SizeIs(1));
  EXPECT_EQ(strict.errors[0].code, "E_NOT_OWNER");
  EXPECT_THAT(strict.errors[0].hint, HasSubstr("--mine-only"));
  const ImportPlan mine = planned(text, "a.csv", request(), Others::kSkipped);
  EXPECT_THAT(mine.errors, IsEmpty());
  EXPECT_EQ(mine.skipped, 1U);
  EXPECT_THAT(mine.rows, SizeIs(2));
}

TEST(RecordFiles, AnEmptyCellSaysNothingOnlyInARowWithAnId) {
  const ImportPlan plan = planned("id,title,states,areas,need,note\n1540-R-2027-0001,a,KGZ,financing,x,\n,b,KGZ,financing,x,\n", "a.csv", request());
  ASSERT_THAT(plan.rows, SizeIs(2));
  EXPECT_TRUE(plan.rows[0].fields["note"].is_null());
  EXPECT_FALSE(plan.rows[1].fields.contains("note"));
}

// --- calendars

// As schemas/event.fbs has it, in short.
RecordKind outreach() {
  const auto field = [](const char* name, Form form, bool needed = false, bool list = false) {
    RecordField out;
    out.name = name;
    out.form = form;
    out.needed = needed;
    out.list = list;
    return out;
  };
  RecordKind kind;
  kind.kind = "outreach.sample";
  kind.noun = "sample";
  kind.letter = "T";
  kind.fields = {field("status", Form::kLine), field("type", Form::kLine), field("begins", Form::kDate, true), field("ends", Form::kDate),
                 field("hosts", Form::kState, false, true), field("places", Form::kLine, false, true)};
  return kind;
}

json event(const std::string& begins, const std::string& ends, const std::string& status = "announced") {
  return {{"id", "1540-T-2027-0001"},
          {"kind", "outreach.sample"},
          {"revision", 3},
          {"owner", "1540"},
          {"title", "Workshop; on controls"},
          {"states", json::array()},
          {"contact", "1540 secretariat"},
          {"note", "line\nline"},
          {"status", status},
          {"type", "workshop"},
          {"begins", begins},
          {"ends", ends},
          {"hosts", {{{"alpha3", "KGZ"}, {"name", "Kyrgyzstan"}}}},
          {"places", {"Bishkek"}},
          {"marking", "public"},
          {"accepted_at", "2026-11-23T09:00:01.000Z"}};
}

TEST(RecordCalendar, AnEventHasAStableIdentityAndEndsOnTheDayAfter) {
  const RecordKind kind = outreach();
  ASSERT_TRUE(has_calendar(kind));
  EXPECT_FALSE(has_calendar(request()));
  const std::string text = record_calendar(kind, json::array({event("2027-03-08", "2027-03-12")}));
  for (const char* line : {"UID:1540-T-2027-0001@liaison\r\n", "SEQUENCE:2\r\n", "DTSTART;VALUE=DATE:20270308\r\n", "DTEND;VALUE=DATE:20270313\r\n",
                           "STATUS:CONFIRMED\r\n", "SUMMARY:1540: Kyrgyzstan: Workshop\\; on controls\r\n", "LOCATION:Bishkek\\, Kyrgyzstan\r\n",
                           "DTSTAMP:20261123T090001Z\r\n", "CLASS:PUBLIC\r\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_EQ(text, record_calendar(kind, json::array({event("2027-03-08", "2027-03-12")})));
  EXPECT_THAT(record_calendar(kind, json::array({event("2027-03-08", "")})), HasSubstr("DTEND;VALUE=DATE:20270309\r\n"));
  EXPECT_THAT(record_calendar(kind, json::array({event("2027-03-08", "", "proposed")})), HasSubstr("STATUS:TENTATIVE\r\n"));
  EXPECT_THAT(record_calendar(kind, json::array({event("2027-03-08", "", "postponed")})), HasSubstr("STATUS:CANCELLED\r\n"));
  const std::string month = record_calendar(kind, json::array({event("2027-02", "")}));
  EXPECT_THAT(month, HasSubstr("DTSTART;VALUE=DATE:20270201\r\nDTEND;VALUE=DATE:20270301\r\n"));
  EXPECT_THAT(month, HasSubstr("(days not known)"));
  const std::string year = record_calendar(kind, json::array({event("2027", "", "proposed")}));
  EXPECT_THAT(year, HasSubstr("BEGIN:VJOURNAL"));
  EXPECT_THAT(year, HasSubstr("STATUS:DRAFT"));
  EXPECT_EQ(year.find("DTSTART"), std::string::npos);
}

TEST(RecordCalendar, AJointVisitIsAnAllDayEventAsVisitsAre) {
  const RecordKind& kind = *record_kind("visit.joint");
  ASSERT_TRUE(has_calendar(kind));
  json joint = event("2027-03-08", "2027-03-12", "agreed");
  joint["id"] = "1540-J-2027-0001";
  joint["states"] = joint["hosts"];
  joint.erase("hosts");
  joint.erase("places");
  joint["itinerary"] = {{{"day", "2027-03-08"}, {"place", "Bishkek"}}, {{"day", "2027-03-09"}, {"place", "Osh"}},
                        {{"day", "2027-03-10"}, {"place", "Bishkek"}}};
  const std::string text = record_calendar(kind, json::array({joint}));
  for (const char* line : {"UID:1540-J-2027-0001@liaison\r\n", "SEQUENCE:2\r\n", "DTSTART;VALUE=DATE:20270308\r\n", "DTEND;VALUE=DATE:20270313\r\n",
                           "STATUS:CONFIRMED\r\n", "SUMMARY:1540: Kyrgyzstan: Workshop\\; on controls\r\n", "LOCATION:Bishkek\\, Osh\\, Kyrgyzstan\r\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  joint["status"] = "proposed";
  EXPECT_THAT(record_calendar(kind, json::array({joint})), HasSubstr("STATUS:TENTATIVE\r\n"));
}

TEST(RecordCalendar, AnImportOfVisitsPassesOverTheJointVisitsOfTheSameCalendar) {
  json joint = event("2027-03-08", "2027-03-12", "agreed");
  joint["id"] = "1540-J-2027-0001";
  const std::string text = icalendar_of(json::array(), record_entries(*record_kind("visit.joint"), json::array({joint})));
  EXPECT_THAT(text, HasSubstr("UID:1540-J-2027-0001@liaison\r\n"));
  const auto plan = plan_of_file(text, "visits.ics", "1540", Others::kRefused);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->rows, IsEmpty());
  EXPECT_THAT(plan->errors, IsEmpty());
}

TEST(RecordCalendar, AnExportComesInAsItWasUnlessACalendarProgramMovedIt) {
  const RecordKind kind = outreach();
  for (const auto& [begins, ends] : {std::pair("2027-03-08", "2027-03-12"), {"2027-03-08", ""}, {"2027-02", ""}, {"2027", ""}, {"2027-03", "2027-04-02"}}) {
    std::string text = record_calendar(kind, json::array({event(begins, ends)}));
    const ImportPlan plan = planned(text, "a.ics", kind);
    ASSERT_THAT(plan.errors, IsEmpty()) << begins << ": " << plan.errors.front().detail;
    ASSERT_THAT(plan.rows, SizeIs(1));
    json fields = plan.rows[0].fields;
    fields.erase("line");
    EXPECT_EQ(fields, portable_record(kind, event(begins, ends)));
    const auto at = text.find("DTEND;VALUE=DATE:");
    if (at == std::string::npos) continue;
    text.replace(at + 17, 8, "20271231");
    const ImportPlan moved = planned(text, "a.ics", kind);
    EXPECT_THAT(moved.rows, IsEmpty());
    ASSERT_THAT(moved.errors, SizeIs(1));
    EXPECT_THAT(moved.errors[0].detail, StartsWith("the days of 1540-T-2027-0001 were changed in a calendar program, to "));
  }
}

TEST(RecordCalendar, AnotherCalendarsEventBecomesARecord) {
  const std::string head = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x@example.org\r\n", tail = "END:VEVENT\r\nEND:VCALENDAR\r\n";
  const ImportPlan plan =
      planned(head + "SUMMARY:Seminar\r\nLOCATION:Hall 3\\, Bishkek\\, Kyrgyzstan\r\nDTSTART:20270308T090000Z\r\nDTEND:20270309T170000Z\r\n" + tail, "a.ics",
              outreach());
  ASSERT_THAT(plan.rows, SizeIs(1));
  json fields = plan.rows[0].fields;
  fields.erase("line");
  EXPECT_EQ(
      fields,
      json::parse(R"({"title": "Seminar", "begins": "2027-03-08", "ends": "2027-03-09", "type": "other", "hosts": ["KGZ"], "places": ["Hall 3, Bishkek"]})"));
  const auto trouble = [&](const std::string& lines) {
    const ImportPlan wrong = planned(head + lines + tail, "a.ics", outreach());
    return wrong.errors.empty() ? "" : wrong.errors[0].detail;
  };
  EXPECT_THAT(trouble("SUMMARY:x\r\n"), HasSubstr("no first day"));
  EXPECT_THAT(trouble("DTSTART;VALUE=DATE:20270308\r\n"), HasSubstr("no title"));
  EXPECT_THAT(trouble("SUMMARY:x\r\nSTATUS:CANCELLED\r\nDTSTART;VALUE=DATE:20270308\r\n"), HasSubstr("cancelled"));
  EXPECT_THAT(trouble("SUMMARY:x\r\nRRULE:FREQ=DAILY\r\nDTSTART;VALUE=DATE:20270308\r\n"), HasSubstr("repeats"));
}

}  // namespace
}  // namespace liaison
