# SPDX-License-Identifier: Apache-2.0
"""Decisions by silence and consents of States, as officers of three committees live with them: the clock, the certificate, a hold, a committee that is
away, a consent that is taken back. Usage: officers_procedures.py PROGRAMS CLOCK [TEST...]
(CLOCK: the built tests/doubles/shifted_clock.c.)   Ends with "N passed, N failed"."""
import datetime
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import QUOTA, ROOT, Exchange, contains, parent_folder, quiet, refused, run, said, wait_until  # noqa: E402

KINDS = ["assistance.request", "consent", "procedure", "record.answer", "record.recall"]
TODAY = datetime.date.today()


class Committees(Exchange):
    """Nodes with holidays of this year and the next two, and two working days for a silence."""

    def write_node_config(self, member):
        super().write_node_config(member)
        holidays = self.folder / "holidays"
        holidays.mkdir(exist_ok=True)
        for year in range(TODAY.year, TODAY.year + 3):
            (holidays / f"new_york-{year}.csv").write_text(f"date,name,source\n{year}-01-01,New Year's Day,a calendar\n", encoding="utf-8")
        file = self.folder / f"node-{member}.toml"
        file.write_text(file.read_text().replace("[node]\n", f'[node]\nholidays = "{holidays}"\nsilence_days = 2\nhold_months = 1\n', 1))


def policy_with_records(folder):
    """The shipped policy, with rules for the kinds that are used here."""
    lines = (ROOT / "deploy/policy/default.policy").read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("kind "))
    wanted = [kind for kind in KINDS if kind not in lines[at].split()]
    lines[at] = "kind " + " ".join(sorted(lines[at].split()[1:] + wanted))
    for n, kind in enumerate(wanted):
        lines.append(f'allow test-{n} publish * {kind} <=named to * under "S/RES/1977 (2011) 19: the committees exchange information"')
    head = [line for line in lines if not line.startswith("allow ")]
    file = folder / "records.policy"
    file.write_text("\n".join(head + sorted(line for line in lines if line.startswith("allow "))) + "\n", encoding="utf-8")
    return file


def begin():
    folder = Path(tempfile.mkdtemp(prefix="liaison-", dir=parent_folder()))
    e = Committees(folder / "x", sys.argv[1], quota=QUOTA)
    e.scratch = folder
    e.make(policy_with_records(folder))
    e.shift = e.folder / "shift"
    e.shift.write_text("0")
    e.env = {"LD_PRELOAD": sys.argv[2], "SHIFTED_CLOCK": str(e.shift)}
    e.start_all()
    return e


def end(e):
    try:
        e.stop_all()
    finally:
        shutil.rmtree(e.scratch, ignore_errors=True)


def go_to(e, moment):
    """Everybody's clock shows this RFC 3339 time, in UTC, and a minute."""
    at = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() + 60
    quiet(e)
    e.stop_all()
    e.shift.write_text(str(int((at - time.time()) * 1000)))
    e.start_broker()
    e.start_nodes()


def propose(e, title, *more):
    return e.cli("1540", "procedure", "new", "--title", title, "--proposal", "The guidelines are amended as annexed.", *more)["id"]


