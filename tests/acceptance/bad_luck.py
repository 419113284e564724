# SPDX-License-Identifier: Apache-2.0
"""What happens when machines, clocks and copies go wrong: the broker away, a roster that has run out, wrong clocks, restored copies, a
policy that changes under a full outbox. Usage: bad_luck.py PROGRAMS CLOCK [NAME...]
(CLOCK: the built tests/doubles/shifted_clock.c.)   Ends with "N passed, N failed"."""
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import (ROOT, Stage, alarms, arrived, contains, http, items, next_roster, plan, quiet, raw_get, rotated, said,  # noqa: E402
                   visit_at, wait_until)
from stage import run as run_tests  # noqa: E402

SECONDS = 30
HOUR_MS = 3_600_000


def begin():
    return Stage(sys.argv[1])


def end(stage):
    stage.close()


class Shift:
    """How far the clock of the programs that were started with it is ahead."""

    def __init__(self, exchange, *names):
        self.path = exchange.folder / ("shift-" + "-".join(names or ("all",)))
        self.path.write_text("0")
        env = {"LD_PRELOAD": sys.argv[2], "SHIFTED_CLOCK": str(self.path)}
        for name in names:
            exchange.envs[name] = env
        if not names:
            exchange.env = env

    def set(self, ms):
        self.path.write_text(str(ms))


def on_every_side(e, record):
    return all(visit_at(e, m, record) for m in e.members)


def once_everywhere(e, expected):
    """Exactly these visits, each once, at every member; all logs equal."""
    quiet(e)
    for m in e.members:
        found = sorted((v["id"], v["title"]) for v in items(e, m, "visit", "list"))
        assert found == sorted(expected), f"{m}: {sorted(set(found) ^ set(expected))}"
        messages = [x["id"] for x in items(e, m, "message", "list", "--direction", "all") if x["kind"] == "visit.plan"]
        assert len(messages) == len(set(messages))
    entries = {m: {x["index"]: x["id"] for x in items(e, m, "message", "list", "--direction", "all") if x["kind"] == "visit.plan"} for m in e.members}
    assert entries["1267"] == entries["1373"] == entries["1540"]


# --- away

def test_reading_and_planning_go_on_while_the_broker_is_away(stage):
    e = stage.fresh()
    e.start_all()
    one = plan(e, "1540", title="Before")
    arrived(e, one["id"], ["1267", "1373"])
    e.stop("broker")
    status = wait_until("the loss", SECONDS, lambda: e.status("1540")["link"]["state"] == "down" and e.status("1540"))
    assert status["link"]["trouble"], status["link"]
    wait_until("the reason", SECONDS, lambda: "nothing answers at tcp://127.0.0.1" in e.status("1373")["link"]["trouble"])
    contains(said(e, "1373", "status")[0], "link        down since", "nothing answers")
    two = plan(e, "1540", title="Meanwhile", first="2028-03-01", last="2028-03-02")
    assert two["state"] == "queued" and len(items(e, "1540", "visit", "list")) == 2 and len(items(e, "1373", "visit", "list")) == 1
    said(e, "1540", "visit", "change", one["id"], "--title", "Changed meanwhile")
    assert e.status("1540")["outbox"]["queued"] == 2
    e.start_broker()
    arrived(e, two["id"], ["1267", "1373"])
    arrived(e, one["id"], ["1267", "1373"], revision=2)
    once_everywhere(e, [(one["id"], "Changed meanwhile"), (two["id"], "Meanwhile")])


def test_a_node_that_was_away_gets_all_in_order_and_once(stage):
    e = stage.fresh()
    e.start_all()
    e.stop("node-1267")
    made = [plan(e, m, title=f"{m} {n}", first=f"20{30 + n}-03-08", last=f"20{30 + n}-03-09") for n in range(12) for m in ("1540", "1373")]
    e.start_nodes(["1267"])
    once_everywhere(e, [(v["id"], f"{m} {n}") for v, (n, m) in zip(made, ((n, m) for n in range(12) for m in ("1540", "1373")))])
    assert not alarms(e, "1267")


