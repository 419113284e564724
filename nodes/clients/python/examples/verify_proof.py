#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a proof file without asking anybody. Usage: verify_proof.py FILE FINGERPRINT
FINGERPRINT is that of the exchange's first roster, 64 hex digits, as the authority says it."""
import sys
from pathlib import Path

from liaison_wire import CODES, Proof, Refused

try:
    proof = Proof(Path(sys.argv[1]).read_text(), bytes.fromhex(sys.argv[2]))
except Refused as why:
    sys.exit(f"error: {why}")
said = proof.fields_of_message
print(f"{said['sender']} said {said['kind']} to {', '.join(said['recipients'])}: entry {proof.leaf['index']} of {proof.size}")
print(f"decided by {proof.decision[1]}: {proof.decision[2]}")
print("delivered to", ", ".join(sorted(m for m, verdict in proof.delivered.items() if verdict == 0)) or "nobody yet")
for member, verdict in sorted(proof.delivered.items()):
    if verdict:
        print(f"not taken by {member}: {CODES[verdict]}")
