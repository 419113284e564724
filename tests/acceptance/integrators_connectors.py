# SPDX-License-Identifier: Apache-2.0
"""A committee's own systems joined to its node by files, as an integrator does it from the manual: what is dropped becomes visits at the others, once, also when
the node is killed again and again; what others say is put into a folder; and what is wrong is said.
Usage: integrators_connectors.py PROGRAMS [TEST...].   Ends with "N passed, N failed"."""
import json
import os
import random
import re
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import arrived, contains, end_exchange, items, one_exchange, plan, quiet, ran, refused, run, said, wait_until  # noqa: E402

CONNECTORS = """
[connectors.case-files-in]
kind = "files_in"
folder = "{folder}/in"
every_seconds = 1
system = "case-files"

[connectors.case-files-out]
kind = "files_out"
folder = "{folder}/out"
every_seconds = 1
kinds = ["visit.plan", "visit.answer"]
system = "case-files"

[connectors.calendar]
kind = "calendar_out"
file = "{folder}/visits.ics"
every_seconds = 1
"""


def begin():
    e = one_exchange()
    e.drop = e.folder / "drop"
    config = e.folder / "node-1540.toml"
    config.write_text(config.read_text() + CONNECTORS.format(folder=e.drop))
    e.stop("node-1540")
    e.start_node("1540")
    wait_until("the inbox", 20, lambda: (e.drop / "in/inbox").is_dir())
    return e


def metrics_of(e, member):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(e.socket(member)))
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: s.recv(65536), b"")).decode()


def drop(e, name, text):
    half = e.drop / "in/inbox" / f".{name}.tmp"
    half.write_text(text)
    half.rename(e.drop / "in/inbox" / name)


def lies_in(e, where, name):
    return [p for p in (e.drop / "in" / where).glob(f"*-{name}")]


def beside(e, where, name, end):
    path = wait_until(f"{name} in {where}", 30, lambda: lies_in(e, where, name))[0]
    return json.loads(path.with_name(path.name + end).read_text())


def csv_of(*rows):
    return "states,start,end,title\n" + "".join(",".join(row) + "\n" for row in rows)


def test_a_dropped_file_becomes_a_visit_at_two_other_committees(e):
    drop(e, "plan.csv", csv_of(("MNG", "2031-03-10", "2031-03-12", "From the case files")))
    record = beside(e, "done", "plan.csv", ".result.json")["records"][0]
    arrived(e, record, ["1267", "1373"])
    contains(said(e, "1540", "connector", "show", "case-files-in")[0], "1 done", "1 file taken in")
    by = said(e, "1540", "audit", "list", "--about", record)[0]
    contains(by, "connector case-files-in")
    quiet(e)
    sent = [json.loads(p.read_text())["record"] for p in (e.drop / "out").glob("*.json")]
    assert record not in sent, "what came in from a system does not go out to it"


def test_the_manuals_own_examples_work_as_written(e):
    manual = (Path(__file__).resolve().parents[2] / "deploy/OPERATING.md").read_text()
    drop(e, "shortest.json", re.search(r'`(\[{"states".*?}\])`', manual)[1])
    record = beside(e, "done", "shortest.json", ".result.json")["records"][0]
    assert json.loads(said(e, "1540", "-o", "json", "visit", "show", record)[0])["first_day"] == "2027-03-08"
    # The connectors of the ten minutes, with files and with a webhook, as a whole configuration.
    secret = e.folder / "hook.secret"
    secret.write_text("whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" + "\n")
    secret.chmod(0o600)
    blocks = [re.sub(r"(?m)^ {3}", "", block) for block in re.findall(r"```\n( *\[connectors\.(?:case-files|un)[^`]*)```", manual)]
    assert len(blocks) == 3, blocks
    config = e.folder / "manual.toml"
    without = (e.folder / "node-1540.toml").read_text().split("\n[connectors.")[0]
    config.write_text(without + "\n" + "\n".join(blocks).replace("/etc/liaison/case-files.secret", str(secret)))
    contains(ran(e, "liaison-node", "--check-config", "--config", config), "is good")
    config.write_text(config.read_text().replace(str(secret), str(secret) + ".none").replace("data.components", "data.starts"))
    contains(ran(e, "liaison-node", "--check-config", "--config", config, status=78), '"data.starts", which no message')
    config.write_text(config.read_text().replace("data.starts", "data.components"))
    contains(ran(e, "liaison-node", "--check-config", "--config", config, status=78), "connectors.case-files: ", "there is no such file")


