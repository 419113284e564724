# SPDX-License-Identifier: Apache-2.0
"""Who knocks at a member's port: strangers without a key, a thief with a revoked one, and a node that asks for more than its places or calls itself
what it likes (PROTOCOL 11). Each has a broker of its own, and another committee is served all the time."""
import copy
import ctypes
import os
import socket
import struct
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from liaison_wire import crypto as c
from liaison_wire import node as lc
from liaison_wire import wire
from exchange import wait_until

HERE = "127.0.0.1"
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"CURVE".ljust(20, b"\0") + bytes(32)


@contextmanager
def another_world(of):
    """A world like the given one, for what would leave its marks in it."""
    with tempfile.TemporaryDirectory() as folder:
        world = type(of)(Path(folder) / "x", of.exchange.programs)
        try:
            world.bystander("1373").ask(wire.CHECKPOINT)   # the ports are there
            yield world
            world.bystander("1373").ask(wire.CHECKPOINT)
            world.exchange.alive("broker")
        finally:
            world.close()


def knock(world, member="1373", keys=None, claim=None):
    """A new connection that has asked once; nothing when it is not answered. `claim`: the routing id that it gives itself."""
    class Claiming(lc.Node):
        def new_socket(self):
            made = super().new_socket()
            if claim is not None:
                made.routing_id = claim
            return made
    node = Claiming(member, keys or world.keys[member], world.charter.notes, world.genesis)
    try:
        node.ask(wire.CHECKPOINT, timeout_ms=1000)
        return node
    except TimeoutError:
        node.close()
        return None


def metric(world, name):
    page = world.exchange.http_get("/metrics")
    return next(float(line.split()[-1]) for line in page.splitlines() if line.startswith(name))


def stranger(world, says=b"", member="1373"):
    s = socket.create_connection((HERE, world.exchange.ports[member]))
    s.sendall(says)
    return s


def test_a_claimed_routing_id_is_nobodys(world):
    """One of the ids that an unseeded libzmq would give out soon ended the broker."""
    libc = ctypes.CDLL("libc.so.6")
    libc.srand(1)
    firsts = [libc.rand() | libc.rand() << 31 for _ in range(3)]
    with another_world(world) as w:
        claims = [b"\0" + struct.pack(">I", first + 5 & 0xffffffff) for first in firsts] + [b"mine!"]
        nodes = [knock(w, claim=claim) for claim in claims]
        assert all(nodes), "what a peer calls itself is no matter"
        for node in nodes:
            node.ask(wire.CHECKPOINT)
        for node in nodes:
            node.close()
        for _ in range(8):
            wait_until("a place", 5, lambda: metric(w, 'liaison_broker_connected_peers{committee="1373"}') < 4)
            knock(w).close()


def test_a_revoked_key_loses_its_connections_and_their_places(world):
    with another_world(world) as w:
        thief = [w.node("1373") for _ in range(4)]
        new = copy.copy(w.keys["1373"])
        new.curve = c.new_agreement_key()
        w.charter.extra_keys.append(w.charter.key_line("k1373c2", "1373", "curve", c.raw(new.curve)))
        line = w.charter.key_line("k1373c", "1373", "curve", c.raw(w.keys["1373"].curve))
        w.charter.changed_lines["k1373c"] = line.replace("status=active", "trusted-below=2 status=revoked reason=compromise")
        w.next_roster()
        honest = wait_until("the new key to be served", 10, lambda: knock(w, keys=new))
        honest.whoami()
        for node in thief:
            node.close()


def test_strangers_do_not_hide_connections_beyond_the_places(world):
    with another_world(world) as w:
        good = [knock(w) for _ in range(4)]
        assert all(good) and knock(w) is None
        for _ in range(4):
            rude = [stranger(w, b"GET / HTTP/1.0\r\n\r\n") for _ in range(6)]
            time.sleep(0.1)
            for one in rude:
                one.close()
            assert knock(w) is None
        for node in good:
            node.ask(wire.CHECKPOINT)


def test_idle_strangers_do_not_keep_a_member_out(world):
    with another_world(world) as w:
        idle = [stranger(w) for _ in range(300)]
        for _ in range(3):
            node = wait_until("the member's node to be served", 10, lambda: knock(w))
            node.close()
        assert metric(w, "liaison_broker_unproven_cut_total") >= 100
        for one in idle:
            one.close()


def test_unfinished_handshakes_cost_little_memory(world):
    """G7: 64 MiB while nobody is authenticated. Each stranger starts one command of 128 KiB and leaves it so."""
    with another_world(world) as w:
        statm = Path(f"/proc/{w.exchange.processes['broker'].pid}/statm")
        command = b"\x06" + struct.pack(">Q", 131_000) + b"\x55" * 130_900
        held, peak = [], 0
        for i in range(600):
            try:
                held.append(stranger(w, GREETING + command))
            except OSError:
                pass   # cut while it sent
            if i % 20 == 0:
                peak = max(peak, int(statm.read_text().split()[1]) * os.sysconf("SC_PAGESIZE") >> 20)
        for one in held:
            one.close()
        assert peak < 64, f"{peak} MiB"
