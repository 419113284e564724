# SPDX-License-Identifier: Apache-2.0
"""An exchange for the second implementation: it makes and signs rosters, runs the real broker in a folder of its own and, where asked
for, nodes of ours. Also what tests ask of an answer."""
import copy
import time

from liaison_wire import crypto as c
from liaison_wire import node as lc
from liaison_wire import judge, texts, wire
from liaison_wire.judge import SCHEMAS
import visits
from exchange import ROOT, Exchange
from zmq.utils import z85

MEMBERS = ("1267", "1373", "1540")
NO_NAMED = 'deny z-no-named publish 1540 visit.plan named to 1373 under "interop: a rule to be refused by"\n'
POLICY = (ROOT / "deploy/policy/default.policy").read_text() + NO_NAMED
DAY = 86_400_000
CONTACT = "1373 Executive Directorate, visits desk"


def stamp(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms // 1000))


def key_line(network, name, member, use, public):
    value = z85.encode(public).decode() if use == "curve" else c.b64(public)
    field = "pub"
    if use == "witness":
        field, value = "vkey", c.make_vkey(f"{network}/witness/{member}", 4, public)
    return f"key {name} member={member} use={use} {field}={value} from=0 status=active"


class Charter:
    """Roots and rosters: everything that the authority's papers say. `broker`: its public keys by use; `publics`: those of the members."""

    def __init__(self, network, ports, broker, publics, life_s=None):
        self.network, self.ports, self.broker, self.publics = network, ports, broker, publics
        self.roots = [c.new_signing_key() for _ in range(3)]
        self.extra_keys, self.changed_lines, self.notes = [], {}, []
        self.issued = int(time.time() * 1000) - DAY
        self.expires, self.life_s = self.issued + 60 * DAY, life_s

    def key_line(self, name, member, use, public):
        return key_line(self.network, name, member, use, public)

    def text(self, policy):
        log = c.make_vkey(f"{self.network}/log/1", 1, self.broker["log"])
        previous = c.b64(c.sha256(c.split_note(self.notes[-1])[0].encode())) if self.notes else "-"
        lines = ["liaison-roster/v1", f"network {self.network}", f"version {len(self.notes) + 1}", f"previous {previous}", f"issued {stamp(self.issued)}",
                 f"expires {stamp(self.expires)}", "root-threshold 2"]
        lines += [f"root R{i + 1} {c.make_vkey(f'{self.network}/root/{i + 1}', 1, c.raw(k))}" for i, k in enumerate(self.roots)]
        lines += [f"broker B1 sign={c.b64(self.broker['sign'])} curve={z85.encode(self.broker['curve']).decode()} log={log}"]
        lines += [f"member {m} port={self.ports[m]} net=127.0.0.0/8" for m in MEMBERS]
        keys = self.extra_keys + [self.key_line(f"k{m}{use[0]}", m, use, public) for m in MEMBERS for use, public in self.publics[m].items()]
        keys = [self.changed_lines.get(line.split()[1], line) for line in keys]
        lines += sorted(keys, key=lambda line: line.split()[1])
        lines += ["witness-quorum 2", f"policy-sha256 {c.b64(c.sha256(policy.encode()))}", f"schemas-sha256 {c.b64(c.sha256(judge.SCHEMAS_TEXT.encode()))}"]
        return "\n".join(lines) + "\n"

    def next_note(self, policy):
        if self.life_s:   # from now on, however long it took to come here
            self.expires = int(time.time() * 1000) + self.life_s * 1000
        text = self.text(policy)
        texts.parse_roster(text)
        self.notes.append(text + "\n" + "".join(c.sign_note(text, f"{self.network}/root/{i + 1}", self.roots[i]) for i in (0, 2)))
        return self.notes[-1]

    @property
    def genesis(self):
        return c.sha256(c.split_note(self.notes[0])[0].encode())


def publics_of(keys):
    return {use: c.raw(getattr(keys, use)) for use in ("curve", "hpke", "sign", "witness")}


def enrol_our_node(exchange, member):
    """A node made by our program: the public keys of its request, whose proofs this implementation checks."""
    secret = exchange.folder / "passphrase"
    exchange.run("node", "init", "--dir", exchange.node_folder(member), "--network", exchange.NETWORK, "--member", member, "--contact", CONTACT,
                 "--passphrase-file", secret)
    request = texts.parse_enrolment((exchange.node_folder(member) / f"{member}.request").read_text())
    assert request["id"] == member and set(request["keys"]) == {"curve", "hpke", "sign", "witness"}
    return request["keys"]


def start_our_node(exchange, member, note, genesis):
    exchange.run("node", "trust", "--dir", exchange.node_folder(member), note, "--fingerprint", genesis.hex())
    exchange.write_node_config(member)
    exchange.start_nodes([member])


class World:
    """A broker with a roster that this implementation wrote and signed. `ours`: members whose nodes are our program's."""

    def __init__(self, folder, programs, quota=None, life_s=None, ours=()):
        e = self.exchange = Exchange(folder, programs, quota=quota or {"per_second": 2000, "burst": 4000})
        self.keys = {m: lc.Keys() for m in MEMBERS}
        e.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = e.secret("passphrase")
        e.run("broker", "init", "--dir", e.folder / "broker", "--network", e.NETWORK, "--id", "B1", "--passphrase-file", secret)
        broker = texts.parse_enrolment((e.folder / "broker/broker.request").read_text())
        assert broker["is_broker"] and set(broker["keys"]) == {"curve", "log", "sign"}
        publics = {m: enrol_our_node(e, m) if m in ours else publics_of(self.keys[m]) for m in MEMBERS}
        self.charter = Charter(e.NETWORK, e.ports, broker["keys"], publics, life_s)
        self.bystanders = {}
        e.write_broker_config()
        e.start_broker()
        self.next_roster(POLICY)
        for m in ours:
            start_our_node(e, m, e.folder / "roster-1.note", self.genesis)

    def next_roster(self, policy=None):
        self.policy = policy or self.policy
        note, version = self.charter.next_note(self.policy), len(self.charter.notes)
        files = [self.exchange.folder / f"roster-{version}.note"]
        files[0].write_text(note)
        if policy:
            files.append(self.exchange.folder / f"policy-{version}.policy")
            files[1].write_text(policy)
        self.exchange.apply(*files)
        self.genesis = self.charter.genesis

    def node(self, member, keys=None):
        node = lc.Node(member, keys or copy.copy(self.keys[member]), self.charter.notes, self.genesis)
        node.world = self
        node.whoami()
        node.fetch_all()
        return node

    def nodes(self):
        return [self.node(m) for m in MEMBERS]

    def bystander(self, than):
        """Another committee's connection, which only asks."""
        member = "1267" if than != "1267" else "1540"
        if member not in self.bystanders:
            self.bystanders[member] = lc.Node(member, self.keys[member], self.charter.notes, self.genesis)
        return self.bystanders[member]

    def restart_broker(self):
        e = self.exchange
        e.write_broker_config()
        status = e.stop("broker")
        assert status == 0, f"SIGTERM ended the broker with {status}"
        e.start_broker()

    def close(self):
        self.exchange.stop_all()


def plan_body(member, number=1, **changes):
    return visits.encode_plan(dict(visits.PLAN, record_id=f"{member}-V-2027-{number:04}", lead=member, **changes))


def plan(node, recipients=("1267", "1373"), number=1, body=None, pair_seq=None, **changes):
    fields = node.header("visit.plan", SCHEMAS["visit.plan"], [r for r in recipients if r != node.member], **changes)
    return node.build(fields, plan_body(node.member, number) if body is None else body, pair_seq=pair_seq)


def refused(node, data, code, signed=True):
    """The broker answers with this code; nothing is consumed, and another committee is served."""
    before = node.sequence
    outcome, answer = node.publish(data)
    assert outcome == "refused", f"accepted instead of refused with {code}: {answer}"
    assert answer["code"] == code, f"code {answer['code']} ({answer['text']}) instead of {code}"
    assert answer["frame_hash"] == c.sha256(data)
    assert node.refusal_signed(answer) == signed, "the refusal's signature"
    assert node.sequence == before
    kind, _, newest = node.world.bystander(node.member).ask(wire.CHECKPOINT)
    size, _ = node.checkpoint(newest["note"])
    assert kind == wire.CHECKPOINT and size >= node.size
    return answer


def logged_as(node, data, verdict):
    """The broker logs an entry with this verdict; the sequence is consumed, nobody but the sender gets a refused frame."""
    before = node.sequence
    outcome, answer = node.publish(data)
    assert outcome == "accepted", f"refused with {answer['code']} ({answer['text']}) instead of an entry with {verdict}"
    assert answer["verdict"] == verdict, f"verdict {answer['verdict']} instead of {verdict}"
    assert node.sequence == before + 1
    return answer


def accepted(node, data):
    return logged_as(node, data, 0)


def word(code):
    return judge.CODES.get(code, "OK")
