# SPDX-License-Identifier: Apache-2.0
"""Vectors of what is not text: headers, frames, seals, the log's hashes, bodies, control frames."""
from liaison_wire import crypto as c
from liaison_wire import judge, wire
import visits
from sample import LOG_VKEY, NETWORK, NETWORK_ID, NOW, SIGN, SIGN_ID, agreement, case, header_fields, note_of, signing


def headers():
    bad = {"a recipient is the sender": {"recipients": ["1267", "1540"]}, "recipients not sorted": {"recipients": ["1373", "1267"]},
           "a recipient twice": {"recipients": ["1267", "1267"]}, "no recipient": {"recipients": []}, "sender no id": {"sender": "15 40"},
           "sequence zero": {"sequence": 0}, "created_at zero": {"created_at_ms": 0}, "not_after not later": {"not_after_ms": NOW},
           "roster version zero": {"roster_version": 0}, "seen size zero": {"seen_size": 0}, "short nonce": {"nonce": bytes(15)},
           "short policy hash": {"policy_hash": bytes(31)}, "suite 0": {"suite": 0}, "suite 3": {"suite": 3},
           "suite 2 without commitment": {"key_commitment": b""}, "suite 1 with commitment": {"suite": 1}, "kind no word": {"kind": "Visit"},
           "33 recipients": {"recipients": [f"m{i:02}" for i in range(33)]}, "kind empty": {"kind": ""}, "kind of 33 letters": {"kind": "k" * 33},
           "marking with a dot": {"marking": "a.b"}, "recipient no id": {"recipients": ["1267", "13/73"]},
           "recipient of 33 letters": {"recipients": ["m" * 33]},
           "not_after before": {"not_after_ms": NOW - 1}, "a sequence beyond 2^62": {"sequence": (1 << 62) + 1}, "long nonce": {"nonce": bytes(17)},
           "short schema id": {"schema_id": bytes(31)}, "short previous": {"previous": bytes(31)}, "short seen root": {"seen_root": bytes(31)},
           "short in_reply_to": {"in_reply_to": bytes(31)}, "commitment of 31 bytes": {"key_commitment": bytes(31)}}
    good = wire.encode_header(header_fields())
    cases = [case("valid, sealed", "OK", header=good.hex(), sequence=1, recipients=["1267", "1373"]),
             case("valid, plain", "OK", header=wire.encode_header(header_fields(suite=1, key_commitment=b"")).hex(), sequence=1, recipients=["1267", "1373"]),
             case("a blob", "E_BLOB", header=wire.encode_header(header_fields(blobs=["x"])).hex()),
             case("valid, 32 recipients", "OK", header=wire.encode_header(header_fields(recipients=[f"m{i:02}" for i in range(32)])).hex(), sequence=1,
                  recipients=[f"m{i:02}" for i in range(32)]),
             case("valid, the largest numbers", "OK", header=wire.encode_header(header_fields(sequence=1 << 62, not_after_ms=1 << 62)).hex(),
                  sequence=1 << 62,
                  recipients=["1267", "1373"])]
    cases += [case(name, "E_FORMAT", header=wire.encode_header(header_fields(**change)).hex()) for name, change in bad.items()]
    cases += [case("other identifier", "E_FORMAT", header=(good[:4] + b"LSNX" + good[8:]).hex()), case("empty", "E_FORMAT", header=""),
              case("cut in half", "E_FORMAT", header=good[:len(good) // 2].hex()),
              case("a root beyond the end", "E_FORMAT", header=(b"\xff\xff\0\0" + good[4:]).hex()),
              case("a root of zero", "E_FORMAT", header=(bytes(4) + good[4:]).hex())]
    return {"format": "header.fbs, PROTOCOL 2", "cases": cases}


def frames():
    header = wire.encode_header(header_fields(suite=1, key_commitment=b""))
    frame = wire.make_frame(NETWORK_ID, SIGN, header, b"body")
    taken = judge.Frame(frame)

    def edit(at, value):
        return (frame[:at] + bytes([value]) + frame[at + 1:]).hex()
    cases = [case("valid", "OK", frame=frame.hex(), message_id=taken.message_id(NETWORK_ID).hex(), frame_hash=taken.hash.hex(), sender="1540"),
             case("magic", "E_FORMAT", frame=edit(0, 0x4d)), case("type", "E_FORMAT", frame=edit(4, 2)), case("alg 2", "E_FORMAT", frame=edit(5, 2)),
             case("flags", "E_FORMAT", frame=edit(7, 1)), case("key_id of nobody", "E_SIGNATURE", frame=edit(8, frame[8] ^ 1)),
             case("H one more", "E_SIZE", frame=edit(19, frame[19] + 1)), case("one byte missing", "E_SIZE", frame=frame[:-1].hex()),
             case("one byte more", "E_SIZE", frame=(frame + b"x").hex()), case("only the prefix", "E_SIZE", frame=frame[:88].hex()),
             case("87 bytes", "E_SIZE", frame=frame[:87].hex()), case("signature", "E_SIGNATURE", frame=edit(30, frame[30] ^ 1)),
             case("header changed", "E_SIGNATURE", frame=edit(100, frame[100] ^ 1)), case("body changed", "E_SIGNATURE", frame=edit(len(frame) - 1, 0)),
             case("signed for another network", "E_SIGNATURE", frame=wire.make_frame(bytes(32), SIGN, header, b"body").hex()),
             case("a signed header that is no header", "E_FORMAT", frame=wire.make_frame(NETWORK_ID, SIGN, b"no header", b"").hex()),
             case("a signed header with a blob", "E_BLOB", frame=wire.make_frame(NETWORK_ID, SIGN, wire.encode_header(header_fields(blobs=["x"])),
                                                                                 b"").hex()),
             case("empty", "E_SIZE", frame=""), case("the magic alone", "E_SIZE", frame=b"LSN1".hex()),
             case("a body without bytes", "OK", **body_case(header, b"")),
             case("a header of 16,385 bytes", "E_SIZE", frame=(frame[:16] + (16385).to_bytes(4, "big") + bytes(4) + frame[24:88] + bytes(16385)).hex()),
             case("lengths that wrap round", "E_SIZE", frame=(frame[:16] + b"\xff" * 8 + frame[24:]).hex()),
             case("s + L for s", "E_SIGNATURE", frame=(frame[:56] + larger(frame[56:88]) + frame[88:]).hex()),
             case("R of small order", "E_SIGNATURE", frame=(frame[:24] + b"\x01" + bytes(31) + frame[56:]).hex())]
    return {"format": "signed frame, PROTOCOL 2", "network_id": NETWORK_ID.hex(), "public_key": c.raw(SIGN).hex(), "key_id": SIGN_ID.hex(), "cases": cases}


def body_case(header, body):
    frame = wire.make_frame(NETWORK_ID, SIGN, header, body)
    return {"frame": frame.hex(), "message_id": judge.Frame(frame).message_id(NETWORK_ID).hex(), "frame_hash": c.sha256(frame).hex(), "sender": "1540"}


def larger(scalar):
    """The same number modulo the order of the curve, in another form."""
    return (int.from_bytes(scalar, "little") + 2**252 + 27742317777372353535851937790883648493).to_bytes(32, "little")


def sealed(plaintext, pair_seqs=(1, 7), cek=bytes(range(32)), header=None, commit=None, order=(0, 1, 2)):
    header = header or wire.encode_header(header_fields(key_commitment=commit or c.commitment(cek)))
    keys = [(c.raw(agreement(20)), pair_seqs[0]), (c.raw(agreement(21)), pair_seqs[1]), (c.raw(agreement(22)), 0)]
    aad, body = c.sha256(header), len(order).to_bytes(2, "big")
    for i in order:
        public, pair_seq = keys[i]
        kid = c.key_id("hpke", public)
        enc, ct = c.hpke_seal(public, c.stanza_info(NETWORK_ID, SIGN_ID, kid), aad, cek + pair_seq.to_bytes(8, "big"), ephemeral=agreement(50 + i))
        body += kid + enc + ct
    key = c.ChaCha20Poly1305(c.hkdf(cek, b"liaison body v1", 32))
    return header, body, lambda padded: body + key.encrypt(bytes(12), padded, aad)


def sealed_for(header, network=NETWORK_ID, sign_id=SIGN_ID):
    """The body of "short", with stanzas bound to something else."""
    cek, body = bytes(range(32)), (3).to_bytes(2, "big")
    for n in range(3):
        public = c.raw(agreement(20 + n))
        kid = c.key_id("hpke", public)
        enc, ct = c.hpke_seal(public, c.stanza_info(network, sign_id, kid), c.sha256(header), cek + bytes(8), ephemeral=agreement(50 + n))
        body += kid + enc + ct
    return body + c.ChaCha20Poly1305(c.hkdf(cek, b"liaison body v1", 32)).encrypt(bytes(12), c.pad(b"a visit"), c.sha256(header))


def sealing():
    cases = []

    def add(name, expect, header, body, plaintext=b"", pair_seq=0):
        commit = judge.header(header)["key_commitment"]
        cases.append(case(name, expect, header=header.hex(), commitment=commit.hex(), body=body.hex(), plaintext=plaintext.hex(), pair_seq=pair_seq))
    for name, plaintext in {"short": b"a visit", "empty": b"", "255 bytes": bytes(255), "256 bytes": bytes(256), "5,000 bytes": b"\x01" * 5000,
                            "65,535 bytes": b"\x02" * 65535}.items():
        header, _, finish = sealed(plaintext)
        add(name, "OK", header, finish(c.pad(plaintext)), plaintext, 7)
    header, _, finish = sealed(b"")
    body = finish(c.pad(b"a visit"))
    add("body changed", "E_OPEN", header, body[:-1] + bytes([body[-1] ^ 1]))
    add("stanza changed", "E_OPEN", header, body[:150] + bytes([body[150] ^ 1]) + body[151:])
    add("another header", "E_OPEN", wire.encode_header(header_fields(sequence=2)), body)
    add("padding without its mark", "E_OPEN", header, finish(bytes(256)))
    add("padding of a larger step than needed", "E_OPEN", header, finish(b"a visit\x80" + bytes(504)))
    header2, _, finish2 = sealed(b"", commit=c.commitment(bytes(32)))
    add("commitment to another key", "E_OPEN", header2, finish2(c.pad(b"x")))
    header3, _, finish3 = sealed(b"", order=(0, 1, 1, 2))
    add("a stanza twice", "E_OPEN", header3, finish3(c.pad(b"x")))
    add("no stanza for the reader", "E_OPEN", *(lambda s: (s[0], s[2](c.pad(b"x"))))(sealed(b"", order=(0, 2))))
    add("shorter than its count", "E_SEAL", header, body[:50])
    add("an ephemeral key of small order", "E_OPEN", header, body[:2 + 96 + 8] + bytes(32) + body[2 + 96 + 40:])
    add("a tag too short", "E_OPEN", header, body[:2 + 3 * 96 + 15])
    add("no step", "E_OPEN", header, finish(c.pad(b"a visit") + bytes(1)))
    add("sealed by another sign key", "E_OPEN", header, sealed_for(header, sign_id=bytes(8)))
    add("sealed in another network", "E_OPEN", header, sealed_for(header, network=bytes(32)))
    ids = [c.key_id("hpke", c.raw(agreement(n))).hex() for n in (20, 21, 22)]
    seals = [case("valid", "OK", body=body.hex(), key_ids=ids), case("another order", "E_SEAL", body=body.hex(), key_ids=[ids[1], ids[0], ids[2]]),
             case("a holder more", "E_SEAL", body=body.hex(), key_ids=ids + ["00" * 8]), case("a holder less", "E_SEAL", body=body.hex(), key_ids=ids[:2]),
             case("empty", "E_SEAL", body="", key_ids=ids), case("one byte", "E_SEAL", body="00", key_ids=ids),
             case("no rest", "E_SEAL", body=body[:290].hex(), key_ids=ids),
             case("a rest one byte shorter", "E_SEAL", body=body[:-1].hex(), key_ids=ids),
             case("a rest of 16 + 384", "E_SEAL", body=(body + bytes(128)).hex(), key_ids=ids),
             case("a rest of 16 + 128", "E_SEAL", body=body[:-128].hex(), key_ids=ids),
             case("a rest of 16 + 512", "OK", body=(body + bytes(256)).hex(), key_ids=ids),
             case("a rest of 16 + 256 x 2^8", "OK", body=(body + bytes(255 * 256)).hex(), key_ids=ids)]
    return {"format": "suite 2, PROTOCOL 8", "seals": seals, "network_id": NETWORK_ID.hex(), "sign_key_id": SIGN_ID.hex(),
            "reader_secret": c.raw_secret(agreement(21)).hex(),
            "reader_key_id": c.key_id("hpke", c.raw(agreement(21))).hex(), "cases": cases}


def merkle():
    leaves = [c.leaf_hash(bytes([n])) for n in range(40)]
    inclusion, consistency = [], []
    for size in (1, 2, 3, 5, 8, 13, 40):
        for index in {0, size // 2, size - 1}:
            p, root = c.inclusion_path(leaves[:size], index), c.root_of(leaves[:size])
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
            p = c.consistency_path(first, leaves[:size])
            base = {"first": first, "second": size, "first_root": c.root_of(leaves[:first]).hex(), "second_root": c.root_of(leaves[:size]).hex()}
            assert c.consistency_holds(first, size, c.root_of(leaves[:first]), c.root_of(leaves[:size]), p)
            consistency.append(case(f"{first} to {size}", "OK", proof=[h.hex() for h in p], **base))
            consistency.append(case(f"{first} to {size}, one hash more", "E_PROOF", proof=[h.hex() for h in p + [bytes(32)]], **base))
            consistency.append(case(f"{first} to {size}, empty", "E_PROOF", proof=[], **base))
            consistency.append(case(f"{first} to {size}, other first root", "E_PROOF", proof=[h.hex() for h in p], **dict(base, first_root=bytes(32).hex())))
    leaf = b"\x01\x01" + (24).to_bytes(2, "big") + (5).to_bytes(8, "big") + NOW.to_bytes(8, "big") + c.sha256(b"frame")
    leaf_cases = [case("refused entry", "OK", leaf=leaf.hex(), leaf_class=1, verdict=24, index=5, accept_time_ms=NOW),
                  case("version 2", "E_FORMAT", leaf=(b"\x02" + leaf[1:]).hex()), case("class 9", "E_FORMAT", leaf=(leaf[:1] + b"\x09" + leaf[2:]).hex()),
                  case("51 bytes", "E_FORMAT", leaf=leaf[:-1].hex()), case("unknown verdict", "E_FORMAT", leaf=(leaf[:2] + b"\x00\x63" + leaf[4:]).hex()),
                  case("accepted", "OK", leaf=(leaf[:2] + bytes(2) + leaf[4:]).hex(), leaf_class=1, verdict=0, index=5, accept_time_ms=NOW),
                  case("a roster", "OK", leaf=(b"\x01\x02\0\0" + leaf[4:]).hex(), leaf_class=2, verdict=0, index=5, accept_time_ms=NOW),
                  case("a policy", "OK", leaf=(b"\x01\x03\0\0" + leaf[4:]).hex(), leaf_class=3, verdict=0, index=5, accept_time_ms=NOW),
                  case("a refused roster", "E_FORMAT", leaf=(b"\x01\x02" + leaf[2:]).hex()),
                  case("a transient verdict", "E_FORMAT", leaf=(leaf[:2] + b"\0\x29" + leaf[4:]).hex()),
                  case("a verdict of the sender's fault", "E_FORMAT", leaf=(leaf[:2] + b"\0\x01" + leaf[4:]).hex()),
                  case("class 0", "E_FORMAT", leaf=(b"\x01\0" + leaf[2:]).hex()),
                  case("an index beyond 2^62", "E_FORMAT", leaf=(leaf[:4] + ((1 << 62) + 1).to_bytes(8, "big") + leaf[12:]).hex()),
                  case("a time beyond 2^62", "E_FORMAT", leaf=(leaf[:12] + b"\xff" * 8 + leaf[20:]).hex()),
                  case("53 bytes", "E_FORMAT", leaf=(leaf + b"\0").hex()), case("empty", "E_FORMAT", leaf="")]
    return {"format": "leaf data and RFC 9162 proofs, PROTOCOL 4", "leaves": [c.leaf_hash(bytes([n])).hex() for n in range(40)],
            "roots": [c.root_of(leaves[:n]).hex() for n in range(41)], "inclusion": inclusion, "consistency": consistency, "leaf": leaf_cases}


def bodies():
    plans = [case("valid", "OK", body=visits.encode_plan(visits.PLAN).hex())]
    for name, change in {"30 February": {"components": [(1, "2027-02-28", "2027-02-30", 1, [])]},
                         "end before start": {"components": [(1, "2027-05-14", "2027-05-10", 1, [])]},
                         "a month where a day is needed": {"components": [(1, "2027-05", "2027-05", 1, [])]}, "no State": {"states": []},
                         "a State twice": {"states": [("MNG", ""), ("MNG", "")]},
                         "no such code form": {"states": [("Mn", "")]}, "id of another lead": {"record_id": "1267-V-2027-0001"},
                         "revision 0": {"revision": 0},
                         "status 0": {"status": 0}, "kind 99": {"kind": 99}, "no component": {"components": []}, "a control character": {"title": "a\x07b"},
                         **bad_plans(), "a direction mark": {"title": "a\u202eb"}, "not NFC": {"title": "e\u0301"},
                         "revision 2 without its previous": {"revision": 2}}.items():
        plans.append(case(name, "E_BODY", body=visits.encode_plan(dict(visits.PLAN, **change)).hex()))
    answers = [case("valid", "OK", body=visits.encode_answer(visits.ANSWER).hex()),
               case("answer 0", "E_BODY", body=visits.encode_answer(dict(visits.ANSWER, answer=0)).hex()),
               case("short hash", "E_BODY", body=visits.encode_answer(dict(visits.ANSWER, plan_hash=bytes(5))).hex()),
               case("no record id", "E_BODY", body=visits.encode_answer(dict(visits.ANSWER, record_id="visit")).hex()),
               *(case(name, "E_BODY", body=visits.encode_answer(dict(visits.ANSWER, **change)).hex()) for name, change in bad_answers().items()),
               *(case("valid, " + name, "OK", body=visits.encode_answer(dict(visits.ANSWER, **change)).hex()) for name, change in good_answers().items())]
    recall = visits.encode_recall(visits.RECALL)
    recalls = [case("valid", "OK", body=recall.hex()), case("cut", "E_BODY", body=recall[:-8].hex()), case("no bytes", "E_BODY", body=""),
               case("the bytes of an answer", "E_BODY", body=visits.encode_answer(visits.ANSWER).hex())]
    for name, outcome, change in (("a reason of 512 bytes", "OK", {"reason": "r" * 512}), ("a reason of 513 bytes", "E_BODY", {"reason": "r" * 513}),
                                  ("no reason", "E_BODY", {"reason": ""}), ("a reason of two lines", "E_BODY", {"reason": "a\nb"}),
                                  ("a direction mark", "E_BODY", {"contact": "a\u202eb"}), ("no contact", "OK", {"contact": ""}),
                                  ("revision 0", "E_BODY", {"revision": 0}), ("short hash", "E_BODY", {"plan_hash": bytes(5)}),
                                  ("no record id", "E_BODY", {"record_id": "visit"}), ("a number of five digits with a zero", "E_BODY", {"record_id": "1540-V-2027-00001"})):
        recalls.append(case(name, outcome, body=visits.encode_recall(dict(visits.RECALL, **change)).hex()))
    plans += [case("valid, " + name, "OK", body=visits.encode_plan(dict(visits.PLAN, **change)).hex()) for name, change in good_plans().items()]
    plans += no_plans(visits.encode_plan(visits.PLAN))
    receipt = wire.encode_receipt([(bytes(range(32)), bytes(range(32, 64)), 7, 3, 0), (bytes(32), bytes(32), 8, 4, 24)])
    receipts = [case("valid", "OK", body=receipt.hex(), covered=[[bytes(range(32)).hex(), bytes(range(32, 64)).hex(), 7, 3, 0],
                                                                 [bytes(32).hex(), bytes(32).hex(), 8, 4, 24]]),
                case("unknown verdict", "E_BODY", body=wire.encode_receipt([(bytes(32), bytes(32), 1, 1, 99)]).hex()),
                case("empty", "E_BODY", body=wire.encode_receipt([]).hex()),
                case("the bytes of a plan", "E_BODY", body=visits.encode_plan(visits.PLAN).hex()), case("cut", "E_BODY", body=receipt[:-8].hex()),
                case("no bytes", "E_BODY", body=""),
                case("a local code", "E_BODY", body=wire.encode_receipt([(bytes(32), bytes(32), 1, 1, 1000)]).hex()),
                case("a verdict beyond 16 bits", "E_BODY", body=wire.encode_receipt([(bytes(32), bytes(32), 1, 1, 65536)]).hex()),
                case("256", "OK", body=wire.encode_receipt([(bytes(32), bytes(32), 1, 1, 0)] * 256).hex(), covered=[["00" * 32, "00" * 32, 1, 1, 0]] * 256),
                case("257", "E_BODY", body=wire.encode_receipt([(bytes(32), bytes(32), 1, 1, 0)] * 257).hex())]
    return {"format": "bodies of visit.plan, visit.answer, visit.recall and receipt", "visit.plan": plans, "visit.answer": answers, "visit.recall": recalls, "receipt": receipts}


def good_plans():
    part = visits.PLAN["components"][0]
    return {"every list full": {"states": [(f"A{chr(65 + n)}A", "") for n in range(16)], "components": [part] * 8,
                                "aims": [f"aim_{chr(97 + n)}" for n in range(16)],
                                "participation": [(f"body {n}", 2, "") for n in range(32)]},
            "no list longer than needed": {"aims": [], "participation": [], "components": [(1, "2027", "2027", 3, [])]},
            "a month": {"components": [(2, "2027-05", "2027-05", 2, [])]},
            "an end day": {"components": [(1, "", "2027-05-14", 4, [])]}, "a period": {"components": [(1, "2018", "2023-06", 5, [])]},
            "nothing known": {"components": [(1, "", "", 6, [])]}, "one day": {"components": [(1, "2027-05-10", "2027-05-10", 1, [])]},
            "29 February": {"components": [(1, "2028-02-29", "2028-03-01", 1, [])]},
            "1 January 1870": {"components": [(1, "1870-01-01", "1870-01-01", 1, [])]},
            "the last year": {"components": [(1, "9999-12-30", "9999-12-31", 1, [])]}, "revision 2": {"revision": 2, "previous_revision": bytes(range(32))},
            "number 10000": {"record_id": "1540-V-2027-10000"}, "number 999999999": {"record_id": "1540-V-2027-999999999"},
            "no invitation": {"invitation": None},
            "no report": {"reports": []}, "16 reports": {"reports": [(kind, "2027-06-14", "") for kind in (1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4)]},
            "merged into another committee's visit": {"status": 17, "merged_into": "1373-V-2027-0001"},
            "a lead with -V-": {"record_id": "a-V-b-V-2027-0001", "lead": "a-V-b"}, "line breaks in the note": {"note": "one\n\ttwo"},
            "a note of 16,384 bytes": {"note": "n" * 16384},
            "a title of 512 bytes": {"title": "\u00e9" * 256},
            "States in other scripts": {"title": "\u041c\u043e\u043d\u0433\u043e\u043b\u0438\u044f \u0645\u0646\u063a\u0648\u0644\u064a\u0627 \u8499\u53e4"}}


def bad_plans():
    part = visits.PLAN["components"][0]

    def dates(start, end, precision):
        return {"components": [(1, start, end, precision, [])]}
    return {"17 States": {"states": [(f"A{chr(65 + n)}A", "") for n in range(17)]}, "9 components": {"components": [part] * 9},
            "17 aims": {"aims": ["aim"] * 17},
            "33 participations": {"participation": [("body", 2, "")] * 33}, "33 places": {"components": [part[:4] + (["x"] * 33, )]},
            "an aim in capitals": {"aims": ["Aim"]},
            "an aim of 41 letters": {"aims": ["a" * 41]}, "an empty aim": {"aims": [""]}, "a participation of nobody": {"participation": [("", 2, "")]},
            "role 7": {"participation": [("body", 7, "")]}, "mode 3": {"components": [(3, ) + part[1:]]}, "precision 7": {"components": [part[:3] + (7, [])]},
            "consent 0": {"consent": (0, "", "", "")}, "consent on no day": {"consent": (1, "2027-02-30", "", "")},
            "an invitation in a month": {"invitation": ("2027-01", "", "")},
            "17 reports": {"reports": [(2, "2027-06-14", "")] * 17}, "report 0": {"reports": [(0, "2027-06-14", "")]},
            "report 7": {"reports": [(7, "2027-06-14", "")]}, "a report in a month": {"reports": [(2, "2027-06", "")]},
            "a report on no day": {"reports": [(2, "", "")]}, "a report of 1869": {"reports": [(2, "1869-12-31", "")]}, "a symbol of two lines": {"reports": [(2, "2027-06-14", "a\nb")]},
            "merged into nothing": {"status": 17}, "merged into itself": {"status": 17, "merged_into": "1540-V-2027-0001"},
            "not merged, and yet going on elsewhere": {"merged_into": "1373-V-2027-0001"},
            "merged into no record": {"status": 17, "merged_into": "the other visit"},
            "a code of four letters": {"states": [("MNGG", "")]}, "a day for a month": dates("2027-05-01", "2027-05-02", 2),
            "a start before an end day": dates("2027-05-01", "2027-05-02", 4),
            "a period of days": dates("2027-05-01", "2027-05-02", 5), "an unknown with dates": dates("2027", "2027", 6),
            "month 13": dates("2027-13", "2027-13", 2),
            "month 0": dates("2027-00", "2027-00", 2), "day 0": dates("2027-05-00", "2027-05-01", 1),
            "29 February of 2027": dates("2027-02-29", "2027-03-01", 1),
            "31 December 1869": dates("1869-12-31", "1870-01-01", 1), "slashes": dates("2027/05/10", "2027/05/14", 1),
            "a period backwards": dates("2023", "2018", 5),
            "number 0000": {"record_id": "1540-V-2027-0000"}, "number 00001": {"record_id": "1540-V-2027-00001"}, "number 1": {"record_id": "1540-V-2027-1"},
            "a number of ten digits": {"record_id": "1540-V-2027-1000000000"}, "year 27": {"record_id": "1540-V-27-0001"},
            "a lead that is no id": {"lead": "15/40", "record_id": "15/40-V-2027-0001"},
            "revision 1 with a previous": {"previous_revision": bytes(range(32))}, "a previous of 31 bytes": {"previous_revision": bytes(31)},
            "status 19": {"status": 19},
            "kind 0": {"kind": 0}, "a line break in the title": {"title": "a\nb"}, "a title of 513 bytes": {"title": "t" * 513},
            "a note of 16,385 bytes": {"note": "n" * 16385},
            "a place of 129 bytes": {"components": [part[:4] + (["p" * 129], )]}, "a paragraph of 129 bytes": {"paragraph": "p" * 129},
            "a noncharacter": {"title": "a\ufffe"},
            "an Arabic letter mark": {"title": "a\u061c"}, "DEL": {"title": "a\x7f"}, "a C1 control": {"title": "a\u0085"},
            "NUL in the note": {"note": "a\0b"}}


def good_answers():
    return {"empty lines": {"body": "", "text": "", "contact": "", "source": ""}, "a text of lines": {"text": "one\ntwo"},
            "a lead with -V-": {"record_id": "a-V-b-V-2027-0001"}}


def bad_answers():
    return {"revision 0": {"revision": 0}, "answer 6": {"answer": 6}, "a text too long": {"text": "t" * 16385}, "a body of 129 bytes": {"body": "b" * 129},
            "a line break in the contact": {"contact": "a\nb"}, "not NFC": {"text": "e\u0301"}, "no lead": {"record_id": "-V-2027-0001"}}


def no_plans(good):
    return [case("empty", "E_BODY", body=""), case("cut in half", "E_BODY", body=good[:len(good) // 2].hex()),
            case("the identifier of an answer", "E_BODY", body=(good[:4] + b"LSNA" + good[8:]).hex()),
            case("not UTF-8", "E_BODY", body=good.replace(b"National", b"Nationa\xff").hex()),
            case("a string without its end", "E_BODY", body=good.replace(b"Ulaanbaatar\0", b"Ulaanbaatarr").hex()),
            case("valid, followed by zeros", "OK", body=(good + bytes(8)).hex())]


def controls():
    """Control frames, refusals' signatures and R1."""
    leaf = b"\x01\x01" + bytes(2) + (2).to_bytes(8, "big") + NOW.to_bytes(8, "big") + c.sha256(b"frame")
    leaves = [c.leaf_hash(bytes([n])) for n in range(2)] + [c.leaf_hash(leaf)] + [c.leaf_hash(bytes([n])) for n in range(3, 7)]
    text = f"{NETWORK}/log/1\n7\n{c.b64(c.root_of(leaves))}\n"
    note = note_of(text, [(f"{NETWORK}/log/1", signing(91))])
    r1 = {"frame_hash": c.sha256(b"frame"), "leaf": leaf, "path": c.inclusion_path(leaves, 2), "checkpoint": note, "rule": "plans",
          "basis": "S/RES/1977 (2011) 19"}
    head = {"key_id": SIGN_ID, "sequence": 1, "message_id": c.sha256(b"id"), "acceptance": r1}
    refusal = {"frame_hash": c.sha256(b"frame"), "code": 40, "detail": 7, "text": "earlier messages of this member are missing", "time_ms": NOW,
               "signature": b""}
    signed = dict(refusal, signature=signing(90).sign(judge.refusal_to_sign(NETWORK_ID, refusal)))
    item = (leaf, b"frame")
    items = {"items": [item, (leaf, b"")], "checkpoint": note, "consistency": [c.sha256(b"a"), c.sha256(b"b")]}

    def good(name, kind, **values):
        return case("valid, " + name, "OK", frame=wire.encode_control(kind, 0x01020304, **values).hex(), type=kind, request_id=0x01020304)

    def bad(name, frame, expect="E_FORMAT"):
        return case(name, expect, frame=frame.hex())
    fetch = wire.encode_control(wire.FETCH, 1, start=5, max_items=256, wait_ms=20_000)
    cases = [
        good("FETCH", wire.FETCH, start=5, max_items=256, wait_ms=20_000), good("FETCH from 0 for nothing", wire.FETCH, start=0, max_items=0, wait_ms=0),
        good("ITEMS", wire.ITEMS, **items),
        good("ITEMS without any", wire.ITEMS, items=[], checkpoint=note, consistency=[]), good("ACCEPTANCE", wire.ACCEPTANCE, **r1),
        good("REFUSAL", wire.REFUSAL, **signed),
        good("REFUSAL without a signature", wire.REFUSAL, **refusal), good("WHOAMI", wire.WHOAMI),
        good("WHOAMI's answer", wire.WHOAMI_ANSWER, member="1540", heads=[head], time_ms=NOW),
        good("WHOAMI's answer of a new member", wire.WHOAMI_ANSWER, member="1540", heads=[], time_ms=NOW), good("CHECKPOINT that asks", wire.CHECKPOINT),
        good("CHECKPOINT that answers", wire.CHECKPOINT, note=note), good("ITEMS with 256", wire.ITEMS, **dict(items, items=[(leaf, b"")] * 256)),
        good("128 hashes", wire.ACCEPTANCE, **dict(r1, path=[bytes(32)] * 128)), bad("empty", b""), bad("the prefix without its last byte", fetch[:12]),
        bad("another magic", b"LSN2" + fetch[4:]),
        bad("type 0", fetch[:4] + b"\0" + fetch[5:]), bad("type 1", fetch[:4] + b"\x01" + fetch[5:]), bad("type 9", fetch[:4] + b"\x09" + fetch[5:]),
        bad("type 11", fetch[:4] + b"\x0b" + fetch[5:]),
        bad("the content of another type", fetch[:4] + b"\x06" + fetch[5:]), bad("another identifier", fetch.replace(b"LSNW", b"LSNX")),
        bad("no content", wire.control_frame(2, 1, b"")),
        bad("an unknown union member", wire.encode_control(wire.FETCH, 1, union_member=99, start=1, max_items=1, wait_ms=0)),
        bad("a byte more", fetch + b"x", "E_SIZE"), bad("a byte less", fetch[:-1], "E_SIZE"),
        bad("beyond 128 KiB", wire.control_frame(2, 1, bytes(128 * 1024)), "E_SIZE"),
        bad("a leaf of 51 bytes", wire.encode_control(wire.ITEMS, 1, **dict(items, items=[(leaf[:51], b"")]))),
        bad("257 items", wire.encode_control(wire.ITEMS, 1, **dict(items, items=[(leaf, b"")] * 257))),
        bad("a hash of 31 bytes", wire.encode_control(wire.ITEMS, 1, **dict(items, consistency=[bytes(31)]))),
        bad("129 hashes", wire.encode_control(wire.ACCEPTANCE, 1, **dict(r1, path=[bytes(32)] * 129))),
        bad("a short frame hash", wire.encode_control(wire.ACCEPTANCE, 1, **dict(r1, frame_hash=bytes(31)))),
        bad("a refusal with code 0", wire.encode_control(wire.REFUSAL, 1, **dict(refusal, code=0))),
        bad("a refusal with an unknown code", wire.encode_control(wire.REFUSAL, 1, **dict(refusal, code=46))),
        bad("a signature of 63 bytes", wire.encode_control(wire.REFUSAL, 1, **dict(refusal, signature=bytes(63)))),
        bad("a member that is no id", wire.encode_control(wire.WHOAMI_ANSWER, 1, member="15/40", heads=[], time_ms=1)),
        bad("a refusal with a time beyond 2^62", wire.encode_control(wire.REFUSAL, 1, **dict(refusal, time_ms=(1 << 62) + 1))),
        bad("a refusal with a detail beyond 2^62", wire.encode_control(wire.REFUSAL, 1, **dict(refusal, detail=1 << 63))),
        bad("a head with a sequence beyond 2^62", wire.encode_control(wire.WHOAMI_ANSWER, 1, member="1540",
                                                                      heads=[dict(head, sequence=1 << 63, acceptance=None)], time_ms=1)),
        bad("an answer to WHOAMI with a time beyond 2^62", wire.encode_control(wire.WHOAMI_ANSWER, 1, member="1540", heads=[], time_ms=1 << 63)),
        bad("65 heads", wire.encode_control(wire.WHOAMI_ANSWER, 1, member="1540", heads=[dict(head, acceptance=None)] * 65, time_ms=1)),
        bad("a key_id of 7 bytes", wire.encode_control(wire.WHOAMI_ANSWER, 1, member="1540", heads=[dict(head, key_id=bytes(7))], time_ms=1))]

    def refused(name, expect, **changes):
        return case(name, expect, frame=wire.encode_control(wire.REFUSAL, 0, **dict(signed, **changes)).hex())
    refusals = [refused("valid", "OK"), refused("valid, another text", "OK", text="unsigned"), refused("another code", "E_SIGNATURE", code=41),
                refused("another detail", "E_SIGNATURE", detail=8),
                refused("another time", "E_SIGNATURE", time_ms=NOW + 1), refused("another frame", "E_SIGNATURE", frame_hash=bytes(32)),
                refused("no signature", "E_SIGNATURE", signature=b""),
                refused("by the log key", "E_SIGNATURE", signature=signing(91).sign(judge.refusal_to_sign(NETWORK_ID, refusal))),
                refused("for another network", "E_SIGNATURE", signature=signing(90).sign(judge.refusal_to_sign(bytes(32), refusal)))]

    def r1_case(name, expect, **changes):
        return case(name, expect, frame=wire.encode_control(wire.ACCEPTANCE, 0, **dict(r1, **changes)).hex())
    other_note = note_of(text, [(f"{NETWORK}/log/1", signing(92))])
    acceptances = [r1_case("valid", "OK"), r1_case("valid, another rule, which is unsigned", "OK", rule="x"),
                   r1_case("about another frame", "E_PROOF", frame_hash=bytes(32)),
                   r1_case("a leaf of class 2", "E_PROOF", leaf=b"\x01\x02" + leaf[2:]),
                   r1_case("another time", "E_PROOF", leaf=leaf[:19] + b"\x01" + leaf[20:]),
                   r1_case("a path too short", "E_PROOF", path=r1["path"][:-1]), r1_case("a path too long", "E_PROOF", path=r1["path"] + [bytes(32)]),
                   r1_case("signed by another key", "E_PROOF", checkpoint=other_note), r1_case("no note", "E_PROOF", checkpoint=text)]
    return {"format": "control frames, refusals' signatures, R1, PROTOCOL 2 and 3", "network_id": NETWORK_ID.hex(), "broker_sign": c.raw(signing(90)).hex(),
            "log_vkey": LOG_VKEY,
            "cases": cases, "refusals": refusals, "acceptances": acceptances}
