# SPDX-License-Identifier: Apache-2.0
"""The committees' other systems in the demo, joined to their nodes by connectors: 1540's case files drop a plan, 1267's copy of the Consolidated
List changes (invented entries), and 1373's case system has a webhook receiver. What an earlier run has done is not done again."""
import base64
import json
import os
import socket
import sys
from pathlib import Path

from exchange import Failed, free_ports, is_free, wait_until

HERE = Path(__file__).resolve().parent
RECEIVER_PORT = 5690

# Reference number, list, day of listing, comments: thirty entries before; after it one amended, one removed, one added.
BEFORE = [(f"QD{'e' if n % 3 == 2 else 'i'}.{n}", "Al-Qaida", "2016-01-20", "Invented.") for n in range(901, 931)]
AFTER = [("QDi.901", "Al-Qaida", "2016-01-20", "Invented, and amended."), *BEFORE[2:], ("QDi.931", "Al-Qaida", "2026-02-02", "Invented.")]
LIST_CHANGES = 3


def list_text(entries, generated):
    """As the Secretariat publishes it, cut down to what the connector reads."""
    def group(name, entry, ours):
        inside = "".join(f"<{entry}><REFERENCE_NUMBER>{reference}</REFERENCE_NUMBER><FIRST_NAME>INVENTED</FIRST_NAME><UN_LIST_TYPE>{which}</UN_LIST_TYPE>"
                         f"<LISTED_ON>{listed}</LISTED_ON><COMMENTS1>{words}</COMMENTS1></{entry}>\n" for reference, which, listed, words in entries if (reference[2] == "e") == ours)
        return f"<{name}>\n{inside}</{name}>\n"
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<CONSOLIDATED_LIST dateGenerated="{generated}">\n' +
            group("INDIVIDUALS", "INDIVIDUAL", False) + group("ENTITIES", "ENTITY", True) + "</CONSOLIDATED_LIST>\n")


def put_down(file, text):
    """Whole or not at all, as every system should: under another name, and renamed."""
    half = file.with_name("." + file.name + ".tmp")
    half.write_text(text, encoding="utf-8")
    half.rename(file)


def prepare(exchange):
    """The connectors stand in the nodes' configuration, before they start."""
    exchange.systems = exchange.folder / "systems"
    exchange.systems.mkdir(mode=0o700, exist_ok=True)
    secret = exchange.systems / "case-system.secret"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text("whsec_" + base64.b64encode(os.urandom(32)).decode() + "\n")
    exchange.receiver_port = RECEIVER_PORT if is_free(RECEIVER_PORT) and exchange.ports.get("1540") == 5601 else free_ports(1)[0]
    exchange.node_settings = {
        "1540": f'\n[connectors.case-files]\nkind = "files_in"\nfolder = "{exchange.systems}/case-files"\nevery_seconds = 1\n',
        "1267": f'\n[connectors.un-list]\nkind = "un_list"\nfile = "{exchange.systems}/consolidated.xml"\nevery_seconds = 1\n',
        "1373": f'\n[connectors.case-system]\nkind = "webhook_out"\nurl = "http://127.0.0.1:{exchange.receiver_port}/"\nsecret_file = "{secret}"\nevery_seconds = 1\n'
                'kinds = ["visit.plan"]\nsenders = ["1540"]\nstates = ["TJK"]\nfields = ["record", "kind", "accepted_at", "data.title"]\n'}
    if not (exchange.systems / "consolidated.xml").exists():
        put_down(exchange.systems / "consolidated.xml", list_text(BEFORE, "2026-01-05T10:00:00.000-05:00"))
    for member in exchange.members:
        exchange.write_node_config(member)
    exchange.start("receiver", sys.executable, str(HERE / "receiver.py"), str(exchange.receiver_port), str(secret))
    wait_until("the webhook receiver to listen", 20, lambda: exchange.alive("receiver") and answers(exchange.receiver_port))


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def dropped(exchange, say):
    """1540's case files drop a plan. Returns its record."""
    year = exchange.fictional_year
    folder = exchange.systems / "case-files"
    plan = {"states": ["TJK"], "title": "FICTIONAL: from the case files", "components": [{"start": f"{year}-10-04", "end": f"{year}-10-06"}]}
    say(f"   FICTIONAL: 1540's case files drop a plan into {os.path.relpath(folder / 'inbox')}")
    name = f"tajikistan-{year}.json"
    put_down(folder / "inbox" / name, json.dumps(plan))

    def result():
        for file in folder.glob(f"failed/*-{name}.problem.json"):
            raise Failed(f"{file.name}: {json.loads(file.read_text())['detail']}")
        waits = (folder / "inbox" / name).exists() or (folder / "work" / name).exists()
        return None if waits else [json.loads(file.read_text()) for file in folder.glob(f"done/*-{name}.result.json")]
    record = wait_until("the dropped file to be taken in", 30, result)[0]["records"][0]
    for member in ("1267", "1373"):
        wait_until(f"{record} at {member}", 30, lambda m=member: exchange.run("--node", exchange.socket(m), "-o", "json", "visit", "show", record, check=False).returncode == 0)
    say(f"   it is {record}, signed by 1540, and stands at 1267 and 1373; beside the file, in done/, lies what became of it")
    return record


def list_changed(exchange, say):
    """1267's copy of the list changes. Returns how many entries the others were told of."""
    file = exchange.systems / "consolidated.xml"
    after = list_text(AFTER, "2026-02-02T10:00:00.000-05:00")
    if file.read_text(encoding="utf-8") != after:
        wait_until("the first list to be remembered", 30, lambda: exchange.cli("1267", "connector", "show", "un-list")["done"] > 0)
        put_down(file, after)
    say(f"   1267's copy of the Consolidated List ({os.path.relpath(file)}, invented entries) has changed; 1540 sees, without a name:")

    def told():
        found = exchange.cli("1540", "record", "list", "--kind", "list.entry", "--limit", "100")["items"]
        return found if len(found) == LIST_CHANGES else None
    found = wait_until("the changed entries at 1540", 30, told)
    for one in sorted(found, key=lambda entry: entry["title"]):
        say(f"      {one['id']}: {one['title']}: {one['status']}")
    return len(found)


def events(exchange, record, say):
    """What 1373's case system printed of what it verified."""
    log = exchange.folder / "receiver.log"

    def verified():
        return [line for line in log.read_text().splitlines() if line.startswith("verified ") and (record in line)]
    lines = wait_until("the webhook", 30, verified)
    say("   1373's case system, a webhook receiver, prints what it has verified:")
    say(f"      {lines[-1]}")
    refused = [line for line in log.read_text().splitlines() if line.startswith("refused")]
    if refused:
        raise Failed("the webhook receiver did not believe the node of 1373: " + refused[0])
    return len(lines)
