# SPDX-License-Identifier: Apache-2.0
"""What a reader asks of bytes from outside: headers, signed and control frames, bodies, proof files; PROTOCOL 2, 3, 8, 13 and 14.
Everything is refused with crypto.Refused and the word that the protocol has for it."""
import calendar
import datetime
import json
import re
import unicodedata
from pathlib import Path

from . import crypto as c
from . import flat, texts

CODES = {1: "E_FORMAT", 2: "E_SIZE", 3: "E_KEY", 4: "E_SIGNATURE", 5: "E_SENDER", 7: "E_BLOB", 8: "E_CHAIN", 9: "E_EQUIVOCATION", 10: "E_KEY_REVOKED",
         20: "E_EXPIRED", 21: "E_SCHEMA", 22: "E_RECIPIENT", 23: "E_MARKING", 24: "E_POLICY", 25: "E_ENCRYPTION_REQUIRED", 26: "E_SEAL", 27: "E_STALE",
         40: "E_GAP", 41: "E_QUOTA", 42: "E_BUSY", 43: "E_STORAGE_FULL", 44: "E_CLOCK", 45: "E_CLOCK_BROKER", 47: "E_ROSTER_EXPIRED", 61: "E_RANGE",
         80: "E_OPEN", 81: "E_BODY", 82: "E_DUPLICATE"}
PAYLOAD_MAX = 128 * 1024


# The pages schemas/*.fbs: beside this package where it was copied to another place with them, else in the tree that it is part of.
HERE = Path(__file__).resolve().parent
PAGES = next((p for p in (HERE.parent / "schemas", HERE.parents[3] / "schemas") if p.is_dir()), HERE.parent / "schemas")


def schema_id(page):
    """Of the kind's .fbs, its includes appended in their order."""
    text = page.read_text(encoding="utf-8")
    return c.sha256(text.encode(), *((PAGES / f"{name}.fbs").read_bytes() for name in re.findall(r'include "([a-z_]+)\.fbs"', text)))


def kind_of(page):
    """Of a page of records by its root table, of the others by their first line; None for a page of words and parts."""
    text = page.read_text(encoding="utf-8")
    named = re.search(r'\(kind: "([a-z_.]+)"', text) or re.match(r"// Kind ([a-z_.]+)[:.]", text)
    return named.group(1) if named else "receipt" if page.stem == "receipt" else None


SCHEMAS = {kind_of(page): schema_id(page) for page in sorted(PAGES.glob("*.fbs")) if kind_of(page)}
SCHEMAS_TEXT = "".join(f"{kind} {SCHEMAS[kind].hex()}\n" for kind in sorted(SCHEMAS))


def verified(data, identifier, kind, word, tables_max=256):
    try:
        return flat.read(data, identifier, kind, tables_max)
    except ValueError as why:
        raise c.Refused(word, str(why)) from None


# --- frames

def header(data):
    h = verified(data, b"LSNH", flat.HEADER, "E_FORMAT")

    def need(condition, why):
        c.need(condition, "E_FORMAT", "header: " + why)
    need(len(data) <= 16 * 1024, "longer than 16 KiB")
    to = h["recipients"]
    need(texts.is_id(h["sender"]) and all(map(texts.is_id, to)), "ids")
    need(1 <= len(to) <= 32 and to == sorted(set(to)) and h["sender"] not in to, "recipients")
    need(re.fullmatch(r"[a-z_.]{1,32}", h["kind"]) and re.fullmatch(r"[a-z_]{1,32}", h["marking"]), "kind or marking")
    numbers = [h[x] for x in ("sequence", "created_at_ms", "not_after_ms", "roster_version", "seen_size")]
    need(all(1 <= n <= 1 << 62 for n in numbers) and h["not_after_ms"] > h["created_at_ms"] and h["suite"] in (1, 2), "numbers")
    need(all(len(h[x]) == 32 for x in ("schema_id", "previous", "policy_hash", "seen_root", "in_reply_to")) and len(h["nonce"]) == 16, "lengths")
    need(len(h["key_commitment"]) == (32 if h["suite"] == 2 else 0), "commitment")
    c.need(not h["blobs"], "E_BLOB")
    return h


