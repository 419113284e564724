// SPDX-License-Identifier: Apache-2.0
// What a visit record may look like, whoever made it.
#include <algorithm>

#include "schemas/date_hint.h"
#include "schemas/text.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

constexpr std::size_t kLineBytesMax = 512;
constexpr std::size_t kTextBytesMax = 16 * 1024;

Error bad(std::string field, std::string what, std::string hint = {}) { return fail(Code::kBody, std::move(field) + ": " + std::move(what), std::move(hint)); }

Result<void> check_line(std::string_view field, std::string_view text, std::size_t max = kLineBytesMax) {
  if (auto ok = check_text(text, max, Lines::kOne); !ok) return bad(std::string(field), ok.error().what, ok.error().hint);
  return {};
}
Result<void> check_lines(std::string_view field, std::string_view text) {
  if (auto ok = check_text(text, kTextBytesMax, Lines::kMany); !ok) return bad(std::string(field), ok.error().what, ok.error().hint);
  return {};
}

bool digits(std::string_view text, std::size_t count) {
  return text.size() == count && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view form_of(DatePrecision precision) {
  switch (precision) {
    case DatePrecision::day: return "write both days as 2027-03-08";
    case DatePrecision::month: return "write months as 2027-03";
    case DatePrecision::year: return "write years as 2027";
    case DatePrecision::end_day: return "leave the start empty and write the last day as 2027-03-12";
    case DatePrecision::period: return "write the first and last year or month, as 2018 and 2023";
    case DatePrecision::unknown: return "leave both dates empty";
  }
  return "";
}

bool form_fits(const Component& c) {
  const auto a = c.start.size(), b = c.end.size();
  switch (c.precision) {
    case DatePrecision::day: return a == 10 && b == 10;
    case DatePrecision::month: return a == 7 && b == 7;
    case DatePrecision::year: return a == 4 && b == 4;
    case DatePrecision::end_day: return a == 0 && b == 10;
    case DatePrecision::period: return (a == 4 || a == 7) && (b == 4 || b == 7);
    case DatePrecision::unknown: return a == 0 && b == 0;
  }
  return false;
}

Result<void> check_component(const Component& c) {
  if (word_of(c.mode) == "invalid") return bad("components.mode", "not a known word");
  if (word_of(c.precision) == "invalid") return bad("components.precision", "not a known word");
  if (!form_fits(c))
    return bad("components", "the dates do not have the form of precision " + std::string(word_of(c.precision)), std::string(form_of(c.precision)));
  const auto first = span_of(c.start);
  const auto last = span_of(c.end);
  if (!c.start.empty() && !first)
    return bad("components.start", "there is no such date as " + printable(c.start, 32),
               date_hint(c.start, "look at a calendar; dates are written as 2027-03-08"));
  if (!c.end.empty() && !last)
    return bad("components.end", "there is no such date as " + printable(c.end, 32), date_hint(c.end, "look at a calendar; dates are written as 2027-03-08"));
  if (first && last && last->last < first->first)
    return bad("components.end", "the end " + c.end + " is before the start " + c.start, "exchange the two dates");
  for (const auto& span : {first, last}) {
    if (span && span->first < kFirstDay) return bad("components", "a date before 1870", "look at the year");
  }
  if (c.places.size() > kPlacesMax) return bad("components.places", "more than 32 places");
  for (const auto& place : c.places) TRY(check_line("components.places", place, 128));
  return {};
}

Result<void> check_states(const std::vector<StateRef>& states) {
  if (states.empty() || states.size() > kStatesMax) return bad("states", "a visit goes to 1 to 16 States");
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto& code = states[i].alpha3;
    if (code.size() != 3 || !std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
      return bad("states", "\"" + printable(code, 32) + "\" is not an ISO 3166-1 alpha-3 code", "write three capital letters, as KGZ");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (states[j].alpha3 == code) return bad("states", code + " is named twice", "leave one of them out");
    }
    TRY(check_line("states.name_in_source", states[i].name_in_source, 128));
  }
  return {};
}

bool record_id_of(std::string_view id, const MemberId& lead) {
  const std::string start = lead.str() + "-V-";
  if (id.substr(0, start.size()) != start) return false;
  id.remove_prefix(start.size());
  if (id.size() < 9 || id.size() > 14 || !digits(id.substr(0, 4), 4) || id[4] != '-') return false;
  const auto serial = id.substr(5);
  // One spelling for each number: zeros only up to four digits.
  return digits(serial, serial.size()) && serial.find_first_not_of('0') != std::string_view::npos && (serial.size() == 4 || serial[0] != '0');
}

