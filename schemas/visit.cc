// SPDX-License-Identifier: Apache-2.0
#include "schemas/visit.h"

#include <schemas/visit_answer_generated.h>
#include <schemas/visit_recall_generated.h>
#include <schemas/visit_plan_generated.h>

#include "schemas/flat.h"

namespace liaison {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

template <class Table, class Record, class Make>
Offset<flatbuffers::Vector<Offset<Table>>> put_list(FlatBufferBuilder& builder, const std::vector<Record>& records, Make make) {
  std::vector<Offset<Table>> offsets;
  offsets.reserve(records.size());
  for (const auto& record : records) offsets.push_back(make(record));
  return builder.CreateVector(offsets);
}

std::string str(const flatbuffers::String* text) { return std::string(text_of(text)); }

std::vector<std::string> strings(const flatbuffers::Vector<Offset<flatbuffers::String>>& list) {
  std::vector<std::string> out;
  out.reserve(list.size());
  for (const auto* one : list) out.push_back(str(one));
  return out;
}

Error not_a(std::string_view kind) { return fail(Code::kBody, "the body is no " + std::string(kind)); }

// Judged before anything is copied: many offsets may name one long string.
bool counts_fit(const fbs::VisitPlan& table) {
  for (const auto* c : *table.components()) {
    if (c->places()->size() > kPlacesMax) return false;
  }
  return table.states()->size() <= kStatesMax && table.components()->size() <= kComponentsMax && table.aims()->size() <= kAimsMax &&
         table.participation()->size() <= kParticipationMax && table.reports()->size() <= kReportsMax;
}

void read_lists(const fbs::VisitPlan& table, VisitPlan& plan) {
  for (const auto* s : *table.states()) plan.states.push_back({str(s->alpha3()), str(s->name_in_source())});
  for (const auto* c : *table.components()) {
    plan.components.push_back(
        {static_cast<ComponentMode>(c->mode()), str(c->start()), str(c->end()), static_cast<DatePrecision>(c->precision()), strings(*c->places())});
  }
  for (const auto* p : *table.participation()) plan.participation.push_back({str(p->body()), static_cast<ParticipationRole>(p->role()), str(p->note())});
  plan.aims = strings(*table.aims());
  for (const auto* r : *table.reports()) plan.reports.push_back({static_cast<ReportKind>(r->kind()), str(r->date()), str(r->symbol())});
}

}  // namespace

Bytes encode_visit_plan(const VisitPlan& plan) {
  FlatBufferBuilder b(1024);
  const auto states = put_list<fbs::StateRef>(b, plan.states, [&](const StateRef& s) {
    const auto code = b.CreateString(s.alpha3);
    return fbs::CreateStateRef(b, code, s.name_in_source.empty() ? 0 : b.CreateString(s.name_in_source));
  });
  const auto components = put_list<fbs::Component>(b, plan.components, [&](const Component& c) {
    const auto start = b.CreateString(c.start), end = b.CreateString(c.end);
    const auto places = b.CreateVectorOfStrings(c.places);
    return fbs::CreateComponent(b, static_cast<fbs::ComponentMode>(c.mode), start, end, static_cast<fbs::DatePrecision>(c.precision), places);
  });
  const auto participation = put_list<fbs::Participation>(b, plan.participation, [&](const Participation& p) {
    const auto body = b.CreateString(p.body), note = b.CreateString(p.note);
    return fbs::CreateParticipation(b, body, static_cast<fbs::ParticipationRole>(p.role), note);
  });
  const auto reports = put_list<fbs::Report>(b, plan.reports, [&](const Report& r) {
    const auto date = b.CreateString(r.date), symbol = b.CreateString(r.symbol);
    return fbs::CreateReport(b, static_cast<fbs::ReportKind>(r.kind), date, symbol);
  });
  const auto consent_date = b.CreateString(plan.consent.date), consent_reference = b.CreateString(plan.consent.reference),
             signed_by = b.CreateString(plan.consent.signed_by);
  const auto consent = fbs::CreateConsent(b, static_cast<fbs::ConsentStatus>(plan.consent.status), consent_date, consent_reference, signed_by);
  Offset<fbs::Invitation> invitation = 0;
  if (plan.invitation) {
    const auto date = b.CreateString(plan.invitation->date), reference = b.CreateString(plan.invitation->reference),
               issuer = b.CreateString(plan.invitation->issuer);
    invitation = fbs::CreateInvitation(b, date, reference, issuer);
  }
  const auto record_id = b.CreateString(plan.record_id), lead = b.CreateString(plan.lead.str()), title = b.CreateString(plan.title),
             paragraph = b.CreateString(plan.paragraph), contact = b.CreateString(plan.contact), note = b.CreateString(plan.note),
             source = b.CreateString(plan.source), merged_into = b.CreateString(plan.merged_into);
  const auto previous = put_array(b, plan.previous_revision);
  const auto aims = b.CreateVectorOfStrings(plan.aims);
  b.Finish(fbs::CreateVisitPlan(b, record_id, plan.revision, previous, lead, static_cast<fbs::VisitStatus>(plan.status),
                                static_cast<fbs::VisitKind>(plan.kind), title, states, components, aims, consent, invitation, participation,
                                paragraph, contact, note, source, plan.unverified, merged_into, reports),
           "LSNV");
  return finished(b);
}

