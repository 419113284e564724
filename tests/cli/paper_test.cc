// SPDX-License-Identifier: Apache-2.0
// Papers in the six languages, read again by foreign eyes: poppler's pdftotext, pdffonts and pdfinfo.
#include "nodes/cli/paper.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "nodes/cli/paper_pdf.h"
#include "nodes/cli/paper_words.h"
#include "nodes/cli/pdf_catalog.h"
#include "nodes/cli/visit_paper.h"
#include "nodes/domain/findings.h"
#include "nodes/domain/states.h"
#include "nodes/domain/visit_rules.h"
#include "schemas/record_kind.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr TimeMs kMade = 1'803'004'800'000;

Paper paper_in(Language language, std::vector<PaperPart> parts) {
  Paper paper;
  paper.language = language;
  paper.title = paper_word("visit_report", language);
  paper.classification = paper_word("confidential", language);
  paper.reference = "1540-V-2027-0001";
  paper.made_at_ms = kMade;
  paper.sections = {{paper_word("findings", language), std::move(parts)}};
  return paper;
}

Bytes pdf(const Paper& paper) {
  const auto made = pdf_of(paper);
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().what);
  return made.value_or(Bytes());
}

// The file for one question, and what the program says of it.
class Printed {
 public:
  explicit Printed(const Bytes& bytes) : file_(fs::temp_directory_path() / ("paper-" + std::to_string(getpid()) + ".pdf")) {
    std::ofstream(file_, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  Printed(const Printed&) = delete;
  ~Printed() { fs::remove(file_); }

  std::string ask(const std::string& program, const std::string& after = "") const {
    std::FILE* pipe = popen((program + " " + file_.string() + " " + after + " 2>&1").c_str(), "r");
    std::string said;
    std::array<char, 4096> piece{};
    for (std::size_t n = 0; (n = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) said.append(piece.data(), n);
    EXPECT_EQ(pclose(pipe), 0) << program << ": " << said;
    return said;
  }
  // In reading order, without the marks of direction that pdftotext adds.
  std::string text(const std::string& options = "") const {
    return std::regex_replace(ask("pdftotext " + options, "-"), std::regex("\xE2\x80[\xAA-\xAE]"), "");
  }
  unsigned pages() const {
    std::smatch found;
    const std::string said = ask("pdfinfo");
    return std::regex_search(said, found, std::regex("Pages: +([0-9]+)")) ? static_cast<unsigned>(std::stoul(found[1])) : 0;
  }

 private:
  fs::path file_;
};

std::string without_blanks(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '\f'; });
  return text;
}

struct Box { double left, right, top; };
// Where words stand, by what they say.
std::multimap<std::string, Box> words_of(const Printed& printed) {
  const std::string said = printed.ask("pdftotext -bbox", "-");
  const std::regex word("<word xMin=\"([0-9.]+)\" yMin=\"([0-9.]+)\" xMax=\"([0-9.]+)\" yMax=\"[0-9.]+\">([^<]*)</word>");
  std::multimap<std::string, Box> found;
  for (auto at = std::sregex_iterator(said.begin(), said.end(), word); at != std::sregex_iterator(); ++at)
    found.emplace((*at)[4], Box{std::stod((*at)[1]), std::stod((*at)[3]), std::stod((*at)[2])});
  return found;
}

// How wide a single line is drawn.
double width_of(const std::string& text, Language language) {
  Paper paper = paper_in(language, {text});
  paper.title = "x";
  paper.sections[0].heading.clear();
  double left = 1e9, right = 0;
  for (const auto& [word, box] : words_of(Printed(pdf(paper)))) {
    if (word == "x" || box.top < 80 || box.top > 770) continue;   // between the margins
    left = std::min(left, box.left);
    right = std::max(right, box.right);
  }
  return right - left;
}

PaperTable table_of(std::size_t rows) {
  PaperTable table{{{"Record", 1}, {"Days", 1}, {"Title", 2}}, {}};
  for (std::size_t i = 1; i <= rows; ++i) table.rows.push_back({"row" + std::to_string(i), "8 to 12 March 2027", "National action plan"});
  return table;
}

std::size_t times(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

// --- words

TEST(PaperWords, EveryKeyHasAllSixLanguagesWithTheSamePlaceholders) {
  std::set<std::string> keys;
  EXPECT_GT(paper_words().size(), 100U);
  for (const auto& word : paper_words()) {
    EXPECT_TRUE(keys.insert(word.key).second) << word.key << " stands twice";
    const auto placeholders = [](const std::string& text) {
      std::set<std::string> found;
      const std::regex mark("%[1-9]");
      for (auto at = std::sregex_iterator(text.begin(), text.end(), mark); at != std::sregex_iterator(); ++at) found.insert(at->str());
      return found;
    };
    const auto& english = word.in[static_cast<std::size_t>(Language::kEnglish)];
    for (const Language language : kLanguages) {
      const auto& text = word.in[static_cast<std::size_t>(language)];
      EXPECT_THAT(text, Not(::testing::IsEmpty())) << word.key << " in " << word_of(language);
      EXPECT_EQ(placeholders(text), placeholders(english)) << word.key << " in " << word_of(language);
    }
  }
}

// A word that is copied from another column is found by its letters.
TEST(PaperWords, ArabicChineseAndRussianAreInTheirScripts) {
  for (const auto& word : paper_words()) {
    if (word.key.starts_with("date.") || word.key.starts_with("day.")) continue;
    EXPECT_TRUE(std::regex_search(word.in[0], std::regex("[\xD8-\xDB]"))) << word.key;
    EXPECT_TRUE(std::regex_search(word.in[1], std::regex("[\xE4-\xE9]"))) << word.key;
    EXPECT_TRUE(std::regex_search(word.in[4], std::regex("[\xD0-\xD1]"))) << word.key;
  }
}

template <class Enum>
void expect_all(const std::string& vocabulary) {
  for (const auto word : all_words<Enum>()) EXPECT_NE(vocabulary_word(vocabulary, std::string(word), Language::kRussian), word) << vocabulary;
}

TEST(PaperWords, EveryWordOfTheVocabulariesOfVisitsIsTranslated) {
  expect_all<VisitStatus>("status");
  expect_all<VisitKind>("kind");
  expect_all<ParticipationRole>("role");
  expect_all<AnswerKind>("answer");
  expect_all<ReportKind>("report");
  expect_all<ConsentStatus>("consent");
  expect_all<ComponentMode>("mode");
  for (const auto word : finding_kinds()) EXPECT_NE(vocabulary_word("finding", std::string(word), Language::kRussian), word);
  for (const auto word : aims_of(MemberId())) EXPECT_NE(vocabulary_word("aim", std::string(word), Language::kRussian), word);
  for (const auto& state : States::standard().all()) {
    EXPECT_NE(vocabulary_word("region", state.subregion_name, Language::kRussian), state.subregion_name);
    const std::string group(title_of(state.group));
    EXPECT_TRUE(group.empty() || vocabulary_word("group", group, Language::kRussian) != group) << group;
  }
}

TEST(PaperWords, EveryKindAndStatusOfRecordsIsTranslated) {
  for (const RecordKind& kind : record_kinds()) {
    EXPECT_NE(vocabulary_word("record_kind", kind.kind, Language::kRussian), kind.kind);
    for (const std::string& status : kind.statuses()) EXPECT_NE(vocabulary_word("record_status", status, Language::kRussian), status) << kind.kind;
  }
}

TEST(PaperWords, AWordThatTheTableLacksStaysAsItIs) { EXPECT_EQ(vocabulary_word("status", "strange", Language::kFrench), "strange"); }

TEST(PaperWords, DaysAreWrittenAsEachLanguageDoes) {
  const auto in_all = [](const std::string& date) {
    std::vector<std::string> all;
    for (const Language language : kLanguages) all.push_back(paper_day(date, language));
    return all;
  };
  EXPECT_THAT(in_all("2027-03-01"), ElementsAre("1 آذار/مارس 2027", "2027年3月1日", "1 March 2027", "1er mars 2027", "1 марта 2027 года", "1 de marzo de 2027"));
  EXPECT_THAT(in_all("2027-10"), ElementsAre("تشرين الأول/أكتوبر 2027", "2027年10月", "October 2027", "octobre 2027", "октябрь 2027 года", "octubre de 2027"));
  EXPECT_THAT(in_all("2027"), ElementsAre("2027", "2027", "2027", "2027", "2027", "2027"));
  EXPECT_THAT(in_all("2027-02-30"), ::testing::Each("2027-02-30"));
  const nlohmann::json parts = {{{"start", "2027-03-08"}, {"end", "2027-03-12"}, {"precision", "day"}, {"mode", "on_site"}},
                                {{"start", ""}, {"end", "2027-05-02"}, {"precision", "end_day"}, {"mode", "virtual"}},
                                {{"start", ""}, {"end", ""}, {"precision", "unknown"}}};
  EXPECT_EQ(paper_days_of(parts, Language::kFrench), "du 8 mars 2027 au 12 mars 2027\njusqu'au 2 mai 2027 (en ligne)\njours inconnus");
}

// --- the page

TEST(Paper, EachLanguageComesOutAgainWithEveryWordOfTheTable) {
  for (const Language language : kLanguages) {
    std::vector<PaperFact> facts;
    for (const auto& word : paper_words()) facts.push_back({"x", filled(word.in[static_cast<std::size_t>(language)], {"", "", ""})});
    for (const auto& state : States::standard().all()) facts.push_back({"x", state.name_in(language)});
    const Printed printed(pdf(paper_in(language, {facts})));
    const std::string text = without_blanks(printed.text("-raw"));
    for (const auto& fact : facts) {
      EXPECT_THAT(text, HasSubstr(without_blanks(fact.value))) << word_of(language);
    }
    EXPECT_THAT(text, Not(HasSubstr("\\u{")));   // what no font has
  }
}

TEST(Paper, FontsAreEmbeddedAsSubsetsAndTextCanBeCopied) {
  const Printed printed(pdf(paper_in(Language::kArabic, {std::string("زيارة Visit 访问 Визит")})));
  const std::string fonts = printed.ask("pdffonts");
  for (const char* name : {"Amiri", "WenQuanYi", "DejaVu"}) EXPECT_THAT(fonts, HasSubstr(name));
  std::istringstream lines(fonts);
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  int n = 0;
  for (; std::getline(lines, line); ++n) {
    EXPECT_TRUE(std::regex_search(line, std::regex("^[A-Z]{6}\\+.* yes yes yes +[0-9]+ +0$"))) << line;   // embedded, subset, Unicode
  }
  EXPECT_GE(n, 3);
}

// Of the same letters, with a mark between them that keeps them from joining.
TEST(Paper, ArabicLettersAreDrawnJoined) {
  const double joined = width_of("محمد", Language::kArabic), apart = width_of("م\u200cح\u200cم\u200cد", Language::kArabic);
  EXPECT_GT(joined, 10);
  EXPECT_LT(joined, 0.8 * apart);
  const Printed printed(pdf(paper_in(Language::kArabic, {std::string("اجتمعت لجنة القرار 1540 في نيويورك يوم 8 آذار/مارس 2027")})));
  EXPECT_THAT(printed.text(), HasSubstr("اجتمعت لجنة القرار"));
  EXPECT_THAT(without_blanks(printed.text()), HasSubstr(without_blanks("اجتمعت لجنة القرار 1540 في نيويورك يوم 8 آذار/مارس 2027")));
}

TEST(Paper, AnArabicPageIsReadFromTheRight) {
  const auto where = [](Language language) {
    const Printed printed(pdf(paper_in(language, {table_of(1), std::vector<PaperFact>{{"name", "value"}}})));
    return words_of(printed);
  };
  const auto arabic = where(Language::kArabic), english = where(Language::kEnglish);
  const auto at = [](const auto& words, const char* word) { return words.find(word)->second; };
  EXPECT_LT(at(english, "Record").left, at(english, "Days").left);
  EXPECT_LT(at(english, "name").left, at(english, "value").left);
  EXPECT_GT(at(arabic, "Record").left, at(arabic, "Days").left);
  EXPECT_GT(at(arabic, "name").left, at(arabic, "value").left);
  EXPECT_NEAR(at(arabic, "name").right, 595.276 - at(english, "name").left, 0.5);
  EXPECT_NEAR(at(arabic, "row1").right, 595.276 - at(english, "row1").left, 0.5);   // Latin text too stands where reading begins
  EXPECT_GT(at(arabic, "1540-V-2027-0001").left, 300);
}

TEST(Paper, TheFileSaysItsLanguageTitleAndDay) {
  Paper paper = paper_in(Language::kArabic, {});
  paper.subtitle = "Border control";
  const Bytes bytes = pdf(paper);
  const std::string raw(bytes.begin(), bytes.end());
  EXPECT_THAT(raw, HasSubstr("/Lang (ar)"));
  EXPECT_THAT(raw, HasSubstr("/Direction /R2L"));
  const std::string info = Printed(bytes).ask("TZ=UTC pdfinfo");
  EXPECT_THAT(info, HasSubstr(paper.title + ": Border control"));
  EXPECT_THAT(info, HasSubstr("Feb 19 02:40:00 2027 UTC"));
  EXPECT_THAT(info, HasSubstr("(A4)"));
  EXPECT_THAT(info, Not(HasSubstr("Error")));
}

// The newer catalogue at the file's end is found by a reader that trusts nothing but the table of references.
TEST(Paper, ThePartThatSaysTheLanguageIsWellFormed) {
  const Bytes bytes = pdf(paper_in(Language::kRussian, {table_of(1)}));
  const std::string raw(bytes.begin(), bytes.end());
  const auto start = raw.rfind("startxref\n");
  const auto table = std::stoul(raw.substr(start + 10));
  EXPECT_EQ(raw.substr(table, 5), "xref\n");
  const auto object = std::stoul(raw.substr(raw.find(" 1\n", table) + 3, 10));
  EXPECT_TRUE(std::regex_search(raw.substr(object, 60), std::regex("^[0-9]+ 0 obj\n<< /Type /Catalog"))) << raw.substr(object, 60);
  EXPECT_FALSE(with_language(Bytes{'%', 'P', 'D', 'F'}, Language::kFrench).has_value());
}

TEST(Paper, EqualPapersAreEqualBytes) {
  for (const Language language : kLanguages) {
    const Paper paper = paper_in(language, {table_of(100), std::string("زيارة Visit 访问 Визит")});
    EXPECT_EQ(pdf(paper), pdf(paper));
  }
}

TEST(Paper, EveryPageHasTheClassificationAndItsNumber) {
  const Printed printed(pdf(paper_in(Language::kSpanish, {table_of(120)})));
  const unsigned pages = printed.pages();
  ASSERT_GT(pages, 2U);
  for (unsigned page = 1; page <= pages; ++page) {
    const std::string text = printed.text("-f " + std::to_string(page) + " -l " + std::to_string(page));
    EXPECT_THAT(text, HasSubstr("Confidencial"));
    EXPECT_THAT(text, HasSubstr("Página " + std::to_string(page) + " de " + std::to_string(pages)));
    EXPECT_THAT(text, HasSubstr("1540-V-2027-0001"));
  }
}

TEST(Paper, ATableHasItsHeadOnEveryPageAndNoRowOnTwo) {
  PaperTable table = table_of(60);
  for (std::size_t i = 0; i < table.rows.size(); ++i) table.rows[i][2] = "first" + std::to_string(i) + "\nsecond\nthird\nlast" + std::to_string(i);
  const Printed printed(pdf(paper_in(Language::kEnglish, {table, std::string("after the table")})));
  const unsigned pages = printed.pages();
  ASSERT_GT(pages, 3U);
  std::size_t rows = 0;
  for (unsigned page = 1; page <= pages; ++page) {
    const std::string text = printed.text("-f " + std::to_string(page) + " -l " + std::to_string(page));
    EXPECT_EQ(times(text, "Record"), 1U);
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      const bool first = text.find("first" + std::to_string(i) + "\n") != std::string::npos;
      const bool last = text.find("last" + std::to_string(i) + "\n") != std::string::npos;
      EXPECT_EQ(first, last) << "row " << i << ", page " << page;
      rows += first ? 1 : 0;
    }
  }
  EXPECT_EQ(rows, table.rows.size());
}

TEST(Paper, ARowThatIsLongerThanAPageGoesOnOnTheNext) {
  PaperTable table = table_of(2);
  std::string all;
  for (int i = 0; i < 200; ++i) all += "line" + std::to_string(i) + ".\n";
  table.rows[0][2] = all;
  const Printed printed(pdf(paper_in(Language::kEnglish, {table})));
  const std::string text = printed.text("-raw");
  EXPECT_GE(printed.pages(), 3U);
  EXPECT_EQ(times(text, "Record"), printed.pages());
  std::size_t at = 0;
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(times(text, "line" + std::to_string(i) + "."), 1U);
    const auto next = text.find("line" + std::to_string(i) + ".", at);
    ASSERT_NE(next, std::string::npos) << i;
    at = next;
  }
  EXPECT_THAT(text, HasSubstr("row2"));
}

