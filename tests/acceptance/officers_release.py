# SPDX-License-Identifier: Apache-2.0
"""Two officers, as two users of one machine: drafts, their release, the audit, and why a committee could or could not see something. The kinds
visit.plan and visit.recall need two officers at 1540's node. Run by root the officers are two other users; run by anybody else there is only
one, and what the second one would do is seen to be refused. Usage: officers_release.py PROGRAMS [TEST...].   Ends with "N passed, N failed"."""
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import Stage, arrived, contains, end_exchange, file_of, plan, quiet, run, visit_at, wait_until  # noqa: E402

ROOT = os.getuid() == 0
ALICE, BOB, CAROL = (61_001, 61_002, 61_003) if ROOT else (os.getuid(),) * 3


def begin():
    stage = Stage(sys.argv[1])
    exchange = stage.fresh()
    exchange.stage = stage
    config = exchange.folder / "node-1540.toml"
    config.write_text(config.read_text() + '\n[release]\nfour_eyes = ["visit.plan", "visit.recall"]\n')
    # The officers pass through the folders and share the socket's group; they own nothing here.
    for folder in (stage.folder, exchange.folder):
        folder.chmod(0o711)
    exchange.start_all()
    return exchange


def officer(e, uid, *arguments, status=0, form="json"):
    """The command line as one of the officers runs it. Returns what it says: JSON, or both texts."""
    more = {"user": uid, "group": os.getgid(), "extra_groups": []} if ROOT else {}
    socket = str((e.folder / "1540.sock").resolve())
    command = [e.program("liaison"), "--node", socket, "-o", form, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd="/", **more)
    assert done.returncode == status, f"{arguments}: status {done.returncode} instead of {status}: {done.stdout[-800:]}{done.stderr[-800:]}"
    return json.loads(done.stdout) if form == "json" and status == 0 else done.stdout + done.stderr


def drafted(e, uid, *more, state="KGZ", first="2031-03-08", last="2031-03-12", title="Border control"):
    return officer(e, uid, "visit", "plan", "--state", state, "--from", first, "--to", last, "--title", title, "--draft", *more)


def released(e, draft, uid=BOB):
    """By the second officer; nothing where there is only one."""
    if ROOT:
        return officer(e, uid, "draft", "release", draft)
    contains(officer(e, uid, "draft", "release", draft, status=77), "released by another officer", "E_PERMISSION")
    return None


def test_a_plan_is_sent_by_no_one_alone(e):
    before = e.status("1540")["log"]["size"]
    text = officer(e, ALICE, "visit", "plan", "--state", "KGZ", "--from", "2030-03-08", "--title", "Alone", status=77)
    contains(text, "visit.plan needs two officers here", "[E_PERMISSION]", "--draft", "liaison draft release DRAFT")
    file = file_of(e, "rows.csv", "states,title,start", "KGZ,One,2030-01-01", "TJK,Two,2030-02-01")
    file.chmod(0o644)
    contains(officer(e, ALICE, "visit", "import", file, status=77), "visit.plan needs two officers here", "[E_PERMISSION]")
    assert e.status("1540")["log"]["size"] == before
    made = plan(e, "1267", first="2030-05-01", last="2030-05-02")["id"]   # no other node is bound by it
    arrived(e, made, ["1540"])


def test_the_second_officer_sees_what_would_happen_and_releases_it(e):
    draft = drafted(e, ALICE)
    assert draft["made_by"]["uid"] == ALICE and not draft["you_may_release"], draft
    page = officer(e, BOB, "draft", "show", draft["id"], form="table")
    contains(page, "Border control", "would go to", "1267 (the 1267 Committee), 1373 (the 1373 Committee)", "rule plans-1540: S/RES/1977 (2011) 19")
    contains(officer(e, ALICE, "draft", "release", draft["id"], status=77), "the one who made it, and that is you", "ask a colleague")
    done = released(e, draft["id"])
    if not done:
        return
    arrived(e, done["id"], ["1267", "1373"])
    rows = officer(e, ALICE, "audit", "list", "--about", done["id"])["items"]
    assert len(rows) == 1 and rows[0]["event"] == "visit.planned", rows
    contains(rows[0]["actor"], f"made by uid {ALICE}", f"released by uid {BOB}")
    assert rows[0]["object"] == f"{draft['id']}, visit.plan, {done['id']}"
    assert officer(e, ALICE, "audit", "list", "--by", BOB, "--about", done["id"])["items"] == rows
    contains(officer(e, ALICE, "draft", "show", draft["id"], form="table"), "released", f"uid {BOB}", done["id"])


