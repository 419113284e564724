# SPDX-License-Identifier: Apache-2.0
"""Bodies of visits and of records of every kind, of what is answered to them and of their recall: made, read and judged from the pages schemas/*.fbs
alone, PROTOCOL 14. A body's values are plain: texts and words are str, numbers int, flags bool, lists list, a part is a dict of its fields or None.
`write` and `read` take any kind; `encode` and `decode` are those of records."""
import re

from . import crypto as c
from . import flat, judge, texts

TABLES_MAX, TEXTS_MAX = 512, 61_440
LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
RULES = r'\((?:"[^"]*"|[^")])*\)'   # in brackets, which may stand in a quoted text too
WIDTHS = {"ubyte": "u8", "bool": "u8", "uint": "u32", "ulong": "u64"}


def attributes(text):
    return {name: value.strip('"') for name, value in re.findall(r'(\w+)(?:: ("[^"]*"))?', text or "")}


class Field:
    """One line of a page: name, what it is (text, word, number, flag, part), whether it is a list, and its rules."""

    def __init__(self, name, kind, rules, page):
        self.name, self.list, self.rules = name.removesuffix("_"), kind.startswith("["), attributes(rules)
        of = kind.strip("[]")
        self.words, self.parts, self.width = page.enums.get(of), page.tables.get(of), WIDTHS.get(of, "u8")
        self.what = "text" if of == "string" else "part" if self.parts else "word" if self.words else "flag" if of == "bool" else "number"
        self.form = self.rules.get("form", "line")
        self.needed = "needed" in self.rules
        self.most = int(self.rules.get("most", 32 if self.list else 1_000_000_000))
        self.bytes = int(self.rules.get("bytes", 16 * 1024 if self.form == "lines" else 512))
        self.of = [x for x in self.rules.get("of", "").split(",") if x]

    def flat_type(self):
        if self.what == "part":
            table = flat.Table(*((f.name, f.flat_type()) for f in self.parts))
            return [table] if self.list else table
        if self.what == "text":
            return "strings" if self.list else "string"
        return "bytes" if self.list else self.width


class Page:
    """A page with what it includes: enums by name (without the 0), tables by name, and what its root says."""

    def __init__(self, path):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r'include "([a-z_]+)\.fbs"', text):
            text += (judge.PAGES / f"{name}.fbs").read_text(encoding="utf-8")
        text = re.sub(r"//[^\n]*", "", text)
        self.enums = {name: [w.strip().removesuffix("_") for w in words.split(",")][1:] for name, words in re.findall(r"enum (\w+) : ubyte \{([^}]*)\}", text)}
        self.tables, self.rules = {}, {}
        waiting = re.findall(rf"table (\w+) ({RULES} )?\{{([^}}]*)\}}", text)
        while waiting:   # a table may stand before the one that it is made of
            for one in list(waiting):
                name, rules, lines = one
                fields = re.findall(rf"(\w+):(\[?\w+\]?)\s*({RULES})?;", lines)
                if any(kind.strip("[]") in {w[0] for w in waiting} - {name} for _, kind, _ in fields):
                    continue
                self.tables[name] = [Field(*field, self) for field in fields]
                self.rules[name] = attributes(rules)
                waiting.remove(one)
        self.root = re.search(r"root_type (\w+);", text).group(1)
        self.identifier = re.search(r'file_identifier "(\w{4})";', text).group(1).encode()


FILLED_IN = ("record_id", "revision", "previous_revision", "owner")


class Kind:
    def __init__(self, page):
        rules = page.rules[page.root]
        self.kind, self.letter, self.identifier = rules["kind"], rules["letter"], page.identifier
        self.head = [f for f in page.tables["RecordHead"] if f.name not in FILLED_IN]
        self.fields = page.tables[page.root][1:]
        head = flat.Table(("record_id", "string"), ("revision", "u32"), ("previous_revision", "bytes", True), ("owner", "string"),
                          *((f.name, f.flat_type()) for f in self.head), first=("record_id", "owner"))
        self.table = flat.Table(("head", head, True), *((f.name, f.flat_type()) for f in self.fields))


KINDS = {kind.kind: kind for kind in (Kind(Page(path)) for path in sorted(judge.PAGES.glob("*.fbs"))
                                      if re.search(r'\(kind: "', path.read_text(encoding="utf-8")))}
