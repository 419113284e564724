# SPDX-License-Identifier: Apache-2.0
"""Every example of nodes/clients, in both languages, as written: against two nodes of ours and, by the wire, as the third member, whose node it is.
Usage: run.py PROGRAMS FBS_FOLDER [python|node [WORD...]]
(FBS_FOLDER: flatc's Python classes, with which tests/interop writes what the others say of a lying broker; WORD: only tests whose name contains one.)
Starts its own programs on free loopback ports in a temporary folder and stops them. Ends with "N passed, N failed"."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CLIENTS = TOP / "nodes/clients"
sys.path[:0] = [str(TOP / "deploy/demo.d"), str(TOP / "tests"), str(TOP / "tests/interop"), str(CLIENTS / "python"), sys.argv[2]]

import liars  # noqa: E402
import proof_vectors  # noqa: E402
import suite  # noqa: E402
import visits  # noqa: E402
from exchange import Exchange, Failed, wait_until  # noqa: E402
from liaison_wire import Keys, judge, texts  # noqa: E402
from liaison_wire import crypto as c  # noqa: E402
from world import MEMBERS, POLICY, Charter, plan, publics_of  # noqa: E402

CONTACT = {"title": "Point of contact of Mongolia", "states": ["MNG"], "status": "named", "function": "national", "office": "Ministry, arms control desk",
           "personal_note": "the office only"}
HEAD = {"paragraph": "S/RES/1977 (2011), paragraph 14", "contact": "1373 Executive Directorate, contacts desk"}
TEST_SECONDS_MAX = 240


class Language:
    """How its examples are run, and what it asks for first."""

    def __init__(self, name, ending, command, env=None):
        self.name, self.ending, self.command, self.env = name, ending, command, dict(os.environ, **(env or {}))

    def start(self, example, *arguments, **how):
        file = CLIENTS / self.name / "examples" / f"{example}{self.ending}"
        return subprocess.Popen([*self.command, str(file), *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=self.env, **how)

    def run(self, example, *arguments, given="", fails=False):
        """What it prints; with `fails` what it says on standard error."""
        process = self.start(example, *arguments)
        out, error = process.communicate(given, timeout=TEST_SECONDS_MAX)
        assert (process.returncode != 0) == fails, f"{example} ended with {process.returncode}: {out}{error}"
        return error if fails else out

    def drive(self, folder, secret, cursor=None):
        """A member that does as it is told: drive.py or drive.mjs, which stand beside this."""
        return Driven(subprocess.Popen([*self.command, str(TOP / f"tests/clients/drive{self.ending}"), str(folder), str(secret), *map(str, cursor or [])],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.env))

    def examples(self):
        return {file.stem for file in (CLIENTS / self.name / "examples").iterdir() if file.suffix == self.ending}


class Driven:
    def __init__(self, process):
        self.process = process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def __call__(self, do, **given):
        self.process.stdin.write(json.dumps({"do": do, **given}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"it ended in {do}"
        return json.loads(line)

    def contact(self, title, times=1):
        return self("make", kind="contact", fields=dict(CONTACT, **HEAD, title=title), times=times)


PYTHON = Language("python", ".py", ["/usr/bin/python3"], {"PYTHONPATH": str(CLIENTS / "python")})
NODE = Language("node", ".mjs", ["node"])


def need_node():
    """JavaScript's client of the wire needs two packages, of exactly the versions of package-lock.json."""
    folder = CLIENTS / "node"
    if not shutil.which("node"):
        raise Failed("node is not installed: apt-get install nodejs npm, then npm ci in nodes/clients/node")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < 18:
        raise Failed(f"node {version} is too old: 18 or newer is needed")
    if not all((folder / "node_modules" / package).exists() for package in ("zeromq", "flatbuffers")):
        if not shutil.which("npm"):
            raise Failed("npm is not installed: apt-get install npm, then npm ci in nodes/clients/node")
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"npm ci in nodes/clients/node does not work here: {done.stderr.strip()[-500:]}")