Bytes encode_visit_answer(const VisitAnswer& answer) {
  FlatBufferBuilder b(512);
  const auto record_id = b.CreateString(answer.record_id), body = b.CreateString(answer.body), text = b.CreateString(answer.text),
             contact = b.CreateString(answer.contact), source = b.CreateString(answer.source);
  const auto plan_hash = put_array(b, answer.plan_hash);
  b.Finish(fbs::CreateVisitAnswer(b, record_id, answer.revision, plan_hash, static_cast<fbs::AnswerKind>(answer.answer), body, text, contact, source,
                                  answer.unverified),
           "LSNA");
  return finished(b);
}

Bytes encode_visit_recall(const VisitRecall& recall) {
  FlatBufferBuilder b(512);
  const auto record_id = b.CreateString(recall.record_id), reason = b.CreateString(recall.reason), contact = b.CreateString(recall.contact);
  const auto plan_hash = put_array(b, recall.plan_hash);
  b.Finish(fbs::CreateVisitRecall(b, record_id, recall.revision, plan_hash, reason, contact), "LSNR");
  return finished(b);
}

Result<VisitPlan> decode_visit_plan(View body) {
  const Aligned copy(body);
  const auto* table = verified_root<fbs::VisitPlan>(copy, "LSNV");
  if (table == nullptr) return not_a("visit plan");
  VisitPlan plan;
  const auto previous = array_from<Hash>(view_of(table->previous_revision()));
  auto lead = MemberId::parse(text_of(table->lead()));
  if (!previous || !lead) return not_a("visit plan");
  if (!counts_fit(*table)) return fail(Code::kBody, "the visit plan holds a list longer than allowed");
  plan.previous_revision = *previous;
  plan.lead = std::move(*lead);
  plan.record_id = str(table->record_id());
  plan.revision = table->revision();
  plan.status = static_cast<VisitStatus>(table->status());
  plan.kind = static_cast<VisitKind>(table->kind());
  plan.title = str(table->title());
  read_lists(*table, plan);
  const auto& consent = *table->consent();
  plan.consent = {static_cast<ConsentStatus>(consent.status()), str(consent.date()), str(consent.reference()), str(consent.signed_by())};
  if (const auto* i = table->invitation()) plan.invitation = Invitation{str(i->date()), str(i->reference()), str(i->issuer())};
  plan.paragraph = str(table->paragraph());
  plan.contact = str(table->contact());
  plan.note = str(table->note());
  plan.source = str(table->source());
  plan.unverified = table->unverified();
  plan.merged_into = str(table->merged_into());
  TRY(check_visit_plan(plan));
  return plan;
}

Result<VisitAnswer> decode_visit_answer(View body) {
  const Aligned copy(body);
  const auto* table = verified_root<fbs::VisitAnswer>(copy, "LSNA");
  if (table == nullptr) return not_a("visit answer");
  VisitAnswer answer;
  const auto hash = array_from<Hash>(view_of(table->plan_hash()));
  if (!hash) return not_a("visit answer");
  answer.plan_hash = *hash;
  answer.record_id = str(table->record_id());
  answer.revision = table->revision();
  answer.answer = static_cast<AnswerKind>(table->answer());
  answer.body = str(table->body());
  answer.text = str(table->text());
  answer.contact = str(table->contact());
  answer.source = str(table->source());
  answer.unverified = table->unverified();
  TRY(check_visit_answer(answer));
  return answer;
}

Result<VisitRecall> decode_visit_recall(View body) {
  const Aligned copy(body);
  const auto* table = verified_root<fbs::VisitRecall>(copy, "LSNR");
  if (table == nullptr) return not_a("visit recall");
  const auto hash = array_from<Hash>(view_of(table->plan_hash()));
  if (!hash) return not_a("visit recall");
  VisitRecall recall{str(table->record_id()), table->revision(), *hash, str(table->reason()), str(table->contact())};
  TRY(check_visit_recall(recall));
  return recall;
}

}  // namespace liaison
