// SPDX-License-Identifier: Apache-2.0
// What an officer asks for, checked and made ready to leave.
#include <algorithm>
#include <cstdio>

#include "nodes/domain/audience.h"
#include "nodes/domain/happened.h"
#include "nodes/domain/records.h"
#include "nodes/domain/stale.h"
#include "nodes/domain/states.h"
#include "nodes/domain/visit_json.h"
#include "nodes/domain/visit_parts.h"
#include "nodes/domain/visit_rules.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::string_view kParagraph = "S/RES/1977 (2011), paragraph 19";
constexpr std::size_t kWarningsMax = 3;

std::int64_t day_of(TimeMs now_ms) { return static_cast<std::int64_t>(now_ms / kDayMs); }

// What would be a verdict about a received body is a mistake of input here.
Error as_input(Error error) {
  if (error.code == Code::kBody) error.code = Code::kInput;
  return error;
}

std::string default_title(const VisitPlan& plan) {
  std::vector<std::string> names;
  for (const auto& state : plan.states) names.push_back(States::standard().name_of(state.alpha3));
  std::string kind(word_of(plan.kind));
  std::replace(kind.begin(), kind.end(), '_', ' ');
  if (kind.find("visit") == std::string::npos) kind += " visit";
  return kind + " to " + listed(names);
}

// The record as it was for the officer, in one line.
std::string glance(const VisitPlan& plan) {
  return "revision " + std::to_string(plan.revision) + " (" + std::string(word_of(plan.status)) + ", " + dates_text(plan) + ", \"" + plan.title + "\")";
}

Result<Audience> read_new(const json& fields, VisitPlan& plan, bool historical) {
  auto audience = TRY(read_visit_fields(fields, plan));
  if (plan.states.empty()) return fail(Code::kInput, "states: is missing", "name at least one State, e.g. [\"KGZ\"]");
  if (!plan.merged_into.empty()) {
    return fail(Code::kInput, "merged_into: a new visit does not go on in another", "plan it, and say then where it goes on; or answer that visit with joins");
  }
  if (plan.components.empty()) {
    return fail(Code::kInput, "components: is missing", "give start and end; give both as \"\" when the days are not known yet");
  }
  if (!fields.contains("status")) plan.status = historical ? VisitStatus::conducted : first_status(plan.lead);
  if (historical && !fields.contains("consent")) plan.consent.status = ConsentStatus::as_source_says;
  if (plan.title.empty()) plan.title = default_title(plan);
  return audience;
}

}  // namespace

Result<std::vector<MemberId>> Visits::Parts::audience(const std::string& marking, const std::optional<std::vector<std::string>>& to) {
  return audience_of(config.others, marking, to);
}

Result<std::string> Visits::Parts::next_record_id(TimeMs now_ms) {
  const std::string year = date_text(day_of(now_ms)).substr(0, 4);
  const auto number = TRY(store->last_number(std::stoull(year))) + 1;
  char digits[24];
  std::snprintf(digits, sizeof digits, "%04llu", static_cast<unsigned long long>(number));
  return config.member.str() + "-V-" + year + "-" + digits;
}

Result<Draft> Visits::Parts::draft_plan(const VisitPlan& plan, std::string marking, std::vector<MemberId> recipients) {
  if (auto ok = check_visit_plan(plan); !ok) return as_input(ok.error());
  Draft draft;
  draft.kind = kKindVisitPlan;
  draft.marking = std::move(marking);
  draft.recipients = std::move(recipients);
  draft.body = encode_visit_plan(plan);
  draft.record_id = plan.record_id;
  draft.revision = plan.revision;
  const auto standing = TRY(store->findings_of(plan.record_id));
  std::size_t left_out = 0;
  const auto near = TRY(store->near(plan, config.window_days, Near::kNearest));
  auto means = TRY(near_findings({plan, 0}, near));
  if (!is_over(plan.status)) {
    for (auto& one : TRY(gap_findings({plan, 0}))) means.push_back(std::move(one));
  }
  in_order(means);
  for (const auto& finding : means) {
    if (standing.contains(finding.id)) continue;
    // A team that is everywhere at once makes a warning for each pair: an officer reads the first ones, and `conflicts` lists all.
    if (draft.warnings.size() < kWarningsMax) {
      draft.warnings.push_back(finding.sentence);
    } else {
      ++left_out;
    }
  }
  if (left_out > 0) draft.warnings.push_back(std::string(near.cut ? "and more than " : "and ") + std::to_string(left_out) + " more findings");
  return draft;
}