TEST(Paper, AHeadingIsNotAloneAtTheFootOfAPage) {
  for (int lines = 30; lines < 70; ++lines) {
    std::string above = "x";
    for (int i = 0; i < lines; ++i) above += "\nx";
    Paper paper = paper_in(Language::kEnglish, {above});
    paper.sections.push_back({"LASTHEADING", {std::string("its text")}});
    const std::string text = Printed(pdf(paper)).text();
    const auto at = text.find("LASTHEADING");
    EXPECT_EQ(text.substr(at, text.find("its text") - at).find('\f'), std::string::npos) << lines;
  }
}

// A table's first row may be high: its head goes with it, and the heading with both.
TEST(Paper, AHeadingAndATablesHeadStandAboveTheFirstRow) {
  for (int lines = 30; lines < 70; ++lines) {
    std::string above = "x";
    for (int i = 0; i < lines; ++i) above += "\nx";
    PaperTable table = table_of(1);
    table.rows[0][2] = "a\nb\nc\nd\ne\nf\ng\nlastline";
    Paper paper = paper_in(Language::kEnglish, {above});
    paper.sections.push_back({"LASTHEADING", {std::vector<PaperFact>{{"left out", ""}}, table}});
    const std::string text = Printed(pdf(paper)).text();
    EXPECT_EQ(times(text, "Record"), 1U) << lines;
    const auto at = text.find("LASTHEADING");
    EXPECT_EQ(text.substr(at, text.find("lastline") - at).find('\f'), std::string::npos) << lines;
  }
}

