// SPDX-License-Identifier: Apache-2.0
// The node's configuration: one TOML file, read once at start. Every key is documented in config.cc, where it is read.
#pragma once

#include <filesystem>
#include <string>

#include "nodes/connectors/connector_config.h"
#include "nodes/node.h"
#include "security/audit.h"
#include "security/settings.h"

namespace liaison {

struct NodeConfig {
  MemberId member;
  std::filesystem::path folder;
  std::string broker_host;
  std::filesystem::path api_socket;
  std::filesystem::path passphrase_file;
  NodeSettings settings;
  std::vector<ConnectorConfig> connectors;
  LogFormat log_format = LogFormat::kText;
  std::string log_level;
};

// kConfig with file, line and sentence for every problem; an unknown key is one.
Result<NodeConfig> read_node_config(const std::filesystem::path& file);
Result<NodeConfig> take_node_settings(Settings& settings);

}  // namespace liaison
