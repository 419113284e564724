// SPDX-License-Identifier: Apache-2.0
// What leaves for the public: the fields that were named and nothing else, with what was left out named and not said.
#include "nodes/domain/extracts.h"

#include <gmock/gmock.h>

#include "tests/nodes/records_fixture.h"
#include "tests/nodes/visits_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class Extracts : public testing::Test {
 protected:
  json visit(const json& beside = json::object()) {
    json fields = trip({"KGZ"}, "2027-03-08", "2027-03-12");
    fields.update({{"title", "National action plan"},
                   {"aims", {"action_plan"}},
                   {"note", "the hotel is booked"},
                   {"contact", "room 7"},
                   {"participation", {{{"body", "UNODC"}, {"role", "participates"}, {"note", "by train"}}}}});
    fields.update(beside);
    return *visits.at("1540").show(visits.plan("1540", fields));
  }
  json record(const char* kind, json fields) {
    fields["source"] = "a page";
    return *records.at("1540").show(records.create("1540", kind, fields, Records::Origin::kHistorical), 0);
  }
  static json made(const std::vector<ExtractSource>& sources) {
    const auto fields = extract_fields("1540", "Visits in 2027", "", sources);
    EXPECT_TRUE(fields) << fields.error().what;
    return fields ? *fields : json();
  }
  static std::string refused(const ExtractSource& source) {
    const auto fields = extract_fields("1540", "A title", "", {source});
    EXPECT_FALSE(fields);
    if (fields) return {};
    EXPECT_FALSE(fields.error().hint.empty());
    return fields.error().what;
  }
  VisitsExchange visits;
  RecordsExchange records;
};

TEST_F(Extracts, OfAVisitItsTitleStatesDaysAndStatusLeaveWhenNothingIsNamed) {
  const json fields = made({{visit(), {}}});
  EXPECT_EQ(fields["text"],
            "Visits in 2027\n\nVisit 1540-V-2026-0001, revision 1\nTitle: National action plan\nStates: Kyrgyzstan\n"
            "Days: 2027-03-08 to 2027-03-12\nStatus: invited");
  EXPECT_EQ(fields["releases"],
            json::parse(
                R"([{"record": "1540-V-2026-0001", "revision": 1, "fields": ["title", "states", "days", "status"]}])"));
  EXPECT_EQ(fields["states"], json({"KGZ"}));
  EXPECT_EQ(fields["digest"], extract_digest(fields["text"].get<std::string>()));
}

TEST_F(Extracts, WhatWasLeftOutIsNamedAndNotSaid) {
  const json fields = made({{visit(), {}}});
  const std::string left_out = fields["left_out"], text = fields["text"];
  for (const char* name : {"aims", "participation", "contact", "note"}) EXPECT_THAT(left_out, HasSubstr(name));
  for (const char* word : {"hotel", "room 7", "UNODC", "train", "action_plan"}) {
    EXPECT_THAT(left_out, Not(HasSubstr(word)));
    EXPECT_THAT(text, Not(HasSubstr(word)));
  }
}

TEST_F(Extracts, OnlyTheNamedFieldsStandInTheText) {
  const json fields =
      made({{visit(), {"days"}},
            {record("submission",
                    {{"states", {"MNG"}}, {"title", "Report"}, {"type", "first_report"}, {"symbol", "S/AC.44/2011/1"}}),
             {"symbol"}}});
  EXPECT_EQ(fields["text"],
            "Visits in 2027\n\nVisit 1540-V-2026-0001, revision 1\nDays: 2027-03-08 to 2027-03-12\n\n"
            "Submission 1540-S-2026-0001, revision 1\nSymbol: S/AC.44/2011/1");
  EXPECT_EQ(fields["states"], json({"KGZ", "MNG"})) << "the consent of both is needed all the same";
}

TEST_F(Extracts, WhomToCallNotesAndSignaturesNeverLeaveAlsoWithinAPart) {
  for (const char* name : {"contact", "note", "source", "consents"})
    EXPECT_THAT(refused({visit(), {name}}), HasSubstr("does not leave with its"));
  const json contact = record("contact", {{"function", "national"},
                                          {"office", "Export department"},
                                          {"reached_by", "+1 555"},
                                          {"personal_note", "the office only"}});
  EXPECT_THAT(refused({contact, {"reached_by"}}), HasSubstr("does not leave with its reached_by"));
  EXPECT_THAT(refused({contact, {}}), HasSubstr("nothing leaves unless its fields are named"));
  EXPECT_THAT(refused({visit(), {"colour"}}), HasSubstr("has no field colour"));
}