class Frame:
    """A signed frame taken apart; nothing of it is parsed before `check` held."""

    def __init__(self, data):
        c.need(len(data) >= 88, "E_SIZE", "shorter than its prefix")
        c.need(data[:8] == b"LSN1\x01\x01\0\0", "E_FORMAT", "prefix")
        h, b = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        c.need(h <= 16 * 1024 and b <= 96 * 1024 and len(data) == 88 + h + b, "E_SIZE", "lengths")
        self.data, self.key_id, self.signature = data, data[8:16], data[24:88]
        self.header, self.body, self.hash = data[88:88 + h], data[88 + h:], c.sha256(data)

    def to_sign(self, network_id):
        return c.prefix16("liaison/msg/v1") + network_id + self.data[4:24] + c.sha256(self.header) + c.sha256(self.body)

    def message_id(self, network_id):
        return c.sha256(b"liaison/id/v1\0", self.to_sign(network_id))

    def check(self, network_id, public):
        """The signature, and then the header, which comes back."""
        named = self.key_id == c.key_id("sign", public)
        c.need(named and c.signature_holds(public, self.signature, self.to_sign(network_id)), "E_SIGNATURE")
        return header(self.header)


def control(payload):
    """(type, request_id, fields)"""
    c.need(len(payload) <= PAYLOAD_MAX, "E_SIZE", "longer than 128 KiB")
    c.need(len(payload) >= 13 and payload[:4] == b"LSN1" and 2 <= payload[4] <= 8, "E_FORMAT", "no control frame")
    c.need(int.from_bytes(payload[9:13], "big") == len(payload) - 13, "E_SIZE", "the length does not add up")
    wire = verified(payload[13:], b"LSNW", flat.WIRE, "E_FORMAT", 1024)
    kind, fields = payload[4], wire["control"]
    c.need(wire["control_type"] == kind - 1, "E_FORMAT", "the content is not its type's")
    {3: items, 4: acceptance, 5: refusal, 7: heads}.get(kind, lambda fields: None)(fields)
    return kind, int.from_bytes(payload[5:9], "big"), fields


def form(condition):
    c.need(condition, "E_FORMAT", "a length or number")


def shared(parts):
    """Parts that share bytes are counted each time."""
    form(sum(len(p.encode("utf-8", "surrogateescape") if isinstance(p, str) else p) for p in parts if p is not None) <= PAYLOAD_MAX)


def acceptance(a):
    form(len(a["frame_hash"]) == 32 and len(a["leaf"]) == 52 and len(a["path"]) % 32 == 0 and len(a["path"]) <= 128 * 32)
    shared([a["leaf"], a["path"], a["checkpoint"], a["rule"], a["basis"]])


def items(x):
    form(len(x["items"]) <= 256 and all(len(i["leaf"]) == 52 for i in x["items"]))
    form(len(x["consistency"]) % 32 == 0 and len(x["consistency"]) <= 128 * 32)
    shared([i[part] for i in x["items"] for part in ("leaf", "body")])


def refusal(r):
    form(r["detail"] <= 1 << 62 and r["time_ms"] <= 1 << 62)
    form(len(r["frame_hash"]) == 32 and r["code"] in CODES and (r["signature"] is None or len(r["signature"]) == 64))


def heads(x):
    form(texts.is_id(x["member"]) and len(x["heads"]) <= 64 and x["time_ms"] <= 1 << 62)
    for head in x["heads"]:
        form(len(head["key_id"]) == 8 and len(head["message_id"]) == 32 and head["sequence"] <= 1 << 62)
        if head["acceptance"]:
            acceptance(head["acceptance"])
    shared([head["acceptance"][part] for head in x["heads"] if head["acceptance"] for part in ("leaf", "path", "checkpoint", "rule", "basis")])


def refusal_to_sign(network_id, r):
    return (c.prefix16("liaison/rcpt/v1") + network_id + r["frame_hash"] + r["code"].to_bytes(2, "big") + r["detail"].to_bytes(8, "big") +
            r["time_ms"].to_bytes(8, "big"))


# --- bodies

def body_need(condition, why):
    c.need(condition, "E_BODY", why)


def receipt(data):
    """[(message_id, frame_hash, index, pair_seq, verdict)]"""
    covered = verified(data, b"LSNR", flat.RECEIPT, "E_BODY")["covered"]
    body_need(1 <= len(covered) <= 256 and all(x["verdict"] == 0 or x["verdict"] in CODES for x in covered), "count or verdict")

    def joined(x, name):
        return b"".join(x[f"{name}_{n}"].to_bytes(8, "little") for n in range(4))
    return [(joined(x, "message_id"), joined(x, "frame_hash"), x["index"], x["pair_seq"], x["verdict"]) for x in covered]


