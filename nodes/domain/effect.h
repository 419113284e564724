// SPDX-License-Identifier: Apache-2.0
// What goes out of the domain and what comes into it: drafts that the node seals and sends, verified messages that the views fold, and how
// the views keep a message. Plain values, on the node's one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schemas/ids.h"

namespace liaison {

// What should leave: the node seals, signs and queues it.
struct Draft {
  std::string kind;                       // visit.plan, record.answer, assistance.request ...
  std::string marking;                    // public, committees, named
  std::vector<MemberId> recipients;       // sorted
  MessageId in_reply_to{};
  Bytes body;                             // encoded FlatBuffer
  std::string record_id;
  std::uint32_t revision = 0;
  std::vector<std::string> warnings;      // sentences for the officer: overlaps of one's own, findings this would make
};

// A message whose signature, policy and log place hold and whose body is open; or an own one that was just queued.
struct Effect {
  MessageId message_id{};
  MemberId sender;
  std::vector<MemberId> recipients;
  std::string kind;
  std::string marking;
  MessageId in_reply_to{};
  std::optional<std::uint64_t> index;     // none while an own message is only queued
  TimeMs time_ms = 0;                     // accept time; of a queued one, when it was queued
  View body;
};

// Where a message stands: queued has no index yet.
struct Place {
  std::optional<std::uint64_t> index;
  TimeMs time_ms = 0;
};

struct StoredRevision {
  std::string record;
  std::uint32_t revision = 0;
  MessageId message{};
  Hash hash{};
  std::string marking;
  std::vector<MemberId> recipients;
  Place place;
  Bytes body;
};

}  // namespace liaison
