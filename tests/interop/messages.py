# SPDX-License-Identifier: Apache-2.0
"""The second implementation takes part: enrolment, the first entries, a plan, its receipts and its answer."""
from liaison_wire import crypto as c
from liaison_wire import node as lc
from liaison_wire import judge, wire
import visits
from world import POLICY, SCHEMAS, accepted, plan


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
    assert c.root_of(node.leaves.levels[0][:node.size]) == node.root


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
