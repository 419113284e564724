// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/matching.h"

#include "tests/nodes/records_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;

Record made(RecordsExchange& exchange, const char* kind, json fields) {
  fields["source"] = "a test";
  const auto draft = exchange.at("1540").create(*record_kind(kind), fields, Records::Origin::kHistorical, kVisitsNow);
  EXPECT_TRUE(draft) << draft.error().what;
  exchange.publish("1540", *draft);
  return *decode_record(kind, draft->body);
}

json offer(const std::string& provider, json beside) {
  json fields = {{"provider", provider}, {"provider_type", "international_organization"}, {"text", "training"}, {"status", "open"}};
  fields.update(beside);
  return fields;
}

std::vector<std::string> words(const SuggestedMatch& match) {
  std::vector<std::string> out;
  for (const auto& reason : match.reasons) out.push_back(reason.word);
  return out;
}

class Matching : public testing::Test {
 protected:
  RecordsExchange exchange;
  Record request = made(exchange, "assistance.request",
                        {{"states", {"KGZ"}},
                         {"areas", {"border_control", "licensing"}},
                         {"types", {"training"}},
                         {"need", "Training"},
                         {"languages", {"ru"}},
                         {"received_on", "2026-11-02"}});
};

TEST_F(Matching, SaysEachReasonAndPutsTheWeightiestFirst) {
  const Record poor = made(exchange, "assistance.offer", offer("WCO", {{"areas", {"border_control"}}}));
  const Record rich = made(exchange, "assistance.offer",
                           offer("OSCE", {{"areas", {"border_control", "licensing"}},
                                          {"languages", {"ru", "en"}},
                                          {"types", {"training"}},
                                          {"regions", {"asia_pacific"}},
                                          {"able_until", "2027-12"}}));
  const auto found = suggest_matches(request, {poor, rich}, {{"OSCE", {"licensing"}}}, kVisitsToday);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].provider, "OSCE");
  EXPECT_EQ(words(found[0]), (std::vector<std::string>{"area", "other", "region", "language", "timing", "track_record"}));
  EXPECT_EQ(found[0].reasons[0].text, "both name border control and licensing");
  EXPECT_EQ(words(found[1]), (std::vector<std::string>{"area"}));
}

TEST_F(Matching, LeavesOutWhatCannotAnswer) {
  const Record other_area = made(exchange, "assistance.offer", offer("WHO", {{"areas", {"laboratory"}}}));
  const Record taken = made(exchange, "assistance.offer", offer("IAEA", {{"areas", {"licensing"}}, {"status", "matched"}}));
  const Record over = made(exchange, "assistance.offer", offer("EU", {{"areas", {"licensing"}}, {"offered_on", "2024-01"}, {"valid_until", "2025-12-31"}}));
  const Record elsewhere = made(exchange, "assistance.offer", offer("UNODC", {{"areas", {"licensing"}}, {"request", "1373-R-2026-0099"}}));
  EXPECT_TRUE(suggest_matches(request, {other_area, taken, over, elsewhere}, {}, kVisitsToday).empty());
}

TEST_F(Matching, SaysWhatSpeaksAgainst) {
  const Record africa = made(exchange, "assistance.offer", offer("AU", {{"areas", {"licensing"}}, {"regions", {"african"}}}));
  const auto found = suggest_matches(request, {africa}, {}, kVisitsToday);
  ASSERT_EQ(found.size(), 1U);
  ASSERT_EQ(found[0].against.size(), 1U);
  EXPECT_NE(found[0].against[0].find("Kyrgyzstan"), std::string::npos);
}

TEST_F(Matching, AnswersANeedFoundOnAVisitToo) {
  const Record need =
      made(exchange, "visit.need",
           {{"states", {"KGZ"}}, {"type", "assistance_need"}, {"visit", "1540-V-2026-0001"}, {"area", "licensing"}, {"text", "A licensing office"}});
  const Record general = made(exchange, "assistance.offer", offer("OPCW", {{"general", true}}));
  const auto found = suggest_matches(need, {general}, {}, kVisitsToday);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(words(found[0]), (std::vector<std::string>{"other"}));
}

}  // namespace
}  // namespace liaison
