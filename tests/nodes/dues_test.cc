// SPDX-License-Identifier: Apache-2.0
// The table tests/scenarios/dues.txt, row by row; and the page of what is due.
#include "nodes/domain/dues.h"

#include "tests/doubles/scenario_table.h"
#include "tests/nodes/records_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;

TEST(Dues, EachRowOfTheTableHolds) {
  int rows = 0;
  RecordsExchange exchange;
  for (const auto& [number, cells] : scenario_rows("dues.txt", 6, 6)) {
    const RecordKind* kind = record_kind(cells[0]);
    ASSERT_NE(kind, nullptr) << "line " << number;
    json fields = json::parse(cells[1]);
    fields["source"] = "the table";
    if (fields.value("status", "") == "FIRST") fields["status"] = kind->statuses().front();
    const std::int64_t today = *parse_date(cells[2]);
    const auto draft = exchange.at("1540").create(*kind, fields, Records::Origin::kHistorical, static_cast<TimeMs>(today) * 86'400'000);
    ASSERT_TRUE(draft) << "line " << number << ": " << draft.error().what;
    const Record record = *decode_record(kind->kind, draft->body);
    ++rows;
    const auto dues = dues_of(record);
    if (cells[3] == "-") {
      EXPECT_TRUE(std::none_of(dues.begin(), dues.end(), [](const DueDate& due) { return due.open; })) << "line " << number;
      continue;
    }
    const auto found = std::find_if(dues.begin(), dues.end(), [&](const DueDate& due) { return due.name == cells[3]; });
    ASSERT_NE(found, dues.end()) << "line " << number;
    EXPECT_EQ(date_text(found->last_day), cells[4]) << "line " << number;
    EXPECT_EQ(due_words(*found, today), cells[5]) << "line " << number;
  }
  EXPECT_GE(rows, 17);
}

TEST(Dues, ThePageHasTheLongestOverdueFirstAndACursor) {
  RecordsExchange exchange;
  const auto obligation = [&](const std::string& due, const std::string& state) {
    return exchange.create("1540", "obligation",
                           {{"type", "report"},
                            {"authority", "S/RES/1977 (2011)"},
                            {"what", "a report"},
                            {"obliged", "the committee"},
                            {"due", due},
                            {"title", "Report due " + due},
                            {"states", {state}}});
  };
  const auto third = obligation("2026-12-10", "KEN"), first = obligation("2026-01-10", "KGZ"), second = obligation("2026-06-10", "KGZ");
  obligation("2031-01-01", "KGZ");
  const std::int64_t today = *parse_date("2026-11-28");
  const json page = *exchange.at("1373").dues({{"limit", "2"}}, today);
  ASSERT_EQ(page["items"].size(), 2U);
  EXPECT_EQ(page["items"][0]["id"], first);
  EXPECT_EQ(page["items"][0]["days_late"], 322);
  EXPECT_EQ(page["items"][1]["id"], second);
  const json rest = *exchange.at("1373").dues({{"limit", "2"}, {"cursor", page["next"].get<std::string>()}}, today);
  ASSERT_EQ(rest["items"].size(), 1U);   // what is due in five years is not near
  EXPECT_EQ(rest["items"][0]["id"], third);
  EXPECT_EQ((*exchange.at("1373").dues({{"state", "Kenya"}}, today))["items"].size(), 1U);
  auto met = exchange.change("1540", first, {{"status", "met"}, {"done_on", "2026-01-27"}});
  ASSERT_TRUE(met) << met.error().what;
  exchange.publish("1540", *met);
  EXPECT_EQ((*exchange.at("1373").dues({}, today))["items"].size(), 2U);
  const json all = *exchange.at("1373").dues({{"all", "1"}}, today);
  ASSERT_EQ(all["items"].size(), 3U);
  EXPECT_EQ(all["items"][0]["sentence"], "17 days late");
}

TEST(Dues, AWaitIsOfWorkingDaysAndSaysWhichHolidaysItDoesNotKnow) {
  RecordsExchange exchange;
  const auto answers_due = [&](const char* proposed_on, const Waits& waits) {
    const json fields = {{"request", "1540-R-2026-0001"}, {"offer", "1540-F-2026-0001"}, {"reasons", {{{"reason", "area"}, {"text", "both"}}}},
                         {"proposed_on", proposed_on},    {"status", "proposed"},        {"source", "a test"}};
    const TimeMs then = kVisitsNow + 7 * 86'400'000ULL;
    const auto draft = exchange.at("1540").create(*record_kind("assistance.match"), fields, Records::Origin::kHistorical, then);
    EXPECT_TRUE(draft) << draft.error().what;
    for (const DueDate& due : dues_of(*decode_record("assistance.match", draft->body), waits)) {
      if (due.name == "answers") return due;
    }
    ADD_FAILURE() << "no such due";
    return DueDate();
  };
  const Holidays holidays = Holidays::built_in();
  const Waits known{5, *WorkingDays::of(holidays)};
  // 14 April 2017 was Good Friday.
  const DueDate counted = answers_due("2017-04-13", known);
  EXPECT_EQ(date_text(counted.last_day), "2017-04-21");
  EXPECT_EQ(counted.computed, "5 working days after 2017-04-13 (proposed on)");
  EXPECT_EQ(date_text(answers_due("2017-04-13", Waits{5, {}}).last_day), "2017-04-20");
  EXPECT_EQ(date_text(answers_due("2017-04-13", Waits{2, known.calendar}).last_day), "2017-04-18");
  const DueDate guessed = answers_due("2026-11-26", known);
  EXPECT_EQ(date_text(guessed.last_day), "2026-12-03");
  EXPECT_NE(guessed.computed.find(", without holidays: the holidays of New York in 2026 are not known"), std::string::npos) << guessed.computed;
}

}  // namespace
}  // namespace liaison
