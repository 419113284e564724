// SPDX-License-Identifier: Apache-2.0
// The full-text index: the table tests/scenarios/search.txt row by row, what officers see of a page, hostile queries, forgetting.
#include "nodes/domain/full_text.h"

#include <gmock/gmock.h>

#include <functional>
#include <random>

#include "tests/doubles/member.h"
#include "tests/doubles/scenario_table.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr TimeMs kMay = 1'810'000'000'000;   // in May 2027
constexpr TimeMs kDay = 86'400'000;


class Search : public ::testing::Test {
 protected:
  void SetUp() override {
    Database::Options options;
    options.full_sync = false;
    database = *Database::open(folder.path() / "node.db", options);
    text = *FullText::open(*database);
  }

  static TextEntry entry(std::string record, std::string title, std::vector<std::string> texts = {}, TimeMs changed = kMay) {
    return {std::move(record), "visit", member("1540"), {"KGZ"}, 20'900, changed, std::move(title), std::move(texts)};
  }
  void put(const TextEntry& one) { ASSERT_TRUE(text->put(one)); }
  void put(std::string record, std::string title, std::vector<std::string> texts = {}, TimeMs changed = kMay) {
    put(entry(std::move(record), std::move(title), std::move(texts), changed));
  }

  TextPage page(const TextSearch& search) {
    auto found = text->search(search);
    EXPECT_TRUE(found) << found.error().what;
    return found.value_or(TextPage());
  }
  TextPage page(const std::string& words) {
    TextSearch search;
    search.text = words;
    return page(search);
  }
  std::vector<std::string> records(const TextPage& found) {
    std::vector<std::string> out;
    for (const auto& hit : found.hits) out.push_back(hit.record);
    return out;
  }
  std::vector<std::string> records(const std::string& words) { return records(page(words)); }

  std::string rows(const std::string& sql) {
    auto statement = database->prepare(sql);
    EXPECT_TRUE(statement) << statement.error().what;
    std::string out;
    while (*statement->step()) out += statement->text(0) + "\n";
    return out;
  }
  // Everything that the entries and the index say.
  std::string tables() {
    std::string out = rows("SELECT quote(row) || quote(record) || quote(kind) || quote(owner) || quote(states) || day || ' ' || changed FROM text_entries");
    out += rows("SELECT row || quote(title) || quote(texts) FROM text_bodies");
    EXPECT_TRUE(database->execute("CREATE VIRTUAL TABLE temp.text_places USING fts5vocab(main, text_index, instance)"));
    out += rows("SELECT term || ' ' || doc || ' ' || col || ' ' || offset FROM temp.text_places ORDER BY term, doc, col, offset");
    EXPECT_TRUE(database->execute("DROP TABLE temp.text_places"));
    return out;
  }
  // Where these bytes stand in any table of the database.
  std::string traces(const std::string& bytes) {
    std::string out;
    auto names = *database->prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'");
    std::vector<std::string> tables;
    while (*names.step()) tables.push_back(names.text(0));
    for (const auto& table : tables) {
      auto columns = *database->prepare("SELECT name FROM pragma_table_info('" + table + "')");
      while (*columns.step()) {
        const std::string column = columns.text(0);
        const std::string contains = "instr(CAST(" + column + " AS BLOB), CAST('" + bytes + "' AS BLOB))";
        out += rows("SELECT '" + table + "." + column + "' FROM " + table + " WHERE " + contains);
      }
    }
    return out;
  }
  void forget_all() {
    for (int i = 0; i < 10'000; ++i) {
      ASSERT_TRUE(database->begin());
      const bool done = *text->forget();
      ASSERT_TRUE(database->commit());
      if (done) return;
    }
    FAIL() << "it never ends";
  }

  TempFolder folder;
  std::unique_ptr<Database> database;
  std::unique_ptr<FullText> text;
};

// --- the table

struct SearchRow {
  int line = 0;
  std::string language, text, query, outcome;
};

std::vector<SearchRow> scenario() {
  std::vector<SearchRow> out;
  for (const auto& [line, cells] : scenario_rows("search.txt", 4, 4)) out.push_back({line, cells[0], cells[1], cells[2], cells[3]});
  return out;
}

std::string outcome(const Result<TextPage>& found) {
  if (found) return found->hits.empty() ? "not" : "found";
  EXPECT_FALSE(found.error().hint.empty()) << found.error().what;
  return std::string(code_name(found.error().code));
}

TEST_F(Search, EveryRowOfTheScenarioTableHoldsInTextsAndInTitles) {
  const auto all = scenario();
  ASSERT_GE(all.size(), 100U);
  for (const auto& row : all) {
    TextSearch search;
    search.text = row.query;
    for (const bool title : {false, true}) {
      ASSERT_TRUE(text->clear());
      put("1540-V-2027-9999", title ? row.text : "", {title ? "" : row.text});
      EXPECT_EQ(outcome(text->search(search)), row.outcome)
          << "search.txt line " << row.line << ": " << row.language << ": " << row.query << (title ? " in the title" : " in a text");
    }
  }
}

TEST_F(Search, EveryLanguageOfTheTableIsFoundAmongAllTheOthers) {
  const auto all = scenario();
  for (const auto& row : all) put("R-" + std::to_string(row.line), "", {row.text});
  for (const auto& row : all) {
    TextSearch search;
    search.text = row.query;
    search.limit = kTextPageMax;
    const auto found = text->search(search);
    if (row.outcome == "E_INPUT") continue;
    ASSERT_TRUE(found) << row.query;
    const auto names = records(*found);
    const bool is_there = std::find(names.begin(), names.end(), "R-" + std::to_string(row.line)) != names.end();
    EXPECT_EQ(is_there, row.outcome == "found") << "search.txt line " << row.line;
  }
}

// --- a page

TEST_F(Search, TheTitleCountsMoreThanTheText) {
  put("A", "Report of the year", {"Among other things the laboratory was seen"});
  put("B", "The laboratory", {"Report of the year and some other things"});
  for (int i = 0; i < 20; ++i) put("C" + std::to_string(i), "Something else", {"of which nothing is said here"});
  EXPECT_THAT(records("laboratory"), ElementsAre("B", "A"));
}

TEST_F(Search, OfEqualsTheNewestComesFirst) {
  put("old", "Border control", {}, kMay);
  put("new", "Border control", {}, kMay + 2 * kDay);
  put("later the same day", "Border control", {}, kMay + 1);
  EXPECT_THAT(records("border"), ElementsAre("new", "later the same day", "old"));
}

TEST_F(Search, ASnippetMarksWhatWasFoundInTheFormInWhichItStands) {
  const std::string line_in = " before it, the borders (frontières) and their control were seen";
  put("A", "Les contrôles", {"Nothing of it.", std::string(900, 'x') + line_in + std::string(900, 'y')});
  const auto found = page("frontiere border controle");
  ASSERT_THAT(found.hits, SizeIs(1));
  EXPECT_EQ(found.hits[0].title.with("[", "]"), "Les [contrôles]");
  const auto line = found.hits[0].snippet.with("[", "]");
  EXPECT_THAT(line, HasSubstr("the [borders] ([frontières]) and their [control] were seen"));
  EXPECT_TRUE(line.starts_with("…") && line.ends_with("…")) << line;
}

TEST_F(Search, ASnippetOfChineseMarksCharactersOnceAndCutsNone) {
  std::string long_text;
  for (int i = 0; i < 300; ++i) long_text += "长";
  put("A", "", {long_text + "边境管制" + long_text});
  EXPECT_THAT(page("边境管制").hits.at(0).snippet.with("[", "]"), HasSubstr("长[边境管制]长"));
  EXPECT_THAT(page("管").hits.at(0).snippet.with("[", "]"), HasSubstr("[管]"));
}

TEST_F(Search, PhrasesAreNotLookedForAcrossTexts) {
  put("A", "export", {"export", "control"});
  EXPECT_THAT(records("\"export control\""), IsEmpty());
  EXPECT_THAT(records("export control"), ElementsAre("A"));
}

TEST_F(Search, FiltersLeaveWhatTheyName) {
  TextEntry one = entry("A", "Border control");
  TextEntry two = entry("B", "Border control");
  two.kind = "assistance.request";
  two.owner = member("1267");
  two.states = {"TJK", "UZB"};
  two.day = 20'000;
  put(one);
  put(two);
  const auto with = [&](const std::function<void(TextSearch&)>& set) {
    TextSearch search;
    search.text = "border";
    set(search);
    return records(page(search));
  };
  EXPECT_THAT(with([](TextSearch& s) { s.kind = "assistance.request"; }), ElementsAre("B"));
  EXPECT_THAT(with([](TextSearch& s) { s.kind = "assistance_request"; }), IsEmpty());
  EXPECT_THAT(with([](TextSearch& s) { s.state = "UZB"; }), ElementsAre("B"));
  EXPECT_THAT(with([](TextSearch& s) { s.state = "KGZ"; }), ElementsAre("A"));
  EXPECT_THAT(with([](TextSearch& s) { s.committee = "1540"; }), ElementsAre("A"));
  EXPECT_THAT(with([](TextSearch& s) { s.from = 20'000, s.to = 20'000; }), ElementsAre("B"));
  EXPECT_THAT(with([](TextSearch& s) { s.from = 20'001, s.to = 20'899; }), IsEmpty());
  EXPECT_THAT(with([](TextSearch& s) { s.from = 20'001; }), ElementsAre("A"));
  EXPECT_THAT(with([](TextSearch& s) { s.to = 20'899; }), ElementsAre("B"));
  EXPECT_THAT(with([](TextSearch& s) { s.text = "", s.state = "UZB"; }), ElementsAre("B"));
}

TEST_F(Search, ARecordWithoutADayIsFoundUnlessDaysAreAskedFor) {
  TextEntry one = entry("A", "Border control");
  one.day = TextEntry::kNoDay;
  put(one);
  EXPECT_THAT(records("border"), ElementsAre("A"));
  EXPECT_THAT(page("border").facets.years, IsEmpty());
  TextSearch search;
  search.text = "border";
  search.to = 30'000;
  EXPECT_THAT(page(search).hits, IsEmpty());
}

TEST_F(Search, FacetsCountStatesKindsCommitteesAndYears) {
  for (int i = 0; i < 5; ++i) {
    TextEntry one = entry("A" + std::to_string(i), "Border control");
    if (i < 2) one.states = {"KGZ", "TJK"};
    if (i == 0) one.kind = "outreach";
    if (i == 1) one.owner = member("1267");
    if (i == 2) one.day = 20'900 + 365;
    put(one);
  }
  put("B", "Something else");
  const auto facets = page("border").facets;
  const auto said = [](const std::vector<TextCount>& counts) {
    std::string out;
    for (const auto& one : counts) out += one.value + "=" + std::to_string(one.records) + " ";
    return out;
  };
  EXPECT_EQ(said(facets.states), "KGZ=5 TJK=2 ");
  EXPECT_EQ(said(facets.kinds), "visit=4 outreach=1 ");
  EXPECT_EQ(said(facets.committees), "1540=4 1267=1 ");
  EXPECT_EQ(said(facets.years), "2027=4 2028=1 ");
}

TEST_F(Search, HitsAndFacetsAreBoundedAndSaySo) {
  ASSERT_TRUE(database->begin());
  const auto code = [](int i) { return std::string{static_cast<char>('A' + i / 26 % 26), static_cast<char>('A' + i % 26), 'X'}; };
  for (int i = 0; i < static_cast<int>(kTextHitsMax) + 100; ++i) {
    TextEntry one = entry("R" + std::to_string(i), "Border control", {}, kMay + static_cast<TimeMs>(i) * kDay);
    one.states = {code(i)};
    put(one);
  }
  ASSERT_TRUE(database->commit());
  const auto found = page("border");
  EXPECT_TRUE(found.more);
  EXPECT_EQ(found.records, kTextHitsMax);
  EXPECT_THAT(found.facets.states, SizeIs(kFacetValuesMax));
  EXPECT_EQ(found.hits.at(0).record, "R2099");   // the newest are those looked at
}

TEST_F(Search, PagesShowEveryRecordOnceInOneOrder) {
  for (int i = 0; i < 30; ++i) {
    put("R" + std::to_string(i), i % 3 == 0 ? "Border" : "Control", {"the border is seen"}, kMay + static_cast<TimeMs>(i % 7) * kDay);
  }
  TextSearch search;
  search.text = "border";
  search.limit = 500;
  const auto whole = records(page(search));
  ASSERT_THAT(whole, SizeIs(30));
  search.limit = 7;
  std::vector<std::string> seen;
  do {
    const auto found = page(search);
    EXPECT_EQ(found.records, 30U);
    for (const auto& one : records(found)) seen.push_back(one);
    search.cursor = found.cursor;
  } while (!search.cursor.empty() && seen.size() < 100);
  EXPECT_EQ(seen, whole);
}

TEST_F(Search, WhatCannotBeAskedIsRefusedWithWhatToTry) {
  put("A", "Border control");
  const auto refused = [&](const std::function<void(TextSearch&)>& set) {
    TextSearch search;
    search.text = "border";
    set(search);
    const auto found = text->search(search);
    EXPECT_EQ(outcome(found), "E_INPUT");
    return found ? std::string() : found.error().what;
  };
  EXPECT_THAT(refused([](TextSearch& s) { s.text = "  "; }), HasSubstr("text: "));
  EXPECT_THAT(refused([](TextSearch& s) { s.cursor = "x"; }), HasSubstr("cursor: "));
  EXPECT_THAT(refused([](TextSearch& s) { s.cursor = "1.99999999999999999999.A"; }), HasSubstr("cursor: "));
  EXPECT_THAT(refused([](TextSearch& s) { s.limit = 0; }), HasSubstr("limit: "));
  EXPECT_THAT(refused([](TextSearch& s) { s.limit = 501; }), HasSubstr("limit: "));
  EXPECT_THAT(refused([](TextSearch& s) { s.from = 2, s.to = 1; }), HasSubstr("from: "));
  EXPECT_THAT(refused([](TextSearch& s) { s.text = std::string(1025, 'x'); }), HasSubstr("text: "));
  EXPECT_THAT(refused([](TextSearch& s) {
                s.text.clear();
                for (int i = 0; i < 17; ++i) s.text += "word" + std::to_string(i) + " ";
              }), HasSubstr("more than 16 words"));
}

TEST_F(Search, ABeginningThatTooManyWordsHaveIsRefused) {
  std::string words;
  for (int i = 0; i < 201; ++i) words += std::string("conta") + static_cast<char>('a' + i / 26) + std::to_string(i) + " ";
  put("A", "", {words});
  TextSearch search;
  search.text = "conta*";
  EXPECT_EQ(outcome(text->search(search)), "E_INPUT");
  search.text = "contaa*";
  EXPECT_EQ(outcome(text->search(search)), "found");
}

// --- hostile queries

TEST_F(Search, NothingThatIsTypedBecomesACommandOfTheIndex) {
  put("A", "Border control near the port", {"title text also marks kind visit"});
  put("B", "secretword");
  for (const char* typed :
       {"title:border", "{title}: border", "border NEAR port", "NEAR(border port, 2)", "^border", "border AND port", "border + port", "border) AND (secretword",
        "border\" NOT \"secretword", "k:visit border", "\"k:visit\" border", "border*\"", "* border", "border';DROP TABLE text_entries;--", "text:\"border\"",
        "border \\\" port", "rank border", "- title : border", "border\"\"\"\"port"}) {
    TextSearch search;
    search.text = typed;
    const auto found = text->search(search);
    ASSERT_TRUE(found || found.error().code == Code::kInput) << typed << ": " << found.error().what;
    if (!found) continue;
    EXPECT_THAT(records(*found), Not(::testing::Contains("B"))) << typed;
  }
  EXPECT_EQ(*text->count(), 2U);
}

TEST_F(Search, AnyBytesAreAnsweredOrRefused) {
  put("A", "Border control", {"边境管制 контроль مراقبة"});
  std::mt19937 random(11);
  const std::vector<std::string> bits = {"\"", "*", "-", "OR", " ", "(", ")", ":", "^", "边", "境管", "الحدود", "\xFF", "\xE8\xBE", "a", "border", "1540", "/",
                                         "'", "’", "«", "\\", "+", "{", "}", "NEAR", "NOT", "\xF0\x9F\x98\x80", "и\u0306", "½", "\n",
                                         "ﷺ", "ǆ", std::string(1, '\0')};
  for (int i = 0; i < 20'000; ++i) {
    TextSearch search;
    for (auto n = random() % 12; n > 0; --n) search.text += bits[random() % bits.size()];
    const auto found = text->search(search);
    ASSERT_TRUE(found || found.error().code == Code::kInput) << search.text << ": " << found.error().what;
  }
}

TEST_F(Search, AnyBytesCanBePutAndTakenOutAgain) {
  std::mt19937 random(12);
  for (int i = 0; i < 300; ++i) {
    std::string bytes;
    for (auto n = random() % 200; n > 0; --n) bytes += static_cast<char>(random());
    put("R", bytes, {bytes, bytes});
  }
  ASSERT_TRUE(text->remove("R"));
  forget_all();
  EXPECT_EQ(rows("SELECT term FROM text_index_words"), "");
  EXPECT_TRUE(database->execute("INSERT INTO text_index(text_index) VALUES('integrity-check')"));
}

// --- a fold

TEST_F(Search, TheSameEntriesInAnyOrderGiveEqualTables) {
  std::vector<TextEntry> entries;
  for (const auto& row : scenario()) {
    entries.push_back(entry("R" + std::to_string(row.line), row.query, {row.text, row.language}, kMay + static_cast<TimeMs>(row.line % 9) * kDay));
  }
  for (const auto& one : entries) put(one);
  const auto before = tables();
  ASSERT_TRUE(text->clear());
  EXPECT_EQ(tables(), "");
  std::shuffle(entries.begin(), entries.end(), std::mt19937(3));
  for (auto one : entries) {   // by way of another revision
    const auto last = one;
    one.title = "An older title";
    one.changed_ms -= 3 * kDay;
    put(one);
    put(last);
    put(last);
  }
  EXPECT_EQ(tables(), before);
  forget_all();
  EXPECT_EQ(tables(), before);
}

TEST_F(Search, AFoldThatAddsAllWordsAtItsEndGivesEqualTables) {
  std::vector<TextEntry> entries;
  for (const auto& row : scenario()) {
    entries.push_back(entry("R" + std::to_string(row.line), row.query, {row.text, row.language}, kMay + static_cast<TimeMs>(row.line % 9) * kDay));
  }
  for (const auto& one : entries) put(one);
  const auto before = tables();
  put("before the fold", "Zwetschgen");
  ASSERT_TRUE(database->begin());
  ASSERT_TRUE(text->clear_for_fold());
  for (auto one : entries) {
    const auto last = one;
    one.title = "An older title";
    one.changed_ms -= 3 * kDay;
    put(one);
    put(last);
  }
  put("gone", "The zwetschgen matter");
  ASSERT_TRUE(text->remove("gone"));
  EXPECT_THAT(records("zwetschgen"), IsEmpty());
  ASSERT_TRUE(text->add_all_words());
  ASSERT_TRUE(database->commit());
  EXPECT_EQ(tables(), before);
  // No word of an older revision, or of what was taken away, was ever in the index: nothing is to be forgotten.
  EXPECT_EQ(*text->owes(), FullText::Owes::kNothing);
  EXPECT_EQ(traces("zwetschg"), "");
  // And from here on each word goes in and out at once again.
  put("A", "Border control");
  EXPECT_THAT(records(page("\"border control\"")), Contains("A"));
  ASSERT_TRUE(text->remove("A"));
  EXPECT_EQ(*text->owes(), FullText::Owes::kRemoved);
}

TEST_F(Search, ANewRevisionReplacesTheOneBefore) {
  put("A", "Border control");
  put("A", "Airport control", {}, kMay + kDay);
  EXPECT_THAT(records("border"), IsEmpty());
  EXPECT_THAT(records("airport"), ElementsAre("A"));
  EXPECT_EQ(*text->count(), 1U);
  EXPECT_EQ(*text->owes(), FullText::Owes::kReplaced);
}

TEST_F(Search, AnotherTimeOfTheSameEntryOwesNothing) {
  put("A", "Border control");
  put("A", "Border control", {}, kMay + 1);
  put("A", "Border control", {}, kMay + 5 * kDay);
  EXPECT_EQ(page("border").hits.at(0).changed_ms, kMay + 5 * kDay);
  EXPECT_EQ(*text->owes(), FullText::Owes::kNothing);
}

TEST_F(Search, ARollbackLeavesWhatWas) {
  put("A", "Border control");
  const auto before = tables();
  ASSERT_TRUE(database->begin());
  put("A", "Airport");
  put("B", "Port");
  ASSERT_TRUE(text->remove("A"));
  database->rollback();
  EXPECT_EQ(tables(), before);
  EXPECT_EQ(*text->owes(), FullText::Owes::kNothing);
}

TEST_F(Search, AnIndexOpenedAgainIsTheSame) {
  put("A", "Border control");
  text.reset();
  text = *FullText::open(*database);
  EXPECT_THAT(records("border"), ElementsAre("A"));
  text.reset();
  ASSERT_TRUE(FullText::drop(*database));
  EXPECT_EQ(rows("SELECT name FROM sqlite_master WHERE name LIKE 'text%'"), "");
}

// --- forgetting

TEST_F(Search, OfARecordTakenAwayNoTraceIsLeftInAnyTable) {
  for (int i = 0; i < 50; ++i) put("A" + std::to_string(i), "Border control", {"of a port and what belongs to it"});
  put("gone", "The zwetschgen matter", {"секретность", "黄梅"});
  for (int i = 0; i < 50; ++i) put("B" + std::to_string(i), "Border control", {"of a port and what belongs to it"});
  ASSERT_THAT(traces("zwetschgen"), HasSubstr("text_index_data"));
  ASSERT_TRUE(database->begin());
  ASSERT_TRUE(text->remove("gone"));
  ASSERT_TRUE(database->commit());
  EXPECT_EQ(*text->owes(), FullText::Owes::kRemoved);
  EXPECT_THAT(records("zwetschgen"), IsEmpty());
  forget_all();
  EXPECT_EQ(*text->owes(), FullText::Owes::kNothing);
  for (const char* word : {"zwetschg", "секрет", "黄", "gone"}) EXPECT_EQ(traces(word), "") << word;
  EXPECT_THAT(records("border"), SizeIs(50));
}

TEST_F(Search, WhatIsTakenAwayWhileItForgetsIsForgottenToo) {
  std::mt19937 random(5);
  ASSERT_TRUE(database->begin());
  for (int i = 0; i < 3000; ++i) {
    std::string words;
    for (int n = 0; n < 60; ++n) words += "w" + std::to_string(random() % 20'000) + " ";
    put("R" + std::to_string(i), "zwetschgen" + std::to_string(i) + "x", {words});
  }
  ASSERT_TRUE(database->commit());
  int pieces = 0;
  bool done = false;
  ASSERT_TRUE(text->remove("R7"));
  for (; !done && pieces < 10'000; ++pieces) {
    ASSERT_TRUE(database->begin());
    if (pieces == 2) {
      ASSERT_TRUE(text->remove("R9"));
    }
    if (pieces % 3 == 0) put("new" + std::to_string(pieces), "Something new", {"w5 w6 w7"});
    done = *text->forget();
    ASSERT_TRUE(database->commit());
  }
  EXPECT_GT(pieces, 4);   // or R9 was taken away after the end
  EXPECT_EQ(traces("zwetschgen7x"), "");
  EXPECT_EQ(traces("zwetschgen9x"), "");
  EXPECT_NE(traces("zwetschgen8x"), "");
  EXPECT_TRUE(database->execute("INSERT INTO text_index(text_index) VALUES('integrity-check')"));
}

TEST_F(Search, OneTransactionMayPutRemoveAndForget) {
  put("A", "Border control");
  ASSERT_TRUE(database->begin());
  put("gone", "zwetschgen");
  ASSERT_TRUE(text->remove("gone"));
  for (int i = 0; i < 100 && !*text->forget(); ++i) {}
  ASSERT_TRUE(database->commit());
  EXPECT_EQ(traces("zwetschg"), "");
  EXPECT_THAT(records("border"), ElementsAre("A"));
}

TEST_F(Search, ClearLeavesNoTrace) {
  put("gone", "zwetschgen");
  ASSERT_TRUE(text->clear());
  EXPECT_EQ(traces("zwetschg"), "");
}

}  // namespace
}  // namespace liaison
