# SPDX-License-Identifier: Apache-2.0
"""The second implementation against the real programs: it makes the roster, enrols members, publishes, fetches, opens, verifies, proves, and is
refused for the right reasons. Usage: run.py PROGRAMS FBS_FOLDER CLOCK [NAME...]
(FBS_FOLDER: flatc's Python classes; CLOCK: the built tests/doubles/shifted_clock.c; NAME: only tests whose name contains it.)
Starts its own programs on free loopback ports in temporary folders and stops them. Ends with "N passed, N failed"."""
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), sys.argv[2], str(HERE.parent), str(HERE.parents[1] / "deploy/demo.d"), str(HERE.parents[1] / "nodes/clients/python")]

import knocks  # noqa: E402
import liars  # noqa: E402
import messages  # noqa: E402
import operations  # noqa: E402
import refusals  # noqa: E402
import suite  # noqa: E402
import together  # noqa: E402
from exchange import Failed  # noqa: E402
from world import World  # noqa: E402

PROGRAMS = sys.argv[1]
TEST_SECONDS_MAX = 120   # each takes a few
# In this order: one world serves most of them, and what changes it comes last.
SUBJECTS = (messages, refusals, operations, together, liars, knocks)


def main():
    tests = suite.chosen(sys.argv[4:], *map(vars, SUBJECTS))
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "x", PROGRAMS)
        try:
            counts = suite.run(tests, world, TEST_SECONDS_MAX, lambda: world.exchange.alive("broker"))
        finally:
            world.close()
    suite.finish(*counts)


try:
    main()
except Failed as problem:
    sys.exit(f"error: {problem}")
