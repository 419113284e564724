// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/visit_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace liaison {
namespace {

using nlohmann::json;

VisitPlan blank() {
  VisitPlan plan;
  plan.lead = *MemberId::parse("1373");
  return plan;
}

// "what | hint" of the error that reading gives, or "ok".
std::string field_trouble(const json& fields) {
  auto plan = blank();
  const auto read = read_visit_fields(fields, plan);
  if (read) return "ok";
  EXPECT_TRUE(read.error().code == Code::kInput || read.error().code == Code::kNotOwner);
  EXPECT_FALSE(read.error().hint.empty()) << read.error().what;
  return read.error().what + " | " + read.error().hint;
}

TEST(VisitJson, WhatIsReadIsPrintedAgain) {
  const json fields = {{"states", {"KGZ", {{"alpha3", "MKD"}, {"name_in_source", "the former Yugoslav Republic of Macedonia"}}}},
                       {"components", {{{"mode", "virtual"}, {"start", "2027-03"}, {"end", "2027-04"}, {"precision", "month"}, {"places", {"Bishkek"}}}}},
                       {"kind", "follow_up"},
                       {"title", "Follow-up"},
                       {"aims", {"good_practices"}},
                       {"status", "proposed"},
                       {"consent", {{"status", "requested"}, {"date", "2027-01-02"}, {"reference", "NV 3"}, {"signed_by", "Mission"}}},
                       {"participation", {{{"body", "INTERPOL"}, {"role", "participates"}, {"note", "two experts"}}}},
                       {"paragraph", "S/RES/1977 (2011), paragraph 19"},
                       {"contact", "visits desk"},
                       {"note", "first line\nsecond line"},
                       {"source", ""},
                       {"unverified", false}};
  auto plan = blank();
  ASSERT_TRUE(read_visit_fields(fields, plan));
  auto printed = fields_json(plan);
  for (const auto& [key, value] : fields.items()) {
    if (key == "states") continue;
    EXPECT_EQ(printed[key], value) << key;
  }
  EXPECT_EQ(printed["states"][0], (json{{"alpha3", "KGZ"}, {"name", "Kyrgyzstan"}}));
  EXPECT_EQ(printed["states"][1]["name"], "North Macedonia");
  EXPECT_TRUE(printed["invitation"].is_null());
  auto again = blank();
  ASSERT_TRUE(read_visit_fields(printed, again));
  EXPECT_EQ(again, plan);
}

TEST(VisitJson, EveryWrongFieldIsNamedWithWhatToTry) {
  const std::vector<std::pair<json, std::string>> cases = {
      {json::array(), ": is not an object"},
      {{{"stats", {"KGZ"}}}, "stats: there is no such field | did you mean states?"},
      {{{"states", "KGZ"}}, "states: is not a list"},
      {{{"states", {"Kirgyzstan"}}}, "states[0]: no State is called \"Kirgyzstan\" | did you mean Kyrgyzstan (KGZ)?"},
      {{{"states", {{{"code", "KGZ"}}}}}, "states[0].code: there is no such field"},
      {{{"kind", "folow_up"}}, "kind: \"folow_up\" is not known | did you mean follow_up?"},
      {{{"kind", 4}}, "kind: is not a word"},
      {{{"status", "sheduled"}}, "status: \"sheduled\" is not known | did you mean scheduled?"},
      {{{"title", 5}}, "title: is not text"},
      {{{"unverified", "yes"}}, "unverified: is neither true nor false"},
      {{{"components", {{{"mode", "onsite"}}}}}, "components[0].mode: \"onsite\" is not known | did you mean on_site?"},
      {{{"components", {{{"start", "next week"}}}}}, "components[0]: start: \"next week\" is not a date"},
      {{{"components", {{{"start", "2027-03-08"}, {"end", "2027-04"}}}}},
       "components[0]: end: the start 2027-03-08 and the end 2027-04 are not equally precise"},
      {{{"components", {{{"end", "2027"}}}}}, "components[0]: start: is empty while the end is no day"},
      {{{"components", {{{"start", "2027"}, {"precision", "exact"}}}}}, "components[0].precision: \"exact\" is not known"},
      {{{"consent", {{"status", "given"}}}}, "consent.status: \"given\" is not known"},
      {{{"consent", "granted"}}, "consent: is not an object"},
      {{{"invitation", {{"number", "3"}}}}, "invitation.number: there is no such field"},
      {{{"participation", {{{"role", "leads"}}}}}, "participation[0].body: is missing"},
      {{{"participation", {{{"body", "IMO"}, {"role", "joins"}}}}}, "participation[0].role: \"joins\" is not known"},
      {{{"aims", {1}}}, "aims[0]: is not text"},
      {{{"lead", "1540"}}, "lead: this is the node of 1373"},
      {{{"to", "1540"}}, "to: is not a list"},
  };
  for (const auto& [fields, expected] : cases) {
    EXPECT_NE(field_trouble(fields).find(expected), std::string::npos) << field_trouble(fields) << "\nfor " << fields;
  }
}

TEST(VisitJson, ThePrecisionIsWhatTheDatesSay) {
  const auto read = [](const std::string& start, const std::string& end) {
    Component component;
    component.start = start;
    component.end = end;
    EXPECT_TRUE(settle_dates(component));
    return std::string(word_of(component.precision)) + " " + dates_text(component);
  };
  EXPECT_EQ(read("2027-03-08", "2027-03-12"), "day 2027-03-08 to 2027-03-12");
  EXPECT_EQ(read("2027-03-08", ""), "day 2027-03-08");
  EXPECT_EQ(read("2027-03", ""), "month 2027-03");
  EXPECT_EQ(read("2021-03", "2021-04"), "month 2021-03 to 2021-04");
  EXPECT_EQ(read("2027", "2027"), "year 2027");
  EXPECT_EQ(read("2018", "2023"), "period 2018 to 2023");
  EXPECT_EQ(read("", "2019-04-25"), "end_day until 2019-04-25");
  EXPECT_EQ(read("", ""), "unknown days not known");
}

TEST(VisitJson, AChangeKeepsWhatItDoesNotName) {
  auto plan = blank();
  ASSERT_TRUE(read_visit_fields({{"consent", {{"status", "requested"}, {"reference", "NV 3"}}}, {"title", "A"}}, plan));
  ASSERT_TRUE(read_visit_fields({{"consent", {{"status", "granted"}}}}, plan));
  EXPECT_EQ(plan.title, "A");
  EXPECT_EQ(plan.consent.status, ConsentStatus::granted);
  EXPECT_EQ(plan.consent.reference, "NV 3");
  ASSERT_TRUE(read_visit_fields({{"title", nullptr}, {"consent", nullptr}}, plan));
  EXPECT_EQ(plan.title, "");
  EXPECT_EQ(plan.consent, Consent{});
}

TEST(VisitJson, ChangedFieldsAreShownFromAndTo) {
  auto before = blank();
  ASSERT_TRUE(read_visit_fields({{"states", {"KGZ"}}, {"title", "A"}}, before));
  auto after = before;
  ASSERT_TRUE(read_visit_fields({{"title", "B"}}, after));
  EXPECT_EQ(changed_fields(before, after), (json{{"title", {{"from", "A"}, {"to", "B"}}}}));
}

TEST(VisitJson, AnAnswerNeedsItsWordAndACommentItsText) {
  const auto read = [](const json& fields) {
    VisitAnswer answer;
    const auto result = read_answer_fields(fields, answer);
    return result ? std::string(*result ? "past" : "ok") : result.error().what;
  };
  EXPECT_EQ(read({{"answer", "joins"}, {"source", "press release"}}), "past");
  EXPECT_EQ(read({{"answer", "joins"}, {"historical", true}}), "past");
  EXPECT_EQ(read({{"answer", "joins"}, {"historical", "yes"}}), "historical: is neither true nor false");
  EXPECT_EQ(read({{"answer", "joins"}, {"body", "1267 Monitoring Team"}}), "ok");
  EXPECT_EQ(read({{"body", "x"}}), "answer: is missing");
  EXPECT_EQ(read({{"answer", "join"}}), "answer: \"join\" is not known");
  EXPECT_EQ(read({{"answer", "comments"}}), "text: a comment without words says nothing");
  EXPECT_EQ(read({{"answer", "joins"}, {"to", {"1267"}}}), "to: there is no such field");
}

}  // namespace
}  // namespace liaison
