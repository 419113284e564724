# SPDX-License-Identifier: Apache-2.0
"""Writes frames, headers, receipts and control frames, with the classes of `flatc --python`, whose folder must be on sys.path.
What is read goes through judge.py."""
import flatbuffers

from liaison.fbs import Acceptance as FbAcceptance
from liaison.fbs import ChainHead as FbHead
from liaison.fbs import Checkpoint as FbCheckpoint
from liaison.fbs import Fetch as FbFetch
from liaison.fbs import Header as FbHeader
from liaison.fbs import Item as FbItem
from liaison.fbs import Items as FbItems
from liaison.fbs import Receipt as FbReceipt
from liaison.fbs import Refusal as FbRefusal
from liaison.fbs import WhoAmI as FbWhoAmI
from liaison.fbs import WhoAmIAnswer as FbWhoAmIAnswer
from liaison.fbs import Wire as FbWire
from liaison.fbs.Covered import CreateCovered

import crypto as c
import judge

MESSAGE, FETCH, ITEMS, ACCEPTANCE, REFUSAL, WHOAMI, WHOAMI_ANSWER, CHECKPOINT = range(1, 9)


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


def make_frame(network_id, sign_key, header, body):
    kid = c.key_id("sign", c.raw(sign_key))
    fixed = b"LSN1\x01\x01\0\0" + kid + len(header).to_bytes(4, "big") + len(body).to_bytes(4, "big")
    unsigned = judge.Frame(fixed + bytes(64) + header + body)
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


def put_tables(b, start, offsets):
    start(b, len(offsets))
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return b.EndVector()


def put_acceptance(b, a):
    frame_hash, leaf, path = byte_vector(b, a["frame_hash"]), byte_vector(b, a["leaf"]), byte_vector(b, b"".join(a["path"]))
    checkpoint, rule, basis = byte_vector(b, a["checkpoint"].encode()), b.CreateString(a["rule"]), b.CreateString(a["basis"])
    FbAcceptance.Start(b)
    FbAcceptance.AddFrameHash(b, frame_hash)
    FbAcceptance.AddLeaf(b, leaf)
    FbAcceptance.AddPath(b, path)
    FbAcceptance.AddCheckpoint(b, checkpoint)
    FbAcceptance.AddRule(b, rule)
    FbAcceptance.AddBasis(b, basis)
    return FbAcceptance.End(b)


def put_item(b, leaf, body):
    leaf, body = byte_vector(b, leaf), byte_vector(b, body) if body else None
    FbItem.Start(b)
    FbItem.AddLeaf(b, leaf)
    if body is not None:
        FbItem.AddBody(b, body)
    return FbItem.End(b)


def put_items(b, v):
    listed = put_tables(b, FbItems.StartItemsVector, [put_item(b, *item) for item in v["items"]])
    checkpoint, proof = byte_vector(b, v["checkpoint"].encode()), byte_vector(b, b"".join(v["consistency"]))
    FbItems.Start(b)
    FbItems.AddItems(b, listed)
    FbItems.AddCheckpoint(b, checkpoint)
    FbItems.AddConsistency(b, proof)
    return FbItems.End(b)


def put_refusal(b, v):
    frame_hash, text = byte_vector(b, v["frame_hash"]), b.CreateString(v["text"])
    signature = byte_vector(b, v["signature"]) if v["signature"] else None
    FbRefusal.Start(b)
    FbRefusal.AddFrameHash(b, frame_hash)
    FbRefusal.AddCode(b, v["code"])
    FbRefusal.AddDetail(b, v["detail"])
    FbRefusal.AddText(b, text)
    FbRefusal.AddTimeMs(b, v["time_ms"])
    if signature is not None:
        FbRefusal.AddSignature(b, signature)
    return FbRefusal.End(b)


def put_head(b, head):
    key_id, message_id = byte_vector(b, head["key_id"]), byte_vector(b, head["message_id"])
    acceptance = put_acceptance(b, head["acceptance"]) if head["acceptance"] else None
    FbHead.Start(b)
    FbHead.AddKeyId(b, key_id)
    FbHead.AddSequence(b, head["sequence"])
    FbHead.AddMessageId(b, message_id)
    if acceptance is not None:
        FbHead.AddAcceptance(b, acceptance)
    return FbHead.End(b)


def put_heads(b, v):
    member = b.CreateString(v["member"])
    heads = put_tables(b, FbWhoAmIAnswer.StartHeadsVector, [put_head(b, head) for head in v["heads"]])
    FbWhoAmIAnswer.Start(b)
    FbWhoAmIAnswer.AddMember(b, member)
    FbWhoAmIAnswer.AddHeads(b, heads)
    FbWhoAmIAnswer.AddTimeMs(b, v["time_ms"])
    return FbWhoAmIAnswer.End(b)


def put_fetch(b, v):
    FbFetch.Start(b)
    FbFetch.AddFrom_(b, v["start"])
    FbFetch.AddMaxItems(b, v["max_items"])
    FbFetch.AddWaitMs(b, v["wait_ms"])
    return FbFetch.End(b)


def put_whoami(b, v):
    FbWhoAmI.Start(b)
    return FbWhoAmI.End(b)


def put_checkpoint(b, v):
    note = byte_vector(b, v["note"].encode()) if v.get("note") else None
    FbCheckpoint.Start(b)
    if note is not None:
        FbCheckpoint.AddNote(b, note)
    return FbCheckpoint.End(b)


PUT = {FETCH: put_fetch, ITEMS: put_items, ACCEPTANCE: put_acceptance, REFUSAL: put_refusal, WHOAMI: put_whoami, WHOAMI_ANSWER: put_heads,
       CHECKPOINT: put_checkpoint}


def control_frame(kind, request_id, content):
    return b"LSN1" + bytes([kind]) + request_id.to_bytes(4, "big") + len(content).to_bytes(4, "big") + content


def encode_control(kind, request_id, union_member=None, **values):
    """values: the fields of wire.fbs; `union_member` another than the type's, for frames that must be refused."""
    b = flatbuffers.Builder(256)
    inner = PUT[kind](b, values)
    FbWire.Start(b)
    FbWire.AddControlType(b, union_member or kind - 1)
    FbWire.AddControl(b, inner)
    b.Finish(FbWire.End(b), file_identifier=b"LSNW")
    return control_frame(kind, request_id, bytes(b.Output()))


def split_hashes(flat):
    return [flat[i:i + 32] for i in range(0, len(flat), 32)]


def readable(a):
    return dict(a, path=split_hashes(a["path"]), checkpoint=a["checkpoint"].decode(), rule=a["rule"] or "", basis=a["basis"] or "")


def decode_control(payload):
    """(type, request_id, dict)"""
    kind, request_id, x = judge.control(payload)
    if kind == ITEMS:
        x = {"items": [(i["leaf"], i["body"] or b"") for i in x["items"]], "checkpoint": x["checkpoint"].decode(),
             "consistency": split_hashes(x["consistency"])}
    elif kind == ACCEPTANCE:
        x = readable(x)
    elif kind == REFUSAL:
        x = dict(x, signature=x["signature"] or b"")
    elif kind == WHOAMI_ANSWER:
        x = dict(x, heads=[dict(h, acceptance=readable(h["acceptance"]) if h["acceptance"] else None) for h in x["heads"]])
    elif kind == CHECKPOINT:
        x = {"note": (x["note"] or b"").decode()}
    return kind, request_id, x
