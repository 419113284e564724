// SPDX-License-Identifier: Apache-2.0
// Hands a message to the views and its news to those who watch. Inside the node's step.
#pragma once

#include "nodes/domain/visits.h"
#include "nodes/outcome.h"

namespace liaison {

// True for the kinds that the views fold.
bool is_domain_kind(std::string_view kind);
// The record that a body of such a kind speaks of; empty when it cannot be read.
std::string record_of(std::string_view kind, View body);
// kAccepted, or the verdict (E_BODY) that the views gave. Kinds that are no view's business are kSchema. kStore otherwise.
Result<Code> apply_effect(Visits& visits, const Effect& effect, NodeOutcome& outcome);

}  // namespace liaison
