# SPDX-License-Identifier: Apache-2.0
"""Messages and their evidence, listings, events, and how the node is reached.
One exchange of three committees serves all tests; each uses years of its own, so that they do not disturb each other.
Usage: officers_messages.py PROGRAMS [NAME...]   Ends with "N passed, N failed"."""
import base64
import csv
import io
import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import contains, end_exchange, file_of, items, one_exchange, plan, refused, run, said, visit_at, wait_until  # noqa: E402


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
        page = e.cli("1540", "visit", "list", "--limit", "2", *(["--cursor", cursor] if cursor else []))
        pages += [v["id"] for v in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert pages == whole and len(set(whole)) == len(whole)


def test_watch_shows_what_happens(e):
    command = [e.program("liaison"), "--node", e.socket("1373"), "-o", "ndjson", "watch", "--count", "6"]
    watching = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    seen = []
    deadline = time.monotonic() + 30
    number = 0
    while watching.poll() is None and time.monotonic() < deadline:   # the stream may open after the first of these
        number += 1
        plan(e, "1267", state="MNG", first=f"20{51 + number}-03-08", last=f"20{51 + number}-03-12", title="Watched")
        time.sleep(0.3)
    seen = [json.loads(line) for line in watching.communicate(timeout=10)[0].splitlines()]
    assert watching.returncode == 0 and len(seen) == 6
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
    run(globals(), sys.argv[2:], one_exchange, end_exchange)
