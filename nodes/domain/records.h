// SPDX-License-Identifier: Apache-2.0
// What a committee's node knows of records of all kinds but visits, and what its officers may do with them: drafts out, verified messages in,
// views as tables in the node's database. A kind is its page in schemas/ and its table in nodes/domain/cycles/; nothing here names one. Owned by
// the node's one thread; every call that writes happens inside the caller's transaction. The views are a fold over the own and the received
// messages: clear() and the same calls in log order give equal tables.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "nodes/domain/dues.h"
#include "nodes/domain/effect.h"
#include "nodes/domain/full_text.h"
#include "nodes/domain/silence.h"
#include "nodes/domain/visits.h"
#include "schemas/record.h"
#include "schemas/result.h"
#include "security/sqlite.h"

namespace liaison {

using RecordDefaults = std::map<std::string, std::string>;

struct RecordsConfig {
  MemberId member;               // whose node this is
  std::vector<MemberId> others;  // the other members of the roster, sorted; may change with a roster
  std::string contact;           // the office that stands in this committee's records
  RecordDefaults defaults = {};   // kind -> a JSON object: what a new record says unless it is given; "today" is the day
  Waits waits = {};              // of clocks that count working days
};

struct Resting {
  std::string record, owner, contact, title, status, act;   // act: what the step needed it for; empty when none did
  bool needs = false;
};

// A procedure's outcome as a signed revision.
struct Certificate {
  Record record;
  std::uint32_t revision = 0;
  MessageId message{};
  Place place;
};

// Who takes part in a visit by records of joint visits: their ids, and of each committee with a part, the newest of "joins" and "advises" that it has said to
// these very plans, parts and days. Nobody is there on another's word.
struct JointWord {
  std::vector<std::string> records;
  std::map<std::string, std::string> committees;
};

// The committees that the parts in a list of this field name, such as `parts` of a joint visit.
std::vector<MemberId> committees_in(const Record& record, const std::string& field);

class Records {
 public:
  // Makes the tables when they are absent. kStore.
  static Result<std::unique_ptr<Records>> open(Database& database, RecordsConfig config);
  static Result<void> drop(Database& database);
  ~Records();
  void set_others(std::vector<MemberId> others);
  // Where own visits are looked up that records name; must outlive this. Without it they are not.
  void know(Visits& visits);

  // Whether a kind of message is this part's to fold: record.answer, record.recall, and every kind of record.
  static bool folds(std::string_view kind);
  // The record that a body of such a kind speaks of; empty when it cannot be read.
  static std::string record_of(std::string_view kind, View body);

  // From the API's JSON. `now_ms` gives the year of a new id and today. kInput names the field and what to try, E_BODY's checks included;
  // kNotOwner, kRevision (both revisions in `what`), kTransition (which steps there are, or what the step needs and why), kUnknown.
  // A historical record may begin in any status, and names its source. What was reckoned from the log may set what no officer can.
  enum class Origin { kOfficer, kHistorical, kReckoned };
  Result<Draft> create(const RecordKind& kind, const nlohmann::json& fields, Origin origin, TimeMs now_ms);
  Result<Draft> change(const std::string& record_id, std::uint32_t on_revision, const nlohmann::json& fields, TimeMs now_ms,
                       Origin origin = Origin::kOfficer);
  Result<Draft> answer(const std::string& record_id, const nlohmann::json& fields);
  Result<Draft> recall(const std::string& record_id, const nlohmann::json& fields);
  // Whether a row of an import says what the record says. kUnknown, kTransition (recalled), kRevision names what differs, kInput.
  Result<void> check_same(const std::string& record_id, const nlohmann::json& fields);

  // As Visits: see there.
  Result<std::vector<ViewEvent>> apply(const Effect& effect);
  std::vector<MessageId> take_forgotten();
  Result<bool> is_recalled(const std::string& record_id);
  Result<void> refused(const MessageId& message_id);
  Result<void> given_out(const std::string& record_id);
  Result<void> renamed(const MessageId& was, const MessageId& now);
  Result<void> clear();

  // Views, as the API prints them. Filters: kind, state, status, committee, from, to, since, record (one that they name); whole
  // (1: each with all its fields); limit, cursor.
  Result<nlohmann::json> list(const std::map<std::string, std::string>& filters);
  // `today` counts days since 1970-01-01: for what is overdue.
  Result<nlohmann::json> show(const std::string& record_id, std::int64_t today);
  Result<nlohmann::json> history(const std::string& record_id);
  // What is to be done by a day, the longest overdue first: "days_late" and "sentence" of each. Filters: state, committee, until (90 days from today
  // when left out), all (1: what was done too); limit, cursor. kInput.
  Result<nlohmann::json> dues(const std::map<std::string, std::string>& filters, std::int64_t today);
  // By which words a record is found: its own and those of the answers to it. Nothing when it does not stand here. kStore.
  Result<std::optional<TextEntry>> text_entry(const std::string& record_id);
  // How many of each kind stand.
  Result<nlohmann::json> counts();
  // What joint visits that its lead holds for agreed say of a visit. kStore.
  Result<JointWord> joint_word(const std::string& visit);
  // Records of a kind as they stand, the newest days first; at most `most`. kStore.
  Result<std::vector<Record>> of_kind(const std::string& kind, std::size_t most);
  // Experts' places with an assignment by which they may be over-booked on that day or later; at most `most`. kStore.
  Result<std::vector<Record>> booked_after(std::int64_t day, std::size_t most);
  // Every record as it stood when the log had `size` entries, in the order of ids: what was recalled since is not among them. kStore.
  Result<std::vector<Record>> as_of(std::uint64_t size);
  // The newest text of a record, as decided by its owner. kUnknown; kTransition when it was recalled.
  Result<Record> newest(const std::string& record_id);

  // record_procedures.cc: what the log holds of a procedure, in its order; who was notified is the caller's to add. kUnknown, kTransition
  // (recalled, or not in the log yet), kInput for a record of another kind.
  Result<Silence> silence(const std::string& record_id);
  // The revision that says the outcome as it stands, and where the log holds it; nothing while there is none.
  Result<std::optional<Certificate>> certificate(const std::string& record_id);

  // record_consents.cc: the records that name a consent. `needs`: a step that they took needed it, and no other consent in force covers it.
  Result<std::vector<Resting>> resting_on(const std::string& consent_id, TimeMs now_ms);
  // Whether the consents that a record names would let the step to this status be taken today. kUnknown, kTransition with what is missing.
  Result<void> check_consents(const std::string& record_id, const std::string& status, TimeMs now_ms);
  // Own records that named it and were recalled, in the order of their ids.
  Result<std::vector<std::string>> recalled_under(const std::string& consent_id);

 private:
  struct Parts;
  explicit Records(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace liaison
