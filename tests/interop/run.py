# SPDX-License-Identifier: Apache-2.0
"""The second implementation against the real programs: it makes the roster, enrols members, publishes, fetches, opens, verifies, proves, and is
refused for the right reasons. Usage: run.py PROGRAMS FBS_FOLDER CLOCK [NAME...]
(FBS_FOLDER: flatc's Python classes; CLOCK: the built tests/doubles/shifted_clock.c; NAME: only tests whose name contains it.)
Starts its own programs on free loopback ports in temporary folders and stops them. Ends with "N passed, N failed"."""
import os
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), sys.argv[2], str(HERE.parents[1] / "deploy/demo.d")]

import client as lc  # noqa: E402
import crypto as c  # noqa: E402
import judge  # noqa: E402
import knocks  # noqa: E402
import liars  # noqa: E402
import together  # noqa: E402
import visits  # noqa: E402
import wire  # noqa: E402
from exchange import Failed, wait_until  # noqa: E402
from world import DAY, POLICY, SCHEMAS, World, accepted, logged_as, plan, refused  # noqa: E402

PROGRAMS, CLOCK = sys.argv[1], sys.argv[3]
TEST_SECONDS_MAX = 120   # each takes a few


# --- the tests; each gets a fresh set of connections to one world ---------------------------------------------------------

def test_enrolment_by_the_authority(world):
    e = world.exchange
    request = e.folder / "foreign.request"
    request.write_text(world.keys["1540"].enrolment(e.NETWORK, "1540"))
    out = e.folder / "foreign.note"
    policy = e.folder / "policy-1.policy"
    others = []
    for m in ("1267", "1373"):
        file = e.folder / f"{m}.request"
        file.write_text(world.keys[m].enrolment(e.NETWORK, m))
        others += ["--member", f"{file}:{e.ports[m]}:127.0.0.0/8"]
    roots = [x for i, k in enumerate(world.charter.roots) for x in ("--root", f"R{i + 1}={c.make_vkey(f'{e.NETWORK}/root/{i + 1}', 1, c.raw(k))}")]
    base = ["authority", "roster", "new", "--network", e.NETWORK, "--threshold", "2", "--broker", e.folder / "broker/broker.request", "--policy", policy,
            "--expires-days", "60", *roots, *others]
    e.run(*base, "--member", f"{request}:{e.ports['1540']}:127.0.0.0/8", "--out", out)
    text = out.read_text()
    assert c.b64(c.raw(world.keys["1540"].sign)) in text and c.b64(c.raw(world.keys["1540"].hpke)) in text
    broken = request.read_text().replace("member 1540", "member 1541")
    request.write_text(broken)
    done = e.run(*base, "--member", f"{request}:{e.ports['1540']}:127.0.0.0/8", "--out", e.folder / "no.note", check=False)
    assert done.returncode != 0 and "E_SIGNATURE" in done.stderr, done.stderr
    assert not (e.folder / "no.note").exists()


def test_an_unknown_key_is_not_let_in(world):
    stranger = lc.Node("1540", lc.Keys(), world.charter.notes, world.genesis)
    try:
        stranger.request_id += 1
        stranger.send(wire.encode_control(wire.WHOAMI, 1))
        stranger.receive(1500)
        raise AssertionError("the broker answered a stranger")
    except TimeoutError:
        pass
    finally:
        stranger.close()
    world.node("1540").close()   # members are still served


def test_the_log_begins_with_roster_and_policy(world):
    node = world.node("1373")
    assert node.terms[0][1]["note"] == world.charter.notes[0]
    assert node.policies[1][1]["text"] == POLICY
    assert c.root_of(node.leaves[:node.size]) == node.root


def test_a_plan_reaches_the_others_and_they_answer_with_receipts(world):
    a, b, s = world.nodes()
    entry = accepted(s, plan(s, number=11))
    for reader in (a, b):
        reader.fetch_all()
        got = reader.received[-1]
        assert got.index == entry["index"] and got.verdict == "OK" and judge.visit_plan(got.plaintext)["record_id"] == "1540-V-2027-0011"
        accepted(reader, reader.receipt(SCHEMAS["receipt"], "1540", [got.covered()]))
    s.fetch_all()
    got = [(r.fields["sender"], judge.receipt(r.plaintext)[0][2:]) for r in s.received if r.fields["kind"] == "receipt"]
    assert ("1267", (entry["index"], a.received[-1].pair_seq, 0)) in got and ("1373", (entry["index"], b.received[-1].pair_seq, 0)) in got, got
    assert s.root == a.root or s.size != a.size


