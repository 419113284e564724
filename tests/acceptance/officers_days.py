# SPDX-License-Identifier: Apache-2.0
"""The manual's first page, as an officer follows it: today, the calendar, a State, a joint visit, a postponed and a recalled one, and the
file that a calendar program subscribes to. Usage: officers_days.py PROGRAMS [TEST...].   Ends with "N passed, N failed"."""
import csv
import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import (QUOTA, Exchange, arrived, contains, end_exchange, items, one_exchange, plan, quiet, refused, run, said, visit_at,  # noqa: E402
                   wait_until)

def seen(e, member, record, holds):
    return wait_until(f"{record} at {member}", 30, lambda: (lambda v: v and holds(v) and v)(visit_at(e, member, record)))


def raw(file):
    """With its line ends as they are."""
    return Path(file).read_bytes().decode()


def unfolded(text):
    return text.replace("\r\n ", "").split("\r\n")


def events_of(file):
    """UID -> its properties, read by hand: the first value of each name."""
    events, event = {}, None
    for line in unfolded(raw(file)):
        name, _, value = line.partition(":")
        if line in ("BEGIN:VEVENT", "BEGIN:VJOURNAL"):
            event = {"kind": value}
        elif line in ("END:VEVENT", "END:VJOURNAL"):
            events[event["UID"]] = event
            event = None
        elif event is not None:
            event.setdefault(name.split(";")[0], value)
    return events


# --- the first page, in its order

def test_an_officer_plans_sees_the_conflict_agrees_a_joint_visit_postpones_recalls_and_subscribes(e):
    file = e.folder / "visits.ics"
    watch = subprocess.Popen([e.program("liaison"), "--node", e.socket("1540"), "visit", "export", str(file), "--watch"], stderr=subprocess.PIPE, text=True)
    try:
        wait_until("the calendar file", 20, file.exists)
        own = plan(e, "1540", "--kind", "invited_visit", "--aim", "action_plan", state="MNG", first="2041-03-11", last="2041-03-15")["id"]
        arrived(e, own, ["1267", "1373"])
        out, _ = said(e, "1373", "visit", "plan", "--state", "Mongolia", "--from", "2041-03-13", "--to", "2041-03-16", "--title", "Follow-up")
        contains(out, "overlap: 1373 and 1540 are both in Mongolia on the same days, 2041-03-13 to 2041-03-15", "call 1540:", "you could make one visit of them")
        other = re.match(r"(1373-V-\d+-\d+)", out).group(1)
        arrived(e, other, ["1540"])
        # The joint visit: an offer, that waits; the agreement; the own visit goes on in it.
        said(e, "1540", "visit", "answer", other, "joins", "--body", "1540 Group of Experts")
        seen(e, "1373", other, lambda v: v["answers"])
        contains(said(e, "1373", "today")[0], "your answer is waited for", "1540 would join and 1373 has not taken it up: Mongolia", f"liaison visit agree {other}")
        assert "1540" not in "".join(json.dumps(i) for i in e.cli("1373", "calendar", "2041-03", "--committee", "1540")["items"] if i["id"] == other)
        said(e, "1373", "visit", "agree", other)
        seen(e, "1540", other, lambda v: any(p["body"] == "1540" and p["role"] == "participates" for p in v["participation"]))
        for member in ("1540", "1373", "1267"):
            quiet(e)
            calendar = e.cli(member, "calendar", "2041-03", "--committee", "1540")["items"]
            assert {i["id"] for i in calendar} == {own, other}, (member, calendar)
        said(e, "1540", "visit", "change", own, "--merged-into", other)
        seen(e, "1373", other, lambda v: v["merged_here"] == [own])
        assert not items(e, "1540", "conflicts", "--kind", "overlap", "--state", "MNG")
        page, _ = said(e, "1267", "calendar", "2041-03", "--committee", "1540")
        contains(page, other, "with 1540", "####")
        assert own not in page and "!" not in page.split("\n\n")[0]
        # Postponed: out of the calendar, and back in the file as cancelled.
        said(e, "1373", "visit", "change", other, "--status", "postponed")
        seen(e, "1540", other, lambda v: v["status"] == "postponed")
        contains(said(e, "1540", "calendar", "2041-03")[1], "nothing planned in March 2041")
        contains(said(e, "1540", "calendar", "2041-03", "--all")[0], other, "postponed", "merged")
        # A wrong one, recalled.
        wrong = plan(e, "1540", state="MLI", first="2041-05-06", last="2041-05-07", title="Wrong")["id"]
        arrived(e, wrong, ["1267", "1373"])
        wait_until("the wrong one in the file", 20, lambda: f"{wrong}.1@liaison" in events_of(file))
        said(e, "1540", "visit", "recall", wrong, "--reason", "another State was meant")
        for member in ("1267", "1373"):
            seen(e, member, wrong, lambda v: "recalled" in v)
        wait_until("the file without it", 20, lambda: f"{wrong}.1@liaison" not in events_of(file))
        event = wait_until("the postponed visit in the file", 20, lambda: (lambda x: x if x.get("STATUS") == "CANCELLED" else None)(
            events_of(file).get(f"{other}.1@liaison", {})))
        assert (event["DTSTART"], event["DTEND"], event["SEQUENCE"]) == ("20410313", "20410317", "2"), event
        assert not list(e.folder.glob("visits.ics.*")) and watch.poll() is None
    finally:
        watch.terminate()
        watch.communicate(timeout=20)


