// SPDX-License-Identifier: Apache-2.0
// What a committee's node knows of visits, and what its officers may do with them: drafts out, verified messages in, views
// and findings as tables in the node's database. Owned by the node's one thread; every call that writes happens inside
// the caller's transaction, so that an effect and its cursor are stored together or not at all. The views are a fold
// over the own and the received messages: clear() and the same calls in log order give equal tables.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nodes/domain/effect.h"
#include "nodes/domain/full_text.h"
#include "schemas/ids.h"
#include "schemas/result.h"
#include "schemas/visit.h"
#include "security/sqlite.h"

namespace liaison {

class Records;

struct VisitsConfig {
  MemberId member;               // whose node this is
  std::vector<MemberId> others;  // the other members of the roster, sorted; may change with a roster
  std::string contact;           // the office that stands in this committee's records
  std::uint32_t window_days = 90;  // how near two committees' visits to one State may come before it is a finding
  std::uint32_t gap_years = 5;     // how long nobody may have gone to a State before the next visit there is a finding
};

class Visits {
 public:
  // Makes the tables when they are absent. kStore.
  static Result<std::unique_ptr<Visits>> open(Database& database, VisitsConfig config);
  // Before open: the views of a program of another layout go; their owner folds all messages again. kStore.
  static Result<void> drop(Database& database);
  ~Visits();
  void set_others(std::vector<MemberId> others);
  // Where the consents of States are looked up that visits name; must outlive this. Without it none is known.
  void rest_on(Records& records);

  // From the API's JSON (nodes/api/README.md). `now_ms` gives the year of a new record id. kInput names the field and
  // what to try; E_BODY's checks included; kNotOwner, kRevision (both revisions in `what`), kTransition, kUnknown.
  // `historical` may create a record directly as conducted.
  enum class Origin { kOfficer, kHistorical };
  Result<Draft> plan(const nlohmann::json& fields, Origin origin, TimeMs now_ms);
  Result<Draft> change(const std::string& record_id, std::uint32_t on_revision, const nlohmann::json& fields, TimeMs now_ms);
  Result<Draft> answer(const std::string& record_id, const nlohmann::json& fields, Origin origin, TimeMs now_ms);

  // Whether a row of an import says what the record says: what it leaves out is no difference. kUnknown for a record that is not known
  // here; kTransition for one that was recalled; kRevision names what differs; kInput.
  Result<void> check_same(const std::string& record_id, const nlohmann::json& fields);
  // Takes a record of this committee back, with all its revisions. kInput names the field; kNotOwner, kTransition when it was recalled
  // before, kUnknown.
  Result<Draft> recall(const std::string& record_id, const nlohmann::json& fields);

  // Folds one message. E_BODY (a verdict, not a failure) for a body that does not verify, a plan whose lead is not its
  // sender, a revision that does not follow, an answer of the record's owner to itself or to a record not known. kStore
  // otherwise. A second call for a message that is known only fills in its index. Returns the change and the findings that
  // it made or ended, in this order.
  Result<std::vector<ViewEvent>> apply(const Effect& effect);
  // Messages of others whose contents must be forgotten, since their record was recalled: named once, by the apply() calls before. The
  // caller removes their content keys in the same transaction.
  std::vector<MessageId> take_forgotten();
  // Whether its owner has taken the record back, as far as is known here. kStore.
  Result<bool> is_recalled(const std::string& record_id);
  // Whether such a visit stands here, or was recalled: what is this committee's own and neither was never told. kStore.
  Result<bool> knows(const std::string& record_id);
  // An own queued message that the broker logged as refused: its effect is taken back, the record stays as before.
  Result<void> refused(const MessageId& message_id, Code code);
  // The id was given out once and is not given out again, whatever became of it; ids of other committees are none of ours.
  Result<void> given_out(const std::string& record_id);
  // An own queued message got another id, because it was signed later than it was queued, or signed anew before it was
  // logged: every place that names the old id names the new one. Nothing else changes. Nothing happens for an unknown id.
  Result<void> renamed(const MessageId& was, const MessageId& now);
  // Forgets every view, but not which ids were given out; the caller folds anew.
  Result<void> clear();

  // Views, as the API prints them. Filters: state (a code or name), from, to (dates), committee, status, text; limit, cursor.
  Result<nlohmann::json> list(const std::map<std::string, std::string>& filters);
  // Of a recalled record `recalled` and no more than that, but for its owner.
  Result<nlohmann::json> show(const std::string& record_id);
  Result<nlohmann::json> history(const std::string& record_id);
  // Findings: kind overlap, adjacency, own_overlap, participation, chain, region, waiting, gap; filters kind, state, visit, committee, since; limit, cursor.
  // `more`, here and in show(): sentences about visits in or near the same days that were too many to compare; mostly none.
  // kUnknown for a visit that is not known here; kInput for a committee that neither is a member nor leads a visit, also in list().
  Result<nlohmann::json> conflicts(const std::map<std::string, std::string>& filters);
  // Visits that name this consent of a State and have not taken place: what each is now, and "needs" when it cannot go on without another one. kStore.
  Result<nlohmann::json> resting_on(const std::string& consent_id, std::int64_t today);
  // What an officer begins the day with: what was said since, what came of it, whose answer this committee owes, papers that are still to
  // come after its visits, those that rest on a consent that has ended, and the visits of the next days. `today` counts days since 1970-01-01.
  Result<nlohmann::json> today(TimeMs since, std::int64_t today);
  // Visits with a part whose days are known at least to the month, from `from` to `to`, at most 400 days; filters committee (leads it, or
  // has agreed to take part) and state; with `all` those too that do not stand. `undated` counts those that are left out because only the
  // year is known. kInput.
  Result<nlohmann::json> calendar(const std::map<std::string, std::string>& filters);
  // As it stands. kUnknown, and kTransition when it was recalled.
  Result<VisitPlan> newest(const std::string& record_id);
  // All that the committees plan and did in one State, newest days first: `last` and `next` of those that stand, and the findings. kInput
  // with the nearest name for a State that nobody knows.
  Result<nlohmann::json> state_page(const std::string& text, std::int64_t today);
  // By which words a visit is found: its own and those of the answers to it. Nothing when it does not stand here. kStore.
  Result<std::optional<TextEntry>> text_entry(const std::string& record_id);
  // For overlaps.h. Own visits that stand, end on `from` or later and were told to `other`, earliest first; a member's whose newest revision
  // has come after a place in the log, with its index; one that stands. kStore.
  Result<std::vector<VisitPlan>> told_to(const MemberId& other, std::int64_t from);
  Result<std::vector<std::pair<VisitPlan, std::uint64_t>>> led_since(const MemberId& lead, const Place& place);
  Result<std::optional<VisitPlan>> standing(const std::string& record_id);
  // Counts for metrics and status: visits, answers, findings by kind.
  Result<nlohmann::json> counts();

 private:
  struct Parts;
  explicit Visits(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace liaison
