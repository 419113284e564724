// SPDX-License-Identifier: Apache-2.0
// Admission: bytes from a member's connection -> an admitted frame, a frame that may have been seen before, or a refusal
// with its code. The order of checks is PROTOCOL 2's, each in one place. Pure: what it needs to know of the world is
// handed in as Standing; only the quotas' token buckets change.
#pragma once

#include <string>
#include <variant>

#include "broker/charter.h"
#include "broker/fold.h"
#include "broker/quotas.h"
#include "schemas/message.h"
#include "security/clock.h"
#include "security/frame.h"

namespace liaison {

// What the disk has room for.
enum class Room { kAll, kReceipts, kNothing };

// What admission judges by. Everything outlives the call.
struct Standing {
  const Charter& charter;
  const Fold& fold;             // the open batch included
  std::uint64_t index = 0;      // that the next entry gets
  TimeMs accept_time_ms = 0;
  Now now;
  bool clock_trusted = true;
  Room room = Room::kAll;
  std::size_t unacknowledged = 0;   // frames of this member in the open batch
};

// Passed every check of a sender's fault; `verdict` says whether it is delivered or logged as a refused entry.
struct Admitted { VerifiedFrame frame; Code verdict = Code::kAccepted; std::string rule; std::string basis; };
// Not logged, and why; `sign` once the frame's own signature held.
struct TurnedAway { Refusal refusal; bool sign = false; };
// Its sequence has been used already: the same frame again if the message_id at that place is equal, else `otherwise`.
struct Again { KeyId key_id{}; std::uint64_t sequence = 0; MessageId message_id{}; Bytes frame; TurnedAway otherwise; };

using Judgement = std::variant<Admitted, Again, TurnedAway>;

Judgement judge(const MemberId& connection, Bytes payload, const Standing& standing, Quotas& quotas);

// A refusal with the sentence of its code.
Refusal refusal_of(Code code, const Hash& frame_hash, std::uint64_t detail, TimeMs time_ms);

}  // namespace liaison
