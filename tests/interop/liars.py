# SPDX-License-Identifier: Apache-2.0
"""A broker that lies, in this implementation, with a node of ours behind it: what must be refused is found by its recipient (PROTOCOL 2, "A recipient";
default deny, (h)). It holds a broker's keys, signs what it likes and lets everything through."""
import json
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import zmq
from zmq.utils import z85

from liaison_wire import crypto as c
from liaison_wire import node as lc
from liaison_wire import judge, wire
from exchange import Exchange, wait_until
from world import DAY, MEMBERS, POLICY, SCHEMAS, Charter, enrol_our_node, plan, plan_body, publics_of, start_our_node


class LyingBroker:
    """Serves one member's port. Its log is what `add` puts there, `ago_ms` before now; a thread answers."""

    def __init__(self, charter, keys, member, ago_ms=0):
        self.charter, self.keys, self.member = charter, keys, member
        self.data, self.bodies, self.told = [], [], []   # leaves; full entries; receipts' structs that came
        self.lock, self.over = threading.Lock(), False
        self.heads = {}
        self.ago_ms, self.answers = ago_ms, "R1"   # to a MESSAGE: R1; "nothing", and it is logged; "deaf", and it is not
        self.strays = False   # a refusal of something else comes first
        self.socket = zmq.Context.instance().socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.curve_server = True
        self.socket.curve_secretkey = z85.encode(c.raw_secret(keys["curve"]))
        self.socket.bind(f"tcp://127.0.0.1:{charter.ports[member]}")
        self.add(2, c.sha256(c.split_note(charter.notes[0])[0].encode()), charter.notes[0].encode())
        self.add(3, c.sha256(POLICY.encode()), POLICY.encode())
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def add(self, kind, digest, body, verdict=0, at=None):
        with self.lock:
            index = len(self.data)
            when = at or int(time.time() * 1000) - self.ago_ms
            self.data.append(bytes([1, kind]) + verdict.to_bytes(2, "big") + index.to_bytes(8, "big") + when.to_bytes(8, "big") + digest)
            self.bodies.append(body)
            return index

    def accept(self, frame, verdict=0):
        return self.add(1, c.sha256(frame), frame, verdict)

    def note(self):
        root = c.root_of([c.leaf_hash(x) for x in self.data])
        text = f"{self.charter.network}/log/1\n{len(self.data)}\n{c.b64(root)}\n"
        return text + "\n" + c.sign_note(text, f"{self.charter.network}/log/1", self.keys["log"])

    def items(self, start):
        leaves = [c.leaf_hash(x) for x in self.data]
        end = min(len(self.data), start + 64)
        return {"items": list(zip(self.data[start:end], self.bodies[start:end])), "checkpoint": self.note(),
                "consistency": [] if end in (0, len(leaves)) else c.consistency_path(end, leaves)}

    def r1(self, index):
        leaves = [c.leaf_hash(x) for x in self.data]
        return {"frame_hash": self.data[index][20:], "leaf": self.data[index], "path": c.inclusion_path(leaves, index), "checkpoint": self.note(), "rule": "",
                "basis": ""}

    def run(self):
        waiting = []   # (peer, request_id, from, wait_ms)
        while not self.over:
            if self.socket.poll(50):
                peer, payload = self.socket.recv_multipart()
                if payload[4:5] == b"\x01":
                    self.publish(peer, payload)
                    continue
                kind, request_id, x = judge.control(payload)
                if kind == wire.WHOAMI:
                    heads = [{"key_id": key, "sequence": sequence, "message_id": message_id, "acceptance": self.r1(index)} for key,
                             (sequence, message_id, index) in reversed(self.heads.items())]   # the newest first
                    self.answer(peer, wire.WHOAMI_ANSWER, request_id, member=self.member, heads=heads, time_ms=int(time.time() * 1000))
                elif kind == wire.FETCH:
                    waiting.append((peer, request_id, x["from"], x["wait_ms"]))
            for one in [w for w in waiting if w[2] < len(self.data) or w[3] == 0]:
                waiting.remove(one)
                self.answer(one[0], wire.ITEMS, one[1], **self.items(one[2]))

    def publish(self, peer, payload):
        frame = judge.Frame(payload)
        h = judge.header(frame.header)
        if self.strays:
            for request_id, digest in ((0, c.sha256(b"another")), (9, frame.hash)):
                self.answer(peer, wire.REFUSAL, request_id, frame_hash=digest, code=40, detail=0, text="of something else", time_ms=1, signature=b"")
        if self.answers == "deaf":
            return
        known = [n for n, leaf in enumerate(self.data) if leaf[20:] == frame.hash]   # the same again gets the same R1
        index = known[0] if known else self.accept(payload)
        if not known:
            self.heads.pop(frame.key_id, None)
            self.heads[frame.key_id] = (h["sequence"], frame.message_id(self.charter.network_id), index)
            self.told += judge.receipt(frame.body) if h["kind"] == "receipt" else []
        if self.answers == "R1":
            self.answer(peer, wire.ACCEPTANCE, 0, **self.r1(index))

    def answer(self, peer, kind, request_id, **values):
        self.socket.send_multipart([peer, wire.encode_control(kind, request_id, **values)])

    def close(self):
        self.over = True
        self.thread.join()
        self.socket.close()


