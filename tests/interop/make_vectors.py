# SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/*.json with this second implementation, from fixed keys. Usage:
     flatc --python -o FOLDER schemas/*.fbs
     PYTHONPATH=FOLDER python3 tests/interop/make_vectors.py tests/vectors
What is there already is compared, not rewritten, unless --write is given."""
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from zmq.utils import z85

import client
import crypto as c
import visits

NETWORK = "vectors.liaison.example"
NOW = 1_800_000_000_000


def signing(n):
    return Ed25519PrivateKey.from_private_bytes(c.sha256(b"sign", bytes([n])))


def agreement(n):
    return X25519PrivateKey.from_private_bytes(c.sha256(b"agree", bytes([n])))


def curve_text(n):
    return z85.encode(c.raw(agreement(n))).decode()


def root_vkey(n):
    return c.make_vkey(f"{NETWORK}/root/{n}", 1, c.raw(signing(100 + n)))


LOG_VKEY = c.make_vkey(f"{NETWORK}/log/1", 1, c.raw(signing(91)))
MEMBERS = ("1267", "1373", "1540")
POLICY = ('liaison-policy/v1\nversion 1\nprevious -\nmarking public committees named\nkind receipt visit.answer visit.plan\n'
          'encrypt public except receipt\n'
          'allow answers publish * visit.answer <=named to * under "S/RES/1977 (2011) 19: exchange of information"\n'
          'allow plans publish * visit.plan <=committees to * under "S/RES/1977 (2011) 19: coordination of visits"\n'
          'allow receipts publish * receipt <=named to * under "service"\n'
          'deny no-1373 publish 1540 visit.plan named to 1373 under "example"\n')


def roster_text(version=1, previous="-", policy=POLICY, schemas=b"", extra=(), change=None):
    lines = ["liaison-roster/v1", f"network {NETWORK}", f"version {version}", f"previous {previous}", "issued 2027-01-15T00:00:00Z",
             "expires 2027-04-15T00:00:00Z", "root-threshold 2"]
    lines += [f"root R{n} {root_vkey(n)}" for n in (1, 2, 3)]
    lines += [f"broker B1 sign={c.b64(c.raw(signing(90)))} curve={curve_text(90)} log={LOG_VKEY}"]
    lines += [f"member {m} port={5601 + i} net=127.0.0.0/8" for i, m in enumerate(MEMBERS)]
    keys = []
    for i, m in enumerate(MEMBERS):
        keys += [f"key k{m}c member={m} use=curve pub={curve_text(10 + i)} from=0 status=active",
                 f"key k{m}e member={m} use=hpke pub={c.b64(c.raw(agreement(20 + i)))} from=0 status=active",
                 f"key k{m}s member={m} use=sign pub={c.b64(c.raw(signing(30 + i)))} from=0 status=active",
                 f"key k{m}w member={m} use=witness vkey={c.make_vkey(NETWORK + '/witness/' + m, 4, c.raw(signing(40 + i)))} from=0 status=active"]
    lines += sorted(keys + list(extra))
    lines += ["witness-quorum 2", f"policy-sha256 {c.b64(c.sha256(policy.encode()))}", f"schemas-sha256 {c.b64(c.sha256(schemas))}"]
    text = "\n".join(lines) + "\n"
    return change(text) if change else text


def note_of(text, signers):
    return text + "\n" + "".join(c.sign_note(text, name, key) for name, key in signers)


def roots(*numbers):
    return [(f"{NETWORK}/root/{n}", signing(100 + n)) for n in numbers]


ROSTER = roster_text()
NETWORK_ID = c.sha256(b"liaison/net/v1\0", NETWORK.encode(), c.sha256(ROSTER.encode()))
SIGN = signing(32)   # 1540
SIGN_ID = c.key_id("sign", c.raw(SIGN))


def header_fields(**changes):
    fields = {"sender": "1540", "schema_id": c.sha256(b"schema"), "kind": "visit.plan", "marking": "committees", "recipients": ["1267", "1373"],
              "sequence": 1, "previous": bytes(32), "created_at_ms": NOW, "not_after_ms": NOW + 1000, "roster_version": 1,
              "policy_hash": c.sha256(POLICY.encode()), "seen_size": 2, "seen_root": c.sha256(b"root"), "nonce": bytes(range(16)),
              "in_reply_to": bytes(32), "suite": 2, "key_commitment": c.commitment(bytes(range(32))), "blobs": []}
    fields.update(changes)
    return fields


def case(name, expect, **values):
    return dict({"name": name, "expect": expect}, **values)


def headers():
    bad = {"a recipient is the sender": {"recipients": ["1267", "1540"]}, "recipients not sorted": {"recipients": ["1373", "1267"]},
           "a recipient twice": {"recipients": ["1267", "1267"]}, "no recipient": {"recipients": []}, "sender no id": {"sender": "15 40"},
           "sequence zero": {"sequence": 0}, "created_at zero": {"created_at_ms": 0}, "not_after not later": {"not_after_ms": NOW},
           "roster version zero": {"roster_version": 0}, "seen size zero": {"seen_size": 0}, "short nonce": {"nonce": bytes(15)},
           "short policy hash": {"policy_hash": bytes(31)}, "suite 0": {"suite": 0}, "suite 3": {"suite": 3},
           "suite 2 without commitment": {"key_commitment": b""}, "suite 1 with commitment": {"suite": 1}, "kind no word": {"kind": "Visit"},
           "33 recipients": {"recipients": [f"m{i:02}" for i in range(33)]}}
    good = client.encode_header(header_fields())
    cases = [case("valid, sealed", "OK", header=good.hex(), sequence=1, recipients=["1267", "1373"]),
             case("valid, plain", "OK", header=client.encode_header(header_fields(suite=1, key_commitment=b"")).hex(), sequence=1, recipients=["1267", "1373"]),
             case("a blob", "E_BLOB", header=client.encode_header(header_fields(blobs=["x"])).hex())]
    cases += [case(name, "E_FORMAT", header=client.encode_header(header_fields(**change)).hex()) for name, change in bad.items()]
    cases += [case("other identifier", "E_FORMAT", header=(good[:4] + b"LSNX" + good[8:]).hex()), case("empty", "E_FORMAT", header=""),
              case("cut in half", "E_FORMAT", header=good[:len(good) // 2].hex())]
    return {"format": "header.fbs, PROTOCOL 4", "cases": cases}


def frames():
    header = client.encode_header(header_fields(suite=1, key_commitment=b""))
    frame = client.make_frame(NETWORK_ID, SIGN, header, b"body")
    taken = client.Frame(frame)

    def edit(at, value):
        return (frame[:at] + bytes([value]) + frame[at + 1:]).hex()
    cases = [case("valid", "OK", frame=frame.hex(), message_id=taken.message_id(NETWORK_ID).hex(), frame_hash=taken.hash.hex(), sender="1540"),
             case("magic", "E_FORMAT", frame=edit(0, 0x4d)), case("type", "E_FORMAT", frame=edit(4, 2)), case("alg 2", "E_FORMAT", frame=edit(5, 2)),
             case("flags", "E_FORMAT", frame=edit(7, 1)), case("key_id of nobody", "E_SIGNATURE", frame=edit(8, frame[8] ^ 1)),
             case("H one more", "E_SIZE", frame=edit(19, frame[19] + 1)), case("one byte missing", "E_SIZE", frame=frame[:-1].hex()),
             case("one byte more", "E_SIZE", frame=(frame + b"x").hex()), case("only the prefix", "E_SIZE", frame=frame[:88].hex()),
             case("87 bytes", "E_SIZE", frame=frame[:87].hex()), case("signature", "E_SIGNATURE", frame=edit(30, frame[30] ^ 1)),
             case("header changed", "E_SIGNATURE", frame=edit(100, frame[100] ^ 1)), case("body changed", "E_SIGNATURE", frame=edit(len(frame) - 1, 0)),
             case("signed for another network", "E_SIGNATURE", frame=client.make_frame(bytes(32), SIGN, header, b"body").hex()),
             case("a signed header that is no header", "E_FORMAT", frame=client.make_frame(NETWORK_ID, SIGN, b"no header", b"").hex())]
    return {"format": "signed frame, PROTOCOL 4", "network_id": NETWORK_ID.hex(), "public_key": c.raw(SIGN).hex(), "key_id": SIGN_ID.hex(), "cases": cases}


def sealed(plaintext, pair_seqs=(1, 7), cek=bytes(range(32)), header=None, commit=None, order=(0, 1, 2)):
    header = header or client.encode_header(header_fields(key_commitment=commit or c.commitment(cek)))
    keys = [(c.raw(agreement(20)), pair_seqs[0]), (c.raw(agreement(21)), pair_seqs[1]), (c.raw(agreement(22)), 0)]
    aad, body = c.sha256(header), len(order).to_bytes(2, "big")
    for i in order:
        public, pair_seq = keys[i]
        kid = c.key_id("hpke", public)
        enc, ct = c.hpke_seal(public, c.stanza_info(NETWORK_ID, SIGN_ID, kid), aad, cek + pair_seq.to_bytes(8, "big"), ephemeral=agreement(50 + i))
        body += kid + enc + ct
    key = c.ChaCha20Poly1305(c.hkdf(cek, b"liaison body v1", 32))
    return header, body, lambda padded: body + key.encrypt(bytes(12), padded, aad)


def sealing():
    cases = []

    def add(name, expect, header, body, plaintext=b"", pair_seq=0):
        commit = client.Frame(client.make_frame(NETWORK_ID, SIGN, header, b"")).fields()["key_commitment"]
        cases.append(case(name, expect, header=header.hex(), commitment=commit.hex(), body=body.hex(), plaintext=plaintext.hex(), pair_seq=pair_seq))
    for name, plaintext in {"short": b"a visit", "empty": b"", "255 bytes": bytes(255), "256 bytes": bytes(256), "5,000 bytes": b"\x01" * 5000,
                            "65,535 bytes": b"\x02" * 65535}.items():
        header, _, finish = sealed(plaintext)
        add(name, "OK", header, finish(c.pad(plaintext)), plaintext, 7)
    header, _, finish = sealed(b"")
    body = finish(c.pad(b"a visit"))
    add("body changed", "E_OPEN", header, body[:-1] + bytes([body[-1] ^ 1]))
    add("stanza changed", "E_OPEN", header, body[:150] + bytes([body[150] ^ 1]) + body[151:])
    add("another header", "E_OPEN", client.encode_header(header_fields(sequence=2)), body)
    add("padding without its mark", "E_OPEN", header, finish(bytes(256)))
    add("padding of a larger step than needed", "E_OPEN", header, finish(b"a visit\x80" + bytes(504)))
    header2, _, finish2 = sealed(b"", commit=c.commitment(bytes(32)))
    add("commitment to another key", "E_OPEN", header2, finish2(c.pad(b"x")))
    header3, _, finish3 = sealed(b"", order=(0, 1, 1, 2))
    add("a stanza twice", "E_OPEN", header3, finish3(c.pad(b"x")))
    add("no stanza for the reader", "E_OPEN", *(lambda s: (s[0], s[2](c.pad(b"x"))))(sealed(b"", order=(0, 2))))
    add("shorter than its count", "E_SEAL", header, body[:50])
    return {"format": "suite 2, PROTOCOL 8", "network_id": NETWORK_ID.hex(), "sign_key_id": SIGN_ID.hex(), "reader_secret": c.raw_secret(agreement(21)).hex(),
            "reader_key_id": c.key_id("hpke", c.raw(agreement(21))).hex(), "cases": cases}


def merkle():
    leaves = [c.leaf_hash(bytes([n])) for n in range(40)]
    inclusion, consistency = [], []

    def path(hashes, index):
        if len(hashes) == 1:
            return []
        k = 1 << ((len(hashes) - 1).bit_length() - 1)
        return path(hashes[:k], index) + [c.root_of(hashes[k:])] if index < k else path(hashes[k:], index - k) + [c.root_of(hashes[:k])]

    def proof(first, hashes, whole):
        if first == len(hashes):
            return [] if whole else [c.root_of(hashes)]
        k = 1 << ((len(hashes) - 1).bit_length() - 1)
        if first <= k:
            return proof(first, hashes[:k], whole) + [c.root_of(hashes[k:])]
        return proof(first - k, hashes[k:], False) + [c.root_of(hashes[:k])]
    for size in (1, 2, 3, 5, 8, 13, 40):
        for index in {0, size // 2, size - 1}:
            p, root = path(leaves[:size], index), c.root_of(leaves[:size])
            assert c.inclusion_holds(leaves[index], index, size, p, root)
            base = {"leaf_hash": leaves[index].hex(), "index": index, "size": size, "root": root.hex()}
            inclusion.append(case(f"{index} of {size}", "OK", path=[h.hex() for h in p], **base))
            inclusion.append(case(f"{index} of {size}, one hash more", "E_PROOF", path=[h.hex() for h in p + [bytes(32)]], **base))
            if p:
                inclusion.append(case(f"{index} of {size}, one hash less", "E_PROOF", path=[h.hex() for h in p[:-1]], **base))
                inclusion.append(case(f"{index} of {size}, a hash changed", "E_PROOF", path=[c.sha256(p[0]).hex()] + [h.hex() for h in p[1:]], **base))
        for first in {1, size // 2 or 1, size - 1 or 1}:
            if first >= size:
                continue
            p = proof(first, leaves[:size], True)
            base = {"first": first, "second": size, "first_root": c.root_of(leaves[:first]).hex(), "second_root": c.root_of(leaves[:size]).hex()}
            assert c.consistency_holds(first, size, c.root_of(leaves[:first]), c.root_of(leaves[:size]), p)
            consistency.append(case(f"{first} to {size}", "OK", proof=[h.hex() for h in p], **base))
            consistency.append(case(f"{first} to {size}, one hash more", "E_PROOF", proof=[h.hex() for h in p + [bytes(32)]], **base))
            consistency.append(case(f"{first} to {size}, empty", "E_PROOF", proof=[], **base))
            consistency.append(case(f"{first} to {size}, other first root", "E_PROOF", proof=[h.hex() for h in p], **dict(base, first_root=bytes(32).hex())))
    leaf = b"\x01\x01" + (24).to_bytes(2, "big") + (5).to_bytes(8, "big") + NOW.to_bytes(8, "big") + c.sha256(b"frame")
    leaf_cases = [case("refused entry", "OK", leaf=leaf.hex(), leaf_class=1, verdict=24, index=5, accept_time_ms=NOW),
                  case("version 2", "E_FORMAT", leaf=(b"\x02" + leaf[1:]).hex()), case("class 9", "E_FORMAT", leaf=(leaf[:1] + b"\x09" + leaf[2:]).hex()),
                  case("51 bytes", "E_FORMAT", leaf=leaf[:-1].hex()), case("unknown verdict", "E_FORMAT", leaf=(leaf[:2] + b"\x00\x63" + leaf[4:]).hex())]
    return {"format": "leaf data and RFC 9162 proofs, PROTOCOL 6", "leaves": [c.leaf_hash(bytes([n])).hex() for n in range(40)],
            "roots": [c.root_of(leaves[:n]).hex() for n in range(41)], "inclusion": inclusion, "consistency": consistency, "leaf": leaf_cases}


def notes():
    text = f"{NETWORK}/log/1\n3\n{c.b64(c.sha256(b'root'))}\n"
    good = note_of(text, [(f"{NETWORK}/log/1", signing(91))])
    other = note_of(text, [("elsewhere", signing(1)), (f"{NETWORK}/log/1", signing(91))])
    extra = text + "an extension line\n"
    cases = [case("valid", "OK", note=good, size=3, root=c.sha256(b"root").hex()), case("valid, with a stranger's signature", "OK", note=other, size=3, root=c.sha256(b"root").hex()),
             case("signed by another key", "E_CHECKPOINT", note=note_of(text, [(f"{NETWORK}/log/1", signing(92))])),
             case("no signature", "E_CHECKPOINT", note=text), case("size changed", "E_CHECKPOINT", note=good.replace("\n3\n", "\n4\n", 1)),
             case("leading zero", "E_CHECKPOINT", note=note_of(text.replace("\n3\n", "\n03\n"), [(f"{NETWORK}/log/1", signing(91))])),
             case("other origin", "E_CHECKPOINT", note=note_of(text.replace("vectors", "others"), [(f"{NETWORK}/log/1", signing(91))])),
             case("extension line", "E_CHECKPOINT", note=note_of(extra, [(f"{NETWORK}/log/1", signing(91))])), case("empty", "E_CHECKPOINT", note="")]
    return {"format": "C2SP signed note and checkpoint, PROTOCOL 5 and 6", "log_vkey": LOG_VKEY, "cases": cases}


def rosters():
    def bad(name, change):
        return case(name, "E_ROSTER", text=roster_text(change=change))
    cases = [case("valid", "OK", text=ROSTER, text_hash=c.sha256(ROSTER.encode()).hex(), network_id=NETWORK_ID.hex()),
             bad("unknown line", lambda t: t + "colour blue\n"), bad("CRLF", lambda t: t.replace("\n", "\r\n")), bad("two spaces", lambda t: t.replace("version 1", "version  1")),
             bad("members not sorted", lambda t: t.replace("member 1267 port=5601 net=127.0.0.0/8\nmember 1373 port=5602 net=127.0.0.0/8",
                                                           "member 1373 port=5602 net=127.0.0.0/8\nmember 1267 port=5601 net=127.0.0.0/8")),
             bad("version 0", lambda t: t.replace("version 1\n", "version 0\n")), bad("version 1 with a previous", lambda t: t.replace("previous -", "previous " + c.b64(bytes(32)))),
             bad("101 days", lambda t: t.replace("expires 2027-04-15", "expires 2027-04-27")), bad("expires before issued", lambda t: t.replace("expires 2027-04-15", "expires 2027-01-14")),
             bad("threshold 0", lambda t: t.replace("root-threshold 2", "root-threshold 0")), bad("threshold above the roots", lambda t: t.replace("root-threshold 2", "root-threshold 4")),
             bad("a key of nobody", lambda t: t.replace("key k1267c member=1267", "key k1267c member=1268")),
             bad("one key under two members", lambda t: t.replace(c.b64(c.raw(signing(31))), c.b64(c.raw(signing(30))))),
             bad("a small-order key", lambda t: t.replace(c.b64(c.raw(signing(31))), c.b64(bytes(32)))),
             bad("unknown use", lambda t: t.replace("use=sign", "use=write", 1)), bad("unknown status", lambda t: t.replace("status=active", "status=resting", 1)),
             bad("revoked without trusted-below", lambda t: t.replace("status=active", "status=revoked", 1)), bad("no final newline", lambda t: t[:-1]),
             bad("a line twice", lambda t: t.replace("witness-quorum 2\n", "witness-quorum 2\nwitness-quorum 2\n")),
             bad("log key of another name", lambda t: t.replace(LOG_VKEY, c.make_vkey(NETWORK + "/log/2", 1, c.raw(signing(91)))))]
    second = roster_text(2, c.b64(c.sha256(ROSTER.encode())))
    chain = [case("version 1 by two of three", "OK", notes=[note_of(ROSTER, roots(1, 3))]), case("version 1 by one of three", "E_NOTE", notes=[note_of(ROSTER, roots(2))]),
             case("version 1 twice by one root", "E_NOTE", notes=[note_of(ROSTER, roots(2, 2))]),
             case("version 2", "OK", notes=[note_of(ROSTER, roots(1, 3)), note_of(second, roots(1, 2))]),
             case("version 2 by one root", "E_NOTE", notes=[note_of(ROSTER, roots(1, 3)), note_of(second, roots(1))]),
             case("version 2 that names another", "E_ROSTER", notes=[note_of(ROSTER, roots(1, 3)), note_of(roster_text(2, c.b64(bytes(32))), roots(1, 2))]),
             case("version 3 after 1", "E_ROSTER", notes=[note_of(ROSTER, roots(1, 3)), note_of(roster_text(3, c.b64(c.sha256(ROSTER.encode()))), roots(1, 2))])]
    return {"format": "roster, PROTOCOL 2", "cases": cases, "chains": chain}


def policies():
    def bad(name, change):
        return case(name, "E_POLICY_FILE", file=change(POLICY))
    files = [case("valid", "OK", file=POLICY, hash=c.sha256(POLICY.encode()).hex()), bad("unknown verb", lambda t: t.replace("publish", "whisper", 1)),
             bad("unknown kind in a rule", lambda t: t.replace("* visit.plan", "* visit.song")), bad("unknown marking", lambda t: t.replace("<=committees", "<=secret")),
             bad("CRLF", lambda t: t.replace("\n", "\r\n")), bad("no quotes", lambda t: t.replace('"service"', "service")), bad("recipients not sorted", lambda t: t.replace("to 1373", "to 1373 1267")),
             bad("an id twice", lambda t: t.replace("allow plans", "allow answers")), bad("version 1 with a previous", lambda t: t.replace("previous -", "previous " + c.b64(bytes(32)))),
             bad("no final newline", lambda t: t[:-1])]
    rows = [("1540", "visit.plan", "committees", ["1267", "1373"], 2, "OK", "plans"), ("1540", "visit.plan", "public", ["1267"], 2, "OK", "plans"),
            ("1540", "visit.plan", "named", ["1267"], 2, "E_POLICY", "default"), ("1540", "visit.plan", "named", ["1267", "1373"], 2, "E_POLICY", "no-1373"),
            ("1540", "visit.plan", "committees", ["1267"], 1, "E_ENCRYPTION_REQUIRED", "plans"), ("1373", "receipt", "public", ["1540"], 1, "OK", "receipts"),
            ("1373", "visit.answer", "named", ["1540"], 2, "OK", "answers"), ("1373", "visit.answer", "secret", ["1540"], 2, "E_MARKING", None),
            ("1373", "visit.song", "public", ["1540"], 2, "E_POLICY", "default"), ("1988", "visit.plan", "public", ["1540"], 2, "E_POLICY", "default"),
            ("1540", "visit.plan", "public", ["1988"], 2, "E_POLICY", "default")]
    cells = [case(" ".join(map(str, row[:5])), row[5], sender=row[0], kind=row[1], marking=row[2], recipients=row[3], suite=row[4], rule=row[6]) for row in rows]
    return {"format": "policy, PROTOCOL 3", "members": list(MEMBERS), "policy": POLICY, "files": files, "cells": cells}


def enrolments():
    keys = client.Keys()
    keys.sign, keys.witness, keys.hpke, keys.curve = signing(30), signing(40), agreement(20), agreement(10)
    good = keys.enrolment(NETWORK, "1267")
    pop = [line for line in good.splitlines() if line.startswith("pop sign")][0]
    return {"format": "enrolment request, PROTOCOL 2", "cases": [
        case("valid", "OK", text=good, id="1267"), case("another member's name", "E_SIGNATURE", text=good.replace("member 1267", "member 1373")),
        case("no proof by sign", "E_SIGNATURE", text=good.replace(pop + "\n", "")), case("unknown line", "E_ROSTER", text=good.replace("key curve", "door curve")),
        case("no empty line", "E_ROSTER", text=good.replace("\n\n", "\n"))]}


def bodies():
    plans = [case("valid", "OK", body=visits.encode_plan(visits.PLAN).hex())]
    for name, change in {"30 February": {"components": [(1, "2027-02-28", "2027-02-30", 1, [])]}, "end before start": {"components": [(1, "2027-05-14", "2027-05-10", 1, [])]},
                         "a month where a day is needed": {"components": [(1, "2027-05", "2027-05", 1, [])]}, "no State": {"states": []}, "a State twice": {"states": [("MNG", ""), ("MNG", "")]},
                         "no such code form": {"states": [("Mn", "")]}, "id of another lead": {"record_id": "1267-V-2027-0001"}, "revision 0": {"revision": 0},
                         "status 0": {"status": 0}, "kind 99": {"kind": 99}, "no component": {"components": []}, "a control character": {"title": "a\x07b"},
                         "a direction mark": {"title": "a\u202eb"}, "not NFC": {"title": "e\u0301"}, "revision 2 without its previous": {"revision": 2}}.items():
        plans.append(case(name, "E_BODY", body=visits.encode_plan(dict(visits.PLAN, **change)).hex()))
    answers = [case("valid", "OK", body=visits.encode_answer(visits.ANSWER).hex()), case("answer 0", "E_BODY", body=visits.encode_answer(dict(visits.ANSWER, answer=0)).hex()),
               case("short hash", "E_BODY", body=visits.encode_answer(dict(visits.ANSWER, plan_hash=bytes(5))).hex()),
               case("no record id", "E_BODY", body=visits.encode_answer(dict(visits.ANSWER, record_id="visit")).hex())]
    receipt = client.encode_receipt([(bytes(range(32)), bytes(range(32, 64)), 7, 3, 0), (bytes(32), bytes(32), 8, 4, 24)])
    receipts = [case("valid", "OK", body=receipt.hex(), covered=[[bytes(range(32)).hex(), bytes(range(32, 64)).hex(), 7, 3, 0], [bytes(32).hex(), bytes(32).hex(), 8, 4, 24]]),
                case("unknown verdict", "E_BODY", body=client.encode_receipt([(bytes(32), bytes(32), 1, 1, 99)]).hex()), case("empty", "E_BODY", body=client.encode_receipt([]).hex()),
                case("257", "E_BODY", body=client.encode_receipt([(bytes(32), bytes(32), 1, 1, 0)] * 257).hex())]
    return {"format": "bodies of visit.plan, visit.answer and receipt", "visit.plan": plans, "visit.answer": answers, "receipt": receipts}


def main():
    folder, write = Path(sys.argv[1]), "--write" in sys.argv
    different = []
    for name, make in {"header": headers, "frame": frames, "sealing": sealing, "merkle": merkle, "checkpoint": notes, "roster": rosters, "policy": policies,
                       "enrolment": enrolments, "bodies": bodies}.items():
        text = json.dumps(make(), indent=1, ensure_ascii=True) + "\n"
        file = folder / f"{name}.json"
        if write:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            different.append(file.name)
    if different:
        sys.exit(f"error: not as this implementation makes them: {', '.join(different)}")


main()
