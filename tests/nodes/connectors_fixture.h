// SPDX-License-Identifier: Apache-2.0
// Three nodes, of which 1540 has connectors: their door leads straight to the node, on the test's own thread.
#pragma once

#include <fstream>
#include <sstream>

#include "nodes/api/routes.h"
#include "nodes/connectors/connector.h"
#include "tests/nodes/node_fixture.h"

namespace liaison {

class ConnectorsFixture : public ThreeNodes {
 protected:
  ConnectorsFixture() { make_routes(); }
  void make_routes() {
    Station& own = stations.at("1540");
    routes = std::make_unique<Routes>(node(), *own.link, "tcp://broker:5601", [this] { return stored(); });
  }
  Result<void> stored() {
    Station& own = stations.at("1540");
    const NodeOutcome outcome = TRY(own.node->settle(now_of(own), Node::Commit::kNow));
    own.link->dispatch(outcome, now_of(own));
    return {};
  }
  // As after a kill: what was not stored is gone.
  void start_again() {
    open(stations.at("1540"));
    make_routes();
    run();
  }
  Door door() {
    return [this](const std::function<Result<void>(Desk&)>& function) -> Result<void> {
      if (visits_until_killed == 0) return fail(Code::kHalted, "killed");
      if (visits_until_killed > 0) --visits_until_killed;
      ConnectorStore store(node().store());
      Desk desk{node(), *routes, store, now_of(stations.at("1540"))};
      const auto done = function(desk);
      TRY(stored());
      return done;
    };
  }
  ConnectorConfig config_of(ConnectorConfig::Kind kind, const std::string& name) {
    ConnectorConfig config;
    config.name = config.system = name;
    config.kind = kind;
    config.paths["folder"] = folder.path() / name;
    config.texts["takes"] = "visit";
    config.texts["form"] = "json";
    config.numbers["mebibytes"] = 1;
    return config;
  }
  ConnectorRun ran(Connector& connector, std::size_t most = 64) {
    const auto done = connector.run(door(), most, {});
    EXPECT_TRUE(done) << done.error().what;
    return done ? *done : ConnectorRun{};
  }
  std::vector<ConnectorItem> items(const std::string& name) {
    auto found = ConnectorStore(node().store()).list(name, {}, 0, 1'000);
    EXPECT_TRUE(found);
    return found ? *found : std::vector<ConnectorItem>();
  }

  static void write(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  static std::string read(const std::filesystem::path& file) {
    std::ostringstream out;
    out << std::ifstream(file, std::ios::binary).rdbuf();
    return out.str();
  }
  static std::vector<std::string> names(const std::filesystem::path& in) {
    std::vector<std::string> out;
    for (const auto& one : std::filesystem::directory_iterator(in)) out.push_back(one.path().filename().string());
    std::sort(out.begin(), out.end());
    return out;
  }

  std::unique_ptr<Routes> routes;
  int visits_until_killed = -1;   // of the door; -1: never
};

}  // namespace liaison
