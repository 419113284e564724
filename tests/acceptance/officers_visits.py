# SPDX-License-Identifier: Apache-2.0
"""What officers do with visits, and what they are told.
One exchange of three committees serves all tests; each uses years of its own, so that they do not disturb each other.
Usage: officers_visits.py PROGRAMS [NAME...]   Ends with "N passed, N failed"."""
import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import (arrived, contains, end_exchange, file_of, http, items, one_exchange, plan, quiet, refused, run, said, visit_at,  # noqa: E402
                  wait_until)


# --- planning, changing, answering

def test_a_dry_run_shows_who_would_receive_it_and_under_which_rule(e):
    before = len(items(e, "1540", "visit", "list"))
    arguments = ["visit", "plan", "--state", "Kyrgyzstan", "--from", "2030-03-08", "--to", "2030-03-12", "--title", "Action plan", "--dry-run"]
    out, _ = said(e, "1540", *arguments)
    contains(out, "nothing was sent", "1267", "1373", "plans-1540", "S/RES/1977 (2011) 19")
    answer = json.loads(said(e, "1540", "-o", "json", *arguments)[0])
    assert answer["state"] == "dry_run" and answer["message_id"] is None and answer["rule"] == "plans-1540"
    assert [r["member"] for r in answer["recipients"]] == ["1267", "1373"]
    assert len(items(e, "1540", "visit", "list")) == before


def test_a_plan_is_at_both_others_at_once_and_delivered_with_receipts(e):
    made = plan(e, "1540", "--kind", "invited_visit", "--aim", "action_plan", first="2031-03-08", last="2031-03-12")
    assert made["id"].startswith("1540-V-") and made["state"] == "queued"
    arrived(e, made["id"], ["1267", "1373"])
    for m in ("1267", "1373"):
        there = visit_at(e, m, made["id"])
        assert there["delivery"] == "received" and there["lead"] == "1540" and there["states"][0]["name"] == "Kyrgyzstan"
        assert there["contact"] == e.OFFICES["1540"]
    wait_until("both receipts", 20, lambda: visit_at(e, "1540", made["id"])["delivery"] == "delivered")
    out, _ = said(e, "1267", "visit", "show", made["id"])
    contains(out, made["id"], "National action plan", "Kyrgyzstan", "1540", e.OFFICES["1540"])


