// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/visit_rules.h"

#include <algorithm>

#include "nodes/domain/consent_audience.h"
#include "nodes/domain/happened.h"
#include "nodes/domain/states.h"
#include "nodes/domain/visit_json.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using enum VisitStatus;

constexpr std::string_view kInvitedMember = "1540";

struct Moves {
  VisitStatus from;
  std::vector<VisitStatus> to;
};

// The whole life cycle. A committee that a State invited needs no second consent: see moves_from.
const std::vector<Moves>& life_cycle() {
  static const std::vector<Moves> table = {
      {proposed, {approved_by_committee, declined, postponed, cancelled, merged}},
      {invited, {approved_by_committee, declined, postponed, cancelled, merged}},
      {approved_by_committee, {consent_requested, declined, postponed, cancelled, merged}},
      {consent_requested, {consent_granted, declined, postponed, cancelled, merged}},
      {consent_granted, {scheduled, withdrawn_consent, postponed, cancelled, merged}},
      {scheduled, {under_way, withdrawn_consent, postponed, cancelled, merged}},
      {under_way, {conducted, withdrawn_consent, cancelled}},
      {conducted, {draft_report}},
      {draft_report, {state_comments}},
      {state_comments, {report_adopted}},
      {report_adopted, {state_response}},
      {state_response, {closed}},
      {closed, {}},
      {declined, {}},
      {postponed, {approved_by_committee, consent_requested, scheduled, cancelled, merged}},
      {cancelled, {}},
      {merged, {}},
      {withdrawn_consent, {consent_requested, postponed, cancelled}},
  };
  return table;
}

struct Vocabulary {
  std::string_view member;
  std::vector<std::string_view> aims;
};

const std::vector<Vocabulary>& vocabularies() {
  static const std::vector<Vocabulary> table = {
      {"1267", {"implementation_of_measures", "list_review", "listing_information", "threat"}},
      {"1373",
       {"monitor_implementation", "progress_since_last_visit", "good_practices", "assistance_needs", "threat_assessment"}},
      {"1540",
       {"raise_awareness", "draft_first_report", "additional_information", "action_plan", "identify_assistance_needs",
        "effective_practices", "assistance_provider_role", "future_steps"}},
  };
  return table;
}

std::vector<std::string_view> all_aims() {
  std::vector<std::string_view> all;
  for (const auto& one : vocabularies()) all.insert(all.end(), one.aims.begin(), one.aims.end());
  return all;
}

std::string word(VisitStatus status) { return std::string(word_of(status)); }

std::string moves_hint(VisitStatus status, const MemberId& lead) {
  std::vector<std::string_view> words;
  for (const auto to : moves_from(status, lead)) words.push_back(word_of(to));
  if (words.empty()) return "a record that is " + word(status) + " stays so; plan a new visit";
  return "from " + word(status) + " a visit can become " + comma_list(words);
}

Result<void> check_move(const VisitPlan& before, const VisitPlan& after) {
  if (before.status == after.status) return {};
  const auto moves = moves_from(before.status, before.lead);
  if (std::find(moves.begin(), moves.end(), after.status) == moves.end()) {
    return fail(Code::kTransition, "status: a visit that is " + word(before.status) + " does not become " + word(after.status),
                moves_hint(before.status, before.lead));
  }
  return {};
}

// What the State must have said before a visit may stand in a status; nothing when the status asks for nothing.
std::optional<ConsentStatus> consent_needed(VisitStatus status) {
  if (status == consent_requested) return ConsentStatus::requested;
  if (status == consent_granted) return ConsentStatus::granted;
  if (status == withdrawn_consent) return ConsentStatus::withdrawn;
  return std::nullopt;
}

Result<void> settle_consent(const VisitPlan& before, VisitPlan& after) {
  const auto needed = before.status == after.status ? std::nullopt : consent_needed(after.status);
  if (!needed || after.consent.status == *needed) return {};
  if (after.consent.status != before.consent.status) {
    return fail(Code::kInput, "consent.status: " + std::string(word_of(after.consent.status)) + " does not go with status " + word(after.status),
                "leave it out, or give " + std::string(word_of(*needed)));
  }
  after.consent.status = *needed;
  return {};
}

