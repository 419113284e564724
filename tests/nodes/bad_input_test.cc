// SPDX-License-Identifier: Apache-2.0
// The table tests/scenarios/bad_input.txt, row by row, against a committee's view of visits.
#include "tests/doubles/scenario_table.h"
#include "tests/nodes/visits_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;

struct Slip {
  int line = 0;
  std::string act, fields, code, sentence, hint;
};

std::vector<Slip> slips() {
  std::vector<Slip> out;
  for (const auto& [line, cells] : scenario_rows("bad_input.txt", 4, 5)) out.push_back({line, cells[0], cells[1], cells[2], cells[3], cells[4]});
  return out;
}

json fields_of(std::string text) {
  const auto put = [&](const std::string& name, const std::string& value) {
    if (const auto at = text.find(name); at != std::string::npos) text.replace(at, name.size(), value);
  };
  put("KGZ-DAYS", R"("states": ["KGZ"], "components": [{"start": "2027-03-08", "end": "2027-03-12"}])");
  put("48-KIB", std::string(48 * 1024, 'x'));
  return json::parse(text);
}

Result<Draft> tried(VisitsExchange& exchange, const std::string& record, const Slip& slip) {
  const json fields = fields_of(slip.fields);
  if (slip.act == "plan") return exchange.at("1373").plan(fields, Visits::Origin::kOfficer, kVisitsNow);
  if (slip.act == "answer") return exchange.at("1540").answer(record, fields, Visits::Origin::kOfficer, kVisitsNow);
  if (slip.act == "recall") return exchange.at("1540").recall(record, fields);
  return exchange.at("1373").change(record, static_cast<std::uint32_t>(std::stoul(slip.act.substr(slip.act.find('@') + 1))), fields, kVisitsNow);
}

TEST(BadInput, EachSlipGetsOneSentenceAndNothingIsStored) {
  VisitsExchange exchange;
  auto first = trip({"KGZ"}, "2027-03-08", "2027-03-12");
  first["title"] = "First";
  const auto record = exchange.plan("1373", first);
  exchange.change("1373", record, {{"title", "Second"}});
  const auto before = exchange.tables("1373") + exchange.tables("1540");
  const auto all = slips();
  ASSERT_GE(all.size(), 30U);
  for (const auto& slip : all) {
    SCOPED_TRACE("bad_input.txt line " + std::to_string(slip.line));
    const auto draft = tried(exchange, record, slip);
    if (draft) {
      ADD_FAILURE() << "it was taken";
      continue;
    }
    EXPECT_EQ(code_name(draft.error().code), slip.code) << draft.error().what;
    EXPECT_NE(draft.error().what.find(slip.sentence), std::string::npos) << draft.error().what;
    EXPECT_NE(draft.error().hint.find(slip.hint), std::string::npos) << draft.error().what << " / " << draft.error().hint;
    EXPECT_FALSE(draft.error().hint.empty()) << draft.error().what;
    EXPECT_EQ(draft.error().what.find('\n'), std::string::npos);
    EXPECT_LT(draft.error().what.size(), 400U);
  }
  EXPECT_EQ(exchange.tables("1373") + exchange.tables("1540"), before);
}

}  // namespace
}  // namespace liaison
