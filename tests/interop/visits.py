# SPDX-License-Identifier: Apache-2.0
"""Bodies of visit.plan, visit.answer and visit.recall, from schemas/visit*.fbs."""
import flatbuffers

from liaison.fbs import Component as FbComponent
from liaison.fbs import Consent as FbConsent
from liaison.fbs import Invitation as FbInvitation
from liaison.fbs import Participation as FbParticipation
from liaison.fbs import Report as FbReport
from liaison.fbs import StateRef as FbStateRef
from liaison.fbs import VisitAnswer as FbAnswer
from liaison.fbs import VisitPlan as FbPlan
from liaison.fbs import VisitRecall as FbRecall
from liaison.fbs.AnswerKind import AnswerKind
from liaison.fbs.ComponentMode import ComponentMode
from liaison.fbs.ConsentStatus import ConsentStatus
from liaison.fbs.DatePrecision import DatePrecision
from liaison.fbs.ParticipationRole import ParticipationRole
from liaison.fbs.ReportKind import ReportKind
from liaison.fbs.VisitKind import VisitKind
from liaison.fbs.VisitStatus import VisitStatus

PLAN = {"record_id": "1540-V-2027-0001", "revision": 1, "previous_revision": bytes(32), "lead": "1540", "status": VisitStatus.invited,
        "kind": VisitKind.invited_visit, "title": "National action plan", "states": [("MNG", "")],
        "components": [(ComponentMode.on_site, "2027-05-10", "2027-05-14", DatePrecision.day, ["Ulaanbaatar"])], "aims": ["action_plan"],
        "consent": (ConsentStatus.none_asked, "", "", ""), "invitation": ("2027-01-11", "Note 12/2027", "Permanent Mission"),
        "participation": [("1540 Group of Experts", ParticipationRole.leads, "")], "paragraph": "S/RES/1977 (2011) 11",
        "contact": "1540 secretariat, visits desk", "note": "", "source": "", "unverified": False, "merged_into": "",
        "reports": [(ReportKind.draft, "2027-06-14", "S/AC.44/2027/7")]}

ANSWER = {"record_id": "1540-V-2027-0001", "revision": 1, "plan_hash": bytes(range(32)), "answer": AnswerKind.joins,
          "body": "1267 Monitoring Team", "text": "one expert", "contact": "1267 secretariat, visits desk", "source": "", "unverified": False}

RECALL = {"record_id": "1540-V-2027-0001", "revision": 2, "plan_hash": bytes(range(32)), "reason": "planned for the wrong State",
          "contact": "1540 secretariat, visits desk"}


def tables(builder, start, items):
    start(builder, len(items))
    for item in reversed(items):
        builder.PrependUOffsetTRelative(item)
    return builder.EndVector()


def texts(builder, start, words):
    return tables(builder, start, [builder.CreateString(w) for w in words])


def three(builder, module, words):
    made = [builder.CreateString(w) for w in words]
    module.Start(builder)
    return made