class World(Exchange):
    """1267 and 1540 run liaison-node; 1373's folder is made by an example, and it runs nothing but examples."""

    def __init__(self, folder, programs, language):
        super().__init__(folder, programs)
        self.language = language
        self.make()
        self.start_broker()
        self.apply(self.folder / "authority/roster-1.note", self.policy)
        self.start_nodes(["1267", "1540"])

    def run(self, *arguments, **how):
        if arguments[:2] == ("node", "init") and "1373" in arguments:
            said = self.language.run("wire_enrol", self.node_folder("1373"), self.NETWORK, "1373", self.folder / "passphrase")
            assert said == f"give {self.node_folder('1373')}/1373.request to the authority\n", said
            return None
        return super().run(*arguments, **how)

    def local(self, example, member, *arguments, **how):
        return self.language.run(example, self.socket(member), *arguments, **how)

    def wire(self, example, *arguments, language=None, **how):
        return (language or self.language).run(example, self.node_folder("1373"), self.folder / "passphrase", *arguments, **how)

    def plan(self, state, first, last, title):
        said = self.local("plan_visit", "1540", state, first, last, title)
        return next(line.split()[1] for line in said.splitlines() if line.startswith("planned"))

    def visits(self, member="1540"):
        return self.api(member, "GET", "/visits?limit=500")["items"]

    def known_at(self, member, record):
        return wait_until(f"{record} at {member}", 30, lambda: self.run("--node", self.socket(member), "-o", "json", "record" if "-V-" not in record else "visit", "show",
                                                                        record, check=False).returncode == 0)


# --- the local API

def test_status_names_the_member_and_its_link(world):
    said = world.local("status", "1540")
    assert said.startswith("1540: link up, ") and said.endswith("0 queued, 0 alarms\n"), said


def test_a_visit_is_planned_once_however_often_its_case_is_run(world):
    said = [world.local("plan_visit", "1540", "Uzbekistan", "2029-09-10", "2029-09-14", "National action plan", "case-4711") for _ in range(2)]
    assert said[0].splitlines()[0].startswith("goes to 1267, 1373 by S/RES/1977 (2011) 19") and "planned 1540-V-" in said[0], said
    assert [line for line in said[0].splitlines() if line.startswith("planned")] == [line for line in said[1].splitlines() if line.startswith("planned")]
    assert len([v for v in world.visits() if v["title"] == "National action plan"]) == 1


def test_what_the_node_refuses_is_said_with_code_and_hint(world):
    said = world.local("plan_visit", "1540", "Atlantis", "2029-09-10", "2029-09-14", "None", fails=True)
    assert 'error: states[0]: no State is called "Atlantis" [E_INPUT]\nhint: give the ISO' in said, said


def test_a_change_makes_the_next_revision(world):
    visit = world.plan("KGZ", "2029-03-05", "2029-03-09", "Border control")
    said = world.local("change_visit", "1540", visit, "Border control and customs")
    assert said == f"{visit} is now revision 2, was: Border control\n", said
    assert world.api("1540", "GET", f"/visits/{visit}")["title"] == "Border control and customs"


def test_an_answer_reaches_the_owner(world):
    visit = world.plan("TJK", "2029-04-02", "2029-04-06", "Export control")
    world.known_at("1267", visit)
    assert world.local("answer_visit", "1267", visit, "joins", "one expert") == f"answered {visit}: joins\n"
    wait_until("the answer", 30, lambda: [a["from"] for a in world.api("1540", "GET", f"/visits/{visit}")["answers"]] == ["1267"])


def test_a_record_of_any_kind_is_made_once(world):
    made = [world.local("make_record", "1540", "contact", "case-4712", given=json.dumps(CONTACT)).strip() for _ in range(2)]
    assert made[0] == made[1] and made[0].startswith("1540-N-"), made
    assert world.api("1540", "GET", f"/records/{made[0]}")["office"] == CONTACT["office"]


def test_a_list_of_several_pages_is_whole(world):
    for n in range(3):
        world.plan("MNG", f"2030-0{n + 1}-07", f"2030-0{n + 1}-09", f"Training {n + 1}")
    said = world.local("list_visits", "1540").splitlines()
    assert sorted(line.split()[0] for line in said) == sorted(v["id"] for v in world.visits()), said
    # one entry a page: the same client, asked by a program of a line
    if world.language is PYTHON:
        code = ["/usr/bin/python3", "-c", "import sys\nfrom liaison_api import Api\nfor v in Api(sys.argv[1]).visits(limit=1): print(v['id'])"]
    else:
        code = ["node", "--input-type=module", "-e", f"import {{ Api }} from '{CLIENTS}/node/api.mjs';\nfor await (const v of new Api(process.argv[1]).visits"
                "({ limit: 1 })) console.log(v.id);"]
    paged = subprocess.run([*code, world.socket("1540")], capture_output=True, text=True, env=world.language.env, check=True).stdout.split()
    assert paged == [line.split()[0] for line in said], paged
    assert all("Mongolia" in line for line in world.local("list_visits", "1540", "Mongolia").splitlines())


def test_words_find_a_record(world):
    visit = world.plan("KAZ", "2029-05-07", "2029-05-11", "Radiological laboratories")
    assert any(line.startswith(visit) for line in world.local("search", "1540", "laboratories").splitlines())


