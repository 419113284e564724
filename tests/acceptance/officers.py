# SPDX-License-Identifier: Apache-2.0
"""What officers do with the command line, and what they are told. Usage: officers.py PROGRAMS [NAME...]
One exchange of three committees serves all tests; each uses years of its own, so that they do not disturb each other.
Ends with "N passed, N failed"."""
import base64
import csv
import io
import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import Stage, arrived, contains, items, plan, quiet, refused, run, said, visit_at, wait_until  # noqa: E402

HEAD = "ref,lead,states,start,end,kind,title,aims,status,participation,components,source,note"


def begin():
    stage = Stage(sys.argv[1])
    exchange = stage.fresh()
    exchange.start_all()
    exchange.stage = stage
    return exchange


def end(exchange):
    exchange.stage.close()


def file_of(e, name, *lines):
    path = e.folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


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


# --- importing

def test_a_good_file_is_imported_whole(e):
    path = file_of(e, "good.csv", "\ufeff" + HEAD,
                   "a,1540,MNG,2040-05-10,2040-05-14,invited_visit,Imported one,action_plan,,,,,",
                   'b,1540,KGZ;TJK,2040-06-01,2040-06-03,,"Imported, two",,,UNODC:participates,,,"said ""yes"""',
                   "c,1540,UZB,,,,Imported three,,,,virtual|2040-07-01|2040-07-02;on_site|2040-07-05|2040-07-06|Tashkent,,",
                   "d,1540,Kazakhstan,2040-08,2040-08,,Imported four,,,,,,")
    out, err = said(e, "1540", "-o", "json", "visit", "import", path, "--dry-run")
    assert len(json.loads(out)["created"]) == 4 and "would be queued" in err
    assert not items(e, "1540", "visit", "list", "--text", "Imported")
    created = json.loads(said(e, "1540", "-o", "json", "visit", "import", path)[0])["created"]
    assert [c["ref"] for c in created] == ["a", "b", "c", "d"]
    for row in created:
        arrived(e, row["id"], ["1267", "1373"])
    two = visit_at(e, "1267", created[1]["id"])
    assert two["title"] == "Imported, two" and two["note"] == 'said "yes"' and [s["alpha3"] for s in two["states"]] == ["KGZ", "TJK"]
    three = visit_at(e, "1373", created[2]["id"])
    assert [c["mode"] for c in three["components"]] == ["virtual", "on_site"] and three["components"][1]["places"] == ["Tashkent"]
    assert visit_at(e, "1373", created[3]["id"])["components"][0]["precision"] == "month"


BAD_ROWS = {2: ("KGZ,2041-02-30,2041-02-30", "2041-02-30"), 3: ("KGZ,2041-03-12,2041-03-08", "before"),
            4: ("KGZ,2041-03-12,2041-04", "precise"), 5: ("Kyrgystan,2041-03-01,2041-03-02", "Kyrgyzstan"), 6: ("KGZ,soon,soon", "soon")}


def test_a_bad_file_is_told_by_line_and_column_and_nothing_is_stored(e):
    lines = ["states,start,end,title"] + [f"{row},Bad file" for row, _ in BAD_ROWS.values()] + ["MNG,2041-05-01,2041-05-02,Bad file but good row"]
    path = file_of(e, "bad.csv", *lines)
    out, err = said(e, "1540", "visit", "import", path, status=65)
    told = {int(line.split()[1].rstrip(":")): (line, hint) for line, hint in zip(err.splitlines(), err.splitlines()[1:] + [""]) if line.startswith("line ")}
    assert sorted(told) == sorted(BAD_ROWS), err
    for number, (_, word) in BAD_ROWS.items():
        line, hint = told[number]
        contains(line + hint, word, "E_")
        assert line.split(": ")[1].split(".")[0].split("[")[0] in ("states", "components", "start", "end"), f"no column: {line}"
        assert hint.startswith("  hint: ") and len(hint) > 12, f"nothing to try after: {line}"
    contains(err, "nothing was stored")
    assert not out.strip() or "-V-" not in out, out
    assert not items(e, "1540", "visit", "list", "--text", "Bad file")
    out, err = said(e, "1540", "-o", "json", "visit", "import", path, "--keep-going", status=65)
    assert len(json.loads(out)["created"]) == 1 and len(json.loads(out)["errors"]) == len(BAD_ROWS)
    assert [v["title"] for v in items(e, "1540", "visit", "list", "--text", "Bad file")] == ["Bad file but good row"]


