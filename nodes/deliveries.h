// SPDX-License-Identifier: Apache-2.0
// What the recipients say of own messages that the log holds: who has taken which, who could not, and who has left the roster and
// will not say. The rows are truth and each change is in the step that the receipt came in; memory only spares reading what was
// accepted lately. Node's one thread, inside its step; after a crash the rows are as the last commit left them.
#pragma once

#include <cstdint>
#include <map>

#include "nodes/alarms.h"
#include "nodes/mandates.h"
#include "nodes/message_rows.h"
#include "nodes/outcome.h"
#include "schemas/message.h"
#include "security/clock.h"
#include "security/log.h"

namespace liaison {

class Deliveries {
 public:
  static constexpr std::size_t kKeptMax = 4096;   // in memory: the newest that still await an answer

  Deliveries(MessageRows& rows, const Mandates& mandates, Alarms& alarms) : rows_(rows), mandates_(mandates), alarms_(alarms) {}
  // What was not stored is forgotten.
  void load() { awaited_.clear(); }

  // An own message has come into the log, at sent.index. A recipient that is in no roster any more counts as having answered. kStore.
  Result<void> expect(MessageRows::Sent sent, TimeMs at_ms);
  // Whether memory holds, for this place of the log, the own message of this frame hash.
  bool awaits(std::uint64_t index, const Hash& frame_hash) const {
    const auto kept = awaited_.find(index);
    return kept != awaited_.end() && kept->second.frame_hash == frame_hash;
  }
  // A recipient's receipt covers one of our messages. False when it is none of ours. A verdict other than 0 is an alarm. kStore.
  Result<bool> delivered(const Covered& covered, const MemberId& by, const Leaf& receipt, Now now, NodeOutcome& outcome);
  // A new roster: whoever left counts as having answered. kStore.
  Result<void> roster_changed(Now now);

 private:
  Result<void> left(MessageRows::Sent& sent, const MemberId& recipient, TimeMs at_ms);
  Result<void> settle(MessageRows::Sent& sent);
  Result<void> not_taken(const MessageRows::Sent& sent, const MemberId& by, Code code, Now now, NodeOutcome& outcome);

  MessageRows& rows_;
  const Mandates& mandates_;
  Alarms& alarms_;
  std::map<std::uint64_t, MessageRows::Sent> awaited_;   // by index; as their rows are
};

}  // namespace liaison
