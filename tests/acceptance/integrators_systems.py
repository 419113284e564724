# SPDX-License-Identifier: Apache-2.0
"""Other systems of the committees joined to their nodes, as an integrator does it from the manual: webhooks out and in, a program, mail, the Consolidated
List; and what happens when they answer wrongly, late or not at all.
Usage: integrators_systems.py PROGRAMS [TEST...].   Ends with "N passed, N failed"."""
import base64
import email
import email.policy
import hashlib
import hmac
import json
import os
import socket
import socketserver
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import arrived, contains, end_exchange, items, one_exchange, plan, refused, run, said, visit_at, wait_until  # noqa: E402
from exchange import free_ports  # noqa: E402
from systems import BEFORE, list_text, put_down  # noqa: E402


def signed(secret, message, at, body):
    return "v1," + base64.b64encode(hmac.new(secret, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()).decode()


class Receiver:
    """A webhook receiver that answers as it is told, and keeps what it got."""

    def __init__(self):
        self.got, self.answer, self.head = [], 204, {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.got.append((dict(self.headers), body, outer.answer))
                self.send_response(outer.answer)
                for name, value in outer.head.items():
                    self.send_header(name, value)
                self.end_headers()
                if outer.answer == 422:
                    self.wfile.write(b"no such case\n")

            def log_message(self, *_):
                pass
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self, status=204):
        return [json.loads(body) for _, body, answer in self.got if answer == status]


class MailServer:
    """As much of SMTP as a sender needs."""

    def __init__(self):
        self.letters = []
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"220 mail\r\n")
                for line in self.rfile:
                    word = line[:4].upper()
                    if word == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        letter = b"".join(iter(self.rfile.readline, b".\r\n"))
                        outer.letters.append(email.message_from_bytes(letter, policy=email.policy.default))
                    if word == b"QUIT":
                        return self.wfile.write(b"221 bye\r\n")
                    self.wfile.write(b"250 ok\r\n")
                return None
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


PROGRAM = """#!/bin/sh
# Takes what is said of Mongolia, refuses Nigeria.
cat > "{folder}/$LIAISON_MESSAGE_ID.part"
if grep -q NGA "{folder}/$LIAISON_MESSAGE_ID.part"; then echo "no case files of that State"; exit 3; fi
mv "{folder}/$LIAISON_MESSAGE_ID.part" "{folder}/$LIAISON_MESSAGE_ID.json"
"""


def begin():
    e = one_exchange()
    e.place = e.folder / "place"
    e.place.mkdir(mode=0o700)
    e.secret = os.urandom(32)
    e.receiver, e.mail, e.events_port = Receiver(), MailServer(), free_ports(1)[0]
    secret = e.place / "secret"
    secret.touch(mode=0o600)
    secret.write_text("whsec_" + base64.b64encode(e.secret).decode() + "\n")
    program = e.place / "take"
    program.write_text(PROGRAM.format(folder=e.place))
    program.chmod(0o700)
    e.list = e.place / "list.xml"
    put_down(e.list, list_text(BEFORE, "2026-01-05T10:00:00.000-05:00"))
    quick = "every_seconds = 1\n"
    e.node_settings = {
        "1540": f'[connectors.hook]\nkind = "webhook_out"\nurl = "http://127.0.0.1:{e.receiver.port}/in"\nsecret_file = "{secret}"\nkinds = ["visit.plan"]\nsenders = ["1373"]\n{quick}'
                f'[connectors.events]\nkind = "webhook_in"\nlisten = "127.0.0.1:{e.events_port}"\nsecret_file = "{secret}"\n{quick}'
                f'[connectors.program]\nkind = "exec"\ncommand = ["{program}"]\nkinds = ["visit.plan"]\nstates = ["MNG", "NGA"]\n{quick}'
                f'[connectors.post]\nkind = "mail"\nserver = "smtp://127.0.0.1:{e.mail.port}"\nfrom = "node@1540.example"\nto = ["desk@1540.example"]\n'
                f'states = ["PER"]\ntext = "{{record}}: {{data.title}}"\n{quick}',
        "1267": f'[connectors.un]\nkind = "un_list"\nfile = "{e.list}"\n{quick}'}
    for member in ("1540", "1267"):
        e.stop(f"node-{member}")
        e.write_node_config(member)
        e.start_node(member)
    wait_until("the first list", 30, lambda: e.cli("1267", "connector", "show", "un")["done"] == 1)
    return e