def test_a_row_of_another_length_is_told_beside_the_others(e):
    path = file_of(e, "length.csv", "states,start,end,title", "MNG,2046-05-01,2046-05-02,Length, and a comma", "MNG,2046-06-01,2046-06-02,Length good",
                   "Mongolai,2046-07-01,2046-07-02,Length bad State")
    _, err = said(e, "1540", "visit", "import", path, status=65)
    contains(err, "line 2: this row has 5 cells, the head line 4", "line 4: states", "nothing was stored: 2 errors")
    out, err = said(e, "1540", "visit", "import", path, "--keep-going", status=65)
    contains(err, "1 visit queued, 2 errors")
    assert [v["title"] for v in items(e, "1540", "visit", "list", "--text", "Length")] == ["Length good"]


def test_what_was_not_checked_says_so_wherever_it_is_shown(e):
    made = plan(e, "1540", "--source", "a page that was copied", "--unverified", state="BTN", first="2045-03-08", last="2045-03-12", title="Unchecked")
    arrived(e, made["id"], ["1373"])
    other = plan(e, "1373", state="BTN", first="2045-03-10", last="2045-03-11", title="Checked")
    for m in ("1540", "1373"):
        found = wait_until(f"the overlap at {m}", 20, lambda m=m: items(e, m, "conflicts", "--visit", made["id"], "--kind", "overlap"))
        assert found[0]["unverified"] is True
        contains(said(e, m, "conflicts", "--visit", made["id"])[0], "not verified")
        rows = {row["record"]: row for row in csv.DictReader(io.StringIO(said(e, m, "-o", "csv", "visit", "list", "--state", "BTN")[0]))}
        assert rows[made["id"]]["unverified"] == "yes" and rows[other["id"]]["unverified"] == "no"
        contains(said(e, m, "visit", "show", made["id"])[0], "a page that was copied (not verified)")


def test_one_bad_row_of_six_hundred_keeps_all_back(e):
    rows = [f"MNG,{2100 + i // 12}-{i % 12 + 1:02}-05,{2100 + i // 12}-{i % 12 + 1:02}-06,Six hundred {i}" for i in range(600)]
    rows[411] = rows[411].replace("MNG", "Mongoliaa")
    path = file_of(e, "many.csv", "states,start,end,title", *rows)
    _, err = said(e, "1540", "visit", "import", path, status=65)
    contains(err, "line 413: states", "Mongolia", "nothing was stored: 1 error")
    assert not items(e, "1540", "visit", "list", "--text", "hundred", "--from", "2100-01-01")


def test_a_file_that_is_no_import_file_is_refused_in_a_sentence(e):
    contains(refused(e, "1540", 65, "visit", "import", file_of(e, "head.csv", "states,tilte", "KGZ,x")), "tilte", "hint: ")
    contains(refused(e, "1540", 65, "visit", "import", file_of(e, "quote.csv", "states,title", 'KGZ,"x')), "line 2")
    (e.folder / "latin.csv").write_bytes("states,title\nKGZ,Réunion\n".encode("latin-1"))
    contains(refused(e, "1540", 65, "visit", "import", e.folder / "latin.csv"), "UTF-8")
    contains(refused(e, "1540", 66, "visit", "import", e.folder / "absent.csv"), "absent.csv")
    path = file_of(e, "others.csv", "lead,states,start,title", "1373,KGZ,2042-01-05,Not ours", "1540,KGZ,2042-01-05,Ours of 2042")
    contains(said(e, "1540", "visit", "import", path, status=65)[1], "line 2: lead", "--mine-only")
    contains(said(e, "1540", "visit", "import", path, "--mine-only")[1], "left out 1 row of other committees")


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


def http(e, member, method, path, body, status=201, **headers):
    """One request to the node's socket, without the command line."""
    import http.client
    import socket

    class Unix(http.client.HTTPConnection):
        def connect(self):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(e.socket(member))
    connection = Unix("localhost", timeout=30)
    connection.request(method, "/api/v1" + path, json.dumps(body), {"Content-Type": "application/json", "Idempotency-Key": os.urandom(8).hex(), **headers})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == status, f"{answer.status} {text[:600]}"
    return json.loads(text)


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
    out, _ = said(e, "1373", "visit", "plan", "--state", "Tajikistan", "--from", "2047-05-12", "--to", "2047-05-13", "--title", "Second there", "--kind", "follow_up")
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


