# SPDX-License-Identifier: Apache-2.0
"""What the tests of nodes/clients stand on: two languages, and an exchange of which the third member runs nothing but examples."""
import json
import os
import subprocess
import sys
from pathlib import Path

from exchange import Exchange, wait_until

TOP = Path(__file__).resolve().parents[2]
CLIENTS = TOP / "nodes/clients"
CONTACT = {"title": "Point of contact of Mongolia", "states": ["MNG"], "status": "named", "function": "national", "office": "Ministry, arms control desk",
           "personal_note": "the office only"}
HEAD = {"paragraph": "S/RES/1977 (2011), paragraph 14", "contact": "1373 Executive Directorate, contacts desk"}
TEST_SECONDS_MAX = 240


class Language:
    """How its examples are run, and what it asks for first."""

    def __init__(self, name, ending, command, env=None):
        self.name, self.ending, self.command, self.env = name, ending, command, dict(os.environ, **(env or {}))

    def start(self, example, *arguments, **how):
        file = CLIENTS / self.name / "examples" / f"{example}{self.ending}"
        return subprocess.Popen([*self.command, str(file), *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=self.env, **how)

    def run(self, example, *arguments, given="", fails=False):
        """What it prints; with `fails` what it says on standard error."""
        process = self.start(example, *arguments)
        out, error = process.communicate(given, timeout=TEST_SECONDS_MAX)
        assert (process.returncode != 0) == fails, f"{example} ended with {process.returncode}: {out}{error}"
        return error if fails else out

    def drive(self, folder, secret, cursor=None):
        """A member that does as it is told: drive.py or drive.mjs, which stand beside this."""
        return Driven(subprocess.Popen([*self.command, str(TOP / f"tests/clients/drive{self.ending}"), str(folder), str(secret), *map(str, cursor or [])],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.env))

    def examples(self):
        return {file.stem for file in (CLIENTS / self.name / "examples").iterdir() if file.suffix == self.ending}


class Driven:
    def __init__(self, process):
        self.process = process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def __call__(self, do, **given):
        self.process.stdin.write(json.dumps({"do": do, **given}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"it ended in {do}"
        return json.loads(line)

    def contact(self, title, times=1):
        return self("make", kind="contact", fields=dict(CONTACT, **HEAD, title=title), times=times)


PYTHON = Language("python", ".py", ["/usr/bin/python3"], {"PYTHONPATH": str(CLIENTS / "python")})
NODE = Language("node", ".mjs", ["node"])
LANGUAGES = [language for language in (PYTHON, NODE) if language.name in (sys.argv[3:4] or ["python", "node"])]   # as run.py was given them


class World(Exchange):
    """1267 and 1540 run liaison-node; 1373's folder is made by an example, and it runs nothing but examples."""

    def __init__(self, folder, programs, language):
        super().__init__(folder, programs)
        self.language = language
        self.make()
        self.start_broker()
        self.apply(self.folder / "authority/roster-1.note", self.policy)
        self.start_nodes(["1267", "1540"])

    def run(self, *arguments, **how):
        if arguments[:2] == ("node", "init") and "1373" in arguments:
            said = self.language.run("wire_enrol", self.node_folder("1373"), self.NETWORK, "1373", self.folder / "passphrase")
            assert said == f"give {self.node_folder('1373')}/1373.request to the authority\n", said
            return None
        return super().run(*arguments, **how)

    def local(self, example, member, *arguments, **how):
        return self.language.run(example, self.socket(member), *arguments, **how)

    def wire(self, example, *arguments, language=None, **how):
        return (language or self.language).run(example, self.node_folder("1373"), self.folder / "passphrase", *arguments, **how)

    def plan(self, state, first, last, title):
        said = self.local("plan_visit", "1540", state, first, last, title)
        return next(line.split()[1] for line in said.splitlines() if line.startswith("planned"))

    def visits(self, member="1540"):
        return self.api(member, "GET", "/visits?limit=500")["items"]

    def known_at(self, member, record):
        noun = "visit" if "-V-" in record else "record"
        return wait_until(f"{record} at {member}", 30, lambda: self.run("--node", self.socket(member), "-o", "json", noun, "show", record,
                                                                        check=False).returncode == 0)
