# SPDX-License-Identifier: Apache-2.0
"""What the acceptance scripts share: an exchange made once and copied for each test that wants one of its own, the command line as
a person sees it, and how a script is run."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy/demo.d"), str(ROOT / "tests")]

import suite  # noqa: E402
from exchange import Exchange, Failed, wait_until  # noqa: E402

# What a person's shell and home say must not decide a test.
for name in [n for n in os.environ if n.startswith("LIAISON_")] + ["NO_COLOR"]:
    os.environ.pop(name, None)
os.environ["XDG_CONFIG_HOME"] = "/nonexistent"

QUOTA = {"per_second": 2000, "burst": 4000, "receipts_per_second": 2000, "receipts_burst": 4000}


def parent_folder():
    """In memory where there is room: nobody pulls the plug here."""
    try:
        return "/dev/shm" if shutil.disk_usage("/dev/shm").free > 2 << 30 else None
    except OSError:
        return None


class Stage:
    """Exchanges in one temporary folder. Those of `fresh` stand on the same keys and ports, so that one runs at a time."""

    def __init__(self, programs):
        self.folder = Path(tempfile.mkdtemp(prefix="liaison-", dir=parent_folder()))
        self.programs = programs
        self.model = None
        self.count = 0
        self.running = None

    def fresh(self):
        self.stop()
        if not self.model:
            self.model = Exchange(self.folder / "model", self.programs, quota=QUOTA)
            self.model.make()
        self.count += 1
        self.running = self.model.copied_to(self.folder / f"x{self.count}")
        return self.running

    def stop(self):
        if self.running:
            self.running.stop_all()
        self.running = None

    def close(self):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def said(exchange, member, *arguments, status=0, env=None, text_input=None):
    """Runs the command line against a member's node as a person does. Returns (standard output, standard error)."""
    command = [exchange.program("liaison")] + (["--node", exchange.socket(member)] if member else []) + [str(a) for a in arguments]
    done = subprocess.run(command, capture_output=True, text=True, input=text_input, env=dict(os.environ, **(env or {})))
    shown = " ".join(str(a)[:80] for a in arguments)
    assert done.returncode == status, f"liaison {shown}: status {done.returncode} instead of {status}: {done.stdout[-600:]}{done.stderr[-1200:]}"
    return done.stdout, done.stderr


def refused(exchange, member, status, *arguments, **more):
    """A refusal is one sentence after `error: `, with its code in brackets, and nothing on standard output. Returns what is said."""
    out, err = said(exchange, member, *arguments, status=status, **more)
    lines = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and lines[0].endswith("]") and "[E_" in lines[0], f"no clear sentence: {err!r}"
    assert not out, f"a refusal wrote to standard output: {out!r}"
    return err


def contains(text, *words):
    for word in words:
        assert word in text, f"{word!r} is not in: {text[:3000]}"
    return text


def plan(exchange, member, *more, state="KGZ", first="2027-03-08", last="2027-03-12", title="National action plan"):
    return exchange.cli(member, "visit", "plan", "--state", state, "--from", first, "--to", last, "--title", title, *more)