# --- messages and evidence

def proved(e, *more):
    made = plan(e, "1540", *more, state="LAO", first="2050-03-08", last="2050-03-12", title="To be proved")
    wait_until("both receipts", 20, lambda: visit_at(e, "1540", made["id"])["delivery"] == "delivered")
    return made, visit_at(e, "1540", made["id"])["message_id"]


def test_a_message_is_listed_shown_traced_and_proved(e):
    made, message = proved(e)
    sent = [m for m in items(e, "1540", "message", "list", "--direction", "sent", "--kind", "visit.plan") if m["id"] == message]
    assert len(sent) == 1 and sent[0]["record_id"] == made["id"] and sorted(d["verdict"] for d in sent[0]["deliveries"]) == ["OK", "OK"]
    received = [m for m in items(e, "1267", "message", "list", "--direction", "received") if m["id"] == message]
    assert len(received) == 1 and received[0]["sender"] == "1540" and received[0]["state"] == "received"
    assert e.cli("1540", "message", "show", message[:10])["id"] == message
    steps = e.cli("1540", "message", "trace", message[:8])["steps"]
    words = [s["step"] for s in steps]
    assert words[:4] == ["queued", "signed", "sent", "accepted"] and words.count("delivered") == 2, words
    times = [s["at"] for s in steps if s["at"]]
    assert times == sorted(times) and len(times) == len(steps), steps
    assert "received" in [s["step"] for s in e.cli("1373", "message", "trace", message)["steps"]]
    contains(said(e, "1540", "message", "trace", message)[0], "accepted", "delivered", "1267", "1373")
    contains(refused(e, "1540", 66, "message", "show", "0123456789abcdef"), "E_UNKNOWN")
    contains(refused(e, "1540", 65, "message", "show", "xyz"), "hint: ")


def test_a_slip_in_a_filter_is_told_and_no_empty_list_is_given(e):
    for words, told in ((["message", "list", "--state", "delivred"], "delivered"), (["message", "list", "--kind", "visit.paln"], "visit.plan"),
                        (["message", "list", "--limit", "501"], "1 to 500"), (["visit", "list", "--limit", "0"], "1 to 500"),
                        (["visit", "list", "--status", "sheduled"], "scheduled"), (["visit", "list", "--committee", "1541"], "1540"),
                        (["visit", "list", "--from", "2030-01-02", "--to", "2030-01-01"], "before"), (["conflicts", "--kind", "ovrlap"], "overlap"),
                        (["conflicts", "--state", "Kyrgystan"], "Kyrgyzstan"), (["conflicts", "--limit", "501"], "1 to 500")):
        contains(refused(e, "1540", 65, *words), told, "hint: ", "E_INPUT")


def test_a_proof_holds_offline_and_without_the_contents(e):
    _, message = proved(e)
    path = e.folder / "proof.json"
    path.write_text(said(e, "1540", "message", "prove", message)[0])
    out, _ = said(e, None, "verify", path, "--fingerprint", e.fingerprint)
    contains(out, "inclusion", "signature", "receipt of 1267", "receipt of 1373", "plans-1540")
    assert "FAILED" not in out and "To be proved" not in path.read_text() and "content_key" not in json.loads(path.read_text())
    closed = json.loads(said(e, None, "-o", "json", "verify", path, "--open")[0])
    assert closed["holds"] and "body" not in closed and all(c["outcome"] in ("ok", "-") for c in closed["checks"])
    out, err = said(e, "1540", "message", "prove", message, "--open", "--out", e.folder / "open.json")
    contains(err, "warning: ")
    assert (e.folder / "open.json").stat().st_mode & 0o777 == 0o600
    contains(said(e, None, "verify", e.folder / "open.json", "--open")[0], "To be proved")
    # a recipient can prove it too
    path.write_text(said(e, "1267", "message", "prove", message)[0])
    said(e, None, "verify", path, "--fingerprint", e.fingerprint)


