# SPDX-License-Identifier: Apache-2.0
"""Reads and writes FlatBuffers as plain dicts. What comes from outside is not verified by Python's own library: here every offset is held against the
buffer first (PROTOCOL 2), and ValueError is raised otherwise. The tables are those of schemas/*.fbs, field by field in their order."""
import flatbuffers

SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}


class Table:
    def __init__(self, *fields, first=()):
        """Each field: name, type, required. A type: u8..u64, bytes, string, strings, a Table, [Table], ("structs", names), ("union", {number: Table}).
        `first`: what is written before the other fields; that makes no difference to a reader, but tests/vectors hold the bytes."""
        self.fields, self.first = [(f + (False, ))[:3] for f in fields], first


HEADER = Table(("sender", "string", True), ("schema_id", "bytes", True), ("kind", "string", True), ("marking", "string", True),
               ("recipients", "strings", True), ("sequence", "u64"), ("previous", "bytes", True), ("created_at_ms", "u64"), ("not_after_ms", "u64"),
               ("roster_version", "u64"), ("policy_hash", "bytes", True), ("seen_size", "u64"), ("seen_root", "bytes", True), ("nonce", "bytes", True),
               ("in_reply_to", "bytes", True), ("suite", "u8"), ("key_commitment", "bytes", True), ("blobs", "strings", True),
               first=("sender", "kind", "marking", "schema_id", "previous", "policy_hash", "seen_root", "nonce", "in_reply_to", "key_commitment"))

COVERED = tuple(f"{name}_{n}" for name in ("message_id", "frame_hash") for n in range(4)) + ("index", "pair_seq", "verdict")
RECEIPT = Table(("covered", ("structs", COVERED), True))

STATE = Table(("alpha3", "string", True), ("name_in_source", "string"))
COMPONENT = Table(("mode", "u8"), ("start", "string", True), ("end", "string", True), ("precision", "u8"), ("places", "strings", True))
CONSENT = Table(("status", "u8"), ("date", "string", True), ("reference", "string", True), ("signed_by", "string", True))
INVITATION = Table(("date", "string", True), ("reference", "string", True), ("issuer", "string", True))
PARTICIPATION = Table(("body", "string", True), ("role", "u8"), ("note", "string", True))
REPORT = Table(("kind", "u8"), ("date", "string", True), ("symbol", "string", True))
PLAN = Table(("record_id", "string", True), ("revision", "u32"), ("previous_revision", "bytes", True), ("lead", "string", True), ("status", "u8"),
             ("kind", "u8"), ("title", "string", True), ("states", [STATE], True), ("components", [COMPONENT], True), ("aims", "strings", True),
             ("consent", CONSENT, True), ("invitation", INVITATION), ("participation", [PARTICIPATION], True), ("paragraph", "string", True),
             ("contact", "string", True), ("note", "string", True), ("source", "string", True), ("unverified", "u8"),
             ("merged_into", "string", True), ("reports", [REPORT], True))
ANSWER = Table(("record_id", "string", True), ("revision", "u32"), ("plan_hash", "bytes", True), ("answer", "u8"), ("body", "string", True),
               ("text", "string", True), ("contact", "string", True), ("source", "string", True), ("unverified", "u8"))
RECALL = Table(("record_id", "string", True), ("revision", "u32"), ("plan_hash", "bytes", True), ("reason", "string", True), ("contact", "string", True))

FETCH = Table(("from", "u64"), ("max_items", "u32"), ("wait_ms", "u32"))
ITEM = Table(("leaf", "bytes", True), ("body", "bytes"))
ITEMS = Table(("items", [ITEM], True), ("checkpoint", "bytes", True), ("consistency", "bytes", True))
ACCEPTANCE = Table(("frame_hash", "bytes", True), ("leaf", "bytes", True), ("path", "bytes", True), ("checkpoint", "bytes", True), ("rule", "string"),
                   ("basis", "string"))
REFUSAL = Table(("frame_hash", "bytes", True), ("code", "u16"), ("detail", "u64"), ("text", "string", True), ("time_ms", "u64"), ("signature", "bytes"))
HEAD = Table(("key_id", "bytes", True), ("sequence", "u64"), ("message_id", "bytes", True), ("acceptance", ACCEPTANCE))
WHOAMI_ANSWER = Table(("member", "string", True), ("heads", [HEAD], True), ("time_ms", "u64"))
CHECKPOINT = Table(("note", "bytes"))
CONTROLS = {1: FETCH, 2: ITEMS, 3: ACCEPTANCE, 4: REFUSAL, 5: Table(), 6: WHOAMI_ANSWER, 7: CHECKPOINT}
WIRE = Table(("control_type", "u8"), ("control", ("union", CONTROLS), True))


