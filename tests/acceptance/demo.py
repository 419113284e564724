# SPDX-License-Identifier: Apache-2.0
"""The demo, as a newcomer runs it once the programs are built. Usage: demo.py PROGRAMS.   Ends with "N passed, N failed"."""
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "deploy/demo.d"


def command(folder, *arguments):
    return ["/usr/bin/python3", str(DEMO / "run.py"), "--free-ports", "--programs", sys.argv[1], "--folder", str(folder), *arguments]


def run(folder, *arguments):
    return subprocess.run(command(folder, "--exit", "--json", str(folder) + ".json", *arguments), capture_output=True, text=True, timeout=180)


def stays(folder):
    """The demo as one leaves it running: the commands that it prints work as they stand, nobody else gets the folder, Ctrl-C ends it all."""
    results, told, printed = [], "", []
    demo = subprocess.Popen(command(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, start_new_session=True)
    for line in demo.stdout:
        told += line
        if line.startswith("Ctrl-C stops"):
            break
        if "Try next" in told and line.startswith("   "):
            printed.append(line.strip())
    results.append(check("it prints nine commands", len(printed) == 9, told))
    for words in printed:
        done = subprocess.run(["/bin/sh", "-c", words], capture_output=True, text=True, cwd=ROOT, timeout=60)
        results.append(check(f"a printed command works as it stands: {words[:60]}...", done.returncode == 0 and done.stdout.strip(),
                             f"{words}\n{done.stdout}{done.stderr}"))
    for more in ([], ["--fresh"]):
        second = run(folder, *more)
        results.append(check(f"a second demo in its folder is refused{' also with --fresh' if more else ''}",
                             second.returncode == 1 and "a demo runs in" in second.stderr and (folder / "exchange.json").exists(), second.stderr))
    os.killpg(demo.pid, signal.SIGINT)   # as a terminal does: to the programs too
    told = demo.communicate(timeout=60)[0]
    results.append(check("Ctrl-C ends it with 0, and nothing is left of it", demo.returncode == 0 and "stopping" in told and not alive(demo.pid), told))
    return results


def alive(group):
    try:
        os.killpg(group, 0)
        return True
    except ProcessLookupError:
        return False


def interrupted(folder):
    """Stopped after the exchange was made and before the broker had its roster: the next run goes on from there."""
    sys.path.insert(0, str(DEMO))
    from exchange import Exchange
    folder.mkdir(mode=0o700)
    (folder / ".liaison-demo").touch()
    Exchange(folder, sys.argv[1], quota={"per_second": 200, "burst": 1000}).make()
    done = run(folder)
    return check("a demo that was stopped half made goes on", done.returncode == 0, done.stdout + done.stderr)


def check(name, truth, why=""):
    print(f"{'ok     ' if truth else 'FAILED '} {name}" + ("" if truth else f"\n{why}"), flush=True)
    return bool(truth)


def main():
    visits = len({row["ref"] for row in csv.DictReader((DEMO / "visits.csv").open(encoding="utf-8"))})
    answers = len(list(csv.DictReader((DEMO / "answers.csv").open(encoding="utf-8"))))
    records = sum(len(list(csv.DictReader(file.open(encoding="utf-8")))) for file in (DEMO / "records").glob("*.csv"))
    results = []
    with tempfile.TemporaryDirectory() as folder:
        first = run(Path(folder) / "x")
        told = first.stdout + first.stderr
        results.append(check("the demo ends with 0", first.returncode == 0, told))
        if first.returncode == 0:
            figures = json.loads((Path(folder) / "x.json").read_text())
            results.append(check("its figures are named as promised", set(figures) == {"visits_sent", "records_sent", "accepted", "delivered", "participations", "overlaps_own",
                                                                                      "overlaps", "merged", "recalled", "calendar_shows_both", "list_entries", "events_verified", "roots_equal", "proof_ok",
                                                                                      "seconds"}, str(figures)))
            results.append(check("every visit of the file was sent, every message accepted and delivered to both others",
                                 figures["visits_sent"] == visits and figures["records_sent"] == records and figures["accepted"] == visits + answers + records + 13 and figures["delivered"] == 2 * figures["accepted"],
                                 f"{figures}, {visits} visits, {answers} answers"))
            results.append(check("Kyrgyzstan 2016, Lake Chad 2017 and the fictional overlap are told, and what was not verified",
                                 all(word in told for word in ("Kyrgyzstan", "Chad", "FICTIONAL", "not verified")) and figures["overlaps"] == 1 and figures["overlaps_own"] > 0 and figures["roots_equal"] and figures["proof_ok"], told))
            results.append(check("two plans become one visit, a recalled one leaves the copies, and the calendar shows the overlap",
                                 figures["merged"] and figures["recalled"] and figures["calendar_shows_both"] and "are both in Mongolia on 12 to 13 May" in told, told))
            results.append(check("a dropped file, a changed list and a webhook are at work", figures["list_entries"] == 3 and figures["events_verified"] == 1 and
                                 "org.liaison.visit.plan" in told and "QDi.931, Al-Qaida: added" in told, told))
            again = run(Path(folder) / "x")
            second = json.loads((Path(folder) / "x.json").read_text()) if again.returncode == 0 else {}
            results.append(check("a second run on the same folder doubles nothing", again.returncode == 0 and second["accepted"] == figures["accepted"],
                                 again.stdout + again.stderr))
        results += stays(Path(folder) / "x")
        results.append(interrupted(Path(folder) / "y"))
        foreign = Path(folder) / "mine"
        foreign.mkdir()
        (foreign / "letter").write_text("keep me")
        refused = run(foreign)
        results.append(check("a folder that is not the demo's own is refused and left alone",
                             refused.returncode == 1 and "not this demo's own" in refused.stderr and (foreign / "letter").read_text() == "keep me", refused.stderr))
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


main()
