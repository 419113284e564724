# SPDX-License-Identifier: Apache-2.0
"""A whole exchange on this machine, made and run with the three programs only: roots, roster, policy, a broker, nodes.
The demo, the bench's driver and the tests stand on it. Folder: authority/, broker/, node-<member>/, <member>.sock."""
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
POLICY = ROOT / "deploy/policy/default.policy"


class Failed(Exception):
    """What went wrong, in a sentence for people."""


def is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count):
    """Below those that the system gives to outgoing connections, so that nobody takes one before it is used."""
    ports = []
    for port in random.sample(range(10240, 32768), 4096):
        if is_free(port):
            ports.append(port)
        if len(ports) == count:
            return ports
    raise Failed(f"this machine has no {count} free ports")


def wait_until(what, seconds, condition, step=0.05):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(step)
    raise Failed(f"gave up after {seconds} s waiting for {what}")


class Exchange:
    NETWORK = "demo.liaison.example"
    OFFICES = {"1540": "1540 Committee secretariat, visits desk, extension 1540",
               "1267": "1267 Monitoring Team, visits desk, extension 1267",
               "1373": "1373 Executive Directorate, visits desk, extension 1373"}

    def __init__(self, folder, programs, members=("1267", "1373", "1540"), ports=None, quota=None):
        self.folder, self.programs, self.members = Path(folder).resolve(), Path(programs).resolve(), list(members)
        self.quota = quota or {}
        self.env = {}               # added to the environment of the programs that are started
        self.envs = {}              # the same for one of them: {"node-1540": {...}}
        self.broker_settings = ""   # more lines for broker.toml
        self.node_settings = {}     # the same for the node of a member
        self.policy = None
        self.processes = {}
        facts = self.folder / "exchange.json"
        if facts.exists():
            saved = json.loads(facts.read_text())
            self.ports, self.http, self.fingerprint = saved["ports"], saved["http"], saved["fingerprint"]
        else:
            ports = ports or free_ports(len(self.members) + 1)
            self.ports, self.http, self.fingerprint = dict(zip(self.members, ports)), ports[-1], None

    # --- paths and programs

    def program(self, name):
        return str(self.programs / name)

    def socket(self, member):
        # A Unix socket's path has at most 107 bytes: relative to the working folder when that is shorter.
        path = self.folder / f"{member}.sock"
        return min((str(path), os.path.relpath(path)), key=len)

    def run(self, *arguments, check=True, text_input=None):
        done = subprocess.run([self.program("liaison"), *map(str, arguments)], capture_output=True, text=True, input=text_input)
        if check and done.returncode != 0:
            raise Failed(f"liaison {' '.join(map(str, arguments))}: {done.stderr.strip() or done.returncode}")
        return done

    def cli(self, member, *arguments, check=True):
        """Runs the command line against a member's node and returns its JSON."""
        done = self.run("--node", self.socket(member), "-o", "json", *arguments, check=check)
        return json.loads(done.stdout) if done.stdout.strip() else None

    # --- making

    def make(self, policy=POLICY):
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = self.folder / "authority"
        authority.mkdir(mode=0o700)
        secret = self.secret("passphrase")
        roots = []
        for i in (1, 2, 3):
            vkey = self.run("authority", "root", "new", "--network", self.NETWORK, "--id", f"R{i}", "--out", authority / f"R{i}.pem",
                            "--passphrase-file", secret).stdout.strip()
            roots.append(f"R{i}={vkey}")
        broker = self.folder / "broker"
        self.run("broker", "init", "--dir", broker, "--network", self.NETWORK, "--id", "B1", "--passphrase-file", secret)
        members = []
        for m in self.members:
            self.run("node", "init", "--dir", self.node_folder(m), "--network", self.NETWORK, "--member", m,
                     "--contact", self.OFFICES.get(m, f"{m} office"), "--passphrase-file", secret)
            members.append(f"{self.node_folder(m) / (m + '.request')}:{self.ports[m]}:127.0.0.0/8")
        self.make_roster(authority, roots, broker, members, policy)
        for m in self.members:
            self.run("node", "trust", "--dir", self.node_folder(m), authority / "roster-1.note", "--fingerprint", self.fingerprint)
            self.write_node_config(m)
        self.write_broker_config()
        (self.folder / "exchange.json").write_text(json.dumps({"ports": self.ports, "http": self.http, "fingerprint": self.fingerprint}))

    def make_roster(self, authority, roots, broker, members, policy):
        note = authority / "roster-1.note"
        arguments = ["authority", "roster", "new", "--network", self.NETWORK, "--threshold", "2", "--broker", broker / "broker.request",
                     "--policy", policy, "--expires-days", "90", "--out", note]
        for root in roots:
            arguments += ["--root", root]
        for member in members:
            arguments += ["--member", member]
        self.run(*arguments)
        for root in ("R1", "R3"):   # two of three; the note travels from machine to machine as a file
            self.run("authority", "sign", note, "--root-id", root, "--key", authority / f"{root}.pem", "--passphrase-file",
                     self.folder / "passphrase")
        self.fingerprint = self.run("authority", "fingerprint", note).stdout.replace(" ", "").strip()
        self.policy = policy

    def copied_to(self, folder):
        """The same exchange, which must be stopped, in another folder: made once, tried many times."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("*.sock", "*.log"))
        other = Exchange(folder, self.programs, self.members, quota=self.quota)
        other.policy = self.policy
        other.write_broker_config()
        for m in self.members:
            other.write_node_config(m)
        return other

    def secret(self, name):
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(os.urandom(24).hex() + "\n")
        return path

    def node_folder(self, member):
        return self.folder / f"node-{member}"

    def write_broker_config(self):
        quota = "".join(f"{k} = {v}\n" for k, v in self.quota.items())
        (self.folder / "broker.toml").write_text(
            f'[broker]\nfolder = "{self.folder}/broker"\nbind = "127.0.0.1"\n\n[http]\nlisten = "127.0.0.1:{self.http}"\n\n'
            f'[keys]\npassphrase_file = "{self.folder}/passphrase"\n\n[quota]\n{quota}\n[log]\nformat = "json"\n{self.broker_settings}')

    def write_node_config(self, member):
        quota = "".join(f"{k} = {v}\n" for k, v in self.quota.items())
        (self.folder / f"node-{member}.toml").write_text(
            f'[node]\nmember = "{member}"\nfolder = "{self.node_folder(member)}"\ncontact = "{self.OFFICES.get(member, member + " office")}"\n\n'
            f'[broker]\nhost = "127.0.0.1"\n\n[api]\nsocket = "{self.socket_setting(member)}"\n\n'
            f'[keys]\npassphrase_file = "{self.folder}/passphrase"\n\n[quota]\n{quota}\n[log]\nformat = "json"\n{self.node_settings.get(member, "")}')

    def socket_setting(self, member):
        return self.folder / f"{member}.sock"

    # --- the local API of a member's node

    def api(self, member, method, path, body=None, request_id=None):
        """The answer as JSON. The socket is the node's own; nothing else listens there."""
        line = http.client.HTTPConnection("localhost")
        line.sock = socket.socket(socket.AF_UNIX)
        line.sock.connect(str(self.socket(member)))
        headers = {"Idempotency-Key": request_id} if request_id else {}
        line.request(method, "/api/v1" + path, None if body is None else json.dumps(body), headers)
        answer = line.getresponse()
        text = answer.read()
        line.close()
        if answer.status // 100 != 2:
            raise Failed(f"{method} {path} at {member}: {text.decode()[:2000]}")
        return json.loads(text)

    # --- running

    def start(self, name, *arguments):
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(list(arguments), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                                    env=dict(os.environ, **self.env, **self.envs.get(name, {})))

    def start_broker(self, wait=True):
        self.start("broker", self.program("liaison-broker"), "--config", str(self.folder / "broker.toml"))
        if wait:
            wait_until("the broker to answer", 20, lambda: self.alive("broker") and (self.folder / "broker/control.sock").exists() and self.http_get("/livez"))

    def apply(self, *files):
        self.run("broker", "apply", "--dir", self.folder / "broker", *files)

    def start_node(self, member, wait=True):
        self.start(f"node-{member}", self.program("liaison-node"), "--config", str(self.folder / f"node-{member}.toml"))
        if wait:
            wait_until(f"the node of {member} to answer", 20, lambda: self.alive(f"node-{member}") and self.status(member))

    def start_nodes(self, members=None):
        """All at once; comes back when each has the roster and the policy from the broker."""
        for member in members or self.members:
            self.start_node(member, wait=False)
        for member in members or self.members:
            wait_until(f"the node of {member} to reach the broker", 30, lambda m=member: self.alive(f"node-{m}") and self.linked(m))

    def start_all(self):
        self.start_broker()
        self.apply(self.folder / "authority/roster-1.note", self.policy)
        self.start_nodes()

    def alive(self, name):
        process = self.processes[name]
        if process.poll() is not None:
            tail = (self.folder / f"{name}.log").read_text(errors="replace").strip().splitlines()[-3:]
            raise Failed(f"{name} ended with status {process.returncode}: " + " | ".join(tail))
        return True

    def status(self, member):
        done = self.run("--node", self.socket(member), "-o", "json", "status", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def linked(self, member):
        status = self.status(member)
        return status and status["link"]["state"] == "up" and status["log"]["size"] >= 2 and status

    def http_get(self, path):
        try:
            with socket.create_connection(("127.0.0.1", self.http), timeout=2) as s:
                s.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.http}\r\nConnection: close\r\n\r\n".encode())
                answer = b""
                while chunk := s.recv(65536):
                    answer += chunk
        except OSError:
            return None
        head, _, body = answer.partition(b"\r\n\r\n")
        return body.decode() if b" 200 " in head.split(b"\r\n")[0] else None

    def kill(self, name):
        self.processes[name].kill()
        self.processes[name].wait()

    def stop(self, name, seconds=15):
        process = self.processes.pop(name, None)
        if not process or process.poll() is not None:
            return process.returncode if process else None
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failed(f"{name} did not end within {seconds} s of SIGTERM") from None

    def stop_all(self):
        """The broker last. One that does not end keeps none of the others running."""
        stuck = []
        for name in sorted(self.processes, key=lambda n: n == "broker"):
            try:
                self.stop(name)
            except Failed as failed:
                stuck.append(str(failed))
        if stuck:
            raise Failed("; ".join(stuck))
