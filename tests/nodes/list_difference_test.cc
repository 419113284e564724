// SPDX-License-Identifier: Apache-2.0
// What has changed from one version of a list to the next, and which version a person must look at first.
#include "nodes/connectors/list_difference.h"

#include <gmock/gmock.h>

#include "nodes/connectors/list_sample.h"

namespace liaison {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kMonday = "2017-06-19T19:00:00-04:00";
constexpr const char* kTuesday = "2017-06-20T19:00:00-04:00";
const ListRules kRules{{"Al-Qaida", "Taliban"}, 5, {"LAST_DAY_UPDATED"}};

ListVersion version(const std::vector<InventedEntry>& entries, const std::string& when, const std::vector<std::string>& values = {}) {
  auto list = parse_list(view_of(invented_list(entries, when)), values);
  EXPECT_TRUE(list) << list.error().what;
  return std::move(*list);
}

KnownList known(const ListVersion& list) {
  KnownList out{list.generated_ms, list.entries.size(), {}};
  for (const ListedEntry& one : list.entries) out.standing[one.reference] = one;
  return out;
}

InventedEntry& named(std::vector<InventedEntry>& entries, const std::string& reference) {
  return *std::find_if(entries.begin(), entries.end(), [&](const InventedEntry& one) { return one.reference == reference; });
}

// "QDi.001 amended 2017-06-20: COMMENTS1", "(not told)" behind those of other lists.
std::vector<std::string> changes(const ListVersion& before, const ListVersion& after) {
  std::vector<std::string> out;
  for (const ListChange& one : list_changes(known(before), after, kRules)) {
    std::string text = one.entry.reference + " " + std::string(word_of(one.what)) + " " + one.effective_on;
    for (const ListFieldChange& field : one.fields) text += (&field == &one.fields.front() ? ": " : ", ") + field.field;
    out.push_back(text + (one.told ? "" : " (not told)"));
  }
  return out;
}

std::string held(const std::vector<InventedEntry>& entries, const std::string& when = kTuesday) {
  const auto list = version(entries, when);
  if (const auto good = check_list(list); !good) return good.error().what;
  const auto doubt = doubt_about(known(version(invented_entries(40), kMonday)), list, kRules);
  if (!doubt) return "";
  EXPECT_FALSE(doubt->hint.empty());
  return doubt->what;
}

TEST(ListDifference, TheSameListHasNone) {
  EXPECT_THAT(changes(version(invented_entries(40), kMonday), version(invented_entries(40), kTuesday)), IsEmpty());
  EXPECT_EQ(changes_in_words({}), "nothing");
}

TEST(ListDifference, NamesWhatWasAddedAmendedAndRemoved) {
  auto entries = invented_entries(40);
  const auto before = version(entries, kMonday);
  named(entries, "QDi.002").comments = "Invented otherwise.";
  named(entries, "TAi.001").updated_on = {"2016-06-01", "2017-06-15"};
  std::erase_if(entries, [](const InventedEntry& one) { return one.reference == "TAi.004"; });
  entries.push_back({"QDe.901", "Al-Qaida", true, "Invented.", "2017-06-14", {}});
  const auto after = version(entries, kTuesday);
  EXPECT_THAT(changes(before, after), ElementsAre("QDe.901 added 2017-06-14", "QDi.002 amended 2017-06-20: COMMENTS1",
                                                  "TAi.001 amended 2017-06-15: LAST_DAY_UPDATED", "TAi.004 removed 2017-06-20"));
  EXPECT_EQ(changes_in_words(list_changes(known(before), after, kRules)), "1 added, 2 amended, 1 removed");
}

TEST(ListDifference, OtherListsAreKeptAndNotTold) {
  auto entries = invented_entries(40);
  const auto before = version(entries, kMonday);
  named(entries, "KPi.001").comments = "Invented otherwise.";
  entries.push_back({"LYi.901", "Libya", false, "Invented.", "2017-06-14", {}});
  EXPECT_THAT(changes(before, version(entries, kTuesday)), 
              ElementsAre("KPi.001 amended 2017-06-20: COMMENTS1 (not told)", "LYi.901 added 2017-06-14 (not told)"));
}

TEST(ListDifference, AnEntryThatLeavesAListThatIsFollowedIsTold) {
  auto entries = invented_entries(40);
  const auto before = version(entries, kMonday);
  named(entries, "QDi.001").list_type = "Somewhere else";
  EXPECT_THAT(changes(before, version(entries, kTuesday)), ElementsAre("QDi.001 amended 2017-06-20: UN_LIST_TYPE"));
}

TEST(ListDifference, SaysTheValuesOfFieldsThatAreKeptAndOfNoOther) {
  auto entries = invented_entries(40);
  const auto before = version(entries, kMonday, {"LAST_DAY_UPDATED"});
  named(entries, "QDi.001").updated_on = {"2016-06-01", "2017-06-15"};
  named(entries, "QDi.001").comments = "Invented otherwise.";
  const auto found = list_changes(known(before), version(entries, kTuesday, {"LAST_DAY_UPDATED"}), kRules);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].fields, ElementsAre(ListFieldChange{"COMMENTS1", {}, {}}, ListFieldChange{"LAST_DAY_UPDATED", "2016-06-01", "2016-06-01; 2017-06-15"}));
}

