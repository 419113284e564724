// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/effect.h"

#include <nlohmann/json.hpp>

namespace liaison {

using nlohmann::json;

// A visit's owner is the committee that leads it.
json event_json(const ViewEvent& event) {
  json out = json::parse(event.finding.empty() ? "{}" : event.finding, nullptr, false);
  if (event.finding.empty()) {
    out = {{"id", event.record}, {"revision", event.revision}, {"by", event.by.str()}, {"sentence", event.sentence}};
    out[event.name.starts_with("visit.") ? "lead" : "owner"] = event.owner.str();
  }
  out["event"] = std::string(event.name);
  return out;
}

}  // namespace liaison
