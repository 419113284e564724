// SPDX-License-Identifier: Apache-2.0
// The table tests/scenarios/release.txt, row by row, against the rules.
#include "nodes/domain/release_rules.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "nodes/config.h"

namespace liaison {
namespace {

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(' '));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::optional<std::uint32_t> officer(const std::string& text) {
  return text == "?" ? std::nullopt : std::optional(static_cast<std::uint32_t>(std::stoul(text)));
}

std::string played(const std::vector<std::string>& cells) {
  ReleaseRules rules;
  std::istringstream kinds(cells[1]);
  for (std::string kind; kinds >> kind;) {
    if (kind != "-") rules.four_eyes.push_back(kind);
  }
  const auto outcome = cells[4] == "directly" ? check_direct(rules, cells[0])
                                              : check_release(rules, cells[0], {officer(cells[2]), officer(cells[3])}, officer(cells[4]));
  if (outcome) return "ok";
  EXPECT_FALSE(outcome.error().hint.empty()) << outcome.error().what;
  return std::string(code_name(outcome.error().code));
}

TEST(ReleaseRules, TheTableHoldsRowByRow) {
  std::ifstream in(std::string(LIAISON_SOURCE_DIR) + "/tests/scenarios/release.txt");
  std::string line;
  int played_rows = 0;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, '|');) cells.push_back(trimmed(cell));
    ASSERT_EQ(cells.size(), 6U) << "line " << number;
    EXPECT_EQ(played(cells), cells[5]) << "line " << number << ": " << line;
    ++played_rows;
  }
  EXPECT_GT(played_rows, 20);
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
