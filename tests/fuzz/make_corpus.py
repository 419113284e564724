#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the fuzz corpora, from tests/vectors and the example policies: tests/fuzz/make_corpus.py

Seeds are named seed-NAME; sample-NAME are the control frames of tests/schemas/samples.h, proof files of tests/cli and questions about
overlaps; what fuzzing has added beside them keeps its name, the hash of its bytes.
"""
import json
import re
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests/fuzz/corpus"
SEED_BYTES_MAX = 8 * 1024


def vectors(name):
    return json.loads((ROOT / f"tests/vectors/{name}.json").read_text())


def write(target, name, data):
    if len(data) > SEED_BYTES_MAX:
        return
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ("seed-" + re.sub("[^a-z0-9]+", "-", name.lower()).strip("-"))).write_bytes(data)


def binary_formats():
    for case in vectors("header")["cases"]:
        write("header", case["name"], bytes.fromhex(case["header"]))
    for case in vectors("frame")["cases"]:
        write("frame", case["name"], bytes.fromhex(case["frame"]))
    write("wire", "a signed frame", bytes.fromhex(vectors("frame")["cases"][0]["frame"]))
    bodies = vectors("bodies")
    for kind in ("visit.plan", "visit.answer", "visit.recall"):
        for case in bodies[kind]:
            write("visit", kind + " " + case["name"], bytes.fromhex(case["body"]))
    for case in bodies["receipt"]:
        write("receipt", case["name"], bytes.fromhex(case["body"]))


def calendars():
    head, tail = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "END:VCALENDAR\r\n"

    def event(*lines):
        return head + "BEGIN:VEVENT\r\n" + "".join(line + "\r\n" for line in lines) + "END:VEVENT\r\n" + tail
    for name, text in {"empty": head + tail, "all day": event("UID:1", "DTSTART;VALUE=DATE:20270308", "DTEND;VALUE=DATE:20270313", "SUMMARY:A\\, b\\nc"),
                       "with times": event('DTSTART;TZID="Asia/Bishkek:x":20270308T090000', "DTEND:20270308T170000Z"),
                       "weeks": event("DTSTART:20270308", "DURATION:P2W"), "repeats": event("DTSTART:20270308", "RRULE:FREQ=DAILY"),
                       "folded": event("SUMMARY:A long\r\n  line\r\n\tof three", "DTSTART:20270308"),
                       "alarm inside": event("DTSTART:20270308", "BEGIN:VALARM", "TRIGGER:-PT15M", "END:VALARM"),
                       "journal": head + "BEGIN:VJOURNAL\r\nUID:1373-V-2027-0001.1@liaison\r\nEND:VJOURNAL\r\n" + tail,
                       "cut off": event("DTSTART:20270308")[:60], "no calendar": "ref,lead,states\n"}.items():
        write("icalendar", name, text.encode())


def sealed():
    for case in vectors("sealing")["cases"]:
        write("sealed", case["name"], b"\0" + bytes.fromhex(case["body"]))
    for step, text in enumerate((b"", b"a visit", b"x" * 255, b"y" * 256, b"\x80" * 600)):
        write("sealed", f"padded {len(text)}", b"\1" + bytes([(len(text) + 1 > 256) + (len(text) + 1 > 512)]) + struct.pack(">Q", step) + text + b"\x80")
    write("sealed", "larger step than needed", b"\1\2" + bytes(8) + b"a visit\x80")
    write("sealed", "no bucket", b"\1\xff" + bytes(8) + b"a visit\x80")


def proofs():
    merkle = vectors("merkle")
    for case in merkle["leaf"]:
        write("log", "leaf " + case["name"], b"\0" + bytes.fromhex(case["leaf"]))
    for case in merkle["inclusion"]:
        data = struct.pack(">QQ", case["index"], case["size"]) + bytes.fromhex(case["leaf_hash"] + case["root"] + "".join(case["path"]))
        write("log", "inclusion " + case["name"], b"\1" + data)
    for case in merkle["consistency"]:
        data = struct.pack(">QQ", case["first"], case["second"]) + bytes.fromhex(case["first_root"] + case["second_root"] + "".join(case["proof"]))
        write("log", "consistency " + case["name"], b"\2" + data)


def texts():
    rosters = vectors("roster")
    for case in rosters["cases"]:
        write("roster", case["name"], case["text"].encode())
    for case in rosters["chains"]:
        write("roster", "chain " + case["name"], "\n".join(note.split("\n\n")[0] + "\n" for note in case["notes"]).encode())
    write("roster", "note", rosters["chains"][0]["notes"][0].encode())
    policies = vectors("policy")
    for case in policies["files"]:
        write("policy", case["name"], case["file"].encode())
    for file in sorted((ROOT / "deploy/policy").glob("*.policy")):
        write("policy", "example " + file.stem, file.read_bytes())
    checkpoints = vectors("checkpoint")
    for case in checkpoints["cases"]:
        write("note", case["name"], case["note"].encode())
    write("note", "vkey", checkpoints["log_vkey"].encode() + b"\n")
    for case in vectors("enrolment")["cases"]:
        write("enrolment", case["name"], case["text"].encode())


def printed_forms():
    for name, text in {"base64": "AAECAwQ=", "base64 with bits behind": "AAECAx==", "z85": "HelloWorld", "hex": "00ffAB", "time": "2026-11-23T09:30:00Z", "no such day": "2026-02-30T00:00:00Z",
                       "number": "18446744073709551615", "number too large": "18446744073709551616", "words": "key k1 pub=x", "two spaces": "a  b",
                       "accents": "C\u00f4te d\u2019Ivoire", "not nfc": "e\u0301", "direction": "a\u202eb", "wide": "\u4e2d\u6587", "lines": "one\ntwo\tthree", "noncharacter": "\ufdd0"}.items():
        write("text", name, text.encode())
    write("text", "broken", b"\xff\xc0\x80\xed\xa0\x80")
    for name, target in {"plain": "/api/v1/visits", "query": "/api/v1/visits?state=KGZ&q=border+control", "escapes": "/a%20b?x=%C3%A9&y", "nul": "/a%00", "raw nul": "/a\0b", "broken": "/%4", "many": "/?a=1&a=2&&=3"}.items():
        write("http", name, target.encode())


def settings():
    write("settings", "good", b'name = "n"\nnetwork = "liaison.example.org"\nfolder = "data"\nmembers = ["1267", "1373"]\n\n[http]\nport = 5680\n\n[limits]\nrate = 20\nstrict = true\n')
    write("settings", "wrong types", b'network = 5\nmembers = ["a", 1]\n[http]\nport = 70000\n[limits]\nstrict = "yes"\n')
    write("settings", "unknown", b'network = "n"\ncolour = "blue"\n[door]\nopen = true\n"http.port" = 1\n')
    write("settings", "forms", b'network = """a\nb"""\nwhen = 2026-11-23T09:30:00Z\nx = 0x1F\ny = 1e3\nz = [{a = 1}, {b = [2]}]\n[[table]]\nk = \'v\'\n')
    write("settings", "broken", b"network = \n")


def comma_separated():
    for name, data in {"plain": b"a,b\n1,2\n3,4\n", "quoted": b'"a","b"\r\n"x, y","say ""hello"""\r\n', "line in a cell": b'a,b\n"one\ntwo",3\n', "mark": b"\xef\xbb\xbfa,b\n1,2",
                       "empty lines": b"a,b\n\n1,2\n\n", "too few": b"a,b\n1\n", "head twice": b"a,a\n1,2\n", "never closed": b'a,b\n"1,2\n', "quote inside": b'a,b\n1"2,3\n', "empty": b"",
                       "accents": "State,Lieu\nCIV,C\u00f4te d\u2019Ivoire\n".encode(), "broken": b"a,b\n\xff,2\n"}.items():
        write("csv", name, data)
    states = (ROOT / "nodes/domain/states.csv").read_bytes().split(b"\n")
    write("csv", "states", b"\n".join(states[:8]) + b"\n")