bool is_aim(std::string_view word) {
  return !word.empty() && word.size() <= 40 && std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

Result<void> check_optional_date(std::string_view field, std::string_view text) {
  if (!text.empty() && !parse_date(text))
    return bad(std::string(field), "there is no such date as " + printable(text, 32), date_hint(text, "write it as 2027-03-08"));
  return {};
}

Result<void> check_consent(const VisitPlan& plan) {
  if (word_of(plan.consent.status) == "invalid") return bad("consent.status", "not a known word");
  TRY(check_optional_date("consent.date", plan.consent.date));
  TRY(check_line("consent.reference", plan.consent.reference));
  TRY(check_line("consent.signed_by", plan.consent.signed_by));
  if (!plan.invitation) return {};
  TRY(check_optional_date("invitation.date", plan.invitation->date));
  TRY(check_line("invitation.reference", plan.invitation->reference));
  return check_line("invitation.issuer", plan.invitation->issuer);
}

Result<void> check_participation(const std::vector<Participation>& list) {
  if (list.size() > kParticipationMax) return bad("participation", "more than 32 bodies");
  for (const auto& one : list) {
    if (word_of(one.role) == "invalid") return bad("participation.role", "not a known word");
    if (one.body.empty()) return bad("participation.body", "it is empty", "name the committee, expert group or organisation");
    TRY(check_line("participation.body", one.body, 128));
    TRY(check_line("participation.note", one.note));
  }
  return {};
}

Result<void> check_reports(const std::vector<Report>& list) {
  if (list.size() > kReportsMax) return bad("reports", "more than 16");
  for (const auto& one : list) {
    if (word_of(one.kind) == "invalid") return bad("reports.kind", "not a known word");
    const auto day = parse_date(one.date);
    if (day && *day < kFirstDay) return bad("reports.date", "a date before 1870", "look at the year");
    if (!day) return bad("reports.date", "there is no such date as " + printable(one.date, 32), date_hint(one.date, "write it as 2027-03-08"));
    TRY(check_line("reports.symbol", one.symbol));
  }
  return {};
}

Result<void> check_merged(const VisitPlan& plan) {
  if ((plan.status == VisitStatus::merged) == plan.merged_into.empty()) {
    return plan.merged_into.empty() ? bad("merged_into", "a merged visit names the one in which it goes on", "give that visit's id, as 1373-V-2027-0001")
                                    : bad("merged_into", "only a merged visit goes on in another", "leave it out, or give the status merged");
  }
  if (plan.merged_into.empty()) return {};
  if (!lead_of_record(plan.merged_into)) return bad("merged_into", "not an id of the form <lead>-V-<year>-<number>", "liaison visit list shows the ids");
  if (plan.merged_into == plan.record_id) return bad("merged_into", "a visit does not go on in itself", "give the other visit's id");
  return {};
}

}  // namespace

Result<void> check_visit_plan(const VisitPlan& plan) {
  if (plan.lead.empty() || !record_id_of(plan.record_id, plan.lead)) return bad("id", "not an id of the form <lead>-V-<year>-<number>");
  if (plan.revision == 0) return bad("revision", "counts from 1");
  if ((plan.revision == 1) != (plan.previous_revision == kZeroHash)) return bad("previous_revision", "revision 1 has none, every later one has one");
  if (word_of(plan.status) == "invalid") return bad("status", "not a known word");
  if (word_of(plan.kind) == "invalid") return bad("kind", "not a known word");
  TRY(check_line("title", plan.title));
  TRY(check_states(plan.states));
  if (plan.components.empty() || plan.components.size() > kComponentsMax)
    return bad("components", "a visit has 1 to 8 components", "give at least a start and an end");
  for (const auto& component : plan.components) TRY(check_component(component));
  if (plan.aims.size() > kAimsMax) return bad("aims", "more than 16");
  for (const auto& aim : plan.aims) {
    if (!is_aim(aim)) return bad("aims", "\"" + printable(aim, 48) + "\" is not a word of small letters and underscores");
  }
  TRY(check_consent(plan));
  TRY(check_participation(plan.participation));
  TRY(check_reports(plan.reports));
  TRY(check_merged(plan));
  TRY(check_line("paragraph", plan.paragraph, 128));
  TRY(check_line("contact", plan.contact));
  TRY(check_lines("note", plan.note));
  return check_line("source", plan.source);
}

std::optional<MemberId> lead_of_record(const std::string& record_id) {
  const auto dash = record_id.rfind("-V-");   // a member's id may hold "-V-" itself
  auto lead = MemberId::parse(record_id.substr(0, dash == std::string::npos ? 0 : dash));
  if (!lead || !record_id_of(record_id, *lead)) return std::nullopt;
  return std::move(*lead);
}

Result<void> check_visit_recall(const VisitRecall& recall) {
  if (!lead_of_record(recall.record_id)) return bad("id", "not an id of the form <lead>-V-<year>-<number>");
  if (recall.revision == 0) return bad("revision", "counts from 1");
  if (recall.reason.empty()) return bad("reason", "it is empty", "say in a few words why the visit is taken back");
  TRY(check_line("reason", recall.reason));
  return check_line("contact", recall.contact);
}

Result<void> check_visit_answer(const VisitAnswer& answer) {
  if (!lead_of_record(answer.record_id)) return bad("id", "not an id of the form <lead>-V-<year>-<number>");
  if (answer.revision == 0) return bad("revision", "counts from 1");
  if (word_of(answer.answer) == "invalid") return bad("answer", "not a known word");
  TRY(check_line("body", answer.body, 128));
  TRY(check_lines("text", answer.text));
  TRY(check_line("contact", answer.contact));
  return check_line("source", answer.source);
}

std::optional<DaySpan> day_span(const Component& component) {
  if (component.precision == DatePrecision::unknown) return std::nullopt;
  const auto last = span_of(component.end);
  if (component.start.empty()) return last ? std::optional(DaySpan{last->last, last->last}) : std::nullopt;
  const auto first = span_of(component.start);
  if (!first || !last) return std::nullopt;
  return DaySpan{first->first, last->last};
}

}  // namespace liaison
