// SPDX-License-Identifier: Apache-2.0
// Entry: one place of the log with all that the broker keeps of it: the leaf that every member sees, the bytes behind it,
// and what was read from the signed header. A plain value, made by the exchange or by reading the store.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"
#include "security/log.h"

namespace liaison {

using LeafData = std::array<std::uint8_t, kLeafBytes>;

struct Entry {
  Leaf leaf;
  Bytes body;            // the whole frame, roster note or policy file
  // Of a frame only (class 1):
  KeyId key_id{};
  std::uint64_t sequence = 0;
  MessageId message_id{};
  std::string rule;      // of the policy, or empty; its basis can be recomputed and is not stored
  std::string basis;
  MemberId sender;
  std::string kind;
  std::vector<MemberId> recipients;

  bool is_frame() const { return leaf.leaf_class == LeafClass::kFrame; }
  // Whether the whole bytes are for this member: its own frames, accepted ones that name it, and every entry that is
  // not a frame.
  bool due_to(const MemberId& member) const;
};

// Judges what a store gave back: the bytes must have the hash that the leaf says, and a frame the key and sequence of
// its row. Fills sender, kind and recipients. kStore naming the index otherwise.
Result<void> check_entry(Entry& entry);

// "entry 17"
std::string place_of(std::uint64_t index);

}  // namespace liaison