def said(record):
    """What an officer would type of it: without what the node fills in, and without what is not said."""
    return {name: value for name, value in record.items() if name not in ("record_id", "revision", "previous_revision", "owner") and value}


def records():
    file = vectors("records")
    valid = [case for case in file["records"] if case["expect"] == "OK"]
    for case in valid + [case for case in file["records"] if case["expect"] != "OK"][::16] + file["record.answer"][::3] + file["record.recall"]:
        write("record", case["name"], bytes.fromhex(case["body"]))
    for case in valid:
        write("record", "json " + case["name"], json.dumps({"kind": case["kind"], **said(case["record"])}, ensure_ascii=False).encode())
    write("record", "json of another type", b'{"kind": "assistance.request", "states": "KGZ", "areas": [null], "dated": 7}')


def record_rows():
    """The kind's noun in a line, then a file of such records."""
    named = [re.search(r'\(kind: "([a-z_.]+)",.*? noun: "([^"]+)"', page.read_text(encoding="utf-8"), re.S) for page in (ROOT / "schemas").glob("*.fbs")]
    nouns = dict(found.groups() for found in named if found)
    for case in vectors("records")["records"]:
        if case["expect"] != "OK":
            continue
        fields, head = said(case["record"]), nouns[case["kind"]] + "\n"
        write("record_rows", "json " + case["name"], (head + json.dumps([fields], ensure_ascii=False)).encode())
        cells = [";".join(value) if isinstance(value, list) and isinstance(value[0], str) else value if isinstance(value, str) else
                 {True: "yes"}.get(value, value) if isinstance(value, (bool, int)) else json.dumps(value, ensure_ascii=False) for value in fields.values()]
        row = ",".join('"' + str(cell).replace('"', '""') + '"' for cell in cells)
        write("record_rows", "csv " + case["name"], (head + ",".join(fields) + "\r\n" + row + "\r\n").encode())
    for name, text in {"parts": "obligation\ntitle,asks\nx,\"text=a,due=2027-03-08;text=b\"\n", "id": "contact\nid,title,states\n1540-T-2027-0001,,KGZ;Mongolia\n",
                       "formula": "lesson\ntitle,note\n'=1+1,\"a\r\nb\"\n", "date of a spreadsheet": "request\ntitle,dated\nx,08/03/2027\n",
                       "unknown column": "request\ntitel\nx\n", "calendar": "event\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20270308\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
                       "marks": "matrix\ntitle,note,rows\n\"a;b\\\\;c\",\\-,number=1\n"}.items():
        write("record_rows", name, text.encode())


