// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/states.h"

#include <gtest/gtest.h>

#include <set>

#include "nodes/domain/words.h"

namespace liaison {
namespace {

std::string code(std::string_view text, const States& states = States::standard()) {
  const auto found = states.lookup(text);
  return found ? (*found)->alpha3 : "none: " + found.error().hint;
}

TEST(States, ThereAre193MembersAnd2Observers) {
  int observers = 0;
  std::set<std::string> codes, m49, names;
  for (const auto& state : States::standard().all()) {
    observers += state.observer ? 1 : 0;
    codes.insert(state.alpha3);
    m49.insert(state.m49);
    names.insert(state.name);
    EXPECT_EQ(state.alpha3.size(), 3U);
    EXPECT_EQ(state.alpha2.size(), 2U);
    EXPECT_EQ(state.m49.size(), 3U) << state.alpha3;
    EXPECT_EQ(state.subregion.size(), 3U) << state.alpha3;
    EXPECT_EQ(state.name.find(','), std::string::npos) << state.name;
  }
  EXPECT_EQ(States::standard().all().size(), 195U);
  EXPECT_EQ(observers, 2);
  EXPECT_EQ(codes.size(), 195U);
  EXPECT_EQ(m49.size(), 195U);
  EXPECT_EQ(names.size(), 195U);
}

TEST(States, ACodeOrNameInAnyFormIsFound) {
  EXPECT_EQ(code("KGZ"), "KGZ");
  EXPECT_EQ(code("kgz"), "KGZ");
  EXPECT_EQ(code("KG"), "KGZ");
  EXPECT_EQ(code("Kyrgyzstan"), "KGZ");
  EXPECT_EQ(code("cote d'ivoire"), "CIV");
  EXPECT_EQ(code("Côte d’Ivoire"), "CIV");
  EXPECT_EQ(code("TÜRKIYE"), "TUR");
  EXPECT_EQ(code("Turkey"), "TUR");
  EXPECT_EQ(code("Korea, Republic of"), "KOR");
  EXPECT_EQ(code("South Korea"), "KOR");
  EXPECT_EQ(code("the former Yugoslav Republic of Macedonia"), "MKD");
  EXPECT_EQ(code("the United Republic of Tanzania"), "TZA");
  EXPECT_EQ(code("Viet Nam"), "VNM");
  EXPECT_EQ(code("Swaziland"), "SWZ");
}

TEST(States, ASlipIsAnsweredWithTheNearestName) {
  EXPECT_EQ(code("Kirgyzstan"), "none: did you mean Kyrgyzstan (KGZ)?");
  EXPECT_EQ(code("Tajikstan"), "none: did you mean Tajikistan (TJK)?");
  EXPECT_EQ(code("Tunisa"), "none: did you mean Tunisia (TUN)?");
  EXPECT_EQ(code(""), "none: give the ISO 3166 alpha-3 code, e.g. KGZ, or the English name");
  EXPECT_TRUE(code("qqqqqqqqqqqq").starts_with("none: give the ISO"));
}

TEST(States, NoTwoStatesShareAName) {
  for (const auto& state : States::standard().all()) {
    EXPECT_EQ(code(state.name), state.alpha3);
    EXPECT_EQ(code(state.alpha2), state.alpha3);
  }
}

TEST(States, WithoutIsoCodesTheTableAloneAnswers) {
  const States bare("/nonexistent/iso_3166-1.json");
  EXPECT_EQ(bare.all().size(), 195U);
  EXPECT_EQ(code("Tanzania", bare), "TZA");
  EXPECT_EQ(code("Korea, Republic of", bare), "KOR");
}

TEST(States, TheRegionOfTwoStatesIsTheirSubRegionAndThePacificIslandsAreOne) {
  const auto& states = States::standard();
  EXPECT_EQ(states.region_of("KGZ", "TJK"), "Central Asia");
  EXPECT_EQ(states.region_of("SEN", "ZAF"), "Sub-Saharan Africa");
  EXPECT_EQ(states.region_of("AUS", "NZL"), "Australia and New Zealand");
  EXPECT_EQ(states.region_of("FJI", "WSM"), "Pacific islands");
  EXPECT_EQ(states.region_of("FJI", "VUT"), "Pacific islands");
  EXPECT_EQ(states.region_of("KGZ", "KGZ"), "");
  EXPECT_EQ(states.region_of("KGZ", "CHN"), "");
  EXPECT_EQ(states.region_of("KGZ", "XXX"), "");
}

TEST(Words, AccentsCaseAndSignsDoNotMatter) {
  EXPECT_EQ(folded("  São Tomé & Príncipe "), "sao tome principe");
  EXPECT_EQ(folded("Šiauliai ŁÓDŹ"), "siauliai lodz");
  EXPECT_EQ(folded("日本"), "日本");
  EXPECT_EQ(folded("\xc3"), "\xc3");
}

TEST(Words, ListsReadLikeSentences) {
  EXPECT_EQ(listed({}), "");
  EXPECT_EQ(listed({"a"}), "a");
  EXPECT_EQ(listed({"a", "b"}), "a and b");
  EXPECT_EQ(listed({"a", "b", "c"}), "a, b and c");
}

TEST(Words, TheDistanceCountsLettersAndStopsEarly) {
  EXPECT_EQ(edit_distance("scheduled", "sheduled", 3), 1U);
  EXPECT_EQ(edit_distance("abc", "xyz", 1), 2U);
  EXPECT_EQ(nearest("sheduled", {"scheduled", "conducted"}), "scheduled");
  EXPECT_EQ(nearest("qq", {"scheduled", "conducted"}), "");
}

}  // namespace
}  // namespace liaison
