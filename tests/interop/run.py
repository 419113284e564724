# SPDX-License-Identifier: Apache-2.0
"""The second implementation against the real broker: it makes the roster, enrols three members, publishes, fetches, opens, verifies,
and is refused for the right reasons. Usage: run.py PROGRAMS FBS_FOLDER CLOCK [NAME...]
(FBS_FOLDER: flatc's Python classes; CLOCK: the built tests/doubles/shifted_clock.c; NAME: only tests whose name contains it.)
Starts its own broker on free loopback ports in a temporary folder and stops it. Ends with "N passed, N failed"."""
import copy
import sys
import tempfile
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), sys.argv[2], str(ROOT / "deploy/demo.d")]

import client as lc  # noqa: E402
import crypto as c  # noqa: E402
import visits  # noqa: E402
from exchange import Exchange, Failed, wait_until  # noqa: E402
from zmq.utils import z85  # noqa: E402

MEMBERS = ("1267", "1373", "1540")
SCHEMAS = {kind: bytes.fromhex(digest) for kind, digest in (line.split() for line in (ROOT / "schemas/schemas.txt").read_text().splitlines())}
POLICY = (ROOT / "deploy/policy/default.policy").read_text() + 'deny z-no-named publish 1540 visit.plan named to 1373 under "interop: a rule to be refused by"\n'
DAY = 86_400_000
CLOCK = sys.argv[3]


