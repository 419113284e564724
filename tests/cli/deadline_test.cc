// SPDX-License-Identifier: Apache-2.0
// `liaison deadline`, without a node.
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/spoken.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Spoken deadline(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "deadline");
  return run(arguments);
}

TEST(DeadlineCommand, SaysWhenAndHowItWasCounted) {
  const Spoken spoken = deadline({"--from", "2017-04-13T15:20", "--term", "5 working days"});
  EXPECT_EQ(spoken.status, 0) << spoken.err;
  EXPECT_THAT(spoken.out, AllOf(StartsWith("starts Thu 13 Apr 2017 15:20 New York (19:20 UTC)"),
                                HasSubstr("Fri 14 Apr 2017: UN holiday (Good Friday), not counted\n"),
                                HasSubstr("ends Fri 21 Apr 2017 17:00 New York (21:00 UTC)\nholidays: new_york-2017.csv (built in)\n")));
}

TEST(DeadlineCommand, GivesMachinesTheInstantAndTheReasons) {
  const Spoken spoken = deadline({"--from", "2017-06-05", "--term", "2 working days", "--pause", "2017-06-06..2017-06-07", "--pause",
                             "2017-06-07T10:00..2017-06-07T11:00", "--closing", "18:00", "--done", "2017-06-12T09:00", "-o", "json"});
  ASSERT_EQ(spoken.status, 0) << spoken.err;
  const auto object = nlohmann::json::parse(spoken.out);
  EXPECT_EQ(object["at"], "2017-06-09T22:00:00.000Z");
  EXPECT_EQ(object["day"], "2017-06-09");
  EXPECT_EQ(object["station"], "new_york");
  EXPECT_EQ(object["zone"], "America/New_York");
  EXPECT_EQ(object["falls_on"], nullptr);
  EXPECT_EQ(object["files"], nlohmann::json({"new_york-2017.csv (built in)"}));
  EXPECT_EQ(object["explanation"].size(), 6U);
  EXPECT_EQ(object["done"], nlohmann::json({{"late", true}, {"days", 3}, {"working_days", 1}}));
}

TEST(DeadlineCommand, ADayThatIsNamedIsInclusiveUnlessToldOtherwise) {
  EXPECT_THAT(deadline({"--due", "2011-05-31", "--done", "2011-06-17"}).out, HasSubstr("\n17 days late ("));
  EXPECT_THAT(deadline({"--due", "2011-05-31", "--inclusive", "--done", "2011-05-31"}).out, HasSubstr("\nin time, on the last day\n"));
  EXPECT_THAT(deadline({"--due", "2011-05-31", "--exclusive", "--done", "2011-05-31"}).out, HasSubstr("\n1 day late ("));
}

TEST(DeadlineCommand, AFolderOfHolidaysMakesAYearKnown) {
  const std::vector<std::string> asked = {"--from", "2017-12-29", "--term", "1 working day"};
  const Spoken before = deadline(asked);
  EXPECT_EQ(before.status, 66);
  EXPECT_EQ(before.out, "");
  EXPECT_THAT(before.err, AllOf(HasSubstr("the holidays of New York in 2018 are not known"), HasSubstr("\nhint: add the file new_york-2018.csv ")));
  const TempFolder folder;
  std::ofstream(folder.path() / "new_york-2018.csv") << "date,name,source\n2018-01-01,New Year's Day,ST/IC/2017/33\n";
  auto with = asked;
  with.insert(with.end(), {"--holidays", folder.path().string()});
  EXPECT_THAT(deadline(with).out, HasSubstr("ends Tue 2 Jan 2018 17:00 New York (22:00 UTC)"));
  std::ofstream(folder.path() / "new_york-2018.csv") << "date,name,source\n2018-01-32,New Year's Day,ST/IC/2017/33\n";
  EXPECT_EQ(deadline(with).status, 65);
  EXPECT_THAT(deadline(with).err, HasSubstr("new_york-2018.csv: line 2: date: '2018-01-32' is no day of the calendar [E_INPUT]\n"));
}

TEST(DeadlineCommand, AWrongLineIsUsageAndNamesTheArgument) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> rows = {
      {{}, "a deadline is counted from something"},
      {{"--from", "2017-06-05"}, "a deadline is counted from something"},
      {{"--due", "2017-06-05", "--term", "5 days"}, "--due is a day that is known"},
      {{"--due", "2017-06-05", "--inclusive", "--exclusive"}, "--inclusive and --exclusive say the opposite"},
      {{"--due", "2017-06"}, "--due: '2017-06' is a month, and a day is needed"},
      {{"--from", "yesterday", "--term", "5 days"}, "--from: 'yesterday' is no day of the calendar"},
      {{"--from", "2017-06-05", "--term", "5 fortnights"}, "term: 'fortnights' is no unit of time"},
      {{"--from", "2017-06-05", "--term", "5 days", "--pause", "2017-06-06"}, "--pause: '2017-06-06' has no two dots"},
      {{"--from", "2017-06-05", "--term", "5 days", "--pause", "2017-06-06.."}, "--pause: '' is no day of the calendar"},
      {{"--from", "2017-06-05", "--term", "5 days", "--station", "rome"}, "rome"},
      {{"--from", "2017-06-05", "--term", "5 working days", "--closing", "5pm"}, "--closing: '5pm' is no hour of the day"},
      {{"--from", "2017-06-05", "--term", "5 days", "--done", "soon"}, "--done: 'soon' is no day of the calendar"}};
  for (const auto& [arguments, said] : rows) {
    const Spoken spoken = deadline(arguments);
    EXPECT_EQ(spoken.status, 64) << said;
    EXPECT_EQ(spoken.out, "");
    EXPECT_THAT(spoken.err, AllOf(HasSubstr(said), HasSubstr("\nhint: "))) << said;
  }
}

}  // namespace
}  // namespace liaison