def test_events_go_on_where_they_were(world):
    cursor = world.folder / f"{world.language.name}.cursor"
    cursor.write_text("0-0")   # of no run of the node: it begins with what was missed, and then all that is kept
    whole = world.folder / f"{world.language.name}.whole"
    whole.write_text("0-0")
    first = world.local("follow_events", "1540", cursor, 4).splitlines()
    second = world.local("follow_events", "1540", cursor, 3).splitlines()
    assert first[0].startswith("events.missed") and first + second == world.local("follow_events", "1540", whole, 7).splitlines(), (first, second)


def test_events_outlive_a_restart_of_the_node(world):
    cursor = world.folder / f"{world.language.name}.restart"
    cursor.write_text("0-0")
    kept = len(world.local("follow_events", "1540", cursor, 1).splitlines())
    assert kept == 1
    follow = world.language.start("follow_events", world.socket("1540"), cursor)
    seen = []
    reader = threading.Thread(target=lambda: seen.extend(follow.stdout))
    reader.start()
    wait_until("the first events", 60, lambda: seen)
    world.stop("node-1540")
    world.start_nodes(["1540"])
    wait_until("word that events were missed", 60, lambda: any(line.startswith("events.missed") for line in seen))
    title = f"After the restart, in {world.language.name}"
    world.plan("TKM", "2029-06-04", "2029-06-08", title)
    wait_until("an event of the new run", 60, lambda: any("visit.changed" in line and title in line for line in seen))
    follow.kill()
    reader.join()
    follow.communicate()


class Stub:
    """A node of a few answers to GET /events, one for each connection: what it was asked with stands in `asked`."""

    def __init__(self, world, *answers):
        self.path, self.asked, self.answers = str(world.folder / "stub.sock"), [], answers
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.settimeout(20)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        for answer in self.answers:
            try:
                line, _ = self.listener.accept()
            except TimeoutError:   # nobody asks any more
                return
            with line:
                request = b""
                while b"\r\n\r\n" not in request:
                    request += line.recv(65536)
                self.asked.append(next((x.split(":", 1)[1].strip() for x in request.decode().split("\r\n") if x.lower().startswith("last-event-id:")), None))
                line.sendall(answer)

    def close(self):
        self.thread.join()
        self.listener.close()
        os.unlink(self.path)


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
LATER = b'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 35\r\n\r\n{"code": "E_BUSY", "detail": "not"}'


def test_a_stream_that_breaks_before_its_first_event_misses_nothing(world):
    event = b'id: 7-1\nevent: link.up\ndata: {"event": "link.up", "sentence": "as it was"}\n\n'
    stub = Stub(world, LATER, STREAM, LATER, STREAM + event)   # a node that is busy is one that comes back, also before the first connection
    cursor = world.folder / f"{world.language.name}.stub"
    before = world.folder / f"{world.language.name}.before"
    before.write_text("")
    os.link(before, cursor)
    try:
        said = world.language.run("follow_events", stub.path, cursor, 1)
    finally:
        stub.close()
    assert said.startswith("link.up") and stub.asked == [None, None, "0-0", "0-0"], (said, stub.asked)
    assert cursor.read_text() == "7-1" and before.read_text() == "", "the file with the cursor was emptied and written, not replaced"


class Breaking:
    """A socket before the node's: the first write that goes through it is done, and its answer is cut off."""

    def __init__(self, world, member):
        self.inner, self.path, self.broken, self.over = world.socket(member), str(world.folder / "breaking.sock"), 0, False
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            line, _ = self.listener.accept()
            with line, socket.socket(socket.AF_UNIX) as node:
                if self.over:
                    return
                request = b""
                while b"\r\n\r\n" not in request:
                    request += line.recv(65536)
                head, _, body = request.partition(b"\r\n\r\n")
                length = next((int(x.split(b":")[1]) for x in head.lower().split(b"\r\n") if x.startswith(b"content-length")), 0)
                while len(body) < length:
                    body += line.recv(65536)
                node.connect(self.inner)
                node.sendall(head.replace(b"keep-alive", b"close") + b"\r\n\r\n" + body)
                answer = b""
                while b"\r\n\r\n" not in answer:
                    answer += node.recv(65536)
                if b" 201 " in answer[:20] and not self.broken:
                    self.broken += 1   # done, and nobody is told
                    continue
                line.sendall(answer)
                node.settimeout(2)
                try:
                    while more := node.recv(65536):
                        line.sendall(more)
                except TimeoutError:
                    pass

    def close(self):
        self.over = True
        with socket.socket(socket.AF_UNIX) as knock:
            knock.connect(self.path)
        self.thread.join()
        self.listener.close()
        os.unlink(self.path)


