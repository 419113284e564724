# SPDX-License-Identifier: Apache-2.0
"""Completion in a real bash on a terminal of its own, as an officer types: words, options, ids from the running node, silence without one.
Usage: officers_shell.py PROGRAMS [NAME...]   Ends with "N passed, N failed"."""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import arrived, contains, end_exchange, one_exchange, plan, run, said  # noqa: E402

EVERY = "\x1b*"   # readline: type out everything that is offered


class Bash:
    """An interactive bash that has sourced the script. `completed` types a line and a key, and returns the words that stand there then."""

    def __init__(self, e, node=None, folder=None):
        env = {"PATH": f"{e.programs}:{os.environ['PATH']}", "HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent", "TERM": "dumb", "INPUTRC": "/dev/null",
               "PS1": "", "LC_ALL": "C.UTF-8", **({"LIAISON_NODE": node} if node else {})}
        self.terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(["bash", "--norc", "--noprofile", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=folder,
                                        start_new_session=True)
        os.close(theirs)
        self.said = ""
        self.type("bind 'set enable-bracketed-paste off'; bind 'set bell-style none'; PS2=; source <(liaison completion bash); echo rea''dy\n", "ready")

    def type(self, keys, until):
        start = len(self.said)
        os.write(self.terminal, keys.encode())
        end = time.monotonic() + 30
        while until not in self.said[start:]:
            assert select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0], f"bash said only {self.said[start:]!r}"
            self.said += os.read(self.terminal, 65536).decode(errors="replace")
        return self.said[start:]

    def completed(self, line, key="\t"):
        """Ctrl-A puts a command before the line that shows its words, each on a line of its own."""
        shown = self.type(f"{line}{key}\x01printf '<%s>\\n' \x05 e''nd\n", "<end>")
        words = [word for word in re.findall(r"<([^<>\r\n]*)>", shown) if word != "%s"]
        assert "rror" not in shown and "hint:" not in shown, shown
        return words[:-1]

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


def in_bash(e, node=None, folder=None):
    shell = Bash(e, node, folder)
    e.shells = getattr(e, "shells", []) + [shell]
    return shell


def end_all(e):
    for shell in getattr(e, "shells", []):
        shell.close()
    end_exchange(e)


def test_words_and_options_complete(e):
    bash = in_bash(e)
    assert bash.completed("liaison confl") == ["liaison", "conflicts"]
    assert bash.completed("liaison visit hi") == ["liaison", "visit", "history"]
    assert bash.completed("liaison broker clock ") == ["liaison", "broker", "clock", "confirm"]
    assert bash.completed("liaison visit plan --ti") == ["liaison", "visit", "plan", "--title"]
    assert bash.completed("liaison nonsense visit ") == ["liaison", "nonsense", "visit"]
    every = bash.completed("liaison ", EVERY)
    assert {"visit", "conflicts", "message", "status", "completion", "man"} <= set(every) and "__complete" not in every, every


def test_words_of_values_complete_also_behind_a_colon_and_an_equals_sign(e):
    bash = in_bash(e)
    assert bash.completed("liaison visit plan --kind inv") == ["liaison", "visit", "plan", "--kind", "invited_visit"]
    assert bash.completed("liaison visit plan --kind=inv") == ["liaison", "visit", "plan", "--kind=invited_visit"]
    assert bash.completed("liaison visit plan --title 'One: two' --participant UNODC:par") == ["liaison", "visit", "plan", "--title", "One: two", "--participant",
                                                                                             "UNODC:participates"]
    assert bash.completed("liaison visit plan --component virt", "\t2027") == ["liaison", "visit", "plan", "--component", "virtual,2027"]
    assert bash.completed("liaison visit answer X ", EVERY)[4:] == ["advises", "comments", "declines", "joins", "objects"]
    assert bash.completed("liaison -o nd") == ["liaison", "-o", "ndjson"]


def test_files_and_folders_complete_where_they_are_taken(e):
    folder = Path(tempfile.mkdtemp(prefix="liaison-"))
    (folder / "visits of 2027.csv").touch()
    (folder / "broker-folder").mkdir()
    bash = in_bash(e, folder=folder)
    assert bash.completed("liaison visit import vis") == ["liaison", "visit", "import", "visits of 2027.csv"]
    assert bash.completed("liaison broker status --dir bro") == ["liaison", "broker", "status", "--dir", "broker-folder/"]
    assert bash.completed("liaison message prove x --out=vis") == ["liaison", "message", "prove", "x", "--out=visits of 2027.csv"]
    assert bash.completed("liaison visit plan --title vis") == ["liaison", "visit", "plan", "--title", "vis"]
    shutil.rmtree(folder)


def test_ids_come_from_the_running_node(e):
    one = plan(e, "1540", "--aim", "action_plan", title="Ids")["id"]
    two = plan(e, "1373", state="UZB", first="2027-05-03", last="2027-05-04", title="Others' ids")["id"]
    arrived(e, two, ["1540"])
    bash = in_bash(e, e.socket("1540"))
    assert bash.completed(f"liaison visit show {one[:8]}") == ["liaison", "visit", "show", one]
    assert bash.completed("liaison visit answer 1373") == ["liaison", "visit", "answer", two]
    assert set(bash.completed("liaison conflicts --visit ", EVERY)[3:]) == {one, two}
    message = e.cli("1540", "message", "list", "--direction", "sent", "--kind", "visit.plan")["items"][0]["id"]
    assert bash.completed(f"liaison message trace {message[:6]}") == ["liaison", "message", "trace", message[:12]]
    # The line's own node wins.
    other = in_bash(e, "/nonexistent/1540.sock")
    assert other.completed(f"liaison --node {e.socket('1540')} visit show 1540-V")[-1] == one
    out, err = said(e, "1540", "visit", "show", one)
    contains(out, "Ids")


def test_nothing_is_said_and_nothing_offered_when_no_node_answers(e):
    for node in (None, "/nonexistent/1540.sock"):
        bash = in_bash(e, node)
        assert bash.completed("liaison visit show 15") == ["liaison", "visit", "show", "15"]
        assert bash.completed("liaison visit show ", EVERY) == ["liaison", "visit", "show"]
        done = subprocess.run([e.program("liaison"), "__complete", "--", "visit", "show", ""], capture_output=True, text=True,
                              env=dict(os.environ, **({"LIAISON_NODE": node} if node else {})))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


if __name__ == "__main__":
    run(globals(), sys.argv[2:], one_exchange, end_all)