def show(e, member, record):
    done = e.run("--node", e.socket(member), "-o", "json", "record", "show", record, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else {}


def seen(e, member, record, holds):
    return wait_until(f"{record} at {member}", 30, lambda: (lambda shown: shown and holds(shown) and shown)(show(e, member, record)))


def clock(e, member, record):
    return e.cli(member, "procedure", "clock", record)


def notified(e, record, *members):
    return wait_until(f"the receipts of {record}", 30, lambda: (lambda found: found if {n["committee"] for n in found["notified"] if n["at"]} >= set(members)
                                                               else None)(clock(e, "1540", record)))


def test_silence_adopts_after_the_deadline_and_every_committee_checks_the_certificate(e):
    record = propose(e, "Guidelines of the Committee")
    now = notified(e, record, "1267", "1373")
    assert now["outcome"] == "open" and now["deadline"] and len(now["holiday_files"]) >= 1, now
    contains("\n".join(now["explanation"]), "2 full working days from", "working day 2", "open: nobody has objected")
    contains(refused(e, "1540", 1, "procedure", "close", record), "E_TRANSITION", "deadline: open: nobody has objected; the last millisecond in time is")
    contains(refused(e, "1540", 1, "procedure", "change", record, "--status", "adopted"), "is what the log says, and nobody sets it by hand")
    said(e, "1373", "record", "answer", record, "supports")
    go_to(e, now["deadline"])
    said(e, "1540", "procedure", "change", record, "--note", "the day has passed")
    seen(e, "1267", record, lambda s: s["note"])
    wait_until("the log behind the deadline", 30, lambda: clock(e, "1540", record)["may_close"])
    contains(said(e, "1540", "today")[0], "decisions by silence", f"liaison procedure close {record}")
    out, err = said(e, "1540", "procedure", "close", record)
    contains(err, "adopted by silence: nobody objected until")
    for member in e.members:
        shown = seen(e, member, record, lambda s: s["status"] == "adopted" and s["index"] is not None)
        assert {n["committee"] for n in shown["notified"]} == {"1267", "1373"} and shown["deadline"] == now["deadline"], shown
        wait_until("the certificate in the log", 30, lambda m=member: e.run("--node", e.socket(m), "procedure", "check", record, check=False).returncode == 0)
        contains(said(e, member, "procedure", "check", record)[0], "adopted, certificate in revision 3", "the outcome: adopted, as reckoned here", "agrees with this node's log")
    contains(said(e, "1373", "procedure", "check", record)[0], "it is this node's own, and covers the proposal")
    said(e, "1267", "record", "answer", record, "objects", "--text", "too late")
    wait_until("the late word", 30, lambda: any(v["late"] and v["committee"] == "1267" for v in clock(e, "1540", record)["voices"]))
    contains(said(e, "1540", "procedure", "clock", record)[0], "1267 objects on", "late, it changes nothing")


def test_a_committee_that_is_away_is_not_notified_and_never_silent(e):
    e.stop("node-1267")
    record = propose(e, "While 1267 is away", "--working-days", "1")
    now = notified(e, record, "1373")
    assert now["outcome"] == "not_notified" and now["deadline"] is None, now
    contains(refused(e, "1540", 1, "procedure", "close", record), "notified: not notified: 1267 was not reached, and who was not reached is not silent", "liaison record status")
    e.start_nodes(["1267"])
    assert notified(e, record, "1267", "1373")["deadline"]


def test_a_hold_stops_the_time_and_an_objection_ends_it(e):
    record = propose(e, "Held")
    notified(e, record, "1267", "1373")
    contains(refused(e, "1373", 65, "record", "answer", record, "holds"), "one that holds says why")
    said(e, "1373", "record", "answer", record, "holds", "--text", "capital is asked")
    wait_until("the hold", 30, lambda: clock(e, "1540", record)["outcome"] == "on_hold")
    contains(said(e, "1540", "procedure", "close", record)[1], "on hold by 1373; it lapses when")
    seen(e, "1267", record, lambda s: s["status"] == "on_hold" and s["hold_until"])
    said(e, "1540", "procedure", "extend", record, "--months", "1", "--reason", "the text is long")
    contains(refused(e, "1540", 1, "procedure", "extend", record, "--months", "1", "--reason", "again"), "that is done once")
    seen(e, "1373", record, lambda s: s["hold_extension_months"] == 1)
    said(e, "1373", "record", "answer", record, "releases")
    wait_until("the release", 30, lambda: clock(e, "1540", record)["outcome"] == "open")
    said(e, "1267", "record", "answer", record, "objects", "--text", "paragraph 3 goes beyond the mandate")
    wait_until("the objection", 30, lambda: clock(e, "1540", record)["outcome"] == "objected")
    contains(said(e, "1540", "procedure", "close", record)[1], "objected by 1267")
    for member in e.members:
        seen(e, member, record, lambda s: s["status"] == "objected")
        wait_until("agreement", 30, lambda m=member: e.run("--node", e.socket(m), "procedure", "check", record, check=False).returncode == 0)


def request(e, member, consent, *steps):
    made = e.cli(member, "request", "new", "--state", "KGZ", "--title", "Border posts", "--area", "border_control", "--need", "Training at two posts", "--received-on",
                 str(TODAY), "--came-by", "template", "--consent", consent)["id"]
    for step in steps:
        said(e, member, "request", "change", made, *step)
    return made


CIRCULATED = (["--status", "authenticated", "--authenticated-by", "Permanent Mission"], ["--status", "acknowledged", "--acknowledged-on", str(TODAY)],
              ["--status", "circulated", "--circulated-on", str(TODAY)])


def test_what_rested_on_a_withdrawn_consent_is_recalled_and_confirmed(e):
    consent = e.cli("1540", "consent", "new", "--state", "KGZ", "--act", "circulate", "--status", "granted", "--given-on", str(TODAY), "--reference", "note 7")["id"]
    seen(e, "1373", consent, lambda s: s["status"] == "granted")
    early = request(e, "1540", consent)
    contains(refused(e, "1540", 1, "request", "change", early, "--status", "circulated"), "E_TRANSITION")
    sent, kept, other = (request(e, m, consent, *CIRCULATED) for m in ("1540", "1540", "1373"))
    for member, record in (("1267", sent), ("1267", kept), ("1540", other)):
        seen(e, member, record, lambda s: s["status"] == "circulated")
    quiet(e)
    e.stop("node-1267")
    withdrawal = ["consent", "change", consent, "--status", "withdrawn", "--withdrawn-on", str(TODAY), "--withdrawn-by", "note 9",
                  "--keep", f"record={kept},reason=the State asked that it stays"]
    dry, _ = said(e, "1540", *withdrawal, "--dry-run")
    contains(dry, f"would recall {sent} (Border posts), from 1267, 1373", f"keeps {kept} (Border posts): the State asked", f"{other} of 1373 rests on it too")
    assert "recalled" not in show(e, "1373", sent)
    out, _ = said(e, "1540", *withdrawal)
    contains(out, f"recalls {sent} (Border posts), from 1267, 1373", "call 1373")
    assert early not in out
    seen(e, "1373", sent, lambda s: "recalled" in s and consent in s["recalled"]["reason"] and "need" not in s)
    page = wait_until("the first confirmation", 30, lambda: (lambda text: text if "1373 has removed its copy: receipt in entry" in text else None)(
        said(e, "1540", "consent", "confirmations", consent)[0]))
    contains(page, "1267 has not confirmed: no receipt yet", "kept, the State asked", "not every copy is confirmed to be removed")
    e.start_nodes(["1267"])
    wait_until("all confirmations", 30, lambda: e.cli("1540", "consent", "confirmations", consent)["complete"])
    contains(said(e, "1540", "consent", "confirmations", consent)[0], "1267 has removed its copy: receipt in entry", "every copy is confirmed to be removed")
    contains(said(e, "1267", "record", "show", kept)[0], f"{consent} is withdrawn since {TODAY}")
    for step in CIRCULATED[:2]:
        said(e, "1540", "request", "change", early, *step)
    contains(refused(e, "1540", 1, "request", "change", early, *CIRCULATED[2]), "needs the consent of Kyrgyzstan to circulate", f"{consent} is withdrawn")


def test_a_visit_rests_on_proof_of_the_states_consent_and_stops_without_it(e):
    visit = e.cli("1373", "visit", "plan", "--state", "KGZ", "--from", "2035-03-05", "--to", "2035-03-09", "--title", "Border control")["id"]
    for status in ("approved_by_committee", "consent_requested"):
        said(e, "1373", "visit", "change", visit, "--status", status)
    step = ["visit", "change", visit, "--status", "consent_granted"]
    contains(refused(e, "1373", 1, *step), "needs the State's consent, and none is named", "liaison consent new --act visit")
    contains(refused(e, "1373", 1, *step, "--consent", f"granted,{TODAY},1540-K-2035-0099"), "no record has the id 1540-K-2035-0099")
    consent = e.cli("1540", "consent", "new", "--state", "KGZ", "--act", "visit", "--status", "granted", "--given-on", str(TODAY), "--reference", "note 8")["id"]
    seen(e, "1373", consent, lambda s: s["status"] == "granted")
    said(e, "1373", *step, "--consent", f"granted,{TODAY},{consent}")
    wait_until("the visit at 1540", 30, lambda: consent in e.run("--node", e.socket("1540"), "visit", "show", visit, check=False).stdout)
    contains(said(e, "1540", "consent", "change", consent, "--status", "withdrawn", "--withdrawn-on", str(TODAY), "--withdrawn-by", "note 9")[0],
             f"the visit {visit} of 1373 (consent granted) cannot go on", "withdrawn_consent")
    seen(e, "1373", consent, lambda s: s["status"] == "withdrawn")
    contains(said(e, "1373", "today")[0], "the State's consent has ended", f"{consent} is withdrawn since {TODAY}", f"liaison visit change {visit} --status withdrawn_consent")
    contains(refused(e, "1373", 1, "visit", "change", visit, "--status", "scheduled"), f"{consent} is withdrawn since {TODAY}", "--status withdrawn_consent")
    said(e, "1373", "visit", "change", visit, "--status", "withdrawn_consent")
    assert "the State's consent has ended" not in said(e, "1373", "today")[0]


if __name__ == "__main__":
    run(globals(), sys.argv[3:], begin, end)
