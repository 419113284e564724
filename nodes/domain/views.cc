// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/views.h"

namespace liaison {

namespace {

bool is_visit(std::string_view kind) { return kind == kKindVisitPlan || kind == kKindVisitAnswer || kind == kKindVisitRecall; }

}  // namespace

Result<std::unique_ptr<Views>> Views::open(Database& database, const VisitsConfig& config, RecordDefaults record_defaults, Waits waits) {
  auto views = std::make_unique<Views>();
  views->visits_ = TRY(Visits::open(database, config));
  views->words_ = TRY(FullText::open(database));
  views->records_ = TRY(Records::open(database, {config.member, config.others, config.contact, std::move(record_defaults), std::move(waits)}));
  views->visits_->rest_on(*views->records_);
  views->records_->know(*views->visits_);
  views->overlaps_ = TRY(Overlaps::open(database, config, *views->visits_));
  return views;
}

Result<void> Views::drop(Database& database) {
  TRY(Visits::drop(database));
  TRY(FullText::drop(database));
  TRY(Overlaps::drop(database));
  return Records::drop(database);
}

void Views::set_others(const std::vector<MemberId>& others) {
  visits_->set_others(others);
  records_->set_others(others);
  overlaps_->set_others(others);
}

bool Views::folds(std::string_view kind) { return is_visit(kind) || Overlaps::folds(kind) || Records::folds(kind); }

std::string Views::record_of(std::string_view kind, View body) {
  if (kind == kKindVisitPlan) {
    const auto plan = decode_visit_plan(body);
    return plan ? plan->record_id : std::string();
  }
  if (kind == kKindVisitRecall) {
    const auto recall = decode_visit_recall(body);
    return recall ? recall->record_id : std::string();
  }
  if (kind == kKindVisitAnswer) {
    const auto answer = decode_visit_answer(body);
    return answer ? answer->record_id : std::string();
  }
  if (Overlaps::folds(kind)) return overlap_name_in(kind, body);
  return Records::folds(kind) ? Records::record_of(kind, body) : std::string();
}

Result<std::vector<ViewEvent>> Views::apply(const Effect& effect) {
  if (Overlaps::folds(effect.kind)) return overlaps_->apply(effect);
  auto events = is_visit(effect.kind) ? visits_->apply(effect) : records_->apply(effect);
  if (!events) return events;
  if (is_visit(effect.kind)) TRY(overlaps_->visit_came(effect));
  const std::string record = record_of(effect.kind, effect.body);
  TRY(index(record));
  return events;
}

Result<void> Views::forget_words() {
  if (TRY(words_->owes()) != FullText::Owes::kRemoved) return {};
  while (!TRY(words_->forget())) {}
  return {};
}

std::vector<MessageId> Views::take_forgotten() {
  auto all = visits_->take_forgotten();
  for (const MessageId& id : records_->take_forgotten()) all.push_back(id);
  return all;
}

Result<bool> Views::is_recalled(const std::string& record_id) {
  const bool visit = TRY(visits_->is_recalled(record_id));
  return visit ? Result<bool>(true) : records_->is_recalled(record_id);
}

Result<void> Views::refused(std::string_view kind, const std::string& record_id, const MessageId& message_id, Code code) {
  if (Overlaps::folds(kind)) return overlaps_->refused(message_id, code);
  if (is_visit(kind)) TRY(visits_->refused(message_id, code));
  else TRY(records_->refused(message_id));
  return index(record_id);
}

Result<void> Views::given_out(const std::string& record_id) {
  TRY(visits_->given_out(record_id));
  return records_->given_out(record_id);
}

Result<void> Views::renamed(const MessageId& was, const MessageId& now) {
  TRY(visits_->renamed(was, now));
  TRY(overlaps_->renamed(was, now));
  return records_->renamed(was, now);
}

Result<void> Views::folded() { return words_->add_all_words(); }

Result<void> Views::clear() {
  TRY(visits_->clear());
  TRY(words_->clear_for_fold());
  TRY(overlaps_->clear());
  return records_->clear();
}

}  // namespace liaison