TEST_F(Extracts, ARecordThatMustNotLeaveIsRefusedByName) {
  const json good = visit();
  json named = good, recalled = good, queued = good, other = good;
  named["marking"] = "named";
  recalled["recalled"] = {{"by", "1540"}};
  queued["index"] = nullptr;
  other["lead"] = "1373";
  EXPECT_THAT(refused({named, {}}), HasSubstr("1540-V-2026-0001 is marked for named committees"));
  EXPECT_THAT(refused({recalled, {}}), HasSubstr("was recalled"));
  EXPECT_THAT(refused({queued, {}}), HasSubstr("is not in the log yet"));
  EXPECT_THAT(refused({other, {}}), HasSubstr("belongs to 1373"));
  const auto twice = extract_fields("1540", "A title", "", {{good, {}}, {good, {"title"}}});
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().what, HasSubstr("is named twice"));
  EXPECT_FALSE(extract_fields("1540", "", "", {{good, {}}}));
  EXPECT_FALSE(extract_fields("1540", "A title", "fr", {{good, {}}}));
  EXPECT_FALSE(extract_fields("1540", "A title", "", {}));
  EXPECT_TRUE(extract_fields("1540", "A title", "en", {{good, {}}}));
}

TEST_F(Extracts, WhatWasNotVerifiedSaysSo) {
  EXPECT_THAT(made({{visit({{"unverified", true}, {"source", "a newspaper"}}), {}}})["text"].get<std::string>(),
              HasSubstr("Not verified"));
  EXPECT_THAT(made({{visit(), {}}})["text"].get<std::string>(), Not(HasSubstr("Not verified")));
}

TEST_F(Extracts, AFieldThatSaysNothingIsToldWhenItWasNamed) {
  const json submission = record("submission", {{"states", {"MNG"}}, {"title", "Report"}, {"type", "first_report"}});
  EXPECT_THAT(refused({submission, {"symbol"}}), HasSubstr("says nothing in its field symbol"));
  EXPECT_THAT(made({{submission, {}}})["text"].get<std::string>(), Not(HasSubstr("Symbol")));
}

TEST_F(Extracts, WhatIsProposedIsARecordThatCanBeMade) {
  const json fields = made({{visit(), {}}});
  const auto draft = records.at("1540").create(*record_kind("extract"), fields, Records::Origin::kOfficer, kVisitsNow);
  ASSERT_TRUE(draft) << draft.error().what;
  const Record extract = *decode_record("extract", draft->body);
  EXPECT_TRUE(check_digest(extract));
  Record other = extract;
  other.values[place_of(other.kind->fields, "text")].text += ".";
  ASSERT_FALSE(check_digest(other));
  EXPECT_THAT(check_digest(other).error().what, HasSubstr("digest: is not the SHA-256 of the text"));
}

TEST_F(Extracts, WhatIsWrittenBesideTheTextSaysNothingOfTheRest) {
  json shown = {{"id", "1540-Z-2027-0001"},
                {"revision", 2},
                {"title", "T"},
                {"note", "for us"},
                {"contact", "room 7"},
                {"left_out", "aims"},
                {"text", "T"},
                {"releases", {{{"record", "1540-V-2027-0001"}, {"revision", 1}, {"fields", {"title"}}}}},
                {"digest", "d"},
                {"status", "released"}};
  const json published = published_json(shown);
  EXPECT_EQ(published["releases"], json::parse(R"([{"record": "1540-V-2027-0001", "revision": 1}])"));
  for (const char* name : {"note", "contact", "left_out", "status", "text"})
    EXPECT_FALSE(published.contains(name)) << name;
  std::string names;
  for (const json& one : revealed_json(shown)) names += one["field"].get<std::string>() + " ";
  EXPECT_EQ(names, "contact note status releases left_out ");
}

TEST(ExtractChoices, ARecordAndItsFields) {
  const auto choice = parse_extract_choice("1540-V-2027-0001:title,days");
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->record, "1540-V-2027-0001");
  EXPECT_EQ(choice->fields, (std::vector<std::string>{"title", "days"}));
  EXPECT_TRUE(parse_extract_choice("1540-V-2027-0001")->fields.empty());
  EXPECT_FALSE(parse_extract_choice("1540-V-2027-0001:"));
  EXPECT_FALSE(parse_extract_choice("spring"));
}

}  // namespace
}  // namespace liaison
