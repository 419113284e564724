// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/release_rules.h"

#include <algorithm>

namespace liaison {

bool ReleaseRules::needs_two(std::string_view kind) const {
  return std::any_of(four_eyes.begin(), four_eyes.end(), [&](const std::string& one) { return one == "*" || one == kind; });
}

Result<void> check_direct(const ReleaseRules& rules, std::string_view kind) {
  if (!rules.needs_two(kind)) return {};
  return fail(Code::kPermission, "a message of the kind " + std::string(kind) + " needs two officers here, and this would send it by one",
              "add --draft (draft=1 in the API) to keep it as a draft; another officer then releases it: liaison draft release DRAFT");
}

Result<void> check_release(const ReleaseRules& rules, std::string_view kind, const DraftHands& hands, std::optional<std::uint32_t> released_by) {
  if (!rules.needs_two(kind)) return {};
  if (hands.by_connector && !hands.changed_by)
    return fail(Code::kPermission, "a draft of the kind " + std::string(kind) + " needs two officers, and a connector made this one, which is none",
                "look at it and change it, if only a field to what it says already; another officer then releases it");
  if ((!hands.made_by && !hands.by_connector) || !hands.changed_by || !released_by)
    return fail(Code::kPermission, "a draft of the kind " + std::string(kind) + " needs two officers, and who one of them is cannot be told",
                "make, change and release it through the node's Unix socket, each as the user that you are");
  const bool made = released_by == hands.made_by;
  if (!made && *released_by != *hands.changed_by) return {};
  return fail(Code::kPermission, "a draft of the kind " + std::string(kind) + " is released by another officer than the one who " +
              (made ? "made it" : "last changed it") + ", and that is you",
              made ? "ask a colleague to look at it and release it" : "the one who made it may change it once more; then you may release it");
}

}  // namespace liaison