def send_event(e, message, data, at=None, secret=None, kind="org.example.visit"):
    """(status, body) of a webhook sent to the node."""
    body = json.dumps({"specversion": "1.0", "id": message, "source": "/case-files", "type": kind, "data": data}).encode()
    at = int(time.time()) if at is None else at
    headers = {"Content-Type": "application/cloudevents+json", "webhook-id": message, "webhook-timestamp": str(at),
               "webhook-signature": signed(secret or e.secret, message, at, body)}
    try:
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{e.events_port}/", body, headers), timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as trouble:
        return trouble.code, dict(json.loads(trouble.read()), retry=trouble.headers.get("Retry-After"))


def visit(title, state="KGZ", day="2031-05-05"):
    return {"states": [state], "title": title, "components": [{"start": day}]}


def test_a_webhook_out_is_signed_and_what_the_receiver_says_decides(e):
    first = plan(e, "1373", state="FJI", first="2031-01-05", last="2031-01-06", title="Hooked")["id"]
    event = wait_until("the event", 30, lambda: [x for x in e.receiver.events() if x.get("subject") == first])[0]
    head, body, _ = next(x for x in e.receiver.got if json.loads(x[1]).get("subject") == first)
    assert signed(e.secret, head["webhook-id"], head["webhook-timestamp"], body) == head["webhook-signature"]
    assert event["type"] == "org.liaison.visit.plan" and event["data"]["data"]["title"] == "Hooked", event
    e.receiver.answer = 422
    second = plan(e, "1373", state="FJI", first="2031-02-05", last="2031-02-06", title="Refused")["id"]
    failed = wait_until("the refusal", 30, lambda: items(e, "1540", "connector", "items", "hook", "--state", "failed"))
    contains(failed[0]["words"], "answers 422: no such case")
    assert failed[0]["record"] == second
    e.receiver.answer = 204
    said(e, "1540", "connector", "again", "hook", failed[0]["number"])
    wait_until("the second try", 30, lambda: [x for x in e.receiver.events() if x.get("subject") == second])
    contains(said(e, "1540", "connector", "test", "hook")[0], "good: sent test-")
    assert e.receiver.events()[-1]["type"] == "org.liaison.test"
    e.receiver.answer = 410
    third = plan(e, "1373", state="FJI", first="2031-03-05", last="2031-03-06", title="Gone")["id"]
    wait_until("the pause", 30, lambda: e.cli("1540", "connector", "show", "hook")["state"] == "paused")
    contains(said(e, "1540", "connector", "show", "hook")[0], "it wants no more of these")
    e.receiver.answer = 204
    said(e, "1540", "connector", "resume", "hook")
    wait_until("what waited", 30, lambda: [x for x in e.receiver.events() if x.get("subject") == third])


def test_retry_after_leaves_the_receiver_alone_also_after_a_restart(e):
    e.receiver.answer, e.receiver.head = 429, {"Retry-After": "3600"}
    plan(e, "1373", state="FJI", first="2031-04-05", last="2031-04-06", title="Later")
    wait_until("the answer", 30, lambda: [x for x in e.receiver.got if x[2] == 429])
    count = len(e.receiver.got)
    e.receiver.answer, e.receiver.head = 204, {}
    fourth = plan(e, "1373", state="FJI", first="2031-06-05", last="2031-06-06", title="Behind")["id"]
    arrived(e, fourth, ["1540"])
    e.stop("node-1540")
    e.start_node("1540")
    time.sleep(3)
    assert len(e.receiver.got) == count, "nothing leaves before"
    said(e, "1540", "connector", "run", "hook")
    wait_until("what an officer lets run", 30, lambda: [x for x in e.receiver.events() if x.get("subject") == fourth])