class Writer(lc.Node):
    """1540 without a connection: it writes frames as a node would, or as it should not."""

    def __init__(self, keys, charter):   # noqa: super's would connect
        self.member, self.keys, self.roster = "1540", keys, lc.texts.trust_rosters(charter.notes)[-1]
        self.network_id = charter.network_id
        self.leaves, self.size, self.root = [], 0, c.sha256(b"")
        self.sequence, self.previous, self.pair_out, self.counted, self.chains = 0, lc.ZERO, {}, {}, {}


class Court:
    """Our node of 1373 behind a lying broker, and 1540 as the sender."""

    def __init__(self, folder):
        e = self.exchange = Exchange(folder, sys.argv[1])
        e.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        e.secret("passphrase")
        keys = {"sign": c.new_signing_key(), "log": c.new_signing_key(), "curve": c.new_agreement_key()}
        self.keys = {m: lc.Keys() for m in MEMBERS}
        publics = {m: publics_of(self.keys[m]) for m in MEMBERS}
        publics["1373"] = enrol_our_node(e, "1373")
        self.charter = Charter(e.NETWORK, e.ports, {use: c.raw(key) for use, key in keys.items()}, publics)
        note = self.charter.next_note(POLICY)
        self.charter.network_id = c.sha256(b"liaison/net/v1\0", e.NETWORK.encode(), self.charter.genesis)
        (e.folder / "roster-1.note").write_text(note)
        self.broker = LyingBroker(self.charter, keys, "1373")
        start_our_node(e, "1373", e.folder / "roster-1.note", self.charter.genesis)
        self.writer = Writer(self.keys["1540"], self.charter)
        self.see()

    def see(self):
        """The writer has seen all of the log."""
        self.writer.leaves = [c.leaf_hash(x) for x in self.broker.data]
        self.writer.size, self.writer.root = len(self.writer.leaves), c.root_of(self.writer.leaves)

    def let_through(self, frame):
        """Puts it into the log as accepted; its index."""
        index = self.broker.accept(frame)
        self.writer.logged(frame)
        self.see()
        return index

    def alarms(self, kind="let_through"):
        return [x for x in self.exchange.cli("1373", "alarms")["items"] if x["kind"] == kind]

    def found(self, index):
        return wait_until(f"our node to look at entry {index}", 15, lambda: [x for x in self.alarms() if x["subject"] == f"entry {index}"])[0]

    def verdict(self, frame):
        """Of our node's receipt, by its number."""
        message_id = judge.Frame(frame).message_id(self.charter.network_id)
        told = wait_until("the receipt of our node", 15, lambda: [x for x in self.broker.told if x[0] == message_id])
        return told[0][4]

    def shown(self, number):
        record = f"1540-V-2027-{number:04}"
        done = self.exchange.run("--node", self.exchange.socket("1373"), "-o", "json", "visit", "show", record, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def close(self):
        self.exchange.stop_all()
        self.broker.close()


@contextmanager
def court():
    with tempfile.TemporaryDirectory() as folder:
        one = Court(Path(folder) / "x")
        try:
            yield one
        finally:
            one.close()


def test_a_recipient_refuses_what_a_lying_broker_delivers(_):
    with court() as x:
        w, to, now = x.writer, ("1373", ), int(time.time() * 1000)
        good = plan(w, to, number=1)
        x.let_through(good)
        assert x.verdict(good) == 0 and x.shown(1)

        def sealed_to(members, **changes):
            fields = w.header("visit.plan", SCHEMAS["visit.plan"], ["1267", "1373"], **changes)
            return w.build(fields, plan_body("1540", 9), to=[(w.hpke_of(m), w.pair_out.get("1373", 0) + 1) for m in members] + [(c.raw(w.keys.hpke), 0)])
        lies = [   # what each asks for, and the code that our node must find
            (lambda: plan(w, to, number=9, marking="named"), 24), (lambda: plan(w, to, number=9, marking="chair_only"), 23),
            (lambda: w.build(w.header("visit.plan", SCHEMAS["visit.plan"], ["1373"], suite=1), plan_body("1540", 9)), 25),
            (lambda: plan(w, to, number=9, created_at_ms=now - 2 * DAY, not_after_ms=now - DAY), 20),
            (lambda: w.build(w.header("visit.plan", bytes(32), ["1373"]), plan_body("1540", 9)), 21),
            (lambda: w.build(w.header("visit.plan", SCHEMAS["visit.plan"], ["1373", "1988"]), plan_body("1540", 9),
                             to=[(w.hpke_of("1373"), w.pair_out.get("1373", 0) + 1), (c.raw(c.new_agreement_key()), 1), (c.raw(w.keys.hpke), 0)]), 22),
            (lambda: sealed_to(["1373", "1267"]), 26), (lambda: sealed_to(["1373"]), 26)]
        for make, code in lies:
            frame = make()
            alarm = x.found(x.let_through(frame))
            assert judge.CODES[code] in alarm["sentence"] and {"frame", "leaf"} <= {part["name"] for part in alarm["evidence"]}, alarm
            assert x.verdict(frame) == code, (x.verdict(frame), code)
            assert x.shown(9) is None, f"a visit is shown that {judge.CODES[code]} forbids"
        last = plan(w, to, number=2)
        x.let_through(last)
        assert x.verdict(last) == 0 and x.shown(2)   # and it goes on


def test_a_recipient_refuses_a_sender_who_is_another(_):
    with court() as x:
        w = x.writer
        mine, w.keys.sign = w.keys.sign, c.new_signing_key()
        stranger = plan(w, ("1373", ), number=9)
        w.keys.sign = x.keys["1267"].sign
        another = plan(w, ("1373", ), number=9)   # 1267 signs in 1540's name
        w.keys.sign = mine
        good = plan(w, ("1373", ), number=1)
        altered = good[:-1] + bytes([good[-1] ^ 1])
        for frame in (stranger, another, altered):
            x.found(x.broker.accept(frame))
            x.see()
            assert x.shown(9) is None and x.shown(1) is None
        x.let_through(good)
        assert x.verdict(good) == 0
        x.found(x.broker.accept(good))                     # the same once more: a used sequence
        assert x.shown(1)["revision"] == 1


def test_a_log_that_is_rewritten_is_an_alarm_and_nothing_of_it_is_taken(_):
    with court() as x:
        good = plan(x.writer, ("1373", ), number=1)
        x.let_through(good)
        assert x.verdict(good) == 0
        wait_until("our node to have it all", 15, lambda: x.exchange.status("1373")["log"]["size"] == len(x.broker.data))
        with x.broker.lock:                                # entry 2 was something else all along
            x.broker.data[2] = x.broker.data[2][:20] + c.sha256(b"another")
        forged = plan(x.writer, ("1373", ), number=9)
        size = len(x.broker.data)
        x.broker.accept(forged)
        alarm = wait_until("our node to notice", 15, lambda: x.alarms("log"))[0]
        assert "two histories" in alarm["sentence"] or "trusted" in alarm["sentence"], alarm
        assert x.shown(9) is None and x.exchange.status("1373")["log"]["size"] == size
