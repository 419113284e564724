// SPDX-License-Identifier: Apache-2.0
// The rules of a refused entry (codes 20-27 of PROTOCOL 2): a frame that is its sender's beyond doubt, judged by what it
// asks for. The first rule that applies decides; every node can decide the same from the log. Pure function.
#pragma once

#include <string>

#include "broker/charter.h"
#include "security/frame.h"

namespace liaison {

struct RefusedEntry {
  Code verdict = Code::kAccepted;   // or one of 20-27
  std::string rule;                 // the policy rule that decided, where one did
  std::string basis;
};
RefusedEntry judge_entry(const VerifiedFrame& frame, const Charter& charter, std::uint64_t index, TimeMs accept_time_ms);

}  // namespace liaison
