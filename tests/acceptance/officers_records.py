# SPDX-License-Identifier: Apache-2.0
"""Records of other kinds than visits as an officer and a program meet them: made, changed, answered, in and out as files, and the API's own
description with what it promises. Usage: officers_records.py PROGRAMS [TEST...].   Ends with "N passed, N failed"."""
import csv
import http.client
import io
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import jsonschema

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import arrived, contains, end_exchange, file_of, http as written, items, one_exchange, plan, quiet, refused, run, said, wait_until  # noqa: E402

HEAD = "title,states,areas,need,source"
NASTY = ["=SUM(A1:A9)", "+33 1 23", "-1", "@here", "'=already", "a;b", 'comma, "quote"', "\\;", "{\"a\": 1}", "0123", "عربي", "中文"]


def document(programs):
    return json.loads(subprocess.run([str(Path(programs) / "liaison"), "api"], capture_output=True, text=True, check=True).stdout)


def request_of(e, member, title, *more, state="KGZ"):
    return e.cli(member, "request", "new", "--title", title, "--state", state, "--area", "financing", "--need", "a draft law", *more)["id"]


def nasty_request(e, title, text, state, **more):
    """As a program makes it: on the command line a text that begins with @ names a file."""
    fields = {"title": title, "states": [state], "areas": ["financing"], "need": "a draft law", "note": text, "time_frame": text, **more}
    return written(e, "1540", "POST", "/records/assistance.request", fields)["id"]


