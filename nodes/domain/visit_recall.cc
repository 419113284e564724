// SPDX-License-Identifier: Apache-2.0
// A record that its owner takes back. At the other members the view of it goes at once, with its revisions and answers, and what opened
// their messages is named for removal; the line who recalled it, when and why stays. The owner keeps its own text, and nobody is shown it
// among the visits any more. As everywhere in the views, the fold anew of what is left gives the same tables.
#include <nlohmann/json.hpp>
#include <utility>

#include "nodes/domain/json_fields.h"
#include "nodes/domain/visit_parts.h"
#include "nodes/domain/visit_rules.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using nlohmann::json;

Error body(std::string what) { return fail(Code::kBody, std::move(what)); }

}  // namespace

std::string recall_sentence(const StoredRecall& recall) {
  const std::string on = recall.place.index ? " on " + date_text(static_cast<std::int64_t>(recall.place.time_ms / kDayMs)) : std::string();
  return recall.record + " was recalled by " + recall.lead.str() + on + ": " + recall.reason;
}

json recall_json(const StoredRecall& recall) {
  return {{"by", recall.lead.str()}, {"reason", recall.reason}, {"contact", recall.contact}, {"revision", recall.revision},
          {"message_id", hex(recall.message)}, {"index", recall.place.index ? json(*recall.place.index) : json(nullptr)},
          {"accepted_at", recall.place.index ? json(rfc3339_millis(recall.place.time_ms)) : json(nullptr)}};
}

Result<Draft> Visits::recall(const std::string& record_id, const json& fields) {
  auto& parts = *parts_;
  const auto current = TRY(parts.known(record_id));
  const auto& plan = current.facts.plan;
  TRY(check_new_recall(parts.config.member, plan));
  const auto said = TRY(read_recall_fields(fields, parts.config.contact));
  const VisitRecall recall{record_id, plan.revision, current.revision.hash, said.reason, said.contact};
  if (auto ok = check_visit_recall(recall); !ok) return fail(Code::kInput, ok.error().what, ok.error().hint);
  Draft draft;
  draft.recipients = TRY(parts.lasting_audience(current.revision, {}));
  draft.kind = kKindVisitRecall;
  draft.marking = current.revision.marking;
  if (current.revision.place.index) draft.in_reply_to = current.revision.message;
  draft.body = encode_visit_recall(recall);
  draft.record_id = record_id;
  draft.revision = plan.revision;
  const auto answers = TRY(parts.store->answers(record_id)).size();
  if (answers > 0) draft.warnings.push_back("what was answered to it goes with it: " + std::to_string(answers) + (answers == 1 ? " answer" : " answers"));
  return draft;
}

std::vector<MessageId> Visits::take_forgotten() { return std::exchange(parts_->forgotten, {}); }

// What the other members said of it, the record itself included.
Result<void> Visits::Parts::forget(const std::string& record) {
  for (const auto& revision : TRY(store->revisions(record))) forgotten.push_back(revision.message);
  for (const auto& answer : TRY(store->answers(record))) {
    if (answer.sender != config.member) forgotten.push_back(answer.message);
  }
  TRY(store->drop_revisions_from(record, 1));
  return store->drop_answers(record);
}

Result<ViewEvents> Visits::Parts::apply_recall(const Effect& effect) {
  if (effect.sender == config.member) {
    if (const auto record = TRY(store->queued_recall(effect.message_id))) {
      TRY(store->place_recall(*record, {effect.index, effect.time_ms}));
      return ViewEvents();
    }
  }
  const auto recall = TRY(decode_visit_recall(effect.body));
  if (lead_of_record(recall.record_id) != effect.sender) return body(recall.record_id + " is none of " + effect.sender.str() + "'s to recall");
  if (const auto was = TRY(store->recall(recall.record_id))) {
    if (was->message != effect.message_id) return body(recall.record_id + " was recalled before");
    TRY(store->place_recall(recall.record_id, {effect.index, effect.time_ms}));
    return ViewEvents();
  }
  const StoredRecall made{recall.record_id, effect.sender, effect.message_id, recall.revision, {effect.index, effect.time_ms}, recall.reason, recall.contact};
  const auto visit = TRY(current(recall.record_id));
  TRY(store->add_recall(made));
  ViewEvents events = {{"visit.recalled", recall.record_id, recall.revision, effect.sender, effect.sender,
                         effect.sender.str() + " recalls " + recall.record_id + ": " + recall.reason, {}}};
  if (visit) {
    const auto stored = TRY(store->findings_of(recall.record_id));
    const auto change = TRY(store->drop_visit(visit->facts.plan, config.window_days));
    for (auto& event : TRY(settle(stored, {}))) events.push_back(std::move(event));
    TRY(settle_others(change, events));
  }
  if (effect.sender == config.member) TRY(store->keep_number(recall.record_id));
  else TRY(forget(recall.record_id));
  return events;
}

// A recall that the broker refused: the record stands again as it did.
Result<void> Visits::Parts::take_back_recall(const std::string& record) {
  TRY(store->drop_recall(record));
  return stand_again(record, nullptr);
}

Result<json> Visits::Parts::recalled_page(const StoredRecall& recall) {
  json out = {{"id", recall.record}, {"revision", recall.revision}, {"lead", recall.lead.str()}, {"answers", json::array()}};
  if (const auto revisions = TRY(store->revisions(recall.record)); !revisions.empty()) {   // the owner's own text
    auto plan = TRY(stored_plan(revisions.back()));
    const CurrentVisit was{{recall.record, recall.revision, recall.revision}, revisions.back(), {std::move(plan), revisions.back().place.time_ms}};
    const auto answers = TRY(store->answers(recall.record));
    out = TRY(visit_json(was, answers));
  }
  out["recalled"] = recall_json(recall);
  out["findings"] = json::array();
  out["more"] = json::array();
  return out;
}

}  // namespace liaison
