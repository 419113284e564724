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
          {"kind", draft.kind},
          {"revision", draft.revision},
          {"message_id", submission.message_id && !act.dry_run ? json(hex(*submission.message_id)) : json(nullptr)},
          {"state", act.dry_run ? "dry_run" : "queued"},
          {"recipients", std::move(recipients)},
          {"rule", submission.rule},
          {"basis", submission.basis},
          {"warnings", submission.warnings}};
}

json not_empty(const json& fields) {
  json out = json::object();
  for (const auto& [name, value] : fields.items()) {
    const bool empty = value.is_null() || value == "" || value == 0 || value == false || ((value.is_array() || value.is_object()) && value.empty());
    if (!empty) out[name] = {{"from", nullptr}, {"to", value}};
  }
  return out;
}

// As the views have it inside the attempt: field by field against the version in force, and the findings that there would be.
Result<json> preview_of(Node& node, const Draft& draft) {
  const bool visit = draft.kind == kKindVisitPlan;
  json out = {{"changed", json::object()}, {"findings", json::array()}};
  if (!visit && record_kind(draft.kind) == nullptr) return out;
  const json history = TRY(visit ? node.visits().history(draft.record_id) : node.records().history(draft.record_id));
  const json& newest = history["items"].back();
  out["changed"] = draft.revision > 1 ? newest["changed"] : not_empty(newest["fields"]);
  if (!visit) return out;
  const json shown = TRY(node.visits().show(draft.record_id));
  out["findings"] = shown["findings"];
  return out;
}

}  // namespace

std::string request_prefix(const std::string& system) { return "c." + system + "."; }

std::string origin_of(std::string_view request_id) {
  if (!request_id.starts_with("c.")) return "";
  request_id.remove_prefix(2);
  const auto end = request_id.find('.');
  return end == std::string_view::npos ? "" : std::string(request_id.substr(0, end));
}

std::string audit_object(const Act& act, const std::string& kind, const std::string& what) {
  return act.draft.empty() ? what : act.draft + ", " + kind + ", " + what;
}

Result<json> send_draft(Node& node, const Draft& draft, const Act& act, Outbox::Signing signing) {
  // Under a draft's release every message that leaves with it is judged by its own kind.
  if (act.draft.empty()) TRY(check_direct(node.release_rules(), draft.kind));
  else if (!act.dry_run) TRY(check_release(node.release_rules(), draft.kind, act.hands, act.uid));
  const Submission submission = TRY(node.submit(draft, act.request_id, act.dry_run ? Outbox::Signing::kLater : signing, act.now));
  json answer = answer_json(draft, submission, act);
  if (act.dry_run && act.preview) answer["preview"] = TRY(preview_of(node, draft));
  return answer;
}

}  // namespace liaison
