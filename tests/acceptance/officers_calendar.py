# SPDX-License-Identifier: Apache-2.0
"""The demo's visits as files: each form imports again unchanged, here and in an exchange that knows nothing yet, and an independent reader
(python3-icalendar) finds in the calendar what the node knows. Usage: officers_calendar.py PROGRAMS [NAME...]   Ends with "N passed, N failed"."""
import csv
import datetime
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from icalendar import Calendar  # noqa: E402

from stage import (QUOTA, ROOT, Exchange, contains, end_exchange, one_exchange, plan, quiet, refused, run, said,  # noqa: E402
                   visit_at, wait_until)

FORMS = ("csv", "json", "ics")


def exchange_of_the_demo():
    """All that the committees led, and a plan of each kind of days."""
    e = one_exchange()
    for member in e.members:
        e.cli(member, "visit", "import", ROOT / "deploy/demo.d/visits.csv", "--historical", "--mine-only")
    plan(e, "1540", "--component", "virtual,2051-02-01,2051-02-02,中文; ş", "--participant", "1267:invited", "--note", "one\n=two; three, \\four",
         state="KGZ", first="2051-03-08", last="2051-03-12", title="Semi; colon, comma \\ and 吉尔吉斯斯坦")
    plan(e, "1373", state="KGZ", first="2051-03", last="2051-03", title="Some time in March")
    plan(e, "1267", state="KGZ", first="2051", last="2051", title="Some time in the year")
    quiet(e)
    e.files = {}
    for form in FORMS:
        e.files[form] = e.folder / f"demo.{form}"
        said(e, "1540", "visit", "export", e.files[form])
    return e


def visits_in(path):
    return {visit["id"]: visit for visit in json.loads(path.read_text(encoding="utf-8"))}


def entries_in(path):
    calendar = Calendar.from_ical(path.read_bytes())
    assert str(calendar["METHOD"]) == "PUBLISH" and str(calendar["VERSION"]) == "2.0" and str(calendar["PRODID"]).startswith("-//Liaison//")
    return {str(entry["UID"]): entry for entry in calendar.walk() if entry.name in ("VEVENT", "VJOURNAL")}


def first_and_last(part):
    """The days of a part as dates; nothing where not even the month is known."""
    def span(text):
        first = datetime.date.fromisoformat((text + "-01")[:10])
        return first, (first if len(text) == 10 else (first.replace(day=28) + datetime.timedelta(days=4)).replace(day=1) - datetime.timedelta(days=1))
    if part["precision"] not in ("day", "month", "end_day"):
        return None
    return span(part["start"] or part["end"])[0], span(part["end"])[1]


def test_an_independent_reader_finds_every_part_on_its_days(e):
    visits, entries = visits_in(e.files["json"]), entries_in(e.files["ics"])
    assert len(visits) > 80 and len(entries) == sum(len(v["components"]) for v in visits.values())
    for record, visit in visits.items():
        for number, part in enumerate(visit["components"], 1):
            entry, days = entries[f"{record}.{number}@liaison"], first_and_last(part)
            assert entry.name == ("VEVENT" if days else "VJOURNAL") and int(entry["SEQUENCE"]) == visit["revision"] - 1
            if days:
                assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (days[0], days[1] + datetime.timedelta(days=1)), record
            else:
                assert "DTSTART" not in entry
            contains(str(entry["SUMMARY"]), visit["lead"] + ": ", visit["title"])
            assert str(entry["CLASS"]) == ("PUBLIC" if visit["marking"] == "public" else "CONFIDENTIAL")
            assert ("(virtual)" in entry["SUMMARY"]) == (part["mode"] == "virtual")
            if number == 1:
                assert json.loads(entry["X-LIAISON-VISIT"]) == visit
            accepted = visit_at(e, "1540", record)["accepted_at"] if number == 1 and visit["lead"] == "1540" else None
            if accepted:
                assert entry["DTSTAMP"].dt.strftime("%Y-%m-%dT%H:%M:%S") == accepted[:19]
    raw = e.files["ics"].read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n") and all(len(line) <= 75 and line.decode() is not None for line in raw.split(b"\r\n"))
    again = e.folder / "again.ics"
    said(e, "1540", "visit", "export", again)
    assert again.read_bytes() == raw, "the same visits give the same bytes"


def test_each_form_imports_again_at_the_same_node_with_nothing_to_store(e):
    before, count = e.status("1540")["log"]["size"], len(visits_in(e.files["json"]))
    for form in FORMS:
        done = json.loads(said(e, "1540", "-o", "json", "visit", "import", e.files[form])[0])
        assert done["unchanged"] == count and not done["created"] and not done["errors"], (form, done)
    # As another program writes it: sorted and folded otherwise.
    other = e.folder / "other.ics"
    other.write_bytes(Calendar.from_ical(e.files["ics"].read_bytes()).to_ical())
    contains(said(e, "1540", "visit", "import", other)[1], f"nothing to store: {count} visits unchanged")
    out, _ = said(e, "1540", "visit", "export", "--format", "json", "--state", "KGZ", "--from", "2051-01-01")
    assert len(json.loads(out)) == 3
    assert e.status("1540")["log"]["size"] == before


