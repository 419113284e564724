# SPDX-License-Identifier: Apache-2.0
"""A member's connection to the broker and what it has verified of the log: enrols, publishes, fetches, judges, opens, proves. Written from
schemas/PROTOCOL.md and the .fbs files alone; tests/interop holds it against the real programs. Member (member.py) is the comfortable way to use it.
Keeps nothing: who starts anew reads the log from its beginning, own messages included. One thread at a time."""
import json
import os
import time
from pathlib import Path

import zmq
from zmq.utils import z85

from . import crypto as c
from . import judge, texts
from .pairs import Pairs
from .wire import ACCEPTANCE, FETCH, ITEMS, REFUSAL, WHOAMI, WHOAMI_ANSWER, decode_control, encode_control, encode_header, encode_receipt, make_frame

ZERO = bytes(32)
STALE_MS = 30 * 86_400_000
HEADS_MAX = 16   # in an answer to WHOAMI
NUMBERS = {word: code for code, word in judge.CODES.items()}


def read_passphrase(file):
    return Path(file).read_bytes().removesuffix(b"\n")


def write_secret(file, data):
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(data)


class Keys:
    """The four private keys of a member: fresh ones, unless given. `others`: more that it holds, by use, since keys are replaced over time."""

    def __init__(self, sign=None, witness=None, hpke=None, curve=None, others=None):
        self.sign, self.witness = sign or c.new_signing_key(), witness or c.new_signing_key()
        self.hpke, self.curve, self.others = hpke or c.new_agreement_key(), curve or c.new_agreement_key(), others or {}

    @classmethod
    def of_folder(cls, folder, passphrase_file):
        """As `liaison node init` and `liaison node rotate` have written them: encrypted PKCS#8, and curve keys in Z85."""
        folder, passphrase = Path(folder) / "keys", read_passphrase(passphrase_file)

        def read(file):
            return c.agreement_key(z85.decode(file.read_text().split()[1])) if file.suffix == ".key" else c.private_key(file.read_bytes(), passphrase)
        first = {use: folder / f"{use}{'.key' if use == 'curve' else '.pem'}" for use in ("sign", "witness", "hpke", "curve")}
        others = {use: [read(other) for other in sorted(folder.glob(f"{use}*{file.suffix}")) if other != file] for use, file in first.items()}
        return cls(**{use: read(file) for use, file in first.items()}, others=others)

    def held(self, use):
        return [getattr(self, use), *self.others.get(use, [])]

    def named(self, roster, member, use, index):
        """Of the keys held the one that the roster says is the member's newest at this index; None when that is not here."""
        newest = texts.newest_key(roster, member, use, index)
        return next((key for key in self.held(use) if newest and c.raw(key) == newest["key"]), None)

    def write(self, folder, network, member, passphrase_file):
        """Makes the folder with the keys and the request in the same form; the request's file."""
        folder, passphrase = Path(folder), read_passphrase(passphrase_file)
        (folder / "keys").mkdir(mode=0o700, parents=True)
        for use in ("sign", "witness", "hpke"):
            write_secret(folder / f"keys/{use}.pem", c.pem(getattr(self, use), passphrase))
        write_secret(folder / "keys/curve.key", b"liaison-curve-secret/v1\n" + z85.encode(c.raw_secret(self.curve)) + b"\n")
        request = folder / f"{member}.request"
        request.write_text(self.enrolment(network, member))
        return request

    def enrolment(self, network, member):
        """The request that the authority puts into a roster (PROTOCOL 1)."""
        def z(key):
            return z85.encode(c.raw(key)).decode()
        text = (f"liaison-enrolment/v1\nnetwork {network}\nmember {member}\nkey curve pub={z(self.curve)}\n"
                f"key hpke pub={c.b64(c.raw(self.hpke))}\nkey sign pub={c.b64(c.raw(self.sign))}\n"
                f"key witness pub={c.b64(c.raw(self.witness))}\n")
        to_sign = c.prefix16("liaison/pop/v1") + text.encode()
        return (text + "\n" + f"pop sign {c.b64(self.sign.sign(to_sign))}\n" + f"pop witness {c.b64(self.witness.sign(to_sign))}\n")


def in_its_place(verdict):
    """Whether a frame takes a place in its sender's chain: accepted, or one that should stand there as a refused entry."""
    return verdict == "OK" or 20 <= NUMBERS[verdict] <= 27