def test_an_answer_goes_back_to_the_owner(world):
    a, b, s = world.nodes()
    accepted(s, plan(s, number=12))
    a.fetch_all()
    body = visits.encode_answer(dict(visits.ANSWER, record_id="1540-V-2027-0012", plan_hash=c.sha256(a.received[-1].plaintext)))
    accepted(a, a.build(a.header("visit.answer", SCHEMAS["visit.answer"], ["1373", "1540"], in_reply_to=a.received[-1].message_id), body))
    s.fetch_all()
    assert s.received[-1].fields["kind"] == "visit.answer" and s.received[-1].plaintext == body and judge.visit_answer(body)["answer"] == 1


def test_the_same_frame_again_gets_the_same_leaf(world):
    s = world.node("1540")
    data = plan(s, number=13)
    first = accepted(s, data)
    s.send(data)
    kind, _, again = s.receive()
    assert kind == wire.ACCEPTANCE and again["leaf"] == first["leaf"]


def test_a_bad_header_is_E_FORMAT(world):
    s = world.node("1540")
    refused(s, plan(s, recipients=("1373", "1267", "1540"), not_after_ms=1), 1)
    refused(s, wire.make_frame(s.network_id, s.keys.sign, b"no header", b""), 1)
    good = plan(s, number=14)
    refused(s, good[:4] + b"\x01\x02" + good[6:], 1, signed=False)   # alg 2 is reserved
    refused(s, plan(s, policy_hash=bytes(32)), 1)
    refused(s, plan(s, roster_version=99), 1)
    accepted(s, good)


def test_wrong_lengths_are_E_SIZE(world):
    s = world.node("1540")
    good = plan(s, number=15)
    refused(s, good + b"x", 2, signed=False)
    refused(s, good[:-1], 2, signed=False)
    accepted(s, good)


def test_a_key_outside_the_roster_is_E_KEY(world):
    s = world.node("1540")
    mine, s.keys.sign = s.keys.sign, c.new_signing_key()
    data = plan(s)
    s.keys.sign = mine
    refused(s, data, 3, signed=False)
    accepted(s, plan(s, number=16))


def test_an_altered_byte_is_E_SIGNATURE(world):
    s = world.node("1540")
    good = plan(s, number=17)
    refused(s, good[:-1] + bytes([good[-1] ^ 1]), 4, signed=False)
    accepted(s, good)


def test_another_members_frame_is_E_SENDER(world):
    a, _, s = world.nodes()
    refused(s, plan(a, recipients=("1373", "1540")), 5, signed=False)
    refused(s, plan(s, sender="1267", recipients=("1373", )), 5)
    accepted(s, plan(s, number=18))


def test_an_attachment_is_E_BLOB(world):
    s = world.node("1540")
    refused(s, plan(s, blobs=["x"]), 7)


def test_a_wrong_previous_is_E_CHAIN(world):
    s = world.node("1540")
    refused(s, plan(s, previous=c.sha256(b"other")), 8)
    accepted(s, plan(s, number=19))


def test_a_used_sequence_is_E_EQUIVOCATION(world):
    s = world.node("1540")
    before = (s.sequence, s.previous)
    accepted(s, plan(s, number=20))
    refused(s, plan(s, number=21, sequence=before[0] + 1, previous=before[1]), 9)
    accepted(s, plan(s, number=22))


def test_a_skipped_sequence_is_E_GAP_with_the_expected_one(world):
    s = world.node("1540")
    answer = refused(s, plan(s, sequence=s.sequence + 5), 40)
    assert answer["detail"] == s.sequence + 1
    accepted(s, plan(s, number=23))


def test_refused_entries_consume_their_sequence(world):
    a, _, s = world.nodes()
    now = int(time.time() * 1000)
    logged_as(s, plan(s, created_at_ms=now - 2 * DAY, not_after_ms=now - DAY), 20)
    logged_as(s, s.build(s.header("visit.plan", bytes(32), ["1267"]), b"x"), 21)
    unknown = s.header("visit.plan", SCHEMAS["visit.plan"], ["1988"])
    logged_as(s, s.build(unknown, b"x", to=[(c.raw(c.new_agreement_key()), 1), (c.raw(s.keys.hpke), 0)]), 22)
    logged_as(s, plan(s, marking="chair_only"), 23)
    answer = logged_as(s, plan(s, marking="named"), 24)
    assert answer["rule"] == "z-no-named" and "interop" in answer["basis"], answer["rule"]
    logged_as(s, s.build(s.header("visit.plan", SCHEMAS["visit.plan"], ["1267"], suite=1), b"plain"), 25)
    swapped = s.header("visit.plan", SCHEMAS["visit.plan"], ["1267", "1373"])
    to = [(s.hpke_of(m), 1) for m in ("1373", "1267")] + [(c.raw(s.keys.hpke), 0)]
    logged_as(s, s.build(swapped, b"x", to=to), 26)
    entry = accepted(s, plan(s, number=24))
    a.fetch_all()
    mine = [r.index for r in a.received]
    assert entry["index"] in mine and all(entry["index"] - n not in mine for n in range(1, 8)), "a refused frame reached a recipient"
    s2 = world.node("1540")
    assert len(s2.leaves) == len(a.leaves)
    for node in (s, s2):
        node.close()


