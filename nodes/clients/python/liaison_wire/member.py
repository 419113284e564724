# SPDX-License-Identifier: Apache-2.0
"""A member of the exchange by the wire alone: reads what the others say, says something itself, answers with receipts. It is the member's node: no
liaison-node may run for the same member at the same time. It keeps nothing on disk but the keys; everything it knows stands in the log."""
import time
from pathlib import Path

from . import bodies, judge, texts
from . import crypto as c
from .node import ZERO, Keys, Node

AGAIN = {"E_QUOTA", "E_BUSY", "E_STORAGE_FULL", "E_CLOCK_BROKER", "E_ROSTER_EXPIRED"}   # the same bytes may be taken later


class Member(Node):
    @classmethod
    def of_folder(cls, folder, passphrase_file, host="127.0.0.1"):
        """From the folder that `liaison node init` and `liaison node trust` have made; its roster says which member it is."""
        folder, keys = Path(folder), Keys.of_folder(folder, passphrase_file)
        notes = sorted((folder / "trust").glob("roster-*.note"), key=lambda p: int(p.stem.split("-")[1]))
        notes, genesis = [p.read_text() for p in notes], bytes.fromhex((folder / "trust/genesis.sha256").read_text().strip())
        return cls(member_of(notes[-1], keys), keys, notes, genesis, host)

    def __init__(self, member, keys, notes, genesis, host="127.0.0.1"):
        super().__init__(member, keys, notes, genesis, host)
        self.records, self.answered, self.judged, self.confirmed = {}, set(), 0, set()

    def catch_up(self):
        """Takes everything that the log holds; from then on this member may publish."""
        self.whoami()
        self.fetch_all()
        self.read_own()

    def read_own(self):
        """What this member said before, from its own stanzas: its records, and which messages it has confirmed."""
        for index, (frame, _) in sorted(self.own.items()):
            fields, leaf = judge.header(frame.header), c.parse_leaf(self.leaf_data[index])
            if leaf["verdict"] == 0 and fields["kind"] == "receipt":
                self.confirmed |= {message_id for message_id, *_ in judge.receipt(frame.body)}
            elif leaf["verdict"] == 0:
                try:
                    plaintext, _, _ = c.open_body(self.keys.hpke, self.network_id, frame.key_id, frame.header, fields["key_commitment"], frame.body)
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
        with a message stands in its verdict, and then its body is None."""
        if self.judged == len(self.received):
            self.fetch(wait_ms)
        out, new = [], self.received[self.judged:]
        self.judged = len(self.received)
        for message in new:
            if message.fields["kind"] != "receipt":
                out.append((message, self.body_of(message)))
        return out

    def body_of(self, message):
        if message.verdict != "OK":
            return None
        kind, sender = message.fields["kind"], message.fields["sender"]
        if kind not in bodies.KINDS and kind not in bodies.PLAIN:   # overlap.*, which want the arithmetic of PROTOCOL 14.2
            return None
        try:
            body = bodies.read(kind, message.plaintext)
            self.fold(kind, sender, body, message.plaintext)
            return body
        except c.Refused as why:
            message.verdict = why.word
            return None

    def fold(self, kind, sender, body, plaintext):
        record = self.after(kind, sender, body, plaintext)
        if record:
            self.records[body["record_id"]] = record

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
        waiting = [m for m in self.received[:self.judged] if m.fields["kind"] != "receipt" and m.message_id not in self.confirmed]
        for sender in {m.fields["sender"] for m in waiting}:
            mine = [m for m in waiting if m.fields["sender"] == sender]
            for part in (mine[i:i + 256] for i in range(0, len(mine), 256)):
                self.publish_all(self.receipt(judge.SCHEMAS["receipt"], sender, [m.covered() for m in part]))
                self.confirmed |= {m.message_id for m in part}
        return len(waiting)

    # --- what this member says

    def next_id(self, letter):
        begin = f"{self.member}-{letter}-{time.gmtime().tm_year}-"
        return f"{begin}{max((int(i.removeprefix(begin)) for i in self.records if i.startswith(begin)), default=0) + 1:04}"

    def say(self, kind, body, to=None, marking="committees", in_reply_to=ZERO):
        """Seals, signs and publishes one message to these members, all others when left out; its R1 as a dict, with index, rule and basis. Refused with
        the policy's word when it may not be said: it is in the log then as a refused entry, which its recipients are told."""
        to = sorted(to or set(self.roster["members"]) - {self.member})
        plaintext = bodies.write(kind, body)
        whole = bodies.read(kind, plaintext)
        self.after(kind, self.member, whole, plaintext)   # before the first byte leaves
        data = self.build(self.header(kind, judge.SCHEMAS[kind], to, marking, in_reply_to=in_reply_to), plaintext)
        entry = self.publish_all(data)
        if entry["verdict"]:
            frame = judge.Frame(data)
            for member in to:   # its number is used up at each of them
                told = (frame.message_id(self.network_id), frame.hash, entry["index"], self.pair_out[member], entry["verdict"])
                self.publish_all(self.receipt(judge.SCHEMAS["receipt"], member, [told]))
            raise c.Refused(judge.CODES[entry["verdict"]], f"{entry['rule']} ({entry['basis']})")
        self.said(kind, whole, plaintext)
        return entry

    def make(self, kind, fields, to=None, marking="committees"):
        """A new record of any kind but visits: the page's fields and those of the head. (its id, R1)"""
        c.need(kind in bodies.KINDS, "E_SCHEMA", f"there is no kind of record {kind}")
        record_id = self.next_id(bodies.KINDS[kind].letter)
        return record_id, self.say(kind, dict(fields, record_id=record_id, revision=1, previous_revision=ZERO, owner=self.member), to, marking)

    def answer(self, message, fields):
        """An answer to another committee's visit or record, as it is now, to all who have it."""
        record_id = bodies.read(message.fields["kind"], message.plaintext)["record_id"]
        hashes = self.records[record_id]["hashes"]
        kind, name = ("visit.answer", "plan_hash") if self.records[record_id]["kind"] == "visit.plan" else ("record.answer", "record_hash")
        to = {*message.fields["recipients"], message.fields["sender"]} - {self.member}
        body = dict(fields, record_id=record_id, revision=len(hashes)) | {name: hashes[len(hashes)]}
        return self.say(kind, body, to, message.fields["marking"], message.message_id)

    def publish_all(self, data, seconds=60):
        """Sends until the broker has it: the same bytes again after a silence or while it says later. Refused when it never will."""
        end = time.monotonic() + seconds
        while True:
            try:
                outcome, answer = self.publish(data)
            except TimeoutError:
                if time.monotonic() > end:
                    raise
                continue
            if outcome == "accepted":
                return answer
            word = judge.CODES[answer["code"]]
            if word not in AGAIN:
                raise c.Refused(word, answer["text"])
            pause = answer["detail"] / 1000 if word in ("E_QUOTA", "E_BUSY") else 1
            if time.monotonic() + pause > end:   # of a full day, until its end
                raise c.Refused(word, answer["text"])
            time.sleep(pause)


def member_of(note, keys):
    """Whose keys they are, by the roster."""
    roster = texts.parse_roster(c.split_note(note)[0])
    key = texts.find_key(roster, "sign", c.key_id("sign", c.raw(keys.sign)))
    c.need(key, "E_ROSTER", "these keys are in no roster that the folder holds")
    return key["member"]
