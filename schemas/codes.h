// SPDX-License-Identifier: Apache-2.0
// Code: the closed list of what can go wrong. Below 1,000 a code is part of the protocol (schemas/PROTOCOL.md,
// "Codes") and the same word stands in refusals, receipts, logs, metrics and the API; from 1,000 on it is local to
// one program and never travels. Numbers are never reused.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace liaison {

enum class Code : std::uint16_t {
  kAccepted = 0,
  // malformed or not entitled: consumes nothing
  kFormat = 1,
  kSize = 2,
  kKey = 3,
  kSignature = 4,
  kSender = 5,
  kBlob = 7,
  kChain = 8,
  kEquivocation = 9,
  kKeyRevoked = 10,
  // refused entry: consumes the sequence
  kExpired = 20,
  kSchema = 21,
  kRecipient = 22,
  kMarking = 23,
  kPolicy = 24,
  kEncryptionRequired = 25,
  kSeal = 26,
  kStale = 27,
  // transient: the same bytes come again
  kGap = 40,
  kQuota = 41,
  kBusy = 42,
  kStorageFull = 43,
  kClock = 44,
  kClockBroker = 45,
  kRosterExpired = 47,
  // fetch
  kRange = 61,
  // a recipient's verdict in its delivery receipt
  kOpen = 80,
  kBody = 81,
  kDuplicate = 82,
  // local: never on the wire
  kInput = 1000,          // what a person typed or a file holds is not valid
  kConfig = 1001,         // a configuration file
  kIo = 1002,             // a file or socket operation failed
  kStore = 1003,          // the database failed or is damaged; after a failed sync the process stops
  kLocked = 1004,         // another process holds the folder
  kUnknown = 1005,        // no such record, message, key or file
  kRevision = 1006,       // a change made on an old revision
  kNotOwner = 1007,       // only the owner of a record changes it
  kTransition = 1008,     // a move that the life cycle does not have
  kPassphrase = 1009,     // missing or wrong
  kPermission = 1010,     // file modes or owners that would leak a secret; or not allowed for this person
  kNote = 1011,           // a signed note: form or signatures
  kRoster = 1012,         // a roster: grammar, continuity, threshold
  kPolicyFile = 1013,     // a policy: grammar, continuity
  kCheckpoint = 1014,     // a checkpoint that does not verify or does not connect
  kProof = 1015,          // a proof that does not verify
  kUnreachable = 1016,    // nothing answers there
  kHalted = 1017,         // this process has stopped accepting until a person acts
  kInternal = 1018,
  kUsage = 1019,          // the command line itself: an unknown word, a missing or a malformed argument
};

// The stable word, e.g. "E_POLICY"; "OK" for kAccepted.
std::string_view code_name(Code code);
// The code of a wire number; nothing for a number this version does not know.
std::optional<Code> code_from_wire(std::uint16_t number);
// One plain sentence for people: what it means and what happens next.
std::string_view code_sentence(Code code);
// A refused entry (20-27): the frame consumes its sequence and is logged with this verdict.
constexpr bool is_refused_entry(Code code) {
  const auto n = static_cast<std::uint16_t>(code);
  return n >= 20 && n < 40;
}
// Transient (40-59): the identical bytes may be accepted later.
constexpr bool is_transient(Code code) {
  const auto n = static_cast<std::uint16_t>(code);
  return n >= 40 && n < 60;
}

}  // namespace liaison
