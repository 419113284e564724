# SPDX-License-Identifier: Apache-2.0
"""A Liaison node in Python: enrols, publishes, fetches, opens, verifies. Written from schemas/PROTOCOL.md and the .fbs files alone.
The FlatBuffers classes come from `flatc --python`; their folder must be on sys.path."""
import time

import flatbuffers
import zmq
from zmq.utils import z85

from liaison.fbs import Acceptance as FbAcceptance
from liaison.fbs import Checkpoint as FbCheckpoint
from liaison.fbs import Fetch as FbFetch
from liaison.fbs import Header as FbHeader
from liaison.fbs import Items as FbItems
from liaison.fbs import Receipt as FbReceipt
from liaison.fbs import Refusal as FbRefusal
from liaison.fbs import WhoAmI as FbWhoAmI
from liaison.fbs import WhoAmIAnswer as FbWhoAmIAnswer
from liaison.fbs import Wire as FbWire
from liaison.fbs.Control import Control
from liaison.fbs.Covered import CreateCovered

import crypto as c

MESSAGE, FETCH, ITEMS, ACCEPTANCE, REFUSAL, WHOAMI, WHOAMI_ANSWER, CHECKPOINT = range(1, 9)
ZERO = bytes(32)


class Roster:
    """The words of a roster's text, by line kind."""

    def __init__(self, note):
        self.note = note
        self.text, _ = c.split_note(note)
        self.hash = c.sha256(self.text.encode())
        self.lines = [line.split(" ") for line in self.text.splitlines()]
        self.network = self.one("network")[1]
        self.version = int(self.one("version")[1])
        self.policy_hash = c.unb64(self.one("policy-sha256")[1])
        self.broker = self.fields(self.one("broker")[2:])
        self.threshold = int(self.one("root-threshold")[1])
        self.roots = [line[2] for line in self.all("root")]
        self.members = {line[1]: self.fields(line[2:]) for line in self.all("member")}
        self.keys = [dict(self.fields(line[2:]), id=line[1]) for line in self.all("key")]

    def all(self, kind):
        return [line for line in self.lines if line[0] == kind]

    def one(self, kind):
        return self.all(kind)[0]

    @staticmethod
    def fields(words):
        return dict(word.split("=", 1) for word in words)

    def threshold_reached(self, roots=None, threshold=None):
        roots = self.roots if roots is None else roots
        return sum(c.note_signed_by(self.note, root) for root in roots) >= (threshold or self.threshold)

    def key(self, member, use):
        """The member's newest active key of that use."""
        found = [k for k in self.keys if k["member"] == member and k["use"] == use and k["status"] == "active"]
        found.sort(key=lambda k: (int(k["from"]), k["id"]))
        return c.unb64(found[-1]["pub"])

    def sign_key_by_id(self, kid):
        for k in self.keys:
            if k["use"] == "sign" and c.key_id("sign", c.unb64(k["pub"])) == kid:
                return k["member"], c.unb64(k["pub"])
        return None, None


class Keys:
    def __init__(self):
        self.sign, self.witness = c.new_signing_key(), c.new_signing_key()
        self.hpke, self.curve = c.new_agreement_key(), c.new_agreement_key()

    def enrolment(self, network, member):
        def z(key):
            return z85.encode(c.raw(key)).decode()
        text = (f"liaison-enrolment/v1\nnetwork {network}\nmember {member}\nkey curve pub={z(self.curve)}\n"
                f"key hpke pub={c.b64(c.raw(self.hpke))}\nkey sign pub={c.b64(c.raw(self.sign))}\n"
                f"key witness pub={c.b64(c.raw(self.witness))}\n")
        to_sign = c.prefix16("liaison/pop/v1") + text.encode()
        return (text + "\n" + f"pop sign {c.b64(self.sign.sign(to_sign))}\n" + f"pop witness {c.b64(self.witness.sign(to_sign))}\n")


def byte_vector(builder, data):
    return builder.CreateByteVector(bytes(data))


