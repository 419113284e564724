// SPDX-License-Identifier: Apache-2.0
// CloudEvents 1.0 in JSON (structured mode): what goes out by a webhook, and what comes in by one. Pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "nodes/connectors/connector.h"

namespace liaison {

inline constexpr std::string_view kCloudEventType = "application/cloudevents+json";   // the media type

// An event, as far as anything here looks at it.
struct CloudEvent {
  std::string id, source, type, subject;
  nlohmann::json data;
};

// {"specversion": "1.0", "id": the message id, "source": "/liaison/1540", "type": "org.liaison.visit.plan", "subject": the record, "time": when it
// was accepted, "datacontenttype": "application/json", "data": the parcel's content}. Subject and time stand only where the connector's fields let
// "record" and "accepted_at" through. The same parcel gives the same bytes in every try.
std::string cloud_event_text(const MemberId& member, const Parcel& parcel);
// An event of type org.liaison.test, that says in words what it is.
std::string test_event_text(const MemberId& member, const std::string& id, const std::string& connector, TimeMs now_ms);

// kInput for what is no event, or has an attribute or a name twice that is not as the specification says, or no object as its data.
Result<CloudEvent> read_cloud_event(std::string_view text);

// One JSON object, nested at most 64 deep, with no name twice in an object. kInput otherwise; `what` begins the sentence.
Result<nlohmann::json> strict_json(std::string_view text, const std::string& what);

}  // namespace liaison