// Digits have no direction of their own.
TEST(Paper, AValueOfDigitsAloneStandsWhereTheReadingBegins) {
  const std::vector<PaperFact> facts = {{"committee", "1540"}, {"day", "2027-03-08"}, {"state", "Kyrgyzstan"}};
  const auto words = words_of(Printed(pdf(paper_in(Language::kArabic, {facts, PaperTable{{{"Count", 1}, {"Record", 1}}, {{"17", "row1"}}}}))));
  const auto right = [&](const char* word) { return words.count(word) == 1 ? words.find(word)->second.right : 0; };
  ASSERT_GT(right("Kyrgyzstan"), 300);
  EXPECT_NEAR(right("1540"), right("Kyrgyzstan"), 1);
  EXPECT_NEAR(right("2027-03-08"), right("Kyrgyzstan"), 1);
  EXPECT_NEAR(right("17"), right("Count"), 1);
}

// --- what the reports say

nlohmann::json visit_said() {
  return {{"id", "1540-V-2027-0001"}, {"revision", 2}, {"lead", "1540"}, {"title", "Border control"}, {"kind", "invited_visit"}, {"status", "conducted"},
          {"states", {{{"alpha3", "KGZ"}, {"name", "Kyrgyzstan"}, {"name_in_source", "the Kyrgyz side"}}}},
          {"components", {{{"mode", "on_site"}, {"start", "2027-03-08"}, {"end", "2027-03-12"}, {"precision", "day"}, {"places", {"Bishkek", "Osh"}}}}},
          {"aims", {"action_plan"}}, {"consent", {{"status", "granted"}, {"date", "2027-01-05"}, {"reference", "note 12"}, {"signed_by", ""}}},
          {"invitation", nullptr}, {"participation", {{{"body", "UNODC"}, {"role", "observes"}, {"note", "by video"}}}}, {"paragraph", "paragraph 11"},
          {"contact", "1540 visits desk"}, {"note", ""}, {"source", "S/2027/1"}, {"unverified", true}, {"merged_into", ""}, {"marking", "named"},
          {"recipients", {"1373"}}, {"message_id", "aa11bb22"}, {"index", 41}, {"accepted_at", "2027-01-09T10:00:00.000Z"},
          {"reports", {{{"kind", "draft"}, {"date", "2027-04-20"}, {"symbol", "SYM1"}}}},
          {"follow_ups", {{{"awaited", "state_observations"}, {"due", "2027-05-20"}, {"done", nullptr}, {"waits", true}}}},
          {"answers", {{{"from", "1373"}, {"answer", "joins"}, {"body", "CTED"}, {"text", "one expert"}, {"contact", "1373 desk"}, {"message_id", "cc33dd44"},
                        {"index", 44}, {"accepted_at", "2027-01-10T10:00:00.000Z"}}}},
          {"findings", {{{"kind", "overlap"}, {"sentence", "1373 and 1540 are both in Kyrgyzstan"}, {"visits", {"1373-V-2027-0002", "1540-V-2027-0001"}},
                         {"days", {"2027-03-10", "2027-03-12"}}, {"contacts", {{{"committee", "1373"}, {"contact", "call the desk"}}}}}}},
          {"more", nlohmann::json::array()}};
}

