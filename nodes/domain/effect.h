// SPDX-License-Identifier: Apache-2.0
// What goes out of the domain and what comes into it: drafts that the node seals and sends, verified messages that the views fold, and how
// the views keep a message. Plain values, on the node's one thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
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

// One line of `liaison watch`: a change, or what it means. Told often and mostly to nobody: JSON only when somebody listens.
struct ViewEvent {
  std::string_view name;                  // visit.changed, visit.recalled, record.changed, record.recalled, finding.new, finding.ended
  std::string record;                     // of a change; empty of a finding
  std::uint32_t revision = 0;
  MemberId owner;                         // the committee that leads a visit
  MemberId by;
  std::string sentence;                   // "1373 plans 1373-V-2026-0001: Kyrgyzstan, 2027-03-08 to 2027-03-12: Follow-up"
  std::string finding;                    // of a finding: as the API prints it
};
using ViewEvents = std::vector<ViewEvent>;
nlohmann::json event_json(const ViewEvent& event);

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