TEST(ListDifference, SaysNoValueThatWasKeptBeforeItsFieldWasTakenOutOfTheConfiguration) {
  auto entries = invented_entries(40);
  const auto before = version(entries, kMonday, {"COMMENTS1"});
  named(entries, "QDi.001").comments = "Invented otherwise.";
  const auto found = list_changes(known(before), version(entries, kTuesday, {"COMMENTS1"}), kRules);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].fields, ElementsAre(ListFieldChange{"COMMENTS1", {}, {}}));
}

TEST(ListDifference, AFieldThatComesOrGoesHasChanged) {
  auto entries = invented_entries(40);
  const auto before = version(entries, kMonday);
  named(entries, "QDi.001").updated_on = {};
  const auto without = version(entries, kTuesday);
  EXPECT_THAT(changes(before, without), ElementsAre("QDi.001 amended 2017-06-20: LAST_DAY_UPDATED"));
  EXPECT_THAT(changes(without, version(invented_entries(40), kTuesday)), ElementsAre("QDi.001 amended 2016-06-01: LAST_DAY_UPDATED"));
}

TEST(ListDifference, KnowsTheFormOfAReferenceNumber) {
  for (const char* good : {"QDi.001", "TAi.999", "KPi.123", "SDi.004", "XXi.001"}) {
    EXPECT_TRUE(is_reference(good, false)) << good;
    EXPECT_FALSE(is_reference(good, true)) << good;
  }
  EXPECT_TRUE(is_reference("QDe.001", true));
  for (const char* wrong : {"", "QDi.01", "QDi.0001", "QDi001", "qdi.001", "QDI.001", "Q1i.001", "QDx.001", "QI.A.1.01", " QDi.001", "QDi.00a"})
    EXPECT_FALSE(is_reference(wrong, false)) << wrong;
}

TEST(ListDifference, AListThatIsNewBlocksNoOther) {
  auto entries = invented_entries(40);
  entries.push_back({"ZZe.001", "A new one", true, "Invented.", "2017-06-14", {}});
  EXPECT_EQ(held(entries), "");
}

TEST(ListDifference, AnEntryThatMovesToAListThatNobodyKnowsIsHeldAndTheNameIsNotSaid) {
  auto entries = invented_entries(40);
  named(entries, "QDi.001").list_type = "INVENTED PERSON";
  EXPECT_EQ(held(entries), "QDi.001 moves to a list that is neither followed nor in the last good one");
  named(entries, "QDi.001").list_type = "Libya";
  EXPECT_EQ(held(entries), "") << "it stands in the last one, though it is not followed";
  named(entries, "QDi.001").list_type = "Al-Qaida";
  named(entries, "KPi.001").list_type = "INVENTED PERSON";
  EXPECT_EQ(held(entries), "") << "nothing is told of it";
}

TEST(ListDifference, AListOfTheFutureIsHeld) {
  const auto list = version(invented_entries(40), kMonday);
  EXPECT_FALSE(doubt_about_date(list, list.generated_ms - kDayMs));
  const auto doubt = doubt_about_date(list, list.generated_ms - kDayMs - 1);
  ASSERT_TRUE(doubt);
  EXPECT_EQ(doubt->what, "the list is of 2017-06-19T23:00:00Z, more than a day ahead of this machine's clock");
}