# --- today

def test_today_says_what_is_due_and_what_is_late(e):
    record = plan(e, "1373", state="TGO", first="2026-06-03", last="2026-06-05")["id"]
    for change in (["--status", "approved_by_committee"], ["--status", "consent_requested"], ["--status", "consent_granted", "--consent", "granted,2026-11-02,note 3"],
                   ["--status", "scheduled"], ["--status", "under_way"], ["--status", "conducted"], ["--status", "draft_report"]):
        said(e, "1373", "visit", "change", record, *change)
    contains(refused(e, "1373", 1, "visit", "change", record, "--status", "state_comments"), "E_TRANSITION", "before the State has the draft report", "--report")
    said(e, "1373", "visit", "change", record, "--status", "state_comments", "--report", "draft,2026-08-03,S/AC.40/2026/7")
    contains(said(e, "1373", "today")[0], "papers to come", f"{record}: state_observations is due on 2 September 2026, ", " days late")
    said(e, "1373", "visit", "change", record, "--report", "state_observations,2026-08-30")
    shown = visit_at(e, "1373", record)
    assert [r["kind"] for r in shown["reports"]] == ["draft", "state_observations"]
    assert shown["follow_ups"] == [{"awaited": "state_observations", "since": "2026-08-03", "due": "2026-09-02", "done": "2026-08-30", "waits": False}]
    assert record not in said(e, "1373", "today")[0].split("changed")[0]
    contains(said(e, "1373", "visit", "show", record)[0], "report         draft, 3 August 2026, S/AC.40/2026/7", "due            state_observations by 2 September 2026, came on 30 August 2026")


def test_today_begins_with_the_working_day_before_and_takes_a_day(e):
    day = e.cli("1267", "today")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT0[45]:00:00.000Z", day["since"]), day["since"]   # midnight in New York
    assert not e.cli("1267", "today", "--since", "2099-01-01")["changed"]["items"]
    contains(refused(e, "1267", 65, "today", "--since", "yesterday"), "is not a day or time", "write it as 2027-03-08")


# --- States

def test_a_state_is_found_in_six_languages_by_code_and_by_former_name(e):
    for name in ("吉尔吉斯斯坦", "Кыргызстан", "قيرغيزستان", "Kirghizistan", "Kirguistán", "kirguistan", "KGZ", "417", "Kyrgyz Republic"):
        contains(said(e, "1267", "state", "show", name)[0], "Kyrgyzstan (KGZ, KG, 417)", "Central Asia")
    contains(said(e, "1267", "state", "show", "Swaziland")[0], "Eswatini (SWZ", "formerly       Swaziland")
    contains(refused(e, "1267", 65, "state", "show", "Congo"), "COG", "COD", "give the code of the one you mean")
    contains(refused(e, "1267", 65, "state", "show", "Kirgistan"), "no State is called", "did you mean Kyrgyzstan (KGZ)?")
    contains(refused(e, "1267", 65, "calendar", "2041-03", "--state", "Atlantis"), "no State is called")


def test_a_states_page_has_the_last_and_the_next_visit_and_the_years_between(e):
    file = e.folder / "past.csv"
    file.write_text("states,title,start,end,source\nBWA,First visit,2006-02-13,2006-02-17,a page\n", encoding="utf-8")
    said(e, "1373", "visit", "import", file, "--historical")
    made = plan(e, "1540", state="BWA", first="2041-08-05", last="2041-08-09")["id"]
    arrived(e, made, ["1267"])
    wait_until("both at 1267", 20, lambda: len(e.cli("1267", "state", "show", "BWA")["visits"]) == 2)
    out, _ = said(e, "1267", "state", "show", "Botswana")
    contains(out, "last visit\n  1373-V-", "13-17 February 2006", "next visit\n  " + made, "gap: no visit to Botswana is known between these two, more than 35 years apart")


# --- the calendar