def test_a_webhook_in_becomes_a_visit_once(e):
    status, answer = send_event(e, "case-1", visit("From an event"))
    assert (status, answer["state"], answer["event"]) == (202, "queued", "case-1"), answer
    assert send_event(e, "case-1", visit("From an event")) == (status, answer), "the same again"
    arrived(e, answer["id"], ["1267", "1373"])
    assert [v["title"] for v in items(e, "1540", "visit", "list")].count("From an event") == 1
    status, problem = send_event(e, "case-1", visit("Something else"))
    assert (status, problem["code"]) == (409, "E_DUPLICATE"), problem
    status, problem = send_event(e, "case-2", visit("Not ours"), secret=b"x" * 32)
    assert (status, problem["code"]) == (401, "E_SIGNATURE"), problem
    status, problem = send_event(e, "case-3", visit("Old"), at=int(time.time()) - 400)
    assert (status, problem["code"]) == (401, "E_CLOCK"), problem
    status, problem = send_event(e, "case-4", {"states": ["KGZ"], "title": "No day", "components": [{"start": "2031-02-30"}]})
    assert status == 400 and "2031-02-30" in problem["detail"] and problem["hint"], problem
    contains(json.dumps(items(e, "1540", "connector", "items", "events", "--state", "failed")), "2031-02-30")
    contains(refused(e, "1540", 1, "connector", "again", "events", items(e, "1540", "connector", "items", "events", "--state", "failed")[0]["number"]), "let its system send the event again")
    change = {"record": answer["id"], "revision": 1, "fields": {"title": "Changed by an event"}}
    assert send_event(e, "case-5", change)[0] == 202
    assert visit_at(e, "1540", answer["id"])["title"] == "Changed by an event"
    assert send_event(e, "case-6", change)[0] == 409
    assert send_event(e, "t-1", {"x": 1}, kind="org.liaison.test") == (202, {"event": "t-1", "id": None, "kind": None, "state": "test"})
    said(e, "1540", "connector", "pause", "events")
    status, problem = send_event(e, "case-7", visit("While paused"))
    assert (status, problem["retry"]) == (503, "300"), problem
    said(e, "1540", "connector", "resume", "events")
    assert send_event(e, "case-7", visit("While paused"))[0] == 202
    log = (e.folder / "node-1540.log").read_text()
    assert base64.b64encode(e.secret).decode() not in log, "no secret in a log"


def test_a_program_gets_what_the_rule_lets_through(e):
    contains(said(e, "1540", "connector", "test", "program")[0], "good: ", "it was not")
    plan(e, "1267", state="MNG", first="2031-07-05", last="2031-07-06", title="For the program")
    taken = wait_until("the program's file", 30, lambda: [json.loads(p.read_text()) for p in e.place.glob("*.json")])
    assert taken[0]["data"]["title"] == "For the program", taken
    plan(e, "1267", state="NGA", first="2031-08-05", last="2031-08-06", title="Not for it")
    failed = wait_until("the refusal", 30, lambda: items(e, "1540", "connector", "items", "program", "--state", "failed"))
    contains(failed[0]["words"], "status 3", "no case files of that State")
    shown = e.cli("1540", "connector", "try", "program")
    assert {i["content"]["data"]["title"] for i in shown["items"]} >= {"For the program", "Not for it"}, shown


