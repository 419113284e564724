// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/visits.h"

#include <algorithm>
#include <limits>
#include <set>

#include "nodes/domain/states.h"
#include "nodes/domain/visit_parts.h"
#include "nodes/domain/visit_rules.h"
#include "nodes/domain/words.h"
#include "security/hash.h"

namespace liaison {
namespace {

using nlohmann::json;

Error body(std::string what) { return fail(Code::kBody, std::move(what)); }

// Whether a revision leaves alone what findings rest on.
bool same_standing(const VisitPlan& a, const VisitPlan& b) {
  const auto same_days = [](const Component& x, const Component& y) {
    return x.start == y.start && x.end == y.end && x.precision == y.precision && x.mode == y.mode;
  };
  const auto same_state = [](const StateRef& x, const StateRef& y) { return x.alpha3 == y.alpha3; };
  return stands(a.status) == stands(b.status) &&
         std::equal(a.states.begin(), a.states.end(), b.states.begin(), b.states.end(), same_state) &&
         std::equal(a.components.begin(), a.components.end(), b.components.begin(), b.components.end(), same_days);
}

// A message that came late is judged by what lies before it in the log, as a fold anew would.
bool lies_before(const Effect& effect, const Place& place) { return effect.index && place.index && *effect.index < *place.index; }

ViewEvent changed(const VisitPlan& plan, const MemberId& by, const std::string& does, bool unverified) {
  std::vector<std::string> names;
  for (const auto& state : plan.states) names.push_back(States::standard().name_of(state.alpha3));
  std::string sentence = by.str() + " " + does + ": " + listed(names) + ", " + dates_text(plan) + (unverified ? ", not verified" : "") +
                         (plan.title.empty() ? "" : ": " + plan.title);
  return {"visit.changed", plan.record_id, plan.revision, plan.lead, by, std::move(sentence), {}};
}

// The change first, then what it means for other visits.
ViewEvents with_findings(ViewEvent change, ViewEvents findings) {
  findings.insert(findings.begin(), std::move(change));
  return findings;
}

}  // namespace

Result<VisitPlan> stored_plan(const std::string& record, View body) {
  auto plan = decode_visit_plan(body);
  if (!plan) return fail(Code::kStore, "the stored body of " + record + " is damaged: " + plan.error().what);
  return plan;
}

Result<VisitAnswer> stored_answer(const StoredAnswer& answer) {
  auto decoded = decode_visit_answer(answer.body);
  if (!decoded) return fail(Code::kStore, "a stored answer to " + answer.record + " is damaged: " + decoded.error().what);
  return decoded;
}

Visits::Visits(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Visits::~Visits() = default;

Result<std::unique_ptr<Visits>> Visits::open(Database& database, VisitsConfig config) {
  auto parts = std::make_unique<Parts>();
  parts->config = std::move(config);
  parts->store = TRY(VisitStore::open(database));
  return std::unique_ptr<Visits>(new Visits(std::move(parts)));
}

Result<void> Visits::drop(Database& database) { return VisitStore::drop(database); }

void Visits::set_others(std::vector<MemberId> others) { parts_->config.others = std::move(others); }

void Visits::rest_on(Records& records) { parts_->records = &records; }

Result<bool> Visits::knows(const std::string& record_id) {
  const auto row = TRY(parts_->current(record_id));
  return row ? Result<bool>(true) : is_recalled(record_id);
}

Result<ViewEvents> Visits::apply(const Effect& effect) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (effect.time_ms > kMost || effect.index.value_or(0) > kMost) return body("a place in the log that cannot be");
  if (effect.kind == kKindVisitPlan) return parts_->apply_plan(effect);
  if (effect.kind == kKindVisitAnswer) return parts_->apply_answer(effect);
  if (effect.kind == kKindVisitRecall) return parts_->apply_recall(effect);
  return body("the kind " + effect.kind + " is none that visits know");
}

Result<void> Visits::renamed(const MessageId& was, const MessageId& now) { return parts_->store->rename(was, now); }

Result<bool> Visits::is_recalled(const std::string& record_id) { return TRY(parts_->store->recall(record_id)).has_value(); }

Result<void> Visits::clear() { return parts_->store->clear(); }

Result<void> Visits::given_out(const std::string& record_id) {
  return record_id.starts_with(parts_->config.member.str() + "-V-") ? parts_->store->keep_number(record_id) : Result<void>{};
}

Result<void> Visits::refused(const MessageId& message_id, [[maybe_unused]] Code code) {
  if (const auto plan = TRY(parts_->store->queued_plan(message_id))) return parts_->take_back_plan(*plan);
  if (const auto recalled = TRY(parts_->store->queued_recall(message_id))) return parts_->take_back_recall(*recalled);
  const auto record = TRY(parts_->store->queued_answer(message_id));
  if (!record) return {};
  TRY(parts_->store->drop_queued_answer(message_id));
  const auto visit = TRY(parts_->current(*record));
  if (visit) TRY(parts_->settle_answers(*visit));
  return {};
}

// Revisions that were queued on top of the refused one name its hash: no recipient will take them, so they go with it.
Result<void> Visits::Parts::take_back_plan(const StoredVisit& refused) {
  const auto gone = TRY(current(refused.record));
  TRY(store->drop_revisions_from(refused.record, refused.revision));
  if (!gone) return {};   // a recall is under way, and stands on what is left should it be refused too
  if (TRY(store->revisions(refused.record)).empty()) {
    const auto change = TRY(store->drop_visit(gone->facts.plan, config.window_days));
    TRY(store->keep_number(refused.record));
    const auto stored = TRY(store->findings_of(refused.record));
    auto events = TRY(settle(stored, {}));
    return settle_others(change, events);
  }
  return stand_again(refused.record, &gone->facts.plan);
}

Result<void> Visits::Parts::stand_again(const std::string& record, const VisitPlan* gone) {
  const auto left = TRY(store->revisions(record));
  if (left.empty()) return {};
  std::uint32_t held = 1;
  auto plan = TRY(stored_plan(left.front()));
  for (std::size_t i = 1; i < left.size(); ++i) {
    auto next = TRY(stored_plan(left[i]));
    if (!same_standing(plan, next)) held = next.revision;
    plan = std::move(next);
  }
  const auto change = TRY(store->put_visit(plan, held, plan.lead == config.member, config.window_days, gone));
  const auto now = TRY(known(record));
  auto events = TRY(settle_visit(now));
  return settle_others(change, events);
}

Result<void> Visits::Parts::check_follows(const Effect& effect, const VisitPlan& plan, const std::optional<CurrentVisit>& before) {
  if (!before) {
    if (plan.revision == 1) return {};
    return body("revision " + std::to_string(plan.revision) + " of " + plan.record_id + " came without the ones before it");
  }
  if (plan.revision != before->row.revision + 1) {
    return body("revision " + std::to_string(plan.revision) + " of " + plan.record_id + " does not follow revision " +
                std::to_string(before->row.revision));
  }
  if (plan.previous_revision != before->revision.hash) {
    return body("revision " + std::to_string(plan.revision) + " of " + plan.record_id + " names another revision before it");
  }
  if (lies_before(effect, before->revision.place)) {
    return body("revision " + std::to_string(plan.revision) + " of " + plan.record_id + " lies in the log before the one that it follows");
  }
  return {};
}

// A message that is known gets its place; the days of its record may have stood since then, which its findings say.
Result<ViewEvents> Visits::Parts::place_plan(const std::string& record, std::uint32_t revision, const Effect& effect) {
  TRY(store->place_plan(record, revision, {effect.index, effect.time_ms}));
  if (TRY(store->findings_of(record)).empty()) return ViewEvents();
  const auto visit = TRY(current(record));
  if (!visit) return ViewEvents();
  if (visit->row.held != revision) return settle_answers(*visit);   // whom it invites
  return settle_visit(*visit);
}

Result<ViewEvents> Visits::Parts::apply_plan(const Effect& effect) {
  if (effect.sender == config.member && effect.index) {   // before it has a place it cannot have been said before
    if (const auto queued = TRY(store->queued_plan(effect.message_id))) return place_plan(queued->record, queued->revision, effect);
  }
  auto plan = TRY(decode_visit_plan(effect.body));
  if (plan.lead != effect.sender) return body(plan.record_id + " is led by " + plan.lead.str() + " and was sent by " + effect.sender.str());
  // What lies in the log before the recall and comes late is taken, so that its sender hears of no fault, and not shown.
  if (const auto recalled = TRY(store->recall(plan.record_id)); recalled && plan.lead != config.member) {
    if (!lies_before(effect, recalled->place)) return body(recall_sentence(*recalled) + "; a revision comes after that");
    forgotten.push_back(effect.message_id);
    return ViewEvents();
  }
  if (TRY(store->recall(plan.record_id))) return keep_recalled(effect, plan);
  const auto before = TRY(current(plan.record_id));
  if (before && plan.revision <= before->row.revision) {
    const auto same = TRY(store->revision(plan.record_id, plan.revision));
    if (same && same->message == effect.message_id) return place_plan(plan.record_id, plan.revision, effect);
  }
  TRY(check_follows(effect, plan, before));
  return store_plan(effect, std::move(plan), before);
}

// An own text whose record was recalled before the log had it: kept, and it does not stand again.
Result<ViewEvents> Visits::Parts::keep_recalled(const Effect& effect, const VisitPlan& plan) {
  if (TRY(store->revision(plan.record_id, plan.revision))) {
    TRY(store->place_plan(plan.record_id, plan.revision, {effect.index, effect.time_ms}));
    return ViewEvents();
  }
  TRY(store->add_revision({plan.record_id, plan.revision, effect.message_id, sha256(effect.body), effect.marking, effect.recipients,
                           {effect.index, effect.time_ms}, bytes_of(effect.body)}));
  return ViewEvents();
}

Result<ViewEvents> Visits::Parts::store_plan(const Effect& effect, VisitPlan plan, const std::optional<CurrentVisit>& before) {
  CurrentVisit now;
  now.revision = {plan.record_id, plan.revision, effect.message_id, sha256(effect.body), effect.marking, effect.recipients,
                  {effect.index, effect.time_ms}, bytes_of(effect.body)};
  const bool keeps = before && same_standing(before->facts.plan, plan);
  now.row = {plan.record_id, plan.revision, keeps ? before->row.held : plan.revision};
  TRY(store->add_revision(now.revision));
  const bool own = plan.lead == config.member;
  const auto others = TRY(store->put_visit(plan, now.row.held, own, config.window_days, before ? &before->facts.plan : nullptr));
  const std::string does = before ? "changes " + plan.record_id + " (revision " + std::to_string(plan.revision) + ")" : "plans " + plan.record_id;
  ViewEvent change = changed(plan, effect.sender, does, plan.unverified);
  now.facts = {std::move(plan), keeps ? before->facts.since : effect.time_ms};
  auto events = before ? TRY(settle_visit(now)) : TRY(settle_new(now));
  TRY(settle_others(others, events));
  return with_findings(std::move(change), std::move(events));
}

Result<ViewEvents> Visits::Parts::place_answer(const std::string& record, const Effect& effect) {
  TRY(store->place_answer(record, effect.message_id, {effect.index, effect.time_ms}));
  const auto visit = TRY(current(record));
  return visit ? settle_answers(*visit) : Result<ViewEvents>(ViewEvents());
}

Result<ViewEvents> Visits::Parts::apply_answer(const Effect& effect) {
  if (effect.sender == config.member) {
    if (const auto record = TRY(store->queued_answer(effect.message_id))) return place_answer(*record, effect);
  }
  const auto answer = TRY(decode_visit_answer(effect.body));
  // Whoever answered could not know of it yet. The record's lead keeps what was said to it: the recall may still be refused.
  const bool recalled = TRY(store->recall(answer.record_id)).has_value();
  if (recalled && lead_of_record(answer.record_id) != config.member) {
    if (effect.sender != config.member) forgotten.push_back(effect.message_id);
    return ViewEvents();
  }
  const auto visit = TRY(current(answer.record_id));
  if (recalled && effect.sender == config.member) return body(effect.sender.str() + " answers its own record " + answer.record_id);
  if (!visit && !recalled) return body("an answer to " + answer.record_id + ", which is not known here");
  if (visit && visit->facts.plan.lead == effect.sender) return body(effect.sender.str() + " answers its own record " + answer.record_id);
  for (const auto& known : TRY(store->answers(answer.record_id))) {
    if (known.message == effect.message_id) return place_answer(answer.record_id, effect);
  }
  const auto answered = TRY(store->revision(answer.record_id, answer.revision));
  if (!answered || answered->hash != answer.plan_hash) {
    return body("an answer to a text of " + answer.record_id + " that is not the one known here");
  }
  if (lies_before(effect, answered->place)) return body("an answer to a text of " + answer.record_id + " that the log holds only later");
  TRY(store->add_answer({answer.record_id, effect.message_id, effect.sender, answer.answer, {effect.index, effect.time_ms}, bytes_of(effect.body)}));
  if (!visit) return ViewEvents();
  const auto& plan = visit->facts.plan;
  const std::string does = "answers " + plan.record_id + " (" + std::string(word_of(answer.answer)) + ")";
  ViewEvent change = changed(plan, effect.sender, does, plan.unverified || answer.unverified);
  ViewEvents meant = TRY(settle_answers(*visit));
  return with_findings(std::move(change), std::move(meant));
}

Result<std::optional<CurrentVisit>> Visits::Parts::current(const std::string& record) {
  const auto row = TRY(store->visit(record));
  if (!row) return std::optional<CurrentVisit>();
  auto revision = TRY(store->revision(record, row->revision));
  const auto held = row->held == row->revision ? revision : TRY(store->revision(record, row->held));
  if (!revision || !held) return fail(Code::kStore, "a revision of " + record + " is missing in the database");
  auto plan = TRY(stored_plan(*revision));
  return std::optional(CurrentVisit{*row, std::move(*revision), {std::move(plan), held->place.time_ms}});
}

Result<CurrentVisit> Visits::Parts::known(const std::string& record) {
  auto found = TRY(current(record));
  if (found) return std::move(*found);
  const auto recalled = TRY(store->recall(record));
  if (recalled) return fail(Code::kTransition, recall_sentence(*recalled), "nothing more can be done with it; plan a new visit");
  return fail(Code::kUnknown, "no visit has the id " + record.substr(0, 64), "liaison visit list shows the ids");
}

}  // namespace liaison
