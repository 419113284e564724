// SPDX-License-Identifier: Apache-2.0
// Who was notified of a proposal, from the evidence that this node has: the delivery receipts to its own message, its own receipt to another's,
// or what a certificate says. Reads only; node's one thread.
#pragma once

#include "nodes/domain/silence.h"
#include "nodes/node.h"

namespace liaison {

// Of an own proposal: each committee's receipt in the log. kStore.
Result<void> add_own_notices(Node& node, Silence& silence);
// Of another's: this node's own receipt; the other notices are taken out. kStore.
Result<void> keep_notice_of_this_node(Node& node, Silence& silence);
// What this node itself said about the proposal in its first receipt that took it; nothing when it said nothing that the log holds. kStore.
Result<std::optional<SilenceNotice>> own_receipt(Node& node, const MessageId& proposal, std::uint64_t proposal_index);
// As the certificate says, in place of what was there.
void read_notices(const Record& certificate, Silence& silence);

}  // namespace liaison
