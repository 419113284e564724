// SPDX-License-Identifier: Apache-2.0
// Hands a message to the views and its news to those who watch. Inside the node's step.
#pragma once

#include "nodes/domain/views.h"
#include "nodes/outcome.h"

namespace liaison {

// kAccepted, or the verdict (E_BODY) that the views gave. Kinds that are no view's business are kSchema. kStore otherwise.
Result<Code> apply_effect(Views& views, const Effect& effect, NodeOutcome& outcome);

}  // namespace liaison
