// SPDX-License-Identifier: Apache-2.0
// When an act needs two people: the kinds of message that a committee has named leave only as a draft that one officer made and another one
// released. Officers are users of the machine, told by their number, which the kernel says of who connects; a name would prove nothing.
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.h"

namespace liaison {

struct ReleaseRules {
  std::vector<std::string> four_eyes;   // kinds of message such as visit.plan, or "*" for all; empty: nobody needs a second officer
  bool needs_two(std::string_view kind) const;
};

// Who had a hand in a draft: nothing for somebody whose number is not known.
struct DraftHands {
  std::optional<std::uint32_t> made_by, changed_by;   // changed_by: the last one; whoever made it when nobody changed it
  bool by_connector = false;                          // a connector made it, which is nobody: changed_by must be an officer
};

// Whether a message of this kind may leave without a draft. kPermission says how it is done instead.
Result<void> check_direct(const ReleaseRules& rules, std::string_view kind);
// Whether this officer may release a draft of this kind. kPermission: it needs another one than those who made and last changed it, and all
// three must be known. What a connector made needs an officer who has changed it, and another one.
Result<void> check_release(const ReleaseRules& rules, std::string_view kind, const DraftHands& hands, std::optional<std::uint32_t> released_by);

}  // namespace liaison
