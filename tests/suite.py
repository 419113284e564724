# SPDX-License-Identifier: Apache-2.0
"""What the runners of tests in Python share: which tests are meant, one after the other with a line for each, and the closing line. A test is a function
whose name begins with test_ and is a claim; it is given a world and fails by raising. (deploy/demo.d must be on sys.path.)"""
import signal
import sys
import traceback

from exchange import Failed


def chosen(words, *scopes):
    """The tests among the names of these scopes (the globals or vars of modules) as [(claim, function)], in their order; given words, those that
    contain one of them, as a claim or as a function's name."""
    tests = [(name[5:].replace("_", " "), function) for scope in scopes for name, function in scope.items() if name.startswith("test_")]
    return [t for t in tests if not words or any(word in t[0] or word in t[1].__name__ for word in words)]


def run(tests, world, seconds_max=0, after_failure=lambda: None):
    """Gives the world to each test and prints how it went; one that takes longer than `seconds_max` (0: it may) fails and says where it was. What
    `after_failure` raises ends the run. Returns (passed, failed)."""
    def too_long(_signal, _frame):
        raise Failed(f"not at its end after {seconds_max} seconds")
    signal.signal(signal.SIGALRM, too_long)
    passed = failed = 0
    for name, function in tests:
        try:
            signal.alarm(seconds_max)
            function(world)
            passed += 1
            print(f"ok      {name}", flush=True)
        except Exception:   # noqa: BLE001 - a test may fail in any way; all are told
            failed += 1
            print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
            after_failure()
        finally:
            signal.alarm(0)
    return passed, failed


def finish(passed, failed):
    """Prints the closing line and ends the program: with 1 when a test failed or none ran."""
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)