def is_forbidden(ch):
    n = ord(ch)
    return (n < 0x20 or 0x7f <= n < 0xa0 or n == 0x61c or 0x200e <= n <= 0x200f or 0x202a <= n <= 0x202e or 0x2066 <= n <= 0x2069 or n & 0xfffe == 0xfffe or
            0xfdd0 <= n <= 0xfdef or 0xd800 <= n <= 0xdfff)


def check_text(text, most=512, lines=False):
    text = text or ""
    body_need(len(text.encode("utf-8", "surrogateescape")) <= most, "a text that is too long")
    body_need(not any(is_forbidden(ch) and not (lines and ch in "\n\t") for ch in text), "a character that may not stand in a text")
    body_need(unicodedata.is_normalized("NFC", text), "not in normal form C")


def days(text):
    """First and last day of a year, a month or a day; None for what does not exist."""
    if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", text, re.ASCII):
        return None
    try:
        year, month, day = ([int(x) for x in text.split("-")] + [0, 0])[:3]
        if "-00" in text[4:]:
            return None
        first = datetime.date(year, month or 1, day or 1)
        last = datetime.date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
        return first, last
    except ValueError:   # no such day; year 0
        return None


FORMS = {1: ((10, ), (10, )), 2: ((7, ), (7, )), 3: ((4, ), (4, )), 4: ((0, ), (10, )), 5: ((4, 7), (4, 7)), 6: ((0, ), (0, ))}


def check_component(part):
    body_need(part["mode"] in (1, 2) and part["precision"] in FORMS, "mode or precision")
    start, end = part["start"], part["end"]
    body_need(len(start) in FORMS[part["precision"]][0] and len(end) in FORMS[part["precision"]][1], "dates of another form")
    spans = [days(text) for text in (start, end) if text]
    body_need(all(spans) and all(span[0] >= datetime.date(1870, 1, 1) for span in spans), "a date that does not exist, or before 1870")
    body_need(len(spans) < 2 or spans[1][1] >= spans[0][0], "the end before the start")
    body_need(len(part["places"]) <= 32, "places")
    for place in part["places"]:
        check_text(place, 128)


def check_day(text):
    body_need(text == "" or (len(text) == 10 and days(text)), "a date of consent or invitation")


def lead_of(record_id):
    found = re.fullmatch(r"([A-Za-z0-9._-]{1,32})-V-\d{4}-(\d{4}|[1-9]\d{4,8})", record_id, re.ASCII)
    body_need(found and int(found.group(2)) > 0, "record id")
    return found.group(1)


MERGED = 17


def visit_plan(data):
    p = verified(data, b"LSNV", flat.PLAN, "E_BODY")
    body_need(texts.is_id(p["lead"]) and lead_of(p["record_id"]) == p["lead"], "lead")
    body_need(len(p["previous_revision"]) == 32 and p["revision"] >= 1 and (p["revision"] == 1) == (p["previous_revision"] == bytes(32)), "revision")
    body_need(1 <= p["status"] <= 18 and 1 <= p["kind"] <= 12, "status or kind")
    codes = [s["alpha3"] for s in p["states"]]
    body_need(1 <= len(codes) <= 16 and len(set(codes)) == len(codes) and all(re.fullmatch(r"[A-Z]{3}", x) for x in codes), "States")
    for state in p["states"]:
        check_text(state["name_in_source"], 128)
    body_need(1 <= len(p["components"]) <= 8, "components")
    for part in p["components"]:
        check_component(part)
    body_need(len(p["aims"]) <= 16 and all(re.fullmatch(r"[a-z_]{1,40}", aim) for aim in p["aims"]), "aims")
    body_need(1 <= p["consent"]["status"] <= 6, "consent")
    for holder, lines in ((p["consent"], ("reference", "signed_by")), (p["invitation"], ("reference", "issuer"))):
        if holder:
            check_day(holder["date"])
            for name in lines:
                check_text(holder[name])
    body_need(len(p["participation"]) <= 32 and all(1 <= x["role"] <= 6 and x["body"] for x in p["participation"]), "participation")
    for one in p["participation"]:
        check_text(one["body"], 128)
        check_text(one["note"])
    body_need(len(p["reports"]) <= 16 and all(1 <= x["kind"] <= 6 and len(x["date"]) == 10 and days(x["date"]) and x["date"] >= "1870" for x in p["reports"]), "reports")
    for one in p["reports"]:
        check_text(one["symbol"])
    body_need((p["status"] == MERGED) == bool(p["merged_into"]) and p["merged_into"] != p["record_id"], "where a merged visit goes on")
    if p["merged_into"]:
        lead_of(p["merged_into"])
    check_text(p["paragraph"], 128)
    for name in ("title", "contact", "source"):
        check_text(p[name])
    check_text(p["note"], 16 * 1024, True)
    return p


