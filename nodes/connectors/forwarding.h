// SPDX-License-Identifier: Apache-2.0
// Which messages go out by a connector, and what of them. A rule can only narrow: a message that this node cannot open, that was refused, recalled or is
// kept back is not there to be forwarded. Node's thread, but for the pure functions.
#pragma once

#include "nodes/connectors/connector.h"

namespace liaison {

// What stands in a parcel: {"message_id", "index", "accepted_at", "kind", "sender", "recipients", "marking", "record", "data": the body as the API
// prints it}.
Result<std::optional<nlohmann::json>> message_content(const MessageRow& row);
// Whether the rule lets it through.
bool lets_through(const ForwardRule& rule, const nlohmann::json& content);
// Only the rule's fields of it; all of them without fields.
nlohmann::json narrowed(const ForwardRule& rule, const nlohmann::json& content);
// The rule's text with {path} replaced by what stands there; the narrowed content as JSON without a text.
std::string text_of(const ForwardRule& rule, const nlohmann::json& content);
// Whether the message came in by a connector of this system: it would go back to where it came from.
Result<bool> came_from(Desk& desk, const MessageRow& row, const std::string& system);

// Looks at the messages after the connector's cursor, at most `most`, and makes rows of those that go out. Whether there are more to look at.
Result<bool> look_for_parcels(Desk& desk, const ConnectorConfig& config, std::size_t most);
// The parcels whose time has come, at most `most`. What was recalled since ends as done without leaving.
Result<std::vector<Parcel>> parcels_due(Desk& desk, const ConnectorConfig& config, std::size_t most);
// These, as far as they still wait and may leave; whether their time has come is not asked.
Result<std::vector<Parcel>> parcels_of(Desk& desk, const ConnectorConfig& config, const std::vector<std::uint64_t>& numbers);
// When what was not taken is tried again: after what the other side asked for, and a pause that doubles, a tenth more or less.
TimeMs next_try_ms(const Parcel& parcel, const Handed& handed, TimeMs now_ms);
// Writes down what became of it; when it is to be tried again, and when that is over: `give_up` after its first try.
Result<void> parcel_handed(Desk& desk, const Parcel& parcel, const Handed& handed, std::chrono::hours give_up, TimeMs next_ms);

// What the rule would have done with the messages of these days, of which it looks at 10,000 at most: {"looked_at", "items": [{"message_id", "kind",
// "record", "accepted_at", "content"}], "more"}.
Result<nlohmann::json> tried_rule(Desk& desk, const ConnectorConfig& config, TimeMs since_ms, std::size_t most);

}  // namespace liaison
