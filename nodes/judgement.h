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
// `term` decides at the entry's index, `key` is the roster's key that signed, `last_sequence` the highest seen of it before.
Judgement judge(const Mandates& mandates, const Mandates::Term& term, const RosterKey& key, const VerifiedFrame& frame, const Leaf& leaf,
                std::uint64_t last_sequence);

}  // namespace liaison