def visit_at(exchange, member, record):
    done = exchange.run("--node", exchange.socket(member), "-o", "json", "visit", "show", record, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def arrived(exchange, record, members, revision=1):
    """Waits until the record stands at each of them in this revision or a later one."""
    for m in members:
        wait_until(f"{record} at {m}", 30, lambda m=m: (visit_at(exchange, m, record) or {}).get("revision", 0) >= revision)


def items(exchange, member, *arguments):
    """All pages of a listing."""
    found, cursor = [], None
    while True:
        page = exchange.cli(member, *arguments, "--limit", "500", *(["--cursor", cursor] if cursor else []))
        found += page["items"]
        cursor = page.get("next")
        if not cursor:
            return found


def quiet(exchange, members=None, seconds=60):
    """Waits until the logs of all are equal and every message has its receipts."""
    def settled():
        states = [exchange.status(m) for m in members or exchange.members]
        if any(s is None for s in states) or len({(s["log"]["size"], s["log"]["root"]) for s in states}) != 1:
            return None
        return states if all(s["outbox"]["queued"] + s["outbox"]["awaiting_receipt"] == 0 for s in states) else None
    return wait_until("every receipt", seconds, settled, step=0.1)


def alarms(exchange, member, open_only=True):
    return [a for a in exchange.cli(member, "alarms")["items"] if not (open_only and a["cleared_at"])]


def logs(exchange):
    return {path.name: path.read_text(errors="replace") for path in exchange.folder.glob("*.log")}


# --- what the scripts of officers share: one exchange, already running

def one_exchange():
    """For tests that use days of their own, so that they do not disturb each other."""
    stage = Stage(sys.argv[1])
    exchange = stage.fresh()
    exchange.start_all()
    exchange.stage = stage
    return exchange


def end_exchange(exchange):
    exchange.stage.close()


def file_of(e, name, *lines):
    path = e.folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def http(e, member, method, path, body, status=201, **headers):
    """One request to the node's socket, without the command line."""
    import http.client

    class Unix(http.client.HTTPConnection):
        def connect(self):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(e.socket(member))
    connection = Unix("localhost", timeout=30)
    connection.request(method, "/api/v1" + path, json.dumps(body), {"Content-Type": "application/json", "Idempotency-Key": os.urandom(8).hex(), **headers})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == status, f"{answer.status} {text[:600]}"
    return json.loads(text)


# --- what the scripts of operators share

SECONDS = 20


def ran(exchange, program, *arguments, status=0, **more):
    """Runs a broker or node that is expected to end by itself. Returns all it says."""
    done = subprocess.run([exchange.program(program), *map(str, arguments)], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, **more)
    text = done.stdout + done.stderr
    assert done.returncode == status, f"{program} {' '.join(map(str, arguments))}: status {done.returncode} instead of {status}: {text[-1500:]}"
    return text


def sentence(text):
    """The one line, `error: ...` or a JSON line of level error, that a program ends with."""
    lines = [line for line in text.splitlines() if line.startswith("error: ") or '"level":"error"' in line]
    assert 1 <= len(lines) <= 2 and ("[E_" in lines[0] or '"code":"E_' in lines[0]), f"no clear sentence: {text[-1500:]}"
    return lines[0] + "\n" + "".join(line for line in text.splitlines() if line.startswith("hint: "))


def raw_get(exchange, path):
    with socket.create_connection(("127.0.0.1", exchange.http), timeout=5) as s:
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while chunk := s.recv(65536):
            answer += chunk
    return answer.decode()


def next_roster(e, number, *arguments, roots=("R1", "R2")):
    """Drafts the next version, has these roots sign it, and returns the note."""
    authority = e.folder / "authority"
    note, before = authority / f"roster-{number}.note", authority / f"roster-{number - 1}.note"
    e.run("authority", "roster", "next", "--from", before, *arguments, "--out", note)
    for root in roots:
        e.run("authority", "sign", note, "--root-id", root, "--key", authority / f"{root}.pem", "--previous", before,
              "--passphrase-file", e.folder / "passphrase")
    return note


def rotated(e, member, use):
    """The request file of a new key."""
    return e.run("node", "rotate", "--dir", e.node_folder(member), "--network", e.NETWORK, "--use", use,
                 "--passphrase-file", e.folder / "passphrase").stdout.strip()


def run(tests, arguments, begin, end):
    """Runs the functions whose name begins with test_ (those named, when names are given) and prints how it went."""
    world = begin()
    try:
        counts = suite.run(suite.chosen(arguments, tests), world)
    finally:
        end(world)
    suite.finish(*counts)


__all__ = ["ROOT", "QUOTA", "SECONDS", "Exchange", "Failed", "Stage", "alarms", "arrived", "contains", "end_exchange", "file_of", "http", "items", "logs",
           "next_roster", "one_exchange", "plan", "quiet", "ran", "raw_get", "refused", "rotated", "run", "said", "sentence", "visit_at", "wait_until"]
