# SPDX-License-Identifier: Apache-2.0
"""Configuration files, the manual, and programs that are started wrongly.
Usage: operators_configuration.py PROGRAMS [NAME...]   Ends with "N passed, N failed"."""
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import ROOT, Stage, arrived, contains, plan, ran, run, said, sentence  # noqa: E402


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


def test_every_key_of_a_connector_is_in_the_manual(stage):
    manual = (ROOT / "deploy/OPERATING.md").read_text()
    text = (ROOT / "nodes/connectors/connector_config.cc").read_text()
    keys = set(re.findall(r'at_ \+ "([a-z_]+)"', text)) | set(re.findall(r'(?:path|text)_required\("([a-z_]+)"', text))
    assert len(keys) > 10
    for key in keys:
        assert re.search(rf"^\|.*`{key}`", manual, re.M), f"[connectors.NAME] {key} is not in deploy/OPERATING.md"
        assert re.search(rf"// connectors\.NAME\.{key}, ", text), f"connectors.NAME.{key}: what is it, in which unit?"


def test_every_command_of_the_manual_is_one(stage):
    e = stage.fresh()
    manual = (ROOT / "deploy/OPERATING.md").read_text()
    blocks = "\n".join(re.findall(r"^```\n(.*?)^```", manual, re.M | re.S)).replace("\\\n", " ")
    commands = [line for line in blocks.splitlines() if line.startswith("liaison ")]
    commands += [text for text in re.findall(r"`(liaison [^`]*)`", manual) if " --" in text]
    assert len(commands) > 30
    for command in commands:
        words = re.match(r"liaison((?: [a-z][a-z-]*)+)", command)[1].split()
        while words and e.run(*words, "--help", check=False).returncode != 0:
            words.pop()   # an argument, such as the answer `joins`
        text = e.run(*words, "--help").stdout
        assert words and "SUBCOMMAND" not in text, f"no such command: {command}"
        for option in re.findall(r" (--[a-z-]+)", command):
            assert re.search(rf"^ *(-\w,)?{option}\b", text, re.M), f"{option} is none of liaison {' '.join(words)}: {command}"


def test_every_key_of_the_manual_is_known(stage):
    e = stage.fresh()
    manual = (ROOT / "deploy/OPERATING.md").read_text()
    tables = re.findall(r"^\| [a-z]+\.toml \|.*\n(?:\|.*\n)+", manual, re.M)
    assert len(tables) == 3
    rows = re.findall(r"^\| ((?:`[a-z]+\.[a-z_]+`(?:, )?)+) \|", "".join(tables), re.M)
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


if __name__ == "__main__":
    run(globals(), sys.argv[2:], lambda: Stage(sys.argv[1]), Stage.close)