Result<NamedConsent> Visits::Parts::named_consent(const std::string& reference) {
  if (!parse_record_id(reference)) return NamedConsent();
  const Error unknown = fail(Code::kUnknown, "no record has the id " + reference);
  if (records == nullptr) return NamedConsent(Result<Record>(unknown));
  auto found = records->newest(reference);
  if (!found && found.error().code == Code::kStore) return found.error();
  return NamedConsent(std::move(found));
}

Result<Draft> Visits::plan(const json& fields, Origin origin, TimeMs now_ms) {
  auto& parts = *parts_;
  const bool historical = origin == Origin::kHistorical;
  VisitPlan plan;
  plan.lead = parts.config.member;
  plan.kind = first_status(plan.lead) == VisitStatus::invited ? VisitKind::invited_visit : VisitKind::assessment;
  plan.contact = parts.config.contact;
  plan.paragraph = kParagraph;
  plan.revision = 1;
  const auto wanted = TRY(read_new(fields, plan, historical));
  const std::string marking = wanted.marking.value_or("committees");
  TRY(check_marking(marking));
  TRY(check_new_visit(plan, historical));
  auto recipients = TRY(parts.audience(marking, wanted.to));
  plan.record_id = TRY(parts.next_record_id(now_ms));
  auto draft = TRY(parts.draft_plan(plan, marking, std::move(recipients)));
  TRY(check_happened(nullptr, plan, day_of(now_ms)));
  const auto days = days_of(plan);
  if (!historical && days && days->last < day_of(now_ms)) {
    draft.warnings.push_back("all days of this visit are past; visits of the past are imported with --historical");
  }
  return draft;
}

Result<Draft> Visits::change(const std::string& record_id, std::uint32_t on_revision, const json& fields, TimeMs now_ms) {
  auto& parts = *parts_;
  const auto current = TRY(parts.known(record_id));
  const auto& before = current.facts.plan;
  auto after = before;
  if (before.lead != parts.config.member) TRY(settle_change(parts.config.member, before, after));  // says who the owner is
  if (on_revision != before.revision) {
    const auto old = TRY(parts.store->revision(record_id, on_revision));
    std::string made_on = "revision " + std::to_string(on_revision) + ", which does not exist", differ;
    if (old) {
      const VisitPlan was = TRY(stored_plan(*old));
      VisitPlan yours = was;
      const bool readable = read_visit_fields(fields, yours).has_value();
      made_on = glance(was);
      differ = ": " + differing_fields(changed_fields(was, before), readable ? changed_fields(was, yours) : json::object());
    }
    return fail(Code::kRevision, "the change was made on " + made_on + "; " + record_id + " now stands at " + glance(before) + differ,
                "look at it again and make the change on revision " + std::to_string(before.revision));
  }
  const auto wanted = TRY(read_visit_fields(fields, after));
  TRY(settle_change(parts.config.member, before, after));
  std::string beside;
  if (after.merged_into != before.merged_into && !after.merged_into.empty()) beside = TRY(parts.merge_warning(after));
  auto recipients = TRY(parts.lasting_audience(current.revision, wanted));
  const auto named = TRY(parts.named_consent(after.consent.reference));
  TRY(check_visit_consent(before, after, recipients, named, day_of(now_ms)));
  if (after == before) return fail(Code::kInput, "nothing in this changes " + record_id, "give at least one field that differs");
  after.revision = before.revision + 1;
  after.previous_revision = current.revision.hash;
  auto draft = TRY(parts.draft_plan(after, current.revision.marking, std::move(recipients)));
  TRY(check_happened(&before, after, day_of(now_ms)));
  if (!beside.empty()) draft.warnings.push_back(std::move(beside));
  // A queued message may get another id before it is logged.
  if (current.revision.place.index) draft.in_reply_to = current.revision.message;
  return draft;
}

