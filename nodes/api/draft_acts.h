// SPDX-License-Identifier: Apache-2.0
// Drafts through the API: what was asked is kept instead of done, is shown as it would be done now, and is done when an officer releases it.
// What an act does is not known here: it is performed as if it were asked then. Node's thread, inside its step.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nodes/api/act.h"

namespace liaison {

// An act as the API is asked for it; `path` is what stands behind the base path, `revision` what If-Match says (0: nothing).
struct Asked {
  std::string method;
  std::vector<std::string> path;
  std::uint64_t revision = 0;
  nlohmann::json body;
};
// What the API answers; of a refusal, the problem's fields.
struct Performed {
  int status = 200;
  nlohmann::json body;
  bool refused() const { return status / 100 != 2; }
};
using Perform = std::function<Performed(const Asked&, const Act&)>;

// Keeps the act; the answer is the draft, with what would happen. What is wrong in its form, or stands on an old revision, is refused as
// it would be when it were sent; what only the policy, the quota or a missing step stands against is kept, and said. kInput for an act that
// cannot be a draft; kQuota when there are too many.
Result<Performed> keep_draft(Node& node, const Asked& asked, const Act& act, const Perform& perform);
// `fields` replace those of the draft, null takes one out; `version` is the one that was seen. A change of a record may be put on another
// revision: 0 leaves it. kUnknown, kTransition (no longer open, or neither new nor a change), kRevision (changed since), else as keep_draft.
Result<Performed> change_draft(Node& node, const std::string& id, std::uint64_t version, std::uint64_t on_revision, const nlohmann::json& fields,
                               const Act& act, const Perform& perform);
// Does it. kPermission (rules of nodes/domain/release_rules.h), kRevision with both versions when the draft or its record has moved on; a
// refusal of the act itself leaves the draft as it is.
Result<Performed> release_draft(Node& node, const std::string& id, std::uint64_t version, const Act& act, const Perform& perform);
Result<nlohmann::json> discard_draft(Node& node, const std::string& id, const Act& act);

// Filters: state (open, released, discarded), kind; limit, cursor.
Result<nlohmann::json> draft_page(Node& node, const std::map<std::string, std::string>& query);
// One draft, with what would happen if it were released now, or why it could not be.
Result<nlohmann::json> shown_draft(Node& node, const std::string& id, const Act& asker, const Perform& perform);

}  // namespace liaison
