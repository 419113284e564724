# SPDX-License-Identifier: Apache-2.0
"""What those who run a broker or a node meet on ordinary days: configuration, wrong keys, status pages, new keys, checks of the store,
full disks. Usage: operators.py PROGRAMS [NAME...]   Ends with "N passed, N failed"."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from officers import http  # noqa: E402
from stage import Exchange, QUOTA, ROOT, Stage, alarms, arrived, contains, items, logs, plan, quiet, refused, run, said, visit_at, wait_until  # noqa: E402

SECONDS = 20


def begin():
    return Stage(sys.argv[1])


def end(stage):
    stage.close()


def ran(exchange, program, *arguments, status=0, **more):
    """Runs a broker or node that is expected to end by itself. Returns all it says."""
    done = subprocess.run([exchange.program(program), *map(str, arguments)], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, **more)
    text = done.stdout + done.stderr
    assert done.returncode == status, f"{program} {' '.join(map(str, arguments))}: status {done.returncode} instead of {status}: {text[-1500:]}"
    return text


def sentence(text):
    """The one line, `error: ...` or a JSON line of level error, that a program ends with."""
    lines = [line for line in text.splitlines() if line.startswith("error: ") or '"level":"error"' in line]
    assert 1 <= len(lines) <= 2 and ("[E_" in lines[0] or '"code":"E_' in lines[0]), f"no clear sentence: {text[-1500:]}"
    return lines[0] + "\n" + "".join(line for line in text.splitlines() if line.startswith("hint: "))


def config(exchange, name, text):
    path = exchange.folder / name
    path.write_text(text)
    return path


# --- configuration

def test_a_good_configuration_is_said_to_be_good(stage):
    e = stage.fresh()
    contains(ran(e, "liaison-broker", "--check-config", "--config", e.folder / "broker.toml"), "is good")
    contains(ran(e, "liaison-node", "--check-config", "--config", e.folder / "node-1540.toml"), "is good")


def test_an_unknown_key_is_told_with_its_line(stage):
    e = stage.fresh()
    for program, name in (("liaison-broker", "broker.toml"), ("liaison-node", "node-1540.toml")):
        text = (e.folder / name).read_text()
        line = text.splitlines().index("[quota]") + 2
        path = config(e, "wrong-" + name, text.replace("[quota]\n", "[quota]\nper_secnod = 3\n"))
        contains(sentence(ran(e, program, "--check-config", "--config", path, status=78)), f"wrong-{name}:{line}:", "quota.per_secnod", "E_CONFIG")
        contains(sentence(ran(e, program, "--config", path, status=78)), "quota.per_secnod")
        path = config(e, "type-" + name, text.replace("\nburst = 4000\n", "\n").replace("[quota]\n", "[quota]\nburst = \"many\"\n"))
        contains(sentence(ran(e, program, "--check-config", "--config", path, status=78)), f"type-{name}:{line}:", "quota.burst", "whole number")
        path = config(e, "broken-" + name, text + "\n[half\n")
        contains(sentence(ran(e, program, "--check-config", "--config", path, status=78)), f"broken-{name}:{len(text.splitlines()) + 2}:")
        contains(sentence(ran(e, program, "--check-config", "--config", e.folder / "absent.toml", status=66)), "absent.toml")
        contains(ran(e, program, "--nonsense", status=64), "nonsense")


def test_a_value_that_cannot_be_is_told_with_its_line(stage):
    e = stage.fresh()
    for program, key, value in (("liaison-broker", "http.listen", "0.0.0.0:5680"), ("liaison-broker", "broker.bind", "everywhere"),
                                ("liaison-broker", "log.level", "loud"), ("liaison-node", "log.format", "xml"), ("liaison-node", "log.level", "loud"),
                                ("liaison-node", "broker.host", "tcp://broker:5601"), ("liaison-node", "node.member", "not an id")):
        section, name = key.split(".")
        path = config(e, "value.toml", f'[{section}]\n{name} = "{value}"\n')
        contains(ran(e, program, "--check-config", "--config", path, status=78), f"value.toml:2: {key}", value)


def test_every_key_that_is_read_is_in_the_manual(stage):
    e = stage.fresh()
    manual = (ROOT / "deploy/OPERATING.md").read_text()
    for source in ("broker/config.cc", "nodes/config.cc", "nodes/cli/command_line.cc"):
        text = (ROOT / source).read_text()
        keys = re.findall(r'settings\.(?:text|text_required|number|path|choice|flag)\("([a-z_.]+)"', text)
        keys = ["cli.node", "cli.output", "cli.zone"] if source.startswith("nodes/cli") else keys   # read in a loop
        assert keys, source
        for key in keys:
            assert f"`{key}`" in manual, f"{source} reads {key}, which deploy/OPERATING.md does not explain"
            assert source.startswith("nodes/cli") or re.search(rf"^ *// {re.escape(key)}, .*(Default|Required)", text, re.M), f"{source}: {key}: unit, default?"
    assert e.members


def test_every_command_of_the_manual_is_one(stage):
    e = stage.fresh()
    manual = (ROOT / "deploy/OPERATING.md").read_text()
    blocks = "\n".join(re.findall(r"^```\n(.*?)^```", manual, re.M | re.S)).replace("\\\n", " ")
    commands = [line for line in blocks.splitlines() if line.startswith("liaison ")]
    commands += [text for text in re.findall(r"`(liaison [^`]*)`", manual) if " --" in text]
    assert len(commands) > 30
    for command in commands:
        words = re.match(r"liaison((?: [a-z]+)+)", command)[1].split()
        while words and e.run(*words, "--help", check=False).returncode != 0:
            words.pop()   # an argument, such as the answer `joins`
        text = e.run(*words, "--help").stdout
        assert words and "SUBCOMMAND" not in text, f"no such command: {command}"
        for option in re.findall(r" (--[a-z-]+)", command):
            assert re.search(rf"^ *(-\w,)?{option}\b", text, re.M), f"{option} is none of liaison {' '.join(words)}: {command}"


def test_every_key_of_the_manual_is_known(stage):
    e = stage.fresh()
    manual = (ROOT / "deploy/OPERATING.md").read_text()
    rows = re.findall(r"^\| ((?:`[a-z]+\.[a-z_]+`(?:, )?)+) \|", manual, re.M)
    keys = [key for row in rows for key in re.findall(r"`([a-z]+\.[a-z_]+)`", row)]
    assert len(keys) > 15
    for key in keys:
        section, name = key.split(".")
        if section == "cli":   # of the command line's own file
            continue
        path = config(e, "one-key.toml", f"[{section}]\n{name} = []\n")
        told = [ran(e, program, "--check-config", "--config", path, status=78) for program in ("liaison-broker", "liaison-node")]
        assert any("unknown key" not in text for text in told), f"the manual names {key}, which neither program knows"


def test_a_wrong_or_open_passphrase_file_is_refused(stage):
    e = stage.fresh()
    for program, name in (("liaison-broker", "broker.toml"), ("liaison-node", "node-1540.toml")):
        text = (e.folder / name).read_text()
        (e.folder / "other").write_text("not this one\n")
        (e.folder / "other").chmod(0o600)
        path = config(e, "p-" + name, text.replace('/passphrase"', '/other"'))
        contains(sentence(ran(e, program, "--config", path, status=78)), "passphrase")
        (e.folder / "passphrase").chmod(0o644)
        contains(sentence(ran(e, program, "--config", e.folder / name, status=78)), "passphrase", "E_PERMISSION")
        (e.folder / "passphrase").chmod(0o600)


def test_every_program_says_which_one_it_is(stage):
    e = stage.fresh()
    for program in ("liaison", "liaison-broker", "liaison-node"):
        lines = ran(e, program, "--version").splitlines()
        assert re.fullmatch(rf"{program} \d+\.\d+\.\d+", lines[0]) and lines[1] == "protocol 1", lines
        libraries = dict(line.split(" ", 1) for line in lines[2:])
        assert set(libraries) == {"libzmq", "flatbuffers", "openssl", "libsodium", "sqlite", "icu"}, lines
        assert all(re.fullmatch(r"\d+(\.\d+)+[a-z]?", number) for number in libraries.values()), lines
    assert ran(e, "liaison", "version") == ran(e, "liaison", "--version")
    assert json.loads(said(e, None, "-o", "json", "version")[0])["libraries"] == libraries


# --- one folder, one program

def test_a_second_broker_or_node_on_a_folder_is_refused_and_the_first_goes_on(stage):
    e = stage.fresh()
    e.start_all()
    contains(sentence(ran(e, "liaison-broker", "--config", e.folder / "broker.toml", status=73)), "another broker uses this folder", "E_LOCKED")
    contains(sentence(ran(e, "liaison-node", "--config", e.folder / "node-1540.toml", status=73)), "E_LOCKED")
    contains(sentence(ran(e, "liaison-broker", "--fsck", "--config", e.folder / "broker.toml", status=73)), "E_LOCKED")
    contains(sentence(ran(e, "liaison-node", "--rebuild", "--config", e.folder / "node-1540.toml", status=73)), "E_LOCKED")
    made = plan(e, "1540")
    arrived(e, made["id"], ["1267", "1373"])
    assert e.http_get("/livez")


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
    contains(e.http_get("/readyz?verbose"), "[+] roster: version 1, expires on", "[+] sign: ", "[+] store: ", "[+] clock: trusted", "[+] deliver: 3 of 3", "ready")
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


def raw_get(exchange, path):
    with socket.create_connection(("127.0.0.1", exchange.http), timeout=5) as s:
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while chunk := s.recv(65536):
            answer += chunk
    return answer.decode()


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
        as_whom = {"user": 65534, "group": 65534}
        for path in paths:
            os.chown(path, 65534, 65534)
    folders = [path for path in paths if path.is_dir() and path.name != "keys"]
    files = [path for path in paths if path.is_file() and "keys" not in path.parts and path.suffix in (".db", "")  and path.name != "passphrase"]
    for path in folders + files:
        path.chmod(0o500 if path.is_dir() else 0o400)
    text = ran(e, "liaison-broker", "--config", e.folder / "broker.toml", status=73, **as_whom)
    contains(sentence(text), str(e.folder / "broker"))
    for path in folders + files:
        path.chmod(0o700 if path.is_dir() else 0o600)


# --- new keys and rosters

def next_roster(e, number, *arguments, roots=("R1", "R2")):
    """Drafts the next version, has these roots sign it, and returns the note."""
    authority = e.folder / "authority"
    note, before = authority / f"roster-{number}.note", authority / f"roster-{number - 1}.note"
    e.run("authority", "roster", "next", "--from", before, *arguments, "--out", note)
    for root in roots:
        e.run("authority", "sign", note, "--root-id", root, "--key", authority / f"{root}.pem", "--previous", before, "--passphrase-file", e.folder / "passphrase")
    return note


def rotated(e, member, use):
    """The request file of a new key."""
    return e.run("node", "rotate", "--dir", e.node_folder(member), "--network", e.NETWORK, "--use", use,
                 "--passphrase-file", e.folder / "passphrase").stdout.strip()


def test_new_keys_come_by_a_new_roster_and_old_evidence_stays_good(stage):
    e = stage.fresh()
    e.start_all()
    old = plan(e, "1540", title="Under the old keys")
    arrived(e, old["id"], ["1267", "1373"])
    quiet(e)
    requests = []
    for member, use in (("1540", "sign"), ("1540", "hpke"), ("1267", "hpke")):
        requests += ["--rotate", rotated(e, member, use)]   # a running node takes up the new key files by itself
    size = e.status("1540")["log"]["size"]
    start = size + 6
    note = next_roster(e, 2, *requests, "--from-index", start, "--retire", f"1540-sign-1:{start}", "--retire", f"1540-hpke-1:{start}",
                       "--retire", f"1267-hpke-1:{start}")
    for member in ("1540", "1267"):
        wait_until(f"the keys at {member}", SECONDS, lambda m=member: "keys.taken_up" in logs(e)[f"node-{m}.log"])
    e.apply(note)
    for m in e.members:
        wait_until(f"roster 2 at {m}", SECONDS, lambda m=m: e.status(m)["roster"]["version"] == 2)
    made = [plan(e, m, title=f"Across the change {n}", first=f"20{40 + n}-03-08", last=f"20{40 + n}-03-12")
            for n in range(8) for m in ("1540", "1373")]
    for one in made:
        arrived(e, one["id"], e.members)
    quiet(e)
    assert e.status("1540")["log"]["size"] > start
    assert not [a for m in e.members for a in alarms(e, m)], [a["sentence"] for m in e.members for a in alarms(e, m)]
    for record in (old["id"], made[-2]["id"]):
        proof = e.folder / "proof.json"
        proof.write_text(said(e, "1540", "message", "prove", visit_at(e, "1540", record)["message_id"], "--open")[0])
        said(e, None, "verify", proof, "--fingerprint", e.fingerprint, "--open")
    for m in e.members:
        assert len(items(e, m, "visit", "list")) == 17
    # The key of now vouches for the next one, and not the one that has ended.
    note = next_roster(e, 3, "--rotate", rotated(e, "1540", "hpke"), "--from-index", e.status("1540")["log"]["size"])
    e.apply(note)
    wait_until("roster 3", SECONDS, lambda: e.status("1540")["roster"]["version"] == 3)
    arrived(e, plan(e, "1373", title="To the third key", first="2060-03-08", last="2060-03-12")["id"], e.members)
    quiet(e)
    assert not alarms(e, "1540")


def test_a_node_that_was_away_while_its_sign_key_was_retired_goes_on_with_the_new_one(stage):
    e = stage.fresh()
    e.start_all()
    request = rotated(e, "1540", "sign")
    e.stop("broker")
    made = [plan(e, "1540", title=f"Signed with the old key {n}", first=f"20{30 + n}-03-08", last=f"20{30 + n}-03-09") for n in range(5)]
    e.stop("node-1540")
    e.start_broker()
    wait_until("the others", SECONDS, lambda: e.linked("1373") and e.linked("1267"))
    size = e.status("1373")["log"]["size"]
    rows = [{"line": n + 1, "states": ["MNG"], "title": f"Of another {n}", "components": [{"start": f"{2030 + n // 12}-{n % 12 + 1:02}-05"}]} for n in range(600)]
    http(e, "1373", "POST", "/visits/import", {"rows": rows, "historical": False, "keep_going": False})
    wait_until("a long log", 60, lambda: e.status("1373")["outbox"]["queued"] == 0)
    e.apply(next_roster(e, 2, "--rotate", request, "--from-index", size, "--retire", f"1540-sign-1:{size}"))
    e.start_node("1540")
    for one in made:
        arrived(e, one["id"], ["1267", "1373"])
    quiet(e)
    assert not alarms(e, "1540"), alarms(e, "1540")
    assert e.status("1540")["publishing"]


def test_a_node_without_its_new_sealing_key_waits_for_it_and_loses_nothing(stage):
    e = stage.fresh()
    e.start_all()
    e.stop("node-1267")
    request = Path(rotated(e, "1267", "hpke"))
    key = next(e.node_folder("1267").glob("keys/hpke-*.pem"))
    aside = e.folder / key.name
    key.rename(aside)
    e.start_node("1267")
    e.apply(next_roster(e, 2, "--rotate", request, "--from-index", e.status("1540")["log"]["size"], "--retire", "1267-hpke-1:3"))
    found = wait_until("the alarm", SECONDS, lambda: [a for a in alarms(e, "1267") if a["kind"] == "own_key"])
    contains(found[0]["sentence"], "1267-hpke-2", "does not hold", "keys/")
    wait_until("roster 2", SECONDS, lambda: e.status("1540")["roster"]["version"] == 2)
    made = plan(e, "1540")
    arrived(e, made["id"], ["1373"])
    assert not visit_at(e, "1267", made["id"])
    aside.rename(key)
    wait_until("the plan", 60, lambda: visit_at(e, "1267", made["id"]))
    quiet(e)
    assert not alarms(e, "1267")


def test_a_new_connection_key_is_used_from_the_next_start_on(stage):
    e = stage.fresh()
    e.start_all()
    note = next_roster(e, 2, "--rotate", rotated(e, "1540", "curve"), "--from-index", e.status("1540")["log"]["size"])
    e.apply(note)
    wait_until("roster 2", SECONDS, lambda: e.status("1540")["roster"]["version"] == 2)
    e.stop("node-1540")
    e.start_nodes(["1540"])
    e.apply(next_roster(e, 3, "--retire", f"1540-curve-1:{e.status('1540')['log']['size']}"))
    wait_until("roster 3", SECONDS, lambda: e.status("1540")["roster"]["version"] == 3)
    arrived(e, plan(e, "1540")["id"], ["1267", "1373"])
    e.stop("node-1540")
    (e.node_folder("1540") / "keys/curve.key").unlink()
    e.start_nodes(["1540"])
    arrived(e, plan(e, "1540", title="Again", first="2029-03-08", last="2029-03-12")["id"], ["1267", "1373"])


def test_roots_change_by_both_thresholds_and_a_node_may_be_two_rosters_behind(stage):
    e = stage.fresh()
    e.start_all()
    e.stop("node-1373")
    authority, secret = e.folder / "authority", e.folder / "passphrase"
    vkey = e.run("authority", "root", "new", "--network", e.NETWORK, "--id", "R4", "--out", authority / "R4.pem", "--passphrase-file", secret).stdout.strip()
    change = ("--drop-root", "R1", "--drop-root", "R2", "--add-root", f"R4={vkey}")
    note = next_roster(e, 2, *change, roots=("R3", "R4"))   # enough of the new, one of the old
    contains(said(e, None, "broker", "apply", "--dir", e.folder / "broker", note, status=65)[1], "signed by 1 of the roots of version 1", "[E_ROSTER]")
    out = e.run("authority", "sign", note, "--root-id", "R1", "--key", authority / "R1.pem", "--previous", authority / "roster-1.note",
                "--passphrase-file", secret).stdout
    contains(out, "2 of 2 roots of this version, 2 needed: enough", "2 of 3 roots of the version before, 2 needed: enough")
    e.apply(note)
    said(e, None, "broker", "apply", "--dir", e.folder / "broker", next_roster(e, 3, roots=("R3",)), status=65)
    (authority / "roster-3.note").unlink()
    e.apply(next_roster(e, 3, roots=("R3", "R4")))
    one = plan(e, "1540")
    e.start_nodes(["1373"])
    arrived(e, one["id"], e.members)
    assert e.status("1373")["roster"]["version"] == 3
    for member in e.members:   # what is in force is at hand for the next start and for `node rotate`
        wait_until("the notes", SECONDS, lambda m=member: (e.node_folder(m) / "trust/roster-3.note").exists())
    assert sorted(p.name for p in (e.folder / "broker/rosters").glob("roster-*")) == ["roster-1.note", "roster-2.note", "roster-3.note"]
    # a new node of an old exchange: all notes and the fingerprint
    fresh = e.folder / "fresh"
    e.run("node", "init", "--dir", fresh, "--network", e.NETWORK, "--member", "1540", "--passphrase-file", secret)
    notes = [e.folder / f"broker/rosters/roster-{n}.note" for n in (1, 2, 3)]
    e.run("node", "trust", "--dir", fresh, *notes, "--fingerprint", e.fingerprint)
    refused(e, None, 65, "node", "trust", "--dir", fresh, notes[0], notes[2], "--fingerprint", e.fingerprint)


def test_a_roster_that_does_not_follow_is_refused(stage):
    e = stage.fresh()
    e.start_all()
    authority = e.folder / "authority"
    note = authority / "one.note"
    e.run("authority", "roster", "next", "--from", authority / "roster-1.note", "--out", note)
    e.run("authority", "sign", note, "--root-id", "R1", "--key", authority / "R1.pem", "--previous", authority / "roster-1.note", "--passphrase-file", e.folder / "passphrase")
    err = said(e, None, "broker", "apply", "--dir", e.folder / "broker", note, status=65)[1]
    contains(err, "signatures" if "signatures" in err else "roots", "[E_")
    note.write_text(note.read_text().replace("version 2", "version 3"))
    said(e, None, "broker", "apply", "--dir", e.folder / "broker", note, status=65)
    size = e.status("1540")["log"]["size"]
    policy = authority / "policy-2.policy"
    e.run("authority", "policy", "next", "--from", e.policy, "--out", policy)
    note = authority / "two.note"
    e.run("authority", "roster", "next", "--from", authority / "roster-1.note", "--policy", policy, "--out", note)
    e.run("authority", "sign", note, "--root-id", "R1", "--key", authority / "R1.pem", "--passphrase-file", e.folder / "passphrase")
    said(e, None, "broker", "apply", "--dir", e.folder / "broker", note, policy, status=65)
    assert e.status("1540")["log"]["size"] == size, "a policy was logged for a roster that was refused"
    # two rosters of one version: the second is refused and kept
    e.apply(next_roster(e, 2))
    other = authority / "other.note"
    e.run("authority", "roster", "next", "--from", authority / "roster-1.note", "--expires-days", "30", "--out", other)
    for root in ("R1", "R2"):
        e.run("authority", "sign", other, "--root-id", root, "--key", authority / f"{root}.pem", "--passphrase-file", e.folder / "passphrase")
    contains(said(e, None, "broker", "apply", "--dir", e.folder / "broker", other, status=65)[1], "version 2 is held with another text")
    kept = list((e.folder / "broker/rosters").glob("refused-*.note"))
    assert len(kept) == 1 and kept[0].read_text() == other.read_text()
    made = plan(e, "1540")
    arrived(e, made["id"], ["1267", "1373"])


def test_a_revoked_key_stops_its_node_with_the_reason(stage):
    e = stage.fresh()
    e.start_all()
    plan(e, "1540", title="Before")
    quiet(e)
    size = e.status("1540")["log"]["size"]
    e.apply(next_roster(e, 2, "--revoke", f"1540-sign-1:{size}:compromise"))
    wait_until("roster 2 at 1540", SECONDS, lambda: e.status("1540")["roster"]["version"] == 2)
    plan(e, "1540", title="After", first="2029-01-01", last="2029-01-02")
    status = wait_until("the reason", SECONDS, lambda: not e.status("1540")["publishing"] and e.status("1540"))
    contains(status["publishing_stopped_because"], "key")
    contains(said(e, "1540", "status")[0], "publishing  STOPPED: ")
    made = plan(e, "1373", title="The others go on", first="2030-01-01", last="2030-01-02")
    arrived(e, made["id"], ["1267", "1540"])
    assert not items(e, "1373", "visit", "list", "--text", "After")
    assert not any(v.get("compromised") for v in items(e, "1373", "visit", "list"))


def test_what_a_revoked_key_signed_stays_and_is_shown_as_that(stage):
    e = stage.fresh()
    e.start_all()
    good = plan(e, "1540", title="Before the theft")
    arrived(e, good["id"], e.members)
    quiet(e)
    size = e.status("1540")["log"]["size"]
    bad = plan(e, "1540", title="After the theft", first="2029-01-01", last="2029-01-02")
    arrived(e, bad["id"], ["1267", "1373"])
    quiet(e)
    fresh = rotated(e, "1540", "sign")
    now = e.status("1540")["log"]["size"]
    e.apply(next_roster(e, 2, "--revoke", f"1540-sign-1:{size}:compromise", "--rotate", fresh, "--from-index", now))
    for m in e.members:
        wait_until(f"roster 2 at {m}", SECONDS, lambda m=m: e.status(m)["roster"]["version"] == 2)
        shown = visit_at(e, m, bad["id"])
        assert shown["compromised"] and not visit_at(e, m, good["id"]).get("compromised") and shown["title"] == "After the theft"
        found = wait_until(f"the alarm at {m}", SECONDS, lambda m=m: [a for a in alarms(e, m) if a["kind"] == "compromised_key"])
        contains(found[0]["sentence"], "1540-sign-1", f"entry {size}", "compromise")
        contains(said(e, m, "visit", "show", bad["id"])[0], "WARNING", "compromised key")
        contains(said(e, m, "visit", "list")[0], "COMPROMISED KEY")
        contains(said(e, m, "message", "list", "--direction", "all")[0], "COMPROMISED KEY")
        contains(said(e, m, "-o", "json", "message", "trace", shown["message_id"])[0], "was revoked since")
        contains(said(e, m, "message", "show", shown["message_id"])[0], "WARNING")
    arrived(e, plan(e, "1540", title="With the new key", first="2031-01-01", last="2031-01-02")["id"], e.members)   # it goes on by itself


if __name__ == "__main__":
    run(globals(), sys.argv[2:], begin, end)
