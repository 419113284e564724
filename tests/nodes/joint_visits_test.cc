// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/joint_visits.h"

#include "schemas/record.h"
#include "tests/nodes/records_fixture.h"
#include "tests/nodes/visits_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;

class JointVisits : public testing::Test {
 protected:
  std::string plan(const char* who, const json& beside = json::object()) {
    json fields = trip({"KGZ"}, "2027-03-08", "2027-03-12");
    fields["title"] = std::string("Visit of ") + who;
    fields.update(beside);
    return visits.plan(who, fields);
  }
  json shown(const std::string& id) { return *visits.at("1540").show(id); }
  VisitsExchange visits;
};

TEST_F(JointVisits, TwoPlansBecomeOneWithTheDaysOfBothAndTheirQuestionsSaidOnce) {
  const auto own = plan("1540", {{"aims", {"action_plan", "identify_assistance_needs"}}});
  const auto other =
      plan("1373", {{"components", {{{"start", "2027-03-10"}, {"end", "2027-03-15"}, {"places", {"Bishkek", "Osh"}}}}}, {"aims", {"assistance_needs"}}});
  const auto made = joint_visit_fields("1540", {shown(own), shown(other)});
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ((*made)["begins"], "2027-03-08");
  EXPECT_EQ((*made)["ends"], "2027-03-15");
  EXPECT_EQ((*made)["plans"], (json{own, other}));
  EXPECT_EQ((*made)["title"], "Joint visit of 1373 and 1540 to Kyrgyzstan");
  EXPECT_EQ((*made)["parts"][0]["role"], "leads");
  EXPECT_EQ((*made)["parts"][1]["role"], "participates");
  ASSERT_EQ((*made)["itinerary"].size(), 4U);
  EXPECT_EQ((*made)["itinerary"][1]["place"], "Bishkek, Osh");
  ASSERT_EQ((*made)["questions"].size(), 2U);
  EXPECT_EQ((*made)["questions"][1]["committees"], (json{"1373", "1540"}));
  EXPECT_EQ((*made)["questions"][1]["merged_from"], (json{"1373: assistance needs", "1540: identify assistance needs"}));
  EXPECT_TRUE((*made)["questions"][0]["merged_from"].empty());
}

TEST_F(JointVisits, WhatIsProposedIsARecordThatCanBeMade) {
  RecordsExchange records;
  const auto made = joint_visit_fields("1540", {shown(plan("1540")), shown(plan("1373"))});
  ASSERT_TRUE(made);
  const auto draft = records.at("1540").create(*record_kind("visit.joint"), *made, Records::Origin::kOfficer, kVisitsNow);
  ASSERT_TRUE(draft) << draft.error().what;
}

// The record is the word of all who have a part in it: nobody need say it again of the visit.
TEST_F(JointVisits, AnAgreedOneStandsInBothCalendars) {
  RecordsExchange records;
  for (const char* id : {"1267", "1373", "1540"}) {
    visits.at(id).rest_on(records.at(id));
    records.at(id).know(visits.at(id));
  }
  const auto own = plan("1540"), other = plan("1373");
  const auto made = joint_visit_fields("1540", {shown(own), shown(other)});
  ASSERT_TRUE(made);
  const auto joint = records.create("1540", "visit.joint", *made);
  const auto merge = [&] { return visits.at("1373").change(other, 1, {{"merged_into", own}}, kVisitsNow); };
  ASSERT_EQ(merge()->warnings.size(), 1U) << "1540 has not been told that 1373 takes part";
  EXPECT_EQ(shown(own)["with"], json::array());
  auto said = records.at("1373").answer(joint, {{"answer", "joins"}});
  ASSERT_TRUE(said) << said.error().what;
  records.publish("1373", *said);
  EXPECT_EQ(shown(own)["with"], json::array()) << "its owner has not agreed";
  const auto agreed = records.change("1540", joint, {{"status", "agreed"}});
  ASSERT_TRUE(agreed) << agreed.error().what;
  records.publish("1540", *agreed);
  for (const char* id : {"1267", "1373", "1540"}) {
    const json page = *visits.at(id).show(own);
    EXPECT_EQ(page["joint_visits"], json({joint})) << id;
    EXPECT_EQ(page["with"], (json::array({{{"committee", "1373"}, {"answer", "joins"}, {"agreed", true}}}))) << id;
    const json calendar = *visits.at(id).calendar({{"from", "2027-03-01"}, {"to", "2027-03-31"}, {"committee", "1373"}});
    EXPECT_EQ(calendar["items"].size(), 2U) << id << ": its own plan, and the visit that it joins";
  }
  EXPECT_TRUE(merge()->warnings.empty());
  const auto with = [&](const std::string& visit) { return (*visits.at("1267").show(visit))["with"]; };
  visits.answer("1373", own, {{"answer", "declines"}});
  EXPECT_EQ(with(own), json::array()) << "what it says to the visit itself counts";
  visits.answer("1373", own, {{"answer", "advises"}});
  EXPECT_EQ(with(own), (json::array({{{"committee", "1373"}, {"answer", "advises"}, {"agreed", true}}})));
  // It has joined these plans and days, and no others.
  const auto elsewhere = visits.plan("1540", trip({"KGZ"}, "2028-03-08", "2028-03-12"));
  const auto swapped = records.change("1540", joint, {{"plans", {elsewhere, other}}});
  ASSERT_TRUE(swapped) << swapped.error().what;
  records.publish("1540", *swapped);
  EXPECT_EQ(with(elsewhere), json::array());
}