def encode_header(fields):
    """fields: the names of header.fbs."""
    b = flatbuffers.Builder(1024)
    texts = {name: b.CreateString(fields[name]) for name in ("sender", "kind", "marking")}
    vectors = {name: byte_vector(b, fields[name]) for name in
               ("schema_id", "previous", "policy_hash", "seen_root", "nonce", "in_reply_to", "key_commitment")}
    strings = [b.CreateString(r) for r in fields["recipients"]]
    FbHeader.StartRecipientsVector(b, len(strings))
    for s in reversed(strings):
        b.PrependUOffsetTRelative(s)
    recipients = b.EndVector()
    blob_strings = [b.CreateString(x) for x in fields.get("blobs", [])]
    FbHeader.StartBlobsVector(b, len(blob_strings))
    for s in reversed(blob_strings):
        b.PrependUOffsetTRelative(s)
    blobs = b.EndVector()
    FbHeader.Start(b)
    FbHeader.AddSender(b, texts["sender"])
    FbHeader.AddSchemaId(b, vectors["schema_id"])
    FbHeader.AddKind(b, texts["kind"])
    FbHeader.AddMarking(b, texts["marking"])
    FbHeader.AddRecipients(b, recipients)
    FbHeader.AddSequence(b, fields["sequence"])
    FbHeader.AddPrevious(b, vectors["previous"])
    FbHeader.AddCreatedAtMs(b, fields["created_at_ms"])
    FbHeader.AddNotAfterMs(b, fields["not_after_ms"])
    FbHeader.AddRosterVersion(b, fields["roster_version"])
    FbHeader.AddPolicyHash(b, vectors["policy_hash"])
    FbHeader.AddSeenSize(b, fields["seen_size"])
    FbHeader.AddSeenRoot(b, vectors["seen_root"])
    FbHeader.AddNonce(b, vectors["nonce"])
    FbHeader.AddInReplyTo(b, vectors["in_reply_to"])
    FbHeader.AddSuite(b, fields["suite"])
    FbHeader.AddKeyCommitment(b, vectors["key_commitment"])
    FbHeader.AddBlobs(b, blobs)
    b.Finish(FbHeader.End(b), file_identifier=b"LSNH")
    return bytes(b.Output())


def vector(table, name):
    length = getattr(table, name + "Length")()
    return bytes(getattr(table, name)(i) for i in range(length))


class Frame:
    """A signed frame taken apart. Lengths are checked; nothing is parsed before `check` held."""

    def __init__(self, data):
        if len(data) < 88 or data[:8] != b"LSN1\x01\x01\0\0":
            raise ValueError("E_FORMAT: frame")
        self.data = data
        self.key_id = data[8:16]
        h, b = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        if len(data) != 88 + h + b or h > 16 * 1024 or b > 96 * 1024:
            raise ValueError("E_SIZE: frame")
        self.signature, self.header, self.body = data[24:88], data[88:88 + h], data[88 + h:]
        self.hash = c.sha256(data)

    def to_sign(self, network_id):
        return (c.prefix16("liaison/msg/v1") + network_id + self.data[4:24] + c.sha256(self.header) + c.sha256(self.body))

    def message_id(self, network_id):
        return c.sha256(b"liaison/id/v1\0", self.to_sign(network_id))

    def check(self, network_id, public):
        return c.signature_holds(public, self.signature, self.to_sign(network_id))

    def fields(self):
        h = FbHeader.Header.GetRootAs(self.header, 0)
        return {"sender": h.Sender().decode(), "kind": h.Kind().decode(), "marking": h.Marking().decode(),
                "recipients": [h.Recipients(i).decode() for i in range(h.RecipientsLength())], "sequence": h.Sequence(),
                "previous": vector(h, "Previous"), "suite": h.Suite(), "key_commitment": vector(h, "KeyCommitment"),
                "created_at_ms": h.CreatedAtMs(), "in_reply_to": vector(h, "InReplyTo"), "schema_id": vector(h, "SchemaId")}


def make_frame(network_id, sign_key, header, body):
    kid = c.key_id("sign", c.raw(sign_key))
    fixed = b"LSN1\x01\x01\0\0" + kid + len(header).to_bytes(4, "big") + len(body).to_bytes(4, "big")
    unsigned = Frame(fixed + bytes(64) + header + body)
    return fixed + sign_key.sign(unsigned.to_sign(network_id)) + header + body