PaperMaking making_in(Language language) { return {language, "1540", *from_rfc3339("2027-05-25T12:00:00Z"), "America/New_York"}; }

TEST(Report, AVisitIsSaidWithAllThatItsPageHas) {
  const std::string text = Printed(pdf(visit_paper(visit_said(), making_in(Language::kFrench)))).text("-layout");
  for (const char* word : {"Rapport de visite", "Border control", "Confidentiel : destinataires désignés seulement", "Kirghizistan (KGZ)",
                           "dans la source : the Kyrgyz side",
                           "du 8 mars 2027 au 12 mars 2027", "Bishkek", "Osh", "visite à l'invitation de l'État", "effectuée", "plan d'action", "accordé",
                           "5 janvier 2027", "note 12", "UNODC", "observe", "by video", "S/2027/1", "non vérifié", "se joint", "CTED", "one expert",
                           "chevauchement",
                           "1373-V-2027-0002", "1373 and 1540 are both", "projet de rapport", "20 avril 2027", "SYM1", "observations de l'État", "20 mai 2027",
                           "Jours de retard : 5", "aa11bb22", "41", "cc33dd44", "44", "2027-01-10 05:00 EST", "Comité 1540", "2027-05-25 08:00 EDT"}) {
    EXPECT_THAT(text, HasSubstr(word));
  }
}

