// SPDX-License-Identifier: Apache-2.0
// The visit record as plain structs, and its bytes. Encoding and structural checks only: what an officer may do with a
// record is nodes/domain's. Source of the fields: the committees' own practice; visits serve S/RES/1977 (2011) 11, 15, 19.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schemas/dates.h"
#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

inline constexpr std::string_view kKindVisitPlan = "visit.plan";
inline constexpr std::string_view kKindVisitAnswer = "visit.answer";
inline constexpr std::string_view kKindVisitRecall = "visit.recall";

// Values are the .fbs enums' numbers. Each has word_of(value) and a parser; the words are the .fbs names ("virtual" for
// virtual_, "final" for final_report).
enum class DatePrecision : std::uint8_t { day = 1, month, year, end_day, period, unknown };
enum class ComponentMode : std::uint8_t { on_site = 1, virtual_ };
enum class VisitStatus : std::uint8_t {
  proposed = 1, invited, approved_by_committee, consent_requested, consent_granted, scheduled, under_way, conducted,
  draft_report, state_comments, report_adopted, state_response, closed, declined, postponed, cancelled, merged, withdrawn_consent
};
enum class VisitKind : std::uint8_t {
  first = 1, comprehensive, focused, follow_up, regional, advocacy, assessment, invited_visit, high_level, consultation,
  hybrid, technical_assistance_mission
};
enum class ConsentStatus : std::uint8_t { none_asked = 1, requested, granted, declined, withdrawn, as_source_says };
enum class ParticipationRole : std::uint8_t { leads = 1, participates, advises, observes, invited, declined };
enum class AnswerKind : std::uint8_t { joins = 1, advises, declines, comments, objects };
enum class ReportKind : std::uint8_t { preliminary = 1, draft, state_observations, final_report, summary, state_response };

std::string_view word_of(DatePrecision value);
std::string_view word_of(ComponentMode value);
std::string_view word_of(VisitStatus value);
std::string_view word_of(VisitKind value);
std::string_view word_of(ConsentStatus value);
std::string_view word_of(ParticipationRole value);
std::string_view word_of(AnswerKind value);
std::string_view word_of(ReportKind value);
// The value of a word, e.g. parse_word<VisitKind>("follow_up"); nothing for an unknown word.
template <class Enum>
std::optional<Enum> parse_word(std::string_view word);
// All words of a vocabulary, in order, for messages that list them.
template <class Enum>
std::vector<std::string_view> all_words();

struct StateRef { std::string alpha3; std::string name_in_source; bool operator==(const StateRef&) const = default; };
struct Component {
  ComponentMode mode = ComponentMode::on_site;
  std::string start;   // text whose form the precision says; see visit.fbs
  std::string end;     // inclusive
  DatePrecision precision = DatePrecision::day;
  std::vector<std::string> places;
  bool operator==(const Component&) const = default;
};
struct Consent { ConsentStatus status = ConsentStatus::none_asked; std::string date, reference, signed_by; bool operator==(const Consent&) const = default; };
struct Invitation { std::string date, reference, issuer; bool operator==(const Invitation&) const = default; };
struct Participation {
  std::string body;
  ParticipationRole role = ParticipationRole::participates;
  std::string note;
  bool operator==(const Participation&) const = default;
};

// A paper that the visit has led to, and the day on which the one it is for received it: the preliminary assessment and the draft the
// State, its observations on the draft the committee, the final report the State, its response the committee; a summary nobody waits for.
struct Report {
  ReportKind kind = ReportKind::draft;
  std::string date, symbol;
  bool operator==(const Report&) const = default;
};

inline constexpr std::size_t kStatesMax = 16, kComponentsMax = 8, kPlacesMax = 32, kAimsMax = 16, kParticipationMax = 32, kReportsMax = 16;

struct VisitPlan {
  std::string record_id;
  std::uint32_t revision = 0;
  Hash previous_revision{};
  MemberId lead;
  VisitStatus status = VisitStatus::proposed;
  VisitKind kind = VisitKind::assessment;
  std::string title;
  std::vector<StateRef> states;
  std::vector<Component> components;
  std::vector<std::string> aims;
  Consent consent;
  std::optional<Invitation> invitation;
  std::vector<Participation> participation;
  std::string paragraph;
  std::string contact;
  std::string note;
  std::string source;
  bool unverified = false;
  std::string merged_into;   // a record id; empty unless the status is merged
  std::vector<Report> reports;
  bool operator==(const VisitPlan&) const = default;
};

struct VisitAnswer {
  std::string record_id;
  std::uint32_t revision = 0;
  Hash plan_hash{};
  AnswerKind answer = AnswerKind::comments;
  std::string body, text, contact, source;
  bool unverified = false;
  bool operator==(const VisitAnswer&) const = default;
};

// The owner takes a record back, with all its revisions and answers.
struct VisitRecall {
  std::string record_id;
  std::uint32_t revision = 0;   // the newest one
  Hash plan_hash{};             // of its plaintext body
  std::string reason, contact;
  bool operator==(const VisitRecall&) const = default;
};

Bytes encode_visit_plan(const VisitPlan& plan);
Bytes encode_visit_answer(const VisitAnswer& answer);
Bytes encode_visit_recall(const VisitRecall& recall);
// E_BODY for bytes that do not verify, enum values out of range, counts or lengths beyond the limits in the .fbs, text
// that is not clean (schemas/text.h), dates whose form is not their precision's or that do not exist, end before start,
// or a record id that is not <lead>-V-<year>-<n>.
Result<VisitPlan> decode_visit_plan(View body);
Result<VisitAnswer> decode_visit_answer(View body);
Result<VisitRecall> decode_visit_recall(View body);
// The same judgement on a struct, so that a sender finds out before sealing. `what` names the field.
Result<void> check_visit_plan(const VisitPlan& plan);
Result<void> check_visit_answer(const VisitAnswer& answer);
Result<void> check_visit_recall(const VisitRecall& recall);
// The committee that an id of the form <lead>-V-<year>-<n> names; nothing for another form.
std::optional<MemberId> lead_of_record(const std::string& record_id);

// First and last day that a component may touch, as days since 1970-01-01; nothing for precision unknown. A month
// spans its days, a year its year, end_day the one known day.
std::optional<DaySpan> day_span(const Component& component);

}  // namespace liaison