def encode_receipt(covered):
    """covered: [(message_id, frame_hash, index, pair_seq, verdict)]"""
    def words(h):
        return [int.from_bytes(h[i:i + 8], "little") for i in range(0, 32, 8)]
    b = flatbuffers.Builder(1024)
    FbReceipt.StartCoveredVector(b, len(covered))
    for message_id, frame_hash, index, pair_seq, verdict in reversed(covered):
        CreateCovered(b, *words(message_id), *words(frame_hash), index, pair_seq, verdict)
    inner = b.EndVector()
    FbReceipt.Start(b)
    FbReceipt.AddCovered(b, inner)
    b.Finish(FbReceipt.End(b), file_identifier=b"LSNR")
    return bytes(b.Output())


def decode_receipt(body):
    r = FbReceipt.Receipt.GetRootAs(body, 0)
    out = []
    for i in range(r.CoveredLength()):
        x = r.Covered(i)
        mid = b"".join(getattr(x, f"MessageId{n}")().to_bytes(8, "little") for n in range(4))
        fh = b"".join(getattr(x, f"FrameHash{n}")().to_bytes(8, "little") for n in range(4))
        out.append((mid, fh, x.Index(), x.PairSeq(), x.Verdict()))
    return out


def encode_control(kind, request_id, **values):
    b = flatbuffers.Builder(256)
    if kind == FETCH:
        FbFetch.Start(b)
        FbFetch.AddFrom_(b, values["start"])
        FbFetch.AddMaxItems(b, values["max_items"])
        FbFetch.AddWaitMs(b, values["wait_ms"])
        inner, member = FbFetch.End(b), Control.Fetch
    elif kind == WHOAMI:
        FbWhoAmI.Start(b)
        inner, member = FbWhoAmI.End(b), Control.WhoAmI
    else:
        FbCheckpoint.Start(b)
        inner, member = FbCheckpoint.End(b), Control.Checkpoint
    FbWire.Start(b)
    FbWire.AddControlType(b, member)
    FbWire.AddControl(b, inner)
    b.Finish(FbWire.End(b), file_identifier=b"LSNW")
    body = bytes(b.Output())
    return b"LSN1" + bytes([kind]) + request_id.to_bytes(4, "big") + len(body).to_bytes(4, "big") + body


def hashes(table, name):
    flat = vector(table, name)
    return [flat[i:i + 32] for i in range(0, len(flat), 32)]


def acceptance(table):
    return {"frame_hash": vector(table, "FrameHash"), "leaf": vector(table, "Leaf"), "path": hashes(table, "Path"),
            "checkpoint": vector(table, "Checkpoint").decode(), "rule": (table.Rule() or b"").decode(), "basis": (table.Basis() or b"").decode()}


def decode_control(payload):
    """(type, request_id, dict)"""
    if payload[:4] != b"LSN1" or len(payload) != 13 + int.from_bytes(payload[9:13], "big"):
        raise ValueError("E_FORMAT: control frame")
    kind, request_id = payload[4], int.from_bytes(payload[5:9], "big")
    wire = FbWire.Wire.GetRootAs(payload[13:], 0)
    tab = wire.Control()

    def of(cls):
        x = cls()
        x.Init(tab.Bytes, tab.Pos)
        return x
    if kind == ITEMS:
        x = of(FbItems.Items)
        items = [(vector(x.Items(i), "Leaf"), vector(x.Items(i), "Body")) for i in range(x.ItemsLength())]
        return kind, request_id, {"items": items, "checkpoint": vector(x, "Checkpoint").decode(), "consistency": hashes(x, "Consistency")}
    if kind == ACCEPTANCE:
        return kind, request_id, acceptance(of(FbAcceptance.Acceptance))
    if kind == REFUSAL:
        x = of(FbRefusal.Refusal)
        return kind, request_id, {"frame_hash": vector(x, "FrameHash"), "code": x.Code(), "detail": x.Detail(), "text": x.Text().decode(),
                                  "time_ms": x.TimeMs(), "signature": vector(x, "Signature") if not x.SignatureIsNone() else b""}
    if kind == WHOAMI_ANSWER:
        x = of(FbWhoAmIAnswer.WhoAmIAnswer)
        heads = []
        for i in range(x.HeadsLength()):
            h = x.Heads(i)
            heads.append({"key_id": vector(h, "KeyId"), "sequence": h.Sequence(), "message_id": vector(h, "MessageId"),
                          "acceptance": acceptance(h.Acceptance()) if h.Acceptance() else None})
        return kind, request_id, {"member": x.Member().decode(), "heads": heads, "time_ms": x.TimeMs()}
    if kind == CHECKPOINT:
        return kind, request_id, {"note": vector(of(FbCheckpoint.Checkpoint), "Note").decode()}
    raise ValueError(f"E_FORMAT: type {kind}")