// A visit gets a place in the calendar only when the State wants it.
Result<void> check_scheduled(const VisitPlan& plan) {
  if (plan.status != scheduled) return {};
  const auto in_days = [](const Component& part) { return part.precision == DatePrecision::day; };
  if (std::none_of(plan.components.begin(), plan.components.end(), in_days)) {
    return fail(Code::kTransition, "components: a visit is not scheduled before its days are known", "give its first and last day, as 2027-03-08");
  }
  if (plan.lead.str() == kInvitedMember) {
    if (plan.invitation && !plan.invitation->reference.empty()) return {};
    return fail(Code::kTransition, "invitation.reference: a visit of the 1540 Committee is not scheduled before the State's invitation is recorded",
                "add invitation with the reference of the State's note");
  }
  if (plan.consent.status == ConsentStatus::granted) return {};
  return fail(Code::kTransition, "consent.status: a visit is not scheduled before the State has granted its consent",
              "move it to consent_granted first, with the date and reference of the State's note");
}

constexpr std::string_view kConsentKind = "consent", kToVisit = "visit";

bool has_text(const RecordValue& list, std::string_view text) {
  return std::any_of(list.items.begin(), list.items.end(), [&](const RecordValue& one) { return one.text == text; });
}

std::string names_of(const std::vector<std::string>& states) {
  std::vector<std::string> names;
  for (const auto& state : states) names.push_back(States::standard().name_of(state));
  return listed(names);
}

bool refused(const Consent& said) { return said.status == ConsentStatus::withdrawn || said.status == ConsentStatus::declined; }

// The State's word stands between these and the plan; before them it was not asked, behind them the visit is over. An invitation is such a word,
// until the State has said no.
bool rests_on_consent(const VisitPlan& before, const VisitPlan& plan, const NamedConsent& named) {
  if (plan.status != consent_granted && plan.status != scheduled && plan.status != under_way && plan.status != conducted) return false;
  const bool on_invitation = plan.lead.str() == kInvitedMember && plan.status != consent_granted;
  return !on_invitation || named.has_value() || refused(before.consent) || refused(plan.consent);
}

// Whatever the status says: an officer may come to it late. What was taken back, or has run out, after the visit's last day was there while it took place.
std::int64_t day_of_consent(const VisitPlan& plan, std::int64_t today) {
  const auto days = days_of(plan);
  return days ? std::min(today, days->last) : today;
}

// The last day on which the visit needs it; of a part whose days are not known, the first that it may have.
std::optional<std::int64_t> needed_until(const VisitPlan& plan) {
  std::optional<std::int64_t> out;
  for (const Component& part : plan.components) {
    const auto span = day_span(part);
    if (!span) continue;
    const bool known = part.precision == DatePrecision::day || part.precision == DatePrecision::end_day;
    out = std::max(out.value_or(kFirstDay), known ? span->last : span->first);
  }
  return out;
}

// Why the consent is not in force on a day; empty when it is.
std::string ended(const Record& consent, std::int64_t day) {
  const std::string& until = consent.value("valid_until").text;
  const std::string& taken_back = consent.value("withdrawn_on").text;
  const auto last = span_of(until), end = span_of(taken_back);   // a month or a year may be all that is known
  if (last && last->last < day) return "was valid until " + until;
  if (consent.status() == "granted" || (consent.status() == "expired" && last)) return "";
  if (consent.status() == "withdrawn" && end && end->first > day) return "";
  return "is " + consent.status() + (consent.status() == "withdrawn" && !taken_back.empty() ? " since " + taken_back : "");
}

// What an officer does with a visit whose consent does not hold.
std::string consent_hint(const VisitPlan& plan, VisitStatus from) {
  const auto moves = moves_from(from, plan.lead);
  if (std::find(moves.begin(), moves.end(), withdrawn_consent) != moves.end())
    return "move the visit on to withdrawn_consent: liaison visit change " + plan.record_id + " --status withdrawn_consent; or name a consent that is in force";
  return "name one that is in force, or the State's note with its date: --consent granted,2027-01-05,\"note 12\"";
}

