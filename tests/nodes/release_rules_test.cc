// SPDX-License-Identifier: Apache-2.0
// The table tests/scenarios/release.txt, row by row, against the rules.
#include "nodes/domain/release_rules.h"

#include <gtest/gtest.h>

#include <sstream>

#include "nodes/config.h"
#include "tests/doubles/scenario_table.h"

namespace liaison {
namespace {

std::optional<std::uint32_t> officer(const std::string& text) {
  return text == "?" || text == "-" || text == "connector" ? std::nullopt : std::optional(static_cast<std::uint32_t>(std::stoul(text)));
}

std::string played(const std::vector<std::string>& cells) {
  ReleaseRules rules;
  std::istringstream kinds(cells[1]);
  for (std::string kind; kinds >> kind;) {
    if (kind != "-") rules.four_eyes.push_back(kind);
  }
  const auto outcome = cells[4] == "directly" ? check_direct(rules, cells[0])
                                              : check_release(rules, cells[0], {officer(cells[2]), officer(cells[3]), cells[2] == "connector"},
                                                              officer(cells[4]));
  if (outcome) return "ok";
  EXPECT_FALSE(outcome.error().hint.empty()) << outcome.error().what;
  return std::string(code_name(outcome.error().code));
}

TEST(ReleaseRules, TheTableHoldsRowByRow) {
  const auto rows = scenario_rows("release.txt", 6, 6);
  EXPECT_GT(rows.size(), 20U);
  for (const auto& [line, cells] : rows) EXPECT_EQ(played(cells), cells[5]) << "line " << line << ": " << testing::PrintToString(cells);
}

TEST(ReleaseRules, ARefusalSaysWhatToTry) {
  const ReleaseRules all{{"*"}};
  EXPECT_NE(check_direct(all, "visit.plan").error().hint.find("--draft"), std::string::npos);
  EXPECT_NE(check_release(all, "visit.plan", {1001, 1001}, 1001).error().what.find("made it, and that is you"), std::string::npos);
  EXPECT_NE(check_release(all, "visit.plan", {1001, 1002}, 1002).error().hint.find("change it once more"), std::string::npos);
}

TEST(ReleaseRules, TheConfigurationNamesKindsThatOfficersSend) {
  const auto read = [](const std::string& list) {
    auto settings = Settings::parse("[node]\nmember = \"1540\"\n[release]\nfour_eyes = " + list + "\n", "node.toml");
    EXPECT_TRUE(settings);
    return take_node_settings(*settings);
  };
  EXPECT_EQ(read(R"(["visit.plan", "record.recall"])")->settings.release.four_eyes, (std::vector<std::string>{"visit.plan", "record.recall"}));
  EXPECT_TRUE(read(R"(["*"])")->settings.release.needs_two("assistance.request"));
  EXPECT_TRUE(read("[]")->settings.release.four_eyes.empty());
  for (const char* wrong : {R"(["visit.plant"])", R"(["receipt"])", R"(["visit.*"])", R"("visit.plan")"}) {
    const auto refused = read(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, Code::kConfig);
    EXPECT_NE(refused.error().what.find("release.four_eyes"), std::string::npos) << refused.error().what;
  }
}

}  // namespace
}  // namespace liaison
