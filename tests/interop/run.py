# SPDX-License-Identifier: Apache-2.0
"""The second implementation against the real programs: it makes the roster, enrols members, publishes, fetches, opens, verifies, proves, and is
refused for the right reasons. Usage: run.py PROGRAMS FBS_FOLDER CLOCK [NAME...]
(FBS_FOLDER: flatc's Python classes; CLOCK: the built tests/doubles/shifted_clock.c; NAME: only tests whose name contains it.)
Starts its own programs on free loopback ports in temporary folders and stops them. Ends with "N passed, N failed"."""
import signal
import sys
import tempfile
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), sys.argv[2], str(HERE.parents[1] / "deploy/demo.d"), str(HERE.parents[1] / "nodes/clients/python")]

import knocks  # noqa: E402
import liars  # noqa: E402
import messages  # noqa: E402
import operations  # noqa: E402
import refusals  # noqa: E402
import together  # noqa: E402
from exchange import Failed  # noqa: E402
from world import World  # noqa: E402

PROGRAMS = sys.argv[1]
TEST_SECONDS_MAX = 120   # each takes a few


def too_long(_signal, _frame):
    raise Failed(f"not at its end after {TEST_SECONDS_MAX} seconds")


def main():
    signal.signal(signal.SIGALRM, too_long)   # so that a test that hangs says where
    everything = {}   # in this order: one world serves most of them, and what changes it comes last
    for module in (messages, refusals, operations, together, liars, knocks):
        everything |= vars(module)
    tests = [(name[5:].replace("_", " "), function) for name, function in everything.items() if name.startswith("test_")]
    tests = [t for t in tests if not sys.argv[4:] or any(word in t[0] for word in sys.argv[4:])]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "x", PROGRAMS)
        try:
            for name, function in tests:
                try:
                    signal.alarm(TEST_SECONDS_MAX)
                    function(world)
                    passed += 1
                    print(f"ok      {name}", flush=True)
                except Exception:   # noqa: BLE001 - a test may fail in any way; all are told
                    failed += 1
                    print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
                    world.exchange.alive("broker")
                finally:
                    signal.alarm(0)
        finally:
            world.close()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


try:
    main()
except Failed as problem:
    sys.exit(f"error: {problem}")
