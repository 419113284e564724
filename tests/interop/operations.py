# SPDX-License-Identifier: Apache-2.0
"""What operators and the authority bring about: proofs, quotas, expiry, a full disk, a clock that jumps, new rosters."""
import os
import sys
import tempfile
import time
from pathlib import Path

from liaison_wire import crypto as c
from liaison_wire import judge
from exchange import wait_until
from world import SCHEMAS, World, accepted, logged_as, plan, refused

PROGRAMS, CLOCK = sys.argv[1], sys.argv[3]   # as run.py was given them


def test_a_proof_of_this_implementation_holds_for_ours(world):
    a, b, s = world.nodes()
    entry = accepted(s, plan(s, number=63))
    for reader in (a, b):
        reader.fetch_all()
        accepted(reader, reader.receipt(SCHEMAS["receipt"], "1540", [reader.received[-1].covered()]))
    s.fetch_all()
    file = world.exchange.folder / "proof.json"
    text = s.proof(entry["index"])
    file.write_text(text)
    judged = judge.Proof(text, world.genesis)
    assert judged.delivered == {"1267": 0, "1373": 0} and judged.decision[1] == "plans-1540"
    world.exchange.run("verify", file, "--fingerprint", world.genesis.hex())
    file.write_text(a.proof(entry["index"], a.received[-1].cek))
    opened = world.exchange.run("verify", file, "--fingerprint", world.genesis.hex())
    assert "body" in opened.stdout, opened.stdout
    file.write_text(text.replace('"index": ' + str(entry["index"]), '"index": ' + str(entry["index"] + 1)))
    assert world.exchange.run("verify", file, check=False).returncode != 0


def test_quota_and_expiry_in_worlds_of_their_own(world):
    with tempfile.TemporaryDirectory() as folder:
        small = World(Path(folder) / "x", PROGRAMS, quota={"per_second": 1, "burst": 3})
        try:
            s = small.node("1540")
            for n in range(3):
                accepted(s, plan(s, number=n + 1))
            answer = refused(s, plan(s, number=4), 41)
            assert 0 < answer["detail"] <= 1500, answer["detail"]
            a = small.node("1267")
            accepted(a, plan(a, recipients=("1373", "1540")))   # the others have their own share
        finally:
            small.close()
    with tempfile.TemporaryDirectory() as folder:
        short = World(Path(folder) / "x", PROGRAMS, life_s=10)
        try:
            s = short.node("1540")
            accepted(s, plan(s))
            wait_until("the roster to run out", 12, lambda: time.time() * 1000 > short.charter.expires)
            refused(s, plan(s, number=2), 47)
            s.fetch()   # fetching goes on
        finally:
            short.close()


def test_a_full_disk_refuses_and_goes_on_when_there_is_room(world):
    e = world.exchange
    e.broker_settings = "[storage]\nfree_mebibytes_min = 900000000\nreserve_mebibytes = 0\n"   # more than any disk has
    world.restart_broker()
    s = world.node("1267")
    refused(s, plan(s, recipients=("1373", "1540")), 43)
    s.fetch()   # fetching goes on
    e.broker_settings = ""
    world.restart_broker()
    s = world.node("1267")
    accepted(s, plan(s, recipients=("1373", "1540"), number=43))


def test_a_jump_of_the_brokers_clock_waits_for_its_operator(world):
    e = world.exchange
    shift = e.folder / "shift"
    shift.write_text("0")
    e.env = {"LD_PRELOAD": CLOCK, "SHIFTED_CLOCK": str(shift)}
    world.restart_broker()
    s = world.node("1267")
    accepted(s, plan(s, recipients=("1373", "1540"), number=44))
    shift.write_text("7200000")
    wait_until("the broker to notice", 10, lambda: s.publish(plan(s, recipients=("1373", "1540"), number=45))[1].get("code") == 45)
    s.fetch()
    shift.write_text("0")
    e.run("broker", "clock", "confirm", "--dir", e.folder / "broker")
    accepted(s, plan(s, recipients=("1373", "1540"), number=45))
    e.env = {}
    world.restart_broker()


def test_a_roster_note_that_no_answer_could_hold_is_refused(world):
    note = world.charter.next_note(world.policy)
    world.charter.notes.pop()
    padded = world.exchange.folder / "padded.note"
    padded.write_text(note + "".join(f"\u2014 stranger{i} {c.b64(os.urandom(20_000))}\n" for i in range(5)))
    answer = world.exchange.run("broker", "apply", "--dir", world.exchange.folder / "broker", padded, check=False)
    assert answer.returncode != 0 and "98304" in answer.stderr, answer.stderr
    size = world.node("1540").size
    world.restart_broker()
    assert world.node("1373").size == size   # all of it is served


def test_rotation_and_revocation_by_a_new_roster(world):
    a, _, s = world.nodes()
    # 1267 gets a new hpke key; what is sealed to the old one is E_STALE once that is revoked.
    old_hpke, new_hpke = world.keys["1267"].hpke, c.new_agreement_key()
    # 1540 gets a new sign key: it starts a chain of its own that hangs on the old one.
    new_sign = c.new_signing_key()
    world.charter.extra_keys += [world.charter.key_line("k1267h2", "1267", "hpke", c.raw(new_hpke)).replace("from=0", f"from={s.size + 1}"),
                         world.charter.key_line("k1540s2", "1540", "sign", c.raw(new_sign)).replace("from=0", f"from={s.size + 1}")]
    line = world.charter.key_line("k1267h", "1267", "hpke", c.raw(old_hpke))
    world.charter.changed_lines["k1267h"] = line.replace("status=active", f"trusted-below={s.size + 1} status=revoked reason=compromise")
    stale = plan(s, number=28)
    world.next_roster()
    s.fetch_all()
    logged_as(s, stale, 27)
    old_last = s.previous
    old_sign, s.keys.sign, s.sequence = s.keys.sign, new_sign, 0
    first = plan(s, number=29)
    assert judge.header(judge.Frame(first).header)["previous"] == old_last   # the new chain hangs on the old one
    accepted(s, first)
    s.keys.sign, kept = old_sign, (s.sequence, s.previous)
    refused(s, plan(s, sequence=99), 3)
    s.keys.sign = new_sign
    s.sequence, s.previous = kept
    # and 1373's sign key is revoked from here on
    b = world.node("1373")
    line = world.charter.key_line("k1373s", "1373", "sign", c.raw(world.keys["1373"].sign))
    world.charter.changed_lines["k1373s"] = line.replace("status=active", f"trusted-below={b.size} status=revoked reason=compromise")
    world.next_roster()
    b.fetch_all()
    refused(b, plan(b, recipients=("1267", "1540")), 10)
    accepted(s, plan(s, number=30))
