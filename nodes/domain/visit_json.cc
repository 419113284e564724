// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/visit_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/domain/json_fields.h"
#include "nodes/domain/states.h"
#include "nodes/domain/words.h"
#include "schemas/date_hint.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

template <class Enum>
Result<Enum> read_word(const json& value, const std::string& field) {
  if (!value.is_string()) return wrong(field, "is not a word", "one of " + comma_list(all_words<Enum>()));
  const auto& text = value.get_ref<const std::string&>();
  const auto found = parse_word<Enum>(text);
  if (!found) return wrong(field, in_quotes(text) + " is not known", word_hint(text, all_words<Enum>()));
  return *found;
}

Result<StateRef> read_state(const json& value, const std::string& field) {
  StateRef state;
  std::string code;
  if (value.is_object()) {
    TRY(check_object(value, field, {"alpha3", "name_in_source", "name"}));
    if (!value.contains("alpha3")) return wrong(field, "has no alpha3", "give the alpha-3 code, e.g. KGZ");
    code = TRY(read_text(value["alpha3"], field + ".alpha3"));
    if (value.contains("name_in_source")) state.name_in_source = TRY(read_text(value["name_in_source"], field + ".name_in_source"));
  } else {
    code = TRY(read_text(value, field));
  }
  const auto found = States::standard().lookup(code);
  if (!found) return wrong(field, found.error().what, found.error().hint);
  state.alpha3 = (*found)->alpha3;
  return state;
}

Result<std::vector<StateRef>> read_states(const json& value) {
  TRY(check_list(value, "states"));
  std::vector<StateRef> states;
  for (std::size_t i = 0; i < value.size(); ++i) states.push_back(TRY(read_state(value[i], "states[" + std::to_string(i) + "]")));
  return states;
}

Result<Component> read_component(const json& value, const std::string& field) {
  TRY(check_object(value, field, {"mode", "start", "end", "precision", "places"}));
  Component component;
  if (value.contains("mode")) component.mode = TRY(read_word<ComponentMode>(value["mode"], field + ".mode"));
  if (value.contains("start")) component.start = TRY(read_text(value["start"], field + ".start"));
  if (value.contains("end")) component.end = TRY(read_text(value["end"], field + ".end"));
  if (value.contains("places")) component.places = TRY(read_texts(value["places"], field + ".places"));
  if (auto settled = settle_dates(component); !settled) return within(field, settled.error());
  if (value.contains("precision") && !value["precision"].is_null()) {
    component.precision = TRY(read_word<DatePrecision>(value["precision"], field + ".precision"));
  }
  return component;
}

Result<std::vector<Component>> read_components(const json& value) {
  TRY(check_list(value, "components"));
  std::vector<Component> components;
  for (std::size_t i = 0; i < value.size(); ++i) {
    components.push_back(TRY(read_component(value[i], "components[" + std::to_string(i) + "]")));
  }
  return components;
}

Result<void> read_consent(const json& value, Consent& consent) {
  if (value.is_null()) {
    consent = {};
    return {};
  }
  TRY(check_object(value, "consent", {"status", "date", "reference", "signed_by"}));
  if (value.contains("status")) consent.status = TRY(read_word<ConsentStatus>(value["status"], "consent.status"));
  if (value.contains("date")) consent.date = TRY(read_text(value["date"], "consent.date"));
  if (value.contains("reference")) consent.reference = TRY(read_text(value["reference"], "consent.reference"));
  if (value.contains("signed_by")) consent.signed_by = TRY(read_text(value["signed_by"], "consent.signed_by"));
  return {};
}

Result<void> read_invitation(const json& value, std::optional<Invitation>& invitation) {
  if (value.is_null()) {
    invitation.reset();
    return {};
  }
  TRY(check_object(value, "invitation", {"date", "reference", "issuer"}));
  if (!invitation) invitation.emplace();
  if (value.contains("date")) invitation->date = TRY(read_text(value["date"], "invitation.date"));
  if (value.contains("reference")) invitation->reference = TRY(read_text(value["reference"], "invitation.reference"));
  if (value.contains("issuer")) invitation->issuer = TRY(read_text(value["issuer"], "invitation.issuer"));
  return {};
}

Result<std::vector<Participation>> read_participation(const json& value) {
  std::vector<Participation> all;
  if (value.is_null()) return all;
  TRY(check_list(value, "participation"));
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string field = "participation[" + std::to_string(i) + "]";
    TRY(check_object(value[i], field, {"body", "role", "note"}));
    Participation one;
    if (!value[i].contains("body")) return wrong(field + ".body", "is missing", "name the committee, expert group or organisation");
    one.body = TRY(read_text(value[i]["body"], field + ".body"));
    if (value[i].contains("role")) one.role = TRY(read_word<ParticipationRole>(value[i]["role"], field + ".role"));
    if (value[i].contains("note")) one.note = TRY(read_text(value[i]["note"], field + ".note"));
    all.push_back(std::move(one));
  }
  return all;
}

Result<std::vector<Report>> read_reports(const json& value) {
  std::vector<Report> all;
  if (value.is_null()) return all;
  TRY(check_list(value, "reports"));
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string field = "reports[" + std::to_string(i) + "]";
    TRY(check_object(value[i], field, {"kind", "date", "symbol"}));
    if (!value[i].contains("kind")) return wrong(field + ".kind", "is missing", "one of " + comma_list(all_words<ReportKind>()));
    if (!value[i].contains("date")) return wrong(field + ".date", "is missing", "give the day on which the one it is for received it, as 2027-03-08");
    Report one;
    one.kind = TRY(read_word<ReportKind>(value[i]["kind"], field + ".kind"));
    one.date = TRY(read_text(value[i]["date"], field + ".date"));
    if (value[i].contains("symbol")) one.symbol = TRY(read_text(value[i]["symbol"], field + ".symbol"));
    all.push_back(std::move(one));
  }
  return all;
}

