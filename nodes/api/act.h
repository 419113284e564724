// SPDX-License-Identifier: Apache-2.0
// An act of an officer through the API: one savepoint in the node's step. A wrong one leaves nothing behind, a dry run neither, and the answer to
// its request id is stored with it. Node's thread.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "nodes/domain/release_rules.h"
#include "nodes/node.h"

namespace liaison {

struct Act {
  std::string request_id;      // Idempotency-Key; not needed in a dry run
  bool dry_run = false;
  Now now;
  std::string actor = "unknown";   // who asked, for the audit row
  std::optional<std::uint32_t> uid;   // and their number, where it is known
  std::string draft;           // the draft that is released, such as draft-7, or is tried; empty when it is sent directly
  bool preview = false;        // of a dry run: tells also what would change, and what would be found
  DraftHands hands = {};       // who made and changed that draft
};

// The request ids of what the connectors of a system bring in begin so; no officer's does. A message's origin is read from it.
std::string request_prefix(const std::string& system);
// The system that a request id names; empty for an officer's.
std::string origin_of(std::string_view request_id);

// Queues what the domain wants to say, and tells who would receive it under which rule. In a dry run nothing is signed, so that it can be
// taken back. Errors: Outbox::submit's; kPermission for a kind that needs two officers and is no draft.
Result<nlohmann::json> send_draft(Node& node, const Draft& draft, const Act& act, Outbox::Signing signing = Outbox::Signing::kNow);

// What the audit row of an act is about: the record, or how many; of a draft that is released "draft-7, visit.plan, 1540-V-2027-0001".
std::string audit_object(const Act& act, const std::string& kind, const std::string& what);

// Runs `function` inside an Attempt, with its audit row, and keeps it unless it is a dry run.
template <class Function>
Result<nlohmann::json> one_act(Node& node, const Act& act, const char* event, const Function& function) {
  Attempt attempt = TRY(Attempt::begin(node));
  nlohmann::json answer = TRY(function());
  if (act.dry_run) return answer;
  TRY(node.store().audit(act.now.wall_ms, event, act.actor, audit_object(act, answer.value("kind", ""), answer["id"]), "queued"));
  TRY(attempt.keep());
  return answer;
}

}  // namespace liaison