def test_a_node_before_its_first_contact_plans_and_sends_later(stage):
    e = stage.fresh()
    e.start_node("1540")
    made = plan(e, "1540", title="Before any broker")
    assert made["message_id"] is None
    status = e.status("1540")
    assert not status["publishing"] and "first contact" in status["publishing_stopped_because"], status["publishing_stopped_because"]
    e.start_broker()
    e.apply(e.folder / "authority/roster-1.note", e.policy)
    e.start_nodes(["1267", "1373"])
    once_everywhere(e, [(made["id"], "Before any broker")])


# --- clocks

def test_a_roster_that_has_run_out_stops_sending_at_both_ends_until_a_new_one_comes(stage):
    e = stage.fresh()
    shift = Shift(e)
    shift.set(90 * 24 * HOUR_MS - HOUR_MS)
    e.start_all()
    one = plan(e, "1540", title="In the last hour")
    arrived(e, one["id"], ["1267", "1373"])
    wait_until("the warning", SECONDS, lambda: [a for a in alarms(e, "1540") if "roster expires" in a["sentence"]])
    quiet(e)
    e.stop_all()
    shift.set(90 * 24 * HOUR_MS + HOUR_MS)
    e.start_broker()
    e.start_nodes()
    contains(raw_get(e, "/readyz?verbose"), " 503 ", "[-] roster: version 1, expired on")
    status = e.status("1540")
    assert not status["publishing"] and "roster" in status["publishing_stopped_because"] and "expired" in status["publishing_stopped_because"], status
    contains(said(e, "1540", "status")[0], "publishing  STOPPED: ", "roster")
    two = plan(e, "1540", title="After the last hour", first="2028-03-01", last="2028-03-02")
    assert e.status("1540")["outbox"]["queued"] == 1
    e.apply(next_roster(e, 2, "--expires-days", "100"))
    arrived(e, two["id"], ["1267", "1373"])   # by itself
    once_everywhere(e, [(one["id"], "In the last hour"), (two["id"], "After the last hour")])
    assert e.http_get("/readyz")


def test_a_sealing_key_is_removed_thirty_days_after_its_end_and_not_before(stage):
    e = stage.fresh()
    shift = Shift(e)
    e.start_all()
    arrived(e, plan(e, "1540", title="Under the old key")["id"], e.members)
    quiet(e)
    old = e.node_folder("1267") / "keys/hpke.pem"
    size = e.status("1540")["log"]["size"]
    e.apply(next_roster(e, 2, "--rotate", rotated(e, "1267", "hpke"), "--from-index", size, "--retire", f"1267-hpke-1:{size}"))
    for days in (16, 29, 31):   # a jump of more than 30 days would ask for a confirmation
        quiet(e)
        e.stop_all()
        shift.set(days * 24 * HOUR_MS)
        e.start_broker()
        e.start_nodes()
        arrived(e, plan(e, "1540", title=f"After {days} days", first=f"20{days + 20}-03-08", last=f"20{days + 20}-03-09")["id"], e.members)
        if days < 30:   # it looks at its start, and every two seconds
            e.stop("node-1267")
            e.start_nodes(["1267"])
            assert old.exists(), f"removed after {days} days"
    wait_until("the end of the old key", SECONDS, lambda: not old.exists())
    e.stop("node-1267")
    e.start_nodes(["1267"])
    assert len(items(e, "1267", "visit", "list")) == 4 and not alarms(e, "1267")
    proof = e.folder / "proof.json"   # what was sealed to it stays open
    first = next(v for v in items(e, "1267", "visit", "list") if v["title"] == "Under the old key")
    proof.write_text(said(e, "1267", "message", "prove", first["message_id"], "--open")[0])
    said(e, None, "verify", proof, "--fingerprint", e.fingerprint, "--open")


