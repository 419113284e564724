# SPDX-License-Identifier: Apache-2.0
"""The examples of the local API: status, visits, answers, records, lists, words and events; and a node that restarts, an answer that is lost."""
import json
import os
import socket
import subprocess
import threading

from exchange import wait_until
from setting import CLIENTS, CONTACT, PYTHON, TEST_SECONDS_MAX


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
