// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/act.h"

namespace liaison {

namespace {

using nlohmann::json;

std::string office_of(const MemberId& member) { return "the " + member.str() + " Committee"; }

json answer_json(const Draft& draft, const Submission& submission, const Act& act) {
  json recipients = json::array();
  for (const MemberId& member : draft.recipients) recipients.push_back({{"member", member.str()}, {"name", office_of(member)}});
  return {{"id", draft.record_id},
          {"revision", draft.revision},
          {"message_id", submission.message_id && !act.dry_run ? json(hex(*submission.message_id)) : json(nullptr)},
          {"state", act.dry_run ? "dry_run" : "queued"},
          {"recipients", std::move(recipients)},
          {"rule", submission.rule},
          {"basis", submission.basis},
          {"warnings", submission.warnings}};
}

}  // namespace

Result<json> send_draft(Node& node, const Draft& draft, const Act& act, Outbox::Signing signing) {
  const Submission submission = TRY(node.submit(draft, act.request_id, act.dry_run ? Outbox::Signing::kLater : signing, act.now));
  return answer_json(draft, submission, act);
}

}  // namespace liaison