def test_a_lost_answer_makes_nothing_twice(world):
    title = f"Told once, in {world.language.name}"
    between = Breaking(world, "1540")
    try:
        said = world.language.run("plan_visit", between.path, "AFG", "2029-10-01", "2029-10-05", title)
    finally:
        between.close()
    assert between.broken == 1 and "planned 1540-V-" in said, said
    assert len([v for v in world.visits() if v["title"] == title]) == 1


def test_a_write_waits_for_a_node_that_starts(world):
    title = f"Patience, in {world.language.name}"
    world.stop("node-1540")
    waiting = world.language.start("plan_visit", world.socket("1540"), "TKM", "2029-11-05", "2029-11-09", title)
    world.start_nodes(["1540"])
    said, error = waiting.communicate(timeout=TEST_SECONDS_MAX)
    assert waiting.returncode == 0 and "planned" in said, (said, error)
    assert len([v for v in world.visits() if v["title"] == title]) == 1


# --- the wire

def test_all_that_others_said_is_opened_and_confirmed(world):
    visit = world.plan("UZB", "2031-02-03", "2031-02-07", "Follow-up")
    index = wait_until("its place in the log", 30, lambda: world.api("1540", "GET", f"/visits/{visit}")["index"])
    lines = world.wire("wire_follow").splitlines()
    assert f"{index}  1540  visit.plan  OK  {visit} Follow-up" in lines and all("  OK  " in line for line in lines[:-1]), lines
    root = lines[-1].split()[-1]
    wait_until("the delivery receipt", 30, lambda: {"member": "1373", "state": "opened"}.items() <= next(
        (d for m in world.api("1540", "GET", f"/visits/{visit}/status")["messages"] for d in m["deliveries"] if d["member"] == "1373"), {}).items())
    again = world.wire("wire_follow", index).splitlines()
    assert again[-1].startswith("0 confirmed") and again[-1].split()[-1] != root and len(again) <= len(lines), again


def test_a_record_said_by_the_wire_stands_at_the_others(world):
    said = world.wire("wire_say", "contact", given=json.dumps(CONTACT | HEAD))
    record = said.split()[0]
    assert record.startswith("1373-N-") and "allowed by contact-1373: S/RES/1977" in said, said
    for member in ("1267", "1540"):
        world.known_at(member, record)
        shown = world.api(member, "GET", f"/records/{record}")
        assert shown["owner"] == "1373" and shown["office"] == CONTACT["office"], shown


def test_what_a_recipient_would_refuse_does_not_leave(world):
    size = world.status("1540")["log"]["size"]
    said = world.wire("wire_say", "contact", given=json.dumps(CONTACT | HEAD | {"office": ""}), fails=True)
    assert "E_BODY: office is missing" in said, said
    assert "E_SCHEMA" in world.wire("wire_say", "no.kind", given="{}", fails=True)
    assert world.status("1540")["log"]["size"] == size


def test_an_answer_by_the_wire_stands_at_the_owner(world):
    visit = world.plan("ARM", "2031-03-03", "2031-03-07", "Assessment")
    wait_until("its place in the log", 30, lambda: world.api("1540", "GET", f"/visits/{visit}")["index"])
    assert world.wire("wire_answer", "ARM", "advises", "two papers to read first").splitlines()[-1] == f"answered {visit}: advises"
    wait_until("the answer", 30, lambda: [(a["from"], a["answer"]) for a in world.api("1540", "GET", f"/visits/{visit}")["answers"]] == [("1373", "advises")])
    assert world.wire("wire_answer", "ARM", "advises", "two papers to read first") == ""


def test_a_proof_by_the_wire_holds_everywhere(world):
    visit = world.plan("GEO", "2031-04-07", "2031-04-11", "Technical visit")
    index = wait_until("its place in the log", 30, lambda: world.api("1540", "GET", f"/visits/{visit}")["index"])
    file = world.folder / "proof.json"
    file.write_text(world.wire("wire_prove", index))
    assert "body" in world.run("verify", file, "--fingerprint", world.fingerprint).stdout
    for language in LANGUAGES:
        said = language.run("verify_proof", file, world.fingerprint)
        assert said.startswith(f"1540 said visit.plan to 1267, 1373: entry {index} of") and "decided by plans-1540: S/RES/1977" in said, said
        assert "error: E_PROOF: another exchange" in language.run("verify_proof", file, "00" * 32, fails=True)
    wait_until("delivery", 30, lambda: world.wire("wire_follow") and world.api("1540", "GET", f"/visits/{visit}")["delivery"] == "delivered")
    told = world.run("--node", world.socket("1540"), "message", "prove", world.api("1540", "GET", f"/visits/{visit}")["message_id"]).stdout
    file.write_text(told)
    for language in LANGUAGES:
        assert language.run("verify_proof", file, world.fingerprint).endswith("delivered to 1267, 1373\n")
    proof = json.loads(told)
    proof["policies"][0]["file"] = proof["policies"][0]["file"].replace("committees named", "named committees", 1)
    file.write_text(json.dumps(proof))
    for language in LANGUAGES:
        assert "error: E_PROOF" in language.run("verify_proof", file, world.fingerprint, fails=True)