def test_a_month_and_a_year_are_drawn_in_a_hundred_columns(e):
    plan(e, "1540", "--component", "virtual,2043-09,2043-09", "--component", "on_site,2043-02-02,2043-02-06,Ottawa", state="CAN", first="2043-01-05", last="2043-01-06")
    made = plan(e, "1373", state="CAN", first="2043-02-05", last="2043-02-09", title="Next to it")["id"]
    arrived(e, made, ["1540"])
    for page in ("2043", "2043-01", "2043-02", "2043-09"):
        out, _ = said(e, "1540", "calendar", page)
        assert max(len(line) for line in out.splitlines()) <= 100, out
        contains(out, "Canada", "* 1540")
    contains(said(e, "1540", "calendar", "2043-02")[0], " ^^\n", "1373 and 1540 are both in Canada on 5 to 6 February", "*****", "#####")
    contains(said(e, "1540", "calendar", "2043-09")[0], "?" * 30, "? only the month is known")
    contains(said(e, "1540", "calendar", "2044-01")[1], "nothing planned in January 2044")
    for wrong in ("2043-13", "43", "March", "2043-02-05"):
        contains(refused(e, "1540", 64, "calendar", wrong), "is neither a month nor a year", "write 2027-03 or 2027")


# --- on paper

def printed(file):
    return subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True).stdout


def test_a_visit_and_a_state_are_printed_in_six_languages(e):
    made = plan(e, "1540", "--kind", "invited_visit", "--aim", "action_plan", state="TLS", first="2044-03-08", last="2044-03-12", title="Border control")["id"]
    arrived(e, made, ["1373"])
    said(e, "1373", "visit", "answer", made, "joins", "--text", "one expert")
    shown = seen(e, "1540", made, lambda v: v["answers"])
    days = {"ar": "آذار", "zh": "2044年3月8日至2044年3月12日", "en": "8 March 2044 to 12 March 2044", "fr": "du 8 mars 2044 au 12 mars 2044",
            "ru": "с 8 марта 2044 года по 12 марта 2044 года", "es": "del 8 de marzo de 2044 al 12 de marzo de 2044"}
    for language, words in days.items():
        file = e.folder / f"{language}.pdf"
        contains(said(e, "1540", "visit", "report", made, "--language", language, "--out", file)[1], f"written to {file}")
        contains(printed(file), made, words, "Border control", "one expert", shown["message_id"][:8])
        assert file.stat().st_mode & 0o777 == 0o600
        said(e, "1540", "state", "report", "Timor-Leste", "--language", language, "--out", file)
        contains(printed(file), made, "TLS, TL, 626")
    contains(refused(e, "1540", 64, "visit", "report", made, "--language", "de", "--out", e.folder / "de.pdf"), "is not a language of reports", "ar, zh, en")
    contains(refused(e, "1540", 66, "visit", "report", "1540-V-2044-9999", "--out", e.folder / "en.pdf"), "1540-V-2044-9999")
    contains(printed(e.folder / "en.pdf"), "Timor-Leste")   # what was there stays
    assert not [f.name for f in e.folder.glob("*.pdf*") if f.suffix != ".pdf"]


# --- in and out

def test_what_is_exported_imports_again_unchanged_in_all_three_forms(e):
    made = plan(e, "1540", "--participant", "UN: Office; x|y:advises", "--place", "a/b\\c", "--note", "=1+1, \"quoted\"\nsecond line", "--component",
                "virtual,2042-09,2042-09", "--invitation", "2026-11-02,NV/77,Permanent Mission", "--consent", "requested,2026-11-03", state="CIV=the former name",
                first="2042-10-06", last="2042-10-10", title="=Title; with, all | of / it \\ and 'quotes'")["id"]
    arrived(e, made, ["1267", "1373"])
    before = e.status("1540")["log"]["size"]
    for member in ("1540", "1267"):
        quiet(e)
        for form in ("csv", "json", "ics"):
            file = e.folder / f"{member}.{form}"
            said(e, member, "visit", "export", file)
            _, err = said(e, member, "visit", "import", file)
            count = len(items(e, member, "visit", "list"))
            contains(err, f"nothing to store: {count} visits unchanged")
    assert e.status("1540")["log"]["size"] == before
    rows = {row["id"]: row for row in csv.DictReader((e.folder / "1540.csv").open(encoding="utf-8"))}
    assert rows[made]["title"].startswith("'="), "a spreadsheet would take it for a formula"
    contains(refused(e, "1540", 64, "visit", "export", "x.pdf"), "is not a form of export")
    contains(refused(e, "1540", 64, "visit", "export", "--watch"), "--watch needs a FILE")


