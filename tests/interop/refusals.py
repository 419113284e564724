# SPDX-License-Identifier: Apache-2.0
"""Each code from outside, its effect on the chain, and what a FETCH may ask: every refusal has its reason, and the next frame is taken."""
import os
import signal
import time

from liaison_wire import crypto as c
from liaison_wire import node as lc
from liaison_wire import judge, wire
from exchange import wait_until
from world import DAY, SCHEMAS, accepted, logged_as, plan, refused


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
    whole = list(s.leaves.levels[0])
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
    a.fetch_all()
    assert a.pairs.around("1540", missing)
    frame = judge.Frame(data)
    accepted(s, s.receipt(SCHEMAS["receipt"], "1267", [(frame.message_id(s.network_id), frame.hash, entry["index"], missing, 20)]))
    a.fetch_all()
    assert a.pairs.last["1540"][0] == missing + 1 and a.pairs.around("1540", missing) is None


def test_a_receipt_to_two_or_sealed_is_E_SEAL(world):
    s = world.node("1540")
    body = wire.encode_receipt([(bytes(32), bytes(32), 1, 1, 0)])
    logged_as(s, s.build(s.header("receipt", SCHEMAS["receipt"], ["1267", "1373"], marking="public", suite=1), body), 26)
    logged_as(s, s.build(s.header("receipt", SCHEMAS["receipt"], ["1267"], marking="public"), body), 26)
