# SPDX-License-Identifier: Apache-2.0
"""Reads tests/vectors/*.json with this second implementation and judges every case. Usage: check_vectors.py tests/vectors
Says each case that comes out otherwise than expected; ends with "N cases, N otherwise"."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "nodes/clients/python"))

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey  # noqa: E402
from zmq.utils import z85  # noqa: E402

from liaison_wire import bodies, judge, texts  # noqa: E402
from liaison_wire import crypto as c  # noqa: E402

HEX = bytes.fromhex
judge.BODIES.update(bodies.BODIES)


def same(got, expected, what):
    c.need(got == expected, "E_DIFFERENT", f"{what} is {got!r:.80}, expected {expected!r:.80}")


def header(file, case):
    h = judge.header(HEX(case["header"]))
    same((h["sequence"], h["recipients"]), (case["sequence"], case["recipients"]), "sequence and recipients")


def frame(file, case):
    network, public = HEX(file["network_id"]), HEX(file["public_key"])
    same(c.key_id("sign", public).hex(), file["key_id"], "key_id")
    f = judge.Frame(HEX(case["frame"]))
    h = f.check(network, public)
    same((f.message_id(network).hex(), f.hash.hex(), h["sender"]), (case["message_id"], case["frame_hash"], case["sender"]), "ids and sender")


def sealing(file, case):
    if case["expect"] == "E_SEAL":   # what anybody sees; its reader says that it does not open
        return c.split_body(HEX(case["body"]))
    reader = X25519PrivateKey.from_private_bytes(HEX(file["reader_secret"]))
    same(c.key_id("hpke", c.raw(reader)).hex(), file["reader_key_id"], "key_id")
    opened = c.open_body(reader, HEX(file["network_id"]), HEX(file["sign_key_id"]), HEX(case["header"]), HEX(case["commitment"]), HEX(case["body"]))
    same((opened[0].hex(), opened[1]), (case["plaintext"], case["pair_seq"]), "plaintext and pair sequence")


def seals(file, case):
    c.check_stanzas(HEX(case["body"]), [HEX(x) for x in case["key_ids"]])


def leaf(file, case):
    x = c.parse_leaf(HEX(case["leaf"]))
    same((x["class"], x["verdict"], x["index"], x["accept_time_ms"]), (case["leaf_class"], case["verdict"], case["index"], case["accept_time_ms"]),
         "the leaf")


def inclusion(file, case):
    c.need(c.inclusion_holds(HEX(case["leaf_hash"]), case["index"], case["size"], [HEX(x) for x in case["path"]], HEX(case["root"])), "E_PROOF")


def consistency(file, case):
    c.need(c.consistency_holds(case["first"], case["second"], HEX(case["first_root"]), HEX(case["second_root"]), [HEX(x) for x in case["proof"]]), "E_PROOF")


def checkpoint(file, case):
    size, root = c.open_checkpoint(case["note"], file["log_vkey"])
    same((size, root.hex()), (case["size"], case["root"]), "size and root")


def roster(file, case):
    r = texts.parse_roster(case["text"])
    digest = c.sha256(case["text"].encode())
    same(digest.hex(), case["text_hash"], "hash")
    same(c.sha256(b"liaison/net/v1\0", r["network"].encode(), digest).hex(), case["network_id"], "network_id")


def chain(file, case):
    texts.trust_rosters(case["notes"])


def policy(file, case):
    texts.parse_policy(case["file"])
    same(c.sha256(case["file"].encode()).hex(), case["hash"], "hash")


def cell(file, case):
    word, rule, _ = texts.decide(texts.parse_policy(file["policy"]), file["members"], case["sender"], case["kind"], case["marking"], case["recipients"],
                                 case["suite"])
    same(rule, case["rule"] or rule, "rule")
    c.need(word == "OK", word)


def succession(file, case):
    before = case["before"]
    texts.check_policy_follows(texts.parse_policy(before), c.sha256(before.encode()), texts.parse_policy(case["after"]))


def enrolment(file, case):
    same(texts.parse_enrolment(case["text"])["id"], case["id"], "id")


def body(kind):
    return lambda file, case: judge.BODIES[kind](HEX(case["body"]))


def record(file, case):
    got = bodies.decode(case["kind"], HEX(case["body"]))
    same(got | {"previous_revision": got["previous_revision"].hex()}, case["record"], "the record")
    again = bodies.encode(bodies.KINDS[case["kind"]], got)
    same(bodies.decode(case["kind"], again), got, "the record made again")


def receipt(file, case):
    got = [[m.hex(), f.hex(), index, pair_seq, verdict] for m, f, index, pair_seq, verdict in judge.receipt(HEX(case["body"]))]
    same(got, case["covered"], "what it covers")


def control(file, case):
    kind, request_id, _ = judge.control(HEX(case["frame"]))
    same((kind, request_id), (case["type"], case["request_id"]), "type and request")


def refusal(file, case):
    _, _, r = judge.control(HEX(case["frame"]))
    held = r["signature"] and c.signature_holds(HEX(file["broker_sign"]), r["signature"], judge.refusal_to_sign(HEX(file["network_id"]), r))
    c.need(held, "E_SIGNATURE")


def acceptance(file, case):
    _, _, a = judge.control(HEX(case["frame"]))
    try:
        x = c.parse_leaf(a["leaf"])
        size, root = c.open_checkpoint(a["checkpoint"].decode(), file["log_vkey"])
    except c.Refused as why:
        raise c.Refused("E_PROOF", str(why)) from None
    path = [a["path"][i:i + 32] for i in range(0, len(a["path"]), 32)]
    c.need(x["class"] == 1 and x["hash"] == a["frame_hash"] and c.inclusion_holds(c.leaf_hash(a["leaf"]), x["index"], size, path, root), "E_PROOF")


def key_ids(file, case):
    same(c.key_id(case["use"], HEX(case["public"])).hex(), case["key_id"], "key_id")


def key(file, case):
    sound = c.is_sound_ed25519 if case["use"] == "sign" else c.is_sound_x25519
    c.need(sound(HEX(case["public"])), "E_KEY")


def vkey(file, case):
    name, _, kind, public = c.parse_vkey(case["vkey"])
    same((name, kind, public.hex()), (case["key_name"], case["type"], case["public"]), "the key")


def base64(file, case):
    try:
        data = c.unb64(case["text"])
    except ValueError:
        raise c.Refused("E_INPUT") from None
    c.need(c.b64(data) == case["text"], "E_INPUT", "not canonical")
    same(data.hex(), case["bytes"], "bytes")


def z85_text(file, case):
    try:
        data = z85.decode(case["text"])
    except Exception:   # noqa: BLE001 - pyzmq's decoder fails in several ways
        raise c.Refused("E_INPUT") from None
    c.need(z85.encode(data).decode() == case["text"], "E_INPUT", "not canonical")
    same(data.hex(), case["bytes"], "bytes")


def proof(file, case):
    try:
        judged = judge.Proof(case["file"], HEX(file["fingerprint"]))
    except c.Refused as why:
        raise c.Refused("E_PROOF", str(why)) from None
    same(len(judged.delivered), case["receipts"], "receipts")


FILES = {"header": {"cases": header}, "frame": {"cases": frame}, "sealing": {"cases": sealing, "seals": seals},
         "merkle": {"leaf": leaf, "inclusion": inclusion, "consistency": consistency}, "checkpoint": {"cases": checkpoint},
         "roster": {"cases": roster, "chains": chain}, "policy": {"files": policy, "cells": cell, "successions": succession},
         "enrolment": {"cases": enrolment},
         "bodies": {"visit.plan": body("visit.plan"), "visit.answer": body("visit.answer"), "visit.recall": body("visit.recall"), "receipt": receipt},
         "records": {"records": record, "record.answer": body("record.answer"), "record.recall": body("record.recall")},
         "wire": {"cases": control, "refusals": refusal, "acceptances": acceptance},
         "ids": {"keys": key, "verifier_keys": vkey, "base64": base64, "z85": z85_text}, "proof": {"cases": proof}}


def hpke(file):
    """RFC 9180 A.2: every step up to the ciphertext."""
    for one in file:
        recipient, ephemeral = (X25519PrivateKey.from_private_bytes(HEX(one[name])) for name in ("skRm", "skEm"))
        same((c.raw(recipient).hex(), c.raw(ephemeral).hex()), (one["pkRm"], one["pkEm"]), "public keys")
        first = one["encryptions"][0]
        enc, ct = c.hpke_seal(c.raw(recipient), HEX(one["info"]), HEX(first["aad"]), HEX(first["plaintext"]), ephemeral)
        same((enc.hex(), ct.hex()), (one["enc"], first["ciphertext"]), "enc and ciphertext")
        same(c.hpke_open(recipient, enc, HEX(one["info"]), HEX(first["aad"]), ct).hex(), first["plaintext"], "plaintext")


def main():
    folder, count, otherwise = Path(sys.argv[1]), 0, []
    unread = {f.stem for f in folder.glob("*.json")} - set(FILES) - {"hpke"}
    otherwise += [f"{name}.json: nothing reads it" for name in unread]
    hpke(json.loads((folder / "hpke.json").read_text()))
    for name, lists in FILES.items():
        file = json.loads((folder / f"{name}.json").read_text())
        for listed, check in lists.items():
            for case in file[listed]:
                count += 1
                try:
                    check(file, case)
                    got = "OK"
                except KeyError as missing:   # what a valid case would have
                    got = f"accepted ({missing} is not there)"
                except c.Refused as why:
                    got = why.word if why.word != "E_DIFFERENT" else str(why)
                if got != case["expect"]:
                    otherwise.append(f"{name}.json, {listed}, {case['name']}: {got}, expected {case['expect']}")
        if name == "merkle":
            leaves = [HEX(x) for x in file["leaves"]]
            otherwise += [f"root of {n}" for n, root in enumerate(file["roots"]) if c.root_of(leaves[:n]).hex() != root]
        if name == "ids":
            same(c.sha256(b"liaison/net/v1\0", file["network"].encode(), HEX(file["genesis"])).hex(), file["network_id"], "network_id")
            same({one["kind"]: one["id"] for one in file["schemas"]}, {kind: digest.hex() for kind, digest in judge.SCHEMAS.items()}, "schema ids")
            same(c.sha256(judge.SCHEMAS_TEXT.encode()).hex(), file["schemas_sha256"], "schemas_sha256")
            for one in file["key_ids"]:
                key_ids(file, one)
    print("\n".join(otherwise + [f"{count} cases, {len(otherwise)} otherwise"]))
    sys.exit(1 if otherwise or not count else 0)


main()
