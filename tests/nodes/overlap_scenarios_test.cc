// SPDX-License-Identifier: Apache-2.0
// The table tests/scenarios/overlap_only.txt, row by row, against three committees' nodes.
#include <gtest/gtest.h>

#include "nodes/domain/states.h"
#include "tests/doubles/scenario_table.h"
#include "tests/nodes/overlap_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;

struct OverlapRow {
  int line = 0;
  std::string a, b, first, acts, a_sees, b_sees;
};

std::vector<OverlapRow> overlap_rows() {
  std::vector<OverlapRow> out;
  for (const auto& [line, cells] : scenario_rows("overlap_only.txt", 6, 6)) {
    out.push_back({line, cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]});
  }
  return out;
}

json component(const std::string& days) {
  const auto dots = days.find("..");
  return {{"start", days.substr(0, dots)}, {"end", dots == std::string::npos ? days : days.substr(dots + 2)}};
}

// One row under way.
class RowPlay {
 public:
  explicit RowPlay(const OverlapRow& row) : row_(row) {}

  void play() {
    const bool a_first = row_.first == "A";
    make(a_first ? "1540" : "1267", a_first ? row_.a : row_.b);
    make(a_first ? "1267" : "1540", a_first ? row_.b : row_.a);
    if (row_.acts != "-") {
      for (const std::string& act : pieces_of(row_.acts, ',')) do_act(act);
    }
    EXPECT_EQ(seen("1540", "1267"), row_.a_sees);
    EXPECT_EQ(seen("1267", "1540"), row_.b_sees);
    EXPECT_TRUE(exchange_.findings("1373").empty());
    for (const char* id : {"1267", "1373", "1540"}) EXPECT_EQ(exchange_.tables(id), exchange_.folded_anew(id)) << id;
    EXPECT_EQ(seen("1540", "1267"), row_.a_sees) << "folded anew";
    EXPECT_EQ(seen("1267", "1540"), row_.b_sees) << "folded anew";
  }

 private:
  void make(const std::string& who, const std::string& text) {
    if (text == "-") return;
    const auto words = pieces_of(text, ' ');
    ASSERT_GE(words.size(), 3U);
    json fields = {{"states", pieces_of(words[1], ',')}, {"components", {component(words[2])}}, {"title", "Border control"}};
    const bool hidden = words[0] == "hidden";
    if (words.size() > 3) {
      fields["to"] = {words[3].substr(5)};
      if (!hidden) fields["marking"] = "named";
    }
    made_[who] = hidden ? exchange_.hide(who, fields) : exchange_.plan(who, fields);
    for (const std::string& state : pieces_of(words[1], ',')) secrets_[who].push_back(state);
    secrets_[who].push_back(words[2].substr(0, words[2].find("..")));
  }
  void do_act(const std::string& act) {
    const std::string who = act[0] == 'A' ? "1540" : "1267", word = act.substr(2);
    if (word == "agrees") {
      const auto found = exchange_.findings(who);
      ASSERT_FALSE(found.empty());
      exchange_.agree(who, found.front()["overlap"]);
    } else if (word == "withdraws") {
      exchange_.withdraw(who, made_[who]);
    } else if (word == "cancels") {
      exchange_.change(who, made_[who], {{"status", "cancelled"}});
    } else {
      ASSERT_TRUE(word.starts_with("moves ")) << act;
      exchange_.change(who, made_[who], {{"components", {component(word.substr(6))}}});
    }
  }
  // "overlap", "plan", both or "nothing": what this committee sees of the other's.
  std::string seen(const std::string& who, const std::string& other) {
    std::string out;
    for (const json& finding : exchange_.findings(who)) {
      EXPECT_EQ(finding["visits"][0], made_[who]);
      EXPECT_EQ(finding["committees"], json({who, other}));
      EXPECT_EQ(finding["contacts"][1]["contact"], other + " visits desk");
      EXPECT_EQ(finding["states"], json::array());
      EXPECT_EQ(finding["days"], json(nullptr));
      const bool own_open = made_[who].find("-V-") != std::string::npos;
      // Nothing that the other has kept back stands in it; an open plan of its own may be named.
      if (made_[other].find("-hidden-") != std::string::npos) {
        for (const std::string& secret : secrets_[other]) EXPECT_EQ(finding.dump().find(secret), std::string::npos) << finding.dump();
        EXPECT_EQ(finding.dump().find(made_[other]), std::string::npos);
      }
      EXPECT_TRUE(own_open || made_[who].find("-hidden-") != std::string::npos);
      out = "overlap";
    }
    for (const std::string& record : exchange_.records(who)) {
      if (record.starts_with(other)) out += out.empty() ? "plan" : " plan";
    }
    return out.empty() ? "nothing" : out;
  }

  OverlapRow row_;
  OverlapExchange exchange_;
  std::map<std::string, std::string> made_;
  std::map<std::string, std::vector<std::string>> secrets_;
};

TEST(OverlapOnly, EveryRowOfTheTableHolds) {
  const auto all = overlap_rows();
  ASSERT_GT(all.size(), 25U);
  for (const OverlapRow& row : all) {
    SCOPED_TRACE("tests/scenarios/overlap_only.txt:" + std::to_string(row.line));
    RowPlay(row).play();
  }
}

}  // namespace
}  // namespace liaison
