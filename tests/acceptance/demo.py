# SPDX-License-Identifier: Apache-2.0
"""The demo, as a newcomer runs it once the programs are built. Usage: demo.py PROGRAMS.   Ends with "N passed, N failed"."""
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "deploy/demo.d"


def run(folder, *arguments):
    return subprocess.run(["/usr/bin/python3", str(DEMO / "run.py"), "--exit", "--free-ports", "--programs", sys.argv[1], "--folder", str(folder),
                           "--json", str(folder) + ".json", *arguments], capture_output=True, text=True, timeout=180)


def check(name, truth, why=""):
    print(f"{'ok     ' if truth else 'FAILED '} {name}" + ("" if truth else f"\n{why}"), flush=True)
    return bool(truth)


def main():
    visits = len({row["ref"] for row in csv.DictReader((DEMO / "visits.csv").open(encoding="utf-8"))})
    answers = len(list(csv.DictReader((DEMO / "answers.csv").open(encoding="utf-8"))))
    results = []
    with tempfile.TemporaryDirectory() as folder:
        first = run(Path(folder) / "x")
        told = first.stdout + first.stderr
        results.append(check("the demo ends with 0", first.returncode == 0, told))
        if first.returncode == 0:
            figures = json.loads((Path(folder) / "x.json").read_text())
            results.append(check("its figures are named as promised", set(figures) == {"visits_sent", "accepted", "delivered", "participations", "overlaps_own",
                                                                                      "overlaps", "roots_equal", "proof_ok", "seconds"}, str(figures)))
            results.append(check("every visit of the file was sent, every message accepted and delivered to both others",
                                 figures["visits_sent"] == visits and figures["accepted"] == visits + answers + 2 and figures["delivered"] == 2 * figures["accepted"],
                                 f"{figures}, {visits} visits, {answers} answers"))
            results.append(check("Kyrgyzstan 2016, Lake Chad 2017 and the fictional overlap are told", "Kyrgyzstan" in told and "Chad" in told and "FICTIONAL" in told and
                                 figures["overlaps"] == 1 and figures["overlaps_own"] > 0 and figures["roots_equal"] and figures["proof_ok"], told))
            again = run(Path(folder) / "x")
            second = json.loads((Path(folder) / "x.json").read_text()) if again.returncode == 0 else {}
            results.append(check("a second run on the same folder doubles nothing", again.returncode == 0 and second["accepted"] == figures["accepted"],
                                 again.stdout + again.stderr))
        foreign = Path(folder) / "mine"
        foreign.mkdir()
        (foreign / "letter").write_text("keep me")
        refused = run(foreign)
        results.append(check("a folder that is not the demo's own is refused and left alone",
                             refused.returncode == 1 and "not this demo's own" in refused.stderr and (foreign / "letter").read_text() == "keep me", refused.stderr))
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


main()