TEST_F(JointVisits, WhoDeclinesTheRecordTakesNoPart) {
  RecordsExchange records;
  visits.at("1267").rest_on(records.at("1267"));
  const auto own = plan("1540"), other = plan("1373");
  const auto joint = records.create("1540", "visit.joint", *joint_visit_fields("1540", {shown(own), shown(other)}));
  for (const char* word : {"joins", "declines"}) {
    auto said = records.at("1373").answer(joint, {{"answer", word}, {"text", "as the team allows"}});
    ASSERT_TRUE(said) << said.error().what;
    records.publish("1373", *said);
    if (word == std::string("joins")) records.publish("1540", *records.change("1540", joint, {{"status", "agreed"}}));
    EXPECT_EQ((*visits.at("1267").show(own))["with"].size(), word == std::string("joins") ? 1U : 0U) << word;
  }
}

// Another committee's node need not ask whom it should: what its record says of a committee that has not spoken is not shown.
TEST_F(JointVisits, ARecordThatSaysAgreedSpeaksForNobodyElse) {
  RecordsExchange records;
  visits.at("1267").rest_on(records.at("1267"));
  const auto own = plan("1540"), other = plan("1373");
  json fields = *joint_visit_fields("1540", {shown(own), shown(other)});
  fields["status"] = "agreed";
  fields["source"] = "a node that asks nobody";
  records.create("1540", "visit.joint", fields, Records::Origin::kHistorical);
  const json page = *visits.at("1267").show(own);
  EXPECT_EQ(page["joint_visits"].size(), 1U);
  EXPECT_EQ(page["with"], json::array());
}

TEST_F(JointVisits, ANeedThatAVisitCannotHaveFoundIsToldAsSuch) {
  RecordsExchange records;
  records.at("1540").know(visits.at("1540"));
  const auto own = plan("1540");
  const auto warnings = [&](const char* state) {
    const json fields = {{"states", {state}}, {"type", "assistance_need"}, {"visit", own}, {"area", "licensing"}, {"text", "A licensing office"}};
    const auto draft = records.at("1540").create(*record_kind("visit.need"), fields, Records::Origin::kOfficer, kVisitsNow);
    EXPECT_TRUE(draft) << draft.error().what;
    return draft ? draft->warnings : std::vector<std::string>();
  };
  EXPECT_EQ(warnings("KGZ"), std::vector<std::string>{own + " begins on 2027-03-08: it has found nothing yet"});
  EXPECT_EQ(warnings("UZB"), (std::vector<std::string>{own + " begins on 2027-03-08: it has found nothing yet", own + " does not go to Uzbekistan"}));
}

TEST_F(JointVisits, PlansThatCannotBeOneVisitAreRefusedByName) {
  const auto own = plan("1540"), second = plan("1540"), elsewhere = plan("1373", {{"states", {"KEN"}}}),
             month = plan("1267", {{"components", {{{"start", ""}, {"end", ""}}}}});
  for (const auto& [ids, piece] : std::vector<std::pair<std::vector<std::string>, std::string>>{{{own}, "at least two plans"},
                                                                                                {{own, second}, "of one committee"},
                                                                                                {{own, elsewhere}, "goes to no State"},
                                                                                                {{own, month}, "no known days"},
                                                                                                {{elsewhere, month}, "no known days"}}) {
    std::vector<json> plans;
    for (const auto& id : ids) plans.push_back(shown(id));
    const auto made = joint_visit_fields("1540", plans);
    ASSERT_FALSE(made) << piece;
    EXPECT_EQ(made.error().code, Code::kInput);
    EXPECT_NE(made.error().what.find(piece), std::string::npos) << made.error().what;
    EXPECT_FALSE(made.error().hint.empty());
  }
  const auto over = plan("1373");
  visits.change("1373", over, {{"status", "cancelled"}});
  EXPECT_FALSE(joint_visit_fields("1540", {shown(own), shown(over)}));
}

}  // namespace
}  // namespace liaison
