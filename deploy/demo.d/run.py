# SPDX-License-Identifier: Apache-2.0
"""What ./deploy/demo does once the programs are built. See deploy/demo."""
import argparse
import base64
import csv
import fcntl
import json
import os
import shlex
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import systems  # noqa: E402
from exchange import POLICY, ROOT, Exchange, Failed, wait_until  # noqa: E402

HERE = Path(__file__).resolve().parent
MARK = ".liaison-demo"
# Two plans that overlap; two plans, an answer, an agreement and a merger; a plan and its recall; a dropped plan; entries of a list.
FICTIONAL_MESSAGES = 10 + systems.LIST_CHANGES
started = time.monotonic()


def say(text=""):
    print(text, flush=True)


def step(text):
    say(f"\n== {text}")


def port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def prepare(folder, fresh):
    """Returns whether the exchange is still to be made, and the lock that keeps a second demo out of the folder."""
    if folder.exists() and not (folder.is_dir() and (folder / MARK).is_file()):
        raise Failed(f"{folder} exists and is not this demo's own; move it away, or give --folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = open(folder / MARK, "ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Failed(f"a demo runs in {folder}; stop it with Ctrl-C, or give --folder for a second one") from None
    made = fresh or not (folder / "exchange.json").exists()
    if made:   # also what an earlier run left half made; the mark stays, so that the folder stays the demo's own
        for entry in folder.iterdir():
            if entry.name == MARK:
                continue
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    return made, lock


def start(exchange, made):
    quota = exchange.quota
    say("   quotas of the demo: " + ", ".join(f"{k} = {v}" for k, v in quota.items()) + " (a real exchange starts with 20 a second)")
    if made:
        exchange.make()
        say(f"   genesis fingerprint, to be compared by voice: {' '.join(exchange.fingerprint[i:i + 4] for i in range(0, 64, 4))}")
    exchange.start_broker()
    if exchange.http_get("/checkpoint") is None:   # a new log, or one that an earlier run was stopped before filling
        exchange.apply(exchange.folder / "authority/roster-1.note", exchange.policy or POLICY)
    say(f"   the broker is up; what it says of itself: http://127.0.0.1:{exchange.http}/readyz?verbose")
    systems.prepare(exchange)
    for member in exchange.members:
        exchange.start_node(member, wait=False)
    for member in exchange.members:
        wait_until(f"the node of {member} to reach the broker", 30, lambda m=member: exchange.alive(f"node-{m}") and exchange.linked(m))
        say(f"   node {member} is up, on port {exchange.ports[member]}")


def import_visits(exchange):
    """Every committee imports the visits it led. Returns {ref: record id}."""
    refs = {}
    for member in exchange.members:
        result = exchange.cli(member, "visit", "import", HERE / "visits.csv", "--historical", "--mine-only", "--request-id", f"demo-visits-{member}")
        created = result["created"]
        refs.update({row["ref"]: row["id"] for row in created})
        say(f"   {member}: {len(created)} visits that it led")
    return refs


def send_answers(exchange, refs):
    """The others' participation, each from its own node, once the plan has arrived there."""
    rows = rows_of("answers.csv")
    for row in rows:
        record = refs[row["ref"]]
        member = row["from"]
        wait_until(f"{record} at {member}", 60, lambda m=member, r=record: exchange.run("--node", exchange.socket(m), "-o", "json", "visit", "show", r,
                                                                                       check=False).returncode == 0)
        arguments = ["visit", "answer", record, row["answer"], "--body", row["body"], "--source", row["source"], "--historical",
                     "--request-id", f"demo-answer-{row['ref']}-{member}"]
        if row["unverified"] == "yes":
            arguments.append("--unverified")
        exchange.cli(member, *arguments)
    say(f"   {len(rows)} answers: the other committees' experts who took part or advised")
    return rows


# What the committees' other work has left in public: kind, file, in words.
RECORDS = [("obligation", "obligations.csv", "obligations of resolutions 1540, 1977 and 2325"), ("assistance.request", "requests.csv", "requests for assistance"),
           ("assistance.offer", "offers.csv", "organisations with programmes"), ("submission", "submissions.csv", "reports and plans of States"),
           ("event", "events.csv", "outreach events"), ("letter", "letters.csv", "joint statements and briefings")]


def import_records(exchange):
    """Every committee imports the records that it made. Returns how many."""
    total = 0
    for kind, name, words in RECORDS:
        fields = {field["name"]: field for field in exchange.api("1540", "GET", f"/kinds/{kind}")["fields"]}
        for member in exchange.members:
            rows = [typed(row, fields) for row in rows_of(f"records/{name}") if row["owner"] == member]
            if not rows:
                continue
            result = exchange.api(member, "POST", f"/records/{kind}/import", {"rows": rows, "historical": True}, f"demo-{kind}-{member}")
            total += len(result["created"])
            say(f"   {member}: {words}: {len(result['created'])}")
    return total


def typed(row, fields):
    """A row of a spreadsheet as the API has it: lists are joined by semicolons, empty cells say nothing."""
    out = {}
    for name, cell in row.items():
        field = fields.get(name, {"list": name == "states", "type": "line"})
        if cell == "":
            continue
        one = (lambda text: text == "yes" if field["type"] == "flag" else int(text) if field["type"] == "number" else text)
        out[name] = [one(text) for text in cell.split(";")] if field["list"] else one(cell)
    return out


def late_obligations(exchange):
    """What was due, and how late it was: as 1373 sees it."""
    late = []
    for due in pages(exchange, "1373", "due", "--all"):
        if due["kind"] == "obligation" and due["done"]:
            say(f"   {due['title']}: due {due['last_day']}, {due['sentence']}")
            late.append(due["sentence"])
    return late


def fictional(exchange):
    year = time.gmtime().tm_year + 1
    exchange.fictional_year = year
    say(f"   FICTIONAL, for showing only: two officers plan Mongolia in May {year}")
    first = exchange.cli("1540", "visit", "plan", "--state", "MNG", "--from", f"{year}-05-10", "--to", f"{year}-05-14", "--kind", "invited_visit",
                         "--aim", "action_plan", "--title", "FICTIONAL: national action plan", "--request-id", f"demo-fictional-{year}-1540")
    wait_until("the first plan at 1373", 30, lambda: exchange.run("--node", exchange.socket("1373"), "-o", "json", "visit", "show", first["id"],
                                                                 check=False).returncode == 0)
    second = exchange.cli("1373", "visit", "plan", "--state", "MNG", "--from", f"{year}-05-12", "--to", f"{year}-05-13", "--kind", "follow_up",
                          "--title", "FICTIONAL: follow-up", "--request-id", f"demo-fictional-{year}-1373")
    pair = {first["id"], second["id"]}
    found = {}
    for member in ("1540", "1373"):
        found[member] = wait_until(f"the overlap at {member}", 30, lambda m=member: next(
            (f for f in exchange.cli(m, "conflicts", "--kind", "overlap")["items"] if set(f["visits"]) == pair), None))
        say(f"   {member} sees: {found[member]['sentence']}")
        for contact in found[member]["contacts"]:
            if contact["committee"] != member:
                say(f"        call: {contact['contact']}")
    return first, second


def seen_by(exchange, member, record, what=None):
    """The record as that member's node shows it, once it is there and `what` holds."""
    def look():
        done = exchange.run("--node", exchange.socket(member), "-o", "json", "visit", "show", record, check=False)
        shown = json.loads(done.stdout) if done.returncode == 0 else None
        return shown if shown and (what is None or what(shown)) else None
    return wait_until(f"{record} at {member}", 30, look)


def joint(exchange):
    """Two plans that would meet become one visit. What an earlier run has done is not done again."""
    year = exchange.fictional_year
    say(f"   FICTIONAL: 1267 and 1373 both plan Kazakhstan in June {year}")
    own = exchange.cli("1267", "visit", "plan", "--state", "KAZ", "--from", f"{year}-06-07", "--to", f"{year}-06-09", "--title",
                       "FICTIONAL: list review", "--aim", "list_review", "--request-id", f"demo-joint-{year}-1267")["id"]
    seen_by(exchange, "1373", own)
    other = exchange.cli("1373", "visit", "plan", "--state", "KAZ", "--from", f"{year}-06-08", "--to", f"{year}-06-11", "--title",
                         "FICTIONAL: assessment", "--request-id", f"demo-joint-{year}-1373")["id"]
    seen_by(exchange, "1267", other)
    exchange.cli("1267", "visit", "answer", other, "joins", "--body", "1267 Monitoring Team", "--request-id", f"demo-joins-{year}")
    named = any(one["body"] == "1267" for one in seen_by(exchange, "1373", other, lambda v: v["answers"])["participation"])
    if not named:
        exchange.cli("1373", "visit", "agree", other)
    if exchange.cli("1267", "visit", "show", own)["status"] != "merged":
        exchange.cli("1267", "visit", "change", own, "--merged-into", other)
    shown = seen_by(exchange, "1540", other, lambda v: v["merged_here"] == [own] and v["participation"])
    say(f"   1267 joins {other}, 1373 agrees, and {own} goes on in it: the overlap has ended")
    say(f"   1540 sees: {', '.join(one['body'] + ' ' + one['role'] for one in shown['participation'])}; it takes in {shown['merged_here'][0]}")
    return own, other


def recalled(exchange):
    year = exchange.fictional_year
    say("   FICTIONAL: 1540 has planned a visit to the wrong State, and takes it back")
    record = exchange.cli("1540", "visit", "plan", "--state", "UZB", "--from", f"{year}-09-20", "--to", f"{year}-09-22", "--title",
                          "FICTIONAL: meant for another State", "--request-id", f"demo-wrong-{year}")["id"]
    if "recalled" not in seen_by(exchange, "1267", record):
        exchange.cli("1540", "visit", "recall", record, "--reason", "planned for the wrong State")
    for member in ("1267", "1373"):
        shown = seen_by(exchange, member, record, lambda v: "recalled" in v)
        say(f"   {member} shows: {record} recalled by {shown['recalled']['by']}: {shown['recalled']['reason']}" +
            ("" if "title" not in shown else ", AND STILL ITS TEXT"))
    return record


def calendar_page(exchange):
    page = exchange.run("--node", exchange.socket("1540"), "calendar", f"{exchange.fictional_year}-05").stdout
    for line in page.rstrip().splitlines():
        say("   " + line)
    return page


def settle(exchange, minimum):
    """Waits until every node has every entry and nothing waits for a receipt."""
    def settled():
        states = [exchange.status(m) for m in exchange.members]
        sizes = {s["log"]["size"] for s in states}
        waiting = sum(s["outbox"]["queued"] + s["outbox"]["awaiting_receipt"] for s in states)
        return states if len(sizes) == 1 and waiting == 0 and sizes.pop() >= minimum else None
    return wait_until("all nodes to have all receipts", 120, settled, step=0.2)


def pages(exchange, member, *arguments):
    items, cursor = [], None
    while True:
        page = exchange.cli(member, *arguments, "--limit", "500", *(["--cursor", str(cursor)] if cursor else []))
        items += page["items"]
        cursor = page.get("next")
        if not cursor:
            return items


def count_messages(exchange):
    """Accepted, delivered, and how many deliveries there should be: visits that somebody planned in this folder count too."""
    accepted = delivered = wanted = 0
    table = {}
    for member in exchange.members:
        for message in pages(exchange, member, "message", "list", "--direction", "sent"):
            if message["kind"] == "receipt":
                continue
            accepted += message["index"] is not None and message["state"] != "refused"
            wanted += len(message["deliveries"]) if message["state"] != "refused" else 0
            for delivery in message["deliveries"]:
                if delivery.get("verdict") == "OK":
                    delivered += 1
                    table[(member, delivery["member"])] = table.get((member, delivery["member"]), 0) + 1
    for (sender, to), count in sorted(table.items()):
        say(f"   {sender} -> {to}: {count} delivered, each with a signed receipt")
    return accepted, delivered, wanted


def findings(exchange):
    everything = {m: pages(exchange, m, "conflicts") for m in exchange.members}
    kinds = {}
    for member, items in everything.items():
        for f in items:
            kinds.setdefault(f["kind"], {}).setdefault(f["id"], f)
    # The real record's participations: one State, one month, all three committees.
    kyrgyzstan = next((f for f in kinds.get("participation", {}).values() if f["states"] == ["KGZ"] and len(f["committees"]) == 3), None)
    chad = next((f for f in kinds.get("chain", {}).values() if set(f["states"]) == {"CMR", "NER", "NGA", "TCD"}), None)
    for kind in ("participation", "chain", "own_overlap", "overlap", "adjacency", "region", "gap", "waiting"):
        items = list(kinds.get(kind, {}).values())
        say(f"   {kind}: {len(items)}")
        known = {"participation": kyrgyzstan, "chain": chad}.get(kind)
        for f in ([known] if known else []) + [f for f in items if f is not known][:1]:
            say(f"      {f['sentence']}")
    if not kyrgyzstan:
        raise Failed("the visit to Kyrgyzstan in February 2016 with all three committees was not found")
    if not chad:
        raise Failed("the visit to four States of Lake Chad in 2017 was not found")
    return {kind: len(items) for kind, items in kinds.items()}


def level(exchange):
    """The broker's checkpoint once every node has it: somebody may be trying the exchange already."""
    def reached():
        checkpoint = exchange.http_get("/checkpoint").splitlines()
        states = [exchange.status(m) for m in exchange.members]
        return (checkpoint, states) if all(s and s["log"]["size"] == int(checkpoint[1]) for s in states) else None
    try:
        return wait_until("the nodes to have the whole log", 30, reached)
    except Failed:
        return exchange.http_get("/checkpoint").splitlines(), [exchange.status(m) for m in exchange.members]


def roots(exchange):
    checkpoint, states = level(exchange)
    size, root = int(checkpoint[1]), checkpoint[2]
    wanted = base64.b64decode(root).hex()
    say(f"   the broker's checkpoint: size {size}, root {wanted[:16]}...")
    equal = True
    for member, state in zip(exchange.members, states):
        same = state["log"]["size"] == size and state["log"]["root"] == wanted
        equal = equal and same
        say(f"   node {member}: size {state['log']['size']}, root {state['log']['root'][:16]}... {'the same' if same else 'NOT THE SAME'}")
    return equal


def prove(exchange, record):
    message = exchange.cli("1540", "visit", "show", record)["message_id"]
    proof = exchange.folder / "proof.json"
    proof.write_text(exchange.run("--node", exchange.socket("1540"), "message", "prove", message, "--open").stdout)
    done = exchange.run("verify", proof, "--fingerprint", exchange.fingerprint, check=False)
    for line in done.stdout.strip().splitlines():
        say(f"   {line}")
    return done.returncode == 0, message


def main():
    parser = argparse.ArgumentParser(prog="deploy/demo")
    parser.add_argument("--exit", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--folder", default=str(ROOT / "exchange-demo"))
    parser.add_argument("--programs", default=str(ROOT / "build/release/bin"), help="where the three programs are")
    parser.add_argument("--free-ports", action="store_true", help="any free ports instead of 5601-5603 and 5680")
    parser.add_argument("--from", dest="where", default=".")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    figures_file = Path(options.where) / options.json if options.json else None
    if figures_file and not os.access(figures_file if figures_file.exists() else figures_file.parent, os.W_OK):
        raise Failed(f"{figures_file} cannot be written")
    folder = (Path(options.where) / options.folder).resolve()
    made, lock = prepare(folder, options.fresh)
    wanted = [5602, 5603, 5601, 5680]
    ports = None if options.free_ports or not all(port_is_free(p) for p in wanted) else wanted
    exchange = Exchange(folder, options.programs, quota={"per_second": 200, "burst": 1000}, ports=ports)
    try:
        report, missing = work(exchange, made)
        if figures_file:
            figures_file.write_text(json.dumps({key: value for key, value in report.items() if not key.startswith("_")}, indent=1) + "\n")
        for what in missing:
            say(f"\nDID NOT HOLD: {what}")
        if not missing and not options.exit:
            stay(exchange, report)
        return 1 if missing else 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)   # a second Ctrl-C must not leave half of it running
        exchange.stop_all()
        lock.close()


def not_held(report, visits, answers):
    """Everything that the demo promises, as sentences about what is missing."""
    messages = visits + answers + report["records_sent"] + FICTIONAL_MESSAGES
    promises = [(report["visits_sent"] == visits, f"{report['visits_sent']} of {visits} visits of the public record were sent"),
                (report["accepted"] >= messages, f"{report['accepted']} messages were accepted, not {messages}"),
                (report["delivered"] == report["_wanted"] >= 2 * messages, f"{report['delivered']} of {report['_wanted']} deliveries have their receipt"),
                (report["records_sent"] == sum(len(rows_of(f"records/{name}")) for _, name, _ in RECORDS), "not all other records were sent"),
                ("17 days late" in report["_late"], "the programme of work of 2011 is not shown as 17 days late"),
                (report["participations"] > 0, "no participation was found"),
                (report["overlaps_own"] > 0, "no overlap of one's own was found"),
                (report["overlaps"] > 0, "the fictional overlap was not found"),
                (report["merged"], "the two plans for Kazakhstan did not become one visit"),
                (report["recalled"], "the recalled visit was still shown"),
                (report["calendar_shows_both"], "the calendar does not show the overlap"),
                (report["list_entries"] == systems.LIST_CHANGES, "the changed entries of the list did not reach 1540"),
                (report["events_verified"] > 0, "the webhook receiver has verified nothing"),
                (report["roots_equal"], "the nodes do not all hold the broker's root"),
                (report["proof_ok"], "the proof does not hold")]
    return [sentence for held, sentence in promises if not held]


def rows_of(name):
    return list(csv.DictReader((HERE / name).open(encoding="utf-8")))


def work(exchange, made):
    step(f"An exchange in {exchange.folder}" + ("" if made else " (it is there already; --fresh makes it anew)"))
    start(exchange, made)
    step("The public record of visits, each from the node of the committee that led it")
    say("   source of every row: deploy/demo.d/visits.csv; rows that could not be checked against un.org are marked unverified")
    began = time.monotonic()
    refs = import_visits(exchange)
    answers = send_answers(exchange, refs)
    states = settle(exchange, 2 + len(refs) + len(answers))
    seconds = time.monotonic() - began
    step("The rest of the public record: what resolution 1977 asks the committees to share")
    records = import_records(exchange)
    settle(exchange, 2 + len(refs) + len(answers) + records)
    step("What was due, and what really happened, as 1373 sees it")
    late = late_obligations(exchange)
    step("Steps that are fictional: an overlap, a joint visit, a recall")
    first, _ = fictional(exchange)
    own, other = joint(exchange)
    wrong = recalled(exchange)
    step("Three other systems of the committees, joined to their nodes by connectors")
    dropped = systems.dropped(exchange, say)
    listed = systems.list_changed(exchange, say)
    verified = systems.events(exchange, dropped, say)
    states = settle(exchange, 2 + len(refs) + len(answers) + records + FICTIONAL_MESSAGES)
    status = exchange.run("--node", exchange.socket("1540"), "visit", "status", wrong).stdout
    for line in status.rstrip().splitlines():
        say("   " + line)
    step(f"The calendar of May {exchange.fictional_year}, as every committee sees it")
    page = calendar_page(exchange)
    step("Accepted and delivered")
    accepted, delivered, wanted = count_messages(exchange)
    say(f"   {accepted} messages accepted, {delivered} deliveries; the record and its answers took {seconds:.1f} s")
    step("What the nodes found")
    found = findings(exchange)
    step("One log for all")
    equal = roots(exchange)
    step("One message, proved offline")
    proof_ok, message = prove(exchange, first["id"])
    report = {"visits_sent": len(refs), "records_sent": records, "_late": late, "accepted": accepted, "delivered": delivered, "participations": found.get("participation", 0),
              "overlaps_own": found.get("own_overlap", 0), "overlaps": found.get("overlap", 0), "roots_equal": equal, "proof_ok": proof_ok,
              "merged": exchange.cli("1373", "visit", "show", own)["merged_into"] == other, "recalled": status.count("has removed its copy") == 2,
              "calendar_shows_both": "1373 and 1540" in page, "list_entries": listed, "events_verified": verified,
              "seconds": round(time.monotonic() - started, 1), "_first": first["id"], "_message": message, "_wanted": wanted}
    return report, not_held(report, len({row["ref"] for row in rows_of("visits.csv")}), len(answers))


def shortest(path):
    return min((str(path), os.path.relpath(path)), key=len)


def stay(exchange, report):
    here = Path.cwd()
    liaison = os.path.relpath(Path(exchange.programs) / "liaison")
    liaison = shlex.quote(liaison if "/" in liaison else "./" + liaison)
    year = exchange.fictional_year

    def node(member):
        return f"{liaison} --node {shlex.quote(exchange.socket(member))}"
    say(f"\nThe exchange is running. Try next, in another terminal, from the folder {here}:")
    say(f"   {node('1373')} calendar {year}")
    say(f"   {node('1267')} visit show {report['_first']}")
    say(f"   {node('1540')} visit plan --state MNG --from {year}-09-06 --to {year}-09-10 --title \"Mine\" --dry-run")
    say(f"   {node('1267')} search customs border")
    say(f"   {node('1373')} due --all")
    say(f"   {node('1540')} match suggest 1540-R-{time.gmtime().tm_year}-0001")
    say(f"   {node('1540')} connector list")
    say(f"   {node('1540')} message trace {report['_message'][:12]}")
    say(f"   {liaison} verify {shlex.quote(shortest(exchange.folder / 'proof.json'))} --fingerprint {exchange.fingerprint}")
    say("\nCtrl-C stops the broker and the nodes.")
    try:
        while all(exchange.alive(name) for name in exchange.processes):
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("\nstopping")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failed, OSError) as failed:
        print(f"error: {failed}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