def drafts():
    plan = {"title": "Border control", "kind": "follow_up", "states": ["KGZ", {"alpha3": "CIV", "name_in_source": "Ivory Coast"}], "aims": ["action_plan"],
            "components": [{"mode": "on_site", "start": "2027-03-08", "end": "2027-03-12", "places": ["Bishkek"]}, {"mode": "virtual", "start": "2027-02"}],
            "consent": {"status": "granted", "date": "2026-11-20", "reference": "NV 3"}, "invitation": {"date": "2026-10-02", "reference": "NV/77", "issuer": "PM"},
            "participation": [{"body": "UNODC", "role": "advises", "note": "by video"}], "paragraph": "S/RES/1977 (2011) 11", "contact": "1540 secretariat",
            "note": "One.\nTwo.", "source": "", "unverified": False, "status": "scheduled", "lead": "1540", "marking": "committees", "to": ["1267", "1373"]}
    write("draft", "plan", json.dumps(plan).encode())
    write("draft", "plan in words", json.dumps(dict(plan, states=["Kyrgyzstan"], components=[{"end": "2019-04-25"}], consent=None, invitation=None)).encode())
    for name, components in {"period": [{"start": "2018", "end": "2023"}], "year": [{"start": "2027"}], "unknown": [{}], "no such day": [{"start": "2027-02-30"}]}.items():
        write("draft", name, json.dumps({"states": ["MNG"], "components": components, "participation": None}).encode())
    write("draft", "answer", json.dumps({"answer": "joins", "body": "CTED", "text": "Two experts.", "contact": "desk", "unverified": True}).encode())
    write("draft", "unknown field", b'{"colour": "blue", "states": "KGZ"}')
    write("draft", "no object", b"[1, 2]")