def test_a_nodes_clock_ten_minutes_ahead_is_an_alarm_and_sending_resumes_when_it_is_set(stage):
    e = stage.fresh()
    shift = Shift(e, "node-1540")
    e.start_all()
    one = plan(e, "1540", title="Right clock")
    arrived(e, one["id"], ["1267", "1373"])
    shift.set(600_000)
    two = plan(e, "1540", title="Wrong clock", first="2028-03-01", last="2028-03-02")
    found = wait_until("the alarm", SECONDS, lambda: [a for a in alarms(e, "1540") if a["kind"] == "clock"])
    contains(found[0]["sentence"], "clock", "ahead", "set this machine's clock")
    status = e.status("1540")
    assert not status["publishing"] and "clock" in status["publishing_stopped_because"], status
    contains(said(e, "1540", "alarms")[0], "OPEN", "clock")
    assert visit_at(e, "1373", two["id"]) is None
    shift.set(0)
    arrived(e, two["id"], ["1267", "1373"])
    wait_until("the end of the alarm", SECONDS, lambda: not alarms(e, "1540"))
    once_everywhere(e, [(one["id"], "Right clock"), (two["id"], "Wrong clock")])


def test_a_nodes_clock_ten_minutes_behind_is_an_alarm_and_nothing_stops(stage):
    e = stage.fresh()
    shift = Shift(e, "node-1540")
    e.start_all()
    shift.set(-600_000)
    one = plan(e, "1540", title="Slow clock")
    arrived(e, one["id"], ["1267", "1373"])
    found = wait_until("the alarm", SECONDS, lambda: [a for a in alarms(e, "1540") if a["kind"] == "clock"])
    contains(found[0]["sentence"], "clock", "600 s" if "600 s" in found[0]["sentence"] else "599 s")
    shift.set(0)
    plan(e, "1540", title="Right again", first="2028-03-01", last="2028-03-02")
    wait_until("the end of the alarm", SECONDS, lambda: not alarms(e, "1540"))


# --- restored copies

DATABASE = ("node.db", "node.db-wal", "node.db-shm")


def copy_of(folder, names, to):
    to.mkdir()
    for name in names:
        if (folder / name).exists():
            shutil.copy(folder / name, to / name)


def restore(folder, names, copy):
    for name in names:
        (folder / name).unlink(missing_ok=True)
        if (copy / name).exists():
            shutil.copy(copy / name, folder / name)


def grown(stage):
    """One visit before a copy is made of node 1540, three after it; the node is stopped, its old copy is back."""
    e = stage.fresh()
    e.start_all()
    made = [plan(e, "1540", title="Visit 0")]
    quiet(e)
    e.stop("node-1540")
    copy_of(e.node_folder("1540"), DATABASE, e.folder / "copy")
    e.start_nodes(["1540"])
    for n in (1, 2, 3):
        made.append(plan(e, "1540", title=f"Visit {n}", first=f"20{30 + n}-03-08", last=f"20{30 + n}-03-09"))
    said(e, "1540", "visit", "change", made[0]["id"], "--title", "Visit 0 changed")
    other = plan(e, "1373", title="Of another", state="MNG")
    quiet(e)
    e.stop("node-1540")
    restore(e.node_folder("1540"), DATABASE, e.folder / "copy")
    titles = ["Visit 0 changed", "Visit 1", "Visit 2", "Visit 3"]
    return e, [(v["id"], t) for v, t in zip(made, titles)] + [(other["id"], "Of another")]


def test_a_node_restored_from_an_old_copy_finds_its_messages_and_goes_on(stage):
    e, known = grown(stage)
    e.start_nodes(["1540"])
    wait_until("its own later visits", SECONDS, lambda: len(items(e, "1540", "visit", "list")) == 5)
    told = wait_until("a plain word", SECONDS, lambda: alarms(e, "1540"))
    assert any("restored from an older copy" in a["sentence"] for a in told), told
    new = plan(e, "1540", title="After the copy", first="2040-03-08", last="2040-03-09")
    assert new["id"] not in dict(known)
    once_everywhere(e, known + [(new["id"], "After the copy")])
    assert not alarms(e, "1267") and not alarms(e, "1373")