def test_a_proof_names_who_could_not_take_the_message(world):
    made = proof_vectors.proof(receipts=(("1267", 81), ("1373", 80), ("1373", 0)))
    fingerprint, file = made["genesis_sha256"], world.folder / "told.json"
    for receipts in (made["receipts"], made["receipts"][::-1]):   # whatever their order in the file: the log's counts
        file.write_text(json.dumps(made | {"receipts": receipts}))
        said = world.language.run("verify_proof", file, fingerprint)
        assert said.endswith("delivered to 1373\nnot taken by 1267: E_BODY\n"), said
    file.write_text(json.dumps(proof_vectors.proof(receipts=(("1373", 0), ("1373", 80)))))
    assert world.language.run("verify_proof", file, fingerprint).endswith("delivered to 1373\n"), "nothing replaces a first answer"


def test_the_other_language_goes_on_where_this_one_was(world):
    for language in LANGUAGES:
        said = world.wire("wire_say", "contact", language=language, given=json.dumps(CONTACT | HEAD | {"title": f"By {language.name}"}))
        world.known_at("1267", said.split()[0])
    ids = [r["id"] for r in world.api("1267", "GET", "/records?kind=contact&committee=1373&limit=500")["items"]]
    assert len(ids) == len(set(ids)) >= len(LANGUAGES), ids
    assert not world.api("1267", "GET", "/alarms")["items"] and not world.api("1540", "GET", "/alarms")["items"]


class Court:
    """1373, enrolled by an example, before a broker that signs what it likes; 1540 writes. `ago_ms`: how old the log is; `extra`: lines of more keys, for
    the members' public keys."""

    def __init__(self, world, ago_ms=0, extra=lambda charter, court: ()):
        self.world, self.folder = world, Path(tempfile.mkdtemp(dir=world.folder))
        e = Exchange(self.folder / "x", world.programs)
        e.folder.mkdir(mode=0o700)
        self.secret, self.node = e.secret("passphrase"), e.folder / "node-1373"
        world.language.run("wire_enrol", self.node, e.NETWORK, "1373", self.secret)
        keys = {"sign": c.new_signing_key(), "log": c.new_signing_key(), "curve": c.new_agreement_key()}
        others = {m: Keys() for m in MEMBERS}
        publics = {m: publics_of(others[m]) for m in MEMBERS} | {"1373": texts.parse_enrolment((self.node / "1373.request").read_text())["keys"]}
        charter = Charter(e.NETWORK, e.ports, {use: c.raw(key) for use, key in keys.items()}, publics)
        self.others, self.publics = others, publics
        charter.extra_keys += extra(charter, self)
        note = e.folder / "roster-1.note"
        note.write_text(charter.next_note(POLICY))
        charter.network_id = c.sha256(b"liaison/net/v1\0", e.NETWORK.encode(), charter.genesis)
        e.run("node", "trust", "--dir", self.node, note, "--fingerprint", charter.genesis.hex())
        self.broker, self.writer = liars.LyingBroker(charter, keys, "1373", ago_ms), liars.Writer(others["1540"], charter)
        self.see()

    def see(self):
        self.writer.leaves = [c.leaf_hash(x) for x in self.broker.data]
        self.writer.size, self.writer.root = len(self.writer.leaves), c.root_of(self.writer.leaves)

    def let_through(self, frame, verdict=0, withheld=False):
        """Into the log as accepted, or with this verdict; `withheld`: its bytes are not served."""
        index = self.broker.add(1, c.sha256(frame), b"" if withheld or verdict else frame, verdict)
        self.writer.logged(frame)
        self.see()
        return index

    def follow(self, **how):
        return self.world.language.run("wire_follow", self.node, self.secret, **how)

    def drive(self, cursor=None):
        return self.world.language.drive(self.node, self.secret, cursor and [cursor])

    def said(self):
        """What 1373 has in the log: (key_id, sequence) of each."""
        frames = [judge.Frame(body) for leaf, body in zip(self.broker.data, self.broker.bodies) if leaf[1] == 1 and body]
        headers = [(frame, judge.header(frame.header)) for frame in frames]
        return [(frame.key_id, h["sequence"], h["previous"]) for frame, h in headers if h["sender"] == "1373"]

    def told(self, frame):
        found = [x[4] for x in self.broker.told if x[0] == judge.Frame(frame).message_id(self.broker.charter.network_id)]
        return found[-1] if found else None

    def close(self):
        self.broker.close()