ANSWERS = Page(judge.PAGES / "record_answer.fbs").enums["AnswerWord"]


# --- writing

def number_of(field, value):
    """Of a word its place; a number goes as it is, so that a test can write what no word stands for."""
    return field.words.index(value) + 1 if field.words and isinstance(value, str) and value else int(value or 0)


def flat_value(field, value):
    """As flat.write takes it: what is empty is absent, unless the page requires it."""
    if not value and not (field.what == "part" and value == {}):
        if "required" not in field.rules:
            return None
        value = value or ([] if field.list else {} if field.what == "part" else "")
    if field.what == "part":
        return [flat_values(field.parts, v) for v in value] if field.list else flat_values(field.parts, value)
    if field.what == "text":
        return value
    return bytes(number_of(field, v) for v in value) if field.list else number_of(field, value)


def flat_values(fields, values):
    return {f.name: flat_value(f, values.get(f.name)) for f in fields}


def encode(kind, record, identifier=None):
    """`record`: record_id, revision, previous_revision, owner, and the fields of the head and of the kind that are not empty."""
    head = dict(flat_values(kind.head, record), **{name: record[name] for name in FILLED_IN})
    return flat.write(kind.table, dict(flat_values(kind.fields, record), head=head), identifier or kind.identifier)


# --- reading and judging

def value_of(field, got):
    if field.what == "part":
        return [plain(field.parts, one) for one in got or []] if field.list else plain(field.parts, got) if got is not None else None
    if field.what == "text":
        return list(got or []) if field.list else got or ""
    if field.what == "word":
        words = dict(enumerate(field.words, 1)) | {0: ""}
        return [words.get(n, "?") for n in got or b""] if field.list else words.get(got, "?")
    return bool(got) if field.what == "flag" else got


def plain(fields, got):
    return {f.name: value_of(f, got[f.name]) for f in fields}


def check_form(field, text):
    judge.check_text(text, field.bytes, field.form == "lines")
    if not text:
        return
    if field.form in ("date", "day"):
        span = judge.days(text)
        judge.body_need(span and span[0].year >= 1870 and (field.form == "date" or len(text) == 10), "a date")
    elif field.form == "record":
        found = record_id_parts(text)
        judge.body_need(found and (not field.of or found[1] in field.of), "the id of a record")
    else:
        holds = {"time": is_time, "member": texts.is_id, "state": lambda t: re.fullmatch("[A-Z]{3}", t), "language": lambda t: t in LANGUAGES,
                 "symbol": lambda t: "/" in t}.get(field.form, lambda t: True)
        judge.body_need(holds(text), field.form)


def is_time(text):
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{3})?Z", text, re.ASCII):
        return False
    return judge.days(text[:10]) is not None and text >= "1970"


def record_id_parts(text):
    """(owner, letter), or None."""
    found = re.fullmatch(r"([A-Za-z0-9._-]{1,32})-([A-Z]{1,2})-\d{4}-(\d{4}|[1-9]\d{4,8})", text, re.ASCII)
    return (found.group(1), found.group(2)) if found and int(found.group(3)) > 0 else None


def check_one(field, value):
    if field.what == "text":
        check_form(field, value)
    elif field.what == "number":
        judge.body_need(value <= field.most, "a number that is too large")
    elif field.what == "word":
        judge.body_need(value == "" or value in field.words, "a word of no list")
    elif field.what == "part" and value is not None:
        check_fields(field.parts, value)


def check_fields(fields, values):
    for field in fields:
        value = values[field.name]
        empty = value is None if field.what == "part" and not field.list else not value
        judge.body_need(not (field.needed and empty), f"{field.name} is missing")
        if field.list:
            judge.body_need(len(value) <= field.most, "too many entries")
            judge.body_need(field.what == "part" or (all(value) and len(set(value)) == len(value)), "an empty entry, or one twice")
        for one in value if field.list else [value]:
            check_one(field, one)
        if "after" in field.rules and value:
            first, second = judge.days(values[field.rules["after"]]), judge.days(value)
            judge.body_need(not first or not second or second[1] >= first[0], "a date before the one that it comes after")


def text_bytes(value):
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogateescape"))
    return sum(map(text_bytes, value.values() if isinstance(value, dict) else value)) if isinstance(value, (dict, list)) else 0


