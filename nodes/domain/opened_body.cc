// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/opened_body.h"

#include <nlohmann/json.hpp>

#include "nodes/domain/record_json.h"
#include "schemas/message.h"
#include "schemas/overlap.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;

json states_of(const VisitPlan& plan) {
  json all = json::array();
  for (const StateRef& state : plan.states) all.push_back({{"alpha3", state.alpha3}, {"name_in_source", state.name_in_source}});
  return all;
}

json components_of(const VisitPlan& plan) {
  json all = json::array();
  for (const Component& one : plan.components) {
    all.push_back({{"mode", word_of(one.mode)}, {"start", one.start}, {"end", one.end}, {"precision", word_of(one.precision)}, {"places", one.places}});
  }
  return all;
}

json participation_of(const VisitPlan& plan) {
  json all = json::array();
  for (const Participation& one : plan.participation) all.push_back({{"body", one.body}, {"role", word_of(one.role)}, {"note", one.note}});
  return all;
}

json plan_json(const VisitPlan& plan) {
  json out = {{"record_id", plan.record_id}, {"revision", plan.revision}, {"previous_revision", hex(plan.previous_revision)}, {"lead", plan.lead.str()},
              {"status", word_of(plan.status)}, {"kind", word_of(plan.kind)}, {"title", plan.title}, {"states", states_of(plan)},
              {"components", components_of(plan)}, {"aims", plan.aims}, {"participation", participation_of(plan)}, {"paragraph", plan.paragraph},
              {"contact", plan.contact}, {"note", plan.note}, {"source", plan.source}, {"unverified", plan.unverified}};
  out["consent"] = {{"status", word_of(plan.consent.status)},
                    {"date", plan.consent.date},
                    {"reference", plan.consent.reference},
                    {"signed_by", plan.consent.signed_by}};
  if (plan.invitation) out["invitation"] = {{"date", plan.invitation->date}, {"reference", plan.invitation->reference}, {"issuer", plan.invitation->issuer}};
  if (!plan.merged_into.empty()) out["merged_into"] = plan.merged_into;
  for (const Report& one : plan.reports) out["reports"].push_back({{"kind", word_of(one.kind)}, {"date", one.date}, {"symbol", one.symbol}});
  return out;
}

json answer_json(const VisitAnswer& answer) {
  return {{"record_id", answer.record_id}, {"revision", answer.revision}, {"plan_hash", hex(answer.plan_hash)}, {"answer", word_of(answer.answer)},
          {"body", answer.body}, {"text", answer.text}, {"contact", answer.contact}, {"source", answer.source}, {"unverified", answer.unverified}};
}

json recall_json(const VisitRecall& recall) {
  return {{"record_id", recall.record_id}, {"revision", recall.revision}, {"plan_hash", hex(recall.plan_hash)}, {"reason", recall.reason},
          {"contact", recall.contact}};
}

json list_of(const std::vector<Hash>& tokens) {
  json all = json::array();
  for (const Hash& one : tokens) all.push_back(hex(one));
  return all;
}

// Questions about overlaps show tokens, from which nobody learns more.
Result<json> overlap_json(std::string_view kind, View body) {
  if (kind == kKindOverlapTokens) {
    const OverlapTokens tokens = TRY(decode_overlap_tokens(body));
    return json{{"overlap", name_of(tokens.reference)}, {"tokens", list_of(tokens.tokens)}, {"contact", tokens.contact}};
  }
  if (kind == kKindOverlapReply) {
    const OverlapReply reply = TRY(decode_overlap_reply(body));
    return json{{"overlap", name_of(reply.reference)}, {"again", list_of(reply.again)}, {"tokens", list_of(reply.tokens)}, {"contact", reply.contact}};
  }
  if (kind == kKindOverlapResult) {
    const OverlapResult result = TRY(decode_overlap_result(body));
    return json{{"overlap", name_of(result.reference)}, {"again", list_of(result.again)}};
  }
  const OverlapWord word = TRY(decode_overlap_word(body));
  return json{{"overlap", name_of(word.reference)}, {"saying", word_of(word.saying)}, {"record_id", word.record_id}, {"revision", word.revision}};
}

// As the API prints a record, without what only a node knows.
json record_json(const Record& record) {
  json out = record_fields_json(record);
  out["id"] = record.record_id;
  out["kind"] = record.kind->kind;
  out["owner"] = record.owner.str();
  out["revision"] = record.revision;
  out["previous_revision"] = hex(record.previous_revision);
  return out;
}

json record_answer_json(const RecordAnswer& answer) {
  return {{"record_id", answer.record_id}, {"revision", answer.revision}, {"record_hash", hex(answer.record_hash)}, {"answer", answer.answer},
          {"text", answer.text}, {"refers_to", answer.refers_to}, {"contact", answer.contact}, {"source", answer.source}, {"unverified", answer.unverified}};
}

json record_recall_json(const RecordRecall& recall) {
  return {{"record_id", recall.record_id}, {"revision", recall.revision}, {"record_hash", hex(recall.record_hash)}, {"reason", recall.reason},
          {"contact", recall.contact}};
}

// A plan that says everything.
VisitPlan full_plan() {
  VisitPlan plan;
  plan.invitation.emplace();
  plan.merged_into = "-";
  plan.reports.emplace_back();
  return plan;
}

}  // namespace

std::vector<std::string> opened_fields(std::string_view kind) {
  json all = json::object();
  if (kind == kKindVisitPlan) all = plan_json(full_plan());
  if (kind == kKindVisitAnswer) all = answer_json({});
  if (kind == kKindVisitRecall) all = recall_json({});
  if (kind == kKindRecordAnswer) all = record_answer_json({});
  if (kind == kKindRecordRecall) all = record_recall_json({});
  if (const RecordKind* page = record_kind(kind)) {
    Record record;
    record.kind = page;
    record.values.resize(page->fields.size());
    all = record_json(record);
  }
  std::vector<std::string> out;
  for (const auto& [name, value] : all.items()) out.push_back(name);
  return out;
}

Result<json> opened_body_json(std::string_view kind, View body) {
  if (kind == kKindVisitPlan) {
    const VisitPlan plan = TRY(decode_visit_plan(body));
    return plan_json(plan);
  }
  if (kind == kKindVisitAnswer) {
    const VisitAnswer answer = TRY(decode_visit_answer(body));
    return answer_json(answer);
  }
  if (kind == kKindVisitRecall) {
    const VisitRecall recall = TRY(decode_visit_recall(body));
    return recall_json(recall);
  }
  if (kind == kKindRecordAnswer) {
    const RecordAnswer answer = TRY(decode_record_answer(body));
    return record_answer_json(answer);
  }
  if (kind == kKindRecordRecall) {
    const RecordRecall recall = TRY(decode_record_recall(body));
    return record_recall_json(recall);
  }
  if (record_kind(kind) != nullptr) {
    const Record record = TRY(decode_record(kind, body));
    return record_json(record);
  }
  if (kind.starts_with("overlap.")) return overlap_json(kind, body);
  return json(nullptr);
}

Result<std::string> opened_body(std::string_view kind, const Hash& schema, View body) {
  if (!schema_known(kind, schema)) return std::string();
  const json opened = TRY(opened_body_json(kind, body));
  return opened.is_null() ? std::string() : opened.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace liaison
