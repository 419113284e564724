# SPDX-License-Identifier: Apache-2.0
"""Vectors of the proof file: a small log with one visit plan of 1540, its receipts, and a later roster."""
import copy
import json

from liaison_wire import crypto as c
from liaison_wire import judge, wire
import visits
from sample import MEMBERS, NETWORK, NETWORK_ID, NOW, POLICY, ROSTER, agreement, case, header_fields, note_of, roots, roster_text, signing

CEK = bytes(range(32))
NUMBER = {member: n for n, member in enumerate(MEMBERS)}


class Log:
    """Leaves as they come, and what stands at them."""

    def __init__(self):
        self.data = []
        self.add(2, c.sha256(ROSTER.encode()))
        self.add(3, c.sha256(POLICY.encode()))

    def add(self, kind, digest, verdict=0):
        index = len(self.data)
        self.data.append(bytes([1, kind]) + verdict.to_bytes(2, "big") + index.to_bytes(8, "big") + (NOW + index).to_bytes(8, "big") + digest)
        return index

    def placed(self, index, **inner):
        leaves = [c.leaf_hash(x) for x in self.data]
        return dict(inner, index=index, leaf=c.b64(self.data[index]), path=[c.b64(h) for h in c.inclusion_path(leaves, index)])

    def checkpoint(self, key=91):
        text = f"{NETWORK}/log/1\n{len(self.data)}\n{c.b64(c.root_of([c.leaf_hash(x) for x in self.data]))}\n"
        return note_of(text, [(f"{NETWORK}/log/1", signing(key))])


def frame_of(member, fields, plaintext, holders=None):
    key = signing(30 + NUMBER[member])
    header = wire.encode_header(header_fields(sender=member, **fields))
    if fields.get("suite") == 1:
        return wire.make_frame(NETWORK_ID, key, header, plaintext)
    kid, aad = c.key_id("sign", c.raw(key)), c.sha256(header)
    holders = holders or fields["recipients"] + [member]
    body = len(holders).to_bytes(2, "big")
    for n, holder in enumerate(holders):
        public = c.raw(agreement(20 + NUMBER[holder]))
        stanza = c.key_id("hpke", public)
        pair_seq = 0 if holder == member else 1
        enc, ct = c.hpke_seal(public, c.stanza_info(NETWORK_ID, kid, stanza), aad, CEK + pair_seq.to_bytes(8, "big"), ephemeral=agreement(60 + n))
        body += stanza + enc + ct
    body += c.ChaCha20Poly1305(c.hkdf(CEK, b"liaison body v1", 32)).encrypt(bytes(12), c.pad(plaintext), aad)
    return wire.make_frame(NETWORK_ID, key, header, body)


PLAN = {"schema_id": judge.SCHEMAS["visit.plan"], "recipients": ["1267", "1373"], "not_after_ms": NOW + 100_000, "key_commitment": c.commitment(CEK), "nonce": bytes(16)}


def proof(fields=None, plaintext=None, verdict=0, holders=None, receipts=("1267", "1373"), later=None, receipt=None, receipt_fields=None, log=None,
          signer=91):
    """The file; `receipts`: of whom, each with its verdict where that is not 0; `receipt` changes a receipt's one struct, `later` the text of a second
    roster."""
    log = log or Log()
    fields = dict(PLAN, **(fields or {}))
    frame = frame_of("1540", fields, visits.encode_plan(visits.PLAN) if plaintext is None else plaintext, holders)
    at = log.add(1, c.sha256(frame), verdict)
    parts = []
    for member, said in (one if isinstance(one, tuple) else (one, 0) for one in receipts):
        covered = [judge.Frame(frame).message_id(NETWORK_ID), c.sha256(frame), at, 1, said]
        for place, value in (receipt or {}).items():
            covered[place] = value
        plain = {"kind": "receipt", "schema_id": judge.SCHEMAS["receipt"], "marking": "public", "recipients": ["1540"], "suite": 1, "key_commitment": b"", "nonce": bytes([1] * 16)}
        data = frame_of(member, dict(plain, not_after_ms=NOW + 100_000, **(receipt_fields or {})), wire.encode_receipt([tuple(covered)]))
        parts.append((log.add(1, c.sha256(data)), data))
    notes = [(0, note_of(ROSTER, roots(1, 3)))]
    if later:
        text = later(roster_text(2, c.b64(c.sha256(ROSTER.encode()))))
        notes.append((log.add(2, c.sha256(text.encode())), note_of(text, roots(1, 2))))
    log.add(1, c.sha256(b"something else"))
    out = {"format": "liaison-proof/v1", "network": NETWORK, "genesis_sha256": c.sha256(ROSTER.encode()).hex(),
           "rosters": [log.placed(index, note=note) for index, note in notes], "policies": [log.placed(1, file=POLICY)]}
    out.update(log.placed(at, frame=c.b64(frame)))
    out.update({"checkpoint": log.checkpoint(signer), "content_key": c.b64(CEK), "receipts": [log.placed(i, frame=c.b64(data)) for i, data in parts]})
    return out


def revoking(below):
    def change(text):
        line = next(x for x in text.splitlines() if x.startswith("key k1540s"))
        return text.replace(line, line.replace("status=active", f"trusted-below={below} status=revoked reason=compromise"))
    return change