def test_a_draft_is_changed_by_who_reviews_it_and_then_another_one_releases_it(e):
    draft = drafted(e, ALICE, first="2032-03-08", last="2032-03-12")
    changed = officer(e, BOB, "visit", "change", draft["id"], "--to", "2032-03-13", "--note", "by train")
    assert changed["version"] == 2 and changed["changed_by"]["uid"] == BOB and changed["fields"]["components"][0]["start"] == "2032-03-08", changed
    contains(officer(e, CAROL, "draft", "release", draft["id"], "--seen", "1", status=1), "version 2", "E_REVISION")
    if ROOT:
        contains(officer(e, BOB, "draft", "release", draft["id"], status=77), "last changed it, and that is you")
    done = released(e, draft["id"], CAROL)
    if done:
        shown = visit_at(e, "1540", done["id"])
        assert shown["last_day"] == "2032-03-13" and shown["note"] == "by train", shown
        actor = officer(e, ALICE, "audit", "list", "--about", done["id"])["items"][0]["actor"]
        contains(actor, f"made by uid {ALICE}", f"changed by uid {BOB}", f"released by uid {CAROL}")


def test_a_change_whose_visit_has_moved_on_is_not_released(e):
    done = released(e, drafted(e, ALICE, first="2033-03-08", last="2033-03-12")["id"])
    if not done:
        return
    slow = officer(e, ALICE, "visit", "change", done["id"], "--title", "From the draft", "--draft")
    fast = officer(e, BOB, "visit", "change", done["id"], "--title", "Faster", "--draft")
    assert slow["would"]["preview"]["changed"]["title"] == {"from": "Border control", "to": "From the draft"}
    officer(e, ALICE, "draft", "release", fast["id"])
    text = officer(e, BOB, "draft", "release", slow["id"], status=1)
    contains(text, "has moved on: revision 2 is in force", "was Border control, is Faster, the draft says From the draft", "[E_REVISION]",
             f"liaison visit change {slow['id']} --revision 2")
    officer(e, ALICE, "visit", "change", slow["id"], "--revision", "2")
    assert officer(e, BOB, "draft", "release", slow["id"])["revision"] == 3


def test_a_file_of_rows_is_one_draft(e):
    file = file_of(e, "two.csv", "states,title,start", "KGZ,One,2034-01-01", "TJK,Two,2034-02-01")
    file.chmod(0o644)
    contains(officer(e, ALICE, "visit", "import", file, "--draft", form="table"), "keeps 2 rows")
    draft = officer(e, BOB, "draft", "list")["items"][0]
    assert (draft["act"], draft["kind"]) == ("import", "visit.plan"), draft
    done = released(e, draft["id"])
    if done:
        assert len(done["created"]) == 2, done
        contains(officer(e, ALICE, "audit", "list", "--event", "visit.imported")["items"][0]["object"], f"{draft['id']}, visit.plan, 2 visits")


def test_drafts_survive_a_kill_and_a_rebuild_and_never_leave(e):
    draft = drafted(e, ALICE, first="2035-03-08", last="2035-03-12", title="Kept through a kill")
    quiet(e)
    before = e.status("1540")["log"]["size"]
    e.kill("node-1540")
    e.processes.pop("node-1540")
    done = subprocess.run([e.program("liaison-node"), "--config", str(e.folder / "node-1540.toml"), "--rebuild"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    e.start_node("1540")
    wait_until("the link", 30, lambda: e.linked("1540"))
    assert officer(e, BOB, "draft", "show", draft["id"])["fields"] == draft["fields"]
    quiet(e)
    assert e.status("1267")["log"]["size"] == before
    for other in ("1267", "1373"):
        assert not e.cli(other, "draft", "list")["items"]
    officer(e, BOB, "draft", "discard", draft["id"])
    contains(officer(e, BOB, "draft", "release", draft["id"], status=1), "was discarded by", "E_TRANSITION")


def test_why_a_committee_could_or_could_not_see_it(e):
    made = plan(e, "1267", "--marking", "named", "--recipient", "1540", first="2036-05-01", last="2036-05-02")
    arrived(e, made["id"], ["1540"])
    quiet(e)
    told = e.cli("1267", "explain", made["id"], "--for", "1540")
    assert (told["answer"], told["items"][0]["reason"]) == ("could", "opened"), told
    page = e.run("--node", e.socket("1267"), "explain", made["id"], "--for", "1373").stdout
    contains(page, "no, 1373 could not see it", "marked named, to 1540", "rule plans-1267", "its sender chose the audience")
    assert e.cli("1373", "explain", made["id"], "--for", "1373")["answer"] == "cannot_know"
    assert e.cli("1267", "explain", made["id"], "--for", "1540", "--on", "2020-01-01")["items"][0]["reason"] == "before"
    could = e.cli("1373", "explain", "--kind", "visit.plan", "--from", "1540", "--to", "1267", "--marking", "named", "--for", "1267")
    assert could["answer"] == "could" and could["policy"]["rule"] == "plans-1540", could
    never = e.cli("1373", "explain", "--kind", "assistance.request", "--from", "1540", "--for", "1267", "--on", "2020-01-01")
    assert never["answer"] == "could_not" and never["reason"] == "no_policy", never


if __name__ == "__main__":
    run(globals(), sys.argv[2:], begin, end_exchange)