def test_a_clock_ten_minutes_ahead_is_E_CLOCK(world):
    s = world.node("1540")
    answer = refused(s, plan(s, created_at_ms=int(time.time() * 1000) + 600_000, not_after_ms=int(time.time() * 1000) + 700_000), 44)
    assert 500_000 < answer["detail"] < 700_000, answer["detail"]
    accepted(s, plan(s, number=25))


def test_a_second_connection_may_read_but_not_publish(world):
    first, second = world.node("1540"), world.node("1540")   # the second asked WHOAMI last
    refused(first, plan(first, number=26), 42, signed=False) if first.sequence == second.sequence else None
    accepted(second, plan(second, number=26))
    first.fetch_all()


def test_a_fetch_beyond_the_log_is_E_RANGE(world):
    s = world.node("1540")
    kind, _, answer = s.ask(wire.FETCH, start=s.size + 1000, max_items=1, wait_ms=0)
    assert kind == wire.REFUSAL and answer["code"] == 61


def test_a_fetch_waits_for_what_comes(world):
    a, _, s = world.nodes()
    a.request_id += 1
    a.send(wire.encode_control(wire.FETCH, a.request_id, start=len(a.leaves), max_items=10, wait_ms=10_000))
    began = time.monotonic()
    accepted(s, plan(s, number=27))
    kind, _, answer = a.receive(10_000)
    assert kind == wire.ITEMS and answer["items"] and time.monotonic() - began < 5


def test_garbage_does_not_stop_the_broker(world):
    s = world.node("1540")
    for data in (b"", b"x", b"LSN1", b"LSN1\x02" + bytes(200), b"\xff" * 70_000, wire.encode_control(wire.FETCH, 1, start=0, max_items=1, wait_ms=0)[:-3]):
        s.send(data)
    s.fetch()
    node = world.node("1267")
    accepted(node, plan(node, recipients=("1373", "1540")))


