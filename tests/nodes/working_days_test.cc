// SPDX-License-Identifier: Apache-2.0
// The table tests/scenarios/working_days.txt, row by row, against the calendar; and what a table does not hold.
#include "nodes/domain/working_days.h"

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <random>
#include <set>

#include "nodes/config.h"
#include "schemas/visit.h"
#include "tests/doubles/scenario_table.h"
#include "tests/doubles/temp_folder.h"
#include "tests/nodes/built_in_holidays.h"

namespace liaison {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

WorkingDays calendar_of_new_york() { return *WorkingDays::of(built_in()); }

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

Result<std::vector<Pause>> pauses_of(const Station& station, const std::string& cell) {
  std::vector<Pause> pauses;
  if (cell == "-") return pauses;
  for (const auto& text : pieces_of(cell, ' ')) {
    const auto dots = text.find("..");
    const TimeMs from = TRY(parse_moment(station, text.substr(0, dots), "pause"));
    const TimeMs to = TRY(parse_moment(station, text.substr(dots + 2), "pause"));
    pauses.push_back({from, to});
  }
  return pauses;
}

Result<Deadline> term_row(const WorkingDays& calendar, const std::vector<std::string>& cells) {
  constexpr std::string_view kExclusive = " exclusive";
  std::string text = cells[3];
  const bool exclusive = text.ends_with(kExclusive);
  if (exclusive) text.resize(text.size() - kExclusive.size());
  const TimeMs from = TRY(parse_moment(calendar.station(), cells[2], "from"));
  const Term term = TRY(parse_term(text));
  const auto pauses = TRY(pauses_of(calendar.station(), cells[4]));
  return calendar.deadline(from, term, pauses, exclusive ? Due::kExclusive : Due::kInclusive);
}

Result<Deadline> due_row(const WorkingDays& calendar, const std::vector<std::string>& cells) {
  const auto day = TRY(parse_day(cells[2], "due"));
  return calendar.due(day, cells[3] == "inclusive" ? Due::kInclusive : Due::kExclusive);
}

Result<Deadline> deadline_row(const std::vector<std::string>& cells) {
  const WorkingDays calendar = TRY(WorkingDays::of(built_in(), cells[1]));
  return cells[0] == "term" ? term_row(calendar, cells) : due_row(calendar, cells);
}

void expect_row(const std::vector<std::string>& cells, const Result<Deadline>& deadline) {
  std::string said, ends = "-";
  if (deadline) {
    said = joined(deadline->explanation);
    ends = moment_words(*parse_station(cells[1]), deadline->at);
    ends = ends.substr(0, cells[5].size());
  } else {
    const Error& error = deadline.error();
    EXPECT_FALSE(error.hint.empty());
    said = std::string(code_name(error.code)) + " " + error.what + "\n" + error.hint;
  }
  EXPECT_EQ(ends, cells[5]) << said;
  std::string wanted = cells[6];
  if (wanted.starts_with("E_")) {
    EXPECT_TRUE(said.starts_with(wanted.substr(0, wanted.find(' ')))) << said;
    wanted.erase(0, wanted.find(' '));
  }
  for (const auto& part : pieces_of(wanted, ';')) EXPECT_THAT(said, HasSubstr(part));
}

void expect_done(const std::vector<std::string>& cells, const Deadline& deadline) {
  const WorkingDays calendar = *WorkingDays::of(built_in(), deadline.station);
  const auto at = parse_moment(calendar.station(), cells[1], "done");
  ASSERT_TRUE(at.has_value());
  const Lateness lateness = cells[1].size() > 10 ? calendar.lateness(deadline, *at) : calendar.lateness_of_day(deadline, day_at(calendar.station(), *at));
  EXPECT_EQ(lateness_words(lateness), cells[2]);
}

TEST(WorkingDays, EveryRowOfTheTableHolds) {
  const auto rows = scenario_rows("working_days.txt", 3, 7);
  EXPECT_GT(rows.size(), 90U);
  std::optional<Deadline> above;
  for (const auto& [line, cells] : rows) {
    SCOPED_TRACE("line " + std::to_string(line));
    ASSERT_TRUE(cells[0] == "done" ? cells[3].empty() && above : !cells[6].empty());
    if (cells[0] == "done") {
      expect_done(cells, *above);
      continue;
    }
    const auto deadline = deadline_row(cells);
    expect_row(cells, deadline);
    above.reset();
    if (deadline) above = *deadline;
  }
}

// Sakamoto's day of the week and a set of days: nothing of the calendar's own.
struct BruteForce {
  std::set<std::string> holidays;
  BruteForce() {
    for (const char* year : {"2017", "2020", "2024"}) {
      std::ifstream in(std::string(LIAISON_SOURCE_DIR) + "/nodes/domain/holidays/new_york-" + year + ".csv");
      std::string line;
      std::getline(in, line);
      while (std::getline(in, line)) holidays.insert(line.substr(0, 10));
    }
  }
  static int weekday(int y, int m, int d) {
    static const int t[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
    if (m < 3) --y;
    return (y + y / 4 - y / 100 + y / 400 + t[m - 1] + d) % 7;   // 0 is Sunday
  }
  bool works(std::int64_t day) const {
    const std::string text = date_text(day);
    const int at = weekday(std::stoi(text.substr(0, 4)), std::stoi(text.substr(5, 2)), std::stoi(text.substr(8, 2)));
    return at != 0 && at != 6 && !holidays.contains(text);
  }
};

TEST(WorkingDays, BetweenStartAndEndLieAsManyWorkingDaysAsTheTermSays) {
  const BruteForce truth;
  const WorkingDays calendar = calendar_of_new_york();
  std::mt19937 random(20110420);
  std::uniform_int_distribution<int> year_at(0, 2), day_at_year(0, 364), minute_of(0, 1439), length(1, 250), pause_count(0, 3), pause_length(1, 20);
  int counted = 0;
  for (int round = 0; round < 4000; ++round) {
    const std::int64_t first = *parse_date(std::array{"2017-01-01", "2020-01-01", "2024-01-01"}[static_cast<std::size_t>(year_at(random))]);
    const std::int64_t start = first + day_at_year(random);
    const Term term{static_cast<std::uint32_t>(length(random)), TermUnit::kWorkingDays};
    std::vector<Pause> pauses;
    std::set<std::int64_t> paused;
    for (int n = pause_count(random); n > 0; --n) {
      const std::int64_t from = first + day_at_year(random), to = from + pause_length(random);
      // From the first minute: one that begins after the closing hour of the last day would be another matter.
      pauses.push_back({moment_at(calendar.station(), from, 0), moment_at(calendar.station(), to, 0)});
      for (std::int64_t day = from; day < to; ++day) paused.insert(day);
    }
    const auto deadline = calendar.deadline(moment_at(calendar.station(), start, static_cast<std::uint32_t>(minute_of(random))), term, pauses);
    std::uint32_t worked = 0;
    std::int64_t day = start;
    while (worked < term.count && date_text(day + 1).substr(0, 4) == date_text(start).substr(0, 4)) {
      ++day;
      if (truth.works(day) && !paused.contains(day)) ++worked;
    }
    if (worked < term.count) {   // over the end of the year, which has no file
      ASSERT_FALSE(deadline.has_value());
      EXPECT_EQ(deadline.error().code, Code::kUnknown);
      continue;
    }
    ASSERT_TRUE(deadline.has_value()) << deadline.error().what;
    EXPECT_EQ(date_text(deadline->day), date_text(day));
    EXPECT_EQ(deadline->at, moment_at(calendar.station(), day, 17 * 60));
    ++counted;
  }
  EXPECT_GT(counted, 1000);
}

TEST(WorkingDays, TheDeadlinesVeryMillisecondIsInTime) {
  const WorkingDays calendar = calendar_of_new_york();
  const TimeMs start = *parse_moment(calendar.station(), "2017-04-13T15:20", "from");
  for (const Term term : {Term{5, TermUnit::kWorkingDays}, Term{7, TermUnit::kDays}, Term{6, TermUnit::kMonths}}) {
    const Deadline deadline = *calendar.deadline(start, term);
    EXPECT_FALSE(is_late(deadline, deadline.at));
    EXPECT_TRUE(is_late(deadline, deadline.at + 1));
    EXPECT_EQ(calendar.lateness(deadline, deadline.at).late, false);
    EXPECT_EQ(calendar.lateness(deadline, deadline.at + 1).late, true);
    EXPECT_EQ(calendar.lateness(deadline, deadline.at).days, 0);
  }
}

TEST(WorkingDays, ADeadlineNamesTheFilesThatItRestsOn) {
  const WorkingDays calendar = calendar_of_new_york();
  const auto rests_on = [&calendar](const char* from, Term term) {
    return calendar.deadline(*parse_moment(calendar.station(), from, "from"), term)->files;
  };
  EXPECT_THAT(rests_on("2017-04-13", {5, TermUnit::kWorkingDays}), ElementsAre("new_york-2017.csv (built in)"));
  EXPECT_THAT(rests_on("2016-12-30", {5, TermUnit::kWorkingDays}), ElementsAre("new_york-2017.csv (built in)"));
  EXPECT_THAT(rests_on("2019-12-30", {2, TermUnit::kMonths}), ElementsAre("new_york-2020.csv (built in)"));
  EXPECT_THAT(rests_on("2018-01-01", {2, TermUnit::kMonths}), IsEmpty());
}

TEST(WorkingDays, TheClosingHourIsTheCallers) {
  const WorkingDays calendar = *WorkingDays::of(built_in(), kHeadquarters, *parse_closing_hour("18:30", "closing"));
  const TimeMs start = *parse_moment(calendar.station(), "2017-06-05", "from");
  EXPECT_EQ(joined(calendar.deadline(start, {1, TermUnit::kWorkingDays})->explanation).find("17:00"), std::string::npos);
  EXPECT_EQ(calendar.deadline(start, {1, TermUnit::kWorkingDays})->at, *parse_moment(calendar.station(), "2017-06-06T18:30", "at"));
  for (const char* wrong : {"", "5pm", "24:00", "17:60", "17:0", "1:700", ":7:00", "17-00", "17:00:00"}) {
    EXPECT_FALSE(parse_closing_hour(wrong, "closing").has_value()) << wrong;
  }
}

TEST(WorkingDays, APauseSaysWhy) {
  const WorkingDays calendar = calendar_of_new_york();
  const auto at = [&calendar](const char* text) { return *parse_moment(calendar.station(), text, "at"); };
  const Pause asked{at("2017-06-06"), at("2017-06-07"), "a clarification was asked"};
  const Deadline deadline = *calendar.deadline(at("2017-06-05"), {3, TermUnit::kWorkingDays}, {asked});
  EXPECT_THAT(joined(deadline.explanation), HasSubstr("Tue 6 Jun 2017: paused (a clarification was asked), not counted\n"));
  const std::vector<Pause> many(kPausesMax + 1, Pause{1, 2});
  EXPECT_EQ(calendar.deadline(at("2017-06-05"), {3, TermUnit::kDays}, many).error().code, Code::kInput);
}

TEST(WorkingDays, TermsReadBackAsTheyAreWritten) {
  for (const char* text : {"1 day", "7 days", "1 working day", "5 working days", "1 week", "6 months", "1 year", "20 years"}) {
    EXPECT_EQ(term_words(*parse_term(text)), text);
  }
  EXPECT_EQ(*parse_term("  5   Working  Days "), (Term{5, TermUnit::kWorkingDays}));
  for (const char* wrong : {"", " ", "days", "5days", "5 days 3", "9999999 days", "+5 days", "5 d", "5 \xff", "1001 working days"}) {
    const auto term = parse_term(wrong);
    ASSERT_FALSE(term.has_value()) << wrong;
    EXPECT_TRUE(term.error().what.starts_with("term: ")) << term.error().what;
    EXPECT_FALSE(term.error().hint.empty()) << wrong;
  }
}

TEST(Holidays, EveryYearThatIsBuiltInHasNineOfficialDaysOnWorkingDays) {
  for (const int year : {2017, 2020, 2024}) {
    const HolidayFile* file = built_in().of(kHeadquarters, year);
    ASSERT_NE(file, nullptr);
    EXPECT_EQ(file->days.size(), 9U);
    for (const auto& day : file->days) EXPECT_FALSE(is_weekend(day.day)) << day_words(day.day);
  }
  EXPECT_EQ(built_in().of(kHeadquarters, 2018), nullptr);
  EXPECT_EQ(built_in().of("vienna", 2017), nullptr);
}

constexpr std::string_view kHead = "date,name,source\n";

TEST(Holidays, AWrongFileIsRefusedWithLineAndColumn) {
  const struct { std::string name, text, said; } rows[] = {
      {"new_york-2018.csv", "", "the file is empty"},
      {"new_york-2018.csv", std::string(kHead), "no holiday stands in it"},
      {"new_york-2018.csv", "date,name\n2018-12-25,Christmas Day\n", "line 1: the column 'source' is missing"},
      {"new_york-2018.csv", "date,name,source,kind\n", "line 1: there are more columns"},
      {"new_york-2018.csv", "date,date,source\n", "line 1: the column 'date' stands twice"},
      {"new_york-2018.csv", std::string(kHead) + "2018-12-25,Christmas Day,a\n2018-02-30,X,a\n", "line 3: date: '2018-02-30' is no day of the calendar"},
      {"new_york-2018.csv", std::string(kHead) + "2018-12,X,a\n", "line 2: date: '2018-12' is a month, and a day is needed"},
      {"new_york-2018.csv", std::string(kHead) + "2017-12-25,Christmas Day,a\n", "line 2: date: 2017-12-25 is not in 2018"},
      {"new_york-2018.csv", std::string(kHead) + "2018-12-25,,a\n", "line 2: name: is empty"},
      {"new_york-2018.csv", std::string(kHead) + "2018-12-25,Christmas Day,\n", "line 2: source: is empty"},
      {"new_york-2018.csv", std::string(kHead) + "2018-12-25,Christmas Day\n", "line 2: the row has 2 cells"},
      {"new_york-2018.csv", std::string(kHead) + "2018-12-25,a,b,c\n", "line 2: the row has 4 cells"},
      {"new_york-2018.csv", std::string(kHead) + "2018-12-25,a,b\n2018-12-25,c,d\n", "line 3: date: 2018-12-25 stands twice"},
      {"new_york-2018.csv", std::string(kHead) + "2018-12-25,\"a,b\n", "line 2: a quote is opened here"},
      {"new_york-2018.csv", std::string(kHead) + "2018-12-25,a\xE2\x80\xAE" "b,c\n", "line 2: name: "},
      {"new_york-2018.csv", std::string(kHead) + "2018-12-25,\xff,c\n", "not UTF-8"}};
  Holidays all = built_in();
  for (const auto& row : rows) {
    const auto added = all.add(row.name, "/etc/holidays/" + row.name, row.text);
    ASSERT_FALSE(added.has_value()) << row.said;
    EXPECT_EQ(added.error().code, Code::kInput);
    EXPECT_THAT(added.error().what, AllOf(::testing::StartsWith("/etc/holidays/new_york-2018.csv: "), HasSubstr(row.said)));
  }
  for (const char* name : {"new_york.csv", "new_york-18.csv", "new_york-20l8.csv", "rome-2018.csv", "-2018.csv", ".csv",
                           "new_york-2018.CSV", "New York-2018.csv"}) {
    EXPECT_FALSE(all.add(name, name, std::string(kHead) + "2018-12-25,a,b\n").has_value()) << name;
  }
  EXPECT_EQ(all.of(kHeadquarters, 2018), nullptr);
}

void write(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

TEST(Holidays, AFolderOfOnesOwnAddsAndWins) {
  const TempFolder folder;
  write(folder.path() / "new_york-2017.csv", std::string(kHead) + "2017-04-17,\"A day, observed\",ST/IC/1\n");
  write(folder.path() / "vienna-2017.csv", "\xEF\xBB\xBFsource,date,name\r\nST/IC/2,2017-10-26,National Day\r\n");
  write(folder.path() / "README", "not a file of holidays");
  const Holidays own = *Holidays::with(folder.path());
  const WorkingDays calendar = *WorkingDays::of(own);
  const Deadline deadline = *calendar.deadline(*parse_moment(calendar.station(), "2017-04-13", "from"), {2, TermUnit::kWorkingDays});
  EXPECT_EQ(date_text(deadline.day), "2017-04-18");
  EXPECT_THAT(joined(deadline.explanation), AllOf(HasSubstr("Fri 14 Apr 2017: working day 1"), HasSubstr("UN holiday (A day, observed)")));
  EXPECT_THAT(deadline.files, ElementsAre((folder.path() / "new_york-2017.csv").string()));
  EXPECT_EQ(*WorkingDays::of(own, "vienna")->is_working_day(*parse_date("2017-10-26")), false);
  EXPECT_NE(own.of(kHeadquarters, 2020), nullptr);
}

TEST(Holidays, AFolderIsTakenWholeOrNotAtAll) {
  const TempFolder folder;
  EXPECT_EQ(Holidays::with(folder.path() / "none").error().code, Code::kUnknown);
  EXPECT_TRUE(Holidays::with(folder.path()).has_value());
  write(folder.path() / "newyork-2018.csv", std::string(kHead) + "2018-12-25,a,b\n");
  const auto slip = Holidays::with(folder.path());
  ASSERT_FALSE(slip.has_value());
  EXPECT_THAT(slip.error().what, HasSubstr("'newyork' is no duty station"));
  EXPECT_THAT(slip.error().hint, HasSubstr("did you mean new_york?"));
  std::filesystem::remove(folder.path() / "newyork-2018.csv");
  write(folder.path() / "new_york-2018.csv", std::string(70000, 'x'));
  EXPECT_THAT(Holidays::with(folder.path()).error().what, HasSubstr("larger than 64 KiB"));
}

TEST(Holidays, ANodeReadsItsFolderAtStartAndRefusesAWrongOne) {
  const TempFolder folder;
  std::filesystem::create_directory(folder.path() / "own");
  write(folder.path() / "own/new_york-2018.csv", std::string(kHead) + "2018-12-25,Christmas Day,ST/IC/2017/33\n");
  write(folder.path() / "node.toml", "[node]\nmember = \"1540\"\nholidays = \"own\"\n");
  const auto config = read_node_config(folder.path() / "node.toml");
  ASSERT_TRUE(config.has_value()) << config.error().what;
  EXPECT_NE(config->settings.holidays.of(kHeadquarters, 2018), nullptr);
  EXPECT_NE(config->settings.holidays.of(kHeadquarters, 2017), nullptr);
  write(folder.path() / "own/new_york-2018.csv", std::string(kHead) + "25.12.2018,Christmas Day,ST/IC/2017/33\n");
  const auto wrong = read_node_config(folder.path() / "node.toml");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().code, Code::kConfig);
  EXPECT_THAT(wrong.error().what, AllOf(HasSubstr("node.holidays: "), HasSubstr("new_york-2018.csv: line 2: date: ")));
  EXPECT_THAT(wrong.error().hint, Not(IsEmpty()));
}

}  // namespace
}  // namespace liaison
