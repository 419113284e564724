# SPDX-License-Identifier: Apache-2.0
"""Fixed keys, a roster and a policy for tests/vectors, made from small numbers."""
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from zmq.utils import z85
from liaison_wire import crypto as c


NETWORK = "vectors.liaison.example"
NOW = 1_800_000_000_000


def signing(n):
    return Ed25519PrivateKey.from_private_bytes(c.sha256(b"sign", bytes([n])))


def agreement(n):
    return X25519PrivateKey.from_private_bytes(c.sha256(b"agree", bytes([n])))


def curve_text(n):
    return z85.encode(c.raw(agreement(n))).decode()


def root_vkey(n):
    return c.make_vkey(f"{NETWORK}/root/{n}", 1, c.raw(signing(100 + n)))


LOG_VKEY = c.make_vkey(f"{NETWORK}/log/1", 1, c.raw(signing(91)))
MEMBERS = ("1267", "1373", "1540")
POLICY = ('liaison-policy/v1\nversion 1\nprevious -\nmarking public committees named\nkind receipt visit.answer visit.plan\n'
          'encrypt public except receipt\n'
          'allow answers publish * visit.answer <=named to * under "S/RES/1977 (2011) 19: exchange of information"\n'
          'allow plans publish * visit.plan <=committees to * under "S/RES/1977 (2011) 19: coordination of visits"\n'
          'allow receipts publish * receipt <=named to * under "service"\n'
          'deny no-1373 publish 1540 visit.plan named to 1373 under "example"\n')


def roster_text(version=1, previous="-", policy=POLICY, schemas=b"", extra=(), change=None):
    lines = ["liaison-roster/v1", f"network {NETWORK}", f"version {version}", f"previous {previous}", "issued 2027-01-15T00:00:00Z",
             "expires 2027-04-15T00:00:00Z", "root-threshold 2"]
    lines += [f"root R{n} {root_vkey(n)}" for n in (1, 2, 3)]
    lines += [f"broker B1 sign={c.b64(c.raw(signing(90)))} curve={curve_text(90)} log={LOG_VKEY}"]
    lines += [f"member {m} port={5601 + i} net=127.0.0.0/8" for i, m in enumerate(MEMBERS)]
    keys = []
    for i, m in enumerate(MEMBERS):
        keys += [f"key k{m}c member={m} use=curve pub={curve_text(10 + i)} from=0 status=active",
                 f"key k{m}e member={m} use=hpke pub={c.b64(c.raw(agreement(20 + i)))} from=0 status=active",
                 f"key k{m}s member={m} use=sign pub={c.b64(c.raw(signing(30 + i)))} from=0 status=active",
                 f"key k{m}w member={m} use=witness vkey={c.make_vkey(NETWORK + '/witness/' + m, 4, c.raw(signing(40 + i)))} from=0 status=active"]
    lines += sorted(keys + list(extra))
    lines += ["witness-quorum 2", f"policy-sha256 {c.b64(c.sha256(policy.encode()))}", f"schemas-sha256 {c.b64(c.sha256(schemas))}"]
    text = "\n".join(lines) + "\n"
    return change(text) if change else text


def note_of(text, signers):
    return text + "\n" + "".join(c.sign_note(text, name, key) for name, key in signers)


def roots(*numbers):
    return [(f"{NETWORK}/root/{n}", signing(100 + n)) for n in numbers]


ROSTER = roster_text()
NETWORK_ID = c.sha256(b"liaison/net/v1\0", NETWORK.encode(), c.sha256(ROSTER.encode()))
SIGN = signing(32)   # 1540
SIGN_ID = c.key_id("sign", c.raw(SIGN))


def header_fields(**changes):
    fields = {"sender": "1540", "schema_id": c.sha256(b"schema"), "kind": "visit.plan", "marking": "committees", "recipients": ["1267", "1373"],
              "sequence": 1, "previous": bytes(32), "created_at_ms": NOW, "not_after_ms": NOW + 1000, "roster_version": 1,
              "policy_hash": c.sha256(POLICY.encode()), "seen_size": 2, "seen_root": c.sha256(b"root"), "nonce": bytes(range(16)),
              "in_reply_to": bytes(32), "suite": 2, "key_commitment": c.commitment(bytes(range(32))), "blobs": []}
    fields.update(changes)
    return fields


def case(name, expect, **values):
    return dict({"name": name, "expect": expect}, **values)