def test_what_a_lying_broker_delivers_is_not_taken(world):
    court = Court(world)
    try:
        good = plan(court.writer, ("1373", ), number=1)
        at = court.let_through(good)
        forbidden = plan(court.writer, ("1373", ), number=2, marking="named")   # the policy does not let 1540 say this to 1373 alone
        court.let_through(forbidden)
        altered = court.let_through(plan(court.writer, ("1373", ), number=3)[:-1] + b"x")
        court.writer.root = c.sha256(b"another log")   # which 1540 was shown
        elsewhere = court.let_through(plan(court.writer, ("1373", ), number=4))
        lines = court.follow().splitlines()
        assert lines[0] == f"{at}  1540  visit.plan  OK  1540-V-2027-0001 National action plan", lines
        assert lines[1].endswith("  E_POLICY  cannot be shown"), lines
        assert lines[2].startswith(f"alarm: entry {altered}, ") and "E_SIGNATURE" in lines[2], lines
        assert lines[3].startswith(f"alarm: entry {elsewhere}, ") and "two histories" in lines[3] and len(lines) == 5, lines
        assert court.told(good) == 0 and court.told(forbidden) == 24
    finally:
        court.close()


def test_a_log_that_its_checkpoint_does_not_sign_is_not_used(world):
    court = Court(world)
    try:
        court.let_through(plan(court.writer, ("1373", ), number=1))
        text = f"{court.broker.charter.network}/log/1\n{len(court.broker.data)}\n{c.b64(c.sha256(b'another root'))}\n"
        note = text + "\n" + c.sign_note(text, f"{court.broker.charter.network}/log/1", court.broker.keys["log"])
        court.broker.note = lambda: note
        assert "E_CHECKPOINT" in court.follow(fails=True)
    finally:
        court.close()


TEN_MINUTES_MS = 600_000


@contextmanager
def court(world, **how):
    one = Court(world, **how)
    try:
        yield one
    finally:
        one.close()


def recall(writer, number, reason):
    fields = writer.header("visit.recall", judge.SCHEMAS["visit.recall"], ["1373"])
    return writer.build(fields, visits.encode_recall(dict(visits.RECALL, record_id=f"1540-V-2027-{number:04}", revision=1, reason=reason)))


def test_what_was_recalled_is_not_shown_again_and_forgotten(world):
    with court(world) as x:
        w = x.writer
        first, second = (x.let_through(plan(w, ("1373", ), number=n)) for n in (1, 2))
        gone = x.let_through(recall(w, 1, "another State"))
        with x.drive() as member:   # the recall is in the log before anything of it was shown
            member("catch_up")
            assert member("messages") == [[first, "visit.plan", "OK", None], [second, "visit.plan", "OK", "National action plan"],
                                          [gone, "visit.recall", "OK", "1540-V-2027-0001"]]
            assert member("kept") == [second, gone]
            last = x.let_through(recall(w, 2, "too early"))   # and here after it was
            assert member("messages") == [[last, "visit.recall", "OK", "1540-V-2027-0002"]] and member("kept") == [gone, last]
            assert member("confirm") == 4
        assert [x[4] for x in x.broker.told] == [0] * 4


def gaps_of(x, member):
    member("catch_up")
    member("messages")
    return member("alarms")


def test_a_message_that_the_broker_withholds_is_an_alarm_after_ten_minutes(world):
    for ago_ms in (0, TEN_MINUTES_MS + 1000):
        with court(world, ago_ms=ago_ms) as x:
            w = x.writer
            x.let_through(plan(w, ("1373", ), number=1))
            x.let_through(plan(w, ("1373", ), number=2), withheld=True)
            after = x.let_through(plan(w, ("1373", ), number=3))
            with x.drive() as member:
                alarms = gaps_of(x, member)
            assert len(alarms) == (1 if ago_ms else 0), alarms
            assert not ago_ms or (alarms[0][0] == after and "message 2 to 2 of 1540 to this member never arrived" in alarms[0][1]), alarms


def test_a_gap_that_its_sender_explains_is_none(world):
    with court(world, ago_ms=TEN_MINUTES_MS + 1000) as x:
        w = x.writer
        refused = plan(w, ("1373", ), number=1, marking="named")
        at = x.let_through(refused, verdict=24)
        x.let_through(plan(w, ("1373", ), number=2))
        frame = judge.Frame(refused)
        x.let_through(w.receipt(judge.SCHEMAS["receipt"], "1373", [(frame.message_id(w.network_id), frame.hash, at, 1, 24)]))
        with x.drive() as member:
            assert gaps_of(x, member) == []