def test_consistency_holds_over_the_whole_log(world):
    s = world.node("1540")
    whole = list(s.leaves)
    size, root = s.size, s.root
    for start in {1, 2, size // 2, size - 1}:
        kind, _, answer = s.ask(wire.FETCH, start=start - 1, max_items=1, wait_ms=0)
        n_size, n_root = s.checkpoint(answer["checkpoint"])
        end = start - 1 + len(answer["items"])
        assert (n_size, n_root) == (size, root)
        assert c.consistency_holds(end, size, c.root_of(whole[:end]), root, answer["consistency"]) or end == size

def test_a_control_frame_that_cannot_be_read_is_answered(world):
    s = world.node("1540")
    good = wire.encode_control(wire.FETCH, 77, start=0, max_items=1, wait_ms=0)
    for data, code, request_id in ((good[:4] + b"\x63" + good[5:], 1, 0), (good + b"x", 2, 0), (b"LSN1", 1, 0), (b"", 1, 0),
                                   (good[:13] + bytes(len(good) - 13), 1, 0),
                                   (wire.encode_control(wire.CHECKPOINT, 78, note="a node does not tell"), 1, 78),
                                   (wire.encode_control(wire.ITEMS, 79, items=[], checkpoint="", consistency=[]), 1, 79)):
        s.send(data)
        kind, answered, answer = s.receive()
        assert (kind, answered, answer["code"], answer["frame_hash"], answer["signature"]) == (wire.REFUSAL, request_id, code, bytes(32), b""), answer
    s.fetch()


def test_parts_are_dropped_and_then_the_connection(world):
    def cut():
        page = world.exchange.http_get("/metrics")
        return float(next(line.split()[-1] for line in page.splitlines() if line.startswith("liaison_broker_connections_cut_total ")))

    s = world.node("1540")
    before = cut()
    for _ in range(3):
        s.socket.send_multipart([wire.encode_control(wire.CHECKPOINT, 80), b""])
    s.send(wire.encode_control(wire.CHECKPOINT, 81))
    try:
        _, request_id, _ = s.receive(1000)
        assert request_id == 81   # asked on the connection that libzmq makes when the other is cut
    except TimeoutError:
        pass
    wait_until("the connection to be cut", 5, lambda: cut() == before + 1)
    world.node("1540").fetch()


def test_max_items_is_held_and_zero_is_one(world):
    s = world.node("1540")
    for asked, come in ((0, 1), (1, 1), (2, 2)):
        assert len(s.ask(wire.FETCH, start=0, max_items=asked, wait_ms=0)[2]["items"]) == come


def test_the_17th_waiting_fetch_is_E_BUSY(world):
    s = world.node("1540")
    for n in range(17):
        s.send(wire.encode_control(wire.FETCH, 1000 + n, start=s.size, max_items=1, wait_ms=15_000))
    kind, request_id, answer = s.receive()
    assert (kind, request_id, answer["code"], answer["detail"]) == (wire.REFUSAL, 1016, 42, 1000), answer
    s.close()


def test_the_33rd_frame_of_a_batch_is_E_BUSY(world):
    s = world.node("1540")
    frames, sequence, previous = [], s.sequence, s.previous
    for n in range(34):
        frames.append(plan(s, number=100 + n, sequence=sequence + 1 + n, previous=previous,
                           pair_seq={m: s.pair_out.get(m, 0) + 1 + n for m in ("1267", "1373")}))
        previous = judge.Frame(frames[-1]).message_id(s.network_id)
    broker = world.exchange.processes["broker"]
    os.kill(broker.pid, signal.SIGSTOP)   # they arrive while it sees nothing
    try:
        for frame in frames:
            s.send(frame)
        wait_until("the frames to be on their way", 5, lambda: s.socket.getsockopt(lc.zmq.EVENTS) & lc.zmq.POLLOUT)
    finally:
        os.kill(broker.pid, signal.SIGCONT)
    answers = {}
    try:
        while True:
            kind, _, answer = s.receive(2000)
            answers[answer["frame_hash"]] = kind, answer
    except TimeoutError:
        pass
    for frame in frames:
        kind, answer = answers.get(c.sha256(frame), (None, None))
        if kind == wire.ACCEPTANCE:
            s.check_acceptance(answer)
            s.logged(frame)
            continue
        assert kind is None or answer["code"] in (40, 42), answer   # none: so many answers at once found no room, and one was dropped
        accepted(s, frame)   # the identical bytes, later
    assert s.sequence == sequence + 34
    s.fetch_all()


def test_the_broker_stays_silent_to_keys_and_frames_of_a_stranger_in_the_roster_of_another(world):
    stranger = lc.Node("1373", world.keys["1540"], world.charter.notes, world.genesis)   # 1540's key at 1373's port
    try:
        stranger.send(wire.encode_control(wire.WHOAMI, 1))
        stranger.receive(1000)
        raise AssertionError("one member was let in at another's port")
    except TimeoutError:
        pass
    finally:
        stranger.close()


def test_an_expired_frame_and_a_plain_one_leave_gaps_that_a_receipt_explains(world):
    a, _, s = world.nodes()
    now = int(time.time() * 1000)
    data = plan(s, recipients=("1267", ), created_at_ms=now - 2 * DAY, not_after_ms=now - DAY)
    missing = s.pair_out.get("1267", 0) + 1
    entry = logged_as(s, data, 20)
    accepted(s, plan(s, recipients=("1267", ), number=62))
    frame = judge.Frame(data)
    accepted(s, s.receipt(SCHEMAS["receipt"], "1267", [(frame.message_id(s.network_id), frame.hash, entry["index"], missing, 20)]))
    a.fetch_all()
    assert a.pair_in["1540"] == missing + 1 and a.gaps_told[-1] == ("1540", missing)


def test_a_receipt_to_two_or_sealed_is_E_SEAL(world):
    s = world.node("1540")
    body = wire.encode_receipt([(bytes(32), bytes(32), 1, 1, 0)])
    logged_as(s, s.build(s.header("receipt", SCHEMAS["receipt"], ["1267", "1373"], marking="public", suite=1), body), 26)
    logged_as(s, s.build(s.header("receipt", SCHEMAS["receipt"], ["1267"], marking="public"), body), 26)


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


def too_long(_signal, _frame):
    raise Failed(f"not at its end after {TEST_SECONDS_MAX} seconds")


def main():
    signal.signal(signal.SIGALRM, too_long)   # so that a test that hangs says where
    everything = {**globals(), **vars(together), **vars(liars), **vars(knocks)}
    tests = [(name[5:].replace("_", " "), function) for name, function in everything.items() if name.startswith("test_")]
    tests = [t for t in tests if not sys.argv[4:] or any(word in t[0] for word in sys.argv[4:])]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "x", PROGRAMS)
        try:
            for name, function in tests:
                try:
                    signal.alarm(TEST_SECONDS_MAX)
                    function(world)
                    passed += 1
                    print(f"ok      {name}", flush=True)
                except Exception:   # noqa: BLE001 - a test may fail in any way; all are told
                    failed += 1
                    print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
                    world.exchange.alive("broker")
                finally:
                    signal.alarm(0)
        finally:
            world.close()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


try:
    main()
except Failed as problem:
    sys.exit(f"error: {problem}")