def encode_plan(plan):
    b = flatbuffers.Builder(1024)
    names = ("record_id", "lead", "title", "paragraph", "contact", "note", "source", "merged_into")
    s = {name: b.CreateString(plan[name]) for name in names}
    previous = b.CreateByteVector(plan["previous_revision"])
    states = []
    for code, name in plan["states"]:
        code, name = b.CreateString(code), b.CreateString(name) if name else None
        FbStateRef.Start(b)
        FbStateRef.AddAlpha3(b, code)
        if name is not None:
            FbStateRef.AddNameInSource(b, name)
        states.append(FbStateRef.End(b))
    components = []
    for mode, start, end, precision, places in plan["components"]:
        start, end = b.CreateString(start), b.CreateString(end)
        places = texts(b, FbComponent.StartPlacesVector, places)
        FbComponent.Start(b)
        FbComponent.AddMode(b, mode)
        FbComponent.AddStart(b, start)
        FbComponent.AddEnd(b, end)
        FbComponent.AddPrecision(b, precision)
        FbComponent.AddPlaces(b, places)
        components.append(FbComponent.End(b))
    parts = []
    for body, role, note in plan["participation"]:
        body, note = b.CreateString(body), b.CreateString(note)
        FbParticipation.Start(b)
        FbParticipation.AddBody(b, body)
        FbParticipation.AddRole(b, role)
        FbParticipation.AddNote(b, note)
        parts.append(FbParticipation.End(b))
    reports = []
    for kind, date, symbol in plan["reports"]:
        date, symbol = b.CreateString(date), b.CreateString(symbol)
        FbReport.Start(b)
        FbReport.AddKind(b, kind)
        FbReport.AddDate(b, date)
        FbReport.AddSymbol(b, symbol)
        reports.append(FbReport.End(b))
    status, *words = plan["consent"]
    date, reference, signed_by = (b.CreateString(w) for w in words)
    FbConsent.Start(b)
    FbConsent.AddStatus(b, status)
    FbConsent.AddDate(b, date)
    FbConsent.AddReference(b, reference)
    FbConsent.AddSignedBy(b, signed_by)
    consent = FbConsent.End(b)
    invitation = None
    if plan["invitation"]:
        date, reference, issuer = (b.CreateString(w) for w in plan["invitation"])
        FbInvitation.Start(b)
        FbInvitation.AddDate(b, date)
        FbInvitation.AddReference(b, reference)
        FbInvitation.AddIssuer(b, issuer)
        invitation = FbInvitation.End(b)
    states = tables(b, FbPlan.StartStatesVector, states)
    components = tables(b, FbPlan.StartComponentsVector, components)
    aims = texts(b, FbPlan.StartAimsVector, plan["aims"])
    parts = tables(b, FbPlan.StartParticipationVector, parts)
    reports = tables(b, FbPlan.StartReportsVector, reports)
    FbPlan.Start(b)
    FbPlan.AddRecordId(b, s["record_id"])
    FbPlan.AddRevision(b, plan["revision"])
    FbPlan.AddPreviousRevision(b, previous)
    FbPlan.AddLead(b, s["lead"])
    FbPlan.AddStatus(b, plan["status"])
    FbPlan.AddKind(b, plan["kind"])
    FbPlan.AddTitle(b, s["title"])
    FbPlan.AddStates(b, states)
    FbPlan.AddComponents(b, components)
    FbPlan.AddAims(b, aims)
    FbPlan.AddConsent(b, consent)
    if invitation is not None:
        FbPlan.AddInvitation(b, invitation)
    FbPlan.AddParticipation(b, parts)
    FbPlan.AddParagraph(b, s["paragraph"])
    FbPlan.AddContact(b, s["contact"])
    FbPlan.AddNote(b, s["note"])
    FbPlan.AddSource(b, s["source"])
    FbPlan.AddUnverified(b, plan["unverified"])
    FbPlan.AddMergedInto(b, s["merged_into"])
    FbPlan.AddReports(b, reports)
    b.Finish(FbPlan.End(b), file_identifier=b"LSNV")
    return bytes(b.Output())


def encode_answer(answer):
    b = flatbuffers.Builder(512)
    s = {name: b.CreateString(answer[name]) for name in ("record_id", "body", "text", "contact", "source")}
    plan_hash = b.CreateByteVector(answer["plan_hash"])
    FbAnswer.Start(b)
    FbAnswer.AddRecordId(b, s["record_id"])
    FbAnswer.AddRevision(b, answer["revision"])
    FbAnswer.AddPlanHash(b, plan_hash)
    FbAnswer.AddAnswer(b, answer["answer"])
    FbAnswer.AddBody(b, s["body"])
    FbAnswer.AddText(b, s["text"])
    FbAnswer.AddContact(b, s["contact"])
    FbAnswer.AddSource(b, s["source"])
    FbAnswer.AddUnverified(b, answer["unverified"])
    b.Finish(FbAnswer.End(b), file_identifier=b"LSNA")
    return bytes(b.Output())


def encode_recall(recall):
    b = flatbuffers.Builder(256)
    s = {name: b.CreateString(recall[name]) for name in ("record_id", "reason", "contact")}
    plan_hash = b.CreateByteVector(recall["plan_hash"])
    FbRecall.Start(b)
    FbRecall.AddRecordId(b, s["record_id"])
    FbRecall.AddRevision(b, recall["revision"])
    FbRecall.AddPlanHash(b, plan_hash)
    FbRecall.AddReason(b, s["reason"])
    FbRecall.AddContact(b, s["contact"])
    b.Finish(FbRecall.End(b), file_identifier=b"LSNR")
    return bytes(b.Output())


def plan_fields(body):
    plan = FbPlan.VisitPlan.GetRootAs(body, 0)
    return {"record_id": plan.RecordId().decode(), "revision": plan.Revision(), "lead": plan.Lead().decode(), "title": plan.Title().decode(),
            "states": [plan.States(i).Alpha3().decode() for i in range(plan.StatesLength())],
            "components": [(plan.Components(i).Start().decode(), plan.Components(i).End().decode()) for i in range(plan.ComponentsLength())]}
