// SPDX-License-Identifier: Apache-2.0
// The broker's configuration file (TOML). Every key has a default and is documented in config.cc, where it is parsed.
// Read once, in main.
#pragma once

#include <filesystem>
#include <string>

#include "broker/gateway.h"
#include "schemas/result.h"
#include "security/audit.h"

namespace liaison {

struct Config {
  std::filesystem::path folder;            // log/, checkpoint/, rosters/, keys/, lock and control.sock
  std::string bind;                        // address of the members' endpoints
  std::string http_listen;                 // loopback address and port of the status page
  std::filesystem::path passphrase_file;   // empty: the service's credential, or the terminal
  LogFormat log_format = LogFormat::kText;
  std::string log_level;
  GatewayLimits limits;
};

// kConfig naming each line that is wrong; kUnknown when there is no such file.
Result<Config> read_config(const std::filesystem::path& file);

}  // namespace liaison
