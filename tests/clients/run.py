# SPDX-License-Identifier: Apache-2.0
"""Every example of nodes/clients, in both languages, as written: against two nodes of ours and, by the wire, as the third member, whose node it is.
Usage: run.py PROGRAMS FBS_FOLDER [python|node [WORD...]]
(FBS_FOLDER: flatc's Python classes, with which tests/interop writes what the others say of a lying broker; WORD: only tests whose name contains one.)
Starts its own programs on free loopback ports in a temporary folder and stops them. Ends with "N passed, N failed"."""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "deploy/demo.d"), str(TOP / "tests"), str(TOP / "tests/interop"), str(TOP / "nodes/clients/python"), sys.argv[2]]

import by_wire  # noqa: E402
import local_api  # noqa: E402
import lying_broker  # noqa: E402
import new_keys  # noqa: E402
import suite  # noqa: E402
from exchange import Failed  # noqa: E402
from setting import CLIENTS, LANGUAGES, NODE, PYTHON, TEST_SECONDS_MAX, World  # noqa: E402

SUBJECTS = (local_api, by_wire, lying_broker, new_keys)


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


def check_all_are_run(language):
    """Every example of this language is named by a test."""
    text = "".join(Path(subject.__file__).read_text(encoding="utf-8") for subject in SUBJECTS)
    unnamed = [name for name in language.examples() if f'"{name}"' not in text]
    assert not unnamed, f"no test runs {', '.join(unnamed)}"
    assert PYTHON.examples() == NODE.examples(), "the languages have other examples"


def run_tests(language, programs):
    tests = [(f"{language.name}: {name}", function) for name, function in suite.chosen(sys.argv[4:], *map(vars, SUBJECTS))]
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
