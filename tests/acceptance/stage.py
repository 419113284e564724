# SPDX-License-Identifier: Apache-2.0
"""What the acceptance scripts share: an exchange made once and copied for each test that wants one of its own, the command line as
a person sees it, and the closing line."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/demo.d"))

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


def run(tests, arguments, begin, end):
    """Runs the functions whose name begins with test_ (those named, when names are given) and prints how it went."""
    chosen = [(name[5:].replace("_", " "), function) for name, function in tests.items() if name.startswith("test_")]
    chosen = [t for t in chosen if not arguments or any(word in t[0] or word in t[1].__name__ for word in arguments)]
    passed = failed = 0
    world = begin()
    try:
        for name, function in chosen:
            try:
                function(world)
                passed += 1
                print(f"ok      {name}", flush=True)
            except Exception:   # noqa: BLE001 - a test may fail in any way; all are told
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
    finally:
        end(world)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


__all__ = ["ROOT", "QUOTA", "Exchange", "Failed", "Stage", "alarms", "arrived", "contains", "items", "logs", "plan", "quiet", "refused", "run", "said",
           "visit_at", "wait_until"]
