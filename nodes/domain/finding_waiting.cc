// SPDX-License-Identifier: Apache-2.0
// Answers that are waited for.
#include <algorithm>
#include <map>

#include "nodes/domain/finding_words.h"
#include "nodes/domain/findings.h"
#include "nodes/domain/nearness.h"
#include "nodes/domain/visit_rules.h"

namespace liaison {
namespace {

// How a plan names a committee; nothing when it does not.
std::optional<ParticipationRole> named_as(const VisitPlan& plan, const std::string& committee) {
  for (const auto& one : plan.participation) {
    if (one.body == committee) return one.role;
  }
  return std::nullopt;
}

bool is_word(AnswerKind answer) { return answer != AnswerKind::comments; }

// The last word of each committee; comments leave it as it was.
std::map<std::string, Said> last_words(const std::vector<Said>& said) {
  std::map<std::string, Said> last;
  for (const auto& one : said) {
    if (is_word(one.answer)) last[one.committee.str()] = one;
  }
  return last;
}

struct Wait {
  std::vector<std::string> reasons, waits_for, suggest;
  std::vector<Finding::Contact> contacts;
  TimeMs since = 0;
  bool unverified = false;
};

void add(std::vector<std::string>& list, const std::string& word) {
  if (std::find(list.begin(), list.end(), word) == list.end()) list.push_back(word);
}

void wait_for_lead(Wait& wait, const VisitPlan& plan, const Said& said, std::string reason, const std::string& what) {
  wait.reasons.push_back(std::move(reason));
  add(wait.waits_for, plan.lead.str());
  add(wait.suggest, what);
  wait.contacts.push_back({said.committee.str(), said.contact});
  wait.since = std::max(wait.since, said.since);
  wait.unverified = wait.unverified || said.unverified;
}

Wait wait_of(const VisitPlan& plan, const std::vector<Invited>& invited, const std::vector<Said>& said) {
  Wait wait;
  const auto words = last_words(said);
  for (const auto& one : invited) {
    if (words.contains(one.committee)) continue;
    wait.reasons.push_back(one.committee + " is invited and has not answered");
    add(wait.waits_for, one.committee);
    add(wait.suggest, "answer");
    wait.since = std::max(wait.since, one.since);
  }
  for (const auto& [committee, one] : words) {
    const bool offers = one.answer == AnswerKind::joins || one.answer == AnswerKind::advises;
    if (offers && !named_as(plan, committee)) {
      wait_for_lead(wait, plan, one, committee + (one.answer == AnswerKind::joins ? " would join" : " would advise") + " and " + plan.lead.str() +
                    " has not taken it up", "take_up");
    }
    if (one.answer == AnswerKind::objects && one.revision == plan.revision) {
      wait_for_lead(wait, plan, one, committee + " objects and " + plan.lead.str() + " has not changed the plan since", "change");
    }
  }
  return wait;
}

}  // namespace

std::optional<Finding> finding_of_waiting(const VisitFacts& visit, const std::vector<Invited>& invited, const std::vector<Said>& said) {
  const auto& plan = visit.plan;
  if (!stands(plan.status) || is_over(plan.status)) return std::nullopt;
  auto wait = wait_of(plan, invited, said);
  if (wait.reasons.empty()) return std::nullopt;
  Finding finding = about_visit(FindingKind::waiting, visit);
  for (const auto& one : wait.waits_for) add(finding.committees, one);
  for (const auto& one : wait.contacts) add(finding.committees, one.committee);
  for (auto& one : wait.contacts) finding.contacts.push_back(std::move(one));
  finding.days = known_days(plan);
  for (const auto& one : wait.reasons) finding.sentence += (finding.sentence.empty() ? "" : "; ") + one;
  finding.sentence += ": " + names(finding.states) + " (" + record_and_dates(plan) + ")";
  finding.waits_for = std::move(wait.waits_for);
  finding.suggest = std::move(wait.suggest);
  finding.since = std::max(visit.since, wait.since);
  finding.unverified = plan.unverified || wait.unverified;
  return finding;
}

}  // namespace liaison
