# SPDX-License-Identifier: Apache-2.0
"""Writes frames, headers, receipts and control frames. What is read goes through judge.py."""
import flatbuffers

from . import crypto as c
from . import flat, judge

MESSAGE, FETCH, ITEMS, ACCEPTANCE, REFUSAL, WHOAMI, WHOAMI_ANSWER, CHECKPOINT = range(1, 9)


def encode_header(fields):
    """fields: the names of header.fbs."""
    return flat.write(flat.HEADER, dict(fields, blobs=fields.get("blobs", [])), b"LSNH")


def make_frame(network_id, sign_key, header, body):
    kid = c.key_id("sign", c.raw(sign_key))
    fixed = b"LSN1\x01\x01\0\0" + kid + len(header).to_bytes(4, "big") + len(body).to_bytes(4, "big")
    unsigned = judge.Frame(fixed + bytes(64) + header + body)
    return fixed + sign_key.sign(unsigned.to_sign(network_id)) + header + body


def encode_receipt(covered):
    """covered: [(message_id, frame_hash, index, pair_seq, verdict)]"""
    def words(name, h):
        return {f"{name}_{n}": int.from_bytes(h[8 * n:8 * n + 8], "little") for n in range(4)}
    structs = [words("message_id", m) | words("frame_hash", f) | {"index": index, "pair_seq": pair_seq, "verdict": verdict}
               for m, f, index, pair_seq, verdict in covered]
    return flat.write(flat.RECEIPT, {"covered": structs}, b"LSNR")


# --- control frames: hashes are lists of 32 bytes here and one vector of bytes on the wire, notes are text here

def flat_acceptance(a):
    return dict(a, path=b"".join(a["path"]), checkpoint=a["checkpoint"].encode())


FLAT = {FETCH: lambda v: dict(v, **{"from": v["start"]}),
        ITEMS: lambda v: {"items": [{"leaf": leaf, "body": body or None} for leaf, body in v["items"]], "checkpoint": v["checkpoint"].encode(),
                          "consistency": b"".join(v["consistency"])},
        ACCEPTANCE: flat_acceptance,
        REFUSAL: lambda v: dict(v, signature=v["signature"] or None),
        WHOAMI: lambda v: v,
        WHOAMI_ANSWER: lambda v: dict(v, heads=[dict(h, acceptance=h["acceptance"] and flat_acceptance(h["acceptance"])) for h in v["heads"]]),
        CHECKPOINT: lambda v: {"note": v["note"].encode() if v.get("note") else None}}


def control_frame(kind, request_id, content):
    return b"LSN1" + bytes([kind]) + request_id.to_bytes(4, "big") + len(content).to_bytes(4, "big") + content


def encode_control(kind, request_id, union_member=None, **values):
    """values: the fields of wire.fbs, `start` for from; `union_member` another than the type's, for frames that must be refused."""
    b = flatbuffers.Builder(256)
    inner = flat.put(b, flat.CONTROLS[kind - 1], FLAT[kind](values))
    b.StartObject(2)
    b.PrependUint8Slot(0, union_member or kind - 1, 0)
    b.PrependUOffsetTRelativeSlot(1, inner, 0)
    b.Finish(b.EndObject(), file_identifier=b"LSNW")
    return control_frame(kind, request_id, bytes(b.Output()))


def split_hashes(flat_bytes):
    return [flat_bytes[i:i + 32] for i in range(0, len(flat_bytes), 32)]


def readable(a):
    return dict(a, path=split_hashes(a["path"]), checkpoint=a["checkpoint"].decode(), rule=a["rule"] or "", basis=a["basis"] or "")


READABLE = {ITEMS: lambda x: {"items": [(i["leaf"], i["body"] or b"") for i in x["items"]], "checkpoint": x["checkpoint"].decode(),
                              "consistency": split_hashes(x["consistency"])},
            ACCEPTANCE: readable,
            REFUSAL: lambda x: dict(x, signature=x["signature"] or b""),
            WHOAMI_ANSWER: lambda x: dict(x, heads=[dict(h, acceptance=readable(h["acceptance"]) if h["acceptance"] else None) for h in x["heads"]]),
            CHECKPOINT: lambda x: {"note": (x["note"] or b"").decode()}}


def decode_control(payload):
    """(type, request_id, dict)"""
    kind, request_id, x = judge.control(payload)
    return kind, request_id, READABLE.get(kind, lambda x: x)(x)
