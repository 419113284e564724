# SPDX-License-Identifier: Apache-2.0
"""What those who run a broker or a node are shown on ordinary days: keys that do not fit, status pages, logs, checks of the store, full disks.
Usage: operators_status.py PROGRAMS [NAME...]   Ends with "N passed, N failed"."""
import json
import os
import re
import shutil
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import (QUOTA, SECONDS, Exchange, Stage, arrived, contains, items, logs, plan, quiet, ran, raw_get, refused, run, said, sentence,  # noqa: E402
                  visit_at, wait_until)


# --- keys that do not fit

def test_a_node_with_a_key_that_is_not_enrolled_is_told_so(stage):
    e = stage.fresh()
    e.start_broker()
    e.apply(e.folder / "authority/roster-1.note", e.policy)
    other = e.folder / "other"
    e.run("node", "init", "--dir", other, "--network", e.NETWORK, "--member", "1267", "--passphrase-file", e.folder / "passphrase")
    shutil.copy(other / "keys/curve.key", e.node_folder("1267") / "keys/curve.key")
    e.start_node("1267")
    status = wait_until("the refusal", SECONDS, lambda: (e.status("1267")["link"]["state"] == "refused") and e.status("1267"))
    contains(status["link"]["trouble"], "refused this node's connection key", "roster")
    contains(said(e, "1267", "status")[0], "link        refused", "refused this node's connection key")
    assert plan(e, "1267")["state"] == "queued"   # reading and planning go on


def test_a_node_with_a_signing_key_that_is_not_enrolled_says_so(stage):
    e = stage.fresh()
    e.start_broker()
    e.apply(e.folder / "authority/roster-1.note", e.policy)
    other = e.folder / "other"
    e.run("node", "init", "--dir", other, "--network", e.NETWORK, "--member", "1267", "--passphrase-file", e.folder / "passphrase")
    shutil.copy(other / "keys/sign.pem", e.node_folder("1267") / "keys/sign.pem")
    e.start("node-1267", e.program("liaison-node"), "--config", str(e.folder / "node-1267.toml"))
    wait_until("an end or an explanation", SECONDS, lambda: e.processes["node-1267"].poll() is not None or e.status("1267"))
    if e.processes["node-1267"].poll() is None:
        plan(e, "1267")
        status = wait_until("the reason", SECONDS, lambda: not e.status("1267")["publishing"] and e.status("1267"))
        contains(status["publishing_stopped_because"], "does not hold the signing key 1267-sign-1")
    else:
        contains(logs(e)["node-1267.log"], "roster", "key")


def test_a_broker_with_other_keys_is_told_apart_from_a_network_that_is_down(stage):
    e = stage.fresh()
    false = Exchange(stage.folder / "false", stage.programs, ports=[*e.ports.values(), e.http], quota=QUOTA)
    if not (false.folder / "exchange.json").exists():
        false.make()
    false.start_broker()
    try:
        false.apply(false.folder / "authority/roster-1.note", false.policy)
        e.start_node("1540")
        status = wait_until("the reason", SECONDS, lambda: "broker key" in e.status("1540")["link"]["trouble"] and e.status("1540"))
        contains(status["link"]["trouble"], "does not hold the broker key that the roster names")
        assert status["link"]["state"] == "down" and not status["log"]["size"]
    finally:
        false.stop_all()
    wait_until("nothing answers", SECONDS, lambda: "nothing answers" in e.status("1540")["link"]["trouble"] or "lost" in e.status("1540")["link"]["trouble"])


def test_a_broker_with_keys_that_its_roster_does_not_name_does_not_start(stage):
    e = stage.fresh()
    e.start_all()
    e.stop_all()
    other = e.folder / "other-broker"
    e.run("broker", "init", "--dir", other, "--network", e.NETWORK, "--id", "B1", "--passphrase-file", e.folder / "passphrase")
    shutil.copy(other / "keys/log.pem", e.folder / "broker/keys/log.pem")
    contains(sentence(ran(e, "liaison-broker", "--config", e.folder / "broker.toml", status=78)), "roster")


# --- how it is

