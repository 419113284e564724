// SPDX-License-Identifier: Apache-2.0
// An act of an officer through the API: one savepoint in the node's step. A wrong one leaves nothing behind, a dry run neither, and the answer to
// its request id is stored with it. Node's thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nodes/node.h"

namespace liaison {

struct Act {
  std::string request_id;      // Idempotency-Key; not needed in a dry run
  bool dry_run = false;
  Now now;
  std::string actor = "unknown";   // who asked, for the audit row
};

// Queues what the domain wants to say, and tells who would receive it under which rule. In a dry run nothing is signed, so that it can be
// taken back. Errors: Outbox::submit's.
Result<nlohmann::json> send_draft(Node& node, const Draft& draft, const Act& act, Outbox::Signing signing = Outbox::Signing::kNow);

// Runs `function` inside an Attempt, with its audit row, and keeps it unless it is a dry run.
template <class Function>
Result<nlohmann::json> one_act(Node& node, const Act& act, const char* event, const Function& function) {
  Attempt attempt = TRY(Attempt::begin(node));
  nlohmann::json answer = TRY(function());
  if (act.dry_run) return answer;
  TRY(node.store().audit(act.now.wall_ms, event, act.actor, answer["id"].template get<std::string>(), "queued"));
  TRY(attempt.keep());
  return answer;
}

}  // namespace liaison