def test_one_altered_byte_names_the_check_that_fails(e):
    _, message = proved(e)
    good = json.loads(said(e, "1540", "message", "prove", message, "--open")[0])

    def flip(text, at):
        data = bytearray(base64.b64decode(text))
        data[at] ^= 1
        return base64.b64encode(data).decode()

    def altered(check, change):
        bad = json.loads(json.dumps(good))
        change(bad)
        (e.folder / "bad.json").write_text(json.dumps(bad))
        out, err = said(e, None, "verify", e.folder / "bad.json", status=76)
        contains(err, f"the check '{check}' failed", "E_PROOF")
        assert [line.split()[1] for line in out.splitlines() if line.startswith("FAILED")][0] == check.split()[0], out

    altered("signature", lambda p: p.update(frame=flip(p["frame"], 30)))               # in the signature
    altered("signature", lambda p: p.update(frame=flip(p["frame"], -1)))               # in the sealed body
    altered("sender's key", lambda p: p.update(frame=flip(p["frame"], 8)))             # in the key id
    altered("frame", lambda p: p.update(frame=flip(p["frame"], 0)))                    # in the magic
    altered("leaf", lambda p: p.update(leaf=flip(p["leaf"], -1)))
    altered("inclusion", lambda p: p["path"].__setitem__(0, flip(p["path"][0], 0)))
    altered("inclusion", lambda p: p.update(leaf=flip(p["leaf"], 12)))                 # its time of acceptance
    altered("genesis fingerprint", lambda p: p.update(genesis_sha256="0" * 64))
    altered("roster chain", lambda p: p["rosters"][0].update(note=p["rosters"][0]["note"][:-10] + "AAAAAAAA=\n"))
    altered("checkpoint", lambda p: p.update(checkpoint=p["checkpoint"].replace("\n", "\n1", 1)))
    altered("policies in the log", lambda p: p["policies"][0].update(file=p["policies"][0]["file"].replace("allow plans-1540", "allow plans-1541")))
    altered("body", lambda p: p.update(content_key=flip(p["content_key"], 5)))
    altered("receipts", lambda p: p["receipts"][0].update(frame=flip(p["receipts"][0]["frame"], -1)))
    (e.folder / "bad.json").write_text(json.dumps(good)[:-40])
    contains(said(e, None, "verify", e.folder / "bad.json", status=76)[1], "the check 'format' failed")
    (e.folder / "good.json").write_text(json.dumps(good))
    contains(said(e, None, "verify", e.folder / "good.json", "--fingerprint", "0" * 64, status=76)[1], "genesis fingerprint")
    contains(refused(e, None, 66, "verify", e.folder / "absent.json"), "absent.json")


# --- formats, events, and how to reach the node

def test_every_listing_can_be_read_by_machines(e):
    made, message = proved(e)
    listings = [["visit", "list"], ["conflicts"], ["message", "list"], ["message", "trace", message], ["alarms"], ["status"], ["visit", "show", made["id"]],
                ["message", "show", message], ["visit", "history", made["id"]]]
    for words in listings:
        table, _ = said(e, "1540", *words)
        assert "\x1b" not in table, f"{words}: colours where no person is"
        json.loads(said(e, "1540", "-o", "json", *words)[0])
        for line in said(e, "1540", "-o", "ndjson", *words)[0].splitlines():
            assert isinstance(json.loads(line), dict), words
        rows = list(csv.reader(io.StringIO(said(e, "1540", "-o", "csv", *words)[0]), strict=True))
        assert rows and all(len(row) == len(rows[0]) for row in rows), f"{words}: {rows[:3]}"
    (e.folder / "table.json").write_text(said(e, "1540", "message", "prove", message)[0])
    rows = list(csv.DictReader(io.StringIO(said(e, None, "-o", "csv", "verify", e.folder / "table.json")[0])))
    assert {"inclusion", "signature"} <= {row["check"] for row in rows} and all(row["outcome"] in ("ok", "nothing to check") for row in rows)
    contains(said(e, "1540", "--zone", "Asia/Tokyo", "message", "show", message)[0], message, "JST", "plans-1540", "1373", made["id"])
    assert "JST" not in said(e, "1540", "--zone", "Asia/Tokyo", "-o", "csv", "message", "show", message)[0]
    rows = list(csv.DictReader(io.StringIO(said(e, "1540", "-o", "csv", "visit", "list", "--limit", "500")[0])))
    assert any(row["record"] == made["id"] and row["states"] == "LAO" for row in rows)
    contains(refused(e, "1540", 64, "-o", "yaml", "visit", "list"), "yaml", "hint: ")