def test_a_frame_out_of_its_place_uses_up_no_number(world):
    with court(world, ago_ms=TEN_MINUTES_MS + 1000) as x:
        w = x.writer
        x.let_through(plan(w, ("1373", ), number=1))
        again = plan(w, ("1373", ), number=7, sequence=1, pair_seq={"1373": 2})   # a used sequence with the number of the next one
        x.broker.accept(again)
        x.see()
        good = plan(w, ("1373", ), number=2)
        x.let_through(good)
        with x.drive() as member:
            assert gaps_of(x, member) == []
            member("confirm")
        assert (x.told(again), x.told(good)) == (8, 0)


def test_a_cursor_shows_a_log_that_was_cut_or_rewritten(world):
    with court(world) as x:
        for n in (1, 2):
            x.let_through(plan(x.writer, ("1373", ), number=n))
        cursor = x.folder / "cursor"
        with x.drive() as member:
            member("catch_up")
            cursor.write_text(member("cursor"))
        with x.drive(cursor) as member:
            assert member("catch_up") is None
        cut = x.broker.data.pop(), x.broker.bodies.pop()
        with x.drive(cursor) as member:
            assert "E_CHECKPOINT: the log was rolled back" in member("catch_up")["error"]
        x.broker.data.append(cut[0][:20] + c.sha256(b"another"))
        x.broker.bodies.append(b"")
        x.broker.add(1, c.sha256(b"and more"), b"")
        with x.drive(cursor) as member:
            assert "E_CHECKPOINT: two histories" in member("catch_up")["error"]
        with x.drive() as member:
            assert member("catch_up") is None, "who has seen nothing before cannot know"


def test_an_acceptance_binds_the_log_that_is_shown(world):
    with court(world) as x, x.drive() as member:
        member("catch_up")
        (_, index), = member.contact("Accepted")
        x.broker.data[index] = x.broker.data[index][:20] + c.sha256(b"another")
        x.broker.bodies[index] = b""
        assert "E_CHECKPOINT: two histories" in member("messages")["error"]


def test_own_messages_that_the_broker_has_forgotten_or_keeps_back_are_found(world):
    with court(world) as x:
        with x.drive() as member:
            member("catch_up")
            member.contact("One")
            (_, last), = member.contact("Two")
            kept, x.broker.heads = x.broker.heads, {}
            assert member("messages") == []
            x.broker.answers = "deaf"
            member("patience", seconds=0)
            assert member.contact("Three") == {"error": "silence"}   # so that it asks where its chain ends
            assert "the broker has forgotten messages of this member" in member.contact("Four")["error"]
        x.broker.answers = "R1"
        with x.drive() as member:
            assert "the broker keeps back messages of this member" in member("catch_up")["error"]
        x.broker.heads, x.broker.bodies[last] = kept, b""
        with x.drive() as member:
            assert "the broker keeps back messages of this member" in member("catch_up")["error"]


def test_no_two_frames_have_one_sequence(world):
    with court(world) as x, x.drive() as member:
        member("catch_up")
        made = member.contact("At once", times=3)
        assert len({record for record, _ in made}) == 3, made
        member("patience", seconds=1)
        for answers in ("nothing", "deaf"):   # the message is logged and nobody says so; it is not
            x.broker.answers = answers
            assert member.contact(f"The broker says {answers}") == {"error": "silence"}
            x.broker.answers = "R1"
            member.contact("After it")
        assert [sequence for _, sequence, _ in x.said()] == [1, 2, 3, 4, 5, 6], x.said()
        assert len(member("records")) == 6, "a record that was logged is one, whoever heard of it"
        x.broker.answers = "nothing"
        assert member.contact("Is it there?") == {"error": "silence"}
        x.broker.answers = "R1"
        assert member("settle") == len(x.broker.data) - 1 and member("settle") is None


def test_a_refusal_of_something_else_is_no_answer(world):
    with court(world) as x, x.drive() as member:
        member("catch_up")
        x.broker.strays = True
        assert isinstance(member.contact("Not refused"), list)


def test_a_client_that_runs_on_outlives_a_restart_of_the_broker(world):
    with world.language.drive(world.node_folder("1373"), world.folder / "passphrase") as member:
        member("catch_up")
        member("messages")
        member.contact("Before the restart")
        world.stop("broker")
        world.start_broker()
        (record, index), = member.contact("After the restart")
        world.known_at("1540", record)
        visit = world.plan("UZB", "2032-02-02", "2032-02-06", "After the restart")
        assert wait_until("the visit", 60, lambda: [m for m in member("messages", wait_ms=1000) if isinstance(m, list) and m[3] == "After the restart"]), visit
        member("confirm")