def test_what_a_restored_node_plans_before_it_knows_doubles_nothing(stage):
    e, known = grown(stage)
    e.stop("broker")
    e.start_node("1540")
    new = plan(e, "1540", title="Before it knows", first="2041-03-08", last="2041-03-09")   # it gives out a number that is taken
    e.start_broker()
    wait_until("its own later visits", SECONDS, lambda: e.linked("1540") and len(items(e, "1540", "visit", "list")) >= 5)
    wait_until("an empty outbox", SECONDS, lambda: e.status("1540")["outbox"]["queued"] == 0)
    for m in e.members:
        visits = {v["id"]: v["title"] for v in items(e, m, "visit", "list")}
        for record, title in known:
            assert visits[record] == title, f"{m}: {record} is now {visits[record]!r}"
    # it ends in one of two plain ways: with a number of its own, or refused with a reason
    mine = [v for v in items(e, "1540", "visit", "list") if v["title"] == "Before it knows"]
    there = [v for v in items(e, "1373", "visit", "list") if v["title"] == "Before it knows"]
    assert len(mine) == len(there), (new["id"], mine, there)
    if not mine:
        ended = [x for x in items(e, "1540", "message", "list", "--direction", "sent") if x["state"] == "refused"]
        assert ended or alarms(e, "1540"), "the plan is gone without a word"
    last = plan(e, "1540", title="And on", first="2042-03-08", last="2042-03-09")
    arrived(e, last["id"], ["1267", "1373"])


def test_a_broker_restored_from_an_old_copy_is_a_red_alarm_at_every_node(stage):
    e = stage.fresh()
    e.start_all()
    one = plan(e, "1540", title="Before the copy")
    quiet(e)
    e.stop_all()
    copies = e.folder / "copies"
    copies.mkdir()
    for name in ("broker/log", "broker/checkpoint"):
        shutil.copytree(e.folder / name, copies / Path(name).name)
    copy_of(e.node_folder("1373"), DATABASE, copies / "node-1373")
    e.start_broker()
    e.start_nodes()
    for n in range(4):
        plan(e, "1540", title=f"After the copy {n}", first=f"20{30 + n}-03-08", last=f"20{30 + n}-03-09")
    quiet(e)
    e.stop("broker")
    e.stop("node-1373")
    for name in ("log", "checkpoint"):
        shutil.rmtree(e.folder / "broker" / name)
        shutil.copytree(copies / name, e.folder / "broker" / name)
    e.start_broker()
    for m in ("1267", "1540"):
        found = wait_until(f"the alarm at {m}", SECONDS, lambda m=m: [a for a in alarms(e, m) if a["kind"] == "log"])
        assert any("rolled back" in a["sentence"] or "does not connect" in a["sentence"] or "fewer" in a["sentence"] for a in found), found
        assert any(piece["base64"] for a in found for piece in a["evidence"])
        contains(said(e, m, "alarms")[0], "OPEN")
        assert not e.status(m)["publishing"], "it goes on sending into a log that it cannot trust"
    # 1373 was restored with it and goes on; the second history grows past the first one
    restore(e.node_folder("1373"), DATABASE, copies / "node-1373")
    e.start_nodes(["1373"])
    for n in range(12):
        plan(e, "1373", title=f"Second history {n}", state="MNG", first=f"20{50 + n}-03-08", last=f"20{50 + n}-03-09")
    wait_until("the second history", SECONDS, lambda: e.status("1373")["outbox"]["queued"] == 0)
    for m in ("1267", "1540"):
        e.stop(f"node-{m}")
        e.start_node(m)
    for m in ("1267", "1540"):
        wait_until(f"'does not connect' at {m}", SECONDS, lambda m=m: [a for a in alarms(e, m) if "does not connect" in a["sentence"] + a["subject"]])
        titles = {v["title"] for v in items(e, m, "visit", "list")}
        assert "Before the copy" in titles and "After the copy 3" in titles and not any(t.startswith("Second") for t in titles)
    assert one["id"]