def record_at(e, member, record):
    done = e.run("--node", e.socket(member), "-o", "json", "record", "show", record, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def seen(e, member, record, holds=lambda r: True):
    return wait_until(f"{record} at {member}", 30, lambda: (lambda r: r and holds(r) and r)(record_at(e, member, record)))


def ask(e, member, path, method="GET", **headers):
    """(status, headers, body) of one request without the command line."""
    class Unix(http.client.HTTPConnection):
        def connect(self):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(e.socket(member))
    connection = Unix("localhost", timeout=30)
    connection.request(method, "/api/v1" + path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read().decode()


# --- made, changed, answered

def test_a_request_is_made_changed_and_answered(e):
    record = request_of(e, "1540", "A law on financing")
    seen(e, "1373", record)
    said(e, "1540", "request", "change", record, "--status", "authenticated", "--authenticated-by", "note verbale 12")
    seen(e, "1373", record, lambda r: r["revision"] == 2)
    said(e, "1373", "record", "answer", record, "supports", "--text", "our experts know the matter")
    shown = seen(e, "1540", record, lambda r: r["answers"])
    assert shown["answers"][0]["answer"] == "supports" and shown["status"] == "authenticated"
    contains(said(e, "1267", "record", "history", record)[0], "revision 2")


# --- in and out

def exported(e, member, kind, name, *more):
    path = e.folder / name
    path.unlink(missing_ok=True)
    said(e, member, "record", "export", kind, path, *more)
    return path


def test_a_file_goes_out_comes_in_unchanged_and_goes_out_the_same(e):
    for number, text in enumerate(NASTY):
        nasty_request(e, f"Round trip {number}", text, "MNG", need=f"{text}\nsecond line", types=["training", "equipment"])
    quiet(e)
    for ending in ("csv", "json"):
        path = exported(e, "1540", "request", f"out.{ending}", "--state", "MNG")
        before = path.read_bytes()
        assert not list(e.folder.glob(f"out.{ending}.*")), "something was left beside it"
        for member in ("1540", "1267"):   # whoever received them has the same ones
            out, err = said(e, member, "-o", "json", "record", "import", "assistance.request", path)
            assert json.loads(out)["unchanged"] == len(NASTY) and not json.loads(out)["created"], out
            contains(err, "nothing to store")
            assert exported(e, member, "request", f"again.{ending}", "--state", "MNG").read_bytes() == before
    for row in csv.reader(io.StringIO((e.folder / "out.csv").read_text())):
        assert not any(cell[:1] in ("=", "+", "-", "@") for cell in row), row
    out, err = said(e, "1267", "record", "import", "request", e.folder / "out.csv", "--mine-only")
    contains(err, f"left out {len(NASTY)} rows of other committees")


def test_a_file_becomes_the_same_records_of_a_committee_that_has_none(e):
    for number, text in enumerate(NASTY):
        nasty_request(e, f"To be copied {number}", text, "MLI")
    path = exported(e, "1540", "request", "all.csv", "--state", "MLI")
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    # As another committee's own: what says whose they are is taken out.
    heads = [h for h in rows[0] if h not in ("id", "revision", "owner")]
    mine = e.folder / "mine.csv"
    with mine.open("w", newline="") as file:
        table = csv.DictWriter(file, heads, extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    out, _ = said(e, "1373", "-o", "json", "record", "import", "request", mine)
    assert len(json.loads(out)["created"]) == len(rows)
    again = exported(e, "1373", "request", "theirs.csv", "--state", "MLI", "--committee", "1373")
    copies = list(csv.DictReader(io.StringIO(again.read_text())))
    assert [{h: row[h] for h in heads} for row in copies] == [{h: row[h] for h in heads} for row in rows]


def test_a_french_spreadsheet_is_read_and_utf16_is_refused(e):
    path = e.folder / "french.csv"
    path.write_bytes("\ufefftitle;states;areas;need\r\nTableur, en français;Kirghizistan;\"financing;licensing\";une loi\r\n".encode())
    created = json.loads(said(e, "1540", "-o", "json", "record", "import", "request", path)[0])["created"]
    shown = seen(e, "1267", created[0]["id"])
    assert shown["title"] == "Tableur, en français" and shown["areas"] == ["financing", "licensing"] and shown["states"][0]["alpha3"] == "KGZ"
    path.write_bytes("title\nx\n".encode("utf-16"))
    contains(refused(e, "1540", 65, "record", "import", "request", path), "the file is UTF-16 text", "save it as 'CSV UTF-8'")
    contains(refused(e, "1540", 65, "record", "import", "request", file_of(e, "columns.csv", "title,states,aeras", "x,KGZ,financing")),
             "the column \"aeras\" is no field of a request", "did you mean areas?")


def test_one_bad_row_in_ten_thousand_keeps_all_back(e):
    lines = [f"Bulk {n},TGO,financing,a law,a list" for n in range(10_000)]
    lines[7_654] = "Bulk bad,TGO,finacing,a law,a list"
    path = file_of(e, "bulk.csv", HEAD, *lines)
    before = e.cli("1540", "status")["records"]
    out, err = said(e, "1540", "record", "import", "request", path, "--historical", status=65)
    contains(err, 'line 7656: areas: "finacing" is not known [E_INPUT]', "hint: did you mean financing?", "nothing was stored: 1 error")
    assert not out.strip() and e.cli("1540", "status")["records"] == before


def test_events_stand_in_a_calendar_and_come_back(e):
    contains(refused(e, "1540", 64, "record", "export", "request", e.folder / "a.ics"), "has no days for a calendar")
    made = e.cli("1540", "event", "new", "--title", "Workshop", "--type", "workshop", "--begins", "2044-03-08", "--ends", "2044-03-12", "--host", "KGZ",
                 "--place", "Bishkek")["id"]
    seen(e, "1373", made)
    path = e.folder / "events.ics"
    said(e, "1373", "event", "export", path)
    text = path.read_bytes().decode()
    contains(text, f"UID:{made}@liaison\r\n", "SEQUENCE:0\r\n", "DTSTART;VALUE=DATE:20440308\r\n", "DTEND;VALUE=DATE:20440313\r\n", "STATUS:TENTATIVE\r\n")
    contains(said(e, "1373", "event", "import", path)[1], "1 event record unchanged")
    path.write_bytes(text.replace("DTEND;VALUE=DATE:20440313", "DTEND;VALUE=DATE:20440320").encode())
    contains(said(e, "1373", "event", "import", path, status=65)[1], "were changed in a calendar program")


# --- the API

def walk(value, found):
    if isinstance(value, dict):
        if "$ref" in value:
            found.add(value["$ref"])
        for one in value.values():
            walk(one, found)
    elif isinstance(value, list):
        for one in value:
            walk(one, found)
    return found


def test_the_document_is_openapi_and_its_schemas_are_schemas(e):
    status, _, text = ask(e, "1540", "/openapi.json")
    assert status == 200 and text == said(e, None, "api")[0], "the node's own and the program's"
    doc = json.loads(text)
    assert doc["openapi"] == "3.1.0" and doc["info"]["title"] and doc["info"]["version"]
    for name, schema in doc["components"]["schemas"].items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name), name
        jsonschema.Draft202012Validator.check_schema(schema)
    for ref in walk(doc, set()):
        at = doc
        for part in ref[2:].split("/"):
            at = at[part]
    names = []
    for path, item in doc["paths"].items():
        assert path.startswith("/") and set(item) <= {"get", "post", "patch", "servers"}, path
        for method, operation in item.items():
            if method == "servers":
                continue
            names.append(operation["operationId"])
            assert operation["responses"] and all(re.fullmatch(r"[1-5]\d\d", code) for code in operation["responses"]), path
            assert all("description" in r or "$ref" in r for r in operation["responses"].values()), path
            parameters = [p for p in operation.get("parameters", []) if "name" in p]
            assert {p["name"] for p in parameters if p["in"] == "path"} == set(re.findall(r"{(\w+)}", path)), path
            assert method != "get" or "requestBody" not in operation
    assert len(names) == len(set(names))


def joined_by_files(e):
    """1540's node with a connector, so that there is one to look at."""
    config = e.folder / "node-1540.toml"
    config.write_text(config.read_text() + f'[connectors.files]\nkind = "files_out"\nfolder = "{e.folder}/out"\n')
    e.stop("node-1540")
    e.start_node("1540")
    wait_until("the node of 1540 to reach the broker", 30, lambda: e.linked("1540"))


def test_what_every_get_answers_is_what_the_document_says(e):
    doc = document(e.programs)
    joined_by_files(e)
    record = request_of(e, "1540", "A sample")
    visit = plan(e, "1540", state="BEN", first="2045-03-08", last="2045-03-12")["id"]
    near = plan(e, "1373", state="BEN", first="2045-03-15", last="2045-03-16")["id"]
    seen(e, "1373", record)
    arrived(e, near, ["1540"])
    said(e, "1373", "record", "answer", record, "comments", "--text", "a word")
    seen(e, "1540", record, lambda r: r["answers"])
    quiet(e)
    message = record_at(e, "1540", record)["message_id"]
    draft = request_of(e, "1540", "Kept", "--draft")
    consent = e.cli("1540", "consent", "new", "--state", "BEN", "--act", "circulate", "--status", "granted", "--given-on", "2026-01-10", "--reference", "note 7")["id"]
    extract = e.cli("1540", "extract", "build", record, "--title", "For the public")["id"]
    interest = e.cli("1540", "interest", "new", "--title", "Mine", "--state", "BEN")["number"]
    quiet(e)
    wanted = {"/calendar": "?from=2045-03-01&to=2045-03-31", "/messages/{id}/proof": "?open=1", "/search": "?text=sample", "/proposals/matches": f"?record={record}",
              "/proposals/joint-visit": f"?plans={visit},{near}", "/proposals/review": "?year=2045", "/dues": "?all=1", "/explain": f"?id={record}&for=1373",
              "/proposals/extract": f"?records={record}&title=Public"}
    checked = 0
    for path, item in doc["paths"].items():
        if "get" not in item or path in ("/events", "/metrics"):
            continue
        if path in ("/records/{id}/clock", "/records/{id}/check"):   # officers_procedures.py: they need holidays and a certificate
            continue
        shown = path.replace("{name}", "files" if path.startswith("/connectors") else "BEN").replace("{kind}", "assistance.request")
        of_path = {"/messages": message, "/visits": visit, "/drafts": draft, "/records/{id}/confirmations": consent, "/records/{id}/publication": extract}
        shown = shown.replace("{number}", str(interest)).replace("{id}", next((one for start, one in of_path.items() if path.startswith(start)), record))
        status, _, text = ask(e, "1540", shown + wanted.get(path, ""))
        assert status == 200, f"{shown}: {status} {text[:300]}"
        schema = item["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator({**schema, "components": doc["components"]}).validate(json.loads(text))
        checked += 1
    assert checked > 20, checked
    for shown in ("/visits/1540-V-2045-0999", "/records/nothing", "/calendar?from=x"):
        status, headers, text = ask(e, "1540", shown)
        assert status in (400, 404) and headers["Content-Type"] == "application/problem+json", shown
        jsonschema.Draft202012Validator({"$ref": "#/components/schemas/problem", "components": doc["components"]}).validate(json.loads(text))
    page = json.loads(ask(e, "1540", "/records?whole=1&kind=assistance.request&limit=1")[2])
    fields = {k: v for k, v in page["items"][0].items() if k in doc["components"]["schemas"]["assistance.request.fields"]["properties"]}
    jsonschema.Draft202012Validator({"$ref": "#/components/schemas/assistance.request.fields", "components": doc["components"]}).validate(fields)


def test_an_etag_spares_what_has_not_changed_and_tells_an_answer(e):
    record = request_of(e, "1540", "Tagged")
    seen(e, "1373", record)
    quiet(e)
    tag = ask(e, "1540", f"/records/{record}")[1]["ETag"]
    assert tag.startswith('"1-'), tag
    status, headers, text = ask(e, "1540", f"/records/{record}", If_None_Match=tag)
    assert (status, text, headers["ETag"]) == (304, "", tag) and "Content-Length" not in headers
    assert ask(e, "1540", f"/records/{record}", If_None_Match='"1"')[0] == 304
    said(e, "1373", "record", "answer", record, "comments", "--text", "a word")
    seen(e, "1540", record, lambda r: r["answers"])
    status, headers, _ = ask(e, "1540", f"/records/{record}", If_None_Match=tag)
    assert status == 200 and headers["ETag"] != tag, "an answer is news"
    written(e, "1540", "PATCH", f"/records/{record}", {"note": "changed"}, 200, **{"If-Match": tag})
    problem = written(e, "1540", "PATCH", f"/records/{record}", {"note": "late"}, 409, **{"If-Match": tag})
    assert problem["code"] == "E_REVISION"
    assert written(e, "1540", "PATCH", f"/records/{record}", {"note": "blind"}, 400)["code"] == "E_INPUT"


def events(e, member, count, last=None):
    """So many events of the stream, as (id, name)."""
    command = [e.program("liaison"), "--node", e.socket(member), "-o", "ndjson", "watch", "--count", str(count)] + (["--after", last] if last else [])
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def read_events(process):
    out, _ = process.communicate(timeout=60)
    return [(one["event_id"], one["event"]) for one in map(json.loads, out.splitlines())]


def test_a_stream_reads_on_where_it_was(e):
    for number in (1, 2):
        request_of(e, "1540", f"Told {number}")
    quiet(e)
    told = read_events(events(e, "1540", 6, last="0-0"))   # an id of another run: told first that something is missed
    assert told[0][1] == "events.missed" and all(name != "events.missed" for _, name in told[1:]), told
    assert read_events(events(e, "1540", 2, last=told[3][0])) == told[4:], "the same events under the same ids"
    live = events(e, "1540", 1)
    wait_until("an event as it happens", 30, lambda: (request_of(e, "1540", "Told as it happens"), live.poll() is not None)[1])
    (at, name), = read_events(live)
    run_of, number = at.split("-")
    assert read_events(events(e, "1540", 1, last=f"{run_of}-{int(number) - 1}")) == [(at, name)]


def test_every_act_has_its_row_in_the_audit_whichever_way_it_came(e):
    record = request_of(e, "1540", "By the command line")
    by_api = written(e, "1540", "POST", "/records/assistance.request", {"title": "By the API", "states": ["KGZ"], "areas": ["financing"], "need": "x"})["id"]
    path = file_of(e, "audit.csv", HEAD, "By a file,KGZ,financing,x,")
    by_file = json.loads(said(e, "1540", "-o", "json", "record", "import", "request", path)[0])["created"][0]["id"]
    rows = e.cli("1540", "audit", "list", "--limit", "50")["items"]
    who = {r["object"]: (r["event"], r["actor"], r["result"]) for r in rows if r["object"] in (record, by_api, by_file)}
    assert len(who) == 3 and len(set(who.values())) == 1, who
    assert who[record][0] == "record.created" and f"uid {os.getuid()}" in who[record][1]


def test_liaison_record_commands_refuse_what_is_no_kind(e):
    contains(refused(e, "1540", 64, "record", "export", "requst"), "is no kind of record", "did you mean request?")
    contains(refused(e, "1540", 64, "record", "export", "visit"), "liaison visit export")
    assert items(e, "1540", "record", "list", "--kind", "assistance.request")


if __name__ == "__main__":
    run(globals(), sys.argv[2:], one_exchange, end_exchange)