def decode(name, data):
    """The record of such a body, with all its fields."""
    c.need(name in KINDS, "E_SCHEMA", "no such kind")
    kind = KINDS[name]
    got = judge.verified(data, kind.identifier, kind.table, "E_BODY", TABLES_MAX)
    head, need = got["head"], judge.body_need
    record = {"record_id": head["record_id"] or "", "revision": head["revision"], "previous_revision": head["previous_revision"], "owner": head["owner"] or ""}
    need(len(record["previous_revision"]) == 32, "previous_revision")
    need(record_id_parts(record["record_id"]) == (record["owner"], kind.letter), "the id, or its owner")
    need(record["revision"] >= 1 and (record["revision"] == 1) == (record["previous_revision"] == bytes(32)), "revision")
    values = plain(kind.head, head) | plain(kind.fields, got)
    need(text_bytes(plain(kind.head, head)) + text_bytes(plain(kind.fields, got)) <= TEXTS_MAX, "the texts together")
    check_fields(kind.head, plain(kind.head, head))
    check_fields(kind.fields, plain(kind.fields, got))
    return record | values


ANSWER = flat.Table(("record_id", "string", True), ("revision", "u32"), ("record_hash", "bytes", True), ("answer", "u8"), ("text", "string", True),
                    ("refers_to", "string", True), ("contact", "string", True), ("source", "string", True), ("unverified", "u8"))
RECALL = flat.Table(("record_id", "string", True), ("revision", "u32"), ("record_hash", "bytes", True), ("reason", "string", True), ("contact", "string", True))


def encode_answer(values):
    return flat.write(ANSWER, values, b"LSRA")


def encode_recall(values):
    return flat.write(RECALL, values, b"LSRR")


def decode_answer(data):
    a, need = judge.verified(data, b"LSRA", ANSWER, "E_BODY"), judge.body_need
    need(record_id_parts(a["record_id"]) and a["revision"] >= 1 and len(a["record_hash"]) == 32, "id, revision or hash")
    need(1 <= a["answer"] <= len(ANSWERS) and (not a["refers_to"] or record_id_parts(a["refers_to"])), "answer, or what it refers to")
    judge.check_text(a["text"], 16 * 1024, True)
    judge.check_text(a["contact"])
    judge.check_text(a["source"])
    return a


def decode_recall(data):
    r = judge.verified(data, b"LSRR", RECALL, "E_BODY")
    judge.body_need(record_id_parts(r["record_id"]) and r["revision"] >= 1 and len(r["record_hash"]) == 32 and r["reason"], "id, revision, hash or reason")
    judge.check_text(r["reason"])
    judge.check_text(r["contact"])
    return r


BODIES = {name: (lambda data, name=name: decode(name, data)) for name in KINDS} | {"record.answer": decode_answer, "record.recall": decode_recall}


# --- any kind

class Plain:
    """A kind that is no record of 14.1: visit.plan, visit.answer, visit.recall, record.answer, record.recall."""

    def __init__(self, name, check):
        page = Page(judge.PAGES / f"{name.replace('.', '_')}.fbs")
        self.identifier, self.check, self.fields = page.identifier, check, page.tables[page.root]
        self.table = flat.Table(*((f.name, f.flat_type(), "required" in f.rules) for f in self.fields))

    def write(self, values):
        return flat.write(self.table, flat_values(self.fields, values), self.identifier)

    def read(self, data):
        self.check(data)
        got = plain(self.fields, judge.verified(data, self.identifier, self.table, "E_BODY"))
        return {name: bytes(value) if name.endswith(("hash", "previous_revision")) else value for name, value in got.items()}


PLAIN = {"visit.plan": Plain("visit.plan", judge.visit_plan), "visit.answer": Plain("visit.answer", judge.visit_answer),
         "visit.recall": Plain("visit.recall", judge.visit_recall), "record.answer": Plain("record.answer", decode_answer),
         "record.recall": Plain("record.recall", decode_recall)}


def write(name, values):
    """The body of a message of this kind; Refused if a recipient would refuse it."""
    body = PLAIN[name].write(values) if name in PLAIN else encode(KINDS[name], values)
    read(name, body)
    return body


def read(name, data):
    """What such a body says; Refused with E_BODY when it may not say so."""
    return PLAIN[name].read(data) if name in PLAIN else decode(name, data)