def test_a_row_that_differs_and_an_event_that_was_moved_are_refused(e):
    rows = list(csv.DictReader(e.files["csv"].open(encoding="utf-8", newline="")))
    own = next(row for row in rows if row["lead"] == "1540" and row["start"] and not row["note"].startswith("'"))
    own["title"] = "Another title"
    path = e.folder / "differs.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    _, err = said(e, "1540", "visit", "import", path, status=65)
    contains(err, f"{own['id']} stands at revision 1 and differs from this in title", f"liaison visit change {own['id']}", "nothing was stored: 1 error")
    calendar = Calendar.from_ical(e.files["ics"].read_bytes())
    moved = next(entry for entry in calendar.walk("VEVENT") if str(entry["UID"]).startswith("1540-V-"))
    record = str(moved["UID"]).split(".")[0]
    moved["DTEND"].dt += datetime.timedelta(days=1)
    (e.folder / "moved.ics").write_bytes(calendar.to_ical())
    _, err = said(e, "1540", "visit", "import", e.folder / "moved.ics", status=65)
    contains(err, f"the days of {record} were changed in a calendar program", f"liaison visit change {record}")


def test_a_month_and_a_year_show_what_is_known_and_count_the_rest(e):
    out, _ = said(e, "1540", "calendar", "2051-03")
    contains(out, "March 2051", "Kyrgyzstan", "*****", "? only the month is known", "1 visit of 2051 has no known month")
    out, err = said(e, "1540", "calendar", "2051-06")
    assert not out
    contains(err, "nothing planned in June 2051", "1 visit of 2051 has no known month")
    for page in ("2051", "2051-02", "2016", "2023-02"):
        out, _ = said(e, "1540", "calendar", page)
        assert max(len(line) for line in out.splitlines()) <= 100, out
        assert "\x1b" not in out
    rows = list(csv.DictReader(said(e, "1540", "-o", "csv", "calendar", "2051")[0].splitlines()))
    assert [row["lead"] for row in rows] == ["1540", "1373"] and rows[0]["states"] == "KGZ"
    assert len(e.cli("1540", "calendar", "2051", "--committee", "1373")["items"]) == 1
    contains(refused(e, "1540", 64, "calendar", "2051-13"), "neither a month nor a year")


def test_a_watched_file_follows_the_visits_through_a_restart_of_the_node(e):
    path = e.folder / "watched.ics"
    made = plan(e, "1540", state="TJK", first="2052-04-05", last="2052-04-09", title="Watched")["id"]
    watch = subprocess.Popen([e.program("liaison"), "--node", e.socket("1540"), "visit", "export", str(path), "--watch", "--state", "TJK", "--from", "2052-01-01"],
                             stderr=subprocess.DEVNULL)
    try:
        def day_of(record):
            return entries_in(path)[f"{record}.1@liaison"]["DTSTART"].dt if path.exists() and f"{record}.1@liaison" in entries_in(path) else None
        wait_until("the file", 20, lambda: day_of(made))
        path.chmod(0o640)
        said(e, "1540", "visit", "change", made, "--from", "2052-04-06")
        wait_until("the change in the file", 20, lambda: day_of(made) == datetime.date(2052, 4, 6))
        e.stop("node-1540")
        e.start_node("1540")
        said(e, "1540", "visit", "change", made, "--from", "2052-04-07")
        wait_until("the change after the node came back", 30, lambda: day_of(made) == datetime.date(2052, 4, 7))
        other = plan(e, "1373", state="TJK", first="2052-05-05", last="2052-05-06", title="Another's")["id"]
        wait_until("another committee's visit in the file", 30, lambda: day_of(other))
        assert path.stat().st_mode & 0o777 == 0o640 and not list(e.folder.glob("watched.ics.*"))
        assert watch.poll() is None
    finally:
        watch.terminate()
        watch.wait(20)
    contains(refused(e, "1540", 65, "visit", "export", e.folder / "x.ics", "--watch", "--state", "Tajikistn"), "state")
    assert not (e.folder / "x.ics").exists()


def test_an_exchange_that_knows_nothing_yet_exports_the_same_after_an_import(e):
    def said_by(visits):
        return sorted(json.dumps({k: v for k, v in visit.items() if k not in ("id", "revision")}, sort_keys=True) for visit in visits.values())
    wanted = visits_in(e.files["json"])
    other = Exchange(e.folder / "fresh", e.programs, quota=QUOTA)
    other.make()
    try:
        other.start_all()
        for member, form in zip(other.members, FORMS):
            done = json.loads(said(other, member, "-o", "json", "visit", "import", e.files[form], "--historical", "--mine-only")[0])
            own = [record for record, visit in wanted.items() if visit["lead"] == member]
            assert sorted(row["ref"] for row in done["created"]) == sorted(own) and not done["errors"], (member, form)
        quiet(other)
        for member in other.members:
            said(other, member, "visit", "export", other.folder / f"{member}.json")
            found = visits_in(other.folder / f"{member}.json")
            assert said_by(found) == said_by(wanted), next((a, b) for a, b in zip(said_by(found), said_by(wanted)) if a != b)
    finally:
        other.stop_all()


if __name__ == "__main__":
    run(globals(), sys.argv[2:], exchange_of_the_demo, end_exchange)