TEST(Report, ARecalledVisitOfAnotherCommitteeIsItsRecallAlone) {
  const nlohmann::json visit = {{"id", "1373-V-2027-0002"}, {"revision", 1}, {"lead", "1373"},
                                {"recalled", {{"by", "1373"}, {"reason", "wrong State"}, {"contact", "desk"}, {"message_id", "ee55"}, {"index", 50},
                                              {"accepted_at", "2027-02-01T00:00:00.000Z"}}}};
  const std::string text = Printed(pdf(visit_paper(visit, making_in(Language::kSpanish)))).text("-layout");
  for (const char* word : {"1373-V-2027-0002", "Retirada", "por 1373", "wrong State", "ee55", "50"}) EXPECT_THAT(text, HasSubstr(word));
}

TEST(Report, AStateIsSaidWithItsNamesAndVisits) {
  nlohmann::json state = {{"alpha3", "KGZ"}, {"alpha2", "KG"}, {"m49", "417"}, {"name", "Kyrgyzstan"}, {"region", "Central Asia"},
                          {"group", "Asia and the Pacific Group"}, {"former_names", {{{"name", "Kirghizia"}, {"until", 1991}}}},
                          {"findings", nlohmann::json::array()}};
  for (const Language language : kLanguages) state["names"][std::string(word_of(language))] = States::standard().name_of("KGZ", language);
  const auto none = nlohmann::json::array();
  const std::string text = Printed(pdf(state_paper(state, nlohmann::json::array({visit_said()}), none, making_in(Language::kChinese)))).text("-raw");
  for (const char* word : {"国家访问和记录一览", "吉尔吉斯斯坦", "KGZ, KG, 417", "中亚", "Kirghizia（至1991年）", "1540-V-2027-0001", "2027年3月8日至2027年3月12日", "已进行",
                           "应国家邀请的访问", "没有发现", "机密"}) {
    EXPECT_THAT(without_blanks(text), HasSubstr(without_blanks(word)));
  }
  EXPECT_THAT(Printed(pdf(state_paper(state, none, none, making_in(Language::kEnglish)))).text(), HasSubstr("No visit is known"));
}