bool goes_to(const VisitPlan& plan, const std::string& state) {
  return std::any_of(plan.states.begin(), plan.states.end(), [&](const StateRef& one) { return one.alpha3 == state; });
}

// A visit names one consent, and so one that all its States give.
Result<void> check_states(const VisitPlan& before, const VisitPlan& plan, const Record& consent) {
  for (const StateRef& state : plan.states) {
    if (std::find(consent.states.begin(), consent.states.end(), state.alpha3) != consent.states.end()) continue;
    return fail(Code::kTransition,
                (goes_to(before, state.alpha3) ? "consent.reference: " : "states: ") + consent.record_id + " is the consent of " +
                    names_of(consent.states) + " and not of " + States::standard().name_of(state.alpha3),
                "name one that all States of the visit give, or their notes with the day of the last: --consent granted,2027-01-05,\"notes 12 and 34\"; or "
                "plan a visit of its own there");
  }
  return {};
}

Result<void> check_covers(const VisitPlan& before, const VisitPlan& plan, const std::vector<MemberId>& told, const Record& consent, std::int64_t today) {
  const std::string id = consent.record_id, hint = consent_hint(plan, before.status);
  const auto no = [&](const std::string& what, const std::string& try_this) {
    return fail(Code::kTransition, "consent.reference: " + id + " " + what, try_this);
  };
  if (consent.kind->kind != kConsentKind) return no("is a " + consent.kind->noun + " and no consent", "liaison consent list shows the consents");
  if (!has_text(consent.value("acts"), kToVisit))
    return no("is a consent, and not one to visit", "record the State's: liaison consent new --act visit --state " +
              (plan.states.empty() ? "KGZ" : plan.states.front().alpha3));
  TRY(check_states(before, plan, consent));
  const auto& about = consent.value("about");
  if (!about.empty() && !has_text(about, plan.record_id)) return no("is about other records", "name one that is about this visit");
  if (const std::string why = ended(consent, day_of_consent(plan, today)); !why.empty()) return no(why, hint);
  const auto until = span_of(consent.value("valid_until").text);
  const auto needed = needed_until(plan);
  if (until && needed && *needed > until->last)
    return no("is valid until " + consent.value("valid_until").text + ", and the visit lasts until " + date_text(*needed),
              "end it by then: liaison visit change " + plan.record_id + " --to " + date_text(until->last) + "; or name one that holds longer");
  if (const auto other = not_for(consent, plan.lead, told))
    return no(not_for_words(consent, *other), "ask the State whether " + other->str() + " may see what rests on it, or name its note");
  return {};
}

// The State's own paper. One that stood there while the consent was still asked for is the committee's.
Result<void> check_note(const VisitPlan& before, const VisitPlan& after, std::int64_t today) {
  const Consent& said = after.consent;
  const std::string step = "the step to " + word(after.status) + " needs the State's consent";
  const std::string hint = "name its record, made with liaison consent new --act visit, or the State's note with its date: --consent "
                           "granted,2027-01-05,\"note 12\"";
  if (said.reference.empty()) return fail(Code::kTransition, "consent.reference: " + step + ", and none is named", hint);
  const auto day = parse_date(said.date);
  if (!day) return fail(Code::kTransition, "consent.date: " + step + ", and " + (said.date.empty() ? "the note has no day" : said.date + " is no day"), hint);
  if (*day > today + kZonesDays)
    return fail(Code::kTransition, "consent.date: " + step + ", and " + said.date + " is still to come", "take the step on that day, or correct it");
  const bool older = before.consent.status != ConsentStatus::granted && before.consent.reference == said.reference && before.consent.date == said.date;
  if (older) return fail(Code::kTransition, "consent.reference: " + step + ", and this paper was named before the State had given it", hint);
  return {};
}

