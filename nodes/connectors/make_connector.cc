// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/calendar_out.h"
#include "nodes/connectors/connector.h"
#include "nodes/connectors/exec_hook.h"
#include "nodes/connectors/files_in.h"
#include "nodes/connectors/files_out.h"
#include "nodes/connectors/mail.h"
#include "nodes/connectors/out_connector.h"
#include "nodes/connectors/un_list.h"
#include "nodes/connectors/webhook_in.h"
#include "nodes/connectors/webhook_out.h"

namespace liaison {

namespace {

constexpr std::chrono::hours kThreeDays{72};

std::unique_ptr<Connector> outgoing(const ConnectorConfig& config, std::unique_ptr<Carrier> carrier, std::chrono::hours give_up = kThreeDays) {
  return std::make_unique<OutConnector>(config, std::move(carrier), give_up);
}

}  // namespace

Result<std::unique_ptr<Connector>> make_connector(const ConnectorConfig& config, const MemberId& member) {
  using Kind = ConnectorConfig::Kind;
  switch (config.kind) {
    case Kind::kFilesIn: return FilesIn::make(config, member);
    case Kind::kFilesOut: return outgoing(config, std::make_unique<FilesOut>(config));
    case Kind::kWebhookIn: return make_webhook_in(config);
    case Kind::kWebhookOut: return outgoing(config, TRY(make_webhook_out(config, member)), std::chrono::hours(config.numbers.at("give_up_hours")));
    case Kind::kUnList: return UnListConnector::make(config);
    case Kind::kCalendarOut: return std::unique_ptr<Connector>(new CalendarOut(config));
    case Kind::kMail: return outgoing(config, TRY(MailDigest::make(config, member)));
    case Kind::kExec: return outgoing(config, TRY(make_exec_hook(config, member)));
  }
  return fail(Code::kConfig, "kind: is none", "deploy/OPERATING.md 8 lists the kinds");
}

}  // namespace liaison