TEST(Report, AStateIsSaidWithTheRecordsOfEveryKind) {
  const nlohmann::json state = {{"alpha3", "KGZ"}, {"alpha2", "KG"}, {"m49", "417"}, {"name", "Kyrgyzstan"}, {"findings", nlohmann::json::array()}};
  nlohmann::json records = nlohmann::json::array();
  for (const RecordKind& kind : record_kinds())
    records.push_back({{"id", "1540-" + kind.letter + "-2027-0001"}, {"kind", kind.kind}, {"owner", "1540"}, {"status", kind.statuses().front()},
                       {"title", "Title of " + kind.noun}, {"first_day", "2027-03-08"}, {"last_day", "2027-03-12"}, {"index", 41}, {"unverified", true}});
  const std::string text = Printed(pdf(state_paper(state, nlohmann::json::array(), records, making_in(Language::kFrench)))).text("-layout");
  for (const RecordKind& kind : record_kinds()) {
    EXPECT_THAT(text, HasSubstr(vocabulary_word("record_kind", kind.kind, Language::kFrench)));
    EXPECT_THAT(text, HasSubstr("1540-" + kind.letter + "-2027-0001"));
  }
  for (const char* word : {"Demandes d'assistance", "Title of request", "du 8 mars 2027", "reçu", "non vérifié"}) EXPECT_THAT(text, HasSubstr(word));
}