Result<void> check_consent(const VisitPlan& before, const VisitPlan& after, const std::vector<MemberId>& told, const NamedConsent& named, std::int64_t today) {
  if (!named) return check_note(before, after, today);
  if (*named) return check_covers(before, after, told, **named, today);
  return fail(Code::kTransition, "consent.reference: " + named->error().what,
              "liaison consent list shows those that are known here; or name the State's note with its date");
}

bool has_report(const VisitPlan& plan, ReportKind kind) {
  return std::any_of(plan.reports.begin(), plan.reports.end(), [&](const Report& one) { return one.kind == kind; });
}

// Where the State's time runs, the paper from whose receipt it runs is recorded.
Result<void> check_reported(const VisitPlan& plan) {
  const auto missing = [](std::string_view kind, const std::string& stage) {
    return fail(Code::kTransition, "reports: a visit does not become " + stage + " before the State has the " + std::string(kind) + " report",
                "add the report " + std::string(kind) + " with the day on which the State received it");
  };
  if (plan.status == state_comments && !has_report(plan, ReportKind::draft)) return missing("draft", word(plan.status));
  if (plan.status == state_response && !has_report(plan, ReportKind::final_report)) return missing("final", word(plan.status));
  return {};
}

}  // namespace

VisitStatus first_status(const MemberId& lead) { return lead.str() == kInvitedMember ? invited : proposed; }

std::vector<VisitStatus> moves_from(VisitStatus status, const MemberId& lead) {
  for (const auto& row : life_cycle()) {
    if (row.from != status) continue;
    auto to = row.to;
    if (status == approved_by_committee && lead.str() == kInvitedMember) to.insert(to.begin(), scheduled);
    return to;
  }
  return {};
}

bool stands(VisitStatus status) {
  return status != declined && status != postponed && status != cancelled && status != merged && status != withdrawn_consent;
}

bool rests_on_record(const VisitPlan& plan) {
  const bool ahead = plan.status == consent_granted || plan.status == scheduled || plan.status == under_way;
  return ahead && parse_record_id(plan.consent.reference).has_value();
}

bool has_begun(VisitStatus status) { return status == under_way || is_over(status); }

bool is_over(VisitStatus status) {
  return status == conducted || status == draft_report || status == state_comments || status == report_adopted ||
         status == state_response || status == closed;
}

const std::vector<std::string_view>& aims_of(const MemberId& lead) {
  static const std::vector<std::string_view> any = all_aims();
  for (const auto& one : vocabularies()) {
    if (one.member == lead.str()) return one.aims;
  }
  return any;
}

Result<void> check_visit_fields(const VisitPlan& plan) {
  const auto& aims = aims_of(plan.lead);
  for (const auto& aim : plan.aims) {
    if (std::find(aims.begin(), aims.end(), aim) == aims.end()) {
      return fail(Code::kInput, "aims: \"" + aim.substr(0, 64) + "\" is not an aim of a visit by " + plan.lead.str(),
                  "one of " + comma_list(aims));
    }
  }
  if (plan.invitation && plan.lead.str() != kInvitedMember) {
    return fail(Code::kInput, "invitation: only visits of the 1540 Committee rest on an invitation",
                "record the State's agreement under consent");
  }
  for (const auto& state : plan.states) {
    if (States::standard().find(state.alpha3) == nullptr) {
      return fail(Code::kInput, "states: " + state.alpha3.substr(0, 64) + " is not a State of the table",
                  "give the alpha-3 code of a member or observer State, e.g. KGZ");
    }
  }
  return {};
}

Result<void> check_new_visit(const VisitPlan& plan, bool historical) {
  TRY(check_visit_fields(plan));
  if (!historical && plan.consent.status == ConsentStatus::as_source_says) {
    return fail(Code::kInput, "consent.status: as_source_says is for historical records only",
                "give what the State has said: none_asked, requested, granted");
  }
  const auto first = first_status(plan.lead);
  if (plan.status == first || (historical && plan.status == conducted)) return {};
  return fail(Code::kTransition, "status: a record of " + plan.lead.str() + " starts as " + word(first) + " and not as " + word(plan.status),
              plan.status == conducted ? "import visits of the past with --historical" : "leave the status out and move it on afterwards");
}