def stamp(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms // 1000))


class World:
    """A broker with a roster that this implementation wrote and signed."""

    def __init__(self, folder, quota=None, issued_ms=None, expires_ms=None):
        self.exchange = Exchange(folder, sys.argv[1], quota=quota or {"per_second": 2000, "burst": 4000})
        self.roots = [c.new_signing_key() for _ in range(3)]
        self.keys = {m: lc.Keys() for m in MEMBERS}
        self.extra_keys, self.changed_lines = [], {}
        self.issued = issued_ms or int(time.time() * 1000) - DAY
        self.expires = expires_ms or self.issued + 60 * DAY
        self.notes = []
        e = self.exchange
        e.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = e.secret("passphrase")
        e.run("broker", "init", "--dir", e.folder / "broker", "--network", e.NETWORK, "--id", "B1", "--passphrase-file", secret)
        request = (e.folder / "broker/broker.request").read_text()
        self.broker_keys = {line.split()[1]: line.split("pub=")[1] for line in request.splitlines() if line.startswith("key ")}
        e.write_broker_config()
        e.start_broker()
        self.next_roster(POLICY)

    def key_line(self, name, member, use, public):
        value = z85.encode(public).decode() if use == "curve" else c.b64(public)
        field = "pub"
        if use == "witness":
            field, value = "vkey", c.make_vkey(f"{self.exchange.NETWORK}/witness/{member}", 4, public)
        return f"key {name} member={member} use={use} {field}={value} from=0 status=active"

    def text(self):
        e, version = self.exchange, len(self.notes) + 1
        log = c.make_vkey(f"{e.NETWORK}/log/1", 1, c.unb64(self.broker_keys["log"]))
        lines = ["liaison-roster/v1", f"network {e.NETWORK}", f"version {version}",
                 "previous " + (c.b64(c.sha256(c.split_note(self.notes[-1])[0].encode())) if self.notes else "-"), f"issued {stamp(self.issued)}",
                 f"expires {stamp(self.expires)}", "root-threshold 2"]
        lines += [f"root R{i + 1} {c.make_vkey(f'{e.NETWORK}/root/{i + 1}', 1, c.raw(k))}" for i, k in enumerate(self.roots)]
        lines += [f"broker B1 sign={self.broker_keys['sign']} curve={self.broker_keys['curve']} log={log}"]
        lines += [f"member {m} port={e.ports[m]} net=127.0.0.0/8" for m in MEMBERS]
        keys = list(self.extra_keys)
        for m in MEMBERS:
            k = self.keys[m]
            keys += [self.key_line(f"k{m}{use[0]}", m, use, c.raw(getattr(k, use))) for use in ("curve", "hpke", "sign", "witness")]
        keys = [self.changed_lines.get(line.split()[1], line) for line in keys]
        schemas = "".join(f"{kind} {digest.hex()}\n" for kind, digest in sorted(SCHEMAS.items()))
        lines += sorted(keys, key=lambda line: line.split()[1]) + ["witness-quorum 2", f"policy-sha256 {c.b64(c.sha256(self.policy.encode()))}",
                                                                   f"schemas-sha256 {c.b64(c.sha256(schemas.encode()))}"]
        return "\n".join(lines) + "\n"

    def next_roster(self, policy=None):
        if policy:
            self.policy = policy
        text = self.text()
        note = text + "\n" + "".join(c.sign_note(text, f"{self.exchange.NETWORK}/root/{i + 1}", self.roots[i]) for i in (0, 2))
        self.notes.append(note)
        files = [self.exchange.folder / f"roster-{len(self.notes)}.note"]
        files[0].write_text(note)
        if policy:
            files.append(self.exchange.folder / f"policy-{len(self.notes)}.policy")
            files[1].write_text(policy)
        self.exchange.apply(*files)
        self.genesis = c.sha256(c.split_note(self.notes[0])[0].encode())

    def node(self, member, keys=None):
        node = lc.Node(member, keys or copy.copy(self.keys[member]), lc.Roster(self.notes[-1]), self.genesis)
        node.whoami()
        node.fetch_all()
        return node

    def nodes(self):
        return [self.node(m) for m in MEMBERS]

    def close(self):
        self.exchange.stop_all()


def plan(node, recipients=("1267", "1373"), number=1, **changes):
    body = visits.encode_plan(dict(visits.PLAN, record_id=f"{node.member}-V-2027-{number:04}", lead=node.member))
    return node.build(node.header("visit.plan", SCHEMAS["visit.plan"], [r for r in recipients if r != node.member], **changes), body)


def refused(node, data, code, signed=True):
    """The broker answers with this code; nothing is consumed."""
    before = node.sequence
    outcome, answer = node.publish(data)
    assert outcome == "refused", f"accepted instead of refused with {code}: {answer}"
    assert answer["code"] == code, f"code {answer['code']} ({answer['text']}) instead of {code}"
    assert node.refusal_signed(answer) == signed, "the refusal's signature"
    assert node.sequence == before
    return answer


def logged_as(node, data, verdict):
    """The broker logs a refused entry; the sequence is consumed, nobody but the sender gets the frame."""
    before = node.sequence
    outcome, answer = node.publish(data)
    assert outcome == "accepted", f"refused with {answer['code']} ({answer['text']}) instead of an entry with {verdict}"
    assert answer["verdict"] == verdict, f"verdict {answer['verdict']} instead of {verdict}"
    assert node.sequence == before + 1
    return answer


def accepted(node, data):
    return logged_as(node, data, 0)


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
    roots = [x for i, k in enumerate(world.roots) for x in ("--root", f"R{i + 1}={c.make_vkey(f'{e.NETWORK}/root/{i + 1}', 1, c.raw(k))}")]
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
    stranger = lc.Node("1540", lc.Keys(), lc.Roster(world.notes[-1]), world.genesis)
    try:
        stranger.request_id += 1
        stranger.send(lc.encode_control(lc.WHOAMI, 1))
        stranger.receive(1500)
        raise AssertionError("the broker answered a stranger")
    except TimeoutError:
        pass
    finally:
        stranger.close()
    world.node("1540").close()   # members are still served


def test_the_log_begins_with_roster_and_policy(world):
    node = world.node("1373")
    assert c.split_note(node.notes[0])[0] == c.split_note(world.notes[0])[0]
    assert node.policies[1] == POLICY
    assert c.root_of(node.leaves[:node.size]) == node.root


def test_a_plan_reaches_the_others_and_they_answer_with_receipts(world):
    a, b, s = world.nodes()
    entry = accepted(s, plan(s, number=11))
    for reader in (a, b):
        reader.fetch_all()
        index, fields, body, message_id, frame_hash, pair_seq = reader.received[-1]
        assert index == entry["index"] and visits.plan_fields(body)["record_id"] == "1540-V-2027-0011"
        receipt = lc.encode_receipt([(message_id, frame_hash, index, pair_seq, 0)])
        accepted(reader, reader.build(reader.header("receipt", SCHEMAS["receipt"], ["1540"], marking="public", suite=1), receipt))
    s.fetch_all()
    got = [(f["sender"], lc.decode_receipt(body)[0][2:]) for _, f, body, *_ in s.received if f["kind"] == "receipt"]
    assert ("1267", (entry["index"], a.received[-1][5], 0)) in got and ("1373", (entry["index"], b.received[-1][5], 0)) in got, got
    assert s.root == a.root or s.size != a.size


def test_an_answer_goes_back_to_the_owner(world):
    a, b, s = world.nodes()
    accepted(s, plan(s, number=12))
    a.fetch_all()
    body = visits.encode_answer(dict(visits.ANSWER, record_id="1540-V-2027-0012", plan_hash=c.sha256(a.received[-1][2])))
    accepted(a, a.build(a.header("visit.answer", SCHEMAS["visit.answer"], ["1373", "1540"], in_reply_to=a.received[-1][3]), body))
    s.fetch_all()
    assert s.received[-1][1]["kind"] == "visit.answer" and s.received[-1][2] == body


def test_the_same_frame_again_gets_the_same_leaf(world):
    s = world.node("1540")
    data = plan(s, number=13)
    first = accepted(s, data)
    s.send(data)
    kind, _, again = s.receive()
    assert kind == lc.ACCEPTANCE and again["leaf"] == first["leaf"]


def test_a_bad_header_is_E_FORMAT(world):
    s = world.node("1540")
    refused(s, plan(s, recipients=("1373", "1267", "1540"), not_after_ms=1), 1)
    refused(s, lc.make_frame(s.network_id, s.keys.sign, b"no header", b""), 1)
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
    to = [(s.roster.key(m, "hpke"), 1) for m in ("1373", "1267")] + [(c.raw(s.keys.hpke), 0)]
    logged_as(s, s.build(swapped, b"x", to=to), 26)
    entry = accepted(s, plan(s, number=24))
    a.fetch_all()
    mine = [r[0] for r in a.received]
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
    kind, _, answer = s.ask(lc.FETCH, start=s.size + 1000, max_items=1, wait_ms=0)
    assert kind == lc.REFUSAL and answer["code"] == 61


def test_a_fetch_waits_for_what_comes(world):
    a, _, s = world.nodes()
    a.request_id += 1
    a.send(lc.encode_control(lc.FETCH, a.request_id, start=len(a.leaves), max_items=10, wait_ms=10_000))
    began = time.monotonic()
    accepted(s, plan(s, number=27))
    kind, _, answer = a.receive(10_000)
    assert kind == lc.ITEMS and answer["items"] and time.monotonic() - began < 5


def test_garbage_does_not_stop_the_broker(world):
    s = world.node("1540")
    for data in (b"", b"x", b"LSN1", b"LSN1\x02" + bytes(200), b"\xff" * 70_000, lc.encode_control(lc.FETCH, 1, start=0, max_items=1, wait_ms=0)[:-3]):
        s.send(data)
    s.fetch()
    node = world.node("1267")
    accepted(node, plan(node, recipients=("1373", "1540")))


def test_consistency_holds_over_the_whole_log(world):
    s = world.node("1540")
    whole = list(s.leaves)
    size, root = s.size, s.root
    for start in {1, 2, size // 2, size - 1}:
        kind, _, answer = s.ask(lc.FETCH, start=start - 1, max_items=1, wait_ms=0)
        n_size, n_root = s.checkpoint(answer["checkpoint"])
        end = start - 1 + len(answer["items"])
        assert (n_size, n_root) == (size, root)
        assert c.consistency_holds(end, size, c.root_of(whole[:end]), root, answer["consistency"]) or end == size


def test_quota_and_expiry_in_worlds_of_their_own(world):
    with tempfile.TemporaryDirectory() as folder:
        small = World(Path(folder) / "x", quota={"per_second": 1, "burst": 3})
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
        now = int(time.time() * 1000)
        short = World(Path(folder) / "x", issued_ms=now - 20 * DAY, expires_ms=now + 6_000)
        try:
            s = short.node("1540")
            accepted(s, plan(s))
            wait_until("the roster to run out", 12, lambda: time.time() * 1000 > now + 7_000)
            refused(s, plan(s, number=2), 47)
            s.fetch()   # fetching goes on
        finally:
            short.close()


def test_a_full_disk_refuses_and_goes_on_when_there_is_room(world):
    e = world.exchange
    e.broker_settings = "[storage]\nfree_mebibytes_min = 900000000\nreserve_mebibytes = 0\n"   # more than any disk has
    restart(e)
    s = world.node("1267")
    refused(s, plan(s, recipients=("1373", "1540")), 43)
    s.fetch()   # fetching goes on
    e.broker_settings = ""
    restart(e)
    s = world.node("1267")
    accepted(s, plan(s, recipients=("1373", "1540"), number=43))


def restart(exchange):
    exchange.write_broker_config()
    status = exchange.stop("broker")
    assert status == 0, f"SIGTERM ended the broker with {status}"
    exchange.start_broker()


def test_a_jump_of_the_brokers_clock_waits_for_its_operator(world):
    e = world.exchange
    shift = e.folder / "shift"
    shift.write_text("0")
    e.env = {"LD_PRELOAD": CLOCK, "SHIFTED_CLOCK": str(shift)}
    restart(e)
    s = world.node("1267")
    accepted(s, plan(s, recipients=("1373", "1540"), number=44))
    shift.write_text("7200000")
    wait_until("the broker to notice", 10, lambda: s.publish(plan(s, recipients=("1373", "1540"), number=45))[1].get("code") == 45)
    s.fetch()
    shift.write_text("0")
    e.run("broker", "clock", "confirm", "--dir", e.folder / "broker")
    accepted(s, plan(s, recipients=("1373", "1540"), number=45))
    e.env = {}
    restart(e)


def test_rotation_and_revocation_by_a_new_roster(world):
    a, _, s = world.nodes()
    # 1267 gets a new hpke key; what is sealed to the old one is E_STALE once that is revoked.
    old_hpke, new_hpke = world.keys["1267"].hpke, c.new_agreement_key()
    # 1540 gets a new sign key: it starts a chain of its own that hangs on the old one.
    new_sign = c.new_signing_key()
    world.extra_keys += [world.key_line("k1267h2", "1267", "hpke", c.raw(new_hpke)).replace("from=0", f"from={s.size + 1}"),
                         world.key_line("k1540s2", "1540", "sign", c.raw(new_sign)).replace("from=0", f"from={s.size + 1}")]
    line = world.key_line("k1267h", "1267", "hpke", c.raw(old_hpke))
    world.changed_lines["k1267h"] = line.replace("status=active", f"trusted-below={s.size + 1} status=revoked reason=compromise")
    stale = plan(s, number=28)
    world.next_roster()
    s.fetch_all()
    logged_as(s, stale, 27)
    old_last = s.previous
    old_sign, s.keys.sign, s.sequence = s.keys.sign, new_sign, 0
    accepted(s, plan(s, number=29))
    assert lc.Frame(plan(s)).fields()["previous"] != old_last
    s.keys.sign, kept = old_sign, (s.sequence, s.previous)
    refused(s, plan(s, sequence=99), 3)
    s.keys.sign = new_sign
    s.sequence, s.previous = kept
    # and 1373's sign key is revoked from here on
    b = world.node("1373")
    line = world.key_line("k1373s", "1373", "sign", c.raw(world.keys["1373"].sign))
    world.changed_lines["k1373s"] = line.replace("status=active", f"trusted-below={b.size} status=revoked reason=compromise")
    world.next_roster()
    b.fetch_all()
    refused(b, plan(b, recipients=("1267", "1540")), 10)
    accepted(s, plan(s, number=30))


def main():
    tests = [(name[5:].replace("_", " "), function) for name, function in globals().items() if name.startswith("test_")]
    tests = [t for t in tests if not sys.argv[4:] or any(word in t[0] for word in sys.argv[4:])]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "x")
        try:
            for name, function in tests:
                try:
                    function(world)
                    passed += 1
                    print(f"ok      {name}", flush=True)
                except Exception:   # noqa: BLE001 - a test may fail in any way; all are told
                    failed += 1
                    print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
                    world.exchange.alive("broker")
        finally:
            world.close()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


try:
    main()
except Failed as problem:
    sys.exit(f"error: {problem}")
