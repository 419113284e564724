# SPDX-License-Identifier: Apache-2.0
"""The second implementation and a node of ours in one exchange: 1373 runs liaison-node, 1267 and 1540 are this one."""
import json
import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from liaison_wire import crypto as c
from liaison_wire import judge
from liaison_wire.wire import encode_header, make_frame
import visits
from exchange import wait_until
from world import SCHEMAS, World, accepted, logged_as, plan, plan_body

CLOCK = sys.argv[3]


@contextmanager
def pair():
    """A world of its own with our node of 1373."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "x", sys.argv[1], ours=("1373", ))
        try:
            yield world
        finally:
            world.close()


def shown(world, record):
    done = world.exchange.run("--node", world.exchange.socket("1373"), "-o", "json", "visit", "show", record, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def verdict_from_ours(node, data):
    """Publishes; what our node says of it in its receipt, as (pair_seq, verdict)."""
    entry = accepted(node, data)
    message_id = judge.Frame(data).message_id(node.network_id)

    def told():
        for received in node.received:
            if received.fields["kind"] == "receipt" and received.fields["sender"] == "1373":
                assert received.verdict == "OK"
                for covered in judge.receipt(received.plaintext):
                    if covered[0] == message_id:
                        assert covered[1:3] == (judge.Frame(data).hash, entry["index"])
                        return covered[3:]
        return None
    return node.fetch_until(told)


def test_our_node_and_this_one_plan_answer_and_confirm(_):
    with pair() as world:
        a, s = world.node("1267"), world.node("1540")
        # from here to ours: shown, and confirmed with its pair number
        assert verdict_from_ours(s, plan(s, number=1)) == (1, 0)
        record = shown(world, "1540-V-2027-0001")
        assert record["title"] == visits.PLAN["title"] and record["lead"] == "1540", record
        # from ours to here: judged by the same rules, opened, confirmed, and ours knows
        made = world.exchange.cli("1373", "visit", "plan", "--state", "KGZ", "--from", "2027-03-08", "--to", "2027-03-12", "--title", "Border control")
        got = s.fetch_until(lambda: next((r for r in s.received if r.fields["kind"] == "visit.plan"), None))
        body = judge.visit_plan(got.plaintext)
        assert got.verdict == "OK" and got.pair_seq == 1 and body["record_id"] == made["id"] and body["lead"] == "1373" and body["title"] == "Border control"
        a.fetch_until(lambda: a.received)
        for reader, message in ((s, got), (a, a.received[-1])):
            accepted(reader, reader.receipt(SCHEMAS["receipt"], "1373", [message.covered()]))
        # an answer from here
        answer = visits.encode_answer(dict(visits.ANSWER, record_id=made["id"], plan_hash=c.sha256(got.plaintext), body="1540 Group of Experts"))
        fields = s.header("visit.answer", SCHEMAS["visit.answer"], ["1267", "1373"], in_reply_to=got.message_id)
        assert verdict_from_ours(s, s.build(fields, answer)) == (2, 0)
        wait_until("our node to know it all", 20, lambda: [x["from"] for x in shown(world, made["id"])["answers"]] == ["1540"] and
                   shown(world, made["id"])["delivery"] == "delivered")
        # and its revision here
        world.exchange.run("--node", world.exchange.socket("1373"), "visit", "change", made["id"], "--title", "Border control, twice")
        later = s.fetch_until(lambda: next((r for r in s.received if r.fields["kind"] == "visit.plan" and r.index > got.index), None))
        body = judge.visit_plan(later.plaintext)
        assert body["revision"] == 2 and body["previous_revision"] == c.sha256(got.plaintext) and later.pair_seq == 2


def test_our_node_says_what_is_wrong_with_a_body(_):
    with pair() as world:
        s = world.node("1540")
        to = ("1373", )
        assert verdict_from_ours(s, plan(s, to, number=1)) == (1, 0)
        assert verdict_from_ours(s, plan(s, to, body=b"no plan")) == (2, 81)
        assert verdict_from_ours(s, plan(s, to, body=plan_body("1540", 2, title="a\u202eb"))) == (3, 81)
        assert verdict_from_ours(s, plan(s, to, body=plan_body("1267", 3))) == (4, 81)          # a record that another leads
        # a second revision, and our node has not seen the first
        assert verdict_from_ours(s, plan(s, to, body=plan_body("1540", 4, revision=2, previous_revision=bytes(range(32))))) == (5, 81)
        assert verdict_from_ours(s, plan(s, to, number=5, pair_seq={"1373": 5})) == (5, 82)     # used already
        assert verdict_from_ours(s, plan(s, to, number=6, pair_seq={"1373": 0}))[1] == 1
        assert verdict_from_ours(s, spoiled(s)) == (0, 80)
        assert shown(world, "1540-V-2027-0005") is None and shown(world, "1540-V-2027-0006") is None
        s.pair_out["1373"] = 5
        assert verdict_from_ours(s, plan(s, to, number=7)) == (6, 0)                             # and it goes on
        assert shown(world, "1540-V-2027-0007")


def spoiled(node):
    """A frame whose stanzas hold another content key than the header commits to."""
    header = encode_header(dict(node.header("visit.plan", SCHEMAS["visit.plan"], ["1373"]), key_commitment=c.commitment(bytes(32))))
    kid = c.key_id("sign", c.raw(node.keys.sign))
    to = [(node.hpke_of("1373"), 9), (c.raw(node.keys.hpke), 0)]
    return make_frame(node.network_id, node.keys.sign, header, c.seal_body(bytes(range(32)), node.network_id, kid, header, to, plan_body("1540", 8)))


def test_our_nodes_proof_holds_here(_):
    with pair() as world:
        a, s = world.node("1267"), world.node("1540")
        made = world.exchange.cli("1373", "visit", "plan", "--state", "MNG", "--from", "2027-06-07", "--to", "2027-06-11", "--title", "Training")
        for reader in (a, s):
            reader.fetch_until(lambda r=reader: r.received)
            accepted(reader, reader.receipt(SCHEMAS["receipt"], "1373", [reader.received[-1].covered()]))
        wait_until("our node to have both receipts", 20, lambda: shown(world, made["id"])["delivery"] == "delivered")
        message = shown(world, made["id"])["message_id"]
        closed = world.exchange.run("--node", world.exchange.socket("1373"), "message", "prove", message).stdout
        judged = judge.Proof(closed, world.genesis)
        assert judged.delivered == {"1267": 0, "1540": 0} and judged.plaintext is None and judged.decision[1] == "plans-1373"
        file = world.exchange.folder / "open.json"
        world.exchange.run("--node", world.exchange.socket("1373"), "message", "prove", message, "--open", "--out", file)
        assert judge.visit_plan(judge.Proof(file.read_text(), world.genesis).plaintext)["title"] == "Training"
        proof = json.loads(closed)
        proof["policies"][0]["file"] = proof["policies"][0]["file"].replace("committees named", "named committees", 1)
        try:
            judge.Proof(json.dumps(proof), world.genesis)
            raise AssertionError("an altered policy held")
        except c.Refused:
            pass


def test_a_gap_is_an_alarm_at_our_node_until_its_sender_explains_it(_):
    with pair() as world:
        e = world.exchange
        shift = e.folder / "shift"
        shift.write_text("0")
        e.envs["node-1373"] = {"LD_PRELOAD": CLOCK, "SHIFTED_CLOCK": os.fspath(shift)}
        e.stop("node-1373")
        e.start_nodes(["1373"])
        s = world.node("1540")
        bad = plan(s, ("1373", ), number=1, marking="named")   # the policy refuses it
        entry = logged_as(s, bad, 24)
        assert verdict_from_ours(s, plan(s, ("1373", ), number=2)) == (2, 0)

        def gap_alarms():
            return [x for x in e.cli("1373", "alarms")["items"] if x["kind"] == "pair_gap" and not x["cleared_at"]]
        assert not gap_alarms()
        shift.write_text("660000")
        wait_until("our node to miss message 1", 20, gap_alarms)
        frame = judge.Frame(bad)
        told = (frame.message_id(s.network_id), frame.hash, entry["index"], 1, 24)
        accepted(s, s.receipt(SCHEMAS["receipt"], "1373", [told[:4] + (20, )]))   # another verdict than the log's explains nothing
        accepted(s, s.receipt(SCHEMAS["receipt"], "1373", [told]))
        wait_until("our node to be told", 20, lambda: not gap_alarms())