def test_status_pages_say_how_the_broker_is(stage):
    e = stage.fresh()
    e.start_broker()
    assert e.http_get("/livez") and e.http_get("/readyz?verbose") is None   # 503
    contains(raw_get(e, "/readyz?verbose"), " 503 ", "[-] roster: waiting for the first roster", "not ready")
    e.apply(e.folder / "authority/roster-1.note", e.policy)
    e.start_nodes()
    made = plan(e, "1540")
    arrived(e, made["id"], ["1267", "1373"])
    quiet(e)
    contains(e.http_get("/readyz?verbose"), "[+] roster: version 1, expires on", "[+] sign: ", "[+] store: ", "[+] clock: trusted",
             "[+] deliver: 3 of 3", "ready")
    assert e.http_get("/checkpoint").splitlines()[0] == f"{e.NETWORK}/log/1"
    contains(raw_get(e, "/nothing"), " 404 ")
    contains(said(e, None, "broker", "status", "--dir", e.folder / "broker")[0], "roster", "log")
    json.loads(said(e, None, "-o", "json", "broker", "status", "--dir", e.folder / "broker")[0])
    page = e.http_get("/metrics")
    look_at_metrics(page, made)
    assert 'liaison_broker_messages_received_total{committee="1540",kind="visit.plan"} 1' in page
    look_at_metrics(node_get(e, "1540", "/metrics"), made)
    contains(refused(e, None, 69, "broker", "status", "--dir", e.folder / "nowhere"), "nothing answers")
    for name in sorted(e.processes, key=lambda n: n == "broker"):
        assert e.stop(name) == 0, f"SIGTERM did not end {name} with 0"


def node_get(exchange, member, path):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(exchange.socket(member))
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while chunk := s.recv(65536):
            answer += chunk
    return answer.decode().partition("\r\n\r\n")[2]


def look_at_metrics(page, made):
    """Names as the conventions ask, help and type for each family once, and nothing of what messages say."""
    helped = re.findall(r"^# HELP (\S+) (.+)$", page, re.M)
    types = dict(re.findall(r"^# TYPE (\S+) (counter|gauge|histogram)$", page, re.M))
    assert helped and len({n for n, _ in helped}) == len(helped) == len(types)
    samples = re.findall(r"^([a-z_]+)(?:\{([^}]*)\})? (\S+)$", page, re.M)
    assert len(samples) == len([line for line in page.splitlines() if line and not line.startswith("#")]), "a line that is no sample"
    for name, labels, value in samples:
        family = name if name in types else re.sub(r"_(bucket|sum|count)$", "", name)
        assert family in types and re.fullmatch(r"(liaison|process)_[a-z_]+", name), name
        assert (types[family] == "counter") == family.endswith("_total"), f"{family} is a {types[family]}"
        float(value)
        for label, text in re.findall(r'([a-z_]+)="([^"]*)"', labels):
            assert label in ("committee", "kind", "reason", "version", "stage", "route", "code", "le", "state"), label
            assert not re.search(r"[0-9a-f]{16}|-V-|KGZ|Kyrgyz", text), text
    for word in ("KGZ", "Kyrgyz", "National action plan", made["id"], made["message_id"]):
        assert word not in page, word


def test_logs_and_the_brokers_disk_hold_no_secret(stage):
    e = stage.fresh()
    for name in ["broker"] + [f"node-{m}" for m in e.members]:
        path = e.folder / f"{name}.toml"
        path.write_text(path.read_text().replace('[log]\n', '[log]\nlevel = "debug"\n'))
    e.start_all()
    titles = ["Zephyrine assessment", "Quodlibet follow-up"]
    made = plan(e, "1540", "--note", "Xylographic remark", title=titles[0])
    arrived(e, made["id"], ["1267", "1373"])
    e.cli("1373", "visit", "answer", made["id"], "comments", "--text", "Pelargonium comment")
    plan(e, "1373", title=titles[1])
    refused(e, "1540", 65, "visit", "plan", "--state", "KGZ", "--from", "2027-13-01", "--title", titles[0])
    quiet(e)
    e.stop_all()
    secrets = [(e.folder / "passphrase").read_text().strip()] + titles + ["Xylographic", "Pelargonium"]
    for key in [*e.folder.glob("*/keys/*"), *e.folder.glob("authority/*.pem")]:
        secrets += [line for line in key.read_text().splitlines() if len(line) > 30 and not line.startswith("-")]
    assert len(secrets) > 20
    for name, text in logs(e).items():
        assert text, name
        for secret in secrets:
            assert secret not in text, f"{name} holds {secret[:12]}..."
    for path in (e.folder / "broker").rglob("*"):
        if path.is_file() and "keys" not in path.parts:
            data = path.read_bytes()
            for secret in secrets:
                assert secret.encode() not in data, f"{path} holds {secret[:12]}..."
    for path in [*(e.folder / "broker").rglob("*"), *e.node_folder("1540").rglob("*")]:
        assert path.name.endswith(".request") or path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0, f"{path} is open to others"