TEST(ListDifference, AnEntryWithoutFormIsHeldAndNamedByItsPlaceAlone) {
  auto entries = invented_entries(40);
  entries[4].reference = "INVENTED PERSON";
  EXPECT_EQ(held(entries), "individual 5 of the list has a reference number that has not the form QDi.001");
  entries = invented_entries(40);
  named(entries, "QDe.003").reference = "QDi.003";
  EXPECT_EQ(held(entries), "entity 1 of the list has a reference number that has not the form QDe.001");
  entries = invented_entries(40);
  entries[4].reference = entries[0].reference;
  EXPECT_EQ(held(entries), "the reference number QDi.001 stands twice in the list");
  entries = invented_entries(40);
  entries[0].list_type = "";
  EXPECT_EQ(held(entries), "individual 1 of the list, QDi.001, says not to which list it belongs");
}

TEST(ListDifference, AReferenceNumberMayHaveBlanksAroundIt) {
  auto entries = invented_entries(40);
  entries[0].reference = "  QDi.001\n";
  EXPECT_EQ(held(entries), "");
  EXPECT_THAT(changes(version(invented_entries(40), kMonday), version(entries, kTuesday)), IsEmpty());
}

TEST(ListDifference, AnEmptyListIsHeld) { EXPECT_EQ(held({}), "the list has no entries"); }

TEST(ListDifference, AListThatGoesBackInTimeIsHeld) {
  EXPECT_EQ(held(invented_entries(40), "2017-06-19T18:59:59-04:00"),
            "the list goes back in time: it is of 2017-06-19T22:59:59Z, and the last good one is of 2017-06-19T23:00:00Z");
}

TEST(ListDifference, AnotherListUnderTheSameDateIsHeld) {
  auto entries = invented_entries(40);
  EXPECT_EQ(held(entries, kMonday), "");
  entries[0].comments = "Invented otherwise.";
  EXPECT_EQ(held(entries, kMonday), "the list has the date of the last good one, 2017-06-19T23:00:00Z, and says something else");
}

TEST(ListDifference, AListThatShrinksTooMuchIsHeld) {
  auto entries = invented_entries(40);
  entries.resize(38);
  EXPECT_EQ(held(entries), "") << "5 percent are not more than 5 percent";
  entries.resize(37);
  EXPECT_EQ(held(entries), "3 of 40 entries are gone from the list, more than 5 percent");
  entries = invented_entries(40);
  for (std::size_t i = 0; i < 10; ++i) entries[4 * i].reference = entries[4 * i].reference.substr(0, 4) + std::to_string(901 + i);
  EXPECT_EQ(held(entries), "10 of 40 entries are gone from the list, more than 5 percent") << "as many others make it no smaller";
}

TEST(ListDifference, AListThatLosesAWholeListThatIsFollowedIsHeld) {
  std::vector<InventedEntry> before = invented_entries(100), after = before;
  for (auto* entries : {&before, &after}) {
    for (InventedEntry& one : *entries) one.list_type = one.reference == "TAi.001" ? "Taliban" : "Al-Qaida";
  }
  std::erase_if(after, [](const InventedEntry& one) { return one.list_type == "Taliban"; });
  const auto doubt = doubt_about(known(version(before, kMonday)), version(after, kTuesday), kRules);
  ASSERT_TRUE(doubt);
  EXPECT_EQ(doubt->what, "no entry of Taliban is left in the list");
  EXPECT_FALSE(doubt_about(known(version(before, kMonday)), version(after, kTuesday), {{"Al-Qaida"}, 5}));
}

TEST(ListParser, FieldsComeBackFromTheirText) {
  const auto list = version(invented_entries(3), kMonday, {"LISTED_ON", "COMMENTS1"});
  for (const ListedEntry& one : list.entries) {
    const auto again = list_fields_of(list_fields_text(one.fields));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, one.fields);
  }
  const std::string text = list_fields_text(list.entries[0].fields);
  for (const std::string& broken : {text.substr(0, 20), text.substr(0, text.size() - 1), "NAME\n" + text, std::string("NAME\tff\n"), std::string("\n")})
    EXPECT_FALSE(list_fields_of(broken)) << broken;
}

}  // namespace
}  // namespace liaison