class Received:
    """A frame that the log holds and this node may read. `verdict`: OK, or the word for what is wrong with it; `plaintext` is None if it did not open,
    or its record was recalled."""

    def __init__(self, index, leaf, frame, fields, verdict, plaintext, message_id, pair_seq, cek):
        self.index, self.leaf, self.frame, self.fields, self.verdict = index, leaf, frame, fields, verdict
        self.plaintext, self.message_id, self.pair_seq, self.cek = plaintext, message_id, pair_seq, cek
        self.record_id = None   # of what it says, once Member.messages has read it

    def forget(self):
        """What it says is not to be shown any more; its frame stays sealed."""
        self.plaintext = self.cek = None

    def covered(self):
        """What a receipt says of it."""
        return self.message_id, self.frame.hash, self.index, self.pair_seq, NUMBERS.get(self.verdict, 0)


class Node:
    """`notes`: all rosters so far, as a new node is given them; `genesis`: the fingerprint of the first, as 32 bytes, from the authority by voice;
    `cursor`: what an earlier run has kept of Node.cursor: the log must go on from there."""

    def __init__(self, member, keys, notes, genesis, host="127.0.0.1", cursor=None):
        self.given = texts.trust_rosters(notes)
        c.need(self.given[0]["hash"] == genesis, "E_ROSTER", "another genesis")
        self.member, self.keys, self.roster = member, keys, self.given[-1]
        self.network_id = c.sha256(b"liaison/net/v1\0", self.roster["network"].encode(), genesis)
        c.need(member in self.roster["members"], "E_ROSTER", f"{member} is no member of this roster")
        self.socket = self.new_socket()
        self.socket.connect(f"tcp://{host}:{self.roster['members'][member]['port']}")
        self.request_id = 0
        self.forget()
        if cursor:
            size, root = cursor.split()
            self.hold(int(size), bytes.fromhex(root))

    def forget(self):
        """Nothing of the log is known yet."""
        self.leaf_data, self.leaves, self.root, self.size, self.note = [], c.Tree(), c.sha256(b""), 0, None
        self.held, self.seen = {}, 0   # roots by size that the log must still show; the largest size that was signed or kept
        self.sequence, self.previous, self.chains = 0, ZERO, {}   # chains: the last sequence that is known to be logged, by own sign key
        self.pairs, self.pair_out, self.counted, self.seen_sequence, self.signers = Pairs(), {}, {}, {}, {}
        self.terms, self.retired_since, self.policies = [], {}, {}   # rosters by index; when a key was first shown retired; policies by index
        self.received, self.own, self.alarms = [], {}, []

    def new_socket(self):
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.linger = 0
        socket.sndtimeo = 5000
        key = self.keys.named(self.roster, self.member, "curve", 1 << 62) or self.keys.curve   # of the newest roster that is known before connecting
        socket.curve_secretkey = z85.encode(c.raw_secret(key))
        socket.curve_publickey = z85.encode(c.raw(key))
        socket.curve_serverkey = self.roster["broker"]["curve"].encode()
        return socket

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, payload):
        try:
            self.socket.send(payload)
        except zmq.Again:   # libzmq gives up a connection whose key was refused; then there is nowhere to send to, for ever
            raise TimeoutError(f"{self.member}: there is no connection to the broker") from None

    def receive(self, timeout_ms=5000):
        if not self.socket.poll(timeout_ms):
            raise TimeoutError(f"{self.member}: the broker did not answer")
        return decode_control(self.socket.recv())

    def ask(self, kind, timeout_ms=5000, **values):
        self.request_id += 1
        self.send(encode_control(kind, self.request_id, **values))
        while True:
            answer = self.receive(timeout_ms)
            if answer[1] == self.request_id:
                return answer

    def whoami(self):
        """Makes this the connection that publishes, and takes up the chain of the own sign key where it ends; a new key's begins after the member's newest
        message."""
        kind, _, answer = self.ask(WHOAMI)
        c.need(kind == WHOAMI_ANSWER and answer["member"] == self.member, "E_SENDER", "the broker takes us for somebody else")
        heads = {head["key_id"]: head for head in answer["heads"]}   # that of the newest message first
        for head in answer["heads"]:
            c.need(head["acceptance"], "E_PROOF", "a head without its R1")
            self.check_acceptance(head["acceptance"])
        for key, sequence in self.chains.items():
            shown = heads[key]["sequence"] >= sequence if key in heads else len(heads) == HEADS_MAX
            c.need(shown, "E_CHECKPOINT", "the broker has forgotten messages of this member")
        mine = heads.get(c.key_id("sign", c.raw(self.keys.sign)))
        self.sequence, self.previous = mine["sequence"] if mine else 0, answer["heads"][0]["message_id"] if heads else ZERO
        return answer

    def checkpoint(self, note):
        return c.open_checkpoint(note, self.roster["broker"]["log"])

    # --- the log

    @property
    def cursor(self):
        """How much of the log was seen, and its root, as a line for a file: given back at the next start, it shows a log that was cut or rewritten since."""
        return f"{self.size} {self.root.hex()}"

    def hold(self, size, root):
        """The log has this root at this size, now or once that much of it is here: signed by the broker, or kept by an earlier run."""
        known = self.leaves.root(size) if size <= len(self.leaves) else self.held.setdefault(size, root)
        c.need(known == root, "E_CHECKPOINT", "two histories: the log is not the one that was signed before")
        self.seen = max(self.seen, size)

    def fetch(self, wait_ms=0):
        """Takes what is new, checks it, opens what is for us. Returns how many entries came. Nothing of an answer that does not connect is used."""
        kind, _, answer = self.ask(FETCH, timeout_ms=wait_ms + 5000, start=len(self.leaves), max_items=256, wait_ms=wait_ms)
        if kind == REFUSAL:
            raise c.Refused(judge.CODES[answer["code"]], answer["text"])
        c.need(kind == ITEMS, "E_FORMAT", "no answer to a fetch")
        start = len(self.leaves)
        try:
            self.connect_items(answer, start)
        except c.Refused:
            self.leaves.cut(start)
            del self.leaf_data[start:]
            raise
        for data, body in answer["items"]:
            self.take(c.parse_leaf(data), body)
        if len(self.leaves) == self.size:   # what explains a gap would be here
            for gap in self.pairs.overdue(int(time.time() * 1000)):
                self.alarms.append((gap.before_index, f"before which message {gap.first} to {gap.last} of {gap.sender} to this member never arrived: ask "
                                                      f"{gap.sender} what it said", b""))
        return len(answer["items"])

    def connect_items(self, answer, start):
        """The log with these entries is the one that the checkpoint signs, and goes on from the one seen before."""
        last = c.parse_leaf(self.leaf_data[-1])["accept_time_ms"] if self.leaf_data else 0
        for n, (data, _) in enumerate(answer["items"]):
            leaf = c.parse_leaf(data)
            c.need(leaf["index"] == start + n, "E_CHECKPOINT", "a hole in the log")
            c.need(leaf["accept_time_ms"] >= last, "E_CHECKPOINT", "time went back")
            last = leaf["accept_time_ms"]
            self.leaf_data.append(data)
            self.leaves.append(c.leaf_hash(data))
        size, root = self.checkpoint(answer["checkpoint"])
        end, own_root = len(self.leaves), self.leaves.root()
        c.need(end <= size and size >= self.seen, "E_CHECKPOINT", "the log was rolled back")
        if end == size:
            c.need(own_root == root and not answer["consistency"], "E_CHECKPOINT", "two histories: the checkpoint does not connect")
        else:
            c.need(c.consistency_holds(end, size, own_root, root, answer["consistency"]), "E_CHECKPOINT", "the consistency proof does not hold")
        for at, signed in self.held.items():
            c.need(at > end or self.leaves.root(at) == signed, "E_CHECKPOINT", "two histories: the log is not the one that was signed before")
        self.hold(size, root)
        self.held = {at: signed for at, signed in self.held.items() if at > end}
        self.size, self.root, self.note = size, root, answer["checkpoint"]

    def fetch_all(self):
        while self.fetch():
            pass

    def fetch_until(self, condition, seconds=20):
        """Fetches, waiting, until condition() gives something; that."""
        end = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() >= end:
                raise TimeoutError(f"{self.member}: nothing came within {seconds} s")
            self.fetch(1000)
        return found

    def term_at(self, index):
        """(roster, its policy, members) that decide an entry at this index."""
        roster = [r for at, r in self.terms if at < index][-1]
        policy = [p for digest, p in self.policies.values() if digest == roster["policy_hash"]][0]
        return roster, policy, list(roster["members"])

    def take(self, leaf, body):
        if leaf["class"] == 2:
            self.take_roster(leaf, body.decode())
        elif leaf["class"] == 3:
            c.need(c.sha256(body) == leaf["hash"], "E_POLICY_FILE", "not the leaf's")
            self.policies[leaf["index"]] = c.sha256(body), texts.parse_policy(body.decode())
        elif body:
            try:
                self.take_frame(leaf, body)
            except c.Refused as why:   # the broker should have refused it: kept as evidence, and not answered
                self.alarms.append((leaf["index"], f"which the broker should have refused: {why}", body))

    def take_roster(self, leaf, note):
        chain = texts.trust_rosters([r["note"] for _, r in self.terms] + [note])
        roster = chain[-1]
        c.need(roster["hash"] == leaf["hash"], "E_ROSTER", "not the leaf's")
        c.need(len(chain) > len(self.given) or self.given[len(chain) - 1]["hash"] == roster["hash"], "E_ROSTER", "another roster than at enrolment")
        c.need(len(chain) == 1 or any(digest == roster["policy_hash"] for digest, _ in self.policies.values()), "E_ROSTER", "its policy is no entry yet")
        for name, key in roster["keys"].items():
            if key["status"] == "retired":
                self.retired_since.setdefault(name, leaf["accept_time_ms"])
        self.terms.append((leaf["index"], roster))
        if roster["version"] > self.roster["version"]:
            self.roster = roster

    def take_frame(self, leaf, body):
        frame, (roster, policy, members) = judge.Frame(body), self.term_at(leaf["index"])
        c.need(frame.hash == leaf["hash"], "E_FORMAT", "the frame is not the leaf's")
        key = texts.find_key(roster, "sign", frame.key_id)
        c.need(key, "E_KEY", "not in the roster then")
        fields = frame.check(self.network_id, key["key"])
        message_id = frame.message_id(self.network_id)
        if fields["sender"] == self.member:   # our own, refused ones too: a node that starts anew counts from them
            self.own[leaf["index"]] = (frame, message_id)
            self.count(frame, fields)
            return
        c.need(leaf["verdict"] == 0 and self.member in fields["recipients"], "E_RECIPIENT", "not for us")
        c.need(fields["seen_size"] <= leaf["index"] and fields["seen_root"] == self.leaves.root(fields["seen_size"]), "E_CHECKPOINT", "two histories")
        verdict = self.verdict(frame, fields, key, roster, policy, members, leaf)
        plaintext, pair_seq, cek = frame.body, 0, None
        if fields["suite"] == 2:
            verdict, plaintext, pair_seq, cek = self.open(frame, fields, verdict, leaf)
        elif fields["kind"] == "receipt" and verdict == "OK":
            verdict = self.hear_of_gaps(plaintext, fields["sender"])
        self.received.append(Received(leaf["index"], leaf, frame, fields, verdict, plaintext, message_id, pair_seq, cek))

    def opening(self, frame):
        """The key that one of the frame's stanzas is for: an older one may still be asked for."""
        ids = {frame.body[at:at + 8] for at in range(2, len(frame.body) - 95, 96)}
        return next((key for key in self.keys.held("hpke") if c.key_id("hpke", c.raw(key)) in ids), self.keys.hpke)

    def open(self, frame, fields, verdict, leaf):
        """(verdict, plaintext, pair_seq, content key)"""
        try:
            opened = c.open_body(self.opening(frame), self.network_id, frame.key_id, frame.header, fields["key_commitment"], frame.body)
        except c.Refused as why:
            return verdict if verdict != "OK" else why.word, None, 0, None
        plaintext, pair_seq, cek = opened
        if not in_its_place(verdict) or fields["kind"] == "heartbeat":   # whoever made it must not use up the sender's numbers
            return verdict, plaintext, 0, cek
        if not 1 <= pair_seq <= 1 << 62:
            return verdict if verdict != "OK" else "E_FORMAT", plaintext, pair_seq, cek
        first = self.pairs.take(fields["sender"], pair_seq, leaf["index"], leaf["accept_time_ms"])
        return "E_DUPLICATE" if verdict == "OK" and not first else verdict, plaintext, pair_seq, cek

    def hear_of_gaps(self, plaintext, sender):
        """What a receipt says of numbers that never come (PROTOCOL 3); its verdict."""
        try:
            covered = judge.receipt(plaintext)
        except c.Refused as why:   # one that does not decode is ignored
            return why.word
        own = {message_id for _, message_id in self.own.values()}
        for message_id, frame_hash, index, pair_seq, verdict in covered:
            if message_id in own or not 20 <= verdict <= 27 or index >= len(self.leaf_data) or not 1 <= pair_seq <= 1 << 62:
                continue
            leaf = c.parse_leaf(self.leaf_data[index])
            if (leaf["class"], leaf["hash"], leaf["verdict"]) == (1, frame_hash, verdict):
                self.pairs.explain(sender, pair_seq, index, leaf["accept_time_ms"])
        return "OK"

    def verdict(self, frame, h, key, roster, policy, members, leaf):
        """What a recipient finds, as a word: the broker's checks without connection, quota and the clock of now."""
        found = self.chain_verdict(frame, h, key, leaf["index"]) or self.entry_verdict(frame, h, roster, policy, members, leaf)
        if in_its_place(found):
            self.signers[h["sender"]] = frame.key_id
        return found

    def chain_verdict(self, frame, h, key, index):
        """What is wrong with the frame's place in its sender's chain; None when nothing is."""
        if h["sender"] != key["member"]:
            return "E_SENDER"
        named = [r for at, r in self.terms if at < index and r["version"] == h["roster_version"]]
        if not named or named[0]["policy_hash"] != h["policy_hash"]:
            return "E_FORMAT"
        if frame.key_id in self.seen_sequence and self.signers.get(h["sender"], frame.key_id) != frame.key_id:
            return "E_KEY"   # superseded: another key of this member has spoken after it
        if h["sequence"] <= self.seen_sequence.get(frame.key_id, 0):
            return "E_CHAIN"
        self.seen_sequence[frame.key_id] = h["sequence"]
        if not texts.key_valid(key, index):
            return "E_KEY" if index < key["from"] else "E_KEY_REVOKED"
        return None

    def entry_verdict(self, frame, h, roster, policy, members, leaf):
        if leaf["accept_time_ms"] > h["not_after_ms"]:
            return "E_EXPIRED"
        if judge.SCHEMAS.get(h["kind"]) != h["schema_id"]:
            return "E_SCHEMA"
        if not set(h["recipients"]) <= set(members):
            return "E_RECIPIENT"
        word, _, _ = texts.decide(policy, members, h["sender"], h["kind"], h["marking"], h["recipients"], h["suite"])
        if word != "OK":
            return word
        if h["kind"] == "receipt":
            return "OK" if h["suite"] == 1 and len(h["recipients"]) == 1 else "E_SEAL"
        return self.seal_verdict(frame, h, roster, leaf) if h["suite"] == 2 else "E_SEAL"

    def seal_verdict(self, frame, h, roster, leaf):
        try:
            ids = [s[0] for s in c.split_body(frame.body)[0]]
            c.check_stanzas(frame.body, ids)
        except c.Refused as why:
            return why.word
        keys = [texts.find_key(roster, "hpke", kid) for kid in ids]
        holders = h["recipients"] + [h["sender"]]
        if [k and k["member"] for k in keys] != holders or any(leaf["index"] < k["from"] for k in keys):
            return "E_SEAL"
        for k in keys:
            revoked = k["status"] == "revoked" and leaf["index"] >= k["trusted-below"]
            if revoked or (k["status"] == "retired" and leaf["accept_time_ms"] >= self.retired_since[k["id"]] + STALE_MS):
                return "E_STALE"
        return "OK"

    # --- publishing

    def hpke_of(self, member):
        key = texts.newest_key(self.roster, member, "hpke", len(self.leaves))
        c.need(key, "E_RECIPIENT", f"{member} has no key to seal to")
        return key["key"]

    def header(self, kind, schema_id, recipients, marking="committees", **changes):
        now = int(time.time() * 1000)
        fields = {"sender": self.member, "schema_id": schema_id, "kind": kind, "marking": marking, "recipients": sorted(recipients),
                  "sequence": self.sequence + 1, "previous": self.previous, "created_at_ms": now, "not_after_ms": now + 30 * 86_400_000,
                  "roster_version": self.roster["version"], "policy_hash": self.roster["policy_hash"], "seen_size": self.size,
                  "seen_root": self.root, "nonce": c.random_bytes(16), "in_reply_to": ZERO, "suite": 2, "key_commitment": b"", "blobs": []}
        fields.update(changes)
        return fields

    def build(self, fields, plaintext, to=None, pair_seq=None):
        """A whole frame; sealed when fields say suite 2. pair_seq: {member: another one than the next}."""
        kid = c.key_id("sign", c.raw(self.keys.sign))
        if fields["suite"] != 2:
            return make_frame(self.network_id, self.keys.sign, encode_header(fields), plaintext)
        cek = c.random_bytes(32)
        fields = dict(fields, key_commitment=c.commitment(cek))
        header = encode_header(fields)
        if to is None:
            to = [(self.hpke_of(r), (pair_seq or {}).get(r, self.pair_out.get(r, 0) + 1)) for r in fields["recipients"]] + [(self.hpke_of(self.member), 0)]
        return make_frame(self.network_id, self.keys.sign, header, c.seal_body(cek, self.network_id, kid, header, to, plaintext))

    def receipt(self, schema_id, to, covered):
        return self.build(self.header("receipt", schema_id, [to], marking="public", suite=1), encode_receipt(covered))

    def check_acceptance(self, answer):
        """(leaf, size, root) of an R1 that holds; the log will have to hold it, too."""
        leaf = c.parse_leaf(answer["leaf"])
        size, root = self.checkpoint(answer["checkpoint"])
        c.need(leaf["class"] == 1 and leaf["hash"] == answer["frame_hash"], "E_PROOF", "R1 is of another frame")
        c.need(c.inclusion_holds(c.leaf_hash(answer["leaf"]), leaf["index"], size, answer["path"], root), "E_PROOF", "R1 does not hold")
        self.hold(size, root)
        return leaf, size, root

    def publish(self, data, timeout_ms=5000):
        """Sends a frame's bytes; ('accepted', R1 checked, whose verdict may be a refused entry's) or ('refused', refusal). After a TimeoutError the
        same bytes may be sent again: what is logged already is answered with its first R1."""
        self.send(data)
        return self.outcome(data, timeout_ms)

    def outcome(self, data, timeout_ms=5000):
        frame_hash = c.sha256(data)
        while True:
            kind, request_id, answer = self.receive(timeout_ms)
            if kind == ACCEPTANCE and answer["frame_hash"] == frame_hash:
                leaf, _, _ = self.check_acceptance(answer)
                self.logged(data)
                return "accepted", dict(answer, **leaf)
            if kind == REFUSAL and request_id == 0 and answer["frame_hash"] in (frame_hash, ZERO):   # zeros: of what the broker could not read
                return "refused", answer

    def logged(self, data):
        frame = judge.Frame(data)
        fields = judge.header(frame.header)
        if fields["sequence"] == self.sequence + 1:
            self.sequence, self.previous = fields["sequence"], frame.message_id(self.network_id)
        self.count(frame, fields)

    def count(self, frame, fields):
        """An own frame that is logged: its place in the chain, and its number for each recipient."""
        self.chains[frame.key_id] = max(fields["sequence"], self.chains.get(frame.key_id, 0))
        if fields["suite"] != 2 or fields["kind"] == "heartbeat" or frame.hash in self.counted:
            return
        for r in fields["recipients"]:
            self.pair_out[r] = self.pair_out.get(r, 0) + 1
        self.counted[frame.hash] = {r: self.pair_out[r] for r in fields["recipients"]}

    def refusal_signed(self, refusal):
        public = c.unb64(self.roster["broker"]["sign"])
        return len(refusal["signature"]) == 64 and c.signature_holds(public, refusal["signature"], judge.refusal_to_sign(self.network_id, refusal))

    # --- proving

    def proof(self, index, cek=None):
        """The proof file of an own message, or of a received one, under the newest checkpoint; all fetched before."""
        def placed(at, **inner):
            path = [c.b64(h) for h in self.leaves.path(at, self.size)]
            return dict(inner, index=at, leaf=c.b64(self.leaf_data[at]), path=path)
        own = self.own.get(index)
        frame, message_id = own if own else next((r.frame, r.message_id) for r in self.received if r.index == index)
        heard = [r for r in self.received if r.fields["kind"] == "receipt" and r.verdict == "OK"]
        receipts = [r for r in heard if any(x[0] == message_id for x in judge.receipt(r.plaintext))]
        proof = {"format": "liaison-proof/v1", "network": self.roster["network"], "genesis_sha256": self.terms[0][1]["hash"].hex(),
                 "rosters": [placed(at, note=r["note"]) for at, r in self.terms], "policies": [placed(at, file=f) for at, f in self.policy_files()],
                 "checkpoint": self.note, "receipts": [placed(r.index, frame=c.b64(r.frame.data)) for r in receipts]}
        proof.update(placed(index, frame=c.b64(frame.data)))
        if cek:
            proof["content_key"] = c.b64(cek)
        return json.dumps(proof)

    def policy_files(self):
        return [(index, parsed["text"]) for index, (_, parsed) in sorted(self.policies.items())]
