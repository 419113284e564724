// SPDX-License-Identifier: Apache-2.0
// The proof file of one message (schemas/PROTOCOL.md, "Proof file"): everything that a stranger with the genesis fingerprint
// needs to check it, under one checkpoint. Reads only.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "nodes/node.h"

namespace liaison {

enum class ContentKeyIn { kLeftOut, kIncluded };
// kUnknown for a message that is not in the log yet, kBusy when no checkpoint covers it here yet.
Result<nlohmann::json> proof_json(Node& node, const MessageRow& row, ContentKeyIn key);

}  // namespace liaison