# --- the store

def test_fsck_and_rebuild_find_the_store_whole_and_a_flipped_bit_is_named(stage):
    e = stage.fresh()
    e.start_all()
    for n in range(5):
        plan(e, "1540", first=f"2027-0{n + 1}-08", last=f"2027-0{n + 1}-12", title=f"Visit {n}")
    plan(e, "1373", first="2027-02-09", last="2027-02-10", title="Beside")
    quiet(e)
    before = [(items(e, m, "visit", "list"), items(e, m, "conflicts")) for m in e.members]
    e.stop_all()
    broker = e.folder / "broker.toml"
    contains(ran(e, "liaison-broker", "--fsck", "--config", broker), "the store is whole")
    contains(ran(e, "liaison-broker", "--rebuild", "--config", broker), "the tables were what the log gives")
    for m in e.members:
        contains(ran(e, "liaison-node", "--rebuild", "--config", e.folder / f"node-{m}.toml"), "the views have been made anew from")
    e.start_broker()
    e.start_nodes()
    after = [(items(e, m, "visit", "list"), items(e, m, "conflicts")) for m in e.members]
    assert without_since(before) == without_since(after), "a rebuild changed the views"
    e.stop_all()
    log = e.folder / "broker/log/log.db"
    data = bytearray(log.read_bytes())
    at = data.find(b"LSN1") + 300
    data[at] ^= 1
    log.write_bytes(data)
    text = ran(e, "liaison-broker", "--fsck", "--config", broker, status=1)
    assert re.search(r"entry \d+|index \d+", text), f"does not name the place: {text}"


def without_since(views):
    return json.loads(json.dumps(views), object_hook=lambda o: {k: v for k, v in o.items() if k not in ("since",)})


def test_a_full_disk_makes_messages_wait_and_a_free_one_takes_them(stage):
    e = stage.fresh()
    e.start_all()
    e.stop("broker")
    e.broker_settings = "[storage]\nfree_mebibytes_min = 900000000\nreserve_mebibytes = 0\n"   # more than any disk has
    e.write_broker_config()
    e.start_broker()
    wait_until("the link", SECONDS, lambda: e.linked("1540"))
    contains(raw_get(e, "/readyz?verbose"), " 503 ", "[-] store: ", "nothing is taken")
    made = plan(e, "1540")
    wait_until("the refusal", SECONDS, lambda: 'reason="E_STORAGE_FULL"' in e.http_get("/metrics"))
    assert e.status("1540")["outbox"]["queued"] == 1 and items(e, "1540", "visit", "list")
    e.stop("broker")
    e.broker_settings = ""
    e.write_broker_config()
    e.start_broker()
    wait_until("the plan at 1267", 60, lambda: visit_at(e, "1267", made["id"]))
    quiet(e)


def test_a_read_only_folder_is_said_in_a_sentence(stage):
    e = stage.fresh()
    e.start_all()
    e.stop_all()
    stage.folder.chmod(0o711)
    e.folder.chmod(0o711)
    as_whom = {}
    paths = [e.folder / "broker", *(e.folder / "broker").rglob("*"), e.folder / "broker.toml", e.folder / "passphrase"]
    if os.geteuid() == 0:   # root writes where it likes
        as_whom = {"user": 65534, "group": 65534, "cwd": e.folder}
        for path in paths:
            os.chown(path, 65534, 65534)
        # The tree may lie in a folder that is root's alone.
        shutil.copy(e.program("liaison-broker"), e.folder)
        e.programs = e.folder
    folders = [path for path in paths if path.is_dir() and path.name != "keys"]
    files = [path for path in paths if path.is_file() and "keys" not in path.parts and path.suffix in (".db", "")  and path.name != "passphrase"]
    for path in folders + files:
        path.chmod(0o500 if path.is_dir() else 0o400)
    text = ran(e, "liaison-broker", "--config", e.folder / "broker.toml", status=73, **as_whom)
    contains(sentence(text), str(e.folder / "broker"))
    for path in folders + files:
        path.chmod(0o700 if path.is_dir() else 0o600)


if __name__ == "__main__":
    run(globals(), sys.argv[2:], lambda: Stage(sys.argv[1]), Stage.close)
