// SPDX-License-Identifier: Apache-2.0
// What the node's heart wants done once its transaction is on stable storage: frames for the broker and news for those
// who watch. Plain values; made and emptied on the node's one thread; a crash before the commit loses both, and both
// come again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/domain/visits.h"
#include "schemas/ids.h"

namespace liaison {

// One line of GET /events. Turned into JSON only when somebody watches.
struct News {
  std::string_view name;                  // "message.accepted", ...
  std::optional<MessageId> message_id;
  std::string kind;                       // of the message or the alarm
  MemberId member;                        // the other party, where there is one
  std::optional<std::uint64_t> index;
  Code verdict = Code::kAccepted;
  std::string sentence;
  std::optional<ViewEvent> view;        // instead of all that: what the views say
};

struct NodeOutcome {
  std::vector<Bytes> sends;               // signed frames, in this order
  std::vector<News> events;
  bool ask_who = false;                   // ask WHOAMI now
  bool urgent = false;                    // something here waits for the commit
};

}  // namespace liaison
