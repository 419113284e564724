// SPDX-License-Identifier: Apache-2.0
// The table tests/scenarios/silence.txt, row by row: what the log holds of a proposal, and how it then stands.
#include "nodes/domain/silence.h"

#include <gmock/gmock.h>

#include "tests/doubles/member.h"
#include "tests/doubles/scenario_table.h"
#include "tests/nodes/built_in_holidays.h"

namespace liaison {
namespace {

using ::testing::HasSubstr;

const Station& new_york() {
  static const Station station = *parse_station(kHeadquarters);
  return station;
}

TimeMs moment(std::string text) {
  constexpr std::string_view kOneMore = " +1ms";
  const bool more = text.ends_with(kOneMore);
  if (more) text.resize(text.size() - kOneMore.size());
  const auto at = parse_moment(new_york(), text, "time");
  EXPECT_TRUE(at) << text;
  return at.value_or(0) + (more ? 1 : 0);
}

SilenceNotice& notice_of(Silence& silence, const std::string& committee) {
  for (auto& one : silence.notices) {
    if (one.committee == member(committee)) return one;
  }
  ADD_FAILURE() << committee << " was not asked";
  return silence.notices.emplace_back();
}

// A row but `at`: one more entry of the log.
void take(const std::vector<std::string>& cells, Silence& silence) {
  static std::uint64_t entries = 10;
  if (cells[0] == "proposal") {
    silence = {};
    silence.circulated_at = moment(cells[1]);
    silence.working_days = static_cast<std::uint32_t>(std::stoul(cells[2]));
    silence.hold_months = static_cast<std::uint32_t>(std::stoul(cells[3]));
  } else if (cells[0] == "asked") {
    for (const auto& one : pieces_of(cells[1], ' ')) silence.notices.push_back({member(one), std::nullopt});
  } else if (cells[0] == "notified") {
    notice_of(silence, cells[1]).at = moment(cells[2]);
    notice_of(silence, cells[1]).index = ++entries;
  } else if (cells[0] == "left") {
    notice_of(silence, cells[1]).left = true;
  } else if (cells[0] == "says") {
    silence.words.push_back({member(cells[1]), cells[2], "", moment(cells[3]), {}, ++entries});
  } else if (cells[0] == "extends") {
    const auto what = pieces_of(cells[1], ' ');
    const auto count = static_cast<std::uint32_t>(std::stoul(what.at(1)));
    SilenceExtension more{moment(cells[2]), what[0] == "days" ? count : 0, what[0] == "months" ? count : 0};
    more.index = ++entries;
    silence.extensions.push_back(std::move(more));
  } else {
    ADD_FAILURE() << "no such row: " << cells[0];
  }
}

void expect_verdict(const std::vector<std::string>& cells, const Silence& silence) {
  const auto verdict = reckon_silence(silence, built_in(), moment(cells[1]));
  if (!verdict) {
    EXPECT_EQ(code_name(verdict.error().code), cells[2]) << verdict.error().what;
    EXPECT_THAT(verdict.error().what, HasSubstr(cells[4]));
    EXPECT_FALSE(verdict.error().hint.empty());
    return;
  }
  std::string said;
  for (const auto& line : verdict->explanation) said += line + "\n";
  EXPECT_EQ(silence_word(verdict->outcome), cells[2]) << said;
  EXPECT_EQ(verdict->deadline ? moment_words(new_york(), verdict->deadline->at) : "-", cells[3] == "-" ? "-"
      : moment_words(new_york(), moment(cells[3]))) << said;
  for (const auto& part : pieces_of(cells[4], ';')) EXPECT_THAT(said, HasSubstr(part));
}

TEST(Silence, EveryRowOfTheTableHolds) {
  Silence silence;
  int verdicts = 0;
  for (const auto& [line, cells] : scenario_rows("silence.txt", 2, 5)) {
    SCOPED_TRACE("line " + std::to_string(line));
    if (cells[0] == "at") {
      ASSERT_FALSE(cells[4].empty());
      expect_verdict(cells, silence);
      ++verdicts;
    } else {
      take(cells, silence);
    }
  }
  EXPECT_GE(verdicts, 40);
}

// Whoever would outlive its time by many small holds meets the same end, and no number of them is too many.
TEST(Silence, AThousandHoldsAreReckonedAsOnePause) {
  Silence silence;
  silence.circulated_at = moment("2017-06-05T10:00");
  silence.working_days = 5;
  silence.hold_months = 6;
  silence.notices.push_back({member("1267"), moment("2017-06-05T10:01")});
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const TimeMs at = moment("2017-06-06T10:00") + i * 1000;
    silence.words.push_back({member("1267"), i % 2 == 0 ? "holds" : "releases", "", at, {}, 20 + i});
  }
  const auto verdict = reckon_silence(silence, built_in(), moment("2017-06-07T10:00"));
  ASSERT_TRUE(verdict) << verdict.error().what;
  EXPECT_EQ(verdict->outcome, SilenceOutcome::kOpen);
  EXPECT_EQ(verdict->deadline->at, moment("2017-06-13T17:00"));
}

// What is decided at a moment stays decided: nothing that the log gets later changes a final outcome.
TEST(Silence, AFinalOutcomeIsFinalWhateverComesLater) {
  Silence silence;
  silence.circulated_at = moment("2017-06-05T10:00");
  silence.working_days = 2;
  silence.hold_months = 1;
  silence.notices.push_back({member("1267"), moment("2017-06-05T10:01")});
  silence.notices.push_back({member("1373"), moment("2017-06-05T10:02")});
  const TimeMs end = moment("2017-06-07T17:00");
  for (const char* word : {"objects", "holds", "releases", "supports"}) {
    silence.words.push_back({member("1373"), word, "too late", end + 1 + silence.words.size(), {}, 30 + silence.words.size()});
    silence.extensions.push_back({end + 1, 5, 0});
    const auto verdict = reckon_silence(silence, built_in(), end + 1'000'000);
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->outcome, SilenceOutcome::kAdopted) << word;
    EXPECT_EQ(*verdict->at, end);
    EXPECT_TRUE(verdict->voices.back().late);
  }
}

TEST(Silence, AStationOrAnHourThatIsNoneIsRefused) {
  Silence silence;
  silence.working_days = 5;
  silence.station = "rome";
  const auto where = reckon_silence(silence, built_in(), 1);
  ASSERT_FALSE(where);
  EXPECT_THAT(where.error().what, HasSubstr("duty_station: "));
  silence.station = "vienna";
  silence.closing_hour = "five";
  const auto when = reckon_silence(silence, built_in(), 1);
  ASSERT_FALSE(when);
  EXPECT_THAT(when.error().what, HasSubstr("closing_hour: "));
}

}  // namespace
}  // namespace liaison
