// SPDX-License-Identifier: Apache-2.0
// What the node counts, as Prometheus text. Made when asked for, from what is there anyway. Node's thread.
#pragma once

#include <string>

#include "nodes/connectors/connectors.h"
#include "nodes/link.h"

namespace liaison {

std::string node_metrics(Node& node, const Link& link, const Connectors* connectors, std::uint64_t api_requests, Now now);

}  // namespace liaison