class Reader:
    def __init__(self, data, tables_max):
        self.data, self.tables_left = data, tables_max

    def number(self, at, size):
        if at < 0 or at + size > len(self.data) or at % size:
            raise ValueError("a number outside the buffer, or not aligned")
        return int.from_bytes(self.data[at:at + size], "little")

    def follow(self, at):
        offset = self.number(at, 4)
        if offset == 0 or offset >= 1 << 31 or at + offset >= len(self.data):
            raise ValueError("an offset that leads nowhere")
        return at + offset

    def vector(self, at, size):
        """(place of the first element, count)"""
        count = self.number(at, 4)
        if at + 4 + count * size > len(self.data):
            raise ValueError("a vector that is longer than the buffer")
        return at + 4, count

    def bytes(self, at):
        start, count = self.vector(at, 1)
        return self.data[start:start + count]

    def string(self, at):
        start, count = self.vector(at, 1)
        if self.data[start + count:start + count + 1] != b"\0":
            raise ValueError("a string without its end")
        return self.data[start:start + count].decode("utf-8", "surrogateescape")   # what is not UTF-8 shows up as such

    def value(self, at, kind, depth):
        if isinstance(kind, str) and kind in SIZES:
            return self.number(at, SIZES[kind])
        at = self.follow(at)
        if kind == "bytes":
            return self.bytes(at)
        if kind == "string":
            return self.string(at)
        if isinstance(kind, Table):
            return self.table(at, kind, depth + 1)
        if isinstance(kind, tuple):
            start, count = self.vector(at, 8 * len(kind[1]))
            if start % 8:
                raise ValueError("structs that are not aligned")
            return [{name: self.number(start + 8 * (i * len(kind[1]) + n), 8) for n, name in enumerate(kind[1])} for i in range(count)]
        start, count = self.vector(at, 4)
        places = [self.follow(start + 4 * i) for i in range(count)]
        return [self.string(p) if kind == "strings" else self.table(p, kind[0], depth + 1) for p in places]

    def table(self, at, kind, depth=1):
        self.tables_left -= 1
        if depth > 8 or self.tables_left < 0:
            raise ValueError("too deep, or too many tables")
        back = self.number(at, 4)
        vtable = at - (back - (1 << 32) if back >= 1 << 31 else back)
        size = self.number(vtable, 2)
        if size % 2 or size < 4 or vtable + size > len(self.data):
            raise ValueError("a table of fields outside the buffer")
        out = {}
        for slot, (name, of, required) in enumerate(kind.fields):
            offset = self.number(vtable + 4 + 2 * slot, 2) if 4 + 2 * slot < size else 0
            if isinstance(of, tuple) and of[0] == "union":
                of = of[1].get(out[name + "_type"])
                if of is None:
                    raise ValueError("an unknown member of a union")
            if offset:
                out[name] = self.value(at + offset, of, depth)
            elif required:
                raise ValueError(f"{name} is missing")
            else:
                out[name] = 0 if isinstance(of, str) and of in SIZES else None
        return out


def read(data, identifier, kind, tables_max=256):
    if len(data) < 8 or data[4:8] != identifier:
        raise ValueError("another identifier")
    reader = Reader(bytes(data), tables_max)
    return reader.table(reader.follow(0), kind)


# --- writing

def is_number(of):
    return isinstance(of, str) and of in SIZES


def put(b, table, values):
    """Puts a table of these values into the builder; a field whose value is None or missing is absent."""
    named = {name: of for name, of, _ in table.fields}
    made = {name: put_child(b, named[name], values[name]) for name in [*table.first, *(n for n in named if n not in table.first)]
            if not is_number(named[name]) and values.get(name) is not None}
    b.StartObject(len(named))
    for slot, (name, of) in enumerate(named.items()):
        if name in made:
            b.PrependUOffsetTRelativeSlot(slot, made[name], 0)
        elif is_number(of) and values.get(name):
            {"u8": b.PrependUint8Slot, "u16": b.PrependUint16Slot, "u32": b.PrependUint32Slot, "u64": b.PrependUint64Slot}[of](slot, values[name], 0)
    return b.EndObject()


def put_child(b, of, value):
    if of == "bytes":
        return b.CreateByteVector(bytes(value))
    if of == "string":
        return b.CreateString(value)
    if isinstance(of, Table):
        return put(b, of, value)
    if isinstance(of, tuple):   # structs of ulongs
        b.StartVector(8 * len(of[1]), len(value), 8)
        for one in reversed(value):
            b.Prep(8, 8 * len(of[1]))
            for name in reversed(of[1]):
                b.PrependUint64(one[name])
        return b.EndVector()
    made = [b.CreateString(v) if of == "strings" else put(b, of[0], v) for v in value]
    b.StartVector(4, len(made), 4)
    for offset in reversed(made):
        b.PrependUOffsetTRelative(offset)
    return b.EndVector()


def write(table, values, identifier):
    b = flatbuffers.Builder(1024)
    b.Finish(put(b, table, values), file_identifier=identifier)
    return bytes(b.Output())
