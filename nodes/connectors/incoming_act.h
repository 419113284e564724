// SPDX-License-Identifier: Apache-2.0
// What a system of the committee asks of the node through an incoming connector: a new record, a change of one, or an answer to one. It is done as an
// officer's act is, with the same checks, or becomes a draft that an officer releases. Node's thread, at the desk, but for the reading.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nodes/api/draft_acts.h"
#include "nodes/connectors/connector.h"

namespace liaison {

// From {"kind": "visit" or a noun of `liaison record kinds`, "fields": {...}}, {"record": ID, "revision": N, "fields": {...}} for a change of revision N,
// {"record": ID, "answer": {...}}, or the fields alone of what the connector `takes`. kInput for anything else.
Result<Asked> read_incoming(const nlohmann::json& data, const std::string& takes);

// What came of it.
struct IncomingDone {
  std::string id;           // 1540-V-2027-0001, or draft-7
  std::string kind;         // of the message: visit.plan
  nlohmann::json answer;    // of the API
};
// One act by "connector NAME", or a draft where the connector makes drafts. Errors: those of the act; nothing is stored then. Throws nothing.
Result<IncomingDone> perform_incoming(Desk& desk, const ConnectorConfig& config, const Asked& asked, const std::string& request_id);
// The request id of an item: always the same for one key, and of the connector's system, so that what it becomes does not go back there.
std::string incoming_request_id(const ConnectorConfig& config, const std::string& key);

}  // namespace liaison