def second(member, use, at):
    """One more key of a member by this name, and its line in the roster."""
    def make(charter, x):
        x.new = c.new_signing_key() if use == "sign" else c.new_agreement_key()
        return [charter.key_line(f"k{member}{use[0]}2", member, use, c.raw(x.new)).replace("from=0", f"from={at}")]
    return make


def beside(x, use):
    """Its file, as `liaison node rotate` names it."""
    passphrase = x.secret.read_bytes().removesuffix(b"\n")
    (x.node / f"keys/{use}-{c.key_id(use, c.raw(x.new)).hex()}.pem").write_bytes(c.pem(x.new, passphrase))


def test_a_new_sign_key_takes_up_the_chain_of_the_old_one(world):
    with court(world, extra=second("1373", "sign", 0)) as x:
        with x.drive() as member:
            member("catch_up")
            member.contact("By the old key")
        beside(x, "sign")
        with x.drive() as member:
            assert member("catch_up") is None
            member.contact("By the new one")
            member.contact("And once more")
        (old, _, _), *new = x.said()
        digest = judge.Frame(next(b for leaf, b in zip(x.broker.data, x.broker.bodies) if leaf[1] == 1)).message_id(x.broker.charter.network_id)
        assert [n[:2] for n in new] == [(c.key_id("sign", c.raw(x.new)), 1), (c.key_id("sign", c.raw(x.new)), 2)] and new[0][2] == digest and old != new[0][0]


def test_what_is_sealed_to_any_key_that_is_held_opens(world):
    with court(world, extra=second("1373", "hpke", 3)) as x:
        before = x.let_through(plan(x.writer, ("1373", ), number=1))   # by the mirror's size of 2 to the old key, by that of 3 to the new one
        after = x.let_through(plan(x.writer, ("1373", ), number=2))
        with x.drive() as member:
            member("catch_up")
            assert "E_KEY: the newest sealing key" in member.contact("Nobody here could read it again")["error"]
        beside(x, "hpke")
        with x.drive() as member:
            member("catch_up")
            title = "National action plan"
            assert member("messages") == [[before, "visit.plan", "OK", title], [after, "visit.plan", "OK", title]]
            member.contact("Sealed for ourselves to the new key")
        with x.drive() as member:
            member("catch_up")
            assert len(member("records")) == 1


def test_a_superseded_sign_key_is_refused(world):
    with court(world, extra=second("1540", "sign", 0)) as x:
        w, old = x.writer, x.others["1540"].sign
        x.let_through(plan(w, ("1373", ), number=1))
        kept = w.sequence
        w.keys.sign, w.sequence = x.new, 0
        x.let_through(plan(w, ("1373", ), number=2))
        w.keys.sign, w.sequence = old, kept
        late = plan(w, ("1373", ), number=3)
        x.let_through(late)
        with x.drive() as member:
            member("catch_up")
            assert [m[2] for m in member("messages")] == ["OK", "OK", "E_KEY"]
            member("confirm")
        assert x.told(late) == 3


# --- running

def check_all_are_run(language):
    """Every example of this language is named by a test."""
    text = Path(__file__).read_text(encoding="utf-8")
    unnamed = [name for name in language.examples() if f'"{name}"' not in text]
    assert not unnamed, f"no test runs {', '.join(unnamed)}"
    assert PYTHON.examples() == NODE.examples(), "the languages have other examples"


LANGUAGES = [language for language in (PYTHON, NODE) if language.name in (sys.argv[3:4] or ["python", "node"])]


def run_tests(language, programs):
    tests = [(f"{language.name}: {name}", function) for name, function in suite.chosen(sys.argv[4:], globals())]
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "x", programs, language)
        try:
            check_all_are_run(language)
            return suite.run(tests, world, TEST_SECONDS_MAX, lambda: world.alive("broker"))
        finally:
            world.stop_all()


def main():
    if NODE in LANGUAGES:
        need_node()
        vectors = subprocess.run(["node", str(TOP / "tests/clients/vectors.mjs"), str(TOP / "tests/vectors")], capture_output=True, text=True)
        if vectors.returncode != 0:
            raise Failed(f"the JavaScript client reads the vectors otherwise: {vectors.stdout[-2000:]}{vectors.stderr[-500:]}")
        print(f"ok      node: all vectors ({vectors.stdout.split(',')[0]})", flush=True)
    counts = [run_tests(language, sys.argv[1]) for language in LANGUAGES]
    suite.finish(*(sum(part) for part in zip(*counts)))


try:
    main()
except Failed as problem:
    sys.exit(f"error: {problem}")