def test_mail_is_a_digest(e):
    said(e, "1540", "connector", "pause", "post")
    for day in (5, 6, 7):
        last = plan(e, "1267", state="PER", first=f"2031-09-0{day}", last=f"2031-09-0{day}", title=f"Digest {day}")["id"]
    arrived(e, last, ["1540"])
    said(e, "1540", "connector", "resume", "post")
    letter = wait_until("the letter", 30, lambda: e.mail.letters)[0]
    text = letter.get_content()
    assert letter["To"] == "desk@1540.example" and letter["Subject"] == "Liaison: what is new" and letter["Auto-Submitted"] == "auto-generated"
    assert [f"Digest {day}" in text for day in (5, 6, 7)] == [True] * 3, text
    time.sleep(2)
    assert len(e.mail.letters) == 1, "one letter, and none about nothing"


def test_a_changed_list_is_told_and_one_that_shrinks_is_held_until_a_person_lets_it(e):
    contains(said(e, "1267", "connector", "test", "un")[0], "has 30 entries", "is the last good one")
    put_down(e.list, list_text([*BEFORE[1:], ("QDi.950", "Al-Qaida", "2026-02-02", "Invented.")], "2026-02-02T10:00:00.000-05:00"))
    told = wait_until("two changes at 1540", 30, lambda: len(x := e.cli("1540", "record", "list", "--kind", "list.entry")["items"]) == 2 and x)
    assert {x["status"] for x in told} == {"added", "removed"}
    for one in told:
        contains(said(e, "1373", "-o", "json", "record", "show", one["id"])[0], "QDi.9")
        assert "INVENTED" not in said(e, "1373", "-o", "json", "record", "show", one["id"])[0], "no names leave"
    put_down(e.list, list_text(BEFORE[20:], "2026-03-02T10:00:00.000-05:00"))
    held = wait_until("a held list", 30, lambda: items(e, "1267", "connector", "items", "un", "--state", "held"))
    contains(held[0]["words"], "stays")
    assert len(e.cli("1540", "record", "list", "--kind", "list.entry")["items"]) == 2
    said(e, "1267", "connector", "again", "un", held[0]["number"])
    wait_until("the list that a person let pass", 30, lambda: len(e.cli("1540", "record", "list", "--kind", "list.entry", "--limit", "100")["items"]) > 15)
    put_down(e.list, '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa">]><CONSOLIDATED_LIST dateGenerated="2026-04-02T10:00:00.000-05:00">&a;</CONSOLIDATED_LIST>')
    contains(wait_until("another held list", 30, lambda: items(e, "1267", "connector", "items", "un", "--state", "held"))[0]["words"], "stays")
    assert e.status("1267"), "and the node goes on"


def check_config(e, text):
    config = e.folder / "wrong.toml"
    config.write_text((e.folder / "node-1373.toml").read_text() + text)
    done = subprocess.run([e.program("liaison-node"), "--config", str(config), "--check-config"], capture_output=True, text=True)
    return done.returncode, done.stderr + done.stdout


def test_what_cannot_be_a_connector_is_said_by_check_config(e):
    secret = e.place / "secret"
    wrong = [('kind = "fax"\n', "kind"), ('kind = "webhook_out"\nurl = "https://x.example/"\n', "secret_file"),
             (f'kind = "webhook_in"\nsecret_file = "{secret}"\n', "listen"), ('kind = "exec"\ncommand = ["take"]\n', "absolute path"),
             ('kind = "mail"\nserver = "smtp://127.0.0.1:1"\nfrom = "a@b.example"\n', "to"), ('kind = "un_list"\n', "file"),
             ('kind = "files_out"\nfolder = "/tmp/x"\nfields = [""]\n', "fields"), ('kind = "files_out"\nfolder = "/tmp/x"\nstates = ["XYZ"]\n', "XYZ"),
             ('kind = "files_in"\nfolder = "/tmp/x"\n[connectors.two]\nkind = "files_out"\nfolder = "/tmp/x/"\n', "folder")]
    for text, word in wrong:
        status, told = check_config(e, "[connectors.one]\n" + text)
        assert status == 78 and word in told, (text, status, told)


if __name__ == "__main__":
    run(globals(), sys.argv[2:], begin, end_exchange)
