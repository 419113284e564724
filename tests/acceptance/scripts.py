# SPDX-License-Identifier: Apache-2.0
"""The scripts in deploy/, with stand-ins for what they call: what they refuse at once, and how they tell how far they are.
Usage: scripts.py   Ends with "N passed, N failed"."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import ROOT, contains, run  # noqa: E402

SCRIPTS = ("build", "setup", "test", "demo", "bench")
CALLED = ("dpkg-query", "apt-get", "sudo", "cmake", "ctest", "python3")


class House:
    """The scripts in a folder of their own, before a PATH on which every program they call only notes that it was called."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="liaison-"))
        (self.folder / "deploy").mkdir()
        (self.folder / "stand-ins").mkdir()
        for name in SCRIPTS:
            shutil.copy(ROOT / "deploy" / name, self.folder / "deploy" / name)
        for name in CALLED:
            self.stand_in(name, "exit 1")

    def stand_in(self, name, *lines):
        path = self.folder / "stand-ins" / name
        path.write_text("\n".join(["#!/bin/bash", f"echo {name} >>{self.folder}/called", *lines]) + "\n")
        path.chmod(0o755)

    def run(self, script, *arguments, status=0):
        (self.folder / "called").unlink(missing_ok=True)
        done = subprocess.run([self.folder / "deploy" / script, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                              env=dict(os.environ, PATH=f"{self.folder}/stand-ins:{os.environ['PATH']}"))
        assert done.returncode == status, f"deploy/{script} {arguments}: status {done.returncode} instead of {status}: {done.stdout}{done.stderr}"
        return done.stdout, done.stderr

    def called(self):
        path = self.folder / "called"
        return path.read_text().split() if path.exists() else []


def end(house):
    shutil.rmtree(house.folder)


def test_what_a_script_does_not_know_is_refused_before_anything_is_done(house):
    wrong = {"demo": (["--unknown"], ["--exit", "--fresh", "--jsno", "x"], ["extra"], ["--json"]), "bench": (["--unknown"], ["--quick", "extra"], ["--folder"]),
             "test": (["--unknown"], ["--only"], ["--only", "relaese"], ["--only", "release", "extra"]), "setup": (["--unknown"], ["everything"], ["run", "extra"]),
             "build": (["--unknown"], ["relaese"], [])}
    for script, lines in wrong.items():
        for arguments in lines:
            out, err = house.run(script, *arguments, status=64)
            assert not house.called(), f"deploy/{script} {arguments} called {house.called()}"
            assert not out, out
            contains(err, "error: ", f"hint: deploy/{script} --help")
            if arguments and arguments[-1] not in ("x", "--json", "--folder", "--only"):
                contains(err, arguments[-1])


def test_help_is_given_at_once(house):
    for script in SCRIPTS:
        for word in ("--help", "-h"):
            out, err = house.run(script, word)
            assert not house.called() and not err, f"deploy/{script} {word}: {house.called()} {err}"
            contains(out, f"deploy/{script}")
            assert "#" not in out and len(out.splitlines()) >= 2, out
    house.run("demo", "--fresh", "--json", "x", "--help")
    assert not house.called()


def test_what_a_script_knows_goes_on(house):
    for script, arguments in (("demo", ["--exit", "--fresh", "--json", "x", "--folder=y"]), ("bench", ["--quick", "--json", "x"]), ("test", ["--only", "release"]),
                              ("setup", ["test"])):
        house.stand_in("sudo", "exit 1")
        house.stand_in("apt-get", "exit 1")
        house.run(script, *arguments, status=69)   # nothing is installed here, and installing fails
        assert "dpkg-query" in house.called()


def test_a_build_without_a_terminal_tells_every_tenth_of_the_way(house):
    house.stand_in("cmake", 'case $1 in --preset) echo configured ;; *) for i in $(seq 200); do echo "[$i/200] Building $i.o"; done; echo "a note at the end" ;; esac')
    _, err = house.run("build", "release")
    lines = err.splitlines()
    assert lines[0] == "build: configuring release" and lines[-1] == "build: release done", err
    assert [line for line in lines if "%" in line] == ["build: 0 % (1 of 200)"] + [f"build: {n} % ({2 * n} of 200)" for n in range(10, 101, 10)], err
    log = (house.folder / "build/release.log").read_text().splitlines()
    assert log == ["configured"] + [f"[{i}/200] Building {i}.o" for i in range(1, 201)] + ["a note at the end"], log[:5]


def test_a_failed_build_shows_what_failed(house):
    house.stand_in("cmake", 'case $1 in --preset) ;; *) echo "[1/3] Building 1.o"; echo "FAILED: 2.o"; echo "x.cc:1: error: no such thing"; exit 1 ;; esac')
    _, err = house.run("build", "release", status=1)
    contains(err, "FAILED: 2.o", "x.cc:1: error: no such thing", "build/release.log")
    assert "done" not in err


if __name__ == "__main__":
    run(globals(), sys.argv[1:], House, end)