Result<void> Visits::check_same(const std::string& record_id, const json& fields) {
  const auto current = TRY(parts_->known(record_id));
  const auto& plan = current.facts.plan;
  auto said = plan;
  const auto wanted = TRY(read_visit_fields(fields, said));
  std::vector<std::string> names;
  const json differences = changed_fields(plan, said);
  for (const auto& [name, change] : differences.items()) names.push_back(name);
  if (wanted.marking && *wanted.marking != current.revision.marking) names.push_back("marking");
  if (wanted.to) {
    std::vector<std::string> members;
    for (const auto& member : current.revision.recipients) members.push_back(member.str());
    auto asked = *wanted.to;
    std::sort(asked.begin(), asked.end());
    if (asked != members) names.push_back("to");
  }
  if (names.empty()) return {};
  return fail(Code::kRevision, "id: " + record_id + " stands at revision " + std::to_string(plan.revision) + " and differs from this in " + listed(names),
              "an import changes nothing: liaison visit change " + record_id + "; without its id the row is a new visit");
}

// The visit in which this one goes on must be known; of another committee's, whether its lead has been told that one takes part.
Result<std::string> Visits::Parts::merge_warning(const VisitPlan& plan) {
  if (!lead_of_record(plan.merged_into) || plan.merged_into == plan.record_id) return std::string();   // check_visit_plan says it
  const auto into = known(plan.merged_into);
  if (!into && into.error().code == Code::kUnknown) return fail(Code::kInput, "merged_into: " + into.error().what, into.error().hint);
  if (!into) return within("merged_into", into.error());
  const auto& target = into->facts.plan;
  TRY(check_merge(plan, target));
  if (target.lead == config.member) return std::string();
  std::optional<AnswerKind> said;
  for (const auto& answer : TRY(store->answers(plan.merged_into))) {
    const bool word = answer.answer == AnswerKind::joins || answer.answer == AnswerKind::advises || answer.answer == AnswerKind::declines;
    if (answer.sender == config.member && word) said = answer.answer;
  }
  if (said && *said != AnswerKind::declines) return std::string();
  const JointWord joint = records == nullptr || said ? JointWord() : TRY(records->joint_word(plan.merged_into));
  if (joint.committees.contains(config.member.str())) return std::string();
  return target.lead.str() + " has not been told that " + config.member.str() + " takes part in " + plan.merged_into + ": liaison visit answer " +
         plan.merged_into + " joins";
}

Result<std::vector<MemberId>> Visits::Parts::lasting_audience(const StoredRevision& revision, const Audience& wanted) {
  return liaison::lasting_audience(revision, config.others, wanted);
}

Result<Draft> Visits::answer(const std::string& record_id, const json& fields, Origin origin, [[maybe_unused]] TimeMs now_ms) {
  auto& parts = *parts_;
  const auto current = TRY(parts.known(record_id));
  const auto& plan = current.facts.plan;
  VisitAnswer answer;
  answer.record_id = record_id;
  answer.revision = plan.revision;
  answer.plan_hash = current.revision.hash;
  answer.contact = parts.config.contact;
  const bool of_the_past = TRY(read_answer_fields(fields, answer));
  TRY(check_new_answer(parts.config.member, plan, answer.answer, of_the_past || origin == Origin::kHistorical));
  if (auto ok = check_visit_answer(answer); !ok) return as_input(ok.error());
  Draft draft;
  draft.recipients = TRY(told_of_answer(current.revision, plan.lead, parts.config.others));
  draft.kind = kKindVisitAnswer;
  draft.marking = current.revision.marking;
  draft.in_reply_to = current.revision.message;
  draft.body = encode_visit_answer(answer);
  draft.record_id = record_id;
  draft.revision = plan.revision;
  return draft;
}

}  // namespace liaison