def visit_answer(data):
    a = verified(data, b"LSNA", flat.ANSWER, "E_BODY")
    lead_of(a["record_id"])
    body_need(len(a["plan_hash"]) == 32 and a["revision"] >= 1 and 1 <= a["answer"] <= 5, "hash, revision or answer")
    check_text(a["body"], 128)
    check_text(a["text"], 16 * 1024, True)
    check_text(a["contact"])
    check_text(a["source"])
    return a


def visit_recall(data):
    r = verified(data, b"LSNR", flat.RECALL, "E_BODY")
    lead_of(r["record_id"])
    body_need(len(r["plan_hash"]) == 32 and r["revision"] >= 1 and r["reason"], "hash, revision or reason")
    check_text(r["reason"])
    check_text(r["contact"])
    return r


BODIES = {"visit.plan": visit_plan, "visit.answer": visit_answer, "visit.recall": visit_recall, "receipt": receipt}


# --- a proof file

def proof_need(condition, why=""):
    c.need(condition, "E_PROOF", why)


def once(pairs):
    proof_need(len({name for name, _ in pairs}) == len(pairs), "a field twice")
    return dict(pairs)


class Proof:
    """The file, judged: `roster` and `decision` at the message's index, `plaintext` if the file has a content key, `delivered` {member: verdict}, 0 where
    the member took it."""

    def __init__(self, text, fingerprint=None):
        proof_need(len(text.encode()) <= 16 << 20, "too long")
        try:
            p = json.loads(text, object_pairs_hook=once)
        except json.JSONDecodeError:
            raise c.Refused("E_PROOF", "no JSON") from None
        place = {"index", "leaf", "path"}
        self.fields(p, {"format", "network", "genesis_sha256", "rosters", "policies", "frame", "checkpoint", "receipts"} | place, {"content_key"})
        proof_need(p["format"] == "liaison-proof/v1" and re.fullmatch("[0-9a-f]{64}", p["genesis_sha256"]), "format or fingerprint")
        for name, inner in (("rosters", "note"), ("policies", "file"), ("receipts", "frame")):
            proof_need(isinstance(p[name], list) and len(p[name]) <= 1000 and (p[name] or name == "receipts"), name)
            for one in p[name]:
                self.fields(one, place | {inner})
        self.genesis = bytes.fromhex(p["genesis_sha256"])
        proof_need(fingerprint in (None, self.genesis), "another exchange")
        self.rosters = texts.trust_rosters([x["note"] for x in p["rosters"]])
        proof_need(self.rosters[0]["hash"] == self.genesis and self.rosters[0]["network"] == p["network"], "another genesis or network")
        self.network_id = c.sha256(b"liaison/net/v1\0", p["network"].encode(), self.genesis)
        self.size, self.root = c.open_checkpoint(p["checkpoint"], self.rosters[-1]["broker"]["log"])
        self.roster_at = self.placed_in_order(p["rosters"], 2, [r["hash"] for r in self.rosters])
        proof_need(self.roster_at[0] == 0, "roster 1 is not the first entry")
        hashes = [c.sha256(x["file"].encode()) for x in p["policies"]]
        policies = [texts.parse_policy(x["file"]) for x in p["policies"]]
        self.policies = list(zip(self.placed_in_order(p["policies"], 3, hashes), hashes, policies))
        self.message(p)
        self.delivered = {}
        for one in sorted(p["receipts"], key=lambda one: one["index"]):   # a later 0 replaces an earlier code, nothing else a first answer
            member, verdicts = self.receipt(one)
            for verdict in verdicts:
                if member not in self.delivered or verdict == 0:
                    self.delivered[member] = verdict

    @staticmethod
    def fields(one, needed, allowed=frozenset()):
        proof_need(isinstance(one, dict) and needed <= set(one) <= needed | set(allowed), "fields")
        proof_need(type(one["index"]) is int and 0 <= one["index"] < 1 << 64 and isinstance(one["path"], list), "index or path")
        proof_need(all(isinstance(one[name], str) for name in needed & {"note", "file", "checkpoint", "network", "genesis_sha256"}), "texts")

    @staticmethod
    def bytes(text):
        try:
            data = c.unb64(text)
        except (TypeError, ValueError):
            raise c.Refused("E_PROOF", "no base64") from None
        proof_need(c.b64(data) == text, "no canonical base64")
        return data

    def placed(self, one, kind, digest):
        """The leaf of what stands in the log at this place."""
        leaf_bytes, path = self.bytes(one["leaf"]), [self.bytes(x) for x in one["path"]]
        leaf = c.parse_leaf(leaf_bytes)
        proof_need(leaf["class"] == kind and leaf["hash"] == digest and leaf["index"] == one["index"], "another leaf")
        proof_need(len(path) <= 64 and all(len(x) == 32 for x in path), "path")
        proof_need(c.inclusion_holds(c.leaf_hash(leaf_bytes), leaf["index"], self.size, path, self.root), "not in the log")
        return leaf

    def placed_in_order(self, listed, kind, hashes):
        leaves = [self.placed(one, kind, digest) for one, digest in zip(listed, hashes)]
        indexes = [leaf["index"] for leaf in leaves]
        proof_need(indexes == sorted(set(indexes)) and not any(leaf["verdict"] for leaf in leaves), "order or verdict")
        return indexes

    def roster_for(self, index):
        found = [r for r, at in zip(self.rosters, self.roster_at) if at < index]
        proof_need(found, "before any roster")
        return found[-1]

    def frame(self, data, index):
        """(frame, header) by a key that is good at its index, then and by the last roster."""
        frame, roster = Frame(data), self.roster_for(index)
        key = texts.find_key(roster, "sign", frame.key_id)
        c.need(key and key["member"] in roster["members"], "E_KEY", "not in the roster then")
        for version in (roster, self.rosters[-1]):
            c.need(texts.key_valid(version["keys"].get(key["id"], {"from": 1 << 64}), index), "E_KEY_REVOKED")
        fields = frame.check(self.network_id, key["key"])
        proof_need(fields["sender"] == key["member"], "another sender")
        return frame, fields

    def message(self, p):
        data = self.bytes(p["frame"])
        self.sent, h = self.frame(data, p["index"])
        self.fields_of_message, self.leaf = h, self.placed(p, 1, c.sha256(data))
        index, roster = self.leaf["index"], self.roster_for(p["index"])
        proof_need(h["roster_version"] <= roster["version"] and self.rosters[h["roster_version"] - 1]["policy_hash"] == h["policy_hash"], "what it saw")
        found = [policy for at, digest, policy in self.policies if digest == roster["policy_hash"] and at < index]
        proof_need(found, "the policy in force is missing")
        self.decision = texts.decide(found[0], list(roster["members"]), h["sender"], h["kind"], h["marking"], h["recipients"], h["suite"])
        verdict = self.leaf["verdict"]
        if verdict in (0, 23, 24, 25):
            proof_need(self.decision[0] == CODES.get(verdict, "OK"), "the policy says otherwise")
        if verdict == 0:
            proof_need(self.leaf["accept_time_ms"] <= h["not_after_ms"], "expired")
            if h["suite"] == 2:
                self.check_seal(roster, h)
        self.plaintext = None
        if h["suite"] == 2 and p.get("content_key") is not None:
            cek = self.bytes(p["content_key"])
            proof_need(len(cek) == 32, "content key")
            self.plaintext = c.open_rest(cek, self.sent.header, h["key_commitment"], c.split_body(self.sent.body)[1])
            if h["kind"] in BODIES and SCHEMAS[h["kind"]] == h["schema_id"]:
                BODIES[h["kind"]](self.plaintext)

    def check_seal(self, roster, h):
        ids = [s[0] for s in c.split_body(self.sent.body)[0]]
        holders = [(texts.find_key(roster, "hpke", kid) or {"member": None})["member"] for kid in ids]
        c.need(holders == h["recipients"] + [h["sender"]], "E_SEAL", "another holder")
        c.check_stanzas(self.sent.body, ids)

    def receipt(self, one):
        data = self.bytes(one["frame"])
        frame, h = self.frame(data, one["index"])
        message = self.fields_of_message
        proof_need(h["kind"] == "receipt" and h["suite"] == 1 and h["sender"] in message["recipients"] and h["recipients"] == [message["sender"]],
                   "no receipt of it")
        proof_need(self.placed(one, 1, frame.hash)["verdict"] == 0, "a refused receipt")
        mine = [x for x in receipt(frame.body) if x[:3] == (self.sent.message_id(self.network_id), self.sent.hash, self.leaf["index"])]
        proof_need(mine, "about something else")
        return h["sender"], [x[4] for x in mine]