// What a program of another version sends.
TEST(Report, WordsThatAreNotKnownAndFieldsThatLackAreNoFault) {
  for (const Language language : kLanguages) {
    nlohmann::json visit = visit_said();
    visit["status"] = "strange";
    for (const char* field : {"consent", "participation", "findings", "answers", "components", "states", "recipients", "aims"}) visit[field] = nullptr;
    EXPECT_THAT(Printed(pdf(visit_paper(visit, making_in(language)))).text(), HasSubstr("strange"));
    EXPECT_GT(pdf(visit_paper({{"title", 5}}, making_in(language))).size(), 1000U);
  }
}

// --- what was meant to harm

TEST(Paper, ControlsAndDirectionMarksAreShown) {
  const std::string hostile = std::string("a\x01") + "b\u202ec\u2066d\u200fe\x1b[31mf\xff\xfe" + "g\u0007h\u2029i\u2028j\rk\tl\x7f";
  const Printed printed(pdf(paper_in(Language::kEnglish, {hostile})));
  EXPECT_THAT(printed.text(), HasSubstr("a\\x01b\\u{202e}c\\u{2066}d\\u{200f}e\\x1b[31mf\\xff\\xfeg\\x07h\ni\nj\nk l\\x7f"));
  EXPECT_THAT(paper_lines(std::string("a\0b", 3)), ElementsAre("a\\x00b"));
  EXPECT_THAT(paper_lines(""), ElementsAre(""));
  EXPECT_THAT(paper_lines("a\r\n\nb\n"), ElementsAre("a", "", "b", ""));
}

