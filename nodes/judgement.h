// SPDX-License-Identifier: Apache-2.0
// What a recipient finds about a message that the log calls accepted: the broker's checks once more, without connection,
// quota and the clock of now. A broker that lets something through is exposed by this. Pure.
#pragma once

#include "nodes/mandates.h"
#include "security/frame.h"
#include "security/log.h"

namespace liaison {

struct Judgement {
  Code verdict = Code::kAccepted;
  std::string rule, basis;   // of the policy
};
// What this node has seen before of the key that signed.
struct KeySeen {
  std::uint64_t last_sequence = 0;   // 0: nothing
  bool superseded = false;           // after it, another key of the same member
};
// `term` decides at the entry's index, `key` is the roster's key that signed.
Judgement judge(const Mandates& mandates, const Mandates::Term& term, const RosterKey& key, const VerifiedFrame& frame, const Leaf& leaf,
                const KeySeen& seen);

}  // namespace liaison