def test_a_person_is_asked_before_anything_is_sent(e):
    def answered(word):
        arguments = [e.program("liaison"), "--node", e.socket("1540"), "visit", "plan", "--state", "MNG", "--from", "2032-01-05", "--title", "Asked first"]
        ours, theirs = pty.openpty()
        process = subprocess.Popen(arguments, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        shown = ""
        while "[y/N]" not in shown:
            assert select.select([ours], [], [], 20)[0], f"was not asked: {shown!r}"
            shown += os.read(ours, 4096).decode()
        os.write(ours, (word + "\n").encode())
        out = process.communicate(timeout=20)[0].decode()
        os.close(ours)
        contains(shown, "1267", "1373", "plans-1540")
        return process.returncode, out
    status, out = answered("n")
    assert status == 1 and not out, (status, out)
    assert not exchange_titles(e, "Asked first")
    status, out = answered("y")
    assert status == 0 and "queued" in out
    assert len(exchange_titles(e, "Asked first")) == 1


def exchange_titles(e, title):
    return [v for v in items(e, "1540", "visit", "list", "--text", title) if v["title"] == title]


def test_a_change_on_an_old_revision_shows_both_versions(e):
    made = plan(e, "1540", state="MNG", first="2033-03-08", last="2033-03-12", title="First wording")
    e.cli("1540", "visit", "change", made["id"], "--revision", "1", "--title", "Second wording")
    err = refused(e, "1540", 1, "visit", "change", made["id"], "--revision", "1", "--title", "Third wording")
    contains(err, "E_REVISION", "revision 1", "First wording", "revision 2", "Second wording", "hint: ")
    assert visit_at(e, "1540", made["id"])["title"] == "Second wording"
    said(e, "1540", "visit", "change", made["id"], "--title", "Third wording")   # without --revision: on the newest
    arrived(e, made["id"], ["1267", "1373"], revision=3)
    history = e.cli("1373", "visit", "history", made["id"])
    history = history.get("items", history.get("revisions")) if isinstance(history, dict) else history
    assert [r["revision"] for r in history] in ([1, 2, 3], [3, 2, 1]) and all(r["message_id"] for r in history)
    contains(said(e, "1373", "visit", "history", made["id"])[0], "First wording -> Second wording", "Second wording -> Third wording")


def test_answers_reach_all_and_only_the_owner_changes_a_visit(e):
    made = plan(e, "1540", state="TJK", first="2034-03-08", last="2034-03-12", title="Border control")
    arrived(e, made["id"], ["1267", "1373"])
    answer = ["visit", "answer", made["id"], "joins", "--body", "1373 Executive Directorate", "--text", "one expert for border control"]
    contains(said(e, "1373", *answer, "--dry-run")[0], "nothing was sent", "1540", "answers-1373")
    said(e, "1373", *answer)
    for m in ("1540", "1267"):
        given = wait_until(f"the answer at {m}", 20, lambda m=m: visit_at(e, m, made["id"])["answers"])
        assert len(given) == 1 and given[0]["from"] == "1373" and given[0]["answer"] == "joins" and given[0]["text"] == "one expert for border control"
    contains(said(e, "1540", "visit", "show", made["id"])[0], "1373 joins", "one expert for border control")
    contains(refused(e, "1373", 77, "visit", "change", made["id"], "--title", "Mine now"), "E_NOT_OWNER", "1540", "hint: ", "visit answer")
    contains(refused(e, "1540", 65, "visit", "answer", made["id"], "joins"), made["id"])
    contains(refused(e, "1373", 65, "visit", "answer", made["id"], "jions"), "joins")


def test_the_life_cycle_tells_which_moves_there_are(e):
    made = plan(e, "1373", state="UZB", first="2035-03-08", last="2035-03-12")
    err = refused(e, "1373", 1, "visit", "change", made["id"], "--status", "scheduled")
    contains(err, "E_TRANSITION", "proposed", "approved_by_committee")
    said(e, "1373", "visit", "change", made["id"], "--status", "approved_by_committee")


def test_a_named_marking_goes_to_the_named_one_only(e):
    made = plan(e, "1540", "--marking", "named", "--recipient", "1373", state="NER", first="2036-03-08", last="2036-03-12", title="For 1373 only")
    assert [r["member"] for r in made["recipients"]] == ["1373"]
    arrived(e, made["id"], ["1373"])
    quiet(e)
    contains(refused(e, "1267", 66, "visit", "show", made["id"]), "E_UNKNOWN")
    assert not items(e, "1267", "visit", "list", "--state", "NER", "--from", "2036-01-01", "--to", "2036-12-31")
    contains(refused(e, "1540", 65, "visit", "plan", "--state", "NER", "--from", "2036-05-01", "--title", "x", "--marking", "named"), "hint: ")
    contains(refused(e, "1540", 77, "visit", "plan", "--state", "NER", "--from", "2036-05-01", "--title", "x", "--marking", "chair_only"), "E_MARKING")


def test_the_same_request_id_creates_nothing_twice(e):
    arguments = ["--request-id", "officers-once"]
    first = plan(e, "1540", *arguments, state="TKM", first="2037-03-08", last="2037-03-12", title="Only once")
    assert plan(e, "1540", *arguments, state="TKM", first="2037-03-08", last="2037-03-12", title="Only once") == first
    assert len(exchange_titles(e, "Only once")) == 1
    err = refused(e, "1540", 65, "visit", "plan", "--state", "TKM", "--from", "2037-04-01", "--title", "Another", *arguments)
    contains(err, "another request")


def test_wrong_fields_say_what_to_try(e):
    base = ["visit", "plan", "--title", "x"]
    contains(refused(e, "1540", 65, *base, "--state", "Kyrgystan", "--from", "2038-03-08"), "--state", "Kyrgystan", "hint: ", "Kyrgyzstan")
    contains(refused(e, "1540", 65, *base, "--state", "KGZ", "--from", "2038-02-30"), "2038-02-30", "hint: ")
    contains(refused(e, "1540", 65, *base, "--state", "KGZ", "--from", "2038-03-12", "--to", "2038-03-08"), "before", "hint: ")
    contains(refused(e, "1540", 65, *base, "--state", "KGZ", "--from", "2038-03-12", "--to", "2038-04"), "hint: ")
    contains(refused(e, "1540", 65, *base, "--state", "KGZ", "--from", "2038-03-12", "--aim", "action_plans"), "--aim", "action_plan")
    contains(refused(e, "1540", 65, *base, "--state", "KGZ", "--from", "2038-03-12", "--kind", "folow_up"), "kind", "follow_up")


# --- text that is long, or made to deceive

def test_forty_eight_kib_of_text_arrive_unchanged(e):
    note = "".join(f"line {i}: Кыргызстан 吉尔吉斯斯坦 قيرغيزستان\n" for i in range(400)).encode()[:16 * 1024 - 8].decode(errors="ignore")
    places = [f"{i:03} " + "ş" * 58 for i in range(32)]
    participants = [f"UNODC {i:02}" for i in range(32)]
    fields = {"states": ["KGZ"], "title": "ü" * 250, "note": note,
              "components": [{"start": f"2043-0{i + 1}-01", "end": f"2043-0{i + 1}-02", "places": places} for i in range(8)],
              "participation": [{"body": b, "role": "participates", "note": "n" * 500} for b in participants]}
    fields["components"] = fields["components"][:5]
    assert 48_000 < len(json.dumps(fields, ensure_ascii=False).encode())
    answer = http(e, "1540", "POST", "/visits", fields)
    arrived(e, answer["id"], ["1267", "1373"])
    there = visit_at(e, "1373", answer["id"])
    assert there["note"] == note and there["title"] == "ü" * 250
    assert [c["places"] for c in there["components"]] == [places] * 5
    assert [p["note"] for p in there["participation"]] == ["n" * 500] * 32
    for output in ("table", "json", "csv", "ndjson"):
        said(e, "1373", "-o", output, "visit", "show", answer["id"])


def test_too_much_text_is_refused_with_what_to_do(e):
    err = refused(e, "1540", 65, "visit", "plan", "--state", "KGZ", "--from", "2044-03-08", "--title", "x", "--note", "n" * 49152)
    contains(err, "note", "hint: ")
    contains(refused(e, "1540", 65, "visit", "plan", "--state", "KGZ", "--from", "2044-03-08", "--title", "t" * 600), "title")


def test_characters_that_turn_text_around_are_refused_and_never_printed(e):
    for bad in ("\u202e", "\u2066", "\u200f", "\x1b[31m", "\x07", "\x9b"):
        err = refused(e, "1540", 65, "visit", "plan", "--state", "KGZ", "--from", "2045-03-08", "--title", f"abc{bad}def")
        contains(err, "title")
        assert bad not in err, f"{bad!r} was printed"
    err = refused(e, "1540", 65, "visit", "plan", "--state", "K\u202eGZ", "--from", "2045-03-08", "--title", "x")
    assert "\u202e" not in err
    _, err = said(e, "1540", "visit", "import", file_of(e, "bidi.csv", "states,start,title", "KGZ,2045-03-08,abc\u202edef"), status=65)
    contains(err, "line 2", "title")
    assert "\u202e" not in err


def test_all_scripts_are_kept_and_columns_stay_in_line(e):
    title = "Визит 访问 زيارة e\u0301"
    made = plan(e, "1540", state="MNG", first="2046-03-08", last="2046-03-12", title=title)
    arrived(e, made["id"], ["1373"])
    assert visit_at(e, "1373", made["id"])["title"] == "Визит 访问 زيارة \u00e9"
    contains(said(e, "1373", "visit", "list", "--from", "2046-01-01", "--to", "2046-12-31")[0], "访问")


# --- conflicts

def test_a_conflict_is_told_to_both_committees_with_whom_to_call(e):
    one = plan(e, "1540", state="TJK", first="2047-05-10", last="2047-05-14", title="First there")
    arrived(e, one["id"], ["1373", "1267"])
    began = time.monotonic()
    out, _ = said(e, "1373", "visit", "plan", "--state", "Tajikistan", "--from", "2047-05-12", "--to", "2047-05-13", "--title", "Second there",
                  "--kind", "follow_up")
    contains(out, "overlap", one["id"], "Tajikistan", "call 1540: " + e.OFFICES["1540"])
    two = items(e, "1373", "visit", "list", "--text", "Second there")[0]["id"]
    for m, other in (("1540", "1373"), ("1373", "1540")):
        found = wait_until(f"the overlap at {m}", 20, lambda m=m: [f for f in items(e, m, "conflicts", "--visit", one["id"], "--kind", "overlap")])
        assert len(found) == 1 and set(found[0]["visits"]) == {one["id"], two} and found[0]["days"] == ["2047-05-12", "2047-05-13"]
        assert {"committee": other, "contact": e.OFFICES[other]} in found[0]["contacts"]
        contains(said(e, m, "conflicts", "--visit", one["id"])[0], f"call {other}: {e.OFFICES[other]}", "you could make one visit of them")
    assert time.monotonic() - began < 20
    said(e, "1373", "visit", "change", two, "--status", "cancelled")
    for m in ("1540", "1373", "1267"):
        wait_until(f"the end of the overlap at {m}", 20, lambda m=m: not items(e, m, "conflicts", "--visit", one["id"], "--kind", "overlap"))


def test_an_overlap_of_ones_own_warns_and_does_not_block(e):
    plan(e, "1267", state="MNG", first="2048-05-10", last="2048-05-14", title="One team")
    out, err = said(e, "1267", "visit", "plan", "--state", "KGZ", "--from", "2048-05-12", "--to", "2048-05-16", "--title", "The same team")
    contains(out, "queued")
    contains(out + err, "own_overlap", "two teams")
    assert len(items(e, "1267", "conflicts", "--kind", "own_overlap", "--state", "KGZ")) == 1


def test_near_visits_are_adjacent_and_months_are_never_certain(e):
    one = plan(e, "1540", state="TKM", first="2049-05-10", last="2049-05-14", title="In May")
    arrived(e, one["id"], ["1373"])
    plan(e, "1373", state="TKM", first="2049-05-20", last="2049-05-21", title="A week later")
    found = wait_until("the adjacency", 20, lambda: items(e, "1540", "conflicts", "--visit", one["id"], "--kind", "adjacency"))
    assert found[0]["gap_days"] in (5, 6)
    plan(e, "1373", state="TKM", first="2049-05", last="2049-05", title="Some time in May")
    quiet(e)
    assert not items(e, "1540", "conflicts", "--visit", one["id"], "--kind", "overlap")


# --- taking back

def test_a_recall_reaches_every_copy_and_who_has_removed_it_is_one_command(e):
    made = plan(e, "1540", state="MWI", first="2051-05-10", last="2051-05-14", title="For the wrong State")
    arrived(e, made["id"], ["1267", "1373"])
    plan(e, "1373", state="MWI", first="2051-05-12", last="2051-05-13", title="In the same days")
    wait_until("the overlap", 20, lambda: items(e, "1540", "conflicts", "--visit", made["id"], "--kind", "overlap"))
    said(e, "1267", "visit", "answer", made["id"], "joins", "--body", "1267 Monitoring Team")
    wait_until("the answer", 20, lambda: visit_at(e, "1540", made["id"])["answers"])
    quiet(e)
    contains(said(e, "1540", "visit", "status", made["id"])[0], "revision 1 of 1540: in the log since ", "1267           opened", "1373           opened")
    contains(refused(e, "1373", 77, "visit", "recall", made["id"], "--reason", "not ours"), "E_NOT_OWNER", "1540", "hint: ask 1540")
    contains(refused(e, "1540", 64, "visit", "recall", made["id"]), "--reason")
    contains(refused(e, "1540", 65, "visit", "recall", made["id"], "--reason", ""), "--reason: it is empty")
    out, err = said(e, "1540", "visit", "recall", made["id"], "--reason", "planned for the wrong State", "--dry-run")
    contains(out, "nothing was sent", "recalls-1540", "1267", "1373")
    contains(err, "what was answered to it goes with it: 1 answer")
    contains(said(e, "1540", "visit", "recall", made["id"], "--reason", "planned for the wrong State")[0], "queued")
    for m in ("1267", "1373"):
        there = wait_until(f"the recall at {m}", 20, lambda m=m: visit_at(e, m, made["id"]).get("recalled"))
        assert there["by"] == "1540" and there["reason"] == "planned for the wrong State"
        assert not items(e, m, "visit", "list", "--state", "MWI", "--committee", "1540")
        out, _ = said(e, m, "visit", "show", made["id"])
        contains(out, "RECALLED", "by 1540 on ", "planned for the wrong State")
        assert "For the wrong State" not in out + json.dumps(visit_at(e, m, made["id"]))
    assert not items(e, "1373", "conflicts", "--state", "MWI", "--kind", "overlap")
    quiet(e)
    contains(said(e, "1540", "visit", "status", made["id"])[0], "recall of 1540: in the log since ", "1267           has removed its copy", "1373           has removed its copy")
    contains(said(e, "1540", "visit", "show", made["id"])[0], "For the wrong State", "RECALLED")
    contains(refused(e, "1540", 1, "visit", "recall", made["id"], "--reason", "again"), "E_TRANSITION", "was recalled by 1540")
    contains(refused(e, "1373", 1, "visit", "answer", made["id"], "joins"), "E_TRANSITION", "was recalled by 1540 on ")
    contains(refused(e, "1540", 66, "visit", "recall", "1540-V-2051-9999", "--reason", "x"), "E_UNKNOWN")


if __name__ == "__main__":
    run(globals(), sys.argv[2:], one_exchange, end_exchange)
