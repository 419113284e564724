// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/records.h"

#include <limits>
#include <utility>

#include "nodes/domain/record_parts.h"
#include "nodes/domain/states.h"
#include "nodes/domain/words.h"
#include "security/hash.h"

namespace liaison {
namespace {

Error body(std::string what) { return fail(Code::kBody, std::move(what)); }

// A message that came late is judged by what lies before it in the log, as a fold anew would.
bool lies_before(const Effect& effect, const Place& place) { return effect.index && place.index && *effect.index < *place.index; }

std::string revision_of(const Record& record) { return "revision " + std::to_string(record.revision) + " of " + record.record_id; }

ViewEvent changed(const Record& record, const MemberId& by, const std::string& does) {
  std::vector<std::string> names;
  for (const auto& state : record.states) names.push_back(States::standard().name_of(state));
  std::string sentence = by.str() + " " + does + ": " + record.title + (names.empty() || names.size() > 8 ? "" : " (" + listed(names) + ")") +
                         (record.unverified ? ", not verified" : "");
  return {"record.changed", record.record_id, record.revision, record.owner, by, std::move(sentence), {}};
}

RecordRow row_of(const Record& record, TimeMs changed_ms) {
  const auto days = record_days(record).value_or(DaySpan{kNoRecordDay, kNoRecordDay});
  return {record.record_id, record.kind->kind, record.owner.str(), record.status(), record.title, record.revision, days.first, days.last, changed_ms};
}

StoredRevision revision_row(const Effect& effect, const Record& record) {
  return {record.record_id, record.revision, effect.message_id, sha256(effect.body), effect.marking, effect.recipients,
          {effect.index, effect.time_ms}, bytes_of(effect.body)};
}

}  // namespace

Result<Record> stored_record(const StoredRevision& revision) {
  const auto id = parse_record_id(revision.record);
  const RecordKind* kind = id ? record_kind_of_letter(id->letter) : nullptr;
  if (kind == nullptr) return fail(Code::kStore, "the stored record " + revision.record + " is of no known kind");
  auto record = decode_record(kind->kind, revision.body);
  if (!record) return fail(Code::kStore, "the stored body of " + revision.record + " is damaged: " + record.error().what);
  return record;
}

Records::Records(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Records::~Records() = default;

Result<std::unique_ptr<Records>> Records::open(Database& database, RecordsConfig config) {
  auto parts = std::make_unique<Parts>();
  parts->config = std::move(config);
  parts->store = TRY(RecordStore::open(database, parts->config.waits));
  return std::unique_ptr<Records>(new Records(std::move(parts)));
}

Result<void> Records::drop(Database& database) { return RecordStore::drop(database); }
void Records::set_others(std::vector<MemberId> others) { parts_->config.others = std::move(others); }

void Records::know(Visits& visits) { parts_->visits = &visits; }

bool Records::folds(std::string_view kind) { return kind == kKindRecordAnswer || kind == kKindRecordRecall || record_kind(kind) != nullptr; }

std::string Records::record_of(std::string_view kind, View body) {
  if (kind == kKindRecordAnswer) {
    const auto answer = decode_record_answer(body);
    return answer ? answer->record_id : std::string();
  }
  if (kind == kKindRecordRecall) {
    const auto recall = decode_record_recall(body);
    return recall ? recall->record_id : std::string();
  }
  const auto record = decode_record(kind, body);
  return record ? record->record_id : std::string();
}

Result<ViewEvents> Records::apply(const Effect& effect) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (effect.time_ms > kMost || effect.index.value_or(0) > kMost) return body("a place in the log that cannot be");
  if (effect.kind == kKindRecordAnswer) return parts_->apply_answer(effect);
  if (effect.kind == kKindRecordRecall) return parts_->apply_recall(effect);
  return parts_->apply_record(effect);
}

Result<void> Records::renamed(const MessageId& was, const MessageId& now) { return parts_->store->rename(was, now); }
Result<bool> Records::is_recalled(const std::string& record_id) { return TRY(parts_->store->recall(record_id)).has_value(); }
std::vector<MessageId> Records::take_forgotten() { return std::exchange(parts_->forgotten, {}); }
Result<void> Records::clear() { return parts_->store->clear(); }

Result<void> Records::given_out(const std::string& record_id) {
  const auto id = parse_record_id(record_id);
  return id && id->owner == parts_->config.member ? parts_->store->keep_number(*id) : Result<void>{};
}

Result<void> Records::refused(const MessageId& message_id) {
  auto& store = *parts_->store;
  if (const auto queued = TRY(store.queued_revision(message_id))) {
    // Revisions that were queued on top of the refused one name its hash: no recipient will take them, so they go with it.
    const bool recalled = TRY(store.recall(queued->record)).has_value();
    TRY(store.drop_revisions_from(queued->record, queued->revision));
    if (recalled) return {};   // a recall is under way, and stands on what is left should it be refused too
    TRY(store.drop_record(queued->record));
    if (queued->revision == 1) return given_out(queued->record);
    return parts_->stand_again(queued->record);
  }
  if (const auto recalled = TRY(store.queued_recall(message_id))) {
    TRY(store.drop_recall(*recalled));
    return parts_->stand_again(*recalled);
  }
  return store.drop_queued_answer(message_id);
}

Result<void> Records::Parts::stand_again(const std::string& record) {
  const auto left = TRY(store->revisions(record));
  if (left.empty()) return {};
  const Record newest = TRY(stored_record(left.back()));
  return store->put_record(newest, row_of(newest, left.back().place.time_ms));
}

Result<void> Records::Parts::check_follows(const Effect& effect, const Record& record, const std::optional<CurrentRecord>& before) {
  if (!before) return record.revision == 1 ? Result<void>() : body(revision_of(record) + " came without the ones before it");
  if (record.revision != before->row.revision + 1)
    return body(revision_of(record) + " does not follow revision " + std::to_string(before->row.revision));
  if (record.previous_revision != before->revision.hash) return body(revision_of(record) + " names another revision before it");
  if (lies_before(effect, before->revision.place)) return body(revision_of(record) + " lies in the log before the one that it follows");
  return {};
}

Result<ViewEvents> Records::Parts::apply_record(const Effect& effect) {
  if (effect.sender == config.member && effect.index) {   // before it has a place it cannot have been said before
    if (const auto queued = TRY(store->queued_revision(effect.message_id))) {
      TRY(store->place_revision(queued->record, queued->revision, {effect.index, effect.time_ms}));
      const auto row = TRY(store->row(queued->record));
      if (row && row->revision == queued->revision) TRY(store->touch(queued->record, effect.time_ms));
      return ViewEvents();
    }
  }
  const Record record = TRY(decode_record(effect.kind, effect.body));
  if (record.owner != effect.sender) return body(record.record_id + " belongs to " + record.owner.str() + " and was sent by " + effect.sender.str());
  if (const auto recalled = TRY(store->recall(record.record_id))) {
    if (record.owner == config.member) return keep_recalled(effect, record);
    // What lies in the log before the recall and comes late is taken, so that its sender hears of no fault, and not shown.
    if (!lies_before(effect, recalled->place)) return body(recall_sentence(*recalled) + "; a revision comes after that");
    forgotten.push_back(effect.message_id);
    return ViewEvents();
  }
  const auto before = TRY(current(record.record_id));
  if (before && record.revision <= before->row.revision) {
    const auto same = TRY(store->revision(record.record_id, record.revision));
    if (same && same->message == effect.message_id) {
      TRY(store->place_revision(record.record_id, record.revision, {effect.index, effect.time_ms}));
      return ViewEvents();
    }
  }
  TRY(check_follows(effect, record, before));
  return store_record(effect, record, before);
}

// An own text whose record was recalled before the log had it: kept, and it does not stand again.
Result<ViewEvents> Records::Parts::keep_recalled(const Effect& effect, const Record& record) {
  if (TRY(store->revision(record.record_id, record.revision))) TRY(store->place_revision(record.record_id, record.revision, {effect.index, effect.time_ms}));
  else TRY(store->add_revision(revision_row(effect, record), effect.kind));
  return ViewEvents();
}

Result<ViewEvents> Records::Parts::store_record(const Effect& effect, const Record& record, const std::optional<CurrentRecord>& before) {
  TRY(store->add_revision(revision_row(effect, record), effect.kind));
  TRY(store->put_record(record, row_of(record, effect.time_ms)));
  const std::string moved = before && before->record.status() != record.status() ? ", now " + record.status() : "";
  const std::string does = before ? "changes " + record.record_id + " (revision " + std::to_string(record.revision) + moved + ")"
                                  : "records " + record.record_id + " (" + record.kind->noun + (record.status().empty() ? "" : ", " + record.status()) + ")";
  return ViewEvents{changed(record, effect.sender, does)};
}

Result<ViewEvents> Records::Parts::apply_answer(const Effect& effect) {
  if (effect.sender == config.member && TRY(store->queued_answer(effect.message_id))) {
    TRY(store->place_answer(effect.message_id, {effect.index, effect.time_ms}));
    return ViewEvents();
  }
  const RecordAnswer answer = TRY(decode_record_answer(effect.body));
  const auto id = parse_record_id(answer.record_id);
  if (id && id->owner == effect.sender) return body(effect.sender.str() + " answers its own record " + answer.record_id);
  const auto recalled = TRY(store->recall(answer.record_id));
  // Whoever answered could not know of it yet. The record's owner keeps what was said to it: the recall may still be refused.
  if (recalled && id->owner != config.member) {
    if (effect.sender != config.member) forgotten.push_back(effect.message_id);
    return ViewEvents();
  }
  for (const auto& one : TRY(store->answers(answer.record_id))) {
    if (one.message != effect.message_id) continue;
    TRY(store->place_answer(effect.message_id, {effect.index, effect.time_ms}));
    return ViewEvents();
  }
  const auto answered = TRY(store->revision(answer.record_id, answer.revision));
  if (!answered) return body("an answer to " + answer.record_id + ", which is not known here");
  if (answered->hash != answer.record_hash) return body("an answer to a text of " + answer.record_id + " that is not the one known here");
  if (lies_before(effect, answered->place)) return body("an answer to a text of " + answer.record_id + " that the log holds only later");
  TRY(store->add_answer({answer.record_id, effect.message_id, effect.sender, answer.answer, {effect.index, effect.time_ms}, bytes_of(effect.body)}));
  const auto now = TRY(current(answer.record_id));
  if (!now) return ViewEvents();
  return ViewEvents{changed(now->record, effect.sender, "answers " + answer.record_id + " (" + answer.answer + ")")};
}

// What the other members said of it, the record itself included.
Result<void> Records::Parts::forget(const std::string& record) {
  for (const auto& revision : TRY(store->revisions(record))) forgotten.push_back(revision.message);
  for (const auto& answer : TRY(store->answers(record))) {
    if (answer.sender != config.member) forgotten.push_back(answer.message);
  }
  TRY(store->drop_revisions_from(record, 1));
  return store->drop_answers(record);
}

Result<ViewEvents> Records::Parts::apply_recall(const Effect& effect) {
  if (effect.sender == config.member) {
    if (const auto record = TRY(store->queued_recall(effect.message_id))) {
      TRY(store->place_recall(*record, {effect.index, effect.time_ms}));
      return ViewEvents();
    }
  }
  const RecordRecall recall = TRY(decode_record_recall(effect.body));
  const auto id = parse_record_id(recall.record_id);
  if (!id || id->owner != effect.sender) return body(recall.record_id + " is none of " + effect.sender.str() + "'s to recall");
  if (const auto was = TRY(store->recall(recall.record_id))) {
    if (was->message != effect.message_id) return body(recall.record_id + " was recalled before");
    TRY(store->place_recall(recall.record_id, {effect.index, effect.time_ms}));
    return ViewEvents();
  }
  TRY(store->add_recall({recall.record_id, effect.sender, effect.message_id, recall.revision, {effect.index, effect.time_ms}, recall.reason, recall.contact}));
  TRY(store->drop_record(recall.record_id));
  if (effect.sender == config.member) TRY(store->keep_number(*id));
  else TRY(forget(recall.record_id));
  return ViewEvents{{"record.recalled", recall.record_id, recall.revision, effect.sender, effect.sender,
                      effect.sender.str() + " recalls " + recall.record_id + ": " + recall.reason, {}}};
}

Result<std::optional<CurrentRecord>> Records::Parts::current(const std::string& record) {
  const auto row = TRY(store->row(record));
  if (!row) return std::optional<CurrentRecord>();
  auto revision = TRY(store->revision(record, row->revision));
  if (!revision) return fail(Code::kStore, "a revision of " + record + " is missing in the database");
  auto newest = TRY(stored_record(*revision));
  return std::optional(CurrentRecord{*row, std::move(*revision), std::move(newest)});
}

Result<CurrentRecord> Records::Parts::known(const std::string& record) {
  auto found = TRY(current(record));
  if (found) return std::move(*found);
  const auto recalled = TRY(store->recall(record));
  if (recalled) return fail(Code::kTransition, recall_sentence(*recalled), "nothing more can be done with it; make a new one");
  const auto id = parse_record_id(record);
  if (id && id->letter == "V") return fail(Code::kUnknown, record.substr(0, 64) + " is the id of a visit", "name a record; liaison visit show has the visit");
  return fail(Code::kUnknown, "no record has the id " + record.substr(0, 64),
              "liaison search finds records by their words; the lists of each kind show the ids");
}

Result<Record> Records::newest(const std::string& record_id) { return TRY(parts_->known(record_id)).record; }

}  // namespace liaison