def proofs():
    good = proof()

    def made(name, expect, value, **more):
        return case(name, expect, file=json.dumps(value), **more)

    def edited(name, change):
        other = copy.deepcopy(good)
        change(other)
        return made(name, "E_PROOF", other)

    def flipped(one, name):
        data = bytearray(c.unb64(one[name]))
        data[-1] ^= 1
        one[name] = c.b64(bytes(data))
    other_text = lambda x: x.update(rosters=[dict(x["rosters"][0], note=note_of(ROSTER, roots(2)))])   # noqa: E731
    cases = [
        made("valid", "OK", good, receipts=2), made("valid, one receipt", "OK", proof(receipts=("1373", )), receipts=1),
        made("valid, no receipts", "OK", proof(receipts=()), receipts=0),
        made("valid, without the content key", "OK", {k: v for k, v in good.items() if k != "content_key"}, receipts=2),
        made("valid, a content key of null", "OK", dict(good, content_key=None), receipts=2),
        made("valid, refused by the policy", "OK", proof({"marking": "named"}, verdict=24, receipts=()), receipts=0),
        made("valid, refused for its marking", "OK", proof({"marking": "secret"}, verdict=23, receipts=()), receipts=0),
        made("valid, refused as expired", "OK", proof({"not_after_ms": NOW + 1}, verdict=20, receipts=()), receipts=0),
        made("valid, revoked later above it", "OK", proof(later=revoking(3)), receipts=2),
        made("valid, a receipt with a verdict", "OK", proof(receipt={4: 81}), receipts=2),
        made("revoked later below it", "E_PROOF", proof(later=revoking(2))), made("accepted against the policy", "E_PROOF", proof({"marking": "named"})),
        made("refused against the policy", "E_PROOF", proof(verdict=24, receipts=())),
        made("accepted after its time", "E_PROOF", proof({"not_after_ms": NOW + 1})),
        made("sealed to others", "E_PROOF", proof(holders=["1373", "1267", "1540"])), made("sealed to too few", "E_PROOF", proof(holders=["1267", "1540"])),
        made("valid, of a schema that is not known here", "OK", proof({"schema_id": bytes(32)}, plaintext=b"a visit", verdict=21, receipts=()), receipts=0),
        made("a commitment to another key", "E_PROOF", proof({"key_commitment": c.commitment(bytes(32))})),
        made("a body that is no plan", "E_PROOF", proof(plaintext=b"a visit")),
        made("a policy hash that its roster does not name", "E_PROOF", proof({"policy_hash": bytes(32)})),
        made("a roster of the future", "E_PROOF", proof({"roster_version": 2})),
        made("a receipt of another message", "E_PROOF", proof(receipt={0: bytes(32)})),
        made("a receipt of another frame", "E_PROOF", proof(receipt={1: bytes(32)})),
        made("a receipt of another place", "E_PROOF", proof(receipt={2: 9})),
        made("a receipt to somebody else", "E_PROOF", proof(receipts=("1267", ), receipt_fields={"recipients": ["1373"]})),
        made("a checkpoint by another key", "E_PROOF", proof(signer=92)),
        edited("another format", lambda x: x.update(format="liaison-proof/v2")), edited("another network", lambda x: x.update(network="others.example")),
        edited("another fingerprint", lambda x: x.update(genesis_sha256="00" * 32)),
        edited("a fingerprint in capitals", lambda x: x.update(genesis_sha256=x["genesis_sha256"].upper())),
        edited("a field too many", lambda x: x.update(comment="x")), edited("a field missing", lambda x: x.pop("receipts")),
        edited("no rosters", lambda x: x.update(rosters=[])),
        edited("no policies", lambda x: x.update(policies=[])), edited("too few roots", other_text),
        edited("the frame changed", lambda x: flipped(x, "frame")),
        edited("the leaf changed", lambda x: flipped(x, "leaf")), edited("the roster's leaf changed", lambda x: flipped(x["rosters"][0], "leaf")),
        edited("the policy changed", lambda x: x["policies"][0].update(file=POLICY + " ")),
        edited("the policy's leaf changed", lambda x: flipped(x["policies"][0], "leaf")),
        edited("a receipt changed", lambda x: flipped(x["receipts"][0], "frame")),
        edited("a receipt's leaf changed", lambda x: flipped(x["receipts"][1], "leaf")),
        edited("another index", lambda x: x.update(index=3)), edited("an index as text", lambda x: x.update(index="2")),
        edited("a path cut", lambda x: x["path"].pop()),
        edited("a path longer", lambda x: x["path"].append(c.b64(bytes(32)))), edited("a path of 31 bytes", lambda x: x["path"].append(c.b64(bytes(31)))),
        edited("another content key", lambda x: x.update(content_key=c.b64(bytes(32)))),
        edited("a content key of 31 bytes", lambda x: x.update(content_key=c.b64(bytes(31)))),
        edited("base64 without padding", lambda x: x.update(leaf=x["leaf"].rstrip("="))),
        edited("the same roster twice", lambda x: x["rosters"].append(x["rosters"][0])),
        case("a field twice", "E_PROOF", file=json.dumps(good)[:-1] + ', "network": ' + json.dumps(NETWORK) + "}"), case("no JSON", "E_PROOF", file="{"),
        case("empty", "E_PROOF", file=""),
        case("a list", "E_PROOF", file="[]")]
    return {"format": "liaison-proof/v1, PROTOCOL 13", "fingerprint": c.sha256(ROSTER.encode()).hex(), "cases": cases}
