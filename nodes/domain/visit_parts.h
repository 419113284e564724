// SPDX-License-Identifier: Apache-2.0
// What the three halves of Visits share: the fold (visits.cc), the drafts (visit_drafts.cc) and the pages
// (visit_views.cc). Private to them.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/domain/findings.h"
#include "nodes/domain/visit_json.h"
#include "nodes/domain/visit_rules.h"
#include "nodes/domain/visit_store.h"
#include "nodes/domain/visits.h"

namespace liaison {

// First what concerns other committees.
inline void in_order(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) { return a.kind < b.kind; });
}

// A record as it stands now.
struct CurrentVisit {
  StoredVisit row;
  StoredRevision revision;
  VisitFacts facts;
};

// Bodies that were judged before they were stored: one that no longer decodes is kStore, never a verdict.
Result<VisitPlan> stored_plan(const std::string& record, View body);
inline Result<VisitPlan> stored_plan(const StoredRevision& revision) { return stored_plan(revision.record, revision.body); }
Result<VisitAnswer> stored_answer(const StoredAnswer& answer);

// "1540-V-2026-0001 was recalled by 1540 on 2026-11-24: wrong State".
std::string recall_sentence(const StoredRecall& recall);
nlohmann::json recall_json(const StoredRecall& recall);

// A visit in one line of a page: its States, its days, where it stands (visit_pages.cc).
nlohmann::json brief(const VisitPlan& plan);

struct Visits::Parts {
  VisitsConfig config;
  std::unique_ptr<VisitStore> store;
  std::vector<MessageId> forgotten;   // see take_forgotten
  Records* records = nullptr;         // see rest_on

  // Nothing when the record is not known; kStore.
  Result<std::optional<CurrentVisit>> current(const std::string& record);
  // kUnknown with what to try; kTransition when it was recalled.
  Result<CurrentVisit> known(const std::string& record);
  // visit_findings.cc. Beside these neighbours; what was answered and what waits; the years before in which nobody went there.
  Result<std::vector<Finding>> near_findings(const VisitFacts& facts, const Neighbours& near);
  Result<std::vector<Finding>> answer_findings(const CurrentVisit& visit);
  Result<std::vector<Finding>> gap_findings(const VisitFacts& facts);
  Result<std::optional<Finding>> participation(const VisitFacts& facts);
  Result<std::vector<Invited>> invited(const CurrentVisit& visit);
  Result<std::optional<Finding>> waiting(const CurrentVisit& visit);
  // "revision 1, then 2027-03-01 to 2027-03-05" when the days of the answered revision are not those of `plan`; else empty.
  Result<std::string> said_of(const VisitPlan& plan, std::uint32_t answered);

  Result<ViewEvents> apply_plan(const Effect& effect);
  Result<ViewEvents> apply_answer(const Effect& effect);
  Result<ViewEvents> place_plan(const std::string& record, std::uint32_t revision, const Effect& effect);
  Result<ViewEvents> place_answer(const std::string& record, const Effect& effect);
  Result<ViewEvents> store_plan(const Effect& effect, VisitPlan plan, const std::optional<CurrentVisit>& before);
  Result<ViewEvents> keep_recalled(const Effect& effect, const VisitPlan& plan);
  Result<void> check_follows(const Effect& effect, const VisitPlan& plan, const std::optional<CurrentVisit>& before);
  // Makes the stored findings of a record equal to the computed ones; returns the events.
  Result<ViewEvents> settle(const std::map<std::string, StoredFinding>& stored, const std::vector<Finding>& computed);
  Result<ViewEvents> settle_visit(const CurrentVisit& visit);
  Result<ViewEvents> settle_new(const CurrentVisit& visit);
  // The same for pairs of other visits, to whose neighbourhood a change mattered; the events go to `events`.
  Result<void> settle_pairs(const VisitPairs& pairs, ViewEvents& events);
  Result<ViewEvents> settle_gaps(const std::string& record);
  Result<void> settle_others(const VisitChange& change, ViewEvents& events);
  // Of what others said: participation and waiting.
  Result<ViewEvents> settle_answers(const CurrentVisit& visit);
  Result<void> take_back_plan(const StoredVisit& refused);
  // The record as its stored revisions say, once some that stood after them, of which `gone` was the last, are taken back. Nothing
  // when there are none.
  Result<void> stand_again(const std::string& record, const VisitPlan* gone);
  // visit_recall.cc
  Result<ViewEvents> apply_recall(const Effect& effect);
  Result<void> take_back_recall(const std::string& record);
  Result<void> forget(const std::string& record);
  Result<nlohmann::json> recalled_page(const StoredRecall& recall);

  Result<std::vector<MemberId>> audience(const std::string& marking, const std::optional<std::vector<std::string>>& to);
  Result<std::vector<MemberId>> lasting_audience(const StoredRevision& revision, const Audience& wanted);
  Result<Draft> draft_plan(const VisitPlan& plan, std::string marking, std::vector<MemberId> recipients);
  Result<std::string> next_record_id(TimeMs now_ms);
  // The consent record in consent.reference. kStore.
  Result<NamedConsent> named_consent(const std::string& reference);
  // kInput for a visit that cannot go on where it says; else a sentence when the lead there does not expect this committee, or "".
  Result<std::string> merge_warning(const VisitPlan& plan);

  // Everything that a visit means now, of which the stored findings are a part, and in `more` what was not looked at for it: one
  // sentence for each committee with more visits in or near the same days.
  struct Meaning { std::vector<Finding> findings; std::vector<std::string> more; };
  Result<Meaning> meaning(const CurrentVisit& visit);
  Result<std::vector<StoredFinding>> findings_of_visit(const FindingQuery& query, std::vector<std::string>& more);
  // For a page of findings: a sentence when one of their visits has more in or near the same days than are compared with it.
  Result<std::vector<std::string>> more_than(const nlohmann::json& findings);

  // visit_pages.cc
  Result<nlohmann::json> taking_part(const VisitPlan& plan);
  Result<nlohmann::json> change_json(const ChangedVisit& change);
  Result<nlohmann::json> changes_since(TimeMs since);
  Result<nlohmann::json> waiting_for(const std::string& who);
  Result<nlohmann::json> awaited_papers(std::int64_t today);
  Result<nlohmann::json> without_consent(std::int64_t today);
  Result<nlohmann::json> visits_between(std::int64_t from, std::int64_t to);

  // kInput for a committee that neither is a member nor leads a visit here.
  Result<void> check_committee(const std::string& name);
  Result<nlohmann::json> merged_here(const VisitPlan& plan);
  Result<nlohmann::json> visit_json(const CurrentVisit& visit, const std::vector<StoredAnswer>& answers);
  std::string delivery_of(const MemberId& sender, const Place& place) const;
};

}  // namespace liaison