def searches():
    rows = [line.split("|") for line in (ROOT / "tests/scenarios/search.txt").read_text().splitlines() if line and line[0] != "#"]
    for number, row in enumerate(rows):
        if number % 4 == 0:
            write("search", f"row {number}", row[2].strip().encode())
        if number % 12 == 0:
            write("search", f"text {number}", row[1].strip().encode())
    for name, text in {"syntax": 'title:x "k:visit" NEAR(a b, 2) ^c {d} + e* -f OR g', "open": '"border', "only": "-x -y", "many": "a1 " * 20, "long": "\u8fb9" * 200}.items():
        write("search", name, text.encode())
    write("search", "broken", b"\xff\xc0 \xe8\xbe \"\xed\xa0\x80*")


def lists():
    """Consolidated lists with plainly invented entries."""
    def held(inside, head='<?xml version="1.0" encoding="UTF-8"?>\n', group="INDIVIDUALS", entry="INDIVIDUAL"):
        return (f'{head}<CONSOLIDATED_LIST dateGenerated="2017-06-20T19:04:40.335-04:00"><{group}><{entry}><REFERENCE_NUMBER> QDi.901\n</REFERENCE_NUMBER>'
                f"{inside}</{entry}></{group}></CONSOLIDATED_LIST>").encode()
    alias = "<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>INVENTED</ALIAS_NAME><NOTE/></INDIVIDUAL_ALIAS>"
    for name, data in {"individual": held("<UN_LIST_TYPE>Al-Qaida</UN_LIST_TYPE><LISTED_ON>2016-01-20</LISTED_ON>" + alias + alias),
                       "entity": held("<COMMENTS1>Invented.</COMMENTS1>", group="ENTITIES", entry="ENTITY"), "empty": b'<CONSOLIDATED_LIST dateGenerated="x"/>',
                       "document type": held("&a;", head='<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b SYSTEM "file:///x">]>'), "deep": held("<A>" * 40 + "</A>" * 40),
                       "another encoding": held("", head='<?xml version="1.0" encoding="UTF-16"?>'), "text in pieces": held("<A>a<![CDATA[ b]]>&amp;<!-- c -->d\u00a0</A>"),
                       "cut off": held(alias)[:200], "wrong order": held("<A><B></A></B>"), "attributes": held("<A" + "".join(f' a{n}=""' for n in range(70)) + "/>"),
                       "another group": held("", group="VESSELS"), "time": b"2017-06-20T19:04:40.335-04:00",
                       "row": b"COMMENTS1\t" + b"00ff" * 16 + b"\nLISTED_ON\t" + b"ff00" * 16 + b"\t2016-01-20\n"}.items():
        write("list", name, data)


def webhooks():
    event = {"specversion": "1.0", "id": "m-1", "source": "/case-files", "type": "org.example.visit", "time": "2027-03-08T09:30:00Z", "data": {"states": ["KGZ"]}}
    signed = "v1," + "A" * 43 + "="
    for name, (head, body) in {"event": (["m-1", "1900000000", signed], event), "two signatures": (["m-2", "1900000299", f"v1a,{'B' * 86}== {signed}"], event),
                               "old": (["m-3", "1899999000", signed], event), "no signature": (["m-4", "1900000000", "v2,x"], {**event, "data": None}),
                               "another version": (["a.b", "-1", "v1,"], {**event, "specversion": "0.3"}), "extension": (["m", "1", ","], {**event, "x1": True}),
                               "base64": (["m", "1", ""], {**event, "data_base64": "AA=="}), "type": (["m", "1", ""], {**event, "datacontenttype": "a/b+json;c=d"})}.items():
        write("webhook", name, "\n".join([*head, json.dumps(body)]).encode())
    write("webhook", "twice", b'm\n1900000000\nv1,\n{"specversion":"1.0","specversion":"1.0"}')
    write("webhook", "deep", b"m\n1900000000\nv1,\n" + b'{"data":' + b"[" * 70)


def main():
    for old in CORPUS.glob("*/seed-*"):
        old.unlink()
    for part in (binary_formats, sealed, calendars, proofs, texts, printed_forms, settings, comma_separated, records, record_rows, drafts, searches, lists, webhooks):
        part()
    files = [file for file in CORPUS.rglob("*") if file.is_file()]
    print(f"{len(files)} files, {sum(file.stat().st_size for file in files)} bytes")


if len(sys.argv) > 1:
    sys.exit(__doc__)
main()
