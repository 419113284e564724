// SPDX-License-Identifier: Apache-2.0
// Which class is which kind of connector.
#include "nodes/connectors/calendar_out.h"
#include "nodes/connectors/files_in.h"
#include "nodes/connectors/files_out.h"
#include "nodes/connectors/out_connector.h"

namespace liaison {

Result<std::unique_ptr<Connector>> make_connector(const ConnectorConfig& config, const MemberId& member) {
  using Kind = ConnectorConfig::Kind;
  constexpr std::chrono::hours kThreeDays{72};
  switch (config.kind) {
    case Kind::kFilesIn: return FilesIn::make(config, member);
    case Kind::kFilesOut: return std::unique_ptr<Connector>(new OutConnector(config, std::make_unique<FilesOut>(config), kThreeDays));
    case Kind::kCalendarOut: return std::unique_ptr<Connector>(new CalendarOut(config));
  }
  return fail(Code::kConfig, "kind: is none", "files_in, files_out or calendar_out");
}

}  // namespace liaison