class Node:
    """One member's connection and what it has verified so far."""

    def __init__(self, member, keys, roster, genesis_hash, host="127.0.0.1"):
        self.member, self.keys, self.roster = member, keys, roster
        self.network_id = c.sha256(b"liaison/net/v1\0", roster.network.encode(), genesis_hash)
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.curve_secretkey = z85.encode(c.raw_secret(keys.curve))
        self.socket.curve_publickey = z85.encode(c.raw(keys.curve))
        self.socket.curve_serverkey = roster.broker["curve"].encode()
        self.socket.connect(f"tcp://{host}:{roster.members[member]['port']}")
        self.request_id = 0
        self.leaves, self.root, self.size = [], c.sha256(b""), 0
        self.sequence, self.previous = 0, ZERO
        self.pair_out, self.pair_in, self.counted = {}, {}, set()
        self.received = []   # (index, fields, plaintext, message_id, frame_hash, pair_seq)
        self.notes, self.policies = {}, {}

    def close(self):
        self.socket.close()

    def send(self, payload):
        self.socket.send(payload)

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
        kind, _, answer = self.ask(WHOAMI)
        assert kind == WHOAMI_ANSWER and answer["member"] == self.member
        mine = c.key_id("sign", c.raw(self.keys.sign))
        for head in answer["heads"]:
            if head["key_id"] == mine:
                self.sequence, self.previous = head["sequence"], head["message_id"]
        return answer

    def checkpoint(self, note):
        return c.open_checkpoint(note, self.roster.broker["log"])

    def fetch(self, wait_ms=0):
        """Takes what is new, checks it, opens what is for us. Returns how many entries came."""
        kind, _, answer = self.ask(FETCH, timeout_ms=wait_ms + 5000, start=len(self.leaves), max_items=256, wait_ms=wait_ms)
        if kind == REFUSAL:
            raise ValueError(f"refused: {answer['code']} {answer['text']}")
        assert kind == ITEMS
        start = len(self.leaves)
        for n, (leaf, body) in enumerate(answer["items"]):
            assert c.parse_leaf(leaf)["index"] == start + n, "a hole in the log"
            self.leaves.append(c.leaf_hash(leaf))
        size, root = self.checkpoint(answer["checkpoint"])
        end = len(self.leaves)
        own_root = c.root_of(self.leaves)
        assert end <= size
        if end == size:
            assert own_root == root, "the checkpoint does not connect"
        elif end:
            assert c.consistency_holds(end, size, own_root, root, answer["consistency"]), "the consistency proof does not hold"
        self.size, self.root = size, root
        for leaf, body in answer["items"]:
            self.take(c.parse_leaf(leaf), body)
        return len(answer["items"])

    def take(self, leaf, body):
        if leaf["class"] == 2:
            roster = Roster(body.decode())
            assert roster.hash == leaf["hash"]
            if roster.version > self.roster.version:
                assert roster.threshold_reached() and roster.threshold_reached(self.roster.roots, self.roster.threshold)
                self.roster = roster
            self.notes[leaf["index"]] = body.decode()
        elif leaf["class"] == 3:
            assert c.sha256(body) == leaf["hash"]
            self.policies[leaf["index"]] = body.decode()
        elif body:
            frame = Frame(body)
            assert frame.hash == leaf["hash"], "the frame is not the leaf's"
            sender, public = self.roster.sign_key_by_id(frame.key_id)
            assert public and frame.check(self.network_id, public), "E_SIGNATURE"
            fields = frame.fields()
            assert fields["sender"] == sender
            if sender == self.member:   # our own, refused ones too: a node that starts anew counts from them
                self.count_pairs(frame, fields)
                return
            assert leaf["verdict"] == 0 and self.member in fields["recipients"], "not for us"
            message_id, pair_seq, plaintext = frame.message_id(self.network_id), 0, frame.body
            if fields["suite"] == 2:
                plaintext, pair_seq, _ = c.open_body(self.keys.hpke, self.network_id, frame.key_id, frame.header,
                                                     fields["key_commitment"], frame.body)
                # A refused entry of the sender leaves a gap that its receipt explains; the order must hold.
                assert pair_seq > self.pair_in.get(sender, 0), "the pair sequence went back"
                self.pair_in[sender] = pair_seq
            self.received.append((leaf["index"], fields, plaintext, message_id, frame.hash, pair_seq))

    def fetch_all(self):
        while self.fetch():
            pass

    def header(self, kind, schema_id, recipients, marking="committees", **changes):
        now = int(time.time() * 1000)
        fields = {"sender": self.member, "schema_id": schema_id, "kind": kind, "marking": marking, "recipients": sorted(recipients),
                  "sequence": self.sequence + 1, "previous": self.previous, "created_at_ms": now, "not_after_ms": now + 30 * 86_400_000,
                  "roster_version": self.roster.version, "policy_hash": self.roster.policy_hash, "seen_size": self.size or 1,
                  "seen_root": self.root, "nonce": c.random_bytes(16), "in_reply_to": ZERO, "suite": 2, "key_commitment": b"", "blobs": []}
        fields.update(changes)
        return fields

    def build(self, fields, plaintext, to=None):
        """A whole frame; sealed when fields say suite 2."""
        kid = c.key_id("sign", c.raw(self.keys.sign))
        if fields["suite"] != 2:
            return make_frame(self.network_id, self.keys.sign, encode_header(fields), plaintext)
        cek = c.random_bytes(32)
        fields = dict(fields, key_commitment=c.commitment(cek))
        header = encode_header(fields)
        if to is None:
            to = [(self.roster.key(r, "hpke"), self.pair_out.get(r, 0) + 1) for r in fields["recipients"]] + [(c.raw(self.keys.hpke), 0)]
        return make_frame(self.network_id, self.keys.sign, header, c.seal_body(cek, self.network_id, kid, header, to, plaintext))

    def publish(self, data, timeout_ms=5000):
        """Sends a frame's bytes; ('accepted', R1 checked) or ('refused', refusal)."""
        frame_hash = c.sha256(data)
        self.send(data)
        while True:
            kind, _, answer = self.receive(timeout_ms)
            if kind == ACCEPTANCE and answer["frame_hash"] == frame_hash:
                leaf = c.parse_leaf(answer["leaf"])
                size, root = self.checkpoint(answer["checkpoint"])
                assert leaf["hash"] == frame_hash
                assert c.inclusion_holds(c.leaf_hash(answer["leaf"]), leaf["index"], size, answer["path"], root), "R1 does not hold"
                self.logged(data)
                return "accepted", dict(answer, **leaf)
            if kind == REFUSAL:
                return "refused", answer

    def logged(self, data):
        frame = Frame(data)
        fields = frame.fields()
        if fields["sequence"] == self.sequence + 1:
            self.sequence, self.previous = fields["sequence"], frame.message_id(self.network_id)
            self.count_pairs(frame, fields)

    def count_pairs(self, frame, fields):
        if fields["suite"] != 2 or fields["kind"] == "heartbeat" or frame.hash in self.counted:
            return
        self.counted.add(frame.hash)
        for r in fields["recipients"]:
            self.pair_out[r] = self.pair_out.get(r, 0) + 1

    def refusal_signed(self, refusal):
        to_sign = (c.prefix16("liaison/rcpt/v1") + self.network_id + refusal["frame_hash"] + refusal["code"].to_bytes(2, "big") +
                   refusal["detail"].to_bytes(8, "big") + refusal["time_ms"].to_bytes(8, "big"))
        return len(refusal["signature"]) == 64 and c.signature_holds(c.unb64(self.roster.broker["sign"]), refusal["signature"], to_sign)