def test_what_others_say_is_put_down_in_the_order_of_the_log_and_the_calendar_is_kept(e):
    records = [plan(e, "1373", first=f"2032-0{m}-10", last=f"2032-0{m}-12", title=f"Visit {m}")["id"] for m in range(1, 6)]
    arrived(e, records[-1], ["1540"])
    def put_down():
        return [json.loads(path.read_text()) for path in sorted((e.drop / "out").glob("[0-9]*.json"))]
    said_of = wait_until("five files", 30, lambda: len([s for s in put_down() if s["record"] in records]) == 5 and put_down())
    assert [s["record"] for s in said_of if s["record"] in records] == records
    assert [s["index"] for s in said_of] == sorted(s["index"] for s in said_of)
    wait_until("the calendar", 30, lambda: (e.drop / "visits.ics").exists() and records[-1] in (e.drop / "visits.ics").read_text())


def test_what_is_wrong_is_said_beside_the_file_and_the_next_one_goes_in(e):
    drop(e, "a-bad.csv", csv_of(("MNG", "2033-02-30", "", "No such day"), ("MNG", "2033-03-01", "", "Good")))
    drop(e, "b-bad.json", '{"states": ["KGZ"')
    os.mkfifo(e.drop / "in/inbox/c-pipe.csv")
    os.symlink("/etc/passwd", e.drop / "in/inbox/d-link.csv")
    drop(e, "e-good.csv", csv_of(("MNG", "2033-04-01", "", "Good too")))
    problem = beside(e, "failed", "a-bad.csv", ".problem.json")
    assert [x["line"] for x in problem["errors"]] == [2] and "hint" in problem["errors"][0], problem
    for name in ("b-bad.json", "c-pipe.csv", "d-link.csv"):
        contains(json.dumps(beside(e, "failed", name, ".problem.json")), "detail")
    assert beside(e, "done", "e-good.csv", ".result.json")["records"]
    failed = items(e, "1540", "connector", "items", "case-files-in", "--state", "failed")
    assert len(failed) == 4, failed
    contains(refused(e, "1540", 1, "connector", "again", "case-files-in", failed[0]["number"]), "is not kept here", "drop it into the inbox again")
    contains(refused(e, "1540", 66, "connector", "again", "case-files-in", "999999"), "has no item 999999")
    contains(said(e, "1540", "status")[0], "connectors", "with items that failed or are held: case-files-in")
    contains(said(e, "1540", "audit", "list", "--by", "case-files-in")[0], "connector case-files-in")
    metrics = metrics_of(e, "1540")
    assert float(re.search(r'liaison_connector_last_run_timestamp_seconds{connector="case-files-in"} (\S+)', metrics)[1]) > 1.7e9, metrics[-3000:]
    assert 'liaison_connector_items_total{connector="case-files-in",outcome="failed"} 4' in metrics


def test_pause_resume_test_and_what_is_no_connector(e):
    contains(said(e, "1540", "connector", "test", "case-files-in")[0], "good: ")
    said(e, "1540", "connector", "pause", "case-files-in")
    drop(e, "paused.csv", csv_of(("MNG", "2034-04-01", "", "Waits")))
    contains(refused(e, "1540", 1, "connector", "pause", "case-files-in"), "is paused, by uid", "connector resume")
    contains(refused(e, "1540", 1, "connector", "run", "case-files-in"), "is paused")
    e.stop("node-1540")
    e.start_node("1540")
    contains(said(e, "1540", "connector", "list")[0], "paused")
    assert (e.drop / "in/inbox/paused.csv").exists(), "a pause outlives a start"
    said(e, "1540", "connector", "resume", "case-files-in")
    beside(e, "done", "paused.csv", ".result.json")
    contains(refused(e, "1540", 66, "connector", "show", "mail"), "no connector mail", "case-files-in")
    contains(said(e, "1540", "connector", "try", "case-files-out")[1], "would have gone out")


def test_killed_again_and_again_nothing_is_lost_and_nothing_is_there_twice(e):
    chance = random.Random(19)
    titles = [f"Killed {n}" for n in range(60)]
    for n, title in enumerate(titles):
        drop(e, f"k{n:03}.csv", csv_of(("TJK", f"20{40 + n // 12}-{1 + n % 12:02}-10", "", title)))
        if n % 6 == 5:
            wait_until("some work", 5, lambda: chance.random() < 0.3, step=0.02)
            e.kill("node-1540")
            e.start_node("1540")
    wait_until("an empty inbox", 60, lambda: not os.listdir(e.drop / "in/inbox") and not os.listdir(e.drop / "in/work"))
    quiet(e)
    for member in ("1540", "1267"):
        got = sorted(v["title"] for v in items(e, member, "visit", "list") if v["title"].startswith("Killed "))
        assert got == sorted(titles), (member, len(got))


if __name__ == "__main__":
    run(globals(), sys.argv[2:], begin, end_exchange)