def test_a_row_that_differs_is_named_and_changes_nothing(e):
    made = plan(e, "1540", state="NPL", first="2042-11-03", last="2042-11-05")["id"]
    quiet(e)
    said(e, "1540", "visit", "export", e.folder / "n.csv", "--state", "NPL")
    text = (e.folder / "n.csv").read_text(encoding="utf-8")
    (e.folder / "n.csv").write_text(text.replace("2042-11-05", "2042-11-06"), encoding="utf-8")
    _, err = said(e, "1540", "visit", "import", e.folder / "n.csv", status=65)
    contains(err, f"{made} stands at revision 1 and differs from this in components", f"liaison visit change {made}")
    _, err = said(e, "1540", "visit", "import", e.folder / "n.csv", "--keep-going", status=65)
    assert len(items(e, "1540", "visit", "list", "--state", "NPL")) == 1, "it would be a second visit"
    said(e, "1540", "visit", "export", e.folder / "n.ics", "--state", "NPL")
    moved = raw(e.folder / "n.ics").replace("DTEND;VALUE=DATE:20421106", "DTEND;VALUE=DATE:20421107")
    (e.folder / "n.ics").write_text(moved, encoding="utf-8", newline="")
    _, err = said(e, "1540", "visit", "import", e.folder / "n.ics", status=65)
    contains(err, "were changed in a calendar program", f"liaison visit change {made} --from 2042-11-03 --to 2042-11-06")
    assert visit_at(e, "1540", made)["revision"] == 1


def test_an_event_of_another_calendar_becomes_a_plan(e):
    file = e.folder / "other.ics"
    file.write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:abc@office\r\nSUMMARY:Border control\\, first part\r\nDTSTART;VALUE=DATE:20421201\r\n"
                    "DTEND;VALUE=DATE:20421204\r\nLOCATION:Osh\\, Кыргызстан\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", encoding="utf-8", newline="")
    made = e.cli("1540", "visit", "import", file)["created"][0]["id"]
    shown = visit_at(e, "1540", made)
    assert (shown["title"], shown["states"][0]["alpha3"], shown["components"][0]["places"]) == ("Border control, first part", "KGZ", ["Osh"]), shown
    assert (shown["first_day"], shown["last_day"]) == ("2042-12-01", "2042-12-03")
    for change, sentence in (("RRULE:FREQ=YEARLY\r\nEND:VEVENT", "this event repeats"), ("END:VJOURNAL", "ends nothing that is open here"), ("", "ends inside a VEVENT")):
        bad = raw(file).replace("END:VEVENT", change) if change else raw(file).split("END:VEVENT")[0]
        (e.folder / "bad.ics").write_text(bad, encoding="utf-8", newline="")
        _, err = said(e, "1540", "visit", "import", e.folder / "bad.ics", status=65)
        contains(err, sentence)


def test_ten_thousand_rows_with_one_bad_store_nothing(e):
    before = e.cli("1540", "status")["visits"]["visits"]
    file = e.folder / "many.csv"
    with file.open("w", encoding="utf-8") as out:
        out.write("states,title,start\n")
        for n in range(10_000):
            day = "2044-02-30" if n == 7_776 else f"{2050 + n // 300}-{1 + n % 300 // 25:02}-{1 + n % 25:02}"
            out.write(f"KGZ,Visit {n},{day}\n")
    _, err = said(e, "1540", "visit", "import", file, status=65)
    contains(err, "line 7778", "there is no such date as 2044-02-30", "nothing was stored: 1 error")
    assert e.cli("1540", "status")["visits"]["visits"] == before


def test_a_fresh_exchange_that_imports_an_export_exports_the_same(e):
    mine = e.folder / "mine.json"
    said(e, "1540", "visit", "export", mine, "--committee", "1540", "--status", "invited")
    wanted = json.loads(mine.read_text(encoding="utf-8"))
    assert len(wanted) > 3
    for form in ("csv", "json", "ics"):
        file = e.folder / f"fresh.{form}"
        said(e, "1540", "visit", "export", file, "--committee", "1540", "--status", "invited")
        other = Exchange(e.folder / f"x{form}", e.programs, quota=QUOTA)
        other.make()
        try:
            other.start_all()
            made = {row["ref"]: row["id"] for row in other.cli("1540", "visit", "import", file)["created"]}
            quiet(other)
            said(other, "1540", "visit", "export", other.folder / "out.json")
            found = {row["id"]: row for row in json.loads((other.folder / "out.json").read_text(encoding="utf-8"))}
        finally:
            other.stop_all()
        for row in wanted:
            expected, got = ({key: value for key, value in one.items() if key not in ("id", "revision")} for one in (row, found[made[row["id"]]]))
            assert got == expected, f"{form}: {row['id']}: {got} instead of {expected}"


if __name__ == "__main__":
    run(globals(), sys.argv[2:], one_exchange, end_exchange)
