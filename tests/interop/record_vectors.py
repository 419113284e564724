# SPDX-License-Identifier: Apache-2.0
"""Vectors of records of every kind, made from their pages: of each kind a body with all its fields, one with those that are needed, and what breaks
each rule that the page has. A new kind gets its own by its page alone."""
from liaison_wire import bodies
from sample import case

SAMPLES = {"line": "Border control, rev. 2 (\u00e9 \u041c \u8499 \u0645)", "lines": "One.\n\tTwo.", "date": "2027-03", "day": "2027-03-08",
           "time": "2027-03-08T09:30:00Z", "member": "1267", "state": "KGZ", "symbol": "S/RES/1977 (2011)", "language": "fr"}
OTHERS = {"line": "Another", "lines": "Another.", "date": "2028", "day": "2028-02-29", "time": "2028-02-29T23:59:59.250Z", "member": "a-V-b", "state": "MNG",
          "symbol": "S/2016/1127", "language": "ar"}
WRONG = {"line": "one\ntwo", "lines": "a\x07b", "date": "2027-02-30", "day": "2027-03", "time": "2027-03-08T09:30Z", "member": "the desk", "state": "Kgz",
         "record": "1540-R-2027-00001", "symbol": "1127", "language": "de"}


def text_of(field, samples, number):
    if field.form == "record":
        return f"1373-{field.of[-1] if field.of else 'R'}-2027-{number:04d}"
    return samples[field.form] if len(samples[field.form].encode()) <= field.bytes else samples[field.form][:field.bytes // 4]


def value(field, number, full):
    """A good value; `number` tells the entries of a list apart."""
    if field.what == "text":
        return text_of(field, (SAMPLES, OTHERS)[number - 1], number)
    if field.what == "word":
        return field.words[0 if number == 1 else -1]
    if field.what == "part":
        return {f.name: filled(f, full) for f in field.parts if full or f.needed}
    return True if field.what == "flag" else field.most


def filled(field, full=True):
    entries = min(2, field.most) if full else 1
    return [value(field, n + 1, full) for n in range(entries)] if field.list else value(field, 1, full)


def sample(kind, full):
    record = {"record_id": f"1540-{kind.letter}-2027-{'999999999' if full else '0001'}", "owner": "1540", "revision": 2 if full else 1,
              "previous_revision": bytes(range(32)) if full else bytes(32)}
    return record | {f.name: filled(f, full) for f in kind.head + kind.fields if full or f.needed}


def valid(kind, name, record):
    body = bodies.encode(kind, record)
    got = bodies.decode(kind.kind, body)
    return case(f"{kind.kind}, {name}", "OK", kind=kind.kind, body=body.hex(), record=got | {"previous_revision": got["previous_revision"].hex()})


def broken(field):
    """What breaks this field's own rules: name, value."""
    if field.needed:
        yield "missing", [] if field.list else "" if field.what in ("text", "word") else None
    one = value(field, 1, False)

    def put(wrong):
        return [wrong] if field.list else wrong
    if field.what == "text":
        yield "of a wrong form", put(WRONG[field.form])
        if field.form in ("line", "lines") and field.bytes <= 1024:
            yield "a byte too long", put("t" * (field.bytes + 1))
        if field.of:
            yield "a record of another kind", put("1373-ZZ-2027-0001")
    if field.what == "word":
        yield "no word of the list", put(len(field.words) + 1)
    if field.what == "number" and field.most < 1 << 32:
        yield "too large", field.most + 1
    if field.list and field.what == "text":
        yield "an empty entry", [""]
    if field.list and field.what == "word":
        yield "an entry that says nothing", [0]
    if field.list and field.what != "part":
        yield "an entry twice", [one, one]
    if field.list and field.most <= 16:
        yield "an entry too many", [one] * (field.most + 1) if field.what == "part" else [f"{n}" for n in range(field.most + 1)] if field.what == "text" else (
            (list(range(1, len(field.words) + 1)) * 2)[:field.most + 1])


def bad_dates(fields):
    for f in fields:
        if "after" in f.rules and f.what == "text":
            yield f"{f.name}: before {f.rules['after']}", {f.rules["after"]: "2027-03-09", f.name: "2027-03-08"}


def changes(kind):
    """(name, what stands otherwise) that breaks a rule of the kind's own page, in the record or in one of its parts."""
    for field in kind.fields:
        for name, wrong in broken(field):
            yield f"{field.name}: {name}", {field.name: wrong}
        for part in field.parts or []:
            for name, wrong in broken(part):
                inside = value(field, 1, False) | {part.name: wrong}
                yield f"{field.name}.{part.name}: {name}", {field.name: [inside] if field.list else inside}
    yield from bad_dates(kind.fields)


def refused(kind):
    base = sample(kind, False)
    yield from ((f"{kind.kind}, {name}", kind.kind, bodies.encode(kind, base | change)) for name, change in changes(kind))
    yield f"{kind.kind}, the letter of another kind", kind.kind, bodies.encode(kind, base | {"record_id": "1540-ZZ-2027-0001"})
    yield f"{kind.kind}, another identifier", kind.kind, bodies.encode(kind, base, b"LSNV")


def refused_heads():
    """The head is that of every kind."""
    kind = bodies.KINDS["assistance.request"]
    base = sample(kind, False)
    good = bodies.encode(kind, base)
    for field in kind.head:
        for name, wrong in broken(field):
            yield f"{field.name}: {name}", bodies.encode(kind, base | {field.name: wrong})
    for name, change in {"another owner": {"owner": "1267"}, "an owner that is no id": {"owner": "15/40", "record_id": "15/40-R-2027-0001"},
                         "no id": {"record_id": ""}, "number 0000": {"record_id": "1540-R-2027-0000"}, "number 00001": {"record_id": "1540-R-2027-00001"},
                         "ten digits": {"record_id": "1540-R-2027-1000000000"}, "year 27": {"record_id": "1540-R-27-0001"}, "revision 0": {"revision": 0},
                         "revision 2 without its previous": {"revision": 2}, "revision 1 with a previous": {"previous_revision": bytes(range(32))},
                         "a previous of 31 bytes": {"previous_revision": bytes(31)}, "a direction mark": {"title": "a\u202eb"},
                         "not in normal form C": {"title": "e\u0301"}, "a noncharacter": {"title": "a\ufffe"},
                         "texts of more than 61,440 bytes together": {f.name: "t" * 16384 for f in kind.fields if f.form == "lines"} | {"note": "n" * 16384}}.items():
        yield name, bodies.encode(kind, base | change)
    yield from {"empty": b"", "cut in half": good[:len(good) // 2], "not UTF-8": good.replace(b"Border", b"Borde\xff"),
                "a string without its end": good.replace(b"1540-R-2027-0001\0", b"1540-R-2027-00011")}.items()


def answers():
    base = {"record_id": "1540-R-2027-0001", "revision": 1, "record_hash": bytes(range(32)), "answer": 1, "text": "", "refers_to": "", "contact": "", "source": "",
            "unverified": 0}
    good = {"empty lines": {}, "all of it": {"text": "one\n\ttwo", "refers_to": "1267-O-2027-0001", "contact": "desk", "source": "S/2016/1127", "unverified": 1},
            **{word: {"answer": n + 1} for n, word in enumerate(bodies.ANSWERS)}}
    bad = {"answer 0": {"answer": 0}, "no such answer": {"answer": len(bodies.ANSWERS) + 1}, "revision 0": {"revision": 0}, "short hash": {"record_hash": bytes(31)},
           "no record id": {"record_id": "visit"}, "refers to no record": {"refers_to": "it"}, "a text too long": {"text": "t" * 16385},
           "a line break in the contact": {"contact": "a\nb"}, "not in normal form C": {"text": "e\u0301"}}
    return ([case("valid, " + name, "OK", body=bodies.encode_answer(base | change).hex()) for name, change in good.items()] +
            [case(name, "E_BODY", body=bodies.encode_answer(base | change).hex()) for name, change in bad.items()] + [case("no bytes", "E_BODY", body="")])


def recalls():
    base = {"record_id": "1540-R-2027-0001", "revision": 2, "record_hash": bytes(range(32)), "reason": "made for the wrong State", "contact": ""}
    made = [case("valid", "OK", body=bodies.encode_recall(base).hex())]
    for name, change in {"no reason": {"reason": ""}, "a reason of two lines": {"reason": "a\nb"}, "a reason of 513 bytes": {"reason": "r" * 513},
                         "revision 0": {"revision": 0}, "short hash": {"record_hash": bytes(33)}, "no record id": {"record_id": "1540-r-2027-0001"}}.items():
        made.append(case(name, "E_BODY", body=bodies.encode_recall(base | change).hex()))
    return made + [case("the bytes of an answer", "E_BODY", body=bodies.encode_answer({"record_id": "1540-R-2027-0001", "revision": 1, "record_hash": bytes(32),
                                                                                     "answer": 1, "text": "", "refers_to": "", "contact": "", "source": "",
                                                                                     "unverified": 0}).hex())]


def records():
    kinds = [bodies.KINDS[name] for name in sorted(bodies.KINDS)]
    made = [valid(kind, name, sample(kind, full)) for kind in kinds for name, full in (("every field", True), ("what is needed", False))]
    made += [case(name, "E_BODY", kind=kind, body=body.hex()) for one in kinds for name, kind, body in refused(one)]
    made += [case("head, " + name, "E_BODY", kind="assistance.request", body=body.hex()) for name, body in refused_heads()]
    made.append(case("a kind that is none", "E_SCHEMA", kind="assistance.wish", body=made[0]["body"]))
    return {"format": "bodies of records of every kind, of answers to them and of their recall, PROTOCOL 14.1", "records": made, "record.answer": answers(),
            "record.recall": recalls()}
