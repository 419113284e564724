// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/incoming_act.h"

#include "nodes/api/acts.h"
#include "nodes/api/record_acts.h"
#include "schemas/record_kind.h"
#include "schemas/text.h"
#include "security/hash.h"
#include "security/http.h"

namespace liaison {

namespace {

using nlohmann::json;

Error bad_incoming(const std::string& field, const std::string& rule) {
  return fail(Code::kInput, field + ": " + rule,
              "data is {\"kind\", \"fields\"}, {\"record\", \"revision\", \"fields\"}, {\"record\", \"answer\"}, or the fields alone");
}

Result<Asked> new_record(const std::string& noun, json fields) {
  if (noun == "visit") return Asked{"POST", {"visits"}, 0, std::move(fields)};
  const RecordKind* kind = record_kind_of_noun(noun);
  if (kind == nullptr)
    return fail(Code::kInput, "kind: \"" + printable(noun, 40) + "\" is no kind of record", "it is visit, or a noun that liaison record kinds lists");
  return Asked{"POST", {"records", kind->kind}, 0, std::move(fields)};
}

Result<Asked> about_record(const json& data) {
  const auto id = data["record"].is_string() ? parse_record_id(data["record"].get_ref<const std::string&>()) : std::nullopt;
  if (!id) return bad_incoming("record", "is no id such as 1540-V-2027-0001");
  const std::string record = data["record"];
  const std::string of = id->letter == "V" ? "visits" : "records";
  if (data.contains("answer")) {
    if (data.size() != 2 || !data["answer"].is_object()) return bad_incoming("answer", "is no JSON object with nothing but the record beside it");
    return Asked{"POST", {of, record, "answers"}, 0, data["answer"]};
  }
  if (!data.contains("fields") || !data["fields"].is_object() || data.size() != 3)
    return bad_incoming("fields", "is no JSON object beside record and revision");
  if (!data.contains("revision") || !data["revision"].is_number_unsigned() || data["revision"] == 0 || data["revision"] > 0xffff'ffffU)
    return bad_incoming("revision", "is not the number of the revision that the change is made on");
  return Asked{"PATCH", {of, record}, data["revision"].get<std::uint64_t>(), data["fields"]};
}

Result<json> perform_asked(Node& node, const Asked& asked, const Act& act) {
  const auto& path = asked.path;
  const bool visit = path[0] == "visits";
  if (asked.method == "PATCH") {
    const auto revision = static_cast<std::uint32_t>(asked.revision);
    return visit ? change_visit(node, path[1], revision, asked.body, act) : change_record(node, path[1], revision, asked.body, act);
  }
  if (path.size() == 3) return visit ? answer_visit(node, path[1], asked.body, act) : answer_record(node, path[1], asked.body, act);
  return visit ? plan_visit(node, asked.body, act) : create_record(node, *record_kind(path[1]), asked.body, act);
}

Result<IncomingDone> kept_as_draft(Node& node, const Asked& asked, const Act& act) {
  Error trouble;
  const Perform perform = [&](const Asked& one, const Act& how) {
    const auto done = perform_asked(node, one, how);
    if (done) return Performed{200, *done};
    trouble = done.error();
    const std::string problem = problem_json(400, code_name(trouble.code), code_sentence(trouble.code), trouble.what, trouble.hint);
    return Performed{400, json::parse(problem, nullptr, false)};
  };
  const Performed kept = TRY(keep_draft(node, asked, act, perform));
  if (kept.refused()) return trouble;
  return IncomingDone{kept.body["id"], kept.body["kind"], kept.body};
}

}  // namespace

Result<Asked> read_incoming(const json& data, const std::string& takes) {
  if (!data.is_object()) return bad_incoming("data", "is no JSON object");
  // No field of any record has these names beside each other.
  if (data.contains("record") && (data.contains("answer") || data.contains("revision"))) return about_record(data);
  if (!data.contains("fields")) return new_record(takes, data);
  if (!data["fields"].is_object()) return bad_incoming("fields", "is no JSON object");
  if (data.size() == 1) return new_record(takes, data["fields"]);
  if (data.size() != 2 || !data.contains("kind") || !data["kind"].is_string()) return bad_incoming("kind", "is no word with nothing but fields beside it");
  return new_record(data["kind"], data["fields"]);
}

Result<IncomingDone> perform_incoming(Desk& desk, const ConnectorConfig& config, const Asked& asked, const std::string& request_id) {
  const Act act{request_id, false, desk.now, "connector " + config.name, {}, {}, false};
  try {
    if (config.as_drafts) return kept_as_draft(desk.node, asked, act);
    json answer = TRY(perform_asked(desk.node, asked, act));
    return IncomingDone{answer["id"], answer["kind"], std::move(answer)};
  } catch (const json::exception&) {
    // The act that it cut off has taken itself back.
    return fail(Code::kInput, "a field has another type than expected", "nodes/api/README.md and liaison record kind NOUN say what each field holds");
  }
}

std::string incoming_request_id(const ConnectorConfig& config, const std::string& key) {
  return request_prefix(config.system) + hex(sha256(view_of(config.name + "\n" + key))).substr(0, 32);
}

}  // namespace liaison
