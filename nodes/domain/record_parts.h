// SPDX-License-Identifier: Apache-2.0
// What the halves of Records share: the fold (records.cc), the drafts (record_drafts.cc), what a step needs (record_needs.cc) and the pages
// (record_views.cc). Private to them.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nodes/domain/cycles.h"
#include "nodes/domain/record_json.h"
#include "nodes/domain/record_store.h"
#include "nodes/domain/records.h"

namespace liaison {

// A record as it stands now.
struct CurrentRecord {
  RecordRow row;
  StoredRevision revision;
  Record record;
};

// A body that was judged before it was stored: one that no longer decodes is kStore, never a verdict.
Result<Record> stored_record(const StoredRevision& revision);
// "1540-R-2027-0001 was recalled by 1540 on 2027-03-01: sent to the wrong State".
std::string recall_sentence(const StoredRecordRecall& recall);

// A record that another one names in `field`, and that was taken back.
struct GoneRecord { std::string field; StoredRecordRecall recall; };

struct DueDate;
// One thing that is due, as the API prints it.
nlohmann::json due_json(const Record& record, const DueDate& due, std::int64_t today);

struct Records::Parts {
  RecordsConfig config;
  std::unique_ptr<RecordStore> store;
  std::vector<MessageId> forgotten;   // see take_forgotten
  Visits* visits = nullptr;           // see know

  // Nothing when the record is not known; kStore.
  Result<std::optional<CurrentRecord>> current(const std::string& record);
  // In order; none of a record that is not known, or was recalled by another committee.
  Result<std::vector<Record>> all_revisions(const std::string& record);
  // kUnknown with what to try; kTransition when it was recalled.
  Result<CurrentRecord> known(const std::string& record);

  // Of the records that one of its kind begins with, such as a match's request: those that were taken back since.
  Result<std::vector<GoneRecord>> gone_below(const Record& record);

  Result<ViewEvents> apply_record(const Effect& effect);
  Result<ViewEvents> apply_answer(const Effect& effect);
  Result<ViewEvents> apply_recall(const Effect& effect);
  Result<ViewEvents> keep_recalled(const Effect& effect, const Record& record);
  Result<ViewEvents> store_record(const Effect& effect, const Record& record, const std::optional<CurrentRecord>& before);
  Result<void> check_follows(const Effect& effect, const Record& record, const std::optional<CurrentRecord>& before);
  Result<void> stand_again(const std::string& record);
  Result<void> forget(const std::string& record);

  // record_needs.cc: kTransition unless the step exists, what it needs is there, and what the record began with still stands: without that
  // it can only be ended. `today`
  // counts days since 1970-01-01.
  Result<void> check_step(const CurrentRecord* before, const Record& after, std::int64_t today, Origin origin = Origin::kOfficer);
  // kInput when a field that the page lets nobody set, or nobody set again, was given by hand.
  Result<void> check_hands(const Record& before, const Record& after);
  Result<void> check_need(const CurrentRecord* before, const Record& after, const CycleMove& move, const Need& need, std::int64_t today);
  Result<void> check_answers(const CurrentRecord& before, const Record& after, const CycleMove& move, const Need& need);
  Result<void> check_consent(const Record& after, const CycleMove& move, const std::string& act, const std::vector<MemberId>& told, std::int64_t today);
  // The States whose consent to an act the record does not have, and why one that it names does not count.
  struct Missing { std::set<std::string> states; std::string why_not; };
  Result<Missing> missing_consents(const Record& record, const std::string& act, const std::vector<MemberId>& told, std::int64_t today);
  // record_consents.cc: kTransition when a step that was taken needed a consent which the record had, and would have no more.
  Result<void> check_consents_last(const CurrentRecord& before, const Record& after, std::int64_t today);
  // kInput when a record of this committee's own is named, and was not before, that this node does not hold: all own ones are known to it.
  Result<bool> holds(const RecordId& id, const std::string& record);
  Result<void> check_named(const Record* before, const Record& after);

  Result<std::map<std::string, std::string>> joined(const Record& joint);
  // Sentences for the officer, such as that the visit of a need has not begun.
  Result<std::vector<std::string>> visit_warnings(const Record& record, std::int64_t today);
  Result<void> fill_defaults(Record& record, std::int64_t today);
  Result<Draft> draft(const Record& record, std::string marking, std::vector<MemberId> recipients);
  nlohmann::json row_json(const RecordRow& row);
  // How the consents stand that it names: {"id", "status" ("recalled", or empty where it is not known here), "valid_until", "withdrawn_on"}.
  Result<nlohmann::json> consents_json(const Record& record);
};

}  // namespace liaison