Result<void> settle_change(const MemberId& who, const VisitPlan& before, VisitPlan& after) {
  if (who != before.lead) {
    return fail(Code::kNotOwner, before.record_id + " belongs to " + before.lead.str() + "; " + who.str() + " cannot change it",
                "answer it instead: liaison visit answer " + before.record_id);
  }
  TRY(check_move(before, after));
  TRY(settle_consent(before, after));
  if (after.consent.status == ConsentStatus::as_source_says && before.consent.status != after.consent.status) {
    return fail(Code::kInput, "consent.status: as_source_says is for historical records only", "give what the State has said");
  }
  if (before.status != after.status) {
    TRY(check_scheduled(after));
    TRY(check_reported(after));
    if (after.status == merged && after.merged_into.empty()) {
      return fail(Code::kTransition, "merged_into: a merged visit names the one in which it goes on", "give that visit's id, as 1373-V-2027-0001");
    }
  }
  return check_visit_fields(after);
}

Result<void> check_visit_consent(const VisitPlan& before, const VisitPlan& after, const std::vector<MemberId>& told, const NamedConsent& named,
                                 std::int64_t today) {
  const bool same_days = before.components == after.components || !named;   // a note says nothing of days that could be read here
  const bool as_before = before.status == after.status && before.consent == after.consent && before.states == after.states && same_days;
  if (as_before || !rests_on_consent(before, after, named)) return {};
  // What was imported of the past says no more than its source did.
  if (before.status == after.status && after.consent.status == ConsentStatus::as_source_says) return {};
  if (after.consent.status != ConsentStatus::granted)
    return fail(Code::kTransition, "consent.status: a visit that is " + word(after.status) + " rests on the State's consent, and this says " +
                std::string(word_of(after.consent.status)), consent_hint(after, before.status));
  return check_consent(before, after, told, named, today);
}

Result<void> check_named_consent(const VisitPlan& plan, const std::vector<MemberId>& told, const NamedConsent& named, std::int64_t today) {
  if (!named || plan.consent.status != ConsentStatus::granted) return {};
  return check_consent(plan, plan, told, named, today);
}

Result<void> check_new_recall(const MemberId& who, const VisitPlan& plan) {
  if (who == plan.lead) return {};
  return fail(Code::kNotOwner, plan.record_id + " belongs to " + plan.lead.str() + "; " + who.str() + " cannot recall it",
              "ask " + plan.lead.str() + " (" + plan.contact + "), or say what is wrong with it: liaison visit answer " + plan.record_id);
}

Result<void> check_merge(const VisitPlan& plan, const VisitPlan& into) {
  const std::string hint = "give the id of a visit that will take place and that goes to one of the same States";
  if (!stands(into.status)) return fail(Code::kInput, "merged_into: " + into.record_id + " is " + word(into.status) + " itself", hint);
  const auto shared = [&](const StateRef& state) {
    return std::any_of(into.states.begin(), into.states.end(), [&](const StateRef& other) { return other.alpha3 == state.alpha3; });
  };
  if (std::none_of(plan.states.begin(), plan.states.end(), shared)) {
    return fail(Code::kInput, "merged_into: " + into.record_id + " goes to no State of " + plan.record_id, hint);
  }
  return {};
}

Result<void> check_new_answer(const MemberId& who, const VisitPlan& plan, AnswerKind answer, bool historical) {
  if (who == plan.lead) {
    return fail(Code::kInput, "id: " + who.str() + " owns " + plan.record_id + " and does not answer itself",
                "change it instead: liaison visit change " + plan.record_id);
  }
  if (historical || answer == AnswerKind::comments) return {};
  if (is_over(plan.status) || !stands(plan.status)) {
    return fail(Code::kTransition, "answer: " + plan.record_id + " is " + word(plan.status) + "; " + std::string(word_of(answer)) + " comes too late",
                "only comments can be added now");
  }
  return {};
}

}  // namespace liaison