const std::vector<std::string_view>& visit_field_names() {
  static const std::vector<std::string_view> names = {
      "states", "components", "kind", "title", "aims", "status", "consent", "invitation", "participation", "paragraph",
      "contact", "note", "source", "unverified", "merged_into", "reports", "marking", "to", "lead", "line", "ref"};
  return names;
}

Result<void> read_plain_fields(const json& fields, VisitPlan& plan) {
  struct Plain { const char* name; std::string VisitPlan::* member; };
  for (const auto& [name, member] : {Plain{"title", &VisitPlan::title}, Plain{"paragraph", &VisitPlan::paragraph},
                                     Plain{"contact", &VisitPlan::contact}, Plain{"note", &VisitPlan::note},
                                     Plain{"source", &VisitPlan::source}, Plain{"merged_into", &VisitPlan::merged_into}}) {
    if (fields.contains(name)) plan.*member = TRY(read_text(fields[name], name));
  }
  if (fields.contains("unverified")) plan.unverified = TRY(read_flag(fields["unverified"], "unverified"));
  if (fields.contains("kind")) plan.kind = TRY(read_word<VisitKind>(fields["kind"], "kind"));
  if (fields.contains("status")) plan.status = TRY(read_word<VisitStatus>(fields["status"], "status"));
  if (!fields.contains("lead")) return {};
  const auto lead = TRY(read_text(fields["lead"], "lead"));
  if (lead == plan.lead.str()) return {};
  return fail(Code::kNotOwner, "lead: this is the node of " + plan.lead.str() + " and plans no visit of " + printable(lead, 32),
              "leave the row to that committee's own node");
}

Result<Audience> read_audience(const json& fields) {
  Audience audience;
  if (fields.contains("marking") && !fields["marking"].is_null()) audience.marking = TRY(read_text(fields["marking"], "marking"));
  if (fields.contains("to") && !fields["to"].is_null()) audience.to = TRY(read_texts(fields["to"], "to"));
  return audience;
}

}  // namespace

Result<Audience> read_visit_fields(const json& fields, VisitPlan& plan) {
  TRY(check_object(fields, "", visit_field_names()));
  TRY(read_plain_fields(fields, plan));
  if (fields.contains("states")) plan.states = TRY(read_states(fields["states"]));
  if (fields.contains("components")) plan.components = TRY(read_components(fields["components"]));
  if (fields.contains("aims")) plan.aims = TRY(read_texts(fields["aims"], "aims"));
  if (fields.contains("consent")) TRY(read_consent(fields["consent"], plan.consent));
  if (fields.contains("invitation")) TRY(read_invitation(fields["invitation"], plan.invitation));
  if (fields.contains("participation")) plan.participation = TRY(read_participation(fields["participation"]));
  if (fields.contains("reports")) plan.reports = TRY(read_reports(fields["reports"]));
  // Where a visit goes on says what becomes of it.
  if (!plan.merged_into.empty() && !fields.contains("status")) plan.status = VisitStatus::merged;
  return read_audience(fields);
}

Result<bool> read_answer_fields(const json& fields, VisitAnswer& answer) {
  TRY(check_object(fields, "", {"answer", "body", "text", "contact", "source", "unverified", "historical"}));
  if (!fields.contains("answer")) return wrong("answer", "is missing", "one of " + comma_list(all_words<AnswerKind>()));
  answer.answer = TRY(read_word<AnswerKind>(fields["answer"], "answer"));
  if (fields.contains("body")) answer.body = TRY(read_text(fields["body"], "body"));
  if (fields.contains("text")) answer.text = TRY(read_text(fields["text"], "text"));
  if (fields.contains("contact")) answer.contact = TRY(read_text(fields["contact"], "contact"));
  if (fields.contains("source")) answer.source = TRY(read_text(fields["source"], "source"));
  if (fields.contains("unverified")) answer.unverified = TRY(read_flag(fields["unverified"], "unverified"));
  if (answer.answer == AnswerKind::comments && answer.text.empty()) {
    return wrong("text", "a comment without words says nothing", "write what the other committee should know");
  }
  const bool says_so = fields.contains("historical") && TRY(read_flag(fields["historical"], "historical"));
  return says_so || !answer.source.empty();
}

Result<void> settle_dates(Component& component) {
  if (component.end.empty()) component.end = component.start;
  const auto a = component.start.size();
  const auto b = component.end.size();
  if (a == 0) {
    component.precision = b == 0 ? DatePrecision::unknown : DatePrecision::end_day;
    if (b == 0 || b == 10) return {};
    return fail(Code::kInput, "start: is empty while the end is no day", "without a start the end must be a day, as 2027-03-12");
  }
  if (a != 4 && a != 7 && a != 10) {
    return fail(Code::kInput, "start: " + in_quotes(component.start) + " is not a date", date_hint(component.start, "write 2027-03-08, 2027-03 or 2027"));
  }
  if (b != 4 && b != 7 && b != 10) {
    return fail(Code::kInput, "end: " + in_quotes(component.end) + " is not a date", date_hint(component.end, "write 2027-03-12, 2027-03 or 2027"));
  }
  if (a != b && (a == 10 || b == 10)) {
    return fail(Code::kInput, "end: the start " + component.start + " and the end " + component.end + " are not equally precise",
                "give both as days, or both as months or years");
  }
  if (a == 10) component.precision = DatePrecision::day;
  else if (a == 7 && b == 7) component.precision = DatePrecision::month;
  else component.precision = component.start == component.end ? DatePrecision::year : DatePrecision::period;
  return {};
}

}  // namespace liaison
