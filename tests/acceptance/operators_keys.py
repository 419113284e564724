# SPDX-License-Identifier: Apache-2.0
"""New keys, rosters and roots, and keys that are stolen.
Usage: operators_keys.py PROGRAMS [NAME...]   Ends with "N passed, N failed"."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import (SECONDS, Stage, alarms, arrived, contains, http, items, logs, next_roster, plan, quiet, refused, rotated, run, said,  # noqa: E402
                  visit_at, wait_until)


# --- new keys and rosters

def test_new_keys_come_by_a_new_roster_and_old_evidence_stays_good(stage):
    e = stage.fresh()
    e.start_all()
    old = plan(e, "1540", title="Under the old keys")
    arrived(e, old["id"], ["1267", "1373"])
    quiet(e)
    requests = []
    for member, use in (("1540", "sign"), ("1540", "hpke"), ("1267", "hpke")):
        requests += ["--rotate", rotated(e, member, use)]   # a running node takes up the new key files by itself
    size = e.status("1540")["log"]["size"]
    start = size + 6
    note = next_roster(e, 2, *requests, "--from-index", start, "--retire", f"1540-sign-1:{start}", "--retire", f"1540-hpke-1:{start}",
                       "--retire", f"1267-hpke-1:{start}")
    for member in ("1540", "1267"):
        wait_until(f"the keys at {member}", SECONDS, lambda m=member: "keys.taken_up" in logs(e)[f"node-{m}.log"])
    e.apply(note)
    for m in e.members:
        wait_until(f"roster 2 at {m}", SECONDS, lambda m=m: e.status(m)["roster"]["version"] == 2)
    made = [plan(e, m, title=f"Across the change {n}", first=f"20{40 + n}-03-08", last=f"20{40 + n}-03-12")
            for n in range(8) for m in ("1540", "1373")]
    for one in made:
        arrived(e, one["id"], e.members)
    quiet(e)
    assert e.status("1540")["log"]["size"] > start
    assert not [a for m in e.members for a in alarms(e, m)], [a["sentence"] for m in e.members for a in alarms(e, m)]
    for record in (old["id"], made[-2]["id"]):
        proof = e.folder / "proof.json"
        proof.write_text(said(e, "1540", "message", "prove", visit_at(e, "1540", record)["message_id"], "--open")[0])
        said(e, None, "verify", proof, "--fingerprint", e.fingerprint, "--open")
    for m in e.members:
        assert len(items(e, m, "visit", "list")) == 17
    # The key of now vouches for the next one, and not the one that has ended.
    note = next_roster(e, 3, "--rotate", rotated(e, "1540", "hpke"), "--from-index", e.status("1540")["log"]["size"])
    e.apply(note)
    wait_until("roster 3", SECONDS, lambda: e.status("1540")["roster"]["version"] == 3)
    arrived(e, plan(e, "1373", title="To the third key", first="2060-03-08", last="2060-03-12")["id"], e.members)
    quiet(e)
    assert not alarms(e, "1540")


def test_a_node_that_was_away_while_its_sign_key_was_retired_goes_on_with_the_new_one(stage):
    e = stage.fresh()
    e.start_all()
    request = rotated(e, "1540", "sign")
    e.stop("broker")
    made = [plan(e, "1540", title=f"Signed with the old key {n}", first=f"20{30 + n}-03-08", last=f"20{30 + n}-03-09") for n in range(5)]
    e.stop("node-1540")
    e.start_broker()
    wait_until("the others", SECONDS, lambda: e.linked("1373") and e.linked("1267"))
    size = e.status("1373")["log"]["size"]
    rows = [{"line": n + 1, "states": ["MNG"], "title": f"Of another {n}", "components": [{"start": f"{2030 + n // 12}-{n % 12 + 1:02}-05"}]}
            for n in range(600)]
    http(e, "1373", "POST", "/visits/import", {"rows": rows, "historical": False, "keep_going": False})
    wait_until("a long log", 60, lambda: e.status("1373")["outbox"]["queued"] == 0)
    e.apply(next_roster(e, 2, "--rotate", request, "--from-index", size, "--retire", f"1540-sign-1:{size}"))
    e.start_node("1540")
    for one in made:
        arrived(e, one["id"], ["1267", "1373"])
    quiet(e)
    assert not alarms(e, "1540"), alarms(e, "1540")
    assert e.status("1540")["publishing"]


def test_a_node_without_its_new_sealing_key_waits_for_it_and_loses_nothing(stage):
    e = stage.fresh()
    e.start_all()
    e.stop("node-1267")
    request = Path(rotated(e, "1267", "hpke"))
    key = next(e.node_folder("1267").glob("keys/hpke-*.pem"))
    aside = e.folder / key.name
    key.rename(aside)
    e.start_node("1267")
    e.apply(next_roster(e, 2, "--rotate", request, "--from-index", e.status("1540")["log"]["size"], "--retire", "1267-hpke-1:3"))
    found = wait_until("the alarm", SECONDS, lambda: [a for a in alarms(e, "1267") if a["kind"] == "own_key"])
    contains(found[0]["sentence"], "1267-hpke-2", "does not hold", "keys/")
    wait_until("roster 2", SECONDS, lambda: e.status("1540")["roster"]["version"] == 2)
    made = plan(e, "1540")
    arrived(e, made["id"], ["1373"])
    assert not visit_at(e, "1267", made["id"])
    aside.rename(key)
    wait_until("the plan", 60, lambda: visit_at(e, "1267", made["id"]))
    quiet(e)
    assert not alarms(e, "1267")


def test_a_new_connection_key_is_used_from_the_next_start_on(stage):
    e = stage.fresh()
    e.start_all()
    note = next_roster(e, 2, "--rotate", rotated(e, "1540", "curve"), "--from-index", e.status("1540")["log"]["size"])
    e.apply(note)
    wait_until("roster 2", SECONDS, lambda: e.status("1540")["roster"]["version"] == 2)
    e.stop("node-1540")
    e.start_nodes(["1540"])
    e.apply(next_roster(e, 3, "--retire", f"1540-curve-1:{e.status('1540')['log']['size']}"))
    wait_until("roster 3", SECONDS, lambda: e.status("1540")["roster"]["version"] == 3)
    arrived(e, plan(e, "1540")["id"], ["1267", "1373"])
    e.stop("node-1540")
    (e.node_folder("1540") / "keys/curve.key").unlink()
    e.start_nodes(["1540"])
    arrived(e, plan(e, "1540", title="Again", first="2029-03-08", last="2029-03-12")["id"], ["1267", "1373"])


def test_roots_change_by_both_thresholds_and_a_node_may_be_two_rosters_behind(stage):
    e = stage.fresh()
    e.start_all()
    e.stop("node-1373")
    authority, secret = e.folder / "authority", e.folder / "passphrase"
    vkey = e.run("authority", "root", "new", "--network", e.NETWORK, "--id", "R4", "--out", authority / "R4.pem", "--passphrase-file", secret).stdout.strip()
    change = ("--drop-root", "R1", "--drop-root", "R2", "--add-root", f"R4={vkey}")
    note = next_roster(e, 2, *change, roots=("R3", "R4"))   # enough of the new, one of the old
    contains(said(e, None, "broker", "apply", "--dir", e.folder / "broker", note, status=65)[1], "signed by 1 of the roots of version 1", "[E_ROSTER]")
    out = e.run("authority", "sign", note, "--root-id", "R1", "--key", authority / "R1.pem", "--previous", authority / "roster-1.note",
                "--passphrase-file", secret).stdout
    contains(out, "2 of 2 roots of this version, 2 needed: enough", "2 of 3 roots of the version before, 2 needed: enough")
    e.apply(note)
    said(e, None, "broker", "apply", "--dir", e.folder / "broker", next_roster(e, 3, roots=("R3",)), status=65)
    (authority / "roster-3.note").unlink()
    e.apply(next_roster(e, 3, roots=("R3", "R4")))
    one = plan(e, "1540")
    e.start_nodes(["1373"])
    arrived(e, one["id"], e.members)
    assert e.status("1373")["roster"]["version"] == 3
    for member in e.members:   # what is in force is at hand for the next start and for `node rotate`
        wait_until("the notes", SECONDS, lambda m=member: (e.node_folder(m) / "trust/roster-3.note").exists())
    assert sorted(p.name for p in (e.folder / "broker/rosters").glob("roster-*")) == ["roster-1.note", "roster-2.note", "roster-3.note"]
    # a new node of an old exchange: all notes and the fingerprint
    fresh = e.folder / "fresh"
    e.run("node", "init", "--dir", fresh, "--network", e.NETWORK, "--member", "1540", "--passphrase-file", secret)
    notes = [e.folder / f"broker/rosters/roster-{n}.note" for n in (1, 2, 3)]
    e.run("node", "trust", "--dir", fresh, *notes, "--fingerprint", e.fingerprint)
    refused(e, None, 65, "node", "trust", "--dir", fresh, notes[0], notes[2], "--fingerprint", e.fingerprint)


def test_a_roster_that_does_not_follow_is_refused(stage):
    e = stage.fresh()
    e.start_all()
    authority = e.folder / "authority"
    note = authority / "one.note"
    e.run("authority", "roster", "next", "--from", authority / "roster-1.note", "--out", note)
    e.run("authority", "sign", note, "--root-id", "R1", "--key", authority / "R1.pem", "--previous", authority / "roster-1.note",
          "--passphrase-file", e.folder / "passphrase")
    err = said(e, None, "broker", "apply", "--dir", e.folder / "broker", note, status=65)[1]
    contains(err, "signatures" if "signatures" in err else "roots", "[E_")
    note.write_text(note.read_text().replace("version 2", "version 3"))
    said(e, None, "broker", "apply", "--dir", e.folder / "broker", note, status=65)
    size = e.status("1540")["log"]["size"]
    policy = authority / "policy-2.policy"
    e.run("authority", "policy", "next", "--from", e.policy, "--out", policy)
    note = authority / "two.note"
    e.run("authority", "roster", "next", "--from", authority / "roster-1.note", "--policy", policy, "--out", note)
    e.run("authority", "sign", note, "--root-id", "R1", "--key", authority / "R1.pem", "--passphrase-file", e.folder / "passphrase")
    said(e, None, "broker", "apply", "--dir", e.folder / "broker", note, policy, status=65)
    assert e.status("1540")["log"]["size"] == size, "a policy was logged for a roster that was refused"
    # two rosters of one version: the second is refused and kept
    e.apply(next_roster(e, 2))
    other = authority / "other.note"
    e.run("authority", "roster", "next", "--from", authority / "roster-1.note", "--expires-days", "30", "--out", other)
    for root in ("R1", "R2"):
        e.run("authority", "sign", other, "--root-id", root, "--key", authority / f"{root}.pem", "--passphrase-file", e.folder / "passphrase")
    contains(said(e, None, "broker", "apply", "--dir", e.folder / "broker", other, status=65)[1], "version 2 is held with another text")
    kept = list((e.folder / "broker/rosters").glob("refused-*.note"))
    assert len(kept) == 1 and kept[0].read_text() == other.read_text()
    made = plan(e, "1540")
    arrived(e, made["id"], ["1267", "1373"])


def test_a_revoked_key_stops_its_node_with_the_reason(stage):
    e = stage.fresh()
    e.start_all()
    plan(e, "1540", title="Before")
    quiet(e)
    size = e.status("1540")["log"]["size"]
    e.apply(next_roster(e, 2, "--revoke", f"1540-sign-1:{size}:compromise"))
    wait_until("roster 2 at 1540", SECONDS, lambda: e.status("1540")["roster"]["version"] == 2)
    plan(e, "1540", title="After", first="2029-01-01", last="2029-01-02")
    status = wait_until("the reason", SECONDS, lambda: not e.status("1540")["publishing"] and e.status("1540"))
    contains(status["publishing_stopped_because"], "key")
    contains(said(e, "1540", "status")[0], "publishing  STOPPED: ")
    made = plan(e, "1373", title="The others go on", first="2030-01-01", last="2030-01-02")
    arrived(e, made["id"], ["1267", "1540"])
    assert not items(e, "1373", "visit", "list", "--text", "After")
    assert not any(v.get("compromised") for v in items(e, "1373", "visit", "list"))


def test_what_a_revoked_key_signed_stays_and_is_shown_as_that(stage):
    e = stage.fresh()
    e.start_all()
    good = plan(e, "1540", title="Before the theft")
    arrived(e, good["id"], e.members)
    quiet(e)
    size = e.status("1540")["log"]["size"]
    bad = plan(e, "1540", title="After the theft", first="2029-01-01", last="2029-01-02")
    arrived(e, bad["id"], ["1267", "1373"])
    quiet(e)
    fresh = rotated(e, "1540", "sign")
    now = e.status("1540")["log"]["size"]
    e.apply(next_roster(e, 2, "--revoke", f"1540-sign-1:{size}:compromise", "--rotate", fresh, "--from-index", now))
    for m in e.members:
        wait_until(f"roster 2 at {m}", SECONDS, lambda m=m: e.status(m)["roster"]["version"] == 2)
        shown = visit_at(e, m, bad["id"])
        assert shown["compromised"] and not visit_at(e, m, good["id"]).get("compromised") and shown["title"] == "After the theft"
        found = wait_until(f"the alarm at {m}", SECONDS, lambda m=m: [a for a in alarms(e, m) if a["kind"] == "compromised_key"])
        contains(found[0]["sentence"], "1540-sign-1", f"entry {size}", "compromise")
        contains(said(e, m, "visit", "show", bad["id"])[0], "WARNING", "compromised key")
        contains(said(e, m, "visit", "list")[0], "COMPROMISED KEY")
        contains(said(e, m, "message", "list", "--direction", "all")[0], "COMPROMISED KEY")
        contains(said(e, m, "-o", "json", "message", "trace", shown["message_id"])[0], "was revoked since")
        contains(said(e, m, "message", "show", shown["message_id"])[0], "WARNING")
    arrived(e, plan(e, "1540", title="With the new key", first="2031-01-01", last="2031-01-02")["id"], e.members)   # it goes on by itself


if __name__ == "__main__":
    run(globals(), sys.argv[2:], lambda: Stage(sys.argv[1]), Stage.close)
