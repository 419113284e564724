// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/states.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "nodes/domain/words.h"

namespace liaison {
namespace {

std::string code(std::string_view text, const States& states = States::standard()) {
  const auto found = states.lookup(text);
  return found ? (*found)->alpha3 : "none: " + found.error().hint;
}

// What is said of a name that several States may be meant by, or the one that has it.
std::string choice(std::string_view text) {
  const auto found = States::standard().lookup(text);
  if (found) return (*found)->alpha3;
  EXPECT_EQ(found.error().code, Code::kInput);
  EXPECT_EQ(found.error().hint, "give the code of the one you mean");
  return found.error().what;
}

const States& bare() {
  static const States states({"/nonexistent/iso_3166-1.json", "/nonexistent"});
  return states;
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
  EXPECT_TRUE(code("KGX").starts_with("none: give the ISO"));   // of another code nobody knows which letter is wrong
}

// "Congo" is the one short name that a second State is called by as well; in French and Chinese the short name is a longer one.
TEST(States, EveryStateIsFoundByItsCodesAndItsShortNameInAllSixLanguages) {
  std::set<std::string> asked;
  for (const auto& state : States::standard().all()) {
    EXPECT_EQ(code(state.alpha3), state.alpha3);
    EXPECT_EQ(code(state.alpha2), state.alpha3);
    EXPECT_EQ(code(state.m49), state.alpha3);
    for (const Language language : kLanguages) {
      const auto& name = state.name_in(language);
      if (code(name) == state.alpha3) continue;
      asked.insert(std::string(word_of(language)) + ' ' + name);
      EXPECT_TRUE(choice(name).find("the Congo (COG) or the Democratic Republic of the Congo (COD)") != std::string::npos) << name;
    }
    EXPECT_EQ(code(state.official_in(Language::kFrench)), state.alpha3) << state.official_in(Language::kFrench);
  }
  EXPECT_EQ(asked, (std::set<std::string>{"ar الكونغو", "en Congo", "es Congo", "ru Конго"}));
}

TEST(States, EveryShortNameIsFoundFolded) {
  for (const auto& state : States::standard().all()) {
    for (const Language language : kLanguages) {
      if (state.alpha3 == "COG") continue;
      EXPECT_EQ(code(folded(state.name_in(language))), state.alpha3) << state.name_in(language);
    }
  }
}

// What iso-codes of Debian 12 has no translation of, or a wrong one, stands in state_names.csv.
TEST(States, NamesThatIsoCodesLacksAreOurOwn) {
  const auto& states = States::standard();
  EXPECT_EQ(states.name_of("TUR", Language::kArabic), "تركيا");
  EXPECT_EQ(states.name_of("TUR", Language::kRussian), "Турция");
  EXPECT_EQ(states.name_of("TUR", Language::kFrench), "Türkiye");
  EXPECT_EQ(states.name_of("TUR", Language::kSpanish), "Türkiye");
  EXPECT_EQ(states.name_of("TUR", Language::kChinese), "土耳其");
  EXPECT_EQ(code("المالديف"), "MDV");   // iso-codes takes it for the Republic of Moldova
  EXPECT_EQ(code("柬埔寨"), "KHM");      // iso-codes writes another last character
  EXPECT_EQ(code("Argelia"), "DZA");
}

TEST(States, NamesAreSpokenAndNotListed) {
  const auto& states = States::standard();
  EXPECT_EQ(states.name_of("KOR", Language::kFrench), "République de Corée");
  EXPECT_EQ(states.name_of("COD", Language::kSpanish), "República Democrática del Congo");
  EXPECT_EQ(states.name_of("VAT", Language::kFrench), "Saint-Siège");
  EXPECT_EQ(spoken_name("Iran, République islamique d'"), "République islamique d'Iran");
  EXPECT_EQ(spoken_name("تنزانيا، جمهوريّة تنزانيا المتّحدة"), "جمهوريّة تنزانيا المتّحدة");
  EXPECT_EQ(states.find("KGZ")->official_in(Language::kEnglish), "Kyrgyz Republic");
  EXPECT_EQ(states.find("KGZ")->official_in(Language::kFrench), "République kirghize");
  EXPECT_EQ(states.find("CAN")->official_in(Language::kSpanish), "Canadá");
  EXPECT_EQ(states.name_of("XXX", Language::kFrench), "XXX");
}

TEST(States, NamesAsTheUnWritesThemAreFound) {
  const std::map<std::string_view, std::string_view> names = {
      {"Bolivia (Plurinational State of)", "BOL"}, {"Iran (Islamic Republic of)", "IRN"}, {"Venezuela (Bolivarian Republic of)", "VEN"},
      {"Micronesia (Federated States of)", "FSM"}, {"Côte d'Ivoire", "CIV"}, {"Türkiye", "TUR"}, {"Viet Nam", "VNM"}, {"Việt Nam", "VNM"},
      {"the Republic of Türkiye", "TUR"}, {"the Republic of Kenya", "KEN"}, {"the Republic of Rwanda", "RWA"}, {"the Republic of the Congo", "COG"},
      {"the Kyrgyz Republic", "KGZ"}, {"the Kingdom of Eswatini", "SWZ"}, {"the State of Libya", "LBY"}, {"the Lao People's Democratic Republic", "LAO"},
      {"the Democratic People's Republic of Korea", "PRK"}, {"the Republic of Korea", "KOR"}, {"Republic of Moldova (the)", "MDA"},
      {"Netherlands (Kingdom of the)", "NLD"}, {"the United Kingdom of Great Britain and Northern Ireland", "GBR"}, {"Niger (the)", "NER"},
      {"the Republic of the Union of Myanmar", "MMR"}, {"the Co-operative Republic of Guyana", "GUY"}, {"Sao Tome & Principe", "STP"},
      {"São Tomé and Príncipe", "STP"}, {"St. Vincent and the Grenadines", "VCT"}, {"Antigua & Barbuda", "ATG"}, {"Cabo Verde", "CPV"},
      {"Timor-Leste", "TLS"}, {"the Syrian Arab Republic", "SYR"}, {"the Holy See", "VAT"}, {"the United States of America", "USA"},
      {"Congo, Democratic Republic of the", "COD"}, {"Guinea-Bissau", "GNB"}, {"Papua New Guinea", "PNG"}, {"Saint Kitts and Nevis", "KNA"},
      {"Afghanistan (l')", "AFG"}, {"République centrafricaine (la)", "CAF"}, {"Emiratos Árabes Unidos (los)", "ARE"}};
  for (const auto& [name, alpha3] : names) EXPECT_EQ(code(name), alpha3) << name;
}

TEST(States, ArabicIsFoundWithAndWithoutItsSigns) {
  EXPECT_EQ(code("السّودان"), "SDN");
  EXPECT_EQ(code("السودان"), "SDN");
  EXPECT_EQ(code("سودان"), "SDN");            // without the article
  EXPECT_EQ(code("الـسـودان"), "SDN");        // drawn out
  EXPECT_EQ(code("اثيوبيا"), "ETH");          // without the hamza
  EXPECT_EQ(code("إثيوبيا"), "ETH");
  EXPECT_EQ(code("أنتيغوا و بربودا"), "ATG");
  EXPECT_EQ(code("أنتيغوا وبربودا"), "ATG");
  EXPECT_EQ(code("سوريه"), "SYR");            // heh for teh marbuta
}

TEST(States, OtherScriptsAreFoundInAnyCaseAndWithoutAccents) {
  EXPECT_EQ(code("КЕНИЯ"), "KEN");
  EXPECT_EQ(code("Киргизия"), "KGZ");
  EXPECT_EQ(code("соединенное королевство"), "GBR");
  EXPECT_EQ(code("Российская Федерация"), "RUS");
  EXPECT_EQ(code("肯尼亚"), "KEN");
  EXPECT_EQ(code("ESPANA"), "ESP");
  EXPECT_EQ(code("états-unis"), "USA");
  EXPECT_EQ(code("ＫＧＺ"), "KGZ");   // full width
  EXPECT_EQ(code("004"), "AFG");
  EXPECT_EQ(code("٠٠٤"), "AFG");
  EXPECT_EQ(code("4"), "none: give the ISO 3166 alpha-3 code, e.g. KGZ, or the English name");
}

TEST(States, AFormerNameMeansTheStateOfToday) {
  const std::map<std::string_view, std::string_view> names = {
      {"Turkey", "TUR"}, {"Swaziland", "SWZ"}, {"Macedonia", "MKD"}, {"Burma", "MMR"}, {"Zaire", "COD"}, {"Czech Republic", "CZE"},
      {"Cape Verde", "CPV"}, {"Ivory Coast", "CIV"}, {"Upper Volta", "BFA"}, {"Ceylon", "LKA"}, {"East Timor", "TLS"},
      {"Libyan Arab Jamahiriya", "LBY"}, {"Western Samoa", "WSM"}, {"Dahomey", "BEN"}, {"Kampuchea", "KHM"}, {"Rhodesia", "ZWE"},
      {"Persia", "IRN"}, {"Siam", "THA"}, {"Byelorussian SSR", "BLR"}, {"GDR", "DEU"}, {"Tanganyika", "TZA"}, {"Turquie", "TUR"},
      {"Birmanie", "MMR"}, {"Бирма", "MMR"}, {"扎伊尔", "COD"}, {"بورما", "MMR"}, {"Alto Volta", "BFA"}};
  for (const auto& [name, alpha3] : names) {
    EXPECT_EQ(code(name), alpha3) << name;
    EXPECT_EQ(code(name, bare()), alpha3) << name;
  }
}

TEST(States, FormerNamesHaveTheirYears) {
  const auto zaire = States::standard().former_names_of("COD");
  const auto at = std::find_if(zaire.begin(), zaire.end(), [](const FormerName& former) { return former.name == "Zaire"; });
  ASSERT_NE(at, zaire.end());
  EXPECT_EQ(at->from, 1971);
  EXPECT_EQ(at->until, 1997);
  EXPECT_EQ(States::standard().former_names_of("CAN").size(), 0U);
  EXPECT_EQ(States::standard().former_names_of("XXX").size(), 0U);
  for (const auto& former : States::standard().former_names()) {
    EXPECT_TRUE(former.until.has_value()) << former.name;
    EXPECT_LT(former.from.value_or(0), former.until.value_or(0)) << former.name;
    EXPECT_FALSE(former.alpha3.empty());
    EXPECT_TRUE(std::is_sorted(former.alpha3.begin(), former.alpha3.end())) << former.name;
  }
}

TEST(States, ANameOfSeveralStatesIsAnsweredWithWhichOnes) {
  EXPECT_EQ(choice("Congo"), "\"Congo\" may be the Congo (COG) or the Democratic Republic of the Congo (COD)");
  EXPECT_EQ(choice("刚果"), "\"刚果\" may be the Congo (COG) or the Democratic Republic of the Congo (COD)");
  EXPECT_EQ(choice("Korea"), "\"Korea\" may be the Democratic People's Republic of Korea (PRK) or the Republic of Korea (KOR)");
  EXPECT_EQ(choice("Корея"), "\"Корея\" may be the Democratic People's Republic of Korea (PRK) or the Republic of Korea (KOR)");
  EXPECT_EQ(choice("Czechoslovakia"), "\"Czechoslovakia\" may be Czechia (CZE) or Slovakia (SVK)");
  EXPECT_EQ(choice("Serbia and Montenegro"), "\"Serbia and Montenegro\" may be Montenegro (MNE) or Serbia (SRB)");
  EXPECT_EQ(choice("Югославия"), "\"Югославия\" may be Bosnia and Herzegovina (BIH), Croatia (HRV), Montenegro (MNE), North Macedonia (MKD), "
                                 "Serbia (SRB) or Slovenia (SVN)");
  EXPECT_NE(choice("Soviet Union").find("the Russian Federation (RUS), Tajikistan (TJK)"), std::string::npos);
  EXPECT_EQ(choice("USSR").substr(6), choice("СССР").substr(10));
  EXPECT_EQ(code("Yugoslawia").substr(0, 53), "none: did you mean Bosnia and Herzegovina (BIH), Croa");
}

TEST(States, AShortNameIsItsStatesOwnWhateverElseContainsIt) {
  const std::map<std::string_view, std::string_view> names = {{"Guinea", "GIN"}, {"Niger", "NER"}, {"Sudan", "SDN"}, {"Samoa", "WSM"},
                                                              {"Dominica", "DMA"}, {"Ireland", "IRL"}, {"Yemen", "YEM"}, {"Mali", "MLI"},
                                                              {"China", "CHN"}, {"Serbia", "SRB"}, {"LA", "LAO"}, {"DE", "DEU"}};
  for (const auto& [name, alpha3] : names) EXPECT_EQ(code(name), alpha3) << name;
}

TEST(States, TheNearestNameIsFoundInEveryScript) {
  EXPECT_EQ(code("Узбекистон"), "none: did you mean Uzbekistan (UZB)?");
  EXPECT_EQ(code("Казахтан"), "none: did you mean Kazakhstan (KAZ)?");
  EXPECT_EQ(code("塔吉克斯旦"), "none: did you mean Tajikistan (TJK)?");
  EXPECT_EQ(code("肯尼雅"), "none: did you mean Kenya (KEN)?");
  EXPECT_EQ(code("موزنبيق"), "none: did you mean Mozambique (MOZ)?");
  EXPECT_EQ(code("Ouzbekistan du"), "UZB");
  EXPECT_EQ(code("Republic of Ireland"), "none: did you mean Ireland (IRL)?");
  EXPECT_EQ(code("中囯"), "none: give the ISO 3166 alpha-3 code, e.g. KGZ, or the English name");   // one of two is no slip
}

TEST(States, AnUnknownNameIsRepeatedAsTextThatMayBeShown) {
  const std::string wide(3 * 40, '\xe4');   // no UTF-8
  const auto said = States::standard().lookup(wide).error().what;
  EXPECT_TRUE(said.starts_with("\"\\xe4\\xe4") && said.ends_with("\": the text is not valid UTF-8")) << said;
  EXPECT_LT(said.size(), 120U);
  EXPECT_EQ(States::standard().lookup(std::string("a\nb")).error().what, "\"a\\x0ab\": the text holds a control character");
  EXPECT_FALSE(States::standard().lookup("K\u202eGZ"));
}

TEST(States, WithoutIsoCodesTheTablesAloneAnswer) {
  EXPECT_EQ(bare().all().size(), 195U);
  EXPECT_EQ(code("Tanzania", bare()), "TZA");
  EXPECT_EQ(code("Korea, Republic of", bare()), "KOR");
  EXPECT_EQ(bare().name_of("KEN", Language::kRussian), "Kenya");
  EXPECT_EQ(bare().find("KGZ")->official_in(Language::kChinese), "吉尔吉斯斯坦");
  EXPECT_EQ(code("Кения", bare()).substr(0, 6), "none: ");
}

TEST(States, LanguagesAreKnownByTheirCodes) {
  for (const Language language : kLanguages) EXPECT_EQ(parse_language(word_of(language)), language);
  EXPECT_EQ(word_of(Language::kChinese), "zh");
  EXPECT_EQ(parse_language("de"), std::nullopt);
  EXPECT_EQ(parse_language(""), std::nullopt);
}

TEST(States, TheRegionalGroupsAreThoseOfElections) {
  const auto& states = States::standard();
  std::map<std::string_view, int> members;
  for (const auto& state : states.all()) {
    EXPECT_EQ(state.group == UnGroup::kNone, state.observer) << state.name;
    ++members[word_of(state.group)];
  }
  EXPECT_EQ(members, (std::map<std::string_view, int>{{"", 2}, {"african", 54}, {"asia_pacific", 54}, {"eastern_european", 23}, {"grulac", 33}, {"weog", 29}}));
  EXPECT_EQ(states.find("KIR")->group, UnGroup::kAsiaPacific);
  EXPECT_EQ(states.find("CYP")->group, UnGroup::kAsiaPacific);
  for (const char* alpha3 : {"TUR", "ISR", "USA", "AUS"}) EXPECT_EQ(states.find(alpha3)->group, UnGroup::kWesternEuropeanAndOthers) << alpha3;
  EXPECT_EQ(title_of(states.find("EST")->group), "Eastern European Group");
}

TEST(States, EveryStateLiesInARegionOfM49) {
  std::map<std::string, int> regions, intermediates;
  for (const auto& state : States::standard().all()) {
    ++regions[state.region + ' ' + state.region_name];
    ++intermediates[state.intermediate + ' ' + state.intermediate_name];
    EXPECT_EQ(state.intermediate.empty(), state.subregion != "202" && state.subregion != "419") << state.name;
  }
  EXPECT_EQ(regions, (std::map<std::string, int>{{"002 Africa", 54}, {"009 Oceania", 14}, {"019 Americas", 35}, {"142 Asia", 48}, {"150 Europe", 44}}));
  EXPECT_EQ(intermediates, (std::map<std::string, int>{{" ", 114}, {"005 South America", 12}, {"011 Western Africa", 16}, {"013 Central America", 8},
                                                       {"014 Eastern Africa", 18}, {"017 Middle Africa", 9}, {"018 Southern Africa", 5},
                                                       {"029 Caribbean", 13}}));
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
  EXPECT_EQ(states.region_of("XXX", "YYY"), "");
  EXPECT_EQ(states.subregion_key("FJI"), "Pacific islands");
  EXPECT_EQ(states.subregion_key("KGZ"), "Central Asia");
  EXPECT_EQ(states.subregion_key("XXX"), "");
}

TEST(Words, AccentsCaseAndSignsDoNotMatter) {
  EXPECT_EQ(folded("  São Tomé & Príncipe "), "sao tome principe");
  EXPECT_EQ(folded("Šiauliai ŁÓDŹ"), "siauliai lodz");
  EXPECT_EQ(folded("日本"), "日本");
  EXPECT_EQ(folded("\xc3"), "\xc3");
  EXPECT_EQ(folded("Việt Nam"), "viet nam");
  EXPECT_EQ(folded("ЁЛКА, Й"), "елка и");
  EXPECT_EQ(folded("e\xcc\x81"), "e");
  EXPECT_EQ(folded("الجمهوريّة، أُمّ"), "الجمهوريه ام");
  EXPECT_EQ(folded("中国（北）"), "中国 北");
  EXPECT_EQ(folded("Ａ１ ٤"), "a1 4");
  EXPECT_EQ(folded("नेपाल 한국"), "नेपाल 한국");
}

TEST(Words, LettersOfAllScriptsCountAsOne) {
  EXPECT_EQ(edit_distance("Кения", "Кеныя", 3), 1U);
  EXPECT_EQ(edit_distance("肯尼亚", "肯尼雅", 3), 1U);
  EXPECT_EQ(decoded("a\xff肯"), (std::u32string{U'a', char32_t{0x1100FF}, U'肯'}));
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