# --- a policy that changes under a full outbox

def forbidding_policy(e):
    """Version 2: as before, but 1540 sends nothing marked `named` to 1373."""
    import base64
    import hashlib
    text = (ROOT / "deploy/policy/default.policy").read_text()
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    text = text.replace("version 1\nprevious -\n", f"version 2\nprevious {digest}\n")
    text += 'deny no-named publish 1540 visit.plan named to 1373 under "example: a narrower mandate"\n'
    path = e.folder / "authority/policy-2.policy"
    path.write_text(text)
    return path


def test_a_policy_that_changes_refuses_what_it_forbids_and_an_outbox_of_a_thousand_goes_on(stage):
    e = stage.fresh()
    shift = Shift(e, "node-1373")
    e.start_all()
    e.stop("broker")
    rows = []
    for n in range(1000):
        row = {"line": n + 1, "states": ["MNG" if n % 2 else "KGZ"], "title": f"Plan {n}", "components": [{"start": f"{2030 + n // 12}-{n % 12 + 1:02}-05"}]}
        rows.append(row | ({"marking": "named", "to": ["1373"]} if n % 10 == 3 else {}))
    answer = http(e, "1540", "POST", "/visits/import", {"rows": rows, "historical": False, "keep_going": False})
    assert len(answer["created"]) == 1000
    wait_until("the full outbox", SECONDS, lambda: e.status("1540")["outbox"]["queued"] == 1000)
    e.stop("node-1540")
    e.start_broker()
    policy = forbidding_policy(e)
    e.apply(next_roster(e, 2, "--policy", policy), policy)
    began = time.monotonic()
    e.start_nodes(["1540"])
    wait_until("an empty outbox", 100, lambda: (s := e.status("1540")) and s["outbox"]["queued"] + s["outbox"]["awaiting_receipt"] == 0, step=0.5)
    print(f"        the outbox of 1000 was empty after {time.monotonic() - began:.1f} s")
    sent = [m for m in items(e, "1540", "message", "list", "--direction", "sent") if m["kind"] == "visit.plan"]
    ended = [m for m in sent if m["state"] == "refused"]
    assert len(sent) == 1000 and len(ended) == 100, (len(sent), len(ended))
    assert [m for m in ended if m["index"] is not None] and [m for m in ended if m["index"] is None], "refused by the broker, and by the node itself"
    for m in ended:
        assert (m["verdict"], m["rule"]) == ("E_POLICY", "no-named") and "narrower mandate" in m["basis"], m
    one = next(m for m in ended if m["index"] is not None)
    contains(said(e, "1540", "message", "trace", one["id"])[0], "refused", "E_POLICY")
    contains(said(e, "1540", "message", "show", one["id"])[0], "refused", "E_POLICY")
    assert e.status("1540")["outbox"]["refused"] == 100
    for m, most in (("1267", 900), ("1373", 900)):
        got = items(e, m, "visit", "list")
        assert len(got) == most and len({v["id"] for v in got}) == most
    quiet(e)
    shift.set(11 * 60_000)   # longer than a gap may stay unexplained
    wait_until("the clock alarm, which shows that it has looked", SECONDS, lambda: [a for a in alarms(e, "1373") if a["kind"] == "clock"] or
               not plan(e, "1267", title="A sign of life"))
    assert not [a for a in alarms(e, "1373") if a["kind"] == "pair_gap"], "a refusal looks like a gap to its recipient"


if __name__ == "__main__":
    run_tests(globals(), sys.argv[3:], begin, end)
