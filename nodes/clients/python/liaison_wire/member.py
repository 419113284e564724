# SPDX-License-Identifier: Apache-2.0
"""A member of the exchange by the wire alone: reads what the others say, says something itself, answers with receipts. It is the member's node: no
liaison-node may run for the same member at the same time. It keeps nothing on disk but the keys; everything it knows stands in the log.
One thread at a time."""
import time
from pathlib import Path

from . import bodies, judge, texts
from . import crypto as c
from .node import ZERO, Keys, Node

ASK_AGAIN_MS = 1000   # E_BUSY's detail on a connection that is not the one that last asked WHOAMI
AGAIN = {"E_QUOTA", "E_BUSY", "E_STORAGE_FULL", "E_CLOCK_BROKER", "E_ROSTER_EXPIRED"}   # the same bytes may be taken later


class Member(Node):
    @classmethod
    def of_folder(cls, folder, passphrase_file, host="127.0.0.1", cursor=None):
        """From the folder that `liaison node init` and `liaison node trust` have made; its roster says which member it is. `cursor`: what an earlier run
        has kept of Member.cursor."""
        folder, keys = Path(folder), Keys.of_folder(folder, passphrase_file)
        notes = sorted((folder / "trust").glob("roster-*.note"), key=lambda p: int(p.stem.split("-")[1]))
        notes, genesis = [p.read_text() for p in notes], bytes.fromhex((folder / "trust/genesis.sha256").read_text().strip())
        return cls(member_of(notes[-1], keys), keys, notes, genesis, host, cursor)

    def __init__(self, member, keys, notes, genesis, host="127.0.0.1", cursor=None):
        super().__init__(member, keys, notes, genesis, host, cursor)
        self.records, self.answered, self.judged = {}, set(), 0
        self.own_read, self.told = set(), set()   # entries of our own that were read; (message, member) whom a receipt of ours has told of it
        self.pending, self.patience_s = None, 60   # a frame whose R1 did not come; for how long one is sent

    def catch_up(self):
        """Takes everything that the log holds; from then on this member may publish. E_CHECKPOINT for a log that is not all that was signed before, or not
        all that this member has said."""
        self.take_up()
        c.need(not self.held and self.seen <= self.size, "E_CHECKPOINT", "the broker keeps back what it has signed before")
        mine = c.key_id("sign", c.raw(self.keys.sign))
        c.need(sum(frame.key_id == mine for frame, _ in self.own.values()) == self.sequence, "E_CHECKPOINT", "the broker keeps back messages of this member")

    def take_up(self):
        """Where the log ends and the own chain, as the broker shows them now; with the newest of the member's sign keys."""
        self.whoami()
        self.fetch_all()
        newest = self.keys.named(self.roster, self.member, "sign", len(self.leaves))
        if newest and newest is not self.keys.sign:
            self.keys.sign = newest
            self.whoami()
        self.read_own()

    def settle(self):
        """What became of the message whose R1 did not come (TimeoutError): its place in the log; None when it is not there, which is for good then. What
        is said next asks it by itself."""
        if self.pending is None:
            return None
        message_id = judge.Frame(self.pending).message_id(self.network_id)
        self.take_up()   # the answer to WHOAMI comes after those to all that was sent before it
        self.pending = None
        return next((index for index, (_, own) in self.own.items() if own == message_id), None)

    def read_own(self):
        """What this member said, from its own stanzas, but for what was read before: its records, and whom its receipts have told."""
        for index, (frame, _) in sorted(self.own.items()):
            fields, leaf = judge.header(frame.header), c.parse_leaf(self.leaf_data[index])
            if index in self.own_read or leaf["verdict"]:
                continue
            self.own_read.add(index)
            if fields["kind"] == "receipt":
                self.told |= {(message_id, fields["recipients"][0]) for message_id, *_ in judge.receipt(frame.body)}
                continue
            try:
                plaintext, _, _ = c.open_body(self.opening(frame), self.network_id, frame.key_id, frame.header, fields["key_commitment"], frame.body)
                self.said(fields["kind"], bodies.read(fields["kind"], plaintext), plaintext)
            except c.Refused:   # sealed to a key that is gone, or a kind that this client does not read
                pass

    def said(self, kind, body, plaintext):
        if kind.endswith(".answer"):
            self.answered.add(body["record_id"])
        else:
            self.fold(kind, self.member, body, plaintext)

    # --- what the others say

    def messages(self, wait_ms=0):
        """What has come since the last call, receipts left out: (Received, what its body says). Waits up to wait_ms when there is nothing. What is wrong
        with a message stands in its verdict, and then its body is None; so it is, with the verdict OK, where its record was recalled, also later in
        what has come, and then nothing of it is kept here but its frame."""
        if self.judged == len(self.received):
            self.fetch(wait_ms)
        new = [m for m in self.received[self.judged:] if m.fields["kind"] != "receipt"]
        self.judged = len(self.received)
        read = [(message, self.body_of(message)) for message in new]
        return [(message, None if body and message.plaintext is None else body) for message, body in read]

    def body_of(self, message):
        if message.verdict != "OK":
            return None
        kind, sender = message.fields["kind"], message.fields["sender"]
        if kind not in bodies.KINDS and kind not in bodies.PLAIN:   # overlap.*, which want the arithmetic of PROTOCOL 14.2
            return None
        try:
            body = bodies.read(kind, message.plaintext)
            message.record_id = body["record_id"]
            self.fold(kind, sender, body, message.plaintext)
        except c.Refused as why:
            message.verdict, body = why.word, None
        if message.record_id and not (body and kind.endswith(".recall")) and self.is_recalled(message.record_id):
            message.forget()
        return body

    def is_recalled(self, record_id):
        return record_id in self.records and self.records[record_id]["recalled"] is not None

    def fold(self, kind, sender, body, plaintext):
        record = self.after(kind, sender, body, plaintext)
        if record:
            self.records[body["record_id"]] = record
        if kind.endswith(".recall"):   # nothing of the record is shown again: its revisions and the answers to it go
            for message in self.received:
                if message.record_id == body["record_id"] and not message.fields["kind"].endswith(".recall"):
                    message.forget()

    def after(self, kind, sender, body, plaintext):
        """The record as this message makes it, {kind, owner, hashes by revision, body, recalled}; None when it changes none. E_BODY for a message that
        does not follow what is known (PROTOCOL 14)."""
        need, known, owner = judge.body_need, self.records.get(body["record_id"]), body["record_id"].rsplit("-", 3)[0]
        recalled, hashes = known and known["recalled"], known["hashes"] if known else {}
        if kind.endswith(".answer"):
            digest = body["plan_hash"] if kind == "visit.answer" else body["record_hash"]
            need(recalled or (owner != sender and known and hashes.get(body["revision"]) == digest), "an answer to what is not here")
            return None
        need(owner == sender and not recalled, "of a record that is another's, or was recalled")
        if kind.endswith(".recall"):
            return dict(known or {"kind": None, "owner": owner, "hashes": {}}, recalled=body["reason"], body=None)
        need(body["revision"] == len(hashes) + 1 and body["previous_revision"] == hashes.get(len(hashes), ZERO), "a revision that does not follow")
        return {"kind": kind, "owner": owner, "hashes": hashes | {body["revision"]: c.sha256(plaintext)}, "body": body, "recalled": None}

    def confirm(self):
        """Tells the senders by signed receipts what was made of the messages that `messages` has given; how many were told."""
        self.ready()
        self.tell_gaps()
        waiting = [m for m in self.received[:self.judged] if m.fields["kind"] != "receipt" and (m.message_id, m.fields["sender"]) not in self.told]
        for sender in {m.fields["sender"] for m in waiting}:
            mine = [m for m in waiting if m.fields["sender"] == sender]
            for part in (mine[i:i + 256] for i in range(0, len(mine), 256)):
                self.tell(sender, [m.covered() for m in part])
        return len(waiting)

    def tell(self, member, covered):
        self.publish_all(self.receipt(judge.SCHEMAS["receipt"], member, covered))
        self.told |= {(message_id, member) for message_id, *_ in covered}

    def tell_gaps(self):
        """A refused entry of ours has used up its number at each recipient, who are told so."""
        for index, (frame, message_id) in sorted(self.own.items()):
            verdict = c.parse_leaf(self.leaf_data[index])["verdict"]
            for member, number in self.counted.get(frame.hash, {}).items():
                if verdict and (message_id, member) not in self.told and member in self.roster["members"]:
                    self.tell(member, [(message_id, frame.hash, index, number, verdict)])

    # --- what this member says

    def ready(self):
        """Before a frame is built: the chain ends where we think, and its copy for ourselves can be opened."""
        self.settle()
        held = self.keys.named(self.roster, self.member, "hpke", len(self.leaves))
        c.need(held, "E_KEY", "the newest sealing key of this member is not among the key files")

    def next_id(self, letter):
        begin = f"{self.member}-{letter}-{time.gmtime().tm_year}-"
        return f"{begin}{max((int(i.removeprefix(begin)) for i in self.records if i.startswith(begin)), default=0) + 1:04}"

    def say(self, kind, body, to=None, marking="committees", in_reply_to=ZERO):
        """Seals, signs and publishes one message to these members, all others when left out; its R1 as a dict, with index, rule and basis. Refused with
        the policy's word when it may not be said: it is in the log then as a refused entry, which its recipients are told. After a TimeoutError nobody
        knows yet whether it was said: settle."""
        self.ready()
        to = sorted(to or set(self.roster["members"]) - {self.member})
        plaintext = bodies.write(kind, body)
        whole = bodies.read(kind, plaintext)
        self.after(kind, self.member, whole, plaintext)   # before the first byte leaves
        data = self.build(self.header(kind, judge.SCHEMAS[kind], to, marking, in_reply_to=in_reply_to), plaintext)
        entry = self.publish_all(data)
        if entry["verdict"]:
            self.fetch_all()
            self.tell_gaps()
            raise c.Refused(judge.CODES[entry["verdict"]], f"{entry['rule']} ({entry['basis']})")
        self.own_read.add(entry["index"])
        self.said(kind, whole, plaintext)
        return entry

    def make(self, kind, fields, to=None, marking="committees"):
        """A new record of any kind but visits: the page's fields and those of the head. (its id, R1)"""
        c.need(kind in bodies.KINDS, "E_SCHEMA", f"there is no kind of record {kind}")
        self.ready()
        record_id = self.next_id(bodies.KINDS[kind].letter)
        return record_id, self.say(kind, dict(fields, record_id=record_id, revision=1, previous_revision=ZERO, owner=self.member), to, marking)

    def answer(self, message, fields):
        """An answer to another committee's visit or record, as it is now, to all who have it."""
        record_id = message.record_id
        c.need(message.plaintext and record_id in self.records, "E_BODY", "there is no record to answer")
        hashes = self.records[record_id]["hashes"]
        kind, name = ("visit.answer", "plan_hash") if self.records[record_id]["kind"] == "visit.plan" else ("record.answer", "record_hash")
        to = {*message.fields["recipients"], message.fields["sender"]} - {self.member}
        body = dict(fields, record_id=record_id, revision=len(hashes)) | {name: hashes[len(hashes)]}
        return self.say(kind, body, to, message.fields["marking"], message.message_id)

    def publish_all(self, data):
        """Sends until the broker has it, for patience_s: the same bytes again while it says later, and after WHOAMI when it is silent or another connection
        has come up. Refused when it never will; TimeoutError when it is away."""
        end, self.pending = time.monotonic() + self.patience_s, data
        while True:
            try:
                outcome, answer = self.publish(data)
                if outcome == "accepted":
                    self.pending = None
                    return answer
                word = judge.CODES[answer["code"]]
                pause = answer["detail"] / 1000 if word in ("E_QUOTA", "E_BUSY") else 1
                if word not in AGAIN or time.monotonic() + pause > end:   # of a full day, until its end
                    raise c.Refused(word, answer["text"])
                time.sleep(pause)
                if word == "E_BUSY" and answer["detail"] == ASK_AGAIN_MS:
                    self.whoami()
            except TimeoutError:
                if time.monotonic() > end:
                    raise
                self.greet(end)

    def greet(self, end):
        """WHOAMI until it is answered."""
        while True:
            try:
                return self.whoami()
            except TimeoutError:
                if time.monotonic() > end:
                    raise


def member_of(note, keys):
    """Whose keys they are, by the roster."""
    roster = texts.parse_roster(c.split_note(note)[0])
    found = [texts.find_key(roster, "sign", c.key_id("sign", c.raw(key))) for key in keys.held("sign")]
    c.need(any(found), "E_ROSTER", "these keys are in no roster that the folder holds")
    return next(key["member"] for key in found if key)
