// SPDX-License-Identifier: Apache-2.0
// Keeps one iCalendar file (RFC 5545) as the node's visits are, for a calendar program that reads it: all that the node holds, or those of some States and
// committees (`states`, `senders`). Plans that are kept back stand in no file. Written anew only when something in it has changed.
#pragma once

#include "nodes/connectors/connector.h"

namespace liaison {

class CalendarOut final : public Connector {
 public:
  explicit CalendarOut(ConnectorConfig config) : config_(std::move(config)) {}
  Result<ConnectorRun> run(const Door& door, std::size_t most, std::stop_token stop) override;
  Result<std::string> test(std::stop_token stop) override;

 private:
  Result<nlohmann::json> visits(const Door& door, std::stop_token stop);
  bool is_for(const nlohmann::json& visit) const;

  const ConnectorConfig config_;
};

}  // namespace liaison