def test_pages_follow_each_other_without_gap_or_double(e):
    whole = [v["id"] for v in items(e, "1540", "visit", "list")]
    pages, cursor = [], None
    while True:
        page = e.cli("1540", "visit", "list", "--limit", "7", *(["--cursor", cursor] if cursor else []))
        pages += [v["id"] for v in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert pages == whole and len(set(whole)) == len(whole)


def test_watch_shows_what_happens(e):
    command = [e.program("liaison"), "--node", e.socket("1373"), "-o", "ndjson", "watch", "--count", "3"]
    watching = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    seen = []
    deadline = time.monotonic() + 30
    number = 0
    while watching.poll() is None and time.monotonic() < deadline:   # the stream may open after the first of these
        number += 1
        plan(e, "1267", state="MNG", first=f"20{51 + number}-03-08", last=f"20{51 + number}-03-12", title="Watched")
        time.sleep(0.3)
    seen = [json.loads(line) for line in watching.communicate(timeout=10)[0].splitlines()]
    assert watching.returncode == 0 and len(seen) == 3
    assert {s["event"] for s in seen} >= {"message.received", "visit.changed"}, seen
    told = next(s for s in seen if s["event"] == "visit.changed")
    assert told["by"] == told["lead"] == "1267" and told["sentence"].startswith(f"1267 plans {told['id']}: Mongolia, 20"), told


def test_watch_can_be_read_as_a_table(e):
    watching = subprocess.Popen([e.program("liaison"), "--node", e.socket("1373"), "-o", "csv", "watch", "--count", "1"], stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    number = 0
    while watching.poll() is None and time.monotonic() < deadline:
        number += 1
        plan(e, "1267", state="MNG", first=f"21{60 + number}-03-08", last=f"21{60 + number}-03-12", title="Watched")
        time.sleep(0.3)
    rows = list(csv.DictReader(io.StringIO(watching.communicate(timeout=10)[0]), strict=True))
    assert watching.returncode == 0 and len(rows) == 1 and rows[0]["at"].endswith("Z") and "." in rows[0]["event"], rows


def test_the_node_is_found_by_the_environment(e):
    contains(said(e, None, "status", env={"LIAISON_NODE": e.socket("1373")})[0], "1373 on demo.liaison.example")
    contains(said(e, "1540", "status", env={"LIAISON_NODE": e.socket("1373")})[0], "1540 on demo.liaison.example")   # the flag wins
    contains(refused(e, None, 64, "status"), "--node", "LIAISON_NODE")


def test_a_wrong_socket_is_one_clear_sentence(e):
    err = refused(e, None, 69, "status", env={"LIAISON_NODE": str(e.folder / "nobody.sock")})
    contains(err, "nothing answers at", "nobody.sock", "hint: ")
    assert len(err.strip().splitlines()) == 2
    file_of(e, "a-file.sock", "not a socket")
    contains(refused(e, None, 69, "status", env={"LIAISON_NODE": str(e.folder / "a-file.sock")}), "nothing answers at")


def test_every_kind_of_failure_has_its_exit_status(e):
    refused(e, "1540", 64, "visit", "paln")
    refused(e, "1540", 64, "visit", "plan", "--title", "no State")
    refused(e, "1540", 64, "visit", "list", "--wrong")
    refused(e, "1540", 65, "visit", "list", "--state", "Nowhere")
    refused(e, "1540", 65, "visit", "list", "--limit", "many")
    refused(e, "1540", 66, "visit", "show", "1540-V-1999-0001")
    refused(e, None, 69, "--node", e.folder / "none.sock", "visit", "list")
    said(e, None, "verify", file_of(e, "empty.json", "{}"), status=76)
    refused(e, None, 78, "--config", file_of(e, "wrong.toml", "[cli]", "nood = 1"), "status")
    said(e, None, "version")
    contains(said(e, None, "--help")[0], "visit", "authority")


def test_status_is_a_page_for_people(e):
    out, _ = said(e, "1540", "status")
    contains(out, "link        up since", "roster      version 1", "policy      version 1", "alarms      0")


if __name__ == "__main__":
    run(globals(), sys.argv[2:], begin, end)