TEST(Paper, WhatNoFontHasIsShownByItsNumber) {
  const Printed printed(pdf(paper_in(Language::kEnglish, {std::string("a \U0001F9FF b \uE000 c")})));
  EXPECT_THAT(printed.text(), HasSubstr("a \\u{1f9ff} b \\u{e000} c"));
}

TEST(Paper, AHeapOfMarksStaysOnItsLine) {
  std::string heap = "e";
  for (int i = 0; i < 500; ++i) heap += "\u0301";
  const Printed printed(pdf(paper_in(Language::kEnglish, {heap})));
  EXPECT_EQ(times(without_blanks(printed.text("-raw")), "\\u{301}"), 492U);
}

TEST(Paper, ALongTextWithoutABlankIsBrokenWhereTheColumnEnds) {
  for (const std::string letter : {"a", "م", "国", "。", "\uFE8D", "\u0301", "\u200d", "1"}) {
    std::string word;
    while (word.size() < 48 << 10) word += letter;
    const Printed printed(pdf(paper_in(Language::kArabic, {PaperTable{{{"a", 1}, {"b", 3}}, {{word, "x"}}}, word})));
    EXPECT_GE(printed.pages(), letter == "\u200d" ? 1U : 4U) << letter;   // the joiner has no width
    for (const auto& [said, box] : words_of(printed)) {
      EXPECT_GT(box.left, 40);
      EXPECT_LT(box.right, 560);
    }
  }
}

TEST(Paper, TenThousandRowsArePrintedInBoundedMemory) {
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  const Bytes bytes = pdf(paper_in(Language::kChinese, {table_of(10'000)}));
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 256 << 10);   // KiB
  const Printed printed(bytes);
  EXPECT_GT(printed.pages(), 150U);
  EXPECT_THAT(printed.text(), HasSubstr("row10000"));
}

TEST(Paper, MoreThanAPaperHoldsIsRefusedWithWhatToDo) {
  const auto refused = [](const Paper& paper) {
    const auto made = pdf_of(paper);
    EXPECT_FALSE(made.has_value());
    return made ? Error{} : made.error();
  };
  EXPECT_EQ(refused(paper_in(Language::kEnglish, {std::string(kPaperTextBytesMax + 1, 'a')})).code, Code::kSize);
  EXPECT_EQ(refused(paper_in(Language::kEnglish, {table_of(kPaperRowsMax + 1)})).code, Code::kSize);
  PaperTable table{{{"a", 1}}, {}};
  for (std::size_t i = 0; i < 20; ++i) table.rows.push_back({std::string(kPaperTextBytesMax, 'a')});
  const Error error = refused(paper_in(Language::kEnglish, {table}));
  EXPECT_EQ(error.code, Code::kSize);
  EXPECT_THAT(error.what, HasSubstr("4 MiB of text"));
}

TEST(Paper, AMissingFontNamesItsPackage) {
  const fs::path folder = fs::temp_directory_path() / ("fonts-" + std::to_string(getpid()));
  fs::create_directories(folder / "truetype");
  const auto no_font = [&](const char* package) {
    const auto made = pdf_of(paper_in(Language::kEnglish, {}), folder);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code, Code::kUnknown);
    EXPECT_EQ(made.error().hint, std::string("install the package ") + package);
  };
  no_font("fonts-dejavu-core");
  fs::create_directory_symlink(fs::path(kFontsFolder) / "truetype/dejavu", folder / "truetype/dejavu");
  no_font("fonts-hosny-amiri");
  fs::create_directory_symlink(fs::path(kFontsFolder) / "opentype", folder / "opentype");
  no_font("fonts-wqy-microhei");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace liaison
