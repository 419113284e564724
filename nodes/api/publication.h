// SPDX-License-Identifier: Apache-2.0
// What the API knows of extracts beyond other records: their digest is reckoned, and before one is published it is said
// whether it may be and what its proof would reveal. Node's thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/node.h"

namespace liaison {

// Of a draft of an extract: the digest of its text, where `asked` gives none. kInput for one that is not its text's.
// Other kinds stay as they are.
Result<void> settle_digest(Draft& draft, const nlohmann::json& asked);
// As above, but none is reckoned: what a record of the past says stays as it was.
Result<void> check_digest_of(const Draft& draft);

// Whether the newest revision of an extract may be given to the public today, or why not; the text, what is written
// beside it, and what an opened proof of that revision would show besides. kUnknown; kInput for a record of another
// kind; kTransition when it was recalled.
Result<nlohmann::json> publication_json(Node& node, const std::string& record_id, Now now);

}  // namespace liaison
