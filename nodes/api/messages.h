// SPDX-License-Identifier: Apache-2.0
// Messages, alarms, the log, news and the node's state as the API prints them (README.md beside this). Reads only; node's
// one thread. nlohmann's exceptions stay inside api/.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/link.h"
#include "nodes/node.h"

namespace liaison {

// A page of messages. kInput for a filter or cursor that is none.
Result<nlohmann::json> message_page(Node& node, const std::map<std::string, std::string>& query);
// By full id or a unique prefix of at least 8 hex digits; kUnknown, or kInput when two messages begin so.
Result<MessageRow> find_message(Node& node, const std::string& id);
Result<nlohmann::json> message_json(Node& node, const MessageRow& row);
Result<nlohmann::json> trace_json(Node& node, const MessageRow& row);
// A page of alarms. kInput for a limit or cursor that is none.
Result<nlohmann::json> alarms_json(Node& node, const std::map<std::string, std::string>& query);
Result<nlohmann::json> log_json(Node& node);
struct Whereabouts { Link::State link = Link::State::kDown; TimeMs link_since_ms = 0; std::string trouble, address; };
Result<nlohmann::json> status_json(Node& node, const Whereabouts& at, Now now);
// A visit, a page of them or a history, as the views gave it: its delivery becomes "delivered" once every recipient has
// taken it, "not_taken" once all have answered and some could not; a message that is not signed yet has no id, and one whose
// key was revoked for its place is marked. kStore.
Result<nlohmann::json> with_deliveries(Node& node, nlohmann::json said);
// One visit; of one whose plan was refused kUnknown says so, and where to look.
Result<nlohmann::json> shown_visit(Node& node, const std::string& record_id);
Result<nlohmann::json> shown_record(Node& node, const std::string& record_id, std::int64_t today);
// The data of one line of the event stream.
std::string news_json(const News& news, TimeMs now_ms);

}  // namespace liaison
