// SPDX-License-Identifier: Apache-2.0
// The public record of visits that the demo sends: every row goes through the rules, says where it was read, and names no
// copy of a page as its source.
#include <fstream>
#include <set>

#include "tests/nodes/visits_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using DemoRow = std::map<std::string, std::string>;

constexpr std::string_view kMirrored = "UN page, as mirrored; not checked against un.org";

std::vector<std::string> csv_cells(const std::string& line) {
  std::vector<std::string> cells(1);
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && inside && i + 1 < line.size() && line[i + 1] == '"') cells.back() += line[++i];
    else if (line[i] == '"') inside = !inside;
    else if (line[i] == ',' && !inside) cells.emplace_back();
    else cells.back() += line[i];
  }
  return cells;
}

std::vector<DemoRow> demo_rows(const std::string& file) {
  std::ifstream in(std::string(LIAISON_SOURCE_DIR) + "/deploy/demo.d/" + file);
  std::string line;
  std::getline(in, line);
  const auto header = csv_cells(line);
  std::vector<DemoRow> rows;
  while (std::getline(in, line)) {
    const auto cells = csv_cells(line);
    EXPECT_EQ(cells.size(), header.size()) << line;
    DemoRow row;
    for (std::size_t i = 0; i < std::min(cells.size(), header.size()); ++i) row[header[i]] = cells[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::string> pieces(const std::string& text, char separator) {
  std::vector<std::string> out;
  std::string piece;
  std::istringstream in(text);
  while (std::getline(in, piece, separator)) out.push_back(piece);
  return out;
}

json components_of(const DemoRow& row) {
  auto out = json::array();
  for (const auto& text : pieces(row.at("components"), ';')) {
    const auto parts = pieces(text, '|');
    out.push_back({{"mode", parts.at(0)}, {"start", parts.at(1)}, {"end", parts.at(2)}});
  }
  if (out.empty()) out.push_back({{"start", row.at("start")}, {"end", row.at("end")}, {"precision", row.at("precision")}});
  return out;
}

json states_of(const DemoRow& row) {
  auto out = json::array();
  for (const auto& one : pieces(row.at("states"), ';')) {
    const auto parts = pieces(one, '=');
    out.push_back(parts.size() == 1 ? json(one) : json{{"alpha3", parts[0]}, {"name_in_source", parts[1]}});
  }
  return out;
}

json fields_of(const DemoRow& row) {
  json fields = {{"lead", row.at("lead")}, {"states", states_of(row)}, {"components", components_of(row)},
                 {"kind", row.at("kind")}, {"title", row.at("title")}, {"aims", pieces(row.at("aims"), ';')}, {"status", row.at("status")},
                 {"source", row.at("source")}, {"unverified", row.at("unverified") == "yes"}, {"note", row.at("note")}, {"marking", row.at("marking")}};
  fields["consent"]["status"] = row.at("consent");
  fields["participation"] = json::array();
  for (const auto& one : pieces(row.at("participation"), ';')) {
    const auto colon = one.rfind(':');
    fields["participation"].push_back({{"body", one.substr(0, colon)}, {"role", one.substr(colon + 1)}});
  }
  return fields;
}

std::string host_of(const std::string& address) {
  const auto start = address.find("://");
  return start == std::string::npos ? "" : address.substr(start + 3, address.find('/', start + 3) - start - 3);
}

void expect_honest_source(const DemoRow& row) {
  static const std::set<std::string> others = {"unis.unvienna.org", "2009-2017.state.gov", "www.maldivesembassy.be", "tacticsinstitute.com",
                                               "uaeun.org", "www.exteriores.gob.es"};
  for (const auto& [column, text] : row) EXPECT_EQ(text.find("mirror:"), std::string::npos) << text;
  if (row.at("source") == kMirrored) {
    EXPECT_EQ(row.at("unverified"), "yes") << row.at("ref");
    return;
  }
  EXPECT_EQ(row.at("unverified"), "no") << row.at("ref");
  const auto host = host_of(row.at("source"));
  const bool of_the_un = host == "un.org" || host.ends_with(".un.org");
  EXPECT_TRUE(of_the_un || others.contains(host)) << row.at("source");
}

TEST(DemoData, TheCountsAreThoseOfThePublicRecord) {
  const auto visits = demo_rows("visits.csv");
  EXPECT_EQ(visits.size(), 85U);  // 92 entries; one visit to four States, four visits of two components
  std::set<std::string> refs;
  int of_1540 = 0, unverified = 0, components = 0, states = 0;
  for (const auto& row : visits) {
    refs.insert(row.at("ref"));
    of_1540 += row.at("lead") == "1540" ? 1 : 0;
    unverified += row.at("unverified") == "yes" ? 1 : 0;
    components += static_cast<int>(components_of(row).size());
    states += static_cast<int>(pieces(row.at("states"), ';').size());
  }
  EXPECT_EQ(refs.size(), visits.size());
  EXPECT_EQ(of_1540, 6);
  EXPECT_EQ(components, 89);
  EXPECT_EQ(states, 88);
  EXPECT_EQ(unverified, 44);
  EXPECT_EQ(demo_rows("answers.csv").size(), 8U);
}

TEST(DemoData, EveryRowSaysWhereItWasReadAndNamesNoMirror) {
  for (const auto& row : demo_rows("visits.csv")) expect_honest_source(row);
  for (const auto& row : demo_rows("answers.csv")) expect_honest_source(row);
}

TEST(DemoData, EveryRowGoesThroughTheRulesAndTheFindingsAreTheKnownOnes) {
  VisitsExchange exchange;
  std::map<std::string, std::string> ids;
  for (const auto& row : demo_rows("visits.csv")) ids[row.at("ref")] = exchange.plan(row.at("lead"), fields_of(row), Visits::Origin::kHistorical);
  for (const auto& row : demo_rows("answers.csv")) {
    ASSERT_TRUE(ids.contains(row.at("ref"))) << row.at("ref");
    exchange.answer(row.at("from"), ids[row.at("ref")],
                    {{"answer", row.at("answer")}, {"body", row.at("body")}, {"source", row.at("source")}, {"unverified", row.at("unverified") == "yes"}});
  }
  EXPECT_EQ((*exchange.at("1267").show(ids["1373-mkd-2006"]))["states"],
            json::parse(R"([{"alpha3": "MKD", "name": "North Macedonia", "name_in_source": "the former Yugoslav Republic of Macedonia"}])"));
  EXPECT_EQ((*exchange.at("1267").counts())["visits"], 85);
  EXPECT_EQ((*exchange.at("1267").counts())["answers"], 8);
  const auto participation = exchange.findings("1267", "participation");
  EXPECT_EQ(participation.size(), 7U);
  for (const auto& one : participation) EXPECT_EQ(one["unverified"], one["sentence"].get<std::string>().find("not verified") != std::string::npos) << one;
  int of_all_three = 0;
  for (const auto& one : participation) of_all_three += one["committees"].size() == 3 ? 1 : 0;
  EXPECT_EQ(of_all_three, 1);
  const auto chains = exchange.findings("1540", "chain");
  std::set<json> routes;
  for (const auto& one : chains) routes.insert(one["states"]);
  EXPECT_TRUE(routes.contains(json{"CMR", "NER", "NGA", "TCD"}));
  EXPECT_TRUE(routes.contains(json{"AUS", "NZL"}));
  EXPECT_TRUE(routes.contains(json{"FJI", "WSM"}));
  const auto own = exchange.findings("1540", "own_overlap");
  ASSERT_EQ(own.size(), 1U);  // the virtual components of Belgium and Nigeria, 2021
  EXPECT_EQ(own[0]["states"], (json{"BEL", "NGA"}));
  EXPECT_EQ(exchange.findings("1540", "overlap").size(), 0U);
  EXPECT_EQ(exchange.findings("1540", "region").size(), 0U);
  EXPECT_EQ(exchange.findings("1540", "waiting").size(), 0U);   // of the past nobody waits for an answer
  std::set<json> gaps;
  for (const auto& one : exchange.findings("1540", "gap")) gaps.insert(one["visits"]);
  EXPECT_TRUE(gaps.contains(json({ids["1373-bel-2021"], ids["1373-bel-2009"]})));   // Belgium: nobody for twelve years
  EXPECT_EQ(gaps.size(), 11U);   // counted from the file by hand
  EXPECT_EQ(exchange.findings("1540"), exchange.findings("1373"));
  for (const auto& [ref, id] : ids) EXPECT_EQ((*exchange.at("1540").show(id))["more"], json::array()) << ref << ": everything near was compared";
}

}  // namespace
}  // namespace liaison
